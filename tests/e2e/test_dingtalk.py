"""DingTalk, seen by the people in it: the real program with the real SDK beside a fake DingTalk, each a process."""

from __future__ import annotations

import asyncio
import itertools
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from storage.engine import open_engine
from storage.tasks import TASK
from tests.fakes.dingtalk.driver import DingTalkFake, Said, Shown
from tests.fakes.record import Json
from tests.house.sources import ROOT
from tests.proofs.process import BotProcess

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
ACK_MS = 1_000
TO_GROUP = "/v1.0/robot/groupMessages/send"
CREATE = "/v1.0/card/instances/createAndDeliver"
_numbers = itertools.count(1)


class DingTalkBot(BotProcess):
    """The bot as a process of its own, with a card template or without."""

    def __init__(self, directory: Path, ding: DingTalkFake, *, has_template: bool, **settings: str) -> None:
        directory.mkdir(exist_ok=True)
        super().__init__(directory)
        told = {"CLIENT_ID": ding.client_id, "CLIENT_SECRET": ding.client_secret}
        told |= {"API_URL": ding.api_url, "OAPI_URL": ding.api_url, "POSTS_PER_MINUTE": "600"}
        told |= {"CARD_TEMPLATE_ID": ding.template} if has_template else {}
        self._environ |= {f"DRUMBEAT_DINGTALK__{name}": value for name, value in (told | settings).items()}

    @property
    def environ(self) -> dict[str, str]:
        """The environment that it is started in."""
        return dict(self._environ)

    def titles(self) -> Counter[str]:
        """Read from the store which tasks there are, and how often."""
        engine = open_engine(self.url, pool_size=1, may_write=False)
        try:
            with engine.connect() as connection:
                return Counter(connection.execute(select(TASK.c.title)).scalars())
        finally:
            engine.dispose()


@dataclass(frozen=True)
class Room:
    """A group of two, with the bot in it."""

    ding: DingTalkFake
    chat: str
    li: str
    ann: str
    number: int
    """Ends the names of both: 李四1号, 王五1号."""

    async def mention(self, text: str, *, at: tuple[str, ...] = (), quotes: str | None = None) -> Said:
        """Let 李四 say something to the bot, and see it acknowledged in time."""
        said = await self.ding.say(self.li, text, chat=self.chat, at=at, quotes=quotes)
        assert (await self.ding.acked(said.delivery))["acked_ms"] < ACK_MS
        return said

    async def add(self, title: str, *, at: tuple[str, ...] = ()) -> Shown:
        """Let 李四 add a task, and give its card."""
        await self.mention(f"任务 加 {title}", at=at)

        async def look() -> list[Shown]:
            return [each for each in await self.ding.shown(self.chat) if re.match(r"(?:. )?T-\d+ ", each.title)]

        stand = len([each for each in await self.ding.shown(self.chat) if title in each.title])
        return (await self.ding.until(look, lambda found: found and (stand or title[:2] in found[-1].title)))[-1]

    async def press(self, who: str, card: Shown, label: str) -> None:
        """Press a button, and see it acknowledged in time."""
        pressed = await self.ding.press(who, card, label)
        assert (await self.ding.acked(pressed))["acked_ms"] < ACK_MS

    async def now(self, card: Shown, words: str) -> Shown:
        """Wait until that card says this, where it stands."""

        async def look() -> Shown:
            return next(each for each in await self.ding.shown(self.chat) if each.track == card.track)

        return await self.ding.until(look, lambda one: words in one.seen.text)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ding(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DingTalkFake]:
    """Run one fake for all tests; each works in a group of its own, with people of its own."""
    log = tmp_path_factory.mktemp("ding") / "dingtalk.log"
    async with DingTalkFake.started(log, per_minute=600, ack_s=1.5, retries_s=[0.2] * 40) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(ding: DingTalkFake, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DingTalkBot]:
    """Run the program with a template, and see in the end that it kept to the protocol."""
    running = DingTalkBot(tmp_path_factory.mktemp("bot"), ding, has_template=True)
    await running.start()
    try:
        await ding.connected()
        yield running
        assert await ding.violations() == []
        assert ding.client_secret not in running.errors.read_text("utf-8")
        assert await running.stop() == 0
    finally:
        await running.kill()


