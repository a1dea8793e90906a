"""One transaction: what it writes is audited and versioned, and it sees one workspace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from storage.audit import BY_CALL, OF_OBJECT, restored
from storage.chats import CHAT, Project
from storage.people import Person, add_person
from storage.tasks import Task
from storage.unit import Changed, Missing, Stale, StorageError, Unit
from storage.workspaces import found_workspace
from tests.support.store import WEDNESDAY, Desk


def add_task(unit: Unit, **values: Any) -> Task:
    return unit.add(Task, **{"number": 1, "title": "主图", **values})


def test_added_row_reads_back_as_it_was_given(desk: Desk) -> None:
    added = desk.write(
        lambda unit: add_task(unit, labels=["双11"], due_on=date(2026, 11, 20), due_by=WEDNESDAY, due_zone="UTC")
    )
    read = desk.read(lambda unit: unit.must_get(Task, added.id))
    assert read.model_dump() == added.model_dump()
    assert (read.version, read.created_at, read.status, read.is_open) == (1, WEDNESDAY, "todo", True)


def test_defaults_that_are_made_are_made_for_each_row(desk: Desk) -> None:
    first, second = desk.write(lambda unit: (add_task(unit), add_task(unit, number=2)))
    assert first.labels == second.labels == []
    assert first.labels is not second.labels
    assert desk.read(lambda unit: unit.must_get(Task, first.id)).labels == []


def test_each_write_leaves_its_images_in_the_audit(desk: Desk) -> None:
    def work(unit: Unit) -> int:
        unit.actor, unit.call = None, "call-1"
        task = unit.add(Task, number=1, title="主图", due_on=date(2026, 11, 20))
        later = unit.change(task, title="主图 v2", due_on=None, priority=2)
        return unit.archive(later).id

    id = desk.write(work)
    rows = desk.read(lambda unit: unit.rows(BY_CALL, call="call-1"))
    assert [(row.action, row.kind, row.object_id, row.version) for row in rows] == [
        ("add", "task", id, 1),
        ("change", "task", id, 2),
        ("archive", "task", id, 3),
    ]
    add, change, archive = rows
    assert (add.before, add.after) == ({}, {"number": 1, "title": "主图", "due_on": "2026-11-20"})
    assert change.before == {"title": "主图", "due_on": "2026-11-20"}, "an unchanged priority is no change"
    assert change.after == {"title": "主图 v2", "due_on": None}
    assert (archive.before, archive.after) == ({"archived_at": None}, {"archived_at": WEDNESDAY.isoformat()})
    assert {row.at for row in rows} == {WEDNESDAY}


def test_audit_names_who_acted(desk: Desk) -> None:
    def work(unit: Unit) -> int:
        unit.actor = add_person(unit, name="李娜").id
        unit.add(Project, name="双11")
        return unit.actor

    actor = desk.write(work)
    history = desk.read(lambda unit: unit.rows(OF_OBJECT, kind="project", object=1))
    assert [row.actor_id for row in history] == [actor]


def test_images_turn_back_into_the_values_they_were(desk: Desk) -> None:
    given = {"due_on": date(2026, 11, 20), "due_by": WEDNESDAY, "labels": ["a"], "is_open": False, "due_at": None}
    task = desk.write(lambda unit: add_task(unit, **given))
    history = desk.read(lambda unit: unit.rows(OF_OBJECT, kind="task", object=task.id))
    back = restored(Task, history[0].after)
    assert {name: back[name] for name in given} == given
    changed = desk.write(lambda unit: unit.change(task, **{name: None for name in ("due_on", "due_by")}))
    again = desk.write(lambda unit: unit.restore(changed, due_on=back["due_on"], due_by=back["due_by"]))
    assert (again.due_on, again.due_by, again.version) == (date(2026, 11, 20), WEDNESDAY, 3)


def test_change_to_the_same_values_writes_nothing(desk: Desk) -> None:
    def work(unit: Unit) -> tuple[Task, Task, list[Changed]]:
        task = add_task(unit)
        return task, unit.change(task, title="主图", due_on=None), unit.changed

    before, after, changed = desk.write(work)
    assert after is before
    assert changed == [Changed("task", before.id, is_new=True)]


def test_write_on_an_old_version_is_stale_and_leaves_no_trace(desk: Desk) -> None:
    old = desk.write(add_task)
    desk.write(lambda unit: unit.change(old, title="新"))
    with pytest.raises(Stale, match=r"task 1 is no longer at version 1"):
        desk.write(lambda unit: unit.change(old, title="旧"))
    with pytest.raises(Stale):
        desk.write(lambda unit: unit.archive(old))
    now = desk.read(lambda unit: unit.must_get(Task, old.id))
    assert (now.title, now.version, now.archived_at) == ("新", 2, None)
    assert len(desk.read(lambda unit: unit.rows(OF_OBJECT, kind="task", object=old.id))) == 2


def test_changed_row_carries_its_new_version(desk: Desk) -> None:
    def work(unit: Unit) -> Task:
        return unit.change(unit.change(add_task(unit), title="b"), title="c")

    task = desk.write(work)
    assert (task.version, task.title) == (3, "c")
    assert desk.read(lambda unit: unit.must_get(Task, task.id)).model_dump() == task.model_dump()


def test_absent_row_is_missing_and_archived_one_is_not(desk: Desk) -> None:
    task = desk.write(lambda unit: unit.archive(add_task(unit)))
    assert desk.read(lambda unit: unit.must_get(Task, task.id)).archived_at == WEDNESDAY
    assert desk.read(lambda unit: unit.get(Task, 99)) is None
    with pytest.raises(Missing, match="no task with id 99 in this workspace"):
        desk.read(lambda unit: unit.must_get(Task, 99))


def test_other_workspace_neither_sees_nor_changes_a_row(desk: Desk) -> None:
    other = desk.write(lambda unit: found_workspace(unit, name="demo", language="zh", timezone="Asia/Shanghai"))
    person = desk.write(lambda unit: add_person(unit, name="李娜"))
    assert desk.store.read_now(other, lambda unit: unit.get(Person, person.id)) is None
    with pytest.raises(Stale):
        desk.store.write_now(other, lambda unit: unit.change(person, name="王五"))
    assert desk.read(lambda unit: unit.must_get(Person, person.id)).name == "李娜"


def test_row_cannot_be_added_to_another_workspace(desk: Desk) -> None:
    values: dict[str, object] = {"workspace_id": 99, "id": 77, "version": 5}
    project = desk.write(lambda unit: unit.add(Project, name="双11", **values))
    assert (project.workspace_id, project.id, project.version) == (desk.workspace, 1, 1)


def test_statement_without_its_workspace_is_refused(desk: Desk) -> None:
    loose = select(CHAT.c.id)
    calls: list[Callable[[Unit], object]] = [
        lambda unit: unit.rows(loose),
        lambda unit: unit.row(loose),
        lambda unit: unit.do(loose),
    ]
    for call in calls:
        with pytest.raises(StorageError, match="without its workspace"):
            desk.write(call)


def test_caller_cannot_bind_another_workspace(desk: Desk) -> None:
    other = desk.write(lambda unit: found_workspace(unit, name="demo", language="zh", timezone="UTC"))
    desk.store.write_now(other, lambda unit: unit.add(Task, number=1, title="x"))
    found = desk.read(lambda unit: unit.rows(BY_CALL, call=None, workspace=other))
    assert found == []


def test_time_of_a_unit_stands_still(desk: Desk) -> None:
    def work(unit: Unit) -> tuple[Task, Task]:
        task = add_task(unit)
        desk.clock.advance(timedelta(hours=1))
        return task, unit.change(task, title="b")

    before, after = desk.write(work)
    assert (before.created_at, after.updated_at) == (WEDNESDAY, WEDNESDAY)


def test_reading_unit_cannot_write(desk: Desk) -> None:
    with pytest.raises(DBAPIError, match=r"read-only|readonly"):
        desk.read(add_task)
    assert desk.read(lambda unit: unit.get(Task, 1)) is None


def test_many_rows_are_added_as_one_is(desk: Desk) -> None:
    one = desk.write(lambda unit: unit.add(Project, name="first"))
    ids = desk.write(lambda unit: unit.add_all(Project, [{"name": f"p{number}"} for number in range(3)]))
    after = desk.write(lambda unit: unit.add(Project, name="last"))
    assert len({one.id, *ids, after.id}) == 5
    rows = [desk.read(lambda unit, id=id: unit.must_get(Project, id)) for id in ids]  # type: ignore[misc] # id is an int
    assert [(row.name, row.version, row.created_at) for row in rows] == [
        (f"p{number}", 1, one.created_at) for number in range(3)
    ]
    for row in rows:
        traces = desk.read(lambda unit, row=row: unit.rows(OF_OBJECT, kind="project", object=row.id))  # type: ignore[misc] # row is a project
        assert [(each.action, each.version, each.after) for each in traces] == [("add", 1, {"name": row.name})]
    assert desk.write(lambda unit: unit.add_all(Project, [])) == []
