"""What a handler is given: the store's unit, who asks, where, when, and in which language.

`View` is enough to draw something; `Context` adds the person who acts. Neither can send or
commit. Text comes from `t`, `tn` and `line`, never from a literal.
"""

from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from commands.core import access
from commands.core.access import Rights
from commands.core.arguments import text_of
from commands.core.command import Registry
from commands.core.errors import Forbidden, Refused
from commands.core.event import Args, ByPerson, Call
from commands.core.facts import Fact
from commands.core.quiet import Severity
from commands.core.reply import Button, Inline, Line, Ref, Reply, Style, Who
from commands.core.workcalendar import DEFAULT_COUNTRY, WorkCalendar, calendar_of, country_of_zone
from commands.words import dates
from commands.words.catalog import Languages, Words
from storage.calendars import chosen_country
from storage.chats import Chat, Project
from storage.columns import Record
from storage.mail import last_shown
from storage.people import Person
from storage.unit import Unit
from storage.workspaces import workspace_of


class Told(NamedTuple):
    """Something to tell a person, as it was said; written when the turn ends."""

    person: Person
    message: str
    values: dict[str, Inline | Line | int]
    about: Ref | None
    severity: Severity
    by: datetime | None


class Sent(NamedTuple):
    """A message for a person, drawn already."""

    person: Person
    reply: Reply
    severity: Severity
    on: str | None
    """The platform on which they must read it, wherever else they are usually written to."""


class Hung(NamedTuple):
    """The card of an object for a person."""

    person: Person
    record: Record
    severity: Severity


class Remark(NamedTuple):
    """A line for the thread of an object's cards."""

    about: Ref
    message: str
    values: dict[str, Inline | Line | int]
    severity: Severity
    in_chat: int | None
    """The one chat in whose thread it is said; None: wherever the card hangs."""


RECENT_S: Final = 600
"""For ten minutes the last object shown needs no ref, and an act can be taken back."""


