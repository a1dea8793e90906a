"""A team is called by name wherever one is taken, and is never mistaken for a person."""

from __future__ import annotations

from storage.people import add_person
from storage.teams import add_team, members_of, team_called
from storage.unit import Unit
from tests.support.house import Bot


def names(bot: Bot, team: str) -> list[str]:
    def work(unit: Unit) -> list[str]:
        ((found,),) = team_called(unit, [team]).values()
        return [person.name for person in members_of(unit, found)]

    return bot.read(work)


async def test_a_name_of_a_person_and_of_a_team_is_asked_about(bot: Bot) -> None:
    await bot.store.write(bot.workspace, lambda unit: add_person(unit, name="客服组").id)
    said = await bot.say("陈晨", "任务 加 话术 @客服组")
    assert said.done is not None and said.done.result == "asked"
    assert said.labels()[:3] == ["客服组", "赵敏", "李娜"]


async def test_the_longest_name_counts(bot: Bot) -> None:
    await bot.store.write(bot.workspace, lambda unit: add_person(unit, name="客服").id)
    said = await bot.say("陈晨", "任务 加 话术 @客服组")
    assert "客服组 是团队" in said.text
    said = await bot.say("陈晨", "任务 加 话术 @客服周五")
    assert bot.task(1).owner_id is not None, said.text


async def test_a_team_without_people_offers_the_form(bot: Bot) -> None:
    await bot.store.write(bot.workspace, lambda unit: add_team(unit, name="空组").id)
    said = await bot.say("陈晨", "指派 T-1 @空组")
    assert said.done is not None and said.done.result == "asked"
    assert said.labels() == ["填表单…"]


async def test_a_team_is_read_glued_quoted_and_in_any_case(bot: Bot) -> None:
    for text in ("加入团队客服组", "join team “overseas”", "team join @OVERSEAS @kate"):
        said = await bot.say("周涛", text)
        assert said.done is not None and said.done.result == "done", (text, said.text)
    assert names(bot, "客服组") == ["赵敏", "李娜", "周涛"]
    assert names(bot, "Overseas") == ["Ann", "Bob", "周涛", "Kate"]


async def test_the_form_takes_people_and_whole_teams(bot: Bot) -> None:
    await bot.say("陈晨", "建团队")
    await bot.press("陈晨", "填表单…")
    wrong = await bot.submit("陈晨", {"name": "大组", "members": "@客服组 张伟"})
    assert "members" in wrong.errors
    await bot.submit("陈晨", {"name": "大组", "members": "@客服组，王五"})
    assert names(bot, "大组") == ["赵敏", "李娜", "王五"]


async def test_a_team_that_was_put_away_meanwhile_is_refused(bot: Bot) -> None:
    await bot.say("周涛", "团队 客服组")
    await bot.say("陈晨", "团队归档 客服组")
    said = await bot.press("周涛", "加入")
    assert said.done is not None and said.done.result == "refused"
    assert "所有团队" in said.text


async def test_a_lead_who_leaves_leads_no_more(bot: Bot) -> None:
    await bot.say("赵敏", "退出团队 客服组")
    await bot.say("赵敏", "加入团队 客服组")
    assert names(bot, "客服组") == ["李娜", "赵敏"]
    await bot.say("赵敏", "撤销")
    assert names(bot, "客服组") == ["李娜"]
