"""Tasks: make them, move them, list them; their card, and their part of the status."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from commands.charts.progress import Share, progress
from commands.core.arguments import Estimate, Labels, Priority, Prose, Url
from commands.core.command import card, command, finds, panel
from commands.core.context import Context, View
from commands.core.errors import Refused
from commands.core.facts import Fact, MessageDeleted, MessageEdited, on
from commands.core.reply import (
    Button,
    Code,
    Field,
    Fields,
    Health,
    Image,
    Inline,
    Item,
    Line,
    Link,
    Listing,
    Note,
    Part,
    Reply,
    Strong,
    Struck,
    Text,
)
from commands.grammar.when import When
from commands.words.catalog import msg
from storage.chats import Project
from storage.people import Person
from storage.tasks import (
    Comment,
    Counts,
    Listed,
    Task,
    comments_on,
    count_comments,
    count_tasks,
    counts_of,
    list_tasks,
    task_from,
    task_numbered,
)
from storage.unit import Unit
from storage.workspaces import next_number

TITLE_CHARS: Final = 200
CAPTURED_CHARS: Final = 80
"""A title made of somebody's message is cut here; the whole stays as a comment."""
ON_A_PAGE: Final = 15
STATUS_MARK: Final = {"todo": "⚪", "doing": "🔵", "waiting": "🟣", "blocked": "⛔", "done": "✅", "cancelled": "⬜"}
HEALTH_MARK: Final[dict[Health, str]] = {"green": "🟢", "yellow": "🟡", "red": "🔴"}
RED_AFTER: Final = timedelta(days=2)
"""Later than this is red (product 2, feature 41)."""
SOON: Final = timedelta(days=1)


class Which(StrEnum):
    """Choose tasks of a list; the catalogs say how each is typed."""

    OPEN = "open"
    OVERDUE = "overdue"
    WEEK = "this week"
    DONE = "finished"


class Scope(StrEnum):
    """Choose whose tasks to list."""

    MINE = "mine"
    PROJECT = "everyone's"


@dataclass(frozen=True)
class TaskAdded(Fact):
    """A task was made."""

    task: Task


@dataclass(frozen=True)
class TaskFinished(Fact):
    """A task was finished."""

    task: Task


@dataclass(frozen=True)
class TaskReopened(Fact):
    """A finished task was opened again."""

    task: Task


@dataclass(frozen=True)
class TaskAssigned(Fact):
    """A task was given to somebody."""

    task: Task
    before: int | None


@finds("task", letter="T", record=Task)
def find(unit: Unit, number: int) -> Task | None:
    """Find a task that is not archived."""
    task = task_numbered(unit, number)
    return None if task is None or task.archived_at is not None else task


@command(
    "task add",
    may="task.edit",
    examples=("任务 加 主图定稿 @李四 周五 !高 #设计 ~2d", 'add task "Fix banner" @ann fri 5pm !high'),
)
def add(
    ctx: Context,
    title: Prose,
    owner: Person | None = None,
    due: When | None = None,
    priority: Priority | None = None,
    labels: Labels | None = None,
    estimate: Estimate | None = None,
) -> Reply:
    """Make a task."""
    task = ctx.unit.add(
        Task,
        number=next_number(ctx.unit, "task"),
        project_id=ctx.project,
        title=_title(ctx, title),
        owner_id=owner.id if owner else _own(ctx),
        creator_id=ctx.me.id,
        priority=2 if priority is None else priority,
        labels=list(labels or ()),
        estimate_minutes=estimate,
        source_chat_id=ctx.chat.id,
        source_message=ctx.source,
        **_due_columns(ctx, due),
    )
    ctx.state(TaskAdded(task))
    return Reply(about=ctx.ref(task), parts=(Text(ctx.line("Added {task}.", task=_name(ctx, task))),))