class View:
    """Draw things for one reader: a chat's language and zone, or a person's."""

    def __init__(
        self,
        *,
        unit: Unit,
        registry: Registry,
        words: Words,
        zone: ZoneInfo,
        now: datetime,
        pings: bool = True,
        place: Chat | None = None,
        reader: Person | None = None,
    ) -> None:
        self.unit = unit
        self.registry = registry
        self.words = words
        self.zone = zone
        self.now = now
        """Aware; the instant that "today" and "overdue" are measured from."""
        self._people: dict[int, Person | None] = {}
        self._pings = pings
        self._place = place
        self._reader = reader

    @property
    def today(self) -> date:
        """The reader's local day."""
        return self.now.astimezone(self.zone).date()

    @cached_property
    def workdays(self) -> WorkCalendar:
        """The calendar that counts here: the chat's, in a direct chat the person's; read when it is asked."""
        return calendar_of(self.unit, self.country)

    def workdays_of(self, person: Person) -> WorkCalendar:
        """Give the calendar that a person keeps."""
        return calendar_of(self.unit, lambda: self._country_of(person))

    @cached_property
    def launch(self) -> date | None:
        """The day on which this chat's project is launched; None where nobody named one."""
        project = self._project()
        return None if project is None else project.launch_on

    def sees(self, action: str, project: int | None = None) -> bool:
        """Tell whether whoever reads this may do an action such as `budget.view` in a project; None: outside all.

        Never in a group: what several read is drawn once, for the one of them who may least.
        """
        rights = self._readers_rights
        return rights is not None and access.may_in(rights, action, project)

    @cached_property
    def _readers_rights(self) -> Rights | None:
        """What the one may do who reads this; None where several read it, or nobody knows who does."""
        place, reader = self._place, self._reader
        if reader is None and place is not None and place.kind == "direct":
            reader = self.person(place.person_id)
        return None if reader is None else access.rights_of(self.unit, reader, here=None)

    def country(self) -> str:
        """Tell whose holidays count here, as a code of two letters."""
        project = self._project()
        zone = self._place.timezone if self._place is not None else None
        return (project.country if project else None) or country_of_zone(zone) or self._common_country()

    def _country_of(self, person: Person) -> str:
        return person.country or country_of_zone(person.timezone) or self._common_country()

    def _common_country(self) -> str:
        zone = workspace_of(self.unit).timezone
        return chosen_country(self.unit) or country_of_zone(zone) or DEFAULT_COUNTRY

    def _project(self) -> Project | None:
        id = self._place.project_id if self._place is not None else None
        return None if id is None else self.unit.get(Project, id)

    def t(self, message: str, /, **values: object) -> str:
        """Translate a text and fill its slots."""
        return self.words.t(message, **values)

    def tn(self, one: str, many: str, count: int, /, **values: object) -> str:
        """Translate a text that depends on a number."""
        return self.words.tn(one, many, count, **values)

    def line(self, message: str, /, **values: Inline | Line | int) -> Line:
        """Translate a text whose slots hold people, links or stressed words."""
        return self.words.line(message, **values)

    def due(self, on: date | None, at: datetime | None = None, *, zone: str | None = None) -> str:
        """Write a due day, or an instant with its city; a dash for none."""
        if at is not None:
            return dates.moment(self.words, at, ZoneInfo(zone) if zone else self.zone, today=self.today)
        return "—" if on is None else dates.day(self.words, on, today=self.today)

    def clock(self, at: datetime) -> str:
        """Write when something happened, in the reader's zone."""
        return dates.clock(at if at.tzinfo else at.replace(tzinfo=UTC), self.zone, now=self.now)

    def person(self, id: int | None) -> Person | None:
        """Read a person once, under whichever id they were known; None for nobody."""
        if id is None:
            return None
        if id not in self._people:
            found = self.unit.get(Person, id)
            if found is not None and found.same_as_id is not None:
                found = self.unit.get(Person, found.same_as_id)
            self._people[id] = found
        return self._people[id]

    def remember(self, person: Person) -> None:
        """Keep a person that was read already."""
        self._people[person.id] = person

    def who(self, id: int | None, *, pings: bool = False) -> Inline:
        """Name a person; a dash for nobody."""
        person = self.person(id)
        if person is None:
            return "—"
        name = person.name if person.archived_at is None else self.t("{name} (has left)", name=person.name)
        return Who(person.id, name, pings=pings and self._pings and person.archived_at is None)

    def ref(self, record: Record) -> Ref:
        """Point at an object by its ref."""
        finder = self.registry.finder_of(type(record))
        return Ref(finder.kind, record.id, f"{finder.letter}-{getattr(record, 'number')}")  # noqa: B009 - only kinds with refs have a number

    def say(self, command: str, *pieces: object) -> str:
        """Write a command the way one would type it in this language."""
        return " ".join([self.words.forms(command)[0], *(str(piece) for piece in pieces if piece not in (None, ""))])

    def button(
        self,
        label: str,
        command: str,
        args: Args,
        *,
        style: Style = "plain",
        version: int | None = None,
        typed: str | None = None,
    ) -> Button:
        """Make a button; `typed` is what says the same, made from the arguments if not given."""
        said = typed if typed is not None else self.say(command, *(text_of(value) for value in args.values()))
        return Button(label, command, args, said, style=style, version=version)


