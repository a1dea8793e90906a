"""Close-outs: plan against actual, what was changed, cost against benefit with its assumptions, for few eyes."""

from __future__ import annotations

import pytest

from tests.support.house import Bot

BENEFIT = "收益 ¥800,000 大促新增毛利，按毛利率 30% 算"


@pytest.mark.slow
async def test_a_project_is_closed_out_with_one_figure_and_what_it_rests_on(bot: Bot) -> None:
    for said in (
        "预算 营销 ¥200,000",
        "预算 软件 $3,000",
        "花费 ¥150,000 营销 达人",
        "花费 $1,500 软件 会员系统",
    ):
        await bot.say("Kate", said)
    await bot.say("李四", "审批 费用 ¥50,000 #营销 追加投放 @王总")
    await bot.press("王建国", "同意", on="A-1")
    await bot.say("李四", "预算调整 营销 ¥250,000 直播加场 @王总")
    await bot.press("王建国", "同意", on="A-2")
    for said in ("任务 加 主图 @李四 今天", "任务 加 脚本 @李四 今天", "完成 T-1"):
        await bot.say("李四", said)
    page = (await bot.say("Kate", "结项")).text
    assert "营销 | ¥250,000 | ¥150,000 | -40%" in page and "软件 | US$3,000 | US$1,500 | -50%" in page
    assert "已批未花 ¥50,000" in page and "A-2 · 营销 ¥200,000 → ¥250,000" in page and "还没填收益" in page
    assert "完成 1 / 2" in page
    said = (await bot.say("陈晨", BENEFIT)).text
    assert "带回 4.00" in said and "¥600,000（+300%）" in said and "成本为已花加已批 ¥200,000" in said
    assert "陈晨 填报，未核实" in said and "未计入：USD" in said
    again = (await bot.say("Kate", "收益 $1,000 海外毛利")).text
    assert "带回 0.67" in again and "-US$500（-33%）" in again
    page = (await bot.say("Kate", "结项")).text
    assert page.count("\n收益：") == 1 and "US$1,000" in page
    await bot.say("Kate", "撤销")
    assert "¥800,000" in (await bot.say("Kate", "结项")).text and bot.incidents() == 0


@pytest.mark.slow
async def test_nothing_of_it_is_shown_to_others_and_what_is_lacking_is_asked_for(bot: Bot) -> None:
    await bot.say("Kate", "预算 营销 ¥200,000")
    await bot.say("Kate", "收益 ¥800,000 毛利")
    for said in ("结项", "收益 ¥1 毛利"):
        heard = await bot.say("李四", said)
        assert heard.done is not None and heard.done.result == "refused" and "00,000" not in heard.text
    assert "没有 CNY 的花费" in (await bot.say("Kate", "结项")).text
    bare = await bot.say("Kate", "收益 ¥900,000")
    assert bare.done is not None and bare.done.result == "asked" and "依据" in bare.text
    bot.promote("李四", "budget-only")
    seen = await bot.say("李四", "结项")
    assert "营销" in seen.text and "填收益…" not in seen.labels() and "任务" not in seen.text
    direct = await bot.say("Kate", "结项", chat=None)
    assert direct.done is not None and direct.done.result == "refused" and "没有项目" in direct.text