@command(
    "task capture",
    may="task.edit",
    examples=("记下 客户想改主图文案", "capture The client wants another headline"),
)
def capture(ctx: Context, text: Prose, author: Person | None = None, link: Url | None = None) -> Reply:
    """Make a task of a message; its text, author and place are kept."""
    before = task_from(ctx.unit, chat=ctx.chat.id, message=ctx.source) if ctx.source else None
    if before is not None:
        raise Refused(ctx.line("{task} was made of this message already.", task=_name(ctx, before)))
    lines = [line for line in text.splitlines() if line.strip()] or [text]
    title = " ".join(lines[0].split())
    task = ctx.unit.add(
        Task,
        number=next_number(ctx.unit, "task"),
        project_id=ctx.project,
        title=title if len(title) <= CAPTURED_CHARS else title[: CAPTURED_CHARS - 1] + "…",
        owner_id=_own(ctx),
        creator_id=ctx.me.id,
        source_chat_id=ctx.chat.id,
        source_message=ctx.source,
        source_author_id=author.id if author else None,
        source_link=link,
    )
    if len(lines) > 1 or len(title) > CAPTURED_CHARS:
        ctx.unit.add(Comment, task_id=task.id, author_id=author.id if author else ctx.me.id, text=text)
    ctx.state(TaskAdded(task))
    return Reply(about=ctx.ref(task), parts=(Text(ctx.line("Added {task}.", task=_name(ctx, task))),))


@on(MessageEdited)
def offer_rename(ctx: Context, fact: MessageEdited) -> None:
    """Offer the new words as the title when the message that made a task was edited."""
    task = task_from(ctx.unit, chat=ctx.chat.id, message=fact.message)
    if task is None:
        return
    ref = ctx.ref(task).label
    opens = ctx.button(ctx.t("Rename…"), "task rename", {"task": ref}, typed=ctx.say("task rename", ref, "…"))
    line = ctx.line("You edited the message behind {task}; the task stays as it is.", task=_name(ctx, task))
    ctx.also(Reply(parts=(Text(line),), buttons=(opens,), to="private", about=ctx.ref(task)))


@on(MessageDeleted)
def offer_archive(ctx: Context, fact: MessageDeleted) -> None:
    """Offer to put away the task whose message was deleted."""
    task = task_from(ctx.unit, chat=ctx.chat.id, message=fact.message)
    if task is None:
        return
    archives = ctx.button(ctx.t("Archive"), "task archive", {"tasks": [ctx.ref(task).label]}, version=task.version)
    line = ctx.line("You deleted the message behind {task}; the task is still there.", task=_name(ctx, task))
    ctx.also(Reply(parts=(Text(line),), buttons=(archives,), to="private", about=ctx.ref(task)))


@command(
    "task list",
    may="task.view",
    reads=True,
    examples=("任务 逾期", "我的任务", "任务 本周 @李四", "tasks overdue", "list"),
)
def list_(ctx: Context, which: Which = Which.OPEN, scope: Scope | None = None, owner: Person | None = None) -> Reply:
    """List tasks: mine, a person's or the project's; open, overdue, this week or finished."""
    of_project = scope is Scope.PROJECT and owner is None and ctx.project is not None
    whose, id = ("project", ctx.project) if of_project else ("person", (owner or ctx.me).id)
    choice = {Which.OPEN: "open", Which.OVERDUE: "overdue", Which.WEEK: "week", Which.DONE: "done"}[which]
    since, until = _week(ctx)
    tasks = list_tasks(ctx.unit, whose=whose, id=id or 0, which=choice, most=ON_A_PAGE, since=since, until=until)
    total = len(tasks)
    if total == ON_A_PAGE:
        total = count_tasks(ctx.unit, whose=whose, id=id or 0, which=choice, since=since, until=until)
    title = _list_title(ctx, which, None if of_project else owner or ctx.me)
    if not tasks:
        return Reply(title=title, to="private", parts=(Text(_nothing(ctx, which, of_project=of_project)),))
    rows: list[Part] = [Listing(tuple(_row(ctx, task, shows_owner=of_project) for task in tasks))]
    if total > len(tasks):
        more = ctx.tn("{count} more", "{count} more", total - len(tasks))
        rows.append(Note((more,)))
    return Reply(title=(*title, f" · {total}"), to="private", parts=tuple(rows))


@command("task show", may="task.view", reads=True, examples=("T-1", "任务 看 T-1", "show T-1"))
def show(ctx: Context, task: Task) -> Reply:
    """Show a task with its newest comments."""
    drawn = draw(ctx, task)
    return Reply(
        title=drawn.title,
        health=drawn.health,
        parts=(*drawn.parts, *_comments(ctx, task)),
        buttons=drawn.buttons,
        to="private",
        about=ctx.ref(task),
    )


