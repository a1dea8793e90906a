"""The log of a fake platform: one JSON object a line, appended only, written before the answer leaves.

Whoever kills the bot, or the fake itself, finds here everything that was accepted. Lines are
gathered and written once per turn of the loop. A last line that was cut by a kill is dropped.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
"""An object as it stands on the wire. Its shape is the platform's, not ours."""


def dump(value: object) -> str:
    """Write JSON as short as it gets."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read_log(path: Path) -> Iterator[Json]:
    """Give the records of a log, also of one that is still being written."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                yield json.loads(line)


class Log:
    """The file at its end. Belongs to one loop."""

    def __init__(self, path: Path) -> None:
        self._lines: list[str] = []
        self._written: asyncio.Future[None] | None = None
        _drop_cut_line(path)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def append(self, record: Json) -> None:
        """Take a record; it is written at the end of this turn of the loop."""
        self._lines.append(dump(record))
        if self._written is None:
            loop = asyncio.get_running_loop()
            self._written = loop.create_future()
            loop.call_soon(self.write)

    async def written(self) -> None:
        """Wait until everything that was appended is in the hands of the kernel."""
        if self._written is not None:
            await asyncio.shield(self._written)

    def write(self) -> None:
        """Write what was gathered, now."""
        if self._lines:
            rest = memoryview(("\n".join(self._lines) + "\n").encode())
            self._lines.clear()
            while rest:
                rest = rest[os.write(self._file, rest) :]
        written, self._written = self._written, None
        if written is not None and not written.done():
            written.set_result(None)

    def close(self) -> None:
        """Write the rest and let go of the file."""
        self.write()
        os.close(self._file)


def _drop_cut_line(path: Path) -> None:
    if not path.exists():
        return
    with path.open("r+b") as file:
        whole = file.read()
        file.truncate(whole.rfind(b"\n") + 1)
