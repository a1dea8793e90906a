"""Campaigns: the nights that are worked for a launch, and when they begin and end."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Index, bindparam, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.unit import Unit


class Campaign(Record, table=True):
    """A time in which a project works at night; it ends by itself."""

    __table_args__ = (
        Index("ix_campaign_project", "workspace_id", "project_id", "until"),
        Index("ix_campaign_until", "workspace_id", "archived_at", "until"),
    )
    project_id: int = Field(foreign_key="project.id")
    chat_id: int = Field(foreign_key="chat.id")
    """Where it is told of every two hours."""
    creator_id: int = Field(foreign_key="person.id")
    since: datetime
    until: datetime
    """The first instant after it."""


CAMPAIGN = table_of(Campaign)
_COMING = (
    select(CAMPAIGN)
    .where(
        CAMPAIGN.c.workspace_id == WORKSPACE,
        CAMPAIGN.c.project_id == bindparam("project"),
        CAMPAIGN.c.until > bindparam("now"),
        CAMPAIGN.c.archived_at.is_(None),
    )
    .order_by(CAMPAIGN.c.since, CAMPAIGN.c.id)
)
_RUNNING = (
    select(CAMPAIGN.c.id)
    .where(
        CAMPAIGN.c.workspace_id == WORKSPACE,
        CAMPAIGN.c.archived_at.is_(None),
        CAMPAIGN.c.until > bindparam("now"),
        CAMPAIGN.c.since <= bindparam("now"),
    )
    .limit(1)
)


def campaigns_of(unit: Unit, project: int) -> Sequence[Campaign]:
    """List the campaigns of a project that run or are to come, the earliest first."""
    return unit.records(Campaign, _COMING, project=project, now=unit.now)


def is_campaign_on(unit: Unit) -> bool:
    """Tell whether a campaign of any project runs now."""
    return unit.row(_RUNNING, now=unit.now) is not None
