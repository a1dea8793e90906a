"""Quiet hours and levels: when somebody is written to unasked, and of what. Pure; gate.py applies it.

The rule, so that it can be worked out in any other way: look at the receiver's wall clock at an instant. It is quiet
when that day is not worked in their calendar, or when the time, in whole minutes, lies in [since, until), which leads
over midnight where `since` is later than `until`. Where both are the same nothing is quiet, days of rest neither. The
opening is the first instant, from the one asked about on, that is not quiet.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from commands.core.timetable import instant_of
from commands.grammar.workdays import Workdays

Severity = Literal["urgent", "asked", "personal", "news", "detail"]
"""How much a message to somebody who did not just act concerns them. Said where the message is made.

`urgent` cannot wait and passes quiet hours, which is logged. `asked` comes when they wanted it, such as a reminder
that they put off. `personal` needs them, or has their name on it. `news` is good to know; `detail` is every change of
what they follow. The last three wait in quiet hours.
"""
HEARD: Final[Mapping[str, frozenset[Severity]]] = {
    "quiet": frozenset(("urgent", "asked", "personal")),
    "normal": frozenset(("urgent", "asked", "personal", "news")),
    "loud": frozenset(("urgent", "asked", "personal", "news", "detail")),
}
"""By level, what is written at all."""
WAITING: Final[tuple[Severity, ...]] = ("personal", "news", "detail")
"""What waits in quiet hours."""
USUAL_HOURS: Final = (20 * 60, 9 * 60)
"""Nobody who set nothing is written to from 20:00 to 09:00 (product 3.7). Minutes after local midnight."""
LONGEST_REST: Final = 60
"""Days. What no calendar opens within these counts as worked: a message is late then, but not lost."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hold when one receiver, a person or a chat, is left alone."""

    since: int
    """Minutes after local midnight, as `until`, which is the first minute after."""
    until: int
    zone: ZoneInfo
    workdays: Workdays

    def is_quiet(self, at: datetime) -> bool:
        """Tell whether it is quiet at an aware instant."""
        local = at.astimezone(self.zone)
        return self.since != self.until and (
            self._is_silent(local.hour * 60 + local.minute) or not self.workdays.is_workday(local.date())
        )

    def opening(self, at: datetime) -> datetime:
        """Give the first instant, in UTC, from an aware one on, that is not quiet; that one itself if it is not."""
        first = at.astimezone(self.zone).date()
        if not self.is_quiet(at):
            return at.astimezone(UTC)
        for days in range(LONGEST_REST):
            for opens in sorted(self._turns(first + days * _DAY)):
                if opens > at and not self.is_quiet(opens):
                    return opens
        return instant_of(datetime.combine(first + LONGEST_REST * _DAY, self._opens), self.zone)

    @property
    def _opens(self) -> time:
        return time(self.until // 60 % 24, self.until % 60)

    def _is_silent(self, minute: int) -> bool:
        if self.since < self.until:
            return self.since <= minute < self.until
        return minute >= self.since or minute < self.until

    def _turns(self, day: date) -> Iterator[datetime]:
        """Give the instants of a day at which it may cease to be quiet.

        Its start, the end of the quiet hours, and where the clocks are set, the moment of that and what comes twice.
        """
        for wall in (time(), self._opens):
            local = datetime.combine(day, wall)
            yield instant_of(local, self.zone)
            yield local.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        yield from self._settings(*(datetime.combine(each, time(), self.zone) for each in (day, day + _DAY)))

    def _settings(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Give the moment between two instants at which the clocks are set, if they are."""
        early, late = since.astimezone(UTC), until.astimezone(UTC)
        if early.astimezone(self.zone).utcoffset() == late.astimezone(self.zone).utcoffset():
            return
        while late - early > timedelta(seconds=1):
            middle = early + (late - early) / 2
            is_before = middle.astimezone(self.zone).utcoffset() == early.astimezone(self.zone).utcoffset()
            early, late = (middle, late) if is_before else (early, middle)
        yield late.replace(microsecond=0)
