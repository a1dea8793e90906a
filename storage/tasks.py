"""Tasks and their comments: the states, and every question asked about them.

A due day ends at midnight of the zone it was said in: `due_by` is that instant, so that
"overdue" is one comparison, whatever the zones. A wait for somebody outside moves it on, and
so pauses the owner's clock; the day that was agreed stays in `due_on` and `due_at`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    Index,
    Select,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    column,
    func,
    not_,
    or_,
    select,
)
from sqlmodel import Field, SQLModel

from storage.columns import WORKSPACE, Record, confidential_column, confidential_index, table_of
from storage.people import PERSON
from storage.unit import Unit

OPEN: Final = ("todo", "doing", "waiting", "blocked")
CLOSED: Final = ("done", "cancelled")
PRIORITIES: Final = (0, 1, 2, 3)
"""0 is urgent, 1 high, 2 normal, 3 low."""


class Task(Record, table=True):
    """A piece of work with one owner."""

    __searched__ = ("title", "labels")
    __everywhere__ = True
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_task_owner_due", "workspace_id", "owner_id", "is_open", "due_by"),
        Index("ix_task_source", "workspace_id", "source_chat_id", "source_message"),
        Index("ix_task_project_due", "workspace_id", "project_id", "is_open", "due_by"),
        Index(
            "ix_task_series",
            "workspace_id",
            "series_id",
            "id",
            sqlite_where=column("series_id").is_not(None),
            postgresql_where=column("series_id").is_not(None),
        ),
        Index(
            "ix_task_severity",
            "workspace_id",
            "project_id",
            "is_open",
            "severity",
            sqlite_where=column("severity").is_not(None),
            postgresql_where=column("severity").is_not(None),
        ),
        Index(
            "ix_task_waits",
            "workspace_id",
            "owner_id",
            "waits_until",
            sqlite_where=column("waits_until").is_not(None),
            postgresql_where=column("waits_until").is_not(None),
        ),
        Index("ix_task_parent", "workspace_id", "parent_id", "number"),
        Index(
            "ix_task_closed",
            "workspace_id",
            "project_id",
            "closed_at",
            "status",
            "archived_at",  # with these two the finished are counted without reading them
            sqlite_where=column("closed_at").is_not(None),
            postgresql_where=column("closed_at").is_not(None),
        ),
        confidential_index("task"),
    )
    number: int
    """What people write as T-12."""
    project_id: int | None = Field(default=None, foreign_key="project.id")
    parent_id: int | None = Field(default=None, foreign_key="task.id")
    """What it is a part of; see subtasks.py."""
    title: str
    description: str | None = None
    """Free text; the lines that commands/grammar/checklist.py knows are its acceptance criteria."""
    status: str = "todo"
    """One of OPEN or CLOSED."""
    is_open: bool = True
    """True while the status is in OPEN; kept for the indexes."""
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    creator_id: int | None = Field(default=None, foreign_key="person.id")
    priority: int = 2
    labels: list[str] = Field(default_factory=list, sa_type=JSON)
    estimate_minutes: int | None = None
    """Working time; a day is eight hours."""
    due_on: date | None = None
    """The local day, in `due_zone`."""
    due_at: datetime | None = None
    """The instant, when a time of day was said."""
    due_zone: str | None = None
    due_by: datetime | None = None
    """The instant after which it is late; while we wait for others, not before `waits_until`."""
    held_for: str | None = None
    """Why it is blocked, or what is waited for; None in any other state. The audit keeps what it was."""
    held_at: datetime | None = None
    held_by: int | None = Field(default=None, foreign_key="person.id")
    """Who said so."""
    waits_on: str | None = None
    """From whom outside something is awaited, as it was said."""
    waits_until: datetime | None = None
    """When the wait has lasted too long."""
    waits_through: date | None = None
    """The last day of the wait where it was said; None if it ends at an hour."""
    started_at: datetime | None = None
    started_by: int | None = Field(default=None, foreign_key="person.id")
    closed_at: datetime | None = None
    closed_by: int | None = Field(default=None, foreign_key="person.id")
    source_chat_id: int | None = Field(default=None, foreign_key="chat.id")
    source_message: str | None = None
    """The message that made it, by the platform's id."""
    source_author_id: int | None = Field(default=None, foreign_key="person.id")
    """Who wrote that message, where somebody else made it a task."""
    source_link: str | None = None
    """Leads back to that message."""
    kind: str = Field(default="task", sa_column_kwargs={"server_default": "task"})
    """`task`, `bug` for a defect, or `issue` for a risk that happened."""
    severity: int | None = None
    """Of a defect: 1 fatal to 4 minor."""
    found_at: datetime | None = None
    """When a defect was found."""
    concerns_id: int | None = Field(default=None, foreign_key="task.id")
    """The task whose result a defect is in."""
    series_id: int | None = Field(default=None, foreign_key="series.id")
    """Of which it is one, when it comes again."""
    is_confidential: bool = confidential_column()
    """Only those see it who have a part in it, and who leads."""

    @classmethod
    def own_to(cls, person: BindParameter[int]) -> ColumnElement[bool]:
        """Say which tasks are a person's own: also those that they work on with their owner."""
        return or_(super().own_to(person), cls._has_a_part(person, "collaborator"))

    @classmethod
    def shared_with(cls, person: BindParameter[int]) -> ColumnElement[bool]:
        """Say which tasks a person sees even where they are confidential: also those that they follow."""
        return or_(super().own_to(person), cls._has_a_part(person, "collaborator", "follower"))

    @classmethod
    def _has_a_part(cls, person: BindParameter[int], *parts: str) -> ColumnElement[bool]:
        shared = SQLModel.metadata.tables["participant"].c  # of participants.py, which knows this module
        theirs = select(shared.task_id).where(
            shared.workspace_id == WORKSPACE,
            shared.person_id == person,
            or_(*(shared.part == part for part in parts)),
            shared.archived_at.is_(None),
        )
        return table_of(cls).c.id.in_(theirs)