@pytest_asyncio.fixture(loop_scope="module")
async def room(bot: DingTalkBot, ding: DingTalkFake) -> Room:
    """Open a group."""
    return await new_room(ding)


async def new_room(ding: DingTalkFake) -> Room:
    """Open a group with two people whom the bot does not know."""
    number = next(_numbers)
    li, ann = await ding.add_person(f"李四{number}号"), await ding.add_person(f"王五{number}号")
    return Room(ding, await ding.add_group(f"作战室{number}", [li, ann]), li, ann, number)


async def settled(ding: DingTalkFake) -> list[Json]:
    """Wait until everything that the bot was told is acknowledged or given up."""
    return await ding.ended(timeout_s=25)


# -- saying and pressing --------------------------------------------------------------------------


async def test_first_mention_in_a_group_is_greeted_once_and_answered_with_a_card(room: Room) -> None:
    card = await room.add("主图定稿")
    assert card.via == "card"
    assert card.title.endswith("主图定稿") and "⚪ 待办" in card.seen.text
    assert card.buttons[:2] == ("完成", "开始")
    hello = await room.ding.shown(room.chat)
    assert "帮助" in hello[0].seen.text
    await room.add("第二件")
    assert [each.via for each in await room.ding.shown(room.chat)].count("card") == 2
    assert len(await room.ding.shown(room.chat)) == 3, "one hello, two cards"


async def test_button_changes_its_card_in_place(room: Room) -> None:
    card = await room.add("打包")
    await room.press(room.li, card, "开始")
    begun = await room.now(card, "进行中")
    assert begun.edits >= 1
    await room.press(room.ann, begun, "完成")
    done = await room.now(card, "已完成")
    assert "完成" not in done.buttons
    assert len([each for each in await room.ding.shown(room.chat) if each.via == "card"]) == 1


async def test_direct_chat_needs_no_mention_and_lists_go_there(room: Room) -> None:
    said = await room.ding.say(room.ann, "任务 加 打印")
    await room.ding.acked(said.delivery)
    await room.ding.see(room.ann, "打印")
    await room.mention("我的任务")
    await room.ding.see(room.li, "我的")
    assert all("我的任务" not in each.title for each in await room.ding.shown(room.chat))


async def test_quoted_reply_is_heard(room: Room) -> None:
    card = await room.add("详情页")
    ref = re.search(r"T-\d+", card.title)
    assert ref is not None
    await room.mention(f"完成 {ref[0]}", quotes="msg-of-the-bot")
    await room.now(card, "已完成")


async def test_mentioned_colleague_becomes_the_owner_and_is_called_by_the_card(room: Room) -> None:
    card = await room.add(f"文案 @王五{room.number}号", at=(room.ann,))
    assert card.at == (room.ann,)
    assert "王五" in card.seen.text


async def test_session_webhook_serves_while_it_lives_and_then_the_robot(room: Room) -> None:
    await room.mention("tsaks 看看")
    first = await room.ding.see(room.li, "tsaks")
    assert first.via in ("robot", "card"), "what is private goes to the direct chat, which has no webhook yet"
    await room.ding.say(room.li, "帮助")
    help_ = await room.ding.see(room.li, "在这里你可以")
    assert help_.via == "webhook"
    await room.ding.do("expire", webhooks=True)
    await room.mention("帮助")
    again = await room.ding.see(room.li, "在这里你可以", count=2)
    assert again.via == "robot"


async def test_words_of_people_are_words(room: Room) -> None:
    hostile = "**急** [x](https://evil.example) <font> `a` ![p](https://evil.example/p.png) SKU_1_2"
    card = await room.add(hostile)
    assert card.at == ()
    assert (card.seen.links, card.seen.mentions, card.seen.odd) == ([], [], [])


async def test_digest_shows_its_pictures(room: Room) -> None:
    await room.add("发货")
    before = await room.ding.do("media")
    await room.mention("现在发周报")

    async def look() -> list[Shown]:
        return [each for each in await room.ding.shown(room.li) if each.seen.images]

    shown = (await room.ding.until(look, timeout_s=15))[-1]
    media = await room.ding.do("media")
    assert len(media) > len(before)
    assert all(media[each] > 1_000 for each in shown.seen.images)


