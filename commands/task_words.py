"""How tasks are named, told and refused: the words that their cards, lists and answers share."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from commands.core.context import Context, View
from commands.core.errors import Refused
from commands.core.reply import Button, Health, Inline, Line, Reply, Strong, Text
from commands.words.catalog import msg
from storage.tasks import Task

STATUS_MARK: Final = {"todo": "⚪", "doing": "🔵", "waiting": "🟣", "blocked": "⛔", "done": "✅", "cancelled": "⬜"}
HEALTH_MARK: Final[dict[Health, str]] = {"green": "🟢", "yellow": "🟡", "red": "🔴"}
RED_AFTER: Final = timedelta(days=2)
"""Later than this is red (product 2, feature 41)."""
SOON: Final = timedelta(days=1)


def health_of(is_open: bool, due_by: datetime | None, now: datetime) -> Health | None:
    """Tell how a task stands: red over two days late, yellow when late or due within a day."""
    if not is_open or due_by is None:
        return None
    if now - due_by > RED_AFTER:
        return "red"
    return "yellow" if due_by - now < SOON else "green"


def status_word(view: View, status: str) -> str:
    """Name a status in the reader's language."""
    return {
        "todo": view.t("to do"),
        "doing": view.t("in progress"),
        "waiting": view.t("waiting for others"),
        "blocked": view.t("blocked"),
        "done": view.t("finished state"),
        "cancelled": view.t("cancelled"),
    }[status]


def said(ctx: Context, tasks: Sequence[Task], message: str, **values: Inline) -> Reply:
    """Confirm in one line; the cards tell the rest."""
    line = ctx.line(message, tasks=all_named(ctx, tasks), **values)
    return Reply(parts=(Text(line),), about=ctx.ref(tasks[0]))


def all_named(view: View, tasks: Sequence[Task]) -> Line:
    """Name several tasks by their refs and titles."""
    names: list[Inline] = []
    for task in tasks:
        names += [*([view.t(", ")] if names else []), *named(view, task)]
    return tuple(names)


def named(view: View, task: Task) -> Line:
    """Name a task by its ref and its title."""
    return (Strong(view.ref(task).label), f" {task.title}")


def refuse_closed(ctx: Context, task: Task) -> None:
    """Refuse to go on with a closed task: tell who closed it, and offer to open it again."""
    if not task.is_open:
        raise Refused(closed_already(ctx, task), (reopen_button(ctx, task),))


def refuse_started(ctx: Context, task: Task) -> None:
    """Refuse to start what somebody is at already: tell who, and offer to finish it."""
    ref = ctx.ref(task).label
    line = ctx.line(
        "{task} was started by {who} at {at} already.",
        task=Strong(ref),
        who=ctx.who(task.started_by or task.owner_id),
        at=ctx.clock(task.started_at or task.updated_at),
    )
    raise Refused(line, (ctx.button(ctx.t("Finish"), "task done", {"tasks": [ref]}, version=task.version),))


def closed_already(ctx: Context, task: Task) -> Line:
    """Tell who finished or cancelled a task, and when."""
    finished = msg("{task} was finished by {who} at {at} already.")
    return ctx.line(
        finished if task.status == "done" else msg("{task} was cancelled by {who} at {at} already."),
        task=Strong(ctx.ref(task).label),
        who=ctx.who(task.closed_by),
        at=ctx.clock(task.closed_at) if task.closed_at else "—",
    )


def reopen_button(view: View, task: Task) -> Button:
    """Offer to open a closed task again."""
    return view.button(view.t("Open again"), "task reopen", {"tasks": [view.ref(task).label]}, version=task.version)


def lateness(view: View, due_by: datetime | None, *, is_open: bool) -> str:
    """Tell how many days late a task is; empty when it is not."""
    if not is_open or due_by is None or view.now < due_by:
        return ""
    days = (view.now - due_by).days + 1
    return view.tn("{count} day late", "{count} days late", days)


def priority_word(view: View, level: int) -> str:
    """Name a priority in the reader's language."""
    return (
        view.t("P0 urgent"),
        view.t("P1 high"),
        view.t("P2 normal"),
        view.t("P3 low"),
    )[level]


def estimate_words(view: View, minutes: int) -> str:
    """Write an estimate in days of eight hours, or in hours."""
    if minutes % 240 == 0:
        return view.t("{days} d", days=f"{minutes / 480:g}")
    return view.t("{hours} h", hours=f"{minutes / 60:g}")
