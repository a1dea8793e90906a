"""The roles that projects give: who is what in which project. A person's own row has their role everywhere else."""

from typing import Final

from sqlalchemy import UniqueConstraint, bindparam, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.unit import Unit

PROJECT_ROLES: Final = ("lead", "member", "own-only", "guest")
"""What a project may make of somebody; `guest` shuts them out of it."""


class ProjectRole(Record, table=True):
    """What one person is in one project, where that is not what they are everywhere."""

    __once__ = ("project_id",)
    __table_args__ = (UniqueConstraint("workspace_id", "person_id", "project_id"),)
    project_id: int = Field(foreign_key="project.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    role: str
    """One of PROJECT_ROLES."""


PROJECT_ROLE = table_of(ProjectRole)
_OF_PERSON = select(PROJECT_ROLE.c.project_id, PROJECT_ROLE.c.role).where(
    PROJECT_ROLE.c.workspace_id == WORKSPACE,
    PROJECT_ROLE.c.person_id == bindparam("of_person"),
    PROJECT_ROLE.c.archived_at.is_(None),
)
_OF_PROJECT = select(PROJECT_ROLE.c.person_id, PROJECT_ROLE.c.role).where(
    PROJECT_ROLE.c.workspace_id == WORKSPACE,
    PROJECT_ROLE.c.project_id == bindparam("of_project"),
    PROJECT_ROLE.c.archived_at.is_(None),
)
_ONE = select(PROJECT_ROLE).where(
    PROJECT_ROLE.c.workspace_id == WORKSPACE,
    PROJECT_ROLE.c.person_id == bindparam("of_person"),
    PROJECT_ROLE.c.project_id == bindparam("of_project"),
)


def roles_of(unit: Unit, person: int) -> dict[int, str]:
    """Give the roles that projects gave a person, by project."""
    return {row.project_id: row.role for row in unit.rows(_OF_PERSON, of_person=person)}


def roles_in(unit: Unit, project: int) -> dict[int, str]:
    """Give the roles that a project gave, by person."""
    return {row.person_id: row.role for row in unit.rows(_OF_PROJECT, of_project=project)}


def leads_of(unit: Unit, project: int | None) -> list[int]:
    """List who leads a project, as the project says; nobody for no project."""
    return [] if project is None else [person for person, role in roles_in(unit, project).items() if role == "lead"]


def give_role(unit: Unit, *, project: int, person: int, role: str) -> None:
    """Make somebody something in a project."""
    known = unit.record(ProjectRole, _ONE, of_person=person, of_project=project)
    if known is None:
        unit.add(ProjectRole, project_id=project, person_id=person, role=role)
    else:
        unit.change(known, role=role, archived_at=None)
