"""The stream, over the fake beside it: acknowledged after the commit or not at all, and never deaf for long."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest

from adapters.dingtalk.adapter import DingTalk
from commands.core.event import Event
from commands.core.ports import Misconfigured
from commands.core.reply import Outcome
from tests.adapters.dingtalk.test_adapter import make, records, server
from tests.adapters.dingtalk.test_receive import press
from tests.fakes.dingtalk.server import PRESSED, SAID, Server
from tests.fakes.dingtalk.streams import Delivery

__all__ = ["server"]
pytestmark = pytest.mark.slow


class Ear:
    """A dispatch that keeps what it hears, and answers as it is told."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.outcomes: list[Outcome] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def __call__(self, event: Event) -> Outcome:
        """Keep an event, and answer it."""
        self.heard.append(event)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.outcomes.pop(0) if self.outcomes else Outcome("ok")


@contextlib.asynccontextmanager
async def running(adapter: DingTalk, ear: Ear, server: Server) -> AsyncIterator[asyncio.Task[None]]:
    """Let the adapter receive while the block runs."""
    task = asyncio.create_task(adapter.run(ear))
    try:
        await until(server, lambda: bool(server.streams.open))
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(server: Server, is_so: Callable[[], bool], *, timeout_s: float = 10.0) -> None:
    """Wait for something in the fake."""
    async with asyncio.timeout(timeout_s):
        while not is_so():
            await server.world.changed(server.world.seq, 0.05)


def _was_opened_since(server: Server, opened: int) -> bool:
    return server.streams.opened > opened


async def ended(server: Server, delivery: Delivery) -> None:
    """Wait until a delivery is acknowledged or given up."""
    await until(server, lambda: delivery.has_ended)


async def told(server: Server, text: str = "帮助", *, chat: str | None = None) -> Delivery:
    """Let somebody say something, and see what becomes of it."""
    person = next(iter(server.world.people), None) or server.do_add_person("李四")
    delivery = server.streams.deliveries[server.do_say(person, chat, text, [])["delivery"]]
    await until(server, lambda: delivery.has_ended)
    return delivery


async def test_what_could_not_be_stored_is_delivered_again_and_then_acknowledged(server: Server) -> None:
    server.do_configure(retries_s=[0.05, 0.05])
    ear = Ear()
    ear.outcomes = [Outcome("again"), Outcome("again")]
    async with running(make(server, has_template=False), ear, server):
        delivery = await told(server)
    assert (delivery.sent, delivery.acks) == (3, 1)
    assert len({event.key for event in ear.heard}) == 1


async def test_event_that_met_a_bug_is_not_acknowledged_and_the_stream_goes_on(server: Server) -> None:
    ear = Ear()
    ear.error = RuntimeError("a bug")
    async with running(make(server, has_template=False), ear, server):
        assert (await told(server)).acks == 0
        ear.error = None
        assert (await told(server)).acks == 1


