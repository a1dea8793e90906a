"""What comes before what, and who was nudged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.dependencies import Dependency, Nudge, chain, dependency, linked_before, linked_behind, newest_nudge
from storage.people import add_person
from storage.tasks import Task
from storage.unit import Unit
from tests.support.store import WEDNESDAY, Desk


@pytest.fixture
def row(desk: Desk) -> Desk:
    """Put T-1, T-2, T-3, T-4 in a row, each after the one before; T-5 after T-1 too."""

    def work(unit: Unit) -> None:
        owner = add_person(unit, name="李娜").id
        for number in range(1, 6):
            unit.add(Task, number=number, title=f"t{number}", owner_id=owner)
        for task, after in ((2, 1), (3, 2), (4, 3), (5, 1)):
            unit.add(Dependency, task_id=task, after_id=after)

    desk.write(work)
    return desk


def test_both_ends_of_a_dependency_are_listed(row: Desk) -> None:
    before = row.read(lambda unit: linked_before(unit, 2))
    assert [(link.task.number, link.task.owner, link.holds) for link in before] == [(1, "李娜", True)]
    assert [link.task.number for link in row.read(lambda unit: linked_behind(unit, 1))] == [2, 5]


def test_what_is_finished_waived_or_put_away_holds_nothing_back(row: Desk) -> None:
    def work(unit: Unit) -> None:
        unit.change(unit.must_get(Task, 1), status="done", is_open=False)
        unit.change(unit.must_get(Dependency, 2), waived_at=unit.now, waived_by=1)
        unit.archive(unit.must_get(Task, 3))

    row.write(work)
    assert [link.holds for link in row.read(lambda unit: linked_before(unit, 2))] == [False]
    assert [(link.holds, link.waived_by) for link in row.read(lambda unit: linked_before(unit, 3))] == [(False, 1)]
    assert row.read(lambda unit: linked_before(unit, 4)) == []


def test_a_chain_names_all_between(row: Desk) -> None:
    assert row.read(lambda unit: chain(unit, 4, 1)) == [4, 3, 2, 1]
    assert row.read(lambda unit: chain(unit, 1, 4)) == []
    assert row.read(lambda unit: chain(unit, 3, 3)) == [3]


def test_a_chain_ends_even_in_a_circle(row: Desk) -> None:
    row.write(lambda unit: unit.add(Dependency, task_id=1, after_id=4))
    assert row.read(lambda unit: chain(unit, 1, 5)) == []


def test_a_dependency_that_was_taken_away_is_gone(row: Desk) -> None:
    found = row.read(lambda unit: dependency(unit, task=2, after=1))
    assert found is not None
    row.write(lambda unit: unit.archive(found))
    assert row.read(lambda unit: dependency(unit, task=2, after=1)) is None
    assert row.read(lambda unit: linked_before(unit, 2)) == []


def test_the_newest_nudge_counts(row: Desk) -> None:
    assert row.read(lambda unit: newest_nudge(unit, 1)) is None
    row.write(lambda unit: unit.add(Nudge, task_id=1, by_id=None))
    row.clock.advance(timedelta(hours=1))
    row.write(lambda unit: unit.add(Nudge, task_id=1, by_id=1))
    newest = row.read(lambda unit: newest_nudge(unit, 1))
    assert newest is not None
    assert (newest.by_id, newest.created_at) == (1, WEDNESDAY + timedelta(hours=1))
