"""Spans of days and hours: read from Wednesday 18 November 2026, 10:00 in Shanghai, launch on 12 December."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.grammar.ranges import Range, parse_range
from commands.grammar.when import Doubt, Uncertain
from tests.commands.grammar.scores import told

SHANGHAI = ZoneInfo("Asia/Shanghai")
PIECES = (*"周一到-~号", "11", ".12", "5pm", "fri", " to ", "20:00", "月底")
NOW = datetime(2026, 11, 18, 10, tzinfo=SHANGHAI)


def read(text: str) -> Range | Uncertain | None:
    return parse_range(text, now=NOW, zone=SHANGHAI, launch=date(2026, 12, 12))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("周一到周三", "2026-11-23", "2026-11-25"),
        ("周四至周六", "2026-11-19", "2026-11-21"),
        ("下周一到周五", "2026-11-23", "2026-11-27"),
        ("下周五到周一", "2026-11-27", "2026-11-30"),
        ("从明天到后天", "2026-11-19", "2026-11-20"),
        ("今天到月底", "2026-11-18", "2026-11-30"),
        ("11.20~11.25", "2026-11-20", "2026-11-25"),
        ("11.20-11.25", "2026-11-20", "2026-11-25"),
        ("11/20 - 11/25", "2026-11-20", "2026-11-25"),
        ("11-20 20:00~11-22 02:00", "2026-11-20 20:00", "2026-11-22 02:00"),
        ("11-20至11-25", "2026-11-20", "2026-11-25"),
        ("11-20至25", "2026-11-20", "2026-11-25"),
        ("2026-11-20 - 2026-11-25", "2026-11-20", "2026-11-25"),
        ("2026-11-20～2026-11-25", "2026-11-20", "2026-11-25"),
        ("11月20日-25日", "2026-11-20", "2026-11-25"),
        ("11月20-25日", "2026-11-20", "2026-11-25"),
        ("11月20日到12月3日", "2026-11-20", "2026-12-03"),
        ("12月30日到2日", "2026-12-30", "2027-01-02"),
        ("20号到25号", "2026-11-20", "2026-11-25"),
        ("20-25号", "2026-11-20", "2026-11-25"),
        ("十二月一号到三号", "2026-12-01", "2026-12-03"),
        ("D-7到D-0", "2026-12-05", "2026-12-12"),
        ("上线前7天到上线当天", "2026-12-05", "2026-12-12"),
        ("明天10点到12点", "2026-11-19 10:00", "2026-11-19 12:00"),
        ("明天下午2点到4点", "2026-11-19 14:00", "2026-11-19 16:00"),
        ("今晚8点到10点", "2026-11-18 20:00", "2026-11-18 22:00"),
        ("今晚8点到凌晨2点", "2026-11-18 20:00", "2026-11-19 02:00"),
        ("20:00-02:00", "2026-11-18 20:00", "2026-11-19 02:00"),
        ("14:00-16:00", "2026-11-18 14:00", "2026-11-18 16:00"),
        ("周五20:00到周日02:00", "2026-11-20 20:00", "2026-11-22 02:00"),
        ("Mon-Wed", "2026-11-23", "2026-11-25"),
        ("Thu to Sat", "2026-11-19", "2026-11-21"),
        ("next Mon to Fri", "2026-11-23", "2026-11-27"),
        ("from Nov 23 to Nov 25", "2026-11-23", "2026-11-25"),
        ("Nov 23-25", "2026-11-23", "2026-11-25"),
        ("23-25 Nov", "2026-11-23", "2026-11-25"),
        ("between Dec 1 and Dec 5", "2026-12-01", "2026-12-05"),
        ("tomorrow through Friday", "2026-11-19", "2026-11-20"),
        ("2-4pm", "2026-11-18 14:00", "2026-11-18 16:00"),
        ("11am-1", "2026-11-18 11:00", "2026-11-18 13:00"),
        ("tomorrow 9am to 5pm", "2026-11-19 09:00", "2026-11-19 17:00"),
    ],
)
def test_a_span_is_understood(text: str, start: str, end: str) -> None:
    span = read(text)
    assert isinstance(span, Range)
    assert (told(span.start, SHANGHAI), told(span.end, SHANGHAI)) == (start, end)


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("11.10~11.12", Doubt.PAST),
        ("周三到周五", Doubt.AMBIGUOUS),
        ("明天3点到5点", Doubt.AMBIGUOUS),
        ("11月31日到12月3日", Doubt.IMPOSSIBLE),
        ("2026-11-25到2026-11-20", Doubt.IMPOSSIBLE),
        ("下周到月底", Doubt.VAGUE),
    ],
)
def test_what_is_not_certain_is_asked(text: str, doubt: Doubt) -> None:
    asked = read(text)
    assert isinstance(asked, Uncertain) and asked.doubt is doubt


@pytest.mark.parametrize(
    "text",
    [
        *("", "周五", "11-12", "D-7", "2026-11-20", "到周五", "主图到周五", "3-5张", "15-20", "T-7到T-8"),
        *("A-B", "fri", "to do", "9 to 5", "1.5-2.5", "-", "~", "到"),
    ],
)
def test_what_is_no_span_is_left_alone(text: str) -> None:
    assert read(text) is None


@settings(deadline=None)
@given(st.text(max_size=120) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_no_text_fails_and_no_span_ends_before_it_starts(text: str) -> None:
    span = read(text)
    if isinstance(span, Range):
        assert span.start.on <= span.end.on
