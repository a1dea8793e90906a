"""What is meant by a day or a time of day, once the clock, the zone and the launch day of the speaker are known.

A meaning depends on none of these and can be kept; set in a scene it becomes a date, or a question where it is not
certain. Knows no words: these are in date_words.py, and are read in date_phrases.py.
"""

import calendar
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import partial
from typing import TypeAlias
from zoneinfo import ZoneInfo

from commands.grammar.workdays import Workdays, add_workdays, is_settled


@dataclass(frozen=True, slots=True)
class When:
    """Hold a due date that was understood for certain."""

    on: date
    """The local day in the speaker's zone."""
    at: datetime | None = None
    """The aware instant, in UTC; None if no time of day was said."""


class Doubt(StrEnum):
    """Say why a date is not certain."""

    PAST = "past"
    AMBIGUOUS = "ambiguous"
    VAGUE = "vague"
    IMPOSSIBLE = "impossible"
    NO_LAUNCH = "no_launch"
    TASK_REF = "task_ref"
    UNPUBLISHED = "unpublished"
    """It counts working days of a year whose days off are not known yet."""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Hold what was understood as a date, but must be asked about."""

    doubt: Doubt
    candidates: tuple[When, ...] = ()
    """What may have been meant, likeliest first, never past; may be empty."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Hold when, where and for which project something is said; `now` is in the zone."""

    now: datetime
    zone: ZoneInfo
    launch: date | None
    workdays: Workdays
    today: date


@dataclass(frozen=True, slots=True)
class Days:
    """Hold the days that something can be, and why it must be asked, if it must."""

    dates: tuple[date, ...]
    doubt: Doubt | None = None
    later: date | None = None
    """The day to propose if the hour said has passed on the only date."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Hold a time of day as it was said."""

    hour: int
    minute: int = 0
    part: str | None = None
    is_plain: bool = False
    """Whether it may be of a twelve-hour clock: said without am, pm, 下午 or a leading zero."""


@dataclass(frozen=True, slots=True)
class Offset:
    """Hold how far something is away."""

    amount: float
    unit: str


Day: TypeAlias = Callable[[Scene], Days | None]
Meaning: TypeAlias = Callable[[Scene], When | Uncertain | None]
Minutes: TypeAlias = tuple[int, ...] | None
"""Minutes from midnight, each a possible reading; () is an impossible time, None no time."""


def resolve(meaning: Meaning, scene: Scene) -> When | Uncertain | None:
    """Set a meaning in a scene."""
    try:
        return meaning(scene)
    except OverflowError:  # beyond the years that a calendar has
        return Uncertain(Doubt.IMPOSSIBLE)


MIDNIGHT = 24 * 60
_PART_HOURS: dict[str, dict[int, int]] = {
    "dawn": {12: 0} | {hour: hour for hour in range(7)},
    "morning": {hour: hour for hour in range(1, 13)},
    "noon": {11: 11, 12: 12, 13: 13, 14: 14, 1: 13, 2: 14},
    "afternoon": {12: 12} | {hour: hour + 12 for hour in range(1, 12)} | {hour: hour for hour in range(13, 20)},
    "evening": {hour: hour + 12 for hour in range(5, 12)} | {hour: hour for hour in range(17, 24)},
    "am": {12: 0} | {hour: hour for hour in range(12)},
    "pm": {12: 12} | {hour: hour + 12 for hour in range(1, 12)} | {hour: hour for hour in range(13, 24)},
}


