"""What of the store one person may see, laid over every read of a unit.

A statement that reads a guarded table reads, for this person, only the rows that are theirs to see: lists, counts,
searches and single reads alike, so that what is forbidden is simply not there. Which role sees what is not known
here: `commands/core/access.py` says it.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.sql import visitors

from storage.columns import WORKSPACE, Record, table_of
from storage.roles import PROJECT_ROLE
from storage.unit import Unit

VIEWER: BindParameter[int] = bindparam("viewer")


@dataclass(frozen=True, slots=True)
class Guard:
    """Say which roles see the objects of one kind."""

    record: type[Record]
    whole: frozenset[str]
    """They see every object."""
    own: frozenset[str]
    """They see their own."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Look at the store as one person."""

    person: int
    role: str
    """In projects that give them no other."""
    loose_role: str
    """For what belongs to no project."""
    guards: tuple[Guard, ...]

    def narrowed(self, statement: Executable) -> tuple[Executable, dict[str, object]]:
        """Give the statement as it reads for this person, and what it binds beside its own values."""
        narrow = _narrowed(statement, self.guards)
        if narrow is statement:
            return statement, {}
        return narrow, {"viewer": self.person, "viewer_role": self.role, "viewer_loose_role": self.loose_role}


def is_own(unit: Unit, record: Record, person: int) -> bool:
    """Tell whether an object is a person's own."""
    return unit.row(_own_row(type(record)), of_id=record.id, viewer=person) is not None


@functools.cache
def _own_row(record: type[Record]) -> Select[Any]:
    table = table_of(record)
    return select(table.c.id).where(
        table.c.workspace_id == WORKSPACE, table.c.id == bindparam("of_id"), record.own_to(VIEWER)
    )


@functools.lru_cache(maxsize=4096)
def _narrowed(statement: Executable, guards: tuple[Guard, ...]) -> Executable:
    """Read from what is to be seen of each guarded table, wherever the statement names it."""
    swaps: dict[FromClause, FromClause] = {}
    for source in _sources(cast(Any, statement)):
        seen = _seen(source, guards)
        if seen is not None:
            swaps[source] = seen
    if not swaps:
        return statement

    def swap(element: Any, **_: Any) -> Any:
        if element in swaps:
            return swaps[element]
        table = getattr(element, "table", None)
        return swaps[table].c[element.key] if table is not None and table in swaps else None

    return cast(Executable, visitors.replacement_traverse(cast(Any, statement), {}, swap))


def _sources(statement: Any) -> Iterable[FromClause]:
    """List the tables that a statement names anywhere, each under every name that it gives them."""
    found = dict.fromkeys(each for each in visitors.iterate(statement) if isinstance(each, FromClause))
    tables = [each for each in found if each.__visit_name__ == "table"]
    return [*tables, *(each for each in found if each.__visit_name__ in ("alias", "tablesample"))]


def _seen(source: FromClause, guards: tuple[Guard, ...]) -> FromClause | None:
    """Give what is to be seen of a table, under the name that the statement has for it; None for all of it."""
    table = getattr(source, "element", source)
    guard = next((each for each in guards if table_of(each.record) is table), None)
    shown = _shown(guard) if guard is not None else _shown_with_its_object(table, guards)
    if shown is None:
        return None
    return select(table).where(table.c.workspace_id == WORKSPACE, shown).subquery(cast(Any, source).name)


def _shown(guard: Guard) -> ColumnElement[bool]:
    """Say which objects of a kind are to be seen: by the role in the project of each."""
    table = table_of(guard.record)
    role: ColumnElement[str] = bindparam("viewer_role")
    if "project_id" in table.c:
        given = (
            select(PROJECT_ROLE.c.role)
            .where(
                PROJECT_ROLE.c.workspace_id == WORKSPACE,
                PROJECT_ROLE.c.person_id == VIEWER,
                PROJECT_ROLE.c.project_id == table.c.project_id,
                PROJECT_ROLE.c.archived_at.is_(None),
            )
            .scalar_subquery()
        )
        role = case((table.c.project_id.is_(None), bindparam("viewer_loose_role")), else_=func.coalesce(given, role))
    return or_(role.in_(sorted(guard.whole)), and_(role.in_(sorted(guard.own)), guard.record.own_to(VIEWER)))


def _shown_with_its_object(table: Any, guards: tuple[Guard, ...]) -> ColumnElement[bool] | None:
    """Say which rows of a part, such as a comment, are to be seen: those of objects that are."""
    conditions = []
    for guard in guards:
        kind = table_of(guard.record)
        for key in getattr(table, "foreign_keys", ()):
            if key.column.table is kind:
                seen = select(kind.c.id).where(kind.c.workspace_id == WORKSPACE, _shown(guard))
                conditions.append(or_(key.parent.is_(None), key.parent.in_(seen)))
    return and_(*conditions) if conditions else None
