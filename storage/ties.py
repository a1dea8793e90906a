"""What hangs on a task, counted in one read, so that its card asks only for what there is."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ScalarSelect, Table, bindparam, func, select

from storage.columns import WORKSPACE
from storage.dependencies import DEPENDENCY
from storage.participants import PARTICIPANT
from storage.tasks import COMMENT, TASK
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Ties:
    """Count what hangs on a task."""

    comments: int = 0
    children: int = 0
    closed_children: int = 0
    before: int = 0
    """Dependencies on others."""
    people: int = 0
    """Collaborators and followers."""


def _count(table: Table, column: Any, *more: Any) -> ScalarSelect[Any]:
    return (
        select(func.count(table.c.id))
        .where(table.c.workspace_id == WORKSPACE, column == bindparam("task"), table.c.archived_at.is_(None), *more)
        .scalar_subquery()
    )


_TIES = select(
    _count(COMMENT, COMMENT.c.task_id).label("comments"),
    _count(TASK, TASK.c.parent_id).label("children"),
    _count(TASK, TASK.c.parent_id, TASK.c.is_open.is_(False)).label("closed_children"),
    _count(DEPENDENCY, DEPENDENCY.c.task_id).label("before"),
    _count(PARTICIPANT, PARTICIPANT.c.task_id).label("people"),
)


def ties_of(unit: Unit, task: int) -> Ties:
    """Count what hangs on a task."""
    row = unit.row(_TIES, task=task)
    return Ties() if row is None else Ties(**dict(row._mapping))
