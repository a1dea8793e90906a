"""Tasks: make them, move them, finish them. How they look is in task_cards.py and task_lists.py."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from commands.core.arguments import Estimate, Labels, Priority, Prose, Url
from commands.core.command import command, finds
from commands.core.context import Context
from commands.core.errors import Asked, Refused
from commands.core.event import Json
from commands.core.facts import Fact, MessageDeleted, MessageEdited, on
from commands.core.reply import Note, Reply, Strong, Text
from commands.discretion import without_mark
from commands.grammar.recurrence import Recurrence
from commands.grammar.when import When
from commands.task_guards import After, Anyway, Below, Reach, hold_back, refuse_below, with_parts
from commands.task_words import (
    all_named,
    closed_already,
    estimate_words,
    named,
    priority_word,
    refuse_closed,
    refuse_started,
    reopen_button,
    said,
)
from commands.words.catalog import msg
from storage.dependencies import Dependency
from storage.people import Person, name_key, people_called
from storage.subtasks import parts_of
from storage.tasks import Comment, Task, end_of, released, task_from, task_numbered
from storage.unit import Unit
from storage.workspaces import next_number

TITLE_CHARS: Final = 200
_JOINS: Final = re.compile(r"(?P<who>.*?)\s*\bto\s+(?P<ref>T-\d{1,9})")
CAPTURED_CHARS: Final = 80
"""A title made of somebody's message is cut here; the whole stays as a comment."""


@dataclass(frozen=True)
class TaskAdded(Fact):
    """A task was made."""

    task: Task
    repeat: Recurrence | None = None
    """How it is to come again, where that was said."""


@dataclass(frozen=True)
class TaskFinished(Fact):
    """A task was finished."""

    task: Task


@dataclass(frozen=True)
class TaskCancelled(Fact):
    """A task was called off."""

    task: Task


@dataclass(frozen=True)
class TaskReopened(Fact):
    """A closed task was opened again."""

    task: Task


@dataclass(frozen=True)
class TaskAssigned(Fact):
    """A task was given to somebody."""

    task: Task
    before: int | None


@dataclass(frozen=True)
class TaskMoved(Fact):
    """The due date of a task was changed."""

    task: Task
    before: datetime | None


@dataclass(frozen=True)
class TaskArchived(Fact):
    """A task was put away."""

    task: Task


TaskFact = TaskAdded | TaskFinished | TaskCancelled | TaskReopened | TaskAssigned | TaskMoved | TaskArchived


def gathered(ctx: Context, fact: TaskFact) -> tuple[Task, ...]:
    """Give the tasks of all facts of this kind at the first of them; at the others none.

    With it a reaction tells somebody once of many tasks, not many times of one.
    """
    alike = [each for each in ctx.facts if type(each) is type(fact)]
    if alike[0] is not fact:
        return ()
    return tuple({each.task.id: each.task for each in alike if isinstance(each, type(fact))}.values())


@finds("task", letter="T", record=Task)
def find(unit: Unit, number: int) -> Task | None:
    """Find a task by number."""
    return task_numbered(unit, number)


@command(
    "task add",
    may="task.edit",
    examples=(
        "任务 加 主图定稿 @李四 周五 !高 #设计 ~2d",
        'add task "Fix banner" @ann fri 5pm !high',
        "任务 加 主图切图 ^T-1",
    ),
)
def add(
    ctx: Context,
    title: Prose,
    owner: Person | None = None,
    due: When | None = None,
    priority: Priority | None = None,
    labels: Labels | None = None,
    estimate: Estimate | None = None,
    repeat: Recurrence | None = None,
    parent: Below | None = None,
    after: After = (),
) -> Reply:
    """Make a task."""
    _ask_if_joining(ctx, title, owner)
    if parent is not None:
        refuse_below(ctx, parent, None)
    task = make(
        ctx,
        title,
        owner,
        due,
        repeat,
        priority=2 if priority is None else priority,
        labels=list(labels or ()),
        estimate_minutes=estimate,
        **(_below(parent) if parent else {}),
    )
    for each in after:
        ctx.unit.add(Dependency, task_id=task.id, after_id=each.id)
    return Reply(about=ctx.ref(task), parts=(Text(ctx.line("Added {task}.", task=named(ctx, task))),))


