"""Series of tasks: at most one is open, and what was left without one is found."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from commands.grammar.workdays import WEEKDAYS
from commands.recurrences import make_due
from storage.recurrences import Series, open_of, present_tasks, tasks_left
from storage.tasks import Task
from storage.unit import Unit
from storage.workspaces import found_workspace
from tests.support.store import WEDNESDAY, Desk

SHANGHAI = ZoneInfo("Asia/Shanghai")


def begin(unit: Unit) -> Task:
    """Enter a weekly task, due on Monday last."""
    series = unit.add(Series, rule="FREQ=WEEKLY;BYDAY=MO")
    values = {"due_on": date(2026, 11, 16), "due_by": WEDNESDAY - timedelta(days=1), "due_zone": "Asia/Shanghai"}
    return unit.add(Task, number=100, title="周报", labels=["周报"], series_id=series.id, **values)


def due(unit: Unit) -> list[tuple[str, date | None]]:
    made = make_due(unit, now=unit.now, zone=SHANGHAI, workdays=WEEKDAYS)
    return [(task.title, task.due_on) for task in made]


def test_nothing_is_made_while_one_is_open(desk: Desk) -> None:
    task = desk.write(begin)
    assert desk.write(due) == []
    assert [each.id for each in desk.read(lambda unit: present_tasks(unit, most=5))] == [task.id]
    series = task.series_id or 0
    assert desk.read(lambda unit: open_of(unit, series, besides=task.id)) is None
    assert desk.read(lambda unit: open_of(unit, series, besides=0)) is not None


def test_the_next_is_made_once_when_the_last_was_put_away(desk: Desk) -> None:
    task = desk.write(begin)
    desk.write(lambda unit: unit.archive(task))
    assert [each.id for each in desk.read(tasks_left)] == [task.id]
    assert desk.write(due) == [("周报", date(2026, 11, 23))]
    assert desk.write(due) == []


def test_a_stopped_series_makes_nothing(desk: Desk) -> None:
    task = desk.write(begin)
    desk.write(lambda unit: unit.archive(unit.must_get(Series, task.series_id or 0)))
    desk.write(lambda unit: unit.change(task, is_open=False, status="done"))
    assert desk.write(due) == []


def test_other_workspace_has_no_such_series(desk: Desk) -> None:
    desk.write(begin)
    other = desk.write(lambda unit: found_workspace(unit, name="demo", language="zh", timezone="UTC"))
    elsewhere = Desk(desk.store, other, desk.clock)
    assert elsewhere.read(lambda unit: present_tasks(unit, most=5)) == elsewhere.read(tasks_left) == []
