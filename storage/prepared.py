"""Statements of Core, compiled once each and run on the driver's own cursor.

For a short statement SQLAlchemy takes several times what SQLite does: it looks up what was compiled, collects
parameters, makes a result. The path of every message has some twenty, so here all that is done once for each.
What is not plain goes SQLAlchemy's way: lists of any length, and connections that somebody listens to.
"""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.engine import result_tuple
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine
from sqlmodel.sql.sqltypes import UTCDateTime

from storage.columns import AnyRow

Convert = Callable[[Any], Any]
Values = Mapping[str, Any]


def rows(connection: Connection, statement: Executable, values: Values) -> list[AnyRow]:
    """Read every row."""
    ready = _ready(connection, statement)
    if ready is None:
        return [*connection.execute(statement, values)]
    cursor = ready.run(connection, values)
    try:
        return ready.read(cursor, cursor.fetchall())
    finally:
        cursor.close()


def first(connection: Connection, statement: Executable, values: Values) -> AnyRow | None:
    """Read the first row, or None."""
    ready = _ready(connection, statement)
    if ready is None:
        return connection.execute(statement, values).first()
    cursor = ready.run(connection, values)
    try:
        row = cursor.fetchone()
        return None if row is None else ready.read(cursor, [row])[0]
    finally:
        cursor.close()


def do(connection: Connection, statement: Executable, values: Values) -> int:
    """Write, and give how many rows were met."""
    ready = _ready(connection, statement)
    if ready is None:
        return connection.execute(statement, values).rowcount
    cursor = ready.run(connection, values)
    try:
        return int(cursor.rowcount)
    finally:
        cursor.close()


def insert(connection: Connection, statement: Executable, row: Values) -> int:
    """Insert one row with just these columns; give its id."""
    ready = _ready(connection, statement, tuple(row))
    if ready is None:
        key = connection.execute(statement, row).inserted_primary_key
        return int(key[0]) if key is not None else 0
    cursor = ready.run(connection, row)
    try:
        return int(cursor.fetchone()[0] if ready.gives_id else cursor.lastrowid)
    finally:
        cursor.close()


def insert_many(connection: Connection, statement: Executable, rows: Sequence[Values]) -> None:
    """Insert rows, which all have the same columns."""
    ready = _ready(connection, statement, tuple(rows[0]))
    if ready is None or ready.gives_id:
        connection.execute(statement, rows)
    else:
        ready.run(connection, *rows).close()


def command(connection: Connection, sql: str) -> None:
    """Run what has neither parameters nor a result, such as SAVEPOINT."""
    if _is_heard(connection):
        connection.exec_driver_sql(sql)
    else:
        _execute(connection, sql, ()).close()


class _Prepared:
    """One statement as a dialect writes it: what it binds, and how what it gives is read."""

    def __init__(self, compiled: Any, columns: Sequence[Any]) -> None:
        dialect: Dialect = compiled.dialect
        self._sql = str(compiled)
        self._is_positional = bool(compiled.positional)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        self._names: tuple[str, ...] = tuple(compiled.positiontup if compiled.positional else binds)
        parameters = [binds[name] for name in self._names]
        self._keys: tuple[str, ...] = tuple(each.key for each in parameters)
        self._writers = _at_places(_writer_of(each.type, dialect) for each in parameters)
        self._given = {
            each.key: compiled.params[name]
            for name, each in zip(self._names, parameters, strict=True)
            if not each.required
        }
        """What the statement itself says, by parameter; all others are given when it runs."""
        self._readers = _at_places(_reader_of(column.type, dialect) for column in columns)
        self._row: Callable[[Sequence[Any]], AnyRow] | None = None
        self.gives_id = bool(compiled.isinsert and compiled.effective_returning)
        """True where the new row's id is read as a result, as on PostgreSQL."""

    def run(self, connection: Connection, *many: Values) -> Any:
        """Run it with the values of one row, or of many; give the cursor, to be closed."""
        return _execute(connection, self._sql, *[self._parameters(values) for values in many])

    def read(self, cursor: Any, raws: Sequence[Sequence[Any]]) -> list[AnyRow]:
        """Make rows of what the driver gave."""
        row = self._row
        if row is None:
            row = self._row = result_tuple([column[0] for column in cursor.description])
        if not self._readers:
            return [row(raw) for raw in raws]
        found = []
        for raw in raws:
            values = list(raw)
            for place, read in self._readers:
                values[place] = read(values[place])
            found.append(row(tuple(values)))
        return found

    def _parameters(self, values: Values) -> Any:
        given = {**values, **self._given} if self._given else values
        bound = [given[key] for key in self._keys]
        for place, write in self._writers:
            bound[place] = write(bound[place])
        return bound if self._is_positional else dict(zip(self._names, bound, strict=True))


def _at_places(converts: Iterable[Convert | None]) -> list[tuple[int, Convert]]:
    return [(place, convert) for place, convert in enumerate(converts) if convert is not None]


def _writer_of(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(kind, UTCDateTime):
        return _instants(dialect)[0]
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader_of(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(kind, UTCDateTime):
        return _instants(dialect)[1]
    return kind.dialect_impl(dialect).result_processor(dialect, None)


@functools.cache
def _instants(dialect: Dialect) -> tuple[Convert | None, Convert | None]:
    """Give what writes and reads instants; a transaction writes one into a dozen columns, and reads the same people."""
    kind = UTCDateTime().dialect_impl(dialect)
    both = kind.bind_processor(dialect), kind.result_processor(dialect, None)
    write, read = (None if each is None else functools.lru_cache(maxsize=1_000)(each) for each in both)
    return write, read


def _ready(connection: Connection, statement: Executable, names: tuple[str, ...] | None = None) -> _Prepared | None:
    return None if _is_heard(connection) else _prepared(statement, connection.dialect, names)


def _is_heard(connection: Connection) -> bool:
    """Tell whether somebody listens to what is executed, which only SQLAlchemy tells them."""
    watched = cast(Any, connection)
    return bool(watched._has_events or watched.engine._has_events)


@functools.lru_cache(maxsize=4096)
def _prepared(statement: Executable, dialect: Dialect, names: tuple[str, ...] | None) -> _Prepared | None:
    """Compile a statement, once; None where its text or its values change from one run to the next."""
    compiled = cast(Any, statement).compile(dialect=dialect, column_keys=names)
    makes_values = (compiled.isinsert and compiled.insert_prefetch) or (compiled.isupdate and compiled.update_prefetch)
    if compiled.post_compile_params or compiled.literal_execute_params or makes_values:
        return None
    columns = compiled.effective_returning or getattr(statement, "selected_columns", ())
    return _Prepared(compiled, tuple(columns))


def _execute(connection: Connection, sql: str, *many: Any) -> Any:
    """Run a text on the driver's own cursor; what the driver raises becomes SQLAlchemy's error, as usual."""
    dialect, held = connection.dialect, connection.connection
    cursor = held.cursor()
    try:
        if len(many) == 1:
            cursor.execute(sql, *many)
        else:
            cursor.executemany(sql, many)
    except dialect.loaded_dbapi.Error as error:
        cursor.close()
        is_gone = dialect.is_disconnect(error, held, cursor)
        if is_gone:
            connection.invalidate(error)
        told = DBAPIError.instance(
            sql,
            None,  # what people wrote
            error,
            dialect.loaded_dbapi.Error,
            connection_invalidated=is_gone,
            dialect=dialect,
        )
        raise told from error
    return cursor
