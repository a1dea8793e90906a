"""Close-outs: what a project cost against its plan, what was changed on the way, and what it brought in for that.

Drawn anew whenever it is asked for, for who may see budgets alone. What it brought in is said by who closes it, with
what that rests on; nothing here can check it, and the page says so.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from commands.approval_words import aware
from commands.budget_cards import by_currency, picture_of
from commands.budget_words import line_word, minor
from commands.budgets import project_here
from commands.core.arguments import Prose
from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Wanting
from commands.core.reply import Code, Item, Line, Listing, Note, Part, Reply, Strong, Table, Text
from commands.grammar.money import Money
from commands.words.money import amount as amount_words
from storage.approvals import Approval
from storage.budgets import Benefit, BudgetLine, PlanChange, benefit_of, lines_of, plan_changes_in
from storage.chats import Project
from storage.efficiency import overdue_in
from storage.tasks import counts_of

NOTE_CHARS: Final = 300


@command("closeout", may="budget.view", reads=True, examples=("结项", "close out"))
def closeout(ctx: Context) -> Reply:
    """Show what this project cost against its plan, what changed, and what it brought in."""
    project = project_here(ctx)
    lines = lines_of(ctx.unit, project.id)
    parts: list[Part] = [*_costs(ctx, lines), *_changes(ctx, project), *_tasks(ctx, project)]
    benefit = benefit_of(ctx.unit, project.id)
    parts += _worth(ctx, benefit, lines) if benefit is not None else _no_benefit(ctx)
    if lines:
        parts.append(picture_of(ctx, project, lines))
    says = ctx.button(ctx.t("Say what it brought in…"), "closeout benefit", {"?": "amount"},
                      typed=ctx.t("benefit $120,000 Extra margin at 30%"))  # fmt: skip
    buttons = (says,) if ctx.may("budget.close", project) else ()
    title = (ctx.t("Close-out of {project} · {day}", project=project.name, day=ctx.due(ctx.today)),)
    return Reply(title=title, parts=tuple(parts), buttons=buttons, to="private")


@command(
    "closeout benefit",
    may="budget.close",
    examples=("收益 ¥800,000 大促新增毛利，按毛利率 30% 算", "benefit $120,000 Extra margin at 30%"),
)
def benefit_(ctx: Context, amount: Money, note: Prose | None = None) -> Reply:
    """Say what this project brought in, and what that rests on; said again, it is replaced."""
    project = project_here(ctx)
    if not note:
        example = Code(ctx.t("benefit $120,000 Extra margin at 30%"))
        raise Wanting("note", ctx.line("What does it rest on? Example: {example}", example=example))
    known = benefit_of(ctx.unit, project.id)
    values = {
        "amount_minor": amount.minor,
        "currency": amount.currency,
        "note": note[:NOTE_CHARS],
        "author_id": ctx.me.id,
    }
    said = (
        ctx.unit.change(known, **values)
        if known is not None
        else ctx.unit.add(Benefit, project_id=project.id, **values)
    )
    lines = lines_of(ctx.unit, project.id)
    return Reply(parts=tuple(_worth(ctx, said, lines)), to="private")


def _costs(ctx: Context, lines: Sequence[BudgetLine]) -> Iterator[Part]:
    """Compare plan and actual by category; what is agreed to and not spent yet is told beside it."""
    if not lines:
        yield Text(ctx.line("This project had no budget."))
        return
    columns = (ctx.t("Category"), ctx.t("Planned"), ctx.t("Spent"), ctx.t("Difference"))
    rows: list[tuple[Line, ...]] = [_compared(line_word(ctx, line), [line]) for line in lines]
    for currency, those in by_currency(lines):
        if len(those) > 1:
            rows.append(_compared(ctx.t("Together ({currency})", currency=currency), those))
    yield Table(columns, tuple(rows))
    for currency, those in by_currency(lines):
        due = sum(line.committed_minor - line.drawn_minor for line in those)
        if due:
            yield Note(ctx.line("{amount} is agreed to and not spent yet: the actual cost may still grow by it.",
                                amount=minor(due, currency)))  # fmt: skip


def _compared(name: str, lines: Sequence[BudgetLine]) -> tuple[Line, ...]:
    plan, spent = sum(line.plan_minor for line in lines), sum(line.spent_minor for line in lines)
    currency, more = lines[0].currency, spent - plan
    return (
        (Strong(name),),
        (minor(plan, currency),),
        (minor(spent, currency),),
        (f"{more / plan:+.0%}",),
    )


def _changes(ctx: Context, project: Project) -> Iterator[Part]:
    """List the changes of plans that were approved, each with its approval."""
    changes = plan_changes_in(ctx.unit, project.id)
    if changes:
        yield Text((Strong(ctx.t("Approved changes of the budget")),))
        yield Listing(tuple(_changed(ctx, each) for each in changes))


def _changed(ctx: Context, change: PlanChange) -> Item:
    line, approval = ctx.unit.must_get(BudgetLine, change.budget_id), ctx.unit.get(Approval, change.approval_id)
    before, after = minor(change.before_minor or 0, line.currency), minor(change.after_minor or 0, line.currency)
    ref = f"{ctx.ref(approval).label} · " if approval is not None else ""
    who: Line = (ctx.who(approval.closed_by), " · ") if approval is not None else ()
    when = ctx.clock(aware(change.applied_at or change.updated_at))
    return Item((f"{ref}{line_word(ctx, line)} {before} → {after}",), (*who, when))


def _tasks(ctx: Context, project: Project) -> Iterator[Part]:
    """Tell how many tasks were finished, and how many of those with a date in time."""
    if not ctx.may("task.view", project):
        return
    counts = counts_of(ctx.unit, project.id)
    late, due = overdue_in(ctx.unit, project.id, aware(project.created_at), ctx.unit.now)
    if counts.done + counts.open == 0:
        return
    told = ctx.line("Tasks: {done} of {all} finished", done=counts.done, all=counts.done + counts.open)
    in_time = ctx.line("; of {due} that were due, {count} in time ({share}%)", due=due, count=due - late,
                       share=(due - late) * 100 // due) if due else ()  # fmt: skip
    yield Text((*told, *in_time))


def _worth(ctx: Context, benefit: Benefit, lines: Sequence[BudgetLine]) -> Iterator[Part]:
    """Set what it brought in against what it cost, in one figure, and say what both rest on."""
    gained = Money(benefit.amount_minor, benefit.currency)
    yield Text(ctx.line("Brought in: {amount} · {note}", amount=Strong(amount_words(gained)), note=benefit.note))
    those = [line for line in lines if line.currency == benefit.currency]
    cost = sum(line.used_minor for line in those)
    if not cost:
        yield Note(ctx.line("Nothing was spent in {currency}, so there is nothing to set against it.",
                            currency=benefit.currency))  # fmt: skip
        return
    net = benefit.amount_minor - cost
    times, share = Strong(f"{benefit.amount_minor / cost:.2f}"), f"{net / cost:+.0%}"
    yield Text(ctx.line("Cost against benefit: {times} back for each 1 spent, {net} net ({share})", times=times,
                        net=minor(net, benefit.currency), share=share))  # fmt: skip
    others = [line.currency for line in lines if line.currency != benefit.currency]
    parts = ctx.line("Assumed: the cost is all spent and agreed to, {cost}; working time counts only as far as it is "
                     "booked; what it brought in is what {who} said, unchecked.", cost=minor(cost, benefit.currency),
                     who=ctx.who(benefit.author_id))  # fmt: skip
    left_out = ctx.line(" Left out: costs in {currencies}.", currencies=ctx.t(", ").join(dict.fromkeys(others)))
    yield Note((*parts, *(left_out if others else ())))


def _no_benefit(ctx: Context) -> Iterator[Part]:
    example = Code(ctx.t("benefit $120,000 Extra margin at 30%"))
    yield Note(ctx.line("Nobody has said what it brought in yet: {example}", example=example))
