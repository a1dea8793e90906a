"""The process: listeners on loopback for the APIs, the streams and control; answers are spoilt as the script says."""

from __future__ import annotations

import asyncio
import inspect
import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from tests.fakes.dingtalk.api import Api, ApiError
from tests.fakes.dingtalk.faults import AnswerFault, DeliveryFault, Faults
from tests.fakes.dingtalk.streams import Delivery, Streams
from tests.fakes.dingtalk.world import ROBOT_ID, SETTINGS, Group, Message, World
from tests.fakes.listener import HOST, Listener, reset
from tests.fakes.record import Json, dump

SAID: Final = "/v1.0/im/bot/messages/get"
PRESSED: Final = "/v1.0/card/instances/callback"
NAMES: Final = {
    "/v1.0/oauth2/accessToken": "token",
    "/v1.0/gateway/connections/open": "gateway",
    "/robot/sendBySession": "webhook",
}


class Server:
    """Everything together."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.world = World(log)
        self.faults = Faults()
        self.streams = Streams(self.world, self.faults)
        self.api = Api(self.world, self.streams.new_ticket)
        self.stopped = asyncio.Event()
        self.origin = ""
        self._listeners = {
            "api": Listener(self._serve_api),
            "socket": Listener(self._serve_socket),
            "control": Listener(self._serve_control),
        }

    async def start(self, *, api: int = 0, sockets: int = 0, control: int = 0) -> Json:
        """Open the ports, and give what a client must know."""
        for name, port in (("api", api), ("socket", sockets), ("control", control)):
            await self._listeners[name].open(port)
        ports = {name: listener.port for name, listener in self._listeners.items()}
        self.origin = f"http://{HOST}:{ports['api']}"
        self.streams.address = f"ws://{HOST}:{ports['socket']}"
        return {
            "api_url": self.origin,
            "control_url": f"http://{HOST}:{ports['control']}",
            "ports": ports,
            "client_id": self.world.client_id,
            "client_secret": self.world.client_secret,
            "template": self.world.template,
        }

    async def stop(self) -> None:
        """Close everything and write the rest of the log."""
        self.faults.clear()
        await self.streams.close()
        for listener in self._listeners.values():
            await listener.close()
            listener.give_up()
        self.world.log.close()

    # The APIs.

    async def _serve_api(self, request: web.BaseRequest) -> web.StreamResponse:
        call = NAMES.get(request.path, request.path)
        began = time.perf_counter()
        if request.content_type.startswith("multipart/"):
            answer = await self._read_upload(request)
        else:
            answer = self._read_json(request, call, await request.read())
        fault = self.faults.pick_answer(call) if self.faults.answers else None
        response = await self._answered(request, fault, answer)
        self.world.note(
            "call", call=call, status=response.status, fault=fault.kind if fault else None,
            ms=round((time.perf_counter() - began) * 1000, 2),
        )  # fmt: skip
        await self.world.log.written()
        return response

    def _read_json(self, request: web.BaseRequest, call: str, raw: bytes) -> Callable[[], Json]:
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        if not isinstance(body, dict) or request.content_type != "application/json":
            self.world.blame("no_json", call=call)
            return lambda: {"code": "InvalidParameter.json"}
        query = request.query
        handlers: dict[str, Callable[[], Json]] = {
            "token": lambda: self.api.token(body),
            "gateway": lambda: self.api.gateway(body),
            "webhook": lambda: self.api.webhook(query.get("session", ""), body),
            "/topapi/v2/user/get": lambda: self.api.user(query.get("access_token"), body),
        }
        token = request.headers.get("x-acs-dingtalk-access-token")
        return handlers.get(call, lambda: self.api.call(request.method, request.path, token, body))

    async def _read_upload(self, request: web.BaseRequest) -> Callable[[], Json]:
        part = await (await request.multipart()).next()
        content = bytes(await part.read()) if part is not None and hasattr(part, "read") else b""
        name = str(getattr(part, "filename", "") or "") if getattr(part, "name", "") == "media" else ""
        query = request.query
        return lambda: self.api.upload(query.get("access_token"), query.get("type"), name, content)

    async def _answered(
        self, request: web.BaseRequest, fault: AnswerFault | None, answer: Callable[[], Json]
    ) -> web.Response:
        if fault is not None and fault.kind == "delay":
            await self.faults.hang(fault.seconds)
            fault = None
        if fault is None:
            try:
                return _json(answer())
            except ApiError as refused:
                return _json(refused.body, status=refused.status)
        if fault.accepts:
            answer()
        match fault.kind:
            case "error":
                return _json({"code": fault.code, "message": fault.code, "requestid": "r"}, status=fault.status)
            case "errcode":
                return _json({"errcode": fault.errcode, "errmsg": "spoilt"})
            case "html":
                return web.Response(text="<html>busy</html>", content_type="text/html", status=fault.status)
            case "hang":
                await self.faults.hang(fault.seconds)
        reset(request.transport)
        return web.Response()  # goes nowhere: the connection is gone

    async def _serve_socket(self, request: web.BaseRequest) -> web.StreamResponse:
        fault = self.faults.pick_answer("socket") if self.faults.answers else None
        if fault is None:
            return await self.streams.serve(request)
        self.world.note("upgrade_refused", fault=fault.kind)
        return await self._answered(request, fault, dict)

    # Control: what people do, and what the script says.

    async def _serve_control(self, request: web.BaseRequest) -> web.StreamResponse:
        given = await request.read()
        try:
            handler = getattr(self, f"do_{request.path.removeprefix('/')}", None)
            if handler is None:
                return web.json_response({"error": f"no verb {request.path!r}"}, status=404)
            answer = handler(**(json.loads(given) if given else {}))
            if inspect.isawaitable(answer):
                answer = await answer
        except (KeyError, TypeError, ValueError) as refused:
            return web.json_response({"error": f"{type(refused).__name__}: {refused}"}, status=409)
        await self.world.log.written()
        return web.Response(text=dump(answer), content_type="application/json")

    def do_configure(self, **settings: object) -> Json:
        """Change settings."""
        if unknown := settings.keys() - SETTINGS.keys():
            raise ValueError(f"unknown settings {sorted(unknown)}")
        self.world.settings.update(settings)
        return self.world.settings

    def do_add_person(self, name: str) -> str:
        """Let somebody join the organisation."""
        staff = self.world.new_id("staff")
        self.world.people[staff] = name
        return staff

    def do_add_group(self, title: str, members: list[str]) -> str:
        """Open a group with the bot in it."""
        chat = f"cid{secrets.token_urlsafe(16)}=="
        self.world.groups[chat] = Group(chat, title, members)
        return chat

    def do_say(self, person: str, chat: str | None, text: str, at: list[str], quotes: str | None = None) -> Json:
        """Say something to the bot: in a group, mentioning it, or in its direct chat; `at` are mentioned too."""
        group = self.world.groups[chat] if chat else None
        message = Message(self.world.new_id("msg"), chat or person, "person", person, text=text)
        self.world.say(message)
        session = secrets.token_hex(16)
        ends = time.time() + self.world.settings["webhook_life_s"]
        self.world.webhooks[session] = (message.chat, ends)
        mentions = "".join(f"@{self.world.people[each]} " for each in at if f"@{self.world.people[each]}" not in text)
        own = "@Drumbeat " if group and self.world.settings["leaves_mention"] else ""
        said: Json = {"content": f" {own}{mentions}{text} " if group else text}
        if quotes:
            said |= {"isReplyMsg": True, "repliedMsg": {"msgId": quotes, "msgType": "text", "content": {"text": "…"}}}
        data: Json = {
            "conversationId": chat or f"cid-direct-{person}",
            "conversationType": "2" if group else "1",
            "msgId": message.id,
            "createAt": int(time.time() * 1000),
            "chatbotCorpId": self.world.corp,
            "chatbotUserId": ROBOT_ID,
            "senderId": f"$:LWCP_v1:${person}",
            "senderNick": self.world.people[person],
            "senderStaffId": person,
            "senderCorpId": self.world.corp,
            "isAdmin": False,
            "sessionWebhook": f"{self.origin}/robot/sendBySession?session={session}",
            "sessionWebhookExpiredTime": int(ends * 1000),
            "robotCode": self.world.client_id,
            "msgtype": "text",
            "text": said,
        }
        if group is not None:
            others = [{"dingtalkId": f"$:LWCP_v1:${each}", "staffId": each} for each in at]
            data |= {"conversationTitle": group.title, "isInAtList": True}
            data |= {"atUsers": [{"dingtalkId": ROBOT_ID}, *others]}
        if quotes:
            data["originalMsgId"] = quotes
        return {"id": message.id, "delivery": self.streams.add(SAID, data).id}

    def do_press(self, person: str, track: str, label: str) -> str:
        """Press a button of a card, as the template that the documents describe sends it."""
        message = self.world.cards[track]
        card = message.card or {}
        number = next(
            name.removeprefix("button") for name, text in card.items() if name.startswith("button") and text == label
        )
        params = {"carry": card[f"carry{number}"]}
        content = {"cardPrivateData": {"actionIds": [f"button{number}"], "params": params}}
        is_group = message.chat in self.world.groups
        data = {
            "extension": "{}", "corpId": self.world.corp, "type": "actionCallback", "userId": person, "userIdType": 1,
            "outTrackId": track, "spaceType": "IM_GROUP" if is_group else "IM_ROBOT", "spaceId": message.chat,
            "content": dump(content),
        }  # fmt: skip
        return self.streams.add(PRESSED, data).id

    def do_tell(self, topic: str, data: Json, kind: str = "CALLBACK") -> str:
        """Deliver anything at all."""
        return self.streams.add(topic, data, kind).id

    def do_messages(self, chat: str) -> list[Json]:
        """Give what stands in a group, or in somebody's direct chat with the bot, in order."""
        return [vars(each) for each in self.world.messages if each.chat == chat]

    def do_deliveries(self, ids: list[str] | None = None) -> list[Json]:
        """Give what became of what the bot was told."""
        found = self.streams.deliveries.values() if ids is None else [self.streams.deliveries[each] for each in ids]
        return [_shown(each) for each in found]

    def do_counts(self) -> Json:
        """Give the figures."""
        every = list(self.streams.deliveries.values())
        return {
            "n": self.world.seq,
            "due": len(every),
            "acked": sum(each.acks > 0 for each in every),
            "ended": sum(each.has_ended for each in every),
        }

    def do_media(self) -> dict[str, int]:
        """Give the pictures, with how many bytes each has."""
        return {media: len(content) for media, content in self.world.media.items()}

    async def do_changed(self, since: int, timeout_s: float) -> int:
        """Wait for something new."""
        return await self.world.changed(since, min(timeout_s, 60.0))

    def do_violations(self) -> list[Json]:
        """Give what the bot did against the protocol."""
        return self.world.violations

    def do_expire(self, tokens: bool = False, webhooks: bool = False) -> None:
        """Let all access tokens, or all session webhooks, end now."""
        if tokens:
            self.world.tokens.clear()
        if webhooks:
            self.world.webhooks.clear()
        self.world.note("expired", tokens=tokens, webhooks=webhooks)

    def do_remove_bot(self, chat: str) -> None:
        """Take the bot out of a group; it is not told."""
        self.world.groups[chat].has_bot = False

    def do_spoil_answers(self, **fault: Any) -> None:
        """Script a fault of answers."""
        self.faults.answers.append(AnswerFault(**fault))

    def do_spoil_deliveries(self, **fault: Any) -> None:
        """Script a fault of deliveries."""
        self.faults.deliveries.append(DeliveryFault(**fault))

    def do_faults(self) -> list[Json]:
        """Give the script, with how often each fault happened."""
        return self.faults.report()

    def do_heal(self) -> None:
        """Forget all faults, let go of what hangs, and send what is held."""
        self.faults.clear()
        self.streams.release()

    async def do_refuse(self, port: str) -> None:
        """Close a port, `api` or `socket`: connections are refused, and open ones are reset."""
        await self._listeners[port].close()

    async def do_accept(self, port: str) -> None:
        """Open a port again, at its number."""
        await self._listeners[port].open(0)

    async def do_cut(self, code: int | None = None) -> int:
        """Cut all sockets."""
        return await self.streams.cut(code=code)

    async def do_disconnect(self) -> int:
        """Say goodbye to all sockets."""
        return await self.streams.disconnect()

    def do_sockets(self) -> Json:
        """Give how many sockets are open, and how many there were."""
        return {"open": len([one for one in self.streams.open if not one.is_leaving]), "opened": self.streams.opened}


def _shown(one: Delivery) -> Json:
    return {
        "id": one.id, "topic": one.topic, "sent": one.sent, "acks": one.acks, "acked_ms": one.acked_ms,
        "answer": one.answer, "has_ended": one.has_ended,
    }  # fmt: skip


def _json(answer: Json, *, status: int = 200) -> web.Response:
    return web.Response(text=dump(answer), content_type="application/json", status=status)