async def test_slow_dispatch_is_not_acknowledged_and_goes_on(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.intake.DISPATCH_S", 0.05)
    ear = Ear()
    ear.gate.clear()
    async with running(make(server, has_template=False), ear, server):
        assert (await told(server)).acks == 0
        ear.gate.set()
        assert (await told(server)).acks == 1
    assert len(ear.heard) == 2, "the first was handled to its end"


async def test_acknowledgement_goes_only_to_the_socket_on_which_the_message_came(server: Server) -> None:
    server.do_configure(ack_s=1.5)
    ear = Ear()
    ear.gate.clear()
    async with running(make(server, has_template=False), ear, server):
        person = server.do_add_person("李四")
        delivery = server.streams.deliveries[server.do_say(person, None, "帮助", [])["delivery"]]
        await until(server, lambda: bool(ear.heard))
        await server.do_cut(code=1000)
        await until(server, lambda: server.streams.opened == 2)
        ear.gate.set()
        await until(server, lambda: delivery.has_ended)
    assert delivery.acks == 0
    assert server.world.violations == []


async def test_ping_comes_back_as_it_went_and_events_are_acknowledged(server: Server) -> None:
    async with running(make(server, has_template=False), Ear(), server):
        await until(server, lambda: server.world.seq > 0)
        event = server.streams.deliveries[server.do_tell("*", {"chatId": "c"}, "EVENT")]
        odd = server.streams.deliveries[server.do_tell("/v1.0/none/such", {})]
        await until(server, lambda: event.has_ended and odd.has_ended)
    assert [each["opaque"] for each in records(server, "pong")] == ["o-1"]
    assert event.answer == {"status": "SUCCESS", "message": "ok"}
    assert odd.acks == 1
    assert server.world.violations == []


async def test_frames_of_no_shape_do_no_harm(server: Server) -> None:
    async with running(make(server, has_template=False), Ear(), server):
        (socket,) = server.streams.open
        for raw in (
            "no json",
            "[]",
            "{}",
            '{"type":"CALLBACK"}',
            '{"type":"CALLBACK","headers":{"time":"x"}}',
            "[" * 9000,
        ):
            await socket.ws.send_str(raw)
        nonsense = server.streams.deliveries[server.do_tell(SAID, {"conversationId": [1]})]
        await until(server, lambda: nonsense.has_ended)
        assert nonsense.acks == 1, "it would come again, to no end"
        assert (await told(server)).acks == 1
        assert server.streams.opened == 1


async def test_press_that_could_not_be_stored_is_told_to_its_person(server: Server) -> None:
    ear = Ear()
    ear.outcomes = [Outcome("again")]
    person = server.do_add_person("李四")
    async with running(make(server, has_template=True), ear, server):
        delivery = server.streams.deliveries[server.do_tell(PRESSED, press(userId=person))]
        await until(server, lambda: delivery.has_ended)
        assert delivery.acks == 0
        assert "没存上" in server.world.messages[-1].text
        assert server.world.messages[-1].chat == person


async def test_names_are_looked_up_once_and_waited_for_briefly(server: Server) -> None:
    ear = Ear()
    li, wang = server.do_add_person("李四"), server.do_add_person("王五")
    group = server.do_add_group("群", [li, wang])
    async with running(make(server, has_template=False), ear, server):
        for _ in range(2):
            said = server.do_say(li, group, "指派 T-1 @王五 @李四", [li, wang])
            await ended(server, server.streams.deliveries[said["delivery"]])
        calls = [each for each in records(server, "call") if each["call"] == "/topapi/v2/user/get"]
        assert len(calls) == 2
    heard = [event for event in ear.heard if event.kind == "said"]
    assert [getattr(node, "account", None) for node in heard[-1].text if not isinstance(node, str)] == [wang, li]
    assert [event.kind for event in ear.heard] == ["joined", "said", "said"]


# Coming back, and stopping.


async def test_clean_close_is_followed_by_a_pause_that_grows(server: Server) -> None:
    async with running(make(server, has_template=False), Ear(), server):
        began = time.monotonic()
        for _ in range(2):
            opened = server.streams.opened
            await server.do_cut(code=1000)
            await until(server, partial(_was_opened_since, server, opened))
        assert time.monotonic() - began > 0.9, "the SDK would be back at once, without end"


async def test_goodbye_is_answered_by_a_new_socket_at_once(server: Server) -> None:
    async with running(make(server, has_template=False), Ear(), server):
        await told(server)
        began = time.monotonic()
        await server.do_disconnect()
        await until(server, lambda: server.streams.opened == 2)
        assert time.monotonic() - began < 1.0
        assert (await told(server)).acks == 1


@pytest.mark.parametrize("kind", ["hang", "reset", "html"])
async def test_discovery_that_fails_blocks_nothing_and_is_tried_again(
    server: Server, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.dingtalk.stream.GATEWAY_S", 0.3)
    server.do_spoil_answers(kind=kind, call="gateway", times=1, seconds=60)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    async with running(make(server, has_template=False), Ear(), server):
        assert ticks > 10, "the loop went on"
        assert (await told(server)).acks == 1
    ticking.cancel()


async def test_it_ends_within_a_moment_whatever_it_waits_for(server: Server) -> None:
    async with running(make(server, has_template=False), Ear(), server) as task:
        began = time.monotonic()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < 1.5
    server.do_spoil_answers(kind="hang", call="gateway", seconds=60)
    task = asyncio.create_task(make(server, has_template=False).run(Ear()))
    await asyncio.sleep(0.2)
    began = time.monotonic()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 1.0


async def test_what_is_under_way_is_acknowledged_before_it_ends(server: Server) -> None:
    ear = Ear()
    ear.gate.clear()
    server.do_configure(ack_s=3.0)
    async with running(make(server, has_template=False), ear, server) as task:
        person = server.do_add_person("李四")
        delivery = server.streams.deliveries[server.do_say(person, None, "帮助", [])["delivery"]]
        await until(server, lambda: bool(ear.heard))
        task.cancel()
        await asyncio.sleep(0.05)
        ear.gate.set()
        await until(server, lambda: delivery.has_ended)
    assert delivery.acks == 1


async def test_wrong_secret_stops_the_start_and_shows_nothing(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    secret = "not-the-secret-of-this-app"
    adapter = make(server, has_template=False, client_secret=secret)
    with pytest.raises(Misconfigured, match="invalidClientIdOrSecret") as caught:
        await adapter.run(Ear())
    assert secret not in str(caught.value) + caplog.text
    assert adapter.trouble is not None


async def test_neither_ticket_nor_secret_nor_webhook_is_ever_logged(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running(make(server, has_template=False), Ear(), server):
        await told(server)
        await server.do_cut(code=None)
        await until(server, lambda: server.streams.opened == 2)
    logged = "\n".join(each.getMessage() for each in caplog.records if each.name.startswith(("drumbeat", "websockets")))
    hidden = [server.world.client_secret, "ticket=", *server.world.tokens, *server.world.webhooks]
    assert [each for each in hidden if each in logged] == []
