"""Projects: the one screen that answers "how do we stand?", to which every subject adds; the launch day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from commands.core.arguments import Prose
from commands.core.command import command, panel
from commands.core.context import Context, View
from commands.core.errors import Asked, Refused
from commands.core.facts import Fact
from commands.core.hits import marked, section
from commands.core.reply import Button, Code, Divider, Inline, Item, Line, Note, Part, Reply, Strong, Text
from commands.grammar.suggest import nearest
from commands.grammar.when import When
from storage.chats import Project, all_projects, chats_of
from storage.digests import Edition
from storage.people import name_key
from storage.schedules import schedules_of_chat
from storage.search import Sought, rows_with
from storage.tasks import has_tasks

PICKS: Final = 5


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


@command("chat project", may="project.roles", examples=("本群项目 日常运营", "chat project general"))
def chat_project(ctx: Context, name: Prose | None = None, project: Project | None = None) -> Reply:
    """Have this chat work on another project, whatever its platform, or see on which it does."""
    if ctx.chat.kind != "group":
        raise Refused(ctx.line("A direct chat has no project of its own. Choose yours: {command}",
                               command=Code(ctx.say("default chat"))))  # fmt: skip
    before = ctx.unit.get(Project, ctx.project) if ctx.project is not None else None
    if name is None and project is None:
        return _chats_shown(ctx, before)
    chosen = project or _project_called(ctx, name or "")
    ctx.must("project.roles", chosen)
    if before is not None and chosen.id == before.id:
        raise Refused(ctx.line("This chat works on {project} already.", project=Strong(chosen.name)))
    ctx.unit.change(ctx.chat, project_id=chosen.id, awaits_digest=False)
    for schedule in schedules_of_chat(ctx.unit, ctx.chat.id):
        ctx.unit.change(schedule, project_id=chosen.id)
    line = ctx.line("This chat works on {project} now, as do: {chats}.", project=Strong(chosen.name),
                    chats=_titles(ctx, chosen.id))  # fmt: skip
    return Reply(parts=(Text(line), *_left_behind(ctx, before)), to="private")


def _left_behind(ctx: Context, before: Project | None) -> Sequence[Part]:
    """Put a project away that was empty and has no chat left; else say how to return to it."""
    if before is None:
        return ()
    if not has_tasks(ctx.unit, before.id) and not chats_of(ctx.unit, before.id):
        ctx.unit.archive(before)
        return ()
    back = Code(ctx.say("chat project", before.name))
    return (Note(ctx.line("The tasks of {project} stay there. Back to it: {back}", project=before.name, back=back)),)


def _chats_shown(ctx: Context, project: Project | None) -> Reply:
    example = Code(ctx.say("chat project", "…"))
    note = Note(ctx.line("To have it work on another: {example}", example=example))
    if project is None:
        return Reply(parts=(Text(ctx.line("This chat has no project.")), note), to="private")
    line = ctx.line("{project} is worked on in: {chats}.", project=Strong(project.name), chats=_titles(ctx, project.id))
    return Reply(parts=(Text(line), note), buttons=_project_buttons(ctx, _others(ctx, project.id)), to="private")


def _titles(ctx: Context, project: int) -> tuple[Inline, ...]:
    """Name the chats of a project, with their platforms where there are several."""
    chats = chats_of(ctx.unit, project)
    is_one = len({each.platform for each in chats}) < 2
    titles: list[Inline] = []
    for each in chats:
        where = "" if is_one else f" ({ctx.words.forms(each.platform)[0]})"
        titles += [*([ctx.t(", ")] if titles else []), f"{each.title or '?'}{where}"]
    return tuple(titles) or ("—",)


def _project_called(ctx: Context, name: str) -> Project:
    """Find the one project of a name; ask where there are several, and tell what is near where there is none."""
    others = _others(ctx, None)
    found = [each for each in others if name_key(each.name) == name_key(name)]
    if len(found) == 1:
        return found[0]
    near = nearest(name, [each.name for each in others])
    offered = found or [each for each in others if each.name in near] or others
    line = (
        ctx.line("There are several projects called {name}. Which one is meant?", name=Strong(name))
        if found
        else ctx.line("There is no project {name} that you lead. Which one is meant?", name=Strong(name))
    )
    raise Asked(line, _project_buttons(ctx, offered))


def _others(ctx: Context, but: int | None) -> list[Project]:
    return [each for each in all_projects(ctx.unit) if each.id != but and ctx.may("project.roles", each)]


def _project_buttons(ctx: Context, projects: Sequence[Project]) -> tuple[Button, ...]:
    return tuple(
        Button(each.name, "chat project", {"project": each.id}, ctx.say("chat project", each.name))
        for each in projects[:PICKS]
    )


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
