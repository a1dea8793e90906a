"""Tasks that come again: when one is finished, the next is made, and never two are open."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from commands.core.command import command, panel
from commands.core.context import Context, View
from commands.core.errors import Refused
from commands.core.facts import on
from commands.core.reply import Code, Field, Fields, Item, Listing, Part, Reply, Strong, Text
from commands.grammar.recurrence import Recurrence
from commands.grammar.when import When
from commands.grammar.workdays import Workdays
from commands.task_words import named, refuse_closed
from commands.tasks import TaskAdded, TaskCancelled, TaskFact, TaskFinished, TaskReopened, due_columns
from commands.words import dates
from storage.recurrences import Series, open_of, present_tasks, tasks_left
from storage.tasks import Task
from storage.unit import Unit
from storage.workspaces import next_number

ON_A_PAGE: Final = 15
CARRIED: Final = (
    "project_id",
    "title",
    "owner_id",
    "creator_id",
    "priority",
    "labels",
    "is_confidential",
    "estimate_minutes",
    "source_chat_id",
    "series_id",
)
"""What the next task has of the one before."""


@command("task repeat", may="task.edit", examples=("重复 T-1 每周一", "repeat T-1 every monday"))
def repeat(ctx: Context, task: Task, repeat: Recurrence) -> Reply:
    """Have a task come again: the next one is made when it is finished."""
    refuse_closed(ctx, task)
    _begin(ctx, task, repeat)
    line = ctx.line(
        "{task} comes again: {rule}.", task=named(ctx, task), rule=Strong(dates.recurrence(ctx.words, repeat))
    )
    return Reply(parts=(Text(line),), about=ctx.ref(task))


@command("task repeat stop", may="task.edit", examples=("停止重复 T-1", "stop repeating T-1"))
def stop(ctx: Context, task: Task) -> Reply:
    """Let a task not come again; the present one stays."""
    series = _series_of(ctx, task)
    if series is None:
        example = Code(ctx.say("task repeat", ctx.ref(task).label, ctx.t("every monday")))
        raise Refused(
            ctx.line("{task} does not come again. To have it so: {example}", task=named(ctx, task), example=example)
        )
    ctx.unit.archive(series)
    ctx.unit.touch("task", task.id)
    line = ctx.line("{task} does not come again from now on.", task=named(ctx, task))
    return Reply(parts=(Text(line),), about=ctx.ref(task))


@command("task repeat list", may="task.view", reads=True, examples=("重复任务", "recurring tasks"))
def list_(ctx: Context) -> Reply:
    """List the tasks that come again."""
    tasks = present_tasks(ctx.unit, most=ON_A_PAGE)
    title = (ctx.t("Tasks that come again"),)
    if not tasks:
        example = Code(ctx.t("task add Weekly report every monday"))
        return Reply(
            title=title, parts=(Text(ctx.line("None yet. Make one: {example}", example=example)),), to="private"
        )
    rows = [
        Item(
            named(ctx, task), (f"{_rule_words(ctx, series)} · {ctx.due(task.due_on, task.due_at, zone=task.due_zone)}",)
        )
        for task in tasks
        if (series := _series_of(ctx, task)) is not None
    ]
    return Reply(title=title, parts=(Listing(tuple(rows)),), to="private")


@panel("task", order=20)
def rule_on_card(view: View, task: Task) -> Sequence[Part]:
    """Show how a task comes again."""
    series = _series_of(view, task)
    return () if series is None else (Fields((Field(view.t("Repeats"), (f"🔁 {_rule_words(view, series)}",)),)),)


@on(TaskAdded)
def begin_series(ctx: Context, fact: TaskAdded) -> None:
    """Begin a series with a task that was added with a rule."""
    if fact.repeat is not None:
        _begin(ctx, fact.task, fact.repeat)


@on(TaskFinished, TaskCancelled)
def make_next(ctx: Context, fact: TaskFact) -> None:
    """Make the next task of a series when one is closed; `repeat stop` ends it."""
    _go_on(ctx, fact.task)


@on(TaskReopened)
def leave_series(ctx: Context, fact: TaskReopened) -> None:
    """Take a reopened task out of its series when the next one is open already."""
    task = fact.task
    if task.series_id is not None and open_of(ctx.unit, task.series_id, besides=task.id) is not None:
        ctx.unit.change(task, series_id=None)


def make_due(unit: Unit, *, now: datetime, zone: ZoneInfo, workdays: Workdays) -> list[Task]:
    """Make the next task of each series that has none open and whose last was due up to now."""
    made = []
    for last in tasks_left(unit):
        series = unit.get(Series, last.series_id) if last.series_id is not None else None
        if series is not None and (last.due_by is None or last.due_by <= now):
            made.append(_following(unit, last, series, now, zone, workdays))
    return made


def _go_on(ctx: Context, task: Task) -> None:
    series = _series_of(ctx, task)
    if series is None or open_of(ctx.unit, series.id, besides=task.id) is not None:
        return
    following = _following(ctx.unit, task, series, ctx.now, ctx.zone, ctx.workdays)
    ctx.state(TaskAdded(following))
    due = ctx.due(following.due_on, following.due_at, zone=following.due_zone)
    line = ctx.line("The next one: {task}, due {due}.", task=named(ctx, following), due=Strong(due))
    ctx.also(Reply(parts=(Text(line),), about=ctx.ref(following)))


def _begin(ctx: Context, task: Task, rule: Recurrence) -> None:
    """Give a task a rule, and a due day if it has none."""
    series = _series_of(ctx, task)
    if series is not None:
        ctx.unit.change(series, rule=rule.canonical())
        ctx.unit.touch("task", task.id)
        return
    series = ctx.unit.add(Series, rule=rule.canonical(), creator_id=ctx.me.id)
    due: dict[str, object] = {}
    if task.due_on is None:
        due = due_columns(_when(rule, rule.next_after(ctx.today - timedelta(days=1), ctx.workdays), ctx.zone), ctx.zone)
    ctx.unit.change(task, series_id=series.id, **due)


def _following(unit: Unit, task: Task, series: Series, now: datetime, zone: ZoneInfo, workdays: Workdays) -> Task:
    rule = Recurrence.from_canonical(series.rule)
    there = ZoneInfo(task.due_zone) if task.due_zone else zone
    today = now.astimezone(there).date()
    day = _day_after(rule, task.due_on or today, today, workdays)
    return unit.add(
        Task,
        number=next_number(unit, "task"),
        **{name: getattr(task, name) for name in CARRIED},
        **due_columns(_when(rule, day, there), there),
    )


def _day_after(rule: Recurrence, due: date, today: date, workdays: Workdays) -> date:
    """Give the first day of the rule after the one that was due; days that have passed by now are left out."""
    day = rule.next_after(due, workdays)
    while day < today:
        day = rule.next_after(day, workdays)
    return day


def _when(rule: Recurrence, day: date, zone: ZoneInfo) -> When:
    return When(day, datetime.combine(day, rule.at, tzinfo=zone) if rule.at else None)


def _series_of(view: View, task: Task) -> Series | None:
    series = view.unit.get(Series, task.series_id) if task.series_id is not None else None
    return None if series is None or series.archived_at is not None else series


def _rule_words(view: View, series: Series) -> str:
    return dates.recurrence(view.words, Recurrence.from_canonical(series.rule))
