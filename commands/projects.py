"""Projects: the one screen that answers "how do we stand?"; every subject adds its part."""

from collections.abc import Sequence

from commands.core.command import command, panel
from commands.core.context import Context, View
from commands.core.errors import Refused
from commands.core.hits import marked, section
from commands.core.reply import Code, Divider, Item, Part, Reply
from storage.chats import Project
from storage.search import Sought, rows_with


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
