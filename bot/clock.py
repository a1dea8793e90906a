"""The clock: looks every few seconds for slots that have come, and has each run in a transaction of its own.

It also looks for those whose quiet hours are over, and has what was held for them let go (opening.py).

APScheduler only ticks. The truth is in the store, so that any number of processes may tick, be killed, and come back:
see occasion.py for what happens to a slot, and commands/core/timetable.py for when it is.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final, Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.dispatch import Dispatch, Mailroom
from bot.house import House
from bot.occasion import Handled, SlotTurn, context_of
from bot.opening import let_all_go, open_for
from commands.core.timetable import Slot
from commands.schedules import is_kept_up, keep_up, timetable_of
from storage import mail
from storage.mail import Letter, Receiver
from storage.schedules import Due, Schedule, all_schedules, due, next_instant
from storage.store import Store
from storage.unit import StorageFault, Unit
from storage.workspaces import Workspace

TICK_S: Final = 5.0
OWED_MOST: Final = 1_000
KEEP_UP_S: Final = 300.0
"""How often it is looked whether the house has the schedules that it needs, such as for a new time zone."""
AT_ONCE: Final = 100
"""Slots that one look finds; the next follows at once while there are more."""

log = logging.getLogger("drumbeat.clock")


class Hands(Protocol):
    """A clock that is set by hand: for `drumbeat tick`, for the demo and for tests."""

    now: datetime
    """The aware instant that it shows."""


class SetClock:
    """Show the instant that it was set to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Give the instant."""
        return self.now


class Clock:
    """Run what is due, in every workspace."""

    def __init__(
        self,
        *,
        store: Store,
        house: House,
        workspaces: Mapping[int, Workspace],
        dispatch: Dispatch,
        mailroom: Mailroom | None,
    ) -> None:
        self._store = store
        self._house = house
        self._workspaces = workspaces
        self._dispatch = dispatch
        self._mailroom = mailroom
        self._ticked = time.monotonic()
        self._kept_up: dict[int, float] = {}
        """When that was looked at last, by workspace."""

    async def run(self) -> None:
        """Tick until cancelled."""
        scheduler = AsyncIOScheduler(timezone=UTC)
        scheduler.add_job(
            self._tick_or_log,
            "interval",
            seconds=TICK_S,
            coalesce=True,
            misfire_grace_time=None,  # a tick that comes late is a tick
            max_instances=1,
        )
        await self._tick_or_log()  # what was missed while the program was down
        scheduler.start()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            scheduler.shutdown(wait=False)

    async def _tick_or_log(self) -> None:
        try:
            await self.tick()
        except StorageFault as fault:
            log.warning("tick_failed", extra={"error": str(fault)})  # all is in the store: the next tick finds it

    async def tick(self, *, workspaces: Iterable[int] | None = None) -> list[Handled]:
        """Handle every slot that has come, and tell what became of each.

        Raises:
            StorageFault: the store did not answer; what was handled before stays handled.
        """
        handled: list[Handled] = []
        for workspace in workspaces if workspaces is not None else self._workspaces:
            if time.monotonic() - self._kept_up.get(workspace, -KEEP_UP_S) >= KEEP_UP_S:
                await self._keep_up(workspace)
            await self._open(workspace)
            while found := await self._store.read(workspace, lambda unit: due(unit, most=AT_ONCE)):
                some = [await self._handle(self._workspaces[workspace], each) for each in found]
                handled += [each for each in some if each is not None]
                if not any(some):
                    break  # another process is at it
        self._ticked = time.monotonic()
        return handled

    def since_tick_s(self) -> float:
        """Tell how long ago, in seconds, everything due had been handled; or the start, before the first time."""
        return round(time.monotonic() - self._ticked, 1)

    async def race(self, hands: Hands, until: datetime, *, workspace: int) -> AsyncIterator[Handled]:
        """Set the hands from slot to slot up to an instant, and handle each at its time."""
        await self._keep_up(workspace)
        while True:
            at = await self._store.read(workspace, _next)
            if at is None or at > until:
                break
            hands.now = max(at, hands.now)
            for each in await self.tick(workspaces=[workspace]):
                yield each
        hands.now = max(until, hands.now)

    async def _keep_up(self, workspace: int) -> None:
        registry = self._house.registry
        if not await self._store.read(workspace, lambda unit: is_kept_up(unit, registry)):
            await self._store.write(workspace, lambda unit: keep_up(unit, registry))
        self._kept_up[workspace] = time.monotonic()

    async def _open(self, workspace: int) -> None:
        """Let go what was held for those whose quiet hours are over."""
        while found := await self._store.read(workspace, lambda unit: mail.opening(unit, most=AT_ONCE)):
            doing = self._store.write(workspace, partial(self._opened, found))
            letters = await self._dispatch.safely(
                doing, partial(_let_all_go, found), workspace=workspace, what=f"opening:{workspace}"
            )
            if self._mailroom is not None:
                self._mailroom.offer((each for each in letters if each.lease_token), {})

    def _opened(self, receivers: Sequence[Receiver], unit: Unit) -> list[Letter]:
        house = self._house
        return open_for(
            unit,
            receivers,
            workspace=self._workspaces[unit.workspace],
            languages=house.languages,
            limits=house.limits,
            lease_token=house.lease_token,
        )

    async def _handle(self, workspace: Workspace, each: Due) -> Handled | None:
        turn = SlotTurn(self._house, workspace, each)
        doing = self._store.write(workspace.id, turn.write)
        what = f"schedule:{each.schedule}:{each.slot}"
        handled = await self._dispatch.safely(doing, turn.fail, workspace=workspace.id, what=what)
        if handled is not None and handled.done is not None and self._mailroom is not None:
            self._mailroom.offer((each for each in handled.done.letters if each.lease_token), handled.done.drawn)
        return handled

    def owed(self, until: datetime, *, workspace: int) -> list[tuple[Schedule, Slot]]:
        """List the slots that come up to an instant, in order, if nothing changes; OWED_MOST at most."""
        return self._store.read_now(workspace, lambda unit: self._owed(unit, until))

    def _owed(self, unit: Unit, until: datetime) -> list[tuple[Schedule, Slot]]:
        found: list[tuple[Schedule, Slot]] = []
        for schedule, at in all_schedules(unit):
            if at is None or schedule.is_paused:
                continue
            workdays = context_of(self._house, self._workspaces[unit.workspace], unit, schedule).workdays
            coming = timetable_of(schedule).upcoming(at, workdays)
            slots = itertools.takewhile(lambda slot: slot.at <= until, coming)
            found += [(schedule, slot) for slot in itertools.islice(slots, OWED_MOST)]
        return sorted(found, key=lambda each: (each[1].at, each[0].number))[:OWED_MOST]


def _next(unit: Unit) -> datetime | None:
    """Give the instant at which the clock has something to do next."""
    coming = [at for at in (next_instant(unit), mail.next_opening(unit)) if at is not None]
    return min(coming, default=None)


def _let_all_go(receivers: Sequence[Receiver], unit: Unit, incident: str) -> list[Letter]:
    let_all_go(unit, receivers)
    return []
