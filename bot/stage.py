"""Have a team act: what its people say at their instants, and what the clock owes in between.

Everything goes through the same dispatch and the same clock as in earnest; only the hands are moved by us. The demo is
seeded so, in no time, and races so before one's eyes.
"""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

from adapters.playground import Playground, Said, Where, direct_chat, kind_of
from bot.app import App
from bot.clock import Hands
from bot.occasion import Handled
from commands.standup_windows import KIND as STANDUP
from storage.mail import waiting
from storage.people import account_on
from storage.schedules import next_instant
from storage.standups import checkins_of, standup_on
from storage.unit import Unit

Sweep = Callable[[datetime], Awaitable[None]]
ANSWERED_AFTER: Final = timedelta(minutes=3)
"""So long after a stand-up opened the first one answers, and each of the others after the one before."""
SENT_S: Final = 10.0
"""In real seconds: what was said stands in the rooms by then, or something is wrong."""


@dataclass(frozen=True, slots=True, order=True)
class Cue:
    """One thing that somebody says."""

    at: datetime
    """An aware instant."""
    key: str
    who: str = field(compare=False)
    """The account."""
    chat: str = field(compare=False)
    text: str = field(compare=False)


class Stage:
    """The demo of one running app, whose clock shows what the hands show."""

    def __init__(
        self,
        app: App,
        hands: Hands,
        *,
        titles: Mapping[str, str],
        answers: Mapping[str, Sequence[str]],
        sweep: Sweep | None = None,
    ) -> None:
        """Take what people answer to stand-ups, by account, one answer a day in turn; `sweep` moves the hands."""
        self._app = app
        self._demo = app.by_name["demo"].id
        self._hands = hands
        self._titles = titles
        self._answers = answers
        self._sweep = sweep or self._jump
        self._answering: list[Cue] = []

    async def play(self, lines: Iterator[Cue], until: datetime) -> None:
        """Let it all happen up to an instant: the lines, in order, and each slot at its time."""
        async for handled in self._app.ticker.race(self._hands, self._hands.now, workspace=self._demo):
            await self._hear(handled)
        line = next(lines, None)
        while True:
            cue = min((each for each in (line, *self._answering[:1]) if each is not None), default=None)
            at = min(until, cue.at) if cue else until
            slot = await self._app.store.read(self._demo, next_instant)
            if slot is not None and slot <= at:
                await self._come(slot)
            elif cue is None or cue.at > until:
                break
            else:
                await self._say(cue)
                if cue is line:
                    line = next(lines, None)
                else:
                    heapq.heappop(self._answering)
        await self._move(until)

    async def _come(self, slot: datetime) -> None:
        await self._move(slot)
        async for handled in self._app.ticker.race(self._hands, slot, workspace=self._demo):
            await self._hear(handled)
        await all_sent(self._app)

    async def _say(self, cue: Cue) -> None:
        await self._move(cue.at)
        where = Where(cue.chat, kind_of(cue.chat), self._titles.get(cue.chat))
        await self._app.playground.say(Said(cue.key, cue.who, where, (cue.text,)))
        await all_sent(self._app)

    async def _move(self, at: datetime) -> None:
        if at > self._hands.now:
            await self._sweep(at)

    async def _jump(self, at: datetime) -> None:
        self._hands.now = at

    async def _hear(self, handled: Handled) -> None:
        """Have those who are asked by a stand-up answer it, each a while after the one before."""
        schedule, slot = handled.schedule, handled.slot
        opens = schedule.kind == STANDUP and slot.local.time() == time.fromisoformat(schedule.times[0])
        if handled.state != "done" or not opens:
            return
        asked = await self._app.store.read(self._demo, lambda unit: _asked(unit, handled))
        day = slot.local.date().toordinal()
        at = itertools.count(1)
        for who, said in self._answers.items():
            if who in asked and (text := said[day % len(said)]):
                key = f"answer-{schedule.id}-{slot.local:%Y%m%d}-{who}"
                cue = Cue(slot.at + next(at) * ANSWERED_AFTER, key, who, direct_chat(who), text)
                heapq.heappush(self._answering, cue)


async def all_sent(app: App) -> None:
    """Wait until everything said so far stands in the rooms.

    Raises:
        TimeoutError: it does not within SENT_S.
    """
    async with asyncio.timeout(SENT_S):
        while (await app.store.read(app.by_name["demo"].id, waiting))[0]:
            app.delivery.nudge()
            await asyncio.sleep(0.005)


def _asked(unit: Unit, opened: Handled) -> set[str]:
    """Give the accounts of those who were asked in a stand-up."""
    standup = standup_on(unit, opened.schedule.id, opened.slot.local.date())
    people = [each.person_id for each in checkins_of(unit, standup.id) if each.state == "asked"] if standup else []
    found = (account_on(unit, person, Playground.name) for person in people)
    return {account.native for account in found if account is not None}
