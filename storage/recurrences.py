"""Series: tasks that come again. A series holds the rule; its tasks point to it, and at most one is open."""

from sqlalchemy import bindparam, exists, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.tasks import TASK, Task
from storage.unit import Unit


class Series(Record, table=True):
    """What comes again and again; archived when it was stopped."""

    rule: str
    """As `Recurrence.canonical` writes it."""
    creator_id: int | None = Field(default=None, foreign_key="person.id")


SERIES = table_of(Series)
_of_series = (TASK.c.workspace_id == WORKSPACE, TASK.c.series_id == bindparam("series"), TASK.c.archived_at.is_(None))
_OPEN = select(TASK).where(*_of_series, TASK.c.is_open.is_(True))
_running = (SERIES.c.workspace_id == WORKSPACE, SERIES.c.archived_at.is_(None))
_PRESENT = (
    select(TASK)
    .join(SERIES, SERIES.c.id == TASK.c.series_id)
    .where(*_running, TASK.c.workspace_id == WORKSPACE, TASK.c.is_open.is_(True), TASK.c.archived_at.is_(None))
    .order_by(TASK.c.due_by.is_(None), TASK.c.due_by, TASK.c.id)
    .limit(bindparam("most"))
)
_other = TASK.alias()
_LEFT = select(TASK).where(
    TASK.c.workspace_id == WORKSPACE,
    TASK.c.series_id.in_(select(SERIES.c.id).where(*_running)),
    ~exists().where(
        _other.c.workspace_id == WORKSPACE,
        _other.c.series_id == TASK.c.series_id,
        (_other.c.id > TASK.c.id) | (_other.c.is_open.is_(True) & _other.c.archived_at.is_(None)),
    ),
)


def open_of(unit: Unit, series: int) -> Task | None:
    """Find the task of a series that is open."""
    return unit.record(Task, _OPEN, series=series)


def present_tasks(unit: Unit, *, most: int) -> list[Task]:
    """List the open tasks of all series that run, by due time."""
    return unit.records(Task, _PRESENT, most=most)


def tasks_left(unit: Unit) -> list[Task]:
    """List the last task of each series that runs and has none open: it was put away, or closed unnoticed."""
    return unit.records(Task, _LEFT)