@command("task start", may="task.edit", examples=("开始 T-1", "start T-1"))
def start(ctx: Context, tasks: tuple[Task, ...]) -> Reply:
    """Start working on a task, or several."""
    for task in tasks:
        _refuse_closed(ctx, task)
    return _each(ctx, tasks, msg("Started {tasks}."), status="doing", is_open=True, started_at=ctx.unit.now)


@command("task done", may="task.edit", examples=("完成 T-1", "done T-1 T-2"))
def finish(ctx: Context, tasks: tuple[Task, ...]) -> Reply:
    """Finish a task, or several at once."""
    before = [task for task in tasks if task.status == "done"]
    if len(before) == len(tasks):
        raise Refused(_finished_by(ctx, before[0]), (_reopen_button(ctx, before[0]),))
    closed = {"status": "done", "is_open": False, "closed_at": ctx.unit.now, "closed_by": ctx.me.id}
    now = [ctx.unit.change(task, **closed) for task in tasks if task.status != "done"]
    for task in now:
        ctx.state(TaskFinished(task))
    said = _said(ctx, now, msg("Finished {tasks}."))
    return replace(said, parts=(*said.parts, *(Note(_finished_by(ctx, task)) for task in before)))


@command("task reopen", may="task.edit", examples=("重新打开 T-1", "reopen T-1"))
def reopen(ctx: Context, tasks: tuple[Task, ...]) -> Reply:
    """Open a finished task again."""
    for task in tasks:
        if task.is_open:
            raise Refused(ctx.line("{task} is open already.", task=_name(ctx, task)))
        status = "doing" if task.started_at else "todo"
        ctx.state(TaskReopened(ctx.unit.change(task, status=status, is_open=True, closed_at=None, closed_by=None)))
    return _said(ctx, tasks, msg("Opened {tasks} again."))


@command("task assign", may="task.edit", examples=("指派 T-1 @李四", "assign T-1 @ann"))
def assign(ctx: Context, tasks: tuple[Task, ...], owner: Person) -> Reply:
    """Give a task to somebody."""
    for task in tasks:
        if task.owner_id != owner.id:
            ctx.state(TaskAssigned(ctx.unit.change(task, owner_id=owner.id), task.owner_id))
    return _said(ctx, tasks, msg("Gave {tasks} to {owner}."), owner=ctx.who(owner.id))


@on(TaskAssigned)
def tell_owner(ctx: Context, fact: TaskAssigned) -> None:
    """Tell the new owner, whom the edit of a card does not notify."""
    _tell_owner(ctx, fact.task)


@on(TaskAdded)
def tell_first_owner(ctx: Context, fact: TaskAdded) -> None:
    """Tell the owner of a task made in a direct chat, whose card they do not see."""
    if ctx.chat.kind == "direct":
        _tell_owner(ctx, fact.task)


def _tell_owner(ctx: Context, task: Task) -> None:
    if task.owner_id is not None:
        who, what = ctx.who(ctx.me.id), _name(ctx, task)
        ctx.tell(task.owner_id, msg("{who} gave you {task}."), about=ctx.ref(task), who=who, task=what)


@command("task due", may="task.edit", examples=("延到 T-1 下周五", "把 T-1 延到下周五", "due T-1 next fri"))
def set_due(ctx: Context, tasks: tuple[Task, ...], due: When) -> Reply:
    """Set or move the due date."""
    columns = _due_columns(ctx, due)
    for task in tasks:
        ctx.unit.change(task, **columns)
    return _said(ctx, tasks, msg("{tasks} due {due}."), due=Strong(ctx.due(due.on, due.at)))


@command("task priority", may="task.edit", examples=("优先级 T-1 !高", "priority T-1 !high"))
def set_priority(ctx: Context, tasks: tuple[Task, ...], priority: Priority) -> Reply:
    """Set the priority, from urgent to low."""
    for task in tasks:
        ctx.unit.change(task, priority=priority)
    return _said(ctx, tasks, msg("{tasks}: priority {priority}."), priority=Strong(_priority(ctx, priority)))


