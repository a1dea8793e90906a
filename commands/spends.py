"""Spends: what was paid, said in a sentence with its receipt, against a line of the budget.

What would pass the plan is asked about first, and never entered in silence.
"""

from typing import Final

from commands.bookings import assign, enter, remove
from commands.budget_words import Category, category_in, line_word, minor, percent, state_line
from commands.budgets import line_meant, project_here, refuse_other_currency
from commands.core.arguments import Prose, Url
from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Asked, Refused, Wanting
from commands.core.event import Args
from commands.core.reply import Button, Code, Inline, Item, Line, Link, Listing, Note, Part, Reply, Strong, Text
from commands.core.retyping import retyped
from commands.grammar.money import Money
from commands.grammar.tokens import normal
from commands.task_guards import Anyway
from commands.words.money import amount as amount_words
from storage.approvals import Approval
from storage.budgets import BudgetLine, Spend, commitment_of, spend_numbered, spends_in
from storage.chats import Project

NOTE_CHARS: Final = 200
LISTED: Final = 12
NUMBER_DIGITS: Final = 9


@command(
    "spend",
    may="budget.spend",
    examples=(
        "花费 ¥3,200 营销 达人样品 https://example.com/r/1",
        "spend $320 software samples https://example.com/r/2",
    ),
)
def spend(
    ctx: Context,
    amount: Money,
    note: Prose | None = None,
    receipt: Url | None = None,
    category: Category | None = None,
    approval: Approval | None = None,
    anyway: Anyway | None = None,
) -> Reply:
    """Enter what was spent, on which line, with its receipt; name the approval it was for."""
    said, rest = (category, note or "") if category else category_in(ctx, note)
    line = _line_of(ctx, approval, said)
    words = rest or (approval.title if approval else "")
    if not words:
        example = Code(ctx.t("spend $320 marketing samples"))
        raise Wanting("note", ctx.line("What was it spent on? Example: {example}", example=example))
    refuse_other_currency(ctx, line, amount)
    if anyway is None:
        _ask_beyond(ctx, line, amount, approval)
    before = percent(line.used_minor, line.plan_minor)
    if approval is not None:
        _count_on(ctx, approval, line)
    entered = enter(ctx, line, amount, words[:NOTE_CHARS], receipt=receipt, approval=approval.id if approval else None)
    return _said(ctx, entered, before)


@command("spend list", may="budget.view", reads=True, examples=("花费记录", "spends"))
def list_(ctx: Context) -> Reply:
    """List what was spent in this project, the newest first."""
    project = project_here(ctx)
    found = spends_in(ctx.unit, project.id, most=LISTED + 1)
    title: Line = (ctx.t("Spent in {project}", project=project.name),)
    if not found:
        example = Code(ctx.t("spend $320 marketing samples"))
        line = ctx.line("Nothing was spent yet. To enter something: {example}", example=example)
        return Reply(title=title, parts=(Text(line),), to="private")
    may_remove = ctx.may("budget.spend", project)
    parts: list[Part] = [Listing(tuple(_row(ctx, each, may_remove=may_remove) for each in found[:LISTED]))]
    if len(found) > LISTED:
        parts.append(Note(ctx.line("Only the newest {count} are shown.", count=LISTED)))
    return Reply(title=title, parts=tuple(parts), to="private")


@command("spend remove", may="budget.spend", examples=("删除花费 1", "remove spend 2"))
def remove_(ctx: Context, number: str) -> Reply:
    """Take back a spend, by its number in the list."""
    said = normal(number).lstrip("#")
    is_number = said.isascii() and said.isdecimal() and len(said) <= NUMBER_DIGITS
    found = spend_numbered(ctx.unit, int(said)) if is_number else None
    project = ctx.unit.get(Project, found.project_id) if found is not None else None
    if found is None or project is None or not ctx.may("budget.spend", project):
        listing = Code(ctx.say("spend list"))
        raise Refused(ctx.line("There is no spend {number} here. See what there is: {list}", number=Strong(number),
                               list=listing))  # fmt: skip
    line = ctx.unit.must_get(BudgetLine, found.budget_id)
    remove(ctx, found)
    told = ctx.line("Taken back: {spend}.", spend=_words(ctx, found, line))
    return Reply(parts=(Text(told), Text(state_line(ctx, ctx.unit.must_get(BudgetLine, line.id)))), to="private")


