"""DingTalk's two APIs over one shared session: what is called, how it may fail, and how fast.

api.dingtalk.com takes the access token in a header and tells errors by status and code;
oapi.dingtalk.com takes it in the query and tells them by errcode. Each call ends as an answer or as
Retry, Gone or Unsure. What must wait for long is told so at once; only the app's own pace, a few calls
within a second, is waited for here. Redirects are not followed, answers are capped, and no error
carries a token, a webhook or an address.
"""

import asyncio
import random
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from adapters.pace import Pace
from adapters.shapes import list_at, map_at, text_at
from adapters.wire import LOOPBACK, capped, open_session, parsed, proxy_for, timeout_of
from commands.core.ports import Gone, Retry, Unsure

API_URL: Final = "https://api.dingtalk.com"
OAPI_URL: Final = "https://oapi.dingtalk.com"
CALL_S: Final = 9.0
"""The longest that one call takes; a delivery allows 10 seconds for all of its calls."""
TOKEN_S: Final = 5.0
MARGIN_S: Final = 300.0
"""How long before its end a token is not used any more, as the SDK has it."""
PAUSE_S: Final = 60.0
"""After a refusal of the credentials: how long nothing is tried with them."""
CALLS_PER_S: Final = 20
"""Of the standard edition; others have more (reference: call-frequency-limit)."""
TICK_S: Final = 0.005
"""What a wait is longer than it must be, so that its turn has surely come."""
QUEUE_S: Final = 3.0
"""How long a call may wait for its turn; one that would wait longer is told to come again."""
HOLD_S: Final = 2.0
"""After the first refusal for speed, for which DingTalk names no time; doubled with each that follows."""
MOST_HOLD_S: Final = 120.0
DAY_S: Final = 3600.0
"""How long is waited when the organisation's calls of the month are used up."""

WEBHOOK: Final = "session webhook"
_ONCE: Final = frozenset(
    {"/v1.0/robot/groupMessages/send", "/v1.0/robot/oToMessages/batchSend", "/v1.0/card/instances/createAndDeliver"}
)
"""What must not be done twice: a lost answer leaves us unsure."""
_TOKEN_CODES: Final = frozenset({"InvalidAuthentication", "40014", "42001", "40001"})
_SPEED_CODES: Final = frozenset({"90002", "90018", "90019", "130101", "-1"})
_COUNT_CODES: Final = frozenset({"90020", "Forbidden.AccessDenied.ApiCountLimitForOrg"})
_SPEED: Final = re.compile(r"QpsLimit|Throttling|RateLimit", re.IGNORECASE)


class Refused(Gone):
    """Say with which code DingTalk refused a call for good."""

    def __init__(self, call: str, code: str, *, needed: str = "") -> None:
        super().__init__(f"{call}: {code}" + (f" (needs {needed})" if needed else ""))
        self.code = code
        self.needed = needed


class BadCredentials(Retry):
    """Say that DingTalk does not accept client id and secret; only an operator can mend that."""

    def __init__(self, call: str, code: str) -> None:
        super().__init__(f"{call}: {code}", after_s=PAUSE_S)
        self.code = code


class _Expired(Exception):
    """Say that the access token is not accepted any more."""


