"""How budgets look: the list of a project's lines, and what they add to approvals, the status and digests.

Amounts are for who may see budgets; all others, and chats that several read, are shown shares.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from commands.bookings import SPENDS
from commands.budget_forecast import forecast_line
from commands.budget_words import bar, level_of, line_word, mark, minor, percent
from commands.charts.budget import Bar, BudgetPicture
from commands.charts.budget import budget as picture
from commands.core.command import panel
from commands.core.context import View
from commands.core.reply import Field, Fields, Image, Item, Line, Listing, Note, Part, Strong, Text
from storage.approvals import Approval
from storage.budgets import (
    BudgetLine,
    commitment_of,
    line_for,
    lines_of,
    plan_change_of,
    unassigned_in,
)
from storage.chats import Project
from storage.digests import Edition


@panel("approval", order=10)
def budget_on_approval(view: View, approval: Approval) -> Sequence[Part]:
    """Show how much of its line is used, before and after; then where it was booked."""
    if approval.kind not in SPENDS or approval.amount_minor is None or approval.project_id is None:
        return ()
    changes = plan_change_of(view.unit, approval.id)
    line = view.unit.get(BudgetLine, changes.budget_id) if changes is not None else _line_of(view, approval)
    if line is None:
        is_kept = approval.state in ("pending", "approved") and lines_of(view.unit, approval.project_id)
        return (_field(view, (view.t("on no line yet"),)),) if is_kept else ()
    sees = view.sees("budget.view", line.project_id)
    if approval.state == "pending":
        used, plan = line.used_minor, line.plan_minor
        after = (used, approval.amount_minor) if changes is not None else (used + approval.amount_minor, plan)
        return (_field(view, _change(view, line, after, sees=sees)), *_beyond(view, line, after))
    if approval.state != "approved":
        return ()
    word = view.t("the budget is changed") if changes is not None else view.t("booked")
    return (_field(view, (*_share(view, line), f" · {word}", *_amounts(view, line, sees=sees))),)


@panel("status", order=35)
def status_of_budget(view: View, project: Project) -> Sequence[Part]:
    """Show how much of the budget is used, as a share."""
    lines = lines_of(view.unit, project.id)
    return (Text((view.t("Budget"), " ", Strong(shares(lines)), *_pressing(view, lines))),) if lines else ()


@panel("digest", order=41)
def budget_in_digest(view: View, edition: Edition) -> Sequence[Part]:
    """Show how much of the budget is used, as a share, beside the other numbers."""
    lines = lines_of(view.unit, edition.project)
    return (Text((view.t("Budget"), " ", Strong(shares(lines)), *_pressing(view, lines))),) if lines else ()


def shares(lines: Sequence[BudgetLine]) -> str:
    """Write how much of all lines is used; by currency where there are several."""
    written = []
    for currency, those in by_currency(lines):
        share = percent(sum(line.used_minor for line in those), sum(line.plan_minor for line in those))
        written.append((currency, f"{share}%"))
    return written[0][1] if len(written) == 1 else " · ".join(f"{currency} {share}" for currency, share in written)


def by_currency(lines: Sequence[BudgetLine]) -> list[tuple[str, list[BudgetLine]]]:
    """Part lines by their currency, for amounts of two are never added up."""
    ordered = sorted(lines, key=lambda line: line.currency)
    return [(currency, list(those)) for currency, those in groupby(ordered, key=lambda line: line.currency)]


def listed(view: View, project: Project, lines: Sequence[BudgetLine]) -> Iterator[Part]:
    """Draw all lines with plan, agreed to, spent and left, what they come to, and a picture."""
    yield Listing(tuple(row(view, line) for line in lines))
    for currency, those in by_currency(lines):
        if len(those) > 1:
            yield Text(_total(view, currency, those))
        yield Note(forecast_line(view, project, those))
    loose = unassigned_in(view.unit, project.id)
    if loose:
        refs = view.t(", ").join(view.ref(view.unit.must_get(Approval, each.approval_id)).label for each in loose)
        yield Note(view.line("Agreed to, but on no line yet: {refs}", refs=refs))
    yield picture_of(view, project, lines)


def row(view: View, line: BudgetLine) -> Item:
    """Show one line: how much is used, what is left, then the amounts that it follows from."""
    level = level_of(line.used_minor, line.plan_minor)
    share = f"{percent(line.used_minor, line.plan_minor)}%"
    head: Line = (f"{mark(level)} ", Strong(line_word(view, line)), f" {share} · {_left(view, line)}")
    plan, spent = minor(line.plan_minor, line.currency), minor(line.spent_minor, line.currency)
    agreed, due = minor(line.committed_minor, line.currency), line.committed_minor - line.drawn_minor
    words = view.t("plan {plan} · agreed to {agreed} · spent {spent}", plan=plan, agreed=agreed, spent=spent)
    more = f" · {view.t('agreed to and not spent yet {amount}', amount=minor(due, line.currency))}" if due else ""
    warning = {80: view.t("over 80%"), 100: view.t("used up")}.get(level)
    return Item((*head, *((f" · {warning}",) if warning else ())), (f"{words}{more}",))


def picture_of(view: View, project: Project, lines: Sequence[BudgetLine]) -> Image:
    """Draw what is spent, agreed to and left of each line."""
    bars = [
        Bar(
            line_word(view, line),
            f"{minor(line.used_minor, line.currency)} / {minor(line.plan_minor, line.currency)}",
            percent(line.used_minor, line.plan_minor),
            line.plan_minor,
            line.spent_minor,
            line.committed_minor - line.drawn_minor,
        )
        for line in lines
    ]
    return picture(
        BudgetPicture(
            title=view.t("Budget of {project}", project=project.name),
            total=shares(lines),
            spent=view.t("Spent"),
            committed=view.t("Agreed to"),
            left=view.t("Left"),
            over=view.t("Over"),
            bars=bars,
        )
    )


def _line_of(view: View, approval: Approval) -> BudgetLine | None:
    """Find the line that an approval counts on, or would count on if it were agreed to."""
    if approval.state == "pending":
        return line_for(view.unit, approval.project_id or 0, approval.category, approval.currency or "")
    commitment = commitment_of(view.unit, approval.id)
    known = commitment.budget_id if commitment is not None and commitment.archived_at is None else None
    return view.unit.get(BudgetLine, known) if known is not None else None


def _field(view: View, value: Line) -> Fields:
    return Fields((Field(view.t("Budget"), value),))


def _change(view: View, line: BudgetLine, after: tuple[int, int], *, sees: bool) -> Line:
    """Draw how a line stands, and how it would: `营销 ██████▒▒░░ 62% → 77%`."""
    was, will = percent(line.used_minor, line.plan_minor), percent(*after)
    plan = minor(line.plan_minor, line.currency)
    if not sees:
        amounts = f" · {view.t('🔒 amounts: finance only')}"
    elif after[1] != line.plan_minor:
        amounts = f" · {view.t('plan {before} → {after}', before=plan, after=minor(after[1], line.currency))}"
    else:
        used, rest = minor(line.used_minor, line.currency), minor(after[1] - after[0], line.currency)
        amounts = f" · {view.t('{used} of {plan}, then {rest} left', used=used, plan=plan, rest=rest)}"
    return (Strong(line_word(view, line)), f" {bar(was, will)} {was}% → {will}%{amounts}")


def _beyond(view: View, line: BudgetLine, after: tuple[int, int]) -> Sequence[Part]:
    """Warn on a card of what would pass a level, or what is passed."""
    level, name = level_of(*after), Strong(line_word(view, line))
    if after[0] > after[1]:
        return (Text(view.line("🔴 More than the budget of {line} holds.", line=name)),)
    if level > level_of(line.used_minor, line.plan_minor):
        return (Text(view.line("{mark} {line} reaches {level}% with this.", mark=mark(level), line=name,
                               level=str(level))),)  # fmt: skip
    return ()


def _share(view: View, line: BudgetLine) -> Line:
    share = percent(line.used_minor, line.plan_minor)
    return (Strong(line_word(view, line)), f" {bar(share, share)} {share}%")


def _amounts(view: View, line: BudgetLine, *, sees: bool) -> Line:
    if not sees:
        return (f" · {view.t('🔒 amounts: finance only')}",)
    return (f" · {_left(view, line)}",)


def _left(view: View, line: BudgetLine) -> str:
    if line.left_minor < 0:
        return view.t("{amount} over", amount=minor(-line.left_minor, line.currency))
    return view.t("{amount} left", amount=minor(line.left_minor, line.currency))


def _pressing(view: View, lines: Sequence[BudgetLine]) -> Line:
    """Name the lines that are nearly used, each with its share."""
    near = [(level_of(line.used_minor, line.plan_minor), line) for line in lines]
    named = [
        f"{mark(level)} {line_word(view, line)} {percent(line.used_minor, line.plan_minor)}%"
        for level, line in near
        if level
    ]
    return (f" · {' · '.join(named)}",) if named else ()


def _total(view: View, currency: str, lines: Sequence[BudgetLine]) -> Line:
    plan, used = sum(line.plan_minor for line in lines), sum(line.used_minor for line in lines)
    return view.line("Together {share}: {used} of {plan}", share=Strong(f"{percent(used, plan)}%"),
                     used=minor(used, currency), plan=minor(plan, currency))  # fmt: skip
