"""How long the weekly digest of a project takes, beside its own statements by the driver."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

from bot.app import App
from bot.house import House
from bot.observe import utc_now
from bot.occasion import context_of
from commands.core.reading import Reader
from commands.core.reply import Reply
from commands.digests import WEEKLY, send_weekly
from commands.schedules import Occasion, timetable_of
from storage.schedules import Schedule, schedules_of
from storage.unit import Unit
from tests.bench import files
from tests.bench.filling import DAY, WORKSPACE, Values, enter, grown, noted, stored, task
from tests.bench.table import Row, ms, timed

SIZES: Final = (10_000, 1_000_000)
PEOPLE: Final = 1_000
ROUNDS: Final = 7
EACH: Final = 10
THIS_WEEK: Final = 300
"""So many tasks were finished since the last one, however many there are in all; as many are late, and due next."""


def measure_digest(template: Path) -> list[Row]:
    """Compare the digest as the clock draws it with its statements by the driver, at each size."""
    took: dict[int, list[float]] = {size: [] for size in SIZES}
    raws: dict[int, list[float]] = {size: [] for size in SIZES}
    asked: dict[int, int] = {}
    with ExitStack() as opened:
        for size in SIZES:
            file = files.copy_of(template, f"digest-{size}")
            with files.raw_on(file) as connection:
                enter(connection, PEOPLE, partial(_tasks, size))
                _trace(connection)
            app, raw = opened.enter_context(files.app_on(file)), opened.enter_context(files.raw_on(file))
            asyncio.run(app.dispatch.handle(files.event("digest", "周报 周一 9:30", who="chenchen")))
            draw = _drawer(app)
            with noted(app) as statements:
                draw(0)
            asked[size] = len(statements)
            for _ in range(ROUNDS):
                took[size].append(timed(draw, range(EACH)))
                raws[size].append(timed(partial(_again, raw, statements), range(EACH)))
    rows = []
    for size in SIZES:
        ratio = median(mine / theirs for mine, theirs in zip(took[size], raws[size], strict=True))
        what = f"weekly digest of {size:,} tasks, its {asked[size]} statements"
        rows.append(Row(what, ms(median(took[size])), ms(median(raws[size])), ratio, "≤ 2 (stretch 1.3)"))
    return [*rows, grown("10,000 → 1,000,000", took, raws, goal="")]


def _drawer(app: App) -> Any:
    """Give what draws the digest as at its slot."""
    demo = app.by_name["demo"]
    reader = Reader(app.registry, app.languages)
    house = House(registry=app.registry, languages=app.languages, reader=reader, limits={}, lease_token=None)
    schedule: Schedule = app.store.read_now(demo.id, lambda unit: schedules_of(unit, WEEKLY)[0])

    def routine(unit: Unit) -> Reply | None:
        ctx = context_of(house, demo, unit, schedule)
        slot = timetable_of(schedule).first(unit.now, ctx.workdays)
        return send_weekly(ctx, Occasion(schedule, slot, timedelta(0), ""))

    def draw(_: int) -> None:
        assert app.store.read_now(demo.id, routine) is not None, "there is something to tell"

    return draw


def _again(connection: Any, statements: list[tuple[str, Any]], _: int) -> None:
    for words, values in statements:
        connection.execute(words, values).fetchall()


def _tasks(size: int, first: int) -> Iterator[Values]:
    """Make tasks of one project, most of them finished long ago."""
    chance, now = random.Random(5), utc_now().replace(microsecond=0)
    made = stored(now - 90 * DAY)
    for number in range(1, size + 1):
        kind, place = divmod(number, THIS_WEEK)
        closed: datetime | None = None
        if kind == 0:
            due = closed = now - 6 * DAY * (place + 1) / THIS_WEEK
        elif kind <= 2:
            due = now + (-3 if kind == 1 else 3) * DAY * (place + 1) / THIS_WEEK
        else:
            due = closed = now - chance.uniform(20, 80) * DAY
        yield task(
            number,
            owner=first + number % PEOPLE,
            made=made,
            due_on=f"{due:%Y-%m-%d}",
            due_by=stored(due),
            closed_at=stored(closed) if closed else None,
            is_open=closed is None,
        )


def _trace(connection: Any) -> None:
    """Write into the trail what was finished this week."""
    connection.execute(
        "INSERT INTO audit (workspace_id, at, action, kind, object_id, version, before, after)"
        " SELECT workspace_id, closed_at, 'change', 'task', id, version,"
        ' \'{"status": "todo", "is_open": true, "closed_at": null}\', \'{"status": "done", "is_open": false}\''
        " FROM task WHERE workspace_id = ? AND closed_at > ?",
        (WORKSPACE, stored(utc_now() - 7 * DAY)),
    )
