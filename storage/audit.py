"""The trail: what each write changed, by whom, in which call.

Append-only, written by the unit inside the same transaction. Undo reads it back.
Values are kept as JSON, in the forms of `image`; `restored` turns them back.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import JSON, Connection, Date, DateTime, Executable, Index, TypeDecorator, bindparam, select
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

from storage.columns import WORKSPACE, AnyRow, table_of
from storage.prepared import insert


class Reads(Protocol):
    """What reading the trail asks of a unit, which itself writes it."""

    def rows(self, statement: Executable, /, **values: object) -> Sequence[AnyRow]:
        """Read rows of the workspace."""
        ...


class Audit(SQLModel, table=True):
    """One write of one row."""

    __table_args__ = (
        Index("ix_audit_call", "workspace_id", "call"),
        Index("ix_audit_object", "workspace_id", "kind", "object_id"),
        Index("ix_audit_newest", "workspace_id", "id"),
    )
    id: int = Field(primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id")
    at: datetime
    actor_id: int | None = None
    """None for what the house does by itself."""
    call: str | None = None
    """The call that caused it: `inbox.call`."""
    action: str
    """`add`, `change`, `archive` or `restore`; `erase` tells that values were blanked in other rows."""
    kind: str
    object_id: int
    version: int
    """The version that the write left."""
    before: dict[str, Any] = Field(sa_type=JSON)
    after: dict[str, Any] = Field(sa_type=JSON)
    erased_leaf: str | None = None
    """What the seal holds of the row, where values in it were blanked since (storage/redaction.py)."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Hold what one write leaves behind."""

    workspace_id: int
    at: datetime
    actor_id: int | None
    call: str | None
    action: str
    kind: str
    object_id: int
    version: int
    before: dict[str, Any]
    after: dict[str, Any]


AUDIT = table_of(Audit)
_INSERT = AUDIT.insert()
_ATOMS = frozenset({str, int, bool, type(None)})
_COLUMNS = tuple(Trace.__dataclass_fields__)
BY_CALL = select(AUDIT).where(AUDIT.c.workspace_id == WORKSPACE, AUDIT.c.call == bindparam("call")).order_by(AUDIT.c.id)
"""All writes of one call, oldest first."""
OF_OBJECT = (
    select(AUDIT)
    .where(
        AUDIT.c.workspace_id == WORKSPACE, AUDIT.c.kind == bindparam("kind"), AUDIT.c.object_id == bindparam("object")
    )
    .order_by(AUDIT.c.id.desc())
)
"""The history of one row, newest first."""

_AFTER = (
    select(AUDIT)
    .where(AUDIT.c.workspace_id == WORKSPACE, AUDIT.c.id > bindparam("after"))
    .order_by(AUDIT.c.id)
    .limit(bindparam("most"))
)
_NEWEST = select(AUDIT).where(AUDIT.c.workspace_id == WORKSPACE).order_by(AUDIT.c.id.desc()).limit(bindparam("most"))
_NEWEST_OF = OF_OBJECT.limit(bindparam("most"))


def record_trace(connection: Connection, trace: Trace) -> None:
    """Append one trace."""
    insert(connection, _INSERT, {name: getattr(trace, name) for name in _COLUMNS})


def record_traces(connection: Connection, traces: Sequence[Trace]) -> None:
    """Append many traces at once."""
    connection.execute(_INSERT, [{name: getattr(each, name) for name in _COLUMNS} for each in traces])


def image(values: Mapping[str, object]) -> dict[str, Any]:
    """Give values in their JSON form: days and instants as ISO text."""
    return {name: _plain(value) for name, value in values.items()}


def restored(record: type[SQLModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the JSON form back into values for the columns of `record`."""
    columns = table_of(record).c
    return {name: _typed(value, columns[name].type) for name, value in values.items()}


def _plain(value: object) -> Any:
    if type(value) in _ATOMS:
        return value
    if isinstance(value, date):  # datetime too
        return value.isoformat()
    json.dumps(value)  # anything else that JSON cannot hold is a mistake of ours
    return value


def _typed(value: Any, kind: TypeEngine[Any]) -> Any:
    inner = kind.impl if isinstance(kind, TypeDecorator) else kind
    if value is None:
        return None
    if isinstance(inner, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(inner, Date):
        return date.fromisoformat(value)
    return value


def traces_after(unit: Reads, after: int, *, most: int) -> Sequence[AnyRow]:
    """List what was written after one row of the trail, oldest first; 0 for the beginning."""
    return unit.rows(_AFTER, after=after, most=most)


def newest_traces(unit: Reads, *, most: int) -> Sequence[AnyRow]:
    """List what was written last in the workspace, newest first."""
    return unit.rows(_NEWEST, most=most)


def traces_of(unit: Reads, kind: str, object: int, *, most: int) -> Sequence[AnyRow]:
    """List what was written last to one object, newest first."""
    return unit.rows(_NEWEST_OF, kind=kind, object=object, most=most)
