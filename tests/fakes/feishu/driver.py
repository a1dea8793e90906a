"""The tests' hands and eyes in the fake Feishu: do what people do, see what they see, script what goes wrong.

`async with FeishuFake.started(log) as feishu:` gives it running, in a process of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.fakes.driving import WAIT_S, Driver
from tests.fakes.record import Json


@dataclass(frozen=True)
class Told:
    """What somebody did, and the delivery that tells the bot of it."""

    delivery: str
    """Empty where the bot is not told."""
    message: str
    """What was said; empty for all else."""


@dataclass(frozen=True)
class Shown:
    """A message of the bot as somebody sees it now."""

    id: str
    text: str
    title: str
    buttons: tuple[str, ...]
    inputs: Mapping[str, Any]
    """Of its form, by name."""
    colour: str
    pings: tuple[str, ...]
    alive: tuple[str, ...]
    """What in it is more than words, and was never meant to be."""
    links: tuple[str, ...]
    images: tuple[str, ...]
    only_for: str
    thread: str
    root: str
    edits: int


class FeishuFake(Driver):
    """The fake Feishu, as seen from a test. It forgets everything when its process ends."""

    module = "tests.fakes.feishu"
    port_names = ("port",)

    @classmethod
    @contextlib.asynccontextmanager
    async def started(cls, log: Path, **settings: object) -> AsyncIterator[Self]:
        """Start it with these settings, and stop it in the end."""
        feishu = cls(log)
        await feishu.start()
        try:
            await feishu.do("configure", **settings)
            yield feishu
        finally:
            await feishu.stop()

    def known(self, name: str) -> str:
        """Give a fact of the app: `domain`, `app_id`, `app_secret`, `encrypt_key`, `verification_token`, `bot`."""
        return str(self._ready[name])

    async def person(self, name: str, **about: object) -> str:
        """Let somebody in, and give their account."""
        return str(await self.do("person", name=name, **about))

    async def group(self, name: str, members: list[str], **about: object) -> str:
        """Open a group, and give its id."""
        return str(await self.do("group", name=name, members=members, **about))

    async def act(self, verb: str, *args: object, **options: object) -> Told:
        """Let somebody do something, as the methods of `People` are called."""
        return Told(**await self.do("act", what=verb, args=list(args), options=options))

    async def sees(self, account: str, chat: str = "") -> list[Shown]:
        """Give what of the bot stands in a chat for one person, oldest first."""
        lists = ("buttons", "pings", "alive", "links", "images")
        found = await self.do("sees", account=account, chat=chat)
        return [Shown(**{**each, **{name: tuple(each[name]) for name in lists}}) for each in found]

    async def acked(self, told: Told, *, timeout_s: float = WAIT_S) -> Json:
        """Wait until the bot acknowledged it, and tell how."""

        async def look() -> Json:
            found: Json = await self.do("delivery", id=told.delivery)
            return found

        return await self.until(look, lambda one: one["ack_ms"] is not None, timeout_s=timeout_s)

    async def settled(self, *, timeout_s: float = 40.0) -> list[Json]:
        """Wait until everything that the bot was told is acknowledged or given up."""

        async def look() -> list[Json]:
            found: list[Json] = await self.do("deliveries")
            return found

        return await self.until(look, lambda every: all(one["ended"] for one in every), timeout_s=timeout_s)

    async def connected(self, *, timeout_s: float = 60.0) -> None:
        """Wait until the bot holds a connection."""
        await self.until(self.counts, lambda counts: counts["sockets"] > 0, timeout_s=timeout_s)
