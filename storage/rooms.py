"""The playground's rooms: the transcript that other platforms keep for themselves.

Not audited: it is what a platform would show, not what the team agreed. Each visible change of
a message takes the workspace's next `step`, so that a page asks for all that it missed by one
number. Knows no reply: a body is JSON, drawn by adapters/playground.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import JSON, Index, Integer, UniqueConstraint, bindparam, func, or_, select, true
from sqlmodel import Field, SQLModel

from storage.chats import CHAT
from storage.columns import WORKSPACE, AnyRow, table_of
from storage.people import ACCOUNT, PERSON
from storage.unit import Unit

BOT: Final = "bot"
"""The sender of what the bot says."""
LAST_ID: Final = 2**31 - 1
"""The greatest id that the column holds on every database."""


class RoomMessage(SQLModel, table=True):
    """One message in a room of the playground."""

    __tablename__ = "room_message"
    __table_args__ = (
        UniqueConstraint("workspace_id", "client_key"),
        UniqueConstraint("workspace_id", "outbox_id"),
        Index("ix_room_message_chat", "workspace_id", "chat", "id"),
        Index("ix_room_message_thread", "workspace_id", "thread"),
        Index("ix_room_message_step", "workspace_id", "step"),
    )
    id: int = Field(primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id")
    chat: str
    """A group's id, or `dm-` and the account of its one person."""
    thread: int | None = None
    """The id of the thread's first message; None for a message in the chat itself."""
    sender: str
    """An account, or BOT."""
    only_for: str | None = None
    """The one account that sees it; None for all in the chat."""
    body: dict[str, Any] = Field(sa_type=JSON)
    """`{"nodes": [...]}` as typed, or `{"reply": {...}, "language": ...}` as drawn."""
    outbox_id: str | None = None
    deliveries: int = 1
    """How often the outbox delivered it; more than one after a crash between sending and marking."""
    client_key: str | None = None
    """Made by the page for what a person typed."""
    is_shown: bool = True
    """False while a person's message waits for its acknowledgement."""
    step: int = 0
    created_at: datetime
    edited_at: datetime | None = None
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message as one reader sees it."""

    id: int
    chat: str
    thread: int | None
    sender: str
    only_for: str | None
    body: Mapping[str, Any]
    client_key: str | None
    step: int
    created_at: datetime
    is_edited: bool
    is_removed: bool
    replies: int = 0
    """How many messages its thread has that the reader sees."""
    replied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who can speak on the playground."""

    account: str
    name: str
    role: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """A room in which all members talk."""

    chat: str
    title: str | None


