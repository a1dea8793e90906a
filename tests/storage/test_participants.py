"""People beside the owner, and what hangs on a task."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.dependencies import Dependency
from storage.participants import Participant, list_shared, participants_of
from storage.people import add_person
from storage.tasks import Comment, Task, released
from storage.ties import Ties, ties_of
from storage.unit import Unit
from tests.support.store import WEDNESDAY, Desk

DAY = timedelta(days=1)


@pytest.fixture
def shared(desk: Desk) -> Desk:
    """Have person 2 work on a late task, tomorrow's, one without a date and a closed one; and follow a fifth."""

    def work(unit: Unit) -> None:
        for name in ("李娜", "王五"):
            add_person(unit, name=name)
        for number, due in ((1, WEDNESDAY - DAY), (2, WEDNESDAY + DAY), (3, None), (4, None), (5, None)):
            unit.add(Task, number=number, title=f"t{number}", owner_id=1, due_by=due, is_open=number != 4)
        for task in (3, 2, 1, 4):
            unit.add(Participant, task_id=task, person_id=2, part="collaborator")
        unit.add(Participant, task_id=5, person_id=2, part="follower")

    desk.write(work)
    return desk


@pytest.mark.parametrize(("which", "expected"), [("open", [1, 2, 3]), ("overdue", [1]), ("week", [2])])
def test_shared_tasks_go_by_due_time(shared: Desk, which: str, expected: list[int]) -> None:
    found = shared.read(lambda unit: list_shared(unit, 2, which, most=9, since=WEDNESDAY, until=WEDNESDAY + 2 * DAY))
    assert [task.number for task in found] == expected
    assert all(task.owner == "李娜" for task in found)


def test_the_owner_shares_nothing_with_oneself(shared: Desk) -> None:
    assert shared.read(lambda unit: list_shared(unit, 1, "open", most=9)) == []


def test_whoever_left_is_gone(shared: Desk) -> None:
    [part] = shared.read(lambda unit: participants_of(unit, 1))
    shared.write(lambda unit: unit.archive(part))
    assert shared.read(lambda unit: participants_of(unit, 1)) == []
    assert [task.number for task in shared.read(lambda unit: list_shared(unit, 2, "open", most=9))] == [2, 3]


def test_ties_count_what_is_there(shared: Desk) -> None:
    def work(unit: Unit) -> None:
        unit.add(Comment, task_id=1, text="a")
        unit.archive(unit.add(Comment, task_id=1, text="gone"))
        unit.add(Dependency, task_id=1, after_id=2)
        unit.change(unit.must_get(Task, 2), parent_id=1)
        unit.change(unit.must_get(Task, 4), parent_id=1)

    shared.write(work)
    assert shared.read(lambda unit: ties_of(unit, 1)) == Ties(1, 2, 1, 1, 1)
    assert shared.read(lambda unit: ties_of(unit, 99)) == Ties()


def test_a_task_let_go_is_due_as_agreed(shared: Desk) -> None:
    agreed = {"due_on": WEDNESDAY.date(), "due_zone": "Asia/Shanghai", "due_by": WEDNESDAY + 9 * DAY}
    task = shared.write(lambda unit: unit.change(unit.must_get(Task, 1), **agreed))
    assert released(task)["due_by"] == WEDNESDAY.replace(hour=16, minute=0)
