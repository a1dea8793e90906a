"""The one way in to the sums of a budget: what was agreed to is booked once, what was spent is entered.

An approval books by the fact that it was closed, in the transaction that decides, and is taken off again when it is
open again. Each sum is changed together with the row that it is a sum of, on a line that nobody else can change
meanwhile; who may, and what is asked first, is said in budgets.py.
"""

from dataclasses import dataclass
from typing import Final

from commands.approval_words import money_of
from commands.budget_words import Category, level_of, line_word
from commands.core.context import Context
from commands.core.errors import Refused
from commands.core.facts import Fact, on
from commands.core.reply import Strong
from commands.decisions import ApprovalClosed, ApprovalReopened
from commands.grammar.money import Money
from storage.approvals import Approval, pending_in
from storage.budgets import (
    BudgetLine,
    Commitment,
    PlanChange,
    Spend,
    commitment_of,
    held,
    line_for,
    plan_change_of,
    spends_on,
    spent_on,
    unassigned_in,
)
from storage.workspaces import next_number

SPENDS: Final = frozenset({"cost", "purchase"})
"""The kinds of approvals whose amount is money to be spent."""
REDRAWN: Final = 10
"""So many cards of open approvals show at once how a line stands now."""


@dataclass(frozen=True)
class LineCrossed(Fact):
    """A line has reached a level of warning that it was below before."""

    line: BudgetLine


@dataclass(frozen=True)
class BookedNowhere(Fact):
    """An amount was agreed to that counts on no line."""

    approval: Approval


@on(ApprovalClosed)
def book(ctx: Context, fact: ApprovalClosed) -> None:
    """Book what was agreed to: on its line, or as another plan for it.

    No other end of an approval books anything.

    Raises:
        Refused: the plan is in another currency than its line.
    """
    approval, money = fact.approval, money_of(fact.approval)
    if approval.state != "approved" or money is None or approval.project_id is None:
        return
    changes = plan_change_of(ctx.unit, approval.id)
    if changes is not None:
        _replan(ctx, changes, money)
    elif approval.kind in SPENDS:
        line = line_for(ctx.unit, approval.project_id, approval.category, money.currency)
        _commit(ctx, approval, money, line)
        if line is None:
            ctx.state(BookedNowhere(approval))


@on(ApprovalReopened)
def unbook(ctx: Context, fact: ApprovalReopened) -> None:
    """Take off what an approval had booked that is open again.

    Raises:
        Refused: the plan that it gave a line was changed since.
    """
    commitment = commitment_of(ctx.unit, fact.approval.id)
    if commitment is not None and commitment.archived_at is None:
        _count(ctx, commitment, None)
        ctx.unit.archive(ctx.unit.must_get(Commitment, commitment.id))
    changes = plan_change_of(ctx.unit, fact.approval.id)
    if changes is not None and changes.applied_at is not None:
        _plan_as_before(ctx, changes)


def begin(ctx: Context, project: int, category: Category, plan: Money) -> BudgetLine:
    """Plan a new line; what was agreed to for its category counts on it from now on."""
    line = ctx.unit.add(BudgetLine, project_id=project, category=category.stored, plan_minor=plan.minor,
                        currency=plan.currency)  # fmt: skip
    with ctx.unit.unbounded():
        for commitment in unassigned_in(ctx.unit, project):
            approval = ctx.unit.must_get(Approval, commitment.approval_id)
            if approval.category == category.stored and commitment.currency == plan.currency:
                _count(ctx, commitment, line.id)
        return ctx.unit.must_get(BudgetLine, line.id)


def assign(ctx: Context, commitment: Commitment, line: BudgetLine) -> BudgetLine:
    """Have what was agreed to count on a line of its currency, with what was spent of it."""
    with ctx.unit.unbounded():
        _count(ctx, commitment, line.id)
        return ctx.unit.must_get(BudgetLine, line.id)


def enter(
    ctx: Context, line: BudgetLine, money: Money, note: str, *, receipt: str | None, approval: int | None
) -> Spend:
    """Enter what was spent on a line, in its currency.

    Of what an approval agreed to it draws as much as is left.
    """
    with ctx.unit.unbounded():
        spend = ctx.unit.add(
            Spend,
            number=next_number(ctx.unit, "spend"),
            project_id=line.project_id,
            budget_id=line.id,
            approval_id=approval,
            amount_minor=money.minor,
            note=note,
            receipt=receipt,
            creator_id=ctx.me.id,
        )
        _move(ctx, line.id, spent=money.minor, drawn=_drawn(ctx, approval, line.id))
    return spend


