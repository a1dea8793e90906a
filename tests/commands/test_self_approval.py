"""Nobody approves what they ask for, by whichever of eight ways; each time they are told why. Through dispatch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from storage.approvals import approval_numbered, votes_of
from storage.people import people_called
from storage.unit import Unit
from tests.commands.test_accounts import linked
from tests.support.house import ACCOUNTS, ROOM_ELSEWHERE, ROOMS, Bot, told

Way = Callable[[Bot], Awaitable[str]]
ASKS, DECIDES = "李四", "王建国"


async def by_a_second_account(bot: Bot) -> str:
    """Ask as one account, and agree as another that is known to be the same person's."""
    await linked(bot, ASKS)
    return (await bot.say(ASKS, "同意 A-1", chat=ROOM_ELSEWHERE, on=bot.second)).text


async def by_standing_in(bot: Bot) -> str:
    await bot.say(DECIDES, f"请假 今天 B角=@{ASKS}")
    return (await bot.press(ASKS, "同意", on="A-1")).text


async def by_editing_the_list(bot: Bot) -> str:
    refused = await bot.say(ASKS, f"加签 A-1 @{ASKS}")
    assert "李四是 A-1 的申请人，不能自己批" in refused.text
    return (await bot.press(ASKS, "同意", on="A-1")).text


async def by_editing_the_amount(bot: Bot) -> str:
    await bot.say(ASKS, "改审批 A-1 ¥2")
    return (await bot.say(ASKS, "改金额同意 A-1 ¥1")).text


async def by_an_old_card(bot: Bot) -> str:
    message, button = bot.button(DECIDES, "同意", on="A-1")
    await bot.say(ASKS, "改审批 A-1 ¥2")
    return await pressed(bot, message, button)


async def by_a_forwarded_card(bot: Bot) -> str:
    """Forward the card into another chat, and press it there: the callback names another message and chat."""
    message, button = bot.button(DECIDES, "同意", on="A-1")
    bot.platform.messages["copy"] = replace(bot.platform.messages[message], id="copy", chat=ROOMS["日常运营"])
    return await pressed(bot, "copy", button)


async def by_another_name(bot: Bot) -> str:
    def rename(unit: Unit) -> None:
        (person,) = people_called(unit, [ASKS])[ASKS]
        unit.change(person, name=DECIDES)

    bot.store.write_now(bot.workspace, rename)
    return (await bot.press(ASKS, "同意", on="A-1")).text


async def by_being_taken_off_and_on(bot: Bot) -> str:
    await bot.say(ASKS, f"加签 A-1 @{ASKS}")
    await bot.say(ASKS, f"减签 A-1 @{ASKS}")
    await bot.say(DECIDES, f"加签 A-1 @{ASKS}")
    return (await bot.press(ASKS, "同意", on="A-1")).text


async def pressed(bot: Bot, message: str, button: object) -> str:
    """Have who asks press a button, and give what they are shown."""
    await bot.platform.press(ACCOUNTS[ASKS], message, button)  # type: ignore[arg-type] # as it was drawn
    await bot.settle()
    return told(bot.platform.saw(ACCOUNTS[ASKS])[-1].reply)


WAYS = [
    by_a_second_account, by_standing_in, by_editing_the_list, by_editing_the_amount, by_an_old_card,
    by_a_forwarded_card, by_another_name, by_being_taken_off_and_on,
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
async def test_whoever_asks_is_refused_and_told_why(bot: Bot, way: Way) -> None:
    await bot.say(ASKS, f"审批 费用 ¥30,000 追加抖音投放 @{DECIDES}")
    assert "A-1 是你自己提交的，要由别人审批" in await way(bot)
    assert state(bot) == ("pending", 0)
    await bot.say(DECIDES, "同意 A-1")
    assert state(bot) == ("approved", 1)


def state(bot: Bot) -> tuple[str, int]:
    """Tell what became of it, and how many votes it has."""

    def look(unit: Unit) -> tuple[str, int]:
        approval = approval_numbered(unit, 1)
        assert approval is not None
        return approval.state, len(votes_of(unit, approval.id))

    return bot.read(look)
