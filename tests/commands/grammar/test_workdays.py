"""Working days are counted by the calendar that is given."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.grammar.workdays import WEEKDAYS, add_workdays, workday_within
from tests.commands.grammar.rests import Rests

FRIDAY = date(2026, 11, 20)
YEARS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("count", "day"), [(0, "2026-11-20"), (1, "2026-11-23"), (5, "2026-11-27"), (-1, "2026-11-19"), (-5, "2026-11-13")]
)
def test_weekends_are_skipped_both_ways(count: int, day: str) -> None:
    assert add_workdays(FRIDAY, count, WEEKDAYS) == date.fromisoformat(day)


def test_a_day_off_is_skipped_and_a_weekend_worked_for_it_counts() -> None:
    calendar = Rests(off={date(2026, 11, 23)}, worked={date(2026, 11, 21)})
    assert add_workdays(FRIDAY, 1, calendar) == date(2026, 11, 21)
    assert add_workdays(FRIDAY, 2, calendar) == date(2026, 11, 24)


@given(YEARS, st.integers(1, 60))
def test_as_many_days_are_worked_as_were_counted(day: date, count: int) -> None:
    there = add_workdays(day, count, WEEKDAYS)
    worked = [
        each for each in range(day.toordinal() + 1, there.toordinal() + 1) if date.fromordinal(each).weekday() < 5
    ]
    assert len(worked) == count


@pytest.mark.parametrize(
    ("count", "day"), [(1, "2026-11-02"), (-1, "2026-11-30"), (21, "2026-11-30"), (22, None), (-22, None)]
)
def test_the_nth_working_day_of_a_month(count: int, day: str | None) -> None:
    found = workday_within(date(2026, 11, 1), date(2026, 11, 30), count, WEEKDAYS)
    assert found == (day and date.fromisoformat(day))


def test_a_calendar_without_working_days_ends() -> None:
    with pytest.raises(OverflowError, match="no working days"):
        add_workdays(FRIDAY, 1, Rests(off={date.fromordinal(FRIDAY.toordinal() + each) for each in range(200)}))