def _below(parent: Task) -> dict[str, object]:
    """Give what a part takes over from what it is a part of."""
    confidential: dict[str, object] = {"is_confidential": True} if parent.is_confidential else {}
    return {"project_id": parent.project_id, "parent_id": parent.id, **confidential}


def make(
    ctx: Context,
    title: str,
    owner: Person | None,
    due: When | None,
    repeat: Recurrence | None = None,
    /,
    **columns: object,
) -> Task:
    """Enter a task of this chat's project, and state it; `columns` win over what is usual."""
    usual: dict[str, object] = {
        "project_id": ctx.project,
        "owner_id": owner.id if owner else _own(ctx),
        "source_message": ctx.source,
        "source_link": ctx.source_link,
    }
    labels, is_marked = without_mark(ctx, cast(list[str], columns.pop("labels", [])))
    if is_marked:
        usual["is_confidential"] = True
    task = ctx.unit.add(
        Task,
        number=next_number(ctx.unit, "task"),
        title=title_of(ctx, title),
        labels=labels,
        creator_id=ctx.me.id,
        source_chat_id=ctx.chat.id,
        **{**usual, **due_columns(due, ctx.zone), **columns},
    )
    ctx.state(TaskAdded(task, repeat))
    return task


@command(
    "task capture",
    may="task.edit",
    examples=("记下 客户想改主图文案", "capture The client wants another headline"),
)
def capture(ctx: Context, text: Prose, author: Person | None = None, link: Url | None = None) -> Reply:
    """Make a task of a message; its text, author and place are kept."""
    before = task_from(ctx.unit, chat=ctx.chat.id, message=ctx.source) if ctx.source else None
    if before is not None:
        raise Refused(ctx.line("{task} was made of this message already.", task=named(ctx, before)))
    lines = [line for line in text.splitlines() if line.strip()] or [text]
    title = " ".join(lines[0].split())
    short = title if len(title) <= CAPTURED_CHARS else title[: CAPTURED_CHARS - 1] + "…"
    task = make(ctx, short, None, None, source_author_id=author.id if author else None, source_link=link)
    if len(lines) > 1 or len(title) > CAPTURED_CHARS:
        ctx.unit.add(Comment, task_id=task.id, author_id=author.id if author else ctx.me.id, text=text)
    return Reply(about=ctx.ref(task), parts=(Text(ctx.line("Added {task}.", task=named(ctx, task))),))


@on(MessageEdited)
def offer_rename(ctx: Context, fact: MessageEdited) -> None:
    """Offer the new words as the title when the message that made a task was edited."""
    task = task_from(ctx.unit, chat=ctx.chat.id, message=fact.message)
    if task is None:
        return
    ref = ctx.ref(task).label
    opens = ctx.button(ctx.t("Rename…"), "task rename", {"task": ref}, typed=ctx.say("task rename", ref, "…"))
    line = ctx.line("You edited the message behind {task}; the task stays as it is.", task=named(ctx, task))
    ctx.also(Reply(parts=(Text(line),), buttons=(opens,), to="private", about=ctx.ref(task)))


@on(MessageDeleted)
def offer_archive(ctx: Context, fact: MessageDeleted) -> None:
    """Offer to put away the task whose message was deleted."""
    task = task_from(ctx.unit, chat=ctx.chat.id, message=fact.message)
    if task is None:
        return
    archives = ctx.button(ctx.t("Archive"), "task archive", {"tasks": [ctx.ref(task).label]}, version=task.version)
    line = ctx.line("You deleted the message behind {task}; the task is still there.", task=named(ctx, task))
    ctx.also(Reply(parts=(Text(line),), buttons=(archives,), to="private", about=ctx.ref(task)))


