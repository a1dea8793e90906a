"""Deliveries: sent, repeated until acknowledged, spoilt on the way when the script says so. Knows no carrier."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from tests.fakes.feishu.world import Json, World

ACK_S: Final = 3.0
RETRIES_S: Final[tuple[float, ...]] = (0.3, 0.6, 1.0, 2.0)
"""When Feishu delivers again, in the fake's own haste; truly 15 s, 5 min, 1 h and 6 h."""


@dataclass
class Delivery:
    """Something to tell the app, and what became of it."""

    id: str
    type: str
    body: Json
    message: str = ""
    """The message whose button was pressed."""
    retries: int | None = None
    """How often it is told again at most; None for as often as Feishu does."""
    sent_at: list[float] = field(default_factory=list)
    acked_ms: float | None = None
    answer: Json | None = None
    status: int | None = None
    """The last that the app answered."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ack(self) -> str:
        """What the app made of it, in the words of the port."""
        return "ok" if self.acked_ms is not None else "again"

    def shown(self) -> Json:
        """Tell it to a test."""
        told = {"id": self.id, "type": self.type, "tries": len(self.sent_at), "ack_ms": self.acked_ms}
        return {**told, "answer": self.answer, "status": self.status, "ack": self.ack, "ended": self.ended.is_set()}


class Carrier(Protocol):
    """The way to the app."""

    async def carry(self, delivery: Delivery, *, forged: str = "") -> tuple[int, Json | None] | None:
        """Send it, and give the status and the body that were answered; None where there is no way, or no answer."""


class Deliveries:
    """What is due, and what becomes of it."""

    def __init__(self, world: World) -> None:
        self.all: dict[str, Delivery] = {}
        self.carrier: Carrier | None = None
        self.faults: list[Json] = []
        """What goes wrong, by `kind`: repeat, delay, shuffle, drop, cut, halve; forge, stale, tamper, plain, token."""
        self.retries_s = RETRIES_S
        self._world = world
        self._tasks: set[asyncio.Task[None]] = set()
        self._random = random.Random(1)

    def add(self, delivery: Delivery) -> Delivery:
        """Take something to deliver, and send it for the first time."""
        self.all[delivery.id] = delivery
        self.spawn(self._attempts(delivery))
        return delivery

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something run beside."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Send nothing more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _attempts(self, delivery: Delivery) -> None:
        waits = self.retries_s if delivery.retries is None else self.retries_s[: delivery.retries]
        for wait_s in (0.0, *waits):
            await asyncio.sleep(wait_s)
            await self._spoilt(delivery)
            if delivery.acked_ms is not None:
                break
        delivery.ended.set()
        self._world.pending_presses.discard(delivery.message)

    async def _spoilt(self, delivery: Delivery) -> None:
        """Send it once, or as the script has it."""
        copies, forged = 1, ""
        for fault in self._struck(delivery):
            kind = fault["kind"]
            if kind == "repeat":
                copies += fault.get("copies", 1)
            elif kind == "delay":
                await asyncio.sleep(fault.get("seconds", 0.3))
            elif kind == "shuffle":
                await asyncio.sleep(self._random.random() * fault.get("seconds", 0.3))
            elif kind == "drop":
                return
            else:
                forged = kind
        await asyncio.gather(*(self._send(delivery, forged) for _ in range(copies)))

    def _struck(self, delivery: Delivery) -> list[Json]:
        struck = []
        for fault in self.faults:
            if fault.get("about", delivery.type) == delivery.type and fault.get("times", 1) > 0:
                fault["times"] = fault.get("times", 1) - 1
                struck.append(fault)
        return struck

    async def _send(self, delivery: Delivery, forged: str) -> None:
        assert self.carrier is not None
        began = time.perf_counter()
        delivery.sent_at.append(time.time())
        try:
            async with asyncio.timeout(ACK_S):
                answered = await self.carrier.carry(delivery, forged=forged)
        except TimeoutError:
            return
        if answered is None:
            return
        delivery.status, body = answered
        if delivery.status == 200 and delivery.acked_ms is None:
            delivery.acked_ms = (time.perf_counter() - began) * 1000
            delivery.answer = body
            self._take_answer(delivery, body or {})

    def _take_answer(self, delivery: Delivery, body: Json) -> None:
        """Show what a press was answered with: a card changes in its place."""
        if not delivery.message:
            return
        self._world.pending_presses.discard(delivery.message)
        wrong = set(body) - {"toast", "card"}
        card = body.get("card")
        if card is not None and (set(card) != {"type", "data"} or card["type"] != "raw"):
            wrong.add("card")
        self._world.violations += [f"a press was answered with {name}" for name in wrong]
        if card is not None and not wrong:
            self._world.messages[delivery.message].content = json.dumps(card["data"], ensure_ascii=False)
