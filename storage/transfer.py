"""A workspace as one document: one JSON object a line, written in a snapshot, read in one transaction.

Every table with a workspace is carried, in an order in which rows come before what points to them,
so that a new subject is carried too. What was sent already stays behind; ids are kept, or moved all
together where the target has used them. bot/transfer.py reads documents that were written by hand.
"""

import functools
import hashlib
import importlib
import json
import math
import pkgutil
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    String,
    Table,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

import storage
from storage.accounts import LINKING
from storage.claims import CLAIM
from storage.columns import WORKSPACE
from storage.mail import OUTBOX
from storage.migrations.known import known_versions
from storage.people import ROLES
from storage.redaction import KIND as REDACTION
from storage.seals import SEAL
from storage.settings import LEVELS
from storage.store import Store
from storage.tasks import CLOSED, OPEN, PRIORITIES
from storage.terms import TERM, index_all
from storage.unit import StorageError, Unit
from storage.workspaces import COUNTER, SPACE, hold, workspace_of

FORMAT: Final = 1
LINE_BYTES: Final = 1_000_000
MOST_PROBLEMS: Final = 20
DEPTH: Final = 60
"""How deeply a line may nest; replies nest about ten deep."""
BATCH: Final = 500
INT_MAX: Final = 2**31 - 1
BIGINT_MAX: Final = 2**63 - 1
HEAD: Final = "drumbeat"
"""Names the first line."""
END: Final = "end"
"""Names the last line, without which a document was cut off."""

POINTERS: Final[Mapping[tuple[str, str], str]] = {
    ("audit", "actor_id"): "person",
    ("inbox", "person_id"): "person",
    ("inbox", "chat_id"): "chat",
    ("outbox", "person_id"): "person",
    ("outbox", "chat_id"): "chat",
    ("outbox", "card_id"): "card",
    ("erasure", "through_id"): "audit",
    ("room_message", "thread"): "room_message",
}
"""Columns that hold an id of a table without a foreign key."""
BY_KIND: Final[Mapping[tuple[str, str], str]] = {
    ("audit", "object_id"): "kind",
    ("card", "object_id"): "kind",
    ("inbox", "ref_id"): "ref_kind",
}
"""Columns that hold an id of the table that another column names."""
MAY_DANGLE: Final = frozenset({("outbox", "card_id")})
"""A card that could not be posted is dropped, the letters to it stay."""
CALLS: Final = frozenset({("audit", "call"), ("inbox", "call"), ("inbox", "undone_by"), ("outbox", "cause")})
LETTERS: Final = frozenset({("outbox", "id"), ("room_message", "outbox_id")})
PLATFORM_MESSAGES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "card": ("chat_id", ("message", "thread")),
    "task": ("source_chat_id", ("source_message",)),
    "outbox": ("chat_id", ("message", "thread")),
}
"""Columns with a platform's message id, beside the column with its chat: on the playground it is a room message."""
PLAYGROUND: Final = "playground"
_LANE: Final = re.compile(r"^(chat|card):(\d+)(?::(.*))?$", re.DOTALL)
_COUNTERS = select(COUNTER).where(COUNTER.c.workspace_id == WORKSPACE)
_COUNTERS_UPDATE = COUNTER.update().where(COUNTER.c.workspace_id == WORKSPACE)
_ONLY: Final = {"outbox": OUTBOX.c.state.in_(("pending", "held"))}
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")

Row = dict[str, Any]
Redraw = Callable[[Any, "Moved", str | None], Any]
"""Give a stored reply, or the arguments of the command that is named, with all ids and calls in it moved."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a document from being imported."""

    line: int
    """0 for the document as a whole."""
    text: str

    def __str__(self) -> str:
        """Word it for the operator."""
        return f"line {self.line}: {self.text}" if self.line else self.text


class TransferError(StorageError):
    """Say why nothing was imported or exported, with every problem by its line."""

    def __init__(self, problems: Sequence[Problem], *, count: int | None = None) -> None:
        self.problems = tuple(problems[:MOST_PROBLEMS])
        more = (count or len(problems)) - len(self.problems)
        lines = [*map(str, self.problems), *([f"and {more} more"] if more > 0 else [])]
        super().__init__("\n".join(lines))


