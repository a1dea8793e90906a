"""Lists of tasks by any filters together, in pages.

One statement is built for each set of filters that is asked for, once; each is narrowed by an
index: of a person's or a project's tasks by due time, of defects by severity, of terms by task.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, select

from storage.columns import WORKSPACE
from storage.people import PERSON
from storage.tasks import LISTED, TASK, Listed
from storage.terms import TERM, label_term
from storage.unit import Unit

COUNTED: Final = 1_000
"""More than this is not counted."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Say which tasks a list holds; what is None or empty does not narrow it."""

    owner: int | None = None
    project: int | None = None
    is_open: bool | None = True
    """None for both."""
    is_late: bool = False
    """True for those whose due time has passed."""
    span: tuple[datetime, datetime] | None = None
    """Due from the first of two aware instants, and before the second."""
    status: str | None = None
    priority: int | None = None
    kind: str | None = None
    labels: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    """Of a searched text: see terms.py."""

    @property
    def values(self) -> dict[str, object]:
        """Give the values to bind."""
        some: Mapping[str, object] = {
            "owner": self.owner,
            "project": self.project,
            "is_open": self.is_open,
            "status": self.status,
            "priority": self.priority,
            "kind": self.kind,
        }
        bound = {name: value for name, value in some.items() if value is not None}
        bound |= {"since": self.span[0], "until": self.span[1]} if self.span else {}
        terms = (*(label_term(each) for each in self.labels), *self.terms)
        return bound | {f"term_{number}": term for number, term in enumerate(terms)}


def list_filtered(unit: Unit, wanted: Filter, *, most: int, skip: int = 0) -> list[Listed]:
    """List a page: open tasks by due time, defects by severity, closed ones newest first."""
    values = _values(unit, wanted)
    rows = unit.rows(_page(frozenset(values), is_open=wanted.is_open is True), **values, most=most, skip=skip)
    return [Listed(**dict(row._mapping)) for row in rows]


def count_filtered(unit: Unit, wanted: Filter) -> int:
    """Count what a list without pages would hold, to COUNTED at most."""
    values = _values(unit, wanted)
    row = unit.row(_total(frozenset(values)), **values)
    return 0 if row is None else int(row[0])


def _values(unit: Unit, wanted: Filter) -> dict[str, object]:
    return wanted.values | ({"now": unit.now} if wanted.is_late else {})


_COLUMNS: Final[Mapping[str, ColumnElement[bool]]] = {
    "owner": TASK.c.owner_id == bindparam("owner"),
    "project": TASK.c.project_id == bindparam("project"),
    "is_open": TASK.c.is_open == bindparam("is_open"),
    "status": TASK.c.status == bindparam("status"),
    "priority": TASK.c.priority == bindparam("priority"),
    "now": TASK.c.due_by < bindparam("now"),
    "since": TASK.c.due_by > bindparam("since"),
    "until": TASK.c.due_by <= bindparam("until"),
}


def _conditions(shape: frozenset[str]) -> list[ColumnElement[bool]]:
    found = [TASK.c.workspace_id == WORKSPACE, TASK.c.archived_at.is_(None)]
    found += [condition for name, condition in _COLUMNS.items() if name in shape]
    if "kind" in shape:
        found += [TASK.c.kind == bindparam("kind"), TASK.c.severity.is_not(None)]
    return found + [_has(name) for name in sorted(shape) if name.startswith("term_")]


def _has(name: str) -> ColumnElement[bool]:
    return exists().where(
        TERM.c.workspace_id == WORKSPACE,
        TERM.c.term == bindparam(name),
        TERM.c.kind == "task",
        TERM.c.object_id == TASK.c.id,
    )


@functools.lru_cache(maxsize=512)
def _page(shape: frozenset[str], *, is_open: bool) -> Select[Any]:
    if "kind" in shape:
        order: tuple[ColumnElement[Any], ...] = (TASK.c.severity, TASK.c.due_by.is_(None), TASK.c.due_by, TASK.c.id)
    elif shape & {"now", "since"}:  # all of them have a date, and the index gives them in this order: nothing is sorted
        order = (TASK.c.due_by, TASK.c.id)
    elif is_open:
        order = (TASK.c.due_by.is_(None), TASK.c.due_by, TASK.c.id)
    else:
        order = (TASK.c.is_open.desc(), TASK.c.closed_at.desc(), TASK.c.id.desc())
    return (
        select(*LISTED)
        .outerjoin(PERSON, PERSON.c.id == TASK.c.owner_id)
        .where(*_conditions(shape))
        .order_by(*order)
        .limit(bindparam("most"))
        .offset(bindparam("skip"))
    )


@functools.lru_cache(maxsize=512)
def _total(shape: frozenset[str]) -> Select[Any]:
    some = select(TASK.c.id).where(*_conditions(shape)).limit(COUNTED).subquery("counted")
    return select(func.count()).select_from(some)
