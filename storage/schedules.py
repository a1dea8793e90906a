"""Schedules, and what became of each of their slots.

A schedule says what comes when; `upcoming` holds the one slot that it waits for; `occurrence` has one row for each slot
that was run or skipped, written in the transaction that did it. The unique key of the two is what makes any number
of processes run each slot once. When the next slot is, commands/core/timetable.py knows.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, Index, UniqueConstraint, bindparam, select
from sqlmodel import Field, SQLModel

from storage.columns import WORKSPACE, Record, table_of
from storage.unit import Unit

State = Literal["running", "done", "skipped", "failed"]


class Schedule(Record, table=True):
    """Something that comes by the clock, in a chat or for a person."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_schedule_chat", "workspace_id", "chat_id", "kind"),
        Index("ix_schedule_kind", "workspace_id", "kind"),
    )
    number: int
    """What people write as S-3."""
    kind: str
    """The name of its routine, such as `standup`."""
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    """On whose behalf it acts, with their rights of that moment; None for what the house does by itself."""
    chat_id: int | None = Field(default=None, foreign_key="chat.id")
    project_id: int | None = Field(default=None, foreign_key="project.id")
    rule: str
    """`Recurrence.canonical`, without its time of day."""
    times: list[str] = Field(sa_type=JSON)
    """Times of day such as `09:30`, in order, on the wall of `zone`."""
    zone: str
    """IANA name."""
    options: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What its routine wants to know; JSON."""
    is_paused: bool = False
    paused_until: datetime | None = None
    """When a pause ends by itself."""


class Upcoming(SQLModel, table=True):
    """The slot that a schedule waits for. Not audited: it follows from the rule."""

    __table_args__ = (Index("ix_upcoming_at", "workspace_id", "at"),)
    schedule_id: int = Field(primary_key=True, foreign_key="schedule.id")
    workspace_id: int = Field(foreign_key="workspace.id")
    at: datetime
    """The aware instant."""
    slot: str
    """The time on the wall of the schedule's zone, `2026-11-23T09:30`."""


