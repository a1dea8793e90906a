"""The fake Feishu on the wire: the open API, the long connection, and posts to the app's address. Loopback only.

It runs in the loop of a test, for the adapter's own tests, or as a process beside the program (__main__.py).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

import aiohttp
from aiohttp import WSMsgType, web
from Crypto.Cipher import AES

from tests.fakes.feishu.delivery import Deliveries, Delivery
from tests.fakes.feishu.frames import CONTROL, DATA, Frame, decode
from tests.fakes.feishu.people import People
from tests.fakes.feishu.world import ApiError, Json, World

STALE_S: Final = 6 * 60
PING_S: Final = 1


class Server:
    """Everything together; `async with Server() as feishu`."""

    def __init__(self) -> None:
        self.world = World()
        self.deliveries = Deliveries(self.world)
        self.people = People(self.world, self.deliveries)
        self.api_faults: list[Json] = []
        """What goes wrong with calls: `kind` of ratelimit, token, error, status, html, hang, swallow, reset, delay."""
        self.request_url = ""
        """Where the app takes posts; empty for the long connection."""
        self.sockets: list[web.WebSocketResponse] = []
        self.pings = 0
        self.mute = False
        """True to answer no ping: a deaf connection."""
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[tuple[int, Json | None]]] = {}
        self._released = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        await self.start(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, port: int) -> None:
        """Listen."""
        app = web.Application(client_max_size=32 << 20)
        app.router.add_route("*", "/open-apis/{path:.*}", self._api)
        app.router.add_post("/callback/ws/endpoint", self._api)
        app.router.add_get("/ws", self._socket)
        self.extend(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = self._runner.addresses[0][1]
        self.deliveries.carrier = self

    def extend(self, app: web.Application) -> None:
        """Add further routes, for those who drive it from outside."""

    async def stop(self) -> None:
        """End everything."""
        self._released.set()
        await self.deliveries.close()
        for socket in list(self.sockets):
            await socket.close()
        if self._session is not None:
            await self._session.close()
        await self._runner.cleanup()

    @property
    def domain(self) -> str:
        """The address for the app's settings."""
        return f"http://127.0.0.1:{self.port}"

    # -- the open API -------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/open-apis/").removeprefix("/")
        body = await _body(request)
        call = f"{request.method} {path}"
        self.world.calls.append(
            {"call": call, "at": time.time(), "body": {k: v for k, v in body.items() if k != "image"}}
        )
        fault = self._fault(call)
        kind = fault.get("kind", "")
        if kind == "delay":
            await self._pause(fault.get("seconds", 0.5))
        if kind == "hang":
            await self._pause(fault.get("seconds", 60.0))
        if kind in ("hang", "reset"):
            return _cut(request)
        if kind in ("status", "html"):
            text = "<html>busy</html>" if kind == "html" else "{}"
            return web.Response(status=fault.get("status", 502), text=text, content_type="text/html")
        if kind == "ratelimit":
            heads = {"x-ogw-ratelimit-limit": "5", "x-ogw-ratelimit-reset": str(fault.get("reset", 1))}
            return web.json_response(
                {"code": 99991400, "msg": "request trigger frequency limit"}, status=429, headers=heads
            )
        if kind == "token":
            self.world.tokens.clear()
        try:
            if kind == "error":
                raise ApiError(fault.get("code", 2200), "scripted")
            answered = {"code": 0, "msg": "ok", **self._answer(request, path, body)}
        except ApiError as error:
            told = {"code": error.code, "msg": error.message}
            return web.json_response(told, status=error.status, headers=error.heads)
        return _cut(request) if kind == "swallow" else web.json_response(answered)

    def _answer(self, request: web.Request, path: str, body: Json) -> Json:
        if path == "auth/v3/tenant_access_token/internal":
            return self.world.token(body)
        if path == "callback/ws/endpoint":
            return self._endpoint(body)
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or token not in self.world.tokens:
            raise ApiError(99991663, "Invalid access token for authorization.", status=400)
        if path == "bot/v3/info":
            return {"bot": {"activate_status": 2, "app_name": self.world.bot_name, "open_id": self.world.bot}}
        return {"data": self._data(request, path.split("/"), body)}

    def _data(self, request: web.Request, path: list[str], body: Json) -> Json:
        world = self.world
        match (request.method, path):
            case ("POST", ["im", "v1", "messages"]):
                return world.create(request.query.get("receive_id_type", ""), body)
            case ("POST", ["im", "v1", "messages", id, "reply"]):
                return world.reply(id, body)
            case ("PATCH", ["im", "v1", "messages", id]):
                return world.patch(id, body)
            case ("GET", ["im", "v1", "messages", id]):
                return world.message(id)
            case ("POST", ["ephemeral", "v1", "send"]):
                return world.whisper(body)
            case ("POST", ["im", "v1", "images"]):
                return world.image(body)
            case ("GET", ["im", "v1", "chats", id]):
                return world.chat(id)
            case ("GET", ["contact", "v3", "users", id]):
                return world.user(id)
        world.violations.append(f"there is no {request.method} {'/'.join(path)}")
        raise ApiError(404, "not found", status=404)

    def _fault(self, call: str) -> Json:
        for fault in self.api_faults:
            if fault.get("about", "") in call and fault.get("times", 1) > 0:
                fault["times"] = fault.get("times", 1) - 1
                return fault
        return {}

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._released.wait()
        except TimeoutError:
            return

    def heal(self) -> None:
        """Let nothing more go wrong."""
        self.api_faults.clear()
        self.deliveries.faults.clear()
        self.mute = False
        self._released.set()
        self._released = asyncio.Event()

    # -- the long connection ------------------------------------------------------------------------------

    def _endpoint(self, body: Json) -> Json:
        if (body.get("AppID"), body.get("AppSecret")) != (self.world.app_id, self.world.app_secret):
            raise ApiError(514, "auth failed", status=200)
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        url = f"ws://127.0.0.1:{self.port}/ws?device_id={ticket}&service_id=33554678&ticket={ticket}"
        told = {"ReconnectCount": -1, "ReconnectInterval": 1, "ReconnectNonce": 1, "PingInterval": PING_S}
        return {"data": {"URL": url, "ClientConfig": told}}

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or self._fault("socket"):
            heads = {"handshake-status": "514", "handshake-msg": "ticket is invalid", "handshake-autherrcode": "1"}
            return web.Response(status=403, headers=heads)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        try:
            async for message in socket:
                if message.type == WSMsgType.BINARY:
                    await self._frame(socket, decode(message.data))
                else:
                    self.world.violations.append("a frame that is not binary")
        finally:
            self.sockets.remove(socket)
        return socket

    async def _frame(self, socket: web.WebSocketResponse, frame: Frame) -> None:
        kind = frame.headers.get("type")
        if frame.method == CONTROL and kind == "ping":
            self.pings += 1
            if not self.mute:
                told = {"ReconnectCount": -1, "ReconnectInterval": 1, "ReconnectNonce": 1, "PingInterval": PING_S}
                await socket.send_bytes(Frame(CONTROL, {"type": "pong"}, json.dumps(told).encode()).encoded())
            return
        waiting = self._waiting.get(frame.headers.get("message_id", ""))
        if frame.method != DATA or waiting is None or "biz_rt" not in frame.headers:
            self.world.violations.append(f"an odd frame: {frame.method} {sorted(frame.headers)}")
            return
        answered = json.loads(frame.payload)
        data = json.loads(base64.b64decode(answered["data"])) if answered.get("data") else None
        if not waiting.done():
            waiting.set_result((int(answered["code"]), data))

    async def carry(self, delivery: Delivery, *, forged: str = "") -> tuple[int, Json | None] | None:
        """Send it, and wait for what is answered."""
        if self.request_url:
            return await self._post(delivery.body, forged=forged)
        if not self.sockets:
            return None
        socket = self.sockets[-1]
        id = secrets.token_hex(8)
        waiting = self._waiting[id] = asyncio.get_running_loop().create_future()
        for frame in _frames(delivery.body, id, halves=2 if forged == "halve" else 1):
            await socket.send_bytes(frame.encoded())
        if forged == "cut":
            assert socket._req is not None and socket._req.transport is not None
            socket._req.transport.abort()
        try:
            answered: tuple[int, Json | None] = await waiting
            return answered
        finally:
            del self._waiting[id]

    # -- posts to the app ----------------------------------------------------------------------------------

    async def verify_url(self) -> bool:
        """Ask the app's address whether it is the app's, as the console does when it is entered."""
        challenge = secrets.token_hex(8)
        body = {"challenge": challenge, "token": self.world.verification_token, "type": "url_verification"}
        answered = await self._post(body)
        return answered is not None and answered[0] == 200 and (answered[1] or {}).get("challenge") == challenge

    async def _post(self, body: Json, *, forged: str = "") -> tuple[int, Json | None] | None:
        raw, heads = sealed(self.world, body, forged=forged)
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with self._session.post(self.request_url, data=raw, headers=heads) as response:
                content = await response.read()
                return response.status, json.loads(content) if content else None
        except (aiohttp.ClientError, ValueError):
            return None


