"""What must be finished before what, and who was nudged about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, bindparam, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.people import PERSON
from storage.tasks import LISTED, TASK, Listed
from storage.unit import Unit


class Dependency(Record, table=True):
    """One task that begins when another is finished."""

    __table_args__ = (
        Index("ix_dependency_task", "workspace_id", "task_id"),
        Index("ix_dependency_after", "workspace_id", "after_id"),
    )
    task_id: int = Field(foreign_key="task.id")
    """What waits."""
    after_id: int = Field(foreign_key="task.id")
    """What it waits for."""
    waived_at: datetime | None = None
    """When somebody went on all the same; it then holds nothing back."""
    waived_by: int | None = Field(default=None, foreign_key="person.id")


class Nudge(Record, table=True):
    """Somebody asked the owner of a task to get on with it."""

    __table_args__ = (Index("ix_nudge_task", "workspace_id", "task_id"),)
    task_id: int = Field(foreign_key="task.id")
    by_id: int | None = Field(default=None, foreign_key="person.id")


@dataclass(frozen=True, slots=True)
class Linked:
    """A task at the other end of a dependency."""

    link: int
    """The id of the dependency."""
    waived_by: int | None
    is_waived: bool
    task: Listed

    @property
    def holds(self) -> bool:
        """Say whether what comes after must still wait."""
        return self.task.is_open and not self.is_waived


DEPENDENCY = table_of(Dependency)
NUDGE = table_of(Nudge)
_mine = DEPENDENCY.c.workspace_id == WORKSPACE
_alive = DEPENDENCY.c.archived_at.is_(None)
_LINKED = (
    select(DEPENDENCY.c.id.label("link"), DEPENDENCY.c.waived_at, DEPENDENCY.c.waived_by, *LISTED)
    .where(_mine, _alive, TASK.c.archived_at.is_(None))
    .order_by(TASK.c.number)
)
_BEFORE = (
    _LINKED.select_from(DEPENDENCY)
    .join(TASK, TASK.c.id == DEPENDENCY.c.after_id)
    .outerjoin(PERSON, PERSON.c.id == TASK.c.owner_id)
    .where(DEPENDENCY.c.task_id == bindparam("task"))
)
_BEHIND = (
    _LINKED.select_from(DEPENDENCY)
    .join(TASK, TASK.c.id == DEPENDENCY.c.task_id)
    .outerjoin(PERSON, PERSON.c.id == TASK.c.owner_id)
    .where(DEPENDENCY.c.after_id == bindparam("task"))
)
_BETWEEN = select(DEPENDENCY).where(
    _mine, _alive, DEPENDENCY.c.task_id == bindparam("task"), DEPENDENCY.c.after_id == bindparam("after")
)
_AFTER = select(DEPENDENCY.c.after_id).where(_mine, _alive, DEPENDENCY.c.task_id == bindparam("task"))
_NEWEST_NUDGE = (
    select(NUDGE)
    .where(NUDGE.c.workspace_id == WORKSPACE, NUDGE.c.task_id == bindparam("task"), NUDGE.c.archived_at.is_(None))
    .order_by(NUDGE.c.id.desc())
    .limit(1)
)


def linked_before(unit: Unit, task: int) -> list[Linked]:
    """List what a task comes after, finished ones too."""
    return _linked(unit.rows(_BEFORE, task=task))


def linked_behind(unit: Unit, task: int) -> list[Linked]:
    """List what comes after a task."""
    return _linked(unit.rows(_BEHIND, task=task))


def dependency(unit: Unit, *, task: int, after: int) -> Dependency | None:
    """Find the dependency of one task on another."""
    return unit.record(Dependency, _BETWEEN, task=task, after=after)


def chain(unit: Unit, start: int, stop: int) -> list[int]:
    """Give the shortest way from a task back over what it comes after, to another one.

    Both ends are in it; empty where there is no way.
    """
    ways, seen = [[start]], {start}
    for way in ways:  # the list grows while it is read
        if way[-1] == stop:
            return way
        for (each,) in unit.rows(_AFTER, task=way[-1]):
            if each not in seen:
                seen.add(each)
                ways.append([*way, each])
    return []


def newest_nudge(unit: Unit, task: int) -> Nudge | None:
    """Find when the owner of a task was last nudged, and by whom."""
    return unit.record(Nudge, _NEWEST_NUDGE, task=task)


def _linked(rows: Iterable[object]) -> list[Linked]:
    found = []
    for row in rows:
        values = dict(row._mapping)  # type: ignore[attr-defined] # a row of any columns
        link, waived_at, waived_by = (values.pop(name) for name in ("link", "waived_at", "waived_by"))
        found.append(Linked(link, waived_by, waived_at is not None, Listed(**values)))
    return found
