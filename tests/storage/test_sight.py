"""Every read is narrowed to what one person may see, under whatever name a statement calls the table."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import exists, func, select

from storage.chats import Project
from storage.columns import WORKSPACE
from storage.people import add_person
from storage.roles import give_role, roles_in, roles_of
from storage.sight import Guard, Sight, is_own
from storage.tasks import COMMENT, TASK, Comment, Task, counts_of, list_tasks, task_numbered
from storage.unit import Unit
from tests.support.store import Desk

GUARDS = (Guard(Task, frozenset({"member"}), frozenset({"own-only"})),)
_TITLES = select(TASK.c.title).where(TASK.c.workspace_id == WORKSPACE).order_by(TASK.c.id)
_OTHER = TASK.alias("other")
_PAIRS = (
    select(TASK.c.title, _OTHER.c.title)
    .outerjoin(_OTHER, _OTHER.c.number == TASK.c.number + 1)
    .where(TASK.c.workspace_id == WORKSPACE)
    .order_by(TASK.c.id)
)
_WITH_TASK = select(func.count(COMMENT.c.id)).where(
    COMMENT.c.workspace_id == WORKSPACE, exists(select(TASK.c.id).where(TASK.c.id == COMMENT.c.task_id))
)
_COMMENTS = select(COMMENT.c.text).where(COMMENT.c.workspace_id == WORKSPACE).order_by(COMMENT.c.id)


@dataclass(frozen=True)
class Made:
    person: int
    mine: int
    other: int


@pytest.fixture
def made(desk: Desk) -> Made:
    """Fill two projects: T-1 owned by her, T-2 made by her, T-3 and T-4 another's, T-5 hers in no project."""

    def work(unit: Unit) -> Made:
        she, he = add_person(unit, name="李娜").id, add_person(unit, name="王五").id
        mine, other = unit.add(Project, name="双11").id, unit.add(Project, name="日常").id
        places = ((mine, she, he), (mine, None, she), (mine, he, he), (other, he, None), (None, she, she))
        for number, (project, owner, creator) in enumerate(places, 1):
            task = unit.add(
                Task, number=number, title=f"T-{number}", project_id=project, owner_id=owner, creator_id=creator
            )
            unit.add(Comment, task_id=task.id, author_id=he, text=f"on T-{number}")
        return Made(she, mine, other)

    return desk.write(work)


def seen(desk: Desk, person: int, role: str, loose: str | None = None) -> list[str]:
    def look(unit: Unit) -> list[str]:
        unit.sight = Sight(person, role, loose or role, GUARDS)
        return [row.title for row in unit.rows(_TITLES)]

    return desk.read(look)


@pytest.mark.parametrize(
    ("role", "titles"),
    [
        ("member", ["T-1", "T-2", "T-3", "T-4", "T-5"]),
        ("own-only", ["T-1", "T-2", "T-5"]),
        ("guest", []),
        ("no such role", []),
    ],
)
def test_a_role_sees_what_is_open_to_it(desk: Desk, made: Made, role: str, titles: list[str]) -> None:
    assert seen(desk, made.person, role) == titles


def test_a_project_lets_somebody_in_or_shuts_them_out(desk: Desk, made: Made) -> None:
    desk.write(lambda unit: give_role(unit, project=made.other, person=made.person, role="member"))
    assert seen(desk, made.person, "own-only") == ["T-1", "T-2", "T-4", "T-5"]
    assert seen(desk, made.person, "guest", "own-only") == ["T-4", "T-5"]
    desk.write(lambda unit: give_role(unit, project=made.other, person=made.person, role="guest"))
    assert seen(desk, made.person, "member") == ["T-1", "T-2", "T-3", "T-5"]
    assert desk.read(lambda unit: roles_of(unit, made.person)) == {made.other: "guest"}
    assert desk.read(lambda unit: roles_in(unit, made.other)) == {made.person: "guest"}


def test_it_reaches_single_reads_counts_joins_and_parts(desk: Desk, made: Made) -> None:
    def look(unit: Unit) -> None:
        unit.sight = Sight(made.person, "own-only", "own-only", GUARDS)
        assert task_numbered(unit, 3) is None and unit.get(Task, 3) is None
        assert task_numbered(unit, 2) is not None and unit.get(Task, 1) is not None
        assert counts_of(unit, made.mine).open == 2
        listed = list_tasks(unit, whose="project", id=made.mine, which="open", most=9)
        assert [task.number for task in listed] == [1, 2]
        pairs = [("T-1", "T-2"), ("T-2", None), ("T-5", None)]
        assert [tuple(row) for row in unit.rows(_PAIRS)] == pairs
        assert unit.rows(_WITH_TASK)[0][0] == 3
        assert [row.text for row in unit.rows(_COMMENTS)] == ["on T-1", "on T-2", "on T-5"]
        with unit.unbounded():
            assert unit.get(Task, 3) is not None
        assert unit.get(Task, 3) is None

    desk.read(look)


def test_own_is_what_one_owns_or_made(desk: Desk, made: Made) -> None:
    def look(unit: Unit) -> list[bool]:
        return [is_own(unit, unit.must_get(Task, id), made.person) for id in (1, 2, 3)]

    assert desk.read(look) == [True, True, False]