# -- without a template ---------------------------------------------------------------------------


async def test_without_a_template_acts_are_typed_and_a_changed_card_is_posted_anew(tmp_path: Path) -> None:
    async with DingTalkFake.started(tmp_path / "dingtalk.log", per_minute=600) as ding:
        bot = DingTalkBot(tmp_path / "bot", ding, has_template=False)
        await bot.start()
        try:
            await ding.connected()
            room = await new_room(ding)
            card = await room.add(f"主图定稿 @王五{room.number}号", at=(room.ann,))
            assert (card.via, card.buttons) == ("webhook", ())
            assert card.seen.mentions == [room.ann] and card.at == (room.ann,)
            ref = re.search(r"T-\d+", card.title)
            assert ref is not None and f"完成 {ref[0]}" in card.seen.text
            await room.mention(f"完成 {ref[0]}")
            again = await ding.see(room.chat, "已完成")
            assert again.id != card.id and again.seen.mentions == []
            assert await ding.violations() == []
            assert await bot.stop() == 0
        finally:
            await bot.kill()


async def test_pace_of_a_conversation_is_kept_and_nothing_is_dropped(tmp_path: Path) -> None:
    async with DingTalkFake.started(tmp_path / "dingtalk.log", per_minute=60) as ding:
        bot = DingTalkBot(tmp_path / "bot", ding, has_template=False, POSTS_PER_MINUTE="60")
        await bot.start()
        try:
            await ding.connected()
            room = await new_room(ding)
            for number in range(18):
                await room.mention(f"任务 加 第{number}件事")
            shown = await ding.until(lambda: ding.shown(room.chat), lambda found: len(found) == 19, timeout_s=25)
            titles = [each.title for each in shown[1:]]
            assert [title.partition(" ")[2] for title in titles] == [f"第{number}件事" for number in range(18)]
            assert await ding.violations() == []
        finally:
            await bot.kill()


# -- when something goes wrong --------------------------------------------------------------------


async def many(room: Room, word: str, count: int = 12) -> list[str]:
    """Let two people add tasks one after the other, without waiting for the answers."""
    titles = [f"{word}{number}号" for number in range(count)]
    for number, title in enumerate(titles):
        await room.ding.say(room.li if number % 2 else room.ann, f"任务 加 {title}", chat=room.chat)
        await asyncio.sleep(0.02)
    return titles


async def judged(bot: DingTalkBot, room: Room, titles: list[str], *, timeout_s: float = 25) -> None:
    """See that each is a task once, and stands once as a card."""
    ends = await settled(room.ding)
    assert all(one["acks"] for one in ends)

    async def look() -> Counter[str]:
        cards = [each.title.partition(" ")[2] for each in await room.ding.shown(room.chat) if each.via == "card"]
        return Counter(each for each in cards if each in titles)

    cards = await room.ding.until(look, lambda found: len(found) == len(titles), timeout_s=timeout_s)
    assert set(cards.values()) == {1}
    tasks = bot.titles()
    assert [tasks[title] for title in titles] == [1] * len(titles)


async def test_repeated_deliveries_are_applied_once(bot: DingTalkBot, room: Room) -> None:
    await room.ding.spoil_deliveries("repeat", copies=2, new_frame=True)
    try:
        await judged(bot, room, await many(room, "重复"))
    finally:
        await room.ding.heal()


async def test_reordered_delayed_and_dropped_deliveries_lose_nothing(bot: DingTalkBot, room: Room) -> None:
    await room.ding.spoil_deliveries("shuffle", window=3, times=9)
    await room.ding.spoil_deliveries("delay", seconds=0.3, probability=0.3)
    await room.ding.spoil_deliveries("drop", probability=0.3, times=4)
    try:
        await judged(bot, room, await many(room, "乱序"))
    finally:
        await room.ding.heal()


async def test_sockets_that_are_cut_closed_or_leave_lose_nothing(bot: DingTalkBot, room: Room) -> None:
    titles = await many(room, "断线", 4)
    await room.ding.do("cut")
    titles += await many(room, "关闭", 4)
    await room.ding.connected()
    await room.ding.do("cut", code=1000)
    titles += await many(room, "再见", 4)
    await room.ding.connected()
    await room.ding.do("disconnect")
    titles += await many(room, "之后", 4)
    await judged(bot, room, titles)


