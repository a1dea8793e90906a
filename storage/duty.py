"""Who is on duty when, for a team or for all."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Index, bindparam, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.unit import Unit

MOST = 60
"""Shifts that one list shows; a team has some dozens in a month."""


class Shift(Record, table=True):
    """One person's duty, from an instant to an instant."""

    __table_args__ = (
        Index("ix_shift_until", "workspace_id", "archived_at", "until"),
        Index("ix_shift_person", "workspace_id", "person_id", "until"),
    )
    team_id: int | None = Field(default=None, foreign_key="team.id")
    """None for a duty of no team in particular."""
    person_id: int = Field(foreign_key="person.id")
    since: datetime
    until: datetime
    """The first instant after it."""


SHIFT = table_of(Shift)
_BETWEEN = (
    select(SHIFT)
    .where(
        SHIFT.c.workspace_id == WORKSPACE,
        SHIFT.c.archived_at.is_(None),
        SHIFT.c.until > bindparam("after"),
        SHIFT.c.since < bindparam("before"),
    )
    .order_by(SHIFT.c.since, SHIFT.c.id)
    .limit(MOST)
)
_BETWEEN_OF_TEAM = _BETWEEN.where(SHIFT.c.team_id == bindparam("team"))
_OF_PERSON = (
    select(SHIFT)
    .where(
        SHIFT.c.workspace_id == WORKSPACE,
        SHIFT.c.person_id == bindparam("person"),
        SHIFT.c.until > bindparam("after"),
        SHIFT.c.archived_at.is_(None),
    )
    .order_by(SHIFT.c.since, SHIFT.c.id)
    .limit(MOST)
)


def shifts_between(unit: Unit, since: datetime, until: datetime, *, team: int | None = None) -> Sequence[Shift]:
    """List the shifts that touch a span, earliest first; of all, or of one team."""
    if team is None:
        return unit.records(Shift, _BETWEEN, after=since, before=until)
    return unit.records(Shift, _BETWEEN_OF_TEAM, after=since, before=until, team=team)


def shifts_of(unit: Unit, person: int, *, after: datetime) -> Sequence[Shift]:
    """List somebody's shifts that are not over at an instant, earliest first."""
    return unit.records(Shift, _OF_PERSON, person=person, after=after)


def is_on_duty(unit: Unit, person: int) -> bool:
    """Tell whether somebody's shift runs now."""
    return any(shift.since <= unit.now for shift in shifts_of(unit, person, after=unit.now))
