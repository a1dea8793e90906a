"""The first instants of local times, found by looking at the wall every quarter of an hour.

Slow on purpose, and another way than the product's: no offsets are compared, no folds asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from commands.core.timetable import Timetable
from commands.grammar.recurrence import Recurrence
from commands.grammar.workdays import WEEKDAYS

STEP = timedelta(minutes=15)
"""Every zone that is used today changes its clocks at a quarter of an hour, by quarters."""
ZONES: Final = (
    "Asia/Shanghai",
    "America/New_York",
    "Europe/London",
    "America/Los_Angeles",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Pacific/Chatham",
    "America/Santiago",
    "Africa/Cairo",
    "Pacific/Apia",
)
"""Zones of every kind: without changes, with changes of half an hour, at midnight, twice in a spring."""
TIMES: Final = (time(0, 0), time(0, 30), time(1, 30), time(2, 0), time(2, 15), time(2, 30), time(9, 30), time(23, 45))


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of comparing one zone's slots with its wall."""

    zone: str
    slots: int
    faults: tuple[str, ...]


def compare(name: str, begin: date, days: int) -> Compared:
    """Compare the slots of so many days with what the wall of a zone shows."""
    zone = ZoneInfo(name)
    table = Timetable(Recurrence("day"), TIMES, zone)
    coming = table.upcoming(datetime.combine(begin, time(), tzinfo=UTC), WEEKDAYS)
    slots = list(islice(coming, days * len(TIMES)))
    expected = first_instants(zone, slots[0].local.date(), slots[-1].local.date(), TIMES)
    faults = [f"{slot.label} comes at {slot.at}" for slot in slots if expected.get(slot.local) != slot.at]
    if len({slot.label for slot in slots}) != len(slots):
        faults.append("a slot comes twice")
    if any(later.at < slot.at for slot, later in pairwise(slots)):
        faults.append("a slot comes before the one that it follows")
    first, last = slots[0].local, slots[-1].local
    left_out = {each for each in expected if first <= each <= last} - {slot.local for slot in slots}
    faults += [f"{each} never comes" for each in sorted(left_out)]
    return Compared(name, len(slots), tuple(faults))


def all_zones() -> list[str]:
    """List every zone that the system knows, under each of its names."""
    return sorted(available_timezones() - {"Factory", "localtime", "posixrules"})


def first_instants(zone: ZoneInfo, first: date, last: date, times: Sequence[time]) -> dict[datetime, datetime]:
    """Give the first instant of each day and time: when the wall first shows it, or a later time."""
    days = range(first.toordinal(), last.toordinal() + 1)
    left = [datetime.combine(date.fromordinal(day), each) for day in reversed(days) for each in sorted(times)[::-1]]
    at = datetime.combine(first, time(), tzinfo=UTC) - timedelta(days=1)
    found: dict[datetime, datetime] = {}
    while left:
        wall = at.astimezone(zone).replace(tzinfo=None)
        while left and left[-1] <= wall:
            found[left.pop()] = at
        at += STEP
    return found
