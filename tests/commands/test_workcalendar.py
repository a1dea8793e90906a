"""Which days are worked: against the published days off, written here by hand, and by what the team told."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.core.workcalendar import (
    WorkCalendar,
    country_of_zone,
    is_common_workday,
    is_known_country,
    name_of_rest,
)
from commands.grammar.workdays import Workdays, add_workdays
from storage.calendars import COMPANY, SpecialDay
from tests.support.store import WEDNESDAY

OFF = {
    2024: "0101 0212 0213 0214 0215 0216 0404 0405 0501 0502 0503 0610 0916 0917 1001 1002 1003 1004 1007",
    2025: "0101 0128 0129 0130 0131 0203 0204 0404 0501 0502 0505 0602 1001 1002 1003 1006 1007 1008",
    2026: "0101 0102 0216 0217 0218 0219 0220 0223 0406 0501 0504 0505 0619 0925 1001 1002 1005 1006 1007",
}
"""The days from Monday to Friday on which China rested."""
WORKED = {
    2024: "0204 0218 0407 0428 0511 0914 0929 1012",
    2025: "0126 0208 0427 0928 1011",
    2026: "0104 0214 0228 0509 0920 1010",
}
"""The Saturdays and Sundays on which it worked."""


def days(listed: str, year: int) -> set[date]:
    return {date(year, int(each[:2]), int(each[2:])) for each in listed.split()}


def calendar(country: str = "CN", *rows: SpecialDay) -> WorkCalendar:
    def special(_country: str, year: int) -> Sequence[SpecialDay]:
        return [row for row in rows if row.day.year == year or row.notice_year == year]

    return WorkCalendar(lambda: country, special)


def told(day: date, *, is_workday: bool, region: str = COMPANY, notice_year: int | None = None) -> SpecialDay:
    return SpecialDay(
        id=1, workspace_id=1, version=1, created_at=WEDNESDAY, updated_at=WEDNESDAY,
        region=region, day=day, is_workday=is_workday, notice_year=notice_year,
    )  # fmt: skip


@pytest.mark.parametrize("year", OFF)
def test_every_day_is_as_it_was_published(year: int) -> None:
    off, worked, china = days(OFF[year], year), days(WORKED[year], year), calendar()
    assert all(day.weekday() < 5 for day in off) and all(day.weekday() >= 5 for day in worked)
    for number in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
        day = date.fromordinal(number)
        assert china.is_workday(day) is (day in worked or (day.weekday() < 5 and day not in off)), day
    assert china.unpublished == []


def test_a_year_before_its_days_are_announced_is_remembered() -> None:
    china = calendar()
    assert not china.is_workday(date(2027, 1, 1))
    assert not china.is_workday(date(2027, 1, 2))
    assert china.is_workday(date(2027, 1, 4))
    assert china.unpublished == [2027] and not china.is_published(2027) and china.is_published(2026)


def test_a_notice_that_was_told_publishes_its_year_and_names_all_its_days() -> None:
    rows = [
        told(date(2026, 12, 31), is_workday=False, region="CN", notice_year=2027),
        told(date(2027, 1, 9), is_workday=True, region="CN", notice_year=2027),
    ]
    china = calendar("CN", *rows)
    assert not china.is_workday(date(2026, 12, 31))
    assert china.is_workday(date(2027, 1, 9))
    assert china.is_workday(date(2027, 2, 9))  # computed as a holiday before the notice, which does not name it
    assert china.unpublished == []


def test_the_company_goes_before_the_country() -> None:
    day = date(2026, 10, 10)
    rows = [told(day, is_workday=False), told(day, is_workday=True, region="CN", notice_year=2026)]
    assert not calendar("CN", *rows).is_workday(day)
    assert not calendar("CN", *reversed(rows)).is_workday(day)


@pytest.mark.parametrize(
    ("country", "day", "is_worked"),
    [
        ("US", date(2026, 7, 3), False),
        ("US", date(2026, 11, 26), False),
        ("US", date(2026, 10, 1), True),
        ("GB", date(2026, 8, 31), False),
        ("GB", date(2026, 12, 28), False),
        ("HK", date(2026, 11, 21), False),
        ("SA", date(2026, 11, 20), False),
        ("SA", date(2026, 11, 22), True),
        ("XX", date(2026, 1, 1), True),
        ("CN", date(9999, 12, 31), True),
        ("CN", date(1, 1, 1), True),
    ],
)
def test_other_countries_and_far_years(country: str, day: date, is_worked: bool) -> None:
    assert calendar(country).is_workday(day) is is_worked


def test_nothing_is_looked_up_before_a_day_is_asked_of() -> None:
    asked: list[str] = []

    def country() -> str:
        asked.append("country")
        return "CN"

    def special(_country: str, year: int) -> Sequence[SpecialDay]:
        asked.append(str(year))
        return []

    china = WorkCalendar(country, special)
    assert asked == []
    assert china.is_workday(date(2026, 11, 18)) and china.is_workday(date(2026, 11, 19))
    assert asked == ["country", "2026"] or asked == ["2026", "country"]


def test_days_are_counted_with_both_ends() -> None:
    assert calendar().count(date(2026, 10, 1), date(2026, 10, 10)) == 3
    assert calendar().count(date(2026, 10, 2), date(2026, 10, 1)) == 0


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 300))
def test_working_days_added_and_taken_away_lead_back(day: date, count: int) -> None:
    china: Workdays = calendar()
    start = add_workdays(day, 1, china)
    there = add_workdays(start, count, china)
    assert add_workdays(there, -count, china) == start
    assert calendar().count(start + timedelta(days=1), there) == count


def test_no_day_is_lost_or_met_twice_in_eleven_years() -> None:
    china, day, met = calendar(), date(2019, 12, 31), []
    while (day := add_workdays(day, 1, china)) <= date(2030, 12, 31):
        met.append(day)
    assert len(met) == china.count(date(2020, 1, 1), date(2030, 12, 31))
    assert met == sorted(set(met))


@pytest.mark.parametrize(
    ("zones", "country"),
    [
        (("Asia/Shanghai",), "CN"),
        (("Europe/London",), "GB"),
        ((None, "America/Los_Angeles"), "US"),
        (("UTC", "nowhere"), None),
        ((), None),
    ],
)
def test_a_zone_tells_its_country(zones: tuple[str | None, ...], country: str | None) -> None:
    assert country_of_zone(*zones) == country


def test_countries_are_known_by_their_codes() -> None:
    assert is_known_country("CN") and not is_known_country("CHN") and not is_known_country("cn")
    assert is_common_workday("CN", date(2026, 10, 10))


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (["元旦", "休息日（由 2026-01-04 调休）", ""], "元旦"),
        (["农历除夕", "春节", "春节", "春节", "休息日（由 2026-02-14 调休）"], "春节"),
        (["Christmas Day", "Boxing Day", "", "Boxing Day (observed)"], "Christmas Day"),
        (["Independence Day (observed)", "", ""], "Independence Day"),
        (["Chinese New Year's Eve", *["Chinese New Year (Spring Festival)"] * 3], "Chinese New Year (Spring Festival)"),
        (["", ""], ""),
    ],
)
def test_a_rest_is_called_by_what_most_of_its_days_are(names: list[str], name: str) -> None:
    assert name_of_rest(names) == name
