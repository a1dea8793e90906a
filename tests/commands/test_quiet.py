"""Quiet hours, by the wall: the opening is the first instant that is not quiet, whatever the clocks do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.core.quiet import HEARD, USUAL_HOURS, Quiet
from commands.core.workcalendar import WorkCalendar
from commands.grammar.workdays import WEEKDAYS
from storage.settings import LEVELS

SHANGHAI = ZoneInfo("Asia/Shanghai")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ZONES = (
    "Asia/Shanghai",
    "America/New_York",
    "America/Santiago",  # the clocks go forward at midnight
    "Asia/Beirut",  # and back at midnight
    "Australia/Lord_Howe",  # by half an hour
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Europe/Berlin",
)


@dataclass(frozen=True)
class Rests:
    """A calendar with some days of rest, and weekends worked."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def is_workday(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def is_published(self, year: int) -> bool:
        return True


def usual(zone: ZoneInfo = SHANGHAI) -> Quiet:
    return Quiet(*USUAL_HOURS, zone, WEEKDAYS)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-18 19:59", "2026-11-18 19:59"),
        ("2026-11-18 20:00", "2026-11-19 09:00"),
        ("2026-11-19 08:59:59", "2026-11-19 09:00"),
        ("2026-11-20 20:00", "2026-11-23 09:00"),  # over the weekend
        ("2026-11-21 12:00", "2026-11-23 09:00"),
    ],
)
def test_usual_hours(at: str, opens: str) -> None:
    said, wanted = (datetime.fromisoformat(each).replace(tzinfo=SHANGHAI) for each in (at, opens))
    assert usual().opening(said) == wanted


def test_a_weekend_worked_is_no_rest_and_a_holiday_is_one() -> None:
    china = Quiet(*USUAL_HOURS, SHANGHAI, WorkCalendar(lambda: "CN"))
    national_day = datetime(2026, 9, 30, 21, tzinfo=SHANGHAI)
    assert china.opening(national_day) == datetime(2026, 10, 8, 9, tzinfo=SHANGHAI)
    saturday_worked = datetime(2026, 10, 10, 10, tzinfo=SHANGHAI)
    assert china.opening(saturday_worked) == saturday_worked


def test_hours_that_are_off_leave_no_day_of_rest() -> None:
    sunday_night = datetime(2026, 11, 22, 23, tzinfo=SHANGHAI)
    assert Quiet(0, 0, SHANGHAI, WEEKDAYS).opening(sunday_night) == sunday_night


def test_a_calendar_without_working_days_holds_nothing_for_ever() -> None:
    never = Rests(off=frozenset(date(2026, 1, 1) + timedelta(days=day) for day in range(800)))
    at = datetime(2026, 11, 18, 10, tzinfo=SHANGHAI)
    assert at < Quiet(*USUAL_HOURS, SHANGHAI, never).opening(at) < at + timedelta(days=70)


def test_every_level_hears_more_than_the_one_before() -> None:
    assert HEARD["quiet"] < HEARD["normal"] < HEARD["loud"]
    assert tuple(HEARD) == LEVELS


minutes = st.integers(0, 24 * 60 - 1)
instants = st.integers(0, 4 * 365 * 86_400).map(lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + seconds * SECOND)
days_off = st.sets(st.integers(0, 6), max_size=5)


@settings(deadline=None, max_examples=60)
@given(at=instants, since=minutes, until=minutes, zone=st.sampled_from(ZONES), off=days_off, worked=days_off)
def test_opening_is_the_first_instant_that_is_not_quiet(
    at: datetime, since: int, until: int, zone: str, off: set[int], worked: set[int]
) -> None:
    place = ZoneInfo(zone)
    here = at.astimezone(place).date()
    calendar = Rests(
        frozenset(here + timedelta(days=each) for each in off),
        frozenset(here + timedelta(days=each) for each in worked),
    )
    quiet = Quiet(since, until, place, calendar)
    opens = quiet.opening(at)
    assert opens >= at and not quiet.is_quiet(opens)
    looked = at
    while looked < opens:  # minute by minute: nothing before it is open
        assert quiet.is_quiet(looked), (looked, opens)
        looked = min(looked.replace(second=0, microsecond=0) + MINUTE, opens)
