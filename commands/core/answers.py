"""The answers that are no command's own: not understood, asked back, refused, failed.

Each tells what happened, why, and one thing to do next (product 3.4), in the asker's language.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from commands.core.access import holders
from commands.core.arguments import text_of
from commands.core.binding import as_filled, example_of, present
from commands.core.command import Command
from commands.core.context import Context
from commands.core.errors import Asked, Refused, Wanting
from commands.core.event import Json
from commands.core.reply import (
    Button,
    Choice,
    Code,
    Form,
    Input,
    InputKind,
    Item,
    Line,
    Listing,
    Note,
    Reply,
    Strong,
    Text,
)
from commands.words.catalog import msg
from storage.people import all_people
from storage.teams import all_teams

_ECHO_CHARS = 80
_REFS = re.compile(r"\b[A-Z]-\d+(?: [A-Z]-\d+)*(?: \d+\b)?")
"""The refs at the head of an example, with the number of a row behind them."""
_INPUTS: Mapping[str, InputKind] = {
    "person": "person",
    "team": "choice",
    "when": "date",
    "priority": "choice",
    "word": "choice",
    "prose": "text",
    "lines": "lines",
}


def not_understood(ctx: Context, text: str, near: Sequence[Command]) -> Reply:
    """Answer a text that is no command: the nearest ones, and a way to keep the text."""
    echo = _short(text)
    buttons = [Button(ctx.say(each.name), each.name, {}, ctx.say(each.name)) for each in near if _is_bare(each)]
    adds = ctx.registry.commands.get("task add")
    if adds is not None and len(text) > 1:
        args: dict[str, Json] = {"title": text[:200]}
        buttons.append(Button(ctx.t("Make it a task"), adds.name, args, ctx.say(adds.name, echo)))
    if near:
        line = ctx.line(
            "I do not know “{text}”. Did you mean {near}? All commands: {help}",
            text=echo,
            near=_either(ctx, [ctx.say(each.name) for each in near]),
            help=Code(ctx.say("help")),
        )
    else:
        line = ctx.line("I did not understand “{text}”. What I can do: {help}", text=echo, help=Code(ctx.say("help")))
    return Reply(parts=(Text(line),), buttons=tuple(buttons), to="private")


def too_long(ctx: Context, chars: int, most: int) -> Reply:
    """Answer a text that is too long to be a command."""
    line = ctx.line(
        "That message has {chars} characters; I read commands of up to {most}. Nothing was changed. "
        "Send the first lines, and put the rest into a comment.",
        chars=chars,
        most=most,
    )
    return Reply(parts=(Text(line),), to="private")


def forbidden(ctx: Context, command: Command, action: str) -> Reply:
    """Refuse an act that this role may not do, and say who may; never name its object."""
    roles = ctx.t(", ").join(ctx.t(role) for role in sorted(holders(action)))
    line = ctx.line(
        "{command} is not open to your role here ({role}). These may: {roles}.",
        command=Code(ctx.say(command.name)),
        role=ctx.t(ctx.rights.role),
        roles=roles,
    )
    return Reply(parts=(Text(line),), to="private")


def refused(ctx: Context, error: Refused | Asked) -> Reply:
    """Pass on a refusal or a question as the handler put it."""
    return Reply(parts=(Text(error.line),), buttons=error.buttons, to="private")


def wanting(ctx: Context, command: Command, args: Mapping[str, Json], error: Wanting) -> Reply:
    """Say what is missing, with a button that opens the form, prefilled with what was typed."""
    opens = Button(ctx.t("Fill in the form…"), command.name, {**args, "?": error.argument}, example_of(ctx, command))
    return Reply(parts=(Text(error.line),), buttons=(*error.buttons, opens), to="private")


def form_for(ctx: Context, command: Command, args: Mapping[str, Json], *, version: int | None) -> Reply:
    """Ask by a form for all that the command takes; objects and rows named already stay fixed."""
    before, read_at = present(ctx, command, args)
    known = {**before, **{name: value for name, value in args.items() if name != "?"}}
    fixed = {
        p.name: known[p.name] for p in command.parameters if p.kind in ("ref", "refs", "token") and p.name in known
    }
    inputs = tuple(
        _input(ctx, command, p.name, known) for p in command.parameters if not (p.name in fixed or p.is_consent)
    )
    title = _without_stop(ctx.t(command.help))
    named = " ".join(text_of(value) for value in fixed.values())
    example = _REFS.sub(named, example_of(ctx, command), count=1) if named else example_of(ctx, command)
    form = Form(
        title=f"{named} {title}".strip(),
        command=command.name,
        args=fixed,
        inputs=inputs,
        submit=ctx.t("OK"),
        typed=example,
        version=version if read_at is None else read_at,
    )
    line = ctx.line("Or type it: {example}", example=Code(example))
    return Reply(parts=(Text(line),), form=form, to="private")


def failed(ctx: Context, incident: str, text: str) -> Reply:
    """Own up to a bug of ours; the text that was typed comes back."""
    line = ctx.line(
        "That was not saved: a fault of mine, number {incident}. Nothing was changed. Your text: {text}",
        incident=Strong(incident),
        text=Code(text.strip() or "—"),
    )
    return Reply(parts=(Text(line),), to="private")


def hello(ctx: Context) -> Reply:
    """Introduce the bot to a chat that it just joined."""
    examples = [example_of(ctx, ctx.registry.commands[name]) for name in ("task add", "status", "help")]
    line = ctx.line("Hello, I am Drumbeat: I keep your tasks on the beat. Try one of these:")
    return Reply(parts=(Text(line), Listing(tuple(Item((Code(each),)) for each in examples))))


def notes(ctx: Context) -> tuple[Note, ...]:
    """Tell which years an answer rests on whose make-up workdays nobody knows yet."""
    line = msg("The make-up workdays of {year} are not announced yet: counted by weekdays and public holidays.")
    return tuple(Note(ctx.line(line, year=str(year))) for year in sorted(ctx.workdays.unpublished))


def not_sealed(ctx: Context) -> Reply:
    """Refuse a button that this workspace did not draw."""
    line = ctx.line("I did not draw this button. Type the command instead: {help}", help=Code(ctx.say("help")))
    return Reply(parts=(Text(line),), to="private")


def _input(ctx: Context, command: Command, name: str, known: Mapping[str, Json]) -> Input:
    parameter = command.parameter(name)
    if parameter is None:
        raise LookupError(f"{command.name} has no parameter {name}")
    text = as_filled(ctx, parameter, known.get(name))
    choices: tuple[Choice, ...] = ()
    if parameter.kind == "person":
        choices = tuple(Choice(str(person.id), person.name) for person in all_people(ctx.unit)[:100])
    elif parameter.kind == "team":
        choices = tuple(Choice(team.name, team.name) for team in all_teams(ctx.unit)[:100])
    elif parameter.kind == "priority":
        labels = (ctx.t("P0 urgent"), ctx.t("P1 high"), ctx.t("P2 normal"), ctx.t("P3 low"))
        choices = tuple(Choice(str(level), label) for level, label in enumerate(labels))
    elif parameter.kind == "word":
        choices = tuple(Choice(each.value, ctx.words.forms(each.value)[0]) for each in parameter.type)
    hint = ctx.t("Friday, 11-03, tomorrow 18:00") if parameter.kind == "when" else ""
    kind = _INPUTS.get(parameter.kind, "text")
    label = ctx.t(name)
    return Input(
        name, label[:1].upper() + label[1:], kind, value=text, hint=hint, required=parameter.required, choices=choices
    )


def _is_bare(command: Command) -> bool:
    return not any(parameter.required for parameter in command.parameters)


def _either(ctx: Context, examples: Sequence[str]) -> Line:
    line: list[Code | str] = []
    for example in examples:
        line += [*([ctx.t(" or ")] if line else []), Code(example)]
    return tuple(line)


def _without_stop(sentence: str) -> str:
    return sentence[:-1] if unicodedata.category(sentence[-1]) == "Po" else sentence


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _ECHO_CHARS else one_line[: _ECHO_CHARS - 1] + "…"
