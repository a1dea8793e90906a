"""The ports of a fake platform: on loopback, closed and opened again at will, and cut the hard way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

HOST: Final = "127.0.0.1"
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Cut a connection the hard way: the other side gets an RST."""
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.Transport):
        transport.abort()


class Listener:
    """A port that can be closed and opened again at the same number."""

    def __init__(self, handler: Handler) -> None:
        self.port = 0
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._web: web.Server | None = None
        self._guard: socket.socket | None = None

    async def open(self, port: int) -> None:
        """Listen; 0 picks a port, which is kept for good."""
        if self._guard is None:
            self._guard = _bound(port)  # holds the number while nobody listens, so that a connection is refused
            self.port = self._guard.getsockname()[1]
        if self._server is not None:
            return
        self._web = web.Server(self._handler, access_log=None)
        self._server = await asyncio.get_running_loop().create_server(self._web, sock=_bound(self.port), backlog=1024)

    async def close(self) -> None:
        """Stop listening, and cut what is open."""
        if self._server is None or self._web is None:
            return
        self._server.close()
        for connection in self._web.connections:
            reset(connection.transport)
        await self._web.shutdown(timeout=0.1)
        self._server = self._web = None

    def give_up(self) -> None:
        """Let go of the number."""
        if self._guard is not None:
            self._guard.close()


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((HOST, port))
    bound.setblocking(False)
    return bound
