"""When a schedule comes: a rule of days, times of day and a zone, and the slots that they give.

A slot is a time on the wall of its zone, and comes once, whatever the clocks do: a time that is left out when they
go forward comes at the first instant after, and one that comes twice when they go back counts the first time. Pure;
bot/clock.py runs what is due. Why this is not APScheduler's CronTrigger: docs/adr/0006.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from commands.grammar.recurrence import Recurrence
from commands.grammar.workdays import Workdays

TWICE_A_WEEK: Final = timedelta(days=14)
"""So long before a launch, what comes every week comes twice a week."""
DAILY: Final = timedelta(days=3)
"""So long before it, on every working day."""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """Name one occurrence."""

    local: datetime
    """Without a zone: what the wall shows; it names the occurrence."""
    at: datetime
    """The aware instant, in UTC."""

    @property
    def label(self) -> str:
        """Write the slot as it is stored: `2026-11-23T09:30`."""
        return self.local.isoformat(timespec="minutes")


@dataclass(frozen=True, slots=True)
class Timetable:
    """Hold when something comes: on which days, at what times, in whose zone."""

    rule: Recurrence
    times: tuple[time, ...]
    """Times of day, to the minute, in order; at least one."""
    zone: ZoneInfo
    launch: date | None = None
    """The day towards which it comes more often."""
    is_working: bool = False
    """True for what comes on working days only, whatever the rule: a day of rest moves it to the next."""

    def next_after(self, local: datetime, workdays: Workdays) -> Slot:
        """Give the slot after one; rules of every second week count from it."""
        later = [each for each in self.times if each > local.time()]
        if later:
            return self.slot(local.date(), later[0])
        return self.slot(self._next_day(local.date(), workdays), self.times[0])

    def first(self, now: datetime, workdays: Workdays) -> Slot:
        """Give the first slot at or after an aware instant."""
        today = now.astimezone(self.zone).date()
        day = self._next_day(self._before(today, workdays), workdays)
        while day < today:
            day = self._next_day(day, workdays)
        slots = (self.slot(day, each) for each in self.times)
        coming = next((slot for slot in slots if slot.at >= now), None)
        while coming is None:
            day = self._next_day(day, workdays)
            slots = (self.slot(day, each) for each in self.times)
            coming = next((slot for slot in slots if slot.at >= now), None)
        return coming

    def upcoming(self, now: datetime, workdays: Workdays) -> Iterator[Slot]:
        """Give the slots from an aware instant on, without end, those on days of rest left out."""
        slot = self.first(now, workdays)
        while True:
            if self.is_worked(slot, workdays):
                yield slot
            slot = self.next_after(slot.local, workdays)

    def is_worked(self, slot: Slot, workdays: Workdays) -> bool:
        """Tell whether a slot takes place; one of every working day is left out on a holiday, and that is logged."""
        is_bound = self.is_working or self.rule.every == "workday"
        return not is_bound or workdays.is_workday(slot.local.date())

    def slot(self, day: date, at: time) -> Slot:
        """Name the slot of a day and a time."""
        local = datetime.combine(day, at)
        return Slot(local, instant_of(local, self.zone))

    def _before(self, day: date, workdays: Workdays) -> date:
        """Give a day from which the next slot is looked for, so that one is found that a rest moved to a day."""
        day -= timedelta(1)
        if self.is_working and self.rule.every != "workday" and self.rule.interval == 1:
            while not workdays.is_workday(day):
                day -= timedelta(1)
        return day

    def _next_day(self, day: date, workdays: Workdays) -> date:
        coming = self._next_by_rule(day, workdays)
        if self.is_working and self.rule.every != "workday":
            while not workdays.is_workday(coming):
                coming += timedelta(1)
        return min(coming, self._next_before_launch(day, workdays) or coming)

    def _next_before_launch(self, day: date, workdays: Workdays) -> date | None:
        """Give the next day on which the beat before a launch adds a slot; None where it adds none."""
        if self.launch is None or day >= self.launch:
            return None
        day = max(day, self.launch - TWICE_A_WEEK - timedelta(1))
        while (day := day + timedelta(1)) <= self.launch:
            is_near = self.launch - day <= DAILY
            if workdays.is_workday(day) and (is_near or day.weekday() in self._twice):
                return day
        return None

    @property
    def _twice(self) -> frozenset[int]:
        """The weekday of the rule, and the one half a working week from it."""
        first = self.rule.weekdays[0] if self.rule.weekdays else 0
        return frozenset({first, first + 3 if first < 2 else first - 3 if first > 2 else 4})

    def _next_by_rule(self, day: date, workdays: Workdays) -> date:
        if self.rule.every != "workday" or self.rule.interval > 1:
            return self.rule.next_after(day, workdays)
        day += timedelta(1)
        while day.weekday() > 4 and not workdays.is_workday(day):
            day += timedelta(1)
        return day  # Monday to Friday even when it is a holiday: that one is skipped aloud


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    """Give the first instant, in UTC, at which a wall shows this time, or a later one.

    >>> instant_of(datetime(2026, 3, 8, 2, 30), ZoneInfo("America/New_York")).isoformat()  # left out
    '2026-03-08T07:00:00+00:00'
    >>> instant_of(datetime(2026, 11, 1, 1, 30), ZoneInfo("America/New_York")).isoformat()  # comes twice
    '2026-11-01T05:30:00+00:00'
    """
    early, late = sorted(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early.astimezone(zone).replace(tzinfo=None) == local:
        return early
    while late - early > timedelta(seconds=1):  # the clocks go forward between the two: find the moment
        middle = early + (late - early) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < local:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
