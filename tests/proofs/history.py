"""The checker: compare what the clients saw with what the database holds.

Pure: `check` takes the clients' log and the tables as they were read, and gives a verdict. It knows
the tables by name and nothing of how the bot fills them. tests/proofs/test_history.py plants each fault.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlmodel import SQLModel

from bot.delivery import SLOTS
from commands.core.command import collect
from storage.audit import Audit, restored
from storage.cards import Card
from storage.columns import Record, table_of
from storage.engine import open_engine
from storage.mail import Inbox, Outbox
from storage.rooms import BOT, RoomMessage

Wish = Literal["add", "finish", "note"]
Row = Mapping[str, Any]

MARK: Final = "样张"
"""Begins every title and comment of the load, so that what nobody asked for is seen."""
WROTE: Final = frozenset({"task", "comment"})
"""The kinds that the load writes: each of their writes belongs to a call."""


@dataclass(frozen=True, slots=True)
class Wished:
    """One message of the load, as its client knows it."""

    key: str
    wish: Wish
    mark: str
    """The task's title or the comment's text, said nowhere else; the ref for `finish`."""
    account: str = "chenchen"
    chat: str = "war-room"
    tries: int = 1
    is_acked: bool = False
    """True when the bot answered 200 and `ok` at least once."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What the database holds after the last run, read at `at`. Instants are aware."""

    at: datetime
    inbox: Sequence[Row] = ()
    outbox: Sequence[Row] = ()
    audit: Sequence[Row] = ()
    """Ascending by id; `before` and `after` hold column values again, not JSON."""
    cards: Sequence[Row] = ()
    rooms: Sequence[Row] = ()
    records: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    """The rows of every audited table, by its name."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that must never be."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker found."""

    acked: int
    unacked: int
    posts: int
    """Messages of the bot in the rooms."""
    posts_doubled: int
    posts_bound: int
    faults: tuple[Fault, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.faults

    def count(self, *kinds: str) -> int:
        """Count the faults of these kinds."""
        return sum(1 for fault in self.faults if fault.kind in kinds)

    def told(self, most: int = 12) -> str:
        """Word the faults for a person: how many of each kind, and the first ones."""
        kinds = ", ".join(f"{kind}: {count}" for kind, count in Counter(each.kind for each in self.faults).items())
        first = "\n".join(f"  {each.kind}: {each.detail}" for each in self.faults[:most])
        return f"{kinds or 'sound'}\n{first}" if self.faults else "sound"


def check(log: Sequence[Wished], tables: Tables, *, kills: int, slots: int = SLOTS) -> Verdict:
    """Judge a history; `kills` bounds how many posts may have been sent twice."""
    faults = [
        *_inbox_faults(log, tables),
        *_effect_faults(log, tables),
        *_stray_faults(log, tables),
        *_audit_faults(tables),
        *_shown_faults(log, tables),
        *_outbox_faults(tables),
        *_card_faults(tables),
        *_order_faults(tables),
    ]
    doubled = sum(row["deliveries"] - 1 for row in tables.rooms)
    bound = slots * kills
    if doubled > bound:
        faults.append(Fault("too many doubled posts", f"{doubled} > {slots} slots × {kills} kills"))
    acked = sum(1 for each in log if each.is_acked)
    return Verdict(
        acked=acked,
        unacked=len(log) - acked,
        posts=sum(1 for row in tables.rooms if row["sender"] == BOT),
        posts_doubled=doubled,
        posts_bound=bound,
        faults=tuple(faults),
    )


def read_tables(url: str, *, at: datetime) -> Tables:
    """Read a database that no process serves any more; `at` is the aware present."""
    collect()  # all subjects, and so all their tables
    engine = open_engine(url, may_write=False)
    try:
        with engine.connect() as connection:

            def rows(record: type[SQLModel]) -> list[dict[str, Any]]:
                table = table_of(record)
                statement = select(table).order_by(*table.primary_key.columns)
                return [_plain(dict(row._mapping)) for row in connection.execute(statement)]

            records = {str(each.__tablename__): each for each in Record.__subclasses__()}
            return Tables(
                at=at,
                inbox=rows(Inbox),
                outbox=rows(Outbox),
                audit=[_typed(row, records[row["kind"]]) for row in rows(Audit)],
                cards=rows(Card),
                rooms=rows(RoomMessage),
                records={name: rows(each) for name, each in records.items()},
            )
    finally:
        engine.dispose()


def _typed(trace: dict[str, Any], record: type[Record]) -> dict[str, Any]:
    return {**trace, **{side: _plain(restored(record, trace[side])) for side in ("before", "after")}}


def _plain(row: Row) -> dict[str, Any]:
    """Read instants as UTC where the database does not keep their zone."""
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
        for name, value in row.items()
    }


