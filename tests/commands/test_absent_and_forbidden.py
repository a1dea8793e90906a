"""What is forbidden to somebody is answered as what is not there, on every way to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from storage.people import people_called
from storage.unit import Unit
from tests.support.house import WAR_ROOM, Bot, open_bot, shipped
from tests.support.store import HandClock


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
