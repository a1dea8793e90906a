"""The one card of a task, with its buttons, and the view of a task with all there is to it."""

from commands.core.command import card, command
from commands.core.context import Context, View
from commands.core.reply import (
    Button,
    Field,
    Fields,
    Health,
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
from commands.task_words import (
    HEALTH_MARK,
    STATUS_MARK,
    estimate_words,
    health_of,
    lateness,
    priority_word,
    reopen_button,
    status_word,
)
from storage.chats import Chat
from storage.tasks import Task, comments_on, count_comments


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


@command("task where", may="task.view", reads=True, examples=("出处 T-1", "where T-1"))
def where(ctx: Context, task: Task) -> Reply:
    """Tell where a task comes from, and lead back to the message."""
    chat = ctx.unit.get(Chat, task.source_chat_id) if task.source_chat_id is not None else None
    line = _origin(ctx, task)
    if chat is not None and chat.kind == "group":
        line = (*line, " · ", *ctx.line("said in {chat}", chat=Strong(chat.title or chat.native)))
    return Reply(title=(f"{ctx.ref(task).label} {task.title}",), parts=(Text(line),), to="private", about=ctx.ref(task))


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
        Field(view.t("Priority"), (priority_word(view, task.priority),)),
    ]
    if task.labels:
        facts.append(Field(view.t("Labels"), (" ".join(f"#{each}" for each in task.labels),)))
    if task.estimate_minutes:
        facts.append(Field(view.t("Estimate"), (estimate_words(view, task.estimate_minutes),)))
    added = [part for panel in view.registry.panels.get("task", ()) for part in panel.draw(view, task)]
    return Reply(
        title=(f"{ref} {task.title}",),
        health=health,
        parts=(Fields(tuple(facts)), *added, Note(_origin(view, task))),
        buttons=_buttons(view, task),
        about=view.ref(task),
    )


def _buttons(view: View, task: Task) -> tuple[Button, ...]:
    ref = view.ref(task).label
    one: dict[str, list[str]] = {"tasks": [ref]}
    if not task.is_open:
        return (reopen_button(view, task),)
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
    late = lateness(view, task.due_by, is_open=task.is_open)
    mark = f"{HEALTH_MARK[health]} " if health in ("yellow", "red") else ""
    return (f"{mark}{written}", *([f" · {late}"] if late else []))


def _origin(view: View, task: Task) -> Line:
    count = count_comments(view.unit, task.id)
    line = view.line("from {who}, {at}", who=view.who(task.creator_id), at=view.clock(task.created_at))
    if task.source_link:
        label = Link(task.source_link, view.t("message"))
        author = view.who(task.source_author_id)
        source = view.line("{who}'s {message}", who=author, message=label) if task.source_author_id else (label,)
        line = (*line, " · ", *source)
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
