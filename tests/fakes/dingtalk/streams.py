"""The streams of the fake DingTalk: tickets, sockets, frames and acks; each frame goes to one arbitrary socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import WSMsgType, web

from tests.fakes.dingtalk.faults import Faults
from tests.fakes.dingtalk.world import World
from tests.fakes.listener import reset
from tests.fakes.record import Json, dump

CLOSE_S: Final = 1.0


@dataclass
class Delivery:
    """One thing that the app is told, until it is acknowledged or given up."""

    id: str
    """The messageId of its frame."""
    topic: str
    data: Json
    kind: str = "CALLBACK"
    sent: int = 0
    acks: int = 0
    left_at: float = 0.0
    acked_ms: float | None = None
    """From the last time that it left."""
    answer: Any = None
    has_ended: bool = False
    names: set[str] = field(default_factory=set)
    """All messageIds under which it left."""


@dataclass
class Socket:
    """One open socket of the app."""

    number: int
    ws: web.WebSocketResponse
    transport: asyncio.BaseTransport | None
    is_leaving: bool = False


class Streams:
    """All sockets, and what is on its way."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.open: list[Socket] = []
        self.opened = 0
        self.address = ""
        self.deliveries: dict[str, Delivery] = {}
        self._world = world
        self._faults = faults
        self._tickets: dict[str, float] = {}
        self._held: list[Delivery] = []
        self._waiting: list[Delivery] = []
        """For a socket."""
        self._tasks: set[asyncio.Task[None]] = set()

    def new_ticket(self) -> Json:
        """Give the address of a socket, good for one use within 90 seconds."""
        ticket = secrets.token_hex(16)
        self._tickets[ticket] = time.monotonic()
        self._world.note("ticket")
        return {"endpoint": f"{self.address}/connect", "ticket": ticket}

    def add(self, topic: str, data: Json, kind: str = "CALLBACK") -> Delivery:
        """Tell the app something."""
        one = Delivery(secrets.token_hex(16), topic, data, kind)
        self.deliveries[one.id] = one
        self._world.note("due", id=one.id, topic=topic, data=data)
        self._start(self._deliver(one))
        return one

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, one: Delivery) -> None:
        """Send, wait, and send again until somebody acknowledges or the retries are over."""
        for pause_s in [0.0, *self._world.settings["retries_s"]]:
            await asyncio.sleep(pause_s)
            if one.acks:
                break
            await self._leave(one)
            if await self._is_acked(one):
                break
        one.has_ended = True
        self._world.note("ended", id=one.id, is_acked=bool(one.acks))

    async def _is_acked(self, one: Delivery) -> bool:
        """Wait for an acknowledgement, as long as DingTalk would."""
        deadline = time.monotonic() + self._world.settings["ack_s"]
        while not one.acks and (rest_s := deadline - time.monotonic()) > 0:
            await self._world.changed(self._world.seq, rest_s)
        return one.acks > 0

    async def _leave(self, one: Delivery) -> None:
        faults = self._faults.pick_deliveries() if self._faults.deliveries else []
        copies = 1
        for fault in faults:
            if fault.kind == "drop":
                return
            if fault.kind == "delay":
                await self._faults.hang(fault.seconds)
            if fault.kind == "repeat":
                copies += fault.copies
            if fault.kind == "shuffle":
                self._held.append(one)
                if len(self._held) < fault.window:
                    return
                held, self._held = self._held, []
                for each in reversed(held):
                    await self._send(each, each.id)
                return
        is_new = any(fault.kind == "repeat" and fault.new_frame for fault in faults)
        for number in range(copies):
            await self._send(one, secrets.token_hex(16) if number and is_new else one.id)
        if any(fault.kind == "cut" for fault in faults):
            await self.cut(code=None)

    def release(self) -> None:
        """Send what a shuffle holds."""
        held, self._held = self._held, []
        for each in held:
            self._start(self._send(each, each.id))

    async def _send(self, one: Delivery, message_id: str) -> None:
        able = [each for each in self.open if not each.is_leaving]
        if not able:
            self._waiting.append(one)
            return
        one.sent += 1
        one.left_at = time.monotonic()
        one.names.add(message_id)
        headers = {
            "appId": self._world.client_id, "connectionId": "c", "contentType": "application/json",
            "messageId": message_id, "time": str(int(time.time() * 1000)), "topic": one.topic,
        }  # fmt: skip
        frame = {"specVersion": "1.0", "type": one.kind, "headers": headers, "data": dump(one.data)}
        with contextlib.suppress(ConnectionError, RuntimeError):
            await secrets.choice(able).ws.send_str(dump(frame))
        self._world.note("sent", id=one.id)

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Hold one socket until it ends."""
        made = self._tickets.pop(request.query.get("ticket", ""), None)
        if made is None or time.monotonic() - made > self._world.settings["ticket_s"]:
            self._world.blame("bad_ticket")
            return web.Response(status=401, text="ticket invalid")
        ws = web.WebSocketResponse(compress=False, timeout=CLOSE_S, max_msg_size=1 << 20)
        await ws.prepare(request)
        self.opened += 1
        one = Socket(self.opened, ws, request.transport)
        self.open.append(one)
        self._world.note("socket_opened", number=one.number)
        await self._ping(one)
        waiting, self._waiting = self._waiting, []
        for each in {id(each): each for each in waiting}.values():
            if not each.has_ended:
                await self._send(each, each.id)
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    self._take(message.data)
        finally:
            self.open.remove(one)
            self._world.note("socket_closed", number=one.number, code=ws.close_code)
        return ws

    async def _ping(self, one: Socket) -> None:
        """Send the ping of the protocol; its opaque must come back."""
        await one.ws.send_str(dump(_system("ping", {"opaque": f"o-{one.number}"})))

    def _take(self, text: str) -> None:
        """Take an acknowledgement."""
        try:
            ack = json.loads(text)
            code, message_id, data = ack["code"], ack["headers"]["messageId"], json.loads(ack["data"])
        except (ValueError, KeyError, TypeError):
            self._world.blame("malformed_ack", text=text[:200])
            return
        if (
            set(ack) != {"code", "headers", "message", "data"}
            or ack["headers"].get("contentType") != "application/json"
        ):
            self._world.blame("malformed_ack", text=text[:200])
        if message_id.startswith("system-"):
            self._world.note("pong", opaque=data.get("opaque"))
            return
        one = next((each for each in self.deliveries.values() if message_id in each.names), None)
        if one is None:
            self._world.blame("unknown_ack", id=message_id)
            return
        if code != 200:
            return
        one.acks += 1
        one.answer = data
        if one.acked_ms is None:
            one.acked_ms = round((time.monotonic() - one.left_at) * 1000, 3)
        self._world.note("acked", id=one.id, ms=one.acked_ms)

    async def cut(self, *, code: int | None) -> int:
        """Close all sockets with a code, or reset them; give how many."""
        chosen = list(self.open)
        for one in chosen:
            one.is_leaving = True
            if code is None:
                reset(one.transport)
            else:
                await one.ws.close(code=code)
        return len(chosen)

    async def disconnect(self) -> int:
        """Say goodbye as DingTalk does: nothing more comes, and the connection is cut a while later."""
        chosen = list(self.open)
        for one in chosen:
            one.is_leaving = True
            await one.ws.send_str(dump(_system("disconnect", {"reason": "connection is expired"})))
            asyncio.get_running_loop().call_later(5.0, reset, one.transport)
        return len(chosen)

    async def close(self) -> None:
        """Forget everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _system(topic: str, data: Json) -> Json:
    headers = {"contentType": "application/json", "messageId": f"system-{secrets.token_hex(8)}", "topic": topic}
    headers["time"] = str(int(time.time() * 1000))
    return {"specVersion": "1.0", "type": "SYSTEM", "headers": headers, "data": dump(data)}
