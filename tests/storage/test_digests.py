"""How a project stood, what changed since, and how a month went, told from tasks and the trail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from storage.chats import Project
from storage.digests import POINTS, Changes, changes_since, finished_since, open_by_day, overdue_at
from storage.efficiency import Share, defects_found, finished_in, overdue_in, time_in_stages
from storage.tasks import Task
from storage.unit import Unit
from tests.support.store import WEDNESDAY, Desk

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def project(desk: Desk) -> int:
    return desk.write(lambda unit: unit.add(Project, name="双11").id)


def add(desk: Desk, project: int, number: int, **values: Any) -> int:
    values = {"number": number, "title": f"task {number}", "project_id": project, **values}
    return desk.write(lambda unit: unit.add(Task, **values).id)


def change(desk: Desk, id: int, **values: Any) -> None:
    desk.write(lambda unit: unit.change(unit.must_get(Task, id), **values))


def finish(desk: Desk, id: int) -> None:
    change(desk, id, status="done", is_open=False, closed_at=desk.clock.now)


def test_what_changed_is_counted_and_named(desk: Desk, project: int) -> None:
    first = add(desk, project, 1)
    add(desk, project, 2)
    desk.clock.advance(DAY)
    since = desk.clock.now
    desk.clock.advance(HOUR)
    third = add(desk, project, 3)
    add(desk, project, 4)
    finish(desk, first)
    desk.clock.advance(HOUR)
    finish(desk, third)
    assert desk.read(lambda unit: changes_since(unit, project, since)) == Changes(finished=2, added=2)
    assert [each.number for each in desk.read(lambda unit: finished_since(unit, project, since, most=5))] == [3, 1]
    assert [each.number for each in desk.read(lambda unit: finished_since(unit, project, since, most=1))] == [3]


def test_what_was_overdue_goes_by_the_dates_of_then(desk: Desk, project: int) -> None:
    due = WEDNESDAY - DAY
    stays = add(desk, project, 1, due_by=due)
    moved = add(desk, project, 2, due_by=due)
    finished = add(desk, project, 3, due_by=due)
    reopened = add(desk, project, 4, due_by=due)
    finish(desk, reopened)
    archived = add(desk, project, 5, due_by=due)
    then = WEDNESDAY + HOUR
    desk.clock.advance(DAY)
    change(desk, moved, due_by=WEDNESDAY + 9 * DAY)
    change(desk, moved, due_by=WEDNESDAY + 19 * DAY)
    change(desk, stays, title="another name")
    finish(desk, finished)
    change(desk, reopened, status="todo", is_open=True, closed_at=None)
    desk.write(lambda unit: unit.archive(unit.must_get(Task, archived)))
    add(desk, project, 6, due_by=due)
    assert desk.read(lambda unit: overdue_at(unit, project, then)) == 3
    assert desk.read(lambda unit: overdue_at(unit, project, desk.clock.now)) == 3, "stays, reopened, new"


def test_open_tasks_are_counted_day_by_day(desk: Desk, project: int) -> None:
    days = [WEDNESDAY + number * DAY for number in range(POINTS)]
    first = add(desk, project, 1)
    desk.clock.advance(2 * DAY)
    add(desk, project, 2)
    desk.clock.advance(2 * DAY)
    finish(desk, first)
    assert desk.read(lambda unit: open_by_day(unit, project, days)) == [1, 1, 2, 2, *[1] * (POINTS - 4)]


def test_a_month_tells_how_fast_and_how_late(desk: Desk, project: int) -> None:
    since = desk.clock.now
    one = add(desk, project, 1, due_by=since + 4 * DAY + HOUR)
    two = add(desk, project, 2, due_by=since + 3 * DAY)
    add(desk, project, 3, due_by=since + 4 * DAY)
    add(desk, project, 4, due_by=since + 4 * DAY, status="cancelled", is_open=False, closed_at=since)
    add(desk, project, 5, kind="bug", severity=2, found_at=since + DAY)
    desk.clock.advance(DAY)
    change(desk, one, status="doing", started_at=desk.clock.now)
    desk.clock.advance(DAY)
    change(desk, one, status="waiting")
    desk.clock.advance(2 * DAY)
    finish(desk, one)
    finish(desk, two)
    desk.clock.advance(DAY)
    until = desk.clock.now
    done = desk.read(lambda unit: finished_in(unit, project, since, until))
    assert sorted((each.cycle, each.is_late) for each in done) == [(3 * DAY, False), (4 * DAY, True)]
    assert desk.read(lambda unit: overdue_in(unit, project, since, until)) == Share(2, 3)
    assert desk.read(lambda unit: defects_found(unit, project, since, until)) == {2: 1}
    stages = desk.read(lambda unit: time_in_stages(unit, project, since, until))
    assert stages == {"todo": 5 * DAY, "doing": DAY, "waiting": 2 * DAY}
    assert desk.read(lambda unit: finished_in(unit, project, until, until + DAY)) == []


def test_an_index_narrows_every_question(desk: Desk, project: int) -> None:
    add(desk, project, 1, due_by=WEDNESDAY)
    said: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, words: str, values: Any, *_: Any) -> None:
        said.append((words, values))

    def ask(unit: Unit) -> list[str]:
        ask_all(unit, project, WEDNESDAY - DAY)
        plans = []
        for words, values in [each for each in said if each[0].startswith("SELECT")]:
            rows = unit.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values).all()
            plans += [row[3] for row in rows if "task" in row[3]]
        return plans

    if desk.store.snapshots.dialect.name != "sqlite":
        return
    event.listen(desk.store.snapshots, "before_cursor_execute", note)
    plans = desk.read(ask)
    event.remove(desk.store.snapshots, "before_cursor_execute", note)
    assert plans
    assert [plan for plan in plans if "SCAN" in plan or "project_id=?" not in plan] == []


def ask_all(unit: Unit, project: int, since: datetime) -> None:
    """Ask everything that a digest and a report ask."""
    changes_since(unit, project, since)
    finished_since(unit, project, since, most=5)
    overdue_at(unit, project, since)
    open_by_day(unit, project, [since + number * DAY for number in range(POINTS)])
    finished_in(unit, project, since, since + 30 * DAY)
    overdue_in(unit, project, since, since + 30 * DAY)
    defects_found(unit, project, since, since + 30 * DAY)
    time_in_stages(unit, project, since, since + 30 * DAY)
