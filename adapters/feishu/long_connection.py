"""The SDK's long connection, made to answer after the commit, to come back, and to end.

Import this in a thread, and only where Feishu is served by it: lark_oapi takes seconds and 150 MB. By itself
the SDK calls handlers inside its socket's loop, asks for addresses without a time limit, goes deaf without a
word when it is refused while it reconnects, and cannot be stopped (oapi-sdk-python #96 #118 #169 #170). It has
one loop for the whole process, so there can be one client.
"""

import asyncio
import base64
import contextlib
import gc
import json
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any, Final

from lark_oapi.core.enum import LogLevel
from lark_oapi.core.log import logger as sdk_log
from lark_oapi.ws import client as sdk
from lark_oapi.ws.exception import ClientException, ConnectionClosedException, ServerException
from websockets.exceptions import WebSocketException

from commands.core.event import Json
from commands.core.ports import Gone, Retry, SendError

WATCH_S: Final = 0.5
STALE_S: Final = 90.0
"""A client that is not connected for longer is thrown away: by then the SDK has given up, or turns in circles."""
QUIET_S: Final = 30.0
"""Beyond two of its pings without a single frame a connection is deaf, whatever its socket says."""
TAKE_S: Final = 5.0
LEAVE_S: Final = 2.0
OK: Final = 200
AGAIN: Final = 500
"""Feishu delivers again what is answered so."""

Answered = tuple[int, Mapping[str, Json] | None]
Take = Callable[[bytes], Coroutine[Any, Any, Answered]]
Ask = Callable[[], Coroutine[Any, Any, tuple[str, Mapping[str, Any]]]]

_ENDS: Final = (RuntimeError, OSError, CancelledError, ServerException, ConnectionClosedException, WebSocketException)
"""How `start` ends when it is stopped, first of all by "Event loop stopped before Future completed"."""

log = logging.getLogger("drumbeat.feishu")


@dataclass(frozen=True, slots=True)
class Way:
    """Say how a connection is made and kept.

    The two calls run in the loop of `hold`, not in the SDK's.
    """

    ask: Ask
    """Ask for an address, and for how the client shall keep it."""
    take: Take
    """Take one payload, and give the status and the body to answer with."""
    ticks: Callable[[], float]
    stale_s: float = STALE_S
    quiet_s: float = QUIET_S


def prepare() -> None:
    """Do once, after the import and in its thread, what the SDK needs to be a quiet guest.

    It would write to standard output, and log addresses with tickets in them. And its ten thousand modules
    never go: without the freeze every full round of the collector would walk them.
    """
    sdk_log.handlers.clear()
    sdk_log.addHandler(logging.NullHandler())
    sdk_log.propagate = False
    gc.freeze()


