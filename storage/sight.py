"""What of the store may be seen by whoever reads, laid over every read of a unit.

A statement that reads a guarded table reads, for this person, only the rows that are theirs to see: lists, counts,
searches and single reads alike, so that what is forbidden is simply not there. In a group, where several read, nothing
confidential is there (`is_aloud`), nor does it count. Which role sees what is not known here: `commands/core/access.py`
says it.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.sql import visitors
from sqlmodel import SQLModel

from storage.chats import CHAT, PROJECT
from storage.columns import WORKSPACE, Record, is_confidential, is_open, table_of
from storage.roles import PROJECT_ROLE
from storage.unit import Unit

VIEWER: BindParameter[int] = bindparam("viewer")
_ROLE: BindParameter[str] = bindparam("viewer_role")
_HALL: BindParameter[int] = bindparam("viewer_hall")
_HERE: BindParameter[int] = bindparam("viewer_here")
NOWHERE: Final = 0
"""The id of no project and of no chat."""
_LONG_AGO: Final = date(1970, 1, 2)
_POLYMORPHIC: Final = frozenset({"audit", "term"})
"""Tables whose rows say of which object they are by its kind and id."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Say which roles see the objects of one kind."""

    record: type[Record]
    whole: frozenset[str]
    """They see every object."""
    own: frozenset[str]
    """They see their own."""
    trusted: frozenset[str] = frozenset()
    """They see the confidential ones, too, beside those who have a part in them."""
    paying: frozenset[str] = frozenset()
    """They see the confidential ones that have an amount."""


@dataclass(frozen=True, slots=True)
class _Way:
    """Say in which ways a statement is narrowed; with the guards, all that its text depends on."""

    by_role: bool
    """By the role of one person, in each project."""
    is_above: bool
    """Their role is the same in every project."""
    hides: bool
    """Leave out what is confidential, but for those who may see it."""
    in_hall: bool
    """Leave out what not everybody in a group may see."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Look at the store as one person, as all in a group, or as one person among them."""

    person: int
    role: str
    """In projects that give them no other."""
    loose_role: str
    """For what belongs to no project."""
    guards: tuple[Guard, ...]
    hides: bool = False
    """False where nothing is confidential in the whole workspace, which then costs nothing."""
    is_above: bool = False
    """Their role is the same in every project."""
    sees_all: bool = False
    """No role narrows what they see, nor is anything confidential for them."""
    is_aloud: bool = False
    """A whole group reads it: nothing confidential is there, but what belongs to the project that the group is for."""
    hall: int = NOWHERE
    """The project of the group in which it is said; its people are that project's, though it be confidential."""
    here: int = NOWHERE
    """The chat in which it is said, which is there for whoever speaks in it."""
    day: date = _LONG_AGO
    """Today, in UTC."""

    def narrowed(self, statement: Executable) -> tuple[Executable, dict[str, object]]:
        """Give the statement as it reads for this person, and what it binds beside its own values."""
        by_role = not self.sees_all
        way = _Way(by_role, self.is_above, self.hides and by_role, self.hides and self.is_aloud)
        narrow = _narrowed(statement, self.guards, way)
        if narrow is statement:
            return statement, {}
        values: dict[str, object] = {
            "viewer": self.person,
            "viewer_role": self.role,
            "viewer_loose_role": self.loose_role,
        }
        if self.hides:
            values |= {
                "viewer_hall": self.hall,
                "viewer_here": self.here,
                "viewer_yesterday": self.day - timedelta(days=1),
                "viewer_tomorrow": self.day + timedelta(days=1),
            }
        return narrow, values


def is_own(unit: Unit, record: Record, person: int) -> bool:
    """Tell whether an object is a person's own."""
    return unit.row(_own_row(type(record)), of_id=record.id, viewer=person) is not None


def is_seen(unit: Unit, sight: Sight, record: type[Record], id: int) -> bool:
    """Tell whether an object is there for other eyes than those with which the unit sees now."""
    statement, values = sight.narrowed(_row(record))
    return unit.connection.execute(statement, {**values, "of_id": id, "workspace": unit.workspace}).first() is not None


@functools.cache
def _row(record: type[Record]) -> Select[Any]:
    table = table_of(record)
    return select(table.c.id).where(table.c.workspace_id == WORKSPACE, table.c.id == bindparam("of_id"))


@functools.cache
def _own_row(record: type[Record]) -> Select[Any]:
    return _row(record).where(record.own_to(VIEWER))


@functools.lru_cache(maxsize=4096)
def _narrowed(statement: Executable, guards: tuple[Guard, ...], way: _Way) -> Executable:
    """Read from what is to be seen of each guarded table, wherever the statement names it."""
    swaps: dict[FromClause, FromClause] = {}
    for source in _sources(cast(Any, statement)):
        seen = _seen(source, guards, way)
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


def _seen(source: FromClause, guards: tuple[Guard, ...], way: _Way) -> FromClause | None:
    """Give what is to be seen of a table, under the name that the statement has for it; None for all of it."""
    table = getattr(source, "element", source)
    shown = _shown_in(table, guards, way)
    if shown is None:
        return None
    return select(table).where(table.c.workspace_id == WORKSPACE, shown).subquery(cast(Any, source).name)


