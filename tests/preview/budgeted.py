"""Budgets as the bot really shows them: planned, approved on, spent, nearly used, and closed out, in each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from commands.core.reply import Reply
from tests.preview.automatic import OPS, ROOM, Told, new_house

CHINESE: Sequence[Told] = (
    ("Kate", ROOM, "预算 营销 ¥200,000"),
    ("Kate", ROOM, "预算 软件 ¥20,000"),
    ("Kate", ROOM, "预算 物流 ¥60,000"),
    ("陈晨", ROOM, "项目 上线 18天后"),
    ("李四", ROOM, "任务 加 首焦主图定稿 @李四 今天"),
    ("李四", ROOM, "完成 T-1"),
    ("李四", ROOM, "审批 费用 ¥90,000 #营销 抖音投放第一波 @王总"),
    ("王建国", ROOM, "同意 A-1"),
    ("Kate", ROOM, "花费 ¥64,000 A-1 抖音投放首付 https://example.com/r/1"),
    ("Kate", ROOM, "花费 ¥34,000 营销 达人样品 https://example.com/r/2"),
    ("陈晨", ROOM, "花费 ¥24,000 软件 会员系统年费"),
    ("陈晨", ROOM, "花费 ¥24,000 软件 会员系统年费 仍然"),
    ("Kate", ROOM, "花费 ¥18,600 物流 大促加急运费 https://example.com/r/3"),
    ("李四", ROOM, "预算调整 软件 ¥30,000 会员系统要年付 @王总"),
    ("王建国", ROOM, "同意 A-2"),
    ("李四", ROOM, "审批 费用 ¥42,000 #营销 追加抖音投放到双12 @Kate @王总"),
)
ENGLISH: Sequence[Told] = (
    ("Kate", OPS, "budget marketing $20,000"),
    ("Kate", OPS, "budget software $3,000"),
    ("Ann", OPS, "approval cost $9,000 #marketing First wave of short videos @bob"),
    ("Bob", OPS, "approve A-1"),
    ("Kate", OPS, "spend $6,400 A-1 First wave https://example.com/r/1"),
    ("Kate", OPS, "spend $3,400 marketing samples for hosts https://example.com/r/2"),
    ("Kate", OPS, "spend $2,500 software Member system"),
    ("Ann", OPS, "change budget software $4,500 Member system is paid by the year @bob"),
    ("Bob", OPS, "approve A-2"),
    ("Ann", OPS, "approval cost $4,200 #marketing More short videos @kate @bob"),
)
ACTS: Mapping[str, Sequence[Told]] = {"zh": CHINESE, "en": ENGLISH}
WORDS: Mapping[str, tuple[str, str, str, str, str]] = {
    "zh": (ROOM, "预算", "花费记录", "收益 ¥800,000 大促新增毛利，按毛利率 30% 算", "结项"),
    "en": (OPS, "budget", "spends", "benefit $120,000 Extra margin, at a rate of 30%", "close out"),
}


async def budgeted(language: str) -> Mapping[str, Reply]:
    """Give what finance is shown by name, and the card of an approval as the chat and as finance see it."""
    room, budget, spends, benefit, closing = WORDS[language]
    found: dict[str, Reply] = {}
    async with new_house() as bot:
        *before, (asks, chat, last) = ACTS[language]
        for who, place, text in before:
            heard = await bot.say(who, text, chat=place)
            bot.clock.advance(timedelta(minutes=7))
            if heard.done is not None and heard.done.command == "spend":
                found["budget_spend"] = heard.private_to(who)[-1].reply
                found.update([("budget_warning", each.reply) for each in heard.shown if each.chat.startswith("dm:")])
        bot.clock.advance(timedelta(days=7))
        heard = await bot.say(asks, last, chat=chat)
        found["budget_approval"] = heard.posts[-1].reply
        found["budget_approval_finance"] = heard.private_to("Kate")[-1].reply
        for name, text in (("list", budget), ("spends", spends), ("benefit", benefit), ("closeout", closing)):
            found[f"budget_{name}"] = (await bot.say("Kate", text, chat=room)).shown[-1].reply
    return found
