"""From JSON arguments, as buttons and forms carry them, to what a handler's signature asks for."""

import re
from collections.abc import Mapping
from typing import Any

from commands.core.arguments import KEPT, Anyone, Parameter
from commands.core.command import Command
from commands.core.context import Context
from commands.core.errors import Asked, Forbidden, Refused, Wanting
from commands.core.event import Args, Json
from commands.core.reply import Button, Code, Strong
from commands.core.retyping import example_of, typed_words, when_from_json
from commands.grammar.money import Money
from commands.grammar.recurrence import Recurrence
from storage.chats import Project
from storage.people import Person
from storage.teams import Team

MANY = 5
"""An act on more objects than these is asked about first."""
SURE = "sure"
"""The argument that answers it; not one of the handler's."""
_REF = re.compile(r"([A-Z])-(\d{1,9})")


def typed(ctx: Context, command: Command, args: Args) -> dict[str, Any]:
    """Turn JSON arguments into what the handler's signature asks for.

    Raises:
        Refused: an object or person is not there, or is not for this person to see.
        Forbidden: they may see an object, but not do this to it.
        Wanting: something is missing or has no such form.
    """
    require(ctx, command, args)
    values: dict[str, Any] = {}
    for parameter in command.parameters:
        value = args.get(parameter.name)
        if value is None or value == []:
            is_emptied = parameter.default is KEPT and parameter.name in args
            if not parameter.required:
                values[parameter.name] = None if is_emptied else parameter.default
            continue
        values[parameter.name] = _typed_value(ctx, command, parameter, value)
    return values


def require(ctx: Context, command: Command, args: Mapping[str, Json]) -> None:
    """Make sure that nothing needed is missing.

    Raises:
        Wanting: the first parameter that is.
    """
    for parameter in command.parameters:
        if parameter.required and args.get(parameter.name) in (None, "", []):
            raise Wanting(
                parameter.name,
                ctx.line(
                    "Still missing: {what}. Example: {example}",
                    what=Strong(ctx.t(parameter.name)),
                    example=Code(example_of(ctx, command)),
                ),
            )


def _typed_value(ctx: Context, command: Command, parameter: Parameter, value: Json) -> Any:
    if parameter.kind in ("refs", "after"):
        each = value if isinstance(value, list) else [value]
        return tuple(_object(ctx, command, parameter, one) for one in each)
    if parameter.kind in ("ref", "parent"):
        return _object(ctx, command, parameter, value)
    if parameter.kind == "person":
        return _person(ctx, value, may_have_left=parameter.type is Anyone)
    if parameter.kind == "people":
        return tuple(_person(ctx, one) for one in (value if isinstance(value, list) else [value]))
    if parameter.kind == "team":
        team = ctx.unit.get(Team, value) if isinstance(value, int) else None
        if team is None or team.archived_at is not None:
            raise Refused(
                ctx.line("This team is no longer there. All of them: {list}", list=Code(ctx.say("team list")))
            )
        return team
    if parameter.kind == "project":
        return _project(ctx, command, value)
    if parameter.kind == "when":
        return when_from_json(ctx, value)
    if parameter.kind == "word":
        return parameter.type(value)
    if parameter.kind == "repeat":
        return Recurrence.from_canonical(str(value))
    if parameter.kind == "money":
        return Money.from_canonical(str(value))
    if parameter.kind == "labels":
        return tuple(str(label) for label in value) if isinstance(value, list) else (str(value),)
    return value


def _person(ctx: Context, value: Json, *, may_have_left: bool = False) -> Person:
    person = ctx.person(value) if isinstance(value, int) else None
    if person is None or (person.archived_at is not None and not may_have_left):
        raise Refused(ctx.line("This person is no longer here. Name somebody else."))
    return person


def _project(ctx: Context, command: Command, value: Json) -> Project:
    """Find the project that a button carries; what is typed is about the chat's own."""
    found = ctx.unit.get(Project, value) if isinstance(value, int) else None
    if found is None:
        raise Refused(ctx.line("This project is no longer here."))
    ctx.must(command.may, found)
    return found


def _object(ctx: Context, command: Command, parameter: Parameter, value: Json) -> Any:
    """Find an object that this person may see, and may do this to."""
    finder = ctx.registry.finder_of(parameter.type)
    match = _REF.fullmatch(str(value))
    found = finder.find(ctx.unit, int(match[2])) if match and match[1] == finder.letter else None
    if found is None:
        raise Refused(
            ctx.line(
                "There is no {ref} here. See what there is: {list}",
                ref=Strong(str(value)),
                list=Code(ctx.say(f"{finder.kind} list")),
            )
        )
    ctx.must(command.may, found)
    return found


def confirm_many(ctx: Context, command: Command, args: Args, values: Mapping[str, Any]) -> None:
    """Show what an act on many objects would touch, before it does.

    Raises:
        Asked: there are more than MANY, and nobody said yet that this is meant.
    """
    for parameter in command.parameters:
        objects = values.get(parameter.name) if parameter.kind == "refs" and not command.reads else None
        if objects is None or len(objects) <= MANY or args.get(SURE):
            continue
        rows = [f"{ctx.ref(each).label} {getattr(each, 'title', '')}".strip() for each in objects]
        typed = ctx.say(
            command.name, *(typed_words(ctx, p, args) for p in command.parameters), ctx.words.forms("sure")[0]
        )
        label = ctx.tn("Yes, {count}", "Yes, all {count}", len(objects))
        line = ctx.line("{command} changes {count} at once:", command=Code(ctx.say(command.name)), count=len(objects))
        raise Asked((*line, "\n" + "\n".join(rows)), (Button(label, command.name, {**args, SURE: True}, typed),))


def present(ctx: Context, command: Command, args: Args) -> tuple[Args, int | None]:
    """Give what stands in a form at first, and the version that it was read from."""
    parameter = next((p for p in command.parameters if p.kind == "ref" and args.get(p.name)), None)
    if command.fills is None or parameter is None:
        return {}, None
    try:
        record = _object(ctx, command, parameter, args[parameter.name])
    except (Forbidden, Refused):  # it is told when the form comes back, with what was filled in
        return {}, None
    return command.fills(ctx, record), record.version
