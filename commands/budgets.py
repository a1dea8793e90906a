"""Budgets: what a project plans to spend on what, and that a plan changes by an approval alone.

`预算 营销 ¥200,000` plans a line once; `预算调整` asks for another plan. What is spent is said in spends.py, what is
booked by an approval in bookings.py, and how it looks in budget_cards.py.
"""

from typing import Final

from commands import approvals
from commands.bookings import BookedNowhere, LineCrossed, assign, begin
from commands.budget_cards import listed, row
from commands.budget_words import Category, category_in, category_word, guardians, line_word, minor, state_line
from commands.core.arguments import Prose
from commands.core.command import command
from commands.core.context import Context, View
from commands.core.errors import Asked, LeftOver, Refused, Wanting
from commands.core.facts import on
from commands.core.reply import Button, Code, Line, Listing, Note, Part, Reply, Strong, Text
from commands.core.retyping import retyped
from commands.grammar.money import Money
from commands.grammar.when import When
from commands.words.money import amount as amount_words
from storage.approvals import Approval
from storage.budgets import BudgetLine, PlanChange, commitment_of, lines_of
from storage.chats import Project
from storage.people import Person

TOLD: Final = ("finance", "lead")
"""The roles of a project that are warned."""
ASKED: Final = ("finance",)
"""The roles that say on which line something counts."""


@command("budget", may="budget.view", examples=("预算", "budget software $20,000", "预算 营销 ¥200,000"))
def budget(
    ctx: Context,
    line: Prose | None = None,
    amount: Money | None = None,
    category: Category | None = None,
    project: Project | None = None,
) -> Reply:
    """Show the budget of this project; with a category and an amount, plan a line of it."""
    of = project or project_here(ctx)
    said, rest = category_in(ctx, line)
    chosen = category or said
    if line and chosen is None:
        raise _unknown(ctx, line)
    if rest and chosen is said:
        example = Code(ctx.t("budget marketing $20,000"))
        raise LeftOver(ctx.line("I do not know what to do with {words} here. Example: {example}", words=Strong(rest),
                                example=example))  # fmt: skip
    if amount is None:
        return _shown(ctx, of, chosen)
    ctx.must("budget.edit", of)
    return _planned(ctx, of, chosen, amount)


@command(
    "budget change",
    may="approval.edit",
    examples=("预算调整 营销 ¥250,000 直播加场 @王总", "change budget software $25,000 More seats @kate"),
)
def change(
    ctx: Context,
    reason: Prose,
    amount: Money,
    category: Category | None = None,
    approvers: tuple[Person, ...] = (),
    deadline: When | None = None,
) -> Reply:
    """Ask for another plan of a budget line; it is changed when that is approved."""
    said, rest = (category, reason) if category else category_in(ctx, reason)
    line = line_meant(ctx, project_here(ctx), said)
    if not rest:
        example = Code(ctx.t("change budget software $25,000 More seats @kate"))
        raise Wanting("reason", ctx.line("What is it for? Example: {example}", example=example))
    refuse_other_currency(ctx, line, amount)
    title = ctx.t("Budget of {line}: {reason}", line=line_word(ctx, line), reason=rest)
    asked = approvals.add(ctx, Prose(title), approvals.Cause.COST, amount, approvers, deadline,
                          category=Category.of(line))  # fmt: skip
    if asked.about is not None:
        ctx.unit.add(PlanChange, approval_id=asked.about.id, project_id=line.project_id, budget_id=line.id)
    return asked


@command("budget assign", may="budget.edit", examples=("归入预算 A-1 营销", "budget assign A-1 software"))
def assign_(ctx: Context, approval: Approval, category: Category) -> Reply:
    """Say on which budget line an approved amount counts."""
    ref = Strong(ctx.ref(approval).label)
    commitment = commitment_of(ctx.unit, approval.id)
    if commitment is None or commitment.archived_at is not None:
        raise Refused(ctx.line("{approval} has booked nothing: only a cost or a purchase that was approved does.",
                               approval=ref))  # fmt: skip
    line = line_meant(ctx, ctx.unit.must_get(Project, commitment.project_id), category)
    refuse_other_currency(ctx, line, Money(commitment.amount_minor, commitment.currency))
    if commitment.budget_id == line.id:
        raise Refused(ctx.line("{approval} counts on {line} already.", approval=ref, line=line_word(ctx, line)))
    booked = assign(ctx, commitment, line)
    ctx.unit.touch("approval", approval.id)
    told = ctx.line("{approval} counts on {line} now.", approval=ref, line=Strong(line_word(ctx, line)))
    return Reply(parts=(Text(told), Text(state_line(ctx, booked))), to="private")


