"""Budgets: booked once by what is approved, exact whatever is undone, and amounts for nobody but who may see them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from adapters.markup import plain
from commands.budget_forecast import Forecast, forecast
from commands.budget_words import bar, level_of, percent
from storage.approvals import Approval, approval_numbered
from storage.budgets import BudgetLine, booked_in, lines_of, spends_in
from storage.chats import all_projects
from storage.unit import Unit
from tests.support.house import WAR_ROOM, Bot

PLAN = "预算 营销 ¥10,000"


def project(unit: Unit) -> int:
    return next(each.id for each in all_projects(unit) if each.name == WAR_ROOM)


def line_of(bot: Bot, category: str = "marketing") -> BudgetLine:
    return bot.read(lambda unit: next(each for each in lines_of(unit, project(unit)) if each.category == category))


def sums(bot: Bot, category: str = "marketing") -> tuple[int, int, int]:
    """Give what is committed, spent and drawn, in whole yuan."""
    line = line_of(bot, category)
    return line.committed_minor // 100, line.spent_minor // 100, line.drawn_minor // 100


def is_exact(bot: Bot) -> bool:
    """Compare the sums of all lines with the approvals and spends that they are sums of."""

    def look(unit: Unit) -> bool:
        lines, entries = lines_of(unit, project(unit)), booked_in(unit, project(unit))
        spends = spends_in(unit, project(unit), most=99)
        for line in lines:
            spent = sum(each.amount_minor for each in spends if each.budget_id == line.id)
            if (line.committed_minor, line.spent_minor) != (entries.get(line.id, 0), spent):
                return False
        approved = [each for n in range(1, 9) if (each := approval_numbered(unit, n)) and _counts(each)]
        return sum(entries.values()) == sum(each.amount_minor or 0 for each in approved)

    return bot.read(look)


def _counts(approval: Approval) -> bool:
    return approval.state == "approved" and approval.kind == "cost" and "预算调整" not in approval.title


async def plan(bot: Bot, *said: str) -> None:
    for each in said:
        await bot.say("Kate", each)


async def approved(bot: Bot, said: str) -> None:
    """Have something asked for and approved."""
    ref = (await bot.say("李四", said)).done
    assert ref is not None and ref.ref is not None
    await bot.press("王建国", "同意", on=ref.ref)


@pytest.mark.slow
async def test_what_is_approved_is_booked_once_and_taken_off_when_it_is_taken_back(bot: Bot) -> None:
    await plan(bot, PLAN)
    await approved(bot, "审批 费用 ¥3,000 追加投放 @王总")
    assert sums(bot) == (3000, 0, 0)
    await bot.say("王建国", "撤回结论 A-1")
    assert sums(bot) == (0, 0, 0)
    await bot.say("王建国", "改金额同意 A-1 ¥2,000")
    assert sums(bot) == (2000, 0, 0) and is_exact(bot)
    await bot.say("李四", "审批 费用 ¥500 海报 @王总")
    await bot.say("王建国", "拒绝 A-2 太贵")
    await bot.say("李四", "审批 费用 ¥500 海报 @王总 今天18点")
    await bot.pass_time(timedelta(days=1))
    assert sums(bot) == (2000, 0, 0) and is_exact(bot)


@pytest.mark.slow
async def test_what_is_spent_of_an_approval_does_not_count_twice(bot: Bot) -> None:
    await plan(bot, PLAN)
    await approved(bot, "审批 费用 ¥3,000 追加投放 @王总")
    await bot.say("Kate", "花费 ¥1,000 A-1 首付")
    assert sums(bot) == (3000, 1000, 1000) and line_of(bot).used_minor == 300_000
    await bot.say("Kate", "花费 ¥2,500 A-1 尾款")
    assert sums(bot) == (3000, 3500, 3000) and line_of(bot).used_minor == 350_000
    await bot.say("Kate", "删除花费 1")
    assert sums(bot) == (3000, 2500, 2500)
    await bot.say("Kate", "撤销")
    assert sums(bot) == (3000, 3500, 3000)
    hint = await bot.say("Kate", "花费 ¥10 打印")
    assert "A-…" not in hint.text  # nothing is left of what was agreed to
    assert is_exact(bot) and bot.incidents() == 0


@pytest.mark.slow
async def test_a_decision_taken_back_after_something_was_spent_keeps_the_sums_exact(bot: Bot) -> None:
    await plan(bot, PLAN, "预算 软件 ¥5,000")
    await approved(bot, "审批 费用 ¥3,000 会员系统 @王总")
    assert sums(bot) == sums(bot, "software") == (0, 0, 0)
    await bot.say("Kate", "花费 ¥1,000 软件 A-1 首付")
    assert sums(bot, "software") == (3000, 1000, 1000)
    await bot.say("王建国", "撤回结论 A-1")
    assert sums(bot, "software") == (0, 1000, 0)
    await bot.press("王建国", "同意", on="A-1")
    assert sums(bot, "software") == (0, 1000, 0)  # on no line again: finance is asked once more
    await bot.say("Kate", "归入预算 A-1 营销")
    assert (sums(bot), sums(bot, "software")) == ((3000, 0, 0), (0, 1000, 0))
    await bot.say("Kate", "归入预算 A-1 软件")
    assert (sums(bot), sums(bot, "software")) == ((0, 0, 0), (3000, 1000, 1000))
    await bot.say("Kate", "归入预算 A-1 营销")
    assert (sums(bot), sums(bot, "software")) == ((3000, 1000, 1000), (0, 0, 0))
    assert is_exact(bot) and bot.incidents() == 0


@pytest.mark.slow
async def test_a_plan_changes_by_an_approval_and_goes_back_with_it(bot: Bot) -> None:
    await plan(bot, PLAN)
    refused = await bot.say("Kate", "预算 营销 ¥12,000")
    assert "提交审批…" in refused.labels() and line_of(bot).plan_minor == 1_000_000
    await approved(bot, "预算调整 营销 ¥12,000 直播加场 @王总")
    assert line_of(bot).plan_minor == 1_200_000 and sums(bot) == (0, 0, 0)
    await bot.say("王建国", "撤回结论 A-1")
    assert line_of(bot).plan_minor == 1_000_000
    await bot.press("王建国", "同意", on="A-1")
    await approved(bot, "预算调整 营销 ¥15,000 再加场 @王总")
    heard = await bot.say("王建国", "撤回结论 A-1")
    assert "之后又调整过了" in heard.text and line_of(bot).plan_minor == 1_500_000
    await bot.say("李四", "预算调整 营销 ¥16,000 还加场 @王总")
    await bot.say("李四", "改审批 A-3 $2,000")
    heard = await bot.say("王建国", "同意 A-3")
    assert "用 CNY" in heard.text and line_of(bot).plan_minor == 1_500_000


@pytest.mark.slow
async def test_finance_and_the_lead_are_warned_once_for_each_crossing(bot: Bot) -> None:
    await plan(bot, PLAN)
    quiet = await bot.say("Kate", "花费 ¥7,999 样品")
    assert not quiet.private_to("陈晨")
    crossed = await bot.say("Kate", "花费 ¥1 样品")
    assert ["营销预算已用 80%" in plain(each.reply) for each in crossed.private_to("陈晨")] == [True]
    assert not crossed.private_to("王建国") and not crossed.private_to("李四")
    assert not (await bot.say("Kate", "花费 ¥500 样品")).private_to("陈晨")
    assert "已用完" in "".join(str(each.reply) for each in (await bot.say("陈晨", "花费 ¥1,500 样品")).shown)
    await bot.say("陈晨", "撤销")
    again = await bot.say("陈晨", "花费 ¥1,500 样品")
    assert len(again.private_to("Kate")) == 1


@pytest.mark.slow
async def test_amounts_of_a_budget_are_shown_to_nobody_else(bot: Bot) -> None:
    await plan(bot, "预算 营销 ¥77,700", "预算 软件 ¥10,000")
    asked = await bot.say("李四", "审批 费用 ¥1,000 #营销 海报 @赵敏")
    for name in ("李四", "赵敏"):
        seen = [str(each.reply) for each in (*asked.private_to(name), *asked.posts)]
        assert seen and not [each for each in seen if "77,700" in each or "76,700" in each]
        assert [each for each in seen if "0% → 1%" in each and "🔒" in each]
    for name in ("李四", "赵敏"):
        for said in ("预算", "花费记录", "进度", "现在发周报"):
            assert "77,700" not in (await bot.say(name, said)).text
    assert "预算 0%" in (await bot.say("李四", "进度")).text
    mine = await bot.say("李四", "审批 费用 ¥1,000 #营销 海报 @Kate")
    assert [each for each in mine.private_to("Kate") if "77,700" in str(each.reply)]
    assert [each for each in mine.posts if "77,700" in str(each.reply)] == []


async def test_an_undone_spend_is_refused_when_somebody_built_on_it(bot: Bot) -> None:
    await plan(bot, PLAN)
    await bot.say("Kate", "花费 ¥100 样品")
    await bot.say("陈晨", "花费 ¥50 打印")
    refused = await bot.say("Kate", "撤销")
    assert "预算" in refused.text and sums(bot) == (0, 150, 0)
    await bot.say("Kate", "删除花费 1")
    assert sums(bot) == (0, 50, 0) and is_exact(bot)


async def test_the_first_plan_takes_over_what_was_agreed_to_before_it(bot: Bot) -> None:
    await approved(bot, "审批 费用 ¥3,000 #营销 追加投放 @王总")
    planned = await bot.say("Kate", "预算 营销 ¥3,500")
    assert "85%" in planned.text and sums(bot) == (3000, 0, 0)
    await bot.say("Kate", "撤销")
    assert bot.read(lambda unit: lines_of(unit, project(unit))) == [] and bot.incidents() == 0


WRONG = (
    ("花费 营销", "还差"),
    ("花费 ¥NaN 营销 样品", "¥NaN"),
    ("花费 ¥1.000 营销 样品", "哪"),
    ("花费 ¥30 物流 快递", "没有“物流”"),
    ("花费 ¥30", "花在什么上"),
    ("花费 ¥30 A-9 样品", "A-9"),
    ("花费 $30 营销 样品", "CNY"),
    ("删除花费 九", "没有编号"),
    ("删除花费 99999999999999999999", "没有编号"),
    ("预算 猫粮 ¥30", "没有“猫粮”"),
    ("预算 ¥30", "哪一类"),
    ("预算 营销 猫粮 ¥30", "猫粮"),
    ("预算调整 物流 ¥30 猫粮", "没有“物流”"),
    ("预算调整 营销 ¥300", "例"),
)


@pytest.mark.slow
async def test_what_cannot_be_booked_is_answered_and_changes_nothing(bot: Bot) -> None:
    bot.promote("陈晨", "admin")
    await bot.say("陈晨", PLAN)
    before = line_of(bot)
    for said, answer in WRONG:
        heard = await bot.say("陈晨", said)
        assert heard.done is not None and heard.done.result in ("refused", "asked"), said
        assert answer in heard.text, (said, heard.text)
    assert line_of(bot) == before and bot.incidents() == 0


def test_a_share_is_rounded_down_and_a_level_is_reached_not_before() -> None:
    assert (percent(7_999, 10_000), level_of(7_999, 10_000)) == (79, 0)
    assert (percent(8_000, 10_000), level_of(8_000, 10_000)) == (80, 80)
    assert (percent(9_999, 10_000), level_of(9_999, 10_000)) == (99, 80)
    assert (percent(25_000, 10_000), level_of(25_000, 10_000)) == (250, 100)
    assert bar(62, 77) == "██████▒▒░░" and bar(250, 300) == "█" * 10 and bar(0, 0) == "░" * 10
    assert bar(95, 76) == "████████░░"


def test_a_forecast_takes_the_greater_and_says_what_it_rests_on() -> None:
    start, today, launch = date(2026, 11, 1), date(2026, 11, 10), date(2026, 11, 20)
    assert forecast(90, 60, start=start, today=today, launch=launch) == Forecast(120, 90, 120, 10, 20)
    assert forecast(200, 60, start=start, today=today, launch=launch).total == 200
    for nothing in (
        forecast(90, 60, start=start, today=today, launch=None),
        forecast(90, 60, start=start, today=launch, launch=launch),
        forecast(90, 60, start=date(2026, 11, 5), today=today, launch=launch),
        forecast(90, 0, start=start, today=today, launch=launch),
    ):
        assert nothing == Forecast(90, 90)


@pytest.mark.slow
async def test_nobody_is_warned_of_a_project_that_is_not_for_them(bot: Bot) -> None:
    await plan(bot, PLAN)
    warned = await bot.say("陈晨", "花费 ¥8,500 样品")
    assert warned.private_to("Kate")
    await bot.say("陈晨", "撤销")
    confided = await bot.say("王建国", "保密 项目")
    assert confided.done is not None and confided.done.result == "done", confided.text
    assert not (await bot.say("陈晨", "花费 ¥8,500 样品")).private_to("Kate")
