"""Digests: a new group has one by itself, silence where there is nothing to say, and templates of one's own."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.markup import plain
from commands.charts.progress import Share
from commands.charts.trend import Trend, trend
from commands.core.timetable import Timetable
from commands.efficiency import SAMPLE, parts_of
from commands.grammar.recurrence import Recurrence
from commands.grammar.workdays import WEEKDAYS
from commands.words.catalog import load
from commands.words.pages import Pages
from tests.support.house import ACCOUNTS, Bot

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAYS = Recurrence("week", weekdays=(0,))


def coming(launch: date | None, count: int, *, rule: Recurrence = MONDAYS) -> list[str]:
    """List the days of the next slots from Monday, 2 November 2026."""
    table = Timetable(rule, (time(9, 30),), SHANGHAI, launch=launch, is_working=True)
    slots = table.upcoming(datetime(2026, 11, 1, 20, tzinfo=UTC), WEEKDAYS)
    return [f"{slot.local:%m-%d}" for slot in islice(slots, count)]


def test_the_beat_quickens_near_a_launch() -> None:
    launch = date(2026, 11, 27)  # a Friday: twice a week from the 13th, daily from the 24th
    days = ["11-02", "11-09", "11-16", "11-19", "11-23", "11-24", "11-25", "11-26", "11-27", "11-30", "12-07"]
    assert coming(launch, len(days)) == days
    assert coming(None, 3) == ["11-02", "11-09", "11-16"]


def test_a_day_of_rest_moves_it_to_the_next_working_day() -> None:
    assert coming(None, 2, rule=Recurrence("week", weekdays=(5,))) == ["11-02", "11-09"]


async def test_a_new_group_gets_a_weekly_digest_with_its_first_task(bot: Bot) -> None:
    bot.platform.add_group("spring", "春季上新", ACCOUNTS.values())
    first = await bot.say("李四", "任务 加 主图定稿 周五", chat="spring")
    (told,) = [each for each in first.private_to("李四") if "周报" in plain(each.reply)]
    assert "每周一 09:30" in plain(told.reply)
    assert "周报 关闭" in plain(told.reply)
    assert "周报" not in (await bot.say("李四", "任务 加 详情页", chat="spring")).text
    heard = await bot.pass_time(timedelta(days=6))
    assert [each.chat for each in heard.posts] == ["spring"]
    assert "T-1 主图定稿" in plain(heard.posts[0].reply)


async def test_dropped_it_does_not_come_back_with_the_next_task(bot: Bot) -> None:
    bot.platform.add_group("spring", "春季上新", ACCOUNTS.values())
    await bot.say("李四", "任务 加 主图定稿 周五", chat="spring")
    await bot.say("李四", "周报 关", chat="spring")
    await bot.say("李四", "任务 加 详情页 周五", chat="spring")
    assert (await bot.pass_time(timedelta(days=9))).posts == []


async def test_nothing_is_sent_when_there_is_nothing_to_say(bot: Bot) -> None:
    await bot.say("陈晨", "周报")
    await bot.say("陈晨", "日报 9:00")
    assert (await bot.pass_time(timedelta(days=9))).posts == []
    assert "到点不会发送" in (await bot.say("陈晨", "现在发周报")).text


async def test_the_daily_is_left_out_on_the_day_of_the_weekly(bot: Bot) -> None:
    await bot.say("陈晨", "周报 周一 9:30")
    await bot.say("陈晨", "日报 9:00")
    await bot.say("陈晨", "任务 加 主图定稿 @李四 今天")
    heard = await bot.pass_time(timedelta(days=6))
    titles = [plain(each.reply).splitlines()[0].partition(" · ")[2] for each in heard.posts if not each.thread]
    assert titles == ["日报 · 11-19 周四", "日报 · 11-20 周五", "周报 · 11-23 周一", "日报 · 11-24 周二"]


async def test_a_digest_fits_a_phone(bot: Bot) -> None:
    await bot.say("陈晨", "上线 11-30")
    for number in range(12):
        await bot.say(
            "陈晨", f"任务 加 第{number}张主图要改到满意为止并且同步到所有渠道 @李四 {'今天' if number % 2 else '周五'}"
        )
    await bot.say("陈晨", "bug 支付页白屏 !s1")
    await bot.say("李四", "完成 T-1 T-2 T-3")
    bot.clock.advance(timedelta(days=1))
    lines = plain((await bot.say("陈晨", "现在发周报")).private_to("陈晨")[-1].reply).splitlines()
    assert len(lines) <= 25


def test_the_picture_tells_its_numbers_in_words() -> None:
    days = [date(2026, 11, 9) + timedelta(days=number) for number in range(15)]
    drawn = trend(
        Trend(
            title="<双11>", shares=[Share("done", 3, "#009e73")], done="3 / 4", heading="open", days=days,
            left=list(range(15)), launch=date(2026, 12, 2), launched="launch", to_launch="even pace",
            told="from {first} to {last}",
        )
    )  # fmt: skip
    assert drawn.alt == "<双11>: 3 / 4 (done 3). from 0 to 14"
    assert "<双11>" not in drawn.svg


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ t('Late') }} {% if %}", "Expected an expression"),
        ("{{ nobody }}", "'nobody' is undefined"),
        ("{{ finished / 0 }}", "division by zero"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
    ],
)
def test_a_broken_template_of_ones_own_gives_way_to_ours(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "monthly.j2").write_text(text, encoding="utf-8")
    pages = Pages(tmp_path)
    written = load(pages=pages)["en"].page("monthly", SAMPLE)
    assert "Cycle time" in written
    assert reason in " ".join(pages.broken.values())


def test_the_documented_template_reads_as_documented(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "templates.md").read_text("utf-8")
    template, reads = re.findall(r"```(?:jinja)?\n(.*?)```", page, re.DOTALL)
    (tmp_path / "monthly.j2").write_text(template, encoding="utf-8")
    pages = Pages(tmp_path)
    written = load(pages=pages)["en"].page("monthly", SAMPLE)
    assert [line for line in written.splitlines() if line] == reads.splitlines()
    assert not pages.broken
    variables = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?`) \|", page, re.MULTILINE))))
    assert variables == set(SAMPLE)


def test_a_template_of_ones_own_is_taken(tmp_path: Path) -> None:
    (tmp_path / "monthly.j2").write_text("# {{ t('Late') }}\n- {{ finished }}", encoding="utf-8")
    (tmp_path / "mothly.j2").write_text("", encoding="utf-8")
    pages = Pages(tmp_path)
    assert load(pages=pages)["zh"].page("monthly", SAMPLE) == "# 逾期完成\n- 12"
    assert list(pages.broken) == ["mothly.j2"]
    assert "no such directory" in " ".join(Pages(tmp_path / "none").broken.values())
    assert [type(part).__name__ for part in parts_of("# a\n- b\n- c\n\nd\n> e")] == ["Text", "Listing", "Text", "Note"]
