"""Price rules: floor prices, how little stacked discounts may leave, test coupons; and which of them a request tripped.

A rule holds in one project, or everywhere. Of floors and shares that hold in a place the stricter counts; how long
before the launch test coupons are watched is said by the project, else for everywhere. What a request tripped is kept
as it was at that time, one row for each rule and edition, for ever.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import BigInteger, CheckConstraint, Index, bindparam, column, or_, select
from sqlmodel import Field

from storage.approvals import APPROVAL, Approval
from storage.columns import WORKSPACE, Record, table_of
from storage.unit import Unit

RuleKind = Literal["floor", "stacking", "testing"]
TripKind = Literal[
    "floor", "stacking", "testing", "launched", "launch", "product", "price", "currency", "discount", "words"
]
"""A rule that was broken, the first four; else what could not be read, or is not known, so that none was compared."""
SHARES: Final = 10_000
"""A share is kept in ten-thousandths."""
STACKED_AT_MOST: Final = 50
"""So many other coupons one is compared with."""


class PriceRule(Record, table=True):
    """What a price or a coupon must keep to, or else two people must agree."""

    __table_args__ = (
        Index("ix_pricerule_place", "workspace_id", "archived_at", "project_id"),
        Index(
            "ix_pricerule_once",
            "workspace_id",
            "project_id",
            "kind",
            "key",
            unique=True,
            sqlite_where=column("archived_at").is_(None),
            postgresql_where=column("archived_at").is_(None),
        ),
        CheckConstraint("kind IN ('floor', 'stacking', 'testing')", name="kind"),
        CheckConstraint("kind <> 'floor' OR key <> '' AND amount_minor > 0 AND currency IS NOT NULL", name="floor"),
        CheckConstraint("kind <> 'stacking' OR percent BETWEEN 1 AND 99", name="stacking"),
        CheckConstraint("kind <> 'testing' OR days >= 0", name="testing"),
    )
    project_id: int | None = Field(default=None, foreign_key="project.id")
    """None for everywhere."""
    kind: str
    """`floor`, `stacking` or `testing`."""
    product: str | None = None
    """The product or SKU of a floor, as it was typed."""
    key: str = ""
    """What the product is found by, `product_key` in commands/grammar/offers.py; empty but for a floor."""
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    """The floor, in minor units."""
    currency: str | None = None
    percent: int | None = None
    """Of the price, that stacked discounts must leave."""
    days: int | None = None
    """So many days before the launch a test coupon takes two people; 0 for never."""


class PriceTrip(Record, table=True):
    """A rule that a request tripped, as rule and request were at that time; never changed."""

    __table_args__ = (Index("ix_pricetrip_approval", "workspace_id", "approval_id", "edition"),)
    approval_id: int = Field(foreign_key="approval.id")
    edition: int
    """Of the request."""
    kind: str
    """What tripped: see TripKind."""
    rule_id: int | None = Field(default=None, foreign_key="pricerule.id")
    """None where it is the rule of the house, or nothing could be compared."""
    subject: str = ""
    """The product, or the words that could not be read."""
    least: int = Field(default=0, sa_type=BigInteger)
    """What the rule asks for: minor units, ten-thousandths of the price, or days before the launch."""
    found: int = Field(default=0, sa_type=BigInteger)
    """What the request gives, in the same unit."""
    currency: str | None = None


RULE = table_of(PriceRule)
TRIP = table_of(PriceTrip)
_RULES = (
    select(RULE)
    .where(
        RULE.c.workspace_id == WORKSPACE,
        RULE.c.archived_at.is_(None),
        or_(RULE.c.project_id.is_(None), RULE.c.project_id == bindparam("project")),
    )
    .order_by(RULE.c.kind, RULE.c.key, RULE.c.project_id, RULE.c.id)
)
_TRIPS = (
    select(TRIP)
    .where(TRIP.c.workspace_id == WORKSPACE, TRIP.c.approval_id == bindparam("of"), TRIP.c.edition == bindparam("at"))
    .order_by(TRIP.c.id)
)
_OFFERS = (
    select(APPROVAL)
    .where(
        APPROVAL.c.workspace_id == WORKSPACE,
        APPROVAL.c.archived_at.is_(None),
        APPROVAL.c.project_id == bindparam("project"),
        APPROVAL.c.state.in_(("pending", "approved")),
        APPROVAL.c.kind == "price",
        APPROVAL.c.created_at > bindparam("since"),
        APPROVAL.c.id != bindparam("but"),
    )
    .order_by(APPROVAL.c.number.desc())
    .limit(STACKED_AT_MOST)
)
_PENDING = (
    select(APPROVAL)
    .where(
        APPROVAL.c.workspace_id == WORKSPACE,
        APPROVAL.c.archived_at.is_(None),
        APPROVAL.c.state == "pending",
        APPROVAL.c.kind == "price",
    )
    .order_by(APPROVAL.c.number)
)
_ABOUT_TASK = (
    select(APPROVAL)
    .where(
        APPROVAL.c.workspace_id == WORKSPACE,
        APPROVAL.c.task_id == bindparam("task"),
        APPROVAL.c.archived_at.is_(None),
        APPROVAL.c.kind == "price",
        APPROVAL.c.state.in_(("pending", "approved", "rejected")),
    )
    .order_by(APPROVAL.c.number.desc())
    .limit(1)
)
_TRIPPED = (
    select(APPROVAL)
    .where(
        APPROVAL.c.workspace_id == WORKSPACE,
        APPROVAL.c.archived_at.is_(None),
        APPROVAL.c.project_id == bindparam("project"),
        APPROVAL.c.state.in_(("pending", "rejected")),
        APPROVAL.c.kind == "price",
        select(TRIP.c.id)
        .where(
            TRIP.c.workspace_id == WORKSPACE,
            TRIP.c.approval_id == APPROVAL.c.id,
            TRIP.c.edition == APPROVAL.c.edition,
        )
        .exists(),
    )
    .order_by(APPROVAL.c.number)
    .limit(bindparam("most"))
)


def rules_for(unit: Unit, project: int | None) -> list[PriceRule]:
    """List the rules that hold in a project, its own and those for all, by kind and product."""
    return unit.records(PriceRule, _RULES, project=project)


def trips_recorded(unit: Unit, approval: int, edition: int) -> list[PriceTrip]:
    """List what an edition of a request was seen to trip, the first first."""
    return unit.records(PriceTrip, _TRIPS, of=approval, at=edition)


def other_offers(unit: Unit, project: int | None, *, since: datetime, but: int) -> list[Approval]:
    """List what else of prices is open or agreed to in a project, the newest first."""
    return unit.records(Approval, _OFFERS, project=project, since=since, but=but)


def tripped_in(unit: Unit, project: int, *, most: int) -> Sequence[Approval]:
    """List what tripped a rule in a project and is open, or was rejected; the oldest first."""
    return unit.records(Approval, _TRIPPED, project=project, most=most)


def pending_prices(unit: Unit) -> list[Approval]:
    """List the prices and coupons that are open, in every project; the oldest first."""
    return unit.records(Approval, _PENDING)


def last_price_of(unit: Unit, task: int) -> Approval | None:
    """Find the price or coupon that was asked for last for a task, and is open or was decided."""
    return unit.record(Approval, _ABOUT_TASK, task=task)
