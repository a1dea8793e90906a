"""Slack as an Adapter: Socket Mode or HTTP in, through Bolt's one middleware; the Web API out.

Slack is acknowledged after dispatch said ok, and never before: an event is then delivered again, a
person who pressed is asked to press once more. receive.py and render.py translate, sending.py and
client.py send, socket_mode.py listens. No words here: `Notices` brings them, in every language.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.credentials import demand_address, demand_secrets
from adapters.intake import Intake, Notices, in_time
from adapters.kept import remember
from adapters.shapes import map_at, text_at
from adapters.slack.client import API_URL, PAUSE_S, BadToken, Client
from adapters.slack.gate import BODY_BYTES, is_foreign, is_signed, payload_of
from adapters.slack.receive import (
    AGAIN_S,
    FORBIDDEN,
    OK,
    Body,
    Nothing,
    Own,
    Response,
    answer,
    parse,
    said_at,
    shape_of,
    with_message,
)
from adapters.slack.sending import LOOK_S, Sending, messages_of
from adapters.slack.socket_mode import hold_socket, quiet
from adapters.slack.tokens import APP, BOT, app_of, check_app, check_bot, wrong_kinds
from commands.core.event import Event
from commands.core.ports import (
    Dispatch,
    Finding,
    Gone,
    HttpRequest,
    HttpResponse,
    Limits,
    Misconfigured,
    Outgoing,
    Profile,
    Retry,
    Route,
    SendError,
    Sent,
)
from commands.core.reply import Outcome

T = TypeVar("T")

MARKED_S: Final = 1.0
"""How long the text of a marked message is waited for."""
TITLE_S: Final = 0.3
COPIES: Final = 1_000
"""Messages whose second copy is known without reading it: Slack sends both within a moment."""
REFUSALS: Final = (BadToken, Gone)

_GUESTS: Final = ("is_restricted", "is_ultra_restricted", "is_stranger")

log = logging.getLogger("drumbeat.slack")


class Slack:
    """Join Slack to the house.

    With an app token it connects by Socket Mode; without one it takes posts signed with the signing
    secret. `clock` gives aware UTC instants, `ticks` seconds that never go back.

    Raises:
        ValueError: a credential is missing, empty, short or a placeholder; it names the field.
    """

    name: str = "slack"
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
        posts_per_minute=60,
    )

    def __init__(
        self,
        *,
        bot_token: str,
        app_token: str | None = None,
        signing_secret: str | None = None,
        api_url: str = API_URL,
        notices: Notices,
        clock: Callable[[], datetime],
        ticks: Callable[[], float] = time.monotonic,
        ping_s: float = 5.0,
    ) -> None:
        demand_secrets(bot_token=bot_token, app_token=app_token, signing_secret=signing_secret)
        if app_token is None and signing_secret is None:
            raise ValueError("app_token: needed for Socket Mode; or signing_secret, for HTTP")
        demand_address("api_url", api_url)
        self.has_socket = app_token is not None
        """True for Socket Mode."""
        self._bot_token = bot_token
        self._app_token = app_token
        self._secret = signing_secret or ""
        self._notices = notices
        self._clock = clock
        self._ticks = ticks
        self._ping_s = ping_s
        self._client = Client(bot_token=bot_token, app_token=app_token, api_url=api_url, ticks=ticks)
        self._sending = Sending(self._client, ticks=ticks)
        self._bolt = _bolt(api_url, self._handle)
        self._refused: str | None = None
        """Why Slack gives us no socket."""
        self._own: Own | None = None
        self._dispatch: Dispatch | None = None
        self._intake = Intake("slack")
        self._titles: dict[str, asyncio.Future[str | None]] = {}
        self._languages: dict[str, str] = {}
        self._copies: dict[str, asyncio.Future[Outcome]] = {}
        """What becomes, or became, of the messages last said to the bot."""

    @property
    def trouble(self) -> str | None:
        """What Slack says against one of the tokens; None while it takes both."""
        return self._client.trouble or self._refused

    # -- receiving ----------------------------------------------------------------------------

    async def run(self, dispatch: Dispatch) -> None:
        """Receive events and hand each to `dispatch`, until cancelled.

        Raises:
            Misconfigured: Slack refuses the credentials, now at the start.
        """
        self._intake.is_stopped = False
        try:
            self._own = await self._intake.patiently(self._identify, refusals=REFUSALS)
            url = None
            if self.has_socket:
                url = await self._intake.patiently(self._client.open_socket, refusals=REFUSALS)
            self._dispatch = dispatch
            log.info("slack_ready", extra={"team": self._own.team, "app": self._own.app, "socket": self.has_socket})
            await self._listen(url)
        finally:
            self._dispatch = None
            await self._intake.drain()
            await self._client.close()

    async def _listen(self, url: str | None) -> None:
        """Keep a socket open, one after the other; in HTTP mode, wait for ever."""
        if not self.has_socket:
            await asyncio.get_running_loop().create_future()
        while True:
            refused = await hold_socket(
                self._client,
                self._on_envelope,
                url=url,
                on_app=self._learn_app,
                leaving=self._intake.drain,
                ticks=self._ticks,
                ping_s=self._ping_s,
            )
            url = None
            if refused is not None:
                self._refused = str(refused)
                log.error("slack_socket_refused", extra={"error": self._refused})
                await asyncio.sleep(PAUSE_S)
                self._refused = None

    def routes(self) -> Sequence[Route]:
        """Give the one route of HTTP mode, at `/hooks/slack` itself; none in Socket Mode."""
        return () if self.has_socket else (Route("", self._hook),)

    async def _hook(self, request: HttpRequest) -> HttpResponse:
        """Take one post: size, signature, form, and only then what it says."""
        if len(request.body) > BODY_BYTES:
            return HttpResponse(413)
        if not is_signed(request.headers, request.body, secret=self._secret, now=self._clock()):
            return HttpResponse(401)
        try:
            body = payload_of(request.body, request.headers.get("content-type", ""))
            if body.get("type") == "url_verification":
                return HttpResponse(200, json.dumps({"challenge": str(body.get("challenge", ""))}).encode())
            if "ssl_check" in body:
                return HttpResponse(200)
            asked = AsyncBoltRequest(body=dict(body), mode="socket_mode")  # in which Bolt takes JSON that was read
        except (ValueError, TypeError, AttributeError, LookupError):
            return HttpResponse(400)
        answered = await self._bolt.async_dispatch(asked)
        content_type = answered.headers["content-type"][0].partition(";")[0]
        return HttpResponse(answered.status, answered.body.encode(), content_type)

    async def _on_envelope(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Take one envelope of a socket; without an answer, Slack delivers an event again."""
        task = asyncio.current_task()
        if task is None or self._intake.is_stopped:
            return
        self._intake.under_way.add(task)
        try:
            answered = await self._bolt.async_dispatch(AsyncBoltRequest(body=request.payload, mode="socket_mode"))
            if answered.status == 200:
                payload = json.loads(answered.body) if answered.body else None
                await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))
        finally:
            self._intake.under_way.discard(task)

    async def _handle(self, body: Body) -> Response:
        """Hand one payload to dispatch; the answer is Slack's acknowledgement, or is none."""
        own, dispatch = self._own, self._dispatch
        if own is None or dispatch is None or self._intake.is_stopped:
            return answer(body, Outcome("again"), not_saved=self._not_saved(body))
        if is_foreign(body, own):
            log.error("slack_foreign", extra={"app": str(body.get("api_app_id", ""))[:20]})
            return FORBIDDEN
        if body.get("type") == "app_rate_limited":
            log.error("slack_drops_events", extra={"minute": str(body.get("minute_rate_limited", ""))[:12]})
            return OK
        copy_of = said_at(body)
        if copy_of in self._copies and (await asyncio.shield(self._copies[copy_of])).ack == "ok":
            return OK
        event = parse(body, own, now=self._clock())
        if isinstance(event, Nothing):
            log.debug("slack_nothing", extra={"reason": event.reason})
            return OK
        if copy_of is not None and event.is_addressed:  # else the other copy may say that it is
            with self._first(copy_of) as first:
                first.set_result(await self._intake.ask(dispatch, await self._filled_in_turn(event, own)))
            return answer(body, first.result(), not_saved="")
        outcome = await self._intake.ask(dispatch, await self._filled_in_turn(event, own))
        if outcome.ack == "again" and shape_of(body) in ("press", "shortcut"):
            await self._whisper(event, self._not_saved(body))
        return answer(body, outcome, not_saved=self._not_saved(body))

    @contextlib.contextmanager
    def _first(self, said: str) -> Iterator[asyncio.Future[Outcome]]:
        """Let the second copy of a mention wait for what becomes of the first.

        Slack sends an `app_mention` and a `message` for each. The second is acknowledged when the first
        is committed, and handled as if it were alone where that failed.
        """
        while len(self._copies) >= COPIES:
            del self._copies[next(iter(self._copies))]
        first = self._copies[said] = asyncio.get_running_loop().create_future()
        try:
            yield first
        finally:
            if not first.done():
                first.set_result(Outcome("again"))
            if first.result().ack == "again" and self._copies.get(said) is first:
                del self._copies[said]

    def _not_saved(self, body: Body) -> str:
        """Say it in the person's language where it is known, else in every one."""
        user = body.get("user")
        account = user.get("id") if isinstance(user, Mapping) else body.get("user_id")
        known = self._notices.not_saved.get(self._languages.get(str(account), ""))
        return known or "\n".join(self._notices.not_saved.values())

    async def _whisper(self, event: Event, text: str) -> None:
        """Tell a person in private what no answer to a press can hold."""
        args = {"channel": event.place.chat, "user": event.sender.account, "text": text, "link_names": False}
        if event.place.thread:
            args["thread_ts"] = event.place.thread
        await in_time(MARKED_S, self._client.call("chat.postEphemeral", args, within_s=MARKED_S))

    # -- what Slack does not send along ---------------------------------------------------------

    async def _filled_in_turn(self, event: Event, own: Own) -> Event:
        """Add it without letting what is said overtake what was said before it in its chat."""
        if event.kind != "said":
            return await self._filled(event, own)
        async with self._intake.turn_in(event.place.chat):
            return await self._filled(event, own)

    async def _filled(self, event: Event, own: Own) -> Event:
        """Add what has to be asked for; what cannot be had in time stays away."""
        place = event.place
        if event.kind == "reacted" and event.trigger is None:
            found = await in_time(MARKED_S, self._message_at(place.chat, event.message or ""))
            event = event if found is None else with_message(event, found, own)
        elif place.kind == "direct" and not place.chat.startswith("D"):  # a press in the Home tab
            opened = await in_time(MARKED_S, self._sending.direct_chat(event.sender.account, within_s=MARKED_S))
            event = replace(event, place=replace(place, chat=opened or place.chat))
        if place.kind == "group" and place.title is None:
            event = replace(event, place=replace(event.place, title=await self._title(place.chat)))
        return event

    async def _message_at(self, channel: str, ts: str) -> Body | None:
        """Fetch one message, of a channel or of a thread in it."""
        asked = {"channel": channel, "latest": ts, "oldest": ts, "inclusive": True, "limit": 1}
        for method, args in (("conversations.history", asked), ("conversations.replies", {**asked, "ts": ts})):
            for each in messages_of(await self._client.call(method, args, within_s=MARKED_S)):
                if each.get("ts") == ts:
                    return each
        return None

    async def _title(self, channel: str) -> str | None:
        """Give a channel's name, asked for once."""
        known = self._titles.get(channel)
        if known is None:
            known = asyncio.ensure_future(in_time(TITLE_S, self._ask_title(channel)))
            remember(self._titles, channel, known)
        return await asyncio.shield(known)

    async def _ask_title(self, channel: str) -> str | None:
        answered = await self._client.call("conversations.info", {"channel": channel}, within_s=TITLE_S)
        name = text_at(answered.body, "channel", "name")
        return None if name.startswith("mpdm-") else name or None

    # -- who we are -----------------------------------------------------------------------------

    async def _identify(self) -> Own:
        """Learn the workspace, the bot's accounts and its app.

        Raises:
            Misconfigured: a token is of the wrong kind, or the two are of different apps.
        """
        for found in wrong_kinds(self._bot_token, self._app_token):
            raise Misconfigured(f"{found.subject}: {found.detail}; {found.remedy}")
        told = (await self._client.call("auth.test", {})).body
        bot, app, of_token = text_at(told, "bot_id"), "", app_of(self._app_token)
        if bot:
            with contextlib.suppress(SendError):
                app = text_at((await self._client.call("bots.info", {"bot": bot})).body, "bot", "app_id")
        if of_token and app and of_token != app:
            raise Misconfigured("the app token and the bot token belong to different Slack apps; take both from one")
        return Own(
            team=text_at(told, "team_id"),
            bot_user=text_at(told, "user_id"),
            bot=bot,
            app=app or of_token,
            enterprise=text_at(told, "enterprise_id"),
            url=text_at(told, "url"),
        )

    def _learn_app(self, app: str) -> None:
        """Take the app's id from the socket, where nothing else told it."""
        if self._own is not None and not self._own.app:
            self._own = replace(self._own, app=app)

    # -- the rest of the port -------------------------------------------------------------------

    async def send(self, outgoing: Outgoing) -> Sent:
        """Send one message within 10 seconds; the errors are those of the port."""
        if self._intake.is_stopped:
            raise Retry("slack: stopping")
        return await self._sending.send(outgoing)

    async def upload(self, png: bytes) -> str:
        """Hand a picture to Slack and return its file id."""
        return await self._sending.upload(png)

    async def profile(self, account: str) -> Profile | None:
        """Ask who an account is; None when Slack does not know, or does not answer."""
        try:
            answered = await self._client.call("users.info", {"user": account, "include_locale": True}, within_s=LOOK_S)
        except SendError:
            return None
        user = map_at(answered.body, "user")
        about, own = map_at(user, "profile"), self._own
        remember(self._languages, account, text_at(user, "locale").partition("-")[0])
        is_ours = own is None or bool(own.enterprise) or text_at(user, "team_id") in ("", own.team)
        return Profile(
            name=text_at(about, "display_name") or text_at(user, "real_name") or text_at(user, "name") or account,
            timezone=text_at(user, "tz") or None,
            email=text_at(about, "email") or None,
            is_bot=user.get("is_bot") is True or account == "USLACKBOT",
            is_guest=any(user.get(each) is True for each in _GUESTS) or not is_ours,
        )

    async def check(self) -> Sequence[Finding]:
        """Try the tokens, and compare their scopes with what the manifest asks for."""
        found = wrong_kinds(self._bot_token, self._app_token)
        wrong = {each.subject for each in found}
        try:
            if BOT not in wrong:
                found += await check_bot(self._client)
            if self.has_socket and APP not in wrong:
                found.append(await check_app(self._client))
        finally:
            if self._dispatch is None:
                await self._client.close()
        return found