# -- what came in ---------------------------------------------------------------------------


def _inbox_faults(log: Sequence[Wished], tables: Tables) -> Iterable[Fault]:
    seen = Counter(row["key"] for row in tables.inbox)
    for each in log:
        count = seen[inbox_key(each.key)]
        if count > 1:
            yield Fault("received twice", f"{each.key}: {count} inbox rows")
        if each.is_acked and count == 0:
            yield Fault("acked but lost", f"{each.key}: no inbox row")


def inbox_key(key: str) -> str:
    """Give the key under which the playground's message is received."""
    return f"playground:{key}"


# -- what it did ----------------------------------------------------------------------------


def _effect_faults(log: Sequence[Wished], tables: Tables) -> Iterable[Fault]:
    received = {row["key"]: row for row in tables.inbox}
    effects = _effects(tables)
    for each in log:
        row = received.get(inbox_key(each.key))
        if each.wish == "finish":
            yield from _finish_faults(each, row, tables)
            continue
        kind = "task" if each.wish == "add" else "comment"
        calls = effects[kind, each.mark]
        if len(calls) > 1:
            yield Fault("doubled effect", f"{each.key}: {kind} {each.mark} stands {len(calls)} times")
        elif each.is_acked and not calls:
            yield Fault("acked but lost", f"{each.key}: no {kind} {each.mark}")
        elif row is not None and not calls:
            yield Fault("half done", f"{each.key}: received as {row['result']!r}, but no {kind} {each.mark}")
        elif calls and (row is None or calls != [row["call"]]):
            yield Fault("effect without its inbox row", f"{each.key}: {kind} {each.mark} by call {calls[0]}")


def _effects(tables: Tables) -> dict[tuple[str, str], list[str | None]]:
    """Give the calls that made each task and comment, by what it says."""
    makers = {(row["kind"], row["object_id"]): row["call"] for row in tables.audit if row["action"] == "add"}
    found: dict[tuple[str, str], list[str | None]] = defaultdict(list)
    for kind, column in (("task", "title"), ("comment", "text")):
        for row in tables.records.get(kind, ()):
            found[kind, row[column]].append(makers.get((kind, row["id"])))
    return found


def _finish_faults(each: Wished, row: Row | None, tables: Tables) -> Iterable[Fault]:
    if row is None:
        return
    number = int(each.mark.removeprefix("T-"))
    task = next((one["id"] for one in tables.records["task"] if one["number"] == number), None)
    wrote = [one for one in tables.audit if one["call"] == row["call"]]
    closed = [one for one in wrote if one["object_id"] == task and one["after"].get("status") == "done"]
    wanted = 1 if row["result"] == "done" else 0
    if row["result"] not in ("done", "refused"):
        yield Fault("half done", f"{each.key}: {each.mark} was received as {row['result']!r}")
    if len(wrote) != wanted or len(closed) != wanted:
        yield Fault(
            "half done", f"{each.key}: {row['result']}, {len(wrote)} writes, {len(closed)} of them on {each.mark}"
        )


def _stray_faults(log: Sequence[Wished], tables: Tables) -> Iterable[Fault]:
    """Find what nobody asked for, and what no received call explains."""
    calls = {row["call"] for row in tables.inbox}
    for row in tables.audit:
        if row["call"] is None and row["kind"] not in WROTE:
            continue  # the house itself: entering the team
        if row["call"] not in calls:
            yield Fault("effect without its inbox row", f"{row['action']} {row['kind']} {row['object_id']}")
    marks = {(each.wish, each.mark) for each in log}
    for kind, column, wish in (("task", "title", "add"), ("comment", "text", "note")):
        for row in tables.records.get(kind, ()):
            if row[column].startswith(MARK) and (wish, row[column]) not in marks:
                yield Fault("effect nobody asked for", f"{kind} {row[column]}")


# -- whether the trail agrees -----------------------------------------------------------------


