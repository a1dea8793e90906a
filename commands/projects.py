"""Projects: the one screen that answers "how do we stand?"; every subject adds its part."""

from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Refused
from commands.core.reply import Code, Divider, Part, Reply
from storage.chats import Project


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
    for panel in ctx.registry.panels.get("status", ()):
        drawn = panel.draw(ctx, project)
        parts += [*([Divider()] if parts and drawn else []), *drawn]
    return Reply(title=(f"📊 {project.name} · {ctx.due(ctx.today)}",), parts=tuple(parts), to="private")
