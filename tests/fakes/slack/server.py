"""The process: three listeners on loopback (Web API, sockets, control), each answer spoilt when the script says so."""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web

from tests.fakes.listener import HOST, Listener, reset
from tests.fakes.record import Json, dump
from tests.fakes.slack.delivery import Deliveries, Envelope
from tests.fakes.slack.events import Herald
from tests.fakes.slack.faults import AnswerFault, DeliveryFault, Faults
from tests.fakes.slack.http_mode import Beyond, Requests, must_be_loopback
from tests.fakes.slack.people import REFUSALS, People
from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.web_api import METHODS, ApiError, RateLimited, WebApi
from tests.fakes.slack.world import SETTINGS, Delivery, World

HOOK_USES: Final = 5
BODY_BYTES: Final = 64 << 20
PAGE: Final = "<!DOCTYPE html><html><head><title>Slack</title></head><body><h1>Something went wrong</h1></body></html>"


class Call:
    """One request to the Web API, read."""

    def __init__(self, request: web.BaseRequest, body: bytes) -> None:
        self.began = time.perf_counter()
        self.method = request.path.removeprefix("/api/")
        self.args: Json = dict(parse_qsl(request.query_string, keep_blank_values=True)) if request.query_string else {}
        self.is_readable = True
        if body:
            self._read_body(request, body)
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        self.token = token if kind.lower() == "bearer" else str(self.args.pop("token", ""))
        self.args.pop("token", None)
        channel = self.args.get("channel") or self.args.get("channel_id")
        self.channel = str(channel) if channel else None

    def _read_body(self, request: web.BaseRequest, body: bytes) -> None:
        try:
            if request.content_type == "application/json":
                given = json.loads(body)
                if not isinstance(given, dict):
                    raise ValueError("not an object")
                self.args |= given
            else:
                self.args |= dict(parse_qsl(body.decode(), keep_blank_values=True))
        except ValueError:
            self.is_readable = False


