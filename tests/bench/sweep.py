"""How long it takes to find what ten thousand people are reminded of, and how long others wait meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from bot.app import App
from bot.config import Settings
from bot.observe import utc_now
from commands.reminders import IN_ONE_PART, ON_A_CARD
from storage.reminders import Bounds, expired_waits, owed_by, people_at, red_tasks, snoozes_of
from storage.schedules import schedules_of, wait_for
from storage.unit import Unit
from tests.bench import files
from tests.bench.filling import DAY, ZONE, Values, enter, grown, stored, task
from tests.bench.table import Row, ms, timed

SIZES: Final = (10_000, 1_000_000)
PEOPLE: Final = 10_000
DUE: Final = 1_000
"""So many tasks are late or due within days, however many there are in all."""
ROUNDS: Final = 3
PER_SECOND: Final = 100
SAID: Final = 500
"""Messages whose acknowledgements are taken, beside the sweep and without."""
MORNING: Final = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)
"""A working day, at half past nine in Shanghai."""
RAW: Final = (
    "SELECT * FROM (SELECT id, number, title, owner_id, due_by, row_number()"
    " OVER (PARTITION BY owner_id ORDER BY due_by)"
    " AS place FROM task WHERE workspace_id = 2 AND is_open = 1 AND owner_id BETWEEN ? AND ? AND due_by > ?"
    " AND due_by <= ?) WHERE place <= 5"
)


def measure_sweep(template: Path) -> list[Row]:
    """Compare the sweep through the store with one query by the driver, at each size."""
    took: dict[int, list[float]] = {size: [] for size in SIZES}
    raws: dict[int, list[float]] = {size: [] for size in SIZES}
    with ExitStack() as opened:
        for size in SIZES:
            file = files.copy_of(template, f"sweep-{size}")
            with files.raw_on(file) as connection:
                enter(connection, PEOPLE, partial(_tasks, size, utc_now().replace(microsecond=0)))
            app, raw = opened.enter_context(files.app_on(file)), opened.enter_context(files.raw_on(file))
            for _ in range(ROUNDS):
                took[size].append(timed(partial(_sweep, app), range(1)))
                raws[size].append(timed(partial(_raw, raw), range(1)))
    rows = [
        Row(f"{PEOPLE:,} people, {DUE:,} due of {size:,}", ms(median(took[size])), ms(median(raws[size])))
        for size in SIZES
    ]
    return [*rows, grown("10,000 → 1,000,000", took, raws, goal="≤ 2 (stretch 1.2)")]


def measure_acks(template: Path) -> list[Row]:
    """Compare the acknowledgements of messages while all are reminded with those of a quiet minute."""
    file = files.copy_of(template, "beside")
    with files.raw_on(file) as connection:
        enter(connection, PEOPLE, partial(_tasks, SIZES[-1], MORNING))
    shift = MORNING - utc_now()
    app = App(Settings(database_url=f"sqlite:///{file}"), clock=lambda: utc_now() + shift)
    try:
        alone, beside, swept_s = asyncio.run(_listen(app))
    finally:
        app.close()
    what = f"{PEOPLE:,} people, {DUE:,} due of {SIZES[-1]:,}"
    rows = [Row(f"all reminders of {what}, {PER_SECOND} messages a second meanwhile", ms(swept_s))]
    for name, share, goal in (("p50", 0.5, ""), ("p99", 0.99, "≤ 3 (stretch 1.5)")):
        mine, floor = _quantile(beside, share), _quantile(alone, share)
        what = f"{len(beside)} acknowledgements meanwhile, {name}; the floor is without"
        rows.append(Row(what, ms(mine), ms(floor), mine / floor, goal))
    return rows


def _quantile(took: list[float], share: float) -> float:
    return sorted(took)[min(len(took) - 1, int(share * len(took)))]


async def _listen(app: App) -> tuple[list[float], list[float], float]:
    """Take the time of messages, first alone, then while the reminders of one zone are written and sent."""
    demo = app.by_name["demo"].id
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(app.delivery.run())
        await app.ticker.tick(workspaces=[demo])  # makes the schedules that the house needs
        alone = await _say(app, "alone", lambda: False)
        await app.store.write(demo, _be_due)
        began = perf_counter()
        sweeping = group.create_task(app.ticker.tick(workspaces=[demo]))
        beside = await _say(app, "beside", sweeping.done)
        handled = await sweeping
        swept_s = perf_counter() - began
        assert any(each.done and each.done.letters for each in handled), "nobody was reminded"
        sending.cancel()
    return alone, beside, swept_s


async def _say(app: App, name: str, is_over: Any) -> list[float]:
    """Say so many things at an even pace, or fewer where it is over before; give how long each took."""
    took: list[float] = []

    async def say(number: int) -> None:
        one = files.event(f"{name}:{number}", files.SAID, at=app.clock())
        began = perf_counter()
        done = await app.dispatch.handle(one)
        took.append(perf_counter() - began)
        assert done.result == "done", done

    async with asyncio.TaskGroup() as group:
        for number in range(SAID):
            if is_over():
                break
            group.create_task(say(number))
            await asyncio.sleep(1 / PER_SECOND)
    return took


def _be_due(unit: Unit) -> None:
    """Have the reminders of half past nine be due now."""
    for schedule in schedules_of(unit, "reminders"):
        if schedule.zone == ZONE:
            wait_for(unit, schedule.id, at=MORNING, slot=f"{MORNING + timedelta(hours=8):%Y-%m-%dT%H:%M}")


def _bounds(now: datetime) -> Bounds:
    return Bounds(
        oldest=now - 7 * DAY,
        now=now,
        today=now + DAY,
        soon=now + 2 * DAY,
        before_third=now + 3 * DAY,
        third=now + 4 * DAY,
        begun=now - DAY,
    )


def _sweep(app: App, _: int) -> None:
    """Ask all that the routine asks, part by part."""
    bounds = _bounds(utc_now())

    def part(after: int, unit: Unit) -> int | None:
        people = people_at(unit, zone=ZONE, usual=ZONE, hour=570, after=after, most=IN_ONE_PART)
        ids = [person.id for person in people]
        owed_by(unit, ids, bounds, most=ON_A_CARD)
        expired_waits(unit, ids, oldest=bounds.oldest)
        snoozes_of(unit, ids)
        red_tasks(unit, ids, oldest=bounds.oldest, before=bounds.now - 2 * DAY)
        return ids[-1] if len(ids) == IN_ONE_PART else None

    after: int | None = 0
    while after is not None:
        after = app.store.read_now(app.by_name["demo"].id, partial(part, after))


def _raw(connection: Any, _: int) -> None:
    bounds = _bounds(utc_now())
    for first in range(1, PEOPLE, IN_ONE_PART):
        values = (first, first + IN_ONE_PART - 1, stored(bounds.oldest), stored(bounds.soon))
        connection.execute(RAW, values).fetchall()


def _tasks(size: int, now: datetime, first: int) -> Iterator[Values]:
    """Make open tasks of all people: DUE of them late or due within days, the others long before or after."""
    chance = random.Random(7)
    made = stored(now - 90 * DAY)
    for number in range(1, size + 1):
        due = now + (chance.uniform(-6, 2) * DAY if number <= DUE else 30 * DAY * chance.choice((-1, 1)))
        owner = first + number % PEOPLE
        yield task(number, owner=owner, made=made, due_on=f"{due:%Y-%m-%d}", due_by=stored(due))
