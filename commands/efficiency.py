"""The monthly report: how fast, how punctual, and where the time went, each number with its sample.

The digests are made of parts by their subjects; this is one long text, and a template of commands/words/templates.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from statistics import median
from typing import Any, Final

from commands.bugs import severity_word
from commands.charts.month import STAGE_COLOURS, Month, Stage, Week, month
from commands.core.context import View
from commands.core.reply import Audience, Image, Item, Listing, Note, Part, Reply, Strong, Text
from commands.task_words import status_word
from storage.chats import Project
from storage.efficiency import Done, defects_found, finished_in, overdue_in, time_in_stages
from storage.tasks import OPEN

DAY: Final = timedelta(days=1)
SAMPLE: Final[dict[str, Any]] = {
    "finished": 12, "weekly": "2.8", "median": "3.0", "p85": "6.5", "dated": 10, "on_time": 80, "due": 11,
    "overdue": 18, "stages": ["doing 60%"], "defects": ["S2 1"],
}  # fmt: skip
"""Figures of no month in particular, with which a template is tried."""


def report(view: View, project: Project, first: date, ends: date, *, to: Audience = "here") -> Reply:
    """Report on the days from `first` up to, and not with, `ends`; also where all is quiet."""
    since, until = (datetime.combine(day, time(), tzinfo=view.zone).astimezone(UTC) for day in (first, ends))
    title = (f"📊 {project.name} · {view.t('Monthly report {month}', month=f'{first:%Y-%m}')}",)
    done = finished_in(view.unit, project.id, since, until)
    stages = time_in_stages(view.unit, project.id, since, until)
    figures = figures_of(view, done, stages, (ends - first).days)
    late, due = overdue_in(view.unit, project.id, since, until)
    figures |= {"due": due, "overdue": _percent(late, due)}
    defects = defects_found(view.unit, project.id, since, until)
    figures["defects"] = [f"{severity_word(view, level)} {count}" for level, count in defects.items()]
    if not done and not due and not defects:
        nothing = view.t("Nothing was finished or due in {month}.", month=f"{first:%Y-%m}")
        return Reply(title=title, parts=(Text((nothing,)),), to=to)
    pictures = (_picture(view, project, done, stages, first, ends),) if done else ()
    return Reply(title=title, parts=(*parts_of(view.words.page("monthly", figures)), *pictures), to=to)


def figures_of(view: View, done: Sequence[Done], stages: dict[str, timedelta], days: int) -> dict[str, Any]:
    """Give what the template of the report may say of the tasks that were finished."""
    cycles = sorted(each.cycle / DAY for each in done)
    dated = [each for each in done if each.due_by is not None]
    total = sum(stages.values(), timedelta(0))
    return {
        "finished": len(done),
        "weekly": f"{len(done) * 7 / days:.1f}",
        "median": f"{median(cycles):.1f}" if cycles else "—",
        "p85": f"{cycles[ceil(0.85 * len(cycles)) - 1]:.1f}" if cycles else "—",
        "dated": len(dated),
        "on_time": _percent(sum(not each.is_late for each in dated), len(dated)),
        "stages": [
            f"{status_word(view, status)} {_percent(stages[status], total)}%" for status in OPEN if status in stages
        ],
        "due": 0,
        "overdue": 0,
        "defects": [],
    }


def parts_of(text: str) -> list[Part]:
    """Make parts of a page: headings, rows, small print, told by how a line begins."""
    parts: list[Part] = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        mark, _, rest = line.partition(" ")
        if mark == "-" and parts and isinstance(parts[-1], Listing):
            parts[-1] = Listing((*parts[-1].items, Item((rest,))))
        elif mark == "-":
            parts.append(Listing((Item((rest,)),)))
        elif mark == "#":
            parts.append(Text((Strong(rest),)))
        else:
            parts.append(Note((rest,)) if mark == ">" else Text((line,)))
    return parts


def _picture(
    view: View, project: Project, done: Sequence[Done], stages: dict[str, timedelta], first: date, ends: date
) -> Image:
    """Draw what was finished week by week, and how the time was spent."""
    mondays = [first - timedelta(days=first.weekday()) + timedelta(days=7 * number) for number in range(6)]
    of_week = {monday: Counter[bool]() for monday in mondays if monday < ends}
    for each in done:
        day = each.closed_at.astimezone(view.zone).date()
        of_week[day - timedelta(days=day.weekday())][each.is_late] += 1
    weeks = [Week(f"{max(monday, first):%m-%d}", counted[False], counted[True]) for monday, counted in of_week.items()]
    spent = [
        Stage(status_word(view, status), stages[status] / DAY, STAGE_COLOURS[status])
        for status in OPEN
        if status in stages
    ]
    return month(
        Month(
            title=f"{project.name} {first:%Y-%m}",
            heading=view.t("Finished, by week"),
            on_time=view.t("On time or undated"),
            late=view.t("Late"),
            weeks=weeks,
            spent=view.t("Where the time went"),
            stages=spent,
        )
    )


def _percent(some: Any, of: Any) -> int:
    return round(100 * (some / of)) if of else 0
