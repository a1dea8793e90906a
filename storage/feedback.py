"""What people tell those who run the bot."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Index, bindparam, func, select
from sqlmodel import Field

from storage.columns import WORKSPACE, AnyRow, Record, personal, table_of
from storage.people import PERSON
from storage.unit import Unit


class Feedback(Record, table=True):
    """One remark about the bot."""

    __personal__ = personal(text="")
    __table_args__ = (
        Index("ix_feedback_newest", "workspace_id", "archived_at", "created_at"),
        Index("ix_feedback_person", "workspace_id", "person_id", "created_at"),
    )
    number: int
    """Told to whoever wrote it."""
    person_id: int = Field(foreign_key="person.id")
    text: str


FEEDBACK = table_of(Feedback)
_NEWEST = (
    select(FEEDBACK.c.number, FEEDBACK.c.text, FEEDBACK.c.created_at, PERSON.c.name)
    .join(PERSON, PERSON.c.id == FEEDBACK.c.person_id)
    .where(FEEDBACK.c.workspace_id == WORKSPACE, FEEDBACK.c.archived_at.is_(None))
    .order_by(FEEDBACK.c.created_at.desc(), FEEDBACK.c.id.desc())
    .limit(bindparam("most"))
)
_SINCE = select(func.count()).where(
    FEEDBACK.c.workspace_id == WORKSPACE, FEEDBACK.c.archived_at.is_(None), FEEDBACK.c.created_at > bindparam("after")
)
_OF_PERSON_SINCE = select(func.count()).where(
    FEEDBACK.c.workspace_id == WORKSPACE,
    FEEDBACK.c.person_id == bindparam("person"),
    FEEDBACK.c.created_at > bindparam("after"),
)


def newest_feedback(unit: Unit, *, most: int) -> Sequence[AnyRow]:
    """Give number, text, time and author of the newest remarks, newest first."""
    return unit.rows(_NEWEST, most=most)


def count_feedback(unit: Unit, *, after: datetime) -> int:
    """Count what was written since an instant."""
    row = unit.row(_SINCE, after=after)
    return int(row[0]) if row else 0


def count_feedback_of(unit: Unit, person: int, *, after: datetime) -> int:
    """Count what one person wrote since an instant, also what they took back."""
    row = unit.row(_OF_PERSON_SINCE, person=person, after=after)
    return int(row[0]) if row else 0
