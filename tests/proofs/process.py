"""The bot as a process of its own, to be killed. Loopback only; the database is a file of the caller's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import Final

from tests.house.sources import ROOT

READY: Final = "Drumbeat is ready: "
START_S: Final = 60.0
"""A start that takes longer hangs; how long one should take is measured, not asserted."""


class NotStarted(Exception):
    """Say that the process ended, or hung, before it was ready."""


class BotProcess:
    """One process of the bot after the other: `python -m` with arguments, on one database."""

    def __init__(
        self,
        directory: Path,
        *,
        url: str | None = None,
        sabotage: str | None = None,
        arguments: tuple[str, ...] = ("bot", "run"),
    ) -> None:
        self.url = url or f"sqlite:///{directory / 'drumbeat.db'}"
        self.errors = directory / "stderr.log"
        self._arguments = arguments if sabotage is None else ("tests.proofs.sabotage", sabotage, *arguments)
        config = directory / "drumbeat.toml"
        config.write_text("", encoding="utf-8")  # else one in the working directory would count
        kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
        self._environ = {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "DRUMBEAT_CONFIG": str(config),
            "DRUMBEAT_DATABASE_URL": self.url,
            "DRUMBEAT_WEB__PORT": "0",
            "DRUMBEAT_LOG_LEVEL": "WARNING",
            "PYTHONFAULTHANDLER": "1",
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> tuple[str, float]:
        """Start, and give the address once it is ready, with the seconds that took.

        Raises:
            NotStarted: with what the process wrote last.
        """
        began = time.perf_counter()
        process = await self._spawn()
        assert process.stdout is not None
        line = ""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                line = (await process.stdout.readline()).decode()
        if not line.startswith(READY):
            ended = process.returncode
            await self._end(signal.SIGABRT)  # each of its threads then tells where it stands
            tail = self.errors.read_text(encoding="utf-8", errors="replace")[-4000:]
            took = time.perf_counter() - began
            raise NotStarted(f"not ready after {took:.1f} s, exit code {ended}; it said {line!r} and\n{tail}")
        return line.removeprefix(READY).strip().rstrip("/"), time.perf_counter() - began

    async def start_and_kill(self, *, after_s: float) -> None:
        """Kill a process while it starts."""
        await self._spawn()
        await asyncio.sleep(after_s)
        await self.kill()

    async def kill(self) -> None:
        """End it the hard way, and wait until it is gone."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to end, and give its exit code."""
        return await self._end(signal.SIGTERM)

    async def _spawn(self) -> asyncio.subprocess.Process:
        with self.errors.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *self._arguments,
                cwd=ROOT,
                env=self._environ,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
        return self._process

    async def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(number)
        if process.stdout is not None:
            await process.stdout.read()  # to its end, so that nothing of the pipe is left
        return await process.wait()
