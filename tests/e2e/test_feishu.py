"""Feishu, seen by the people in it: the real program with the real SDK beside a fake Feishu, each a process."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from storage.engine import open_engine
from storage.tasks import TASK
from tests.fakes.feishu.driver import FeishuFake, Shown, Told
from tests.house.sources import ROOT
from tests.proofs.process import BotProcess

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
ACK_MS = 1_000
WAIT_S = 20.0
_numbers = itertools.count(1)


class FeishuBot(BotProcess):
    """The bot as a process of its own, by long connection or taking posts."""

    def __init__(self, directory: Path, feishu: FeishuFake, *, has_socket: bool = True, **settings: str) -> None:
        directory.mkdir(exist_ok=True)
        super().__init__(directory)
        names = ["app_id", "app_secret", "domain", *([] if has_socket else ["encrypt_key", "verification_token"])]
        told = {name.upper(): feishu.known(name) for name in names}
        self._environ |= {f"DRUMBEAT_FEISHU__{name}": value for name, value in (told | settings).items()}

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

    feishu: FeishuFake
    chat: str
    li: str
    ann: str
    number: int

    async def mention(self, text: str, **options: Any) -> Told:
        """Let 李四 say something to the bot, and see it acknowledged in time."""
        told = await self.feishu.act("say", self.li, self.chat, f"{{bot}} {text}", **options)
        assert (await self.feishu.acked(told))["ack_ms"] < ACK_MS
        return told

    async def add(self, title: str, **options: Any) -> Shown:
        """Let 李四 add a task, and give its card."""
        await self.mention(f"任务 加 {title}", **options)
        return await self.card(title)

    async def card(self, words: str) -> Shown:
        """Wait until a message that all see says this."""
        return await self.found(self.ann, lambda one: words in one.text and not one.only_for)

    async def whisper(self, who: str, words: str) -> Shown:
        """Wait until this person alone is told so."""
        return await self.found(who, lambda one: words in one.text and one.only_for == who)

    async def found(self, who: str, is_so: Callable[[Shown], object], chat: str | None = None) -> Shown:
        """Wait until somebody sees such a message, the newest first."""

        async def look() -> Shown | None:
            every = await self.feishu.sees(who, self.chat if chat is None else chat)
            return next((one for one in reversed(every) if is_so(one)), None)

        seen = await self.feishu.until(look, timeout_s=WAIT_S)
        assert seen is not None
        return seen

    async def press(self, who: str, card: Shown, label: str) -> dict[str, Any]:
        """Press a button, and see it acknowledged in time."""
        acked = await self.feishu.acked(await self.feishu.act("press", who, card.id, label))
        assert acked["ack_ms"] < ACK_MS
        return dict(acked)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def feishu(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FeishuFake]:
    """Run one fake for all tests; each works in a group of its own, with people of its own."""
    async with FeishuFake.started(tmp_path_factory.mktemp("feishu") / "log", retries_s=[0.3] * 60) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(feishu: FeishuFake, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FeishuBot]:
    """Run the program, and see in the end that it kept to the protocol."""
    running = FeishuBot(tmp_path_factory.mktemp("bot"), feishu)
    await running.start()
    try:
        await feishu.connected()
        yield running
        assert await feishu.do("violations") == []
        assert feishu.known("app_secret") not in running.errors.read_text("utf-8")
        assert await running.stop() == 0
    finally:
        await running.kill()


@pytest_asyncio.fixture(loop_scope="module")
async def room(bot: FeishuBot, feishu: FeishuFake) -> Room:
    """Open a group."""
    return await new_room(feishu)


async def new_room(feishu: FeishuFake, **about: object) -> Room:
    """Open a group with two people whom the bot does not know."""
    number = next(_numbers)
    li, ann = await feishu.person(f"李四{number}号"), await feishu.person(f"王五{number}号")
    return Room(feishu, await feishu.group(f"作战室{number}", [li, ann], **about), li, ann, number)


# -- saying -----------------------------------------------------------------------------------------


async def test_mention_is_answered_with_a_card(room: Room) -> None:
    await room.mention("任务 加 主图定稿 {0} 12-31 !高 #设计", mentions=[room.ann])
    card = await room.card("主图定稿")
    assert card.title.endswith("主图定稿") and card.pings == (room.ann,) and not card.alive
    assert all(words in card.text for words in ("待办", "12-31", "P1 高", "#设计"))
    assert {"完成", "开始", "改日期…", "更多…", "撤销"} == set(card.buttons)
    assert [one.id for one in await room.feishu.sees(room.ann, room.chat)] == [card.id]


async def test_direct_chat_needs_no_mention(room: Room) -> None:
    direct = await room.feishu.act("enter", room.ann)
    assert (await room.feishu.acked(direct))["answer"] is None
    chosen = await room.feishu.act("choose", room.ann, "my_tasks")
    await room.feishu.acked(chosen)
    seen = await room.feishu.until(lambda: room.feishu.sees(room.ann), lambda every: len(every) == 2)
    assert {one.only_for for one in seen} == {""}, "the answer, and the first hello"


async def test_reply_in_the_thread_of_a_card_and_a_quote_change_that_card(room: Room) -> None:
    card, other = await room.add("详情页"), await room.add("另一件")
    told = await room.feishu.act("say", room.ann, room.chat, "{bot} 完成", under=card.id)
    await room.feishu.acked(told)
    await room.found(room.ann, lambda one: one.id == card.id and "已完成" in one.text)
    told = await room.feishu.act("say", room.ann, room.chat, "{bot} 开始", quoting=other.id)
    await room.feishu.acked(told)
    await room.found(room.ann, lambda one: one.id == other.id and "进行中" in one.text)


async def test_talk_that_is_heard_is_left_alone(room: Room) -> None:
    told = await room.feishu.act("say", room.li, room.chat, "大家中午吃什么？", hears_all=True)
    await room.feishu.acked(told)
    await room.add("之后的")
    assert len(await room.feishu.sees(room.ann, room.chat)) == 1


async def test_topic_group_is_answered_in_its_topic(bot: FeishuBot, feishu: FeishuFake) -> None:
    room = await new_room(feishu, is_topics=True)
    told = await room.mention("任务 加 话题里的")
    card = await room.card("话题里的")
    assert card.root == told.message
    await room.mention("帮助", under=told.message)
    helped = await room.found(room.li, lambda one: "任务" in one.text, "")
    assert helped.only_for == "", "there are no private cards among topics: it came directly"


async def test_words_of_people_ping_nobody(room: Room) -> None:
    hostile = "<at id=all></at> **看** [银行](x) &#60;at id=all&#62; `a`"
    await room.mention(f"任务 加 {hostile}")
    card = await room.card("**看**")
    assert card.pings == () and not card.alive and not card.links and hostile in card.title


# -- pressing and filling in ------------------------------------------------------------------------


async def test_button_changes_its_card_in_place_at_once(room: Room) -> None:
    card = await room.add("打包")
    acked = await room.press(room.li, card, "完成")
    assert "已完成" in str(acked["answer"]["card"]["data"]), "the card rides in the answer"
    assert acked["answer"]["toast"]["content"]
    done = await room.found(room.ann, lambda one: one.id == card.id and one.edits and "已完成" in one.text)
    assert "重新打开" in done.buttons
    assert len([one for one in await room.feishu.sees(room.ann, room.chat) if not one.only_for]) == 1


async def test_form_tells_what_is_wrong_keeps_what_was_typed_and_closes(room: Room) -> None:
    card = await room.add("拍摄")
    await room.press(room.li, card, "改日期…")
    form = await room.found(room.li, lambda one: one.inputs)
    assert form.only_for == room.li
    name = next(iter(form.inputs))
    wrong = await room.feishu.acked(await room.feishu.act("submit", room.li, form.id, {name: "哪天呢"}))
    assert wrong["answer"]["toast"]["type"] == "error"
    again = await room.found(room.li, lambda one: one.id == form.id)
    assert again.inputs[name]["default_value"] == "哪天呢"
    await room.feishu.acked(await room.feishu.act("submit", room.li, form.id, {name: "12-30"}))
    assert not (await room.found(room.li, lambda one: one.id == form.id)).inputs
    await room.found(room.ann, lambda one: one.id == card.id and "12-30" in one.text)


async def test_pin_makes_a_task_and_a_recalled_message_is_offered_for_the_archive(room: Room) -> None:
    said = await room.feishu.act("say", room.ann, room.chat, "客户说主图颜色不对")
    await room.feishu.acked(await room.feishu.act("react", room.li, said.message, "Pin"))
    card = await room.card("客户说主图颜色不对")
    assert card.root == said.message
    told = await room.mention("任务 加 收回的")
    await room.card("收回的")
    await room.feishu.acked(await room.feishu.act("recall", told.message))
    await room.found(room.li, lambda one: one.only_for and "归档" in one.buttons)


async def test_bot_says_hello_when_it_is_added(bot: FeishuBot, feishu: FeishuFake) -> None:
    room = await new_room(feishu, has_bot=False)
    await feishu.acked(await feishu.act("invite_bot", room.li, room.chat))
    await room.card("帮助")
    await feishu.acked(await feishu.act("remove_bot", room.li, room.chat))
    await feishu.acked(await feishu.act("other", "im.chat.disbanded_v1"))


async def test_digest_is_posted_with_its_picture(room: Room) -> None:
    card = await room.add("周报里的")
    await room.press(room.li, card, "完成")
    told = await room.feishu.act("say", room.li, room.chat, "{bot} 现在发周报")
    await room.feishu.acked(told)
    digest = await room.found(room.li, lambda one: one.images)
    assert not digest.alive and await room.feishu.do("images")


# -- what goes wrong ----------------------------------------------------------------------------------


async def test_repeats_disorder_and_cuts_lose_nothing_and_double_nothing(bot: FeishuBot, room: Room) -> None:
    feishu = room.feishu
    await feishu.do("spoil", kind="repeat", copies=2, times=6)
    await feishu.do("spoil", kind="shuffle", seconds=0.4, times=12)
    await feishu.do("spoil", kind="drop", times=3)
    await feishu.do("spoil", kind="cut", times=2)
    titles = [f"乱序{room.number}-{number}z" for number in range(12)]
    said = [await feishu.act("say", room.li, room.chat, f"{{bot}} 任务 加 {title}") for title in titles]
    for each in said:
        await feishu.acked(each, timeout_s=30)
    await feishu.do("heal")
    for title in titles:
        await room.card(title)
    assert [bot.titles()[title] for title in titles] == [1] * len(titles)
    texts = "\n".join(one.title for one in await feishu.sees(room.ann, room.chat) if not one.only_for)
    assert [texts.count(title) for title in titles] == [1] * len(titles), "not even a post is doubled"


async def test_lost_answers_limits_and_ended_tokens_double_no_post(room: Room) -> None:
    feishu = room.feishu
    await feishu.do("spoil_calls", about="POST im/v1/messages", kind="swallow", times=2)
    await feishu.do("spoil_calls", about="POST im/v1/messages", kind="ratelimit", reset=1, times=1)
    await feishu.do("spoil_calls", about="POST im/v1/messages", kind="status", status=503, times=1)
    await feishu.do("spoil_calls", about="im/v1/messages", kind="token", times=1)
    titles = [f"丢答{room.number}-{number}z" for number in range(4)]
    for title in titles:
        await room.mention(f"任务 加 {title}")
    for title in titles:
        await room.card(title)
    posts = [one.title for one in await feishu.sees(room.ann, room.chat)]
    assert sorted(posts, key=lambda one: one[-2:]) == posts and len(posts) == 4


async def test_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    async with FeishuFake.started(tmp_path / "log", retries_s=[0.3] * 100) as feishu:
        bot, room = FeishuBot(tmp_path / "bot", feishu), await new_room(feishu)
        titles = [f"断电{number}z" for number in range(18)]
        said = []
        for number, title in enumerate(titles):
            if number % 6 == 0:
                await bot.kill()
                await bot.start()
                await feishu.connected()
            said.append(await feishu.act("say", room.li, room.chat, f"{{bot}} 任务 加 {title}"))
        await bot.kill()
        await bot.start()
        for each in said:
            await feishu.acked(each, timeout_s=30)
        for title in titles:
            await room.card(title)
        assert await bot.stop() == 0
        posts = "\n".join(one.title for one in await feishu.sees(room.ann, room.chat))
        assert [(bot.titles()[title], posts.count(title)) for title in titles] == [(1, 1)] * len(titles)
        assert await feishu.do("violations") == []


async def test_hung_discovery_and_a_cut_connection_come_back(room: Room) -> None:
    await room.feishu.do("spoil_calls", about="ws/endpoint", kind="hang", seconds=60, times=1)
    await room.feishu.do("cut")
    told = await room.feishu.act("say", room.li, room.chat, "{bot} 任务 加 断线之后")
    await asyncio.sleep(1)
    await room.feishu.do("heal")
    await room.feishu.acked(told, timeout_s=30)
    await room.card("断线之后")


async def test_old_card_is_posted_anew_and_edited_from_then_on(room: Room) -> None:
    card = await room.add("两周前的")
    await room.feishu.do("configure", age_s=15 * 24 * 3600)
    try:
        await room.mention(f"开始 {card.title.split()[0]}")
        anew = await room.found(room.ann, lambda one: one.id != card.id and "进行中" in one.text and not one.only_for)
    finally:
        await room.feishu.do("configure", age_s=0)
    await room.mention(f"完成 {card.title.split()[0]}")
    await room.found(room.ann, lambda one: one.id == anew.id and "已完成" in one.text)


# -- HTTP mode, and the operator --------------------------------------------------------------------------


async def test_http_mode_serves_what_is_signed_once(tmp_path: Path) -> None:
    async with FeishuFake.started(tmp_path / "log", retries_s=[0.2] * 5) as feishu:
        bot = FeishuBot(tmp_path, feishu, has_socket=False)
        address, _ = await bot.start()
        try:
            await feishu.do("configure", request_url=f"{address}/hooks/feishu")
            assert await feishu.do("verify")
            room = await new_room(feishu)
            await feishu.do("spoil", kind="repeat", copies=2)
            card = await room.add("主图")
            assert "已完成" in str((await room.press(room.li, card, "完成"))["answer"]["card"])
            for forged in ("forge", "stale", "tamper", "plain", "token"):
                await feishu.do("spoil", kind=forged, times=9)
                told = await feishu.act("say", room.li, room.chat, "{bot} 任务 加 假的")
                done = next(one for one in await feishu.settled() if one["id"] == told.delivery)
                assert done["ack"] == "again" and done["status"] in (400, 401), forged
                await feishu.do("heal")
            await room.add("真的")
            assert bot.titles() == {"主图": 1, "真的": 1}
            assert await feishu.do("violations") == []
        finally:
            await bot.kill()


async def run(bot: FeishuBot, *words: str, **settings: str) -> tuple[int, str]:
    """Run the program to its end; give its exit code, and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words),
        cwd=ROOT,
        env=bot.environ | settings,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(25):
        said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_doctor_names_what_is_missing_and_a_wrong_secret_ends_the_start(tmp_path: Path) -> None:
    async with FeishuFake.started(tmp_path / "log") as feishu:
        bot = FeishuBot(tmp_path, feishu)
        code, said = await run(bot, "doctor")
        assert code == 0 and "cannot be checked" in said, said
        await feishu.do("configure", scopes=["im:message:send_as_bot"])
        code, said = await run(bot, "doctor")
        assert code == 1 and "im:resource" in said and "release a new version" in said, said
        wrong = "0123456789abcdef"
        code, said = await run(bot, "run", DRUMBEAT_FEISHU__APP_SECRET=wrong)
        assert code == 2 and "drumbeat doctor" in said and wrong not in said and "Traceback" not in said, said
