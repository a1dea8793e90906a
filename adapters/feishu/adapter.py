"""Feishu as an Adapter: the SDK's long connection or signed posts in, the open API out.

Feishu is acknowledged after dispatch said ok, and never before: an event is then delivered again, and who
pressed is asked to press once more. receive.py and render.py translate, sending.py and client.py send,
long_connection.py listens. No words here: `Notices` brings them, in every language.
"""

import asyncio
import gc
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from typing import Any, Final

from adapters.credentials import demand_address, demand_secrets
from adapters.feishu.capabilities import check_app, check_line
from adapters.feishu.carry import values_of
from adapters.feishu.client import DOMAIN, PAUSE_S, BadSecret, Client
from adapters.feishu.gate import BODY_BYTES, has_token, is_foreign, is_signed, payload_of
from adapters.feishu.presses import Presses
from adapters.feishu.receive import (
    CARD_ACTION,
    Body,
    Nothing,
    Own,
    entered,
    language_of,
    parse,
    title_of,
    type_of,
    with_message,
)
from adapters.feishu.render import message
from adapters.feishu.sending import Sending
from adapters.intake import Intake, Notices, in_time
from adapters.kept import remember
from adapters.shapes import list_at, map_at, text_at
from commands.core.event import Event, Json
from commands.core.ports import (
    Dispatch,
    Finding,
    Gone,
    HttpRequest,
    HttpResponse,
    Limits,
    Outgoing,
    Profile,
    Retry,
    Route,
    SendError,
    Sent,
)
from commands.core.reply import CardNow, FormErrors, Outcome, Reply, Text, Toast

LOOK_S: Final = 1.0
"""How long what a payload leaves out is asked for."""
TITLE_S: Final = 0.3
PROFILE_S: Final = 3.0
TOAST_CHARS: Final = 300
REFUSALS: Final = (BadSecret, Gone)
"""What stops the start: nothing but an operator can mend it."""
OK: Final = 200
AGAIN: Final = 503

Answered = tuple[int, Mapping[str, Json] | None]
"""A status as HTTP has it, and what rides in the answer."""

log = logging.getLogger("drumbeat.feishu")


