"""The part of tasks in a digest: what needs somebody, what changed, what comes, the numbers and their picture."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from commands.charts.progress import Share
from commands.charts.trend import Trend, trend
from commands.core.command import panel
from commands.core.context import View
from commands.core.reply import Image, Item, Listing, Note, Part, Strong, Text
from commands.task_words import HEALTH_MARK, STATUS_MARK, health_of, lateness
from storage.chats import Project
from storage.digests import POINTS, Edition, changes_since, finished_since, open_by_day, overdue_at
from storage.lists import Filter, count_filtered, list_filtered
from storage.tasks import Counts, Listed, counts_of, list_tasks

NAMED: Final = 4
"""So many tasks are named under each heading; the rest is counted."""
TITLE_CHARS: Final = 24
"""A title is cut here, so that a row stays one on a phone."""


@panel("digest", order=10)
def tasks_that_need_somebody(view: View, edition: Edition) -> Sequence[Part]:
    """Name what is late, the latest first, then what is blocked, each with who owns it."""
    late = list_tasks(view.unit, whose="project", id=edition.project, which="overdue", most=NAMED)
    wanted = Filter(project=edition.project, status="blocked")
    stuck = [each for each in list_filtered(view.unit, wanted, most=NAMED) if each.number not in _numbers(late)]
    rows = [*late, *stuck][:NAMED]
    if not rows:
        return ()
    rest = count_filtered(view.unit, Filter(project=edition.project, is_late=True)) - len(late)
    more = (Note((view.tn("{count} more is overdue", "{count} more are overdue", rest),)),) if rest > 0 else ()
    items = tuple(_needing(view, each) for each in rows)
    return (Text((f"{HEALTH_MARK['red']} ", Strong(view.t("Needs you")))), Listing(items), *more)


@panel("digest", order=20)
def tasks_changed(view: View, edition: Edition) -> Sequence[Part]:
    """Tell what was finished and added since the last digest."""
    changes = changes_since(view.unit, edition.project, edition.since)
    if edition.rhythm == "daily" or not any(changes):
        return ()
    heading = view.line(
        "{since}: {finished} finished, {added} added",
        since=Strong(view.t("Since {day}", day=view.due(edition.since.astimezone(view.zone).date()))),
        finished=changes.finished,
        added=changes.added,
    )
    done = finished_since(view.unit, edition.project, edition.since, most=NAMED)
    items = tuple(Item((f"{STATUS_MARK['done']} ", Strong(f"T-{each.number}"), f" {cut(each.title)}")) for each in done)
    return (Text(heading), *((Listing(items),) if items else ()))


@panel("digest", order=30)
def tasks_next(view: View, edition: Edition) -> Sequence[Part]:
    """Tell what is due until the next digest."""
    coming = list_filtered(view.unit, Filter(project=edition.project, span=(view.now, edition.until)), most=NAMED)
    if not coming:
        return ()
    heading = view.t("Today") if edition.rhythm == "daily" else view.t("Next")
    items = tuple(_coming(view, each) for each in coming)
    return (Text(("⏭ ", Strong(heading))), Listing(items))


@panel("digest", order=40)
def numbers_of_tasks(view: View, edition: Edition) -> Sequence[Part]:
    """Count, with the change since the last digest, and draw it."""
    counts = counts_of(view.unit, edition.project)
    finished = changes_since(view.unit, edition.project, edition.since).finished
    late = counts.overdue - overdue_at(view.unit, edition.project, edition.since)
    line = view.t(
        "Finished {done} · in progress {doing} · overdue {overdue} · to do {rest}",
        done=_with_change(counts.done, finished),
        doing=counts.doing,
        overdue=_with_change(counts.overdue, late),
        rest=_rest(counts),
    )
    return (Text((line,)), picture(view, edition.project, counts))


def picture(view: View, project: int, counts: Counts) -> Image:
    """Draw how far a project is, and how its open tasks went over two weeks."""
    named = view.unit.must_get(Project, project)
    days = [view.today - timedelta(days=POINTS - 1 - back) for back in range(POINTS)]
    ends = [min(view.now, _end_of(view, day)) for day in days]
    shares = (
        Share(view.t("Finished"), counts.done, "#009e73"),
        Share(view.t("In progress"), counts.doing, "#56b4e9"),
        Share(view.t("Overdue"), counts.overdue, "#d55e00"),
        Share(view.t("To do"), _rest(counts), "#c9ccd1"),
    )
    return trend(
        Trend(
            title=named.name,
            shares=shares,
            days=days,
            left=open_by_day(view.unit, project, ends),
            launch=named.launch_on,
            heading=view.t("Open tasks, day by day"),
            done=f"{counts.done} / {counts.open + counts.done}",
            launched=view.t("Launch on"),
            to_launch=view.t("Even pace to the launch"),
            told=view.t("Open tasks: {first} two weeks ago, {last} now", first="{first}", last="{last}"),
        )
    )


def cut(title: str) -> str:
    """Cut a title to what stays in one row on a phone."""
    return title if len(title) <= TITLE_CHARS else f"{title[: TITLE_CHARS - 1]}…"


def _needing(view: View, task: Listed) -> Item:
    late = lateness(view, task.due_by, is_open=True)
    mark = HEALTH_MARK[health_of(True, task.due_by, view.now) or "green"] if late else STATUS_MARK[task.status]
    reason = late or task.held_for or ""
    return Item(
        (
            f"{mark} ",
            Strong(f"T-{task.number}"),
            f" {cut(task.title)} · {cut(reason)} · {task.owner or view.t('nobody')}",
        )
    )


def _coming(view: View, task: Listed) -> Item:
    when = view.due(task.due_on, task.due_at, zone=task.due_zone)
    return Item((f"{when} · ", Strong(f"T-{task.number}"), f" {cut(task.title)}"))


def _numbers(tasks: Sequence[Listed]) -> frozenset[int]:
    return frozenset(each.number for each in tasks)


def _rest(counts: Counts) -> int:
    return max(counts.open - counts.doing - counts.overdue, 0)


def _with_change(count: int, change: int) -> str:
    return f"{count} ({change:+d})" if change else str(count)


def _end_of(view: View, day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=view.zone).astimezone(UTC)
