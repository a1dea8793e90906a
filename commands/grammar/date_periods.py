"""Weeks, months, quarters and years as spans of days, their ends, and the nth day of a kind within them."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import TypeAlias

from commands.grammar.date_meanings import Days, Doubt, Scene, months_later
from commands.grammar.workdays import is_settled, workday_within

Period: TypeAlias = Callable[[Scene], tuple[tuple[date, date], ...]]
"""Gives the first and the last day; the next such one, too, if only a name was said."""


def week(weeks: int, scene: Scene) -> tuple[tuple[date, date], ...]:
    """Span this week, or one weeks ahead."""
    monday = scene.today + timedelta(7 * weeks - scene.today.weekday())
    return ((monday, monday + timedelta(6)),)


def months(length: int, ahead: int, scene: Scene) -> tuple[tuple[date, date], ...]:
    """Span this month (length 1), quarter (3), half (6) or year (12), or one so many ahead."""
    first = scene.today.replace(day=1, month=(scene.today.month - 1) // length * length + 1)
    return (_span(months_later(first, length * ahead), length),)


def named(length: int, nth: int, scene: Scene) -> tuple[tuple[date, date], ...]:
    """Span the nth month, quarter or half of this year and of the next."""
    january = scene.today.replace(month=1, day=1)
    return tuple(_span(months_later(january, 12 * years + length * (nth - 1)), length) for years in (0, 1))


def of_year(years: int, length: int, nth: int, scene: Scene) -> tuple[tuple[date, date], ...]:
    """Span the nth month, quarter or half of this year or of one ahead."""
    january = scene.today.replace(month=1, day=1)
    return (_span(months_later(january, 12 * years + length * (nth - 1)), length),)


def of_full_year(year: int, length: int, nth: int, _scene: Scene) -> tuple[tuple[date, date], ...]:
    """Span the nth month, quarter or half of the year with its number."""
    return (_span(months_later(date(year, 1, 1), length * (nth - 1)), length),)


def _span(first: date, length: int) -> tuple[date, date]:
    return first, months_later(first, length) - timedelta(1)


def nth_within(period: Period, nth: int, kind: str | int, scene: Scene) -> Days:
    """Take the nth day, working day or weekday (0 to 6) of a period, from its end if negative."""
    doubt = Doubt.IMPOSSIBLE
    for first, last in period(scene):
        on = _nth(first, last, nth, kind, scene)
        if on and on >= scene.today:
            is_known = kind != "workday" or is_settled(first, last, scene.workdays)
            return Days((on,), None if is_known else Doubt.UNPUBLISHED)
        doubt = Doubt.PAST if on else doubt
    return Days((), doubt)


def _nth(first: date, last: date, nth: int, kind: str | int, scene: Scene) -> date | None:
    if kind == "workday":
        return workday_within(first, last, nth, scene.workdays)
    step = 7 if isinstance(kind, int) else 1
    if nth > 0:
        ahead = (kind - first.weekday()) % 7 if isinstance(kind, int) else 0
        on = first + timedelta(ahead + step * (nth - 1))
    else:
        back = (last.weekday() - kind) % 7 if isinstance(kind, int) else 0
        on = last - timedelta(back + step * (-nth - 1))
    return on if first <= on <= last else None


def week_end(weeks: int, scene: Scene) -> Days:
    """Take the last working day of a week; ask if its weekend is worked, or if it has passed."""
    ((monday, sunday),) = week(weeks, scene)
    on = workday_within(monday, sunday, -1, scene.workdays)
    friday = monday + timedelta(4)
    if on is None or sunday < scene.today:
        return Days((), Doubt.PAST)
    if on < scene.today:
        return Days((sunday, *week_end(weeks + 1, scene).dates), Doubt.PAST)
    if on > friday:
        return Days((friday, on), Doubt.AMBIGUOUS)
    return Days((on,))


def first_of(period: Period, scene: Scene) -> Days:
    """Propose the first day of the coming such period."""
    return Days(tuple(first for first, _ in period(scene) if first >= scene.today)[:1])


def bounds(period: Period, scene: Scene) -> Days:
    """Propose the first and the last day of the coming such period."""
    ahead = next((days for days in period(scene) if days[1] >= scene.today), ())
    return Days(tuple(ahead))


def days_of(period: Period, first: int, scene: Scene) -> Days:
    """Propose the day of a month with which its early, middle or late part begins."""
    days = (start + timedelta(first - 1) for start, _ in period(scene))
    return Days(tuple(day for day in days if day >= scene.today)[:1])


def last_of(period: Period) -> Callable[[Scene], Days]:
    """Take the last day of a period."""
    return partial(nth_within, period, -1, "day")
