"""The redelivery storm (G4): the same events again and again, at once, through dispatch in this process."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from bot.app import App, prepare
from bot.config import Settings
from bot.observe import utc_now
from bot.seed import APP, PLATFORM, TENANT, enter_team
from commands.core.event import Event, Place, Sender
from storage.mail import INBOX
from storage.tasks import TASK
from tests.proofs.history import MARK

AT_ONCE = 16
"""Events in flight, as in the prototype that set the goal."""


@dataclass(frozen=True, slots=True)
class Stormed:
    """What a storm came to."""

    events: int
    ids: int
    effects: int
    """Tasks made."""
    doubled: int
    """Ids that made more than one."""
    received: int
    """Inbox rows."""
    again: int
    """Events that were not acknowledged."""
    took_s: float
    latencies_s: tuple[float, ...]
    """Ascending."""

    def latency_s(self, share: float) -> float:
        """Give a quantile of the time from event to acknowledgement."""
        return self.latencies_s[min(len(self.latencies_s) - 1, int(share * len(self.latencies_s)))]


@contextmanager
def opened(directory: Path) -> Iterator[App]:
    """Open an app with the demo team on a new database; nothing sends."""
    settings = Settings(database_url=f"sqlite:///{directory / 'drumbeat.db'}")
    prepare(settings, now=utc_now())
    app = App(settings, serves=False)
    try:
        app.store.write_now(app.by_name["demo"].id, enter_team)
        yield app
    finally:
        app.close()


def said(key: str, text: str, *, at: datetime, who: str = "lisi", chat: str = "war-room") -> Event:
    """Make the event of one message in the demo."""
    place = Place(chat, "group", chat)
    return Event(key, PLATFORM, APP, TENANT, "said", Sender(who), place, sent_at=at, text=(text,))


async def storm(app: App, *, events: int, ids: int, seed: int = 1) -> Stormed:
    """Deliver so many events of so many ids, shuffled, `AT_ONCE` at a time."""
    now = utc_now()
    deck = [said(f"storm:{n % ids}", f"任务 加 {MARK} {_word(n % ids)} 周五", at=now) for n in range(events)]
    random.Random(seed).shuffle(deck)
    latencies: list[float] = []
    acks: Counter[str] = Counter()

    async def deliver() -> None:
        while deck:
            event = deck.pop()
            began = time.perf_counter()
            outcome = await app.dispatch(event)
            latencies.append(time.perf_counter() - began)
            acks[outcome.ack] += 1

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(deliver())
    took = time.perf_counter() - began
    with app.store.snapshots.connect() as connection:
        titles = Counter(connection.execute(select(TASK.c.title).where(TASK.c.title.startswith(MARK))).scalars())
        received = connection.execute(select(func.count(INBOX.c.id))).scalar_one()
    return Stormed(
        events=events,
        ids=ids,
        effects=titles.total(),
        doubled=sum(1 for count in titles.values() if count > 1),
        received=received,
        again=acks["again"],
        took_s=took,
        latencies_s=tuple(sorted(latencies)),
    )


def _word(number: int) -> str:
    """Write a number in letters that are no word, so that nothing in a title is read as an amount or a day."""
    return "".join("bcdfghjkmn"[int(digit)] for digit in f"{number:06}")
