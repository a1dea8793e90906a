"""The first words to somebody new, sent once beside the first answer that they get."""

from commands.core.context import Context
from commands.core.reply import Button, Code, Reply, Text
from commands.core.retyping import example_of


def welcome(ctx: Context) -> Reply:
    """Introduce the bot to one person in three lines, with a button for the first task."""
    hello = Text(ctx.line("Hello {name}, I am Drumbeat: I keep this team's tasks on the beat.", name=ctx.me.name))
    adds = ctx.registry.commands["task add"]
    if not ctx.may(adds.may):
        return Reply(parts=(hello, *_for_guests(ctx)))
    example = example_of(ctx, adds)
    first = Text(ctx.line("Tell me in a group or here, for example: {example}", example=Code(example)))
    more = ctx.line(
        "Your tasks: {tasks} · what else I do: {help} · language, time zone, quiet hours: {settings}",
        tasks=Code(ctx.say("task list")),
        help=Code(ctx.say("help")),
        settings=Code(ctx.say("settings")),
    )
    makes = Button(ctx.t("Make the first task"), adds.name, {"?": "title"}, example, style="primary")
    return Reply(parts=(hello, first, Text(more)), buttons=(makes,))


def _for_guests(ctx: Context) -> tuple[Text, ...]:
    line = ctx.line("You are a guest here and see no tasks of the team. To be let in, ask a lead or an admin.")
    settings = ctx.line("What you can set for yourself: {settings}", settings=Code(ctx.say("settings")))
    return Text(line), Text(settings)
