"""Requests: what one may not do oneself, and asks somebody who may."""

from commands.core.arguments import Prose
from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Refused
from commands.core.reply import Code, Reply, Text
from commands.words.catalog import msg
from storage.people import Person


@command(
    "request",
    may="own.settings",
    undo=None,
    examples=("请求 @王建国 本群语言 英文", "request @kate chat language english"),
)
def request(ctx: Context, person: Person, text: Prose) -> Reply:
    """Ask somebody to do what you may not do yourself."""
    if person.id == ctx.me.id:
        raise Refused(ctx.line("That is yourself: just type {command}", command=Code(text)))
    asks = msg("{who} asks you to do this in {chat}: {command}")
    ctx.tell(person.id, asks, who=ctx.who(ctx.me.id), chat=ctx.chat.title or "—", command=Code(text))
    return Reply(parts=(Text(ctx.line("Asked {person}.", person=ctx.who(person.id))),), to="private")
