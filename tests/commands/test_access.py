"""Who may do what: the matrix, the roles of projects, and that what is forbidden is not there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from commands.core.access import (
    ALL,
    LEFT,
    MATRIX,
    best_role,
    holders,
    is_known,
    knows_of,
    may,
    may_in,
    may_somewhere,
    people_who_may,
    rank,
    rights_of,
    sight,
    sight_aloud,
    sight_of_all,
    standing,
)
from storage.chats import Project, open_chat
from storage.people import Person, add_person, people_called
from storage.roles import give_role
from storage.tasks import Task
from storage.unit import Unit
from tests.support.store import Desk


@pytest.fixture
def tasks(sqlite_desk: Desk) -> tuple[Task, Task, int, int]:
    """Make two tasks in a project, the first of them hers, and a project beside it."""

    def work(unit: Unit) -> tuple[Task, Task, int, int]:
        she = add_person(unit, name="李娜", role="own-only")
        project, other = (unit.add(Project, name=name).id for name in ("双11", "日常"))
        mine = unit.add(Task, number=1, title="主图", project_id=project, owner_id=she.id)
        return mine, unit.add(Task, number=2, title="打包", project_id=project), project, other

    return sqlite_desk.write(work)


def with_role(desk: Desk, role: str, look: Callable[[Unit, Person], object]) -> object:
    """Give 李娜 a role and ask something as her."""

    def work(unit: Unit) -> object:
        she = people_called(unit, ["李娜"])["李娜"][0]
        return look(unit, unit.change(she, role=role))

    return desk.write(work)


def test_own_only_may_work_on_their_own_and_on_nothing_else(
    sqlite_desk: Desk, tasks: tuple[Task, Task, int, int]
) -> None:
    mine, others, project, _ = tasks

    def look(unit: Unit, she: Person) -> list[bool]:
        rights = rights_of(unit, she, here=project)
        return [may(rights, "task.edit"), may(rights, "task.edit", mine), may(rights, "task.edit", others)]

    assert with_role(sqlite_desk, "own-only", look) == [True, True, False]
    assert with_role(sqlite_desk, "member", look) == [True, True, True]
    assert with_role(sqlite_desk, "guest", look) == [False, False, False]
    assert with_role(sqlite_desk, "no such role", look) == [False, False, False]


def test_an_action_or_kind_that_is_not_listed_is_refused_to_all(
    sqlite_desk: Desk, tasks: tuple[Task, Task, int, int]
) -> None:
    def look(unit: Unit, she: Person) -> list[bool]:
        rights = rights_of(unit, she, here=None)
        return [may(rights, "task.destroy"), may(rights, "task.destroy", tasks[0]), may_somewhere(rights, "")]

    assert with_role(sqlite_desk, "admin", look) == [False, False, False]
    assert not is_known("task.destroy") and holders("task.destroy") == frozenset()


def test_a_projects_role_counts_there_and_only_there(sqlite_desk: Desk, tasks: tuple[Task, Task, int, int]) -> None:
    _, others, project, other = tasks

    def look(unit: Unit, she: Person) -> list[object]:
        give_role(unit, project=project, person=she.id, role="lead")
        there, beside = (rights_of(unit, she, here=each) for each in (project, other))
        project_row, other_row = unit.must_get(Project, project), unit.must_get(Project, other)
        assert [may(beside, "chat.settings", each) for each in (project_row, other_row)] == [True, False]
        assert may_somewhere(beside, "chat.settings") and may(beside, "task.edit", others)
        assert [may_in(beside, "chat.settings", each) for each in (project, other, None)] == [True, False, False]
        return [there.role, beside.role, rights_of(unit, she, here=None).role]

    assert with_role(sqlite_desk, "member", look) == ["lead", "member", "member"]
    assert with_role(sqlite_desk, "guest", look) == ["lead", "guest", "own-only"]
    assert with_role(sqlite_desk, "budget-only", look) == ["lead", "budget-only", "budget-only"]
    assert with_role(sqlite_desk, "admin", look_at_admin(project)) == "admin"


def test_who_may_do_it_may_not_where_it_is_confidential(sqlite_desk: Desk, tasks: tuple[Task, Task, int, int]) -> None:
    mine, others, project, _ = tasks

    def look(unit: Unit, she: Person) -> list[bool]:
        kept = [unit.change(each, is_confidential=True) for each in (mine, others)]
        return [may(rights_of(unit, she, here=project), "task.edit", each) for each in kept]

    assert with_role(sqlite_desk, "member", look) == [True, False]
    assert with_role(sqlite_desk, "lead", lambda unit, she: may(rights_of(unit, she, here=None), "task.edit", others))


def look_at_admin(project: int) -> Callable[[Unit, Person], object]:
    def look(unit: Unit, she: Person) -> object:
        give_role(unit, project=project, person=she.id, role="guest")
        return rights_of(unit, she, here=project).role

    return look


def test_who_has_left_is_nothing_anywhere(sqlite_desk: Desk, tasks: tuple[Task, Task, int, int]) -> None:
    def look(unit: Unit, she: Person) -> list[object]:
        give_role(unit, project=tasks[2], person=she.id, role="lead")
        rights = rights_of(unit, unit.archive(she), here=tasks[2])
        unit.sight = sight(rights, [Task])
        return [rights.role, may(rights, "task.view"), may(rights, "own.help"), unit.get(Task, tasks[0].id)]

    assert with_role(sqlite_desk, "admin", look) == [LEFT, False, True, None]


@pytest.mark.parametrize("role", ["admin", "lead", "member", "finance"])
def test_who_sees_everything_reads_without_a_narrowing(
    sqlite_desk: Desk, tasks: tuple[Task, Task, int, int], role: str
) -> None:
    def look(unit: Unit, she: Person) -> object:
        return sight(rights_of(unit, she, here=None), [Task])

    assert with_role(sqlite_desk, role, look) is None

    def shut_out(unit: Unit, she: Person) -> object:
        give_role(unit, project=tasks[2], person=she.id, role="guest")
        return sight(rights_of(unit, she, here=None), [Task]) is None

    assert with_role(sqlite_desk, role, shut_out) is (role in ("admin", "lead"))


def test_what_is_confidential_is_there_for_who_has_a_part_in_it_and_never_aloud(
    sqlite_desk: Desk, tasks: tuple[Task, Task, int, int]
) -> None:
    def look(unit: Unit, she: Person) -> None:
        room = open_chat(
            unit, project_name=None, kind="group", title="Room", platform="x", app="x", tenant="x", native="r"
        )
        hers = rights_of(unit, she, here=None)
        assert knows_of(hers, tasks[0]) and sight_of_all(unit, [Task], room) is None is sight_aloud(hers, [Task], room)
        secret = unit.change(tasks[0], is_confidential=True)
        others = rights_of(unit, add_person(unit, name="王五", role="member"), here=None)
        assert knows_of(hers, secret) and not knows_of(others, secret) and knows_of(others, tasks[1])
        assert may(hers, "task.edit", secret) and not may(others, "task.edit", secret)
        for aloud in (
            sight_of_all(unit, [Task], room),
            sight_of_all(unit, [Task], None),
            sight_aloud(hers, [Task], room),
        ):
            unit.sight = aloud
            assert (unit.get(Task, secret.id), unit.get(Task, tasks[1].id)) == (None, tasks[1])

    with_role(sqlite_desk, "member", look)


def test_every_role_of_the_matrix_is_known() -> None:
    assert all((line.to | line.on_own) <= ALL | {LEFT} and not line.to & line.on_own for line in MATRIX.values())


def test_who_stands_above_projects_stays_so_whatever_a_project_says(sqlite_desk: Desk) -> None:
    lead = sqlite_desk.write(lambda unit: add_person(unit, name="李娜", role="lead"))
    assert standing(lead, "guest") == "lead"


def test_who_may_help_is_listed_with_the_leads_first(sqlite_desk: Desk, tasks: tuple[Task, Task, int, int]) -> None:
    def look(unit: Unit, she: Person) -> list[list[str]]:
        project = tasks[2]
        for name, role in (("王五", "admin"), ("Ann", "member"), ("Kate", "lead"), ("Bob", "guest")):
            person = add_person(unit, name=name, role=role)
            if name == "Ann":
                give_role(unit, project=project, person=person.id, role="lead")
        here, nowhere = (rights_of(unit, she, here=each) for each in (project, None))
        return [[each.name for each in people_who_may(rights, "chat.settings")] for rights in (here, nowhere)]

    assert with_role(sqlite_desk, "guest", look) == [["Ann", "Kate", "王五"], ["Kate", "王五"]]
    assert with_role(sqlite_desk, "lead", lambda unit, she: she.name not in look(unit, she)[0]) is True


def test_of_several_roles_the_one_that_may_most_is_best() -> None:
    assert [best_role("guest", "finance"), best_role("member", "own-only", "lead")] == ["finance", "lead"]
    assert rank("admin") == 0 and rank("no such role") > max(map(rank, ALL))
