"""Accounts that turn out to be one person's: the requests to link them, and what becomes of the two people.

A request is not audited and never carried elsewhere: it is good for ten minutes. What it leads to is audited.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, bindparam, func, select
from sqlmodel import Field, SQLModel

from storage.chats import CHAT, direct_chats_of
from storage.columns import WORKSPACE, AnyRow, Record, table_of
from storage.mail import INBOX, readdress
from storage.people import PERSON, Account, Person, add_person, forget_name, give_names
from storage.unit import Unit
from storage.whose import naming_people, person_columns, rows_naming


class Linking(SQLModel, table=True):
    """One request to link two accounts, from the code that was given to the confirmation."""

    __table_args__ = (
        Index("ix_linking_asker", "workspace_id", "person_id", "closed_at"),
        Index("ix_linking_digest", "workspace_id", "digest"),
        Index("ix_linking_other", "workspace_id", "other_id", "closed_at"),
    )
    id: int = Field(primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id")
    person_id: int = Field(foreign_key="person.id")
    """Who asked for it, and by asking proved to have an account of theirs."""
    digest: str | None = None
    """Of the code; None where the other side was asked without one."""
    other_id: int | None = Field(default=None, foreign_key="person.id")
    """Who said the code, or was asked, and alone may confirm; None until then."""
    expires_at: datetime
    closed_at: datetime | None = None
    """When it was confirmed, replaced, or said where others heard it."""


LINKING = table_of(Linking)
_open = (LINKING.c.workspace_id == WORKSPACE, LINKING.c.closed_at.is_(None), LINKING.c.expires_at > bindparam("after"))
_SAID = select(LINKING).where(*_open, LINKING.c.digest == bindparam("of_digest"))
_MINE = select(LINKING).where(*_open, LINKING.c.other_id == bindparam("of_person")).order_by(LINKING.c.id.desc())
_ADD = LINKING.insert().values(
    workspace_id=WORKSPACE,
    person_id=bindparam("of_person"),
    digest=bindparam("of_digest"),
    other_id=bindparam("of_other"),
    expires_at=bindparam("until"),
    closed_at=None,
)
_HEAR = (LINKING.update().where(*_open, LINKING.c.id == bindparam("of_request"), LINKING.c.other_id.is_(None))).values(
    other_id=bindparam("of_person")
)
_CLOSE = (
    LINKING.update()
    .where(LINKING.c.workspace_id == WORKSPACE, LINKING.c.id == bindparam("of_request"), LINKING.c.closed_at.is_(None))
    .values(closed_at=bindparam("at"))
)
_REPLACE = (
    LINKING.update()
    .where(
        LINKING.c.workspace_id == WORKSPACE,
        LINKING.c.person_id == bindparam("of_person"),
        LINKING.c.closed_at.is_(None),
    )
    .values(closed_at=bindparam("at"))
)
_PLATFORMS = (
    select(CHAT.c.platform, func.max(INBOX.c.id).label("newest"))
    .join(CHAT, CHAT.c.id == INBOX.c.chat_id)
    .where(INBOX.c.workspace_id == WORKSPACE, INBOX.c.person_id == bindparam("person"), INBOX.c.key.not_like("clock:%"))
    .group_by(CHAT.c.platform)
)
_JOINED = select(PERSON).where(PERSON.c.workspace_id == WORKSPACE, PERSON.c.same_as_id == bindparam("of_person"))


def add_request(unit: Unit, *, person: int, until: datetime, digest: str | None, other: int | None = None) -> None:
    """Keep a request that is good until an instant; it replaces the same person's last one."""
    unit.do(_REPLACE, of_person=person, at=unit.now)
    unit.do(_ADD, of_person=person, of_digest=digest, of_other=other, until=until)


def request_said(unit: Unit, digest: str) -> AnyRow | None:
    """Find the open request whose code has this digest."""
    return unit.row(_SAID, of_digest=digest, after=unit.now)


def request_to(unit: Unit, person: int) -> AnyRow | None:
    """Find the newest open request that waits for the confirmation of a person."""
    return unit.row(_MINE, of_person=person, after=unit.now)


