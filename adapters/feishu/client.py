"""Feishu's open API over one shared session: what is called, how it may fail, and how fast.

Each call ends as an answer's `data` or as Retry, Gone or Unsure. We call it ourselves, for the SDK's client
blocks its loop for a token. Redirects are not followed, answers are capped, and no error carries a token.
Codes: the error tables of the message pages (create, reply, patch), and the page "frequency control".
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import aiohttp

from adapters.kept import REMEMBERED
from adapters.pace import Pace
from adapters.shapes import map_at, text_at
from adapters.wire import LOOPBACK, capped, open_session, parsed, proxy_for, timeout_of
from commands.core.ports import Gone, Retry, SendError, Unsure

DOMAIN: Final = "https://open.feishu.cn"
CALL_S: Final = 9.0
"""The longest that one call takes; a delivery allows 10 seconds for all of its calls."""
PAUSE_S: Final = 60.0
"""After an error of the credentials: how long nothing is tried with them."""
EARLY_S: Final = 300.0
"""How long before its end a token is renewed; Feishu gives a new one in the last half hour."""
CHAT_EVERY_S: Final = 0.25
"""Of posts to one chat or person, and of edits of one message: five a second are allowed, shared by all bots."""
APP_EVERY_S: Final = 0.06
APP_BURST: Final = 30
"""1,000 a minute and 50 a second are allowed to an app."""
PATIENCE_S: Final = 2.0
"""A turn that comes sooner than this is waited for within the call."""
HOSTS: Final = (".feishu.cn", ".larksuite.com", ".larkoffice.com")

_TOKEN: Final = frozenset({99991661, 99991663, 99991664, 99991665, 99991666, 99991668, 99991671})
"""The token is missing, ended or not of this app: a new one is fetched, once for each call."""
_RATE: Final = frozenset({99991400, 99991402, 11020, 11021, 230020, 1000004, 1000005})
_TRANSIENT: Final = frozenset({1, 1663, 2200, 11232, 55001, 190004, 230049, 1000040343})
"""An inner error, too much to do, and 230049: the same uuid is being sent at this moment."""
_DIGITS: Final = re.compile(r"[0-9]{1,6}")

log = logging.getLogger("drumbeat.feishu")


class Refused(Gone):
    """Say with which code Feishu refused a call for good."""

    def __init__(self, call: str, code: int, message: str) -> None:
        super().__init__(f"{call}: {code} {message}"[:300])
        self.code = code


class BadSecret(Retry):
    """Say that Feishu does not accept the app's credentials; only an operator can mend that."""

    def __init__(self, call: str, code: int, message: str) -> None:
        super().__init__(f"{call}: {code} {message}"[:300], after_s=PAUSE_S)