class Feishu:
    """Join Feishu, or Lark, to the house.

    Without an encrypt key it holds the SDK's long connection, of which a process can have one; with one it
    takes posts that are encrypted and signed with it. `clock` gives aware UTC instants, `ticks` seconds that
    never go back.

    Raises:
        ValueError: a credential is missing, empty, short or a placeholder; it names the field.
    """

    name: str = "feishu"
    limits: Limits = Limits(
        text_chars=2900,
        parts=40,
        items=15,
        buttons=20,
        can_edit=True,
        can_whisper=True,
        can_ask=True,
        can_thread=True,
        can_picture=True,
        posts_per_minute=240,
    )

    def __init__(
        self,
        *,
        app_id: str,
        app_secret: str,
        encrypt_key: str | None = None,
        verification_token: str | None = None,
        domain: str = DOMAIN,
        notices: Notices,
        clock: Callable[[], datetime],
        ticks: Callable[[], float] = time.monotonic,
        stale_s: float | None = None,
    ) -> None:
        demand_secrets(app_id=app_id, app_secret=app_secret, encrypt_key=encrypt_key)
        if (encrypt_key is None) != (not verification_token):
            raise ValueError(
                "verification_token: goes with encrypt_key, for HTTP; leave out both for the long connection"
            )
        demand_address("domain", domain)
        self.has_socket = encrypt_key is None
        """True for the long connection."""
        self._app_id = app_id
        self._key = encrypt_key or ""
        self._verification = verification_token or ""
        self._notices = notices
        self._clock = clock
        self._ticks = ticks
        self._stale_s = stale_s
        self._client = Client(app_id=app_id, app_secret=app_secret, domain=domain, ticks=ticks)
        self._sending = Sending(self._client, ticks=ticks)
        self._refused: str | None = None
        """Why Feishu gives us no connection."""
        self._own: Own | None = None
        self._dispatch: Dispatch | None = None
        self._intake = Intake("feishu")
        self._presses = Presses()
        self._titles: dict[str, asyncio.Future[str | None]] = {}
        self._directs: dict[str, str] = {}
        """Direct chats, by account, as far as they were met."""
        self._senders: dict[str, str] = {}
        """Who wrote the messages last received."""

    @property
    def trouble(self) -> str | None:
        """What Feishu says against the credentials, or against a connection; None while it takes both."""
        return self._client.trouble or self._refused

    # -- receiving ----------------------------------------------------------------------------

    async def run(self, dispatch: Dispatch) -> None:
        """Receive events and hand each to `dispatch`, until cancelled.

        Raises:
            Misconfigured: Feishu refuses the credentials, now at the start.
        """
        self._intake.is_stopped = False
        try:
            self._own = await self._intake.patiently(self._identify, refusals=REFUSALS)
            self._dispatch = dispatch
            log.info("feishu_ready", extra={"app": self._app_id, "socket": self.has_socket})
            await self._listen()
        finally:
            self._dispatch = None
            await self._intake.drain()
            await self._client.close()

    async def _identify(self) -> Own:
        told = await self._client.call("GET", "bot/v3/info")
        open_id = text_at(told, "bot", "open_id")
        if not open_id:
            raise Retry("bot/v3/info: no bot in the answer")
        return Own(self._app_id, open_id, text_at(told, "bot", "app_name"))

    async def _listen(self) -> None:
        """Keep a connection open, one after the other; in HTTP mode, wait for ever."""
        if not self.has_socket:
            await asyncio.get_running_loop().create_future()
        sdk = await asyncio.to_thread(_load)
        way = sdk.Way(self._client.endpoint, self._take, self._ticks)
        if self._stale_s is not None:
            way = replace(way, stale_s=self._stale_s, quiet_s=self._stale_s)
        while True:
            refused = await sdk.hold(way, leaving=self._intake.drain)
            self._refused = None if refused is None else str(refused)
            if refused is not None:
                log.error("feishu_connection_refused", extra={"error": self._refused})
            await asyncio.sleep(1.0 if refused is None else PAUSE_S)
            self._refused = None

    async def _take(self, payload: bytes) -> Answered:
        """Take one payload of the long connection; what is not acknowledged comes again."""
        task = asyncio.current_task()
        if task is None or self._intake.is_stopped:
            return AGAIN, None
        self._intake.under_way.add(task)
        try:
            body = json.loads(payload)
        except (ValueError, RecursionError):
            log.warning("feishu_unreadable")
            return OK, None
        try:
            return await self._handle(body if isinstance(body, dict) else {})
        finally:
            self._intake.under_way.discard(task)

    def routes(self) -> Sequence[Route]:
        """Give the one route of HTTP mode, at `/hooks/feishu` itself; none with the long connection."""
        return () if self.has_socket else (Route("", self._hook),)

    async def _hook(self, request: HttpRequest) -> HttpResponse:
        """Take one post: size, signature, cipher, token, and only then what it says."""
        if len(request.body) > BODY_BYTES:
            return HttpResponse(413)
        is_ours = is_signed(request.headers, request.body, key=self._key, now=self._clock())
        if not is_ours and "x-lark-signature" in request.headers:
            return HttpResponse(401)
        try:
            body = payload_of(request.body, key=self._key)
        except ValueError:
            return HttpResponse(400 if is_ours else 401)
        if not has_token(body, self._verification):
            return HttpResponse(401)
        if body.get("type") == "url_verification":  # asked before anything is set up, so that it may be unsigned
            return HttpResponse(200, json.dumps({"challenge": text_at(body, "challenge")}).encode())
        if not is_ours:
            return HttpResponse(401)
        status, answered = await self._handle(body)
        return HttpResponse(status, json.dumps(answered or {}, ensure_ascii=False).encode())

    async def _handle(self, body: Body) -> Answered:
        """Hand one payload to dispatch; the answer is Feishu's acknowledgement, or is none."""
        own, dispatch = self._own, self._dispatch
        if own is None or dispatch is None or self._intake.is_stopped:
            return self._answer(body, Outcome("again"))
        if is_foreign(body, own):
            log.error("feishu_foreign", extra={"app": text_at(body, "header", "app_id")[:40]})
            return 403, None
        self._learn(body)
        event = parse(body, own, now=self._clock())
        if isinstance(event, Nothing):
            log.debug("feishu_nothing", extra={"reason": event.reason})
            return OK, None
        async with self._intake.turn_in(event.place.chat):
            filled = await self._filled(event, own)
        if filled is None:
            return OK, None
        if event.kind not in ("pressed", "submitted"):
            return self._answer(body, await self._intake.ask(dispatch, filled))
        with self._presses.answering(event.message or ""):
            return self._answer(body, await self._intake.ask(dispatch, filled))

    # -- what Feishu does not send along --------------------------------------------------------

    def _learn(self, body: Body) -> None:
        """Keep who has which direct chat, and who wrote what: later payloads leave it out."""
        chat_of, said = entered(body), map_at(body, "event", "message")
        who, id = text_at(body, "event", "sender", "sender_id", "open_id"), text_at(said, "message_id")
        if chat_of is not None:
            remember(self._directs, *chat_of)
        if who and id:
            remember(self._senders, id, who)
        if who and text_at(said, "chat_type") == "p2p" and (chat := text_at(said, "chat_id")):
            remember(self._directs, who, chat)

    async def _filled(self, event: Event, own: Own) -> Event | None:
        """Add what has to be asked for; None where nothing can be done without it."""
        place = event.place
        if event.kind == "reacted":
            found = await in_time(LOOK_S, self._message(event.message or ""))
            if found is None or not text_at(found, "chat_id"):
                return None
            event = with_message(event, found, own)
        elif event.kind == "deleted":
            who = self._senders.get(event.message or "") or await self._wrote(event.message or "")
            if not who:
                return None
            event = replace(event, sender=replace(event.sender, account=who))
        elif place.kind == "direct" and not place.chat:  # the bot's menu, which is in no other chat
            account = event.sender.account
            event = replace(event, place=replace(place, chat=self._directs.get(account, account)))
        if event.place.kind == "group" and event.place.title is None:
            event = replace(event, place=replace(event.place, title=await self._title(event.place.chat)))
        return event

    async def _message(self, id: str) -> Body:
        answered = await self._client.call("GET", f"im/v1/messages/{id}", within_s=LOOK_S)
        found = list_at(answered, "data", "items")
        return found[0] if found and isinstance(found[0], Mapping) else {}

    async def _wrote(self, id: str) -> str:
        """Tell which person wrote a message; empty where nobody can tell."""
        sender = map_at(await in_time(LOOK_S, self._message(id)), "sender")
        return text_at(sender, "id") if text_at(sender, "sender_type") == "user" else ""

    async def _title(self, chat: str) -> str | None:
        """Give a group's name, asked for once."""
        known = self._titles.get(chat)
        if known is None:
            known = asyncio.ensure_future(in_time(TITLE_S, self._ask_title(chat)))
            remember(self._titles, chat, known)
        return await asyncio.shield(known)

    async def _ask_title(self, chat: str) -> str | None:
        answered = await self._client.call("GET", f"im/v1/chats/{chat}", within_s=TITLE_S)
        return text_at(answered, "data", "name") or None

    # -- answers that ride in the acknowledgement -------------------------------------------------

    def _answer(self, body: Body, outcome: Outcome) -> Answered:
        """Put an outcome into what Feishu takes as the answer to this payload.

        A press is not delivered again, so one that was not stored is told to the person.
        """
        if type_of(body) != CARD_ACTION:
            return (OK, None) if outcome.ack == "ok" else (AGAIN, None)
        if outcome.ack == "again":
            return OK, _toast(self._words(self._notices.not_saved, body), kind="error")
        answer = outcome.answer
        if isinstance(answer, FormErrors):
            return OK, {**_toast("\n".join(answer.errors.values()), kind="error"), **self._form_again(body, answer)}
        if isinstance(answer, CardNow):
            card = message(answer.reply, language=language_of(body))
            return OK, {**_toast(answer.toast), "card": {"type": "raw", "data": card}}
        if isinstance(answer, Toast):
            return OK, _toast(answer.text)
        return OK, self._closed(body)

    def _form_again(self, body: Body, errors: FormErrors) -> Mapping[str, Json]:
        """Draw a form once more as it was filled in, with what is wrong; where this process drew it.

        Elsewhere the form stays as it stands before the person, and the toast tells what is wrong.
        """
        drawing = self._sending.forms.get(text_at(body, "event", "context", "open_message_id"))
        if drawing is None:
            return {}
        filled = values_of(map_at(body, "event", "action"))
        card = message(drawing.reply, language=drawing.language, filled=filled, errors=errors.errors)
        return {"card": {"type": "raw", "data": card}}

    def _closed(self, body: Body) -> Mapping[str, Json] | None:
        """Put a line in the place of a form that was taken, so that nobody submits it twice; None for a press."""
        title = title_of(body)
        if not title:
            return None
        line = self._words(self._notices.taken, body)
        card = message(Reply(title=(title,), parts=(Text((line,)),)), language=language_of(body))
        return {"card": {"type": "raw", "data": card}}

    def _words(self, notice: Mapping[str, str], body: Body) -> str:
        """Say it in the language of the card, else in every one."""
        return notice.get(language_of(body)) or "\n".join(notice.values())

    # -- the rest of the port -------------------------------------------------------------------

    async def send(self, outgoing: Outgoing) -> Sent:
        """Send one message within 10 seconds; the errors are those of the port."""
        if self._intake.is_stopped:
            raise Retry("feishu: stopping")
        if outgoing.operation == "update" and outgoing.message:
            await self._presses.answered(outgoing.message)
        sent = await self._sending.send(outgoing)
        if outgoing.account and sent.chat and outgoing.operation in ("direct", "home"):
            remember(self._directs, outgoing.account, sent.chat)
        return sent

    async def upload(self, png: bytes) -> str:
        """Hand a picture to Feishu and return its key."""
        return await self._sending.upload(png)

    async def profile(self, account: str) -> Profile | None:
        """Ask who an account is; None when Feishu does not know, does not answer, or tells no name."""
        try:
            answered = await self._client.call(
                "GET", f"contact/v3/users/{account}", query={"user_id_type": "open_id"}, within_s=PROFILE_S
            )
        except SendError:
            return None
        user = map_at(answered, "data", "user")
        name = text_at(user, "nickname") or text_at(user, "name") or text_at(user, "en_name")
        if not name:
            return None
        email = text_at(user, "enterprise_email") or text_at(user, "email")
        return Profile(name, text_at(user, "time_zone") or None, email or None)

    async def check(self) -> Sequence[Finding]:
        """Try the credentials and each capability once."""
        try:
            found = await check_app(self._client)
            if self.has_socket and found[0].is_fine:
                found.append(await check_line(self._client))
        finally:
            if self._dispatch is None:
                await self._client.close()
        return found


def _load() -> Any:
    """Import the SDK, which takes seconds: in a thread, and only where it is used."""
    gc.disable()  # each full round over its ten thousand modules would hold up the program's loop
    try:
        sdk = import_module("adapters.feishu.long_connection")
        sdk.prepare()
    finally:
        gc.enable()
    return sdk


def _toast(text: str, *, kind: str = "info") -> dict[str, Json]:
    return {"toast": {"type": kind, "content": text[:TOAST_CHARS]}} if text.strip() else {}
