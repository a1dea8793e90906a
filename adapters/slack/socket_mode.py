"""The SDK's socket, made to come back: a new ticket for each try, and an end where Slack refuses.

By itself the SDK tries a ticket that served already again and again, asks for ever with a token that
is not accepted, and logs addresses with tickets in them. adapter.py gives what answers an envelope.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.client import BadToken, Client
from adapters.wire import proxy_for
from commands.core.ports import Gone, SendError

WATCH_S: Final = 1.0
STALE_S: Final = 30.0
"""A socket that is down for longer is thrown away, and another one made."""
LEAVE_S: Final = 1.0

_HIDDEN: Final = re.compile(r"(?:xox[a-z]+-|xapp-)[\w.-]+|(?<=ticket=)[^&\s'\"]+")

OnEnvelope = Callable[[AsyncBaseSocketModeClient, SocketModeRequest], Awaitable[None]]


async def hold_socket(
    client: Client,
    on_envelope: OnEnvelope,
    *,
    url: str | None,
    on_app: Callable[[str], None],
    leaving: Callable[[], Awaitable[None]],
    ticks: Callable[[], float],
    ping_s: float,
) -> SendError | None:
    """Keep one socket open until it is stale (None) or Slack refuses it, and say why.

    `url` is an address that was asked for already, and not used yet. `on_app` is told the id of the
    app whose socket it is. `leaving` is waited for when this is cancelled, while answers can still go out.
    """
    socket = _Socket(client, ping_s=ping_s)
    socket.wss_uri = url
    socket.socket_mode_request_listeners.append(on_envelope)

    async def hear(_client: AsyncBaseSocketModeClient, frame: dict[str, Any], _raw: str | None = None) -> None:
        about = frame.get("connection_info") if frame.get("type") == "hello" else None
        if isinstance(about, dict) and isinstance(about.get("app_id"), str):
            on_app(about["app_id"])

    socket.message_listeners.append(hear)
    connecting = asyncio.create_task(socket.connect())  # type: ignore[no-untyped-call] # the SDK types it not
    up_at = ticks()
    try:
        while socket.refused is None and ticks() - up_at < STALE_S:
            await asyncio.sleep(WATCH_S)
            if await socket.is_connected():
                up_at = ticks()
            else:
                socket.wss_uri = None  # a ticket serves once
        return socket.refused
    except asyncio.CancelledError:
        await leaving()
        raise
    finally:
        connecting.cancel()
        await socket.leave()


class _Socket(SocketModeClient):
    """A socket that asks our own client for its address."""

    def __init__(self, client: Client, *, ping_s: float) -> None:
        super().__init__(
            app_token="never-used",  # noqa: S106 - the client has the real one
            logger=quiet("drumbeat.slack.socket"),
            web_client=AsyncWebClient(),
            ping_interval=ping_s,
        )
        self.refused: SendError | None = None
        self.proxy = None  # the SDK's ignores NO_PROXY
        self._asks = client

    async def issue_new_wss_url(self) -> str:
        """Ask for an address with a new ticket."""
        try:
            url = await self._asks.open_socket()
        except (BadToken, Gone) as error:
            self.refused = error
            raise
        self.proxy = proxy_for(url)
        return url

    async def leave(self) -> None:
        """Close within a moment, whatever the other side does."""
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(LEAVE_S):
                await self.close()  # type: ignore[no-untyped-call] # the SDK types it not
        tasks = [self.message_processor, self.current_session_monitor, self.message_receiver]
        left = [task for task in tasks if task is not None]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self.aiohttp_client_session.close()


class _Redacted(logging.Filter):
    """Keep tokens and tickets out of what the SDK logs, and tracebacks, which show addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, changed."""
        record.msg, record.args = _HIDDEN.sub("***", record.getMessage()), ()
        record.exc_info = record.exc_text = None
        return True


_REDACTED: Final = _Redacted()


def quiet(name: str) -> logging.Logger:
    """Give a logger for the SDK, which shows whole payloads below WARNING."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.WARNING)
    logger.addFilter(_REDACTED)
    return logger
