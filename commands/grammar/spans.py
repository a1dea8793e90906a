"""From when to when: 周一~周五, fri 18:00 to sat 9:00, tonight, 下周. Single days and hours are in when.py."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from commands.grammar.date_meanings import Uncertain, When
from commands.grammar.tokens import normal
from commands.grammar.when import parse_when

EVENING: Final = time(18)
MORNING: Final = time(9)
"""A night is from the evening to the morning after."""
_WORDS_BETWEEN: Final = re.compile(r"\s*(?:~|至|到|\bto\b|\buntil\b|\btill\b|--+)\s*")
_DASH: Final = re.compile(r"\s*-\s*")
_NIGHT: Final = re.compile(r"晚|夜|通宵|night")
_WEEKEND: Final = re.compile(r"周末|weekend")
_WEEKS: Final = {"本周": 0, "这周": 0, "this week": 0, "下周": 7, "下星期": 7, "next week": 7}


@dataclass(frozen=True, slots=True)
class Span:
    """Hold two aware instants, the second after the first."""

    since: datetime
    until: datetime


def parse_span(text: str, *, now: datetime, zone: ZoneInfo) -> Span | Uncertain | None:
    """Read from when to when; None for what is no span, a doubt where it must be asked about.

    A day alone is the whole of it; a night, or an hour alone, lasts until the morning.
    """
    said = normal(text)
    dawn = _midnight(now.astimezone(zone).date(), zone)  # what began today is not past
    week = _WEEKS.get(said)
    if week is not None:
        monday = dawn.date() - timedelta(days=dawn.weekday()) + timedelta(days=week)
        return Span(_utc(monday, zone), _utc(monday + timedelta(days=7), zone))
    joined = _joined(said, _WORDS_BETWEEN, dawn, zone)
    return joined or _alone(said, dawn, zone) or _joined(said, _DASH, dawn, zone)


def _joined(said: str, joins: re.Pattern[str], dawn: datetime, zone: ZoneInfo) -> Span | Uncertain | None:
    for join in joins.finditer(said):
        found = _between(said[: join.start()].strip(), said[join.end() :].strip(), dawn, zone)
        if found is not None:
            return found
    return None


def _between(left: str, right: str, dawn: datetime, zone: ZoneInfo) -> Span | Uncertain | None:
    first = parse_when(left, now=dawn, zone=zone)
    if not isinstance(first, When):
        return first
    since = first.at or _midnight(first.on, zone)
    found = [parse_when(right, now=seen.astimezone(zone), zone=zone) for seen in (dawn, since)]
    read = [when for each in found for when in ((each,) if isinstance(each, When) else each.candidates if each else ())]
    ends = (when.at or _midnight(when.on + timedelta(days=1), zone) for when in read)
    until = next((each for each in ends if each > since), None)  # of what it may mean, the first that comes after
    if until is None:
        return found[-1] if isinstance(found[-1], Uncertain) else None
    return Span(since.astimezone(UTC), until.astimezone(UTC))


def _alone(said: str, dawn: datetime, zone: ZoneInfo) -> Span | Uncertain | None:
    when = parse_when(said, now=dawn, zone=zone)
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
