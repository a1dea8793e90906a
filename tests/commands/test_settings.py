"""What people set for themselves acts at once, and is theirs alone."""

from __future__ import annotations

from storage.chats import Project
from storage.people import Person, all_people
from tests.fakes.memory import Member
from tests.support.house import Bot


def person(bot: Bot, name: str) -> Person:
    return next(each for each in bot.read(all_people) if each.name == name)


def project_of(bot: Bot, task: int) -> str | None:
    id = bot.task(task).project_id
    return None if id is None else bot.read(lambda unit: unit.must_get(Project, id)).name


# -- settings -----------------------------------------------------------------------------------


async def test_a_time_zone_moves_how_days_are_read(bot: Bot) -> None:
    await bot.say("Bob", "timezone Tokyo")
    assert person(bot, "Bob").timezone == "Asia/Tokyo"
    said = await bot.say("Bob", "add task Call the printer fri 6pm", chat=None)
    assert "18:00 (Tokyo)" in said.text  # the card of a direct chat speaks the language of its reader


async def test_an_offset_is_asked_about_and_the_answer_kept(bot: Bot) -> None:
    await bot.say("Kate", "timezone UTC+9")
    await bot.press("Kate", "Tokyo · 11:00")
    assert person(bot, "Kate").timezone == "Asia/Tokyo"


async def test_a_default_chat_takes_the_tasks_of_a_direct_chat(bot: Bot) -> None:
    await bot.say("李四", "任务 加 自己的事", chat=None)
    assert project_of(bot, 1) is None
    await bot.say("李四", "默认群")
    await bot.say("李四", "任务 加 大家的事", chat=None)
    assert project_of(bot, 2) == "双11作战室" and bot.task(2).owner_id == person(bot, "李四").id
    assert "大家的事" in (await bot.say("陈晨", "任务 全部")).text
    await bot.say("李四", "默认群 关闭")
    await bot.say("李四", "任务 加 又是自己的事", chat=None)
    assert project_of(bot, 3) is None


async def test_a_default_chat_is_one_in_which_its_owner_speaks(bot: Bot) -> None:
    await bot.say("李四", "默认群 日常运营", chat=None)
    await bot.say("李四", "任务 加 自己的事", chat=None)
    assert project_of(bot, 1) is None
    await bot.say("李四", "任务", chat="日常运营")
    await bot.say("李四", "默认群 日常运营", chat=None)
    await bot.say("李四", "任务 加 大家的事", chat=None)
    assert project_of(bot, 2) == "日常运营"


async def test_undo_brings_back_what_was_usual(bot: Bot) -> None:
    await bot.say("李四", "默认群")
    await bot.say("李四", "撤销")
    await bot.say("李四", "任务 加 自己的事", chat=None)
    assert project_of(bot, 1) is None
    await bot.say("李四", "提醒力度 积极")
    assert "积极" in (await bot.say("李四", "设置")).text


# -- the first words to somebody new ----------------------------------------------------------


def newcomer(bot: Bot, *, is_guest: bool = False) -> str:
    bot.platform.add_person(Member("xiaomei", "小梅", is_guest=is_guest))
    return "xiaomei"


async def test_somebody_new_is_told_how_to_begin_once_and_alone(bot: Bot) -> None:
    new = newcomer(bot)
    heard = await bot.say(new, "任务 加 主图 周五")
    (hello,) = [each for each in heard.shown if each.chat == f"dm:{new}"]
    assert "小梅 你好，我是鼓点" in heard.text and [b.label for b in hello.reply.buttons] == ["建第一个任务"]
    assert len(heard.text.splitlines()) <= 12 and len(heard.posts) == 1
    again = await bot.say(new, "任务 加 详情页")
    assert [each for each in again.shown if each.chat == f"dm:{new}"] == []


async def test_the_first_task_is_a_press_away(bot: Bot) -> None:
    new = newcomer(bot)
    heard = await bot.say(new, "hello", chat=None)
    message, button = next(
        (shown.message, button) for shown in heard.shown for button in shown.reply.buttons if button.style == "primary"
    )
    outcome = await bot.platform.press(new, message, button)
    await bot.settle()
    assert outcome.ack == "ok"
    assert bot.platform.shown[-1].kind == "form" and bot.platform.shown[-1].reply.form is not None


async def test_who_was_only_mentioned_or_overheard_is_left_alone(bot: Bot) -> None:
    new = newcomer(bot)
    heard = await bot.say(new, "中午吃什么？", is_addressed=False)
    assert heard.shown == []
    assert [each for each in (await bot.say(new, "任务")).shown if each.chat == f"dm:{new}"] != []


async def test_a_guest_is_told_whom_to_ask(bot: Bot) -> None:
    heard = await bot.say(newcomer(bot, is_guest=True), "help")
    assert "You are a guest here" in heard.text
    assert "Make the first task" not in heard.labels()


async def test_the_first_words_are_no_act_to_take_back(bot: Bot) -> None:
    new = newcomer(bot)
    await bot.say(new, "帮助")
    said = await bot.say(new, "撤销")
    assert said.done is not None and said.done.result == "refused"


async def test_a_known_colleague_is_not_greeted(bot: Bot) -> None:
    assert all(each.chat[:3] != "dm:" for each in (await bot.say("陈晨", "任务 加 主图")).shown)
