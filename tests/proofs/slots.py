"""The first instants of local times, found by looking at the wall every quarter of an hour.

Slow on purpose, and another way than the product's: no offsets are compared, no folds asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

STEP = timedelta(minutes=15)
"""Every zone that is used today changes its clocks at a quarter of an hour, by quarters."""


def first_instants(zone: ZoneInfo, first: date, last: date, times: Sequence[time]) -> dict[datetime, datetime]:
    """Give the first instant of each day and time: when the wall first shows it, or a later time of that day."""
    at = datetime.combine(first, time(), tzinfo=UTC) - timedelta(days=1)
    end = datetime.combine(last, time(), tzinfo=UTC) + timedelta(days=2)
    found: dict[datetime, datetime] = {}
    waiting: dict[date, list[time]] = {}
    while at < end:
        wall = at.astimezone(zone).replace(tzinfo=None)
        if first <= wall.date() <= last:
            left = waiting.setdefault(wall.date(), sorted(times))
            while left and left[0] <= wall.time():
                found[datetime.combine(wall.date(), left.pop(0))] = at
        at += STEP
    return found
