"""Facts: what happened, in the past tense, so that subjects need not call each other.

A handler states a fact; every reaction marked `@on(ThatFact)` runs in the same transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from commands.core.context import Context


@dataclass(frozen=True)
class Fact:
    """Be the root of all facts; each is a frozen dataclass with past-tense name."""


F = TypeVar("F", bound=Fact)
Reaction = Callable[["Context", Any], None]
MARK = "__drumbeat_on__"


def on(fact: type[F]) -> Callable[[Callable[["Context", F], None]], Callable[["Context", F], None]]:
    """Mark a function to run after each fact of this kind, inside its transaction."""

    def mark(function: Callable[["Context", F], None]) -> Callable[["Context", F], None]:
        setattr(function, MARK, fact)
        return function

    return mark