@on(LineCrossed)
def warn(ctx: Context, fact: LineCrossed) -> None:
    """Tell finance and who leads the project that a line is nearly used, or used up."""
    project = ctx.unit.must_get(Project, fact.line.project_id)
    for person in guardians(ctx, project, TOLD, "budget.view"):
        ctx.send(person, _warning(ctx.seen_by(person), project, fact.line))


@on(BookedNowhere)
def ask_where(ctx: Context, fact: BookedNowhere) -> None:
    """Ask finance on which line an approved amount counts, if there are any."""
    approval = fact.approval
    lines = [line for line in lines_of(ctx.unit, approval.project_id or 0) if line.currency == approval.currency]
    for person in guardians(ctx, approval, ASKED, "budget.edit") if lines else ():
        ctx.send(person, _where(ctx.seen_by(person), approval, lines))


def project_here(ctx: Context) -> Project:
    """Give the project that this chat works on.

    Raises:
        Refused: it works on none.
    """
    project = ctx.unit.get(Project, ctx.project) if ctx.project is not None else None
    if project is None:
        raise Refused(ctx.line("This chat has no project, and so no budget. Say it in the project's group."))
    return project


def line_meant(ctx: Context, project: Project, category: Category | None) -> BudgetLine:
    """Find the line of a category; the only one where none was named.

    Raises:
        Asked: it is not clear which one is meant.
        Refused: there is none at all.
    """
    lines = lines_of(ctx.unit, project.id)
    found = [line for line in lines if category is None or line.category == category.stored]
    if len(found) == 1:
        return found[0]
    if not lines:
        raise Refused(_no_budget(ctx))
    picks = _choices(ctx, [Category.of(line) for line in lines])
    if category is None:
        raise Asked(ctx.line("Which budget line is meant?"), picks)
    raise Asked(ctx.line("There is no budget for {category} here. Which line is meant?",
                         category=Strong(category_word(ctx, category))), picks)  # fmt: skip


def refuse_other_currency(ctx: Context, line: BudgetLine, money: Money) -> None:
    """Refuse an amount that cannot be added to a line.

    Raises:
        Refused: it is in another currency.
    """
    if money.currency != line.currency:
        line_name, currency = Strong(line_word(ctx, line)), line.currency
        raise Refused(ctx.line("The budget of {line} is in {currency}, and {amount} is not: nothing is converted here. "
                               "Say the amount in {currency}.", line=line_name, currency=currency,
                               amount=amount_words(money)))  # fmt: skip


def _shown(ctx: Context, project: Project, category: Category | None) -> Reply:
    """Show all lines, or the one that was named."""
    lines = lines_of(ctx.unit, project.id)
    if not lines:
        return Reply(parts=(Text(_no_budget(ctx)),), to="private")
    if category is not None:
        line = line_meant(ctx, project, category)
        parts: tuple[Part, ...] = (Listing((row(ctx, line),)), Note(_how_to_change(ctx, line)))
        return Reply(title=(ctx.t("Budget of {project}", project=project.name),), parts=parts, to="private")
    spend = ctx.button(ctx.t("Enter a spend…"), "spend", {"?": "amount"}, typed=ctx.t("spend $320 marketing samples"))
    spends = ctx.button(ctx.t("What was spent"), "spend list", {})
    buttons = ((spend,) if ctx.may("budget.spend", project) else ()) + (spends,)
    return Reply(title=(ctx.t("Budget of {project}", project=project.name),), parts=tuple(listed(ctx, project, lines)),
                 buttons=buttons if ctx.project == project.id else (), to="private")  # fmt: skip


