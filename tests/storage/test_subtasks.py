"""The tree of tasks: parts, levels and places."""

from __future__ import annotations

import pytest

from storage.subtasks import DEPTH, all_below, children_of, code_of, height_of, lineage_of, parts_of
from storage.tasks import Task
from storage.unit import Unit
from tests.support.store import Desk


@pytest.fixture
def tree(desk: Desk) -> Desk:
    """Plant T-1 over T-2 and T-3, T-2 over T-4, T-4 over T-5 (done), and T-6 put away below T-1."""

    def work(unit: Unit) -> None:
        for number, parent in ((1, None), (2, 1), (3, 1), (4, 2), (5, 4), (6, 1)):
            task = unit.add(Task, number=number, title=f"t{number}", parent_id=parent)
            if number == 5:
                unit.change(task, status="done", is_open=False)
            if number == 6:
                unit.archive(task)

    desk.write(work)
    return desk


def test_parts_are_listed_oldest_first_without_what_was_put_away(tree: Desk) -> None:
    assert [part.number for part in tree.read(lambda unit: parts_of(unit, 1))] == [2, 3]
    assert [part.number for part in tree.read(lambda unit: children_of(unit, 1, most=1))] == [2]


def test_all_below_goes_through_every_level(tree: Desk) -> None:
    below = tree.read(lambda unit: all_below(unit, 1))
    assert [(part.number, part.is_open) for part in below] == [(2, True), (3, True), (4, True), (5, False)]
    assert tree.read(lambda unit: all_below(unit, 3)) == []


def test_heights_and_lineages_are_counted_in_levels(tree: Desk) -> None:
    assert [tree.read(lambda unit, id=id: height_of(unit, id)) for id in (1, 2, 3)] == [4, 3, 1]  # type: ignore[misc] # mypy knows no defaults of lambdas
    assert [task.number for task in tree.read(lambda unit: lineage_of(unit, 5))] == [5, 4, 2, 1]


def test_a_place_counts_the_parts_that_are_there(tree: Desk) -> None:
    assert tree.read(lambda unit: code_of(unit, 1)) == "1"
    assert tree.read(lambda unit: code_of(unit, 3)) == "1.2"
    assert tree.read(lambda unit: code_of(unit, 5)) == "1.1.1.1"


def test_a_lineage_ends_even_in_a_circle(tree: Desk) -> None:
    tree.write(lambda unit: unit.change(unit.must_get(Task, 1), parent_id=5))
    assert len(tree.read(lambda unit: lineage_of(unit, 5))) == DEPTH + 1


def test_a_lineage_of_nothing_is_empty(tree: Desk) -> None:
    assert tree.read(lambda unit: lineage_of(unit, 99)) == []
    assert tree.read(lambda unit: code_of(unit, 99)) == ""
