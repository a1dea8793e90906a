"""A Web API and socket of Slack's on loopback, whose every answer a test writes. The true one is tests/fakes/slack."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

BOT_TOKEN = "xoxb-1111111111-2222222222-AbCdEfGhIjKlMnOpQrStUvWx"
APP_TOKEN = "xapp-1-A0DRUM-3333333333-0123456789abcdef0123456789abcdef"

Answer = Mapping[str, Any] | Callable[[], web.StreamResponse]
DEFAULTS: dict[str, dict[str, Any]] = {
    "auth.test": {
        "url": "https://shop.slack.com/", "team": "Shop", "user": "drumbeat", "team_id": "T0SHOP", "user_id": "U0BOT",
        "bot_id": "B0DRUM",
    },
    "bots.info": {"bot": {"id": "B0DRUM", "app_id": "A0DRUM"}},
    "chat.postMessage": {"channel": "C0WAR", "ts": "1795309200.000100"},
    "chat.postEphemeral": {"message_ts": "1795309200.000200"},
    "conversations.open": {"channel": {"id": "D0LISI"}},
    "conversations.history": {"messages": []},
    "conversations.replies": {"messages": []},
    "conversations.info": {"channel": {"id": "C0WAR", "name": "war-room"}},
    "files.completeUploadExternal": {"files": []},
}  # fmt: skip


def status(code: int, **heads: str) -> Callable[[], web.Response]:
    """Answer with a status and an empty JSON object."""
    return lambda: web.json_response({}, status=code, headers=heads)


def raw(body: bytes, *, content_type: str = "application/json", code: int = 200) -> Callable[[], web.Response]:
    """Answer with bytes."""
    return lambda: web.Response(body=body, status=code, content_type=content_type)


@dataclass
class Call:
    """What was asked."""

    method: str
    args: dict[str, Any]
    token: str


@dataclass
class Scripted:
    """Serve; `answers[method]` are given in turn, then the default for ever."""

    scopes: str = ""
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    calls: list[Call] = field(default_factory=list)
    uploads: list[bytes] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    """The tickets with which somebody came to the socket."""
    refuses: int = 0
    """Sockets still to be refused."""
    acks: dict[str, Any] = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    given: int = 0
    cut: set[str] = field(default_factory=set)
    """Methods whose connection is cut after the question was read."""
    hung: set[str] = field(default_factory=set)
    """Methods that never answer."""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/api/{method}", self._api)
        app.router.add_post("/upload", self._upload)
        app.router.add_get("/link", self._link)
        self._stop = asyncio.Event()
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.host = f"127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for socket in self.sockets:
            await socket.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The address of the Web API."""
        return f"http://{self.host}/api/"

    def asked(self, method: str) -> list[dict[str, Any]]:
        """Give the arguments of each call of a method."""
        return [call.args for call in self.calls if call.method == method]

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method, body = request.match_info["method"], await request.read()
        is_json = request.content_type == "application/json"
        args = json.loads(body) if is_json else dict(parse_qsl(body.decode()))
        self.calls.append(Call(method, args, request.headers.get("Authorization", "")))
        await self._tell()
        if method in self.cut:
            assert request.transport is not None
            request.transport.abort()
        if method in self.hung:
            await self._stop.wait()
        answer: Answer = self.answers[method].pop(0) if self.answers[method] else self._default(method)
        if callable(answer):
            return answer()
        return web.json_response({"ok": True, **answer}, headers={"X-OAuth-Scopes": self.scopes})

    def _default(self, method: str) -> dict[str, Any]:
        if method == "apps.connections.open":
            self.given += 1
            return {"url": f"ws://{self.host}/link?ticket=secret-ticket-{self.given}"}
        if method == "files.getUploadURLExternal":
            return {"upload_url": f"http://{self.host}/upload", "file_id": "F0PICTURE"}
        return DEFAULTS.get(method, {})

    async def _upload(self, request: web.Request) -> web.Response:
        assert "Authorization" not in request.headers
        self.uploads.append(await request.read())
        return web.Response(text="OK")

    # -- the socket -------------------------------------------------------------------------------

    async def _link(self, request: web.Request) -> web.StreamResponse:
        self.tickets.append(request.query["ticket"])
        await self._tell()
        if self.refuses:
            self.refuses -= 1
            return web.Response(status=403)
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0DRUM"}})
        self.sockets.append(socket)
        await self._tell()
        async for frame in socket:
            if frame.type == WSMsgType.TEXT:
                body = json.loads(frame.data)
                self.acks[body["envelope_id"]] = body.get("payload")
                await self._tell()
        return socket

    async def deliver(self, kind: str, payload: Mapping[str, Any], *, envelope: str) -> None:
        """Send an envelope over the newest socket."""
        frame = {"envelope_id": envelope, "type": kind, "accepts_response_payload": True, "payload": payload}
        await self.sockets[-1].send_json(frame)

    async def until(self, is_so: Callable[[], bool], within_s: float = 8.0) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(within_s), self.changed:
            await self.changed.wait_for(is_so)

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()
