"""Series: tasks that come again. A series holds the rule; its tasks point to it, and at most one is open."""

from sqlalchemy import Index, bindparam, exists, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.tasks import TASK, Task
from storage.unit import Unit


class Series(Record, table=True):
    """What comes again and again; archived when it was stopped."""

    __table_args__ = (Index("ix_series_running", "workspace_id", "archived_at"),)
    rule: str
    """As `Recurrence.canonical` writes it."""
    creator_id: int | None = Field(default=None, foreign_key="person.id")


SERIES = table_of(Series)
_of_series = (TASK.c.workspace_id == WORKSPACE, TASK.c.series_id == bindparam("series"), TASK.c.archived_at.is_(None))
_OPEN = select(TASK).where(*_of_series, TASK.c.is_open.is_(True), TASK.c.id != bindparam("besides"))
_running = (SERIES.c.workspace_id == WORKSPACE, SERIES.c.archived_at.is_(None))
_PRESENT = (
    select(TASK)
    .join(SERIES, SERIES.c.id == TASK.c.series_id)
    .where(
        *_running,
        TASK.c.workspace_id == WORKSPACE,
        TASK.c.series_id.is_not(None),
        TASK.c.is_open.is_(True),
        TASK.c.archived_at.is_(None),
    )
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


def open_of(unit: Unit, series: int, *, besides: int) -> Task | None:
    """Find a task of a series that is open, besides the one with this id."""
    return unit.record(Task, _OPEN, series=series, besides=besides)


def present_tasks(unit: Unit, *, most: int) -> list[Task]:
    """List the open tasks of all series that run, by due time."""
    return unit.records(Task, _PRESENT, most=most)


def tasks_left(unit: Unit) -> list[Task]:
    """List the last task of each running series that has none open."""
    return unit.records(Task, _LEFT)
