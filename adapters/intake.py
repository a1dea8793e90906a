"""Handing events to dispatch for as long as a platform waits, and coming to an end in order when told to stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from commands.core.event import Event
from commands.core.ports import Dispatch, Misconfigured, Retry, SendError, Unsure
from commands.core.reply import Outcome

T = TypeVar("T")

DISPATCH_S: Final = 2.5
"""Platforms wait three seconds; what takes longer is delivered again, and then found done."""
DRAIN_S: Final = 2.0
"""How long a stop waits for what is being handled."""


@dataclass(frozen=True, slots=True)
class Notices:
    """The few words that an adapter says by itself, translated, by language code."""

    not_saved: Mapping[str, str]
    """Nothing was stored: press, send or type it again."""
    taken: Mapping[str, str] = field(default_factory=dict)
    """A form was taken, and stands there no more; for platforms whose forms are messages."""


class Intake:
    """Keep what is being handled for one platform, whose name begins its log lines."""

    def __init__(self, platform: str) -> None:
        self.is_stopped = False
        """True once nothing more may be taken."""
        self.under_way: set[asyncio.Task[Any]] = set()
        self._platform = platform
        self._log = logging.getLogger(f"drumbeat.{platform}")
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn_in(self, chat: str) -> asyncio.Lock:
        """Give the lock under which what was said in a chat is filled in: first come, first served."""
        return self._turns.setdefault(chat, asyncio.Lock())

    async def patiently(self, ask: Callable[[], Awaitable[T]], *, refusals: tuple[type[SendError], ...]) -> T:
        """Ask at the start, again and again while the platform cannot be reached.

        Raises:
            Misconfigured: it answers, and refuses.
        """
        wait_s = 1.0
        while True:
            try:
                return await ask()
            except refusals as error:
                name = self._platform.capitalize()
                raise Misconfigured(f"{name} refuses: {error}. `drumbeat doctor` says what to do") from error
            except (Retry, Unsure) as error:
                self._log.warning(f"{self._platform}_not_reached", extra={"error": str(error), "again_s": wait_s})
            await asyncio.sleep(wait_s)
            wait_s = min(60.0, wait_s * 2)

    async def ask(self, dispatch: Dispatch, event: Event) -> Outcome:
        """Wait for dispatch as long as the platform waits for us; it goes on if that is too short."""
        task = asyncio.ensure_future(dispatch(event))
        self.under_way.add(task)
        task.add_done_callback(self._done)
        done, _ = await asyncio.wait({task}, timeout=DISPATCH_S)
        if not done:
            self._log.warning(f"{self._platform}_too_slow", extra={"key": event.key})
            return Outcome("again")
        return task.result()

    async def drain(self) -> None:
        """Take nothing more, and let what is being handled come to its end."""
        self.is_stopped = True
        under_way = self.under_way - {asyncio.current_task()}
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=DRAIN_S)
            for task in late:
                task.cancel()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self.under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error(f"{self._platform}_dispatch_failed", exc_info=error)


async def in_time(within_s: float, asked: Awaitable[T]) -> T | None:
    """Wait a little for what may as well be missing; None where it does not come."""
    try:
        async with asyncio.timeout(within_s):
            return await asked
    except (TimeoutError, SendError):
        return None
