"""Help: five things to do here, with your role; then a topic in ten lines."""

from typing import Final

from commands.core.access import may
from commands.core.binding import example_of
from commands.core.command import Command, command
from commands.core.context import Context
from commands.core.errors import Refused
from commands.core.reply import Code, Item, Listing, Note, Part, Reply, Strong

FIRST: Final = ("task add", "task done", "task due", "task list", "status")
"""What most people do most."""
TOPIC_LINES: Final = 12


@command("help", may="own.help", reads=True, examples=("帮助", "help", "help task"))
def help_(ctx: Context, topic: str | None = None) -> Reply:
    """Show what you can do here."""
    return _overview(ctx) if topic is None else _about(ctx, topic)


def _overview(ctx: Context) -> Reply:
    mine = [ctx.registry.commands[name] for name in FIRST]
    topics = sorted({ctx.t(each.name.split()[0]).split("|")[0] for each in _allowed(ctx) if " " in each.name})
    parts: list[Part] = [
        Listing(tuple(_item(ctx, each) for each in mine if may(ctx.me.role, each.may))),
        Note(
            ctx.line(
                "More: {help} · topics: {topics} · take back: {undo}",
                help=Code(ctx.say("help", ctx.words.forms("task")[0])),
                topics=", ".join(topics),
                undo=Code(ctx.say("undo")),
            )
        ),
    ]
    return Reply(title=(ctx.t("What you can do here"),), parts=tuple(parts), to="private")


def _about(ctx: Context, topic: str) -> Reply:
    wanted = topic.casefold()
    found = [each for each in _allowed(ctx) if wanted in _names(ctx, each)]
    if not found:
        raise Refused(
            ctx.line("There is no topic {topic}. All of them: {help}", topic=Strong(topic), help=Code("help"))
        )
    items = tuple(_item(ctx, each) for each in found[:TOPIC_LINES])
    return Reply(title=(ctx.t("Help: {topic}", topic=topic),), parts=(Listing(items),), to="private")


def _names(ctx: Context, one: Command) -> set[str]:
    noun = one.name.split()[0]
    return {
        noun,
        *(form.casefold() for form in ctx.words.forms(noun)),
        *(f.casefold() for f in ctx.words.forms(one.name)),
    }


def _allowed(ctx: Context) -> list[Command]:
    return [each for each in ctx.registry.commands.values() if may(ctx.me.role, each.may)]


def _item(ctx: Context, one: Command) -> Item:
    return Item((Code(example_of(ctx, one)),), (ctx.t(one.help),))
