"""How a project went over a span: what was finished and when, what was late, and where the time went.

The instants are aware; a span holds its first and not its last.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, and_, bindparam, case, func, or_, select

from storage.audit import AUDIT
from storage.columns import WORKSPACE
from storage.tasks import TASK
from storage.unit import Unit


class Done(NamedTuple):
    """A task that was finished in the span."""

    created_at: datetime
    started_at: datetime | None
    closed_at: datetime
    due_by: datetime | None

    @property
    def cycle(self) -> timedelta:
        """The time from its start, or from its creation where nobody started it, to its end."""
        return max(self.closed_at - (self.started_at or self.created_at), timedelta(0))

    @property
    def is_late(self) -> bool:
        """Tell whether it was finished after it was due."""
        return self.due_by is not None and self.closed_at > self.due_by


class Share(NamedTuple):
    """So many of so many."""

    some: int
    of: int


_here = (TASK.c.workspace_id == WORKSPACE, TASK.c.project_id == bindparam("project"), TASK.c.archived_at.is_(None))
_since: BindParameter[datetime] = bindparam("since")
_until: BindParameter[datetime] = bindparam("until")
_done = (*_here, TASK.c.closed_at >= _since, TASK.c.closed_at < _until, TASK.c.status == "done")
_DONE = select(TASK.c.created_at, TASK.c.started_at, TASK.c.closed_at, TASK.c.due_by).where(*_done)
_was_late = or_(
    and_(TASK.c.is_open.is_(True), TASK.c.due_by < bindparam("now")),
    and_(TASK.c.is_open.is_(False), TASK.c.closed_at > TASK.c.due_by),
)
_DUE = select(func.count(case((_was_late, 1))), func.count()).where(
    *_here,
    TASK.c.is_open.in_((True, False)),
    TASK.c.due_by >= _since,
    TASK.c.due_by < _until,
    TASK.c.status != "cancelled",
)
_TRAIL = (
    select(AUDIT.c.id, TASK.c.id, TASK.c.created_at, TASK.c.closed_at, AUDIT.c.at, AUDIT.c.after)
    .outerjoin(
        AUDIT,
        and_(AUDIT.c.workspace_id == TASK.c.workspace_id, AUDIT.c.kind == "task", AUDIT.c.object_id == TASK.c.id),
    )
    .where(*_done)
)
_DEFECTS = (
    select(TASK.c.severity, func.count())
    .where(
        *_here,
        TASK.c.is_open.in_((True, False)),
        TASK.c.severity.is_not(None),
        TASK.c.found_at >= _since,
        TASK.c.found_at < _until,
    )
    .group_by(TASK.c.severity)
)


def finished_in(unit: Unit, project: int, since: datetime, until: datetime) -> list[Done]:
    """List what was finished in a span."""
    rows = unit.rows(_DONE, project=project, since=since, until=until)
    return [
        Done(_aware(made), begun and _aware(begun), _aware(closed), due and _aware(due))
        for made, begun, closed, due in rows
    ]


def overdue_in(unit: Unit, project: int, since: datetime, until: datetime) -> Share:
    """Count what was due in a span, and how much of it was late; cancelled tasks aside."""
    row = unit.row(_DUE, project=project, since=since, until=until, now=unit.now)
    return Share(0, 0) if row is None else Share(*row)


def time_in_stages(unit: Unit, project: int, since: datetime, until: datetime) -> dict[str, timedelta]:
    """Add up how long what was finished in a span was in each status, by the trail."""
    spent: dict[str, timedelta] = {}
    at_work: tuple[int, str, datetime] | None = None
    trail = unit.rows(_TRAIL, project=project, since=since, until=until)
    for _, id, created_at, closed_at, at, after in sorted((tuple(row) for row in trail), key=_by_task):
        if at_work is None or at_work[0] != id:
            at_work = (id, "todo", _aware(created_at))
        status = (after or {}).get("status")
        if status is None:
            continue
        _, before, began = at_work
        ended = min(_aware(at), _aware(closed_at))
        if before not in ("done", "cancelled"):
            spent[before] = spent.get(before, timedelta(0)) + max(ended - began, timedelta(0))
        at_work = (id, status, _aware(at))
    return {status: time for status, time in spent.items() if time}


def defects_found(unit: Unit, project: int, since: datetime, until: datetime) -> dict[int, int]:
    """Count the defects that were found in a span, by severity."""
    rows = unit.rows(_DEFECTS, project=project, since=since, until=until)
    return {severity: count for severity, count in sorted(tuple(row) for row in rows)}


def _by_task(trace: tuple[Any, ...]) -> tuple[int, int]:
    """Order the trail by task and time; here, since else SQLite would read it whole."""
    return trace[1], trace[0] or 0


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
