"""What keeps a task from going on: something in the way, or somebody outside who owes us something.

While we wait for others the owner's clock stands still: `due_by` is moved to the end of the
wait, and back to what was agreed when the wait is over.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from commands.core.arguments import Prose
from commands.core.command import command
from commands.core.context import Context, View
from commands.core.errors import Refused, Wanting
from commands.core.event import Json
from commands.core.facts import Fact, on
from commands.core.reply import Button, Code, Line, Note, Part, Reply, Strong, Text
from commands.core.retyping import example_of
from commands.dependencies import after as link_after
from commands.grammar.tokens import Kind, bare, has_chinese, tokenize
from commands.grammar.when import When
from commands.grammar.workdays import add_workdays
from commands.task_guards import ref_of
from commands.task_words import named, refuse_closed, said, status_word
from commands.words.catalog import msg
from storage.roles import leads_of
from storage.tasks import Listed, Task, end_of, released, task_numbered

WORKDAYS: Final = 3
"""So long is waited where nobody says how long."""
_SOURCE: Final = re.compile(r"\s*[@\uff20](?:[^\s:\uff1a@]{1,12}[:\uff1a])?(?P<who>[^\s@]+)")
"""`@Hongda`, or with its kind before a colon: `@supplier:Hongda`."""
_DAYS: Final[Mapping[str, int]] = {"d": 1, "w": 7}
_REF: Final = re.compile(r"[tT]-?(\d{1,9})")


@dataclass(frozen=True)
class TaskBlocked(Fact):
    """Something is in the way of a task."""

    task: Task


@dataclass(frozen=True)
class TaskWaiting(Fact):
    """A task waits for somebody outside."""

    task: Task


@dataclass(frozen=True)
class TaskResumed(Fact):
    """A task that was blocked, or waited, goes on."""

    task: Task


@dataclass(frozen=True, slots=True)
class Awaited:
    """What is awaited, from whom, and how long, as far as it was said."""

    what: str
    whom: str | None
    until: datetime | date | None
    """The last day, or an instant."""


@command("task block", may="task.edit", examples=("受阻 T-1 客户没给素材", "block T-1 waiting for the client's files"))
def block(ctx: Context, task: Task, reason: Prose) -> Reply:
    """Say what is in the way of a task; everybody sees the reason."""
    refuse_closed(ctx, task)
    if task.status == "blocked" and task.held_for == reason:
        line = ctx.line("{task} was blocked for this by {who} at {at} already.", task=ref_of(ctx, task), who=ctx.who(
            task.held_by), at=ctx.clock(task.held_at or task.updated_at))  # fmt: skip
        raise Refused(line, (_resume_button(ctx, task),))
    held = {"held_for": reason, "held_at": ctx.unit.now, "held_by": ctx.me.id}
    blocked = ctx.unit.change(task, **{**released(task), **held, "status": "blocked"})
    ctx.state(TaskBlocked(blocked))
    return said(ctx, (blocked,), msg("{tasks} is blocked: {reason}"), reason=reason)


@on(TaskBlocked)
def tell_who_asked(ctx: Context, fact: TaskBlocked) -> None:
    """Tell whoever asked for the work, and the project's leads, that it stands still."""
    task = fact.task
    asked = [task.creator_id] if task.creator_id is not None else []
    for person in dict.fromkeys((*asked, *leads_of(ctx.unit, task.project_id))):
        who, what = ctx.who(ctx.me.id), named(ctx, task)
        message = msg("{task} is blocked, says {who}: {reason}")
        ctx.tell(person, message, about=ctx.ref(task), who=who, task=what, reason=task.held_for or "")


@command(
    "task wait",
    may="task.edit",
    examples=(
        "T-1 等 样品 宏达 到周五",
        "等 T-1 样品 @供应商:宏达 3天",
        "wait T-1 for the sample from Hongda until fri",
    ),
)
def wait(ctx: Context, task: Task, what: Prose, until: When | None = None) -> Reply:
    """Wait for somebody outside until a day; the task is not late meanwhile."""
    refuse_closed(ctx, task)
    awaited = _awaited(ctx, what)
    before = _task_meant(ctx, awaited)
    if before is not None:
        return link_after(ctx, task, (before,))
    if not awaited.what:
        example = Code(example_of(ctx, ctx.registry.commands["task wait"]))
        raise Wanting("what", ctx.line("For what does {task} wait? Example: {example}", task=ref_of(ctx, task),
                                       example=example))  # fmt: skip
    named_end = (until.at or until.on) if until else awaited.until
    end = named_end or add_workdays(ctx.today, WORKDAYS, ctx.workdays)
    through, ends = (None, end) if isinstance(end, datetime) else (end, end_of(end, None, ctx.zone.key) or ctx.now)
    agreed = end_of(task.due_on, task.due_at, task.due_zone)
    held = {"held_for": awaited.what, "held_at": ctx.unit.now, "held_by": ctx.me.id, "waits_through": through}
    clock = {"waits_on": awaited.whom, "waits_until": ends, "due_by": max(agreed, ends) if agreed else None}
    waiting = ctx.unit.change(task, **{**held, **clock, "status": "waiting"})
    ctx.state(TaskWaiting(waiting))
    reply = _confirmed(ctx, waiting)
    if named_end is not None:
        return reply
    example = Code(ctx.say("task wait", ctx.ref(task).label, awaited.what, ctx.t("fri")))
    note = ctx.line("No day was named, so I take {count} working days. Another: {example}", count=WORKDAYS,
                    example=example)  # fmt: skip
    return replace(reply, parts=(*reply.parts, Note(note)))


