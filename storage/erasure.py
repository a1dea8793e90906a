"""Somebody's wish to be forgotten, and how it is carried out: a pseudonym stays, and the work that is the team's.

Who asked goes at once, under a name that tells nothing. Minutes later, when the answer has reached them, `empty` takes
what is theirs out of every table, by what each class says of itself in `__personal__`; mail that is theirs or names
them is blanked before. When all of it is sealed, `redact_some` blanks the values in the trail (storage/redaction.py).
Each step may be repeated; the bot's pump takes them (bot/erasing.py).
"""

import copy
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Index, UniqueConstraint, bindparam, func, select
from sqlmodel import Field

from storage.accounts import LINKING, joined_to
from storage.audit import AUDIT
from storage.chats import CHAT, Chat
from storage.columns import WORKSPACE, AnyRow, Record, personal, table_of
from storage.hints import HINT
from storage.mail import INBOX, OUTBOX
from storage.people import ALIAS, Account, Person, name_key, people_called
from storage.redaction import holds, redact
from storage.schedules import SCHEDULE, Schedule, stop_waiting
from storage.seals import SETTLED, sealed_up_to
from storage.unit import Unit
from storage.whose import naming_people, rows_naming
from storage.workspaces import hold, next_number

BATCH: Final = 200
"""Rows of the trail that one transaction blanks."""
LETTERS: Final = 500
"""Rows of the mail that one transaction looks at."""
NAME_CHARS: Final = 2
"""A name that is shorter is part of too many words to be looked for."""


class Erasure(Record, table=True):
    """One person's wish to be forgotten."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_erasure_state", "workspace_id", "state", "id"),
        Index("ix_erasure_person", "workspace_id", "person_id"),
    )
    number: int
    """Stands in the name that the person has from then on."""
    person_id: int = Field(foreign_key="person.id")
    creator_id: int = Field(foreign_key="person.id")
    """Who asked for it: the person, or an admin."""
    state: str = "asked"
    """`asked`, `emptied` (only the trail still holds values) or `done`."""
    through_id: int | None = None
    """The last row of the trail that may hold a value, known when all else was emptied."""


@dataclass(frozen=True, slots=True)
class _Theirs:
    """The rows of one table that are a person's own, and what stands in them afterwards."""

    record: type[Record]
    rows: Sequence[Record]
    emptied: Mapping[str, object]


ERASURE = table_of(Erasure)
_OPEN = (
    select(ERASURE)
    .where(ERASURE.c.workspace_id == WORKSPACE, ERASURE.c.state.in_(("asked", "emptied")))
    .order_by(ERASURE.c.id)
)
_ASKED_FOR = select(ERASURE).where(ERASURE.c.workspace_id == WORKSPACE, ERASURE.c.person_id == bindparam("person"))
_NEWEST = select(func.max(AUDIT.c.id)).where(AUDIT.c.workspace_id == WORKSPACE)
_TRACES = (
    select(AUDIT)
    .where(
        AUDIT.c.workspace_id == WORKSPACE,
        AUDIT.c.kind == bindparam("of_kind"),
        AUDIT.c.object_id.in_(bindparam("objects", expanding=True)),
        AUDIT.c.erased_leaf.is_(None),
    )
    .order_by(AUDIT.c.id)
)
_SPOKE_IN = (
    select(CHAT)
    .where(
        CHAT.c.workspace_id == WORKSPACE,
        CHAT.c.kind == "direct",
        CHAT.c.id.in_(
            select(INBOX.c.chat_id).where(
                INBOX.c.workspace_id == WORKSPACE, INBOX.c.person_id.in_(bindparam("people", expanding=True))
            )
        ),
    )
    .order_by(CHAT.c.id)
)
_REMINDERS = (
    select(SCHEDULE)
    .where(
        SCHEDULE.c.workspace_id == WORKSPACE,
        SCHEDULE.c.owner_id.in_(bindparam("people", expanding=True)),
        SCHEDULE.c.chat_id.in_(bindparam("chats", expanding=True)),
    )
    .order_by(SCHEDULE.c.id)
)
_DROP_NAMES = ALIAS.delete().where(ALIAS.c.workspace_id == WORKSPACE, ALIAS.c.person_id == bindparam("of_person"))
_DROP_HINTS = HINT.delete().where(HINT.c.workspace_id == WORKSPACE, HINT.c.person_id == bindparam("of_person"))
_DROP_REQUESTS = LINKING.delete().where(
    LINKING.c.workspace_id == WORKSPACE,
    (LINKING.c.person_id == bindparam("of_person")) | (LINKING.c.other_id == bindparam("of_person")),
)
_RECEIVED = (
    select(INBOX)
    .where(INBOX.c.workspace_id == WORKSPACE, INBOX.c.id > bindparam("after"))
    .order_by(INBOX.c.id)
    .limit(LETTERS)
)
_POSTED = (
    select(OUTBOX.c.seq, OUTBOX.c.person_id, OUTBOX.c.chat_id, OUTBOX.c.state, OUTBOX.c.payload)
    .where(OUTBOX.c.workspace_id == WORKSPACE, OUTBOX.c.seq > bindparam("after"))
    .order_by(OUTBOX.c.seq)
    .limit(LETTERS)
)
_FORGET_RECEIVED = (
    INBOX.update()
    .where(INBOX.c.workspace_id == WORKSPACE, INBOX.c.id == bindparam("of_id"))
    .values(args={}, reply=None, answer=None, key=bindparam("as_key"))
)
_FORGET_POSTED = (
    OUTBOX.update()
    .where(OUTBOX.c.workspace_id == WORKSPACE, OUTBOX.c.seq == bindparam("of_seq"))
    .values(payload=bindparam("left"), state=bindparam("as_state"))
)
_UNSENT: Final = frozenset({"pending", "held"})
_LETTER: Final = "[A-Za-z0-9_]"
"""Beside which a name is part of another word; Chinese is written without spaces."""
_PERSON: Final = personal(name=None, language=None, timezone=None, country=None)
"""What a person's own row tells of them; the name becomes another, the rest nothing."""


