"""What comes by itself, as the bot really says it: two weeks of the team are lived through, in each language."""

from __future__ import annotations

import contextlib
import tempfile
import unicodedata
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from adapters.markup import plain
from commands.core.reply import Image, Reply
from storage.migrate import upgrade
from tests.fakes.memory import Shown
from tests.support.house import Bot, open_bot, seed_house
from tests.support.store import WEDNESDAY, HandClock

Told = tuple[str, str | None, str]
"""Who says what, in which chat; None: directly."""


@dataclass(frozen=True, slots=True)
class Team:
    """What a team says in one language, and by which words its automatic messages are known."""

    first: Sequence[Told]
    answers: Sequence[Told]
    known_by: Mapping[str, Callable[[Shown], bool]]


def _has(*words: str) -> Callable[[Shown], bool]:
    return lambda shown: not _is_merged(shown.reply) and all(word in plain(shown.reply) for word in words)


def _is_merged(reply: Reply) -> bool:
    """Tell a list of what waited in quiet hours, which quotes other messages."""
    return any(button.command == "quiet waited" for button in reply.buttons)


COLUMNS = 46
"""Half-width signs in one line on a phone 390 px wide."""
ROOM, OPS = "双11作战室", "general"
CHINESE = Team(
    first=(
        ("陈晨", ROOM, "上线 12-02"),
        ("陈晨", ROOM, "站会 加 每个工作日 9:30-10:30"),
        ("陈晨", ROOM, "周报 周二 9:30"),
        ("陈晨", ROOM, "月报"),
        ("陈晨", ROOM, "任务 加 首焦主图定稿 @李四 周四 !高 #设计"),
        ("陈晨", ROOM, "任务 加 详情页文案改成新的优惠口径并同步给客服 @李四 周五"),
        ("陈晨", ROOM, "任务 加 会场页面压测 @张伟(技术) 周五18点 !紧急"),
        ("陈晨", ROOM, "任务 加 直播脚本终稿 @李娜 下周三"),
        ("陈晨", ROOM, "任务 加 样品寄出 @李四 下周二"),
        ("陈晨", ROOM, "任务 加 包装打样 @李四 下周三"),
        ("陈晨", ROOM, "任务 加 客服话术培训 @赵敏 下周五"),
        ("陈晨", ROOM, "bug 支付页白屏 !s1 @张伟(技术)"),
        ("李四", ROOM, "等 T-5 供应商回样品 @宏达 到 下周一"),
        ("赵敏", ROOM, "开始 T-7"),
        ("陈晨", ROOM, "通知 优惠券规则改为不可叠加，话术以新版为准 @客服组 @设计组"),
        ("李四", ROOM, "请假 下周四到下周五 @王五"),
    ),
    answers=(
        ("李四", None, "站会 昨天：主图改到第三版，和王总对过主标题 今天：出终版，下午发群 卡点：主标题还没定"),
        ("赵敏", None, "站会 昨天：整理常见问题 今天：写退款话术"),
        ("李娜", None, "站会 昨天：脚本写到第二场 今天：约主播试读 卡点：主播档期没回"),
        ("李娜", ROOM, "完成 T-4"),
        ("赵敏", ROOM, "收到 N-1"),
    ),
    known_by={
        "standup_asked": _has("站会", "点一下就提交"),
        "standup_nudge": _has("的站会", "截止，还差你的"),
        "standup_summary": _has("已交", "按人"),
        "reminder": _has("⏰", "逾期", "等到了吗"),
        "warning": _has("这里只说一次"),
        "missed": _has("最近两次站会都没交"),
        "digest": _has("周报", "需要处理"),
        "monthly": _has("月报"),
        "notice": lambda shown: shown.kind == "post" and _has("N-1 通知", "收到 0/")(shown),
        "handover": _has("H-1 代", "T-6"),
    },
)
ENGLISH = Team(
    first=(
        ("Bob", OPS, "launch 12-02"),
        ("Bob", OPS, "standup add every workday 9:30-10:30"),
        ("Bob", OPS, "digest weekly tue 9:30"),
        ("Bob", OPS, "digest monthly"),
        ("Bob", OPS, "task add Final hero banner @ann thu !high #design"),
        ("Bob", OPS, "task add Rewrite the landing page for the new discount and tell support @ann fri"),
        ("Bob", OPS, "task add Load test of the venue page @bob fri 6pm !p0"),
        ("Bob", OPS, "task add Script of the live show @ann next wed"),
        ("Bob", OPS, "task add Ship the samples @ann next tue"),
        ("Bob", OPS, "task add Customs documents @bob next wed"),
        ("Bob", OPS, "task add Train the support team @bob next fri"),
        ("Bob", OPS, "bug Payment page stays white !s1 @bob"),
        ("Ann", OPS, "wait T-5 the supplier's sample until next mon"),
        ("Bob", OPS, "start T-7"),
        ("Bob", OPS, "notice Coupons no longer add up; use the new wording @Overseas @kate"),
        ("Ann", OPS, "away next thu to next fri cover @bob"),
    ),
    answers=(
        ("Ann", None, "standup yesterday: third version of the banner; today: final one; blockers: no headline yet"),
        ("Bob", None, "standup yesterday: two runs of the load test; today: one more machine"),
        ("Ann", OPS, "done T-4"),
    ),
    known_by={
        "standup_asked": _has("Stand-up", "One tap submits it"),
        "standup_nudge": _has("closes at", "Yours is still missing"),
        "standup_summary": _has("told", "By person"),
        "reminder": _has("⏰", "Overdue", "Has it come?"),
        "warning": _has("I say this once"),
        "missed": _has("Missing at the last two stand-ups"),
        "digest": _has("Weekly digest", "Needs you"),
        "monthly": _has("Monthly report"),
        "notice": lambda shown: shown.kind == "post" and _has("N-1 Notice", "0/")(shown),
        "handover": _has("H-1", "T-2"),
    },
)
TEAMS: Mapping[str, Team] = {"zh": CHINESE, "en": ENGLISH}


