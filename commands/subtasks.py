"""Tasks below tasks: `^T-8` puts one there; the card of the upper one shows how far its parts are."""

from collections.abc import Sequence

from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Refused, Wanting
from commands.core.facts import TakenBack, on
from commands.core.reply import Code, Reply
from commands.grammar.when import When
from commands.task_guards import Below, ref_of, refuse_below
from commands.task_words import all_named, said
from commands.tasks import TaskAdded, TaskArchived, TaskCancelled, TaskFact, TaskFinished, TaskReopened, set_due
from commands.words.catalog import msg
from storage.tasks import Task


@command("task move", may="task.edit", examples=("移到 T-2 ^T-1", "move T-2 ^T-1", "move T-1 to friday"))
def move(ctx: Context, tasks: tuple[Task, ...], parent: Below | None = None, due: When | None = None) -> Reply:
    """Put tasks below another one, or move them to another day."""
    if parent is None and due is None:
        line = ctx.line(
            "Where to? To another day: {day} · below another task: {below}",
            day=Code(ctx.say("task due", ctx.ref(tasks[0]).label, ctx.t("fri"))),
            below=Code(ctx.say("task move", ctx.ref(tasks[0]).label, "^T-…")),
        )
        raise Wanting("due", line)
    if parent is not None:
        _put_below(ctx, tasks, parent)
    if due is not None:
        return set_due(ctx, tasks, due)
    return said(ctx, tasks, msg("{tasks} is a part of {parent} now."), parent=ref_of(ctx, parent or tasks[0]))


@command("task detach", may="task.edit", examples=("移出 T-1", "detach T-1"))
def detach(ctx: Context, tasks: tuple[Task, ...]) -> Reply:
    """Make a part a task of its own again."""
    parts = [task for task in tasks if task.parent_id is not None]
    for task in parts:
        _touch(ctx, task.parent_id)
        ctx.unit.change(task, parent_id=None)
    message = msg("{tasks} stands on its own.")
    return said(ctx, tasks, message)


@on(TaskAdded, TaskFinished, TaskCancelled, TaskReopened, TaskArchived)
def show_part(ctx: Context, fact: TaskFact) -> None:
    """Draw the task again whose part is new, closed, open once more, or gone."""
    _touch(ctx, fact.task.parent_id)


@on(TakenBack)
def show_what_was_taken_back(ctx: Context, fact: TakenBack) -> None:
    """Draw the task again with whose part something was taken back."""
    task = ctx.unit.get(Task, fact.id) if fact.kind == "task" else None
    if task is not None:
        _touch(ctx, task.parent_id)


def _put_below(ctx: Context, tasks: Sequence[Task], parent: Task) -> None:
    moved = [task for task in tasks if task.parent_id != parent.id]
    if not moved:
        line = ctx.line(
            "{tasks} is a part of {parent} already.", tasks=all_named(ctx, tasks), parent=ref_of(ctx, parent)
        )
        raise Refused(line)
    for task in moved:
        refuse_below(ctx, parent, task)
        _touch(ctx, task.parent_id)
        ctx.unit.change(task, parent_id=parent.id)
    _touch(ctx, parent.id)


def _touch(ctx: Context, task: int | None) -> None:
    if task is not None:
        ctx.unit.touch("task", task)
