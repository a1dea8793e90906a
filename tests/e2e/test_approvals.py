"""An approval on each platform: asked for, talked about, decided by button, by text and by form, and clicked twice.

The real program with all three adapters beside three fakes. What is asked on one platform hangs there and with each who
decides; what a project on all three asks hangs on all three.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pytest
import pytest_asyncio
from sqlalchemy import select

from storage.budgets import LINE
from storage.engine import open_engine
from tests.e2e.test_three_platforms import Everywhere, three_fakes
from tests.fakes.dingtalk.driver import DingTalkFake
from tests.fakes.dingtalk.driver import Shown as OnDingTalk
from tests.fakes.driving import Driver
from tests.fakes.feishu.driver import FeishuFake
from tests.fakes.feishu.driver import Shown as OnFeishu
from tests.fakes.slack.driver import Channel, Message, SlackFake, User

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
TIME: Final = r"\d\d:\d\d"
UPDATE: Final = "/v1.0/card/instances"
QUIET_OFF: Final = "免打扰 关闭"
FACES: Final = (("slack", "思"), ("dingtalk", "钉"), ("feishu", "飞"))
"""Each platform, and by what the names of its people begin."""
PROJECT: Final = "双12作战室"
TEAM: Final = ("小美", "王总", "李总")
"""Who asks, and two who can decide."""
ASKED: Final = ("同意", "退回…", "拒绝…", "更多…")


@dataclass(frozen=True)
class Copy:
    """A message of the bot as somebody sees it now."""

    text: str
    buttons: tuple[str, ...]
    raw: Any
    """As the platform's driver gives it."""

    @property
    def ref(self) -> str:
        """The ref that it names first."""
        found = re.search(r"A-\d+", self.text)
        assert found is not None, self.text
        return found[0]


class Face(Protocol):
    """One platform, with a group in it: what people do there, and what they see."""

    where: str
    """What the stamp calls the platform."""

    @property
    def fake(self) -> Driver:
        """Give the fake platform."""
        ...

    async def meet(self, who: str) -> None:
        """Let somebody tell the bot directly to keep no quiet hours for them: a test has no working day."""
        ...

    async def ask(self, who: str, text: str, *named: str) -> None:
        """Say something to the bot in the group, which names people."""
        ...

    async def talk(self, who: str, text: str, under: Copy) -> None:
        """Say something below a card, or as near to it as the platform has it."""
        ...

    async def press(self, who: str, copy: Copy, label: str) -> None:
        """Press a button."""
        ...

    async def fill_in(self, who: str, copy: Copy, verb: str, words: str) -> None:
        """Answer by the platform's own means what a button asked for: why somebody does this."""
        ...

    async def hold_edits(self) -> None:
        """Have the platform take no edit of a message until it is healed."""
        ...

    async def heal(self) -> None:
        """Have the platform take all again."""
        ...

    async def group(self) -> list[Copy]:
        """Give what all see in the group, oldest first."""
        ...

    async def alone(self, who: str) -> list[Copy]:
        """Give what one person alone sees, in the group and directly, oldest first."""
        ...


class OnSlackFace:
    """A channel in Slack."""

    where = "Slack"

    def __init__(self, fake: SlackFake, channel: Channel, people: dict[str, User]) -> None:
        self.fake: SlackFake = fake
        self._channel = channel
        self._people = people

    async def meet(self, who: str) -> None:
        await self.fake.settled(await self.fake.dm(self._people[who], QUIET_OFF))

    async def ask(self, who: str, text: str, *named: str) -> None:
        names = " ".join(f"@{self._people[each].name}" for each in named)
        await self.fake.mention(self._people[who], self._channel, f"{text} {names}")

    async def talk(self, who: str, text: str, under: Copy) -> None:
        await self.fake.say(self._people[who], self._channel, text, thread=under.raw)

    async def press(self, who: str, copy: Copy, label: str) -> None:
        assert (await self.fake.press(self._people[who], copy.raw, label)).is_acked

    async def fill_in(self, who: str, copy: Copy, verb: str, words: str) -> None:
        form = (await self.fake.until(lambda: self.fake.views(self._people[who])))[-1]
        assert copy.ref in form.title
        await self.fake.submit(form, {form.widgets[0].block_id: words})

    async def hold_edits(self) -> None:
        await self.fake.limit("chat.update", retry_after="1")

    async def heal(self) -> None:
        await self.fake.heal()

    async def group(self) -> list[Copy]:
        return [_on_slack(one) for one in await self.fake.replies(self._channel)]

    async def alone(self, who: str) -> list[Copy]:
        found = [*await self.fake.ephemerals(self._people[who]), *await self.fake.direct(self._people[who])]
        return [_on_slack(one) for one in found if one.is_own]


