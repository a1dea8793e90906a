"""Lists of tasks by several filters: what they hold, in which order and pages, and by which index."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from storage.chats import Project
from storage.lists import Filter, count_filtered, list_filtered
from storage.people import add_person
from storage.tasks import Task
from storage.unit import Unit
from storage.workspaces import found_workspace
from tests.support.store import WEDNESDAY, Desk

DAY = timedelta(days=1)


@pytest.fixture
def project(desk: Desk) -> int:
    """Fill a project with tasks of one person that differ in what is filtered by."""
    return desk.write(fill)


def fill(unit: Unit) -> int:
    """Enter the tasks."""
    project = unit.add(Project, name="双11").id
    owner = add_person(unit, name="李娜").id
    number = iter(range(1, 100))

    def add(title: str, **values: Any) -> Task:
        return unit.add(Task, **{"number": next(number), "title": title, "project_id": project, **values})

    closed = {"is_open": False, "closed_at": WEDNESDAY}
    add("late high", owner_id=owner, due_by=WEDNESDAY - DAY, priority=1, labels=["设计"])
    add("soon high", owner_id=owner, due_by=WEDNESDAY + DAY, priority=1, labels=["设计", "Promo"])
    add("soon", due_by=WEDNESDAY + DAY, labels=["promo"])
    add("undated", owner_id=owner, status="doing")
    add("minor bug", kind="bug", severity=4)
    add("fatal bug", kind="bug", severity=1, owner_id=owner)
    add("done", owner_id=owner, status="done", labels=["设计"], **closed)
    add("cancelled", owner_id=owner, status="cancelled", **closed)
    unit.archive(add("archived", owner_id=owner, labels=["设计"]))
    return project


def titles(desk: Desk, wanted: Filter, *, most: int = 50, skip: int = 0) -> list[str]:
    listed = desk.read(lambda unit: list_filtered(unit, wanted, most=most, skip=skip))
    assert most < 50 or skip or desk.read(lambda unit: count_filtered(unit, wanted)) == len(listed)
    return [task.title for task in listed]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(owner=1, labels=("设计",)), ["late high", "soon high"]),
        (Filter(project=1, labels=("PROMO",)), ["soon high", "soon"]),
        (Filter(project=1, labels=("设计", "promo")), ["soon high"]),
        (Filter(owner=1, priority=1, is_late=True), ["late high"]),
        (Filter(project=1, span=(WEDNESDAY, WEDNESDAY + DAY)), ["soon high", "soon"]),
        (Filter(owner=1, status="doing"), ["undated"]),
        (Filter(project=1, kind="bug"), ["fatal bug", "minor bug"]),
        (Filter(owner=1, is_open=False, status="done"), ["done"]),
        (Filter(owner=1, is_open=None, labels=("设计",)), ["soon high", "late high", "done"]),
        (Filter(owner=1, terms=("hi", "gh")), ["late high", "soon high"]),
        (Filter(owner=2), []),
    ],
)
def test_filters_narrow_together(desk: Desk, project: int, wanted: Filter, expected: list[str]) -> None:
    assert titles(desk, wanted) == expected


def test_pages_follow_each_other_without_gap_or_repeat(desk: Desk, project: int) -> None:
    wanted = Filter(project=project)
    pages = [titles(desk, wanted, most=2, skip=skip) for skip in (0, 2, 4, 6)]
    assert [len(page) for page in pages] == [2, 2, 2, 0]
    assert [title for page in pages for title in page] == titles(desk, wanted)


def test_other_workspace_lists_nothing(desk: Desk, project: int) -> None:
    other = desk.write(lambda unit: found_workspace(unit, name="demo", language="zh", timezone="UTC"))
    elsewhere = Desk(desk.store, other, desk.clock)
    assert titles(elsewhere, Filter(project=project)) == titles(elsewhere, Filter(labels=("设计",))) == []


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Filter(owner=1, is_late=True, priority=1, labels=("设计",)), "ix_task_owner_due"),
        (Filter(project=1, span=(WEDNESDAY, WEDNESDAY + DAY)), "ix_task_project_due"),
        (Filter(project=1, kind="bug"), "ix_task_severity"),
        (Filter(owner=1, terms=("主图", "图定")), "ix_task_owner_due"),
    ],
)
def test_each_list_is_narrowed_by_an_index(sqlite_desk: Desk, wanted: Filter, index: str) -> None:
    sqlite_desk.write(fill)
    asked: list[tuple[str, Any]] = []

    @event.listens_for(sqlite_desk.store.snapshots, "before_cursor_execute")
    def spy(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    sqlite_desk.read(lambda unit: list_filtered(unit, wanted, most=5))
    statement, parameters = next(one for one in asked if one[0].startswith("SELECT"))
    with sqlite_desk.store.snapshots.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    assert f"USING INDEX {index}" in plan[0], plan
    assert all("SCAN" not in step for step in plan), plan
