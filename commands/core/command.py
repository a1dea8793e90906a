"""Marks for what a subject offers, and the registry that collects them.

A decorator only marks a function; `collect` walks the package once, at the start, and gives a
Registry value that is passed on. Nothing is registered at import.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cached_property
from types import ModuleType
from typing import Any, Final, TypeVar

import commands
from commands.core import facts
from commands.core.access import is_known
from commands.core.arguments import Parameter, describe
from commands.core.event import Args
from commands.core.reply import Part, Reply
from storage.columns import Record
from storage.unit import Unit

Function = TypeVar("Function", bound=Callable[..., Any])
Handler = Callable[..., Reply]
MARK: Final = "__drumbeat__"
LETTERS: Final = frozenset("ABCEFGHIJKLMNOPQRSTUVWXYZ")
SAME: Final = "revert"
"""How most commands are undone: every row they wrote goes back to what it was."""


@dataclass(frozen=True, slots=True)
class Command:
    """What people can say, and what then happens."""

    name: str
    """Its English form, such as `task add`; the catalogs list what else may be typed."""
    may: str
    """The action that access.py must allow."""
    examples: tuple[str, ...]
    """Sentences that tests run on every platform, at least one in each language."""
    reads: bool
    """True when it writes nothing: it then runs in a snapshot beside the writers."""
    undo: str | None
    """SAME, the command that takes it back instead, or None where it cannot be taken back."""
    help: str
    """One line, from the docstring."""
    function: Handler
    parameters: tuple[Parameter, ...]
    fills: Callable[..., Args] | None = None
    """Gives what stands in its form at first: `(context, object) -> arguments`."""
    pasted: Callable[[str], bool] | None = None
    """Tells whether a text that was pasted without any command is meant for this one's first parameter."""

    def parameter(self, name: str) -> Parameter | None:
        """Find a parameter by name."""
        return next((each for each in self.parameters if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Finder:
    """How the objects of one kind are found by their refs."""

    kind: str
    letter: str
    record: type[Record]
    read: Callable[[Unit, int], Record | None]

    def find(self, unit: Unit, number: int) -> Record | None:
        """Find the object with a number, unless it was put away."""
        found = self.read(unit, number)
        return None if found is None or found.archived_at is not None else found


@dataclass(frozen=True, slots=True)
class More:
    """Say that a routine goes on in another transaction; others get their turn between."""

    cursor: str
    """Handed to the next part as `occasion.cursor`."""


@dataclass(frozen=True, slots=True, order=True)
class Standing:
    """Name a time of every day at which the house itself comes, in one zone."""

    zone: str
    at: time


@dataclass(frozen=True, slots=True)
class Routine:
    """What the clock does by itself, slot by slot."""

    kind: str
    """The kind of its schedules, such as `standup`; the catalogs say it in words."""
    may: str
    """The action that the owner of a schedule must be allowed at each slot."""
    within: timedelta
    """A slot missed for longer is skipped, and logged; of several that were missed the newest is made good."""
    help: str
    """One line, from the docstring: what people are told who ask why they got a message."""
    function: Callable[..., Reply | More | None]
    """`(ctx, occasion) -> reply | more | None`."""
    standing: Callable[[Unit], Iterable[Standing]] | None = None
    """When it comes without anybody's schedule; the clock keeps the schedules for that."""
    waits: bool = False
    """True where what it posts in a chat waits for the chat's quiet hours to end."""


@dataclass(frozen=True, slots=True)
class Panel:
    """What one subject adds to a place shared by all."""

    place: str
    order: int
    draw: Callable[..., Sequence[Part]]
    """`(view, subject) -> parts`; the subject is what the place is about: a project, a person, a task."""


@dataclass(frozen=True)
class Registry:
    """Everything that the subjects offer."""

    commands: Mapping[str, Command]
    reactions: Mapping[type[facts.Fact], tuple[facts.Reaction, ...]]
    cards: Mapping[str, Handler]
    """Kind -> how its card is drawn: `(view, record) -> Reply`."""
    finders: Mapping[str, Finder]
    """Letter -> finder."""
    panels: Mapping[str, tuple[Panel, ...]]
    routines: Mapping[str, Routine]
    """Kind of schedule -> what it does."""
    titles: Mapping[str, Callable[..., Sequence[tuple[int, str]]]]
    """Kind -> what can be called by its words: `(ctx) -> number and title of each`."""

    @cached_property
    def guarded(self) -> tuple[type[Record], ...]:
        """The record classes of all kinds of refs: what not everybody may see."""
        return tuple(finder.record for finder in self.finders.values())

    def pasted(self, text: str) -> Command | None:
        """Find the command that a text is meant for which was pasted without one."""
        return next((each for each in self.commands.values() if each.pasted and each.pasted(text)), None)

    def finder_of(self, record: type[Record]) -> Finder:
        """Find how objects of a record class are found."""
        return next(each for each in self.finders.values() if each.record is record)

    def record_of(self, kind: str) -> type[Record] | None:
        """Find the record class of a kind; None when it has no refs."""
        return next((each.record for each in self.finders.values() if each.kind == kind), None)


class Misdeclared(TypeError):
    """Refuse to start: a subject contradicts another, or itself."""


def command(
    name: str,
    *,
    may: str,
    examples: Sequence[str] = (),
    reads: bool = False,
    undo: str | None = SAME,
    fills: Callable[..., Args] | None = None,
    pasted: Callable[[str], bool] | None = None,
) -> Callable[[Function], Function]:
    """Mark a command; its signature is its grammar, its first docstring line its help."""

    def mark(function: Function) -> Function:
        setattr(function, MARK, ("command", name, may, tuple(examples), reads, undo, fills, pasted))
        return function

    return mark


def card(kind: str) -> Callable[[Function], Function]:
    """Mark a function that draws the card of a record: `(view, record) -> Reply`."""
    return _marker("card", kind)


def finds(kind: str, *, letter: str, record: type[Record]) -> Callable[[Function], Function]:
    """Mark what reads a record by number, archived or not: `(unit, number) -> record | None`."""
    return _marker("finds", kind, letter, record)


def titles(kind: str) -> Callable[[Function], Function]:
    """Mark what lists the objects that can be called by their words: those open here.

    `(ctx) -> [(number, title)]`
    """
    return _marker("titles", kind)


def panel(place: str, *, order: int) -> Callable[[Function], Function]:
    """Mark a function that adds parts to a shared place: `(view, subject) -> parts`.

    The places are `status` (of a project), `digest` (an `Edition`; digests.py says what the orders mean), `home` (of a
    person), `task` (the card of a task), `approval` (the card of an approval), `search` (what `find` found of a
    `Sought`), `handover` (what somebody who stands in is shown of an `Away`), `leaving` (what a person leaves behind
    who is no longer here), `return` (what somebody who was away is shown).
    """
    return _marker("panel", place, order)


def routine(
    kind: str,
    *,
    may: str,
    within: timedelta,
    standing: Callable[[Unit], Iterable[Standing]] | None = None,
    waits: bool = False,
) -> Callable[[Function], Function]:
    """Mark what the clock does at each slot: `(ctx, occasion) -> Reply | More | None`.

    It runs with the rights that the schedule's owner has at that moment. `within` is how late it may still come;
    `standing` tells when it comes for the house itself. With `waits` its posts wait for a chat's quiet hours to end;
    without, they come at the time that somebody set.
    """
    return _marker("routine", kind, may, within, standing, waits)


def _marker(*values: object) -> Callable[[Function], Function]:
    def mark(function: Function) -> Function:
        setattr(function, MARK, values)
        return function

    return mark


def collect(package: ModuleType = commands) -> Registry:
    """Import every module of the package and collect what is marked there.

    Raises:
        Misdeclared: two marks claim one name, or a command lacks its help or names no known action.
    """
    found = _Collected({}, {}, {}, {}, {}, {}, {})
    for module in _modules(package):
        for value in vars(module).values():
            if getattr(value, "__module__", None) != module.__name__:
                continue
            if MARK in getattr(value, "__dict__", {}):
                found.add(value, getattr(value, MARK))
            for kind in getattr(value, "__dict__", {}).get(facts.MARK, ()):
                found.reactions.setdefault(kind, []).append(value)
    for each in found.commands.values():
        if each.undo not in (None, SAME, *found.commands):
            raise Misdeclared(f"the command {each.name!r} is taken back by one that there is not: {each.undo!r}")
    return Registry(
        commands=found.commands,
        reactions={fact: tuple(those) for fact, those in found.reactions.items()},
        cards=found.cards,
        finders=found.finders,
        titles=found.titles,
        panels={place: tuple(sorted(those, key=lambda each: each.order)) for place, those in found.panels.items()},
        routines=found.routines,
    )


def _modules(package: ModuleType) -> list[ModuleType]:
    names = sorted(each.name for each in pkgutil.walk_packages(package.__path__, package.__name__ + "."))
    return [importlib.import_module(name) for name in names]


@dataclass
class _Collected:
    commands: dict[str, Command]
    reactions: dict[type[facts.Fact], list[facts.Reaction]]
    cards: dict[str, Handler]
    finders: dict[str, Finder]
    panels: dict[str, list[Panel]]
    routines: dict[str, Routine]
    titles: dict[str, Callable[..., Sequence[tuple[int, str]]]]

    def add(self, function: Callable[..., Any], mark: tuple[Any, ...]) -> None:
        what, name, *rest = mark
        if what == "command":
            self._free(name not in self.commands, f"two commands are called {name!r}")
            self.commands[name] = _command(function, name, *rest)
        elif what == "card":
            self._free(name not in self.cards, f"two cards for {name!r}")
            self.cards[name] = function
        elif what == "titles":
            self._free(name not in self.titles, f"two lists of titles for {name!r}")
            self.titles[name] = function
        elif what == "finds":
            letter, record = rest
            self._free(letter in LETTERS, f"{letter!r} cannot begin a ref: one capital, not D, which counts days")
            self._free(name == record.__tablename__, f"the kind {name!r} must be called as its table is")
            self._free(letter not in self.finders, f"two kinds of refs begin with {letter!r}")
            self.finders[letter] = Finder(name, letter, record, function)
        elif what == "routine":
            self._free(name not in self.routines, f"two routines for {name!r}")
            self._free(is_known(rest[0]), f"the routine {name!r} needs an action that access.py has no line for")
            self.routines[name] = Routine(
                name, rest[0], rest[1], _help(function, f"routine {name!r}"), function, rest[2], rest[3]
            )
        else:
            self.panels.setdefault(name, []).append(Panel(name, rest[0], function))

    def _free(self, is_free: bool, problem: str) -> None:
        if not is_free:
            raise Misdeclared(problem)


def _command(
    function: Callable[..., Any],
    name: str,
    may: str,
    examples: tuple[str, ...],
    reads: bool,
    undo: str | None,
    fills: Callable[..., Args] | None,
    pasted: Callable[[str], bool] | None,
) -> Command:
    help = _help(function, f"command {name!r}")
    if not is_known(may):
        raise Misdeclared(f"the command {name!r} needs an action that access.py has no line for: {may!r}")
    return Command(name, may, examples, reads, undo, help, function, describe(function), fills, pasted)


def _help(function: Callable[..., Any], what: str) -> str:
    help = (function.__doc__ or "").strip().split("\n")[0]
    if not help:
        raise Misdeclared(f"the {what} has no docstring, which is its help")
    return help