@contextlib.asynccontextmanager
async def new_house() -> AsyncIterator[Bot]:
    """Open a bot with the demo team, on a Wednesday morning."""
    clock = HandClock(WEDNESDAY)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'house.db'}"
        upgrade(url, backups=None, now=clock.now)
        seed_house(url, clock)
        async with open_bot(url, clock) as bot:
            yield bot


async def automatic(language: str) -> Mapping[str, Reply]:
    """Give the automatic messages by name; of each the last one that came."""
    async with new_house() as bot:
        shown = await _live(bot, TEAMS[language])
    found: dict[str, Reply] = {}
    for name, is_it in TEAMS[language].known_by.items():
        those = [each.reply for each in shown if is_it(each)]
        assert those, f"{name} never came: " + "\n---\n".join(plain(each.reply) for each in shown)
        found[name] = those[-1]
    return found


def lines_on_a_phone(reply: Reply) -> int:
    """Count the lines that its words take on a phone 390 px wide, pictures and buttons left out."""
    words = tuple(part for part in reply.parts if not isinstance(part, Image))
    widths = [
        sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)
        for line in plain(Reply(title=reply.title, parts=words)).splitlines()
    ]
    return sum(max(1, -(-width // COLUMNS)) for width in widths)


async def _live(bot: Bot, team: Team) -> Sequence[Shown]:
    before = len(bot.platform.shown)
    for who, chat, text in team.first:
        await bot.say(who, text, chat=chat)
    await bot.pass_time(timedelta(days=5, hours=8))
    await bot.pass_time(timedelta(hours=15, minutes=40))  # Tuesday, in the window of the stand-up
    for who, chat, text in team.answers:
        await bot.say(who, text, chat=chat)
    await bot.pass_time(timedelta(days=8))
    return bot.platform.shown[before:]