def _planned(ctx: Context, project: Project, category: Category | None, plan: Money) -> Reply:
    if category is None:
        raise Asked(ctx.line("What is {amount} planned for?", amount=amount_words(plan)), _choices(ctx, list(Category)))
    known = next((line for line in lines_of(ctx.unit, project.id) if line.category == category.stored), None)
    if known is not None:
        raise _only_by_approval(ctx, known, plan)
    line = begin(ctx, project.id, category, plan)
    name = Strong(category_word(ctx, category))
    told = ctx.line("Planned: {line} {plan}. From now on an approval changes it.", line=name,
                    plan=Strong(minor(line.plan_minor, line.currency)))  # fmt: skip
    used = (Text(state_line(ctx, line)),) if line.used_minor else ()
    return Reply(parts=(Text(told), *used), to="private")


def _only_by_approval(ctx: Context, line: BudgetLine, plan: Money) -> Refused:
    """Refuse another plan, and offer to ask for it."""
    name, category = line_word(ctx, line), Category.of(line)
    typed = ctx.say("budget change", name, amount_words(plan), "…")
    args = {"category": category.value, "amount": plan.canonical(), "?": "reason"}
    asks = ctx.button(ctx.t("Ask for it…"), "budget change", args, typed=typed)
    said = ctx.line("{line} is planned with {plan} already, and only an approval changes that: {example}",
                    line=Strong(name), plan=minor(line.plan_minor, line.currency), example=Code(typed))  # fmt: skip
    return Refused(said, (asks,))


def _how_to_change(ctx: Context, line: BudgetLine) -> Line:
    example = Code(ctx.say("budget change", line_word(ctx, line), ctx.t("$25,000 More seats @kate")))
    return ctx.line("Another plan takes an approval: {example}", example=example)


def _no_budget(ctx: Context) -> Line:
    example = Code(ctx.t("budget marketing $20,000"))
    return ctx.line("This project has no budget yet. Finance or an admin plans it: {example}", example=example)


def _choices(ctx: Context, categories: list[Category]) -> tuple[Button, ...]:
    """Offer the same call again with each category in it."""
    buttons = []
    for each in categories:
        args = {**ctx.call.args, "category": each.value}
        buttons.append(Button(category_word(ctx, each), ctx.call.command, args, retyped(ctx, ctx.call.command, args)))
    return tuple(buttons)


def _unknown(ctx: Context, said: str) -> Asked:
    """Ask for a category where something else was said; the amount is kept, what was said is not."""
    words = ctx.t(", ").join(category_word(ctx, each) for each in Category)
    args = {name: value for name, value in ctx.call.args.items() if name != "line"}
    picks = tuple(
        Button(
            name, "budget", {**args, "category": each.value}, retyped(ctx, "budget", {**args, "category": each.value})
        )
        for each in Category
        if (name := category_word(ctx, each))
    )
    line = ctx.line("{words} is no category of a budget. There are: {categories}", words=Strong(said), categories=words)
    return Asked(line, picks)


def _warning(view: View, project: Project, line: BudgetLine) -> Reply:
    look = view.button(view.t("See the budget"), "budget", {"project": project.id}, typed=view.say("budget"))
    return Reply(title=(project.name,), parts=(Text(state_line(view, line)),), buttons=(look,), to="direct")


def _where(view: View, approval: Approval, lines: list[BudgetLine]) -> Reply:
    """Ask on which line an approval counts."""
    ref = view.ref(approval).label
    money = minor(approval.amount_minor or 0, approval.currency or "")
    said = view.line("{approval} {title} was approved, {amount}, and counts on no budget line yet. Which one is it?",
                     approval=Strong(ref), title=approval.title, amount=Strong(money))  # fmt: skip
    picks = tuple(
        view.button(line_word(view, line), "budget assign", {"approval": ref, "category": Category.of(line).value},
                    typed=view.say("budget assign", ref, line_word(view, line)))
        for line in lines
    )  # fmt: skip
    return Reply(parts=(Text(said),), buttons=picks, to="direct")
