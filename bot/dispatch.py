"""Dispatch: every event's one way through the house.

It owns the transaction (turn.py says what happens inside), keeps the calls of one chat in the
order of their arrival, and answers after the commit. A bug in a command is stored as failed and
acknowledged; trouble of the store is not, so that the platform delivers again.
"""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol, TypeVar

from bot.drawing import Drawn
from bot.house import IGNORED, Answered, Done, House
from bot.observe import Meters
from bot.turn import Turn, Unmet
from commands.core.event import Event, Mention
from commands.core.ports import Adapter, Profile
from commands.core.reading import Reading
from commands.core.reply import Outcome
from storage.mail import Letter
from storage.store import Store
from storage.unit import StorageFault, Unit
from storage.workspaces import Workspace

NOTICES: Final = frozenset({"edited", "deleted"})
"""Events that only read: what they may offer is done by a press."""
REMEMBERED: Final = 100_000
PROFILE_S: Final = 0.3
"""How long an unknown person's profile is waited for, before the transaction."""

T = TypeVar("T")

log = logging.getLogger("drumbeat.dispatch")


class Mailroom(Protocol):
    """Take over messages that are committed and leased to this process."""

    def draw_ahead(self, unit: Unit, letters: Sequence[Letter]) -> Mapping[int, Drawn]:
        """Draw what can go at once, in the transaction that writes it; by number."""

    def offer(self, letters: Iterable[Letter], drawn: Mapping[int, Drawn]) -> None:
        """Send them soon; returns at once."""


