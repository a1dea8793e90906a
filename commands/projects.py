"""Projects: the one screen that answers "how do we stand?", to which every subject adds; the launch day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from commands.core.command import command, panel
from commands.core.context import Context, View
from commands.core.errors import Refused
from commands.core.facts import Fact
from commands.core.hits import marked, section
from commands.core.reply import Code, Divider, Item, Line, Note, Part, Reply, Strong, Text
from commands.grammar.when import When
from storage.chats import Project
from storage.digests import Edition
from storage.search import Sought, rows_with


@dataclass(frozen=True)
class LaunchMoved(Fact):
    """The launch of a project was given a day, or has none any more."""

    project: Project


class Gone(StrEnum):
    """Take a day away; the catalogs say how it is typed."""

    NONE = "no day"


@command("status", may="project.view", reads=True, examples=("进度", "status"))
def status(ctx: Context) -> Reply:
    """Show how the project of this chat stands, on one screen."""
    project = ctx.unit.get(Project, ctx.project) if ctx.project is not None else None
    if project is None:
        raise Refused(
            ctx.line(
                "This chat has no project. Ask in a group, or see your own tasks: {list}",
                list=Code(ctx.say("task list")),
            )
        )
    parts: list[Part] = []
    for each in ctx.registry.panels.get("status", ()):
        drawn = each.draw(ctx, project)
        parts += [*([Divider()] if parts and drawn else []), *drawn]
    return Reply(title=(f"📊 {project.name} · {ctx.due(ctx.today)}",), parts=tuple(parts), to="private")


@panel("search", order=40)
def found_projects(view: View, wanted: Sought) -> Sequence[Part]:
    """Show the projects whose name holds a text."""
    projects = [view.unit.get(Project, id) for id in rows_with(view.unit, "project", wanted)]
    items = [Item(marked(each.name, wanted.words)) for each in projects if each is not None and wanted.is_in(each.name)]
    return section(view, view.t("Projects"), items, most=5)


@command("launch", may="project.edit", examples=("上线 12-12", "launch 12-12"))
def launch(ctx: Context, day: When | None = None, instead: Gone | None = None) -> Reply:
    """Set the day on which this chat's project is launched, or see how far it is."""
    project = ctx.unit.get(Project, ctx.project) if ctx.project is not None else None
    if project is None:
        raise Refused(ctx.line("This chat has no project to launch. Say it in the project's group."))
    if day is not None:
        return _set_launch(ctx, project, day.on)
    if instead is not None:
        ctx.state(LaunchMoved(ctx.unit.change(project, launch_on=None)))
        return Reply(parts=(Text(ctx.line("{project} has no launch day any more.", project=project.name)),))
    if project.launch_on is None:
        example = Code(ctx.say("launch", "12-12"))
        line = ctx.line("{project} has no launch day yet. To set it: {example}", project=project.name, example=example)
        return Reply(parts=(Text(line),), to="private")
    return Reply(parts=(Text(_countdown(ctx, project.launch_on)),), to="private")


@panel("status", order=5)
def count_down(view: View, project: Project) -> Sequence[Part]:
    """Tell how far the launch is, where there is one."""
    return () if project.launch_on is None else (Text(_countdown(view, project.launch_on)),)


@panel("digest", order=5)
def count_down_in_digest(view: View, edition: Edition) -> Sequence[Part]:
    """Tell in a digest how far the launch is, until it is over."""
    project = view.unit.get(Project, edition.project)
    if project is None or project.launch_on is None or project.launch_on < view.today:
        return ()
    return (Text(_countdown(view, project.launch_on)),)


def _set_launch(ctx: Context, project: Project, day: date) -> Reply:
    before = project.launch_on
    ctx.state(LaunchMoved(ctx.unit.change(project, launch_on=day)))
    line = ctx.line("{project} is launched on {day}.", project=project.name, day=Strong(ctx.due(day)))
    parts: list[Part] = [Text(line), Text(_countdown(ctx, day))]
    if before not in (None, day):
        parts.append(Note(ctx.line("It was {day} before. Tasks keep the dates that they have.", day=ctx.due(before))))
    return Reply(parts=tuple(parts))


def _countdown(view: View, day: date) -> Line:
    """Say how many days are left, and how many of them are worked, the launch day with them."""
    left = (day - view.today).days
    if left == 0:
        return view.line("🚀 Today is the launch.")
    if left < 0:
        return (view.tn("Launched {count} day ago.", "Launched {count} days ago.", -left),)
    worked = view.workdays.count(view.today + timedelta(days=1), day)
    days = view.tn("🚀 {count} day to the launch", "🚀 {count} days to the launch", left)
    return view.line(
        "{days} ({worked}), on {day}",
        days=Strong(days),
        worked=view.tn("{count} working day", "{count} working days", worked),
        day=view.due(day),
    )
