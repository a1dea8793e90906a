"""How far a project is and how it went: a bar of shares, and the open tasks day by day against the launch.

Drawn 540 units wide, which delivery doubles: no letter is smaller than 28 px in a picture of 1080. Colours are those
of Okabe and Ito, which stay apart for colour-blind eyes; each has its word and its number beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from commands.charts.drawing import cut, template
from commands.charts.progress import Share
from commands.core.reply import Image

WIDTH: Final = 508
LEFT: Final = 40
TOP: Final = 168
HEIGHT: Final = 150
AHEAD: Final = timedelta(days=30)
"""A launch further off than this is not drawn: the past would shrink to a corner."""
TITLE_CHARS: Final = 16
NEAR: Final = 110
"""Two days closer to each other than this do not both have their date written below."""


@dataclass(frozen=True, slots=True)
class Trend:
    """What the picture shows, in the words of its reader."""

    title: str
    shares: Sequence[Share]
    done: str
    heading: str
    days: Sequence[date]
    left: Sequence[int]
    """Tasks still open at the end of each day."""
    launch: date | None
    launched: str
    """What stands before the launch day."""
    to_launch: str
    """What the dashed line means."""
    told: str
    """The alternative text of the line, with `{first}` and `{last}`."""


def trend(shown: Trend) -> Image:
    """Draw the bar and the line; the alternative text tells the same."""
    ends = shown.launch if shown.launch and shown.days[-1] < shown.launch <= shown.days[-1] + AHEAD else None
    scale = _Scale(shown.days[0], ends or shown.days[-1], _top(max(shown.left, default=0)))
    line = [scale.point(day, count) for day, count in zip(shown.days, shown.left, strict=True)]
    svg = template("trend").render(
        width=WIDTH, left=LEFT, top=TOP, height=HEIGHT, shown=shown, parts=_parts(shown.shares),
        title=cut(shown.title, TITLE_CHARS),
        line=line, now=line[-1], first=line[0], count=shown.left[-1], most=scale.most, half=scale.most // 2,
        gap=NEAR,
        launch=scale.point(ends, 0) if ends else None, launch_day=f"{ends:%m-%d}" if ends else "",
        first_day=f"{shown.days[0]:%m-%d}", last_day=f"{shown.days[-1]:%m-%d}",
    )  # fmt: skip
    shares = " · ".join(f"{share.label} {share.count}" for share in shown.shares)
    told = shown.told.format(first=shown.left[0], last=shown.left[-1])
    return Image(svg, f"{shown.title}: {shown.done} ({shares}). {told}")


@dataclass(frozen=True, slots=True)
class _Scale:
    first: date
    last: date
    most: int

    def point(self, day: date, count: int) -> tuple[float, float]:
        span = max((self.last - self.first).days, 1)
        x = LEFT + (WIDTH - LEFT) * (day - self.first).days / span
        return round(x, 1), round(TOP + HEIGHT * (1 - count / self.most), 1)


def _top(most: int) -> int:
    """Give an even number above all, so that half of it is whole."""
    step = 2
    while step * 8 < most:
        step *= 2 if str(step)[0] != "4" else 5
    return max(2, -(-most // step) * step)


def _parts(shares: Sequence[Share]) -> list[dict[str, object]]:
    total = sum(share.count for share in shares) or 1
    parts: list[dict[str, object]] = []
    x = 0.0
    for number, share in enumerate(shares):
        width = WIDTH * share.count / total
        key_x = number * WIDTH // len(shares)
        parts.append({"x": round(x, 1), "width": round(width, 1), "key_x": key_x, "share": share})
        x += width
    return parts
