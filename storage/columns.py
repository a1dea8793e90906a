"""What all tables share: the identity of a row, its workspace, its version and its times.

Knows no subject. Tables are SQLModel classes; statements are Core, built once, with bound
parameters: an ORM session costs three times as much on the path of every message.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeAlias, cast

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    ColumnElement,
    Index,
    Row,
    Table,
    bindparam,
    column,
    false,
    literal_column,
    or_,
)
from sqlalchemy.orm import configure_mappers
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names for constraints, without which a batch migration on SQLite cannot drop them."""
SQLModel.metadata.naming_convention = NAMING

_TRUE: ColumnElement[bool] = literal_column("true")
"""In the same word on every database, so that a condition is that of a partial index."""

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row of any columns."""

WORKSPACE: BindParameter[int] = bindparam("workspace")
"""Bound by the unit in every statement: a read without it is refused."""


def personal(**columns: object) -> Mapping[str, object]:
    """Name columns with what stands in them when the person is forgotten of whom they tell."""
    return MappingProxyType(columns)


class Record(SQLModel):
    """One row of a workspace. Written only through `storage.unit`, which audits it."""

    __searched__: ClassVar[tuple[str, ...]] = ()
    """The columns whose words `find` finds: texts, and lists of labels."""
    __once__: ClassVar[tuple[str, ...] | None] = None
    """Beside `person_id`, the columns of which a person has one row at most; None where they may have several."""
    __personal__: ClassVar[Mapping[str, object]] = personal()
    """The columns that tell of who is in `person_id`, with what stands in them when that person is forgotten; `{id}` is
    the row's. Such a row is put away then, and what the trail holds of these columns is blanked."""
    __everywhere__: ClassVar[bool] = False
    """True where the card of a new one hangs in all chats of its project on other platforms, too."""
    id: int = Field(primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id", index=False)
    version: int
    """Raised by one at each write; a write that names another version is refused."""
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None
    """Set when deleted or undone; archived rows keep their ref for ever."""

    @classmethod
    def own_to(cls, person: BindParameter[int]) -> ColumnElement[bool]:
        """Say which rows are a person's own: who sees only their own sees no others.

        A subject with other ties than these, such as collaborators, adds them in its class.
        """
        columns = table_of(cls).c
        return or_(false(), *(columns[name] == person for name in ("owner_id", "creator_id") if name in columns))

    @classmethod
    def shared_with(cls, person: BindParameter[int]) -> ColumnElement[bool]:
        """Say which rows a person sees even where they are confidential: their own, if no class says more."""
        return cls.own_to(person)

    def joined(self, _other: Self, /) -> dict[str, object]:
        """Say what this row takes over from another of its `__once__`, when two people turn out to be one."""
        return {}


def is_confidential(columns: Any) -> ColumnElement[bool]:
    """Say that a row is confidential, in the words of the index on every database."""
    found: ColumnElement[bool] = columns.is_confidential.is_(_TRUE)
    return found


def is_open(columns: Any) -> ColumnElement[bool]:
    """Say that a row is not confidential."""
    found: ColumnElement[bool] = columns.is_confidential.is_not(_TRUE)  # `not_` of the other leaves it as it is
    return found


def confidential_index(table: str) -> Index:
    """Give the index of the few confidential rows of a table."""
    is_so = column("is_confidential").is_(_TRUE)
    return Index(f"ix_{table}_confidential", "workspace_id", "id", sqlite_where=is_so, postgresql_where=is_so)


def confidential_column() -> Any:
    """Give the column of `is_confidential`, which is false in the rows that are there already."""
    return Field(default=False, sa_column_kwargs={"server_default": literal_column("false")})


def table_of(record: type[SQLModel]) -> Table:
    """Give the Core table behind a SQLModel class, whose records then need no session."""
    configure_mappers()  # else reading an attribute of the first record fails, until somebody queries by the ORM
    return cast(Table, cast(Any, record).__table__)


def one_of(column: str, words: Sequence[str]) -> CheckConstraint:
    """Have a column hold one of some words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
