"""What is asked before a task is started, finished, put away or put below another one."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias

from commands.core.arguments import Consent
from commands.core.context import Context
from commands.core.errors import Asked, Refused
from commands.core.event import Json
from commands.core.reply import Button, Inline, Line, Strong
from commands.grammar.tokens import Kind
from commands.task_words import lateness, named
from commands.words.catalog import msg
from storage.dependencies import Dependency, Linked, chain, linked_before
from storage.subtasks import DEPTH, all_below, height_of, lineage_of
from storage.tasks import Listed, Task

SHOWN: Final = 5
"""Parts of a task that a question names."""
Below: TypeAlias = Annotated[Task, Kind.PARENT]
"""Typed `^T-8`."""
After: TypeAlias = Annotated[tuple[Task, ...], Kind.AFTER]
"""Typed `>T-9`, any number of them."""


class Reach(Consent):
    """Say how far an act on a task with parts goes."""

    ALL = "with all parts"
    ALONE = "without its parts"


class Anyway(Consent):
    """Go on although something else should be finished first."""

    YES = "anyway"


def with_parts(
    ctx: Context, tasks: Sequence[Task], reach: Reach | None, question: str, *, closed_too: bool = False
) -> list[Task]:
    """Give the tasks and, if that is meant, what is open below them, or all that is.

    Raises:
        Asked: something is below them, and nobody said yet what shall become of it.
    """
    own = {task.id for task in tasks}
    below = {part.id: part for task in tasks for part in all_below(ctx.unit, task.id)}
    parts = [part for part in below.values() if (part.is_open or closed_too) and part.id not in own]
    if not parts or reach is Reach.ALONE:
        return list(tasks)
    if reach is Reach.ALL:
        return [*tasks, *parts]
    names = ctx.t(", ").join(f"T-{part.number} {part.title}" for part in parts[:SHOWN])
    if len(parts) > SHOWN:
        names += "…"
    refs = " ".join(ctx.ref(task).label for task in tasks)
    line = ctx.line(question, tasks=Strong(refs), count=len(parts), parts=names)
    every = ctx.t("All {count} of them", count=len(parts) + len(tasks))
    alone = ctx.t("Only {tasks}", tasks=refs)
    raise Asked(line, (_consent(ctx, every, "reach", Reach.ALL), _consent(ctx, alone, "reach", Reach.ALONE)))


def hold_back(ctx: Context, tasks: Sequence[Task], anyway: Anyway | None, go_on: str) -> None:
    """Let tasks wait for what comes before them; going on all the same is kept.

    Raises:
        Asked: something before it is open, and nobody said yet that it does not matter.
    """
    own = {task.id for task in tasks}
    for task in tasks:
        held = [link for link in linked_before(ctx.unit, task.id) if link.holds and link.task.id not in own]
        if held and anyway is None:
            nudges = [nudge_button(ctx, link.task) for link in held if link.task.owner_id not in (None, ctx.me.id)]
            line = ctx.line("{task} still waits for {others}.", task=ref_of(ctx, task), others=waits(ctx, held))
            raise Asked(line, (*nudges[:2], _consent(ctx, go_on, "anyway", Anyway.YES)))
        for link in held:
            dependency = ctx.unit.must_get(Dependency, link.link)
            ctx.unit.change(dependency, waived_at=ctx.unit.now, waived_by=ctx.me.id)


def refuse_below(ctx: Context, parent: Task, task: Task | None) -> None:
    """Refuse a place in the tree that closes a circle, or is too deep.

    Raises:
        Refused: with the way round the circle.
    """
    above = lineage_of(ctx.unit, parent.id)
    if task is not None and task.id in [each.id for each in above]:
        way = [*above[: [each.id for each in above].index(task.id) + 1], parent]
        raise Refused(_circle(ctx, way))
    if len(above) + (1 if task is None else height_of(ctx.unit, task.id)) > DEPTH:
        line = msg("Tasks go {most} levels deep at most, and {parent} is at level {level}. Choose one further up.")
        raise Refused(ctx.line(line, most=DEPTH, parent=ref_of(ctx, parent), level=len(above)))


def refuse_after(ctx: Context, task: Task, after: Task) -> None:
    """Refuse a dependency that closes a circle.

    Raises:
        Refused: with the way round the circle.
    """
    way = chain(ctx.unit, after.id, task.id)
    if way:
        raise Refused(_circle(ctx, [ctx.unit.must_get(Task, id) for id in (task.id, *way)]))
    if task.id in [each.id for each in lineage_of(ctx.unit, after.id)]:
        line = ctx.line("{part} is a part of {task}, which cannot come after it.", part=named(ctx, after),
                        task=ref_of(ctx, task))  # fmt: skip
        raise Refused(line)


def ref_of(ctx: Context, task: Task) -> Strong:
    """Name a task by its ref alone."""
    return Strong(ctx.ref(task).label)


def waits(ctx: Context, held: Sequence[Linked]) -> Line:
    """Name what a task waits for, each with its owner and how late it is."""
    line: list[Inline] = []
    for link in held:
        one = link.task
        late = lateness(ctx, one.due_by, is_open=one.is_open)
        details = [f"@{one.owner}" if one.owner else ctx.t("nobody"), *([late] if late else [])]
        said = ctx.line("{task} ({details})", task=Strong(f"T-{one.number}"), details=ctx.t(", ").join(details))
        line += [*([ctx.t(", ")] if line else []), *said]
    return tuple(line)


def nudge_button(ctx: Context, task: Listed) -> Button:
    """Offer to ask the owner of a task to get on with it."""
    ref = f"T-{task.number}"
    return ctx.button(ctx.t("Nudge {who}", who=task.owner or ref), "task nudge", {"task": ref})


def _circle(ctx: Context, way: Sequence[Task]) -> Line:
    refs = " → ".join(ctx.ref(task).label for task in way)
    return ctx.line("That would go round in a circle: {way}. Nothing was changed.", way=Strong(refs))


def _consent(ctx: Context, label: str, name: str, answer: Consent) -> Button:
    """Offer the same call again, with the answer in it."""
    args: dict[str, Json] = {**ctx.call.args, name: answer.value}
    refs = ctx.call.args.get("tasks")
    pieces = refs if isinstance(refs, list) else [refs]
    pieces = [*pieces, ctx.call.args.get("reason"), ctx.words.forms(answer.value)[0]]
    return Button(label, ctx.call.command, args, ctx.say(ctx.call.command, *pieces))