@command("task label", may="task.edit", examples=("标签 T-1 #设计", "label T-1 #design"))
def label(ctx: Context, tasks: tuple[Task, ...], labels: Labels) -> Reply:
    """Add labels; a label that is there already is taken off."""
    for task in tasks:
        kept = [each for each in task.labels if each not in labels]
        new = [each for each in labels if each not in task.labels]
        ctx.unit.change(task, labels=[*kept, *new])
    return _said(ctx, tasks, msg("{tasks}: labels changed."))


@command("task rename", may="task.edit", examples=("改名 T-1 首焦主图定稿", "rename T-1 Fix the banner"))
def rename(ctx: Context, task: Task, title: Prose) -> Reply:
    """Give a task another title."""
    renamed = ctx.unit.change(task, title=_title(ctx, title))
    return _said(ctx, (renamed,), msg("Renamed {tasks}."))


@command("task comment", may="task.comment", examples=("备注 T-1 素材已发群里", "comment T-1 files are in the drive"))
def comment(ctx: Context, task: Task, text: Prose) -> Reply:
    """Note something on a task."""
    ctx.unit.add(Comment, task_id=task.id, author_id=ctx.me.id, text=text)
    ctx.unit.touch("task", task.id)
    return _said(ctx, (task,), msg("Noted on {tasks}."))


@command("task archive", may="task.edit", examples=("归档 T-1", "archive T-1"))
def archive(ctx: Context, tasks: tuple[Task, ...]) -> Reply:
    """Put a task away; its number is never used again."""
    for task in tasks:
        ctx.unit.archive(task)
    return _said(ctx, tasks, msg("Archived {tasks}."))


@card("task")
def draw(view: View, task: Task) -> Reply:
    """Draw the one card of a task."""
    ref = view.ref(task).label
    if task.archived_at is not None:
        return Reply(title=(Struck(f"{ref} {task.title}"),), parts=(Note((view.t("Put away"),)),))
    health = health_of(task.is_open, task.due_by, view.now)
    facts = [
        Field(view.t("Status"), (f"{STATUS_MARK[task.status]} {status_word(view, task.status)}",)),
        Field(view.t("Owner"), (view.who(task.owner_id, pings=True),)),
        Field(view.t("Due"), _due_line(view, task, health)),
        Field(view.t("Priority"), (_priority(view, task.priority),)),
    ]
    if task.labels:
        facts.append(Field(view.t("Labels"), (" ".join(f"#{each}" for each in task.labels),)))
    if task.estimate_minutes:
        facts.append(Field(view.t("Estimate"), (_estimate(view, task.estimate_minutes),)))
    added = [part for panel in view.registry.panels.get("task", ()) for part in panel.draw(view, task)]
    return Reply(
        title=(f"{ref} {task.title}",),
        health=health,
        parts=(Fields(tuple(facts)), *added, Note(_origin(view, task))),
        buttons=_buttons(view, task),
        about=view.ref(task),
    )


@panel("home", order=10)
def home_of_tasks(view: View, person: Person) -> Sequence[Part]:
    """Show what a person must do: late, this week, and without a date."""
    tasks = list_tasks(view.unit, whose="person", id=person.id, which="open", most=ON_A_PAGE)
    title = Text((Strong(view.t("Your tasks")),))
    if not tasks:
        example = Code(view.t('task add "Fix banner" @ann fri 5pm'))
        return (title, Text(view.line("Nothing is open. Add something: {example}", example=example)))
    return (title, Listing(tuple(_row(view, task, shows_owner=False) for task in tasks), more=view.say("task list")))


@panel("status", order=10)
def status_of_tasks(view: View, project: Project) -> Sequence[Part]:
    """Show the counts, what is overdue and what is due next."""
    counts = counts_of(view.unit, project.id)
    if counts.open + counts.done == 0:
        example = Code(view.t('task add "Fix banner" @ann fri 5pm'))
        return (Text(view.line("No tasks yet. The first one: {example}", example=example)),)
    parts: list[Part] = [_picture(view, project, counts)]
    for title, which in ((view.t("Overdue"), "overdue"), (view.t("Due next"), "upcoming")):
        tasks = list_tasks(view.unit, whose="project", id=project.id, which=which, most=5)
        if tasks:
            parts += [Text((Strong(title),)), Listing(tuple(_row(view, t, shows_owner=True) for t in tasks))]
    return tuple(parts)


