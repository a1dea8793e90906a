"""What people must be reminded of: asked by state, for many people in one query, and what was put off or told on.

Nothing here remembers a reminder. What is late, due or awaited follows from the tasks and the day, so that a sweep
may be repeated or left out; only a reminder that somebody put off, and a lead who was told, are rows.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Index, UniqueConstraint, and_, bindparam, case, func, or_, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.people import PERSON, Person
from storage.settings import PREFERENCE
from storage.tasks import TASK, Task
from storage.unit import Unit

USUAL_MINUTES: Final = 9 * 60 + 30
"""When people are reminded who chose no hour, after local midnight."""
LONG_MINUTES: Final = 5 * 8 * 60
"""A task that takes five days or longer is announced early."""


class Snooze(Record, table=True):
    """A reminder that somebody put off; the task stays as it is. Archived when it came."""

    __table_args__ = (Index("ix_snooze_person", "workspace_id", "person_id", "archived_at"),)
    person_id: int = Field(foreign_key="person.id")
    task_id: int = Field(foreign_key="task.id", index=True)
    until: datetime


class Escalation(Record, table=True):
    """A lead was told that a task is long overdue: once for each date that it had."""

    __table_args__ = (UniqueConstraint("workspace_id", "task_id", "due_by"),)
    task_id: int = Field(foreign_key="task.id")
    due_by: datetime
    person_id: int = Field(foreign_key="person.id")
    """Who was told."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Hold the instants that make a task late, due today or due soon."""

    oldest: datetime
    """What was due up to here is not repeated any more."""
    now: datetime
    today: datetime
    """The end of this day; so are the others ends of days."""
    soon: datetime
    """Of the next working day."""
    before_third: datetime
    third: datetime
    """Of the third working day, on which only long tasks are announced."""
    begun: datetime
    """A task made up to here is long, too."""


SNOOZE = table_of(Snooze)
ESCALATION = table_of(Escalation)
_hour = func.coalesce(PREFERENCE.c.remind_at, USUAL_MINUTES)
_zone = func.coalesce(PERSON.c.timezone, bindparam("usual"))
_with_hours = PERSON.outerjoin(
    PREFERENCE,
    and_(
        PREFERENCE.c.workspace_id == WORKSPACE,
        PREFERENCE.c.person_id == PERSON.c.id,
        PREFERENCE.c.archived_at.is_(None),
    ),
)
_present = (PERSON.c.workspace_id == WORKSPACE, PERSON.c.archived_at.is_(None))
_HOURS = select(_zone, _hour).select_from(_with_hours).where(*_present).distinct()
_PEOPLE = (
    select(PERSON)
    .select_from(_with_hours)
    .where(*_present, _zone == bindparam("of_zone"), _hour == bindparam("of_hour"), PERSON.c.id > bindparam("after"))
    .order_by(PERSON.c.id)
    .limit(bindparam("most"))
)
_theirs = and_(
    TASK.c.workspace_id == WORKSPACE,
    TASK.c.owner_id.in_(bindparam("people", expanding=True)),
    TASK.c.is_open.is_(True),
    TASK.c.archived_at.is_(None),
)
_ranked = (
    select(
        TASK,
        func.row_number()
        .over(
            partition_by=(
                TASK.c.owner_id,
                case(
                    (TASK.c.due_by <= bindparam("now"), 0),
                    (TASK.c.due_by <= bindparam("today"), 1),
                    else_=2,
                ),
            ),
            order_by=(TASK.c.due_by, TASK.c.id),
        )
        .label("place"),
    )
    .where(
        _theirs,
        TASK.c.status != "waiting",
        TASK.c.due_by > bindparam("oldest"),
        TASK.c.due_by <= bindparam("third"),
        or_(
            TASK.c.due_by <= bindparam("soon"),
            and_(
                TASK.c.due_by > bindparam("before_third"),
                or_(TASK.c.estimate_minutes >= LONG_MINUTES, TASK.c.created_at <= bindparam("begun")),
            ),
        ),
    )
    .subquery("ranked")
)
_OWED = (
    select(*(_ranked.c[column.name] for column in TASK.c))
    .where(_ranked.c.place <= bindparam("most"))
    .order_by(_ranked.c.owner_id, _ranked.c.due_by, _ranked.c.id)
)
_EXPIRED = (
    select(TASK)
    .where(
        _theirs,
        TASK.c.status == "waiting",
        TASK.c.waits_until > bindparam("oldest"),
        TASK.c.waits_until <= bindparam("now"),
    )
    .order_by(TASK.c.waits_until, TASK.c.id)
)
_RED = (
    select(TASK)
    .outerjoin(
        ESCALATION,
        and_(
            ESCALATION.c.workspace_id == WORKSPACE,
            ESCALATION.c.task_id == TASK.c.id,
            ESCALATION.c.due_by == TASK.c.due_by,
        ),
    )
    .where(
        _theirs,
        TASK.c.status != "waiting",
        TASK.c.due_by > bindparam("oldest"),
        TASK.c.due_by <= bindparam("before"),
        ESCALATION.c.id.is_(None),
    )
    .order_by(TASK.c.due_by, TASK.c.id)
)
_SNOOZES = (
    select(SNOOZE)
    .where(
        SNOOZE.c.workspace_id == WORKSPACE,
        SNOOZE.c.person_id.in_(bindparam("people", expanding=True)),
        SNOOZE.c.archived_at.is_(None),
    )
    .order_by(SNOOZE.c.until, SNOOZE.c.id)
)


def hours_in_use(unit: Unit, *, usual: str) -> set[tuple[str, int]]:
    """List the zones and hours, in minutes after midnight, at which anybody is reminded."""
    return {(zone, hour) for zone, hour in unit.rows(_HOURS, usual=usual)}


def people_at(unit: Unit, *, zone: str, usual: str, hour: int, after: int, most: int) -> list[Person]:
    """List who is reminded at an hour in a zone, by id, from after one on."""
    return unit.records(Person, _PEOPLE, of_zone=zone, usual=usual, of_hour=hour, after=after, most=most)


def owed_by(unit: Unit, people: Collection[int], bounds: Bounds, *, most: int) -> list[Task]:
    """List what people are reminded of: of each, `most` late, due today and due soon."""
    instants = {name: getattr(bounds, name) for name in Bounds.__dataclass_fields__}
    return unit.records(Task, _OWED, people=list(people), most=most, **instants)


def expired_waits(unit: Unit, people: Collection[int], *, oldest: datetime) -> list[Task]:
    """List the tasks whose wait for somebody outside has come to its end."""
    return unit.records(Task, _EXPIRED, people=list(people), oldest=oldest, now=unit.now)


def red_tasks(unit: Unit, people: Collection[int], *, oldest: datetime, before: datetime) -> list[Task]:
    """List what was due before an instant, and of which no lead was told yet."""
    return unit.records(Task, _RED, people=list(people), oldest=oldest, before=before)


def snoozes_of(unit: Unit, people: Collection[int]) -> list[Snooze]:
    """List the reminders that people put off, the earliest first."""
    return unit.records(Snooze, _SNOOZES, people=list(people))
