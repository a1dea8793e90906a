"""How much of a budget is used: a bar for each line, as wide as the plan, with what is spent and what is agreed to.

Sizes and colours are those of trend.py. What passes the plan is drawn beyond its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from commands.charts.drawing import cut, template
from commands.core.reply import Image

WIDTH: Final = 508
TOP: Final = 84
ROW: Final = 52
TITLE_CHARS: Final = 20
MOST: Final = 1.25
"""A bar is at most so many times as long as its plan; what is beyond is told by its number."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the budget; amounts in minor units."""

    label: str
    said: str
    """How much is used of how much, in words."""
    percent: int
    plan: int
    spent: int
    committed: int
    """Agreed to, and not spent yet."""


@dataclass(frozen=True, slots=True)
class BudgetPicture:
    """What the picture shows, in the words of its reader."""

    title: str
    total: str
    spent: str
    committed: str
    left: str
    over: str
    bars: Sequence[Bar]


def budget(shown: BudgetPicture) -> Image:
    """Draw the bars; the alternative text tells the same."""
    rows = [_row(bar, TOP + ROW * number) for number, bar in enumerate(shown.bars)]
    keys = ((shown.spent, "#0072b2"), (shown.committed, "#56b4e9"), (shown.left, "#e4e6e9"), (shown.over, "#d55e00"))
    placed = [
        {"x": place * WIDTH // len(keys), "label": label, "colour": ink} for place, (label, ink) in enumerate(keys)
    ]
    svg = template("budget").render(
        width=WIDTH, height=TOP + ROW * len(rows) + 8, title=cut(shown.title, TITLE_CHARS), shown=shown, rows=rows,
        keys=placed,
    )  # fmt: skip
    told = "; ".join(f"{bar.label} {bar.percent}% ({bar.said})" for bar in shown.bars)
    return Image(svg, f"{shown.title}: {shown.total}. {told}")


def _row(bar: Bar, y: int) -> dict[str, object]:
    """Place one bar: the plan is drawn four fifths wide, so that there is room for what passes it."""
    scale = WIDTH / MOST / bar.plan
    spent = min(bar.spent * scale, WIDTH)
    used = min((bar.spent + bar.committed) * scale, WIDTH)
    plan = WIDTH / MOST
    return {
        "y": y,
        "label": bar.label,
        "said": bar.said,
        "percent": bar.percent,
        "plan": round(plan, 1),
        "spent": round(min(spent, plan), 1),
        "used": round(min(used, plan), 1),
        "over": round(max(used - plan, 0), 1),
    }
