"""Minutes of meetings, and the tasks that were found in them, until they are made."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import JSON, Index, UniqueConstraint, bindparam, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.unit import Unit


class Row(BaseModel, frozen=True):
    """One task that was found, as stored; its number is its place in the list, from 1."""

    title: str
    owners: list[int] = []
    """The one who owns it first; the others help."""
    due_on: date | None = None
    """The local day, in the zone of the minutes."""
    due_at: datetime | None = None
    """Aware; where a time of day was said."""
    doubt: Literal["", "stranger", "namesakes", "several"] = ""
    """Why the owner must be asked about."""
    names: str = ""
    """Whom the line named, where that is in doubt."""
    date_said: str = ""
    """What the line said of a date that is not certain."""
    is_left_out: bool = False
    task: int | None = None
    """The number of the task that was made of it."""


class Minutes(Record, table=True):
    """What somebody wrote of a meeting, read as tasks to be made."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_minutes_newest", "workspace_id", "author_id", "archived_at", "number"),
    )
    number: int
    """What people write as J-1."""
    title: str
    author_id: int = Field(foreign_key="person.id")
    project_id: int | None = Field(default=None, foreign_key="project.id")
    zone: str
    """IANA name; that of the days in the rows."""
    rows: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    left: list[str] = Field(default_factory=list, sa_type=JSON)
    """The lines that were not taken for tasks."""
    made_by: int | None = Field(default=None, foreign_key="person.id")
    made_at: datetime | None = None
    """When its tasks were made; None while it is only a proposal."""


MINUTES = table_of(Minutes)
_BY_NUMBER = select(MINUTES).where(MINUTES.c.workspace_id == WORKSPACE, MINUTES.c.number == bindparam("of_number"))
_OF_PROJECT = select(MINUTES).where(
    MINUTES.c.workspace_id == WORKSPACE,
    MINUTES.c.project_id.is_not_distinct_from(bindparam("project")),
    MINUTES.c.made_at.is_not(None),
    MINUTES.c.archived_at.is_(None),
)
_NEWEST = (
    select(MINUTES)
    .where(
        MINUTES.c.workspace_id == WORKSPACE,
        MINUTES.c.author_id == bindparam("author"),
        MINUTES.c.archived_at.is_(None),
    )
    .order_by(MINUTES.c.number.desc())
    .limit(bindparam("most"))
)


def minutes_numbered(unit: Unit, number: int) -> Minutes | None:
    """Find minutes by the number of their ref, archived or not."""
    return unit.record(Minutes, _BY_NUMBER, of_number=number)


def newest_minutes(unit: Unit, *, author: int, most: int) -> list[Minutes]:
    """List the minutes that a person gave, the newest first."""
    return unit.records(Minutes, _NEWEST, author=author, most=most)


def minutes_naming(unit: Unit, project: int | None, task: int) -> list[Minutes]:
    """List the minutes of a project of which the task with a number was made."""
    found = unit.records(Minutes, _OF_PROJECT, project=project)
    return [each for each in found if any(row.get("task") == task for row in each.rows)]


def rows_of(minutes: Minutes) -> list[Row]:
    """Read the rows of minutes."""
    return [Row.model_validate(each) for each in minutes.rows]


def as_stored(rows: list[Row]) -> list[dict[str, Any]]:
    """Give rows the form in which they are stored."""
    return [row.model_dump(mode="json", exclude_defaults=True) for row in rows]
