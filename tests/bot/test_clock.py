"""The clock runs each slot once, skips aloud, and goes on after a fault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TypeAlias

import pytest_asyncio

from adapters.markup import plain
from commands.core.command import More, Routine, collect
from commands.core.context import Context
from commands.core.reply import Reply, Text
from commands.grammar.recurrence import Recurrence
from commands.grammar.workdays import WEEKDAYS
from commands.schedules import Occasion, timetable_of
from storage.chats import all_chats
from storage.people import all_people
from storage.schedules import Schedule, log_of, wait_for
from storage.unit import Unit
from tests.support.house import WAR_ROOM, Bot, open_bot
from tests.support.store import HandClock

KIND = "drum"
NINE = time(9, 30)
DAILY = Recurrence("day")


class Drummer:
    """A routine that says which slot it plays; it can be told to break, or to go on in parts."""

    def __init__(self) -> None:
        self.does: Callable[[Context, Occasion], Reply | More | None] = self.plays

    def __call__(self, ctx: Context, occasion: Occasion) -> Reply | More | None:
        return self.does(ctx, occasion)

    def plays(self, ctx: Context, occasion: Occasion) -> Reply:
        return Reply(parts=(Text((f"drum {occasion.slot.label} for {ctx.me.name}",)),))

    def breaks(self, ctx: Context, occasion: Occasion) -> Reply:
        raise RuntimeError("a stick broke")

    def goes_on(self, ctx: Context, occasion: Occasion) -> Reply | More:
        part = int(occasion.cursor or 0)
        return Reply(parts=(Text((f"part {part}",)),)) if part == 2 else More(str(part + 1))

    def is_silent(self, ctx: Context, occasion: Occasion) -> None:
        return None


Drummed: TypeAlias = tuple[Bot, Drummer]


@pytest_asyncio.fixture
async def drummed(house_url: str, clock: HandClock) -> AsyncIterator[Drummed]:
    drummer = Drummer()
    routine = Routine(KIND, "project.view", timedelta(hours=2), "Beat the drum.", drummer)
    registry = replace(collect(), routines={KIND: routine})
    async with open_bot(house_url, clock, registry=registry) as bot:
        yield bot, drummer


async def made(bot: Bot, *times: time, rule: Recurrence = DAILY, owner: str = "陈晨") -> Schedule:
    """Make a schedule in the war room, waiting for its first slot."""

    def work(unit: Unit) -> Schedule:
        person = next(each for each in all_people(unit) if each.name == owner)
        chat = next(each for each in all_chats(unit) if each.title == WAR_ROOM)
        schedule = unit.add(
            Schedule,
            number=1,
            kind=KIND,
            owner_id=person.id,
            chat_id=chat.id,
            project_id=chat.project_id,
            rule=rule.canonical(),
            times=[f"{each:%H:%M}" for each in times],
            zone="Asia/Shanghai",
        )
        slot = timetable_of(schedule).first(unit.now, WEEKDAYS)
        wait_for(unit, schedule.id, at=slot.at, slot=slot.label)
        return schedule

    return await bot.store.write(bot.workspace, work)


async def log(bot: Bot) -> list[tuple[str, str, str]]:
    rows = await bot.store.read(bot.workspace, lambda unit: log_of(unit, 1, most=100))
    return [(row.slot[5:], row.state, row.reason) for row in reversed(rows)]


async def test_each_slot_comes_at_its_time_in_its_chat(drummed: Drummed) -> None:
    bot, _ = drummed
    await made(bot, NINE, time(14))
    heard = await bot.pass_time(timedelta(days=1, hours=6))
    assert [line for each in heard.posts for line in plain(each.reply).splitlines()[:1]] == [
        "drum 2026-11-18T14:00 for 陈晨",
        "drum 2026-11-19T09:30 for 陈晨",
        "drum 2026-11-19T14:00 for 陈晨",
    ]
    assert {each.chat for each in heard.posts} == {"war-room"}
    assert await log(bot) == [("11-18T14:00", "done", ""), ("11-19T09:30", "done", ""), ("11-19T14:00", "done", "")]


async def test_of_slots_that_were_slept_through_the_newest_is_made_good(drummed: Drummed) -> None:
    bot, _ = drummed
    await made(bot, NINE)
    bot.clock.advance(timedelta(days=3))  # nobody ticked: Saturday, ten o'clock
    heard = await bot.tick()
    assert [plain(each.reply).splitlines()[0] for each in heard.posts] == ["drum 2026-11-21T09:30 for 陈晨"]
    assert [state for _slot, state, _reason in await log(bot)] == ["skipped", "skipped", "done"]
    assert {reason for _slot, state, reason in await log(bot) if state == "skipped"} == {"missed"}


async def test_what_comes_too_late_is_skipped_and_says_so(drummed: Drummed) -> None:
    bot, _ = drummed
    await made(bot, NINE)
    bot.clock.advance(timedelta(days=1, hours=5))
    heard = await bot.tick()
    assert not heard.shown
    assert await log(bot) == [("11-19T09:30", "skipped", "late")]


async def test_a_clock_that_is_set_back_repeats_nothing(drummed: Drummed) -> None:
    bot, _ = drummed
    await made(bot, NINE)
    await bot.pass_time(timedelta(days=2))
    bot.clock.advance(timedelta(days=-2))
    heard = await bot.pass_time(timedelta(days=2))
    assert not heard.shown
    assert len(await log(bot)) == 2


async def test_days_of_rest_are_skipped_aloud(drummed: Drummed) -> None:
    bot, _ = drummed
    bot.clock.now = datetime(2027, 2, 3, 4, tzinfo=UTC)  # the Wednesday before the spring festival of 2027
    await made(bot, NINE, rule=Recurrence("workday"))
    await bot.pass_time(timedelta(days=5))
    assert [(slot, state, reason) for slot, state, reason in await log(bot) if state == "skipped"] == [
        ("02-05T09:30", "skipped", "rest"),
        ("02-08T09:30", "skipped", "rest"),
    ]


async def test_a_pause_is_logged_and_ends_by_itself(drummed: Drummed) -> None:
    bot, _ = drummed
    await made(bot, NINE)
    await bot.say("陈晨", "暂停 S-1 到周五")
    heard = await bot.pass_time(timedelta(days=3))
    assert len(heard.posts) == 2
    assert await log(bot) == [
        ("11-19T09:30", "skipped", "paused"),
        ("11-20T09:30", "done", ""),
        ("11-21T09:30", "done", ""),
    ]


async def test_an_owner_who_lost_the_right_is_not_acted_for(drummed: Drummed) -> None:
    bot, _ = drummed
    await made(bot, NINE, owner="李四")

    def leave(unit: Unit) -> None:
        unit.archive(next(each for each in all_people(unit) if each.name == "李四"))

    await bot.store.write(bot.workspace, leave)
    assert not (await bot.pass_time(timedelta(days=1))).shown
    assert await log(bot) == [("11-19T09:30", "skipped", "rights")]


async def test_a_bug_is_an_incident_and_the_next_slot_comes(drummed: Drummed) -> None:
    bot, drummer = drummed
    await made(bot, NINE)
    drummer.does = drummer.breaks
    await bot.pass_time(timedelta(days=1))
    drummer.does = drummer.plays
    heard = await bot.pass_time(timedelta(days=1))
    assert len(heard.posts) == 1
    (_, failed, reason), (_, done, _) = await log(bot)
    assert (failed, done) == ("failed", "done")
    assert reason.startswith("bug:E-")
    assert bot.incidents() == 1


async def test_long_work_goes_on_in_parts(drummed: Drummed) -> None:
    bot, drummer = drummed
    await made(bot, NINE)
    drummer.does = drummer.goes_on
    heard = await bot.pass_time(timedelta(days=1))
    assert [plain(each.reply).splitlines()[0] for each in heard.posts] == ["part 2"]
    assert await log(bot) == [("11-19T09:30", "done", "")]


async def test_nothing_to_tell_is_no_message(drummed: Drummed) -> None:
    bot, drummer = drummed
    await made(bot, NINE)
    drummer.does = drummer.is_silent
    assert not (await bot.pass_time(timedelta(days=1))).shown
    assert await log(bot) == [("11-19T09:30", "done", "quiet")]


async def test_run_comes_once_more_and_the_rule_stays(drummed: Drummed) -> None:
    bot, _ = drummed
    await made(bot, NINE)
    await bot.say("陈晨", "立即运行 S-1")
    heard = await bot.tick()
    assert len(heard.posts) == 1
    assert len((await bot.pass_time(timedelta(days=1))).posts) == 1


async def test_two_processes_share_the_slots_out(each_house_url: str, clock: HandClock) -> None:
    drummer = Drummer()
    registry = replace(
        collect(), routines={KIND: Routine(KIND, "project.view", timedelta(hours=2), "Beat the drum.", drummer)}
    )
    async with open_bot(each_house_url, clock, registry=registry) as one:
        await made(one, *(time(hour) for hour in range(11, 23)))
        if one.store.is_embedded:
            return  # a file has one process
        async with open_bot(each_house_url, clock, registry=registry) as other:
            for _ in range(12):
                clock.advance(timedelta(hours=1))
                await asyncio.gather(one.tick(), other.tick())
        assert [state for _slot, state, _reason in await log(one)] == ["done"] * 12


def test_the_clock_tells_when_it_last_ticked(house_url: str, clock: HandClock) -> None:
    async def ticked() -> float:
        async with open_bot(house_url, clock) as bot:
            await bot.ticker.tick()
            return bot.ticker.since_tick_s()

    assert asyncio.run(ticked()) < 5