ROOM = table_of(RoomMessage)
_MEMBERS = (
    select(ACCOUNT.c.native, PERSON.c.name, PERSON.c.role, PERSON.c.language)
    .join(PERSON, PERSON.c.id == ACCOUNT.c.person_id)
    .where(
        ACCOUNT.c.workspace_id == WORKSPACE,
        ACCOUNT.c.platform == "playground",
        ACCOUNT.c.archived_at.is_(None),
        PERSON.c.archived_at.is_(None),
    )
    .order_by(PERSON.c.id, ACCOUNT.c.id)
)
_GROUPS = (
    select(CHAT.c.native, CHAT.c.title)
    .where(
        CHAT.c.workspace_id == WORKSPACE,
        CHAT.c.platform == "playground",
        CHAT.c.kind == "group",
        CHAT.c.archived_at.is_(None),
    )
    .order_by(CHAT.c.id)
)
_BY_ID = select(ROOM).where(ROOM.c.workspace_id == WORKSPACE, ROOM.c.id == bindparam("id"))
_BY_CLIENT_KEY = select(ROOM).where(ROOM.c.workspace_id == WORKSPACE, ROOM.c.client_key == bindparam("key"))
_BY_OUTBOX = select(ROOM).where(ROOM.c.workspace_id == WORKSPACE, ROOM.c.outbox_id == bindparam("outbox"))
_LAST_STEP = select(func.max(ROOM.c.step).label("step")).where(ROOM.c.workspace_id == WORKSPACE)
_IS_SEEN = (
    ROOM.c.workspace_id == WORKSPACE,
    ROOM.c.is_shown == true(),
    or_(ROOM.c.only_for.is_(None), ROOM.c.only_for == bindparam("reader")),
)
_IS_THERE = (*_IS_SEEN, ROOM.c.removed_at.is_(None))
_PAGE = (
    select(ROOM)
    .where(*_IS_THERE, ROOM.c.chat == bindparam("chat"), ROOM.c.thread.is_(None), ROOM.c.id < bindparam("before"))
    .order_by(ROOM.c.id.desc())
    .limit(bindparam("limit"))
)
_THREAD = select(ROOM).where(*_IS_THERE, ROOM.c.thread == bindparam("root")).order_by(ROOM.c.id).limit(500)
_COUNTS = (
    select(ROOM.c.thread, func.count().label("replies"), func.max(ROOM.c.created_at).label("replied_at"))
    .where(*_IS_THERE, ROOM.c.thread.in_(bindparam("roots", expanding=True)))
    .group_by(ROOM.c.thread)
)
_SINCE = (
    select(ROOM)
    .where(
        *_IS_SEEN,
        ROOM.c.step > bindparam("step"),
        or_(ROOM.c.chat == bindparam("own"), ROOM.c.chat.not_like("dm-%")),
    )
    .order_by(ROOM.c.step)
    .limit(bindparam("limit"))
)
_LATEST = (
    select(ROOM.c.chat, func.max(ROOM.c.id).label("newest"))
    .where(*_IS_THERE, ROOM.c.sender != bindparam("reader"))
    .group_by(ROOM.c.chat)
)
_TURN: Final = 0x726F6F6D
"""Names the advisory lock on PostgreSQL: "room"."""
_TAKE_TURN = select(
    func.pg_advisory_xact_lock(bindparam("of_rooms", type_=Integer), bindparam("of_workspace", type_=Integer))
)
_INSERT = ROOM.insert()
_COUNT_DELIVERY = (
    ROOM.update()
    .where(ROOM.c.workspace_id == WORKSPACE, ROOM.c.id == bindparam("id_"))
    .values(deliveries=ROOM.c.deliveries + 1)
)
_SHOW = (
    ROOM.update()
    .where(ROOM.c.workspace_id == WORKSPACE, ROOM.c.id == bindparam("id_"))
    .values(is_shown=True, step=bindparam("step_"))
)
_EDIT = (
    ROOM.update()
    .where(ROOM.c.workspace_id == WORKSPACE, ROOM.c.id == bindparam("id_"))
    .values(body=bindparam("body_"), edited_at=bindparam("at_"), step=bindparam("step_"))
)
_REMOVE = (
    ROOM.update()
    .where(ROOM.c.workspace_id == WORKSPACE, ROOM.c.id == bindparam("id_"), ROOM.c.removed_at.is_(None))
    .values(removed_at=bindparam("at_"), step=bindparam("step_"))
)


def members(unit: Unit) -> list[Member]:
    """List who can speak on the playground, oldest first."""
    return [Member(row.native, row.name, row.role, row.language) for row in unit.rows(_MEMBERS)]


def groups(unit: Unit) -> list[Group]:
    """List the groups of the playground, oldest first."""
    return [Group(row.native, row.title) for row in unit.rows(_GROUPS)]


def hold(
    unit: Unit, *, key: str, chat: str, thread: int | None, sender: str, body: Mapping[str, Any]
) -> tuple[Message, bool]:
    """Keep what a person typed, unseen until `show`; tell whether it was new.

    The same key gives the message that was kept with it first, whatever else differs.
    """
    met = unit.row(_BY_CLIENT_KEY, key=key)
    if met is not None:
        return _message(met), False
    id = _insert(
        unit,
        chat=chat,
        thread=thread,
        sender=sender,
        body=dict(body),
        client_key=key,
        is_shown=False,
        step=0,
    )
    return must_find(unit, id), True


def is_shown(unit: Unit, key: str) -> bool:
    """Tell whether the saying of a key stands in its room for all to see."""
    row = unit.row(_BY_CLIENT_KEY, key=key)
    return row is not None and bool(row.is_shown)


def show(unit: Unit, id: int) -> None:
    """Let all in the chat see a held message; once shown, it stays as it is."""
    row = unit.row(_BY_ID, id=id)
    if row is not None and not row.is_shown:
        unit.do(_SHOW, id_=id, step_=_next_step(unit))


def post(
    unit: Unit, *, outbox_id: str, chat: str, thread: int | None, only_for: str | None, body: Mapping[str, Any]
) -> int:
    """Keep what the bot says and give its id; a second time it only counts the delivery."""
    met = unit.row(_BY_OUTBOX, outbox=outbox_id)
    if met is not None:
        unit.do(_COUNT_DELIVERY, id_=met.id)
        return int(met.id)
    return _insert(
        unit,
        chat=chat,
        thread=thread,
        sender=BOT,
        only_for=only_for,
        body=dict(body),
        outbox_id=outbox_id,
        step=_next_step(unit),
    )


