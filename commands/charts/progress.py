"""How far a project is: one bar, with a word and a number for every colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from commands.charts.drawing import template
from commands.core.reply import Image

WIDTH: Final = 560


@dataclass(frozen=True, slots=True)
class Share:
    """One colour of the bar."""

    label: str
    count: int
    colour: str


def progress(title: str, shares: Sequence[Share], *, done: str) -> Image:
    """Draw the shares side by side, in order; the alternative text tells the same."""
    total = sum(share.count for share in shares) or 1
    parts, x = [], 0.0
    for number, share in enumerate(shares):
        width = WIDTH * share.count / total
        key_x = number * WIDTH // len(shares)
        parts.append({"x": round(x, 1), "width": round(width, 1), "key_x": key_x, **_of(share)})
        x += width
    svg = template("progress").render(width=WIDTH, title=title, done=done, parts=parts)
    told = " · ".join(f"{share.label} {share.count}" for share in shares)
    return Image(svg, f"{title}: {done} ({told})")


def _of(share: Share) -> dict[str, object]:
    return {"label": share.label, "count": share.count, "colour": share.colour}