def remove(ctx: Context, spend: Spend) -> None:
    """Take back what was entered as spent."""
    with ctx.unit.unbounded():
        ctx.unit.archive(spend)
        _move(ctx, spend.budget_id, spent=-spend.amount_minor, drawn=_drawn(ctx, spend.approval_id, spend.budget_id))


def _commit(ctx: Context, approval: Approval, money: Money, line: BudgetLine | None) -> None:
    """Write down what an approval commits: once, however often it is closed."""
    known = commitment_of(ctx.unit, approval.id)
    if known is not None and known.archived_at is None:
        return
    amount = {"amount_minor": money.minor, "currency": money.currency}
    if known is None:
        known = ctx.unit.add(Commitment, approval_id=approval.id, project_id=approval.project_id, **amount)
    else:
        known = ctx.unit.change(known, archived_at=None, budget_id=None, drawn_minor=0, **amount)
    if line is not None:
        _count(ctx, known, line.id)


def _count(ctx: Context, commitment: Commitment, line: int | None) -> None:
    """Have a commitment count on a line, or on none; what was spent of it goes with it from line to line."""
    before, was_drawn, amount = commitment.budget_id, commitment.drawn_minor, commitment.amount_minor
    if before == line:
        return
    for each in sorted(each for each in (before, line) if each is not None):
        held(ctx.unit, each)  # in one order, so that no two moves wait for each other
    moved = 0
    for spend in spends_on(ctx.unit, commitment.approval_id):
        if line is not None and spend.budget_id == before:
            ctx.unit.change(spend, budget_id=line)
            moved += spend.amount_minor
    drawn = min(spent_on(ctx.unit, commitment.approval_id, line), amount) if line is not None else 0
    ctx.unit.change(commitment, budget_id=line, drawn_minor=drawn)
    if before is not None:
        _move(ctx, before, committed=-amount, drawn=-was_drawn, spent=-moved)
    if line is not None:
        _move(ctx, line, committed=amount, drawn=drawn, spent=moved)


def _drawn(ctx: Context, approval: int | None, line: int) -> int:
    """Say anew how much of a commitment is spent; give by how much that is more."""
    commitment = commitment_of(ctx.unit, approval) if approval is not None else None
    if commitment is None or commitment.archived_at is not None or commitment.budget_id != line:
        return 0
    drawn = min(spent_on(ctx.unit, commitment.approval_id, line), commitment.amount_minor)
    ctx.unit.change(commitment, drawn_minor=drawn)
    return drawn - commitment.drawn_minor


def _replan(ctx: Context, changes: PlanChange, plan: Money) -> None:
    line = held(ctx.unit, changes.budget_id)
    if plan.currency != line.currency:  # it was asked for anew in another one
        raise Refused(ctx.line("The budget of {line} is in {currency}. Ask for a plan in {currency}.",
                               line=Strong(line_word(ctx, line)), currency=line.currency))  # fmt: skip
    ctx.unit.change(changes, before_minor=line.plan_minor, after_minor=plan.minor, applied_at=ctx.unit.now)
    _move(ctx, line.id, plan=plan.minor)


def _plan_as_before(ctx: Context, changes: PlanChange) -> None:
    line = held(ctx.unit, changes.budget_id)
    if line.plan_minor != changes.after_minor:
        raise Refused(ctx.line("The budget of {line} was changed once more since then. Ask for another change instead.",
                               line=Strong(line_word(ctx, line))))  # fmt: skip
    ctx.unit.change(changes, before_minor=None, after_minor=None, applied_at=None)
    _move(ctx, line.id, plan=changes.before_minor)


def _move(
    ctx: Context, id: int, *, plan: int | None = None, committed: int = 0, spent: int = 0, drawn: int = 0
) -> BudgetLine:
    """Change the sums of a line by so much, all at once; say so if it reaches a level of warning."""
    line = held(ctx.unit, id)
    sums = {
        "plan_minor": plan or line.plan_minor,
        "committed_minor": line.committed_minor + committed,
        "spent_minor": line.spent_minor + spent,
        "drawn_minor": line.drawn_minor + drawn,
    }
    used = sums["committed_minor"] + sums["spent_minor"] - sums["drawn_minor"]
    level = level_of(used, sums["plan_minor"])
    moved = ctx.unit.change(line, **sums, warned=level)
    if level > line.warned:
        ctx.state(LineCrossed(moved))
    for each in pending_in(ctx.unit, line.project_id, most=REDRAWN):
        if each.amount_minor is not None:
            ctx.unit.touch("approval", each.id)
    return moved
