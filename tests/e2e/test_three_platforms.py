"""One team on DingTalk, Feishu and Slack at once: the real program with all three adapters beside three fakes."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from storage.engine import open_engine
from storage.people import ACCOUNT, PERSON
from tests.e2e.test_dingtalk import DingTalkBot
from tests.e2e.test_feishu import FeishuBot
from tests.fakes.dingtalk.driver import DingTalkFake
from tests.fakes.dingtalk.driver import Shown as OnDingTalk
from tests.fakes.feishu.driver import FeishuFake
from tests.fakes.feishu.driver import Shown as OnFeishu
from tests.fakes.slack.driver import Channel, Message, SlackFake, User
from tests.house.sources import ROOT
from tests.proofs.process import BotProcess
from tests.proofs.slack import SlackBot

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
PROJECT = "双12作战室"


class Everywhere(BotProcess):
    """The bot with credentials for all three."""

    def __init__(self, directory: Path, ding: DingTalkFake, feishu: FeishuFake, slack: SlackFake) -> None:
        super().__init__(directory)
        own = dict(self._environ)
        each = (
            DingTalkBot(directory / "dingtalk", ding, has_template=True),
            FeishuBot(directory / "feishu", feishu),
            SlackBot(directory / "slack", slack),
        )
        for bot in each:
            self._environ |= bot.environ
        self._environ |= own

    async def grant(self, account: str) -> None:
        """Make an account an admin, as an operator does before the first start."""
        arguments = ("-m", "bot", "admin", "grant", account)
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, env=self._environ)
        assert await process.wait() == 0

    def people(self) -> dict[str, set[int]]:
        """Read from the store which people are in, by name; one who is in twice has two ids."""
        engine = open_engine(self.url, pool_size=1, may_write=False)
        try:
            with engine.connect() as connection:
                rows = connection.execute(
                    select(PERSON.c.name, PERSON.c.id)
                    .join(ACCOUNT, ACCOUNT.c.person_id == PERSON.c.id)
                    .where(PERSON.c.archived_at.is_(None), ACCOUNT.c.platform != "playground")
                ).all()
        finally:
            engine.dispose()
        found: dict[str, set[int]] = {}
        for name, id in rows:
            found.setdefault(name, set()).add(id)
        return found


@dataclass(frozen=True)
class Team:
    """小美, with an account and a group on each platform."""

    bot: Everywhere
    ding: DingTalkFake
    feishu: FeishuFake
    slack: SlackFake
    on_ding: str
    on_feishu: str
    on_slack: User
    ding_group: str
    feishu_group: str
    channel: Channel

    async def code(self) -> str:
        """Ask on DingTalk for a code."""
        before = len(await self.ding.shown(self.on_ding))
        await self.ding.say(self.on_ding, "绑定账号")

        async def look() -> list[str]:
            return [code for one in (await self.ding.shown(self.on_ding))[before:] for code in CODE.findall(one.text)]

        return (await self.ding.until(look))[-1]

    async def on_feishu_card(self, is_so: Callable[[OnFeishu], object]) -> OnFeishu:
        """Wait for a message in the group on Feishu."""

        async def look() -> OnFeishu | None:
            every = await self.feishu.sees(self.on_feishu, self.feishu_group)
            return next((one for one in reversed(every) if not one.only_for and is_so(one)), None)

        found = await self.feishu.until(look)
        assert found is not None
        return found

    async def on_slack_card(self, is_so: Callable[[Message], object]) -> Message:
        """Wait for a message in the channel on Slack."""

        async def look() -> Message | None:
            every = await self.slack.messages(self.channel)
            return next((one for one in reversed(every) if is_so(one)), None)

        found = await self.slack.until(look)
        assert found is not None
        return found

    async def on_ding_card(self, *words: str) -> OnDingTalk:
        """Wait for a message in the group on DingTalk."""

        async def look() -> OnDingTalk | None:
            every = await self.ding.shown(self.ding_group)
            return next((one for one in reversed(every) if all(each in one.seen.text for each in words)), None)

        found = await self.ding.until(look)
        assert found is not None
        return found

    async def tell_feishu(self, text: str, words: str) -> None:
        """Say something directly on Feishu, and wait until the answer says this."""
        await self.feishu.act("say", self.on_feishu, "", text)
        await self._until_seen(lambda: self.feishu.sees(self.on_feishu), lambda one: words in one.text)

    async def _until_seen(
        self, look: Callable[[], Awaitable[list[OnFeishu]]], is_so: Callable[[OnFeishu], object]
    ) -> None:
        await self.feishu.until(look, lambda every: any(is_so(one) for one in every))


@contextlib.asynccontextmanager
async def three_fakes(logs: Path) -> AsyncIterator[tuple[DingTalkFake, FeishuFake, SlackFake]]:
    """Run the three fake platforms, and see in the end that the bot kept to their protocols."""
    async with (
        DingTalkFake.started(logs / "dingtalk.log", per_minute=600) as ding,
        FeishuFake.started(logs / "feishu.log") as feishu,
        SlackFake.started(logs / "slack.log") as slack,
    ):
        yield ding, feishu, slack
        assert await ding.violations() == await slack.violations() == await feishu.do("violations") == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def team(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Team]:
    """Start the three fakes and the bot; link 小美's accounts, and bind the groups to one project."""
    async with AsyncExitStack() as stack:
        ding, feishu, slack = await stack.enter_async_context(three_fakes(tmp_path_factory.mktemp("fakes")))
        bot = Everywhere(tmp_path_factory.mktemp("bot"), ding, feishu, slack)
        on_ding, on_feishu = await ding.add_person("小美"), await feishu.person("小美")
        on_slack = await slack.add_user("xiaomei", "小美", display_name="小美")
        await bot.grant(f"dingtalk:{on_ding}")
        _, seconds = await bot.start()
        stack.push_async_callback(bot.kill)
        await asyncio.gather(ding.connected(), feishu.connected(), slack.connected())
        print(f"ready on three platforms in {seconds:.1f} s")
        yield Team(
            bot, ding, feishu, slack, on_ding, on_feishu, on_slack,
            await ding.add_group(PROJECT, [on_ding]),
            await feishu.group("双12 飞书群", [on_feishu]),
            await slack.add_channel("d12", [on_slack], bot=True),
        )  # fmt: skip
        assert await bot.stop() == 0


