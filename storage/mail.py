"""Inbox and outbox: what came in once, and what must still go out.

The inbox holds one row for each event, under the event's key, written in the transaction that
did its work: a second delivery finds the first one's outcome. The outbox holds messages that
are committed and not yet certainly sent; bot/delivery.py claims them under a lease.
Not audited: an inbox row is never changed but for `undone_by`, an outbox row is a letter.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import JSON, Index, UniqueConstraint, and_, bindparam, case, func, literal_column, or_, select, text
from sqlmodel import Field, SQLModel

from storage import prepared
from storage.columns import WORKSPACE, AnyRow, table_of
from storage.unit import Unit

Turn = Literal["now", "later", "never"]
LEASE: Final = timedelta(seconds=15)
"""Longer than the 10 seconds a send may take, and its commit (reliability R6)."""


class Inbox(SQLModel, table=True):
    """One event, and what became of it."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "key"),
        UniqueConstraint("call"),
        Index("ix_inbox_person_chat", "workspace_id", "person_id", "chat_id", "id"),
    )
    id: int = Field(primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id")
    key: str
    call: str
    """A random id, by which the audit names what this event caused."""
    received_at: datetime
    person_id: int | None = None
    chat_id: int | None = None
    command: str | None = None
    args: dict[str, Any] = Field(sa_type=JSON)
    result: str
    """`done`, `refused`, `asked`, `not_understood`, `ignored` or `failed`."""
    reply: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """The answer, for `say`, the API and the record; None when there was none."""
    answer: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """What rode in the acknowledgement, to be given again to a second delivery."""
    ref_kind: str | None = None
    ref_id: int | None = None
    """The object that was shown, which a following command without a ref means."""
    ref_label: str | None = None
    writes: int = 0
    """How many rows the call and its reactions wrote."""
    undone_by: str | None = None
    """The call that took it back."""


def _part(name: str, *columns: str, where: str) -> Index:
    """Index few rows of many, at no cost for the others."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Outbox(SQLModel, table=True):
    """One message to send."""

    __table_args__ = (
        UniqueConstraint("id"),
        Index("ix_outbox_due", "state", "not_before"),
        Index("ix_outbox_lane", "lane", "state", "seq"),
        Index("ix_outbox_card", "workspace_id", "card_id", "state"),
        Index("ix_outbox_cause", "workspace_id", "cause"),
        _part("ix_outbox_held", "workspace_id", "person_id", "chat_id", where="state = 'held'"),
        _part("ix_outbox_passed", "workspace_id", "seq", where="passed IS NOT NULL"),
        _part("ix_outbox_passed_to", "workspace_id", "person_id", "seq", where="passed IS NOT NULL"),
        _part("ix_outbox_merged", "workspace_id", "person_id", "merged_into", where="merged_into IS NOT NULL"),
    )
    seq: int = Field(primary_key=True)
    id: str
    """Stable through all attempts: Feishu's `uuid`, Slack's marker."""
    workspace_id: int = Field(foreign_key="workspace.id")
    platform: str
    operation: str
    chat_id: int | None = None
    """None where only the person counts (`direct`, `home`)."""
    person_id: int | None = None
    """The one reader of `private`, `direct`, `form` and `home`."""
    thread: str | None = None
    lane: str | None = None
    """Rows of one lane are sent in order, one at a time; None: whenever."""
    card_id: int | None = None
    """Drawn when sent, from the object as it is then; else `payload` is the reply."""
    payload: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    language: str
    trigger: str | None = None
    cause: str | None = None
    """The call that wrote it."""
    state: str = "pending"
    """`pending`, `held` (for quiet hours, up to `not_before`), `sent`, `merged` (another message showed it),
    `withdrawn` (while it was held, what it tells of was taken back), `dead` or `expired`."""
    severity: str | None = None
    """How much a message to somebody who did not just act concerns them (commands/core/quiet.py); None for answers."""
    passed: str | None = None
    """Why it went out in its reader's quiet hours: `urgent`, `deadline`, `duty`, `campaign` or `order`."""
    merged_into: int | None = None
    """The number of the message in which all that was held for one person came."""
    attempts: int = 0
    created_at: datetime
    """When it was written; of one that was held, when it was let go."""
    not_before: datetime
    expires_at: datetime | None = None
    """Set where a handle is short-lived; it is not sent after that."""
    lease_token: str | None = None
    lease_until: datetime | None = None
    tried_at: datetime | None = None
    """Since when an attempt may have reached the platform; None when certainly none has."""
    sent_at: datetime | None = None
    message: str | None = None
    """The platform's id of the message."""
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Receiver:
    """Name a person on a platform, or a chat, for whom messages are held."""

    workspace_id: int
    platform: str
    person_id: int | None
    chat_id: int | None
    """Of a message for a chat; None where the person counts."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Tell of one message that went out in its reader's quiet hours."""

    person_id: int | None
    passed: str
    at: datetime
    """When it was let through."""
    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A row of the outbox as delivery works with it, under this process's lease."""

    seq: int
    id: str
    workspace_id: int
    platform: str
    operation: str
    chat_id: int | None
    person_id: int | None
    thread: str | None
    lane: str | None
    card_id: int | None
    payload: dict[str, Any] | None
    language: str
    trigger: str | None
    cause: str | None
    severity: str | None
    passed: str | None
    attempts: int
    created_at: datetime
    expires_at: datetime | None
    lease_token: str | None
    lease_until: datetime | None
    tried_at: datetime | None


INBOX = table_of(Inbox)
OUTBOX = table_of(Outbox)
_LETTER = tuple(OUTBOX.c[name] for name in Letter.__dataclass_fields__)

_SEEN = select(INBOX).where(INBOX.c.workspace_id == WORKSPACE, INBOX.c.key == bindparam("key"))
_BY_CALL = select(INBOX).where(INBOX.c.workspace_id == WORKSPACE, INBOX.c.call == bindparam("of_call"))
_LAST_SHOWN = (
    select(INBOX.c.ref_kind, INBOX.c.ref_id, INBOX.c.ref_label)
    .where(
        INBOX.c.workspace_id == WORKSPACE,
        INBOX.c.person_id == bindparam("person"),
        INBOX.c.chat_id == bindparam("chat"),
        INBOX.c.ref_id.is_not(None),
        INBOX.c.received_at >= bindparam("since"),
    )
    .order_by(INBOX.c.id.desc())
    .limit(1)
)
_CALLS = select(func.count(INBOX.c.id)).where(
    INBOX.c.workspace_id == WORKSPACE,
    INBOX.c.person_id == bindparam("person"),
    INBOX.c.command == bindparam("command"),
    INBOX.c.result == bindparam("result"),
    INBOX.c.received_at >= bindparam("since"),
)
_LAST_DONE = (
    select(INBOX)
    .where(
        INBOX.c.workspace_id == WORKSPACE,
        INBOX.c.person_id == bindparam("person"),
        INBOX.c.chat_id == bindparam("chat"),
        INBOX.c.writes > 0,
        INBOX.c.undone_by.is_(None),
        INBOX.c.command != "undo",
        INBOX.c.received_at >= bindparam("since"),
    )
    .order_by(INBOX.c.id.desc())
    .limit(1)
)
_RECEIVED_FROM = (
    INBOX.update()
    .where(INBOX.c.workspace_id == WORKSPACE, INBOX.c.person_id == bindparam("of_person"))
    .values(person_id=bindparam("to_person"))
)
_SENT_TO = (
    OUTBOX.update()
    .where(
        OUTBOX.c.workspace_id == WORKSPACE,
        OUTBOX.c.person_id == bindparam("of_person"),
        OUTBOX.c.state.in_(("pending", "held")),
    )
    .values(person_id=bindparam("to_person"))
)
_MARK_UNDONE = (
    INBOX.update()
    .where(INBOX.c.workspace_id == WORKSPACE, INBOX.c.call == bindparam("of_call"), INBOX.c.undone_by.is_(None))
    .values(undone_by=bindparam("by_call"))
)
_RECEIVE = INBOX.insert()
_POST = OUTBOX.insert()

_earlier = OUTBOX.alias("earlier")
_DUE = (
    select(OUTBOX.c.seq)
    .where(
        OUTBOX.c.state == "pending",
        OUTBOX.c.not_before <= bindparam("now"),
        or_(OUTBOX.c.lease_until.is_(None), OUTBOX.c.lease_until <= bindparam("now")),
        OUTBOX.c.platform.in_(bindparam("platforms", expanding=True)),
        or_(
            OUTBOX.c.lane.is_(None),
            ~select(_earlier.c.seq)
            .where(_earlier.c.lane == OUTBOX.c.lane, _earlier.c.state == "pending", _earlier.c.seq < OUTBOX.c.seq)
            .exists(),
        ),
    )
    .order_by(OUTBOX.c.seq)
    .limit(bindparam("most"))
)
_may_have_gone = case(
    (OUTBOX.c.lease_token.is_not(None), func.coalesce(OUTBOX.c.tried_at, OUTBOX.c.created_at)), else_=OUTBOX.c.tried_at
)
# A common table expression that locks is worked out once; PostgreSQL may run a plain subquery again for each row,
# each time locking others, and so lease more than `most`.
_chosen = _DUE.with_for_update(skip_locked=True).cte("chosen")
_CLAIM = (
    OUTBOX.update()
    .where(OUTBOX.c.seq.in_(select(_chosen.c.seq)))
    .values(lease_token=bindparam("token"), lease_until=bindparam("until"), tried_at=_may_have_gone)
    .returning(*_LETTER)
)
_mine = and_(OUTBOX.c.seq == bindparam("of_seq"), OUTBOX.c.lease_token == bindparam("held"))
_FINISH = (
    OUTBOX.update()
    .where(_mine)
    .values(
        state=bindparam("to_state"),
        sent_at=bindparam("at"),
        message=bindparam("as_message"),
        attempts=bindparam("after"),
        lease_token=None,
        lease_until=None,
        last_error=bindparam("error"),
    )
)
_POSTPONE = (
    OUTBOX.update()
    .where(_mine)
    .values(
        not_before=bindparam("until"),
        attempts=bindparam("after"),
        tried_at=bindparam("tried"),
        lease_token=None,
        lease_until=None,
        last_error=bindparam("error"),
    )
)
_RELEASE_ALL = (
    OUTBOX.update()
    .where(OUTBOX.c.state == "pending", OUTBOX.c.lease_token.is_not(None))
    .values(lease_token=None, lease_until=None, tried_at=_may_have_gone)
)
_RELEASE = OUTBOX.update().where(_mine).values(lease_token=None, lease_until=None)
_MERGE = (
    OUTBOX.update()
    .where(
        OUTBOX.c.workspace_id == WORKSPACE,
        OUTBOX.c.card_id == bindparam("of_card"),
        OUTBOX.c.operation == "update",
        OUTBOX.c.state == "pending",
        OUTBOX.c.seq <= bindparam("up_to"),
    )
    .values(state="merged", lease_token=None, lease_until=None)
)
_PENDING = select(OUTBOX.c.seq).where(
    OUTBOX.c.workspace_id == WORKSPACE, OUTBOX.c.state == "pending", OUTBOX.c.seq == bindparam("of_seq")
)
_FIRST_OF_LANE = select(func.min(OUTBOX.c.seq), func.max(OUTBOX.c.seq)).where(
    OUTBOX.c.workspace_id == WORKSPACE,
    OUTBOX.c.lane == bindparam("of_lane"),
    OUTBOX.c.state == "pending",
    OUTBOX.c.seq <= bindparam("of_seq"),
)
_LAST_UPDATE = select(
    func.max(case((OUTBOX.c.not_before <= bindparam("now"), OUTBOX.c.seq))), func.max(OUTBOX.c.seq)
).where(
    OUTBOX.c.workspace_id == WORKSPACE,
    OUTBOX.c.card_id == bindparam("of_card"),
    OUTBOX.c.operation == "update",
    OUTBOX.c.state == "pending",
)
_WAITING = select(func.count(OUTBOX.c.seq), func.min(OUTBOX.c.created_at)).where(
    OUTBOX.c.state == "pending", OUTBOX.c.not_before <= bindparam("now")
)
# What is held. Each of these names the state, so that of several processes one finds a message held.
_held = OUTBOX.c.state == literal_column("'held'")  # no parameter: else the index of these few rows is not seen
_of_receiver = and_(
    _held,
    OUTBOX.c.workspace_id == WORKSPACE,
    OUTBOX.c.platform == bindparam("on_platform"),
    OUTBOX.c.person_id.is_not_distinct_from(bindparam("of_person")),
    OUTBOX.c.chat_id.is_not_distinct_from(bindparam("of_chat")),
)
_OPENING = (
    select(OUTBOX.c.platform, OUTBOX.c.person_id, OUTBOX.c.chat_id)
    .where(_held, OUTBOX.c.workspace_id == WORKSPACE, OUTBOX.c.not_before <= bindparam("now"))
    .distinct()
    .limit(bindparam("most"))
)
_NEXT_OPENING = select(func.min(OUTBOX.c.not_before)).where(_held, OUTBOX.c.workspace_id == WORKSPACE)
_TAKE = (
    OUTBOX.update()
    .where(_of_receiver, OUTBOX.c.not_before <= bindparam("now"))
    .values(state="merged")
    .returning(*_LETTER)
)
_MERGED_INTO = (
    OUTBOX.update()
    .where(OUTBOX.c.workspace_id == WORKSPACE, OUTBOX.c.seq.in_(bindparam("seqs", expanding=True)))
    .values(merged_into=bindparam("into"))
)
_LET_GO = (
    OUTBOX.update()
    .where(OUTBOX.c.workspace_id == WORKSPACE, OUTBOX.c.seq.in_(bindparam("seqs", expanding=True)))
    .values(state="pending", created_at=bindparam("now"), not_before=bindparam("now"))
)
_LET_PASS = (
    OUTBOX.update()
    .where(OUTBOX.c.workspace_id == WORKSPACE, OUTBOX.c.seq == bindparam("of_seq"))
    .values(passed=bindparam("why"))
)
_HOLD_ON = OUTBOX.update().where(_of_receiver).values(not_before=bindparam("until"))
_HOLD = (
    OUTBOX.update().where(_mine).values(state="held", not_before=bindparam("until"), lease_token=None, lease_until=None)
)
_HELD_FOR = (
    select(OUTBOX.c.platform, OUTBOX.c.person_id, OUTBOX.c.chat_id)
    .where(
        _held,
        OUTBOX.c.workspace_id == WORKSPACE,
        or_(
            OUTBOX.c.person_id == bindparam("of_person"),
            and_(OUTBOX.c.person_id.is_(None), OUTBOX.c.chat_id == bindparam("of_chat")),
        ),
    )
    .distinct()
)
_HELD_OF_CALL = and_(_held, OUTBOX.c.workspace_id == WORKSPACE, OUTBOX.c.cause == bindparam("of_call"))
_WITHDRAW = OUTBOX.update().where(_HELD_OF_CALL).values(state="withdrawn")
_ORDER = (
    OUTBOX.update()
    .where(_HELD_OF_CALL)
    .values(state="pending", passed="order", created_at=bindparam("now"), not_before=bindparam("now"))
    .returning(OUTBOX.c.person_id)
)
_merged = OUTBOX.alias("merged")
_LAST_MERGED = (
    select(*_LETTER)
    .where(
        OUTBOX.c.workspace_id == WORKSPACE,
        OUTBOX.c.person_id == bindparam("of_person"),
        OUTBOX.c.merged_into
        == select(func.max(_merged.c.merged_into))
        .where(
            _merged.c.workspace_id == WORKSPACE,
            _merged.c.person_id == bindparam("of_person"),
            _merged.c.merged_into.is_not(None),
        )
        .scalar_subquery(),
        OUTBOX.c.merged_into.is_not(None),
    )
    .order_by(OUTBOX.c.seq)
)
_PASSED = (
    select(OUTBOX.c.person_id, OUTBOX.c.passed, OUTBOX.c.created_at.label("at"), OUTBOX.c.payload)
    .where(OUTBOX.c.workspace_id == WORKSPACE, OUTBOX.c.passed.is_not(None))
    .order_by(OUTBOX.c.seq.desc())
    .limit(bindparam("most"))
)
_PASSED_TO = _PASSED.where(OUTBOX.c.person_id == bindparam("of_person"))
_OF_CALL = (
    select(*_LETTER)
    .where(OUTBOX.c.workspace_id == WORKSPACE, OUTBOX.c.cause == bindparam("call"))
    .order_by(OUTBOX.c.seq)
)


def hanging(reply: dict[str, Any], kind: str, id: int) -> dict[str, Any]:
    """Mark a direct message as the card of an object, to be hung where it arrives."""
    return {"hangs": [kind, id], "reply": reply}


def hangs(letter: Letter) -> tuple[str, int] | None:
    """Give the object whose card a direct message is; None for any other message."""
    kind, id = (letter.payload or {}).get("hangs", (None, None))
    return None if kind is None else (kind, id)


def body_of(letter: Letter) -> Any:
    """Give the reply that a message carries."""
    return reply_of(letter.payload)


def reply_of(payload: dict[str, Any] | None) -> Any:
    """Give the reply that is within what is stored of a message."""
    return payload["reply"] if payload and "hangs" in payload else payload


def seen(unit: Unit, key: str) -> AnyRow | None:
    """Find what became of an event that came before; None for a new one."""
    return unit.row(_SEEN, key=key)


def received(unit: Unit, call: str) -> AnyRow | None:
    """Find the inbox row of one call."""
    return unit.row(_BY_CALL, of_call=call)


def receive(unit: Unit, **values: object) -> None:
    """Write the row of an event, in the transaction that did its work."""
    unit.insert(_RECEIVE, **{**_INBOX_BLANK, **values})


_INBOX_BLANK: Final[dict[str, object]] = {
    "person_id": None,
    "chat_id": None,
    "command": None,
    "reply": None,
    "answer": None,
    "ref_kind": None,
    "ref_id": None,
    "ref_label": None,
    "writes": 0,
    "undone_by": None,
}


def last_shown(unit: Unit, *, person: int, chat: int, since: datetime) -> tuple[str, int, str] | None:
    """Find the object last shown to a person in a chat: kind, id and ref."""
    row = unit.row(_LAST_SHOWN, person=person, chat=chat, since=since)
    if row is None:
        return None
    kind, id, label = row
    return kind, id, label


def count_calls(unit: Unit, *, person: int, command: str, result: str, since: datetime) -> int:
    """Count what a person asked for since an instant, in all chats."""
    row = unit.row(_CALLS, person=person, command=command, result=result, since=since)
    return 0 if row is None else int(row[0])


def last_done(unit: Unit, *, person: int, chat: int, since: datetime) -> AnyRow | None:
    """Find the last call of a person in a chat that wrote something and still stands."""
    return unit.row(_LAST_DONE, person=person, chat=chat, since=since)


def mark_undone(unit: Unit, *, call: str, by: str) -> bool:
    """Note that a call was taken back; False if it was already."""
    return unit.do(_MARK_UNDONE, of_call=call, by_call=by) == 1


def readdress(unit: Unit, *, person: int, to: int) -> None:
    """Make what one person said another's, and what waits to be sent to them."""
    unit.do(_RECEIVED_FROM, of_person=person, to_person=to)
    unit.do(_SENT_TO, of_person=person, to_person=to)


def post(unit: Unit, *, lease_token: str | None, **values: Any) -> Letter:
    """Write a message to send, born leased to the process that writes it, if it can send.

    With `state="held"` and `not_before` it waits for quiet hours to end.
    """
    row: dict[str, Any] = {
        "id": secrets.token_hex(16),
        "workspace_id": unit.workspace,
        "chat_id": None,
        "person_id": None,
        "thread": None,
        "lane": None,
        "card_id": None,
        "payload": None,
        "trigger": None,
        "cause": unit.call,
        "state": "pending",
        "severity": None,
        "passed": None,
        "merged_into": None,
        "attempts": 0,
        "created_at": unit.now,
        "not_before": unit.now,
        "expires_at": None,
        "lease_token": lease_token,
        "lease_until": None,
        "tried_at": None,
        "sent_at": None,
        "message": None,
        "last_error": None,
        **values,
    }
    if row["state"] == "held":
        row["lease_token"] = None
    row["lease_until"] = unit.now + LEASE if row["lease_token"] else None
    row["seq"] = unit.insert(_POST, **row)
    return Letter(**{name: row[name] for name in Letter.__dataclass_fields__})


def card_lane(card: int) -> str:
    """Name the lane of a card's edits."""
    return f"card:{card}"


def letters_of(unit: Unit, call: str) -> list[Letter]:
    """List the messages that a call wrote, in order."""
    return [Letter(**dict(row._mapping)) for row in unit.rows(_OF_CALL, call=call)]


def claim_due(unit: Unit, *, token: str, platforms: Sequence[str], most: int) -> list[Letter]:
    """Lease messages that are due: the first unsent of each lane, and those without one.

    Of all workspaces.
    """
    rows = unit.connection.execute(
        _CLAIM,
        {"now": unit.now, "platforms": list(platforms), "most": most, "token": token, "until": unit.now + LEASE},
    ).all()
    return sorted((Letter(**dict(row._mapping)) for row in rows), key=lambda letter: letter.seq)


def turn_of(unit: Unit, letter: Letter) -> Turn:
    """Tell whether a message may go `now`, `later` than others of its lane, or `never`."""
    if letter.lane is None:
        return "never" if unit.row(_PENDING, of_seq=letter.seq) is None else "now"
    row = unit.row(_FIRST_OF_LANE, of_seq=letter.seq, of_lane=letter.lane)
    first, last = (None, None) if row is None else row
    if last != letter.seq:
        return "never"
    return "now" if first == letter.seq else "later"


def finish(
    unit: Unit, letter: Letter, *, state: str, attempts: int, message: str | None = None, error: str | None = None
) -> bool:
    """Close a message as `sent`, `merged`, `expired` or `dead`; False if the lease is lost."""
    met = prepared.do(
        unit.connection,
        _FINISH,
        {
            "of_seq": letter.seq,
            "held": letter.lease_token,
            "to_state": state,
            "at": unit.now,
            "as_message": message,
            "after": attempts,
            "error": error,
        },
    )
    return met == 1


def postpone(
    unit: Unit, letter: Letter, *, until: datetime, attempts: int, tried_at: datetime | None, error: str
) -> None:
    """Give a message back, to be claimed again not before `until`."""
    prepared.do(
        unit.connection,
        _POSTPONE,
        {
            "of_seq": letter.seq,
            "held": letter.lease_token,
            "until": until,
            "after": attempts,
            "tried": tried_at,
            "error": error,
        },
    )


def release_all(unit: Unit) -> int:
    """Take every lease back; for the one process of an embedded database, at its start."""
    return unit.connection.execute(_RELEASE_ALL).rowcount


def release(unit: Unit, letters: Sequence[Letter]) -> None:
    """Give back messages that this process leased and did not try to send."""
    for letter in letters:
        prepared.do(unit.connection, _RELEASE, {"of_seq": letter.seq, "held": letter.lease_token})


def last_update(unit: Unit, card: int) -> tuple[int, int]:
    """Give the numbers of a card's newest edit that is due, and of its newest at all.

    0 for none.
    """
    row = unit.row(_LAST_UPDATE, of_card=card, now=unit.now)
    if row is None:
        return 0, 0
    due, planned = row
    return due or 0, planned or 0


def merge_updates(unit: Unit, *, card: int, up_to: int) -> int:
    """Close the edits of a card that a drawing made after them has shown already."""
    return unit.do(_MERGE, of_card=card, up_to=up_to)


def waiting(unit: Unit) -> tuple[int, datetime | None]:
    """Count the messages that are due and not sent, of all workspaces, with the oldest's time."""
    row = prepared.first(unit.connection, _WAITING, {"now": unit.now})
    return (0, None) if row is None else (int(row[0]), row[1])


def opening(unit: Unit, *, most: int) -> list[Receiver]:
    """List those for whom something is held up to now or before."""
    return [Receiver(unit.workspace, *row) for row in unit.rows(_OPENING, now=unit.now, most=most)]


def next_opening(unit: Unit) -> datetime | None:
    """Give the earliest instant up to which something is held; None without any."""
    row = unit.row(_NEXT_OPENING)
    return None if row is None else row[0]


def take_held(unit: Unit, receiver: Receiver) -> list[Letter]:
    """Take what was held for somebody up to now, in the order in which it was written.

    Each is closed as `merged`: who takes them must show them (`merge_into`), or let them go (`let_go`), in the same
    transaction. Of several processes one finds them.
    """
    values = {"workspace": unit.workspace, "now": unit.now, **_named(receiver)}
    rows = unit.connection.execute(_TAKE, values).all()
    return sorted((Letter(**dict(row._mapping)) for row in rows), key=lambda letter: letter.seq)


def merge_into(unit: Unit, letters: Sequence[Letter], into: Letter) -> None:
    """Note which message shows those that were taken."""
    unit.do(_MERGED_INTO, seqs=[each.seq for each in letters], into=into.seq)


def let_pass(unit: Unit, letter: Letter, why: str) -> None:
    """Note that a message went out in its reader's quiet hours, and why."""
    unit.do(_LET_PASS, of_seq=letter.seq, why=why)


def let_go(unit: Unit, letters: Sequence[Letter]) -> None:
    """Have messages sent as they are that were taken."""
    unit.do(_LET_GO, seqs=[each.seq for each in letters], now=unit.now)


def hold(unit: Unit, letter: Letter, *, until: datetime) -> None:
    """Hold a message under this process's lease, which was not tried yet."""
    prepared.do(unit.connection, _HOLD, {"of_seq": letter.seq, "held": letter.lease_token, "until": until})


def hold_on(unit: Unit, receiver: Receiver, *, until: datetime) -> None:
    """Hold all that is held for somebody until another instant, earlier or later."""
    unit.do(_HOLD_ON, until=until, **_named(receiver))


def held_for(unit: Unit, *, person: int | None = None, chat: int | None = None) -> list[Receiver]:
    """List where something is held for a person, or for a chat."""
    return [Receiver(unit.workspace, *row) for row in unit.rows(_HELD_FOR, of_person=person, of_chat=chat)]


def withdraw(unit: Unit, call: str) -> int:
    """Close what a call wrote that is still held, for the call is taken back."""
    return unit.do(_WITHDRAW, of_call=call)


def order(unit: Unit, call: str) -> list[int]:
    """Have sent at once what a call wrote that is held; give to whom."""
    values = {"workspace": unit.workspace, "of_call": call, "now": unit.now}
    return [int(row[0]) for row in unit.connection.execute(_ORDER, values) if row[0] is not None]


def last_merged(unit: Unit, *, person: int) -> list[Letter]:
    """List the messages to a person that were joined last, as they were written."""
    return [Letter(**dict(row._mapping)) for row in unit.rows(_LAST_MERGED, of_person=person)]


def passed_quiet(unit: Unit, *, most: int, person: int | None = None) -> list[Passed]:
    """List what went out in quiet hours, of all or to one person, the newest first."""
    rows = unit.rows(_PASSED, most=most) if person is None else unit.rows(_PASSED_TO, most=most, of_person=person)
    return [Passed(**dict(row._mapping)) for row in rows]


def _named(receiver: Receiver) -> dict[str, object]:
    return {"on_platform": receiver.platform, "of_person": receiver.person_id, "of_chat": receiver.chat_id}