def clock_minutes(clock: Clock) -> tuple[int, ...]:
    """Give the minutes from midnight that a clock may mean: two must be asked, none is none."""
    hour, minute = clock.hour, clock.minute
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        return ()
    if hour == 24 or (clock.part == "evening" and hour in (0, 12)):
        return (MIDNIGHT - 1, MIDNIGHT) if not minute else (MIDNIGHT + minute, minute)
    if clock.part == "evening" and 1 <= hour <= 4:
        return (MIDNIGHT + hour * 60 + minute, hour * 60 + minute)
    if clock.part:
        known = _PART_HOURS[clock.part].get(hour)
        return () if known is None else (known * 60 + minute,)
    if clock.is_plain and 1 <= hour <= 6:  # nobody's work is due at 3 in the night, but that is what "3点" says
        return ((hour + 12) * 60 + minute, hour * 60 + minute)
    return (hour * 60 + minute,)


# From meanings to days.


def settle(day: Day, minutes: Minutes, scene: Scene) -> When | Uncertain | None:
    """Put a day and a time together, and keep what is still to come."""
    days = day(scene)
    if days is None:
        return None
    if minutes == ():
        return Uncertain(Doubt.IMPOSSIBLE)
    ahead = _ahead(days.dates, minutes, scene)
    if days.doubt:
        return Uncertain(days.doubt, ahead)
    if len(ahead) == 1:
        return ahead[0]
    if ahead:
        return Uncertain(Doubt.AMBIGUOUS, ahead)
    later = _ahead((days.later,), minutes, scene) if days.later else ()
    return Uncertain(Doubt.PAST, later)


def _ahead(dates: tuple[date, ...], minutes: Minutes, scene: Scene) -> tuple[When, ...]:
    if minutes is None:
        return tuple(When(each) for each in dates if each >= scene.today)
    whens = (at_minute(each, minute, scene.zone) for each in dates for minute in minutes)
    return tuple(when for when in whens if when.at and when.at > scene.now and when.on >= scene.today)


def at_minute(on: date, minute: int, zone: ZoneInfo) -> When:
    """Give the instant so many minutes from midnight of a day."""
    local = datetime.combine(on, time(), zone) + timedelta(minutes=minute)
    return When(local.date(), local.astimezone(UTC))


def doubtful(doubt: Doubt, day: Day, scene: Scene) -> Uncertain:
    """Ask about days, whatever they are."""
    days = day(scene)
    return Uncertain(doubt, _ahead(days.dates, None, scene) if days else ())


def about(meaning: Meaning, scene: Scene) -> When | Uncertain | None:
    """Ask about what is certain, as it was said to be only near."""
    when = meaning(scene)
    return Uncertain(Doubt.VAGUE, (when,)) if isinstance(when, When) else when


def either(one: Meaning, other: Meaning, scene: Scene) -> Uncertain | None:
    """Ask which of two was meant; nothing where one of them is no date at all."""
    first, second = one(scene), other(scene)
    if first is None or second is None:
        return None
    meant = [each for when in (first, second) for each in (when.candidates if isinstance(when, Uncertain) else (when,))]
    return Uncertain(Doubt.AMBIGUOUS, tuple(dict.fromkeys(meant)))


def days_ahead(days: tuple[int, ...], scene: Scene) -> Days:
    """Propose days so far from today."""
    return Days(tuple(scene.today + timedelta(each) for each in days))


def no_day_at_all(_scene: Scene) -> None:
    """Tell that it reads like a day and is none."""
    return None


def not_a_date(_scene: Scene) -> None:
    """Tell that it reads like a date and is none."""
    return None


def no_day(_scene: Scene) -> Days:
    """Propose nothing."""
    return Days(())


def relative(days: int) -> Day:
    """Make the day so many days from today."""
    return partial(_relative_day, days)


def _relative_day(days: int, scene: Scene) -> Days:
    if days < 0:
        return Days((), Doubt.PAST)
    on = scene.today + timedelta(days)
    return Days((on,), later=on + timedelta(1))


def moment(offset: Offset, scene: Scene) -> When | Uncertain | None:
    """Count hours or minutes from now."""
    if offset.amount <= 0:
        return Uncertain(Doubt.PAST) if offset.amount else None
    minutes = round(offset.amount * (60 if offset.unit == "hour" else 1))
    at = scene.now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=minutes)
    return When(at.astimezone(scene.zone).date(), at)


