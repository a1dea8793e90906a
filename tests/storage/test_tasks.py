"""Lists and counts of tasks: by due time, within limits, by the index."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from storage.chats import Project
from storage.people import add_person
from storage.tasks import (
    Comment,
    Counts,
    Task,
    comments_on,
    count_comments,
    counts_of,
    list_tasks,
    task_numbered,
)
from storage.unit import Unit
from storage.workspaces import found_workspace
from tests.support.store import WEDNESDAY, Desk

DAY = timedelta(days=1)
CLOSED_AT = WEDNESDAY - DAY


@pytest.fixture
def project(desk: Desk) -> int:
    """Fill a project: two late tasks, three to come, one without a date, three closed, one archived."""

    def work(unit: Unit) -> int:
        project = unit.add(Project, name="双11").id
        owner = add_person(unit, name="李娜").id
        number = iter(range(1, 100))

        def add(title: str, **values: Any) -> Task:
            given = {"number": next(number), "title": title, "owner_id": owner, "project_id": project}
            return unit.add(Task, **{**given, **values})

        add("undated")
        add("next week", due_by=WEDNESDAY + 6 * DAY)
        add("late", due_by=WEDNESDAY - timedelta(microseconds=1))
        add("now", due_by=WEDNESDAY, status="doing")
        add("very late", due_by=WEDNESDAY - 9 * DAY, owner_id=None)
        add("tomorrow", due_by=WEDNESDAY + DAY, due_on=date(2026, 11, 19), due_zone="Asia/Shanghai")
        add("done first", status="done", is_open=False, closed_at=CLOSED_AT, due_by=WEDNESDAY - 5 * DAY)
        add("done last", status="done", is_open=False, closed_at=CLOSED_AT + timedelta(hours=1))
        add("cancelled", status="cancelled", is_open=False, closed_at=CLOSED_AT)
        unit.archive(add("archived", due_by=WEDNESDAY - DAY))
        add("elsewhere", project_id=unit.add(Project, name="日常").id, due_by=WEDNESDAY - DAY)
        return project

    return desk.write(work)


def titles(desk: Desk, whose: str, id: int, which: str, most: int = 50) -> list[str]:
    listed = desk.read(lambda unit: list_tasks(unit, whose=whose, id=id, which=which, most=most))
    return [task.title for task in listed]


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("open", ["very late", "late", "now", "tomorrow", "next week", "undated"]),
        ("overdue", ["very late", "late"]),
        ("upcoming", ["now", "tomorrow", "next week"]),
    ],
)
def test_list_of_a_project_goes_by_due_time(desk: Desk, project: int, which: str, expected: list[str]) -> None:
    assert titles(desk, "project", project, which) == expected


def test_list_of_a_person_crosses_projects_and_leaves_out_the_unowned(desk: Desk, project: int) -> None:
    assert titles(desk, "person", 1, "open") == ["elsewhere", "late", "now", "tomorrow", "next week", "undated"]
    assert titles(desk, "person", 1, "overdue") == ["elsewhere", "late"]


def test_list_stops_at_its_limit(desk: Desk, project: int) -> None:
    assert titles(desk, "project", project, "open", most=2) == ["very late", "late"]


def test_listed_task_names_its_owner_and_its_day(desk: Desk, project: int) -> None:
    listed = desk.read(lambda unit: list_tasks(unit, whose="project", id=project, which="open", most=50))
    by_title = {task.title: task for task in listed}
    tomorrow = by_title["tomorrow"]
    assert (tomorrow.owner, tomorrow.due_on, tomorrow.due_zone) == ("李娜", date(2026, 11, 19), "Asia/Shanghai")
    assert tomorrow.due_by == WEDNESDAY + DAY
    assert tomorrow.due_by.tzinfo is UTC
    assert by_title["very late"].owner is None


def test_project_is_counted_by_what_matters(desk: Desk, project: int) -> None:
    assert desk.read(lambda unit: counts_of(unit, project)) == Counts(open=6, doing=1, done=2, overdue=2, unowned=1)
    assert desk.read(lambda unit: counts_of(unit, 99)) == Counts(0, 0, 0, 0, 0)


def test_other_workspace_has_no_such_tasks(desk: Desk, project: int) -> None:
    other = desk.write(lambda unit: found_workspace(unit, name="demo", language="zh", timezone="UTC"))
    elsewhere = Desk(desk.store, other, desk.clock)
    for which in ("open", "overdue", "upcoming"):
        assert titles(elsewhere, "project", project, which) == titles(elsewhere, "person", 1, which) == []
    assert elsewhere.read(lambda unit: task_numbered(unit, 1)) is None


def test_task_is_found_by_number_even_archived(desk: Desk, project: int) -> None:
    found = desk.read(lambda unit: task_numbered(unit, 10))
    assert found is not None
    assert found.title == "archived"
    assert desk.read(lambda unit: task_numbered(unit, 99)) is None


def test_comments_are_read_newest_first_with_their_author(desk: Desk, project: int) -> None:
    def work(unit: Unit) -> None:
        for n, author in enumerate((1, None, 1)):
            unit.add(Comment, task_id=1, author_id=author, text=f"c{n}")
        unit.archive(unit.add(Comment, task_id=1, text="gone"))
        unit.add(Comment, task_id=2, text="elsewhere")

    desk.write(work)
    assert desk.read(lambda unit: comments_on(unit, 1, most=2)) == [("c2", WEDNESDAY, "李娜"), ("c1", WEDNESDAY, None)]
    assert desk.read(lambda unit: count_comments(unit, 1)) == 3


@pytest.mark.parametrize(
    ("whose", "which", "index"),
    [
        ("person", "overdue", "ix_task_owner_due"),
        ("person", "open", "ix_task_owner_due"),
        ("project", "overdue", "ix_task_project_due"),
        ("project", "upcoming", "ix_task_project_due"),
    ],
)
def test_list_uses_its_index(sqlite_desk: Desk, whose: str, which: str, index: str) -> None:
    asked: list[tuple[str, Any]] = []

    @event.listens_for(sqlite_desk.store.snapshots, "before_cursor_execute")
    def spy(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    titles(sqlite_desk, whose, 1, which)
    for statement, parameters in [one for one in asked if one[0].startswith("SELECT")]:
        with sqlite_desk.store.snapshots.connect() as connection:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        assert f"USING INDEX {index}" in plan[0], plan
        assert ("due_by<?" in plan[0]) == (which == "overdue"), plan
