"""Codes by which an installation's first admin is made; only their digests are kept."""

from datetime import datetime

from sqlalchemy import Index, bindparam, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.unit import Unit


class Claim(Record, table=True):
    """One code, archived when it was used or is void."""

    __table_args__ = (Index("ix_claim_open", "workspace_id", "archived_at", "expires_at"),)
    digest: str = Field(max_length=64)
    expires_at: datetime


CLAIM = table_of(Claim)
_OPEN = select(CLAIM).where(
    CLAIM.c.workspace_id == WORKSPACE, CLAIM.c.archived_at.is_(None), CLAIM.c.expires_at > bindparam("after")
)


def open_claims(unit: Unit) -> list[Claim]:
    """List the codes that may still be said."""
    return unit.records(Claim, _OPEN, after=unit.now)
