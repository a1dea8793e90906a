"""Objects that are called by their words instead of their refs: 把详情页给李四, finish the banner.

What is open where one speaks can be called so. One that fits is meant; several are asked about, and so is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from commands.core.command import Finder
from commands.core.context import Context
from commands.grammar.suggest import alike, fitting


@dataclass(frozen=True, slots=True)
class Called:
    """What some words may mean."""

    fitting: tuple[tuple[str, str], ...]
    """Ref and title of each that has all of the words."""
    alike: tuple[tuple[str, str], ...]
    """Of some that share words; only where nothing fits."""


def called(ctx: Context, finder: Finder, words: str) -> Called | None:
    """Find what is meant by some words; None where objects of this kind cannot be called so."""
    list_titles = ctx.registry.titles.get(finder.kind)
    if list_titles is None:
        return None
    objects = [(f"{finder.letter}-{number}", title) for number, title in list_titles(ctx)]
    fits = _of(objects, fitting(words, (title for _, title in objects)))
    return Called(fits, () if fits else _of(objects, alike(words, (title for _, title in objects))))


def _of(objects: Sequence[tuple[str, str]], titles: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple(each for each in objects if each[1] in titles)
