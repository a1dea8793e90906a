"""The SDK's stream, made to come back and to stop: what it asks, hears and answers, one socket after the other.

By itself the SDK swallows a cancellation, comes back at once and without end after a clean close, asks
over HTTP inside the loop without a limit of time, and answers on whatever socket is open by then
(dingtalk-stream 0.24.3, stream.py). Its frames and handlers are used as they are.
"""

import asyncio
import contextlib
import json
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import quote_plus

import websockets
from dingtalk_stream import AckMessage, CallbackHandler, CallbackMessage, Credential, DingTalkStreamClient, EventMessage
from dingtalk_stream.frames import Headers, SystemMessage
from dingtalk_stream.version import VERSION_STRING
from websockets.asyncio.client import ClientConnection

from adapters.dingtalk.client import BadCredentials, Client
from adapters.wire import proxy_for
from commands.core.ports import SendError

SAID: Final = "/v1.0/im/bot/messages/get"
PRESSED: Final = "/v1.0/card/instances/callback"
GATEWAY_S: Final = 5.0
"""How long the address of a stream is waited for."""
OPEN_S: Final = 10.0
LEAVE_S: Final = 1.0
FRAME_BYTES: Final = 1 << 20
SOON_S: Final = 1.0
LATE_S: Final = 60.0
"""The shortest and the longest wait before a socket is opened again."""
SETTLED_S: Final = 30.0
"""A socket that stood for so long, or brought something, was no failure: the next is opened soon."""

OnFrame = Callable[[str, Mapping[str, Any], str], Awaitable[bool]]
"""Handle the data of a frame with this id, of a topic; True once it is stored."""

log = logging.getLogger("drumbeat.dingtalk")


class _Kept(CallbackHandler):  # type: ignore[misc] # the SDK has no types
    """Acknowledge a callback when it is stored; else say nothing, so that it is delivered again."""

    def __init__(self, topic: str, on_frame: OnFrame) -> None:
        super().__init__()
        self._topic = topic
        self._on_frame = on_frame

    async def raw_process(self, callback_message: CallbackMessage) -> AckMessage | None:
        """Give the SDK's acknowledgement, or None."""
        data = callback_message.data if isinstance(callback_message.data, dict) else {}
        if not await self._on_frame(self._topic, data, str(callback_message.headers.message_id or "")):
            return None
        return _ack(callback_message.headers.message_id, {"response": {}})


