"""The answers that are no command's own: not understood, asked back, refused, failed.

Each tells what happened, why, and one thing to do next (product 3.4), in the asker's language.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from commands.core.access import OUTSIDE, holders, people_who_may, rank
from commands.core.arguments import Seen
from commands.core.command import Command
from commands.core.context import Context
from commands.core.errors import Asked, Refused, Wanting
from commands.core.event import Args, Json
from commands.core.reply import (
    Button,
    Choice,
    Code,
    Form,
    Inline,
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
from commands.core.retyping import as_filled, example_of, retyped
from commands.core.values import present
from commands.words.catalog import msg
from storage.columns import Record
from storage.people import Person, all_people
from storage.teams import all_teams

Near: TypeAlias = tuple[Command, Args]
"""A command that may have been meant, with its arguments; `?` among them where one is missing."""
_ECHO_CHARS = 80
_HOLDERS = 3
"""People who are named as those to ask."""
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


def not_understood(ctx: Context, text: str, near: Sequence[Near] = ()) -> Reply:
    """Answer a text that is no command: the nearest ones, and a way to keep the text."""
    echo = _short(text)
    buttons = [_run(ctx, command, args) for command, args in near]
    adds = ctx.registry.commands.get("task add")
    if adds is not None and len(text) > 1:
        args: dict[str, Json] = {"title": text[:200]}
        buttons.append(Button(ctx.t("Make it a task"), adds.name, args, ctx.say(adds.name, echo)))
    if near:
        line = ctx.line(
            "I do not know “{text}”. Did you mean {near}? All commands: {help}",
            text=echo,
            near=_either(ctx, [retyped(ctx, command.name, args) for command, args in near]),
            help=Code(ctx.say("help")),
        )
    else:
        line = ctx.line("I did not understand “{text}”. What I can do: {help}", text=echo, help=Code(ctx.say("help")))
    return Reply(parts=(Text(line),), buttons=tuple(buttons), to="private")


def nothing_done(ctx: Context, shows: Command, ref: str) -> Reply:
    """Answer talk about an object that orders nothing: look at it, or say what to do."""
    finishes = f"{shows.name.split()[0]} done"
    example = ctx.say(finishes, ref) if finishes in ctx.registry.commands else ctx.say("help")
    line = ctx.line("I changed nothing. To have me act, say it plainly, such as: {example}", example=Code(example))
    return Reply(parts=(Text(line),), buttons=(Button(ref, shows.name, {"task": ref}, ref),), to="private")


def kind_word(ctx: Context) -> Reply:
    """Answer thanks, praise or good night."""
    return Reply(parts=(Text(ctx.line("I am here. What I can do: {help}", help=Code(ctx.say("help")))),), to="private")


def unsure(ctx: Context, command: Command, args: Args) -> Reply:
    """Ask whether a sentence means an act, which a button then does."""
    line = ctx.line("Shall I do this? {command}", command=Code(retyped(ctx, command.name, args)))
    return Reply(parts=(Text(line),), buttons=(_run(ctx, command, args),), to="private")


def offered(ctx: Context, command: Command, args: Args, objects: Sequence[Record]) -> Reply:
    """Offer to everybody what somebody wants to be taken."""
    names: list[Inline] = []
    for each in objects:
        label = Strong(ctx.ref(each).label)
        names += [*([ctx.t(", ")] if names else []), label, " " + str(getattr(each, "title", ""))]
    takes = Button(ctx.t("I take it"), command.name, args, retyped(ctx, command.name, args), style="primary")
    return Reply(parts=(Text(ctx.line("Who takes {tasks}?", tasks=tuple(names))),), buttons=(takes,))


def too_long(ctx: Context, chars: int, most: int) -> Reply:
    """Answer a text that is too long to be a command."""
    line = ctx.line(
        "That message has {chars} characters; I read commands of up to {most}. Nothing was changed. "
        "Send the first lines, and put the rest into a comment.",
        chars=chars,
        most=most,
    )
    return Reply(parts=(Text(line),), to="private")


def forbidden(ctx: Context, command: Command, args: Args, action: str) -> Reply:
    """Refuse an act that this role may not do, and say who may; never name its object."""
    may = people_who_may(ctx.rights, action)[:_HOLDERS]
    line = ctx.line(
        "{command} is not open to your role here ({role}). It takes: {roles}. Ask: {people}.",
        command=Code(ctx.say(command.name)),
        role=ctx.t(ctx.rights.role),
        roles=ctx.t(", ").join(ctx.t(role) for role in sorted(holders(action), key=rank)),
        people=ctx.t(", ").join(person.name for person in may) or "—",
    )
    if ctx.rights.role in OUTSIDE:
        joins = Button(ctx.t("Ask to be let in"), "join", {}, ctx.say("join"), style="primary")
        return Reply(parts=(Text(line),), buttons=(joins,), to="private")
    typed = retyped(ctx, command.name, args)
    return Reply(parts=(Text(line),), buttons=tuple(_request(ctx, person, typed) for person in may), to="private")


def _request(ctx: Context, person: Person, typed: str) -> Button:
    """Offer to send somebody what they are asked to do, as it is typed."""
    args: Args = {"person": person.id, "text": typed}
    return Button(ctx.t("Ask {name}", name=person.name), "request", args, retyped(ctx, "request", args))


def refused(ctx: Context, error: Refused | Asked) -> Reply:
    """Pass on a refusal or a question as the handler put it."""
    return Reply(parts=(Text(error.line),), buttons=error.buttons, to="private")


def wanting(ctx: Context, command: Command, args: Mapping[str, Json], error: Wanting) -> Reply:
    """Say what is missing, with a button that opens the form, prefilled with what was typed."""
    known = {**args, **error.read, "?": error.argument}
    opens = Button(ctx.t("Fill in the form…"), command.name, known, example_of(ctx, command))
    return Reply(parts=(Text(error.line),), buttons=(*error.buttons, opens), to="private")


def form_for(ctx: Context, command: Command, args: Mapping[str, Json], *, version: int | None) -> Reply:
    """Ask by a form for all that the command takes; objects and rows named already stay fixed."""
    before, read_at = present(ctx, command, args)
    known = {**before, **{name: value for name, value in args.items() if name != "?"}}
    fixed = {p.name: known[p.name] for p in command.parameters if p.is_fixed and p.name in known}
    inputs = tuple(
        _input(ctx, command, p.name, known)
        for p in command.parameters
        if not (p.name in fixed or p.is_consent or p.kind == "project" or p.type is Seen)
    )
    if len(inputs) == 1:  # what is sent off empty would say nothing
        inputs = (replace(inputs[0], required=True),)
    title = _without_stop(ctx.t(command.help))
    named = " ".join(as_filled(ctx, p, fixed[p.name]) for p in command.parameters if p.name in fixed)
    asked = command.parameter(str(args.get("?")))
    said = example_of(ctx, command, is_whole=asked is not None and not asked.required)
    example = _REFS.sub(named, said, count=1) if named else said
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


def failed(ctx: Context, incident: str, text: str, meant: Near | None) -> Reply:
    """Own up to a bug of ours; the text that was typed comes back."""
    line = ctx.line(
        "That was not saved: a fault of mine, number {incident}. Nothing was changed. Your text: {text}",
        incident=Strong(incident),
        text=Code(text.strip() or (retyped(ctx, meant[0].name, meant[1]) if meant else "—")),
    )
    again = (
        (Button(ctx.t("Try again"), meant[0].name, meant[1], retyped(ctx, meant[0].name, meant[1])),) if meant else ()
    )
    return Reply(parts=(Text(line),), buttons=again, to="private")


def hello(ctx: Context) -> Reply:
    """Introduce the bot to a chat that it just joined."""
    examples = [example_of(ctx, ctx.registry.commands[name]) for name in ("task add", "status", "help")]
    line = ctx.line("Hello, I am Drumbeat: I keep your tasks on the beat. Try one of these:")
    return Reply(parts=(Text(line), Listing(tuple(Item((Code(each),)) for each in examples))))


def notes(ctx: Context) -> tuple[Note, ...]:
    """Tell which years an answer rests on whose make-up workdays nobody knows yet."""
    line = msg("The make-up workdays of {year} are not announced yet: counted by weekdays and public holidays.")
    return tuple(Note(ctx.line(line, year=str(year))) for year in sorted(ctx.workdays.unpublished))


def newcomers(ctx: Context, people: Sequence[Person]) -> tuple[Note, ...]:
    """Tell who was not known before, and is on the team now because they were mentioned."""
    if not people:
        return ()
    named: list[Inline] = []
    for each in people:
        named += [*([ctx.t(", ")] if named else []), ctx.who(each.id), f" ({ctx.t(each.role)})"]
    undone = Code(ctx.say("remove", f"@{people[0].name}"))
    line = ctx.line("New to me, and on the team now: {people}. If not so: {remove}", people=tuple(named), remove=undone)
    return (Note(line),)


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
    label = ctx.words.forms(name)[0]  # some names are words that may be typed, too, in several ways
    return Input(
        name, label[:1].upper() + label[1:], kind, value=text, hint=hint, required=parameter.required, choices=choices
    )


def _run(ctx: Context, command: Command, args: Args) -> Button:
    """Make a button that does what may have been meant; `?` among the arguments opens the form first."""
    typed = retyped(ctx, command.name, args)
    return Button(f"{typed}…" if "?" in args else typed, command.name, args, typed)


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