@command("task start", may="task.edit", examples=("开始 T-1", "start T-1"))
def start(ctx: Context, tasks: tuple[Task, ...], anyway: Anyway | None = None) -> Reply:
    """Start working on a task, or several."""
    for task in tasks:
        refuse_closed(ctx, task)
    idle = [task for task in tasks if task.status != "doing"]
    if not idle:
        refuse_started(ctx, tasks[0])
    hold_back(ctx, idle, anyway, ctx.t("Start all the same"))
    for task in idle:
        begun = {"started_at": task.started_at or ctx.unit.now, "started_by": task.started_by or ctx.me.id}
        ctx.unit.change(task, **released(task), **begun, status="doing", is_open=True)
    return said(ctx, idle, msg("Started {tasks}."))


@command("task done", may="task.edit", examples=("完成 T-1", "done T-1 T-2"))
def finish(ctx: Context, tasks: tuple[Task, ...], reach: Reach | None = None, anyway: Anyway | None = None) -> Reply:
    """Finish a task, or several at once."""
    before = [task for task in tasks if not task.is_open]
    if len(before) == len(tasks):
        raise Refused(closed_already(ctx, before[0]), (reopen_button(ctx, before[0]),))
    left = [task for task in tasks if task.is_open]
    question = msg("{tasks} still has open parts ({count}): {parts}. Finish them too?")
    left = with_parts(ctx, left, reach, question)
    hold_back(ctx, left, anyway, ctx.t("Finish all the same"))
    closed = {"status": "done", "is_open": False, "closed_at": ctx.unit.now, "closed_by": ctx.me.id}
    now = [ctx.unit.change(task, **released(task), **closed) for task in left]
    for task in now:
        ctx.state(TaskFinished(task))
    reply = said(ctx, now, msg("Finished {tasks}."))
    return replace(reply, parts=(*reply.parts, *(Note(closed_already(ctx, task)) for task in before)))


@command(
    "task cancel",
    may="task.edit",
    examples=("取消 T-1 客户改了方案", "cancel T-1 the client changed the plan"),
)
def cancel(ctx: Context, tasks: tuple[Task, ...], reason: Prose, reach: Reach | None = None) -> Reply:
    """Call a task off, and say why; it stays on record."""
    for task in tasks:
        refuse_closed(ctx, task)
    question = msg("{tasks} still has open parts ({count}): {parts}. Cancel them too?")
    left = with_parts(ctx, tasks, reach, question)
    closed = {"status": "cancelled", "is_open": False, "closed_at": ctx.unit.now, "closed_by": ctx.me.id}
    held = {"held_for": reason, "held_at": ctx.unit.now, "held_by": ctx.me.id}
    for task in left:
        ctx.state(TaskCancelled(ctx.unit.change(task, **{**released(task), **closed, **held})))
    return said(ctx, left, msg("Cancelled {tasks}: {reason}"), reason=reason)


@command("task reopen", may="task.edit", examples=("重新打开 T-1", "reopen T-1"))
def reopen(ctx: Context, tasks: tuple[Task, ...]) -> Reply:
    """Open a task again that was finished or cancelled."""
    for task in tasks:
        if task.is_open:
            raise Refused(ctx.line("{task} is open already.", task=named(ctx, task)))
        status = "doing" if task.started_at else "todo"
        opened = {**released(task), "status": status, "is_open": True, "closed_at": None, "closed_by": None}
        ctx.state(TaskReopened(ctx.unit.change(task, **opened)))
    return said(ctx, tasks, msg("Opened {tasks} again."))


@command("task assign", may="task.edit", examples=("指派 T-1 @李四", "assign T-1 @ann"))
def assign(ctx: Context, tasks: tuple[Task, ...], owner: Person) -> Reply:
    """Give a task to somebody."""
    others = [task for task in tasks if task.owner_id != owner.id]
    if not others:
        line = ctx.line("{owner} owns {tasks} already.", tasks=all_named(ctx, tasks), owner=ctx.who(owner.id))
        raise Refused(line)
    for task in others:
        ctx.state(TaskAssigned(ctx.unit.change(task, owner_id=owner.id), task.owner_id))
    return said(ctx, others, msg("Gave {tasks} to {owner}."), owner=ctx.who(owner.id))