class Dispatch:
    """Handle events, from any adapter, for all workspaces."""

    def __init__(
        self,
        *,
        store: Store,
        house: House,
        workspace_of: Callable[[Event], Workspace],
        adapters: Mapping[str, Adapter],
        mailroom: Mailroom | None,
        meters: Meters,
    ) -> None:
        self._store = store
        self._house = house
        self._workspace_of = workspace_of
        self._adapters = adapters
        self._mailroom = mailroom
        self._meters = meters
        self._order = _Order(is_serial=not store.is_embedded)
        self._met: set[tuple[str, str, str]] = set()
        """Whose first message this process has handled: no profile is waited for any more."""

    async def __call__(self, event: Event) -> Outcome:
        """Do what an event asks for, once, and tell what to answer the platform."""
        return (await self.handle(event)).outcome

    async def handle(self, event: Event) -> Done:
        """Do the same, and tell all that became of it."""
        if event.sender.is_bot:
            return IGNORED
        began = time.perf_counter()
        reading = self._read(event)
        if event.kind == "said" and not event.is_addressed and not self._may_be_meant(event, reading):
            return IGNORED
        turn = Turn(self._house, self._workspace_of(event), event, reading)
        reads = event.kind in NOTICES or (reading is not None and reading.command.reads)
        people = _people_of(event)
        chat = (event.platform, event.tenant, event.place.chat)
        async with self._order.turn(chat, waits=reads, may_tarry=not people <= self._met):
            done = await self._run(turn, reads=reads)
        if len(self._met) < REMEMBERED:
            self._met |= people
        if self._mailroom is not None and done.letters:
            self._mailroom.offer((letter for letter in done.letters if letter.lease_token), done.drawn)
        self._meters.handled(done.result, seconds=time.perf_counter() - began)
        return done

    def _read(self, event: Event) -> Reading | None:
        if event.kind != "said":
            return None
        return self._house.reader.read(self._house.reader.tokens(event.text))

    def _may_be_meant(self, event: Event, reading: Reading | None) -> bool:
        """Leave talk that is not for us unread: no row is written for it."""
        if reading is None:
            return False
        is_about_something = event.place.thread is not None or event.replies_to is not None
        return reading.is_explicit or is_about_something

    async def _profiles(self, event: Event, accounts: Sequence[str]) -> dict[str, Profile | None]:
        """Ask the platform who these are, all at once and not for long."""
        adapter = self._adapters.get(event.platform)
        found: dict[str, Profile | None] = dict.fromkeys(accounts)
        if adapter is None:
            return found

        async def ask(account: str) -> None:
            with contextlib.suppress(OSError):
                found[account] = await adapter.profile(account)

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PROFILE_S), asyncio.TaskGroup() as group:
                for account in accounts:
                    group.create_task(ask(account))
        return found

    async def _run(self, turn: Turn, *, reads: bool) -> Done:
        workspace = turn.workspace.id

        def fail(unit: Unit, incident: str) -> Done:
            return self._drawn(unit, turn.fail(unit, incident))

        try:
            doing = self._attempt(turn, workspace, reads=reads)
            return await self.safely(doing, fail, workspace=workspace, what=turn.event.key)
        except StorageFault as error:
            log.warning("not_stored", extra={"key": turn.event.key, "error": str(error)})
            return Done(Outcome("again"), "failed")

    async def safely(self, doing: Awaitable[T], fail: Callable[[Unit, str], T], *, workspace: int, what: str) -> T:
        """Await what is done for an event or a slot; a bug of ours is stored by `fail` under its number.

        Raises:
            StorageFault: the store did not answer; nothing was done.
        """
        try:
            return await doing
        except StorageFault:
            raise
        except Exception:  # a bug of ours must not become a retry storm: it is stored, told and logged
            incident = f"E-{secrets.token_hex(2).upper()}"
            log.exception("command_failed", extra={"incident": incident, "key": what})
            self._meters.broke()
            return await self._store.write(workspace, lambda unit: fail(unit, incident))

    async def _attempt(self, turn: Turn, workspace: int, *, reads: bool) -> Done:
        if not reads:
            return await self._write(turn, workspace)
        answered = await self._store.read(workspace, turn.read)
        if isinstance(answered, Done):
            return answered
        if turn.event.kind in NOTICES and (answered is None or answered.result == "ignored"):
            return IGNORED  # most edits are no business of ours: no row is written for them
        if isinstance(answered, Answered):
            return await self._store.write(workspace, lambda unit: self._drawn(unit, turn.store(unit, answered)))
        return await self._write(turn, workspace)

    async def _write(self, turn: Turn, workspace: int) -> Done:
        """Run the whole turn; where it meets strangers, ask who they are and run it again."""

        def work(unit: Unit) -> Done | Unmet:
            written = turn.write(unit)
            return written if isinstance(written, Unmet) else self._drawn(unit, written)

        done = await self._store.write(workspace, work)
        if isinstance(done, Unmet):
            turn.profiles = await self._profiles(turn.event, done.accounts)
            done = await self._store.write(workspace, work)
        if isinstance(done, Unmet):
            raise LookupError("a turn that knows its profiles met strangers again")
        return done

    def _drawn(self, unit: Unit, done: Done) -> Done:
        if self._mailroom is None or not done.letters:
            return done
        return replace(done, drawn=self._mailroom.draw_ahead(unit, done.letters))


def _people_of(event: Event) -> set[tuple[str, str, str]]:
    """Give the accounts whose profiles may have to be waited for."""
    named = (node.account for node in event.text if isinstance(node, Mention) and node.account)
    return {(event.platform, event.tenant, account) for account in (event.sender.account, *named)}


class _Order:
    """Let the calls of one chat go in the order of their arrival.

    The one writer of SQLite takes calls in order by itself: there a call that reads waits for the
    writes before it, and every call waits for one that may tarry, to ask who somebody is. On
    PostgreSQL every call waits for the one before it.
    """

    def __init__(self, *, is_serial: bool) -> None:
        self._is_serial = is_serial
        self._last: dict[tuple[str, ...], tuple[asyncio.Future[None], bool]] = {}
        """By chat: the end of the last call, and whether what follows must wait for it."""

    @contextlib.asynccontextmanager
    async def turn(self, chat: tuple[str, ...], *, waits: bool, may_tarry: bool) -> AsyncIterator[None]:
        """Hold one call's place in its chat."""
        before, holds = self._last.get(chat, (None, False))
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        mark = self._last[chat] = (mine, holds or may_tarry)
        try:
            if before is not None and (waits or holds or self._is_serial):
                await asyncio.shield(before)
            yield
        finally:
            if before is not None and not before.done():
                before.add_done_callback(lambda _: _finish(mine))
            else:
                _finish(mine)
            if self._last.get(chat) is mark and mine.done():
                del self._last[chat]


def _finish(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