class Occurrence(SQLModel, table=True):
    """One slot of a schedule that came, and what became of it."""

    __table_args__ = (UniqueConstraint("workspace_id", "schedule_id", "slot"),)
    id: int = Field(primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id")
    schedule_id: int = Field(foreign_key="schedule.id")
    slot: str
    at: datetime
    """When it was handled, which may be later than the slot."""
    late_s: int
    state: str
    """`running` while it goes on in parts; then `done`, `skipped` or `failed`."""
    reason: str = ""
    """Why it was skipped or failed: a word that commands/schedules.py translates, and what belongs to it."""
    cursor: str = ""
    """Where a routine that goes on in parts has got to."""


@dataclass(frozen=True, slots=True)
class Due:
    """A schedule whose slot has come."""

    schedule: int
    slot: str


SCHEDULE = table_of(Schedule)
UPCOMING = table_of(Upcoming)
OCCURRENCE = table_of(Occurrence)
_BY_NUMBER = select(SCHEDULE).where(SCHEDULE.c.workspace_id == WORKSPACE, SCHEDULE.c.number == bindparam("of_number"))
_DUE = (
    select(UPCOMING.c.schedule_id, UPCOMING.c.slot)
    .where(UPCOMING.c.workspace_id == WORKSPACE, UPCOMING.c.at <= bindparam("now"))
    .order_by(UPCOMING.c.at, UPCOMING.c.schedule_id)
    .limit(bindparam("most"))
)
_NEXT_AT = (
    select(UPCOMING.c.at).where(UPCOMING.c.workspace_id == WORKSPACE).order_by(UPCOMING.c.at).limit(bindparam("most"))
)
_UPCOMING = select(UPCOMING).where(UPCOMING.c.workspace_id == WORKSPACE, UPCOMING.c.schedule_id == bindparam("of"))
_HOLD = (
    UPCOMING.update()
    .where(
        UPCOMING.c.workspace_id == WORKSPACE,
        UPCOMING.c.schedule_id == bindparam("of"),
        UPCOMING.c.slot == bindparam("of_slot"),
    )
    .values(slot=UPCOMING.c.slot)
)
_FORGET = UPCOMING.delete().where(UPCOMING.c.workspace_id == WORKSPACE, UPCOMING.c.schedule_id == bindparam("of"))
_ALL = (
    select(SCHEDULE, UPCOMING.c.at.label("next_at"))
    .outerjoin(UPCOMING, UPCOMING.c.schedule_id == SCHEDULE.c.id)
    .where(SCHEDULE.c.workspace_id == WORKSPACE, SCHEDULE.c.archived_at.is_(None))
    .order_by(SCHEDULE.c.number)
)
_IN_CHAT = (
    select(SCHEDULE)
    .where(
        SCHEDULE.c.workspace_id == WORKSPACE,
        SCHEDULE.c.chat_id == bindparam("chat"),
        SCHEDULE.c.kind == bindparam("of_kind"),
        SCHEDULE.c.archived_at.is_(None),
    )
    .order_by(SCHEDULE.c.id)
)
_OF_CHAT = (
    select(SCHEDULE)
    .where(
        SCHEDULE.c.workspace_id == WORKSPACE, SCHEDULE.c.chat_id == bindparam("chat"), SCHEDULE.c.archived_at.is_(None)
    )
    .order_by(SCHEDULE.c.number)
)
_OF_KIND = (
    select(SCHEDULE)
    .where(
        SCHEDULE.c.workspace_id == WORKSPACE,
        SCHEDULE.c.kind == bindparam("of_kind"),
        SCHEDULE.c.archived_at.is_(None),
    )
    .order_by(SCHEDULE.c.id)
)
_LOG = (
    select(OCCURRENCE)
    .where(OCCURRENCE.c.workspace_id == WORKSPACE, OCCURRENCE.c.schedule_id == bindparam("of"))
    .order_by(OCCURRENCE.c.id.desc())
    .limit(bindparam("most"))
)
_OCCURRENCE = select(OCCURRENCE).where(
    OCCURRENCE.c.workspace_id == WORKSPACE,
    OCCURRENCE.c.schedule_id == bindparam("of"),
    OCCURRENCE.c.slot == bindparam("of_slot"),
)
_SETTLE = (
    OCCURRENCE.update()
    .where(
        OCCURRENCE.c.workspace_id == WORKSPACE,
        OCCURRENCE.c.schedule_id == bindparam("of"),
        OCCURRENCE.c.slot == bindparam("of_slot"),
    )
    .values(state=bindparam("as_state"), reason=bindparam("as_reason"), cursor=bindparam("as_cursor"))
)
_CLAIM = OCCURRENCE.insert().values(
    workspace_id=WORKSPACE,
    schedule_id=bindparam("of"),
    slot=bindparam("of_slot"),
    at=bindparam("now"),
    late_s=bindparam("as_late"),
    state=bindparam("as_state"),
    reason=bindparam("as_reason"),
    cursor="",
)
_WAIT = UPCOMING.insert().values(
    workspace_id=WORKSPACE, schedule_id=bindparam("of"), at=bindparam("when"), slot=bindparam("as_slot")
)
_WAIT_ON = (
    UPCOMING.update()
    .where(UPCOMING.c.workspace_id == WORKSPACE, UPCOMING.c.schedule_id == bindparam("of"))
    .values(at=bindparam("when"), slot=bindparam("as_slot"))
)


def schedule_numbered(unit: Unit, number: int) -> Schedule | None:
    """Find a schedule by the number of its ref, archived or not."""
    return unit.record(Schedule, _BY_NUMBER, of_number=number)


def schedules_in(unit: Unit, *, chat: int, kind: str) -> list[Schedule]:
    """List the schedules of one kind in a chat, the oldest first."""
    return unit.records(Schedule, _IN_CHAT, chat=chat, of_kind=kind)


def schedules_of_chat(unit: Unit, chat: int) -> list[Schedule]:
    """List the schedules of a chat, of every kind, the oldest first."""
    return unit.records(Schedule, _OF_CHAT, chat=chat)


def schedules_of(unit: Unit, kind: str) -> list[Schedule]:
    """List the schedules of one kind, the oldest first."""
    return unit.records(Schedule, _OF_KIND, of_kind=kind)


def all_schedules(unit: Unit) -> list[tuple[Schedule, datetime | None]]:
    """List all schedules with the instant of their next slot, the oldest first."""
    found = []
    for row in unit.rows(_ALL):
        values = dict(row._mapping)
        next_at = values.pop("next_at")
        found.append((Schedule.model_construct(**values), next_at))
    return found


def due(unit: Unit, *, most: int) -> list[Due]:
    """List the slots that have come, the earliest first."""
    return [Due(*row) for row in unit.rows(_DUE, now=unit.now, most=most)]


def next_instant(unit: Unit) -> datetime | None:
    """Give the instant of the earliest slot that is waited for; None without any."""
    row = unit.row(_NEXT_AT, most=1)
    return None if row is None else row[0]


def waits_for(unit: Unit, schedule: int) -> Upcoming | None:
    """Give the slot that a schedule waits for."""
    row = unit.row(_UPCOMING, of=schedule)
    return None if row is None else Upcoming.model_construct(**dict(row._mapping))


def wait_for(unit: Unit, schedule: int, *, at: datetime, slot: str) -> None:
    """Have a schedule wait for a slot, instead of any other."""
    if not unit.do(_WAIT_ON, of=schedule, when=at, as_slot=slot):
        unit.do(_WAIT, of=schedule, when=at, as_slot=slot)


def hold(unit: Unit, schedule: int, slot: str) -> bool:
    """Keep other processes from this slot; False when it is not waited for any more."""
    return unit.do(_HOLD, of=schedule, of_slot=slot) == 1


def stop_waiting(unit: Unit, schedule: int) -> None:
    """Have a schedule wait for nothing."""
    unit.do(_FORGET, of=schedule)


def claim(unit: Unit, schedule: int, slot: str, *, state: State, reason: str = "", late_s: int = 0) -> bool:
    """Enter what becomes of a slot that is held; False when that is known already."""
    if occurrence(unit, schedule, slot) is not None:
        return False
    unit.do(_CLAIM, of=schedule, of_slot=slot, now=unit.now, as_late=late_s, as_state=state, as_reason=reason)
    return True


def settle(unit: Unit, schedule: int, slot: str, *, state: State, reason: str = "", cursor: str = "") -> None:
    """Change what became of a slot that this process has claimed."""
    unit.do(_SETTLE, of=schedule, of_slot=slot, as_state=state, as_reason=reason, as_cursor=cursor)


def occurrence(unit: Unit, schedule: int, slot: str) -> Occurrence | None:
    """Read what became of a slot; None before it came."""
    row = unit.row(_OCCURRENCE, of=schedule, of_slot=slot)
    return None if row is None else Occurrence.model_construct(**dict(row._mapping))


def log_of(unit: Unit, schedule: int, *, most: int) -> list[Occurrence]:
    """List what became of the slots of a schedule, the newest first."""
    return [Occurrence.model_construct(**dict(row._mapping)) for row in unit.rows(_LOG, of=schedule, most=most)]