@command("task take", may="task.edit", examples=("认领 T-1", "take T-1"))
def take(ctx: Context, tasks: tuple[Task, ...]) -> Reply:
    """Take a task yourself, or several."""
    for task in tasks:
        refuse_closed(ctx, task)
        if task.owner_id != ctx.me.id:
            ctx.state(TaskAssigned(ctx.unit.change(task, owner_id=ctx.me.id), task.owner_id))
    return said(ctx, tasks, msg("{tasks}: yours now."))


@on(TaskAssigned)
def tell_owner(ctx: Context, fact: TaskAssigned) -> None:
    """Tell the new owner, whom no edit of a card notifies; once for all tasks."""
    _tell_owners(ctx, gathered(ctx, fact))


@on(TaskAdded)
def tell_first_owner(ctx: Context, fact: TaskAdded) -> None:
    """Tell the owner of a task made in a direct chat, whose card they do not see."""
    if ctx.chat.kind == "direct":
        _tell_owners(ctx, gathered(ctx, fact))


def _tell_owners(ctx: Context, tasks: Sequence[Task]) -> None:
    who = ctx.who(ctx.me.id)
    for owner in dict.fromkeys(task.owner_id for task in tasks if task.owner_id is not None):
        given = [task for task in tasks if task.owner_id == owner]
        what = all_named(ctx, given)
        by = min((task.due_at for task in given if task.due_at is not None), default=None)
        ctx.tell(owner, msg("{who} gave you {task}."), about=ctx.ref(given[0]), by=by, who=who, task=what)


@command("task due", may="task.edit", examples=("延到 T-1 下周五", "把 T-1 延到下周五", "due T-1 next fri"))
def set_due(ctx: Context, tasks: tuple[Task, ...], due: When) -> Reply:
    """Set or move the due date."""
    for task in tasks:
        refuse_closed(ctx, task)
    for task in tasks:
        move_due(ctx, task, due)
    return said(ctx, tasks, msg("{tasks} due {due}."), due=Strong(ctx.due(due.on, due.at)))


def move_due(ctx: Context, task: Task, due: When | None) -> Task:
    """Change the due date of a task, and state it; a wait for others still pauses its clock."""
    columns = due_columns(due, ctx.zone)
    if task.waits_until is not None and due is not None:
        columns["due_by"] = max(task.waits_until, end_of(due.on, due.at, ctx.zone.key) or task.waits_until)
    moved = ctx.unit.change(task, **columns)
    if moved is not task:
        ctx.state(TaskMoved(moved, task.due_by))
    return moved


@command("task priority", may="task.edit", examples=("优先级 T-1 !高", "priority T-1 !high"))
def set_priority(ctx: Context, tasks: tuple[Task, ...], priority: Priority) -> Reply:
    """Set the priority, from urgent to low."""
    for task in tasks:
        ctx.unit.change(task, priority=priority)
    return said(ctx, tasks, msg("{tasks}: priority {priority}."), priority=Strong(priority_word(ctx, priority)))


@command("task label", may="task.edit", examples=("标签 T-1 #设计", "label T-1 #design"))
def label(ctx: Context, tasks: tuple[Task, ...], labels: Labels) -> Reply:
    """Add labels; a label that is there already is taken off."""
    for task in tasks:
        kept = [each for each in task.labels if each not in labels]
        new = [each for each in labels if each not in task.labels]
        ctx.unit.change(task, labels=[*kept, *new])
    return said(ctx, tasks, msg("{tasks}: labels changed."))


@command("task rename", may="task.edit", examples=("改名 T-1 首焦主图定稿", "rename T-1 Fix the banner"))
def rename(ctx: Context, task: Task, title: Prose) -> Reply:
    """Give a task another title."""
    renamed = ctx.unit.change(task, title=title_of(ctx, title))
    return said(ctx, (renamed,), msg("Renamed {tasks}."))


