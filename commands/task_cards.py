"""The one card of a task, with its buttons, and the view of a task with all there is to it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from commands.core.command import card, command
from commands.core.context import Context, View
from commands.core.reply import (
    Button,
    Code,
    Field,
    Fields,
    Health,
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
from commands.grammar.checklist import criteria_of, without_criteria
from commands.task_words import (
    HEALTH_MARK,
    STATUS_MARK,
    estimate_words,
    health_of,
    lateness,
    named,
    priority_word,
    refuse_closed,
    reopen_button,
    status_word,
)
from commands.waiting import awaited_line
from storage.chats import Chat
from storage.dependencies import Linked, linked_before
from storage.participants import participants_of
from storage.subtasks import children_of, code_of
from storage.tasks import Task, comments_on
from storage.ties import Ties, ties_of

ON_A_CARD: Final = 10
"""Parts of a task that its card names; the view names twice as many."""
CARD_CHARS: Final = 280
"""A card begins the description; the view has all of it."""


@command("task show", may="task.view", reads=True, examples=("T-1", "任务 看 T-1", "show T-1"))
def show(ctx: Context, task: Task) -> Reply:
    """Show a task with its newest comments."""
    ties = ties_of(ctx.unit, task.id)
    drawn = _drawn(ctx, task, ties, is_whole=True)
    place: tuple[Part, ...] = ()
    if ties.children or _parent_of(ctx, task) is not None:
        place = (Note((f"WBS {code_of(ctx.unit, task.id)}",)),)
    comments = _comments(ctx, task) if ties.comments else ()
    return replace(drawn, parts=(*drawn.parts, *place, *comments), to="private", about=ctx.ref(task))


@command("task more", may="task.view", reads=True, examples=("更多 T-1", "more T-1"))
def more(ctx: Context, task: Task) -> Reply:
    """Offer what else can be done with a task."""
    refuse_closed(ctx, task)
    ref = ctx.ref(task).label
    buttons = [
        each for each in _other_buttons(ctx, task, ref) if ctx.may(ctx.registry.commands[each.command].may, task)
    ]
    all_of_it, help_ = Code(ctx.say("task show", ref)), Code(ctx.say("help", ctx.words.forms("task")[0]))
    line = ctx.line("What else you can do with {task}:", task=named(ctx, task))
    hint = ctx.line("All about it: {show} · what can be typed: {help}", show=all_of_it, help=help_)
    return Reply(parts=(Text(line), Note(hint)), buttons=tuple(buttons), to="private", about=ctx.ref(task))


@command("task where", may="task.view", reads=True, examples=("出处 T-1", "where T-1"))
def where(ctx: Context, task: Task) -> Reply:
    """Tell where a task comes from, and lead back to the message."""
    chat = ctx.unit.get(Chat, task.source_chat_id) if task.source_chat_id is not None else None
    line = _origin(ctx, task, ties_of(ctx.unit, task.id))
    if chat is not None and chat.kind == "group":
        line = (*line, " · ", *ctx.line("said in {chat}", chat=Strong(chat.title or chat.native)))
    return Reply(title=(f"{ctx.ref(task).label} {task.title}",), parts=(Text(line),), to="private", about=ctx.ref(task))


@card("task")
def draw(view: View, task: Task) -> Reply:
    """Draw the one card of a task."""
    if task.archived_at is not None:
        title = Struck(f"{view.ref(task).label} {task.title}")
        return Reply(title=(title,), parts=(Note((view.t("Put away"),)),))
    return _drawn(view, task, ties_of(view.unit, task.id), is_whole=False)


def _drawn(view: View, task: Task, ties: Ties, *, is_whole: bool) -> Reply:
    added = [part for panel in view.registry.panels.get("task", ()) for part in panel.draw(view, task)]
    return Reply(
        title=(f"{view.ref(task).label} {task.title}",),
        health=health_of(task.is_open, task.due_by, view.now),
        parts=(
            Fields(tuple(_facts(view, task, ties))),
            *_description(task, is_whole=is_whole),
            *(_parts(view, task, most=ON_A_CARD * 2 if is_whole else ON_A_CARD) if ties.children else ()),
            *added,
            Note(_origin(view, task, ties)),
        ),
        buttons=_buttons(view, task),
        about=view.ref(task),
    )


def _facts(view: View, task: Task, ties: Ties) -> Iterator[Field]:
    """Give the rows of facts, each only where there is something to say."""
    yield Field(view.t("Status"), (f"{STATUS_MARK[task.status]} {status_word(view, task.status)}",))
    if task.held_for is not None:
        yield _held(view, task)
    yield Field(view.t("Owner"), (view.who(task.owner_id, pings=True),))
    people = participants_of(view.unit, task.id) if ties.people else ()
    helping = [view.who(each.person_id) for each in people if each.part == "collaborator"]
    if helping:
        yield Field(view.t("Collaborators"), _joined(view, [(each,) for each in helping]))
    yield Field(view.t("Due"), _due_line(view, task, health_of(task.is_open, task.due_by, view.now)))
    yield Field(view.t("Priority"), (priority_word(view, task.priority),))
    parent = _parent_of(view, task)
    if parent is not None:
        yield Field(view.t("Part of"), named(view, parent))
    before = linked_before(view.unit, task.id) if ties.before else ()
    if before:
        yield Field(view.t("After"), _joined(view, [_before_line(view, link) for link in before]))
    if ties.children:
        yield Field(view.t("Parts"), (f"{ties.closed_children}/{ties.children}",))
    if task.labels:
        yield Field(view.t("Labels"), (" ".join(f"#{each}" for each in task.labels),))
    if task.estimate_minutes:
        yield Field(view.t("Estimate"), (estimate_words(view, task.estimate_minutes),))


def _parent_of(view: View, task: Task) -> Task | None:
    """Give what a task is a part of, where whoever reads may know of it."""
    return view.unit.get(Task, task.parent_id) if task.parent_id is not None else None


def _held(view: View, task: Task) -> Field:
    """Tell why a task does not go on, who said so and since when."""
    since = view.line("{who}, {at}", who=view.who(task.held_by), at=view.clock(task.held_at or task.updated_at))
    if task.status == "waiting":
        what = awaited_line(view, task)
        return Field(view.t("Waiting for"), (*what, " · ", *since))
    return Field(view.t("Reason"), (task.held_for or "—", " · ", *since))


def _before_line(view: View, link: Linked) -> Line:
    one = link.task
    late = lateness(view, one.due_by, is_open=one.is_open)
    waived = view.line("waived by {who}", who=view.who(link.waived_by)) if link.is_waived and one.is_open else ()
    details = [(detail,) for detail in (one.owner, late) if detail and one.is_open]
    tail = _joined(view, [*details, *([waived] if waived else [])])
    line: Line = (f"{STATUS_MARK[one.status]} ", Strong(f"T-{one.number}"), f" {one.title}")
    return (*line, " (", *tail, ")") if tail else line


def _description(task: Task, *, is_whole: bool) -> Iterator[Part]:
    """Give the description, and its acceptance criteria as a list of boxes."""
    text = without_criteria(task.description or "")
    if len(text) > CARD_CHARS and not is_whole:
        text = text[: CARD_CHARS - 1] + "…"
    if text:
        yield Text((text,))
    rows = [f"{'☑' if each.is_met else '☐'} {each.text}" for each in criteria_of(task.description or "")]
    if rows:
        yield Text(("\n".join(rows),))


def _parts(view: View, task: Task, *, most: int) -> tuple[Part, ...]:
    """List what the task is made of, each with its mark."""
    rows = []
    for part in children_of(view.unit, task.id, most=most):
        late = lateness(view, part.due_by, is_open=part.is_open)
        details = [part.owner or view.t("nobody"), *([late] if late else [])]
        line: Line = (f"{STATUS_MARK[part.status]} ", Strong(f"T-{part.number}"), f" {part.title}")
        rows.append(Item(line, (" · ".join(details),)))
    return (Listing(tuple(rows), more=view.say("task show", view.ref(task).label)),)


def _joined(view: View, lines: Sequence[Line]) -> Line:
    joined: list[Inline] = []
    for line in lines:
        joined += [*([view.t(", ")] if joined else []), *line]
    return tuple(joined)


def _buttons(view: View, task: Task) -> tuple[Button, ...]:
    """Give what most people do next, and lead to all the rest."""
    ref = view.ref(task).label
    one: dict[str, list[str]] = {"tasks": [ref]}
    if not task.is_open:
        return (reopen_button(view, task),)
    first = [view.button(view.t("Finish"), "task done", {**one}, style="primary", version=task.version)]
    if task.status == "todo":
        first.append(view.button(view.t("Start"), "task start", {**one}, version=task.version))
    if task.status in ("blocked", "waiting"):
        first.append(view.button(view.t("Go on"), "task resume", {**one}, version=task.version))
    if task.owner_id is None:
        first.append(_assign_button(view, ref))
    moves = view.button(view.t("Move date…"), "task due", {**one}, typed=view.say("task due", ref, view.t("fri")))
    return (*first, moves, view.button(view.t("More…"), "task more", {"task": ref}))


def _other_buttons(view: View, task: Task, ref: str) -> Iterator[Button]:
    """Give what the card keeps behind one button."""
    if task.owner_id is not None:
        yield _assign_button(view, ref)
    yield view.button(view.t("Comment…"), "task comment", {"task": ref}, typed=view.say("task comment", ref, "…"))
    if task.status != "blocked":
        yield view.button(view.t("Blocked…"), "task block", {"task": ref}, typed=view.say("task block", ref, "…"))
    if task.status != "waiting":
        yield view.button(view.t("Wait…"), "task wait", {"task": ref}, typed=view.say("task wait", ref, "…"))
    yield view.button(view.t("Ask for approval…"), "approval add", {"task": ref, "?": "title"},
                      typed=view.say("approval add", ref, "…"))  # fmt: skip
    edits = {"task": ref, "?": "title"}
    yield view.button(view.t("Edit…"), "task edit", {**edits}, typed=view.say("task edit", ref))
    yield view.button(view.t("Join in"), "task collaborate", {"task": ref})
    yield view.button(view.t("Follow"), "task follow", {"tasks": [ref]})
    yield view.button(view.t("Cancel it…"), "task cancel", {"tasks": [ref]}, typed=view.say("task cancel", ref, "…"))


def _assign_button(view: View, ref: str) -> Button:
    typed = view.say("task assign", ref, view.t("@name"))
    return view.button(view.t("Assign…"), "task assign", {"tasks": [ref]}, typed=typed)


def _due_line(view: View, task: Task, health: Health | None) -> Line:
    written = view.due(task.due_on, task.due_at, zone=task.due_zone)
    late = lateness(view, task.due_by, is_open=task.is_open)
    mark = f"{HEALTH_MARK[health]} " if health in ("yellow", "red") else ""
    return (f"{mark}{written}", *([f" · {late}"] if late else []))


def _origin(view: View, task: Task, ties: Ties) -> Line:
    line = view.line("from {who}, {at}", who=view.who(task.creator_id), at=view.clock(task.created_at))
    if task.source_link:
        label = Link(task.source_link, view.t("message"))
        author = view.who(task.source_author_id)
        source = view.line("{who}'s {message}", who=author, message=label) if task.source_author_id else (label,)
        line = (*line, " · ", *source)
    if task.status == "done" and task.closed_at:
        done = view.line("finished by {who}, {at}", who=view.who(task.closed_by), at=view.clock(task.closed_at))
        line = (*line, " · ", *done)
    if ties.comments:
        line = (*line, " · ", view.tn("{count} comment", "{count} comments", ties.comments))
    return line


def _comments(view: View, task: Task) -> tuple[Part, ...]:
    rows = comments_on(view.unit, task.id, most=5)
    items = tuple(Item((text,), (f"{name or '—'} · {view.clock(at)}",)) for text, at, name in rows)
    return (Text((Strong(view.t("Comments")),)), Listing(items))
