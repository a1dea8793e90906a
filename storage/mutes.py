"""What people do not want to hear any more, or not for a while, of what comes by itself."""

from datetime import datetime

from sqlalchemy import Index, bindparam, or_, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.unit import Unit


class Mute(Record, table=True):
    """One person's wish not to be written to by a schedule, or by all of its kind."""

    __table_args__ = (Index("ix_mute_person", "workspace_id", "person_id", "kind"),)
    person_id: int = Field(foreign_key="person.id")
    kind: str
    """The kind of schedule."""
    schedule_id: int | None = Field(default=None, foreign_key="schedule.id")
    """None for all of the kind: what the house does by itself has a schedule for each zone and hour."""
    until: datetime | None = None
    """When it ends; None for good."""


MUTE = table_of(Mute)
_OF = select(MUTE).where(
    MUTE.c.workspace_id == WORKSPACE,
    MUTE.c.person_id == bindparam("person"),
    MUTE.c.kind == bindparam("of_kind"),
    or_(MUTE.c.schedule_id.is_(None), MUTE.c.schedule_id == bindparam("of_schedule")),
    MUTE.c.archived_at.is_(None),
    or_(MUTE.c.until.is_(None), MUTE.c.until > bindparam("now")),
)


def mutes_of(unit: Unit, *, person: int, kind: str, schedule: int) -> list[Mute]:
    """List the wishes of a person that keep a schedule from writing to them now."""
    return unit.records(Mute, _OF, person=person, of_kind=kind, of_schedule=schedule, now=unit.now)
