"""From arguments back to words: what one would type, or find filled into a form."""

from collections.abc import Mapping
from datetime import date, datetime

from commands.core.arguments import AIMS, Parameter, estimate_text
from commands.core.command import Command
from commands.core.context import Context
from commands.core.event import Args, Json
from commands.grammar.money import Money
from commands.grammar.recurrence import Recurrence
from commands.grammar.when import When
from commands.words.catalog import language_of
from commands.words.dates import recurrence
from commands.words.money import amount
from storage.teams import Team


def retyped(ctx: Context, name: str, args: Args) -> str:
    """Write a whole command with its arguments as a person would type it."""
    command = ctx.registry.commands[name]
    return ctx.say(name, *(typed_words(ctx, parameter, args) for parameter in command.parameters))


def typed_words(ctx: Context, parameter: Parameter, args: Mapping[str, Json]) -> str:
    """Write one argument as a person would type it."""
    value = args.get(parameter.name)
    if value is None or value == []:
        return ""
    if parameter.kind == "person":
        person = ctx.person(value) if isinstance(value, int) else None
        return f"@{person.name}" if person else ""
    if parameter.kind == "people":
        people = [ctx.person(id) for id in listed(value) if isinstance(id, int)]
        return " ".join(f"@{person.name}" for person in people if person)
    if parameter.kind == "team":
        team = ctx.unit.get(Team, value) if isinstance(value, int) else None
        return team.name if team else ""
    if parameter.kind in AIMS:
        sign = "^" if parameter.kind == "parent" else ">"
        return " ".join(f"{sign}{ref}" for ref in (value if isinstance(value, list) else [value]))
    if parameter.kind == "priority":
        return f"!p{value}"
    if parameter.kind == "labels" and isinstance(value, list):
        return " ".join(f"#{label}" for label in value)
    if parameter.kind == "estimate" and isinstance(value, int):
        return f"~{estimate_text(value)}"
    if parameter.kind == "word":
        return ctx.words.forms(str(value))[0]
    if parameter.kind == "refs" and isinstance(value, list):
        return " ".join(str(ref) for ref in value)
    if parameter.kind == "repeat":
        return recurrence(ctx.words, Recurrence.from_canonical(str(value)))
    if parameter.kind == "money":
        return amount(Money.from_canonical(str(value)))
    return _when_text(ctx, value) if parameter.kind == "when" else str(value)


def as_filled(ctx: Context, parameter: Parameter, value: Json) -> str:
    """Write an argument as one would fill it into a form, so that it is read back as the same."""
    if parameter.kind == "estimate" and isinstance(value, int):
        return estimate_text(value)
    if parameter.kind == "when" and value is not None:
        return _when_text(ctx, value)
    if parameter.kind == "repeat" and value is not None:
        return recurrence(ctx.words, Recurrence.from_canonical(str(value)))
    if parameter.kind in ("people", "team", "money"):
        return typed_words(ctx, parameter, {parameter.name: value})
    if isinstance(value, list):
        return " ".join(str(each) for each in value)
    return "" if value is None else str(value)


def example_of(ctx: Context, command: Command, *, is_whole: bool = False) -> str:
    """Choose the example in the reader's language: the first, or the one that says most."""
    mine = [e for e in command.examples if (language_of(e) == "zh") == (ctx.words.language == "zh")]
    known = mine or list(command.examples) or [ctx.say(command.name)]
    return max(known, key=len) if is_whole else known[0]


def _when_text(ctx: Context, value: Json) -> str:
    when = when_from_json(ctx, value)
    return when.on.isoformat() if when.at is None else f"{when.at.astimezone(ctx.zone):%Y-%m-%d %H:%M}"


def when_from_json(ctx: Context, value: Json) -> When:
    """Read a day, or an instant as the reader's clock has it, from its JSON form."""
    text = str(value)
    if len(text) == 10:
        return When(date.fromisoformat(text))
    at = datetime.fromisoformat(text)
    return When(at.astimezone(ctx.zone).date(), at)


def listed(value: Json) -> list[Json]:
    """Give the values of an argument that may hold several; none where it is missing."""
    return list(value) if isinstance(value, list) else []
