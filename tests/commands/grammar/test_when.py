"""What the date grammar understands, asks about and leaves alone."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.grammar.when import Doubt, Found, Uncertain, When, find_when, parse_when, split_trailing
from tests.commands.grammar.phrases import CHINESE, DOUBTFUL, ENGLISH, NO_DATES, Table

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 18, 10, tzinfo=SHANGHAI)
LAUNCH = date(2026, 12, 12)
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=300)
PIECES = (
    *"今明天后前周下上月日号年点半内到一三十晚早底末初个两-/:.,",
    *(
        "小时",
        "截止",
        "二十",
        "上线",
        "3",
        "11",
        "31",
        "24",
        "99",
        "999",
        "2026",
        "18:00",
        "11-03",
        "9/9",
        "D-7",
        "T-7",
    ),
    *("fri", "next", "week", "in", "days", "by", "the", "of", "may", "5pm", "eod", "noon", "st", "month", "and"),
)
DATE_LIKE = st.lists(st.sampled_from(PIECES), max_size=6).flatmap(
    lambda pieces: st.sampled_from(["".join(pieces), " ".join(pieces)])
)


def read(text: str, *, now: datetime = NOW, launch: date | None = LAUNCH) -> When | Uncertain | None:
    return parse_when(text, now=now, zone=SHANGHAI, launch=launch)


def told(when: When | Uncertain | None) -> str | None:
    if when is None:
        return None
    if isinstance(when, Uncertain):
        return f"{when.doubt}? {', '.join(filter(None, map(told, when.candidates)))}".strip()
    return f"{when.on}{when.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"[10:] if when.at else str(when.on)


def found(text: str) -> list[tuple[str, str | None]]:
    words = text.split()
    return [
        (" ".join(words[each.start : each.stop]), told(each.when))
        for each in find_when(words, now=NOW, zone=SHANGHAI, launch=LAUNCH)
    ]


def split(word: str) -> tuple[str, str | None] | None:
    parts = split_trailing(word, now=NOW, zone=SHANGHAI, launch=LAUNCH)
    return (parts[0], told(parts[1])) if parts else None


@pytest.mark.parametrize(("text", "meant"), CHINESE + ENGLISH)
def test_a_due_date_is_understood(text: str, meant: str) -> None:
    assert told(read(text)) == meant


@pytest.mark.parametrize(("text", "asked"), DOUBTFUL)
def test_what_is_not_certain_is_asked(text: str, asked: str) -> None:
    assert told(read(text)) == asked


@pytest.mark.parametrize(("text", "nothing"), NO_DATES)
def test_what_is_no_date_is_left_alone(text: str, nothing: None) -> None:
    assert read(text) is nothing


@pytest.mark.parametrize("table", [CHINESE, ENGLISH, DOUBTFUL, NO_DATES])
def test_no_phrase_stands_twice_in_a_table(table: Table) -> None:
    assert len(dict(table)) == len(table)


@pytest.mark.parametrize("text", ["上线前7天", "D-7", "7 days before launch", "上线当天", "D-7 18:00"])
def test_a_countdown_without_a_launch_is_asked(text: str) -> None:
    assert read(text, launch=None) == Uncertain(Doubt.NO_LAUNCH)


def test_an_instant_is_in_utc_and_its_day_in_the_zone() -> None:
    assert read("11-30 02:00") == When(date(2026, 11, 30), datetime(2026, 11, 29, 18, tzinfo=UTC))


def test_today_is_the_day_of_the_zone_not_of_the_clock() -> None:
    late = datetime(2026, 11, 18, 17, tzinfo=UTC)
    assert parse_when("today", now=late, zone=SHANGHAI) == When(date(2026, 11, 19))
    assert parse_when("today", now=late, zone=ZoneInfo("America/New_York")) == When(date(2026, 11, 18))


def test_an_hour_that_the_clock_skips_is_the_one_after_it() -> None:
    new_york = ZoneInfo("America/New_York")
    when = parse_when("2027-03-14 02:30", now=NOW, zone=new_york)
    assert when == When(date(2027, 3, 14), datetime(2027, 3, 14, 7, 30, tzinfo=UTC))


def test_hours_from_now_are_hours_of_the_clock_in_a_night_that_is_shorter() -> None:
    new_york = ZoneInfo("America/New_York")
    before = datetime(2027, 3, 14, 1, tzinfo=new_york)
    when = parse_when("in 2h", now=before, zone=new_york)
    assert isinstance(when, When) and when.at == before.astimezone(UTC) + timedelta(hours=2)


@pytest.mark.parametrize(
    ("today", "text", "meant"),
    [
        ("2026-12-30", "1月2日", "2027-01-02"),
        ("2027-01-05", "12-28", "past? 2027-12-28"),
        ("2026-12-31", "月底", "2026-12-31"),
        ("2026-12-31", "下月底", "2027-01-31"),
        ("2027-01-31", "一个月后", "2027-02-28"),
        ("2027-01-31", "30号", "impossible? 2027-03-30"),
        ("2028-01-31", "2月29日", "2028-02-29"),
        ("2026-11-22", "周日", "ambiguous? 2026-11-22, 2026-11-29"),
        ("2026-11-22", "下周一", "2026-11-23"),
        ("2026-11-23", "本周一", "2026-11-23"),
        ("2026-11-22", "周末", "vague? 2026-11-22"),
        ("2026-09-18", "7-20", "past? 2027-07-20"),
        ("2026-09-18", "7-19", "2027-07-19"),
    ],
)
def test_the_edges_of_weeks_months_and_years(today: str, text: str, meant: str) -> None:
    now = datetime.fromisoformat(f"{today}T10:00:00+08:00")
    assert told(read(text, now=now)) == meant


@settings(deadline=None)
@given(ANY_TEXT | DATE_LIKE)
def test_no_text_fails_and_no_answer_is_before_today(text: str) -> None:
    when = read(text)
    options = when.candidates if isinstance(when, Uncertain) else (when,) if when else ()
    for option in options:
        assert option.on >= NOW.date()
        assert option.at is None or option.at > NOW


@settings(deadline=None)
@given(ANY_TEXT | DATE_LIKE)
def test_no_text_fails_among_words_and_nothing_overlaps(text: str) -> None:
    words = text.split()
    dates = find_when(words, now=NOW, zone=SHANGHAI)
    for before, after in pairwise(dates):
        assert before.stop <= after.start
    assert all(each.start < each.stop <= len(words) for each in dates)


@settings(deadline=None)
@given(ANY_TEXT | DATE_LIKE)
def test_a_split_word_begins_with_what_stays(text: str) -> None:
    parts = split_trailing(text, now=NOW, zone=SHANGHAI)
    assert parts is None or (parts[0] and text.startswith(parts[0]))


@settings(deadline=None)
@given(
    st.integers(0, 300), st.sampled_from(["{0:%Y-%m-%d}", "{0.month}月{0.day}日", "{0:%b} {0.day}", "{0.day} {0:%B}"])
)
def test_every_coming_day_is_read_back_as_written(days: int, form: str) -> None:
    day = NOW.date() + timedelta(days)
    assert read(form.format(day)) == When(day)


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 23), st.integers(0, 59))
def test_every_coming_instant_is_read_back_as_written(days: int, hour: int, minute: int) -> None:
    at = NOW.replace(hour=hour, minute=minute) + timedelta(days)
    expected = When(at.date(), at.astimezone(UTC)) if at > NOW else Uncertain(Doubt.PAST)
    assert read(f"{at:%Y-%m-%d %H:%M}") == expected


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("主图定稿 周五", [("周五", "2026-11-20")]),
        ("周五 主图定稿", [("周五", "2026-11-20")]),
        ("主图定稿 明天 18点", [("明天 18点", "2026-11-19 18:00")]),
        ("主图 周五前 终稿", [("周五前", "2026-11-20")]),
        ("banner draft next wed 5 pm", [("next wed 5 pm", "2026-11-25 17:00")]),
        ("send samples by the end of month", [("by the end of month", "2026-11-30")]),
        ("review in 2 weeks please", [("in 2 weeks", "2026-12-02")]),
        ("选品会 11-30 18:00", [("11-30 18:00", "2026-11-30 18:00")]),
        ("上架 上线前 7 天", [("上线前 7 天", "2026-12-05")]),
        ("请假 11-23 到 11-27", [("11-23", "2026-11-23"), ("到 11-27", "2026-11-27")]),
        ("主图 周三", [("周三", "ambiguous? 2026-11-18, 2026-11-25")]),
        ("主图 下周", [("下周", "vague? 2026-11-23, 2026-11-27")]),
        ("主图 3号", [("3号", "2026-12-03")]),
        ("主图 配色 周五", [("周五", "2026-11-20")]),
        ("今晚 8点 直播 预告", [("今晚 8点", "2026-11-18 20:00")]),
        ("清仓 月底", [("月底", "2026-11-30")]),
        ("fix icon sun", [("sun", "2026-11-22")]),
        ("备货 双12 前 3 天", [("双12 前 3 天", "2026-12-09")]),
        ("海报 国庆 前", [("国庆 前", "2027-09-30")]),
        ("gift page by christmas", [("by christmas", "2026-12-25")]),
        ("sync with LA fri 5pm PT", [("fri 5pm PT", "2026-11-21 09:00")]),
        ("直播 北京时间 20点", [("北京时间 20点", "2026-11-18 20:00")]),
    ],
)
def test_dates_are_found_among_words(text: str, dates: list[tuple[str, str]]) -> None:
    assert found(text) == dates


@pytest.mark.parametrize(
    "title",
    [
        *(
            "sun cream banner",
            "fix sun icon",
            "iPhone 15 主图",
            "A4 海报",
            "v2.11 发布",
            "双11 主图",
            "16:9 视频",
            "9:16 短视频",
        ),
        *(
            "主图 618",
            "双12 预热 主图",
            "国庆 海报",
            "Q4 report",
            "report Q4",
            "下半年 规划",
            "今年 双11 复盘",
            "6月18 大促",
            "Black Friday 主图",
            "cyber monday deals",
            "黑色 星期五 主图",
            "每 周五 例会",
            "every friday sync",
            "last friday notes",
        ),
        *(
            "3-5 张图",
            "拍 10-20 张图",
            "1/2 稿",
            "3号 仓库",
            "3rd draft",
            "the 3rd party audit",
            "3日 达 标签",
            "季末 清仓 页面",
            "coming soon 海报",
            "下周 计划 模板",
            "周末 活动 页面",
        ),
        *(
            "复盘 2025-11-11 大促",
            "昨天 的 数据",
            "T-7 检查",
            "检查 T-7",
            "may 页面",
            "24/7 客服",
            "第 3 天后 发货",
            "noon 活动 页",
        ),
    ],
)
def test_a_title_that_only_looks_like_a_date_stays_whole(title: str) -> None:
    assert found(title) == []


def test_words_of_prose_are_not_searched() -> None:
    assert find_when(["周五"] * 401, now=NOW, zone=SHANGHAI) == []


def test_what_is_found_tells_the_words_and_the_date() -> None:
    assert find_when(["a", "fri"], now=NOW, zone=SHANGHAI) == [Found(1, 2, When(date(2026, 11, 20)))]


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("主图定稿周五", ("主图定稿", "2026-11-20")),
        ("主图定稿明天18点", ("主图定稿", "2026-11-19 18:00")),
        ("主图定稿下周三下午三点半", ("主图定稿", "2026-11-25 15:30")),
        ("主图定稿11月30日", ("主图定稿", "2026-11-30")),
        ("主图定稿１１月３０日", ("主图定稿", "2026-11-30")),
        ("主图定稿月底前", ("主图定稿", "2026-11-30")),
        ("主图定稿三天后", ("主图定稿", "2026-11-21")),
        ("主图定稿，周五", ("主图定稿", "2026-11-20")),
        ("延到下周三", ("延", "2026-11-25")),
        ("推迟到下周三", ("推迟", "2026-11-25")),
        ("收到周五", ("收到", "2026-11-20")),
        ("清单上线前7天", ("清单", "2026-12-05")),
        ("备货双12前3天", ("备货", "2026-12-09")),
        ("主图五一前", ("主图", "2027-04-30")),
        ("iPhone主图周五", ("iPhone主图", "2026-11-20")),
        ("主图周三", ("主图", "ambiguous? 2026-11-18, 2026-11-25")),
        ("主图11月3日", ("主图", "past? 2027-11-03")),
    ],
)
def test_a_date_at_the_end_of_a_chinese_word_is_split_off(word: str, parts: tuple[str, str]) -> None:
    assert split(word) == parts


@pytest.mark.parametrize(
    "word",
    [
        *(
            "周五",
            "明天18点",
            "主图",
            "黑色星期五",
            "红色星期五",
            "每周五",
            "每月底",
            "双周五",
            "单周三",
            "上周五",
            "总结上周五下午三点",
        ),
        *(
            "去年底",
            "第三天后",
            "前三天后",
            "iPhone15号",
            "会议室3号",
            "打折18点",
            "主图11-30",
            "主图18:00",
            "主图15",
            "bannerfri",
        ),
        *(
            "海报国庆",
            "主图双12",
            "规划下半年",
            "主图下周",
            "活动周末",
            "主图尽快",
            "2026年13月3日",
            "一百三天后",
            "主图T-7",
            "主图D-7",
            "",
            "周五主图",
        ),
    ],
)
def test_a_word_that_may_be_one_stays_whole(word: str) -> None:
    assert split(word) is None