class Client:
    """Call the open API; belongs to one event loop. `ticks` counts seconds, never back."""

    def __init__(
        self, *, app_id: str, app_secret: str, domain: str = DOMAIN, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self.trouble: str | None = None
        """What Feishu last said against the credentials; None while they are accepted."""
        self._app_id = app_id
        self._app_secret = app_secret
        self._domain = domain.rstrip("/")
        self._ticks = ticks
        self._session: aiohttp.ClientSession | None = None
        self._proxy = proxy_for(self._domain)
        self._token = ""
        self._token_ends = 0.0
        self._renewing = asyncio.Lock()
        self._holds: dict[str, float] = {}
        self._pace = Pace(ticks, every_s=CHAT_EVERY_S, burst=1)
        self._app_pace = Pace(ticks, every_s=APP_EVERY_S, burst=APP_BURST)

    async def close(self) -> None:
        """Close the session; the next call opens another one."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        files: Mapping[str, str | bytes] | None = None,
        lane: str = "",
        within_s: float = CALL_S,
    ) -> Mapping[str, Any]:
        """Call one method below `/open-apis/`, and give its answer whole.

        `lane` names the chat, person or message whose pace it is to keep.

        Raises:
            Retry: nothing was done; BadSecret where the credentials are at fault.
            Gone: it can never be done; a Refused tells Feishu's code for why.
            Unsure: it may have been done.
        """
        until = self._ticks() + within_s
        await self._take_turn(lane, until)
        address = f"/open-apis/{path}" + (f"?{urlencode(query)}" if query else "")
        is_repeated = False
        while True:
            token = await self._tenant_token(until)
            try:
                return await self._exchange(
                    method, address, body=body, files=files, token=token, lane=lane, until=until
                )
            except _TokenEnded:
                if self._token == token:
                    self._token = ""
                if is_repeated:
                    raise Retry(f"{path}: the token is not accepted", after_s=1.0) from None
                is_repeated = True

    async def endpoint(self) -> tuple[str, Mapping[str, Any]]:
        """Ask for the address of a new long connection, and how the client shall keep it.

        Raises:
            Retry: Feishu cannot be reached, or gave an address that is none of its own.
            Gone: it gives this app no connection; BadSecret where the secret is wrong.
        """
        call = "callback/ws/endpoint"
        asked = {"AppID": self._app_id, "AppSecret": self._app_secret}
        try:
            answered = await self._exchange("POST", f"/{call}", body=asked, until=self._ticks() + CALL_S)
        except Unsure as error:  # nothing is done by asking
            raise Retry(str(error)) from None
        url = text_at(answered, "data", "URL")
        if not self._is_feishus(url):
            raise Retry(f"{call}: the address is not one of Feishu's", after_s=PAUSE_S)
        return url, map_at(answered, "data", "ClientConfig")

    def _is_feishus(self, url: str) -> bool:
        """Tell whether an address is Feishu's own, encrypted; beside a loopback domain, loopback too."""
        parts, own = urlsplit(url), urlsplit(self._domain).hostname or ""
        host = parts.hostname or ""
        if parts.username or parts.password or parts.scheme not in ("ws", "wss"):
            return False
        if host in LOOPBACK:
            return own in LOOPBACK
        is_related = host == own or host.endswith(("." + own.partition(".")[2], *HOSTS))
        return parts.scheme == "wss" and is_related

    # -- the token --------------------------------------------------------------------------------

    async def _tenant_token(self, until: float) -> str:
        """Give the token of the app in its tenant, renewed before it ends; one asks, the others wait."""
        if self._token and self._ticks() < self._token_ends:
            return self._token
        async with self._renewing:
            if self._token and self._ticks() < self._token_ends:
                return self._token
            call = "auth/v3/tenant_access_token/internal"
            asked = {"app_id": self._app_id, "app_secret": self._app_secret}
            try:
                answered = await self._exchange("POST", f"/open-apis/{call}", body=asked, until=until)
            except Unsure as error:  # nothing is sent by asking
                raise Retry(str(error)) from None
            except Refused as error:
                self.trouble = str(error)
                raise BadSecret(call, error.code, "the app id or the app secret is not accepted") from None
            token, ends = text_at(answered, "tenant_access_token"), answered.get("expire")
            if not token or not isinstance(ends, int):
                raise Retry(f"{call}: no token in the answer")
            self.trouble = None
            self._token, self._token_ends = token, self._ticks() + max(1.0, ends - min(EARLY_S, ends / 2))
            return token

    # -- the wire ---------------------------------------------------------------------------------

    async def _exchange(
        self,
        method: str,
        address: str,
        *,
        body: Mapping[str, Any] | None = None,
        files: Mapping[str, str | bytes] | None = None,
        token: str = "",
        lane: str = "",
        until: float,
    ) -> Mapping[str, Any]:
        """Ask once, and read the answer."""
        call = f"{method} {address.partition('?')[0].removeprefix('/open-apis/')}"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data: Any = _form(files) if files else None
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        if self._session is None:
            self._session = open_session()
        try:
            async with self._session.request(
                method,
                self._domain + address,
                data=data,
                headers=headers,
                allow_redirects=False,
                timeout=timeout_of(max(0.1, until - self._ticks())),
                proxy=self._proxy,
            ) as response:
                raw = await capped(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise Retry(f"{call}: {type(error).__name__}") from None  # nothing was sent
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unsure(f"{call}: {type(error).__name__}") from None  # its request holds the token
        return self._answered(call, lane, response, raw)

    def _answered(self, call: str, lane: str, response: aiohttp.ClientResponse, raw: bytes) -> Mapping[str, Any]:
        """Read an answer; one that says no is raised as what it means."""
        answered = parsed(raw)
        code = answered.get("code") if answered is not None else None
        if response.status == 429:
            raise self._held(call, lane, response.headers)
        if answered is None or not isinstance(code, int) or (response.status >= 500 and code == 0):
            raise Unsure(f"{call}: an odd answer, {response.status} {response.content_type}"[:120])
        if code:
            raise self._refusal(call, lane, code, text_at(answered, "msg"), response.headers)
        return answered

    def _refusal(self, call: str, lane: str, code: int, message: str, headers: Mapping[str, str]) -> SendError:
        """Choose the error for an answer that says no: nothing was done."""
        if code in _TOKEN:
            return _TokenEnded(call)
        if code in _RATE:
            return self._held(call, lane, headers)
        if code in _TRANSIENT:
            return Retry(f"{call}: {code}")
        return Refused(call, code, message)

    # -- the pace ---------------------------------------------------------------------------------

    async def _take_turn(self, lane: str, until: float) -> None:
        """Keep the pace: wait a moment, or say how long to wait.

        Raises:
            Retry: Feishu asked us to wait, or others come first.
        """
        for pace, name in ((self._pace, lane), (self._app_pace, "app")) if lane else ():
            while wait_s := max(self._held_for(lane), pace.take(name)):
                if wait_s > min(PATIENCE_S, until - self._ticks() - 1.0):
                    raise Retry("feishu: others come first", after_s=wait_s)
                await asyncio.sleep(wait_s)

    def _held_for(self, lane: str) -> float:
        return max(0.0, self._holds.get(lane, 0.0) - self._ticks())

    def _held(self, call: str, lane: str, headers: Mapping[str, str]) -> Retry:
        """Note for how long Feishu wants to hear nothing more of this kind; without a word, for a second."""
        told = headers.get("x-ogw-ratelimit-reset", "")
        after_s = min(3600.0, max(1.0, float(told))) if _DIGITS.fullmatch(told) else 1.0
        if lane:
            now = self._ticks()
            if len(self._holds) >= REMEMBERED:
                self._holds = {each: until for each, until in self._holds.items() if until > now}
            self._holds[lane] = now + after_s
        return Retry(f"{call}: too many at once", after_s=after_s)


class _TokenEnded(Retry):
    """Say that another token is needed."""


def _form(fields: Mapping[str, str | bytes]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in fields.items():
        if isinstance(value, bytes):
            form.add_field(name, value, filename="drumbeat.png", content_type="image/png")
        else:
            form.add_field(name, value)
    return form
