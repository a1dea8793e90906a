"""What a task is exactly: its description, what must hold in the end, and the form for all of it."""

from collections.abc import Mapping
from typing import Final

from commands.core.arguments import KEPT, Estimate, Labels, Lines, Priority, Prose, when_to_json
from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Asked, Refused, Wanting
from commands.core.event import Args, Json
from commands.core.reply import Button, Code, Reply
from commands.grammar.checklist import criteria_of, ticked
from commands.grammar.when import When
from commands.task_guards import ref_of
from commands.task_words import said
from commands.tasks import TaskAssigned, move_due, title_of
from commands.words.catalog import msg
from storage.people import Person
from storage.tasks import Task

DESCRIPTION_CHARS: Final = 3_000


def present(ctx: Context, task: Task) -> Args:
    """Give what a task is now, for its form."""
    args: dict[str, Json] = {
        "title": task.title,
        "owner": task.owner_id,
        "priority": task.priority,
        "labels": list(task.labels),
        "estimate": task.estimate_minutes,
        "description": task.description,
    }
    if task.due_on is not None:
        args["due"] = when_to_json(When(task.due_on, task.due_at))
    return args


def described(ctx: Context, task: Task) -> Args:
    """Give the description as it is now, for its form."""
    return {"description": task.description}


@command(
    "task describe",
    may="task.edit",
    examples=("说明 T-1 三张主图，白底", "describe T-1 Three pictures on white"),
    fills=described,
)
def describe(ctx: Context, task: Task, description: Lines) -> Reply:
    """Describe a task; lines that begin with AC or [ ] are its acceptance criteria."""
    changed = ctx.unit.change(task, description=_short_enough(ctx, description))
    return said(ctx, (changed,), msg("Described {tasks}."))


@command("task check", may="task.edit", examples=("勾选 T-1 1", "check T-1 1"))
def check(ctx: Context, task: Task, number: str) -> Reply:
    """Tick an acceptance criterion by its number, or take its tick away."""
    digits = number.strip(".#")
    after = ticked(task.description or "", int(digits)) if digits.isascii() and digits.isdecimal() else None
    if after is None:
        count = len(criteria_of(task.description or ""))
        if count:
            line = ctx.line("{task} has criteria 1 to {count}. Which one?", task=ref_of(ctx, task), count=count)
        else:
            example = Code(ctx.say("task describe", ctx.ref(task).label, "[ ] …"))
            line = ctx.line("{task} has no acceptance criteria yet: {example}", task=ref_of(ctx, task), example=example)
        raise Refused(line)
    changed = ctx.unit.change(task, description=after)
    met = sum(each.is_met for each in criteria_of(after))
    return said(ctx, (changed,), msg("{tasks}: {met} of {count} criteria are met."), met=str(met),
                count=str(len(criteria_of(after))))  # fmt: skip


@command(
    "task edit",
    may="task.edit",
    examples=("编辑 T-1 首焦主图定稿 @李四 周五 !高", "edit T-1 Fix the banner @ann fri !high"),
    fills=present,
)
def edit(
    ctx: Context,
    task: Task,
    title: Prose = KEPT,
    owner: Person | None = KEPT,
    due: When | None = KEPT,
    priority: Priority | None = KEPT,
    labels: Labels | None = KEPT,
    estimate: Estimate | None = KEPT,
    description: Lines | None = KEPT,
) -> Reply:
    """Change everything about a task in one form."""
    given: dict[str, object] = {"title": title, "owner": owner, "due": due, "priority": priority, "labels": labels}
    given |= {"estimate": estimate, "description": description}
    fields = {name: value for name, value in given.items() if value is not KEPT}
    if not fields:
        example = Code(ctx.say("task edit", ctx.ref(task).label, ctx.t("@name"), ctx.t("fri")))
        line = ctx.line("Change {task} in the form, or type it: {example}", task=ref_of(ctx, task), example=example)
        raise Wanting("title", line)
    _ask_if_changed_since(ctx, task)
    changed = ctx.unit.change(task, **_columns(ctx, fields))
    if "due" in fields and (due is None or (due.on, due.at) != (changed.due_on, changed.due_at)):
        changed = move_due(ctx, changed, due)
    if changed.owner_id != task.owner_id:
        ctx.state(TaskAssigned(changed, task.owner_id))
    return said(ctx, (changed,), msg("Changed {tasks}."))


def _columns(ctx: Context, fields: Mapping[str, object]) -> dict[str, object]:
    """Turn what was said into columns; the due date goes its own way."""
    columns: dict[str, object] = {}
    for name, value in fields.items():
        if name == "title":
            if not value:
                raise Wanting("title", ctx.line("A task needs a title."))
            columns["title"] = title_of(ctx, str(value))
        elif name == "owner":
            columns["owner_id"] = value.id if isinstance(value, Person) else None
        elif name == "priority":
            columns["priority"] = 2 if value is None else value
        elif name == "labels":
            columns["labels"] = list(value) if isinstance(value, tuple) else []
        elif name == "estimate":
            columns["estimate_minutes"] = value
        elif name == "description":
            columns["description"] = _short_enough(ctx, str(value)) if value else None
    return columns


def _ask_if_changed_since(ctx: Context, task: Task) -> None:
    """Ask before a form that was opened earlier overwrites what somebody changed meanwhile."""
    if ctx.call.version is None or ctx.call.version == task.version:
        return
    args = {**ctx.call.args, "?": "title"}
    again = Button(ctx.t("Look at it again…"), "task edit", args, ctx.say("task edit", ctx.ref(task).label))
    line = ctx.line("{task} was changed since you opened the form. Nothing was overwritten.", task=ref_of(ctx, task))
    raise Asked(line, (again,))


def _short_enough(ctx: Context, text: str) -> str:
    if len(text) > DESCRIPTION_CHARS:
        line = ctx.line("A description has {most} characters at most; this one has {count}.", most=DESCRIPTION_CHARS,
                        count=len(text))  # fmt: skip
        raise Refused(line)
    return text.strip()