class OnFeishuFace:
    """A group in Feishu."""

    where = "飞书"

    def __init__(self, fake: FeishuFake, chat: str, people: dict[str, str]) -> None:
        self.fake: FeishuFake = fake
        self._chat = chat
        self._people = people

    async def meet(self, who: str) -> None:
        await self.fake.acked(await self.fake.act("say", self._people[who], "", QUIET_OFF))

    async def ask(self, who: str, text: str, *named: str) -> None:
        places = " ".join(f"{{{number}}}" for number in range(len(named)))
        told = await self.fake.act("say", self._people[who], self._chat, f"{{bot}} {text} {places}",
                                   mentions=[self._people[each] for each in named])  # fmt: skip
        await self.fake.acked(told)

    async def talk(self, who: str, text: str, under: Copy) -> None:
        await self.fake.acked(
            await self.fake.act("say", self._people[who], self._chat, text, under=under.raw.id, hears_all=True)
        )

    async def press(self, who: str, copy: Copy, label: str) -> None:
        await self.fake.acked(await self.fake.act("press", self._people[who], copy.raw.id, label))

    async def fill_in(self, who: str, copy: Copy, verb: str, words: str) -> None:
        account = self._people[who]

        async def look() -> list[OnFeishu]:
            found = [one for one in await self.fake.sees(account, self._chat) if one.only_for == account]
            return [one for one in [*await self.fake.sees(account), *found] if one.inputs]

        form = (await self.fake.until(look))[-1]
        told = await self.fake.act("submit", account, form.id, {next(iter(form.inputs)): words})
        await self.fake.acked(told)

    async def hold_edits(self) -> None:
        await self.fake.do("spoil_calls", about="PATCH im/v1/messages", kind="ratelimit", reset=1, times=1_000)

    async def heal(self) -> None:
        await self.fake.do("heal")

    async def group(self) -> list[Copy]:
        found = await self.fake.sees(next(iter(self._people.values())), self._chat)
        return [_on_feishu(one) for one in found if not one.only_for]

    async def alone(self, who: str) -> list[Copy]:
        account = self._people[who]
        found = [one for one in await self.fake.sees(account, self._chat) if one.only_for == account]
        return [_on_feishu(one) for one in [*found, *await self.fake.sees(account)]]


class OnDingTalkFace:
    """A group in DingTalk, which has neither threads nor forms: what is meant is named, and typed."""

    where = "钉钉"

    def __init__(self, fake: DingTalkFake, chat: str, people: dict[str, str]) -> None:
        self.fake: DingTalkFake = fake
        self._chat = chat
        self._people = people

    async def meet(self, who: str) -> None:
        await self.fake.acked((await self.fake.say(self._people[who], QUIET_OFF)).delivery)

    async def ask(self, who: str, text: str, *named: str) -> None:
        names = " ".join(f"@{each}" for each in named)
        at = [self._people[each] for each in named]
        said = await self.fake.say(self._people[who], f"{text} {names}", chat=self._chat, at=at)
        await self.fake.acked(said.delivery)

    async def talk(self, who: str, text: str, under: Copy) -> None:
        text = f"{text} {under.ref}" if text == "同意" else text
        said = await self.fake.say(self._people[who], text, chat=self._chat, quotes=under.raw.id)
        await self.fake.acked(said.delivery)

    async def press(self, who: str, copy: Copy, label: str) -> None:
        await self.fake.acked(await self.fake.press(self._people[who], copy.raw, label))

    async def fill_in(self, who: str, copy: Copy, verb: str, words: str) -> None:
        await self.fake.see(self._people[who], f"请输入：{verb} {copy.ref} ")
        said = await self.fake.say(self._people[who], f"{verb} {copy.ref} {'确认 ' if verb == '同意' else ''}{words}")
        await self.fake.acked(said.delivery)

    async def hold_edits(self) -> None:
        await self.fake.spoil("error", UPDATE, status=503)

    async def heal(self) -> None:
        await self.fake.heal()

    async def group(self) -> list[Copy]:
        return [_on_dingtalk(one) for one in await self.fake.shown(self._chat)]

    async def alone(self, who: str) -> list[Copy]:
        return [_on_dingtalk(one) for one in await self.fake.shown(self._people[who])]


def _on_slack(one: Message) -> Copy:
    return Copy(one.seen.replace("*", ""), tuple(one.buttons), one)


def _on_feishu(one: OnFeishu) -> Copy:
    return Copy(f"{one.title}\n{one.text}", one.buttons, one)


