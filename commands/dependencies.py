"""What comes after what: `T-20 >T-18` begins when T-18 is finished, and then its owner is told."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Refused
from commands.core.facts import TakenBack, on
from commands.core.reply import Reply, Strong, Text
from commands.task_guards import After, ref_of, refuse_after
from commands.task_words import all_named, named, refuse_closed, said
from commands.tasks import TaskArchived, TaskCancelled, TaskFact, TaskFinished, TaskReopened, gathered
from commands.words.catalog import msg
from storage.dependencies import Dependency, Linked, Nudge, dependency, linked_before, linked_behind, newest_nudge
from storage.tasks import Task

NUDGE_AGAIN: Final = timedelta(hours=4)
"""So long a task's owner is left in peace after a nudge, whoever nudges."""


@command("task after", may="task.edit", examples=("依赖 T-1 >T-2", "after T-1 T-2"))
def after(ctx: Context, task: Task, others: After) -> Reply:
    """Let a task begin when another one is finished."""
    new = [other for other in others if dependency(ctx.unit, task=task.id, after=other.id) is None]
    if not new:
        line = ctx.line("{task} comes after {others} already.", task=ref_of(ctx, task), others=all_named(ctx, others))
        raise Refused(line)
    for other in new:
        refuse_after(ctx, task, other)
        ctx.unit.add(Dependency, task_id=task.id, after_id=other.id)
    ctx.unit.touch("task", task.id)
    return said(ctx, (task,), msg("{tasks} comes after {others} now."), others=_refs(ctx, new))


@command("task unlink", may="task.edit", examples=("取消依赖 T-1 >T-2", "not after T-1 T-2"))
def unlink(ctx: Context, task: Task, others: After) -> Reply:
    """Let a task no longer wait for another one."""
    links = [dependency(ctx.unit, task=task.id, after=other.id) for other in others]
    known = [link for link in links if link is not None]
    if not known:
        line = ctx.line("{task} does not come after {others}.", task=ref_of(ctx, task), others=all_named(ctx, others))
        raise Refused(line)
    for link in known:
        ctx.unit.archive(link)
    ctx.unit.touch("task", task.id)
    return said(ctx, (task,), msg("{tasks} no longer waits for {others}."), others=_refs(ctx, others))


@command("task nudge", may="task.comment", undo=None, examples=("催一下 T-1", "nudge T-1"))
def nudge(ctx: Context, task: Task) -> Reply:
    """Ask the owner of a task, in private, to get on with it."""
    refuse_closed(ctx, task)
    if task.owner_id is None or task.owner_id == ctx.me.id:
        whose = ctx.t("nobody") if task.owner_id is None else ctx.t("yours")
        raise Refused(ctx.line("There is nobody to nudge: {task} is {whose}.", task=ref_of(ctx, task), whose=whose))
    _refuse_again(ctx, task)
    ctx.unit.add(Nudge, task_id=task.id, by_id=ctx.me.id)
    who, what = ctx.who(ctx.me.id), named(ctx, task)
    behind = [link.task for link in linked_behind(ctx.unit, task.id) if link.task.is_open]
    if behind:
        refs = ctx.t(", ").join(f"T-{each.number}" for each in behind)
        message = msg("{who} asks how {task} is going; {behind} waits for it.")
        ctx.tell(task.owner_id, message, about=ctx.ref(task), who=who, task=what, behind=Strong(refs))
    else:
        ctx.tell(task.owner_id, msg("{who} asks how {task} is going."), about=ctx.ref(task), who=who, task=what)
    line = ctx.line("{owner} was asked about {task}.", owner=ctx.who(task.owner_id), task=ref_of(ctx, task))
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(task))


@on(TaskFinished)
def free_the_next(ctx: Context, fact: TaskFinished) -> None:
    """Tell whoever is next that they can start, once nothing before them is open."""
    _free_behind(ctx, gathered(ctx, fact), msg("{task} is finished: you can start {next} now."))


@on(TaskCancelled)
def free_what_waited(ctx: Context, fact: TaskCancelled) -> None:
    """Tell whoever waited for a task that was called off that they need not any more."""
    _free_behind(ctx, gathered(ctx, fact), msg("{task} was cancelled: {next} waits for nothing any more."))


@on(TaskReopened, TaskArchived)
def draw_what_waits(ctx: Context, fact: TaskFact) -> None:
    """Draw what comes after a task again that is open once more, or put away."""
    _touch_behind(ctx, fact.task.id)


@on(TakenBack)
def draw_the_next(ctx: Context, fact: TakenBack) -> None:
    """Draw what comes after a task again, whose finishing was perhaps taken back."""
    if fact.kind == "task":
        _touch_behind(ctx, fact.id)


def _free_behind(ctx: Context, tasks: Sequence[Task], message: str) -> None:
    behind: dict[int, tuple[Linked, Task]] = {}
    for task in tasks:
        for link in linked_behind(ctx.unit, task.id):
            ctx.unit.touch("task", link.task.id)
            behind[link.task.id] = (link, task)
    for link, task in behind.values():
        next_ = link.task
        is_free = next_.is_open and not any(each.holds for each in linked_before(ctx.unit, next_.id))
        if is_free and next_.owner_id is not None:
            ctx.tell(
                next_.owner_id,
                message,
                about=ctx.ref(ctx.unit.must_get(Task, next_.id)),
                task=named(ctx, task),
                next=(Strong(f"T-{next_.number}"), f" {next_.title}"),
            )


def _refuse_again(ctx: Context, task: Task) -> None:
    last = newest_nudge(ctx.unit, task.id)
    if last is None or ctx.unit.now - last.created_at >= NUDGE_AGAIN:
        return
    line = ctx.line(
        "{who} nudged {owner} about {task} at {at} already; again from {then} on.",
        who=ctx.who(last.by_id),
        owner=ctx.who(task.owner_id),
        task=ref_of(ctx, task),
        at=ctx.clock(last.created_at),
        then=ctx.clock(last.created_at + NUDGE_AGAIN),
    )
    raise Refused(line)


def _touch_behind(ctx: Context, task: int) -> None:
    for link in linked_behind(ctx.unit, task):
        ctx.unit.touch("task", link.task.id)


def _refs(ctx: Context, tasks: Sequence[Task]) -> Strong:
    return Strong(ctx.t(", ").join(ctx.ref(task).label for task in tasks))
