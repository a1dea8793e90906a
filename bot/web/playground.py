"""The playground's HTTP: what the page asks, says, presses and submits.

Translates requests into the adapter's words and messages into JSON; decides nothing. A message
is acknowledged with 200 only after dispatch took it; else 503, and nothing was kept of it.
"""

import secrets
from collections.abc import Sequence

from aiohttp import web

from adapters.playground import Acted, ActKind, Said, Where, direct_chat, draw
from bot.web.deps import PlaygroundDeps, WebDeps
from bot.web.guard import Pass
from bot.web.live import Live, clock_json
from bot.web.page import LANGUAGES
from bot.web.payloads import (
    ActPayload,
    ClockPayload,
    DismissPayload,
    LanguagePayload,
    MentionNode,
    SayPayload,
    read_payload,
)
from bot.web.refusals import Refused, refusal
from bot.web.rooms import Room
from bot.web.transcript import as_json
from commands.core.event import Carried, Json, Mention
from commands.core.reply import FormErrors, Outcome
from storage.rooms import Member, Message

PAGE_LENGTH = 50


class PlaygroundRoutes:
    """Serve /playground for one process."""

    def __init__(self, deps: WebDeps, playground: PlaygroundDeps, given: Pass, live: Live) -> None:
        self._deps = deps
        self._adapter = playground.adapter
        self._rooms = playground.rooms
        self._playground = playground
        self._pass = given
        self._live = live

    def routes(self) -> Sequence[web.RouteDef]:
        """Give the routes."""
        return (
            web.get("/playground/state", self.state),
            web.get("/playground/chats/{chat}/messages", self.messages),
            web.get("/playground/threads/{id}", self.thread),
            web.get("/playground/events", self.events),
            web.post("/playground/messages", self.say),
            web.post("/playground/press", self.press),
            web.post("/playground/submit", self.submit),
            web.post("/playground/dismiss", self.dismiss),
            web.post("/playground/language", self.choose_language),
            web.post("/playground/clock", self.hold_clock),
        )

    async def state(self, request: web.Request) -> web.Response:
        """Tell all that the page needs to begin: token, people, chats, commands, language."""
        people = await self._rooms.members()
        me = _chosen(people, request.query.get("as"))
        chats, step = await self._rooms.opening(me.account) if me else ((), 0)
        wishes = (request.query.get("language"), me.language if me else None, self._deps.settings.language)
        language = next((one for one in wishes if one in LANGUAGES), LANGUAGES[0])
        state = {
            "token": self._pass.token,
            "workspace": self._playground.workspace,
            "me": me.account if me else None,
            "language": language,
            "bot_names": list(self._adapter.names),
            "step": step,
            "clock": None if self._playground.clock is None else clock_json(self._playground.clock),
            "people": [{"account": one.account, "name": one.name, "role": one.role} for one in people],
            "chats": [
                {"chat": one.chat, "kind": one.kind, "title": one.title, "newest": str(one.newest)} for one in chats
            ],
            "commands": [
                {"words": hint.words, "help": hint.help, "example": hint.example}
                for hint in self._playground.hints(language)
            ],
        }
        return self._pass.give(web.json_response(state))

    async def messages(self, request: web.Request) -> web.Response:
        """Give one page of a chat, the newest messages before an id, oldest first."""
        me, room = await self._enter(request.query.get("as"), request.match_info["chat"])
        found = await self._rooms.page(
            room.chat, reader=me.account, before=_number(request.query.get("before")), limit=PAGE_LENGTH + 1
        )
        page = list(found)[-PAGE_LENGTH:]
        return web.json_response(
            {"messages": [as_json(one, reader=me.account) for one in page], "is_more": len(found) > PAGE_LENGTH}
        )

    async def thread(self, request: web.Request) -> web.Response:
        """Give a thread: its first message and the replies."""
        me = await self._member(request.query.get("as"))
        root = await self._message(request.match_info["id"], me)
        replies = await self._rooms.thread(root.id, reader=me.account)
        return web.json_response(
            {
                "root": as_json(root, reader=me.account),
                "messages": [as_json(one, reader=me.account) for one in replies],
            }
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream what happens; see live.py."""
        me = await self._member(request.query.get("as"))
        after = request.headers.get("Last-Event-ID") or request.query.get("after")
        return await self._live.stream(request, reader=me.account, after=_number(after))

    async def say(self, request: web.Request) -> web.Response:
        """Take a typed message."""
        payload = await read_payload(request, SayPayload)
        me, room = await self._enter(payload.account, payload.chat)
        if payload.thread is not None:
            await self._check_thread(payload.thread, room, me)
        where = Where(room.chat, room.kind, room.title, payload.thread)
        return self._answered(
            await self._adapter.say(
                Said(key=payload.key, account=me.account, where=where, nodes=_nodes(payload), name=me.name)
            )
        )

    async def press(self, request: web.Request) -> web.Response:
        """Take a pressed button."""
        payload = await read_payload(request, ActPayload)
        me = await self._member(payload.account)
        message = await self._message(payload.message, me)
        return self._answered(await self._adapter.act(await self._acted("pressed", payload, me, message)))

    async def submit(self, request: web.Request) -> web.Response:
        """Take a submitted form; the message that kept it goes when it was accepted."""
        payload = await read_payload(request, ActPayload)
        me = await self._member(payload.account)
        message = await self._message(payload.message, me)
        outcome = await self._adapter.act(await self._acted("submitted", payload, me, message))
        is_done = outcome.ack == "ok" and not isinstance(outcome.answer, FormErrors)
        if is_done and "opens" in message.body and message.only_for == me.account:
            await self._rooms.remove(message.id)
        return self._answered(outcome)

    async def dismiss(self, request: web.Request) -> web.Response:
        """Take away a private message for its reader."""
        payload = await read_payload(request, DismissPayload)
        me = await self._member(payload.account)
        message = await self._message(payload.message, me)
        if message.only_for != me.account:
            raise Refused("no_place")
        await self._rooms.remove(message.id)
        return web.json_response({"ack": "ok", "answer": None})

    async def choose_language(self, request: web.Request) -> web.Response:
        """Say `language en` or `language zh` for a person, in the direct chat."""
        payload = await read_payload(request, LanguagePayload)
        me = await self._member(payload.account)
        key = payload.key or secrets.token_hex(16)
        where = Where(direct_chat(me.account), "direct")
        said = Said(key=key, account=me.account, where=where, nodes=(f"language {payload.language}",), name=me.name)
        return self._answered(await self._adapter.say(said))

    async def hold_clock(self, request: web.Request) -> web.Response:
        """Stop the clock that races, or let it race on."""
        payload = await read_payload(request, ClockPayload)
        await self._member(payload.account)
        if self._playground.clock is None:
            raise Refused("no_place")
        self._playground.clock.hold(is_held=payload.is_held)
        return web.json_response({"ack": "ok", "answer": None})

    def _answered(self, outcome: Outcome) -> web.Response:
        if outcome.ack != "ok":
            return refusal(Refused("closed"), self._deps.words)
        answer: Json = None if outcome.answer is None else draw(outcome.answer)
        return web.json_response({"ack": "ok", "answer": answer})

    async def _member(self, account: str | None) -> Member:
        member = await self._rooms.member(account or "")
        if member is None:
            raise Refused("no_person")
        return member

    async def _message(self, id: str, me: Member) -> Message:
        message = await self._rooms.find(id, reader=me.account)
        if message is None:
            raise Refused("no_place")
        return message

    async def _enter(self, account: str | None, chat: str) -> tuple[Member, Room]:
        member, room = await self._rooms.enter(account or "", chat)
        if member is None:
            raise Refused("no_person")
        if room is None:
            raise Refused("no_place")
        return member, room

    async def _check_thread(self, thread: str, room: Room, me: Member) -> None:
        root = await self._message(thread, me)
        if root.chat != room.chat or root.thread is not None:
            raise Refused("no_place")

    async def _acted(self, kind: ActKind, payload: ActPayload, me: Member, message: Message) -> Acted:
        thread = None if message.thread is None else str(message.thread)
        _, room = await self._enter(me.account, message.chat)
        return Acted(
            kind=kind,
            key=payload.key,
            account=me.account,
            where=Where(room.chat, room.kind, room.title, thread),
            message=str(message.id),
            carried=Carried(payload.command, payload.args, payload.version, payload.mac),
            values=payload.values,
            name=me.name,
        )


def _chosen(people: Sequence[Member], account: str | None) -> Member | None:
    """Give the person asked for; else a lead, who may do most; else the first."""
    by_wish = [one for one in people if one.account == account]
    leads = [one for one in people if one.role == "lead"]
    return next(iter((*by_wish, *leads, *people)), None)


def _nodes(payload: SayPayload) -> tuple[str | Mention, ...]:
    if (payload.text is None) == (payload.nodes is None):
        raise Refused("bad_shape", detail="text, nodes")
    given = [payload.text or ""] if payload.nodes is None else payload.nodes
    return tuple(Mention(node.mention, node.name) if isinstance(node, MentionNode) else node for node in given)


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Refused("bad_shape")
    return int(text)
