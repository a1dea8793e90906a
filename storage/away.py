"""Who is away, from which day to which, who stands in for them, and what was handed over.

Days are those of the person's own zone. What somebody who stands in has accepted or declined is a `Handed`; all else
that is theirs to take is read from the tasks and shifts of the moment.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, bindparam, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, personal, table_of
from storage.unit import Unit

MOST = 100
"""Absences that one list shows."""


class Away(Record, table=True):
    """The days on which somebody is not there."""

    __personal__ = personal(zone="UTC")
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_away_person", "workspace_id", "person_id", "last_on"),
        Index("ix_away_last", "workspace_id", "archived_at", "last_on"),
        Index("ix_away_delegate", "workspace_id", "delegate_id", "last_on"),
        CheckConstraint("(limit_minor IS NULL) = (limit_currency IS NULL)", name="limit"),
    )
    number: int
    """What people write as H-2."""
    person_id: int = Field(foreign_key="person.id")
    delegate_id: int | None = Field(default=None, foreign_key="person.id")
    """Who stands in; None for nobody."""
    limit_minor: int | None = Field(default=None, sa_type=BigInteger)
    """Up to which amount they may decide on approvals, in minor units of `limit_currency`; None for any."""
    limit_currency: str | None = None
    """An ISO code."""
    first_on: date
    last_on: date
    """The last day; the day before they came back, where they came back early."""
    zone: str
    """IANA name of the zone whose days these are."""
    is_over: bool = False
    """True when everything was handed back."""

    def covers(self, minor: int | None, currency: str | None) -> bool:
        """Tell whether who stands in may decide on an amount; not on one of another currency than the limit's."""
        if self.limit_minor is None or minor is None:
            return True
        return currency == self.limit_currency and minor <= self.limit_minor


class Handed(Record, table=True):
    """What somebody who stands in said to one thing of an absence."""

    __table_args__ = (Index("ix_handed_away", "workspace_id", "away_id"),)
    away_id: int = Field(foreign_key="away.id")
    task_id: int | None = Field(default=None, foreign_key="task.id")
    shift_id: int | None = Field(default=None, foreign_key="shift.id")
    """What it is: a task or a shift."""
    state: str
    """`accepted` or `declined`."""


AWAY = table_of(Away)
HANDED = table_of(Handed)
_mine = AWAY.c.workspace_id == WORKSPACE
_alive = AWAY.c.archived_at.is_(None)
_BY_NUMBER = select(AWAY).where(_mine, AWAY.c.number == bindparam("of_number"))
_OF_PERSON = (
    select(AWAY)
    .where(_mine, AWAY.c.person_id == bindparam("person"), AWAY.c.last_on >= bindparam("since"), _alive)
    .order_by(AWAY.c.first_on, AWAY.c.id)
)
_ON_DAY = _OF_PERSON.where(AWAY.c.first_on <= bindparam("day"))
_TO_COME = select(AWAY).where(_mine, _alive, AWAY.c.last_on >= bindparam("since")).order_by(AWAY.c.first_on, AWAY.c.id)
_LISTED = _TO_COME.limit(MOST)
_STOOD_IN = (
    select(AWAY)
    .where(
        _mine,
        AWAY.c.delegate_id == bindparam("delegate"),
        AWAY.c.last_on >= bindparam("since"),
        AWAY.c.is_over.is_(False),
        _alive,
    )
    .order_by(AWAY.c.first_on, AWAY.c.id)
)
_HANDED = (
    select(HANDED)
    .where(HANDED.c.workspace_id == WORKSPACE, HANDED.c.away_id == bindparam("away"), HANDED.c.archived_at.is_(None))
    .order_by(HANDED.c.id)
)


def is_away(unit: Unit, person: int, day: date) -> bool:
    """Tell whether somebody is away on a day of their own zone."""
    return away_on(unit, person, day) is not None


def away_on(unit: Unit, person: int, day: date) -> Away | None:
    """Find the absence in which a day of somebody's zone lies."""
    return unit.record(Away, _ON_DAY, person=person, since=day, day=day)


def absences_of(unit: Unit, person: int, *, since: date) -> Sequence[Away]:
    """List somebody's absences that are not over before a day, the first to come first."""
    return unit.records(Away, _OF_PERSON, person=person, since=since)


def absences(unit: Unit, *, since: date) -> Sequence[Away]:
    """List everybody's absences that are not over before a day; MOST at most."""
    return unit.records(Away, _LISTED, since=since)


def stands_in(unit: Unit, person: int, *, since: date) -> Sequence[Away]:
    """List the absences in which somebody stands in for others, not over before a day."""
    return unit.records(Away, _STOOD_IN, delegate=person, since=since)


def away_numbered(unit: Unit, number: int) -> Away | None:
    """Find an absence by the number of its ref, archived or not."""
    return unit.record(Away, _BY_NUMBER, of_number=number)


def handed_of(unit: Unit, away: int) -> Sequence[Handed]:
    """List what was accepted or declined of an absence."""
    return unit.records(Handed, _HANDED, away=away)
