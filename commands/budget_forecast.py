"""What a budget will have cost in the end: from what is spent and agreed to, and from the pace so far.

Amounts are minor units of one currency, days are local days. It says which of the two it rests on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from commands.approval_words import aware
from commands.budget_words import minor, percent
from commands.core.context import View
from commands.core.reply import Line, Strong
from storage.budgets import BudgetLine
from storage.chats import Project

ENOUGH_DAYS: Final = 7
"""The pace of fewer days than this tells nothing."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What it comes to at completion, in minor units, and from what it follows."""

    total: int
    known: int
    """Spent, and agreed to."""
    by_pace: int | None = None
    """What is spent in the whole time if it goes on as it did; None where there is no pace to go by."""
    passed: int = 0
    """Days from the start up to today, both counted."""
    whole: int = 0
    """Days from the start to the launch, both counted."""


def forecast(used: int, spent: int, *, start: date, today: date, launch: date | None) -> Forecast:
    """Reckon what it comes to: what is known already, or more by the pace so far.

    >>> forecast(90, 60, start=date(2026, 11, 1), today=date(2026, 11, 10), launch=date(2026, 11, 20))
    Forecast(total=120, known=90, by_pace=120, passed=10, whole=20)
    >>> forecast(90, 60, start=date(2026, 11, 1), today=date(2026, 11, 10), launch=None).total
    90
    """
    passed = (today - start).days + 1
    if launch is None or launch <= today or passed < ENOUGH_DAYS or not spent:
        return Forecast(used, used)
    whole = (launch - start).days + 1
    by_pace = spent * whole // passed
    return Forecast(max(used, by_pace), used, by_pace, passed, whole)


def forecast_line(view: View, project: Project, lines: Sequence[BudgetLine]) -> Line:
    """Say what lines of one currency come to in the end, and from what that follows.

    The pace is counted from the local day on which the project was entered.
    """
    currency, plan = lines[0].currency, sum(line.plan_minor for line in lines)
    used, spent = sum(line.used_minor for line in lines), sum(line.spent_minor for line in lines)
    start = aware(project.created_at).astimezone(view.zone).date()
    found = forecast(used, spent, start=start, today=view.today, launch=project.launch_on)
    total = Strong(f"{minor(found.total, currency)} · {percent(found.total, plan)}%")
    if found.by_pace is None:
        return view.line(
            "At completion about {total}: what is spent and agreed to. A pace takes a launch ahead and {days} days.",
            total=total,
            days=ENOUGH_DAYS,
        )
    return view.line("At completion about {total}: the greater of {known}, spent and agreed to, and {pace} at the pace "
                     "so far ({spent} in {passed} of {whole} days to the launch).",
                     total=total, known=minor(found.known, currency), pace=minor(found.by_pace, currency),
                     spent=minor(spent, currency), passed=found.passed, whole=found.whole)  # fmt: skip
