"""Notices: what must be known, who was asked to confirm it, and who did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import Index, UniqueConstraint, bindparam, func, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.unit import Unit


class Notice(Record, table=True):
    """Something that everybody who is named must know."""

    __everywhere__ = True
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_notice_newest", "workspace_id", "archived_at", "number"),
    )
    number: int
    """What people write as N-5."""
    project_id: int | None = Field(default=None, foreign_key="project.id")
    creator_id: int = Field(foreign_key="person.id")
    text: str
    is_urgent: bool = False
    nudge_at: datetime
    """When those who have not confirmed are reminded."""
    escalate_at: datetime
    """When the author is told who has not confirmed."""
    nudges: int = 0
    """How often the clock came for it."""
    urged_at: datetime | None = None
    """When somebody last had them reminded by hand."""


class Receipt(Record, table=True):
    """Somebody who was asked to confirm a notice."""

    __once__ = ("notice_id",)
    __table_args__ = (
        UniqueConstraint("workspace_id", "notice_id", "person_id"),
        Index("ix_receipt_person", "workspace_id", "person_id", "is_spared"),
    )
    notice_id: int = Field(foreign_key="notice.id")
    person_id: int = Field(foreign_key="person.id")
    confirmed_at: datetime | None = None
    is_spared: bool = False
    """True of who was away: they are told when they are back, and nobody waits for them."""

    def joined(self, other: Self, /) -> dict[str, object]:
        """Be confirmed when either was, and spared when both were."""
        confirmed = self.confirmed_at or other.confirmed_at
        return {"confirmed_at": confirmed, "is_spared": self.is_spared and other.is_spared}


NOTICE = table_of(Notice)
RECEIPT = table_of(Receipt)
_alive = RECEIPT.c.archived_at.is_(None)
_BY_NUMBER = select(NOTICE).where(NOTICE.c.workspace_id == WORKSPACE, NOTICE.c.number == bindparam("of_number"))
_NEWEST = (
    select(NOTICE)
    .where(NOTICE.c.workspace_id == WORKSPACE, NOTICE.c.archived_at.is_(None))
    .order_by(NOTICE.c.number.desc())
    .limit(bindparam("most"))
)
_RECEIPTS = (
    select(RECEIPT)
    .where(RECEIPT.c.workspace_id == WORKSPACE, RECEIPT.c.notice_id == bindparam("notice"), _alive)
    .order_by(RECEIPT.c.id)
)
_RECEIPT = _RECEIPTS.where(RECEIPT.c.person_id == bindparam("person"))
_COUNTS = (
    select(RECEIPT.c.notice_id, func.count(RECEIPT.c.confirmed_at), func.count(RECEIPT.c.id))
    .where(
        RECEIPT.c.workspace_id == WORKSPACE,
        RECEIPT.c.notice_id.in_(bindparam("notices", expanding=True)),
        RECEIPT.c.is_spared.is_(False),
        _alive,
    )
    .group_by(RECEIPT.c.notice_id)
)
_SPARED = (
    select(NOTICE)
    .join(RECEIPT, RECEIPT.c.notice_id == NOTICE.c.id)
    .where(
        RECEIPT.c.workspace_id == WORKSPACE,
        RECEIPT.c.person_id == bindparam("person"),
        RECEIPT.c.is_spared.is_(True),
        RECEIPT.c.confirmed_at.is_(None),
        _alive,
        NOTICE.c.archived_at.is_(None),
    )
    .order_by(NOTICE.c.number)
)


def notice_numbered(unit: Unit, number: int) -> Notice | None:
    """Find a notice by the number of its ref, archived or not."""
    return unit.record(Notice, _BY_NUMBER, of_number=number)


def newest_notices(unit: Unit, *, most: int) -> Sequence[Notice]:
    """List the notices, newest first."""
    return unit.records(Notice, _NEWEST, most=most)


def receipts_of(unit: Unit, notice: int) -> Sequence[Receipt]:
    """List who was asked to confirm a notice, in the order in which they were named."""
    return unit.records(Receipt, _RECEIPTS, notice=notice)


def receipt_of(unit: Unit, notice: int, person: int) -> Receipt | None:
    """Find whether somebody was asked to confirm a notice."""
    return unit.record(Receipt, _RECEIPT, notice=notice, person=person)


def counts_of_notices(unit: Unit, notices: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Count who confirmed each notice, and who was asked; those who are away are left out."""
    rows = unit.rows(_COUNTS, notices=list(notices)) if notices else []
    return {notice: (confirmed, asked) for notice, confirmed, asked in rows}


def spared_notices(unit: Unit, person: int) -> Sequence[Notice]:
    """List what came while somebody was away and is not confirmed by them since."""
    return unit.records(Notice, _SPARED, person=person)