def _audit_faults(tables: Tables) -> Iterable[Fault]:
    """Replay the trail: every row must come out as it stands."""
    replayed: dict[tuple[str, int], dict[str, Any]] = {}
    versions: dict[tuple[str, int], int] = {}
    for row in tables.audit:
        name = row["kind"], row["object_id"]
        if row["version"] != versions.get(name, 0) + 1:
            yield Fault("audit disagrees", f"{name}: version {row['version']} after {versions.get(name, 0)}")
        versions[name] = row["version"]
        state = replayed.setdefault(name, {})
        stale = {column for column, value in row["before"].items() if column in state and state[column] != value}
        if stale:
            yield Fault("audit disagrees", f"{name}: {sorted(stale)} were something else before")
        state.update(row["after"])
    standing = {(kind, row["id"]): row for kind, rows in tables.records.items() for row in rows}
    for name in standing.keys() - replayed.keys():
        yield Fault("audit disagrees", f"{name}: written without a trace")
    for name, state in replayed.items():
        record = standing.get(name)
        if record is None:
            yield Fault("audit disagrees", f"{name}: traced, but not there")
        elif record["version"] != versions[name]:
            yield Fault("audit disagrees", f"{name}: stands at version {record['version']}, not {versions[name]}")
        elif differing := sorted(column for column, value in state.items() if record[column] != value):
            yield Fault("audit disagrees", f"{name}: {differing} differ")


# -- what people see --------------------------------------------------------------------------


def _shown_faults(log: Sequence[Wished], tables: Tables) -> Iterable[Fault]:
    shown = Counter(row["client_key"] for row in tables.rooms if row["is_shown"])
    for each in log:
        if each.is_acked and shown[each.key] != 1:
            yield Fault("acked but unseen", f"{each.key}: stands {shown[each.key]} times in its room")


def _outbox_faults(tables: Tables) -> Iterable[Fault]:
    posted = {row["outbox_id"] for row in tables.rooms if row["outbox_id"]}
    letters = {row["id"] for row in tables.outbox}
    for row in tables.outbox:
        if row["state"] == "pending" and row["attempts"] == 0 and row["not_before"] > tables.at:
            continue  # meant for later, such as the edit that takes an undo button away
        if row["state"] not in ("sent", "merged"):
            yield Fault("not sent", f"letter {row['seq']} ({row['operation']}) is {row['state']}: {row['last_error']}")
        elif row["state"] == "sent" and row["operation"] != "update" and row["id"] not in posted:
            yield Fault("marked but not sent", f"letter {row['seq']} ({row['operation']})")
    for outbox_id in posted - letters:
        yield Fault("posted from nowhere", f"{outbox_id} is no letter of the outbox")


def _card_faults(tables: Tables) -> Iterable[Fault]:
    """Find tasks whose card does not stand in their chat exactly once."""
    natives = {row["id"]: row["native"] for row in tables.records["chat"]}
    cards = Counter(
        (row["chat"], about["id"])
        for row in tables.rooms
        if row["sender"] == BOT and row["only_for"] is None and row["removed_at"] is None
        if (about := row["body"]["reply"].get("about")) and about["kind"] == "task"
    )
    for task in tables.records["task"]:
        count = cards[natives.get(task["source_chat_id"]), task["id"]]
        if count != 1:
            yield Fault("card missing" if count == 0 else "card doubled", f"T-{task['number']}: {count} cards")
    hung = {row["id"] for row in tables.rooms}
    for card in tables.cards:
        if card["message"] is None or int(card["message"]) not in hung:
            yield Fault("card missing", f"{card['kind']} {card['object_id']}: its place is not known")


def _order_faults(tables: Tables) -> Iterable[Fault]:
    """Find posts of one lane that stand in another order than they were written in."""
    places = {row["outbox_id"]: row["id"] for row in tables.rooms if row["outbox_id"]}
    last: dict[str, tuple[int, int]] = {}
    for row in sorted(tables.outbox, key=lambda each: int(each["seq"])):
        if row["lane"] is None or row["id"] not in places:
            continue
        place, before = places[row["id"]], last.get(row["lane"])
        if before is not None and place < before[1]:
            yield Fault("out of order", f"letter {row['seq']} stands before letter {before[0]} in {row['lane']}")
            continue
        last[row["lane"]] = row["seq"], place
