"""One transaction of one workspace, and the one way to write.

Every write is audited, raises the row's version and is remembered in `changed`. A unit
cannot commit: store.py opens it, runs a plain function on it, and commits. Knows no subject.
"""

import functools
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import Connection, Executable, Select, Update, bindparam, func, select

from storage import prepared
from storage.audit import Trace, image, record_trace, record_traces
from storage.columns import WORKSPACE, AnyRow, Record, table_of
from storage.terms import add_terms, keep_terms, terms_of

R = TypeVar("R", bound=Record)


class StorageError(Exception):
    """Say that the store did not do what was asked. The tree: StorageFault, Stale, Missing."""


class StorageFault(StorageError):
    """Say that nothing was stored: busy, disk full, connection lost. Deliver again."""


class Stale(StorageError):
    """Say that somebody changed the row since it was read."""


class Missing(StorageError):
    """Say that there is no such row in this workspace."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Name one row that a unit wrote."""

    kind: str
    """The table's name."""
    id: int
    is_new: bool
    is_written: bool = True
    """False for one that only shows what was written elsewhere."""


class Sight(Protocol):
    """Narrow every read to what one person may see."""

    def narrowed(self, statement: Executable) -> tuple[Executable, dict[str, object]]:
        """Give the statement as it reads for this person, and what it binds beside its own values."""
        ...