class _Everything(AsyncMiddleware):
    """Answer every payload ourselves, so that none of Bolt's listeners acknowledges it early."""

    def __init__(self, handle: Callable[[Body], Coroutine[Any, Any, Response]]) -> None:
        self._handle = handle

    async def async_process(self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Any) -> BoltResponse:
        """Give the answer; what comes after in Bolt is never reached."""
        answered = await self._handle(req.body)
        body = json.dumps(answered.body, ensure_ascii=False) if answered.body is not None else ""
        again: dict[str, str | Sequence[str]] = {"retry-after": str(AGAIN_S)} if answered.status == 503 else {}
        return BoltResponse(status=answered.status, body=body, headers=again)


def _bolt(api_url: str, handle: Callable[[Body], Coroutine[Any, Any, Response]]) -> AsyncApp:
    """Make a Bolt app whose first middleware is the last."""
    return AsyncApp(
        name="drumbeat",
        logger=quiet("drumbeat.slack.bolt"),
        client=AsyncWebClient(token="never-used", base_url=api_url),  # noqa: S106 - Bolt calls nothing
        signing_secret="",
        before_authorize=_Everything(handle),
        request_verification_enabled=False,  # done over the raw bytes, before Bolt
        ssl_check_enabled=False,
        url_verification_enabled=False,
    )
