"""DingTalk as an Adapter: the SDK's stream in, made safe in stream.py; its two APIs out.

DingTalk is acknowledged after dispatch said ok, and never before: what could not be stored is not
acknowledged, and delivered again. receive.py and render.py translate, sending.py and client.py send,
checks.py is the doctor's. No words here: `Notices` brings them, in every language.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from adapters.credentials import demand_address, demand_secrets
from adapters.dingtalk.checks import check_all
from adapters.dingtalk.client import API_URL, OAPI_URL, BadCredentials, Client
from adapters.dingtalk.receive import STRANGER, joined, mentioned, pressed, said, webhook, with_mentions
from adapters.dingtalk.render import Template
from adapters.dingtalk.sending import Sending
from adapters.dingtalk.stream import PRESSED, Stream
from adapters.intake import Intake, Notices, in_time
from adapters.kept import remember
from adapters.shapes import map_at, text_at
from commands.core.event import Event
from commands.core.ports import Dispatch, Finding, Limits, Outgoing, Profile, Retry, Route, SendError, Sent
from commands.core.reply import Outcome, Reply, Text

NAMES_S: Final = 1.0
"""How long the names of those mentioned are waited for."""
LOOK_S: Final = 3.0

log = logging.getLogger("drumbeat.dingtalk")


class DingTalk:
    """Join DingTalk to the house, by Stream mode; no public address is needed.

    `robot_code` is the client id where it is left out, as it is for apps of one's own. Without a
    `template` nothing can be pressed or edited. `clock` gives aware UTC instants, `ticks` seconds
    that never go back.

    Raises:
        ValueError: a credential is missing, empty, short or a placeholder; it names the field.
    """

    name: str = "dingtalk"

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        robot_code: str | None = None,
        api_url: str = API_URL,
        oapi_url: str = OAPI_URL,
        template: Template | None = None,
        posts_per_minute: int = 20,
        notices: Notices,
        clock: Callable[[], datetime],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        demand_secrets(client_secret=client_secret)
        demand_address("api_url", api_url)
        demand_address("oapi_url", oapi_url)
        if not client_id.strip():
            raise ValueError("client_id: is empty")
        self.limits = Limits(
            text_chars=1_500,
            parts=30,
            items=15,
            buttons=template.buttons if template else 0,
            can_edit=template is not None,
            can_whisper=False,
            can_ask=False,
            can_thread=False,
            can_picture=True,
            posts_per_minute=posts_per_minute,
        )
        self._robot = robot_code or client_id
        self._template = template
        self._notices = notices
        self._clock = clock
        self._ticks = ticks
        self._client = Client(
            client_id=client_id, client_secret=client_secret, api_url=api_url, oapi_url=oapi_url, ticks=ticks
        )
        self._sending = Sending(
            self._client,
            robot=self._robot,
            template=template,
            posts_per_minute=posts_per_minute,
            clock=clock,
            ticks=ticks,
        )
        self._intake = Intake(self.name)
        self._refused: str | None = None
        """Why DingTalk gives us no stream."""
        self._dispatch: Dispatch | None = None
        self._groups: set[str] = set()
        """Groups in which the bot has said hello."""
        self._names: dict[str, str] = {}

    @property
    def trouble(self) -> str | None:
        """What DingTalk says against the credentials or the quota; None while it takes all."""
        return self._client.trouble or self._refused

    # -- receiving ----------------------------------------------------------------------------

    async def run(self, dispatch: Dispatch) -> None:
        """Receive events and hand each to `dispatch`, until cancelled.

        Raises:
            Misconfigured: DingTalk refuses the credentials, now at the start.
        """
        self._intake.is_stopped = False
        stream = Stream(
            self._client, self._on_frame, on_refused=self._note, leaving=self._intake.drain, ticks=self._ticks
        )
        try:
            await self._intake.patiently(self._client.token, refusals=(BadCredentials,))
            self._dispatch = dispatch
            log.info("dingtalk_ready")
            await stream.start()
        finally:
            self._dispatch = None
            await self._intake.drain()
            await self._client.close()

    def routes(self) -> Sequence[Route]:
        """Give none: DingTalk is listened to by its stream."""
        return ()

    def _note(self, refused: str | None) -> None:
        if refused is not None:
            log.error("dingtalk_stream_refused", extra={"error": refused})
        self._refused = refused

    async def _on_frame(self, topic: str, data: Mapping[str, Any], frame: str) -> bool:
        """Take the data of one frame; without an acknowledgement DingTalk delivers it again."""
        task, dispatch = asyncio.current_task(), self._dispatch
        if task is None or dispatch is None or self._intake.is_stopped:
            return False
        self._intake.under_way.add(task)
        try:
            if topic == PRESSED:
                return await self._on_press(dispatch, data, frame)
            return await self._on_said(dispatch, data)
        finally:
            self._intake.under_way.discard(task)

    async def _on_said(self, dispatch: Dispatch, data: Mapping[str, Any]) -> bool:
        event = said(data, self._robot, now=self._clock())
        if event is None:
            log.debug("dingtalk_nothing", extra={"msgtype": text_at(data, "msgtype")[:20]})
            return True
        chat = event.place.chat
        if (hook := webhook(data)) is not None:
            self._sending.learn(chat, *hook)
        async with self._intake.turn_in(chat):  # what is said does not overtake what was said before it
            if event.place.kind == "group" and chat not in self._groups:
                if (await self._intake.ask(dispatch, joined(event))).ack == "again":
                    return False
                self._groups.add(chat)
            event = await self._filled(event, data)
        return (await self._intake.ask(dispatch, event)).ack == "ok"

    async def _on_press(self, dispatch: Dispatch, data: Mapping[str, Any], frame: str) -> bool:
        event = pressed(data, self._robot, frame=frame, now=self._clock())
        if event is None:
            log.debug("dingtalk_nothing", extra={"msgtype": "a press that carries no command"})
            return True
        outcome: Outcome = await self._intake.ask(dispatch, event)
        if outcome.ack == "again":  # a person who presses must not wait for a second delivery that may not come
            told = Reply(parts=tuple(Text((each,)) for each in self._notices.not_saved.values()))
            account = event.sender.account
            sorry = Outgoing(f"{event.key}:sorry", "direct", told, language="", account=account)
            await in_time(NAMES_S, self._sending.send(sorry))
        return outcome.ack == "ok"

    async def _filled(self, event: Event, data: Mapping[str, Any]) -> Event:
        """Add who is mentioned, by the names that their ids have."""
        accounts = mentioned(data)
        if not accounts:
            return event
        asked = asyncio.gather(*(self._name(each) for each in accounts))
        names = await in_time(NAMES_S, asked) or [self._names.get(each) for each in accounts]
        return with_mentions(event, dict(zip(accounts, names, strict=True)))

    async def _name(self, account: str) -> str | None:
        if account not in self._names:
            found = await self.profile(account)
            if found is None:
                return None
            remember(self._names, account, found.name)
        return self._names[account]

    # -- the rest of the port -------------------------------------------------------------------

    async def send(self, outgoing: Outgoing) -> Sent:
        """Send one message within 10 seconds; the errors are those of the port."""
        if self._intake.is_stopped:
            raise Retry("dingtalk: stopping")
        return await self._sending.send(outgoing)

    async def upload(self, png: bytes) -> str:
        """Hand a picture to DingTalk and return its media id."""
        return await self._client.upload(png)

    async def profile(self, account: str) -> Profile | None:
        """Ask who an account is; None when DingTalk does not know, or does not answer. It tells no time zone."""
        if account.startswith(STRANGER):
            return None
        asked = {"userid": account, "language": "zh_CN"}
        try:
            answered = await self._client.call_old("/topapi/v2/user/get", asked, within_s=LOOK_S)
        except SendError:
            return None
        user = map_at(answered, "result")
        name = text_at(user, "name")
        email = text_at(user, "org_email") or text_at(user, "email")
        return Profile(name=name, email=email or None) if name else None

    async def check(self) -> Sequence[Finding]:
        """Try every capability once, on nothing that exists."""
        try:
            return await check_all(self._client, robot=self._robot, has_template=self._template is not None)
        finally:
            if self._dispatch is None:
                await self._client.close()