def hear_request(unit: Unit, request: int, *, person: int) -> bool:
    """Note who said the code of a request; False when somebody said it before."""
    return unit.do(_HEAR, of_request=request, of_person=person, after=unit.now) == 1


def close_request(unit: Unit, request: int) -> bool:
    """Make a request void; False when it was already."""
    return unit.do(_CLOSE, of_request=request, at=unit.now) == 1


def platforms_used(unit: Unit, person: int) -> list[str]:
    """List where a person spoke to the bot, the last first, as far back as the inbox goes."""
    rows = unit.rows(_PLATFORMS, person=person)
    return [row.platform for row in sorted(rows, key=lambda row: row.newest, reverse=True)]


def account_to_reach(unit: Unit, person: int, accounts: Sequence[Account]) -> Account | None:
    """Choose of a person's accounts, the oldest first, the one to write to.

    It is the one that they chose, else the one on the platform where they spoke last, else the oldest.
    """
    chosen = next((each for each in accounts if each.is_chosen), None)
    if chosen is not None or len(accounts) < 2:
        return chosen or next(iter(accounts), None)
    used = platforms_used(unit, person)
    return min(accounts, key=lambda each: used.index(each.platform) if each.platform in used else len(used))


def join_people(unit: Unit, kept: Person, gone: Person, *, role: str) -> Person:
    """Make two people one, audited; what names `gone` names `kept`, who is given, from now on.

    Where both had a row of which a person has one at most, that of `kept` stays and takes over what the other has
    beside it. What stands in old papers under the old id is found by `same_as_id`.
    """
    for record in naming_people():
        _move(unit, record, gone=gone.id, kept=kept.id)
    give_names(unit, gone, kept)
    readdress(unit, person=gone.id, to=kept.id)
    for joined in (gone, *joined_to(unit, gone.id)):
        unit.change(joined, same_as_id=kept.id, archived_at=joined.archived_at or unit.now)
    greeted = bool(kept.awaits_hello and gone.awaits_hello)
    return unit.change(
        kept,
        role=role,
        language=kept.language or gone.language,
        timezone=kept.timezone or gone.timezone,
        country=kept.country or gone.country,
        awaits_hello=greeted,
    )


def joined_to(unit: Unit, person: int) -> list[Person]:
    """List the rows of those who turned out to be a person; they stand in old papers only."""
    return unit.records(Person, _JOINED, of_person=person)


def part_account(unit: Unit, person: Person, account: Account, *, role: str) -> Person:
    """Give an account a person of its own, audited; all else stays with whose it was."""
    name = account.title or account.native
    apart = add_person(
        unit, name=name, role=role, language=person.language, timezone=person.timezone, awaits_hello=False
    )
    forget_name(unit, person, name)
    unit.change(account, person_id=apart.id, is_chosen=None)
    for chat in direct_chats_of(unit, person.id):
        if chat.platform == account.platform:
            unit.change(chat, person_id=None)  # whose of the two it is shows when they next write there
    return apart


def _move(unit: Unit, record: type[Record], *, gone: int, kept: int) -> None:
    """Have the rows of one table name another person."""
    rows = rows_naming(unit, record, gone)
    once = record.__once__
    met: dict[tuple[object, ...], Record] = {}
    if once is not None and rows:
        mine = [row for row in rows_naming(unit, record, kept) if _whose(row) == kept]
        met = {_key(row, once): row for row in sorted(mine, key=lambda row: row.archived_at is None)}
    for row in rows:
        theirs = met.get(_key(row, once)) if once is not None and _whose(row) == gone else None
        if theirs is None:
            values = {name: kept for name in person_columns(record) if getattr(row, name) == gone}
            unit.change(row, **values, **({"is_chosen": None} if record is Account else {}))
        elif row.archived_at is None:
            unit.change(theirs, **(theirs.joined(row) if theirs.archived_at is None else _contents(row)))
            unit.archive(row)


def _whose(row: Record) -> object:
    return getattr(row, "person_id", None)


def _key(row: Record, once: tuple[str, ...]) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in once)


def _contents(row: Record) -> dict[str, Any]:
    """Give all that a row says, but for whose it is and what every row has."""
    return {name: value for name, value in row if name not in {*Record.model_fields, "person_id"}} | {
        "archived_at": None
    }
