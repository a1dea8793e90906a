"""What a decision rests on, on the card for as long as it waits: the dates that it touches, and how alike was decided.

One indexed query each; nothing is said where there is nothing, and nothing of another project.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from commands.approval_words import MARK, aware, money_of
from commands.core.command import panel
from commands.core.context import View
from commands.core.reply import Inline, Line, Part, Strong, Text
from commands.grammar.money import Money
from commands.grammar.tokens import normal
from commands.words.dates import short_day
from commands.words.money import amount
from storage.approvals import Approval, Decided, decided_in
from storage.dependencies import linked_behind
from storage.tasks import Listed, Task

NAMED: Final = 3
"""Tasks and decisions that are named; of the tasks the others are counted."""
TITLE_CHARS: Final = 12
"""A title of the past is cut here, so that its row stays one on a phone."""
ALIKE: Final = 0.5
"""So near is an amount from half of the other up to its double, and a title with half of its pairs of letters."""


@panel("approval", order=20)
def touched(view: View, approval: Approval) -> Sequence[Part]:
    """Name the dates that it touches: of its task, and of what waits for that task."""
    task = view.unit.get(Task, approval.task_id) if approval.task_id is not None else None
    if approval.state != "pending" or task is None or not task.is_open:
        return ()
    behind = [each.task for each in linked_behind(view.unit, task.id) if each.holds]
    if task.due_by is None and not behind:
        return ()
    line: Line = (Strong(f"T-{task.number}"), f" {_day(view, task)}")
    if behind:
        more = f" +{len(behind) - NAMED}" if len(behind) > NAMED else ""
        named = [f"T-{each.number} {_day(view, each)}" for each in behind[:NAMED]]
        line = (*line, f" → {view.t(', ').join(named)}{more}")
    return (Text(view.line("Touches: {dates}", dates=line)),)


@panel("approval", order=30)
def decided_before(view: View, approval: Approval) -> Sequence[Part]:
    """Show how alike was decided here before, the likest first."""
    if approval.state != "pending" or approval.project_id is None:
        return ()
    scored = [
        (score, each)
        for each in decided_in(view.unit, approval.project_id, approval.kind, but=approval.id)
        if (score := _likeness(approval, each)) is not None
    ]
    likest = sorted(scored, key=lambda one: (-one[0], -one[1].number))[:NAMED]
    if not likest:
        return ()
    rows: list[Inline] = []
    for _, each in likest:
        rows += ["\n" if rows else "", *_row(view, each)]
    return (Text(view.line("Similar: {decisions}", decisions=tuple(rows))),)


def too_late(view: View, approval: Approval) -> str:
    """Warn of a deadline after the day on which the task is due; empty for none."""
    task = view.unit.get(Task, approval.task_id) if approval.task_id is not None else None
    if approval.deadline_at is None or task is None or not task.is_open or task.due_by is None:
        return ""
    last = (aware(approval.deadline_at) - timedelta(seconds=1)).astimezone(view.zone).date()
    due = (aware(task.due_by) - timedelta(seconds=1)).astimezone(view.zone).date()
    days = (last - due).days
    return f"🟡 {view.tn('{count} day late by then', '{count} days late by then', days)}" if days > 0 else ""


def _day(view: View, task: Task | Listed) -> str:
    """Write the day on which a task is due, as the reader has it; a dash for none."""
    on = task.due_on if task.due_at is None else aware(task.due_at).astimezone(view.zone).date()
    return "—" if on is None else short_day(on, today=view.today)


def _row(view: View, one: Decided) -> Line:
    """Write one decision of the past, by its amount or else its title: `A-3 ¥28,000 ✅ Wang 10-12`."""
    what = one.title if len(one.title) <= TITLE_CHARS else one.title[: TITLE_CHARS - 1] + "…"
    if one.amount_minor is not None and one.currency is not None:
        what = amount(Money(one.amount_minor, one.currency))
    on = aware(one.closed_at).astimezone(view.zone).date()
    head = f"A-{one.number} {what} {MARK[one.state]} "
    return (head, view.who(one.closed_by), f" {short_day(on, today=view.today)}")


def _likeness(approval: Approval, one: Decided) -> float | None:
    """Tell how alike two are, in amount and title together; None where they are not alike at all."""
    amounts, titles = _near_amounts(money_of(approval), one), _near_titles(approval.title, one.title)
    return amounts + titles if max(amounts, titles) >= ALIKE else None


def _near_amounts(money: Money | None, one: Decided) -> float:
    if money is None or one.amount_minor is None or one.currency != money.currency:
        return 0.0
    return min(money.minor, one.amount_minor) / max(money.minor, one.amount_minor)


def _near_titles(one: str, other: str) -> float:
    """Compare two titles by their pairs of letters, from 0 to 1; the order of their words does not matter."""
    first, second = _pairs(one), _pairs(other)
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0


def _pairs(title: str) -> set[str]:
    said = normal(title)
    return {said[at : at + 2] for at in range(len(said) - 1) if not said[at : at + 2].isspace()}