@command("task comment", may="task.comment", examples=("备注 T-1 素材已发群里", "comment T-1 files are in the drive"))
def comment(ctx: Context, task: Task, text: Prose) -> Reply:
    """Note something on a task."""
    ctx.unit.add(Comment, task_id=task.id, author_id=ctx.me.id, text=text)
    ctx.unit.touch("task", task.id)
    return said(ctx, (task,), msg("Noted on {tasks}."))


@command("task estimate", may="task.edit", examples=("估时 T-1 2天", "estimate T-1 2d"))
def set_estimate(ctx: Context, tasks: tuple[Task, ...], estimate: Estimate) -> Reply:
    """Say how much work a task is; a day is eight hours."""
    for task in tasks:
        ctx.unit.change(task, estimate_minutes=estimate)
    return said(ctx, tasks, msg("{tasks}: estimated at {estimate}."), estimate=Strong(estimate_words(ctx, estimate)))


@command("task archive", may="task.edit", examples=("归档 T-1", "archive T-1"))
def archive(ctx: Context, tasks: tuple[Task, ...], reach: Reach | None = None) -> Reply:
    """Put a task away; its number is never used again."""
    question = msg("{tasks} has parts ({count}): {parts}. Put them away too?")
    away = with_parts(ctx, tasks, reach, question, closed_too=True)
    for task in tasks if reach is Reach.ALONE else ():
        for part in parts_of(ctx.unit, task.id):
            ctx.unit.change(part, parent_id=task.parent_id)
    for task in away:
        ctx.state(TaskArchived(ctx.unit.archive(task)))
    return said(ctx, away, msg("Archived {tasks}."))


def _own(ctx: Context) -> int | None:
    """Give who owns what has no owner named: in a direct chat, whoever says it."""
    return ctx.me.id if ctx.chat.kind == "direct" else None


def title_of(ctx: Context, title: str) -> str:
    """Make one line of what was typed for a title, or refuse one that is too long."""
    one_line = " ".join(title.split())
    if len(one_line) > TITLE_CHARS:
        raise Refused(
            ctx.line(
                "A title has {most} characters at most; this one has {count}. Put the rest into a comment.",
                most=TITLE_CHARS,
                count=len(one_line),
            )
        )
    return one_line


def due_columns(due: When | None, zone: ZoneInfo) -> dict[str, Any]:
    """Give the columns that hold a due date said in a zone; all None for no date."""
    if due is None:
        return {"due_on": None, "due_at": None, "due_zone": None, "due_by": None}
    at = due.at.astimezone(UTC) if due.at else None
    return {"due_on": due.on, "due_at": at, "due_zone": zone.key, "due_by": end_of(due.on, at, zone.key)}


def _ask_if_joining(ctx: Context, title: str, owner: Person | None) -> None:
    """Ask what is meant by `add Ann to T-3`: hardly a task of that name."""
    joins = _JOINS.fullmatch(title)
    if joins is None:
        return
    names = [name for name in re.split(r"[\s,]+|\band\b", joins["who"]) if name]
    called = people_called(ctx.unit, names)
    people = [called[name_key(name)][0] for name in names if len(called.get(name_key(name), ())) == 1]
    people = [*([owner] if owner else []), *people]
    if len(people) != len(names) + (1 if owner else 0) or not people:
        return
    args: dict[str, Json] = {"task": joins["ref"], "people": [person.id for person in people]}
    who = ctx.t(", ").join(person.name for person in people)
    typed = ctx.say("task collaborate", joins["ref"], *(f"@{person.name}" for person in people))
    label = ctx.t("Add {who} to {task}", who=who, task=joins["ref"])
    line = ctx.line("Shall {who} work on {task} too? No task was made.", who=who, task=Strong(joins["ref"]))
    raise Asked(line, (ctx.button(label, "task collaborate", args, typed=typed),))
