"""The tests' hands and eyes in the fake DingTalk: do what people do, see what they see, script what goes wrong.

`async with DingTalkFake.started(log) as ding:` gives it running, in a process of its own.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.fakes.dingtalk.faults import AnswerKind, DeliveryKind
from tests.fakes.dingtalk.markdown import Seen, read
from tests.fakes.driving import WAIT_S, Driver, new_session
from tests.fakes.record import Json


@dataclass(frozen=True)
class Said:
    """What somebody said, and the delivery that tells the bot of it."""

    chat: str
    id: str
    delivery: str


@dataclass(frozen=True)
class Shown:
    """A message of the bot as it stands now."""

    id: str
    chat: str
    via: str
    title: str
    text: str
    seen: Seen
    at: tuple[str, ...]
    """Whom its envelope calls."""
    buttons: tuple[str, ...]
    track: str
    """The outTrackId of a card; else empty."""
    edits: int


class DingTalkFake(Driver):
    """The fake DingTalk, as seen from a test. It forgets everything when its process ends."""

    module = "tests.fakes.dingtalk"
    port_names = ("port", "socket-port", "control-port")

    @classmethod
    @contextlib.asynccontextmanager
    async def started(cls, log: Path, **settings: object) -> AsyncIterator[Self]:
        """Start it with these settings, and stop it in the end."""
        ding = cls(log)
        await ding.start()
        try:
            if settings:
                await ding.do("configure", **settings)
            yield ding
        finally:
            await ding.stop()

    @classmethod
    @contextlib.asynccontextmanager
    async def beside(cls, log: Path, **settings: object) -> AsyncIterator[Self]:
        """Run it in this very loop, where nothing of the bot's may block."""
        from tests.fakes.dingtalk.server import Server

        server, ding = Server(log), cls(log)
        ding._ready = await server.start()
        ding._session = new_session()
        try:
            if settings:
                await ding.do("configure", **settings)
            yield ding
        finally:
            await ding.stop()
            await server.stop()

    def __getattr__(self, name: str) -> str:
        """Give what the process told of itself: `api_url`, `client_id`, `client_secret`, `template`."""
        if name.startswith("_") or name not in self._ready:
            raise AttributeError(name)
        return str(self._ready[name])

    # People.

    async def add_person(self, name: str) -> str:
        """Let somebody join; gives the staff id."""
        return str(await self.do("add_person", name=name))

    async def add_group(self, title: str, members: Sequence[str]) -> str:
        """Open a group with the bot in it; gives its conversation id."""
        return str(await self.do("add_group", title=title, members=list(members)))

    async def say(
        self, person: str, text: str, *, chat: str | None = None, at: Sequence[str] = (), quotes: str | None = None
    ) -> Said:
        """Say something to the bot, in a group or, without one, directly."""
        told = await self.do("say", person=person, chat=chat, text=text, at=list(at), quotes=quotes)
        return Said(chat or person, told["id"], told["delivery"])

    async def press(self, person: str, card: Shown, label: str) -> str:
        """Press a button; gives the delivery."""
        return str(await self.do("press", person=person, track=card.track, label=label))

    # Seeing.

    async def shown(self, chat: str) -> list[Shown]:
        """Give what the bot said in a group, or directly to a person, as it stands now."""
        return [_shown(each) for each in await self.do("messages", chat=chat) if each["sender"] == "bot"]

    async def delivery(self, id_: str) -> Json:
        """Give what became of one delivery."""
        found: list[Json] = await self.do("deliveries", ids=[id_])
        return found[0]

    async def acked(self, id_: str, *, timeout_s: float = WAIT_S) -> Json:
        """Wait until a delivery is acknowledged."""
        return await self.until(lambda: self.delivery(id_), lambda one: one["acks"] > 0, timeout_s=timeout_s)

    async def ended(self, *ids: str, timeout_s: float = WAIT_S) -> list[Json]:
        """Wait until these deliveries, or all there are, are acknowledged or given up."""

        async def look() -> list[Json]:
            found: list[Json] = await self.do("deliveries", ids=list(ids) or None)
            return found

        return await self.until(look, lambda found: all(one["has_ended"] for one in found), timeout_s=timeout_s)

    async def see(self, chat: str, words: str, *, count: int = 1, timeout_s: float = WAIT_S) -> Shown:
        """Wait until so many messages of the bot say this; give the last of them."""

        async def look() -> list[Shown]:
            return [each for each in await self.shown(chat) if words in each.seen.text]

        return (await self.until(look, lambda found: len(found) >= count, timeout_s=timeout_s))[-1]

    async def connected(self, *, timeout_s: float = WAIT_S) -> None:
        """Wait until the bot has a socket open."""
        await self.until(lambda: self.do("sockets"), lambda found: found["open"] > 0, timeout_s=timeout_s)

    async def violations(self) -> list[Json]:
        """Give what the bot did against the protocol."""
        found: list[Json] = await self.do("violations")
        return found

    # What goes wrong.

    async def spoil(self, kind: AnswerKind, call: str = "*", **how: Any) -> None:
        """Spoil answers from now on; `faults.py` says what each kind does, and what `how` may be."""
        await self.do("spoil_answers", kind=kind, call=call, **how)

    async def spoil_deliveries(self, kind: DeliveryKind, **how: Any) -> None:
        """Spoil what is on its way to the bot."""
        await self.do("spoil_deliveries", kind=kind, **how)

    async def heal(self) -> None:
        """Forget all faults, let go of what hangs, send what is held."""
        await self.do("heal")


def _shown(raw: Json) -> Shown:
    card = raw["card"]
    text = raw["text"] if card is None else card["body"]
    seen = read(text, raw["at"])
    if card is not None:
        seen.lines.insert(0, card["title"])
    buttons = [value for name, value in sorted((card or {}).items()) if name.startswith("button") and value]
    title = raw["title"] if card is None else card["title"]
    return Shown(
        raw["id"], raw["chat"], raw["via"], title, text, seen, tuple(raw["at"]), tuple(buttons), raw["track"],
        raw["edits"],
    )  # fmt: skip


def carried(card: Json, number: int) -> Json:
    """Read what a button of a card sends back."""
    found: Json = json.loads(card[f"carry{number}"])
    return found