def _on_dingtalk(one: OnDingTalk) -> Copy:
    return Copy(one.seen.text, one.buttons, one)


async def sees(face: Face, who: str | None, *words: str, buttons: Sequence[str] = ()) -> Copy:
    """Wait until all in the group, or one person alone, see a message that matches every pattern; the newest."""

    def is_it(one: Copy) -> bool:
        text = one.text.replace(" ", "")  # one of the fakes shows a space where a tag ends
        return set(buttons) <= set(one.buttons) and all(re.search(each.replace(" ", ""), text) for each in words)

    async def look() -> list[Copy]:
        every = await (face.group() if who is None else face.alone(who))
        return sorted(every, key=is_it)  # stable: what is looked for comes last, the newest at the end

    return (await face.fake.until(look, lambda every: every and is_it(every[-1])))[-1]


async def card(face: Face, who: str | None, title: str) -> Copy:
    """Wait for the card of what is asked for, as one who can decide sees it."""
    found = await sees(face, who, title, "待批", buttons=ASKED)
    assert "审批人" in found.text
    return found


async def is_stamped(face: Face, who: str | None, title: str, stamp: str) -> None:
    """Wait until a copy of the card tells who decided, where and when, and can be pressed no more."""
    found = await sees(face, who, title, f"{stamp} {TIME}", "审批人")
    assert not set(ASKED) & set(found.buttons), found.buttons


def booked(url: str) -> list[int]:
    """Read from the store what approvals agreed to on each budget line, in minor units."""
    engine = open_engine(url, pool_size=1, may_write=False)
    try:
        with engine.connect() as connection:
            return list(connection.execute(select(LINE.c.committed_minor)).scalars())
    finally:
        engine.dispose()


