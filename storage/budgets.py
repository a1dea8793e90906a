"""Budgets: what a project plans to spend on what, what was agreed to of it, and what was spent.

A line keeps its sums beside its plan, so that they are compared and set by its version; the rows that they are sums
of stay below it. All of them are written by commands/bookings.py alone. Amounts are minor units of the line's currency.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, bindparam, column, func, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, one_of, table_of
from storage.unit import Missing, Unit

CATEGORIES: Final = ("people", "equipment", "software", "outsourcing", "marketing", "logistics", "other")
_ALIVE: Final = column("archived_at").is_(None)


class BudgetLine(Record, table=True):
    """What a project may spend on one category."""

    __tablename__ = "budget"
    __table_args__ = (
        Index(
            "ix_budget_category",
            "workspace_id",
            "project_id",
            "category",
            unique=True,
            sqlite_where=_ALIVE,
            postgresql_where=_ALIVE,
        ),
        one_of("category", CATEGORIES),
        CheckConstraint("plan_minor > 0", name="plan"),
        CheckConstraint("committed_minor >= 0 AND spent_minor >= 0 AND drawn_minor >= 0", name="sums"),
        CheckConstraint("drawn_minor <= committed_minor AND drawn_minor <= spent_minor", name="drawn"),
    )
    project_id: int = Field(foreign_key="project.id")
    category: str
    """One of CATEGORIES."""
    plan_minor: int = Field(sa_type=BigInteger)
    currency: str
    """An ISO code."""
    committed_minor: int = Field(default=0, sa_type=BigInteger)
    """The sum of what approvals agreed to."""
    spent_minor: int = Field(default=0, sa_type=BigInteger)
    """The sum of what was spent."""
    drawn_minor: int = Field(default=0, sa_type=BigInteger)
    """How much of what was spent had been agreed to, and must not count twice."""
    warned: int = 0
    """The highest percentage that it has reached and people were warned of; 0 for none."""

    @property
    def used_minor(self) -> int:
        """What is spent, and what will be because it was agreed to."""
        return self.spent_minor + self.committed_minor - self.drawn_minor

    @property
    def left_minor(self) -> int:
        """What is left of the plan; below zero where more is used."""
        return self.plan_minor - self.used_minor


class Commitment(Record, table=True):
    """What one approval agreed to; put away while it is open again."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "approval_id"),
        Index("ix_commitment_budget", "workspace_id", "budget_id"),
        Index("ix_commitment_project", "workspace_id", "project_id", "budget_id"),
        CheckConstraint("amount_minor > 0 AND drawn_minor >= 0 AND drawn_minor <= amount_minor", name="amount"),
    )
    approval_id: int = Field(foreign_key="approval.id")
    project_id: int = Field(foreign_key="project.id")
    budget_id: int | None = Field(default=None, foreign_key="budget.id")
    """The line that it counts on; None until somebody says which."""
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    """The line's; another one only where it counts on none."""
    drawn_minor: int = Field(default=0, sa_type=BigInteger)
    """How much of it was spent."""


