"""Stand-ups: one row for each that is held, and what each person told there.

When they come is in their schedule (storage/schedules.py); its options say who takes part. A row may be there
before its window opens, because somebody prepared what they will tell.
"""

from datetime import date, datetime
from typing import Any, Final, Literal, Self

from sqlalchemy import JSON, Index, UniqueConstraint, bindparam, select
from sqlmodel import Field

from storage.chats import CHAT
from storage.columns import WORKSPACE, AnyRow, Record, is_open, personal, table_of
from storage.people import Person
from storage.roles import roles_in
from storage.tasks import TASK, Task
from storage.unit import Unit

State = Literal["drafted", "asked", "told", "skipped", "resting"]
MOST: Final = 12
"""Tasks that are written into a card for somebody, of each sort."""


class Standup(Record, table=True):
    """One stand-up of one day."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        UniqueConstraint("workspace_id", "schedule_id", "day"),
    )
    number: int
    """What people write as U-4."""
    schedule_id: int = Field(foreign_key="schedule.id")
    chat_id: int = Field(foreign_key="chat.id")
    project_id: int | None = Field(default=None, foreign_key="project.id")
    day: date
    """The day on the wall of each who takes part."""
    opened_at: datetime | None = None
    """When the first were asked; None while it is only prepared."""
    closed_at: datetime | None = None
    """When the summary was posted; what is told later is written into it."""


class Checkin(Record, table=True):
    """What one person tells in one stand-up."""

    __once__ = ("standup_id",)
    __personal__ = personal(done=[], plan=[], blockers=[], tasks={})
    __table_args__ = (
        UniqueConstraint("workspace_id", "standup_id", "person_id"),
        Index("ix_checkin_person", "workspace_id", "person_id", "standup_id"),
    )
    standup_id: int = Field(foreign_key="standup.id")
    person_id: int = Field(foreign_key="person.id")
    state: str
    """One of State."""
    done: list[str] = Field(default_factory=list, sa_type=JSON)
    plan: list[str] = Field(default_factory=list, sa_type=JSON)
    blockers: list[str] = Field(default_factory=list, sa_type=JSON)
    tasks: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    """Blocker -> the number of the task that it became."""
    asked_at: datetime | None = None
    nudged_at: datetime | None = None
    told_at: datetime | None = None
    is_reported: bool = False
    """True when a lead was told of this and the time before being missed."""

    def joined(self, other: Self, /) -> dict[str, object]:
        """Tell what was told, by whichever of the two."""
        told = ("state", "done", "plan", "blockers", "tasks", "told_at")
        return {} if self.told_at or not other.told_at else {name: getattr(other, name) for name in told}


STANDUP = table_of(Standup)
CHECKIN = table_of(Checkin)
_BY_NUMBER = select(STANDUP).where(STANDUP.c.workspace_id == WORKSPACE, STANDUP.c.number == bindparam("of_number"))
_ON = select(STANDUP).where(
    STANDUP.c.workspace_id == WORKSPACE,
    STANDUP.c.schedule_id == bindparam("schedule"),
    STANDUP.c.day == bindparam("on"),
)
_BEFORE = (
    select(STANDUP)
    .where(
        STANDUP.c.workspace_id == WORKSPACE,
        STANDUP.c.schedule_id == bindparam("schedule"),
        STANDUP.c.day < bindparam("before"),
        STANDUP.c.opened_at.is_not(None),
    )
    .order_by(STANDUP.c.day.desc())
    .limit(bindparam("most"))
)
_CHECKINS = (
    select(CHECKIN)
    .where(
        CHECKIN.c.workspace_id == WORKSPACE,
        CHECKIN.c.standup_id == bindparam("standup"),
        CHECKIN.c.archived_at.is_(None),
    )
    .order_by(CHECKIN.c.told_at.is_(None), CHECKIN.c.told_at, CHECKIN.c.id)
)
_CHECKIN = select(CHECKIN).where(
    CHECKIN.c.workspace_id == WORKSPACE,
    CHECKIN.c.standup_id == bindparam("standup"),
    CHECKIN.c.person_id == bindparam("person"),
)
_ASKED = (
    select(STANDUP, CHAT.c.title)
    .join(CHECKIN, CHECKIN.c.standup_id == STANDUP.c.id)
    .join(CHAT, CHAT.c.id == STANDUP.c.chat_id)
    .where(
        CHECKIN.c.workspace_id == WORKSPACE,
        CHECKIN.c.person_id == bindparam("person"),
        CHECKIN.c.state == "asked",
        CHECKIN.c.asked_at > bindparam("since"),
    )
    .order_by(STANDUP.c.id.desc())
)
_mine = (
    TASK.c.workspace_id == WORKSPACE,
    TASK.c.owner_id == bindparam("person"),
    TASK.c.project_id == bindparam("project"),
    TASK.c.archived_at.is_(None),
    is_open(TASK.c),  # what is told there, a whole group reads
)
_FINISHED = (
    select(TASK)
    .where(*_mine, TASK.c.is_open.is_(False), TASK.c.status == "done", TASK.c.closed_at >= bindparam("since"))
    .order_by(TASK.c.closed_at, TASK.c.id)
    .limit(MOST)
)
_AT_HAND = (
    select(TASK)
    .where(
        *_mine,
        TASK.c.is_open.is_(True),
        (TASK.c.status == "doing") | ((TASK.c.status == "todo") & (TASK.c.due_by <= bindparam("until"))),
    )
    .order_by(TASK.c.due_by.is_(None), TASK.c.due_by, TASK.c.id)
    .limit(MOST)
)
_BLOCKED = (
    select(TASK)
    .where(*_mine, TASK.c.is_open.is_(True), TASK.c.status == "blocked")
    .order_by(TASK.c.due_by.is_(None), TASK.c.due_by, TASK.c.id)
    .limit(MOST)
)
_OWNERS = (
    select(TASK.c.owner_id)
    .where(
        TASK.c.workspace_id == WORKSPACE,
        TASK.c.project_id == bindparam("project"),
        TASK.c.is_open.is_(True),
        TASK.c.archived_at.is_(None),
        TASK.c.owner_id.is_not(None),
    )
    .distinct()
)


def standup_numbered(unit: Unit, number: int) -> Standup | None:
    """Find a stand-up by the number of its ref."""
    return unit.record(Standup, _BY_NUMBER, of_number=number)


def standup_on(unit: Unit, schedule: int, day: date) -> Standup | None:
    """Find the stand-up of a schedule on a day."""
    return unit.record(Standup, _ON, schedule=schedule, on=day)


def standups_before(unit: Unit, schedule: int, day: date, *, most: int) -> list[Standup]:
    """List the stand-ups that were held before a day, the newest first."""
    return unit.records(Standup, _BEFORE, schedule=schedule, before=day, most=most)


def checkins_of(unit: Unit, standup: int) -> list[Checkin]:
    """List what was told in a stand-up, in the order in which it was; then who told nothing."""
    return unit.records(Checkin, _CHECKINS, standup=standup)


def checkin_of(unit: Unit, standup: int, person: int) -> Checkin | None:
    """Find what somebody told in a stand-up."""
    return unit.record(Checkin, _CHECKIN, standup=standup, person=person)


def waiting_for(unit: Unit, person: int, *, since: datetime) -> list[tuple[Standup, str | None]]:
    """List what asked somebody since an instant and still waits, with the chats' titles."""
    found: list[tuple[Standup, str | None]] = []
    for row in unit.rows(_ASKED, person=person, since=since):
        found.append((_standup(row), row.title))
    return found


def finished_since(unit: Unit, person: int, project: int | None, since: datetime) -> list[Task]:
    """List the tasks of a person in a project that were finished since an instant."""
    return unit.records(Task, _FINISHED, person=person, project=project, since=since)


def at_hand(unit: Unit, person: int, project: int | None, until: datetime) -> list[Task]:
    """List the tasks of a person in a project that are in progress, or due by an instant."""
    return unit.records(Task, _AT_HAND, person=person, project=project, until=until)


def blocked_of(unit: Unit, person: int, project: int | None) -> list[Task]:
    """List the tasks of a person in a project that something is in the way of."""
    return unit.records(Task, _BLOCKED, person=person, project=project)


def people_working_on(unit: Unit, project: int) -> list[Person]:
    """List who owns an open task of a project, or has a role in it."""
    owners = [row.owner_id for row in unit.rows(_OWNERS, project=project)]
    people = (unit.get(Person, id) for id in sorted({*owners, *roles_in(unit, project)}))
    return [each for each in people if each is not None and each.archived_at is None]


def _standup(row: AnyRow) -> Standup:
    values: dict[str, Any] = {name: value for name, value in row._mapping.items() if name != "title"}
    return Standup.model_construct(**values)
