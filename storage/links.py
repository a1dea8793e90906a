"""Links of tasks: a name, an address, and an edition that counts up under one name."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Index, UniqueConstraint, bindparam, func, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.people import PERSON
from storage.tasks import TASK
from storage.unit import Unit


class NamedLink(Record, table=True):
    """One edition of something that lies elsewhere, such as a picture or a document."""

    __searched__ = ("name",)
    __tablename__ = "link"
    __table_args__ = (
        UniqueConstraint("workspace_id", "task_id", "name", "edition"),
        Index("ix_link_task", "workspace_id", "task_id", "id"),
    )
    task_id: int = Field(foreign_key="task.id")
    name: str
    edition: int
    """1 for the first of its name on this task; never given twice, also when one was taken back."""
    url: str
    """http or https."""
    author_id: int | None = Field(default=None, foreign_key="person.id")


class Linked(NamedTuple):
    """A link as a card shows it."""

    name: str
    edition: int
    url: str
    at: datetime
    author: str | None


LINK = table_of(NamedLink)
_of_task = (LINK.c.workspace_id == WORKSPACE, LINK.c.task_id == bindparam("task"))
_LINKS = (
    select(LINK.c.name, LINK.c.edition, LINK.c.url, LINK.c.created_at, PERSON.c.name)
    .outerjoin(PERSON, PERSON.c.id == LINK.c.author_id)
    .where(*_of_task, LINK.c.archived_at.is_(None))
    .order_by(LINK.c.id.desc())
)
_WITH_IDS = (
    select(TASK.c.number, LINK.c.name, LINK.c.edition, LINK.c.url, LINK.c.created_at, PERSON.c.name)
    .join(TASK, TASK.c.id == LINK.c.task_id)
    .outerjoin(PERSON, PERSON.c.id == LINK.c.author_id)
    .where(
        LINK.c.workspace_id == WORKSPACE,
        LINK.c.archived_at.is_(None),
        TASK.c.archived_at.is_(None),
        LINK.c.id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(LINK.c.id.desc())
)
_NEWEST = select(func.max(LINK.c.edition)).where(*_of_task, LINK.c.name == bindparam("named"))
_BY_NAME = (
    select(LINK)
    .where(*_of_task, LINK.c.name == bindparam("named"), LINK.c.archived_at.is_(None))
    .order_by(LINK.c.edition.desc())
)


def links_of(unit: Unit, task: int) -> list[Linked]:
    """List all editions of all links of a task, newest first."""
    return [Linked(*row) for row in unit.rows(_LINKS, task=task)]


def links_with(unit: Unit, ids: Sequence[int]) -> list[tuple[int, Linked]]:
    """Read links by id, newest first, each behind the number of its task."""
    rows = unit.rows(_WITH_IDS, ids=list(ids)) if ids else []
    return [(number, Linked(*link)) for number, *link in rows]


def newest_edition(unit: Unit, task: int, name: str) -> int:
    """Give the newest edition ever made under a name; 0 for none."""
    row = unit.row(_NEWEST, task=task, named=name)
    return 0 if row is None or row[0] is None else int(row[0])


def editions_of(unit: Unit, task: int, name: str) -> list[NamedLink]:
    """List the editions under a name that were not taken off, newest first."""
    return unit.records(NamedLink, _BY_NAME, task=task, named=name)
