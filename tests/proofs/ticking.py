"""Several clocks over one PostgreSQL, killed at random: each local slot still comes once, at its first instant.

`python -m tests.proofs.ticking HANDS` is one process of the bot with its clock alone; its hands stand in a file, which
the harness moves on when nothing that is due is left. So a year passes in minutes, and nothing may come late.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import random
import re
import struct
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select

from bot.app import App
from bot.config import Settings
from bot.seed import APP, PLATFORM, TENANT
from commands.grammar.recurrence import Recurrence
from commands.grammar.workdays import WEEKDAYS
from commands.schedules import timetable_of
from storage.chats import open_chat
from storage.engine import open_engine
from storage.mail import OUTBOX
from storage.people import add_person
from storage.schedules import OCCURRENCE, UPCOMING, Schedule, wait_for
from storage.unit import StorageFault, Unit
from storage.workspaces import next_number
from tests.proofs.process import READY, BotProcess
from tests.proofs.slots import ZONES, first_instants

BEGIN: Final = date(2026, 10, 20)
"""Before the clocks go back in Europe and America."""
TIMES: Final = (time(0, 30), time(2, 15), time(9, 30))
MEAN_S: Final = 0.5
"""How long a process lives after it is ready, on average."""
LOOK_S: Final = 0.002
STUCK_S: Final = 60.0
"""A slot that is due for so long is not handled any more."""
SAID: Final = re.compile(r"beat ([\w/+-]+)")

Slot = tuple[str, datetime]
"""What a post says, and the instant at which it was written."""


class Hands:
    """A clock whose hands stand in a file, for several processes to read: whole seconds since 1970."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT)

    def __call__(self) -> datetime:
        """Give the instant."""
        (seconds,) = struct.unpack("q", os.pread(self._file, 8, 0))
        return datetime.fromtimestamp(seconds, UTC)

    def set(self, at: datetime) -> None:
        """Move the hands."""
        os.pwrite(self._file, struct.pack("q", int(at.timestamp())), 0)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a series of kills came to."""

    kills: int
    expected: int
    missing: tuple[Slot, ...]
    doubled: tuple[Slot, ...]
    strange: tuple[Slot, ...]
    """Posts that no slot asked for, such as late ones."""
    not_done: int
    """Occurrences that were skipped, failed or left half."""

    @property
    def is_sound(self) -> bool:
        """Whether each slot came once and at its time."""
        return not (self.missing or self.doubled or self.strange or self.not_done)


async def tick_and_kill(
    directory: Path,
    url: str,
    *,
    days: int,
    kills: int = 0,
    seed: int,
    mean_s: float = MEAN_S,
    processes: int = 2,
    sabotage: str | None = None,
) -> Ticked:
    """Let days pass over several processes, and kill one now and then; compare the posts with the wall.

    It goes on until both so many days have passed and so many processes were killed.
    """
    hands = Hands(directory / "hands")
    hands.set(datetime.combine(BEGIN, time(), tzinfo=UTC))
    _enter(url, hands)
    bots = [ClockProcess(directory / f"process-{number}", url, sabotage=sabotage) for number in range(processes)]
    engine = open_engine(url, pool_size=1, may_write=False)
    killing: asyncio.Task[None] | None = None
    try:
        for bot in bots:
            await bot.start()
        killing = asyncio.create_task(_kill_one_by_one(bots, random.Random(seed), mean_s))
        until = datetime.combine(BEGIN + timedelta(days=days), time(), tzinfo=UTC)
        await _let_pass(engine, hands, lambda at: at > until and sum(bot.kills for bot in bots) >= kills)
        return _judge(engine, hands(), sum(bot.kills for bot in bots))
    finally:
        if killing is not None:
            killing.cancel()
            await asyncio.wait([killing])
        for bot in bots:
            await bot.kill()
        engine.dispose()
        hands.close()


class ClockProcess(BotProcess):
    """A process that only ticks."""

    def __init__(self, directory: Path, url: str, *, sabotage: str | None) -> None:
        directory.mkdir()
        arguments = ("tests.proofs.ticking", str(directory.parent / "hands"))
        super().__init__(directory, url=url, sabotage=sabotage, arguments=arguments)
        self.kills = 0


async def _kill_one_by_one(bots: Sequence[ClockProcess], chance: random.Random, mean_s: float) -> None:
    while True:
        await asyncio.sleep(chance.expovariate(1 / mean_s))
        bot = chance.choice(bots)
        await bot.kill()
        bot.kills += 1
        await bot.start()


async def _let_pass(engine: Engine, hands: Hands, is_over: Callable[[datetime], bool]) -> None:
    """Move the hands from slot to slot, each when all before it was handled."""
    asked = select(func.min(UPCOMING.c.at))
    while True:
        async with asyncio.timeout(STUCK_S):
            while (coming := await asyncio.to_thread(_ask, engine, asked)) <= hands():  # noqa: ASYNC110 - other processes
                await asyncio.sleep(LOOK_S)
        if is_over(coming):
            return
        hands.set(coming)


def _ask(engine: Engine, statement: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(statement).scalar_one()


def _enter(url: str, hands: Hands) -> None:
    """Enter a chat with a schedule in each zone."""
    app = App(Settings(database_url=url), clock=hands, serves=False)
    try:
        app.store.write_now(app.by_name["demo"].id, _schedules)
    finally:
        app.close()


def _schedules(unit: Unit) -> None:
    owner = add_person(unit, name="陈晨", role="lead", language="zh", timezone="Asia/Shanghai")
    at = {"platform": PLATFORM, "app": APP, "tenant": TENANT, "native": "war-room"}
    chat = open_chat(unit, project_name="双11", kind="group", title="双11", language="zh", **at)
    for zone in ZONES:
        schedule = unit.add(
            Schedule,
            number=next_number(unit, "schedule"),
            kind="reminder",
            owner_id=owner.id,
            chat_id=chat.id,
            project_id=chat.project_id,
            rule=Recurrence("day").canonical(),
            times=[f"{each:%H:%M}" for each in TIMES],
            zone=zone,
            options={"text": f"beat {zone}"},
        )
        slot = timetable_of(schedule).first(unit.now, WEEKDAYS)
        wait_for(unit, schedule.id, at=slot.at, slot=slot.label)


def _judge(engine: Engine, until: datetime, kills: int) -> Ticked:
    begin = datetime.combine(BEGIN, time(), tzinfo=UTC)
    expected: set[Slot] = set()
    for zone in ZONES:
        instants = first_instants(ZoneInfo(zone), BEGIN - timedelta(days=1), until.date() + timedelta(days=1), TIMES)
        expected |= {(zone, at) for at in instants.values() if begin <= at <= until}
    with engine.connect() as connection:
        letters = connection.execute(select(OUTBOX.c.payload, OUTBOX.c.created_at)).all()
        states = Counter(connection.execute(select(OCCURRENCE.c.state)).scalars())
    came = Counter((found[1], row.created_at) for row in letters if (found := SAID.search(str(row.payload))))
    return Ticked(
        kills=kills,
        expected=len(expected),
        missing=tuple(sorted(expected - came.keys())),
        doubled=tuple(sorted(slot for slot, count in came.items() if count > 1)),
        strange=tuple(sorted(came.keys() - expected)),
        not_done=states.total() - states["done"],
    )


async def _play(app: App) -> None:
    """Tick without a pause; a fault of the store is made good at the next look."""
    await asyncio.to_thread(functools.partial(print, READY, flush=True))
    while True:
        with contextlib.suppress(StorageFault):
            await app.ticker.tick()
        await asyncio.sleep(LOOK_S)


def main(hands: str) -> None:
    """Be one process."""
    settings = Settings(database_url=os.environ["DRUMBEAT_DATABASE_URL"])
    asyncio.run(_play(App(settings, clock=Hands(Path(hands)), serves=False)))


if __name__ == "__main__":
    main(sys.argv[1])