class Comment(Record, table=True):
    """A remark on a task."""

    __searched__ = ("text",)
    task_id: int = Field(foreign_key="task.id", index=True)
    author_id: int | None = Field(default=None, foreign_key="person.id")
    text: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Count the tasks of a project."""

    open: int
    doing: int
    """In progress and not late."""
    done: int
    overdue: int
    unowned: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A task as a list shows it."""

    id: int
    version: int
    number: int
    title: str
    status: str
    priority: int
    owner_id: int | None
    owner: str | None
    due_on: date | None
    due_at: datetime | None
    due_by: datetime | None
    due_zone: str | None
    severity: int | None
    held_for: str | None
    waits_on: str | None
    waits_until: datetime | None
    waits_through: date | None

    @property
    def is_open(self) -> bool:
        """Say whether it is still to be done."""
        return self.status in OPEN


class Remark(NamedTuple):
    """A comment with the task that it is on."""

    number: int
    title: str
    text: str
    author: str | None
    at: datetime


TASK = table_of(Task)
COMMENT = table_of(Comment)
_mine = TASK.c.workspace_id == WORKSPACE
_alive = TASK.c.archived_at.is_(None)

_BY_NUMBER = select(TASK).where(_mine, TASK.c.number == bindparam("of_number"))
_FROM_MESSAGE = select(TASK).where(
    _mine,
    TASK.c.source_chat_id == bindparam("chat"),
    TASK.c.source_message == bindparam("of_message"),
    TASK.c.archived_at.is_(None),
)
_COMMENTS = (
    select(COMMENT.c.text, COMMENT.c.created_at, PERSON.c.name)
    .outerjoin(PERSON, PERSON.c.id == COMMENT.c.author_id)
    .where(COMMENT.c.workspace_id == WORKSPACE, COMMENT.c.task_id == bindparam("task"), COMMENT.c.archived_at.is_(None))
    .order_by(COMMENT.c.id.desc())
    .limit(bindparam("most"))
)
_COMMENT_COUNT = select(func.count(COMMENT.c.id)).where(
    COMMENT.c.workspace_id == WORKSPACE, COMMENT.c.task_id == bindparam("task"), COMMENT.c.archived_at.is_(None)
)
_ANY_OF_PROJECT = (
    select(TASK.c.id).where(TASK.c.workspace_id == WORKSPACE, TASK.c.project_id == bindparam("project")).limit(1)
)
_late = and_(TASK.c.is_open.is_(True), TASK.c.due_by < bindparam("now"))
_COUNTS = select(
    func.count().label("open"),
    func.count(case((and_(TASK.c.status == "doing", or_(TASK.c.due_by.is_(None), not_(_late))), 1))).label("doing"),
    func.count(case((_late, 1))).label("overdue"),
    func.count(case((TASK.c.owner_id.is_(None), 1))).label("unowned"),
).where(_mine, TASK.c.project_id == bindparam("project"), TASK.c.is_open.is_(True), _alive)
_DONE = select(func.count().label("done")).where(
    _mine, TASK.c.project_id == bindparam("project"), TASK.c.closed_at.is_not(None), TASK.c.status == "done", _alive
)
LISTED = (
    TASK.c.id,
    TASK.c.version,
    TASK.c.number,
    TASK.c.title,
    TASK.c.status,
    TASK.c.priority,
    TASK.c.owner_id,
    PERSON.c.name.label("owner"),
    TASK.c.due_on,
    TASK.c.due_at,
    TASK.c.due_by,
    TASK.c.due_zone,
    TASK.c.severity,
    TASK.c.held_for,
    TASK.c.waits_on,
    TASK.c.waits_until,
    TASK.c.waits_through,
)
"""What a `Listed` is read from, joined with the owner."""


