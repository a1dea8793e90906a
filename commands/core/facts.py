"""Facts: what happened, in the past tense, so that subjects need not call each other.

A handler states a fact; every reaction marked `@on(ThatFact)` runs in the same transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True)
class Fact:
    """Be the root of all facts; each is a frozen dataclass with past-tense name."""


@dataclass(frozen=True)
class MessageEdited(Fact):
    """Somebody changed what they had written, wherever it led to before."""

    message: str
    """The platform's id."""
    text: str


@dataclass(frozen=True)
class MessageDeleted(Fact):
    """Somebody took back what they had written."""

    message: str


@dataclass(frozen=True)
class WordsSaid(Fact):
    """Somebody said directly what is no command; who waits for it answers by `ctx.also`."""

    text: str


@dataclass(frozen=True)
class TakenBack(Fact):
    """What somebody did to an object was undone, or the object itself, if they had made it."""

    kind: str
    id: int


@dataclass(frozen=True)
class PeopleJoined(Fact):
    """Two people turned out to be one; their rows are moved.

    Who keeps ids of people in a JSON column moves them.
    """

    kept: int
    gone: int


Reaction = Callable[..., None]
"""`(context, fact) -> None`."""
Function = TypeVar("Function", bound=Reaction)
MARK = "__drumbeat_on__"


def on(*kinds: type[Fact]) -> Callable[[Function], Function]:
    """Mark a function to run after each fact of these kinds, inside its transaction."""

    def mark(function: Function) -> Function:
        setattr(function, MARK, kinds)
        return function

    return mark
