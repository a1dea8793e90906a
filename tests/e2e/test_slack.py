"""Slack, seen by the people in it: the real program beside a fake Slack, each a process of its own."""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from sqlalchemy import select

from adapters.slack.manifest import scopes
from storage.engine import open_engine
from storage.people import ACCOUNT, PERSON
from tests.fakes.slack.driver import Channel, Message, Said, SlackFake, User, View, Widget
from tests.fakes.slack.faults import DeliveryKind
from tests.house.sources import ROOT
from tests.proofs.slack import SlackBot

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
NEW: Final = ["完成", "开始", "改日期…", "更多…", "撤销"]
"""The buttons of a new task's card."""
_numbers = itertools.count(1)
Sees = Callable[[Message], object]


@dataclass(frozen=True)
class Room:
    """A channel, and two who talk in it: 李四 in Shanghai, Ann in New York."""

    slack: SlackFake
    channel: Channel
    li: User
    ann: User

    async def mention(self, who: User, text: str) -> Said:
        """Say something to the bot."""
        return await self.slack.mention(who, self.channel, text)

    async def add(self, title: str, rest: str = "") -> Message:
        """Let 李四 add a task, and give its card."""
        return await self.slack.reply_to(await self.mention(self.li, f"任务 加 {title} {rest}"))

    async def now(self, message: Message, is_so: Sees) -> Message:
        """Wait until that message looks right, and give it as it stands."""

        async def look() -> Message | None:
            every = await self.slack.messages(self.channel, thread=message.thread)
            return next((one for one in every if one.ts == message.ts and is_so(one)), None)

        found = await self.slack.until(look)
        assert found is not None
        return found

    async def whisper(self, who: User, words: str) -> Message:
        """Wait until this person alone is told so."""

        async def look() -> list[Message]:
            return [one for one in await self.slack.ephemerals(who) if words in one.seen]

        return (await self.slack.until(look))[-1]

    async def form(self, who: User) -> View:
        """Wait until a form is open before somebody."""
        return (await self.slack.until(lambda: self.slack.views(who)))[-1]

    async def under(self, message: Said) -> Message:
        """Wait until the bot answers in the thread of a message."""
        return (await self.slack.until(lambda: self.slack.replies(self.channel, thread=message)))[0]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SlackFake]:
    """Run one fake for all tests; each works in a channel of its own, with people of its own."""
    async with SlackFake.started(tmp_path_factory.mktemp("slack") / "slack.log") as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(slack: SlackFake, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SlackBot]:
    """Run the program, and see in the end that it kept to the protocol."""
    running = SlackBot(tmp_path_factory.mktemp("bot"), slack)
    await running.start()
    try:
        await slack.connected()
        yield running
        assert await slack.violations() == []
        assert await running.stop() == 0
    finally:
        await running.kill()


@pytest_asyncio.fixture(loop_scope="module")
async def room(bot: SlackBot, slack: SlackFake) -> Room:
    """Open a channel in which the bot is."""
    return await new_room(slack)


async def new_room(slack: SlackFake, *, bot: bool = True) -> Room:
    """Open a channel with two people whom the bot does not know."""
    number = next(_numbers)
    li = await slack.add_user(f"lisi{number}", "李四", display_name=f"李四{number}号")
    ann = await slack.add_user(f"ann{number}", "Ann Lee", tz="America/New_York", locale="en-US")
    return Room(slack, await slack.add_channel(f"room-{number}", [li, ann], bot=bot), li, ann)


# -- saying ---------------------------------------------------------------------------------------


async def test_mention_is_answered_with_a_card_in_the_channel(room: Room) -> None:
    card = await room.add("主图定稿", f"@{room.ann.name} 12-31 !高 #设计")
    assert card.thread is None
    assert card.seen.splitlines()[0].endswith(" 主图定稿")
    assert all(words in card.seen for words in ("⚪ 待办", "12-31", "P1 高", "#设计", f"<@{room.ann.id}>", "创建于"))
    assert card.buttons == NEW
    assert [one.ts for one in await room.slack.replies(room.channel)] == [card.ts]


async def test_reply_under_a_card_needs_no_ref_and_changes_that_card(room: Room) -> None:
    card = await room.add("详情页")
    other = await room.add("另一件")
    said = await room.slack.say(room.ann, room.channel, "完成", thread=card)
    done = await room.now(card, lambda one: "✅ 已完成" in one.seen)
    assert done.buttons == ["重新打开"]
    assert "详情页" in (await room.whisper(room.ann, "已完成")).seen
    assert "⚪ 待办" in (await room.now(other, bool)).seen
    assert len(await room.slack.replies(room.channel)) == 2, said


