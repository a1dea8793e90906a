"""How a month went: what was finished week by week, on time or late, and how the time was spent.

Sizes and colours are those of trend.py: no letter smaller than 28 px in a picture 1080 wide, and colours that stay
apart for colour-blind eyes, each with its word and number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from commands.charts.drawing import cut, template
from commands.core.reply import Image

WIDTH: Final = 508
BOTTOM: Final = 214
HEIGHT: Final = 120
WIDEST: Final = 90
"""A column is no wider, be it the only one."""
TITLE_CHARS: Final = 24
STAGE_COLOURS: Final = {"todo": "#c9ccd1", "doing": "#56b4e9", "waiting": "#cc79a7", "blocked": "#d55e00"}


@dataclass(frozen=True, slots=True)
class Week:
    """One column: what was finished in a week."""

    label: str
    on_time: int
    late: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One colour of the bar: how many days went into a status."""

    label: str
    days: float
    colour: str


@dataclass(frozen=True, slots=True)
class Month:
    """What the picture shows, in the words of its reader."""

    title: str
    heading: str
    on_time: str
    late: str
    weeks: Sequence[Week]
    spent: str
    stages: Sequence[Stage]


def month(shown: Month) -> Image:
    """Draw columns and bar; the alternative text tells the same."""
    most = max((week.on_time + week.late for week in shown.weeks), default=0) or 1
    step = WIDTH / max(len(shown.weeks), 1)
    columns = [_column(week, number * step, step, most) for number, week in enumerate(shown.weeks)]
    title = cut(shown.title, TITLE_CHARS)
    svg = template("month").render(
        width=WIDTH, bottom=BOTTOM, title=title, shown=shown, columns=columns, bars=_bars(shown)
    )
    weeks = ", ".join(f"{week.label} {week.on_time + week.late}" for week in shown.weeks)
    stages = ", ".join(f"{each['label']} {each['percent']}%" for each in _bars(shown))
    return Image(svg, f"{shown.title}: {shown.heading}: {weeks}. {shown.spent}: {stages}")


def _column(week: Week, x: float, step: float, most: int) -> dict[str, object]:
    width = min(step * 0.64, WIDEST)
    on_time, late = (HEIGHT * count / most for count in (week.on_time, week.late))
    return {
        "x": round(x + (step - width) / 2, 1),
        "middle": round(x + step / 2, 1),
        "width": round(width, 1),
        "on_time": round(on_time, 1),
        "late": round(late, 1),
        "top": round(BOTTOM - on_time - late, 1),
        "label": week.label,
        "count": week.on_time + week.late,
    }


def _bars(shown: Month) -> list[dict[str, object]]:
    total = sum(stage.days for stage in shown.stages) or 1.0
    bars: list[dict[str, object]] = []
    x = 0.0
    for number, stage in enumerate(shown.stages):
        width = WIDTH * stage.days / total
        percent = round(100 * stage.days / total)
        bar: dict[str, object] = {"x": round(x, 1), "width": round(width, 1), "percent": percent}
        bar |= {"key_x": number % 2 * WIDTH // 2, "key_y": number // 2 * 24}
        bars.append({**bar, "label": stage.label, "colour": stage.colour})
        x += width
    return bars