async def test_one_person_is_made_of_three_accounts(team: Team) -> None:
    await team.ding.say(team.on_ding, "任务 加 开场", chat=team.ding_group)
    await team.on_ding_card("开场")
    direct = await team.feishu.act("enter", team.on_feishu)
    await team.feishu.acked(direct)
    await team.tell_feishu(f"绑定账号 {await team.code()}", "这两边都是你的账号吗")
    await team.tell_feishu("确认绑定", "绑定成功")
    said = await team.slack.dm(team.on_slack, f"绑定账号 {await team.code()}")
    await team.slack.reply_to(said, count=2)  # the question, and the first hello
    linked = await team.slack.reply_to(await team.slack.dm(team.on_slack, "确认绑定"))
    assert "绑定成功" in linked.seen
    assert [len(ids) for ids in team.bot.people().values()] == [1]


async def test_a_task_of_dingtalk_is_finished_on_feishu_and_seen_done_on_slack(team: Team) -> None:
    bind = f"本群项目 {PROJECT}"
    await team.feishu.acked(await team.feishu.act("say", team.on_feishu, team.feishu_group, f"{{bot}} {bind}"))
    await team.slack.mention(team.on_slack, team.channel, bind)
    await team.slack.until(lambda: team.slack.ephemerals(team.on_slack))
    await team.ding.say(team.on_ding, "任务 加 主图定稿 12-31", chat=team.ding_group)
    card = await team.on_feishu_card(lambda one: "主图定稿" in one.text)
    await team.on_slack_card(lambda one: "主图定稿" in one.seen and "⚪ 待办" in one.seen)
    await team.feishu.acked(await team.feishu.act("press", team.on_feishu, card.id, "完成"))
    done = await team.on_slack_card(lambda one: "主图定稿" in one.seen and "✅ 已完成" in one.seen)
    assert done.is_edited and done.buttons == ["重新打开"]
    await team.on_ding_card("主图定稿", "已完成")
    await team.on_feishu_card(lambda one: one.id == card.id and one.edits > 0)


async def test_what_the_bot_writes_reaches_one_account(team: Team) -> None:
    counts = len(await team.feishu.sees(team.on_feishu)), len(await team.ding.shown(team.on_ding))
    told = await team.slack.reply_to(await team.slack.dm(team.on_slack, "我的账号"))
    assert all(name in told.seen for name in ("钉钉", "飞书", "Slack"))
    assert counts == (len(await team.feishu.sees(team.on_feishu)), len(await team.ding.shown(team.on_ding)))
