"""The first admin's code: once, to the bot alone, for a day, and written down nowhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from commands.claims import new_code
from storage.mail import INBOX
from storage.people import people_called
from storage.unit import Unit
from tests.support.house import WAR_ROOM, Bot


@pytest.fixture
async def code(bot: Bot) -> str:
    """Make a code, as the first start does, where nobody is admin."""

    def demote(unit: Unit) -> None:
        unit.change(people_called(unit, ["王建国"])["王建国"][0], role="lead")

    await bot.store.write(bot.workspace, demote)
    made = await bot.store.write(bot.workspace, new_code)
    assert made is not None
    return made


def role(bot: Bot, name: str) -> str:
    return bot.read(lambda unit: people_called(unit, [name])[name][0].role)


async def test_who_says_the_code_to_the_bot_alone_is_the_admin(bot: Bot, code: str) -> None:
    assert await bot.store.write(bot.workspace, new_code) is None
    await bot.say("李四", f"认领码 {code.lower().replace('-', ' ')}", chat=None)
    assert role(bot, "李四") == "admin"
    heard = await bot.say("王五", f"claim {code}", chat=None)
    assert role(bot, "王五") == "member" and heard.done is not None and heard.done.result == "refused"
    assert await bot.store.write(bot.workspace, new_code) is None

    def stored(unit: Unit) -> str:
        return str(unit.connection.execute(select(INBOX.c.args, INBOX.c.reply)).all())

    assert code not in bot.read(stored) and "…" in bot.read(stored)


async def test_said_in_a_group_it_is_void_and_nobody_learns_whether_it_was_good(bot: Bot, code: str) -> None:
    wrong = await bot.say("李四", "claim 0000-0000-0000-0000")
    good = await bot.say("李四", f"claim {code}")
    assert wrong.text == good.text and good.posts == []
    await bot.say("李四", f"claim {code}", chat=None)
    assert role(bot, "李四") == "member"
    assert await bot.store.write(bot.workspace, new_code) is not None


async def test_it_runs_out_after_a_day(bot: Bot, code: str) -> None:
    await bot.pass_time(timedelta(hours=24, minutes=1))
    await bot.say("李四", f"claim {code}", chat=None)
    assert role(bot, "李四") == "member"


async def test_five_wrong_ones_in_an_hour_are_enough(bot: Bot, code: str) -> None:
    for _ in range(5):
        await bot.say("李四", "claim 0000-0000-0000-0000", chat=None)
    assert "太多" in (await bot.say("李四", f"认领码 {code}", chat=None)).text
    assert role(bot, "李四") == "member"
    await bot.pass_time(timedelta(hours=1, minutes=1))
    await bot.say("李四", f"认领码 {code}", chat=None)
    assert role(bot, "李四") == "admin"


async def test_the_only_admin_cannot_be_removed_or_demoted(bot: Bot, code: str) -> None:
    await bot.say("李四", f"认领码 {code}", chat=None)
    for text in ("离开 全局 确认", "角色 @李四 成员 全局 确认", "移除 @李四 全局 确认"):
        assert "唯一的管理员" in (await bot.say("李四", text, chat=WAR_ROOM)).text
    await bot.say("李四", "角色 @王五 管理员 全局 确认")
    await bot.say("李四", "角色 @李四 成员 全局 确认")
    assert (role(bot, "李四"), role(bot, "王五")) == ("member", "admin")
    heard = await bot.say("李四", "角色 @王五 成员 全局 确认")
    assert role(bot, "王五") == "admin" and heard.done is not None and heard.done.result == "refused"


async def test_who_was_taken_out_of_everything_is_nobody_at_once(bot: Bot, code: str) -> None:
    await bot.say("李四", f"认领码 {code}", chat=None)
    await bot.say("陈晨", "任务 加 海报 @王五")
    await bot.say("李四", "移除 @王五 全局 确认")
    heard = await bot.say("王五", "完成 T-1")
    assert bot.task(1).status == "todo" and heard.done is not None and heard.done.result == "refused"
    assert "已离开" in (await bot.say("陈晨", "看 T-1")).text
    await bot.say("李四", "撤销")
    await bot.say("王五", "完成 T-1")
    assert bot.task(1).status == "done"


async def test_once_there_is_an_admin_no_code_makes_another(bot: Bot, code: str) -> None:
    def grant(unit: Unit) -> None:
        unit.change(people_called(unit, ["王五"])["王五"][0], role="admin")

    await bot.store.write(bot.workspace, grant)
    await bot.say("李四", f"claim {code}", chat=None)
    assert role(bot, "李四") == "member"
