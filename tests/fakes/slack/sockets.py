"""Socket Mode: tickets, sockets, frames and acknowledgements; each payload goes to one arbitrary socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.fakes.listener import reset
from tests.fakes.record import Json, dump
from tests.fakes.slack.delivery import Deliveries, Envelope
from tests.fakes.slack.world import World

CLOSE_S = 1.0
TICKET_S = 30.0
GOODBYE_S = 10.0
"""How long before the end of a socket's life its warning comes."""


@dataclass
class Socket:
    """One open socket of the app."""

    number: int
    ws: web.WebSocketResponse
    transport: asyncio.BaseTransport | None
    outbox: asyncio.Queue[Envelope | Json] = field(default_factory=asyncio.Queue)
    is_mute: bool = False
    """Open, but nothing comes or goes: not even a pong."""
    is_leaving: bool = False
    """Told to reconnect; gets nothing more."""
    sent: int = 0
    acks: int = 0
    pings: int = 0
    pongs: int = 0


class Sockets:
    """All sockets of the app. A carrier of deliveries."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self.open: list[Socket] = []
        self.refused = 0
        self.opened = 0
        self.address = ""
        self._world = world
        self._deliveries = deliveries
        self._tickets: dict[str, float] = {}
        self._used: set[str] = set()

    def new_ticket(self) -> str:
        """Give the address of a socket, good for one use."""
        ticket = secrets.token_hex(16)
        self._tickets[ticket] = time.monotonic()
        return f"{self.address}/link/?ticket={ticket}&app_id={self._world.team['app_id']}"

    def use_ticket(self, ticket: str) -> str | None:
        """Use a ticket up; give what is wrong with it, if anything."""
        made = self._tickets.pop(ticket, None)
        if made is None:
            self.refused += 1
            fault = "used_ticket" if ticket in self._used else "unknown_ticket"
            self._world.blame(fault, ticket=ticket[:6])
            return fault
        self._used.add(ticket)
        return "expired_ticket" if time.monotonic() - made > TICKET_S else None

    def carry(self, envelope: Envelope) -> bool:
        """Put it into the outbox of one socket."""
        able = [one for one in self.open if not one.is_leaving]
        if not able:
            return False
        one = able[0] if len(able) == 1 else self._world.random.choice(able)
        one.outbox.put_nowait(envelope)
        return True

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Hold one socket until it ends."""
        ws = web.WebSocketResponse(autoping=False, compress=False, timeout=CLOSE_S, max_msg_size=1 << 20)
        await ws.prepare(request)
        settings = self._world.settings
        self.opened += 1
        one = Socket(self.opened, ws, request.transport)
        if len(self.open) >= settings["max_sockets"]:
            await ws.send_str(dump(self._goodbye("too_many_websockets")))
            await ws.close(code=1000)
            return ws
        life_s = settings["socket_life_s"]
        await ws.send_str(dump(self._hello(life_s or 18_060)))
        self.open.append(one)
        self._world.note("socket_opened", number=one.number)
        background = [asyncio.create_task(self._write(one)), asyncio.create_task(self._ping(one))]
        if life_s:
            background.append(asyncio.create_task(self._age(one, life_s)))
        try:
            await self._read(one)
        finally:
            for task in background:
                task.cancel()
            if one in self.open:
                self.open.remove(one)
            self._world.note("socket_closed", number=one.number, code=ws.close_code)
        return ws

    async def cut(self, *, code: int | None, number: int | None = None) -> int:
        """Close sockets with a code, or reset them; give how many."""
        chosen = [one for one in self.open if number in (None, one.number)]
        for one in chosen:
            if code is None:
                reset(one.transport)
            else:
                one.is_leaving = True
                await one.ws.close(code=code)
        return len(chosen)

    async def disconnect(self, *, reason: str, number: int | None = None, then_close: bool = True) -> int:
        """Tell sockets to go, and close them where Slack would; give how many."""
        chosen = [one for one in self.open if number in (None, one.number)]
        for one in chosen:
            one.outbox.put_nowait(self._goodbye(reason))
            if reason != "warning":
                one.is_leaving = True
                if then_close:
                    asyncio.get_running_loop().call_later(CLOSE_S, self._end, one)
        return len(chosen)

    def mute(self, *, number: int | None = None, is_mute: bool = True) -> int:
        """Let sockets stand open and dead; give how many."""
        chosen = [one for one in self.open if number in (None, one.number)]
        for one in chosen:
            one.is_mute = is_mute
        return len(chosen)

    def report(self) -> Json:
        """Say which sockets there are."""
        shown = ("number", "sent", "acks", "pings", "pongs", "is_mute", "is_leaving")
        sockets = [{name: getattr(one, name) for name in shown} for one in self.open]
        return {"open": sockets, "opened": self.opened, "refused": self.refused, "tickets": len(self._used)}

    # One socket.

    def _hello(self, life_s: float) -> Json:
        debug = {"host": "applink-loopback", "build_number": 1, "approximate_connection_time": int(life_s)}
        info = {"app_id": self._world.team["app_id"]}
        return {"type": "hello", "num_connections": len(self.open) + 1, "debug_info": debug, "connection_info": info}

    def _goodbye(self, reason: str) -> Json:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-loopback"}}

    async def _read(self, one: Socket) -> None:
        async for message in one.ws:
            if one.is_mute:
                continue
            match message.type:
                case WSMsgType.TEXT:
                    self._take(one, message.data)
                case WSMsgType.PING:
                    one.pings += 1
                    with contextlib.suppress(ConnectionError):
                        await one.ws.pong(message.data)
                case WSMsgType.PONG:
                    one.pongs += 1
                case _:
                    self._world.blame("unexpected_frame", type=message.type.name)

    def _take(self, one: Socket, text: str) -> None:
        try:
            frame = json.loads(text)
            envelope = self._deliveries.find(frame["envelope_id"])
        except (ValueError, TypeError, KeyError):
            self._world.blame("not_an_acknowledgement", text=text[:200])
            return
        one.acks += 1
        if envelope is None:
            self._world.blame("unknown_envelope", envelope=frame["envelope_id"])
            return
        answer = frame.get("payload")
        if frame.keys() - {"envelope_id", "payload"}:
            self._world.blame("unknown_field", fields=sorted(frame))
        if answer and envelope.delivery.type == "events_api":
            self._world.blame("payload_not_accepted", id=envelope.delivery.id)
        self._deliveries.acked(envelope, answer or None)

    async def _write(self, one: Socket) -> None:
        while True:
            item = await one.outbox.get()
            if one.is_mute:
                continue
            try:
                if isinstance(item, dict):
                    await one.ws.send_str(dump(item))
                    continue
                item.sent_at = time.perf_counter()
                await one.ws.send_str(_frame(item))
            except ConnectionError:
                return  # what was on its way is delivered again when its time is over
            one.sent += 1
            if item.cut is not None:
                if item.cut.code is None:
                    await asyncio.sleep(item.cut.seconds)
                    reset(one.transport)
                else:
                    self._deliveries.spawn(self._close_after(one, item.cut.code, item.cut.seconds))
                one.is_leaving = True
                return

    async def _close_after(self, one: Socket, code: int, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await one.ws.close(code=code)

    async def _ping(self, one: Socket) -> None:
        while True:
            await asyncio.sleep(self._world.settings["ping_s"])
            if not one.is_mute:
                with contextlib.suppress(ConnectionError):
                    await one.ws.ping(b"Ping from applink-loopback")

    async def _age(self, one: Socket, life_s: float) -> None:
        notice_s = min(GOODBYE_S, life_s / 2)
        await asyncio.sleep(life_s - notice_s)
        await self.disconnect(reason="warning", number=one.number)
        await asyncio.sleep(notice_s)
        await self.disconnect(reason="refresh_requested", number=one.number)

    def _end(self, one: Socket) -> None:
        if one in self.open:
            self._deliveries.spawn(self._close_after(one, 1000, 0))


def _frame(envelope: Envelope) -> str:
    delivery = envelope.delivery
    frame: Json = {
        "envelope_id": envelope.id,
        "payload": delivery.payload,
        "type": delivery.type,
        "accepts_response_payload": delivery.type != "events_api",
    }
    if delivery.type == "events_api":
        frame |= {"retry_attempt": envelope.attempt, "retry_reason": envelope.reason}
    return dump(frame)