def days_after(offset: Offset, scene: Scene) -> Days | None:
    """Count from today."""
    if offset.amount <= 0:
        return Days((), Doubt.PAST) if offset.amount else None
    return shifted(offset, scene.today, scene.workdays)


def after_day(offset: Offset, day: Day, scene: Scene) -> Days | None:
    """Count from a day, each that it can be."""
    days = day(scene)
    if days is None or days.doubt or not days.dates:
        return days
    moved = shifted(offset, days.dates[0], scene.workdays)
    return moved if not moved.dates or moved.dates[0] >= scene.today else Days((), Doubt.PAST)


def from_launch(offset: Offset, scene: Scene) -> Days:
    """Count from the launch day."""
    if scene.launch is None:
        return Days((), Doubt.NO_LAUNCH)
    days = shifted(offset, scene.launch, scene.workdays)
    return days if not days.dates or days.dates[0] >= scene.today else Days((), Doubt.PAST)


def shifted(offset: Offset, start: date, workdays: Workdays) -> Days:
    """Move a day by an offset; vague in odd fractions."""
    amount, unit = offset.amount, offset.unit
    if unit == "month" and abs(amount) == 0.5:
        amount, unit = 30 * amount, "day"
    if unit == "year":
        amount, unit = 12 * amount, "month"
    if amount != int(amount) or unit not in ("day", "workday", "week", "month"):
        return Days((), Doubt.VAGUE)
    if unit == "workday":
        return _by_workdays(start, int(amount), workdays)
    if unit == "month":
        return Days((months_later(start, int(amount)),))
    return Days((start + timedelta(int(amount) * (7 if unit == "week" else 1)),))


_MOST_WORKDAYS = 300


def _by_workdays(start: date, count: int, workdays: Workdays) -> Days:
    """Count working days; ask if that leads into a year whose days off nobody knows yet."""
    if abs(count) > _MOST_WORKDAYS:
        return Days((), Doubt.VAGUE)
    on = add_workdays(start, count, workdays)
    is_known = is_settled(min(start, on), max(start, on), workdays)
    return Days((on,), None if is_known else Doubt.UNPUBLISHED)


