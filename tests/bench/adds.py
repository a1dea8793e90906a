"""How long `task add` takes: its statements alone, and the whole way through dispatch, beside raw sqlite3."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from sqlalchemy import event

from bot.app import App
from bot.observe import utc_now
from storage.mail import waiting
from storage.store import Store
from tests.bench import files
from tests.bench.replay import Captured
from tests.bench.table import Row, ms, rate, timed

ROUNDS: Final = 7
EACH: Final = 150
"""Calls of each contender in a round."""
IN_FLIGHT: Final = {1: 150, 16: 480, 64: 960}
"""Calls of a round, by how many are under way at a time."""
SINGLE: Final = "CREATE TABLE IF NOT EXISTS single (id INTEGER PRIMARY KEY, title TEXT, at TEXT)"


def measure_statements(template: Path, captured: Captured) -> list[Row]:
    """Compare the statements of one call through the store with the same by the driver."""
    ours, floor = [], []
    store = Store(f"sqlite:///{files.copy_of(template, 'statements-ours')}", clock=utc_now)
    workspace = 2
    try:
        with files.raw_on(files.copy_of(template, "statements-raw")) as connection:

            def through_store(number: int) -> None:
                store.write_now(workspace, lambda unit: captured.through_store(unit, number))

            def through_driver(number: int) -> None:
                captured.through_driver(connection, number)

            for round_ in range(ROUNDS):
                numbers = range(1 + round_ * EACH, 1 + (round_ + 1) * EACH)
                ours.append(timed(through_store, numbers))
                floor.append(timed(through_driver, numbers))
    finally:
        store.close()
    what = f"its {len(captured.raw)} statements in one transaction"
    return [Row(what, ms(median(ours)), ms(median(floor)), _ratio(ours, floor))]


@dataclass
class _Rounds:
    """What each round gave, by how many calls were in flight."""

    p50: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    per_s: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    same_s: list[float] = field(default_factory=list)
    single_s: list[float] = field(default_factory=list)


def measure_adds(template: Path, captured: Captured) -> list[Row]:
    """Compare whole calls through dispatch with their statements, and with one insert, by the driver."""
    rounds = _Rounds()
    with (
        files.app_on(files.copy_of(template, "adds-ours")) as app,
        files.raw_on(files.copy_of(template, "adds-same")) as same,
        files.raw_on(files.copy_of(template, "adds-single")) as single,
    ):
        single.execute(SINGLE)
        for round_ in range(ROUNDS):
            numbers = range(1 + round_ * EACH, 1 + (round_ + 1) * EACH)
            rounds.same_s.append(timed(lambda number: captured.through_driver(same, number), numbers))
            rounds.single_s.append(timed(lambda number: _insert_one(single, number), numbers))
            for in_flight, count in IN_FLIGHT.items():
                p50, per_s = asyncio.run(_add(app, f"{round_}:{in_flight}", count=count, in_flight=in_flight))
                rounds.p50[in_flight].append(p50)
                rounds.per_s[in_flight].append(per_s)
    return _rows(rounds)


def _rows(rounds: _Rounds) -> list[Row]:
    same, single = rounds.same_s, rounds.single_s
    rows = [
        Row(
            "1 in flight, p50, beside its statements",
            ms(median(rounds.p50[1])),
            ms(median(same)),
            _ratio(rounds.p50[1], same),
        ),
        Row(
            "1 in flight, p50, beside one insert",
            ms(median(rounds.p50[1])),
            ms(median(single)),
            _ratio(rounds.p50[1], single),
        ),
    ]
    for in_flight in IN_FLIGHT:
        ours = rounds.per_s[in_flight]
        for name, floor in (("its statements", same), ("one insert", single)):
            floors = [1 / each for each in floor]
            rows.append(
                Row(
                    f"{in_flight} in flight, beside {name}",
                    rate(median(ours)),
                    rate(median(floors)),
                    _ratio(ours, floors),
                )
            )
        if in_flight > 1:
            rows.append(Row(f"{in_flight} in flight, p50", ms(median(rounds.p50[in_flight]))))
    return rows


def measure_commits(template: Path) -> list[Row]:
    """Count the COMMITs of a thousand adds that come at once."""
    said: Counter[str] = Counter()
    rows = []
    with files.app_on(files.copy_of(template, "commits")) as app:

        @event.listens_for(app.store.engine, "before_cursor_execute")
        def count(_connection: Any, _cursor: Any, words: str, *_: Any) -> None:
            said[words] += 1

        for in_flight in (1, 16, 64, 1_000):
            said.clear()
            asyncio.run(_add(app, f"commits:{in_flight}", count=1_000, in_flight=in_flight))
            commits = said["COMMIT"]
            rows.append(Row(f"COMMITs of 1,000 adds, {in_flight} in flight", str(commits), "1,000", commits / 1_000))
    return rows


def measure_redelivered(template: Path) -> list[Row]:
    """Compare how many events are handled a second when a fifth of them come once more with how many otherwise."""
    count, plain, repeated = IN_FLIGHT[16], [], []
    with files.app_on(files.copy_of(template, "redelivered")) as app:
        for round_ in range(ROUNDS):
            plain.append(asyncio.run(_add(app, f"once:{round_}", count=count, in_flight=16))[1])
            repeated.append(asyncio.run(_add(app, f"again:{round_}", count=count, in_flight=16, ids=count * 4 // 5))[1])
    what = "a fifth of 480 delivered twice, 16 in flight, beside none"
    return [Row(what, rate(median(repeated)), rate(median(plain)), _ratio(repeated, plain), "≥ 0.8")]


def measure_posted(template: Path) -> list[Row]:
    """Measure adds while the sender posts their cards into the room, and how long after the last one it is done."""
    count = 1_000
    with files.app_on(files.copy_of(template, "posted"), serves=True) as app:

        async def add_and_post() -> tuple[float, float]:
            async with app.working():
                _, per_s = await _add(app, "posted", count=count, in_flight=16)
                began = perf_counter()
                while (await app.store.read(2, waiting))[0]:  # noqa: ASYNC110 - an outbox has no event
                    await asyncio.sleep(0.005)
                return per_s, perf_counter() - began

        per_s, after_s = asyncio.run(add_and_post())
    return [
        Row("16 in flight, while cards are posted", rate(per_s)),
        Row(f"the last of {count:,} cards stands in its room after", ms(after_s)),
    ]


async def _add(app: App, name: str, *, count: int, in_flight: int, ids: int | None = None) -> tuple[float, float]:
    """Add tasks, so many at a time; give the median time of one, and how many a second."""
    deck = [files.event(f"bench:{name}:{number % (ids or count)}", files.SAID) for number in range(count)]
    took: list[float] = []

    async def work() -> None:
        while deck:
            one = deck.pop()
            began = perf_counter()
            done = await app.dispatch.handle(one)
            took.append(perf_counter() - began)
            assert done.result == "done", done

    began = perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(work())
    return median(took), count / (perf_counter() - began)


def _insert_one(connection: Any, number: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO single (title, at) VALUES (?, ?)", ("a title", str(number)))
    connection.execute("COMMIT")


def _ratio(ours: list[float], floor: list[float]) -> float:
    """Give the median of the rounds' ratios: what disturbed a round disturbed both."""
    return median(mine / theirs for mine, theirs in zip(ours, floor, strict=True))
