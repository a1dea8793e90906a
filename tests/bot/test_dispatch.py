"""Events through dispatch: once, in order, acknowledged after the commit, and what happens when something breaks."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select

from bot.observe import JsonLines
from bot.seal import is_sealed, seal
from commands.core.arguments import describe
from commands.core.command import SAME, Command, Registry
from commands.core.context import Context
from commands.core.event import Carried
from commands.core.reply import Button, CardNow, Reply
from storage.chats import Project, all_projects
from storage.mail import INBOX, OUTBOX
from storage.people import all_people
from storage.store import Store
from storage.tasks import TASK
from storage.unit import StorageFault, Unit
from tests.fakes.memory import Member
from tests.support.house import ACCOUNTS, WAR_ROOM, Bot, open_bot, shipped, told
from tests.support.store import HandClock

T = TypeVar("T")
SECRET_TEXT = "玄铁重剑图纸"


def count(bot: Bot, table: object) -> int:
    return bot.read(lambda unit: len(unit.connection.execute(select(table)).all()))  # type: ignore[call-overload] # any table


# -- once ---------------------------------------------------------------------------------------


async def test_a_second_delivery_gives_the_same_answer_and_does_nothing(each_bot: Bot) -> None:
    first = await each_bot.say("陈晨", "任务 加 主图", key="k1")
    again = await each_bot.say("陈晨", "任务 加 主图", key="k1")
    assert again.outcome == first.outcome and again.done is not None and again.done.is_repeat
    assert again.shown == []
    assert (each_bot.has_task(1), each_bot.has_task(2)) == (True, False)


async def test_a_second_delivery_of_a_press_gives_the_same_answer(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图")
    first = await bot.press("李四", "完成", on="T-1", key="p1")
    message, button = bot.card("T-1"), Button("", "task done", {"tasks": ["T-1"]}, "")
    again = await bot.platform.press(ACCOUNTS["李四"], message, button, key="p1")
    assert again == first.outcome


async def test_two_deliveries_at_once_are_one_act(each_bot: Bot) -> None:
    outcomes = await asyncio.gather(
        *(each_bot.platform.say(ACCOUNTS["陈晨"], "任务 加 主图", chat="war-room", key="k1") for _ in range(8))
    )
    await each_bot.settle()
    assert {outcome.ack for outcome in outcomes} == {"ok"}
    assert not each_bot.has_task(2)
    assert len([each for each in each_bot.platform.shown if each.kind == "post" and each.only_for is None]) == 1


async def test_a_key_of_another_workspace_is_another_event(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图", key="k1")
    heard = await bot.say("陈晨", "任务 加 主图", key="k1", on=bot.annex)
    assert heard.done is not None and not heard.done.is_repeat


# -- in order -----------------------------------------------------------------------------------


async def test_what_was_just_written_is_read(each_bot: Bot) -> None:
    """Fifty writes and reads of one chat, sent without waiting: each read sees the writes before it."""
    platform, account = each_bot.platform, ACCOUNTS["陈晨"]
    texts = [text for number in range(1, 26) for text in (f"任务 加 第{number}件 @陈晨", f"T-{number}")]
    await asyncio.gather(*(platform.say(account, text, chat="war-room") for text in texts))
    results = each_bot.read(lambda unit: [row.result for row in unit.connection.execute(select(INBOX)).all()])
    assert results == ["done"] * 50
    assert each_bot.task(25).title == "第25件"


async def test_chats_do_not_wait_for_each_other(bot: Bot) -> None:
    platform, account = bot.platform, ACCOUNTS["陈晨"]
    chats = ("war-room", "daily-ops", "general")
    await asyncio.gather(*(platform.say(account, f"任务 加 {chat}{n}", chat=chat) for n in range(5) for chat in chats))
    assert count(bot, TASK) == 15


# -- the acknowledgement ------------------------------------------------------------------------


class Balky(Store):
    """A store that cannot write while it is told so."""

    is_down = False

    async def write(self, workspace: int, work: Callable[[Unit], T]) -> T:
        """Write, or fail as a full disk does."""
        if self.is_down:
            raise StorageFault("the disk is full")
        return await super().write(workspace, work)


async def test_trouble_of_the_store_is_not_acknowledged_and_stores_nothing(house_url: str, clock: HandClock) -> None:
    async with open_bot(house_url, clock, store_type=Balky, sends=False) as bot:
        assert isinstance(bot.store, Balky)
        bot.store.is_down = True
        for text in ("任务 加 主图", "我的任务", "帮助"):
            heard = await bot.say("陈晨", text, key=f"k-{text}")
            assert heard.outcome.ack == "again"
        assert count(bot, INBOX) == count(bot, TASK) == count(bot, OUTBOX) == 0
        bot.store.is_down = False
        heard = await bot.say("陈晨", "任务 加 主图", key="k-任务 加 主图")
        assert heard.outcome.ack == "ok" and bot.has_task(1)
        assert bot.incidents() == 0


async def test_what_bots_say_is_left_alone(bot: Bot) -> None:
    event = bot.platform.event_of(ACCOUNTS["陈晨"], "任务 加 主图", chat="war-room")
    assert (await bot.platform.deliver(replace(event, sender=replace(event.sender, is_bot=True)))).ack == "ok"
    assert count(bot, INBOX) == 0


async def test_talk_that_is_left_alone_writes_no_row(bot: Bot) -> None:
    await bot.say("陈晨", "今天辛苦大家了", is_addressed=False)
    assert count(bot, INBOX) == 0


# -- a bug of ours ------------------------------------------------------------------------------


def toy(ctx: Context, text: str | None = None) -> Reply:
    """Break after having written."""
    ctx.unit.add(Project, name="half done")
    raise ZeroDivisionError(f"cannot do {text}")


def toys() -> Registry:
    """Add a command that breaks to those that are shipped."""
    registry, _ = shipped()
    broken = Command("toy", "task.edit", ("toy",), False, SAME, "Break.", toy, describe(toy))
    return replace(registry, commands={**registry.commands, "toy": broken})


async def test_a_bug_is_owned_up_to_with_a_number_and_the_whole_text(
    house_url: str, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_bot(house_url, clock, registry=toys()) as bot:
        text = f"toy {SECRET_TEXT}" + "很长" * 100
        heard = await bot.say("陈晨", text, key="k1")
        assert heard.outcome.ack == "ok" and heard.done is not None and heard.done.result == "failed"
        assert "没保存成功" in heard.text and text in heard.text
        number = heard.text.split("编号 ")[1][:6]
        assert number.startswith("E-")
        assert number in str([vars(record).get("incident") for record in caplog.records])
        assert bot.incidents() == 1
        assert "half done" not in bot.read(lambda unit: [project.name for project in all_projects(unit)])
        again = await bot.say("陈晨", text, key="k1")
        assert again.outcome.ack == "ok" and again.shown == [] and bot.incidents() == 1


async def test_logs_hold_no_texts(house_url: str, clock: HandClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_bot(house_url, clock, registry=toys()) as bot:
        await bot.say("陈晨", f"toy {SECRET_TEXT}")
        await bot.say("陈晨", f"任务 加 {SECRET_TEXT} @李四")
        await bot.say("陈晨", f"{SECRET_TEXT}怎么样")
        await bot.say("陈晨", f"备注 T-1 {SECRET_TEXT}")
    lines = [JsonLines().format(record) for record in caplog.records if record.name.startswith("drumbeat")]
    assert lines
    assert all(json.loads(line)["event"] for line in lines)
    assert not [line for line in lines if SECRET_TEXT in line]


# -- newcomers ----------------------------------------------------------------------------------


async def test_a_newcomer_is_entered_by_the_platforms_name(bot: Bot) -> None:
    bot.platform.add_person(Member("new", "新同事\u202e", timezone="Europe/Berlin"))
    bot.platform.groups["war-room"].members.add("new")
    await bot.say("new", "任务 加 主图")
    person = bot.read(all_people)[-1]
    assert (person.name, person.role, person.timezone) == ("新同事", "member", "Europe/Berlin")


async def test_a_newcomer_of_whom_the_platform_says_guest_is_one(bot: Bot) -> None:
    bot.platform.add_person(Member("vendor", "供应商", is_guest=True))
    heard = await bot.say("vendor", "任务 加 主图")
    assert heard.done is not None and heard.done.result == "refused"
    assert not bot.has_task(1)


async def test_undo_of_the_first_act_keeps_the_newcomer_and_the_chat(bot: Bot) -> None:
    bot.platform.add_person(Member("new", "新同事"))
    bot.platform.add_group("new-group", "新群", ["new"])
    await bot.say("new", "任务 加 主图", chat="new-group")
    heard = await bot.say("new", "撤销", chat="new-group")
    assert "已撤销：T-1" in heard.text
    heard = await bot.say("new", "任务 加 详情页", chat="new-group")
    assert "T-2 详情页" in heard.text
    assert [person.archived_at for person in bot.read(all_people) if person.name == "新同事"] == [None]


async def test_a_first_help_offers_no_undo(bot: Bot) -> None:
    bot.platform.add_person(Member("new", "新同事"))
    heard = await bot.say("new", "帮助", chat=None)
    assert "撤销" not in heard.labels()
    heard = await bot.say("new", "撤销", chat=None)
    assert "没有可撤销的操作" in heard.text


async def test_settings_are_taken_back_by_saying_so(bot: Bot) -> None:
    await bot.say("陈晨", "语言 英文")
    await bot.say("陈晨", "撤销")
    heard = await bot.say("陈晨", "T-9")
    assert "这里没有 T-9" in heard.text


# -- seals --------------------------------------------------------------------------------------


async def test_a_button_authorises_who_presses_it(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图")
    heard = await bot.press("小周", "完成", on="T-1")
    assert "你的角色（访客）" in heard.toast
    assert bot.task(1).status == "todo"
    heard = await bot.press("李娜", "完成", on="T-1")
    assert bot.read(lambda unit: {p.id: p.name for p in all_people(unit)})[bot.task(1).closed_by or 0] == "李娜"


@pytest.mark.parametrize(
    "tampered",
    [
        {"args": {"tasks": ["T-2"]}},
        {"command": "task archive"},
        {"version": 7},
        {"version": None},
        {"mac": ""},
        {"mac": "0" * 32},
        {"mac": "\ud800é"},
        {"args": {"tasks": ["T-1"], "?": "owner"}},
    ],
    ids=str,
)
async def test_a_button_that_was_tampered_with_does_nothing(bot: Bot, tampered: dict[str, object]) -> None:
    await bot.say("陈晨", "任务 加 主图")
    await bot.say("陈晨", "任务 加 详情页")
    message, button = bot.button("李四", "完成", on="T-1")
    outcome = await bot.platform.press(ACCOUNTS["李四"], message, replace(button, **tampered))  # type: ignore[arg-type] # any field
    await bot.settle()
    assert outcome.ack == "ok"
    assert "这个按钮不是我发的" in told(bot.platform.saw(ACCOUNTS["李四"])[-1].reply)
    assert (bot.task(1).status, bot.task(2).status) == ("todo", "todo")
    assert bot.incidents() == 0


async def test_a_button_of_another_workspace_does_nothing(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图")
    await bot.say("陈晨", "任务 加 主图", on=bot.annex)
    message, _ = bot.button("李四", "完成", on="T-1")
    foreign = bot.annex.messages[bot.card("T-1", on=bot.annex)].reply
    assert foreign is not None
    await bot.platform.press(ACCOUNTS["李四"], message, foreign.buttons[0])
    await bot.settle()
    assert bot.task(1).status == "todo"


async def test_a_seal_holds_for_its_workspace_alone(bot: Bot) -> None:
    one, other = bot.workspaces["main"], bot.workspaces["demo"]
    button = Button("完成", "task done", {"tasks": ["T-1"]}, "完成 T-1", version=3)
    sealed = seal(one, Reply(buttons=(button,))).buttons[0]
    carried = Carried(sealed.command, sealed.args, sealed.version, sealed.mac)
    assert is_sealed(one, carried)
    assert not is_sealed(other, carried)


async def test_the_card_in_an_acknowledgement_can_be_pressed(bot: Bot) -> None:
    await bot.say("陈晨", "任务 加 主图 @李四")
    heard = await bot.press("李四", "开始", on="T-1")
    assert isinstance(heard.outcome.answer, CardNow)
    finish = heard.outcome.answer.reply.buttons[0]
    outcome = await bot.platform.press(ACCOUNTS["李四"], bot.card("T-1"), finish)
    assert isinstance(outcome.answer, CardNow)
    assert bot.task(1).status == "done"


async def test_a_form_cannot_smuggle_a_value_that_there_is_not(bot: Bot) -> None:
    await bot.say("陈晨", "语言")
    await bot.press("陈晨", "填表单…")
    heard = await bot.submit("陈晨", {"tongue": "klingon"})
    assert heard.errors == {"tongue": "这里没看懂。"}
    await bot.say("陈晨", "任务 加 主图")
    await bot.press("陈晨", "指派…", on="T-1")
    for value in ("99999999999999999999", "²", "0", "-1", "李四李四"):
        heard = await bot.submit("陈晨", {"owner": value})
        assert heard.errors == {"owner": "没有叫这个名字的人。"}, value
    assert bot.incidents() == 0


async def test_a_form_is_answered_within_the_asker_s_language(bot: Bot) -> None:
    await bot.say("Ann", "task add Copy", chat="general")
    await bot.press("Ann", "Move date…", on="T-1", chat="general")
    heard = await bot.submit("Ann", {"due": "yesterday"})
    assert heard.errors == {"due": "yesterday has passed already. Which day is meant?"}


async def test_time_within_a_call_is_the_events(bot: Bot) -> None:
    """A message that the platform delivers late means the days of when it was said."""
    event = bot.platform.event_of(ACCOUNTS["陈晨"], "任务 加 主图 明天", chat="war-room")
    bot.clock.advance(timedelta(days=1))
    await bot.platform.deliver(event)
    assert str(bot.task(1).due_on) == "2026-11-19"


async def test_an_unknown_platform_person_name_never_becomes_markup(bot: Bot) -> None:
    bot.platform.add_person(Member("evil", "<!channel>"))
    bot.platform.groups["war-room"].members.add("evil")
    heard = await bot.say("evil", "任务 加 主图", chat=WAR_ROOM)
    assert heard.done is not None and heard.done.result == "done"
    assert bot.incidents() == 0
