"""One team on three platforms, each of which can do something else: a card hangs in all, and is edited in all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.markup import plain
from commands.core.event import Mention
from commands.core.reply import Reply
from storage.people import Person, all_people, person_of
from storage.unit import Unit
from tests.dialogs.script import CODE
from tests.fakes.memory import APP, ROOMY, TENANT, Member, Memory, Shown, buttons_of
from tests.support.house import Bot, Heard, open_bot, pinged
from tests.support.store import HandClock

DINGTALK = replace(ROOMY, buttons=5, can_whisper=False, can_ask=False, can_thread=False, posts_per_minute=20)
SLACK = replace(ROOMY, text_chars=3_000, posts_per_minute=60)
PEOPLE = ("小美", "小强")


class Team:
    """Two people, each with an account and a group on DingTalk, Feishu and Slack."""

    def __init__(self, bot: Bot, dingtalk: Memory, slack: Memory) -> None:
        self.bot = bot
        self.on = {"dingtalk": dingtalk, "feishu": bot.second, "slack": slack}
        for name, platform in self.on.items():
            for index, person in enumerate(PEOPLE):
                platform.add_person(Member(f"{name}-{index}", person))
            platform.add_group(f"group-{name}", f"双12 {name}", platform.people)

    def __getitem__(self, name: str) -> Memory:
        return self.on[name]

    async def say(self, name: str, text: str | list[str | Mention], *, who: int = 0, alone: bool = False) -> Heard:
        chat = None if alone else f"group-{name}"
        return await self.bot.say(f"{name}-{who}", text, chat=chat, on=self.on[name])

    async def link(self, who: int) -> None:
        """Link somebody's accounts on all three."""
        for name in ("feishu", "slack"):
            before = len(self.on["dingtalk"].shown)
            await self.say("dingtalk", "绑定账号", who=who, alone=True)
            (code,) = CODE.findall("".join(plain(each.reply) for each in self.on["dingtalk"].shown[before:]))
            await self.say(name, f"绑定账号 {code}", who=who, alone=True)
            await self.say(name, "确认绑定", who=who, alone=True)

    def id(self, name: str, who: int = 0) -> int:
        native = f"{name}-{who}"
        found = self.bot.read(lambda unit: person_of(unit, platform=name, app=APP, tenant=TENANT, native=native))
        assert found is not None
        return found.id

    def card(self, name: str, ref: str = "T-1") -> Reply:
        reply = self.on[name].messages[self.bot.card(ref, f"group-{name}", on=self.on[name])].reply
        assert reply is not None
        return reply

    async def press(self, name: str, ref: str, label: str) -> None:
        """Have the first of the two press a button of a card in a group."""
        (button,) = [each for each in buttons_of(self.card(name, ref)) if each.label == label]
        card = self.bot.card(ref, f"group-{name}", on=self.on[name])
        await self.on[name].press(f"{name}-0", card, button)
        await self.bot.settle()

    def posts(self, name: str) -> list[Shown]:
        """List the cards that were posted in a group."""
        return [each for each in self.on[name].shown if each.kind == "post" and each.reply.about is not None]


@pytest.fixture
async def team(house_url: str, clock: HandClock) -> AsyncIterator[Team]:
    dingtalk = Memory(clock=clock, name="dingtalk", limits=DINGTALK)
    slack = Memory(clock=clock, name="slack", limits=SLACK)
    async with open_bot(house_url, clock, also=(dingtalk, slack)) as bot:
        team = Team(bot, dingtalk, slack)
        await team.link(0)
        await team.say("dingtalk", "你好")

        def lead(unit: Unit) -> None:
            unit.change(unit.must_get(Person, team.id("dingtalk")), role="lead")

        await bot.store.write(bot.workspace, lead)
        for name in ("feishu", "slack"):
            await team.say(name, '本群项目 "双12 dingtalk"')
        yield team


@pytest.mark.slow
async def test_a_task_of_one_platform_is_finished_on_another_and_seen_done_on_the_third(team: Team) -> None:
    await team.say("dingtalk", "任务 加 主图定稿 周五")
    assert all("⚪" in plain(team.card(name)) for name in team.on)
    assert len(buttons_of(team.card("dingtalk"))) <= DINGTALK.buttons
    await team.press("feishu", "T-1", "完成")
    assert all("✅ 已完成" in plain(team.card(name)) for name in team.on)
    assert [each.edits for each in team["slack"].messages.values() if each.reply is team.card("slack")] == [1]
    await team.say("slack", "重新打开 T-1")
    assert all("⚪" in plain(team.card(name)) for name in team.on)


@pytest.mark.slow
async def test_who_is_on_all_three_is_one_person_and_notified_once(team: Team) -> None:
    people = [each.name for each in team.bot.read(all_people)]
    assert people.count("小美") == 1 and len({team.id(name) for name in team.on}) == 1
    await team.say("slack", ["通知 价格改了 ", Mention("slack-0")], who=1)
    assert all("收到 0/1" in plain(team.card(name, "N-1")) for name in team.on)
    assert {name: pinged(team.posts(name)) for name in team.on} == {
        "dingtalk": set(), "feishu": set(), "slack": {"slack-0"},
    }  # fmt: skip
    await team.press("feishu", "N-1", "收到")
    assert all("收到 1/1" in plain(team.card(name, "N-1")) for name in team.on)


@pytest.mark.slow
async def test_who_is_on_another_platform_only_is_notified_there_and_a_name_elsewhere(team: Team) -> None:
    await team.say("feishu", "你好", who=1)
    await team.say("dingtalk", "任务 加 海报 @小强 周五")
    assert all("小强" in plain(team.card(name)) for name in team.on)
    assert {name: pinged(team.posts(name)) for name in team.on} == {
        "dingtalk": set(), "feishu": {"feishu-1"}, "slack": set(),
    }  # fmt: skip


@pytest.mark.slow
async def test_an_undone_task_is_put_away_on_all(team: Team) -> None:
    await team.say("dingtalk", "任务 加 主图定稿")
    await team.say("dingtalk", "撤销")
    last = [team[name].shown[-1] for name in ("feishu", "slack")]
    assert all("主图定稿" in plain(each.reply) and each.kind == "edit" and not each.reply.buttons for each in last)
