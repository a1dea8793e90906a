"""People beside the one owner of a task: those who work on it too, and those who want to be told."""

from collections.abc import Container, Sequence
from typing import Any

from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Refused
from commands.core.facts import on
from commands.core.quiet import Severity
from commands.core.reply import Code, Line, Reply, Strong, Text
from commands.task_guards import ref_of
from commands.task_words import all_named, said
from commands.tasks import TaskAssigned, TaskCancelled, TaskFinished, TaskMoved, TaskReopened, gathered
from commands.waiting import TaskBlocked, TaskResumed, TaskWaiting
from commands.words.catalog import msg
from storage.participants import Participant, participants_of
from storage.people import Person
from storage.roles import leads_of
from storage.tasks import Task


@command("task collaborate", may="task.edit", examples=("协作 T-1 @李四 @李娜", "collaborate T-1 @ann @bob"))
def collaborate(ctx: Context, task: Task, people: tuple[Person, ...] = ()) -> Reply:
    """Have others work on a task too, or join it; its owner stays the one who answers for it."""
    known = {each.person_id for each in participants_of(ctx.unit, task.id) if each.part == "collaborator"}
    others = [person for person in people or (ctx.me,) if person.id not in known and person.id != task.owner_id]
    if not others:
        who = _people(ctx, people or (ctx.me,))
        raise Refused(ctx.line("{who} works on {task} already.", who=who, task=ref_of(ctx, task)))
    for person in others:
        ctx.unit.add(Participant, task_id=task.id, person_id=person.id, part="collaborator")
        message = msg("{who} asks you to work on {task} too.")
        ctx.tell(person.id, message, about=ctx.ref(task), who=ctx.who(ctx.me.id), task=all_named(ctx, (task,)))
    ctx.unit.touch("task", task.id)
    return said(ctx, (task,), msg("{who} works on {tasks} too."), who=_people(ctx, others))


@command("task withdraw", may="task.edit", examples=("退出协作 T-1", "withdraw T-1"))
def withdraw(ctx: Context, task: Task, people: tuple[Person, ...] = ()) -> Reply:
    """Take somebody off a task on which they worked with the owner, or yourself."""
    gone = [person.id for person in people or (ctx.me,)]
    parts = [each for each in participants_of(ctx.unit, task.id) if each.part == "collaborator"]
    mine = [each for each in parts if each.person_id in gone]
    if not mine:
        who = _people(ctx, people or (ctx.me,))
        raise Refused(ctx.line("{who} is no collaborator of {task}.", who=who, task=ref_of(ctx, task)))
    for each in mine:
        ctx.unit.archive(each)
    ctx.unit.touch("task", task.id)
    who = _people(ctx, [person for person in people or (ctx.me,) if person.id in {each.person_id for each in mine}])
    return said(ctx, (task,), msg("{who} no longer works on {tasks}."), who=who)


@command("task follow", may="task.comment", examples=("关注 T-1", "follow T-1"))
def follow(ctx: Context, tasks: tuple[Task, ...]) -> Reply:
    """Be told in private when others finish, block, cancel or reopen a task."""
    new = [task for task in tasks if _following(ctx, task) is None]
    if not new:
        raise Refused(ctx.line("You follow {tasks} already.", tasks=all_named(ctx, tasks)))
    for task in new:
        ctx.unit.add(Participant, task_id=task.id, person_id=ctx.me.id, part="follower")
        ctx.unit.touch("task", task.id)
    line = ctx.line(
        "You follow {tasks}: I tell you when it is finished, blocked, cancelled or reopened; of every change: {loud}",
        tasks=all_named(ctx, new),
        loud=Code(ctx.say("reminders", ctx.words.forms("loud level")[0])),
    )
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(new[0]))


@command("task unfollow", may="task.comment", examples=("取消关注 T-1", "unfollow T-1"))
def unfollow(ctx: Context, tasks: tuple[Task, ...]) -> Reply:
    """Be no longer told of a task."""
    found = {task.id: _following(ctx, task) for task in tasks}
    gone = [task for task in tasks if found[task.id] is not None]
    if not gone:
        raise Refused(ctx.line("You do not follow {tasks}.", tasks=all_named(ctx, tasks)))
    for task in gone:
        following = found[task.id]
        if following is not None:
            ctx.unit.archive(following)
        ctx.unit.touch("task", task.id)
    line = ctx.line("You no longer follow {tasks}.", tasks=all_named(ctx, gone))
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(gone[0]))


