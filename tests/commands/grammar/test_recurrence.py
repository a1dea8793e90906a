"""What comes again is read, stored, written and counted on."""

from datetime import date, time
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.grammar.recurrence import Every, Kind, Recurrence, find_recurrence, parse_recurrence
from commands.grammar.workdays import WEEKDAYS
from commands.words import dates
from tests.commands.grammar.rests import Rests
from tests.support.house import shipped

LANGUAGES = shipped()[1]
WEDNESDAY = date(2026, 11, 18)

READ = (
    ("每周一", "FREQ=WEEKLY;BYDAY=MO"),
    ("每星期天", "FREQ=WEEKLY;BYDAY=SU"),
    ("每週五", "FREQ=WEEKLY;BYDAY=FR"),
    ("每周一三五", "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
    ("每周一、周三和周五 早上9点半", "FREQ=WEEKLY;BYDAY=MO,WE,FR;AT=09:30"),
    ("每周一到周五", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("每周", "FREQ=WEEKLY"),
    ("每周一次", "FREQ=WEEKLY"),
    ("每天9点", "FREQ=DAILY;AT=09:00"),
    ("每天晚上8点", "FREQ=DAILY;AT=20:00"),
    ("每三天", "FREQ=DAILY;INTERVAL=3"),
    ("隔天", "FREQ=DAILY;INTERVAL=2"),
    ("每两周周五", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"),
    ("每2周的周五", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"),
    ("隔周周五", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"),
    ("每月15号", "FREQ=MONTHLY;BYMONTHDAY=15"),
    ("每月1号和15号", "FREQ=MONTHLY;BYMONTHDAY=1,15"),
    ("每月底", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ("每月最后一个工作日", "FREQ=MONTHLY;BYDAY=-1WD"),
    ("每月倒数第二个工作日", "FREQ=MONTHLY;BYDAY=-2WD"),
    ("每个月的第一个周一", "FREQ=MONTHLY;BYDAY=1MO"),
    ("每季度初", "FREQ=QUARTERLY;BYMONTHDAY=1"),
    ("每季度最后一个工作日", "FREQ=QUARTERLY;BYDAY=-1WD"),
    ("每个工作日", "FREQ=WORKDAILY"),
    ("每年11月11日", "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=11"),
    ("every day", "FREQ=DAILY"),
    ("daily at 9am", "FREQ=DAILY;AT=09:00"),
    ("9am every day", "FREQ=DAILY;AT=09:00"),
    ("every 3 days", "FREQ=DAILY;INTERVAL=3"),
    ("every weekday at 9", "FREQ=WORKDAILY;AT=09:00"),
    ("on business days", "FREQ=WORKDAILY"),
    ("every Mon", "FREQ=WEEKLY;BYDAY=MO"),
    ("every mon, wed and fri at 17:30", "FREQ=WEEKLY;BYDAY=MO,WE,FR;AT=17:30"),
    ("Mondays", "FREQ=WEEKLY;BYDAY=MO"),
    ("weekly", "FREQ=WEEKLY"),
    ("weekly on fri", "FREQ=WEEKLY;BYDAY=FR"),
    ("every other Fri", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"),
    ("every two weeks", "FREQ=WEEKLY;INTERVAL=2"),
    ("monthly on the 1st", "FREQ=MONTHLY;BYMONTHDAY=1"),
    ("on the 1st and 15th of every month", "FREQ=MONTHLY;BYMONTHDAY=1,15"),
    ("the last working day of every month", "FREQ=MONTHLY;BYDAY=-1WD"),
    ("first monday of every month", "FREQ=MONTHLY;BYDAY=1MO"),
    ("end of every quarter", "FREQ=QUARTERLY;BYMONTHDAY=-1"),
    ("every Nov 11", "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=11"),
)
NONE = (
    *(
        "",
        "周一",
        "mon",
        "weds",
        "每",
        "每人",
        "每天3点",
        "双周五",
        "每月32号",
        "每月最后三个工作日",
        "每周例会",
        "每两",
    ),
    *("every", "biweekly", "every 3 minutes", "weekly report", "every day 25:00", "last working day of the month"),
    *("每一二天", "every zero days", "每0天", "每年2月30日", "每周五到周一"),
)
NEXT = (
    # after Wednesday, 18 November 2026
    ("每天", "2026-11-19"),
    ("隔天", "2026-11-20"),
    ("每个工作日", "2026-11-19"),
    ("每周三", "2026-11-25"),
    ("每周", "2026-11-25"),
    ("每周一三五", "2026-11-20"),
    ("每周一", "2026-11-23"),
    ("every other Fri", "2026-11-20"),
    ("every other Wed", "2026-12-02"),
    ("every other Mon", "2026-11-23"),
    ("每月15号", "2026-12-15"),
    ("每月18号", "2026-12-18"),
    ("每月31号", "2026-11-30"),
    ("每月", "2026-12-18"),
    ("每两个月", "2027-01-18"),
    ("每月底", "2026-11-30"),
    ("每月最后一个工作日", "2026-11-30"),
    ("每月第一个工作日", "2026-12-01"),
    ("每月第五个周一", "2026-11-30"),
    ("每月第五个周三", "2026-12-30"),
    ("每季度初", "2027-01-01"),
    ("每季度末", "2026-12-31"),
    ("每季度", "2027-02-18"),
    ("每年11月11日", "2027-11-11"),
    ("每年2月29日", "2027-02-28"),
)
TIMES = st.none() | st.builds(time, st.integers(0, 23), st.integers(0, 59))
COUNTS = st.integers(1, 12)
KINDS: st.SearchStrategy[Kind] = st.sampled_from(get_args(Kind))
PERIODS: st.SearchStrategy[Every] = st.sampled_from(("month", "quarter"))
RULES = st.one_of(
    st.builds(Recurrence, st.sampled_from(get_args(Every)), COUNTS, at=TIMES),
    st.builds(
        Recurrence, st.just("week"), COUNTS, weekdays=st.sets(st.integers(0, 6), min_size=1).map(sorted).map(tuple)
    ),
    st.builds(Recurrence, st.just("month"), days=st.sets(st.integers(1, 31), min_size=1).map(sorted).map(tuple)),
    st.builds(Recurrence, PERIODS, days=st.sampled_from([(-1,), (1,)]), at=TIMES),
    st.builds(Recurrence, st.just("month"), nth=st.sampled_from([1, 2, 3, 4, 5, -1, -2]), kind=KINDS, at=TIMES),
    st.builds(Recurrence, PERIODS, nth=st.sampled_from([1, 2, 11, -1, -3]), at=TIMES),
    st.builds(Recurrence, st.just("year"), month=st.integers(1, 12), days=st.tuples(st.integers(1, 28)), at=TIMES),
)


@pytest.mark.parametrize(("text", "canonical"), READ)
def test_what_comes_again_is_understood(text: str, canonical: str) -> None:
    rule = parse_recurrence(text)
    assert rule is not None and rule.canonical() == canonical


@pytest.mark.parametrize("text", NONE)
def test_what_is_not_certain_to_come_again_is_none(text: str) -> None:
    assert parse_recurrence(text) is None


@pytest.mark.parametrize(("text", "day"), NEXT)
def test_the_next_day(text: str, day: str) -> None:
    rule = parse_recurrence(text)
    assert rule is not None and rule.next_after(WEDNESDAY, WEEKDAYS) == date.fromisoformat(day)


def test_working_days_are_those_of_the_calendar() -> None:
    rule = Recurrence("month", nth=-1)
    assert rule.next_after(WEDNESDAY, Rests(off={date(2026, 11, 30)})) == date(2026, 11, 27)


@given(RULES)
def test_a_rule_is_stored_and_read_back(rule: Recurrence) -> None:
    assert Recurrence.from_canonical(rule.canonical()) == rule
    assert rule.canonical().isascii()


@pytest.mark.parametrize("text", ["", "FREQ=HOURLY", "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY;AT=25:00", "每周一"])
def test_another_text_is_no_stored_rule(text: str) -> None:
    with pytest.raises(ValueError, match="no recurrence"):
        Recurrence.from_canonical(text)


@given(RULES, st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_the_next_day_is_later(rule: Recurrence, day: date) -> None:
    assert rule.next_after(day, WEEKDAYS) > day


@pytest.mark.parametrize("language", ["zh", "en"])
@settings(deadline=None)
@given(rule=RULES)
def test_a_rule_is_read_back_from_the_words_for_people(language: str, rule: Recurrence) -> None:
    assert parse_recurrence(dates.recurrence(LANGUAGES[language], rule)) == rule


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("每周一三", "每周一、周三", "every Mon, Wed"),
        ("每两周周五 9点", "每2周周五 09:00", "every 2 weeks on Fri 09:00"),
        ("每月15号", "每月15日", "every month on the 15th"),
        ("每月1号和22号", "每月1日、22日", "every month on the 1st, the 22nd"),
        ("每月最后一个工作日", "每月最后一个工作日", "every month on the last workday"),
        ("每月倒数第二个工作日", "每月倒数第2个工作日", "every month on the 2nd to last workday"),
        ("每月第三个周二", "每月第3个周二", "every month on the 3rd Tue"),
        ("每季度初", "每季度第一天", "every quarter on the first day"),
        ("每年11月11日", "每年11月11日", "every year on Nov 11"),
        ("每个工作日", "每个工作日", "every workday"),
    ],
)
def test_a_rule_is_written_for_people(text: str, zh: str, en: str) -> None:
    rule = parse_recurrence(text)
    assert rule is not None
    assert [dates.recurrence(LANGUAGES[language], rule) for language in ("zh", "en")] == [zh, en]


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("周报 每周五 17:00", (1, 3)),
        ("every other Fri sync with design", (0, 3)),
        ("sync with design every 2 weeks on fri at 10:30", (3, 10)),
        ("每天 9点 站会", (0, 2)),
        ("send weekly report now", None),
        ("weekly report", (0, 1)),
        ("Ship it in 8 working days", None),
        ("Ship it in two business days", None),
        ("主图 周五", None),
        ("", None),
    ],
)
def test_what_comes_again_is_found_among_words(text: str, run: tuple[int, int] | None) -> None:
    found = find_recurrence(text.split())
    assert (found and found[:2]) == run


@settings(deadline=None)
@given(st.text(max_size=200) | st.lists(st.sampled_from(" ".join(text for text, _ in READ).split())).map(" ".join))
def test_no_text_fails(text: str) -> None:
    parse_recurrence(text)
    find_recurrence(text.split())