@dataclass(frozen=True)
class World:
    """The bot, and a face of each platform."""

    bot: Everywhere
    slack: OnSlackFace
    feishu: OnFeishuFace
    dingtalk: OnDingTalkFace

    def face(self, name: str) -> Face:
        """Give a face by the name of its platform."""
        found: Face = getattr(self, name)
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Start the fakes and the bot; on each platform somebody asks, and two can decide."""
    async with AsyncExitStack() as stack:
        ding, feishu, slack = await stack.enter_async_context(three_fakes(tmp_path_factory.mktemp("fakes")))
        bot = Everywhere(tmp_path_factory.mktemp("bot"), ding, feishu, slack)
        on_ding = {f"钉{each}": await ding.add_person(f"钉{each}") for each in TEAM}
        await bot.grant(f"dingtalk:{on_ding['钉小美']}")
        await bot.start()
        stack.push_async_callback(bot.kill)
        await asyncio.gather(ding.connected(), feishu.connected(), slack.connected())
        on_slack = {
            f"思{each}": await slack.add_user(f"user{number}", display_name=f"思{each}")
            for number, each in enumerate(TEAM)
        }
        on_feishu = {f"飞{each}": await feishu.person(f"飞{each}") for each in TEAM}
        made = World(
            bot,
            OnSlackFace(slack, await slack.add_channel("d12", list(on_slack.values())), on_slack),
            OnFeishuFace(feishu, await feishu.group("双12 飞书群", list(on_feishu.values())), on_feishu),
            OnDingTalkFace(ding, await ding.add_group(PROJECT, list(on_ding.values())), on_ding),
        )
        for platform, family in FACES:
            for each in TEAM:
                await made.face(platform).meet(f"{family}{each}")
        await made.dingtalk.ask("钉小美", "审批限额 ¥1,000,000 全局")
        yield made
        assert await bot.stop() == 0


@pytest.mark.parametrize(("platform", "family"), FACES)
async def test_approved_by_button_and_the_second_click_is_told_who_was_first(
    world: World, platform: str, family: str
) -> None:
    face, mei, wang, li = world.face(platform), f"{family}小美", f"{family}王总", f"{family}李总"
    await face.ask(mei, "审批 费用 ¥30,000 追加抖音投放", wang, li)
    asked = await card(face, None, "追加抖音投放")
    assert "¥30,000" in asked.text
    before = await card(face, li, "追加抖音投放")
    await card(face, wang, "追加抖音投放")
    await face.talk(wang, "我再想想", asked)
    await face.hold_edits()
    try:
        await face.press(wang, await card(face, None, "追加抖音投放"), "同意")
        await sees(face, wang, f"✅ 同意：{wang} 于{face.where} {TIME}", "十分钟内可以撤回")
        await face.press(li, before, "同意")
        await sees(face, li, f"{asked.ref} 已由 {wang} 于{face.where} {TIME} 同意")
    finally:
        await face.heal()
    for who in (None, wang, li):
        await is_stamped(face, who, "追加抖音投放", f"✅ 同意：{wang} 于{face.where}")
    await sees(face, mei, asked.ref, f"✅ 同意：{wang} 于{face.where} {TIME}")


@pytest.mark.parametrize(("platform", "family"), FACES)
async def test_approved_by_text_and_rejected_by_form(world: World, platform: str, family: str) -> None:
    face, mei, wang, li = world.face(platform), f"{family}小美", f"{family}王总", f"{family}李总"
    await face.ask(mei, "审批 采购 ¥5,000 样品打样", wang)
    samples = await card(face, None, "样品打样")
    await face.ask(mei, "审批 方案 大促主视觉", wang)
    plan = await card(face, None, "大促主视觉")
    await face.talk(mei, "同意", samples)
    await face.talk(li, "同意", samples)
    await face.talk(wang, "同意", samples)
    await is_stamped(face, None, "样品打样", f"✅ 同意：{wang} 于{face.where}")
    await is_stamped(face, wang, "样品打样", f"✅ 同意：{wang} 于{face.where}")
    await face.press(wang, plan, "拒绝…")
    await face.fill_in(wang, plan, "拒绝", "主标题还没定")
    for who in (None, wang):
        await is_stamped(face, who, "大促主视觉", f"❌ 拒绝：{wang} 于{face.where}")
    await sees(face, None, "大促主视觉", "理由：主标题还没定")
    await sees(face, mei, plan.ref, "理由：主标题还没定")


@pytest.mark.parametrize(("platform", "family"), FACES)
async def test_above_the_limit_two_approve_each_with_a_word_why(world: World, platform: str, family: str) -> None:
    face, mei, wang, li = world.face(platform), f"{family}小美", f"{family}王总", f"{family}李总"
    await face.ask(mei, "审批 采购 ¥1,200,000 年度框架合同", wang, li)
    asked = await sees(face, None, "年度框架合同", "其中 2 人", buttons=("同意…", *ASKED[1:]))
    await face.press(wang, asked, "同意…")
    await face.fill_in(wang, asked, "同意", "三家比过价")
    await sees(face, None, "年度框架合同", f"✅ {wang}", f"🕓 {li}")
    await face.press(li, await sees(face, li, "年度框架合同", f"✅ {wang}", buttons=("同意…",)), "同意…")
    await face.fill_in(li, asked, "同意", "明年也要用")
    for who in (None, wang, li):
        await is_stamped(face, who, "年度框架合同", f"✅ 同意：{li} 于{face.where}")
    await sees(face, mei, asked.ref, "意见：明年也要用")


async def test_one_approval_on_three_platforms_is_decided_and_booked_once(world: World) -> None:
    every: list[tuple[Face, str]] = [(world.slack, "思王总"), (world.dingtalk, "钉王总"), (world.feishu, "飞王总")]
    other: list[tuple[Face, str]] = [(world.slack, "思小美"), (world.feishu, "飞小美")]
    for face, mei in other:
        await world.dingtalk.ask("钉小美", f"角色 @{mei} 负责人 全局 确认")
        await face.ask(mei, f"本群项目 {PROJECT}")
        await sees(face, mei, PROJECT)
    await world.dingtalk.ask("钉小美", "预算 营销 ¥200,000")
    # who has asked for much today already would need two people
    await world.slack.ask("思李总", "审批 费用 ¥50,000 达人直播坑位费 #营销 @钉王总 @飞王总", "思王总")
    groups = [await card(face, None, "达人直播坑位费") for face, _ in every]
    directs = [await card(face, who, "达人直播坑位费") for face, who in every]
    await asyncio.gather(*(face.hold_edits() for face, _ in every))
    try:
        await world.dingtalk.press("钉王总", directs[1], "同意")
        await sees(world.dingtalk, "钉王总", f"{directs[1].ref} .*✅ 同意：钉王总 于钉钉 {TIME}")
        for number in (0, 2):
            face, who = every[number]
            await face.press(who, groups[number], "同意")
            await sees(face, who, f"{groups[number].ref} 已由 钉王总 于钉钉 {TIME} 同意")
    finally:
        await asyncio.gather(*(face.heal() for face, _ in every))
    for face, who in every:
        await is_stamped(face, None, "达人直播坑位费", "✅ 同意：钉王总 于钉钉")
        await is_stamped(face, who, "达人直播坑位费", "✅ 同意：钉王总 于钉钉")
        await sees(face, None, "达人直播坑位费", "25% · 已入预算")
    assert booked(world.bot.url) == [5_000_000]
