"""Who may do what: the matrix, the roles of projects, and that what is forbidden is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from commands.core.access import (
    ALL,
    LEFT,
    MATRIX,
    holders,
    is_known,
    may,
    may_somewhere,
    rights_of,
    sight,
    standing,
)
from storage.chats import Project
from storage.people import Person, add_person, people_called
from storage.roles import give_role
from storage.tasks import Task
from storage.unit import Unit
from tests.support.house import WAR_ROOM, Bot, open_bot, shipped
from tests.support.store import Desk, HandClock


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
        return [there.role, beside.role, rights_of(unit, she, here=None).role]

    assert with_role(sqlite_desk, "member", look) == ["lead", "member", "member"]
    assert with_role(sqlite_desk, "guest", look) == ["lead", "guest", "own-only"]
    assert with_role(sqlite_desk, "budget-only", look) == ["lead", "budget-only", "budget-only"]
    assert with_role(sqlite_desk, "admin", look_at_admin(project)) == "admin"


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


def test_every_role_of_the_matrix_is_known() -> None:
    assert all((line.to | line.on_own) <= ALL | {LEFT} and not line.to & line.on_own for line in MATRIX.values())


# What people see of it.


async def narrowed(bot: Bot, name: str, role: str = "own-only") -> None:
    """Give somebody a role, past all commands."""
    work: Callable[[Unit], object] = lambda unit: unit.change(people_called(unit, [name])[name][0], role=role)  # noqa: E731 - typed
    await bot.store.write(bot.workspace, work)


@pytest.mark.parametrize("text", ["看 {}", "完成 {}", "延到 {} 周五", "备注 {} 好", "指派 {} @王五", "归档 {}"])
async def test_what_is_anothers_is_answered_as_what_is_absent(bot: Bot, text: str) -> None:
    await bot.say("陈晨", "任务 加 主图 @王五")
    await narrowed(bot, "李四")
    others = await bot.say("李四", text.format("T-1"))
    absent = await bot.say("李四", text.format("T-7"))
    assert others.text == absent.text.replace("T-7", "T-1")
    assert "没有" in others.text and bot.task(1).version == 1
    assert len(others.shown) == len(absent.shown) == 1


async def test_a_press_on_anothers_card_does_nothing(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图 @王五")
    await narrowed(bot, "李四")
    heard = await bot.press("李四", "完成", on="T-1")
    assert heard.done is not None and heard.done.result == "refused"
    assert bot.task(1).status == "todo" and heard.edits == []
    await bot.press("李四", "改日期…", on="T-1")
    heard = await bot.submit("李四", {"due": "周五"})
    assert bot.task(1).version == 1


async def test_what_they_work_on_with_its_owner_is_theirs_to_see(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图 @王五")
    await bot.say("陈晨", "协作 T-1 @李四")
    await narrowed(bot, "李四")
    assert "主图" in (await bot.say("李四", "看 T-1")).text
    heard = await bot.say("李四", "备注 T-1 素材好了")
    assert heard.done is not None and heard.done.result == "done"
    await bot.say("陈晨", "退出协作 T-1 @李四")
    assert "没有" in (await bot.say("李四", "看 T-1")).text


async def test_lists_and_status_hold_only_their_own(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 海报 @王五 周五")
    await bot.say("陈晨", "任务 加 打包 @李四 周五")
    await narrowed(bot, "李四")
    for text in ("任务 全部", "任务 @王五", "进度", "我的一天"):
        heard = await bot.say("李四", text)
        assert heard.done is not None and heard.done.result == "done"
        assert "海报" not in heard.text and "T-1" not in heard.text
    assert "打包" in (await bot.say("李四", "任务 全部")).text


async def test_undo_is_held_to_the_rights_of_its_moment(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图 @王五")
    await bot.say("李四", "完成 T-1")
    await narrowed(bot, "李四")
    heard = await bot.press("李四", "撤销", chat=WAR_ROOM)
    assert heard.done is not None and heard.done.result == "refused"
    assert "T-1" not in heard.text and bot.task(1).status == "done"
    await narrowed(bot, "李四", "member")
    await bot.press("李四", "撤销", chat=WAR_ROOM)
    assert bot.task(1).status == "todo"


async def test_what_they_gave_away_they_may_take_back(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图 @李四")
    await narrowed(bot, "李四")
    await bot.say("李四", "指派 T-1 @王五")
    assert "没有" in (await bot.say("李四", "看 T-1")).text
    await bot.say("李四", "撤销")
    assert "T-1" in (await bot.say("李四", "看 T-1")).text


def test_who_stands_above_projects_stays_so_whatever_a_project_says(sqlite_desk: Desk) -> None:
    lead = sqlite_desk.write(lambda unit: add_person(unit, name="李娜", role="lead"))
    assert standing(lead, "guest") == "lead"


async def test_to_see_an_object_is_not_to_be_let_do_everything_to_it(house_url: str, clock: HandClock) -> None:
    registry, _ = shipped()
    stricter = {**registry.commands, "task show": replace(registry.commands["task show"], may="chat.settings")}
    async with open_bot(house_url, clock, registry=replace(registry, commands=stricter)) as bot:
        await bot.say("陈晨", "任务 加 主图 @李四")
        await bot.say("陈晨", "角色 @李四 负责人 本项目 确认", chat="日常运营")
        heard = await bot.say("李四", "看 T-1")
        assert heard.done is not None and heard.done.result == "refused" and "主图" not in heard.text
        assert "主图" in (await bot.say("陈晨", "看 T-1")).text


async def test_a_request_is_granted_only_by_who_may_at_the_moment_of_the_press(bot: Bot) -> None:
    await bot.say("陈晨", "角色 @李四 负责人 本项目 确认")
    await bot.say("小周", "请求加入")
    await bot.say("陈晨", "角色 @李四 成员 本项目 确认")
    await bot.say("陈晨", "角色 @李四 负责人 本项目 确认", chat="日常运营")
    heard = await bot.press("李四", "批准为成员")
    assert heard.done is not None and heard.done.result == "refused"
    assert "访客" in (await bot.say("小周", "我的任务")).text
