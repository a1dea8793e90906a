"""What digests ask about a project: what changed since an instant, how it stood then, how it went from day to day.

Nothing is kept for them. How a project stood follows from its tasks and, where a task was changed since, from the
trail; a task that was put away counts neither now nor then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, case, func, select

from storage.audit import AUDIT
from storage.columns import WORKSPACE
from storage.tasks import TASK
from storage.unit import Unit

POINTS: Final = 15
"""Days of a trend: two weeks and the day before them."""
Rhythm = Literal["daily", "weekly"]


@dataclass(frozen=True, slots=True)
class Edition:
    """Say which digest it is: of which project, since when, and how far it looks ahead."""

    project: int
    rhythm: Rhythm
    since: datetime
    """When the last one came; aware."""
    until: datetime
    """When the next one comes; aware."""


class Changes(NamedTuple):
    """Count what became of the tasks of a project since an instant."""

    finished: int
    added: int


class Finished(NamedTuple):
    """A task that was finished, as a digest shows it."""

    number: int
    title: str


_since: BindParameter[datetime] = bindparam("since")
_here = (TASK.c.workspace_id == WORKSPACE, TASK.c.project_id == bindparam("project"), TASK.c.archived_at.is_(None))
_open = (*_here, TASK.c.is_open.is_(True))
_closed = (*_here, TASK.c.closed_at > _since, TASK.c.is_open.is_(False))
_CHANGES = (
    select(func.count().label("finished")).where(*_closed, TASK.c.status == "done"),
    select(func.count().label("added")).where(*_closed, TASK.c.created_at > _since),
    select(func.count().label("added")).where(*_open, TASK.c.created_at > _since),
)
_FINISHED = (
    select(TASK.c.number, TASK.c.title)
    .where(*_closed, TASK.c.status == "done")
    .order_by(TASK.c.closed_at.desc(), TASK.c.id.desc())
    .limit(bindparam("most"))
)
_LATE_AS_BEFORE = select(func.count()).where(*_open, TASK.c.due_by < _since, TASK.c.updated_at <= _since)


def _touched(which: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Build what gives tasks that were changed since an instant, with what each change took away.

    An outer join and in no order: else SQLite would read the whole trail instead of beginning with the tasks.
    """
    changed = and_(
        AUDIT.c.workspace_id == TASK.c.workspace_id,
        AUDIT.c.kind == "task",
        AUDIT.c.object_id == TASK.c.id,
        AUDIT.c.at > _since,
        AUDIT.c.action != "add",
    )
    return (
        select(AUDIT.c.id, TASK.c.id, TASK.c.is_open, TASK.c.due_by, AUDIT.c.before)
        .outerjoin(AUDIT, changed)
        .where(*which, TASK.c.updated_at > _since, TASK.c.created_at <= _since)
    )


_TOUCHED = (_touched(_open), _touched(_closed))
_days: tuple[BindParameter[datetime], ...] = tuple(bindparam(f"day_{number}") for number in range(POINTS))
_OPEN_BY_DAY = select(*(func.count(case((TASK.c.created_at <= day, 1))) for day in _days)).where(*_open)
_CLOSED_BY_DAY = select(
    *(func.count(case((and_(TASK.c.created_at <= day, TASK.c.closed_at > day), 1))) for day in _days)
).where(*_closed)


def changes_since(unit: Unit, project: int, since: datetime) -> Changes:
    """Count what was finished and what was added since an instant."""
    finished, *added = (unit.rows(each, project=project, since=since)[0][0] for each in _CHANGES)
    return Changes(finished, sum(added))


def finished_since(unit: Unit, project: int, since: datetime, *, most: int) -> list[Finished]:
    """List what was finished since an instant, the newest first."""
    return [Finished(*row) for row in unit.rows(_FINISHED, project=project, since=since, most=most)]


def overdue_at(unit: Unit, project: int, at: datetime) -> int:
    """Count the tasks that were overdue at a past instant, by the dates of then."""
    row = unit.row(_LATE_AS_BEFORE, project=project, since=at)
    count = 0 if row is None else int(row[0])
    for statement in _TOUCHED:
        then: dict[int, tuple[bool, datetime | None]] = {}
        changes = sorted((tuple(row) for row in unit.rows(statement, project=project, since=at)), key=_newest_first)
        for _, id, is_open, due_by, before in changes:
            was_open, was_due = then.get(id, (is_open, due_by))
            was = {"is_open": was_open, "due_by": was_due, **(before or {})}
            then[id] = (was["is_open"], _instant(was["due_by"]))
        count += sum(is_open and due is not None and due < at for is_open, due in then.values())
    return count


def open_by_day(unit: Unit, project: int, days: Sequence[datetime]) -> list[int]:
    """Count the tasks that were open at each of POINTS instants, the earliest first."""
    values = {f"day_{number}": day for number, day in enumerate(days)}
    still = unit.rows(_OPEN_BY_DAY, project=project, **values)[0]
    since = unit.rows(_CLOSED_BY_DAY, project=project, since=days[0], **values)[0]
    return [a + b for a, b in zip(still, since, strict=True)]


def _newest_first(change: tuple[Any, ...]) -> int:
    return -int(change[0] or 0)


def _instant(value: str | datetime | None) -> datetime | None:
    """Read an instant as a row or the trail holds it."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)