def begin(unit: Unit, person: Person, *, named: str) -> Erasure:
    """Let somebody go under a name that tells nothing, asked for by `unit.actor`.

    `named` has a slot `{number}`.
    """
    number = next_number(unit, "erasure")
    for each in (person, *joined_to(unit, person.id)):
        values = {**_PERSON, "name": named.format(number=number), "archived_at": each.archived_at or unit.now}
        unit.change(each, **values)
        unit.do(_DROP_NAMES, of_person=each.id)
    return unit.add(Erasure, number=number, person_id=person.id, creator_id=unit.actor or person.id)


def erasure_of(unit: Unit, person: int) -> Erasure | None:
    """Find the wish to forget somebody, carried out or not; None where there is none."""
    return unit.record(Erasure, _ASKED_FOR, person=person)


def erasures_due(unit: Unit) -> list[Erasure]:
    """List the wishes that can be carried out further: the answer to each has been sent."""
    found = unit.records(Erasure, _OPEN)
    return [each for each in found if each.state == "emptied" or each.created_at <= unit.now - SETTLED]


def forget_received(unit: Unit, erasure: Erasure, *, after: int) -> int | None:
    """Blank some of what was received from the person, or names them.

    Give the last row that was looked at, to go on from; None at the end.
    """
    people, chats, names = _people(unit, erasure), _chats(unit, erasure), _names(unit, erasure)
    rows = unit.rows(_RECEIVED, after=after)
    for row in rows:
        is_theirs = row.person_id in people or row.chat_id in chats
        if is_theirs or _mentions((row.args, row.reply, row.answer), names):
            unit.do(_FORGET_RECEIVED, of_id=row.id, as_key=f"erased:{row.id}" if is_theirs else row.key)
    return rows[-1].id if rows else None


def forget_posted(unit: Unit, erasure: Erasure, *, after: int) -> int | None:
    """Blank some of what was written to the person, or names them and was sent.

    What names them and is still to be sent to others goes out, under the name that they have now. Give the last row
    that was looked at, to go on from; None at the end.
    """
    people, chats, names = _people(unit, erasure), _chats(unit, erasure), _names(unit, erasure)
    called = unit.must_get(Person, erasure.person_id).name
    rows = unit.rows(_POSTED, after=after)
    for row in rows:
        is_sent = row.state not in _UNSENT
        if row.person_id in people or row.chat_id in chats:
            unit.do(_FORGET_POSTED, of_seq=row.seq, left=None, as_state=row.state if is_sent else "withdrawn")
        elif _mentions((row.payload,), names):
            left = None if is_sent else json.loads(names.sub(called, _text(row.payload)))
            unit.do(_FORGET_POSTED, of_seq=row.seq, left=left, as_state=row.state)
    return rows[-1].seq if rows else None


def empty(unit: Unit, erasure: Erasure) -> None:
    """Take what is the person's own out of every table, once; the trail is seen to last."""
    hold(unit)  # of several processes one does it
    erasure = unit.must_get(Erasure, erasure.id)
    if erasure.state != "asked":
        return
    unit.actor = erasure.creator_id
    for theirs in _all_theirs(unit, erasure):
        for row in theirs.rows:
            values = {name: _left(value, row) for name, value in theirs.emptied.items()}
            unit.change(row, **values, archived_at=row.archived_at or unit.now)
            if isinstance(row, Schedule):
                stop_waiting(unit, row.id)
    for person in sorted(_people(unit, erasure)):
        unit.do(_DROP_HINTS, of_person=person)
        unit.do(_DROP_REQUESTS, of_person=person)
    newest = unit.row(_NEWEST)
    unit.change(erasure, state="emptied", through_id=newest[0] if newest else 0)


