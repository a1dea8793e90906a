"""Chats and projects: where people talk, and what their work there belongs to."""

from datetime import date
from typing import Any

from sqlalchemy import UniqueConstraint, bindparam, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, confidential_column, confidential_index, personal, table_of
from storage.unit import Unit


class Project(Record, table=True):
    """A body of work with its tasks; every chat has a default one."""

    __searched__ = ("name",)
    __table_args__ = (confidential_index("project"),)
    name: str
    launch_on: date | None = None
    """The local day that `D-7` counts back from; None until somebody names it."""
    country: str | None = None
    """Whose holidays its chats keep, as a code of two letters; None for the workspace's."""
    is_confidential: bool = confidential_column()
    """Only those see it, and all that belongs to it, to whom it gave a role, and admins."""


class Chat(Record, table=True):
    """One conversation on one platform."""

    __personal__ = personal(native="erased-{id}", title=None, language=None, timezone=None)
    __table_args__ = (UniqueConstraint("workspace_id", "platform", "app", "tenant", "native"),)
    platform: str
    app: str
    tenant: str
    native: str
    kind: str
    """`group` or `direct`."""
    person_id: int | None = Field(default=None, foreign_key="person.id")
    """Who alone reads a direct chat; None for a group, and until it is known."""
    title: str | None = None
    language: str | None = None
    """The language of cards here; None for the workspace's."""
    timezone: str | None = None
    project_id: int | None = Field(default=None, foreign_key="project.id", index=True)
    """None for direct chats: what is said there belongs to the person's own list."""
    awaits_digest: bool | None = None
    """True in a new group until its project has its first task: then a weekly digest begins."""


CHAT = table_of(Chat)
PROJECT = table_of(Project)
_BY_NATIVE = select(CHAT).where(
    CHAT.c.workspace_id == WORKSPACE,
    CHAT.c.platform == bindparam("platform"),
    CHAT.c.app == bindparam("app"),
    CHAT.c.tenant == bindparam("tenant"),
    CHAT.c.native == bindparam("native"),
)
_ALL = select(CHAT).where(CHAT.c.workspace_id == WORKSPACE, CHAT.c.archived_at.is_(None)).order_by(CHAT.c.id)
_OF_PROJECT = _ALL.where(CHAT.c.project_id == bindparam("project"), CHAT.c.kind == "group")
_OF_PERSON = _ALL.where(CHAT.c.person_id == bindparam("person"))
_PROJECTS = (
    select(PROJECT).where(PROJECT.c.workspace_id == WORKSPACE, PROJECT.c.archived_at.is_(None)).order_by(PROJECT.c.id)
)


def chat_at(unit: Unit, *, platform: str, app: str, tenant: str, native: str) -> Chat | None:
    """Find a chat by the platform's id."""
    return unit.record(Chat, _BY_NATIVE, platform=platform, app=app, tenant=tenant, native=native)


def all_chats(unit: Unit) -> list[Chat]:
    """List the chats of the workspace, oldest first."""
    return unit.records(Chat, _ALL)


def chats_of(unit: Unit, project: int) -> list[Chat]:
    """List the chats that work on a project, on every platform, oldest first."""
    return unit.records(Chat, _OF_PROJECT, project=project)


def direct_chats_of(unit: Unit, person: int) -> list[Chat]:
    """List the direct chats that a person is known to read."""
    return unit.records(Chat, _OF_PERSON, person=person)


def all_projects(unit: Unit) -> list[Project]:
    """List the projects of the workspace, oldest first."""
    return unit.records(Project, _PROJECTS)


def open_chat(unit: Unit, *, project_name: str | None, **values: Any) -> Chat:
    """Enter a chat at its first message, with a new project of that name, or none."""
    project = unit.add(Project, name=project_name) if project_name is not None else None
    return unit.add(Chat, project_id=project.id if project else None, **values)
