"""The home page: what waits for one person today; every subject adds its part."""

from commands.core.command import command
from commands.core.context import Context
from commands.core.reply import Divider, Part, Reply


@command("home", may="own.help", reads=True, examples=("我的一天", "home"))
def home(ctx: Context) -> Reply:
    """Show what waits for you."""
    parts: list[Part] = []
    for panel in ctx.registry.panels.get("home", ()):
        drawn = panel.draw(ctx, ctx.me)
        parts += [*([Divider()] if parts and drawn else []), *drawn]
    title = ctx.line("{who}, {day}", who=ctx.me.name, day=ctx.due(ctx.today))
    return Reply(title=title, parts=tuple(parts), to="private")
