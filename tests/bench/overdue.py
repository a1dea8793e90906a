"""How long "what of mine is overdue" takes among ten thousand, a hundred thousand and a million tasks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from sqlalchemy import event

from bot.app import App
from bot.observe import utc_now
from storage.tasks import list_tasks
from tests.bench import files
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
COLUMNS: Final = (
    "workspace_id, version, created_at, updated_at, number, project_id, title, status, is_open, owner_id, creator_id,"
    " priority, labels, due_on, due_zone, due_by"
)


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
                fill(connection, size)
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
    rows.append(_growth("10,000 → 1,000,000", lists, raws, goal="≤ 1.15 (stretch)"))
    rows += [Row(f"`任务 逾期` through dispatch, {size:,}", ms(median(says[size]))) for size in SIZES]
    rows.append(_growth("`任务 逾期` 10,000 → 1,000,000", says, None, goal="≤ 1.15"))
    return rows


def _growth(what: str, ours: dict[int, list[float]], raws: dict[int, list[float]] | None, *, goal: str) -> Row:
    least, most = SIZES[0], SIZES[-1]
    grown = median(large / small for large, small in zip(ours[most], ours[least], strict=True))
    floor = "" if raws is None else f"{median(a / b for a, b in zip(raws[most], raws[least], strict=True)):.2f} ×"
    return Row(what, f"{grown:.2f} ×", floor, None, goal)


def _contenders(app: App, connection: Any, name: str) -> Any:
    """Give three ways to ask for the same list."""
    workspace, person = app.by_name["demo"].id, ASKS
    with _noted(app) as noted:
        _list(app, workspace, person)
    statement, values = noted[-1]

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


@contextmanager
def _noted(app: App) -> Iterator[list[tuple[str, Any]]]:
    noted: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, words: str, values: Any, *_: Any) -> None:
        noted.append((words, values))

    event.listen(app.store.snapshots, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(app.store.snapshots, "before_cursor_execute", note)


def fill(connection: Any, size: int) -> None:
    """Enter people and tasks: a fifth open, a third of those late, some people with much more than others."""
    now = utc_now().replace(microsecond=0)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN IMMEDIATE")
    first = connection.execute("SELECT max(id) FROM person").fetchone()[0]
    connection.executemany(
        "INSERT INTO person (workspace_id, version, created_at, updated_at, name, role)"
        " VALUES (2, 1, ?, ?, ?, 'member')",
        ((_stored(now), _stored(now), f"Person {number}") for number in range(PEOPLE)),
    )
    marks = ", ".join("?" * (COLUMNS.count(",") + 1))
    connection.executemany(
        f"INSERT INTO task ({COLUMNS}) VALUES ({marks})",  # noqa: S608 - both are ours
        _tasks(size, people=range(1, first + PEOPLE), now=now),
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # else the first who asks would pay for it


def _tasks(size: int, *, people: range, now: datetime) -> Iterator[tuple[object, ...]]:
    """Make tasks; the one person who asks has LATE overdue ones at each size, and else as many as others."""
    chance = random.Random(11)
    made = _stored(now - timedelta(days=90))
    days = [now + timedelta(days=day) for day in range(-30, 61)]
    dues = [(day.date().isoformat(), _stored(day)) for day in days]
    others = [one for one in people if one != ASKS]
    for number in range(1, size + 1):
        is_late = number <= LATE
        is_mine = is_late or number % PEOPLE == 0
        owner = ASKS if is_mine else others[int(len(others) * chance.random() ** 1.5)]
        is_open = is_late or (not is_mine and chance.random() < 0.2)
        due_on, due_by = dues[int(chance.random() * (30 if is_late else len(dues)))]
        yield (
            2, 1, made, made, 10_000_000 + number, 1, f"Task {number}", "todo" if is_open else "done", is_open,
            owner, owner, 2, "[]", due_on, "Asia/Shanghai", due_by,
        )  # fmt: skip


def _stored(at: datetime) -> str:
    """Write an instant as the bot's tables hold it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
