"""Where the risks of a project lie: five levels of probability above five of impact, with the refs in each cell.

Sizes are those of trend.py. The four colours differ in brightness too, so that they stay apart for colour-blind eyes;
each cell has its score written in it, and each colour its word below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from commands.charts.drawing import cut, template
from commands.core.reply import Image

WIDTH: Final = 508
LEFT: Final = 74
TOP: Final = 60
GAP: Final = 4
HEIGHT: Final = 66
"""Of a cell."""
LEVELS: Final = range(1, 6)
TITLE_CHARS: Final = 24
NUMEROUS: Final = 7
"""Letters of a ref from which on it stands in the middle of its cell; a shorter one stands beside the score."""
IN_A_CELL: Final = 2
"""Rows of refs; of more risks the last row counts the others."""


@dataclass(frozen=True, slots=True)
class Key:
    """One colour of the map: from which score on, and its word."""

    score: int
    label: str
    colour: str
    ink: str = "#1d1c1d"


@dataclass(frozen=True, slots=True)
class HeatMap:
    """What the picture shows, in the words of its reader."""

    title: str
    count: str
    probability: str
    probabilities: Sequence[str]
    """A word for each level, from 1."""
    impact: str
    impacts: Sequence[str]
    keys: Sequence[Key]
    """From the lowest score on."""
    refs: Mapping[tuple[int, int], Sequence[str]]
    """The risks at a probability and an impact."""


def heat(shown: HeatMap) -> Image:
    """Draw the map; the alternative text tells the same."""
    bottom = TOP + 5 * (HEIGHT + GAP) - GAP
    width = (WIDTH - LEFT + GAP) / 5 - GAP
    rows = [
        {"y": TOP + (5 - level) * (HEIGHT + GAP) + HEIGHT // 2, "level": level, "word": shown.probabilities[level - 1]}
        for level in LEVELS
    ]
    columns = [
        {"x": round(_x(level, width) + width / 2, 1), "level": level, "word": shown.impacts[level - 1]}
        for level in LEVELS
    ]
    keys = [
        {"x": place * WIDTH // len(shown.keys), "label": key.label, "colour": key.colour}
        for place, key in enumerate(shown.keys)
    ]
    cells = [_cell(shown, probability, impact, width) for probability in LEVELS for impact in LEVELS]
    svg = template("heat").render(
        width=WIDTH, height=bottom + 118, bottom=bottom, title=cut(shown.title, TITLE_CHARS), shown=shown, rows=rows,
        columns=columns, keys=keys, cells=cells,
    )  # fmt: skip
    told = "; ".join(f"{p}×{i}={p * i}: {', '.join(refs)}" for (p, i), refs in sorted(shown.refs.items(), reverse=True))
    return Image(svg, f"{shown.title}: {shown.count}. {shown.probability} × {shown.impact}: {told or '—'}")


def _x(impact: int, width: float) -> float:
    return LEFT + (impact - 1) * (width + GAP)


def _cell(shown: HeatMap, probability: int, impact: int, width: float) -> dict[str, object]:
    score = probability * impact
    key = next(each for each in reversed(shown.keys) if each.score <= score)
    refs = list(shown.refs.get((probability, impact), ()))
    if len(refs) > IN_A_CELL:
        refs = [*refs[: IN_A_CELL - 1], f"+{len(refs) - IN_A_CELL + 1}"]
    y = TOP + (5 - probability) * (HEIGHT + GAP)
    return {
        "x": round(_x(impact, width), 1),
        "y": y,
        "width": round(width, 1),
        "height": HEIGHT,
        "middle": round(_x(impact, width) + width / 2 + (6 if max(map(len, refs), default=0) < NUMEROUS else 0), 1),
        "top": y + (40 if len(refs) == 1 else 34),
        "score": score,
        "colour": key.colour,
        "ink": key.ink,
        "refs": refs,
    }
