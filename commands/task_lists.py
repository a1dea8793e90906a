"""Tasks as rows: the part of tasks in the home and in the status of a project. See lists.py for what is asked for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from commands.charts.progress import Share, progress
from commands.core.command import panel, titles
from commands.core.context import Context, View
from commands.core.reply import Code, Image, Item, Listing, Part, Strong, Text
from commands.task_words import HEALTH_MARK, STATUS_MARK, health_of, lateness, priority_word, status_word
from commands.waiting import awaited_line
from storage.chats import Project
from storage.participants import list_shared
from storage.people import Person
from storage.tasks import Counts, Listed, counts_of, list_tasks

ON_A_PAGE: Final = 15
AT_ONCE: Final = 100
"""Tasks that are handed over by one act."""
CALLED: Final = 500
"""Open tasks of a project that can be called by their words."""


@titles("task")
def open_titles(ctx: Context) -> Sequence[tuple[int, str]]:
    """List the open tasks that can be called by their words: the project's, else one's own."""
    whose, id = ("person", ctx.me.id) if ctx.project is None else ("project", ctx.project)
    return [(task.number, task.title) for task in list_tasks(ctx.unit, whose=whose, id=id, which="open", most=CALLED)]


@panel("home", order=10)
def home_of_tasks(view: View, person: Person) -> Sequence[Part]:
    """Show what a person must do: late, this week, and without a date."""
    tasks = list_tasks(view.unit, whose="person", id=person.id, which="open", most=ON_A_PAGE)
    title = Text((Strong(view.t("Your tasks")),))
    shared = list_shared(view.unit, person.id, "open", most=ON_A_PAGE)
    helping = (Text((Strong(view.t("With others")),)), shared_rows(view, shared)) if shared else ()
    if not tasks and shared:
        return helping
    if not tasks:
        example = Code(view.t('task add "Fix banner" @ann fri 5pm'))
        return (title, Text(view.line("Nothing is open. Add something: {example}", example=example)))
    return (
        title,
        Listing(tuple(row(view, task, shows_owner=False) for task in tasks), more=view.say("task list")),
        *helping,
    )


@panel("leaving", order=10)
def left_tasks(view: View, person: Person) -> Sequence[Part]:
    """Show what somebody leaves behind, to be given to others: one by one, or all at once."""
    tasks = list_tasks(view.unit, whose="person", id=person.id, which="open", most=AT_ONCE)
    if not tasks:
        return ()
    refs = [f"T-{task.number}" for task in tasks]
    typed = view.say("task assign", *refs, view.t("@name"))
    title = Item(
        (Strong(view.tn("{count} open task needs an owner", "{count} open tasks need an owner", len(tasks))),),
        button=view.button(view.t("Hand over all…"), "task assign", {"tasks": refs}, typed=typed),
    )
    rows = [
        replace(
            row(view, task, shows_owner=False),
            button=view.button(view.t("Assign…"), "task assign", {"tasks": [ref]}, typed=view.say("task assign", ref)),
        )
        for task, ref in zip(tasks[:ON_A_PAGE], refs, strict=False)
    ]
    return (Listing((title, *rows)),)


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
            parts += [Text((Strong(title),)), Listing(tuple(row(view, t, shows_owner=True) for t in tasks))]
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


def row(view: View, task: Listed, *, shows_owner: bool) -> Item:
    """Draw a task as one row of a list."""
    health = health_of(task.is_open, task.due_by, view.now)
    mark = HEALTH_MARK[health] if health in ("yellow", "red") else STATUS_MARK[task.status]
    details = [status_word(view, task.status)]
    if task.held_for:
        awaited = awaited_line(view, task)
        details += [str(piece) for piece in awaited]
    if task.due_on:
        details.append(view.due(task.due_on, task.due_at, zone=task.due_zone))
    late = lateness(view, task.due_by, is_open=task.is_open)
    details += [late] if late else []
    details += [priority_word(view, task.priority)] if task.priority < 2 else []
    details += [task.owner or view.t("nobody")] if shows_owner else []
    button = None
    if task.is_open:
        args = {"tasks": [f"T-{task.number}"]}
        button = view.button(view.t("Finish"), "task done", {**args}, version=task.version)
    return Item((f"{mark} ", Strong(f"T-{task.number}"), f" {task.title}"), (" · ".join(details),), button)


def shared_rows(view: View, tasks: Sequence[Listed]) -> Listing:
    """List what somebody else owns, and this person works on too."""
    return Listing(tuple(row(view, task, shows_owner=True) for task in tasks))
