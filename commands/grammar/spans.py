"""From when to when: 周一~周五, fri 18:00 to sat 9:00, tonight, 下周. What has two ends is read in ranges.py, a single
day or hour in when.py."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from commands.grammar.date_meanings import Uncertain, When
from commands.grammar.ranges import Range, parse_range
from commands.grammar.tokens import normal
from commands.grammar.when import parse_when
from commands.grammar.workdays import WEEKDAYS, Workdays

EVENING: Final = time(18)
MORNING: Final = time(9)
"""A night is from the evening to the morning after."""
_NIGHT: Final = re.compile(r"晚|夜|通宵|night")
_WEEKEND: Final = re.compile(r"周末|weekend")
_WEEKS: Final = {"本周": 0, "这周": 0, "this week": 0, "下周": 7, "下星期": 7, "next week": 7}


@dataclass(frozen=True, slots=True)
class Span:
    """Hold two aware instants, the second after the first."""

    since: datetime
    until: datetime


def parse_span(
    text: str, *, now: datetime, zone: ZoneInfo, launch: date | None = None, workdays: Workdays = WEEKDAYS
) -> Span | Uncertain | None:
    """Read from when to when; None for what is no span, a doubt where it must be asked about.

    A day alone is the whole of it; a night, or an hour alone, lasts until the morning.
    """
    said = normal(text)
    dawn = _midnight(now.astimezone(zone).date(), zone)  # what began today is not past
    week = _WEEKS.get(said)
    if week is not None:
        monday = dawn.date() - timedelta(days=dawn.weekday()) + timedelta(days=week)
        return Span(_utc(monday, zone), _utc(monday + timedelta(days=7), zone))
    found = parse_range(said, now=dawn, zone=zone, launch=launch, workdays=workdays)
    if isinstance(found, Range):
        ends = found.end.at or _midnight(found.end.on + timedelta(days=1), zone)
        return Span((found.start.at or _midnight(found.start.on, zone)).astimezone(UTC), ends.astimezone(UTC))
    return found or _alone(said, parse_when(said, now=dawn, zone=zone, launch=launch, workdays=workdays), zone)


def _alone(said: str, when: When | Uncertain | None, zone: ZoneInfo) -> Span | Uncertain | None:
    if isinstance(when, Uncertain) and _WEEKEND.search(said) and when.candidates:
        return Span(_utc(when.candidates[0].on, zone), _utc(when.candidates[-1].on + timedelta(days=1), zone))
    if not isinstance(when, When):
        return when
    if when.at is None and not _NIGHT.search(said):
        return Span(_utc(when.on, zone), _utc(when.on + timedelta(days=1), zone))
    since = (when.at or datetime.combine(when.on, EVENING, zone)).astimezone(zone)
    morning = since.date() + timedelta(days=0 if since.time() < MORNING else 1)
    return Span(since.astimezone(UTC), datetime.combine(morning, MORNING, zone).astimezone(UTC))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _utc(day: date, zone: ZoneInfo) -> datetime:
    return _midnight(day, zone).astimezone(UTC)
