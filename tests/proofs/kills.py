"""The kill test (G1): the real process dies at random moments under load, and nothing that it acknowledged is lost."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.observe import utc_now
from storage.engine import driver, file_of
from tests.proofs.history import Verdict, check, read_tables
from tests.proofs.load import Board, Client, Door
from tests.proofs.process import BotProcess

CLIENTS: Final = 4
MEAN_S: Final = 0.2
"""How long a process lives after it is ready, on average."""
DURING_START: Final = 0.1
"""How many of the kills come before it is ready."""
DRAIN_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Killed:
    """What a series of kills came to."""

    kills: int
    verdict: Verdict
    starts_s: tuple[float, ...]
    """Spawn to ready, after each kill."""
    backlog: int
    """Letters that waited after the last kill."""
    drained_s: float | None
    """How long they took to be sent; None when some never were."""

    def start_s(self, share: float) -> float:
        """Give a quantile of the times to be ready again."""
        ordered = sorted(self.starts_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def kill_often(
    directory: Path,
    *,
    kills: int,
    seed: int,
    mean_s: float = MEAN_S,
    drain_s: float = DRAIN_S,
    sabotage: str | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> Killed:
    """Kill the bot so many times under load, let the last process finish, and judge the history."""
    chance = random.Random(seed)
    bot, door, stop = BotProcess(directory, sabotage=sabotage), Door(), asyncio.Event()
    starts: list[float] = []
    killed = 0
    try:
        board = Board(tasks=await _seeded(directory))
        address, _ = await bot.start()
        async with asyncio.TaskGroup() as group:
            for number in range(CLIENTS):
                group.create_task(Client(door, board, seed=seed * 100 + number).run(stop))
            while killed < kills:
                await door.set(address)
                await asyncio.sleep(chance.expovariate(1 / mean_s))
                await door.set(None)
                await bot.kill()
                killed += 1
                while killed < kills and chance.random() < DURING_START:
                    await bot.start_and_kill(after_s=chance.uniform(0, 1.5))
                    killed += 1
                address, took = await bot.start()
                starts.append(took)
                tell(killed)
            await door.set(address)
            stop.set()
        backlog = _count(bot.url, PENDING)
        drained = await _drained(bot.url, drain_s)
        await bot.stop()
    finally:
        await bot.kill()
    return Killed(
        kills=killed,
        verdict=check(board.log, read_tables(bot.url, at=utc_now()), kills=killed),
        starts_s=tuple(starts),
        backlog=backlog,
        drained_s=drained,
    )


async def _seeded(directory: Path) -> int:
    """Let a whole bot seed the demo, and count its tasks."""
    bot = BotProcess(directory)
    try:
        await bot.start()
        return _count(bot.url, "SELECT count(*) FROM task")
    finally:
        await bot.stop()


PENDING: Final = """
SELECT count(*) FROM outbox
WHERE state = 'pending' AND (attempts > 0 OR not_before <= strftime('%Y-%m-%d %H:%M:%f', 'now'))
"""
"""What should have been sent by now, or was tried in vain; some letters are written for later."""


async def _drained(url: str, limit_s: float) -> float | None:
    began = time.perf_counter()
    while (took := time.perf_counter() - began) < limit_s:
        if _count(url, PENDING) == 0:
            return took
        await asyncio.sleep(0.1)
    return None


def _count(url: str, question: str) -> int:
    """Ask the database beside the process that serves it."""
    with closing(driver().connect(f"file:{file_of(url)}?mode=ro", uri=True, timeout=10)) as connection:
        return int(connection.execute(question).fetchone()[0])