async def hold(way: Way, *, leaving: Callable[[], Awaitable[None]]) -> SendError | None:
    """Keep one connection until it is stale (None) or Feishu refuses it, and say why.

    `leaving` is waited for when this is cancelled, while answers can still go out.
    """
    line = _Line(way, asyncio.get_running_loop())
    thread = threading.Thread(target=line.live, name="feishu", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            await asyncio.sleep(WATCH_S)
            if (why := line.why_stale()) is not None:
                log.warning("feishu_stale", extra={"reason": why})
                return None
        return line.refused
    except asyncio.CancelledError:
        await leaving()
        raise
    finally:
        line.stop()
        await asyncio.to_thread(thread.join, LEAVE_S)


class _Line:
    """One client in one thread with one loop."""

    def __init__(self, way: Way, main: asyncio.AbstractEventLoop) -> None:
        if sdk.loop.is_running():
            raise RuntimeError("lark_oapi has one loop for the whole process: another client holds it")
        self.refused: SendError | None = None
        self._way = way
        self._began = way.ticks()
        self._loop = asyncio.new_event_loop()
        sdk.loop = self._loop
        self._client = _Client(way, main)

    def live(self) -> None:
        """Run the client until it is stopped, or is refused at its start."""
        asyncio.set_event_loop(self._loop)
        try:
            self._client.start()
        except ClientException as error:
            self.refused = self._client.refused or Gone(f"long connection: {error}")
        except _ENDS as error:
            log.debug("feishu_ended", extra={"error": type(error).__name__})
        finally:
            self._end()

    def why_stale(self) -> str | None:
        """Say why this client is of no use any more; None while it is."""
        now, client = self._way.ticks(), self._client
        if client.is_connected:
            silent_s = now - max(self._began, client.heard_at)
            return "silent" if silent_s > 2 * client.ping_s + self._way.quiet_s else None
        return "not connected" if now - max(self._began, client.up_at) > self._way.stale_s else None

    def stop(self) -> None:
        """Have the thread come to its end; from another one."""
        self._client.give_up()
        with contextlib.suppress(RuntimeError):  # it is closed already
            self._loop.call_soon_threadsafe(self._loop.stop)

    def _end(self) -> None:
        """Close the socket, end all tasks and the loop."""
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(self._client.leave())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


class _Client(sdk.Client):  # type: ignore[misc] # the SDK ships no types
    """A client that asks, and is heard, in the loop of the program."""

    _conn: Any

    def __init__(self, way: Way, main: asyncio.AbstractEventLoop) -> None:
        super().__init__("never-used", "never-used", log_level=LogLevel.ERROR)
        self.refused: SendError | None = None
        self.heard_at = 0.0
        """When the last frame came, on the clock of the way."""
        self.up_at = 0.0
        """When it was last seen to be connected."""
        self._way = way
        self._main = main
        self._asking: Future[tuple[str, Mapping[str, Any]]] | None = None
        self.on_reconnected = self._note_heard

    @property
    def is_connected(self) -> bool:
        """True while there is a socket; noted, for telling how long there is none."""
        if self._conn is None:
            return False
        self.up_at = self._way.ticks()
        return True

    @property
    def ping_s(self) -> float:
        """How often the client says that it is there, as Feishu wants it."""
        return float(self._ping_interval or 0)

    def give_up(self) -> None:
        """Try no more."""
        self._auto_reconnect = False
        if self._asking is not None:
            self._asking.cancel()

    async def leave(self) -> None:
        """Close the socket within a moment, whatever the other side does."""
        conn, self._conn = self._conn, None
        if conn is not None:
            with contextlib.suppress(TimeoutError, OSError):
                async with asyncio.timeout(LEAVE_S / 2):
                    await conn.close()

    def _get_conn_url(self) -> str:
        """Ask for an address; nothing else is there to run in this loop meanwhile."""
        self._asking = asyncio.run_coroutine_threadsafe(self._way.ask(), self._main)
        try:
            url, told = self._asking.result()
        except Retry as error:
            if error.after_s is None:
                raise ServerException(AGAIN, str(error)) from None
            self.refused = error
            raise ClientException(AGAIN, str(error)) from None
        except Gone as error:
            self.refused = error
            raise ClientException(AGAIN, str(error)) from None
        self._obey(told)
        return url

    def _obey(self, told: Mapping[str, Any]) -> None:
        """Keep the connection as Feishu wants it, where it says so in numbers."""
        names = {
            "ReconnectCount": "_reconnect_count",
            "ReconnectInterval": "_reconnect_interval",
            "ReconnectNonce": "_reconnect_nonce",
            "PingInterval": "_ping_interval",
        }
        for name, own in names.items():
            if isinstance(value := told.get(name), int) and (value > 0 or own == "_reconnect_count"):
                setattr(self, own, value)

    def _note_heard(self) -> None:
        self.heard_at = self._way.ticks()

    async def _handle_message(self, msg: bytes) -> None:
        self._note_heard()
        await super()._handle_message(msg)

    async def _handle_data_frame(self, frame: Any) -> None:
        """Have a payload handled in the program's loop, and answer once it is committed."""
        heads = {head.key: head.value for head in frame.headers}
        payload = frame.payload
        if int(heads.get("sum") or 1) > 1:
            payload = self._combine(heads["message_id"], int(heads["sum"]), int(heads["seq"]), payload)
        if payload is None or heads.get("type") != "event":  # cards of the old protocol are not ours
            return
        began = self._way.ticks()
        status, body = await self._taken(payload)
        spent = frame.headers.add()
        spent.key, spent.value = "biz_rt", str(int((self._way.ticks() - began) * 1000))
        answered: dict[str, Json] = {"code": status}
        if body is not None:
            answered["data"] = base64.b64encode(json.dumps(body, ensure_ascii=False).encode()).decode()
        frame.payload = json.dumps(answered).encode()
        await self._write_message(frame.SerializeToString())

    async def _taken(self, payload: bytes) -> Answered:
        taking = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._way.take(payload), self._main))
        try:
            async with asyncio.timeout(TAKE_S):
                return await taking
        except TimeoutError:
            return AGAIN, None