class Stream(DingTalkStreamClient):  # type: ignore[misc] # the SDK has no types
    """Keep one socket open, and hand what comes to `on_frame`.

    `on_refused` is told why DingTalk does not want these credentials, and None once it does again.
    `leaving` is waited for before a socket is closed on purpose, while answers can still go out.
    """

    def __init__(
        self,
        client: Client,
        on_frame: OnFrame,
        *,
        on_refused: Callable[[str | None], None],
        leaving: Callable[[], Awaitable[None]],
        ticks: Callable[[], float],
    ) -> None:
        super().__init__(Credential("never-used", "never-used"), logger=_quiet())  # the client has the real ones
        self._client = client
        self._on_refused = on_refused
        self._leaving = leaving
        self._ticks = ticks
        self._answering: set[asyncio.Task[None]] = set()
        self._has_served = False
        """Whether this socket brought something that could be stored."""
        self._is_sent_away = False
        """Whether DingTalk said goodbye on it."""
        for topic in (SAID, PRESSED):
            self.register_callback_handler(topic, _Kept(topic, on_frame))

    async def start(self) -> None:
        """Hold sockets until cancelled, waiting longer after each that did not stand.

        What came on a socket that was cut is handled all the same: that DingTalk sends it again is not promised.
        """
        try:
            await self._go_on()
        finally:
            for task in self._answering:
                task.cancel()

    async def _go_on(self) -> None:
        failures = 0
        while True:
            began, self._has_served, self._is_sent_away = self._ticks(), False, False
            try:
                gateway = await self.open_connection()
                self._on_refused(None)
                await self._hold(gateway)
                reason = "closed"
            except BadCredentials as error:
                self._on_refused(str(error))
                reason = str(error)
            except (SendError, OSError, TimeoutError, websockets.exceptions.WebSocketException) as error:
                reason = f"{type(error).__name__}" + (f": {error}" if isinstance(error, SendError) else "")
            is_settled = self._has_served or self._ticks() - began >= SETTLED_S
            if is_settled and self._is_sent_away:  # frames that come meanwhile may be lost
                failures = 0
                continue
            failures = 0 if is_settled else failures + 1
            wait_s = min(LATE_S, SOON_S * 2.0 ** max(0, failures - 1)) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
            log.info("dingtalk_again", extra={"reason": reason, "again_s": round(wait_s, 1)})
            await asyncio.sleep(wait_s)

    async def open_connection(self) -> Mapping[str, Any]:
        """Ask for the address and the ticket of a stream, which serves once and for 90 seconds."""
        topics = [{"type": "CALLBACK", "topic": topic} for topic in self.callback_handler_map]
        agent = f"dingtalk-sdk-python/v{VERSION_STRING}-union"
        asked = {"subscriptions": topics, "ua": agent, "localIp": self.get_host_ip()}
        return await self._client.open_gateway(asked, within_s=GATEWAY_S)

    def get_host_ip(self) -> str:
        """Tell no address: the SDK's way to find it fails on a machine without a route."""
        return "127.0.0.1"

    async def _hold(self, gateway: Mapping[str, Any]) -> None:
        uri = f"{gateway['endpoint']}?ticket={quote_plus(gateway['ticket'])}"
        socket = await websockets.connect(
            uri,
            open_timeout=OPEN_S,
            close_timeout=LEAVE_S,
            max_size=FRAME_BYTES,
            logger=_quiet(),
            proxy=proxy_for(uri),
        )
        log.info("dingtalk_connected")
        try:
            await self._listen(socket)
        except asyncio.CancelledError:
            await self._leaving()
            raise
        finally:
            with contextlib.suppress(TimeoutError, OSError):
                async with asyncio.timeout(LEAVE_S):
                    await socket.close()

    async def _listen(self, socket: ClientConnection) -> None:
        """Take frames until the socket ends, or DingTalk says that it will."""
        leaves = asyncio.Event()
        listening = asyncio.create_task(self._take_all(socket, leaves))
        try:
            leaving = asyncio.create_task(leaves.wait())
            await asyncio.wait({listening, leaving}, return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
            self._is_sent_away = leaves.is_set()
            if leaves.is_set() and self._answering:  # nothing more comes, but what came is answered here
                await asyncio.wait(self._answering, timeout=LEAVE_S * 3)
            if listening.done():
                listening.result()
        finally:
            listening.cancel()

    async def _take_all(self, socket: ClientConnection, leaves: asyncio.Event) -> None:
        async for raw in socket:
            task = asyncio.create_task(self._take(socket, raw, leaves))
            self._answering.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._answering.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("dingtalk_not_answered", extra={"error": type(error).__name__})

    async def _take(self, socket: ClientConnection, raw: str | bytes, leaves: asyncio.Event) -> None:
        """Answer one frame, on the socket on which it came or not at all."""
        try:
            frame = json.loads(raw)
            ack = await self.route_message(frame) if isinstance(frame, dict) else None
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            log.warning("dingtalk_odd_frame", extra={"error": type(error).__name__})
            return
        if ack == DingTalkStreamClient.TAG_DISCONNECT:
            leaves.set()
        elif ack is not None:
            with contextlib.suppress(websockets.exceptions.ConnectionClosed):  # it is delivered again, and found done
                await socket.send(json.dumps(ack.to_dict()))

    async def route_message(self, json_message: dict[str, Any]) -> Any:
        """Give the acknowledgement of a frame; None for none, and the SDK's sign where DingTalk says goodbye."""
        kind = json_message.get("type")
        if kind == SystemMessage.TYPE:
            system = SystemMessage.from_dict(json_message)
            if system.headers.topic == SystemMessage.TOPIC_DISCONNECT:
                return DingTalkStreamClient.TAG_DISCONNECT
            return await self.system_handler.raw_process(system)  # a ping, whose data goes back as it came
        if kind == EventMessage.TYPE:  # none is asked for; acknowledged, or it would come again
            event = EventMessage.from_dict(json_message)
            return _ack(event.headers.message_id, {"status": "SUCCESS", "message": "ok"})
        if kind != CallbackMessage.TYPE:
            return None
        callback = CallbackMessage.from_dict(json_message)
        handler = self.callback_handler_map.get(callback.headers.topic)
        if handler is None:
            return _ack(callback.headers.message_id, {})
        ack = await handler.raw_process(callback)
        self._has_served = self._has_served or ack is not None
        return ack


def _ack(message_id: str | None, data: Mapping[str, Any]) -> AckMessage:
    ack = AckMessage()
    ack.headers.message_id = message_id
    ack.headers.content_type = Headers.CONTENT_TYPE_APPLICATION_JSON
    ack.message = "OK"
    ack.data = data
    return ack


def _quiet() -> logging.Logger:
    """Give a logger for the SDK and its sockets, which show addresses with tickets and whole frames."""
    logger = logging.getLogger("drumbeat.dingtalk.stream")
    logger.setLevel(logging.CRITICAL)
    return logger
