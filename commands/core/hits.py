"""How what was searched for is shown inside the text that holds it."""

from collections.abc import Sequence
from typing import Final

from commands.core.context import View
from commands.core.reply import Inline, Item, Line, Listing, Note, Part, Strong, Text
from storage.search import LOOKED_AT
from storage.terms import folded

AROUND: Final = 24
"""Characters shown before the first hit in a long text."""
SHOWN: Final = 100


def marked(text: str, words: Sequence[str]) -> Line:
    """Stress the first of the words, which are folded, that a text holds.

    A long text is cut around it.

    >>> marked("首焦主图定稿", ["主图"])
    ('首焦', Strong(text='主图'), '定稿')
    """
    line = " ".join(text.split())
    low = folded(line)
    places = [(low.find(word), len(word)) for word in words if word in low]
    if len(low) != len(line) or not places:  # folding made it longer: the places are not those of the text
        return (line[:SHOWN] + ("…" if len(line) > SHOWN else ""),)
    at, length = min(places)
    start = max(0, at - AROUND) if len(line) > SHOWN else 0
    stop = min(len(line), start + SHOWN)
    pieces: list[Inline] = [
        ("…" if start else "") + line[start:at],
        Strong(line[at : at + length]),
        line[at + length : stop] + ("…" if stop < len(line) else ""),
    ]
    return tuple(piece for piece in pieces if piece)


def section(view: View, title: str, items: Sequence[Item], *, most: int) -> tuple[Part, ...]:
    """Show what one subject found, under its name; nothing for nothing."""
    if not items:
        return ()
    more, is_cut = len(items) - most, len(items) >= LOOKED_AT
    notes = [Note((view.tn("{count} more", "{count} more", more),))] if more > 0 and not is_cut else []
    if is_cut:
        notes = [Note(view.line("Only the newest {count} were looked at: add a word or a filter.", count=LOOKED_AT))]
    return (Text((Strong(title), f" · {len(items)}{'+' * is_cut}")), Listing(tuple(items[:most])), *notes)
