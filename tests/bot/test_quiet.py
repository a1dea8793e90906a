"""Messages that wait for quiet hours: held in the outbox, joined when these end, never lost and never doubled."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import event, select

from bot.opening import open_for
from commands.core.gate import Gate
from commands.core.ports import Retry
from storage import mail
from storage.mail import OUTBOX
from storage.people import name_key, people_called
from storage.unit import Unit
from tests.fakes.memory import Shown
from tests.support.house import Bot, open_bot, told
from tests.support.store import HandClock

EVENING = datetime(2026, 11, 18, 13, tzinfo=UTC)
"""Nine in the evening in Shanghai, a Wednesday."""
MORNING = datetime(2026, 11, 19, 1, tzinfo=UTC)
"""Nine on the next day, when quiet hours end there."""
MINUTE = timedelta(minutes=1)


class Killed(Exception):
    """Stand for a process that ends in the middle of its transaction."""


async def given(bot: Bot, count: int, *, at: datetime = EVENING) -> None:
    """Have some tasks given to 李四 in the evening."""
    bot.clock.now = at - timedelta(hours=1, minutes=30)
    for number in range(1, count + 1):
        await bot.say("陈晨", f"任务 加 第{number}件")
    bot.clock.now = at
    for number in range(1, count + 1):
        await bot.say("陈晨", f"指派 T-{number} @李四")


def to_lisi(shown: list[Shown]) -> list[str]:
    return [told(each.reply) for each in shown if each.chat == "dm:lisi"]


def rows(bot: Bot) -> list[tuple[str, bool]]:
    """Give the state of each message to somebody who did not just act, and whether another one shows it."""

    def work(unit: Unit) -> list[tuple[str, bool]]:
        of_others = select(OUTBOX).where(OUTBOX.c.severity.is_not(None)).order_by(OUTBOX.c.seq)
        return [(row.state, row.merged_into is not None) for row in unit.connection.execute(of_others)]

    return bot.read(work)


async def test_what_waits_comes_when_the_hours_end_and_not_before(bot: Bot) -> None:
    await given(bot, 3)
    await bot.pass_time(MORNING - EVENING - timedelta(seconds=1))
    assert to_lisi(bot.platform.shown) == []
    assert rows(bot) == [("held", False)] * 3
    await bot.pass_time(timedelta(seconds=1))
    (joined,) = to_lisi(bot.platform.shown)
    assert "免打扰期间有 3 条消息" in joined
    assert all(f"T-{number} 第{number}件" in joined for number in (1, 2, 3))
    assert rows(bot) == [("merged", True)] * 3 + [("sent", False)]


async def test_many_are_counted_and_shown_in_full_when_asked(bot: Bot) -> None:
    await given(bot, 15)
    await bot.pass_time(MORNING - EVENING)
    (joined,) = to_lisi(bot.platform.shown)
    assert "还有 3 条" in joined
    heard = await bot.say("李四", "免打扰期间的消息", chat=None)
    assert all(f"第{number}件" in heard.text for number in range(1, 16))


async def test_a_kill_while_they_are_joined_loses_nothing_and_doubles_nothing(bot: Bot) -> None:
    await given(bot, 3)
    bot.clock.now = MORNING

    def killed(unit: Unit) -> None:
        joined = opened(bot, unit)
        assert joined == 1, "it had come as far as writing the message"
        raise Killed

    with pytest.raises(Killed):
        await bot.store.write(bot.workspace, killed)
    assert rows(bot) == [("held", False)] * 3
    await bot.tick()
    assert len(to_lisi(bot.platform.shown)) == 1


async def test_what_waits_outlives_a_restart(house_url: str, clock: HandClock) -> None:
    async with open_bot(house_url, clock) as first:
        await given(first, 2)
    clock.now = MORNING + 2 * MINUTE
    async with open_bot(house_url, clock) as second:
        await second.tick()
        assert len(to_lisi(second.platform.shown)) == 1
        await second.tick()
        assert len(to_lisi(second.platform.shown)) == 1


def opened(bot: Bot, unit: Unit) -> int:
    """Open for all whose time has come, as the clock of one process does."""
    receivers = mail.opening(unit, most=100)
    limits = {bot.platform.name: bot.platform.limits}
    written = open_for(
        unit,
        receivers,
        workspace=bot.workspaces["main"],
        languages=bot.languages,
        limits=limits,
        lease_token=None,
    )
    return len(written)


async def test_two_processes_join_them_once(each_house_url: str, clock: HandClock) -> None:
    async with open_bot(each_house_url, clock) as one:
        await given(one, 4)
        if one.store.is_embedded:
            return  # a file has one process
        async with open_bot(each_house_url, clock) as other:
            clock.now = MORNING
            await asyncio.gather(
                *(each.store.write(each.workspace, partial(opened, each)) for each in (one, other) for _ in range(4))
            )
            await one.settle()
            await other.settle()
            shown = [*to_lisi(one.platform.shown), *to_lisi(other.platform.shown)]
        assert len(shown) == 1
        assert rows(one) == [("merged", True)] * 4 + [("sent", False)]


async def test_what_could_not_be_sent_in_time_waits_for_the_morning(bot: Bot) -> None:
    before = EVENING - timedelta(hours=1, minutes=1)
    bot.platform.fail(Retry("busy", after_s=120), when=lambda each: each.operation == "direct")
    bot.clock.now = before
    await bot.say("陈晨", "任务 加 主图")
    await bot.say("陈晨", "指派 T-1 @李四")
    await bot.pass_time(3 * MINUTE)
    assert to_lisi(bot.platform.shown) == [] and rows(bot) == [("held", False)]
    await bot.pass_time(MORNING - before)
    assert len(to_lisi(bot.platform.shown)) == 1


async def test_new_hours_hold_longer_or_shorter(bot: Bot) -> None:
    await given(bot, 1)
    await bot.say("李四", "免打扰 20:00-10:00", chat=None)
    await bot.pass_time(MORNING - EVENING)
    assert rows(bot) == [("held", False)]
    await bot.say("李四", "免打扰 20:00-9:30", chat=None)
    await bot.pass_time(timedelta(minutes=30))
    assert rows(bot) == [("sent", False)]


async def test_hours_that_are_taken_back_hold_again(bot: Bot) -> None:
    bot.clock.now = EVENING
    await bot.say("李四", "免打扰 20:00-10:00", chat=None)
    await given(bot, 1, at=EVENING + 2 * MINUTE)
    bot.clock.now = EVENING + 3 * MINUTE
    await bot.say("李四", "撤销", chat=None)
    await bot.pass_time(timedelta(hours=14))
    assert rows(bot) == [("sent", False)]


async def test_levels_leave_out_what_is_not_wanted(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图 @李四")
    for name, level in (("王五", "安静"), ("赵敏", "正常"), ("周涛", "积极")):
        await bot.say(name, "关注 T-1")
        await bot.say(name, f"提醒力度 {level}", chat=None)
    moved = await bot.say("陈晨", "延到 T-1 周五")
    assert {each.chat for each in moved.shown if each.chat[:3] == "dm:"} == {"dm:zhoutao"}
    finished = await bot.say("陈晨", "完成 T-1")
    assert {each.chat for each in finished.shown if each.chat[:3] == "dm:"} == {"dm:zhaomin", "dm:zhoutao"}


async def test_a_digest_waits_for_the_quiet_hours_of_its_chat(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图 @李四")
    await bot.say("陈晨", "周报 周四 9:00")
    await bot.say("陈晨", "本群免打扰 20:00-10:00")
    heard = await bot.pass_time(timedelta(hours=23, minutes=30))  # half past nine on the next day
    assert not [each for each in heard.posts if "周报" in told(each.reply)]
    heard = await bot.pass_time(timedelta(minutes=30))
    assert [each for each in heard.posts if "周报" in told(each.reply)]


async def test_a_message_costs_one_statement_more_than_its_accounts(bot: Bot) -> None:
    statements: list[str] = []

    def asked(unit: Unit) -> list[int]:
        event.listen(unit.connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
        (person,) = people_called(unit, ["李四"])[name_key("李四")]
        gate, counted = Gate(unit, bot.workspaces["main"]), []
        for severity in ("personal", "news"):
            before = len(statements)
            gate.decide(person, severity)
            counted.append(len(statements) - before)
        return counted

    assert bot.read(asked) == [2, 0], "their accounts with what they wish; and the special days of the year"