class Context(View):
    """Act for one person in one chat."""

    def __init__(
        self,
        *,
        unit: Unit,
        registry: Registry,
        words: Words,
        zone: ZoneInfo,
        call: Call,
        rights: Rights,
        languages: Languages,
        chat: Chat,
        project: int | None,
        thread: Ref | None = None,
        source: str | None = None,
        source_link: str | None = None,
    ) -> None:
        me = rights.person
        only_me = me if chat.kind == "direct" and me.id else None  # the house itself, as 0, reads nothing
        super().__init__(
            unit=unit,
            registry=registry,
            words=words,
            zone=zone,
            now=call.now,
            pings=False,
            place=chat,
            reader=only_me,
        )
        self.call = call
        self.me = me
        self.rights = rights
        """What they may do, read in this transaction."""
        self._languages = languages
        self.chat = chat
        self.project = project
        """The id of the project that this chat works on; None in a direct chat without one."""
        self.thread = thread
        """The object whose thread or card this was said in."""
        self.source = source
        """The message that was said or pressed, by the platform's id."""
        self.source_link = source_link
        """Leads to that message, where the platform gives such a link."""
        self.facts: list[Fact] = []
        self.replies: list[Reply] = []
        self.told: list[Told] = []
        self.sent: list[Sent] = []
        self.hung: list[Hung] = []
        self.remarks: list[Remark] = []
        self.remember(self.me)

    def become(self, person: Person) -> None:
        """Go on as the person whom the one who acts turned out to be."""
        self._people.clear()
        self.__dict__.pop("_readers_rights", None)
        self.me = person
        self._reader = None if self._reader is None else person
        self.remember(person)

    def aloud(self) -> AbstractContextManager[None]:
        """See in the block what all may see who read what is said here."""
        whole = access.sight_aloud(self.rights, self.registry.guarded, self.chat)
        return self.unit.seen_as(self.unit.sight if whole is None else whole)

    def may(self, action: str, object: Record | None = None) -> bool:
        """Tell whether this person may do something; only for what is offered, dispatch checks what is done."""
        return access.may(self.rights, action, object)

    def must(self, action: str, object: Record | None = None) -> None:
        """Ask for more than the command's own action, where only one way of it needs that.

        Raises:
            Forbidden: this person may not.
            Refused: somebody else says it for them, and it takes themselves.
        """
        if not self.may(action, object):
            raise Forbidden(action)
        if action in access.IN_PERSON:
            self.must_be_there()

    def must_be_there(self) -> None:
        """Ask that who acts says so themselves, and nobody for them.

        Raises:
            Refused: somebody else speaks in their name.
        """
        if isinstance(self.call.actor, ByPerson) and self.call.actor.is_spoken_for:
            line = self.line("{who} has to say that in the chat: nobody decides or spends in another's name.",
                             who=self.who(self.me.id))  # fmt: skip
            raise Refused(line)

    def country(self) -> str:
        """Tell whose holidays count here: in a direct chat the person's."""
        return super().country() if self.chat.kind == "group" else self._country_of(self.me)

    def here(self) -> Ref | None:
        """Give the object that is meant without a ref: the thread's, else the one last shown here to this person."""
        if self.thread is not None:
            return self.thread
        since = self.unit.now - timedelta(seconds=RECENT_S)
        shown = last_shown(self.unit, person=self.me.id, chat=self.chat.id, since=since)
        return None if shown is None else Ref(*shown)

    def tell(
        self,
        person: int,
        message: str,
        /,
        *,
        about: Ref | None = None,
        severity: Severity = "personal",
        by: datetime | None = None,
        **values: Inline | Line | int,
    ) -> None:
        """Have somebody else told in their direct chat, in their language; never the one who acts, nor who has left.

        What is `personal` or less waits in their quiet hours, unless it must be answered `by` before these end;
        who acts is told when it will be read.
        """
        who = self.person(person)
        if who is not None and who.id != self.me.id and who.archived_at is None:
            self.told.append(Told(who, message, values, about, severity, by))

    def forms(self, message: str) -> tuple[str, ...]:
        """List what people may type for a word, in any language."""
        return self._languages.forms(message)

    def seen_by(self, person: Person) -> View:
        """Draw for somebody else: in their language and zone."""
        return View(
            unit=self.unit,
            registry=self.registry,
            words=self._languages[person.language or workspace_of(self.unit).language],
            zone=zone_of(person.timezone, self.zone.key),
            now=self.now,
            pings=False,
            reader=person,
        )

    def send(self, person: Person, reply: Reply, *, severity: Severity = "personal", on: str | None = None) -> None:
        """Send somebody a message in their direct chat, on one platform; the reply is in their language (`seen_by`)."""
        self.sent.append(Sent(person, reply, severity, on))

    def hang(self, person: Person, record: Record, *, severity: Severity = "personal") -> None:
        """Hang the card of an object in somebody's direct chat; it is edited in place from then on."""
        self.hung.append(Hung(person, record, severity))

    def addressed(self) -> list[Person]:
        """List everybody who is written to directly."""
        sent = [*(each.person for each in self.sent), *(each.person for each in self.hung)]
        return [*(each.person for each in self.told), *sent]

    def remark(
        self,
        about: Ref,
        message: str,
        /,
        *,
        severity: Severity = "news",
        in_chat: int | None = None,
        **values: Inline | Line | int,
    ) -> None:
        """Say a line in the thread of an object's card, in one chat or wherever it hangs, in that chat's language."""
        self.remarks.append(Remark(about, message, values, severity, in_chat))

    def also(self, reply: Reply) -> None:
        """Answer once more, from a reaction: a hint, or the card of what it made; alone where no command answers."""
        self.replies.append(reply)

    def forget(self) -> None:
        """Say nothing of what was to be said: the act that led to it did not happen."""
        for said in (self.replies, self.told, self.sent, self.hung, self.remarks):
            said.clear()

    def state(self, fact: Fact) -> None:
        """State what happened; others react after this handler, in the same transaction."""
        self.facts.append(fact)


def zone_of(*names: str | None) -> ZoneInfo:
    """Give the first zone that is named and known; UTC where none is."""
    for name in names:
        if name:
            try:
                return ZoneInfo(name)
            except (KeyError, ValueError, OSError):
                continue
    return ZoneInfo("UTC")
