"""What a person, or a chat, set beside language and time zone: quiet hours, how much to hear, and a default chat."""

import functools
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import BindParameter, Select, UniqueConstraint, and_, bindparam, select
from sqlmodel import Field

from storage.calendars import CALENDAR
from storage.chats import CHAT, PROJECT, Chat
from storage.columns import WORKSPACE, Record, personal, table_of
from storage.mail import INBOX
from storage.people import ACCOUNT, Account
from storage.unit import Unit

LEVELS = ("quiet", "normal", "loud")
SET = ("quiet_from", "quiet_until", "level", "remind_at", "project_id")
"""What a person may set."""


class Preference(Record, table=True):
    """What one person, or one chat, set; no row while all is as usual."""

    __once__ = ()
    __personal__ = personal(quiet_from=None, quiet_until=None, level=None, remind_at=None, project_id=None)
    __table_args__ = (UniqueConstraint("workspace_id", "person_id"), UniqueConstraint("workspace_id", "chat_id"))
    person_id: int | None = Field(default=None, foreign_key="person.id")
    chat_id: int | None = Field(default=None, foreign_key="chat.id")
    """Whose it is: a person's or a chat's."""
    quiet_from: int | None = None
    """Minutes after local midnight; None for the usual hours."""
    quiet_until: int | None = None
    """The same as `quiet_from` where no hour is quiet."""
    level: str | None = None
    """One of LEVELS; None for `normal`."""
    remind_at: int | None = None
    """Of a person: when they are reminded, in minutes after local midnight; None for the usual hour."""
    project_id: int | None = Field(default=None, foreign_key="project.id")
    """Of a person: what tasks belong to that they make in a direct chat; None for their own list."""

    def joined(self, other: Self, /) -> dict[str, object]:
        """Keep what was set, and take over what only the other set."""
        return {name: getattr(self, name) if getattr(self, name) is not None else getattr(other, name) for name in SET}


@dataclass(frozen=True, slots=True)
class Wishes:
    """Hold when and how much a person, or a chat, wants to hear unasked; None for as usual."""

    quiet_from: int | None = None
    quiet_until: int | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """Hold how one person can be reached, and what they wish."""

    accounts: list[Account] = field(default_factory=list)
    """On every platform, the oldest first."""
    wishes: Wishes = Wishes()
    country: str | None = None
    """Whose holidays the workspace keeps; None if nobody chose, or the person has no account."""


PREFERENCE = table_of(Preference)
_OF_PERSON = select(PREFERENCE).where(
    PREFERENCE.c.workspace_id == WORKSPACE, PREFERENCE.c.person_id == bindparam("person")
)
_OF_CHAT = select(PREFERENCE).where(PREFERENCE.c.workspace_id == WORKSPACE, PREFERENCE.c.chat_id == bindparam("chat"))
_DEFAULT = (
    select(PREFERENCE.c.project_id)
    .join(PROJECT, PROJECT.c.id == PREFERENCE.c.project_id)
    .where(
        PREFERENCE.c.workspace_id == WORKSPACE,
        PREFERENCE.c.person_id == bindparam("person"),
        PREFERENCE.c.archived_at.is_(None),
        PROJECT.c.archived_at.is_(None),
    )
)
_SPOKEN_IN = (
    select(CHAT)
    .where(
        CHAT.c.workspace_id == WORKSPACE,
        CHAT.c.kind == "group",
        CHAT.c.archived_at.is_(None),
        CHAT.c.project_id.is_not(None),
        select(INBOX.c.key)
        .where(
            INBOX.c.workspace_id == WORKSPACE, INBOX.c.person_id == bindparam("person"), INBOX.c.chat_id == CHAT.c.id
        )
        .exists(),
    )
    .order_by(CHAT.c.id)
)


def preference_of(unit: Unit, *, person: int) -> Preference | None:
    """Read what a person set; None while all is as usual."""
    return _unless_taken_back(unit.record(Preference, _OF_PERSON, person=person))


def preference_of_chat(unit: Unit, *, chat: int) -> Preference | None:
    """Read what a chat set; None while all is as usual."""
    return _unless_taken_back(unit.record(Preference, _OF_CHAT, chat=chat))


def prefer(unit: Unit, *, person: int, **values: object) -> Preference:
    """Set something for a person."""
    return _write(unit, unit.record(Preference, _OF_PERSON, person=person), person_id=person, **values)


def prefer_in_chat(unit: Unit, *, chat: int, **values: object) -> Preference:
    """Set something for a chat."""
    return _write(unit, unit.record(Preference, _OF_CHAT, chat=chat), chat_id=chat, **values)


def _write(unit: Unit, found: Preference | None, **values: object) -> Preference:
    if found is None:
        return unit.add(Preference, **values)
    if found.archived_at is not None:
        usual: dict[str, object] = {"quiet_from": None, "quiet_until": None, "level": None, "remind_at": None}
        values = {**usual, "project_id": None, **values}
    return unit.change(found, **values, archived_at=None)


def _unless_taken_back(found: Preference | None) -> Preference | None:
    """Leave out a row that undo put away; it stays, for there is one of each at most."""
    return None if found is None or found.archived_at is not None else found


def wishes_of_chat(unit: Unit, chat: int) -> Wishes:
    """Give when and how much is wanted in a chat."""
    found = preference_of_chat(unit, chat=chat)
    return Wishes() if found is None else Wishes(found.quiet_from, found.quiet_until, found.level)


def reaches_of(unit: Unit, people: Collection[int]) -> dict[int, Reach]:
    """Tell in one read how people can be reached, and what they wish."""
    found = {person: Reach() for person in people}
    if people:
        named = {f"person{index}": person for index, person in enumerate(sorted(people))}
        for row in unit.rows(_reaches(len(named)), **named):
            values = dict(row._mapping)
            wishes = Wishes(*(values.pop(name) for name in Wishes.__dataclass_fields__))
            country, account = values.pop("country"), Account.model_construct(**values)
            accounts = [*found[account.person_id].accounts, account]
            found[account.person_id] = Reach(accounts, wishes, country)
    return found


@functools.cache
def _reaches(count: int) -> Select[Any]:
    people: list[BindParameter[int]] = [bindparam(f"person{index}") for index in range(count)]
    theirs = and_(
        PREFERENCE.c.workspace_id == WORKSPACE,
        PREFERENCE.c.person_id == ACCOUNT.c.person_id,
        PREFERENCE.c.archived_at.is_(None),
    )
    chosen = and_(CALENDAR.c.workspace_id == WORKSPACE, CALENDAR.c.archived_at.is_(None))
    wishes = [PREFERENCE.c[name] for name in Wishes.__dataclass_fields__]
    return (
        select(ACCOUNT, *wishes, CALENDAR.c.country)
        .select_from(ACCOUNT.outerjoin(PREFERENCE, theirs).outerjoin(CALENDAR, chosen))
        .where(ACCOUNT.c.workspace_id == WORKSPACE, ACCOUNT.c.person_id.in_(people), ACCOUNT.c.archived_at.is_(None))
        .order_by(ACCOUNT.c.id)
    )


def default_project(unit: Unit, person: int) -> int | None:
    """Find what a person's tasks from direct chats belong to; None for their own list."""
    row = unit.row(_DEFAULT, person=person)
    return None if row is None else int(row[0])


def chats_spoken_in(unit: Unit, person: int) -> list[Chat]:
    """List the group chats in which somebody has spoken to the bot, oldest first."""
    return unit.records(Chat, _SPOKEN_IN, person=person)
