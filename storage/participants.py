"""People beside the owner of a task: who works on it too, and who wants to be told."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Index, Select, bindparam, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.people import PERSON
from storage.tasks import LISTED, TASK, Listed
from storage.unit import Unit

PARTS: Final = ("collaborator", "follower")


class Participant(Record, table=True):
    """Somebody who has a part in a task without owning it."""

    __once__ = ("task_id", "part")
    __table_args__ = (
        Index("ix_participant_task", "workspace_id", "task_id"),
        Index("ix_participant_person", "workspace_id", "person_id", "part"),
    )
    task_id: int = Field(foreign_key="task.id")
    person_id: int = Field(foreign_key="person.id")
    part: str
    """One of PARTS; one person may have both."""


PARTICIPANT = table_of(Participant)
_mine = PARTICIPANT.c.workspace_id == WORKSPACE
_alive = PARTICIPANT.c.archived_at.is_(None)
_OF_TASK = (
    select(PARTICIPANT).where(_mine, _alive, PARTICIPANT.c.task_id == bindparam("task")).order_by(PARTICIPANT.c.id)
)


def _shared(*which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*LISTED)
        .select_from(PARTICIPANT)
        .join(TASK, TASK.c.id == PARTICIPANT.c.task_id)
        .outerjoin(PERSON, PERSON.c.id == TASK.c.owner_id)
        .where(
            _mine,
            _alive,
            PARTICIPANT.c.person_id == bindparam("person"),
            PARTICIPANT.c.part == "collaborator",
            TASK.c.is_open.is_(True),
            TASK.c.archived_at.is_(None),
            *which,
        )
        .order_by(TASK.c.due_by.is_(None), TASK.c.due_by, TASK.c.id)
        .limit(bindparam("most"))
    )


_SHARED: Final[dict[str, Select[Any]]] = {
    "open": _shared(),
    "overdue": _shared(TASK.c.due_by < bindparam("until")),
    "week": _shared(TASK.c.due_by >= bindparam("since"), TASK.c.due_by <= bindparam("until")),
}


def participants_of(unit: Unit, task: int) -> list[Participant]:
    """List everybody who has a part in a task, in the order in which they joined."""
    return unit.records(Participant, _OF_TASK, task=task)


def list_shared(
    unit: Unit, person: int, which: str, *, most: int, since: datetime | None = None, until: datetime | None = None
) -> list[Listed]:
    """List the open tasks on which somebody works with others: `open`, `overdue` or `week`.

    `week` needs the aware instants `since` and `until`.
    """
    bounds: dict[str, object] = {"since": since, "until": until} if which == "week" else {}
    if which == "overdue":
        bounds["until"] = unit.now
    rows = unit.rows(_SHARED[which], person=person, most=most, **bounds)
    return [Listed(**dict(row._mapping)) for row in rows]
