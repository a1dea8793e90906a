"""The outbox pump: at least once, in order per lane, one edit for a burst, and what becomes of refusals."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.delivery import Delivery
from commands.core.context import View
from commands.core.ports import Gone, Limits, Outgoing, Retry, Unsure
from commands.core.reply import Reply
from storage import mail
from storage.mail import OUTBOX
from storage.tasks import Task
from storage.unit import Unit
from tests.fakes.memory import Shown
from tests.support.house import ACCOUNTS, Bot, open_bot, pinged, shipped, sparse_limits, told
from tests.support.store import HandClock

__all__ = ["sparse_limits"]

A_WHILE = timedelta(minutes=6)
"""Longer than any first backoff."""


def states(bot: Bot) -> list[str]:
    return bot.read(lambda unit: [row.state for row in unit.connection.execute(select(OUTBOX).order_by(OUTBOX.c.seq))])


def pending(bot: Bot) -> int:
    """Count what waits, the later drawing of lapsed undo buttons left out."""

    def work(unit: Unit) -> int:
        rows = unit.connection.execute(select(OUTBOX).where(OUTBOX.c.state == "pending")).all()
        return len([row for row in rows if row.operation != "update" or row.lane is not None])

    return bot.read(work)


def is_post(outgoing: Outgoing) -> bool:
    return outgoing.operation == "post"


def posts(shown: list[Shown]) -> list[str]:
    return [told(each.reply).splitlines()[0] for each in shown if each.kind == "post" and each.only_for is None]


# -- trouble ------------------------------------------------------------------------------------


async def test_retry_is_tried_again_not_before_its_time(bot: Bot) -> None:
    bot.platform.fail(Retry("rate limited", after_s=60), when=is_post)
    heard = await bot.say("陈晨", "任务 加 主图")
    assert heard.posts == [] and pending(bot) == 1
    assert (await bot.pass_time(timedelta(seconds=59))).posts == []
    assert len(bot.platform.attempts) == 1
    heard = await bot.pass_time(timedelta(seconds=60))
    assert posts(list(heard.shown)) == ["T-1 主图"]
    assert pending(bot) == 0


async def test_each_failure_waits_longer(bot: Bot) -> None:
    bot.platform.fail(Retry("busy"), when=is_post, times=6)
    await bot.say("陈晨", "任务 加 主图")
    waits = []
    for _ in range(6):
        until = bot.read(lambda unit: unit.connection.execute(select(OUTBOX)).all()[-1].not_before)
        waits.append((until.replace(tzinfo=bot.clock.now.tzinfo) - bot.clock.now).total_seconds())
        await bot.pass_time(timedelta(seconds=waits[-1] + 1))
    assert waits[5] > 4 * waits[0]
    assert all(wait <= 450 for wait in waits)
    assert bot.card("T-1")


async def test_what_was_refused_for_good_is_told_to_the_asker(bot: Bot) -> None:
    bot.platform.fail(Gone("not in the channel"), when=is_post)
    heard = await bot.say("陈晨", "任务 加 主图")
    (told_,) = heard.private_to("陈晨")
    assert "我没能在那个群里发消息" in told(told_.reply)
    assert bot.task(1).title == "主图"
    assert "dead" in states(bot) and pending(bot) == 0


async def test_a_card_whose_message_is_gone_is_hung_anew(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图")
    bot.platform.fail(Gone("message deleted"), when=lambda each: each.operation == "update")
    await bot.say("陈晨", "开始 T-1")
    heard = await bot.say("陈晨", "完成 T-1")
    assert posts(list(heard.shown)) == ["T-1 主图"]


async def test_a_lost_answer_is_tried_again_with_the_same_id(bot: Bot) -> None:
    bot.platform.lose(when=is_post)
    await bot.say("陈晨", "任务 加 主图")
    assert pending(bot) == 1
    await bot.pass_time(A_WHILE)
    first, again = [each for each in bot.platform.attempts if each.operation == "post"]
    assert first.id == again.id
    assert (first.attempt, again.attempt) == (1, 2)
    assert first.first_tried_at is None and again.first_tried_at is not None
    assert len([m for m in bot.platform.messages.values() if m.reply is not None and m.only_for is None]) == 1
    assert pending(bot) == 0


async def test_unsure_is_not_told_from_taken(bot: Bot) -> None:
    bot.platform.fail(Unsure("connection reset"), when=is_post)
    await bot.say("陈晨", "任务 加 主图")
    heard = await bot.pass_time(A_WHILE)
    assert posts(list(heard.shown)) == ["T-1 主图"]


async def test_a_message_nobody_takes_is_given_up_after_a_day(bot: Bot) -> None:
    bot.platform.fail(Retry("busy"), when=is_post, times=1_000)
    await bot.say("陈晨", "任务 加 主图")
    for _ in range(30):
        await bot.pass_time(timedelta(hours=1))
    assert "dead" in states(bot) and pending(bot) == 0


async def test_a_bug_in_an_adapter_stops_one_message_and_not_the_others(bot: Bot) -> None:
    bot.platform.fail(ZeroDivisionError("a bug"), when=lambda each: is_post(each) and each.chat == "war-room")
    await bot.say("陈晨", "任务 加 一")
    other = await bot.say("陈晨", "任务 加 别处", chat="日常运营")
    assert posts(list(other.shown)) == ["T-2 别处"]
    assert bot.incidents() == 1
    heard = await bot.pass_time(A_WHILE)
    assert posts(list(heard.shown)) == ["T-1 一"]


async def test_a_bug_in_a_card_stops_one_message_and_not_the_others(house_url: str, clock: HandClock) -> None:
    registry, _ = shipped()

    def draw(view: View, task: Task) -> Reply:
        drawn: Reply = registry.cards["task"](view, task)
        return drawn if task.title != "坏的" else Reply(title=(str(1 // 0),))

    async with open_bot(house_url, clock, registry=replace(registry, cards={"task": draw})) as bot:
        await bot.say("陈晨", "任务 加 坏的")
        other = await bot.say("陈晨", "任务 加 别处", chat="日常运营")
        assert posts(list(other.shown)) == ["T-2 别处"]


# -- order --------------------------------------------------------------------------------------


async def test_a_lane_keeps_its_order_while_others_go_on(bot: Bot) -> None:
    bot.platform.fail(Retry("busy", after_s=30), when=lambda each: is_post(each) and each.chat == "war-room")
    for title in ("一", "二", "三"):
        await bot.say("陈晨", f"任务 加 {title}")
    other = await bot.say("陈晨", "任务 加 别处", chat="日常运营")
    assert posts(list(other.shown)) == ["T-4 别处"]
    assert [told(each.reply) for each in bot.platform.shown if each.chat == "war-room"] == []
    heard = await bot.pass_time(A_WHILE)
    assert posts(list(heard.shown)) == ["T-1 一", "T-2 二", "T-3 三"]


async def test_a_hanging_message_holds_up_its_lane_alone(bot: Bot) -> None:
    bot.platform.hang(when=lambda each: each.chat == "war-room")
    await bot.say("陈晨", "任务 加 一")
    await bot.say("陈晨", "任务 加 二")
    heard = await bot.say("陈晨", "任务 加 别处", chat="日常运营")
    assert posts(list(heard.shown)) == ["T-3 别处"]
    assert posts(bot.platform.shown) == ["T-3 别处"]


async def test_a_burst_of_changes_is_few_edits_and_the_last_shows_the_end(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图")
    opened = bot.platform.hold(when=lambda each: each.operation == "update")
    texts = ("开始 T-1", "优先级 T-1 !高", "延到 T-1 周五", "改名 T-1 首焦主图", "完成 T-1")
    for text in texts:
        await bot.platform.say(ACCOUNTS["陈晨"], text, chat="war-room")
    opened.set()
    await bot.settle()
    edits = [each for each in bot.platform.shown if each.kind == "edit"]
    assert 1 <= len(edits) <= 2
    final = told(edits[-1].reply)
    assert "首焦主图" in final and "已完成" in final and "P1 高" in final and "11-20 周五" in final
    assert pending(bot) == 0


async def test_an_edit_waits_for_the_card_that_is_still_being_posted(bot: Bot) -> None:
    opened = bot.platform.hold(when=is_post)
    await bot.say("陈晨", "任务 加 主图")
    await bot.say("陈晨", "完成 T-1")
    assert [each for each in bot.platform.shown if each.kind == "edit"] == []
    opened.set()
    await bot.settle()
    assert "已完成" in bot.card_text("T-1")
    assert len([m for m in bot.platform.messages.values() if m.reply is not None and m.only_for is None]) == 1


async def test_nobody_is_notified_by_an_edit(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图 @李四")
    heard = await bot.say("陈晨", "开始 T-1")
    assert heard.edits and not pinged(heard.edits)


async def test_the_undo_button_of_a_card_lapses(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图")
    assert "撤销" in told(bot.platform.messages[bot.card("T-1")].reply)  # type: ignore[arg-type] # a card has a reply
    await bot.pass_time(timedelta(minutes=11))
    assert "撤销" not in told(bot.platform.messages[bot.card("T-1")].reply)  # type: ignore[arg-type]


# -- forms --------------------------------------------------------------------------------------


async def test_a_form_that_cannot_be_opened_in_time_becomes_text(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图")
    opened = bot.platform.hold(when=lambda each: each.operation == "private")
    bot.platform.fail(Retry("busy", after_s=4), when=lambda each: each.operation == "form")
    await bot.press("陈晨", "改日期…", on="T-1")
    opened.set()
    heard = await bot.pass_time(A_WHILE)
    (shown,) = heard.private_to("陈晨")
    assert shown.reply.form is None
    assert "延到 T-1 下周五" in told(shown.reply)
    assert "expired" in states(bot)


# -- processes ----------------------------------------------------------------------------------


async def test_rows_of_a_dead_process_are_sent_after_their_lease(house_url: str, clock: HandClock) -> None:
    async with open_bot(house_url, clock, sends=False) as bot:
        await bot.say("陈晨", "任务 加 主图")
        await bot.store.write(
            bot.workspace, lambda unit: mail.claim_due(unit, token="dead", platforms=["memory"], most=10)
        )
        second = Delivery(
            store=bot.store,
            registry=bot.registry,
            languages=bot.languages,
            workspaces={each.id: each for each in bot.workspaces.values()},
            adapters={"memory": bot.platform},
            meters=bot.meters,
        )
        claimed = await bot.store.write(bot.workspace, lambda unit: _claim(unit, second))
        assert claimed == 0
        clock.advance(mail.LEASE)
        claimed = await bot.store.write(bot.workspace, lambda unit: _claim(unit, second))
        assert claimed == 1


def _claim(unit: Unit, delivery: Delivery) -> int:
    return len(mail.claim_due(unit, token=delivery.token, platforms=["memory"], most=10))


async def test_a_restart_takes_back_every_lease_and_sends(house_url: str, clock: HandClock) -> None:
    async with open_bot(house_url, clock, sends=False) as bot:
        await bot.say("陈晨", "任务 加 主图")
        await bot.store.write(
            bot.workspace, lambda unit: mail.claim_due(unit, token="dead", platforms=["memory"], most=10)
        )
    async with open_bot(house_url, clock) as bot:
        heard = await bot.pass_time(timedelta())
        assert posts(bot.platform.shown) == ["T-1 主图"]
        assert heard.outcome.ack == "ok"
        (attempt,) = [each for each in bot.platform.attempts if each.operation == "post"]
        assert attempt.first_tried_at is not None, "the dead process may have sent it"


async def test_a_second_process_sends_what_the_first_left(each_house_url: str, clock: HandClock) -> None:
    async with open_bot(each_house_url, clock, sends=False) as bot:
        await bot.say("陈晨", "任务 加 主图 @李四")
        assert bot.platform.shown == []
    async with open_bot(each_house_url, clock) as bot:
        await bot.settle()
        assert posts(bot.platform.shown) == ["T-1 主图"]


# -- a platform that can do little ----------------------------------------------------------------


async def test_a_poor_platform_is_told_everything_as_text(
    house_url: str, clock: HandClock, sparse_limits: Limits
) -> None:
    async with open_bot(house_url, clock, limits=sparse_limits) as bot:
        heard = await bot.say("陈晨", "任务 加 主图 @李四 周五")
        assert "`完成 T-1`" in heard.text and heard.labels() == []
        heard = await bot.say("陈晨", "任务 加")
        assert [each.chat for each in heard.shown] == ["dm:chenchen"], "private becomes direct"
        assert "任务 加 主图定稿" in heard.text
        heard = await bot.say("陈晨", "任务 加 会场压测 @张伟 周五")
        assert "张伟(技术)" in heard.text and "`任务 加 会场压测 @张伟(仓储) 2026-11-20`" in heard.text
        assert bot.incidents() == 0


async def test_what_a_poor_platform_tells_to_type_is_understood(
    house_url: str, clock: HandClock, sparse_limits: Limits
) -> None:
    async with open_bot(house_url, clock, limits=sparse_limits) as bot:
        heard = await bot.say("陈晨", "任务 加 会场压测 @张伟 周五18点 !高 #技术 ~3h")
        typed = heard.text.split("`")[1]
        heard = await bot.say("陈晨", typed)
        assert heard.done is not None and heard.done.result == "done", typed
        task = bot.task(1)
        assert (task.title, task.priority, task.labels, task.estimate_minutes) == ("会场压测", 1, ["技术"], 180)
        assert str(task.due_at)[:16] == "2026-11-20 10:00"


async def test_many_chats_are_served_at_once(bot: Bot) -> None:
    await asyncio.gather(
        *(
            bot.platform.say(ACCOUNTS["陈晨"], f"任务 加 第{n}件", chat=chat)
            for n in range(20)
            for chat in bot.platform.groups
        )
    )
    await bot.settle()
    assert len(posts(bot.platform.shown)) == 60
    for chat in bot.platform.groups:
        numbers = [
            each for each in bot.platform.shown if each.chat == chat and each.kind == "post" and not each.only_for
        ]
        titles = [told(each.reply).splitlines()[0].split(" ", 1)[1] for each in numbers]
        assert titles == [f"第{n}件" for n in range(20)]
