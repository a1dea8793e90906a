"""Spans are read in both languages, across midnight, weeks and summer time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from commands.grammar.date_meanings import Uncertain
from commands.grammar.spans import Span, parse_span

BEIJING = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=BEIJING)
"""A Wednesday."""


def written(text: str, zone: ZoneInfo = BEIJING, now: datetime = NOW) -> str:
    found = parse_span(text, now=now, zone=zone)
    assert isinstance(found, Span), found
    return f"{found.since.astimezone(zone):%m-%d %H:%M} {found.until.astimezone(zone):%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("周一~周五", "11-23 00:00 11-28 00:00"),
        ("周五到周一", "11-20 00:00 11-24 00:00"),
        ("11-20至11-22", "11-20 00:00 11-23 00:00"),
        ("11-20 ~ 11-22", "11-20 00:00 11-23 00:00"),
        ("next mon to next fri", "11-23 00:00 11-28 00:00"),
        ("下周一到下周五", "11-23 00:00 11-28 00:00"),
        ("周一~周三", "11-23 00:00 11-26 00:00"),
        ("fri 6pm to sat 9am", "11-20 18:00 11-21 09:00"),
        ("周五18:00~22:00", "11-20 18:00 11-20 22:00"),
        ("周五22:00~06:00", "11-20 22:00 11-21 06:00"),
        ("明天 9:00-18:00", "11-19 09:00 11-19 18:00"),
        ("今天9点到18点", "11-18 09:00 11-18 18:00"),
        ("今天", "11-18 00:00 11-19 00:00"),
        ("11-20", "11-20 00:00 11-21 00:00"),
        ("今晚", "11-18 18:00 11-19 09:00"),
        ("tonight", "11-18 18:00 11-19 09:00"),
        ("今晚8点", "11-18 20:00 11-19 09:00"),
        ("周末", "11-21 00:00 11-23 00:00"),
        ("本周", "11-16 00:00 11-23 00:00"),
        ("next week", "11-23 00:00 11-30 00:00"),
    ],
)
def test_span_is_read(text: str, span: str) -> None:
    assert written(text) == span


def test_a_day_is_as_long_as_its_zone_has_it() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    found = parse_span("10-25", now=datetime(2026, 10, 20, 10, tzinfo=berlin), zone=berlin)
    assert isinstance(found, Span) and (found.until - found.since).total_seconds() == 25 * 3600


@pytest.mark.parametrize("text", ["尽快", "someday"])
def test_what_is_vague_is_a_doubt(text: str) -> None:
    assert isinstance(parse_span(text, now=NOW, zone=BEIJING), Uncertain)


@pytest.mark.parametrize("text", ["", "主图定稿", "from me to you", "A-B", "~"])
def test_what_is_no_span_is_none(text: str) -> None:
    assert parse_span(text, now=NOW, zone=BEIJING) is None
