"""Who reads what is drawn: the one person of a direct chat, with their rights; in a group, nobody in particular."""

from __future__ import annotations

import pytest

from commands.core.context import View, zone_of
from storage.accounts import part_account
from storage.chats import Chat, Project, all_chats
from storage.people import accounts_of, add_account, name_key, people_called
from storage.roles import give_role
from storage.unit import Unit
from tests.fakes.memory import APP, TENANT
from tests.support.house import WAR_ROOM, Bot


def sees(bot: Bot, unit: Unit, place: Chat | None, project: int | None = None) -> bool:
    words = bot.languages["zh"]
    view = View(unit=unit, registry=bot.registry, words=words, zone=zone_of("UTC"), now=unit.now, place=place)
    return view.sees("budget.view", project)


def direct(unit: Unit, name: str) -> Chat:
    """Find somebody's direct chat."""
    person = people_called(unit, [name])[name_key(name)][0]
    return next(chat for chat in all_chats(unit) if chat.person_id == person.id)


@pytest.mark.parametrize(("name", "expected"), [("陈晨", True), ("Kate", True), ("李四", False), ("王五", False)])
async def test_a_direct_chat_shows_what_its_one_reader_may_see(bot: Bot, name: str, expected: bool) -> None:
    await bot.say(name, "帮助", chat=None)
    assert await bot.store.read(bot.workspace, lambda unit: sees(bot, unit, direct(unit, name))) is expected


async def test_a_role_that_a_project_gave_counts_in_that_project_alone(bot: Bot) -> None:
    await bot.say("李四", "帮助", chat=None)

    def work(unit: Unit) -> list[bool]:
        chat = direct(unit, "李四")
        project = unit.add(Project, name="秘密")
        give_role(unit, project=project.id, person=chat.person_id or 0, role="lead")
        return [sees(bot, unit, chat, project.id), sees(bot, unit, chat)]

    assert await bot.store.write(bot.workspace, work) == [True, False]


async def test_nobody_in_particular_reads_a_group(bot: Bot) -> None:
    await bot.say("陈晨", "帮助")

    def look(unit: Unit) -> list[bool]:
        group = next(chat for chat in all_chats(unit) if chat.title == WAR_ROOM)
        return [sees(bot, unit, group), sees(bot, unit, None)]

    assert await bot.store.read(bot.workspace, look) == [False, False]


async def test_a_direct_chat_shows_nothing_while_it_is_not_known_whose_it_is(bot: Bot) -> None:
    await bot.say("Kate", "帮助", chat=None)

    def work(unit: Unit) -> list[bool]:
        kate = people_called(unit, ["Kate"])[name_key("Kate")][0]
        add_account(unit, kate, platform="annex", app=APP, tenant=TENANT, native="kate", title="Kate")
        chat, account = direct(unit, "Kate"), accounts_of(unit, kate.id)[0]
        part_account(unit, kate, account, role="member")
        return [sees(bot, unit, chat), sees(bot, unit, unit.must_get(Chat, chat.id))]

    assert await bot.store.write(bot.workspace, work) == [True, False]
    await bot.say("Kate", "帮助", chat=None)
    assert await bot.store.read(bot.workspace, lambda unit: len([c for c in all_chats(unit) if c.person_id])) == 1
