"""What the tests' hands have in common, whatever the fake platform: its process, its control address, and waiting.

Nothing here sleeps: `until` waits for the fake to change. Times are bounded.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

import aiohttp

from tests.fakes.record import Json, read_log

ROOT: Final = Path(__file__).resolve().parents[2]
START_S: Final = 20.0
STOP_S: Final = 10.0
WAIT_S: Final = 10.0
GLANCE_S: Final = 0.25
"""How long `until` waits for news at most: pings and the like are no news, but can be seen."""
Wanted = TypeVar("Wanted")


class Refused(Exception):
    """Say why a person cannot do that, or that the fake was asked for something that there is not."""


class NeverSeen(AssertionError):
    """Say what was waited for in vain, and what stood there instead."""


class Driver:
    """A fake platform in a process of its own, which goes on with its log when it is started again."""

    module: ClassVar[str]
    """What `python -m` runs."""
    port_names: ClassVar[tuple[str, ...]]
    """The options that name its ports, in the order in which it tells them."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._ready: Json = {}
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Start the process; the second time on the same log and the same ports."""
        ports = list(self._ready.get("ports", {}).values()) or [0] * len(self.port_names)
        numbers = [word for name, port in zip(self.port_names, ports, strict=True) for word in (f"--{name}", port)]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", self.module, "--with-parent", "--log", str(self.log)),
            *map(str, numbers),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(START_S):
            line = await self._process.stdout.readline()
        if not line:
            raise Refused(f"{self.module} did not start: exit code {await self._process.wait()}")
        self._ready = json.loads(line)
        self._session = new_session()

    async def stop(self) -> None:
        """End the process in order."""
        await self._end(hard=False)

    async def kill(self) -> None:
        """End the process the hard way; `start` brings it back as it was."""
        await self._end(hard=True)

    async def _end(self, *, hard: bool) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill() if hard else process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        if process.stdin is not None:
            process.stdin.close()
        transport: Any = getattr(process, "_transport", None)  # closed here, not when the loop is gone
        if transport is not None:
            transport.close()

    @property
    def pid(self) -> int:
        """The id of the process."""
        assert self._process is not None
        return self._process.pid

    @property
    def control_url(self) -> str:
        """Where the driver speaks to the fake."""
        return str(self._ready["control_url"])

    async def do(self, verb: str, **args: object) -> Any:
        """Speak to the control address.

        Raises:
            Refused: with its reason.
        """
        assert self._session is not None, "the fake is not running"
        async with self._session.post(f"{self.control_url}/{verb}", json=args) as response:
            answer = await response.json()
        if response.status != 200:
            raise Refused(answer["error"])
        return answer

    async def counts(self) -> dict[str, int]:
        """Give the figures: records, deliveries due, ended and acked, posts, changes, calls, violations."""
        found: dict[str, int] = await self.do("counts")
        return found

    async def until(
        self,
        look: Callable[[], Awaitable[Wanted]],
        is_right: Callable[[Wanted], object] = bool,
        *,
        timeout_s: float = WAIT_S,
    ) -> Wanted:
        """Look until it is right, again whenever something changed.

        Raises:
            NeverSeen: with what was seen last.
        """
        loop = asyncio.get_running_loop()
        deadline, seen = loop.time() + timeout_s, None
        while True:
            n = (await self.counts())["n"]
            seen = await look()
            if is_right(seen):
                return seen
            rest = deadline - loop.time()
            if rest <= 0:
                raise NeverSeen(f"not within {timeout_s} s; last seen: {seen!r}")
            await self.do("changed", since=n, timeout_s=min(rest, GLANCE_S))

    def records(self, what: str | None = None) -> list[Json]:
        """Read the log itself, also when the process is dead."""
        return [one for one in read_log(self.log) if what in (None, one["what"])]


def new_session() -> aiohttp.ClientSession:
    """Open a session without a limit of time: `do` may wait for something to change."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, connect=5))
