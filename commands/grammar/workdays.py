"""Working days: what a calendar must tell, and how to count by one.

A team's own calendar, with its holidays and the weekends it works through, is kept elsewhere and passed in. Without
one Monday to Friday are worked.
"""

from datetime import date, timedelta
from typing import Final, Protocol

_LONGEST_REST: Final = 100
"""No calendar rests for longer; one that does has no working days at all."""

_NEAR: Final = timedelta(14)
"""A weekend that is worked for a holiday is no farther from it."""


class Workdays(Protocol):
    """Tell which days are worked."""

    def is_workday(self, day: date) -> bool:
        """Say whether the day is worked."""

    def is_published(self, year: int) -> bool:
        """Say whether the days off of the year, and the weekends worked for them, are known."""


class _Weekdays:
    def is_workday(self, day: date) -> bool:
        return day.weekday() < 5

    def is_published(self, year: int) -> bool:
        return True


WEEKDAYS: Final[Workdays] = _Weekdays()
"""Monday to Friday, and no holidays."""


def add_workdays(day: date, count: int, workdays: Workdays) -> date:
    """Count working days on from a day, back if negative; the day itself never counts.

    >>> add_workdays(date(2026, 11, 20), 1, WEEKDAYS)
    datetime.date(2026, 11, 23)
    >>> add_workdays(date(2026, 11, 23), -3, WEEKDAYS)
    datetime.date(2026, 11, 18)

    Raises:
        OverflowError: the calendar has no such day.
    """
    step = timedelta(1 if count > 0 else -1)
    for _ in range(abs(count)):
        day = _next_workday(day + step, step, workdays)
    return day


def workday_within(first: date, last: date, count: int, workdays: Workdays) -> date | None:
    """Find the nth working day of a span of days, from its end if negative.

    >>> workday_within(date(2026, 11, 1), date(2026, 11, 30), -1, WEEKDAYS)
    datetime.date(2026, 11, 30)
    """
    before, step = (first, timedelta(1)) if count > 0 else (last, timedelta(-1))
    found = add_workdays(before - step, count, workdays)
    return found if first <= found <= last else None


def is_settled(first: date, last: date, workdays: Workdays) -> bool:
    """Say whether it is known which days of a span are worked.

    In a year that is not published these are the weeks far from any holiday: weekends are worked for one near by.
    """
    if all(workdays.is_published(year) for year in range(first.year, last.year + 1)):
        return True
    days = (date.fromordinal(each) for each in range((first - _NEAR).toordinal(), (last + _NEAR).toordinal() + 1))
    return all(workdays.is_workday(day) or day.weekday() >= 5 for day in days)


def _next_workday(day: date, step: timedelta, workdays: Workdays) -> date:
    for _ in range(_LONGEST_REST):
        if workdays.is_workday(day):
            return day
        day += step
    raise OverflowError("this calendar has no working days")