class Spend(Record, table=True):
    """Money that was spent, with its receipt."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_spend_project", "workspace_id", "project_id", "number"),
        Index("ix_spend_budget", "workspace_id", "budget_id"),
        Index(
            "ix_spend_approval",
            "workspace_id",
            "approval_id",
            sqlite_where=column("approval_id").is_not(None),
            postgresql_where=column("approval_id").is_not(None),
        ),
        CheckConstraint("amount_minor > 0", name="amount"),
    )
    number: int
    """By which people name it in a list."""
    project_id: int = Field(foreign_key="project.id")
    budget_id: int = Field(foreign_key="budget.id")
    approval_id: int | None = Field(default=None, foreign_key="approval.id")
    """What had agreed to it, where somebody said so."""
    amount_minor: int = Field(sa_type=BigInteger)
    note: str
    receipt: str | None = None
    """http or https."""
    creator_id: int = Field(foreign_key="person.id")


class PlanChange(Record, table=True):
    """Another plan for a line, for which an approval is asked: its amount is the plan."""

    __tablename__ = "plan_change"
    __table_args__ = (
        UniqueConstraint("workspace_id", "approval_id"),
        Index("ix_plan_change_project", "workspace_id", "project_id", "id"),
    )
    approval_id: int = Field(foreign_key="approval.id")
    project_id: int = Field(foreign_key="project.id")
    budget_id: int = Field(foreign_key="budget.id")
    before_minor: int | None = Field(default=None, sa_type=BigInteger)
    """The plan that it replaced; None while it has not."""
    after_minor: int | None = Field(default=None, sa_type=BigInteger)
    applied_at: datetime | None = None


class Benefit(Record, table=True):
    """What a project brought in, said by whoever closes it out."""

    __table_args__ = (
        Index(
            "ix_benefit_project",
            "workspace_id",
            "project_id",
            unique=True,
            sqlite_where=_ALIVE,
            postgresql_where=_ALIVE,
        ),
        CheckConstraint("amount_minor > 0", name="amount"),
    )
    project_id: int = Field(foreign_key="project.id")
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    note: str
    """What it rests on."""
    author_id: int = Field(foreign_key="person.id")


LINE = table_of(BudgetLine)
COMMITMENT = table_of(Commitment)
SPEND = table_of(Spend)
CHANGE = table_of(PlanChange)
BENEFIT = table_of(Benefit)
_LINES = (
    select(LINE)
    .where(LINE.c.workspace_id == WORKSPACE, LINE.c.project_id == bindparam("project"), LINE.c.archived_at.is_(None))
    .order_by(LINE.c.id)
)
_HELD = select(LINE).where(LINE.c.workspace_id == WORKSPACE, LINE.c.id == bindparam("id")).with_for_update()
_COMMITMENT = select(COMMITMENT).where(
    COMMITMENT.c.workspace_id == WORKSPACE, COMMITMENT.c.approval_id == bindparam("of")
)
_UNASSIGNED = (
    select(COMMITMENT)
    .where(
        COMMITMENT.c.workspace_id == WORKSPACE,
        COMMITMENT.c.project_id == bindparam("project"),
        COMMITMENT.c.budget_id.is_(None),
        COMMITMENT.c.archived_at.is_(None),
    )
    .order_by(COMMITMENT.c.id)
)
_BOOKED = (
    select(COMMITMENT.c.budget_id, func.sum(COMMITMENT.c.amount_minor))
    .where(
        COMMITMENT.c.workspace_id == WORKSPACE,
        COMMITMENT.c.project_id == bindparam("project"),
        COMMITMENT.c.budget_id.is_not(None),
        COMMITMENT.c.archived_at.is_(None),
    )
    .group_by(COMMITMENT.c.budget_id)
)
_SPENDS = (
    select(SPEND)
    .where(SPEND.c.workspace_id == WORKSPACE, SPEND.c.project_id == bindparam("project"), SPEND.c.archived_at.is_(None))
    .order_by(SPEND.c.number.desc())
    .limit(bindparam("most"))
)
_SPEND = select(SPEND).where(
    SPEND.c.workspace_id == WORKSPACE, SPEND.c.number == bindparam("of_number"), SPEND.c.archived_at.is_(None)
)
_on_approval = (
    SPEND.c.workspace_id == WORKSPACE,
    SPEND.c.approval_id == bindparam("of"),
    SPEND.c.archived_at.is_(None),
)
_SPENT_ON = select(func.sum(SPEND.c.amount_minor)).where(*_on_approval, SPEND.c.budget_id == bindparam("line"))
_SPENDS_ON = select(SPEND).where(*_on_approval)
_CHANGE = select(CHANGE).where(CHANGE.c.workspace_id == WORKSPACE, CHANGE.c.approval_id == bindparam("of"))
_CHANGES = (
    select(CHANGE)
    .where(
        CHANGE.c.workspace_id == WORKSPACE,
        CHANGE.c.project_id == bindparam("project"),
        CHANGE.c.applied_at.is_not(None),
        CHANGE.c.archived_at.is_(None),
    )
    .order_by(CHANGE.c.id)
)
_BENEFIT = select(BENEFIT).where(
    BENEFIT.c.workspace_id == WORKSPACE, BENEFIT.c.project_id == bindparam("project"), BENEFIT.c.archived_at.is_(None)
)


def lines_of(unit: Unit, project: int) -> list[BudgetLine]:
    """List the lines of a project, in the order of CATEGORIES."""
    lines = unit.records(BudgetLine, _LINES, project=project)
    return sorted(lines, key=lambda line: CATEGORIES.index(line.category))


def line_for(unit: Unit, project: int, category: str | None, currency: str) -> BudgetLine | None:
    """Choose the line that an amount counts on: that of its category, else the only one.

    None where it is unclear, or where that line has another currency.
    """
    lines = lines_of(unit, project)
    fitting = [line for line in lines if category is None or line.category == category]
    return fitting[0] if len(fitting) == 1 and fitting[0].currency == currency else None


def held(unit: Unit, line: int) -> BudgetLine:
    """Read a line to write its sums: others who want to wait until this transaction has ended.

    Raises:
        Missing: there is none in this workspace.
    """
    found = unit.record(BudgetLine, _HELD, id=line)
    if found is None:
        raise Missing(f"no budget with id {line} in this workspace")
    return found


def commitment_of(unit: Unit, approval: int) -> Commitment | None:
    """Find what an approval committed, put away or not."""
    return unit.record(Commitment, _COMMITMENT, of=approval)


def unassigned_in(unit: Unit, project: int) -> list[Commitment]:
    """List what was agreed to in a project and counts on no line yet, the oldest first."""
    return unit.records(Commitment, _UNASSIGNED, project=project)


def booked_in(unit: Unit, project: int) -> dict[int, int]:
    """Add up from the single entries what is committed on each line, in minor units."""
    return {line: int(total) for line, total in unit.rows(_BOOKED, project=project)}


def spends_in(unit: Unit, project: int, *, most: int) -> list[Spend]:
    """List what was spent in a project, the newest first."""
    return unit.records(Spend, _SPENDS, project=project, most=most)


def spend_numbered(unit: Unit, number: int) -> Spend | None:
    """Find money that was spent, and not taken back, by its number."""
    return unit.record(Spend, _SPEND, of_number=number)


def spends_on(unit: Unit, approval: int) -> list[Spend]:
    """List what was spent of what an approval agreed to."""
    return unit.records(Spend, _SPENDS_ON, of=approval)


def spent_on(unit: Unit, approval: int, line: int) -> int:
    """Add up what was spent on a line of what an approval agreed to, in minor units."""
    row = unit.row(_SPENT_ON, of=approval, line=line)
    return int(row[0] or 0) if row is not None else 0


def plan_change_of(unit: Unit, approval: int) -> PlanChange | None:
    """Find the change of a plan that an approval is about."""
    return unit.record(PlanChange, _CHANGE, of=approval)


def plan_changes_in(unit: Unit, project: int) -> list[PlanChange]:
    """List the changes of plans that were agreed to in a project, the oldest first."""
    return unit.records(PlanChange, _CHANGES, project=project)


def benefit_of(unit: Unit, project: int) -> Benefit | None:
    """Give what a project is said to have brought in."""
    return unit.record(Benefit, _BENEFIT, project=project)
