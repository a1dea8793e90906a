"""Search: two characters are found, in what is there now, and in nobody else's workspace."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from storage.people import add_person
from storage.search import rows_titled, rows_with, sought
from storage.tasks import Comment, Task
from storage.terms import TERM, index_all, pairs_of
from storage.unit import Unit
from storage.workspaces import found_workspace
from tests.support.store import Desk

NUMBERS: Iterator[int] = count(1)


def add(desk: Desk, title: str, labels: tuple[str, ...] = ()) -> Task:
    return desk.write(lambda unit: unit.add(Task, number=next(NUMBERS), title=title, labels=list(labels)))


def found(desk: Desk, text: str, kind: str = "task") -> list[int]:
    return desk.read(lambda unit: rows_with(unit, kind, sought(text)))


@pytest.mark.parametrize(
    "text", ["主图", "图定", "定稿", "主图定稿", "首焦 定稿", "BANNER", "ｂａｎｎｅｒ", "anne", "v2"]
)
def test_any_two_characters_are_found(desk: Desk, text: str) -> None:
    task = add(desk, "首焦主图定稿 Banner v2")
    add(desk, "详情页")
    assert found(desk, text) == [task.id]


@pytest.mark.parametrize("text", ["图主", "稿v", "图", "", "!!", "主图详情"])
def test_what_is_not_there_is_not_found(desk: Desk, text: str) -> None:
    add(desk, "首焦主图定稿 v2")
    assert found(desk, text) == []


def test_the_newest_come_first_and_the_whole_title_is_found_at_once(desk: Desk) -> None:
    exact, longer, newest = add(desk, "主图"), add(desk, "主图定稿"), add(desk, "改主图")
    assert found(desk, "主图") == [newest.id, longer.id, exact.id]
    assert desk.read(lambda unit: rows_titled(unit, "task", sought(" 主图 "), most=5)) == [exact.id]


def test_a_new_title_is_found_and_the_old_one_is_not(desk: Desk) -> None:
    task = add(desk, "主图定稿", labels=("设计",))
    changed = desk.write(lambda unit: unit.change(task, title="海报定稿", labels=["运营"]))
    assert [found(desk, text) for text in ("主图", "设计", "海报", "定稿", "运营")] == [[], [], *[[task.id]] * 3]
    desk.write(lambda unit: unit.restore(changed, title="主图定稿", labels=["设计"]))
    assert [found(desk, text) for text in ("主图", "设计", "海报")] == [[task.id], [task.id], []]


def test_rows_of_other_kinds_are_found_by_their_kind(desk: Desk) -> None:
    task = add(desk, "详情页")
    comment = desk.write(lambda unit: unit.add(Comment, task_id=task.id, text="主图换成红色"))
    person = desk.write(lambda unit: add_person(unit, name="张主图"))
    assert (found(desk, "主图"), found(desk, "主图", "comment"), found(desk, "主图", "person")) == (
        [],
        [comment.id],
        [person.id],
    )


def test_many_rows_added_at_once_are_found(desk: Desk) -> None:
    rows = [{"number": 500 + number, "title": f"主图{number:02d}"} for number in range(20)]
    ids = desk.write(lambda unit: unit.add_all(Task, rows))
    assert found(desk, "主图") == ids[::-1]


def test_nothing_of_another_workspace_is_found(desk: Desk) -> None:
    add(desk, "主图定稿")
    other = desk.write(lambda unit: found_workspace(unit, name="demo", language="zh", timezone="UTC"))
    assert found(Desk(desk.store, other, desk.clock), "主图") == []


def test_the_index_made_anew_is_the_one_that_was_kept(desk: Desk) -> None:
    task = add(desk, "首焦主图定稿", labels=("设计",))
    desk.write(lambda unit: unit.add(Comment, task_id=task.id, text="主图换成红色"))
    desk.write(lambda unit: unit.change(task, title="海报主图"))

    def kept(unit: Unit) -> list[tuple[object, ...]]:
        mine = TERM.select().where(TERM.c.workspace_id == unit.workspace)
        return sorted(tuple(row) for row in unit.connection.execute(mine))

    def again(unit: Unit) -> list[tuple[object, ...]]:
        unit.connection.execute(TERM.delete().where(TERM.c.workspace_id == unit.workspace))
        index_all(unit.connection, unit.workspace)
        return kept(unit)

    before = desk.read(kept)
    assert before and desk.write(again) == before


def test_pairs_stay_within_words() -> None:
    assert pairs_of("主图, v2！a") == {"主图", "v2"}
