"""Routes: who must agree to which kind of request, and from which amount on, as leads laid it down."""

from typing import Final

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, select
from sqlmodel import Field

from storage.approvals import KINDS, MODES
from storage.columns import WORKSPACE, Record, one_of, table_of
from storage.unit import Unit

ROUTED_ROLES: Final = ("admin", "lead", "finance")
"""Roles of which one person can be asked for by a route."""


class ApprovalRoute(Record, table=True):
    """Who must agree to requests of a kind: in a project, or everywhere."""

    __tablename__ = "approval_route"
    __table_args__ = (
        Index("ix_approval_route_alive", "workspace_id", "archived_at"),
        one_of("kind", KINDS),
        one_of("mode", MODES),
        one_of("role", ROUTED_ROLES),
        CheckConstraint("(from_minor IS NULL) = (currency IS NULL)", name="floor"),
    )
    project_id: int | None = Field(default=None, foreign_key="project.id")
    """None for everywhere."""
    kind: str | None = None
    """One of KINDS; None for every kind."""
    from_minor: int | None = Field(default=None, sa_type=BigInteger)
    """In minor units of `currency`: requests of less are not meant; None for all, also those without an amount."""
    currency: str | None = None
    """An ISO code."""
    person_ids: list[int] = Field(default_factory=list, sa_type=JSON)
    """Who must agree, in their order."""
    role: str | None = None
    """One of ROUTED_ROLES: of which somebody must agree, too; None for nobody."""
    mode: str
    """One of MODES: how many of them."""


ROUTE = table_of(ApprovalRoute)
_ALIVE = select(ROUTE).where(ROUTE.c.workspace_id == WORKSPACE, ROUTE.c.archived_at.is_(None)).order_by(ROUTE.c.id)


def routes(unit: Unit) -> list[ApprovalRoute]:
    """List the routes that hold, the oldest first."""
    return unit.records(ApprovalRoute, _ALIVE)