def sealed(
    world: World, body: Json, *, forged: str = "", now: Callable[[], float] = time.time
) -> tuple[bytes, dict[str, str]]:
    """Encrypt and sign a post as Feishu does, or nearly so: `forged` is what is wrong with it."""
    if forged == "token":
        body = {**body, "header": {**body.get("header", {}), "token": "x" * 32}}
    text = json.dumps(body, ensure_ascii=False).encode()
    raw = text if forged == "plain" else json.dumps({"encrypt": encrypted(text, world.encrypt_key)}).encode()
    stamp, nonce = str(int(now()) - (STALE_S if forged == "stale" else 0)), secrets.token_hex(8)
    key = world.encrypt_key + ("x" if forged == "forge" else "")
    signature = hashlib.sha256((stamp + nonce + key).encode() + raw).hexdigest()
    heads = {"Content-Type": "application/json; charset=utf-8", "X-Lark-Request-Timestamp": stamp}
    heads |= {"X-Lark-Request-Nonce": nonce, "X-Lark-Signature": signature}
    return (raw.replace(b"a", b"b", 1) if forged == "tamper" else raw), heads


def encrypted(text: bytes, key: str) -> str:
    """Encrypt as Feishu does: AES-256-CBC, PKCS7, the start value in front."""
    pad = AES.block_size - len(text) % AES.block_size
    start = secrets.token_bytes(AES.block_size)
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, start)
    return base64.b64encode(start + cipher.encrypt(text + bytes([pad]) * pad)).decode()


def _frames(body: Mapping[str, Any], id: str, *, halves: int) -> list[Frame]:
    raw = json.dumps(body, ensure_ascii=False).encode()
    size = -(-len(raw) // halves)
    heads = {"type": "event", "message_id": id, "sum": str(halves), "trace_id": secrets.token_hex(8)}
    parts = [raw[at : at + size] for at in range(0, len(raw), size)]
    return [
        Frame(DATA, {**heads, "seq": str(seq)}, part, seq_id=seq + 1, service=33554678)
        for seq, part in enumerate(parts)
    ]


async def _body(request: web.Request) -> Json:
    if request.content_type.startswith("multipart/"):
        fields: Json = {}
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            raw = await part.read()  # type: ignore[union-attr] # no part of ours is nested
            fields[str(part.name)] = bytes(raw) if part.filename else raw.decode()  # type: ignore[union-attr]
        return fields
    raw = await request.read()
    read = json.loads(raw) if raw else {}
    return read if isinstance(read, dict) else {}


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
