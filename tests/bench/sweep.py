"""How long it takes to find what ten thousand people are reminded of, among ten thousand tasks and a million."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

from bot.app import App
from bot.observe import utc_now
from commands.reminders import IN_ONE_PART, ON_A_CARD
from storage.reminders import Bounds, expired_waits, owed_by, people_at, red_tasks, snoozes_of
from storage.unit import Unit
from tests.bench import files
from tests.bench.overdue import COLUMNS
from tests.bench.table import Row, ms, timed

SIZES: Final = (10_000, 1_000_000)
PEOPLE: Final = 10_000
DUE: Final = 1_000
"""So many tasks are late or due within days, however many there are in all."""
ROUNDS: Final = 3
ZONE: Final = "Asia/Shanghai"
DAY: Final = timedelta(days=1)
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
                _fill(connection, size)
            app, raw = opened.enter_context(files.app_on(file)), opened.enter_context(files.raw_on(file))
            for _ in range(ROUNDS):
                took[size].append(timed(partial(_sweep, app), range(1)))
                raws[size].append(timed(partial(_raw, raw), range(1)))
    rows = [
        Row(f"{PEOPLE:,} people, {DUE:,} due of {size:,}", ms(median(took[size])), ms(median(raws[size])))
        for size in SIZES
    ]
    least, most = SIZES
    grown = median(took[most]) / median(took[least])
    floor = median(raws[most]) / median(raws[least])
    return [*rows, Row("10,000 → 1,000,000", f"{grown:.2f} ×", f"{floor:.2f} ×", None, "≤ 2 (stretch 1.2)")]


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
        values = (first, first + IN_ONE_PART - 1, _stored(bounds.oldest), _stored(bounds.soon))
        connection.execute(RAW, values).fetchall()


def _fill(connection: Any, size: int) -> None:
    now = utc_now().replace(microsecond=0)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN IMMEDIATE")
    first = connection.execute("SELECT max(id) FROM person").fetchone()[0] + 1
    connection.executemany(
        "INSERT INTO person (workspace_id, version, created_at, updated_at, name, role)"
        " VALUES (2, 1, ?, ?, ?, 'member')",
        ((_stored(now), _stored(now), f"Person {number}") for number in range(PEOPLE)),
    )
    marks = ", ".join("?" * (COLUMNS.count(",") + 1))
    connection.executemany(
        f"INSERT INTO task ({COLUMNS}) VALUES ({marks})",  # noqa: S608 - both are ours
        _tasks(size, first, now),
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # else the first who asks would pay for it


def _tasks(size: int, first: int, now: datetime) -> Iterator[tuple[object, ...]]:
    """Make open tasks of all people: DUE of them late or due within days, the others long before or after."""
    chance = random.Random(7)
    made = _stored(now - 90 * DAY)
    for number in range(1, size + 1):
        far = 30 * DAY * chance.choice((-1, 1))
        due = now + (chance.uniform(-6, 2) * DAY if number <= DUE else far)
        owner = first + number % PEOPLE
        yield (
            2, 1, made, made, 10_000_000 + number, 1, f"Task {number}", "todo", True,
            owner, owner, 2, "[]", f"{due:%Y-%m-%d}", ZONE, _stored(due),
        )  # fmt: skip


def _stored(at: datetime) -> str:
    """Write an instant as the bot's tables hold it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