async def test_clean_closes_one_after_the_other_make_no_storm(bot: DingTalkBot, ding: DingTalkFake) -> None:
    before = (await ding.do("sockets"))["opened"]
    for _ in range(3):
        await ding.connected(timeout_s=20)
        await ding.do("cut", code=1000)
    await ding.connected(timeout_s=20)
    assert (await ding.do("sockets"))["opened"] - before <= 4


async def test_hung_discovery_ends_and_is_tried_again(bot: DingTalkBot, room: Room) -> None:
    await room.add("之前的")
    await room.ding.spoil("hang", "gateway", seconds=60, times=1)
    await room.ding.spoil("error", "socket", status=503, times=1)
    await room.ding.do("cut")
    title = f"等待{room.number}号"
    await room.ding.say(room.li, f"任务 加 {title}", chat=room.chat)
    await room.ding.connected(timeout_s=25)
    await judged(bot, room, [title])


async def test_tokens_that_run_out_are_fetched_anew_once(bot: DingTalkBot, room: Room) -> None:
    titles = await many(room, "令牌", 3)
    await judged(bot, room, titles)
    fetched = len(room.ding.records("token"))
    await room.ding.do("expire", tokens=True)
    titles = await many(room, "换新", 8)
    await judged(bot, room, titles)
    assert len(room.ding.records("token")) - fetched == 1


async def test_rate_limits_are_waited_for(bot: DingTalkBot, room: Room) -> None:
    await room.ding.spoil("error", CREATE, status=403, code="Forbidden.AccessDenied.QpsLimitForApi", times=2)
    await judged(bot, room, await many(room, "限流", 6))


@pytest.mark.parametrize("kind", ["reset", "html", "hang"])
async def test_cards_whose_answer_was_lost_stand_once(bot: DingTalkBot, room: Room, kind: str) -> None:
    await room.ding.spoil(kind, CREATE, accepts=True, times=2, status=502, seconds=1)  # type: ignore[arg-type]
    await judged(bot, room, await many(room, f"丢答{kind}", 4))


async def test_chat_that_the_bot_was_removed_from_is_told_to_whoever_asked(room: Room) -> None:
    await room.add("还在")
    await room.ding.do("remove_bot", chat=room.chat)
    await room.mention("任务 加 不在了")
    await room.ding.see(room.li, "我还在群里吗", timeout_s=15)


# -- the operator ---------------------------------------------------------------------------------


async def run(bot: DingTalkBot, *words: str, **settings: str) -> tuple[int, str, float]:
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


async def test_wrong_secret_ends_the_start_with_one_clear_line(tmp_path: Path, ding: DingTalkFake) -> None:
    wrong = "wrong-secret-" + "a1B2" * 8
    bot = DingTalkBot(tmp_path / "wrong", ding, has_template=False)
    code, said, took = await run(bot, "run", DRUMBEAT_DINGTALK__CLIENT_SECRET=wrong)
    assert code == 2, said
    assert "invalidClientIdOrSecret" in said and "drumbeat doctor" in said
    assert wrong not in said and "Traceback" not in said
    assert took < 8


async def test_doctor_tries_every_capability_and_names_what_is_missing(tmp_path: Path) -> None:
    async with DingTalkFake.started(tmp_path / "dingtalk.log") as ding:
        bot = DingTalkBot(tmp_path / "bot", ding, has_template=True)
        code, said, _ = await run(bot, "doctor")
        assert code == 0, said
        assert all(f"dingtalk {each}" in said for each in ("stream", "messages", "pictures", "names", "cards"))
        assert "cannot be checked" in said
        await ding.do("configure", permissions=["qyapi_base", "qyapi_get_member"])
        code, said, _ = await run(bot, "doctor")
        assert code == 1, said
        assert "qyapi_robot_sendmsg" in said and "Card.Instance.Write" in said
        await ding.do("configure", permissions=["qyapi_robot_sendmsg", "Card.Instance.Write"])
        code, said, _ = await run(bot, "doctor")
        assert code == 1, said
        assert "qyapi_base" in said and "qyapi_get_member" in said
        assert await ding.violations() == []