def _line_of(ctx: Context, approval: Approval | None, category: Category | None) -> BudgetLine:
    """Find the line: that of the approval, else that of the category, else the only one."""
    if approval is None:
        return line_meant(ctx, project_here(ctx), category)
    ref = Strong(ctx.ref(approval).label)
    if approval.state != "approved" or approval.project_id is None:
        raise Refused(ctx.line("{approval} is not approved, or belongs to no project: nothing is spent on it yet.",
                               approval=ref))  # fmt: skip
    commitment = commitment_of(ctx.unit, approval.id)
    known = commitment.budget_id if commitment is not None and commitment.archived_at is None else None
    if known is None:
        return line_meant(ctx, ctx.unit.must_get(Project, approval.project_id), category)
    line = ctx.unit.must_get(BudgetLine, known)
    if category is not None and category is not Category.of(line):
        raise Refused(ctx.line("{approval} counts on {line}; what is spent of it does so too.", approval=ref,
                               line=Strong(line_word(ctx, line))))  # fmt: skip
    return line


def _count_on(ctx: Context, approval: Approval, line: BudgetLine) -> None:
    """Have what was agreed to count on the line that somebody spends it from, if it counted nowhere."""
    commitment = commitment_of(ctx.unit, approval.id)
    is_loose = commitment is not None and commitment.archived_at is None and commitment.budget_id is None
    if commitment is not None and is_loose and commitment.currency == line.currency:
        assign(ctx, commitment, line)


def _ask_beyond(ctx: Context, line: BudgetLine, money: Money, approval: Approval | None) -> None:
    """Ask before more is spent than is planned.

    Raises:
        Asked: it would be.
    """
    commitment = commitment_of(ctx.unit, approval.id) if approval is not None else None
    is_booked = commitment is not None and commitment.archived_at is None
    agreed = commitment.amount_minor - commitment.drawn_minor if commitment is not None and is_booked else 0
    counted = agreed if commitment is not None and commitment.budget_id == line.id else 0
    used = line.used_minor + max(money.minor - counted, 0)
    if used <= line.plan_minor or used == line.used_minor:
        return
    args: Args = {**ctx.call.args, "anyway": Anyway.YES.value}
    go_on = Button(ctx.t("Enter it all the same"), ctx.call.command, args, retyped(ctx, ctx.call.command, args))
    asks = ctx.button(ctx.t("Ask for a larger budget…"), "budget change",
                      {"category": Category.of(line).value, "?": "amount"},
                      typed=ctx.say("budget change", line_word(ctx, line), "…"))  # fmt: skip
    raise Asked(ctx.line("⚠️ With this {line} is over its budget by {over}: {used} of {plan}. Enter it?",
                         line=Strong(line_word(ctx, line)), over=Strong(minor(used - line.plan_minor, line.currency)),
                         used=minor(used, line.currency), plan=minor(line.plan_minor, line.currency)),
                (go_on, asks))  # fmt: skip


def _said(ctx: Context, entered: Spend, before: int) -> Reply:
    line = ctx.unit.must_get(BudgetLine, entered.budget_id)
    now = percent(line.used_minor, line.plan_minor)
    told = ctx.line("Spent: {spend} · {before}% → {now}%.", spend=_words(ctx, entered, line), before=before, now=now)
    parts: list[Part] = [Text(told), Text(state_line(ctx, line))]
    due = line.committed_minor - line.drawn_minor
    if due and entered.approval_id is None:
        example = Code(ctx.say("spend", amount_words(Money(entered.amount_minor, line.currency)), "A-…"))
        hint = ctx.line("{amount} of {line} is agreed to and not spent yet. Was this for one of these? Then take it "
                        "back and name it, so that it does not count twice: {example}",
                        amount=minor(due, line.currency), line=line_word(ctx, line), example=example)  # fmt: skip
        parts.append(Note(hint))
    if entered.receipt is None:
        parts.append(Note(ctx.line("No receipt: its address behind the words is kept with it.")))
    return Reply(parts=tuple(parts), to="private")


def _words(ctx: Context, spent: Spend, line: BudgetLine) -> Line:
    amount = Strong(minor(spent.amount_minor, line.currency))
    receipt: list[Inline] = [" · ", Link(spent.receipt, ctx.t("receipt"))] if spent.receipt else []
    return (f"{spent.number}. ", amount, f" {line_word(ctx, line)} · {spent.note}", *receipt)


def _row(ctx: Context, spent: Spend, *, may_remove: bool) -> Item:
    line = ctx.unit.must_get(BudgetLine, spent.budget_id)
    approval = ctx.unit.get(Approval, spent.approval_id) if spent.approval_id is not None else None
    of: Line = (f" · {ctx.ref(approval).label}",) if approval is not None else ()
    takes = ctx.button(ctx.t("Take back"), "spend remove", {"number": str(spent.number)}) if may_remove else None
    return Item(_words(ctx, spent, line), (ctx.who(spent.creator_id), f" · {ctx.clock(spent.created_at)}", *of), takes)