@command("task resume", may="task.edit", examples=("继续 T-1", "resume T-1"))
def resume(ctx: Context, tasks: tuple[Task, ...]) -> Reply:
    """Go on with a task that was blocked, or waited."""
    held = [task for task in tasks if task.status in ("blocked", "waiting")]
    if not held:
        refuse_closed(ctx, tasks[0])
        status = Strong(status_word(ctx, tasks[0].status))
        line = msg("{task} is neither blocked nor waiting: it is {status}.")
        raise Refused(ctx.line(line, task=ref_of(ctx, tasks[0]), status=status))
    again = [ctx.unit.change(task, **released(task), status="doing" if task.started_at else "todo") for task in held]
    for task in again:
        ctx.state(TaskResumed(task))
    reply = said(ctx, held, msg("Going on with {tasks}."))
    offers = [_offer(ctx, before, task) for before, task in zip(held, again, strict=True) if _is_late(ctx, task)]
    notes = tuple(note for note, _ in offers)
    return replace(reply, parts=(*reply.parts, *notes), buttons=tuple(button for _, button in offers))


def awaited_line(view: View, task: Task | Listed) -> Line:
    """Write what is awaited, from whom and until when, and whether that has passed."""
    pieces = [task.held_for or "—", *([task.waits_on] if task.waits_on else [])]
    if task.waits_until is not None:
        pieces.append(view.t("until {day}", day=_last_day(view, task)))
        pieces += [view.t("expired")] if task.waits_until < view.now else []
    return (" · ".join(pieces),)


def _is_late(ctx: Context, task: Task) -> bool:
    return task.due_by is not None and task.due_by < ctx.unit.now


def _offer(ctx: Context, before: Task, task: Task) -> tuple[Part, Button]:
    """Say that the due date has passed meanwhile, and offer to move it by as long as we waited."""
    due, ref = task.due_on or ctx.today, ctx.ref(task).label
    waited = ctx.today - (before.held_at or ctx.now).astimezone(ctx.zone).date()
    day = max(due + waited, ctx.today)
    line = ctx.line(
        "{task} was due {due}.", task=Strong(ref), due=Strong(ctx.due(due, task.due_at, zone=task.due_zone))
    )
    args: dict[str, Json] = {"tasks": [ref], "due": day.isoformat()}
    typed = ctx.say("task due", ref, day.isoformat())
    return Note(line), ctx.button(ctx.t("Move to {day}", day=ctx.due(day)), "task due", args, typed=typed)


def _confirmed(ctx: Context, task: Task) -> Reply:
    what: Line = (Strong(task.held_for or ""), *([ctx.t(" from {who}", who=task.waits_on)] if task.waits_on else []))
    until = Strong(_last_day(ctx, task))
    line = ctx.line("{tasks} waits for {what}, until {until}. It is not late meanwhile.", tasks=named(ctx, task),
                    what=what, until=until)  # fmt: skip
    return Reply(parts=(Text(line),), about=ctx.ref(task))


def _last_day(view: View, task: Task | Listed) -> str:
    """Write the end of a wait: the last day of it, or the hour that was said."""
    if task.waits_through is not None or task.waits_until is None:
        return view.due(task.waits_through)
    return view.due(None, task.waits_until)


def _awaited(ctx: Context, words: str) -> Awaited:
    """Part what was said into a thing, a source and a span of time."""
    source = _SOURCE.search(words)
    rest = (words[: source.start()] + words[source.end() :] if source else words).split()
    rest = _without(ctx, rest, msg("until"), at_end=True)
    until, rest = _span(ctx, rest)
    rest = _without(ctx, _without(ctx, rest, msg("until"), at_end=True), msg("wait for"), at_end=False)
    whom = source["who"] if source else None
    froms = [place for place, word in enumerate(rest) if place and word in ctx.words.forms("from whom")]
    if whom is None and froms and froms[-1] + 1 < len(rest):
        whom, rest = " ".join(rest[froms[-1] + 1 :]), rest[: froms[-1]]
    elif whom is None and len(rest) == 2 and has_chinese("".join(rest)):
        rest, whom = rest[:1], rest[1]
    return Awaited(bare(" ".join(rest)), whom, until)


def _without(ctx: Context, words: list[str], which: str, *, at_end: bool) -> list[str]:
    """Take a word off the end or the head that only joins what is said."""
    place = -1 if at_end else 0
    if words and words[place].casefold() in ctx.words.forms(which):
        return words[:-1] if at_end else words[1:]
    return words


def _span(ctx: Context, words: list[str]) -> tuple[datetime | date | None, list[str]]:
    """Read `3 days` or 3天 off the end: so many days from today, or hours from now."""
    for count in (2, 1):
        said = tokenize(["~" + "".join(words[-count:])]) if len(words) >= count else ()
        if len(said) == 1 and said[0].kind is Kind.ESTIMATE:
            number, unit = float(said[0].value[:-1]), said[0].value[-1]
            if unit in _DAYS:
                days = math.ceil(number * _DAYS[unit])
                return ctx.today + timedelta(days=days), words[:-count]
            return ctx.now + timedelta(hours=number if unit == "h" else number / 60), words[:-count]
    return None, words


def _task_meant(ctx: Context, awaited: Awaited) -> Task | None:
    """Find the task that is awaited, where it is one of ours and nothing outside."""
    ref = _REF.fullmatch(awaited.what)
    task = task_numbered(ctx.unit, int(ref[1])) if ref and awaited.whom is None else None
    return None if task is None or task.archived_at is not None else task


def _resume_button(ctx: Context, task: Task) -> Button:
    return ctx.button(ctx.t("Go on"), "task resume", {"tasks": [ctx.ref(task).label]}, version=task.version)