def _list(whose: ColumnElement[bool], which: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Build one list: by due time, the late ones first, those without a date last."""
    order: tuple[ColumnElement[Any], ...] = (TASK.c.due_by.is_(None), TASK.c.due_by, TASK.c.id)
    if which:  # all of them have a date, and the index gives them in this order: nothing is sorted
        order = (TASK.c.due_by, TASK.c.id)
    return (
        select(*LISTED)
        .outerjoin(PERSON, PERSON.c.id == TASK.c.owner_id)
        .where(_mine, whose, TASK.c.is_open.is_(True), _alive, *which)
        .order_by(*order)
        .limit(bindparam("most"))
    )


_WHOSE: Final[dict[str, ColumnElement[bool]]] = {
    "person": TASK.c.owner_id == bindparam("whose"),
    "project": TASK.c.project_id == bindparam("whose"),
}
_WHICH: Final[dict[str, tuple[ColumnElement[bool], ...]]] = {
    "open": (),
    "overdue": (TASK.c.due_by < bindparam("now"),),
    "upcoming": (TASK.c.due_by >= bindparam("now"),),
}
_LISTS = {(whose, which): _list(_WHOSE[whose], _WHICH[which]) for whose in _WHOSE for which in _WHICH}
_WITH_IDS = (
    select(*LISTED, TASK.c.labels)
    .outerjoin(PERSON, PERSON.c.id == TASK.c.owner_id)
    .where(_mine, _alive, TASK.c.id.in_(bindparam("ids", expanding=True)))
)
_AUTHOR = PERSON.alias()
_REMARKS = (
    select(TASK.c.number, TASK.c.title, COMMENT.c.text, _AUTHOR.c.name, COMMENT.c.created_at)
    .join(TASK, TASK.c.id == COMMENT.c.task_id)
    .outerjoin(_AUTHOR, _AUTHOR.c.id == COMMENT.c.author_id)
    .where(
        COMMENT.c.workspace_id == WORKSPACE,
        COMMENT.c.archived_at.is_(None),
        _alive,
        COMMENT.c.id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(COMMENT.c.id.desc())
)


def end_of(on: date | None, at: datetime | None, zone: str | None) -> datetime | None:
    """Give the instant after which it is late: the one said, or the end of the day."""
    if at is not None or on is None:
        return at
    return datetime.combine(on + timedelta(days=1), time(), tzinfo=ZoneInfo(zone or "UTC")).astimezone(UTC)


def released(task: Task) -> dict[str, object]:
    """Give the columns of a task that nothing holds up: its clock runs as agreed."""
    held = {"held_for": None, "held_at": None, "held_by": None, "waits_on": None}
    awaited = {"waits_until": None, "waits_through": None}
    return {**held, **awaited, "due_by": end_of(task.due_on, task.due_at, task.due_zone)}


def task_numbered(unit: Unit, number: int) -> Task | None:
    """Find a task by the number of its ref, archived or not."""
    return unit.record(Task, _BY_NUMBER, of_number=number)


def task_from(unit: Unit, *, chat: int, message: str) -> Task | None:
    """Find the task that a message made, unless it is archived."""
    return unit.record(Task, _FROM_MESSAGE, chat=chat, of_message=message)


def list_tasks(unit: Unit, *, whose: str, id: int, which: str, most: int) -> list[Listed]:
    """List open tasks of a `person` or `project`: `open`, `overdue`, `upcoming`."""
    bounds = {} if which == "open" else {"now": unit.now}
    rows = unit.rows(_LISTS[whose, which], whose=id, most=most, **bounds)
    return [Listed(**dict(row._mapping)) for row in rows]


def counts_of(unit: Unit, project: int) -> Counts:
    """Count the tasks of a project by what matters."""
    (still,), (done,) = unit.rows(_COUNTS, project=project, now=unit.now), unit.rows(_DONE, project=project)
    return Counts(done=done[0], **dict(still._mapping))


def has_tasks(unit: Unit, project: int) -> bool:
    """Tell whether a project has any task, open or not."""
    return unit.row(_ANY_OF_PROJECT, project=project) is not None


def comments_on(unit: Unit, task: int, *, most: int) -> list[tuple[str, datetime, str | None]]:
    """List the newest comments of a task: text, time, author's name."""
    return [(text, at, name) for text, at, name in unit.rows(_COMMENTS, task=task, most=most)]


def tasks_with(unit: Unit, ids: Sequence[int]) -> list[tuple[Listed, list[str]]]:
    """Read tasks by id for a list, each with its labels; archived ones are left out."""
    rows = unit.rows(_WITH_IDS, ids=list(ids)) if ids else []
    found = [dict(row._mapping) for row in rows]
    return [
        (Listed(**{name: value for name, value in row.items() if name != "labels"}), row["labels"]) for row in found
    ]


def comments_with(unit: Unit, ids: Sequence[int]) -> list[Remark]:
    """Read comments by id, newest first, with their tasks; archived ones are left out."""
    return [Remark(*row) for row in unit.rows(_REMARKS, ids=list(ids))] if ids else []


def count_comments(unit: Unit, task: int) -> int:
    """Count the comments of a task."""
    row = unit.row(_COMMENT_COUNT, task=task)
    return 0 if row is None else int(row[0])