async def test_talk_in_a_channel_is_left_alone(room: Room) -> None:
    said = await room.slack.say(room.li, room.channel, "大家中午吃什么？")
    assert all(one.is_acked for one in await room.slack.settled(said))
    await room.add("之后的")  # whoever would have answered, has answered before this
    assert len(await room.slack.replies(room.channel)) == 1


async def test_direct_message_needs_no_mention(room: Room) -> None:
    said = await room.slack.dm(room.ann, 'add task "Call the printer" 12-31')
    card = await room.slack.reply_to(said)
    assert "Call the printer" in card.seen
    assert card.only_for is None
    hello = await room.slack.reply_to(said, count=2)
    assert hello.seen.startswith("Hello") and hello.buttons == ["Make the first task"]
    listed = await room.slack.reply_to(await room.slack.dm(room.ann, "tasks"))
    assert listed.seen.startswith("Open tasks")


async def test_slash_command_is_answered_in_private(room: Room) -> None:
    typed = await room.slack.slash(room.ann, room.channel, "help")
    assert typed.is_acked
    told = await room.whisper(room.ann, "What you can do here")
    assert told.only_for == room.ann.id
    assert await room.slack.messages(room.channel) == []


async def test_what_is_not_understood_is_told_to_one_person_alone(room: Room) -> None:
    await room.mention(room.ann, "tsaks")
    assert "tasks" in (await room.whisper(room.ann, "I do not know")).buttons
    assert await room.slack.replies(room.channel) == []
    assert await room.slack.ephemerals(room.li) == []


# -- pressing and filling in ----------------------------------------------------------------------


async def test_button_changes_its_card_in_place(room: Room) -> None:
    card = await room.add("打包")
    await room.slack.press(room.li, card, "开始")
    begun = await room.now(card, lambda one: "开始" not in one.buttons)
    assert begun.ts == card.ts
    await room.slack.press(room.ann, begun, "完成")
    done = await room.now(card, lambda one: "✅ 已完成" in one.seen)
    assert done.is_edited
    assert len(await room.slack.replies(room.channel)) == 1


async def test_second_press_of_an_old_button_tells_that_it_is_done(room: Room) -> None:
    card = await room.add("发货")
    first, second = await asyncio.gather(
        room.slack.press(room.li, card, "完成"), room.slack.press(room.ann, card, "完成")
    )
    assert first.is_acked
    assert second.is_acked
    await room.now(card, lambda one: "✅ 已完成" in one.seen)
    assert "撤销" in (await room.whisper(room.li, "已完成")).buttons or await room.whisper(room.ann, "完成")
    assert len(await room.slack.replies(room.channel)) == 1


async def test_form_tells_what_is_wrong_keeps_what_was_typed_and_then_takes_it(room: Room) -> None:
    card = await room.add("拍摄")
    await room.slack.press(room.li, card, "改日期…")
    form = await room.form(room.li)
    assert "拍摄" not in form.title
    assert len(form.title) <= 24
    wrong = await room.slack.submit(form, {"截止日期": "哪天呢"})
    assert wrong.answer["response_action"] == "errors"
    standing = await room.form(room.li)
    assert standing.id == form.id, "it is the same form: what was typed stands in it"
    assert list(standing.errors) == ["due"]
    assert (await room.slack.submit(standing, {"截止日期": "12-30"})).answer is None
    assert await room.slack.views(room.li) == []
    await room.now(card, lambda one: "12-30" in one.seen)
    assert "撤销" in (await room.whisper(room.li, "12-30")).buttons


async def test_colleague_is_picked_from_a_list(room: Room) -> None:
    card = await room.add("文案", f"@{room.ann.name}")
    await room.slack.press(room.li, card, "更多…")
    await room.slack.press(room.li, await room.whisper(room.li, "还可以"), "指派…")
    picker = picker_of(await room.form(room.li))
    mine = next(label for label in picker.options if room.li.name in label or "李四" in label)
    await room.slack.submit(await room.form(room.li), {picker.label: mine})
    await room.now(card, lambda one: room.ann.name not in one.seen)


def picker_of(form: View) -> Widget:
    """Give the one list in a form."""
    return next(one for one in form.widgets if one.kind.endswith("_select"))


async def test_undo_takes_the_task_back(room: Room) -> None:
    card = await room.add("手滑了")
    await room.slack.press(room.li, card, "撤销")
    await room.now(card, lambda one: "完成" not in one.buttons)


# -- marking, home, coming and going --------------------------------------------------------------