def edit(unit: Unit, id: int, body: Mapping[str, Any]) -> bool:
    """Put another body in a message of the bot; False if there is no such message."""
    row = unit.row(_BY_ID, id=id)
    if row is None or row.sender != BOT:
        return False
    if row.body != body:
        unit.do(_EDIT, id_=id, body_=dict(body), at_=unit.now, step_=_next_step(unit))
    return True


def remove(unit: Unit, id: int) -> None:
    """Take a message away for good; its row stays, so that pages hear of it."""
    unit.do(_REMOVE, id_=id, at_=unit.now, step_=_next_step(unit))


def find(unit: Unit, id: int, *, reader: str) -> Message | None:
    """Find a message that the reader may see; the chat is for the caller to check."""
    row = unit.row(_BY_ID, id=id)
    if row is None or not row.is_shown or row.removed_at is not None or row.only_for not in (None, reader):
        return None
    return _with_replies(unit, [_message(row)], reader)[0]


def must_find(unit: Unit, id: int) -> Message:
    """Read a message as it is, whoever may see it.

    Raises:
        LookupError: there is none.
    """
    row = unit.row(_BY_ID, id=id)
    if row is None:
        raise LookupError(f"no room message {id}")
    return _message(row)


def page(unit: Unit, chat: str, *, reader: str, before: int | None = None, limit: int = 50) -> list[Message]:
    """Read the newest messages of a chat before an id, oldest first, without those in threads."""
    rows = unit.rows(
        _PAGE, chat=chat, reader=reader, before=LAST_ID if before is None else min(before, LAST_ID), limit=limit
    )
    return _with_replies(unit, [_message(row) for row in reversed(rows)], reader)


def thread(unit: Unit, root: int, *, reader: str) -> list[Message]:
    """Read the replies of a thread, oldest first, 500 at most."""
    return [_message(row) for row in unit.rows(_THREAD, root=root, reader=reader)]


def since(unit: Unit, step: int, *, reader: str, limit: int = 500) -> list[Message]:
    """Read what changed after a step in the groups and the reader's direct chat, in order."""
    rows = unit.rows(_SINCE, step=step, reader=reader, own=f"dm-{reader}", limit=limit)
    return _with_replies(unit, [_message(row) for row in rows], reader)


def latest(unit: Unit, *, reader: str) -> dict[str, int]:
    """Give the id of the newest message that others wrote, by chat."""
    return {row.chat: row.newest for row in unit.rows(_LATEST, reader=reader)}


def last_step(unit: Unit) -> int:
    """Give the newest step of the workspace; 0 where nothing was said yet."""
    row = unit.row(_LAST_STEP)
    return 0 if row is None or row.step is None else int(row.step)


def reply_count(unit: Unit, root: int, *, reader: str) -> tuple[int, datetime | None]:
    """Count the replies of a thread that the reader sees, and tell when the last was written."""
    return _counts(unit, [root], reader).get(root, (0, None))


def _next_step(unit: Unit) -> int:
    """Take the next step; on PostgreSQL another process waits, for a step taken twice would go unseen."""
    if unit.connection.dialect.name == "postgresql":
        unit.connection.execute(_TAKE_TURN, {"of_rooms": _TURN, "of_workspace": unit.workspace})
    return last_step(unit) + 1


def _insert(unit: Unit, **values: Any) -> int:
    row = {"deliveries": 1, "is_shown": True, **values, "workspace_id": unit.workspace, "created_at": unit.now}
    key = unit.connection.execute(_INSERT, row).inserted_primary_key
    if key is None:
        raise LookupError("the database gave no id for the message")
    return int(key[0])


def _with_replies(unit: Unit, messages: list[Message], reader: str) -> list[Message]:
    roots = [message.id for message in messages if message.thread is None]
    counts = _counts(unit, roots, reader) if roots else {}
    nothing: tuple[int, datetime | None] = (0, None)
    return [
        replace(message, replies=replies, replied_at=replied_at)
        for message in messages
        for replies, replied_at in (counts.get(message.id, nothing),)
    ]


def _counts(unit: Unit, roots: Sequence[int], reader: str) -> dict[int, tuple[int, datetime | None]]:
    rows = unit.rows(_COUNTS, roots=list(roots), reader=reader)
    return {row.thread: (row.replies, _aware(row.replied_at)) for row in rows}


def _message(row: AnyRow) -> Message:
    return Message(
        id=row.id,
        chat=row.chat,
        thread=row.thread,
        sender=row.sender,
        only_for=row.only_for,
        body=row.body,
        client_key=row.client_key,
        step=row.step,
        created_at=_aware(row.created_at) or row.created_at,
        is_edited=row.edited_at is not None,
        is_removed=row.removed_at is not None,
    )


def _aware(at: datetime | None) -> datetime | None:
    """Read an instant as UTC: SQLite gives it back without its zone."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
