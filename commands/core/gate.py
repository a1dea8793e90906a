"""The gate: whether a message to somebody who did not just act goes out now, waits, or is not written at all.

The one place that decides it. In this order, for a person:

1. A level that does not hear of such a thing (quiet.HEARD): nothing is written.
2. What they asked for, and all that comes while it is not quiet for them (quiet.Quiet): now.
3. In their quiet hours: what is urgent; what must be answered before they open; what has their name on it while they
   are on duty, and all of it while a campaign runs. It goes now, and the outbox keeps why (`outbox.passed`).
4. All else waits in the outbox until the opening.

A person's zone is their own, else the workspace's; their calendar is that of `View.workdays_of`. A chat has hours of
its own (`quiet_here`), and the zone and calendar of the schedule that posts in it. Answers, cards that are edited and
forms never come here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from commands.core.context import View, zone_of
from commands.core.quiet import HEARD, USUAL_HOURS, Quiet, Severity
from commands.core.workcalendar import DEFAULT_COUNTRY, WorkCalendar, calendar_of, country_of_zone
from storage.campaigns import is_campaign_on
from storage.chats import Chat
from storage.duty import is_on_duty
from storage.people import Account, Person
from storage.settings import Reach, Wishes, reaches_of, wishes_of_chat
from storage.unit import Unit
from storage.workspaces import Workspace


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say what becomes of one message."""

    is_heard: bool = True
    until: datetime | None = None
    """The opening for which it waits; None where it goes now."""
    passed: str | None = None
    """Why it goes in quiet hours: `urgent`, `deadline`, `duty` or `campaign`; None where it is not quiet."""


NOW = Verdict()
UNHEARD = Verdict(is_heard=False)


def quiet_here(view: View, chat: Chat) -> Quiet:
    """Give when nothing that may wait is posted in the chat for which a view draws."""
    return Quiet(*_hours(wishes_of_chat(view.unit, chat.id)), zone_of(chat.timezone, view.zone.key), view.workdays)


def _hours(wishes: Wishes) -> tuple[int, int]:
    if wishes.quiet_from is None or wishes.quiet_until is None:
        return USUAL_HOURS
    return wishes.quiet_from, wishes.quiet_until


@dataclass
class Gate:
    """Decide for the receivers of one transaction; what it reads is read once."""

    unit: Unit
    workspace: Workspace
    _reaches: dict[int, Reach] = field(default_factory=dict)
    _calendars: dict[str, WorkCalendar] = field(default_factory=dict)

    def meet(self, people: Iterable[Person]) -> None:
        """Read at once how several people can be reached, and what they wish."""
        new = {person.id for person in people} - self._reaches.keys()
        self._reaches |= reaches_of(self.unit, new)

    def accounts(self, person: Person) -> Sequence[Account]:
        """List the accounts of a person, the oldest first."""
        return self._reach(person).accounts

    def decide(self, person: Person, severity: Severity, *, by: datetime | None = None) -> Verdict:
        """Decide for a person; `by` is when the matter must have been answered at the latest."""
        wishes = self._reach(person).wishes
        if severity not in HEARD[wishes.level or "normal"]:
            return UNHEARD
        now, quiet = self.unit.now, self.quiet_of(person)
        if severity == "asked" or not quiet.is_quiet(now):
            return NOW
        opening = quiet.opening(now)
        passed = self._passes(person, severity, by, opening)
        return Verdict(passed=passed) if passed else Verdict(until=opening)

    def quiet_of(self, person: Person) -> Quiet:
        """Give when a person is left alone."""
        reach = self._reach(person)
        zone = self.workspace.timezone
        country = person.country or country_of_zone(person.timezone) or reach.country or country_of_zone(zone)
        return self._quiet(reach.wishes, zone_of(person.timezone, zone).key, country)

    def _reach(self, person: Person) -> Reach:
        self.meet([person])
        return self._reaches[person.id]

    def _quiet(self, wishes: Wishes, zone: str, country: str | None) -> Quiet:
        code = country or DEFAULT_COUNTRY
        if code not in self._calendars:
            self._calendars[code] = calendar_of(self.unit, lambda: code)
        return Quiet(*_hours(wishes), zone_of(zone), self._calendars[code])

    def _passes(self, person: Person, severity: Severity, by: datetime | None, opening: datetime) -> str | None:
        """Say why a message goes in quiet hours; None where it waits."""
        if severity == "urgent":
            return "urgent"
        if by is not None and self.unit.now < by < opening:
            return "deadline"
        if not is_on_duty(self.unit, person.id):
            return None
        if is_campaign_on(self.unit):
            return "campaign"
        return "duty" if severity == "personal" else None
