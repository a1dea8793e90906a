"""Workspaces: whose data a row is. One installation has two, `main` and `demo`."""

import secrets
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlmodel import Field, SQLModel

from storage.columns import WORKSPACE, table_of
from storage.unit import Unit


class Workspace(SQLModel, table=True):
    """One team's world; nothing is seen across its border."""

    id: int = Field(primary_key=True)
    name: str = Field(unique=True)
    """`main` for the configured platforms, `demo` for the playground."""
    language: str
    timezone: str
    """IANA name; the default for people and chats that have none of their own."""
    seal_key: str
    """Signs what buttons and forms carry; 64 hexadecimal digits."""
    created_at: datetime


class Counter(SQLModel, table=True):
    """The last number given to a ref of one kind; numbers are never used again."""

    workspace_id: int = Field(foreign_key="workspace.id", primary_key=True)
    kind: str = Field(primary_key=True)
    last: int


SPACE = table_of(Workspace)
COUNTER = table_of(Counter)
_ALL = select(SPACE).order_by(SPACE.c.id)
_ONE = select(SPACE).where(SPACE.c.id == WORKSPACE)
_NEXT = (
    COUNTER.update()
    .where(COUNTER.c.workspace_id == WORKSPACE, COUNTER.c.kind == bindparam("of_kind"))
    .values(last=COUNTER.c.last + 1)
    .returning(COUNTER.c.last)
)
_HOLD = select(SPACE.c.id).where(SPACE.c.id == WORKSPACE).with_for_update()
_FIRST = COUNTER.insert().values(workspace_id=WORKSPACE, kind=bindparam("of_kind"), last=1)


def all_workspaces(unit: Unit) -> list[Workspace]:
    """List every workspace; for the program's own start, never for a command."""
    return [Workspace.model_construct(**dict(row._mapping)) for row in unit.connection.execute(_ALL)]


def workspace_of(unit: Unit) -> Workspace:
    """Read the workspace of this unit."""
    row = unit.row(_ONE)
    if row is None:
        raise LookupError(f"no workspace {unit.workspace}")
    return Workspace.model_construct(**dict(row._mapping))


def hold(unit: Unit) -> None:
    """Hold the workspace to the end of the transaction, for what one process may do at a time.

    On SQLite a transaction that writes is alone already.
    """
    unit.row(_HOLD)


def found_workspace(unit: Unit, *, name: str, language: str, timezone: str) -> int:
    """Create a workspace and give its id; for the first start."""
    result = unit.connection.execute(
        SPACE.insert(),
        {
            "name": name,
            "language": language,
            "timezone": timezone,
            "seal_key": secrets.token_hex(32),
            "created_at": unit.now,
        },
    )
    key = result.inserted_primary_key
    if key is None:
        raise LookupError("the database gave no id for the workspace")
    return int(key[0])


def next_number(unit: Unit, kind: str) -> int:
    """Take the next number for refs of a kind, starting at 1."""
    row = unit.row(_NEXT, of_kind=kind)
    if row is not None:
        return int(row[0])
    unit.do(_FIRST, of_kind=kind)
    return 1
