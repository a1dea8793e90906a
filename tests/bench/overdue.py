"""How long "what of mine is overdue" takes among ten thousand, a hundred thousand and a million tasks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from bot.app import App
from bot.observe import utc_now
from storage.tasks import list_tasks
from tests.bench import files
from tests.bench.filling import Values, enter, grown, noted, stored, task
from tests.bench.table import Row, ms, timed

SIZES: Final = (10_000, 100_000, 1_000_000)
PEOPLE: Final = 1_000
ROUNDS: Final = 7
EACH: Final = 60
MOST: Final = 20
ASKS: Final = 3
"""The id of 李四 in the demo, who asks."""
LATE: Final = 40
"""So many of his tasks are overdue, however many there are in all."""


def measure_overdue(template: Path) -> list[Row]:
    """Compare the list through the store with its query by the driver, at each size, and the sizes with each other."""
    lists: dict[int, list[float]] = {size: [] for size in SIZES}
    raws: dict[int, list[float]] = {size: [] for size in SIZES}
    says: dict[int, list[float]] = {size: [] for size in SIZES}
    rows = []
    with ExitStack() as opened:
        apps: dict[int, App] = {}
        connections: dict[int, Any] = {}
        for size in SIZES:
            file = files.copy_of(template, f"overdue-{size}")
            with files.raw_on(file) as connection:
                began = perf_counter()
                enter(connection, PEOPLE, partial(_tasks, size))
                filled = perf_counter() - began
            apps[size] = opened.enter_context(files.app_on(file))
            connections[size] = opened.enter_context(files.raw_on(file))
            rows.append(Row(f"fill {size:,} tasks", f"{filled:.1f} s"))
        for round_ in range(ROUNDS):
            for size in SIZES:
                one, raw, say = _contenders(apps[size], connections[size], f"{round_}")
                lists[size].append(timed(one, range(EACH)))
                raws[size].append(timed(raw, range(EACH)))
                says[size].append(asyncio.run(say()))
    for size in SIZES:
        ratio = median(mine / theirs for mine, theirs in zip(lists[size], raws[size], strict=True))
        rows.append(Row(f"my {MOST} overdue of {size:,}", ms(median(lists[size])), ms(median(raws[size])), ratio))
    rows.append(grown("10,000 → 1,000,000", lists, raws, goal="≤ 1.15 (stretch)"))
    rows += [Row(f"`任务 逾期` through dispatch, {size:,}", ms(median(says[size]))) for size in SIZES]
    rows.append(grown("`任务 逾期` 10,000 → 1,000,000", says, None, goal="≤ 1.15"))
    return rows


def _contenders(app: App, connection: Any, name: str) -> Any:
    """Give three ways to ask for the same list."""
    workspace, person = app.by_name["demo"].id, ASKS
    with noted(app) as found:
        _list(app, workspace, person)
    statement, values = found[-1]

    async def say() -> float:
        took = []
        for number in range(EACH):
            one = files.event(f"overdue:{name}:{number}", "任务 逾期")
            began = perf_counter()
            done = await app.dispatch.handle(one)
            took.append(perf_counter() - began)
            assert done.result == "done", done
        return median(took)

    return (
        lambda _: _list(app, workspace, person),
        lambda _: connection.execute(statement, values).fetchall(),
        say,
    )


def _list(app: App, workspace: int, person: int) -> None:
    found = app.store.read_now(
        workspace, lambda unit: list_tasks(unit, whose="person", id=person, which="overdue", most=MOST)
    )
    assert found, "the person has overdue tasks"


def _tasks(size: int, first: int) -> Iterator[Values]:
    """Make tasks; the one person who asks has LATE overdue ones at each size, and else as many as others.

    A fifth are open, a third of those late; some people have much more than others.
    """
    chance, now = random.Random(11), utc_now().replace(microsecond=0)
    made = stored(now - timedelta(days=90))
    days = [now + timedelta(days=day) for day in range(-30, 61)]
    dues = [(day.date().isoformat(), stored(day)) for day in days]
    others = [one for one in range(1, first + PEOPLE) if one != ASKS]
    for number in range(1, size + 1):
        is_late = number <= LATE
        is_mine = is_late or number % PEOPLE == 0
        owner = ASKS if is_mine else others[int(len(others) * chance.random() ** 1.5)]
        is_open = is_late or (not is_mine and chance.random() < 0.2)
        due_on, due_by = dues[int(chance.random() * (30 if is_late else len(dues)))]
        yield task(number, owner=owner, made=made, due_on=due_on, due_by=due_by, is_open=is_open)
