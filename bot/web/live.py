"""The stream of server-sent events that keeps the page as it should be, without reloading.

An event's id is the transcript's step, so that a page which was away goes on with Last-Event-ID
where it stopped. Events: `new`, `edited`, `removed`, `form` (a form that asks to be opened) and
`reset` (too much was missed: load again), and `clock`, without an id, where one races. Comments are the heartbeat.
"""

import asyncio
import contextlib
import json

from aiohttp import web

from adapters.playground import RoomsClosed
from bot.web.deps import PageClock
from bot.web.rooms import StoredRooms
from bot.web.transcript import as_json
from commands.core.event import Json
from storage.rooms import Message

RECONNECT_MS = 1000


class Live:
    """Stream the rooms to any number of pages, until `close`."""

    def __init__(self, rooms: StoredRooms, *, heartbeat_s: float, clock: PageClock | None = None) -> None:
        self._rooms = rooms
        self._heartbeat_s = heartbeat_s
        self._clock = clock
        self._is_closing = False

    def close(self) -> None:
        """End every stream; the pages will try again."""
        self._is_closing = True
        self._rooms.bell.ring()

    async def stream(self, request: web.Request, *, reader: str, after: int | None) -> web.StreamResponse:
        """Tell one page what happened after a step, and then what happens; None: from now on."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        response.headers["X-Accel-Buffering"] = "no"
        # aiohttp raises its ClientConnectionResetError, a ConnectionResetError, when the page has gone.
        with contextlib.suppress(ConnectionResetError):
            step = (await self._rooms.opening(reader))[1] if after is None else after
            await response.prepare(request)
            await response.write(f"retry: {RECONNECT_MS}\n\n".encode())
            while not self._is_closing:
                rung = self._rooms.bell.listen()
                step = await self._tell(response, step, reader)
                if self._clock is not None:
                    await response.write(f"event: clock\ndata: {json.dumps(clock_json(self._clock))}\n\n".encode())
                await self._wait(response, rung)
        return response

    async def _tell(self, response: web.StreamResponse, step: int, reader: str) -> int:
        """Write what is new, and give the step up to which all is told."""
        try:
            news = await self._rooms.news(step, reader=reader)
            if news.is_gap:
                step = (await self._rooms.opening(reader))[1]
                await response.write(_event(step, "reset", {}))
            for message in news.messages:
                await response.write(_event(message.step, _name(message), await self._data(message, reader)))
                step = message.step
        except RoomsClosed:
            await response.write(b": closed\n\n")
        return step

    async def _data(self, message: Message, reader: str) -> dict[str, Json]:
        root = await self._rooms.root_of(message, reader=reader)
        counted: Json = None if root is None else as_json(root, reader=reader)
        return {"message": as_json(message, reader=reader), "root": counted}

    async def _wait(self, response: web.StreamResponse, rung: asyncio.Event) -> None:
        if self._is_closing:
            return
        try:
            await asyncio.wait_for(rung.wait(), self._heartbeat_s)
        except TimeoutError:
            await response.write(b": beat\n\n")


def clock_json(clock: PageClock) -> dict[str, Json]:
    """Give a racing clock as the page reads it."""
    return {"at": clock.now().isoformat(), "pace": clock.pace, "zone": clock.zone}


def _name(message: Message) -> str:
    if message.is_removed:
        return "removed"
    if message.is_edited:
        return "edited"
    return "form" if "opens" in message.body else "new"


def _event(step: int, name: str, data: dict[str, Json]) -> bytes:
    return f"id: {step}\nevent: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