def months_later(start: date, months: int) -> date:
    """Move by months, onto the last day of a shorter one."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("no calendar has this year")
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _date(year: int, month: int, day: int | None) -> date | None:
    """Make a day, or None if there is none; day None is the last of the month."""
    if not 1 <= month <= 12 or not date.min.year <= year <= date.max.year:
        return None
    last = calendar.monthrange(year, month)[1]
    return date(year, month, day or last) if day is None or 1 <= day <= last else None


def full(year: int, month: int, day: int, scene: Scene) -> Days:
    """Take the day with its year."""
    on = _date(year, month, day)
    if on is None:
        return Days((), Doubt.IMPOSSIBLE)
    return Days((on,)) if on >= scene.today else Days((), Doubt.PAST)


def slashed(first: int, second: int, year: int, scene: Scene) -> Days:
    """Take month/day/year or day/month/year where it can be one only; else ask."""
    said = dict.fromkeys((_date(year, first, second), _date(year, second, first)))
    real = tuple(day for day in said if day)
    if len(real) == 1:
        return full(real[0].year, real[0].month, real[0].day, scene)
    return Days(real, Doubt.AMBIGUOUS if real else Doubt.IMPOSSIBLE)


def day_of_year(years: int, month: int, day: int, scene: Scene) -> Days:
    """Take a day of this year, or of one ahead."""
    return full(scene.today.year + years, month, day, scene)


_RECENT = timedelta(days=60)


def coming(month: int, day: int | None, scene: Scene) -> Days:
    """Take the coming such day; ask if it has just passed, as that one may be meant."""
    around = [_date(scene.today.year + years, month, day) for years in range(-1, 9)]
    real = [each for each in around if each]
    if not real:
        return Days((), Doubt.IMPOSSIBLE)
    ahead = [each for each in real if each >= scene.today]
    if around[1] is None or (around[1] < scene.today and around[2] is None):  # 29 February
        return Days(tuple(ahead[:1]), Doubt.IMPOSSIBLE)
    passed = [each for each in real if each < scene.today]
    is_recent = bool(passed) and scene.today - passed[-1] <= _RECENT and ahead[0] != scene.today
    return Days((ahead[0],), Doubt.PAST if is_recent else None, later=ahead[1] if len(ahead) > 1 else None)


def numeric(first: int, second: int, sign: str, scene: Scene) -> Days | None:
    """Read month/day; day/month only where it can be nothing else. 24/7 is no date."""
    if 1 <= first <= 12 and 1 <= second <= 31:
        return coming(first, second, scene)
    if sign == "/" and 13 <= first <= 31 and 1 <= second <= 12 and (first, second) != (24, 7):
        return coming(second, first, scene)
    return None


def day_number(day: int, scene: Scene) -> Days | None:
    """Take the coming such day of a month; ask if a month has not so many days."""
    if not 1 <= day <= 31:
        return None
    first = scene.today.replace(day=1)
    months = [months_later(first, ahead) for ahead in range(4)]
    days = [_date(month.year, month.month, day) for month in months]
    ahead = [each for each in days if each and each >= scene.today]
    expected = days[0] if days[0] is None or days[0] >= scene.today else days[1]
    return Days((ahead[0],), None if expected else Doubt.IMPOSSIBLE, later=ahead[1])


def day_of_month(months: int, day: int, scene: Scene) -> Days:
    """Take a day of this month, or of one ahead."""
    first = months_later(scene.today.replace(day=1), months)
    on = _date(first.year, first.month, day)
    if on is None:
        return Days((), Doubt.IMPOSSIBLE)
    if on >= scene.today:
        return Days((on,), later=months_later(on, 1))
    return Days((months_later(on, 1),) if months == 0 else (), Doubt.PAST)


def _monday(scene: Scene) -> date:
    return scene.today - timedelta(scene.today.weekday())


def coming_weekday(weekday: int, scene: Scene) -> Days:
    """Take the coming such weekday; ask if it is today."""
    ahead = (weekday - scene.today.weekday()) % 7
    on = scene.today + timedelta(ahead)
    return Days((on,)) if ahead else Days((on, on + timedelta(7)), Doubt.AMBIGUOUS)


def weekday_of(weeks: int, weekday: int, scene: Scene) -> Days:
    """Take a weekday of this week, or of one weeks ahead."""
    on = _monday(scene) + timedelta(7 * weeks + weekday)
    if on >= scene.today:
        return Days((on,), later=on + timedelta(7))
    return Days((on + timedelta(7),) if weeks == 0 else (), Doubt.PAST)


def days_of_week(weeks: int, weekdays: tuple[int, ...], scene: Scene) -> Days:
    """Propose days of a week."""
    return Days(tuple(_monday(scene) + timedelta(7 * weeks + weekday) for weekday in weekdays))


def checked(day: Day, weekday: Day, scene: Scene) -> Days | None:
    """Ask if the day and the weekday that were both said are not the same."""
    days, named = day(scene), weekday(scene)
    if not days or days.doubt or not days.dates or not named or not named.dates:
        return days
    same = days.dates[0].weekday() == named.dates[0].weekday()
    return days if same else replace(days, doubt=Doubt.AMBIGUOUS)


def iso_instant(text: str, scene: Scene) -> Uncertain | When:
    """Read an instant as computers write it."""
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        return Uncertain(Doubt.IMPOSSIBLE)
    at = (said if said.tzinfo else said.replace(tzinfo=scene.zone)).astimezone(UTC)
    return When(at.astimezone(scene.zone).date(), at) if at > scene.now else Uncertain(Doubt.PAST)
