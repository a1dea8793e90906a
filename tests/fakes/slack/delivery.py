"""Deliveries: sent, repeated until acknowledged, spoilt on the way when the script says so. Knows no carrier.

Events are delivered up to three times more: at once when their time is over, then after a minute, then
after five. Commands and interactions are delivered once.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Protocol

from tests.fakes.record import Json
from tests.fakes.slack.faults import DeliveryFault, Faults
from tests.fakes.slack.world import Delivery, World


@dataclass
class Envelope:
    """One copy of a delivery on its way."""

    id: str
    delivery: Delivery
    attempt: int
    reason: str
    forged: str | None = None
    """What is wrong with its signature, over HTTP."""
    cut: DeliveryFault | None = None
    """The connection is cut once it left."""
    sent_at: float = 0.0


class Carrier(Protocol):
    """The way to the app."""

    def carry(self, envelope: Envelope) -> bool:
        """Send it, now or soon; False when there is no way just now."""


class Deliveries:
    """What is due, and what becomes of it."""

    def __init__(self, world: World, faults: Faults, on_answer: Callable[[Delivery], None]) -> None:
        self.carrier: Carrier | None = None
        self._world = world
        self._faults = faults
        self._on_answer = on_answer
        self._envelopes: dict[str, Envelope] = {}
        self._held: list[tuple[Envelope, DeliveryFault]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def add(self, type_: str, id_: str, payload: Json) -> None:
        """Take something to deliver, and send it for the first time."""
        self._world.note("due", id=id_, type=type_, payload=payload)
        self._dispatch(self._world.deliveries[id_], attempt=0, reason="")

    def resume(self) -> None:
        """Deliver again what a former process of this log had not brought to its end."""
        for delivery in list(self._world.deliveries.values()):
            if not delivery.has_ended and delivery.type == "events_api":
                self._dispatch(delivery, attempt=delivery.attempt + 1, reason="timeout")

    def find(self, envelope_id: str) -> Envelope | None:
        """Find an envelope that left."""
        return self._envelopes.get(envelope_id)

    def acked(self, envelope: Envelope, answer: object) -> None:
        """Take an acknowledgement."""
        delivery, now = envelope.delivery, time.perf_counter()
        ms = round((now - envelope.sent_at) * 1_000, 3)
        is_late = ms > self._world.settings["ack_s"] * 1_000
        counts = delivery.acked_ms is None and not is_late
        more: Json = {"is_late": True} if is_late else {}
        if answer is not None:
            more["answer"] = answer
        self._world.note("acked", id=delivery.id, envelope=envelope.id, ms=ms, counts=counts, **more)
        if counts:
            self._end(delivery)
            self._on_answer(delivery)

    def failed(self, envelope: Envelope, reason: str, *, again: bool = True) -> None:
        """Take it that this attempt failed, and plan the next one."""
        delivery = envelope.delivery
        if delivery.has_ended or envelope.attempt < delivery.attempt:
            return
        if delivery.timer is not None:
            delivery.timer.cancel()
        waits: list[float] = self._world.settings["retries_s"] if delivery.type == "events_api" and again else []
        if envelope.attempt >= len(waits):
            self._world.note("gave_up", id=delivery.id, reason=reason)
            self._end(delivery)
            return
        wait_s = waits[envelope.attempt] / self._world.settings["clock_factor"]
        delivery.timer = asyncio.get_running_loop().call_later(
            wait_s, lambda: self._dispatch(delivery, attempt=envelope.attempt + 1, reason=reason)
        )

    def close(self) -> None:
        """Send nothing more."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        for delivery in self._world.deliveries.values():
            if delivery.timer is not None:
                delivery.timer.cancel()

    def release(self) -> None:
        """Send what a shuffle still gathers."""
        held, self._held = self._held, []
        self._world.random.shuffle(held)
        for envelope, _ in held:
            self._send(envelope)

    # One attempt.

    def _dispatch(self, delivery: Delivery, *, attempt: int, reason: str) -> None:
        if delivery.has_ended or self._is_closed:
            return
        same = attempt > 0 and self._world.settings["retry_envelope"] == "same"
        id_ = self._last_envelope(delivery) if same else None
        envelope = Envelope(id_ or str(uuid.uuid4()), delivery, attempt, reason)
        delivery.attempt = attempt
        faults = self._faults.pick_deliveries(delivery.type, delivery.event_type) if self._faults.deliveries else []
        copies, wait_s, is_dropped = [envelope], 0.0, False
        for fault in faults:
            match fault.kind:
                case "repeat":
                    copies += [
                        Envelope(str(uuid.uuid4()) if fault.new_envelope else envelope.id, delivery, attempt, reason)
                        for _ in range(fault.copies)
                    ]
                    if fault.seconds:
                        self._later(fault.seconds, copies[1:])
                        del copies[1:]
                case "delay":
                    wait_s += fault.seconds
                case "shuffle":
                    self._hold(envelope, fault)
                    copies.remove(envelope)
                case "drop":
                    is_dropped = True
                case "cut":
                    envelope.cut = fault
                case "forge" | "stale" | "tamper":
                    envelope.forged = fault.kind
        if is_dropped:
            self._watch(envelope)
        elif wait_s:
            self._later(wait_s, copies)
        else:
            for copy in copies:
                self._send(copy)

    def _last_envelope(self, delivery: Delivery) -> str | None:
        return next((one.id for one in reversed(self._envelopes.values()) if one.delivery is delivery), None)

    def _hold(self, envelope: Envelope, fault: DeliveryFault) -> None:
        self._held.append((envelope, fault))
        if len(self._held) >= fault.window:
            self.release()
        elif len(self._held) == 1:
            asyncio.get_running_loop().call_later(fault.seconds or 0.2, self.release)

    def _later(self, seconds: float, envelopes: list[Envelope]) -> None:
        async def send() -> None:
            await asyncio.sleep(seconds)
            for envelope in envelopes:
                self._send(envelope)

        self.spawn(send())

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Let something run beside, until the end of the process at most."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _send(self, envelope: Envelope) -> None:
        if self._is_closed:
            return
        delivery = envelope.delivery
        envelope.sent_at = time.perf_counter()
        self._envelopes[envelope.id] = envelope
        self._watch(envelope)
        assert self.carrier is not None
        if self.carrier.carry(envelope):
            self._world.note(
                "sent", id=delivery.id, envelope=envelope.id, attempt=envelope.attempt, reason=envelope.reason
            )
        else:
            self.failed(envelope, "timeout")

    def _watch(self, envelope: Envelope) -> None:
        delivery = envelope.delivery
        if delivery.has_ended:
            return
        if delivery.timer is not None:
            delivery.timer.cancel()
        delivery.timer = asyncio.get_running_loop().call_later(
            self._world.settings["ack_s"], lambda: self.failed(envelope, "timeout")
        )

    def _end(self, delivery: Delivery) -> None:
        delivery.has_ended = True
        if delivery.timer is not None:
            delivery.timer.cancel()
            delivery.timer = None
        for tell in delivery.on_end:
            tell()
        delivery.on_end.clear()