class Unit:
    """One transaction in one workspace: read, add, change, archive. It cannot commit."""

    def __init__(self, connection: Connection, workspace: int, now: datetime) -> None:
        self.connection = connection
        self.workspace = workspace
        self.now = now
        """Aware UTC; the same all through the transaction."""
        self.actor: int | None = None
        """The person who acts, for the audit; None for the house itself."""
        self.call: str | None = None
        """The id of the call that causes the writes, by which they are undone together."""
        self.changed: list[Changed] = []
        self._known: dict[tuple[type[Record], int], Record] = {}
        """Records as they are now in this transaction, so that each is read once, however many ask for it."""
        self._found: dict[tuple[type[Record], Hashable], int] = {}
        """Ids of records by other keys, until something is written."""
        self._sight: Sight | None = None
        self.holds_secrets: bool | None = None
        """Whether anything is confidential here (confidential.py); None until it is asked."""

    @property
    def sight(self) -> Sight | None:
        """What may be seen; None for all. Set for a person who may not see everything."""
        return self._sight

    @sight.setter
    def sight(self, sight: Sight | None) -> None:
        if sight is not self._sight:  # what was read so far may not be for these eyes
            self._known.clear()
            self._found.clear()
        self._sight = sight

    def unbounded(self) -> AbstractContextManager[None]:
        """See everything in the block: for what the house does, not the person who asks."""
        return self.seen_as(None)

    @contextmanager
    def seen_as(self, sight: Sight | None) -> Iterator[None]:
        """See in the block what somebody else may see."""
        before, self.sight = self.sight, sight
        try:
            yield
        finally:
            self.sight = before

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Take back what the block wrote, and only that, if it raises."""
        wrote = len(self.changed)
        prepared.command(self.connection, "SAVEPOINT attempt")
        is_done = False
        try:
            yield
            is_done = True
        finally:
            if not is_done:
                prepared.command(self.connection, "ROLLBACK TO SAVEPOINT attempt")
                del self.changed[wrote:]
                self.holds_secrets = None
                self._known.clear()
                self._found.clear()
            prepared.command(self.connection, "RELEASE SAVEPOINT attempt")

    def rows(self, statement: Executable, /, **values: object) -> Sequence[AnyRow]:
        """Read rows of this workspace. The statement binds `workspace`, or is refused."""
        _must_bind_workspace(statement)
        values["workspace"] = self.workspace
        if self.sight is not None:
            statement, more = self.sight.narrowed(statement)
            values |= more
        return prepared.rows(self.connection, statement, values)

    def row(self, statement: Executable, /, **values: object) -> AnyRow | None:
        """Read the first row, or None."""
        _must_bind_workspace(statement)
        values["workspace"] = self.workspace
        if self.sight is not None:
            statement, more = self.sight.narrowed(statement)
            values |= more
        return prepared.first(self.connection, statement, values)

    def records(self, record: type[R], statement: Executable, /, **values: object) -> list[R]:
        """Read whole records, with a statement that selects all columns of their table."""
        return [made(record, row._mapping) for row in self.rows(statement, **values)]

    def record(self, record: type[R], statement: Executable, /, **values: object) -> R | None:
        """Read the first record, or None."""
        row = self.row(statement, **values)
        return None if row is None else self._keep(made(record, row._mapping))

    def get(self, record: type[R], id: int, /) -> R | None:
        """Give the record with this id in this workspace, archived or not; None if absent."""
        known = self._known.get((record, id))
        return cast(R, known) if known is not None else self.record(record, _select_by_id(record), id=id)

    def find(self, record: type[R], key: Hashable, statement: Executable, /, **values: object) -> R | None:
        """Read the first record, or None; asked again with the same key, it is not read again."""
        known = self._found.get((record, key))
        if known is not None:
            return self.get(record, known)
        found = self.record(record, statement, **values)
        if found is not None:
            self.note(found, key)
        return found

    def note(self, record: Record, key: Hashable, /) -> None:
        """Have a record that was read found by a key, as `find` finds it."""
        self._found[type(record), key] = self._keep(record).id

    def must_get(self, record: type[R], id: int, /) -> R:
        """Read the record with this id.

        Raises:
            Missing: there is none in this workspace.
        """
        found = self.get(record, id)
        if found is None:
            raise Missing(f"no {record.__tablename__} with id {id} in this workspace")
        return found

    def do(self, statement: Executable, /, **values: object) -> int:
        """Write rows that are not audited (mail, cards, counters); give how many were met."""
        _must_bind_workspace(statement)
        values["workspace"] = self.workspace
        return prepared.do(self.connection, statement, values)

    def insert(self, statement: Executable, /, **row: object) -> int:
        """Insert a row that is not audited into this workspace; give its id."""
        return prepared.insert(self.connection, statement, {"workspace_id": self.workspace, **row})

    def add(self, record: type[R], /, **values: object) -> R:
        """Insert a row, audited, at version 1."""
        row = self._new(record, values)
        row["id"] = prepared.insert(self.connection, _insert(record), row)
        added = made(record, row)
        self._trace("add", added, before={}, after=values)
        if record.__searched__:
            self._add_terms(record, [(added.id, row)])
        return self._keep(added)

    def add_all(self, record: type[R], rows: Sequence[Mapping[str, object]], /) -> list[int]:
        """Insert many rows at once, each audited as `add` does; give their ids in order."""
        if not rows:
            return []
        ids = self._take_ids(record, len(rows))
        new = [{**self._new(record, values), "id": id} for id, values in zip(ids, rows, strict=True)]
        self.connection.execute(_insert(record), new)
        self._found.clear()
        kind = str(record.__tablename__)
        self.changed += [Changed(kind, id, is_new=True) for id in ids]
        traces = [self._trace_of("add", kind, id, 1, {}, values) for id, values in zip(ids, rows, strict=True)]
        record_traces(self.connection, traces)
        if record.__searched__:
            self._add_terms(record, list(zip(ids, rows, strict=True)))
        return ids

    def change(self, record: R, /, **values: object) -> R:
        """Change columns of a row as it was read, audited; give the row as it is now.

        Nothing is written when all values are the same already.

        Raises:
            Stale: the row has another version by now.
        """
        return self._write("change", record, values)

    def restore(self, record: R, /, **values: object) -> R:
        """Give columns back the values that they had, for undo; audited.

        Raises:
            Stale: the row has another version by now.
        """
        return self._write("restore", record, values)

    def archive(self, record: R, /) -> R:
        """Hide a row for good, audited.

        Raises:
            Stale: the row has another version by now.
        """
        return self._write("archive", record, {"archived_at": self.now})

    def touch(self, kind: str, id: int, /) -> None:
        """Have the cards of an object drawn again that shows more than its own row."""
        self.changed.append(Changed(kind, id, is_new=False, is_written=False))

    def prove(self) -> None:
        """Write for certain, and change nothing that anybody reads.

        Whether the disk takes it shows at the commit; a transaction that only reads would pass on a full one.
        """
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(select(func.txid_current()))  # its commit is a record in the log
            return
        pulse = int(self.connection.exec_driver_sql("PRAGMA user_version").scalar_one())
        self.connection.exec_driver_sql(f"PRAGMA user_version = {(pulse + 1) % 1_000_000}")

    def _write(self, action: str, record: R, values: dict[str, object]) -> R:
        fresh = {name: value for name, value in values.items() if getattr(record, name) != value}
        if not fresh:
            return record
        if "is_confidential" in fresh:
            self.holds_secrets = None
        before = {name: getattr(record, name) for name in fresh}
        stamp = {"version": record.version + 1, "updated_at": self.now}
        met = prepared.do(
            self.connection,
            _update(type(record), tuple(fresh)),
            {
                **{f"new_{name}": value for name, value in (fresh | stamp).items()},
                "id_": record.id,
                "workspace": self.workspace,
                "version_": record.version,
            },
        )
        if met != 1:
            raise Stale(f"{record.__tablename__} {record.id} is no longer at version {record.version}")
        changed = made(type(record), {**record.__dict__, **fresh, **stamp})
        self._trace(action, changed, before=before, after=fresh)
        searched = record.__searched__
        if not fresh.keys().isdisjoint(searched):
            keep_terms(
                self.connection,
                workspace=self.workspace,
                kind=str(record.__tablename__),
                id=record.id,
                before=terms_of(record.__dict__, searched),
                after=terms_of(changed.__dict__, searched),
            )
        return self._keep(changed)

    def _keep(self, record: R) -> R:
        self._known[type(record), record.id] = record
        return record

    def _add_terms(self, record: type[Record], rows: Sequence[tuple[int, Mapping[str, object]]]) -> None:
        entries = [(id, terms_of(values, record.__searched__)) for id, values in rows]
        add_terms(self.connection, self.workspace, str(record.__tablename__), entries)

    def _trace(self, action: str, record: Record, *, before: dict[str, object], after: dict[str, object]) -> None:
        kind = str(record.__tablename__)
        self._found.clear()
        self.changed.append(Changed(kind, record.id, is_new=action == "add"))
        record_trace(self.connection, self._trace_of(action, kind, record.id, record.version, before, after))

    def _trace_of(
        self, action: str, kind: str, id: int, version: int, before: Mapping[str, object], after: Mapping[str, object]
    ) -> Trace:
        return Trace(
            workspace_id=self.workspace,
            at=self.now,
            actor_id=self.actor,
            call=self.call,
            action=action,
            kind=kind,
            object_id=id,
            version=version,
            before=image(before),
            after=image(after),
        )

    def _take_ids(self, record: type[Record], count: int) -> list[int]:
        """Take ids from where the database takes them, for an insert of many is slow to give them back."""
        table = table_of(record)
        if self.connection.dialect.name == "postgresql":
            following = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
            numbers = func.generate_series(1, count).table_valued("number")
            return [int(row[0]) for row in self.connection.execute(select(following).select_from(numbers))]
        newest = self.connection.execute(select(func.max(table.c.id))).scalar() or 0
        return list(range(newest + 1, newest + count + 1))

    def _new(self, record: type[Record], values: Mapping[str, object]) -> dict[str, object]:
        """Give all columns of a row that is to be added, but for its id."""
        row = {
            **_defaults(record),
            **{name: make() for name, make in _factories(record).items()},
            **values,
            "workspace_id": self.workspace,
            "version": 1,
            "created_at": self.now,
            "updated_at": self.now,
        }
        row.pop("id", None)
        if row.get("is_confidential"):
            self.holds_secrets = True
        return row


def made(record: type[R], values: Mapping[Any, Any]) -> R:
    """Make a record of the values of all its columns; `model_construct` takes twice as long."""
    new = cast(R, record.__new__(record))
    new.__dict__.update(values)
    return new


@functools.cache
def _defaults(record: type[Record]) -> dict[str, object]:
    fields = record.model_fields.items()
    return {name: field.default for name, field in fields if not field.is_required() and not field.default_factory}


@functools.cache
def _factories(record: type[Record]) -> dict[str, Callable[[], object]]:
    """Give the makers of values that rows must not share."""
    return {
        name: cast(Callable[[], object], field.default_factory)
        for name, field in record.model_fields.items()
        if field.default_factory
    }


@functools.cache
def _insert(record: type[Record]) -> Executable:
    return table_of(record).insert()


@functools.cache
def _select_by_id(record: type[Record]) -> Select[Any]:
    table = table_of(record)
    return select(table).where(table.c.workspace_id == WORKSPACE, table.c.id == bindparam("id"))


@functools.cache
def _update(record: type[Record], names: tuple[str, ...]) -> Update:
    table = table_of(record)
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in (*names, "version", "updated_at")}
    return (
        table.update()
        .where(
            table.c.id == bindparam("id_"),
            table.c.workspace_id == WORKSPACE,
            table.c.version == bindparam("version_"),
        )
        .values(**values)
    )


@functools.lru_cache(maxsize=4096)
def _must_bind_workspace(statement: Executable) -> None:
    """Refuse a statement that would see other workspaces; each is looked at once."""
    compiled = cast(Any, statement).compile()
    if "workspace" not in compiled.params:
        raise StorageError(f"a statement without its workspace: {compiled}")