@on(TaskFinished)
def tell_of_finish(ctx: Context, fact: TaskFinished) -> None:
    """Tell the followers that a task is finished."""
    _tell_followers(ctx, gathered(ctx, fact), msg("{who} finished {tasks}."))


@on(TaskCancelled)
def tell_of_cancelling(ctx: Context, fact: TaskCancelled) -> None:
    """Tell the owner and the followers that a task is called off."""
    tasks = gathered(ctx, fact)
    reason = (fact.task.held_for or "",)
    owners = {task.owner_id for task in tasks}
    for owner in owners - {None}:
        theirs = [task for task in tasks if task.owner_id == owner]
        who, what = ctx.who(ctx.me.id), all_named(ctx, theirs)
        message = msg("{who} cancelled {tasks}: {reason}")
        ctx.tell(owner or 0, message, about=ctx.ref(theirs[0]), who=who, tasks=what, reason=reason)
    _tell_followers(ctx, tasks, msg("{who} cancelled {tasks}: {reason}"), but=owners, reason=reason)


@on(TaskReopened)
def tell_of_reopening(ctx: Context, fact: TaskReopened) -> None:
    """Tell the followers that a task is open again."""
    _tell_followers(ctx, gathered(ctx, fact), msg("{who} opened {tasks} again."))


@on(TaskMoved)
def tell_of_move(ctx: Context, fact: TaskMoved) -> None:
    """Tell the followers that a task is due on another day."""
    tasks = gathered(ctx, fact)
    if tasks and tasks[0].due_on is not None:
        day = (f"{tasks[0].due_on:%m-%d}",)
        _tell_followers(ctx, tasks, msg("{who} moved {tasks} to {day}."), severity="detail", day=day)
    else:
        _tell_followers(ctx, tasks, msg("{who} took the date off {tasks}."), severity="detail")


@on(TaskAssigned)
def tell_of_new_owner(ctx: Context, fact: TaskAssigned) -> None:
    """Tell the followers that a task has another owner."""
    tasks = gathered(ctx, fact)
    if tasks:
        owner = tasks[0].owner_id
        message = msg("{who} gave {tasks} to {owner}.")
        _tell_followers(ctx, tasks, message, severity="detail", but=(owner,), owner=(ctx.who(owner),))


@on(TaskBlocked)
def tell_of_block(ctx: Context, fact: TaskBlocked) -> None:
    """Tell the followers that a task stands still."""
    told = {fact.task.creator_id, *leads_of(ctx.unit, fact.task.project_id)}
    reason = (fact.task.held_for or "",)
    _tell_followers(ctx, (fact.task,), msg("{who} says that {tasks} is blocked: {reason}"), but=told, reason=reason)


@on(TaskWaiting)
def tell_of_wait(ctx: Context, fact: TaskWaiting) -> None:
    """Tell the followers that a task waits for somebody outside."""
    what = (fact.task.held_for or "",)
    message = msg("{who} says that {tasks} waits for {what}.")
    _tell_followers(ctx, (fact.task,), message, severity="detail", what=what)


@on(TaskResumed)
def tell_of_going_on(ctx: Context, fact: TaskResumed) -> None:
    """Tell the followers that a task goes on."""
    _tell_followers(ctx, (fact.task,), msg("{who} goes on with {tasks}."), severity="detail")


def _tell_followers(
    ctx: Context,
    tasks: Sequence[Task],
    message: str,
    *,
    severity: Severity = "news",
    but: Container[int | None] = (),
    **values: Line,
) -> None:
    """Tell each follower once, of all those tasks that they follow; of a mere `detail` those who want to hear all."""
    followed: dict[int, list[Task]] = {}
    for task in tasks:
        for each in participants_of(ctx.unit, task.id):
            if each.part == "follower" and each.person_id not in but:
                followed.setdefault(each.person_id, []).append(task)
    for person, theirs in followed.items():
        what: dict[str, Any] = {"who": (ctx.who(ctx.me.id),), "tasks": all_named(ctx, theirs), **values}
        ctx.tell(person, message, about=ctx.ref(theirs[0]), severity=severity, **what)


def _following(ctx: Context, task: Task) -> Participant | None:
    parts = participants_of(ctx.unit, task.id)
    return next((each for each in parts if each.part == "follower" and each.person_id == ctx.me.id), None)


def _people(ctx: Context, people: Sequence[Person]) -> Strong:
    return Strong(ctx.t(", ").join(person.name for person in people))