async def test_pushpin_makes_a_task_in_the_thread_with_link_and_author(room: Room) -> None:
    said = await room.slack.say(room.ann, room.channel, "客户说主图颜色不对")
    await room.slack.react(room.li, said, "pushpin")
    card = await room.under(said)
    assert card.seen.splitlines()[0].endswith(" 客户说主图颜色不对")
    assert room.ann.name in card.seen
    assert f"/archives/{room.channel.id}/p{said.ts.replace('.', '')}" in str(card.raw), "a link to the message"
    await room.slack.react(room.ann, said, "eyes")
    await room.slack.react(room.ann, said, "pushpin")
    await room.add("之后的")
    assert len(await room.slack.replies(room.channel, thread=said)) == 1, "the second pin makes no second task"


async def test_shortcut_makes_a_task_of_a_message(room: Room) -> None:
    said = await room.slack.say(room.ann, room.channel, "Please mend the banner")
    await room.slack.shortcut(room.li, "make_task", said)
    card = await room.under(said)
    assert "Please mend the banner" in card.seen
    assert room.ann.name in card.seen


async def test_home_shows_my_tasks_and_finishes_them(room: Room) -> None:
    card = await room.add("首页上的", f"@{room.li.name} 12-31")
    await room.slack.open_home(room.li)
    home = await room.slack.until(lambda: room.slack.home(room.li), lambda view: view and "首页上的" in view.seen)
    assert home is not None
    assert "我的任务" in home.seen
    await room.slack.press(room.li, home, "完成")
    await room.now(card, lambda one: "✅ 已完成" in one.seen)


async def test_bot_says_hello_once_when_it_joins(bot: SlackBot, slack: SlackFake) -> None:
    room = await new_room(slack, bot=False)
    await slack.join(None, room.channel, inviter=room.li)
    hello = (await slack.until(lambda: slack.replies(room.channel)))[0]
    assert "帮助" in hello.seen
    assert len(hello.seen.splitlines()) <= 6
    await slack.join(await slack.add_user(f"late{room.li.name}"), room.channel)
    await room.add("之后的")
    assert len(await slack.replies(room.channel)) == 2


async def test_edited_and_deleted_messages_are_offered_in_private(room: Room) -> None:
    said = await room.mention(room.ann, 'add task "Old words" 12-31')
    card = await room.slack.reply_to(said)
    await room.slack.edit(room.ann, said, f'@{room.slack.bot_name} add task "New words" 12-31')
    assert "Rename…" in (await room.whisper(room.ann, "You edited the message")).buttons
    await room.slack.delete(said)

    async def offers() -> list[Message]:
        return [one for one in await room.slack.ephemerals(room.ann) if {"归档", "Archive"} & set(one.buttons)]

    await room.slack.until(offers)
    assert "Old words" in (await room.now(card, bool)).seen
    assert len(await room.slack.replies(room.channel)) == 1


# -- names, links, pings --------------------------------------------------------------------------


async def test_colleague_who_never_spoke_becomes_the_owner_with_name_and_time_zone(bot: SlackBot, room: Room) -> None:
    kate = await room.slack.add_user(
        f"kate{room.li.name}", "Kate Winter", tz="America/Los_Angeles", display_name=f"Kate-{room.li.name}"
    )
    card = await room.add("预算", f"@{kate.name} 12-31")
    assert f"<@{kate.id}>" in card.seen
    await room.slack.press(room.li, card, "开始")
    later = await room.now(card, lambda one: "开始" not in one.buttons)
    assert f"Kate-{room.li.name}" in later.seen
    assert "@" + kate.id not in later.pings, "an edit pings nobody"
    assert zone_of(bot, kate) == "America/Los_Angeles"


async def test_links_are_not_unfolded(room: Room) -> None:
    card = await room.add("看 https://example.com/very/long 再说")
    post = next(one for one in await room.slack.posts() if one.message.ts == card.ts)
    assert post.options["unfurl_links"] is False
    assert post.options["unfurl_media"] is False


@pytest.mark.parametrize("words", ["<!channel>", "<!here|here>", "&lt;!channel&gt;", "<@U123|a>"])
async def test_words_of_people_ping_nobody(room: Room, words: str) -> None:
    card = await room.add(f"大家 {words} & <https://example.com|x> *看*")
    assert card.pings == ()
    said = await room.slack.say(room.ann, room.channel, f"{words} 看这里")
    await room.slack.react(room.li, said, "pushpin")
    assert (await room.under(said)).pings == ()
    await room.mention(room.li, f"tsaks {words}")
    told = await room.slack.until(lambda: room.slack.ephemerals(room.li))
    assert {one.pings for one in told} == {()}


@pytest.mark.parametrize("words", ["@channel", "@everyone", "@here"])
async def test_everybody_is_nobody_s_owner(room: Room, words: str) -> None:
    await room.mention(room.li, f"任务 加 大扫除 {words} 明天")
    told = (await room.slack.until(lambda: room.slack.ephemerals(room.li)))[0]
    assert "没有叫" in told.seen
    assert told.pings == ()
    assert await room.slack.replies(room.channel) == []