class Server:
    """Everything together."""

    def __init__(self, log: Path) -> None:
        self.world = World(log)
        self.faults = Faults()
        self.deliveries = Deliveries(self.world, self.faults, self._answered)
        self.herald = Herald(self.world, self.deliveries.add)
        self.api = WebApi(self.world, self.herald)
        self.sockets = Sockets(self.world, self.deliveries)
        self.requests = Requests(self.world, self.deliveries)
        self.people = People(self.world, self.herald, self.deliveries, self.api)
        self.deliveries.carrier = self
        self.api.new_ticket = self.sockets.new_ticket
        self._listeners = {
            "api": Listener(self._serve_api),
            "socket": Listener(self._serve_socket),
            "control": Listener(self._serve_control),
        }
        self._muted_until: dict[tuple[str, str | None], float] = {}
        self._sticky: set[tuple[str, str | None]] = set()
        self.stopped = asyncio.Event()

    async def start(self, *, api: int = 0, sockets: int = 0, control: int = 0) -> Json:
        """Open the ports, and give what a client must know."""
        for name, port in (("api", api), ("socket", sockets), ("control", control)):
            await self._listeners[name].open(port)
        ports = {name: listener.port for name, listener in self._listeners.items()}
        self.world.team["origin"] = f"http://{HOST}:{ports['api']}"
        self.sockets.address = f"ws://{HOST}:{ports['socket']}"
        self.deliveries.resume()
        team = self.world.team
        shown = ("id", "app_id", "bot_user", "bot_id", "bot_token", "app_token", "signing_secret")
        return {
            "api_url": f"{team['origin']}/api/",
            "socket_url": self.sockets.address,
            "control_url": f"http://{HOST}:{ports['control']}",
            "ports": ports,
            **{name if name != "id" else "team": team[name] for name in shown},
        }

    async def stop(self) -> None:
        """Close everything and write the rest of the log."""
        self.deliveries.close()
        self.faults.clear()
        for listener in self._listeners.values():
            await listener.close()
            listener.give_up()
        await self.requests.close()
        self.world.log.close()

    def carry(self, envelope: Envelope) -> bool:
        """Send a delivery the way that the app is connected."""
        return (self.requests if self.world.settings["request_url"] else self.sockets).carry(envelope)

    def _answered(self, delivery: Delivery) -> None:
        self.people.answered(delivery)

    # The Web API, and the other addresses of the same port.

    async def _serve_api(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        body = await request.read() if request.body_exists else b""
        if path.startswith("/api/"):
            return await self._serve_method(request, Call(request, body))
        place = path.split("/")[1]
        serve = {
            "upload": self._take_upload,
            "files-pri": self._give_file,
            "commands": self._take_hook,
            "actions": self._take_hook,
        }.get(place)
        if place == "elsewhere":
            self.world.blame("followed_redirect", path=path, with_token="Authorization" in request.headers)
        if serve is None:
            return web.Response(status=404, text="not_found")
        names = {"upload": "upload", "files-pri": "download"}
        fault = self.faults.pick_answer(names.get(place, "response_url"), None) if self.faults.answers else None
        return await self._spoil(request, fault, lambda: serve(request, body))

    async def _serve_method(self, request: web.BaseRequest, call: Call) -> web.StreamResponse:
        key = (call.method, call.channel if call.method.startswith("chat.post") else None)
        early = self._early(key) if self._muted_until else {}
        if early and key in self._sticky:
            rest = max(1, round(self._muted_until[key] - time.monotonic()))
            return self._limited(call, key, str(rest), note="sticky", early=early)
        fault = self.faults.pick_answer(call.method, call.channel) if self.faults.answers else None
        if fault is not None and fault.kind == "ratelimited" and not fault.accepts:
            if fault.sticky:
                self._sticky.add(key)
            return self._limited(call, key, fault.retry_after, note="ratelimited", early=early)
        note = {"fault": fault.kind, "accepts": fault.accepts} if fault is not None else {}
        if fault is None:
            answer = self._answer(call, key, {**note, **early})
            await self.world.log.written()
            return answer
        if not fault.accepts and fault.kind != "delay":
            self._note_call(call, ok=False, error=fault.kind, more={**note, **early})
        return await self._spoil(request, fault, lambda: self._answer(call, key, {**note, **early}))

    def _answer(self, call: Call, key: tuple[str, str | None], note: Json) -> web.Response:
        team = self.world.team
        is_app = call.token == team["app_token"]
        headers = {
            "X-OAuth-Scopes": "connections:write" if is_app else ",".join(team["scopes"]),
            "X-Accepted-OAuth-Scopes": ",".join(METHODS.get(call.method, ((), 0))[0]),
        }
        try:
            if not call.is_readable:
                raise ApiError("invalid_json")
            answer = {"ok": True, **self.api.call(call.method, call.token, call.args)}
        except RateLimited as limited:
            return self._limited(call, key, str(limited.seconds), note="true limit", early=note)
        except ApiError as refused:
            self._note_call(call, ok=False, error=refused.code, more={**note, **_details(refused)})
            answer = {"ok": False, "error": refused.code, **refused.more}
        else:
            ts = answer.get("ts") or answer.get("message_ts")
            self._note_call(call, ok=True, error=None, more={**note, "ts": ts} if ts else note)
        if call.token not in (team["bot_token"], team["app_token"]):
            headers = {}
        return web.Response(text=dump(answer), content_type="application/json", charset="utf-8", headers=headers)

    def _limited(
        self, call: Call, key: tuple[str, str | None], retry_after: str | None, *, note: str, early: Json
    ) -> web.Response:
        if retry_after is not None and retry_after.isdigit():
            self._muted_until[key] = max(self._muted_until.get(key, 0.0), time.monotonic() + int(retry_after))
        more = {**early, "fault": note, "retry_after": retry_after}
        self._note_call(call, ok=False, error="ratelimited", more=more)
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)

    def _early(self, key: tuple[str, str | None]) -> Json:
        until = self._muted_until.get(key)
        if until is None:
            return {}
        rest = until - time.monotonic()
        if rest > 0:
            return {"early_s": round(rest, 3)}
        del self._muted_until[key]
        self._sticky.discard(key)
        return {}

    def _note_call(self, call: Call, *, ok: bool, error: str | None, more: Json) -> None:
        kept = ("user", "users", "thread_ts", "ts", "trigger_id", "view_id", "user_id", "file")
        about = {name: call.args[name] for name in kept if isinstance(call.args.get(name), str)}
        ms = round((time.perf_counter() - call.began) * 1_000, 3)
        self.world.note(
            "call", method=call.method, channel=call.channel, ok=ok, error=error, ms=ms, about=about, **more
        )

    def _take_upload(self, request: web.BaseRequest, body: bytes) -> web.Response:
        token = request.path.rpartition("/")[2]
        upload = next((one for one in self.world.uploads.values() if one["token"] == token), None)
        if upload is None or upload["content"] is not None:
            return web.Response(status=404, text="not_found")
        if len(body) != upload["length"]:
            return web.Response(status=400, text=f"length mismatch: {len(body)} of {upload['length']}")
        self.world.note("upload", file={**upload, "content": base64.b64encode(body).decode()})
        return web.Response(text=f"OK - {len(body)}")

    def _give_file(self, request: web.BaseRequest, body: bytes) -> web.Response:
        id_ = request.path.split("/")[2].rpartition("-")[2]
        file = self.world.files.get(id_)
        if request.headers.get("Authorization") != f"Bearer {self.world.team['bot_token']}":
            return web.Response(text=PAGE.replace("Something went wrong", "Sign in"), content_type="text/html")
        if file is None:
            return web.Response(status=404, text="not_found")
        return web.Response(body=base64.b64decode(file["content"]), content_type=file["mimetype"])

    def _take_hook(self, request: web.BaseRequest, body: bytes) -> web.Response:
        token = request.path.rpartition("/")[2]
        hook = self.world.hooks.get(token)
        if hook is None:
            return web.Response(status=404, text="no_service")
        if hook["uses"] >= HOOK_USES or time.time() - hook["at"] > self.world.settings["hook_s"]:
            code = "used_url" if hook["uses"] >= HOOK_USES else "expired_url"
            return web.json_response({"ok": False, "error": code}, status=404)
        try:
            given = json.loads(body)
            self.world.note("hook_used", token=token)
            self._use_hook(hook, given)
        except (ValueError, AttributeError):
            return web.Response(status=400, text="invalid_payload")
        except ApiError as refused:
            return web.json_response({"ok": False, "error": refused.code, **refused.more}, status=400)
        return web.Response(text="ok")

    def _use_hook(self, hook: Json, given: Json) -> None:
        channel, ts = self.world.channels[hook["channel"]], hook["ts"]
        whispered = self.world.ephemerals.get(ts) if ts else None
        original = whispered["message"] if whispered is not None else channel.messages.get(ts or "")
        if given.get("delete_original") or given.get("replace_original"):
            if original is None:
                raise ApiError("message_not_found")
            message = (
                None
                if given.get("delete_original")
                else self.api.edited(original, {"blocks": [], "attachments": [], **given})
            )
            if whispered is not None:
                self.world.note("ephemeral_changed", ts=ts, channel=channel.id, message=message, via="response_url")
            elif message is None:
                self.world.note("deleted", channel=channel.id, ts=ts, via="response_url")
            else:
                self.world.note("changed", channel=channel.id, message=message, via="response_url")
            return
        message, warnings = self.api.new_message(given, channel)
        if given.get("response_type") == "in_channel":
            self.api.post(channel, message, given, warnings=warnings, via="response_url")
        else:
            self.api.whisper(channel, hook["user"], message, given, via="response_url")

    # Spoiling.

    async def _spoil(
        self, request: web.BaseRequest, fault: AnswerFault | None, carry_out: Callable[[], web.Response]
    ) -> web.StreamResponse:
        if fault is None:
            return carry_out()
        if fault.kind == "delay":
            await self.faults.hang(fault.seconds)
            return carry_out()
        true = carry_out() if fault.accepts else None
        await self.world.log.written()
        whole = true.text if true is not None and true.text else dump({"ok": True, "ts": "1.000001", "channel": "C0"})
        quiet = await self._spoil_connection(request, fault, whole)
        if quiet:
            return web.Response()  # goes nowhere: the connection is gone
        match fault.kind:
            case "error":
                return _json({"ok": False, "error": fault.error})
            case "status":
                return _json({"ok": False, "error": fault.error}, status=fault.status)
            case "html":
                return web.Response(text=PAGE, content_type="text/html", status=fault.status)
            case "truncated":
                return web.Response(text=whole[: len(whole) // 2], content_type="application/json")
            case "not_utf8":
                return web.Response(body=b'{"ok":true,"ts":"\xff\xfe\xc3\x28"}', content_type="application/json")
            case "not_json":
                return web.Response(text="upstream connect error", content_type="application/json", status=200)
            case "wrong_type":
                return web.Response(text=whole, content_type="text/html")
            case "redirect":
                status = fault.status if 300 <= fault.status < 400 else 302
                where = f"{self.world.team['origin']}/elsewhere{request.path}"
                return web.Response(status=status, headers={"Location": where})
            case "ratelimited":
                headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
            case other:
                raise AssertionError(other)

    async def _spoil_connection(self, request: web.BaseRequest, fault: AnswerFault, whole: str) -> bool:
        transport = request.transport
        if not isinstance(transport, asyncio.Transport):
            return True
        length = len(whole.encode())
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n".encode()
        match fault.kind:
            case "close":
                transport.close()
            case "reset":
                reset(transport)
            case "cut":
                transport.write(head + whole.encode()[: len(whole) // 2])
                transport.close()
            case "hang":
                await self.faults.hang(fault.seconds)
                transport.close()
            case "drip":
                await self._drip(transport, head + whole.encode(), fault)
            case "flood":
                await _pour(
                    transport, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", b" " * 65_536, fault
                )
            case "endless_header":
                await _pour(transport, b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"m" * 4_000 + b"\r\n", fault)
            case _:
                return False
        return True

    async def _drip(self, transport: asyncio.Transport, whole: bytes, fault: AnswerFault) -> None:
        deadline = time.monotonic() + fault.seconds
        for index in range(len(whole)):
            if transport.is_closing() or time.monotonic() > deadline:
                break
            transport.write(whole[index : index + 1])
            await self.faults.hang(fault.every_s)
        transport.close()

    # Sockets.

    async def _serve_socket(self, request: web.BaseRequest) -> web.StreamResponse:
        wrong = self.sockets.use_ticket(request.query.get("ticket", ""))  # used up, whatever comes of it
        fault = self.faults.pick_answer("socket", None) if self.faults.answers else None
        if fault is not None and fault.kind != "delay":
            self.world.note("upgrade_refused", fault=fault.kind)
            return await self._spoil(request, fault, web.Response)
        if fault is not None:
            await self.faults.hang(fault.seconds)
        if wrong is not None:
            return web.Response(status=403, text=wrong)
        return await self.sockets.serve(request)

    # Control.

    async def _serve_control(self, request: web.BaseRequest) -> web.StreamResponse:
        verb = request.path.removeprefix("/")
        given = await request.read()
        try:
            args = json.loads(given) if given else {}
            handler = getattr(self, f"do_{verb}", None) or getattr(self.people, verb, None)
            if handler is None or verb.startswith("_"):
                return web.json_response({"error": f"no verb {verb!r}"}, status=404)
            answer = handler(**args)
            if inspect.isawaitable(answer):
                answer = await answer
        except (*REFUSALS, Beyond, KeyError, TypeError, ValueError) as refused:
            return web.json_response({"error": f"{type(refused).__name__}: {refused}"}, status=409)
        await self.world.log.written()
        return web.Response(text=dump(answer), content_type="application/json")

    def do_configure(self, **settings: object) -> Json:
        """Change settings."""
        if unknown := settings.keys() - SETTINGS.keys():
            raise ValueError(f"unknown settings {sorted(unknown)}")
        if settings.get("request_url"):
            must_be_loopback(str(settings["request_url"]))
        if "seed" in settings:
            self.world.random.seed(str(settings["seed"]))
        self.world.note("configured", settings=settings)
        return self.world.settings

    def do_reinstall(self, **team: object) -> Json:
        """Change what belongs to the installation: tokens, scopes, `token_error`."""
        self.world.note("reinstalled", team=team)
        return {name: value for name, value in self.world.team.items() if name != "origin"}

    async def do_changed(self, since: int, timeout_s: float) -> int:
        """Wait for something new."""
        return await self.world.changed(since, min(timeout_s, 60.0))

    async def do_verify_url(self) -> bool:
        """Challenge the app's URL."""
        return await self.requests.verify()

    def do_spoil_answers(self, **fault: object) -> None:
        """Script a fault of answers."""
        self.faults.answers.append(AnswerFault(**fault))  # type: ignore[arg-type]  # names are checked by the call

    def do_spoil_deliveries(self, **fault: object) -> None:
        """Script a fault of deliveries."""
        self.faults.deliveries.append(DeliveryFault(**fault))  # type: ignore[arg-type]  # the same

    def do_faults(self) -> list[Json]:
        """Give the script, with how often each fault happened."""
        return self.faults.report()

    def do_heal(self) -> None:
        """Forget all faults, let go of what hangs, and send what is held."""
        self.faults.clear()
        self._sticky.clear()
        self._muted_until.clear()
        self.deliveries.release()

    async def do_refuse(self, port: str) -> None:
        """Close a port, `api` or `socket`: connections are refused, and open ones are reset."""
        await self._listeners[port].close()

    async def do_accept(self, port: str) -> None:
        """Open a port again, at its number."""
        await self._listeners[port].open(0)

    async def do_cut(self, code: int | None = None, number: int | None = None) -> int:
        """Cut sockets."""
        return await self.sockets.cut(code=code, number=number)

    async def do_disconnect(self, reason: str, number: int | None = None, then_close: bool = True) -> int:
        """Send a disconnect frame."""
        return await self.sockets.disconnect(reason=reason, number=number, then_close=then_close)

    def do_mute(self, number: int | None = None, is_mute: bool = True) -> int:
        """Let sockets stand open and dead, or wake them."""
        return self.sockets.mute(number=number, is_mute=is_mute)

    def do_sockets(self) -> Json:
        """Give the sockets."""
        return self.sockets.report()

    def do_stop(self) -> None:
        """End the process."""
        self.stopped.set()


async def _pour(transport: asyncio.Transport, head: bytes, piece: bytes, fault: AnswerFault) -> None:
    transport.write(head)
    poured, deadline = 0, time.monotonic() + fault.seconds
    while poured < fault.megabytes << 20 and not transport.is_closing() and time.monotonic() < deadline:
        if transport.get_write_buffer_size() < 1 << 20:
            transport.write(piece)
            poured += len(piece)
            await asyncio.sleep(0)
        else:
            await asyncio.sleep(0.005)
    transport.abort()


def _json(answer: Json, *, status: int = 200) -> web.Response:
    return web.Response(text=dump(answer), content_type="application/json", status=status)


def _details(refused: ApiError) -> Json:
    return {"details": refused.more["errors"]} if "errors" in refused.more else {}