def redact_some(unit: Unit, erasure: Erasure, key: bytes | None) -> bool:
    """Blank the person's values in some rows of the trail; False when nothing can be done.

    With a key not before all of these rows are sealed, so that what they were is proven for ever.
    """
    hold(unit)
    erasure = unit.must_get(Erasure, erasure.id)
    if erasure.state != "emptied" or not _is_settled(unit, erasure, key):
        return False
    unit.actor = erasure.creator_id
    columns = {str(each.record.__tablename__): tuple(each.emptied) for each in _all_theirs(unit, erasure)}
    rows = _still_holding(unit, erasure, columns)
    if rows:
        redact(unit, rows, columns, erasure=erasure.id, key=key)
        return True
    unit.change(erasure, state="done")
    return False


def _is_settled(unit: Unit, erasure: Erasure, key: bytes | None) -> bool:
    if key is None:
        return erasure.updated_at <= unit.now - SETTLED
    return sealed_up_to(unit) >= (erasure.through_id or 0)


def _still_holding(unit: Unit, erasure: Erasure, columns: Mapping[str, Collection[str]]) -> list[AnyRow]:
    """List rows of the trail that hold values of the person: BATCH at most, of one table after the other."""
    found: list[AnyRow] = []
    for theirs in _all_theirs(unit, erasure):
        kind, ids = str(theirs.record.__tablename__), [row.id for row in theirs.rows]
        for start in range(0, len(ids), BATCH):
            if len(found) < BATCH:
                rows = unit.rows(_TRACES, of_kind=kind, objects=ids[start : start + BATCH])
                found += [row for row in rows if row.id <= (erasure.through_id or 0) and holds(row, columns[kind])]
    return found[:BATCH]


def _all_theirs(unit: Unit, erasure: Erasure) -> list[_Theirs]:
    """Find the rows that are the person's own, in every table."""
    people = _people(unit, erasure)
    found = [_Theirs(Person, [unit.must_get(Person, id) for id in sorted(people)], _named_already(unit, erasure))]
    for record in naming_people():
        if record.__personal__ and record is not Chat:
            rows = [row for id in sorted(people) for row in _whole(unit, record, id)]
            found.append(_Theirs(record, rows, record.__personal__))
    chats = _chats(unit, erasure)
    found.append(_Theirs(Chat, [unit.must_get(Chat, id) for id in sorted(chats)], Chat.__personal__))
    reminders = unit.records(Schedule, _REMINDERS, people=sorted(people), chats=sorted(chats))
    found.append(_Theirs(Schedule, reminders, personal(options={})))
    return [each for each in found if each.rows]


def _named_already(unit: Unit, erasure: Erasure) -> Mapping[str, object]:
    return {**_PERSON, "name": unit.must_get(Person, erasure.person_id).name}


def _whole(unit: Unit, record: type[Record], person: int) -> Iterable[Record]:
    """Give the rows that are a person's own, and not only name them."""
    return [row for row in rows_naming(unit, record, person) if getattr(row, "person_id", None) == person]


def _people(unit: Unit, erasure: Erasure) -> set[int]:
    """Give the ids under which the person is known: also those of who turned out to be them."""
    return {erasure.person_id, *(each.id for each in joined_to(unit, erasure.person_id))}


def _chats(unit: Unit, erasure: Erasure) -> set[int]:
    """Give the ids of the direct chats of the person."""
    people = _people(unit, erasure)
    spoken = unit.records(Chat, _SPOKE_IN, people=sorted(people))
    known = [row for id in sorted(people) for row in rows_naming(unit, Chat, id)]
    return {each.id for each in (*spoken, *known) if each.person_id is None or each.person_id in people}


def _names(unit: Unit, erasure: Erasure) -> re.Pattern[str]:
    """Find what the person was called, as far as the trail remembers, and what platforms call them; whole words."""
    people = _people(unit, erasure)
    accounts = [row for id in people for row in rows_naming(unit, Account, id)]
    said: set[Any] = {getattr(each, name) for each in accounts for name in ("title", "native")}
    for row in unit.rows(_TRACES, of_kind="person", objects=sorted(people)):
        said |= {row.before.get("name"), row.after.get("name")}
    now = unit.must_get(Person, erasure.person_id).name
    words = {each for each in said if isinstance(each, str) and len(each) >= NAME_CHARS and each != now}
    shared = people_called(unit, words)  # somebody else is called so, and must not be renamed
    words = {each for each in words if name_key(each) not in shared}
    inside = [_text(word)[1:-1] for word in sorted(words, key=len, reverse=True)]
    return re.compile("|".join(f"(?<!{_LETTER}){re.escape(word)}(?!{_LETTER})" for word in inside) or "(?!)")


def _mentions(values: Iterable[object], names: re.Pattern[str]) -> bool:
    return any(names.search(_text(value)) for value in values if value)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _left(value: object, row: Record) -> object:
    """Give what stands in a column afterwards; some must differ from row to row."""
    return value.format(id=row.id) if isinstance(value, str) else copy.copy(value)