class Client:
    """Call both APIs. Belongs to one event loop; `ticks` counts seconds and never goes back."""

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        api_url: str = API_URL,
        oapi_url: str = OAPI_URL,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.trouble: str | None = None
        """What DingTalk last said against the credentials or the quota; None while all is accepted."""
        self.api_url = api_url.rstrip("/")
        self.oapi_url = oapi_url.rstrip("/")
        self._id = client_id
        self._secret = client_secret
        self._ticks = ticks
        self._session: aiohttp.ClientSession | None = None
        self._token: tuple[str, float] | None = None
        self._fetching = asyncio.Lock()
        self._refused_until = 0.0
        self._pace = Pace(ticks, every_s=4 / (3 * CALLS_PER_S), burst=CALLS_PER_S // 4)
        self._queue = asyncio.Lock()  # fair: first come, first served
        self._queued = 0
        self._held_until = 0.0
        self._hold_s = HOLD_S

    async def close(self) -> None:
        """Close the session; the next call opens another one."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(
        self, method: str, path: str, body: Mapping[str, Any], *, within_s: float = CALL_S
    ) -> Mapping[str, Any]:
        """Call the new API; the token is fetched, and fetched again once where it ran out.

        Raises:
            Retry: nothing was done; BadCredentials where they are at fault.
            Gone: it can never be done; a Refused tells DingTalk's code for why.
            Unsure: it may have been done. Never for a call that can safely be repeated.
        """

        async def ask(token: str, rest_s: float) -> Mapping[str, Any]:
            headers = {"x-acs-dingtalk-access-token": token}
            return await self._ask(method, self.api_url + path, path, rest_s, headers=headers, json=body)

        await self._wait_for_turn(path)
        return await self._with_token(path, ask, within_s)

    async def call_old(self, path: str, body: Mapping[str, Any], *, within_s: float = CALL_S) -> Mapping[str, Any]:
        """Call the old API, which has limits of its own; raises the same."""

        async def ask(token: str, rest_s: float) -> Mapping[str, Any]:
            query = {"access_token": token}
            return await self._ask("POST", self.oapi_url + path, path, rest_s, params=query, json=body)

        return await self._with_token(path, ask, within_s)

    async def upload(self, png: bytes, *, within_s: float = CALL_S) -> str:
        """Hand over a picture and return its media id; raises the same."""

        async def ask(token: str, rest_s: float) -> Mapping[str, Any]:
            form = aiohttp.FormData()
            form.add_field("media", png, filename="drumbeat.png", content_type="image/png")
            query = {"access_token": token, "type": "image"}
            url = f"{self.oapi_url}/media/upload"
            return await self._ask("POST", url, "/media/upload", rest_s, params=query, data=form)

        media = text_at(await self._with_token("/media/upload", ask, within_s), "media_id")
        if not media:
            raise Retry("/media/upload: no media id in the answer")
        return media

    async def post_to_webhook(self, url: str, body: Mapping[str, Any], *, within_s: float = CALL_S) -> None:
        """Post to a session webhook, which needs no token; the address is a secret of its own.

        Raises:
            Retry, Gone, Unsure: as above; a Refused also where the session is over.
        """
        try:
            await self._ask("POST", url, WEBHOOK, within_s, json=body)
        except _Expired as error:
            raise Refused(WEBHOOK, str(error)) from None

    async def open_gateway(self, body: Mapping[str, Any], *, within_s: float = CALL_S) -> Mapping[str, Any]:
        """Ask for the address of a new stream; `body` is completed by the credentials.

        Raises:
            Retry: DingTalk cannot be reached, or gave no address; BadCredentials as above.
        """
        path = "/v1.0/gateway/connections/open"
        signed = {"clientId": self._id, "clientSecret": self._secret, **body}
        try:
            opened = await self._ask("POST", self.api_url + path, path, within_s, json=signed)
        except (_Expired, Refused) as error:
            raise self._refusal(path, error) from None
        if not self.is_dingtalks(text_at(opened, "endpoint")) or not text_at(opened, "ticket"):
            raise Retry(f"{path}: the address is not one of DingTalk's", after_s=PAUSE_S)
        return opened

    async def token(self) -> str:
        """Give the access token, fetched where there is none that lives for a while.

        Raises:
            Retry: DingTalk cannot be reached; BadCredentials where it refuses.
        """
        path = "/v1.0/oauth2/accessToken"
        async with self._fetching:
            now = self._ticks()
            if self._token is not None and now < self._token[1]:
                return self._token[0]
            if now < self._refused_until:
                raise BadCredentials(path, self.trouble or "refused")
            keys = {"appKey": self._id, "appSecret": self._secret}
            try:
                told = await self._ask("POST", self.api_url + path, path, TOKEN_S, json=keys)
            except (_Expired, Refused) as error:
                self._refused_until = now + PAUSE_S
                raise self._refusal(path, error) from None
            token, life_s = text_at(told, "accessToken"), told.get("expireIn")
            if not token or not isinstance(life_s, int):
                raise Retry(f"{path}: no token in the answer")
            self.trouble = None
            self._token = token, now + life_s - min(MARGIN_S, life_s / 2)
            return token

    def is_dingtalks(self, url: str) -> bool:
        """Tell whether an address is DingTalk's own, encrypted; beside a loopback API, loopback too."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.username or parts.password:
            return False
        if host in LOOPBACK:
            return urlsplit(self.api_url).hostname in LOOPBACK
        ours = {urlsplit(each).hostname for each in (self.api_url, self.oapi_url)}
        return parts.scheme in ("https", "wss") and (host in ours or host.endswith(".dingtalk.com"))

    # -- the wire -----------------------------------------------------------------------------

    async def _with_token(self, call: str, ask: Callable[[str, float], Any], within_s: float) -> Mapping[str, Any]:
        until = self._ticks() + within_s
        rest_s = self._held_until - self._ticks()
        if rest_s > 0:
            raise Retry(f"{call}: DingTalk asked to wait", after_s=rest_s)
        for is_last in (False, True):
            token = await self.token()
            try:
                answer: Mapping[str, Any] = await ask(token, max(0.1, until - self._ticks()))
            except _Expired:
                if is_last:
                    raise Retry(f"{call}: the new token is not accepted either", after_s=PAUSE_S) from None
                if self._token is not None and self._token[0] == token:  # else somebody fetched one meanwhile
                    self._token = None
                continue
            self._hold_s, self.trouble = HOLD_S, None
            return answer
        raise AssertionError("unreachable")

    async def _ask(self, method: str, url: str, call: str, within_s: float, **how: Any) -> Mapping[str, Any]:
        lost = Unsure if call in _ONCE or call == WEBHOOK else Retry
        if self._session is None:
            self._session = open_session()
        try:
            async with self._session.request(
                method, url, allow_redirects=False, timeout=timeout_of(within_s), proxy=proxy_for(url), **how
            ) as response:
                raw = await capped(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise Retry(f"{call}: {type(error).__name__}") from None  # nothing was sent
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise lost(f"{call}: {type(error).__name__}") from None  # its request holds the token
        body = parsed(raw)
        if body is None or response.status >= 500:
            raise lost(f"{call}: an odd answer, {response.status}")
        code = _code_of(body, response.status)
        if code is None:
            return body
        raise self._error(call, code, response.status, body)

    def _error(self, call: str, code: str, status: int, body: Mapping[str, Any]) -> Exception:
        """Choose the error for an answer that says no: nothing was done."""
        if code in _TOKEN_CODES or status == 401:
            return _Expired(code)
        if code in _COUNT_CODES:
            self.trouble = f"{call}: {code}"
            return Retry(f"{call}: the organisation's calls of this month are used up ({code})", after_s=DAY_S)
        if code in _SPEED_CODES or _SPEED.search(code) or status == 429:
            return self._held(call, code)
        scopes = [str(each) for each in list_at(map_at(body, "accessdenieddetail"), "requiredScopes")]
        return Refused(call, code, needed=", ".join(scopes)[:120])

    def _refusal(self, call: str, error: Exception) -> BadCredentials:
        code = error.code if isinstance(error, Refused) else str(error)
        self.trouble = f"{call}: {code}"
        return BadCredentials(call, code)

    # -- the pace -----------------------------------------------------------------------------

    async def _wait_for_turn(self, call: str) -> None:
        """Let a call go when it may.

        Raises:
            Retry: too many calls wait already.
        """
        if self._queued >= QUEUE_S * CALLS_PER_S * 0.75:
            raise Retry(f"{call}: {CALLS_PER_S} calls a second", after_s=QUEUE_S)
        self._queued += 1
        try:
            async with self._queue:
                if (wait_s := self._pace.take("app")) > 0:
                    await asyncio.sleep(wait_s + TICK_S)
                    self._pace.take("app")
        finally:
            self._queued -= 1

    def _held(self, call: str, code: str) -> Retry:
        """Wait longer each time, for DingTalk never says how long."""
        after_s = self._hold_s * random.uniform(0.75, 1.25)  # noqa: S311 - jitter
        self._hold_s = min(MOST_HOLD_S, self._hold_s * 2)
        if call != WEBHOOK:  # that is a limit of one conversation
            self._held_until = self._ticks() + after_s
        return Retry(f"{call}: too fast ({code})", after_s=after_s)


def _code_of(body: Mapping[str, Any], status: int) -> str | None:
    """Find the code of an error, in the new API's way or in the old one's; None for a success."""
    errcode = body.get("errcode")
    if errcode not in (None, 0, "0"):
        return str(body.get("sub_code") or errcode)[:80]  # 88 says nothing, its sub_code does
    if status >= 400:
        return text_at(body, "code", otherwise=str(status))[:80]
    return "not done" if body.get("success") is False else None
