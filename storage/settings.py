"""What a person, or a chat, set beside language and time zone: quiet hours, how much to hear, and a default chat."""

from sqlalchemy import UniqueConstraint, bindparam, select
from sqlmodel import Field

from storage.chats import CHAT, PROJECT, Chat
from storage.columns import WORKSPACE, Record, table_of
from storage.mail import INBOX
from storage.unit import Unit

LEVELS = ("quiet", "normal", "loud")


class Preference(Record, table=True):
    """What one person, or one chat, set; no row while all is as usual."""

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


def default_project(unit: Unit, person: int) -> int | None:
    """Find what a person's tasks from direct chats belong to; None for their own list."""
    row = unit.row(_DEFAULT, person=person)
    return None if row is None else int(row[0])


def chats_spoken_in(unit: Unit, person: int) -> list[Chat]:
    """List the group chats in which somebody has spoken to the bot, oldest first."""
    return unit.records(Chat, _SPOKEN_IN, person=person)
