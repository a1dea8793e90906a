"""The word by which a thing is confidential from the start: `#保密`, `#confidential`."""

from collections.abc import Iterable

from commands.core.context import Context
from commands.grammar.tokens import normal


def is_mark(ctx: Context, label: str) -> bool:
    """Tell whether a label is the word, in any language."""
    return normal(label) in {normal(each) for each in ctx.forms("confidential label")}


def without_mark(ctx: Context, labels: Iterable[str]) -> tuple[list[str], bool]:
    """Take the word out of labels, and tell whether it was there."""
    given = list(labels)
    kept = [each for each in given if not is_mark(ctx, each)]
    return kept, len(kept) < len(given)


def without_marked_word(ctx: Context, text: str) -> tuple[str, bool]:
    """Take the word with its sign out of what was typed, and tell whether it was there."""
    words = text.split(" ")
    kept = [each for each in words if normal(each)[:1] != "#" or not is_mark(ctx, each[1:])]
    return (" ".join(kept).strip(), True) if len(kept) < len(words) else (text, False)