def _picture(view: View, project: Project, counts: Counts) -> Image:
    rest = counts.open - counts.doing - counts.overdue
    shares = (
        Share(view.t("Finished"), counts.done, "#2e8b57"),
        Share(view.t("In progress"), counts.doing, "#3b76d6"),
        Share(view.t("Overdue"), counts.overdue, "#d64545"),
        Share(view.t("To do"), max(rest, 0), "#b8bcc4"),
    )
    return progress(project.name, shares, done=f"{counts.done} / {counts.open + counts.done}")


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


def _each(ctx: Context, tasks: Sequence[Task], message: str, **values: object) -> Reply:
    for task in tasks:
        ctx.unit.change(task, **values)
    return _said(ctx, tasks, message)


def _said(ctx: Context, tasks: Sequence[Task], message: str, **values: Inline) -> Reply:
    """Confirm in one line; the cards tell the rest."""
    names: list[Inline] = []
    for task in tasks:
        names += [*([ctx.t(", ")] if names else []), *_name(ctx, task)]
    return Reply(parts=(Text(ctx.line(message, tasks=tuple(names), **values)),), about=ctx.ref(tasks[0]))


def _own(ctx: Context) -> int | None:
    """Give who owns what has no owner named: in a direct chat, whoever says it."""
    return ctx.me.id if ctx.chat.kind == "direct" else None


def _name(ctx: Context, task: Task) -> Line:
    return (Strong(ctx.ref(task).label), f" {task.title}")


def _title(ctx: Context, title: str) -> str:
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


def _due_columns(view: View, due: When | None) -> dict[str, object]:
    if due is None:
        return {"due_on": None, "due_at": None, "due_zone": None, "due_by": None}
    end_of_day = datetime.combine(due.on + timedelta(days=1), time(), tzinfo=view.zone).astimezone(UTC)
    at = due.at.astimezone(UTC) if due.at else None
    return {"due_on": due.on, "due_at": at, "due_zone": view.zone.key, "due_by": at or end_of_day}


def _refuse_closed(ctx: Context, task: Task) -> None:
    if task.status == "done":
        raise Refused(_finished_by(ctx, task), (_reopen_button(ctx, task),))


def _finished_by(ctx: Context, task: Task) -> Line:
    return ctx.line(
        "{task} was finished by {who} at {at} already.",
        task=Strong(ctx.ref(task).label),
        who=ctx.who(task.closed_by),
        at=ctx.clock(task.closed_at) if task.closed_at else "—",
    )


def _reopen_button(view: View, task: Task) -> Button:
    return view.button(view.t("Open again"), "task reopen", {"tasks": [view.ref(task).label]}, version=task.version)


def _buttons(view: View, task: Task) -> tuple[Button, ...]:
    ref = view.ref(task).label
    one: dict[str, list[str]] = {"tasks": [ref]}
    if not task.is_open:
        return (_reopen_button(view, task),)
    first: list[Button] = []
    if task.status == "todo":
        first.append(view.button(view.t("Start"), "task start", {**one}, version=task.version))
    first.insert(0, view.button(view.t("Finish"), "task done", {**one}, style="primary", version=task.version))
    return (
        *first,
        view.button(view.t("Move date…"), "task due", {**one}, typed=view.say("task due", ref, view.t("fri"))),
        view.button(view.t("Assign…"), "task assign", {**one}, typed=view.say("task assign", ref, view.t("@name"))),
        view.button(view.t("Comment…"), "task comment", {"task": ref}, typed=view.say("task comment", ref, "…")),
    )


def _due_line(view: View, task: Task, health: Health | None) -> Line:
    written = view.due(task.due_on, task.due_at, zone=task.due_zone)
    late = _lateness(view, task.due_by, is_open=task.is_open)
    mark = f"{HEALTH_MARK[health]} " if health in ("yellow", "red") else ""
    return (f"{mark}{written}", *([f" · {late}"] if late else []))


def _lateness(view: View, due_by: datetime | None, *, is_open: bool) -> str:
    if not is_open or due_by is None or view.now < due_by:
        return ""
    days = (view.now - due_by).days + 1
    return view.tn("{count} day late", "{count} days late", days)