def _shown_in(table: Any, guards: tuple[Guard, ...], way: _Way) -> ColumnElement[bool] | None:
    """Say which rows of a table are to be seen; None for all of them."""
    guard = next((each for each in guards if table_of(each.record) is table), None)
    if guard is not None:
        return _shown(guard, way)
    if getattr(table, "name", "") in _POLYMORPHIC:
        return _shown_with_what_it_names(table, guards, way) if way.hides or way.in_hall else None
    shown = _shown_with_its_object(table, guards, way)
    is_chat = shown is not None and table is CHAT
    return or_(shown, table.c.id == _HERE) if shown is not None and is_chat else shown


def _shown(guard: Guard, way: _Way) -> ColumnElement[bool]:
    """Say which objects of a kind are to be seen: by the role in the project of each, and by how close it is kept."""
    table = table_of(guard.record)
    role = _role(table, way)
    shown: list[ColumnElement[bool]] = []
    if way.by_role:
        own = and_(_is_one_of(role, guard.own), guard.record.own_to(VIEWER))
        shown.append(or_(_is_one_of(role, guard.whole), own))
    if way.hides:
        shown.append(_open_to_one(guard, role))
    if way.in_hall:
        shown.append(_open_to_all(table))
    return and_(true(), *shown)


def _role(table: Any, way: _Way) -> ColumnElement[str]:
    """Give the role that counts for an object: the one that its project gave, where it gave one."""
    if "project_id" not in table.c or way.is_above:
        return _ROLE
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
    loose: BindParameter[str] = bindparam("viewer_loose_role")
    return case((table.c.project_id.is_(None), loose), else_=func.coalesce(given, _ROLE))


def _open_to_one(guard: Guard, role: ColumnElement[str]) -> ColumnElement[bool]:
    """Say which objects one person may know of: with no part in them, only what is not confidential."""
    table = table_of(guard.record)
    if table is PROJECT:
        return or_(is_open(table.c), table.c.id.in_(_let_in), table.c.id == _HALL)
    without_a_part = [] if "project_id" not in table.c else [_of_open_project(table, table.c.project_id.in_(_let_in))]
    if "is_confidential" in table.c:
        is_trusted = _is_one_of(role, guard.trusted)
        pays = and_(table.c.amount_minor.is_not(None), _is_one_of(role, guard.paying)) if guard.paying else false()
        without_a_part.append(or_(is_open(table.c), is_trusted, pays))
    if not without_a_part:
        return true()
    return or_(and_(*without_a_part), guard.record.shared_with(VIEWER))


def _open_to_all(table: Any) -> ColumnElement[bool]:
    """Say which objects everybody in a group may know of."""
    if table is PROJECT:
        return or_(is_open(table.c), table.c.id == _HALL)
    shown = [_of_open_project(table, table.c.project_id == _HALL)] if "project_id" in table.c else []
    return and_(true(), *shown, *([is_open(table.c)] if "is_confidential" in table.c else []))


def _is_one_of(role: ColumnElement[str], names: frozenset[str]) -> ColumnElement[bool]:
    """Compare a role with some of ours, written out: a list that is bound would be compiled at each read."""
    return role.in_([literal_column(f"'{name}'") for name in sorted(names)]) if names else false()


def _of_open_project(table: Any, or_else: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say which objects belong to no confidential project, or to one that is open to whoever looks."""
    closed = select(PROJECT.c.id).where(PROJECT.c.workspace_id == WORKSPACE, is_confidential(PROJECT.c))
    return or_(table.c.project_id.is_(None), table.c.project_id.not_in(closed), or_else)


_let_in = select(PROJECT_ROLE.c.project_id).where(
    PROJECT_ROLE.c.workspace_id == WORKSPACE,
    PROJECT_ROLE.c.person_id == VIEWER,
    PROJECT_ROLE.c.role != "guest",
    PROJECT_ROLE.c.archived_at.is_(None),
)


def _shown_with_its_object(table: Any, guards: tuple[Guard, ...], way: _Way) -> ColumnElement[bool] | None:
    """Say which rows of a part, such as a comment, are to be seen: those of objects that are."""
    conditions = []
    for guard in guards:
        kind = table_of(guard.record)
        for key in getattr(table, "foreign_keys", ()):
            if key.column.table is kind:
                seen = _exists(kind, key.parent, _shown(guard, way))
                conditions.append(or_(key.parent.is_(None), seen))
    return and_(*conditions) if conditions else None


def _shown_with_what_it_names(table: Any, guards: tuple[Guard, ...], way: _Way) -> ColumnElement[bool]:
    """Say which rows are to be seen that name their object by its kind and id: those of objects and parts that are."""
    conditions = []
    for named in SQLModel.metadata.tables.values():
        is_mine = "workspace_id" in named.c and "id" in named.c and named.name not in _POLYMORPHIC
        shown = _shown_in(named, guards, way) if is_mine else None
        if shown is not None:
            conditions.append(or_(table.c.kind != named.name, _exists(named, table.c.object_id, shown)))
    return and_(true(), *conditions)


def _exists(table: Any, id: Any, shown: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tell whether a row is there to be seen: looked up by its id, never listed."""
    return exists(select(table.c.id).where(table.c.id == id, table.c.workspace_id == WORKSPACE, shown))