class Problems:
    """Gather problems; the first ones are kept, all are counted."""

    def __init__(self) -> None:
        self.first: list[Problem] = []
        self.count = 0

    def add(self, line: int, text: str) -> None:
        """Note one."""
        self.count += 1
        if len(self.first) < MOST_PROBLEMS:
            self.first.append(Problem(line, text))

    def hold(self) -> None:
        """Refuse if there are any.

        Raises:
            TransferError: with the first ones by line.
        """
        if self.count:
            raise TransferError(sorted(self.first, key=lambda each: each.line), count=self.count)


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line tells about the workspace."""

    schema: str | None = None
    """The version of the tables that wrote it; None for a document written by hand."""
    workspace: str | None = None
    language: str | None = None
    timezone: str | None = None
    seal_key: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """Where ids and calls of a document went; the identity where nothing had to give way."""

    offsets: Mapping[str, int] = field(default_factory=dict)
    """By table; 0 where its ids were free."""
    salt: str = ""
    """Empty where the calls of the document were unknown here."""
    playground_chats: frozenset[int] = frozenset()
    """Ids in the document of the chats whose messages are rows of ours."""

    @property
    def is_needed(self) -> bool:
        """Tell whether anything changes its name."""
        return bool(self.salt) or any(self.offsets.values())

    def id(self, table: str, id: int | None) -> int | None:
        """Give the new id of a row."""
        return None if id is None else id + self.offsets.get(table, 0)

    def call(self, call: str | None) -> str | None:
        """Give the new id of a call or a letter."""
        if not self.salt or call is None:
            return call
        return hashlib.sha256(f"{self.salt}:{call}".encode()).hexdigest()[:32]

    def message(self, text: str | None) -> str | None:
        """Give the new id of a message of the playground, as its platform writes it."""
        if text is None or not (text.isascii() and text.isdecimal()):
            return text
        return str(self.id("room_message", int(text)))


# -- writing ----------------------------------------------------------------------------------


def export(unit: Unit, write: Callable[[str], object]) -> dict[str, int]:
    """Write the workspace of a unit, line by line; give how many rows of each kind."""
    _take_time(unit)
    space = workspace_of(unit)
    head = {
        "format": FORMAT,
        "schema": known_versions()[-1],
        "workspace": space.name,
        "language": space.language,
        "timezone": space.timezone,
        "seal_key": space.seal_key,
        "created_at": _plain(space.created_at),
        "exported_at": _plain(unit.now),
    }
    write(_line(HEAD, head))
    counts: dict[str, int] = {}
    for table in tables():
        statement = select(table).where(table.c.workspace_id == unit.workspace).order_by(*table.primary_key)
        if table.name in _ONLY:
            statement = statement.where(_ONLY[table.name])
        for row in unit.connection.execute(statement.execution_options(yield_per=BATCH)):
            write(_line(table.name, _carried(table, dict(row._mapping))))
            counts[table.name] = counts.get(table.name, 0) + 1
    write(_line(END, {"rows": sum(counts.values())}))
    return counts


def is_empty(unit: Unit) -> bool:
    """Tell whether a workspace holds nothing at all."""
    return not _contents(unit)


LEFT_BEHIND: Final = frozenset({TERM.name, CLAIM.name, LINKING.name, SEAL.name})
"""Tables that are not carried: what is made anew, and what is good for one installation alone."""


@functools.cache
def tables() -> tuple[Table, ...]:
    """List the tables that belong to a workspace, each after those that it points to."""
    for module in pkgutil.iter_modules(storage.__path__, "storage."):
        importlib.import_module(module.name)
    found = [t for t in SQLModel.metadata.sorted_tables if "workspace_id" in t.c and t.name not in LEFT_BEHIND]
    loose = {owner for owner, _ in (*POINTERS, *BY_KIND)}
    return tuple(sorted(found, key=lambda table: (table.name in loose, table.name in loose and table.name != "card")))


def _carried(table: Table, row: Row) -> Row:
    if table.name == "outbox" and row["lease_token"] is not None:  # it may have gone out; nobody here will tell
        row |= {"tried_at": row["tried_at"] or row["created_at"], "lease_token": None, "lease_until": None}
    return {name: _plain(value) for name, value in row.items() if value is not None and name != "workspace_id"}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _line(kind: str, row: Mapping[str, object]) -> str:
    return json.dumps({kind: row}, ensure_ascii=False, separators=(",", ":")) + "\n"


# -- reading ----------------------------------------------------------------------------------


class Document:
    """A document laid down in a temporary file, with the place of every row. Close it."""

    def __init__(self, source: IO[bytes]) -> None:
        """Read it to its end.

        Raises:
            TransferError: lines that are no rows, by number.
        """
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self.problems = Problems()
        self.header = Header()
        self._places: dict[str, list[tuple[int, int]]] = {}
        self._count = 0
        end: int | None = None
        has_head = False
        for number, line in self._lines(source):
            found = self._parsed(number, line)
            if found is None:
                continue
            kind, row = found
            if not has_head:
                has_head = True
                if kind == HEAD:
                    self.header = self._head(number, row)
                    continue
                self.problems.add(number, f'the first line must be {{"{HEAD}": {{"format": {FORMAT}}}}}')
            if end is not None:
                self.problems.add(number, "nothing may follow the last line")
            elif kind == END:
                end = row["rows"] if isinstance(row.get("rows"), int) else -1
            else:
                self._places.setdefault(kind, []).append((number, self._spool.tell()))
                self._spool.write(line if line.endswith(b"\n") else line + b"\n")
                self._count += 1
        if not has_head:
            self.problems.add(0, "the document is empty")
        elif self.header.schema and end != self._count and not self.problems.count:
            told = f"its last line tells of {end} rows" if end is not None else "its last line is missing"
            self.problems.add(0, f"the document is not whole: {told}, and {self._count} are there")

    def close(self) -> None:
        """Take the temporary file away."""
        self._spool.close()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of rows, in the order of their first line."""
        return tuple(self._places)

    def first_line(self, kind: str) -> int:
        """Give the line of the first row of a kind."""
        return self._places[kind][0][0]

    def rows(self, kind: str) -> Iterator[tuple[int, Row]]:
        """Give the rows of a kind with their line numbers."""
        for number, place in self._places.get(kind, ()):
            self._spool.seek(place)
            (row,) = json.loads(self._spool.readline()).values()
            yield number, row

    def _lines(self, source: IO[bytes]) -> Iterator[tuple[int, bytes]]:
        number = 0
        while line := source.readline(LINE_BYTES + 1):
            number += 1
            if len(line) > LINE_BYTES:
                self.problems.add(number, f"longer than {LINE_BYTES:,} bytes")
                while line and not line.endswith(b"\n"):
                    line = source.readline(LINE_BYTES)
                continue
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, line

    def _parsed(self, number: int, line: bytes) -> tuple[str, Row] | None:
        try:
            value = json.loads(line.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
            _must_be_storable(value)
        except RecursionError:
            self.problems.add(number, f"nested more than {DEPTH} deep")
        except UnicodeDecodeError:
            self.problems.add(number, "is not UTF-8")
        except json.JSONDecodeError as error:
            self.problems.add(number, f"is no JSON: {error.msg} at character {error.pos + 1}")
        except ValueError as error:
            self.problems.add(number, str(error))
        else:
            if isinstance(value, dict) and len(value) == 1:
                ((kind, row),) = value.items()
                if isinstance(row, dict):
                    return kind, row
            self.problems.add(number, 'a row is written {"KIND": {...}}')
        return None

    def _head(self, number: int, row: Row) -> Header:
        add = functools.partial(self.problems.add, number)
        if row.get("format", FORMAT) != FORMAT:
            add(f"format {row['format']} is not known here, only {FORMAT}")
        for name in row.keys() - {"format", "exported_at", *Header.__dataclass_fields__}:
            add(f"the first line knows no {name!r}")
        texts = {name: row.get(name) for name in ("schema", "workspace", "language", "timezone", "seal_key")}
        for name, value in texts.items():
            if value is not None and not isinstance(value, str):
                add(f"{name} must be a text")
                texts[name] = None
        schema, key, zone = texts["schema"], texts["seal_key"], texts["timezone"]
        if schema is not None and schema not in known_versions():
            add(f"a later release wrote this document, with tables of version {schema}; use that one")
        if key is not None and not re.fullmatch(r"[0-9a-f]{64}", key):
            add("seal_key must be 64 hexadecimal digits")
        if zone is not None and not is_zone(zone):
            add(f"timezone: {zone!r} is no IANA time zone")
        created = row.get("created_at")
        return Header(**texts, created_at=None if created is None else _instant_or_none(created))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _must_be_storable(value: object) -> None:
    """Refuse what one database takes and another does not, and what is nested too deeply."""
    level: list[object] = [value]
    for _ in range(DEPTH):
        below: list[object] = []
        for each in level:
            if isinstance(each, dict):
                below += each
                below += each.values()
            elif isinstance(each, list):
                below += each
            elif isinstance(each, str):
                if _UNSTORABLE.search(each):
                    raise ValueError("a text holds a character that cannot be stored")
            elif isinstance(each, float):
                if not math.isfinite(each):
                    raise ValueError("a number is too large")
            elif isinstance(each, int) and abs(each) >= 2**63:
                raise ValueError("a number is too large")
        if not below:
            return
        level = below
    raise RecursionError


# -- values -----------------------------------------------------------------------------------


def typed(column: Column[Any], value: object) -> object:
    """Turn a JSON value into one for a column.

    Raises:
        ValueError: it is none; the message tells what it should be.
    """
    kind: TypeEngine[Any] = column.type
    inner = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    if isinstance(inner, JSON):
        return value
    if isinstance(inner, Boolean):
        if isinstance(value, bool):
            return value
        raise ValueError("must be true or false")
    if isinstance(inner, Integer):
        is_big = isinstance(inner, BigInteger)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= (BIGINT_MAX if is_big else INT_MAX):
            return value
        digits = "eighteen" if is_big else "nine"
        raise ValueError(f"must be a whole number of at most {digits} digits or so")
    if not isinstance(value, str):
        raise ValueError("must be a text")
    if isinstance(inner, DateTime):
        at = _instant_or_none(value)
        if at is None:
            raise ValueError("must be an instant with its zone, such as 2026-11-18T10:00:00+08:00")
        return at
    if isinstance(inner, Date):
        with suppress(ValueError):
            return date.fromisoformat(value)
        raise ValueError("must be a day, such as 2026-11-18")
    assert isinstance(inner, String)  # noqa: S101 - the tables have no other types; the tests walk them
    return value


def allowed(table: str, column: str, value: object, *, languages: Sequence[str]) -> str:
    """Tell what is wrong with a value that has the right type; nothing for a good one."""
    choices: Sequence[object] | None = {
        ("person", "role"): ROLES,
        ("task", "status"): OPEN + CLOSED,
        ("task", "priority"): PRIORITIES,
        ("chat", "kind"): ("group", "direct"),
        ("preference", "level"): LEVELS,
    }.get((table, column), languages if column == "language" else None)
    if value is None:
        return ""
    if choices is not None and value not in choices:
        return f"must be one of {', '.join(map(str, choices))}"
    if column in ("timezone", "due_zone") and not is_zone(str(value)):
        return f"{value!r} is no IANA time zone"
    return ""


def is_zone(name: str) -> bool:
    """Tell whether there is such a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _instant_or_none(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        return at.astimezone(UTC) if at is not None and at.tzinfo else None
    except (ValueError, OverflowError):
        return None


# -- checking ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """What a sound document holds, as far as the target must be asked about it."""

    ids: Mapping[str, set[int]]
    calls: set[str]
    letters: set[str]
    playground_chats: frozenset[int]
    numbers: Mapping[str, int]
    """The greatest number of the refs of each kind."""


def check(document: Document, *, languages: Sequence[str]) -> Checked:
    """Look at every row of a document that `export` wrote.

    Raises:
        TransferError: it cannot be imported.
    """
    return _Check(document, languages).run()


class _Check:
    def __init__(self, document: Document, languages: Sequence[str]) -> None:
        self._document = document
        self._languages = languages
        self._problems = document.problems
        self._ids: dict[str, set[int]] = {}
        self._awaited: dict[tuple[str, int], int] = {}
        self._keys: set[tuple[object, ...]] = set()
        self._texts: dict[tuple[str, str], set[str]] = {}
        self._chats: set[int] = set()
        self._numbers: dict[str, int] = {}

    def run(self) -> Checked:
        known = {table.name: table for table in tables()}
        for kind in self._document.kinds:
            if kind not in known:
                line = self._document.first_line(kind)
                self._problems.add(line, f"{kind!r} is not known here; known: {', '.join(sorted(known))}")
        for table in tables():
            for line, row in self._document.rows(table.name):
                self._look(table, line, row)
        for (name, id), line in self._awaited.items():
            self._problems.add(line, f"there is no {name} {id} in the document")
        self._problems.hold()
        return Checked(
            ids=self._ids,
            calls=self._texts.get(("inbox", "call"), set()),
            letters=self._texts.get(("outbox", "id"), set()),
            playground_chats=frozenset(self._chats),
            numbers=self._numbers,
        )

    def _look(self, table: Table, line: int, row: Row) -> None:
        values: Row = {}
        for name in row.keys() - {column.name for column in table.c} | (row.keys() & {"workspace_id"}):
            self._problems.add(line, f"{table.name} has no {name!r}")
        for column in table.c:
            if column.name == "workspace_id":
                continue
            value = row.get(column.name)
            if value is None:
                if not column.nullable and not isinstance(column.type, JSON):
                    self._problems.add(line, f"{table.name}: {column.name} is missing")
                continue
            try:
                values[column.name] = typed(column, value)
            except ValueError as error:
                self._problems.add(line, f"{table.name}: {column.name} {error}")
                continue
            fault = allowed(table.name, column.name, values[column.name], languages=self._languages)
            if fault:
                self._problems.add(line, f"{table.name}: {column.name} {fault}")
        self._note(table, line, values)

    def _note(self, table: Table, line: int, values: Row) -> None:
        key = _id_column(table)
        if key is not None and key in values:
            id = values[key]
            if id < 1:
                self._problems.add(line, f"{table.name}: {key} must be positive")
            self._ids.setdefault(table.name, set()).add(id)
            self._awaited.pop((table.name, id), None)
        for name, target in _targets(table, values):
            if values[name] not in self._ids.get(target, ()) and (table.name, name) not in MAY_DANGLE:
                self._awaited.setdefault((target, values[name]), line)
        for columns in _unique(table):
            found = tuple(values.get(name) for name in columns)
            if None not in found:
                if (table.name, columns, found) in self._keys:
                    said = ", ".join(f"{name} {value}" for name, value in zip(columns, found, strict=True))
                    self._problems.add(line, f"{table.name}: {said} stands twice")
                self._keys.add((table.name, columns, found))
        for name in ("call", "id") if table.name in ("inbox", "outbox") else ():
            if isinstance(values.get(name), str):
                self._texts.setdefault((table.name, name), set()).add(values[name])
        if table.name == "chat" and values.get("platform") == PLAYGROUND and "id" in values:
            self._chats.add(values["id"])
        if isinstance(values.get("number"), int):
            self._numbers[table.name] = max(self._numbers.get(table.name, 0), values["number"])


def _id_column(table: Table) -> str | None:
    """Name the column with the id that the database counts up; None where rows have none."""
    column = table.autoincrement_column
    return None if column is None or column.name == "workspace_id" else column.name


@functools.cache
def _keys_to(table: Table) -> Mapping[str, str]:
    """Give, for each column that points to a row of a workspace, the table it points to."""
    keys = {column.name: next(iter(column.foreign_keys)).column.table.name for column in table.c if column.foreign_keys}
    keys |= {column: target for (owner, column), target in POINTERS.items() if owner == table.name}
    keys.pop("workspace_id", None)
    return keys


@functools.cache
def _unique(table: Table) -> tuple[tuple[str, ...], ...]:
    found = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    named = [tuple(c.name for c in each.columns if c.name != "workspace_id") for each in found]
    return (tuple(c.name for c in table.primary_key if c.name != "workspace_id"), *sorted(named))


def _targets(table: Table, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the columns of a row that point somewhere, with the table they point to."""
    for name, target in _keys_to(table).items():
        if values.get(name) is not None:
            yield name, target
    for (owner, name), kind in BY_KIND.items():
        if owner == table.name and values.get(name) is not None and isinstance(values.get(kind), str):
            yield name, values[kind]


# -- bringing in ------------------------------------------------------------------------------


class Rehearsed(Exception):
    """Take everything back at the end of a dry run."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        super().__init__("nothing was written")
        self.counts = counts


def bring_in(store: Store, workspace: int, work: Callable[[Unit], dict[str, int]], *, dry_run: bool) -> dict[str, int]:
    """Run an import in one transaction of an empty workspace; give how many rows of each kind.

    Raises:
        TransferError: nothing was imported.
    """

    def whole(unit: Unit) -> dict[str, int]:
        _take_time(unit)
        hold(unit)  # one import at a time
        held = _contents(unit)
        if held:
            told = ", ".join(f"{count} {name}" for name, count in held.items())
            raise TransferError([Problem(0, f"the workspace is not empty: it holds {told}. Nothing was imported")])
        counts = work(unit)
        if dry_run:
            raise Rehearsed(counts)
        _advance_sequences(unit)
        return counts

    try:
        return store.write_now(workspace, whole)
    except Rehearsed as rehearsed:
        return dict(rehearsed.counts)
    except (IntegrityError, DataError) as error:
        raise TransferError([Problem(0, f"the database refused it: {str(error.orig).splitlines()[0]}")]) from error


def _take_time(unit: Unit) -> None:
    """Let this transaction be idle as long as it must, behind a slow disk or pipe."""
    if unit.connection.dialect.name == "postgresql":
        unit.connection.execute(select(func.set_config("idle_in_transaction_session_timeout", "0", True)))


def put_in(unit: Unit, document: Document, checked: Checked, *, redraw: Redraw) -> dict[str, int]:
    """Write the rows of a document that `export` wrote, as they were."""
    moved = _moved(unit, checked)
    counts: dict[str, int] = {}
    for table in tables():
        batch: list[Row] = []
        for _, row in document.rows(table.name):
            batch.append(_row(unit, table, row, moved, redraw))
            if len(batch) == BATCH:
                unit.connection.execute(table.insert(), batch)
                batch.clear()
            counts[table.name] = counts.get(table.name, 0) + 1
        if batch:
            unit.connection.execute(table.insert(), batch)
    index_all(unit.connection, unit.workspace)
    raise_counters(unit, checked.numbers)
    settle(unit, document.header)
    return counts


def raise_counters(unit: Unit, numbers: Mapping[str, int]) -> None:
    """See to it that no number of a ref is given out again."""
    last = {row.kind: row.last for row in unit.rows(_COUNTERS)}
    for kind, number in numbers.items():
        if kind not in last:
            unit.do(COUNTER.insert().values(workspace_id=WORKSPACE, kind=kind, last=number))
        elif last[kind] < number:
            unit.do(_COUNTERS_UPDATE.where(COUNTER.c.kind == kind).values(last=number))


def settle(unit: Unit, header: Header) -> None:
    """Give the workspace what the first line told.

    The key that seals buttons comes along where the workspace keeps its name, so that the
    cards that hang in the chats go on working.
    """
    space = workspace_of(unit)
    told = {"language": header.language, "timezone": header.timezone, "created_at": header.created_at}
    if header.workspace == space.name:
        told["seal_key"] = header.seal_key
    values = {name: value for name, value in told.items() if value is not None}
    if values:
        unit.do(SPACE.update().where(SPACE.c.id == WORKSPACE).values(**values))


def _contents(unit: Unit) -> dict[str, int]:
    found = {}
    for table in tables():
        held = unit.row(select(func.count()).select_from(table).where(table.c.workspace_id == WORKSPACE))
        if held is not None and held[0]:
            found[table.name] = int(held[0])
    return found


def _moved(unit: Unit, checked: Checked) -> Moved:
    """Find out which ids must give way, and to where: beyond all that either side ever used.

    So an old id, wherever somebody kept it, never means another row of this workspace.
    """
    offsets = {}
    for table in tables():
        key, ids = _id_column(table), checked.ids.get(table.name)
        if key is None or not ids:
            continue
        column = table.c[key]
        least, most = min(ids), max(ids)
        used = unit.connection.execute(select(column).where(column.between(least, most)))
        if any(row[0] in ids for row in used):
            newest = unit.connection.execute(select(func.max(column))).scalar_one()
            offsets[table.name] = max(int(newest), most) + 1 - least
            if most + offsets[table.name] > INT_MAX:
                raise TransferError([Problem(0, f"the ids of {table.name} are too large for this database")])
    names = {table.name: table for table in tables()}
    is_known = _any_of(unit, names["inbox"].c.call, checked.calls) or _any_of(
        unit, names["outbox"].c.id, checked.letters
    )
    salt = f"{unit.workspace}:{unit.now.isoformat()}" if is_known else ""
    return Moved(offsets, salt, checked.playground_chats)


def _any_of(unit: Unit, column: Column[Any], texts: set[str]) -> bool:
    ordered = sorted(texts)
    parts = (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))
    return any(unit.connection.execute(select(column).where(column.in_(part)).limit(1)).first() for part in parts)


def _row(unit: Unit, table: Table, row: Row, moved: Moved, redraw: Redraw) -> Row:
    """Give a row as it is inserted."""
    values: Row = {column.name: None if (v := row.get(column.name)) is None else typed(column, v) for column in table.c}
    values["workspace_id"] = unit.workspace
    if not moved.is_needed:
        return values
    is_here = values.get("platform") == PLAYGROUND if "platform" in values else True
    chat, messages = PLATFORM_MESSAGES.get(table.name, ("", ()))
    if is_here and values.get(chat) in moved.playground_chats:
        values |= {name: moved.message(values[name]) for name in messages}
    if table.name == "audit":
        values |= {side: _moved_image(values["kind"], values[side], moved) for side in ("before", "after")}
    elif "version" not in table.c:  # the columns of a subject hold words, those of the mail hold replies
        for name in [column.name for column in table.c if isinstance(column.type, JSON)]:
            values[name] = redraw(values[name], moved, values.get("command") if name == "args" else None)
    if table.name == "outbox" and values["lane"] is not None:
        values["lane"] = _moved_lane(values["lane"], moved)
    for name, target in list(_targets(table, values)):
        values[name] = moved.id(target, values[name])
    key = _id_column(table)
    if key is not None:
        values[key] = moved.id(table.name, values[key])
    for owner, name in CALLS | LETTERS:
        if owner == table.name:
            values[name] = moved.call(values[name])
    return values


def _moved_image(kind: str, image: Row, moved: Moved) -> Row:
    """Move the ids among the values that a write left."""
    table = next((each for each in tables() if each.name == kind), None)
    if table is None:
        return image
    chat, messages = PLATFORM_MESSAGES.get(kind, ("", ()))
    changed = dict(image)
    if kind == REDACTION and "rows" in changed:  # rows of the trail, by id
        changed["rows"] = [[moved.id("audit", row), *digests] for row, *digests in changed["rows"]]
    if changed.get(chat) in moved.playground_chats:
        changed |= {name: moved.message(changed[name]) for name in messages if name in changed}
    return changed | {name: moved.id(target, changed[name]) for name, target in _targets(table, changed)}


def _moved_lane(lane: str, moved: Moved) -> str:
    found = _LANE.match(lane)
    if found is None:
        return lane
    kind, id, thread = found[1], int(found[2]), found[3]
    if thread is not None and id in moved.playground_chats and kind == "chat":
        thread = moved.message(thread)
    return f"{kind}:{moved.id(kind, id)}" + ("" if thread is None else f":{thread}")


def _advance_sequences(unit: Unit) -> None:
    """Let PostgreSQL count on from the greatest id; SQLite does so by itself."""
    if unit.connection.dialect.name != "postgresql":
        return
    for table in tables():
        key = _id_column(table)
        if key is None:
            continue
        sequence = unit.connection.execute(select(func.pg_get_serial_sequence(table.name, key))).scalar()
        newest = unit.connection.execute(select(func.max(table.c[key]))).scalar()
        if sequence is None or newest is None:
            continue
        last = unit.connection.execute(select(func.pg_sequence_last_value(sql_cast(sequence, REGCLASS)))).scalar()
        if (last or 0) < newest:
            unit.connection.execute(select(func.setval(sql_cast(sequence, REGCLASS), newest)))
