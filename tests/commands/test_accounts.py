"""One person on several platforms: the code, what is one afterwards, and where they are written to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from commands.core.event import Mention
from commands.core.ports import Retry
from storage.audit import AUDIT
from storage.mail import INBOX, OUTBOX
from storage.notices import Receipt
from storage.people import Person, all_people, people_called, person_of
from storage.roles import give_role, roles_of
from storage.schedules import schedules_of
from storage.unit import Unit
from tests.dialogs.script import CODE
from tests.fakes.memory import APP, TENANT, Member
from tests.support.house import ELSEWHERE, ROOM_ELSEWHERE, Bot, Heard, pinged, told


def code_in(heard: Heard) -> str:
    (code,) = CODE.findall(heard.text)
    return str(code)


async def linked(bot: Bot, name: str) -> None:
    """Link the accounts of somebody on both platforms."""
    code = code_in(await bot.say(name, "绑定账号", chat=None))
    await bot.say(name, f"绑定账号 {code}", chat=None, on=bot.second)
    heard = await bot.say(name, "确认绑定", chat=None, on=bot.second)
    assert heard.done is not None and heard.done.result == "done", heard.text


def who(bot: Bot, native: str) -> Person:
    found = bot.read(lambda unit: person_of(unit, platform="feishu", app=APP, tenant=TENANT, native=native))
    assert found is not None
    return found


def called(bot: Bot, name: str) -> Person:
    (found,) = bot.read(lambda unit: people_called(unit, [name]))[name]
    return found


def stored(bot: Bot, *columns: Any) -> str:
    return bot.read(lambda unit: str(unit.connection.execute(select(*columns)).all()))


def reached(heard: Heard, name: str) -> list[str]:
    """Tell in which direct chats somebody was shown something."""
    own = {f"dm:{account}" for account in (ELSEWHERE[name], ELSEWHERE[name][3:])}
    return [each.chat for each in heard.shown if each.chat in own]


async def test_the_code_is_shown_and_written_down_nowhere(bot: Bot) -> None:
    code = code_in(await bot.say("李四", "绑定账号", chat=None))
    assert code not in stored(bot, INBOX.c.reply, INBOX.c.args, INBOX.c.answer)
    assert code not in stored(bot, OUTBOX.c.payload)
    await bot.say("李四", f"绑定账号 {code.lower().replace('-', ' ')}", chat=None, on=bot.second)
    assert code not in stored(bot, INBOX.c.args) and code not in stored(bot, OUTBOX.c.payload)
    heard = await bot.say("李四", "确认绑定", chat=None, on=bot.second)
    assert heard.done is not None and heard.done.result == "done"


@pytest.mark.slow
async def test_a_code_that_could_not_be_sent_at_once_is_not_kept_for_later(bot: Bot) -> None:
    bot.platform.fail(Retry("busy"), times=1)
    await bot.say("李四", "绑定账号", chat=None)
    heard = await bot.pass_time(timedelta(seconds=30))
    assert "只显示一次" in heard.text and not CODE.findall(heard.text)


@pytest.mark.slow
async def test_a_code_lapses_and_is_good_once(bot: Bot) -> None:
    code = code_in(await bot.say("李四", "绑定账号", chat=None))
    await bot.pass_time(timedelta(minutes=10))
    assert "无效" in (await bot.say("李四", f"绑定账号 {code}", chat=None, on=bot.second)).text
    code = code_in(await bot.say("李四", "绑定账号", chat=None))
    await bot.say("王五", f"绑定账号 {code}", chat=None, on=bot.second)
    assert "无效" in (await bot.say("李四", f"绑定账号 {code}", chat=None, on=bot.second)).text
    assert "没有待确认" in (await bot.say("李四", "确认绑定", chat=None, on=bot.second)).text
    await bot.pass_time(timedelta(minutes=10))
    assert "没有待确认" in (await bot.say("王五", "确认绑定", chat=None, on=bot.second)).text
    assert len({who(bot, ELSEWHERE[name]).id for name in ("李四", "王五")} & {called(bot, "赵敏").id}) == 0


@pytest.mark.slow
async def test_five_wrong_codes_in_an_hour_are_enough_and_so_are_five_right_ones(bot: Bot) -> None:
    for _ in range(5):
        await bot.say("李四", "绑定账号 0000-0000", chat=None, on=bot.second)
        code = code_in(await bot.say("李四", "绑定账号", chat=None))
    assert "次数太多" in (await bot.say("李四", "绑定账号", chat=None)).text
    assert "次数太多" in (await bot.say("李四", f"绑定账号 {code}", chat=None, on=bot.second)).text
    await bot.pass_time(timedelta(hours=1, minutes=1))
    await linked(bot, "李四")


@pytest.mark.slow
async def test_whoever_loses_a_right_meanwhile_links_nothing(bot: Bot) -> None:
    code = code_in(await bot.say("李四", "绑定账号", chat=None))
    await bot.say("李四", f"绑定账号 {code}", chat=None, on=bot.second)
    before = who(bot, ELSEWHERE["李四"]).id
    await bot.store.write(bot.workspace, lambda unit: unit.change(unit.must_get(Person, first(bot)), role="guest"))
    assert "没有待确认" in (await bot.say("李四", "确认绑定", chat=None, on=bot.second)).text
    assert who(bot, ELSEWHERE["李四"]).id == before


def first(bot: Bot) -> int:
    """Give the id of 李四 as the first platform knows them."""
    found = bot.read(lambda unit: person_of(unit, platform="memory", app=APP, tenant=TENANT, native="lisi"))
    assert found is not None
    return found.id


async def test_rights_become_those_of_both_and_the_audit_tells(bot: Bot) -> None:
    def restrict(unit: Unit) -> None:
        give_role(unit, project=1, person=first(bot), role="own-only")
        give_role(unit, project=2, person=first(bot), role="guest")

    await bot.store.write(bot.workspace, restrict)
    await bot.say("李四", "任务 加 一", chat=None, on=bot.second)

    def lead(unit: Unit) -> None:
        give_role(unit, project=1, person=who(bot, ELSEWHERE["李四"]).id, role="lead")
        unit.change(unit.must_get(Person, who(bot, ELSEWHERE["李四"]).id), role="finance")

    await bot.store.write(bot.workspace, lead)
    await linked(bot, "李四")
    me = who(bot, ELSEWHERE["李四"])
    assert (me.id, me.role) == (first(bot), "finance")
    assert bot.read(lambda unit: roles_of(unit, me.id)) == {1: "lead", 2: "finance"}
    writes = bot.read(
        lambda unit: unit.connection.execute(
            select(AUDIT.c.before, AUDIT.c.after).where(AUDIT.c.kind == "person", AUDIT.c.object_id == me.id)
        ).all()
    )
    assert ({"role": "member"}, {"role": "finance"}) in [
        ({"role": row.before.get("role")}, {"role": row.after.get("role")}) for row in writes
    ]
    await bot.say("李四", "解绑 飞书 确认", chat=None)
    assert who(bot, ELSEWHERE["李四"]).role == "member"
    assert bot.read(lambda unit: roles_of(unit, who(bot, ELSEWHERE["李四"]).id)) == {}


async def test_who_is_linked_is_counted_once(bot: Bot) -> None:
    await bot.say("李四", "你好", chat=ROOM_ELSEWHERE, on=bot.second)
    twin = who(bot, ELSEWHERE["李四"]).id
    before = len(bot.read(all_people))
    await bot.say("陈晨", ["通知 优惠券不可叠加 @王五 ", Mention("lisi")])
    await bot.store.write(bot.workspace, lambda unit: unit.add(Receipt, notice_id=1, person_id=twin))
    await linked(bot, "李四")
    assert len(bot.read(all_people)) == before - 1
    await bot.press("李四", "收到", on="N-1")
    assert "收到 1/2" in bot.card_text("N-1")


@pytest.mark.slow
async def test_who_takes_part_under_either_account_takes_part_once(bot: Bot) -> None:
    await bot.say("李四", "你好", chat=ROOM_ELSEWHERE, on=bot.second)
    other = who(bot, ELSEWHERE["李四"]).id
    await bot.say("陈晨", "站会 加 每个工作日 9:30-11:00 @王五")

    def name_both(unit: Unit) -> None:
        (schedule,) = schedules_of(unit, "standup")
        people = [*schedule.options["people"], other, first(bot)]
        unit.change(schedule, options={**schedule.options, "people": people})

    await bot.store.write(bot.workspace, name_both)
    await linked(bot, "李四")
    heard = await bot.pass_time(timedelta(days=1))
    asked = [each for each in heard.shown if each.kind == "post" and each.chat in ("dm:lisi", "dm:ou_lisi")]
    assert len([each for each in asked if "站会" in told(each.reply)]) == 1


@pytest.mark.slow
async def test_an_act_on_one_account_is_no_news_on_the_other(bot: Bot) -> None:
    await linked(bot, "李四")
    await bot.say("陈晨", "任务 加 主图 @李四 周五")
    heard = await bot.say("李四", "完成 T-1", chat=None, on=bot.second)
    assert bot.task(1).closed_by == first(bot)
    assert reached(heard, "李四") == ["dm:ou_lisi"]


async def test_what_is_written_by_the_bot_reaches_one_account(bot: Bot) -> None:
    await linked(bot, "李四")
    gives = ["角色 @李四 负责人 确认", "角色 @李四 成员 确认"]
    assert reached(await bot.say("陈晨", gives[0]), "李四") == ["dm:ou_lisi"]
    await bot.say("李四", "我的任务", chat=None)
    assert reached(await bot.say("陈晨", gives[1]), "李四") == ["dm:lisi"]
    await bot.say("李四", "私信到 feishu", chat=None)
    assert reached(await bot.say("陈晨", gives[0]), "李四") == ["dm:ou_lisi"]
    await bot.say("李四", "解绑 飞书 确认", chat=None)
    told_to = await bot.say("陈晨", ["角色 ", Mention("lisi"), " 成员 确认"])
    assert reached(told_to, "李四") == ["dm:lisi"]


@pytest.mark.slow
async def test_a_mention_of_either_account_and_the_name_mean_the_one_person(bot: Bot) -> None:
    await bot.say("李四", "你好", chat=ROOM_ELSEWHERE, on=bot.second)
    twin = who(bot, ELSEWHERE["李四"]).id
    assert "同名" in (await bot.say("陈晨", "任务 加 打包 @李四")).text  # there are two of that name
    await linked(bot, "李四")
    heard = await bot.say("陈晨", ["任务 加 海报 ", Mention(ELSEWHERE["李四"])], chat="618大促", on=bot.second)
    assert heard.done is not None and heard.done.args["owner"] == first(bot) != twin
    heard = await bot.say("陈晨", "任务 加 打包 @李四")
    assert heard.done is not None and heard.done.args["owner"] == first(bot)


async def test_who_has_no_account_here_is_named_and_not_pinged(bot: Bot) -> None:
    await bot.say("陈晨", "你好", chat="618大促", on=bot.second)
    await linked(bot, "陈晨")
    heard = await bot.say("陈晨", "任务 加 海报 @王五", chat="618大促", on=bot.second)
    (card,) = heard.posts
    assert "王五" in told(card.reply) and not pinged([card])
    await linked(bot, "王五")
    heard = await bot.say("陈晨", "任务 加 打包 @王五", chat="618大促", on=bot.second)
    assert pinged(heard.posts) == {ELSEWHERE["王五"]}


@pytest.mark.slow
async def test_who_is_new_by_a_mention_is_said(bot: Bot) -> None:
    bot.platform.add_person(Member("newbie", "小新"))
    said: Sequence[str | Mention] = ["任务 加 海报 周五 ", Mention("newbie", "小新")]
    heard = await bot.say("陈晨", said)
    (note,) = heard.private_to("陈晨")
    assert "第一次见到，已加入团队：小新 (成员)" in told(note.reply)
    assert [each.reply.about is not None for each in heard.posts] == [True]
    again = await bot.say("陈晨", said)
    assert again.private_to("陈晨") == []
    bot.platform.add_person(Member("other", "小旧"))
    heard = await bot.say("陈晨", ["任务 ", Mention("other", "小旧")])
    assert len(heard.shown) == 1 and "小旧 (成员)" in heard.text


@pytest.mark.slow
async def test_the_same_address_is_asked_there_and_never_linked_silently(bot: Bot) -> None:
    bot.platform.add_person(Member("ann2", "Ann Lee", email="Lee@Example.com"))
    bot.second.add_person(Member("ou_lee", "Lee", email="lee@example.com"))
    bot.second.add_person(Member("ou_lee2", "Lee II", email="lee@example.com"))
    await bot.say("ann2", "hello", chat=None)
    assert "no other account" in (await bot.say("ann2", "ask my other account", chat=None)).text
    await bot.say("ou_lee", "hello", chat=None, on=bot.second)
    heard = await bot.say("ou_lee", "link account", chat=None, on=bot.second)
    assert "memory · Ann Lee" in heard.text and "Ask there" in heard.labels()
    heard = await bot.say("ou_lee", "ask my other account", chat=None, on=bot.second)
    (asked,) = [each for each in heard.shown if each.chat == "dm:ann2"]
    assert "飞书 · Lee" in told(asked.reply) or "Feishu · Lee" in told(asked.reply)
    assert who(bot, "ou_lee").name == "Lee"
    heard = await bot.say("ou_lee", "confirm link", chat=None, on=bot.second)
    assert heard.done is not None and heard.done.result == "refused"
    heard = await bot.say("ann2", "confirm link", chat=None)
    assert heard.done is not None and heard.done.result == "done"
    assert who(bot, "ou_lee").name == "Ann Lee"
    await bot.say("ou_lee2", "hello", chat=None, on=bot.second)
    bot.platform.add_person(Member("ann3", "Lee III", email="lee@example.com"))
    await bot.say("ann3", "hello", chat=None)
    heard = await bot.say("ann3", "link account", chat=None)
    assert "Ask there" not in heard.labels()


@pytest.mark.slow
async def test_what_waits_to_be_sent_follows_the_account(bot: Bot) -> None:
    await bot.say("李四", "你好", chat=ROOM_ELSEWHERE, on=bot.second)
    bot.second.fail(Retry("busy"), when=lambda outgoing: outgoing.operation == "private")
    assert (await bot.say("李四", "我的任务", chat="618大促", on=bot.second)).text == ""
    await linked(bot, "李四")
    heard = await bot.pass_time(timedelta(minutes=1))
    assert [each.only_for == "ou_lisi" for each in heard.shown] == [True]


@pytest.mark.slow
async def test_a_button_of_before_means_the_person_under_the_new_id(bot: Bot) -> None:
    await bot.say("小周", "你好", chat=None)
    await bot.say("小周", "请求加入", chat=None)
    asker = bot.read(lambda unit: person_of(unit, platform="memory", app=APP, tenant=TENANT, native="xiaozhou"))
    assert asker is not None
    older = first(bot)

    def turn_out(unit: Unit) -> None:
        unit.change(unit.must_get(Person, asker.id), same_as_id=older)

    await bot.store.write(bot.workspace, turn_out)
    heard = await bot.press("王建国", "批准为成员")
    assert "李四 已经在这里了" in heard.text
