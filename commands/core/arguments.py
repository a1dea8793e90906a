"""The types that a command's parameters may have, and how each looks as JSON and as text.

A handler's signature is its grammar: `owner: Person | None`, `due: When | None`, `tasks:
tuple[Task, ...]`, `members: tuple[Person, ...]`, `parent: Annotated[Task, Kind.PARENT] | None`. `describe` reads it
once, at the start, and refuses a type it does not know.
"""

import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, NewType, Union, get_args, get_origin, get_type_hints

from commands.core.event import Json
from commands.grammar.money import Money
from commands.grammar.recurrence import Recurrence
from commands.grammar.tokens import Kind as TokenKind
from commands.grammar.when import When
from storage.chats import Project
from storage.columns import Record
from storage.people import Person
from storage.teams import Team

Prose = NewType("Prose", str)
"""The words left over when all else is read, exactly as typed: a title, a remark."""
Lines = NewType("Lines", str)
"""As prose, of several lines: a form gives it a larger box. Beside prose, only a form fills it in."""
Priority = NewType("Priority", int)
"""0 urgent to 3 low; typed `!high`, `!p1`."""
Labels = NewType("Labels", tuple[str, ...])
"""Typed `#design`, any number of them."""
Estimate = NewType("Estimate", int)
"""Minutes of working time; typed `~2d`, `~3h`. A day is eight hours."""
Number = NewType("Number", int)
"""A whole number above zero, of three digits at most."""

Secret = NewType("Secret", str)
"""Words that are never written down as they were said."""
Anyone = NewType("Anyone", Person)
"""A person who may have left."""
Seen = NewType("Seen", Money)
"""An amount as it stood before who acts: typed, or carried by a button; a form keeps it, and does not ask for it."""
Url = NewType("Url", str)
"""A web address; http or https."""

Kind = typing.Literal[
    "ref",
    "refs",
    "parent",
    "after",
    "person",
    "people",
    "project",
    "team",
    "repeat",
    "when",
    "prose",
    "lines",
    "priority",
    "labels",
    "estimate",
    "word",
    "url",
    "number",
    "money",
    "token",
]
FREE: Final = frozenset({"prose", "lines"})
"""Kinds that take whatever words are left over."""
AIMS: Final = frozenset({TokenKind.PARENT.value, TokenKind.AFTER.value})
"""Kinds of refs that a sign of their own points out: `^T-8`, `>T-9`."""
KEPT: Final[Any] = object()
"""The default of a parameter that stays as it is when nothing is said of it; emptied in a form, it becomes None."""


class Consent(StrEnum):
    """Be the root of words that answer a question of ours; no form asks for them."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """Describe one parameter of a command."""

    name: str
    kind: Kind
    required: bool
    type: Any
    """The record class of all kinds of refs, the StrEnum of `word`; else the type itself."""
    default: Any

    @property
    def is_consent(self) -> bool:
        """Say whether it only answers a question of ours."""
        return self.kind == "word" and issubclass(self.type, Consent)

    @property
    def is_fixed(self) -> bool:
        """Say whether a form keeps what is known of it: what it is about, not what it asks for."""
        return self.kind in ("ref", "refs", "token", "project") or self.type is Seen


_KINDS: Final[dict[Any, Kind]] = {
    Person: "person",
    Anyone: "person",
    Project: "project",
    Secret: "prose",
    tuple[Person, ...]: "people",
    Team: "team",
    Recurrence: "repeat",
    When: "when",
    Prose: "prose",
    Lines: "lines",
    Priority: "priority",
    Labels: "labels",
    Estimate: "estimate",
    Url: "url",
    Number: "number",
    Money: "money",
    Seen: "money",
    str: "token",
}


class UnknownParameter(TypeError):
    """Refuse a command whose signature the grammar cannot read; raised at the start."""


def describe(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """Read a handler's parameters, the context left out.

    Raises:
        UnknownParameter: a parameter has no type, or one that nothing can be read into.
    """
    hints = get_type_hints(function, include_extras=True)
    found = []
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        if name not in hints:
            raise UnknownParameter(f"{function.__qualname__}: {name} has no type")
        has_default = parameter.default is not inspect.Parameter.empty
        kind, inner = _kind(function, name, hints[name])
        found.append(Parameter(name, kind, not has_default, inner, parameter.default if has_default else None))
    return tuple(found)


def _kind(function: Callable[..., Any], name: str, hint: Any) -> tuple[Kind, Any]:
    if get_origin(hint) in (Union, types.UnionType):
        inner = [each for each in get_args(hint) if each is not type(None)]
        if len(inner) == 1:
            return _kind(function, name, inner[0])
    if get_origin(hint) is Annotated:
        aimed, sign = get_args(hint)
        return sign.value, _kind(function, name, aimed)[1]
    if get_origin(hint) is tuple and get_args(hint)[0] is Person:
        return "people", Person
    if hint in _KINDS:
        return _KINDS[hint], hint
    if get_origin(hint) is tuple and _is_record(get_args(hint)[0]):
        return "refs", get_args(hint)[0]
    if _is_record(hint):
        return "ref", hint
    if inspect.isclass(hint) and issubclass(hint, StrEnum):
        return "word", hint
    raise UnknownParameter(f"{function.__qualname__}: nothing can be read into {name}: {hint}")


def _is_record(hint: Any) -> bool:
    return inspect.isclass(hint) and issubclass(hint, Record)


def when_to_json(when: When) -> str:
    """Write a due date as ISO text: a day, or an instant with its offset."""
    return when.on.isoformat() if when.at is None else when.at.isoformat()


def minutes_of(estimate: str) -> int | None:
    """Read an estimate such as `1w`, `1.5d`, `3h` or `30m` into minutes; None if it is none."""
    units = {"w": 2400, "d": 480, "h": 60, "m": 1}
    number, unit = estimate[:-1], estimate[-1:]
    try:
        minutes = round(float(number) * units[unit])
    except (KeyError, ValueError, OverflowError):
        return None
    return minutes if 0 < minutes <= 480 * 366 else None


def estimate_text(minutes: int) -> str:
    """Write an estimate as it is typed, to be read back by `minutes_of` as the same."""
    for unit, size in (("d", 480), ("h", 60)):
        if minutes % (size // 2) == 0:
            return f"{minutes / size:g}{unit}"
    return f"{minutes}m"


def text_of(value: Json) -> str:
    """Write a JSON argument the way a person would type it."""
    if isinstance(value, list):
        return " ".join(text_of(each) for each in value)
    return "" if value is None else str(value)