def zone_of(bot: SlackBot, user: User) -> str:
    """Look up somebody's time zone in the store."""
    engine = open_engine(bot.url, pool_size=1, may_write=False)
    try:
        with engine.connect() as connection:
            joined = select(PERSON.c.timezone).join(ACCOUNT, ACCOUNT.c.person_id == PERSON.c.id)
            return str(connection.execute(joined.where(ACCOUNT.c.native == user.id)).scalar_one())
    finally:
        engine.dispose()


# -- HTTP mode ------------------------------------------------------------------------------------


@pytest_asyncio.fixture(loop_scope="module")
async def posted(tmp_path: Path) -> AsyncIterator[Room]:
    """Open a room in a Slack that posts to the program instead of holding a socket."""
    async with SlackFake.beside(tmp_path / "slack.log", retries_s=[0.0] * 3) as slack:
        bot = SlackBot(tmp_path, slack, has_socket=False)
        address, _ = await bot.start()
        try:
            await slack.configure(request_url=f"{address}/hooks/slack")
            await slack.until(slack.verify_url)
            yield await new_room(slack)
            assert await slack.violations() == []
        finally:
            await bot.kill()


@pytest.mark.slow
async def test_http_mode_serves_what_is_signed_once(posted: Room) -> None:
    slack = posted.slack
    assert await slack.verify_url()
    await slack.spoil_deliveries("repeat", copies=3)
    card = await posted.add("主图")
    await slack.press(posted.li, card, "完成")
    await posted.now(card, lambda one: "✅ 已完成" in one.seen)
    assert (await slack.slash(posted.ann, posted.channel, "help")).is_acked
    await posted.whisper(posted.ann, "What you can do here")
    await slack.settled()
    assert len(await slack.replies(posted.channel)) == 1
    assert {each["status"] for each in slack.records("answered")} == {200}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["forge", "stale", "tamper"])
async def test_http_mode_refuses_what_slack_did_not_sign_just_now(posted: Room, kind: DeliveryKind) -> None:
    slack = posted.slack
    await slack.spoil_deliveries(kind)
    said = await posted.mention(posted.li, "任务 加 假的")
    assert not any(one.is_acked for one in await slack.settled(said))
    assert {each["status"] for each in slack.records("answered")} == {401}
    await slack.heal()
    await posted.add("真的")
    assert len(await slack.replies(posted.channel)) == 1


# -- the operator ---------------------------------------------------------------------------------


async def run(bot: SlackBot, *words: str, **settings: str) -> tuple[int, str, float]:
    """Run the program to its end; give its exit code, what it said, and the seconds."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words),
        cwd=ROOT,
        env=bot.environ | settings,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(20):
        said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(), time.monotonic() - began


@pytest.mark.slow
async def test_wrong_token_ends_the_start_with_one_clear_line(tmp_path: Path) -> None:
    async with SlackFake.beside(tmp_path / "slack.log") as slack:
        wrong = f"xoxb-{'1' * 12}-{'2' * 12}-{'a1B2' * 6}"
        code, said, took = await run(SlackBot(tmp_path, slack), "run", DRUMBEAT_SLACK__BOT_TOKEN=wrong)
    assert code == 2, said
    assert "invalid_auth" in said
    assert "drumbeat doctor" in said
    assert wrong not in said
    assert "Traceback" not in said
    assert took < 5


@pytest.mark.slow
async def test_doctor_names_a_missing_scope_and_a_token_of_the_wrong_kind(tmp_path: Path) -> None:
    async with SlackFake.beside(tmp_path / "slack.log") as slack:
        bot = SlackBot(tmp_path, slack)
        await slack.reinstall(scopes=list(scopes()))
        code, said, _ = await run(bot, "doctor")
        assert code == 0, said
        await slack.reinstall(scopes=[scope for scope in scopes() if scope != "reactions:read"])
        code, said, _ = await run(bot, "doctor")
        assert code == 1, said
        assert "slack scope reactions:read" in said
        assert "reinstall" in said
        code, said, _ = await run(bot, "doctor", DRUMBEAT_SLACK__BOT_TOKEN=slack.app_token)
        assert code == 1, said
        assert "this is an app token" in said
        assert slack.app_token not in said


@pytest.mark.slow
async def test_second_process_on_one_sqlite_file_is_refused(bot: SlackBot) -> None:
    code, said, _ = await run(bot, "run")
    assert code == 2, said
    assert "drumbeat.db" in said
    assert "Traceback" not in said
