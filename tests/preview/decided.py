"""Approvals and the map of risks, as the bot really shows them: what a team asks for is decided, in each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from commands.core.reply import Reply
from tests.preview.automatic import OPS, ROOM, Told, new_house
from tests.support.house import Bot

CHINESE: Sequence[Told] = (
    ("陈晨", ROOM, "审批限额 ¥20,000"),
    ("王建国", ROOM, "预算 营销 ¥60,000"),
    ("李四", ROOM, "任务 加 首焦主图定稿 @李四 周五"),
    ("李四", ROOM, "任务 加 会场页面上线 周日 >T-1"),
    ("李四", ROOM, "任务 加 抖音素材送审 下周一 >T-1"),
    ("李四", ROOM, "审批 费用 ¥16,000 抖音投放第一波 #营销 @王总"),
    ("王建国", ROOM, "同意 A-1"),
    ("赵敏", ROOM, "审批 费用 ¥12,000 达人直播坑位 @王总"),
    ("王建国", ROOM, "拒绝 A-2 这个达人转化不行，换一个再报"),
    ("李娜", ROOM, "审批 费用 ¥18,800 直播间布景与灯光 @王总"),
    ("王建国", ROOM, "改金额同意 A-3 ¥15,000"),
    ("李四", ROOM, "审批 设计 首焦主图终稿 @陈晨 @王总 依次"),
    ("陈晨", ROOM, "退回修改 A-4 主标题太小，手机上看不清"),
    ("赵敏", ROOM, "审批 费用 ¥19,500 追加抖音投放到双12 #营销 T-1 @王总 @陈晨 下周一前"),
    ("张伟", ROOM, "风险 样品延误 概率4 影响4 @李四 #供应商"),
    ("张伟", ROOM, "风险 大促当天支付通道限流 概率2 影响5 @张伟(技术)"),
    ("张伟", ROOM, "风险 主播档期冲突 概率3 影响3 @李娜"),
    ("张伟", ROOM, "风险 仓库爆仓 概率4 影响4 @赵敏"),
)
ENGLISH: Sequence[Told] = (
    ("陈晨", OPS, "approval limit $9,000"),
    ("Kate", OPS, "budget marketing $8,000"),
    ("Ann", OPS, "task add Final hero banner @ann fri"),
    ("Ann", OPS, "task add Venue page goes live sun >T-1"),
    ("Ann", OPS, "task add Send the clips for review next mon >T-1"),
    ("Ann", OPS, "approval cost $2,600 First wave of short videos #marketing @bob"),
    ("Bob", OPS, "approve A-1"),
    ("Ann", OPS, "approval cost $1,900 Slot in a live show @bob"),
    ("Bob", OPS, "reject A-2 this host does not convert, find another"),
    ("Ann", OPS, "approval cost $3,100 Set and lights of the studio @bob"),
    ("Bob", OPS, "approve less A-3 $2,500"),
    ("Ann", OPS, "approval design Final hero banner @bob @kate in order"),
    ("Bob", OPS, "send back A-4 the headline is too small on a phone"),
    ("Ann", OPS, "approval cost $2,900 More short videos #marketing T-1 @bob @kate by mon"),
    ("Bob", OPS, "risk Samples late p4 i4 @ann #vendor"),
    ("Bob", OPS, "risk Payment gateway throttles on the day p2 i5 @bob"),
    ("Bob", OPS, "risk Host double-booked p3 i3 @ann"),
    ("Bob", OPS, "risk Warehouse overflows p4 i4 @kate"),
)
ACTS: Mapping[str, Sequence[Told]] = {"zh": CHINESE, "en": ENGLISH}
WORDS: Mapping[str, tuple[str, str, str, str, str, str]] = {
    "zh": (
        "李四",
        ROOM,
        "陈晨",
        "审批列表",
        "风险图",
        "审批 费用 ¥50,000 年货节达人专场 #营销 T-1 @王总 @陈晨\n主播档期只剩这一天，报价含两条切片",
    ),
    "en": (
        "Ann",
        OPS,
        "Bob",
        "approvals",
        "risk map",
        "approval cost $9,500 Show with a guest #marketing T-1 @bob @kate\nThe host is free on this day only",
    ),
}


async def decided(language: str) -> Mapping[str, Reply]:
    """Give the cards of approvals by name, in the states that they have; lists, forms, and the map of risks."""
    asks, room, decides, listed, mapped, large = WORDS[language]
    async with new_house() as bot:
        for who, chat, text in ACTS[language]:
            await bot.say(who, text, chat=chat)
            bot.clock.advance(timedelta(minutes=7))
        names = ("approved", "rejected", "less", "returned", "pending")
        found = {f"approval_{name}": _card(bot, f"A-{number}", room) for number, name in enumerate(names, start=1)}
        await bot.say(asks, large, chat=room)
        found["approval_two"] = _card(bot, "A-6", room)
        found["approval_list"] = (await bot.say(decides, listed, chat=room)).shown[-1].reply
        found["risk_map"] = (await bot.say(decides, mapped, chat=room)).shown[-1].reply
        pressed = await bot.press(decides, found["approval_two"].buttons[0].label, on="A-6", chat=room)
        found["approval_form"] = pressed.shown[-1].reply
        agree = found["approval_pending"].buttons[0].label
        await bot.say(decides, f"{agree} A-5", chat=room)
        second = await bot.say(decides, f"{agree} A-5", chat=room)
        found["approval_second"] = second.shown[-1].reply
    return found


def _card(bot: Bot, ref: str, room: str) -> Reply:
    reply = bot.platform.messages[bot.card(ref, room)].reply
    assert reply is not None
    return reply
