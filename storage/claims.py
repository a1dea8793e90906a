"""Codes by which an installation's first admin is made; only their digests are kept.

Not audited and never carried elsewhere: a code is good for one installation. What it leads to, a role, is audited.
"""

from datetime import datetime

from sqlalchemy import Index, bindparam, select
from sqlmodel import Field, SQLModel

from storage.columns import WORKSPACE, AnyRow, table_of
from storage.unit import Unit


class Claim(SQLModel, table=True):
    """One code."""

    __table_args__ = (Index("ix_claim_open", "workspace_id", "closed_at", "expires_at"),)
    id: int = Field(primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id")
    digest: str
    expires_at: datetime
    closed_at: datetime | None = None
    """When it was used, or said where others heard it."""


CLAIM = table_of(Claim)
_OPEN = select(CLAIM.c.id, CLAIM.c.digest).where(
    CLAIM.c.workspace_id == WORKSPACE, CLAIM.c.closed_at.is_(None), CLAIM.c.expires_at > bindparam("after")
)
_ADD = CLAIM.insert().values(
    workspace_id=WORKSPACE, digest=bindparam("of_digest"), expires_at=bindparam("until"), closed_at=None
)
_CLOSE = (
    CLAIM.update()
    .where(CLAIM.c.workspace_id == WORKSPACE, CLAIM.c.id == bindparam("of_claim"), CLAIM.c.closed_at.is_(None))
    .values(closed_at=bindparam("at"))
)


def open_claims(unit: Unit) -> list[AnyRow]:
    """List the codes that may still be said: `id` and `digest`."""
    return list(unit.rows(_OPEN, after=unit.now))


def add_claim(unit: Unit, *, digest: str, until: datetime) -> None:
    """Keep the digest of a code that is good until an instant."""
    unit.do(_ADD, of_digest=digest, until=until)


def close_claim(unit: Unit, claim: int) -> bool:
    """Make a code void; False when somebody was faster."""
    return unit.do(_CLOSE, of_claim=claim, at=unit.now) == 1