def _row(view: View, task: Listed, *, shows_owner: bool) -> Item:
    health = health_of(task.status not in ("done", "cancelled"), task.due_by, view.now)
    mark = HEALTH_MARK[health] if health in ("yellow", "red") else STATUS_MARK[task.status]
    details = [status_word(view, task.status)]
    if task.due_on:
        details.append(view.due(task.due_on, task.due_at, zone=task.due_zone))
    late = _lateness(view, task.due_by, is_open=task.status not in ("done", "cancelled"))
    details += [late] if late else []
    details += [_priority(view, task.priority)] if task.priority < 2 else []
    details += [task.owner or view.t("nobody")] if shows_owner else []
    button = None
    if task.status not in ("done", "cancelled"):
        args = {"tasks": [f"T-{task.number}"]}
        button = view.button(view.t("Finish"), "task done", {**args}, version=task.version)
    return Item((f"{mark} ", Strong(f"T-{task.number}"), f" {task.title}"), (" · ".join(details),), button)


def _list_title(ctx: Context, which: Which, owner: Person | None) -> Line:
    what = {
        Which.OPEN: ctx.t("Open tasks"),
        Which.OVERDUE: ctx.t("Overdue tasks"),
        Which.WEEK: ctx.t("Tasks due this week"),
        Which.DONE: ctx.t("Finished tasks"),
    }[which]
    if owner is None:
        return (what, " · ", ctx.t("whole project"))
    return (what, " · ", ctx.t("yours") if owner.id == ctx.me.id else owner.name)


def _nothing(ctx: Context, which: Which, *, of_project: bool) -> Line:
    all_of_project = ctx.words.forms(Scope.PROJECT.value)[0]
    if which is Which.OVERDUE:
        everything = ctx.say("task list", all_of_project if of_project else "")
        return ctx.line("Nothing is overdue. All open ones: {list}", list=Code(everything))
    example = Code(ctx.t('task add "Fix banner" @ann fri 5pm'))
    if of_project:
        return ctx.line("Nothing here. Add one: {add}", add=example)
    return ctx.line(
        "Nothing here. Add one: {add} · the whole project's: {list}",
        add=example,
        list=Code(ctx.say("task list", all_of_project)),
    )


def _week(ctx: Context) -> tuple[datetime, datetime]:
    """Give the local week that holds today, Monday to Sunday."""
    monday = ctx.today - timedelta(days=ctx.today.weekday())
    since = datetime.combine(monday, time(), tzinfo=ctx.zone)
    until = datetime.combine(monday + timedelta(days=7), time(), tzinfo=ctx.zone)
    return since.astimezone(UTC), until.astimezone(UTC)


def _priority(view: View, level: int) -> str:
    return (
        view.t("P0 urgent"),
        view.t("P1 high"),
        view.t("P2 normal"),
        view.t("P3 low"),
    )[level]


def _estimate(view: View, minutes: int) -> str:
    if minutes % 240 == 0:
        return view.t("{days} d", days=f"{minutes / 480:g}")
    return view.t("{hours} h", hours=f"{minutes / 60:g}")


def _origin(view: View, task: Task) -> Line:
    count = count_comments(view.unit, task.id)
    line = view.line("from {who}, {at}", who=view.who(task.creator_id), at=view.clock(task.created_at))
    if task.source_link:
        label = Link(task.source_link, view.t("message"))
        author = view.who(task.source_author_id)
        said = view.line("{who}'s {message}", who=author, message=label) if task.source_author_id else (label,)
        line = (*line, " · ", *said)
    if task.status == "done" and task.closed_at:
        done = view.line("finished by {who}, {at}", who=view.who(task.closed_by), at=view.clock(task.closed_at))
        line = (*line, " · ", *done)
    return (*line, " · ", view.tn("{count} comment", "{count} comments", count)) if count else line


def _comments(view: View, task: Task) -> tuple[Part, ...]:
    rows = comments_on(view.unit, task.id, most=5)
    if not rows:
        return ()
    items = tuple(Item((text,), (f"{name or '—'} · {view.clock(at)}",)) for text, at, name in rows)
    return (Text((Strong(view.t("Comments")),)), Listing(items))
