"""Lists of tasks, and the part of tasks in the home and in the status of a project."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from commands.charts.progress import Share, progress
from commands.core.command import command, panel
from commands.core.context import Context, View
from commands.core.reply import Code, Image, Item, Line, Listing, Note, Part, Reply, Strong, Text
from commands.task_words import HEALTH_MARK, STATUS_MARK, health_of, lateness, priority_word, status_word
from storage.chats import Project
from storage.people import Person
from storage.tasks import Counts, Listed, count_tasks, counts_of, list_tasks

ON_A_PAGE: Final = 15


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


def _row(view: View, task: Listed, *, shows_owner: bool) -> Item:
    health = health_of(task.status not in ("done", "cancelled"), task.due_by, view.now)
    mark = HEALTH_MARK[health] if health in ("yellow", "red") else STATUS_MARK[task.status]
    details = [status_word(view, task.status)]
    if task.due_on:
        details.append(view.due(task.due_on, task.due_at, zone=task.due_zone))
    late = lateness(view, task.due_by, is_open=task.status not in ("done", "cancelled"))
    details += [late] if late else []
    details += [priority_word(view, task.priority)] if task.priority < 2 else []
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
