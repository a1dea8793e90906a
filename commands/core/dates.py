"""Reading dates as they are meant where they are said: with the chat's zone, working days and launch day."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from commands.core.context import View
from commands.grammar.ranges import Range, parse_range
from commands.grammar.spans import Span, parse_span
from commands.grammar.when import Doubt, Found, Uncertain, When, find_when, parse_when, split_trailing

Read = TypeVar("Read")


def read_date(ctx: View, text: str) -> When | Uncertain | None:
    """Read a whole phrase as a day to come."""
    return _with_launch(
        ctx,
        lambda launch: parse_when(text, now=ctx.now, zone=ctx.zone, launch=launch, workdays=ctx.workdays),
        _lacks_launch,
    )


def read_range(ctx: View, text: str) -> Range | Uncertain | None:
    """Read a whole phrase as a range of days or of time, both ends within it."""
    return _with_launch(
        ctx,
        lambda launch: parse_range(text, now=ctx.now, zone=ctx.zone, launch=launch, workdays=ctx.workdays),
        lambda found: isinstance(found, Uncertain) and _lacks_launch(found),
    )


def read_span(ctx: View, text: str) -> Span | Uncertain | None:
    """Read a whole phrase as a span of time: one with two ends, or a day, a night or a week."""
    return _with_launch(
        ctx,
        lambda launch: parse_span(text, now=ctx.now, zone=ctx.zone, launch=launch, workdays=ctx.workdays),
        lambda found: isinstance(found, Uncertain) and _lacks_launch(found),
    )


def find_dates(ctx: View, words: Sequence[str]) -> list[Found]:
    """Find the dates among the words of a command."""
    return _with_launch(
        ctx,
        lambda launch: find_when(words, now=ctx.now, zone=ctx.zone, launch=launch, workdays=ctx.workdays),
        lambda found: any(_lacks_launch(each.when) for each in found),
    )


def split_date(ctx: View, word: str) -> tuple[str, When | Uncertain] | None:
    """Split the date off the end of one unspaced word."""
    return _with_launch(
        ctx,
        lambda launch: split_trailing(word, now=ctx.now, zone=ctx.zone, launch=launch, workdays=ctx.workdays),
        lambda found: found is not None and _lacks_launch(found[1]),
    )


def _with_launch(ctx: View, read: Callable[[date | None], Read], lacks_launch: Callable[[Read], bool]) -> Read:
    """Look for the launch day only where a date counts from it: few do, and the look costs a read."""
    found = read(None)
    return read(ctx.launch) if lacks_launch(found) and ctx.launch is not None else found


def _lacks_launch(when: When | Uncertain | None) -> bool:
    return isinstance(when, Uncertain) and when.doubt is Doubt.NO_LAUNCH
