"""An operator at a terminal may speak for somebody, but neither decides nor spends in their name."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

import pytest

from bot.house import Done
from bot.verbs import _sender
from storage.approvals import approval_numbered
from storage.chats import all_chats
from storage.unit import Unit
from tests.support.house import ACCOUNTS, ROOMS, WAR_ROOM, Bot


async def spoken_for(bot: Bot, who: str, text: str) -> Done:
    event = bot.platform.event_of(ACCOUNTS[who], text, chat=ROOMS.get(WAR_ROOM, WAR_ROOM))
    return await bot.dispatch.handle(replace(event, sender=replace(event.sender, is_spoken_for=True)))


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("王建国", "同意 A-1"),
        ("王建国", "拒绝 A-1 太贵"),
        ("王建国", "转交审批 A-1 @赵敏"),
        ("Kate", "预算 营销 ¥200,000"),
        ("陈晨", "花费 ¥3,200 营销 达人样品"),
        ("陈晨", "底价 保温杯 ¥59"),
        ("陈晨", "审批限额 ¥10,000"),
        ("陈晨", "审批路线 费用 @王总"),
    ],
)
async def test_nobody_decides_or_spends_for_somebody_else(bot: Bot, who: str, text: str) -> None:
    await bot.say("李四", "审批 费用 ¥900 海报打印 @王总")
    done = await spoken_for(bot, who, text)
    assert done.result == "refused"

    def still(unit: Unit) -> tuple[str, int]:
        approval = approval_numbered(unit, 1)
        assert approval is not None
        return approval.state, approval.edition

    assert bot.read(still) == ("pending", 1)


async def test_what_binds_nobody_may_be_said_for_them(bot: Bot) -> None:
    assert (await spoken_for(bot, "李四", "任务 加 主图定稿")).result == "done"


@pytest.mark.parametrize(("workspace", "is_spoken_for"), [("main", True), ("demo", False)])
def test_at_a_terminal_main_knows_who_does_not_speak_themselves(bot: Bot, workspace: str, is_spoken_for: bool) -> None:
    def sender(unit: Unit) -> bool:
        chat = next(each for each in all_chats(unit) if each.title == WAR_ROOM)
        return _sender(unit, Namespace(name="李四", workspace=workspace), chat).is_spoken_for

    assert bot.read(sender) is is_spoken_for
