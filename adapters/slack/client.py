"""Slack's Web API over one shared session: what is called, how it may fail, and how fast.

Each call ends as an Answer or as Retry, Gone or Unsure. Nothing sleeps here: what must wait is told
so at once. Redirects are not followed, answers are capped, and no error carries a token.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from adapters.kept import REMEMBERED
from adapters.pace import Pace
from adapters.slack.manifest import METHODS
from adapters.wire import LOOPBACK, capped, open_session, parsed, proxy_for, timeout_of
from commands.core.ports import Gone, Retry, Unsure

API_URL: Final = "https://slack.com/api/"
CALL_S: Final = 9.0
"""The longest that one call takes; a delivery allows 10 seconds for all of its calls."""
PAUSE_S: Final = 60.0
"""After an error of the token: how long nothing is tried with it."""
BURST: Final = 5
"""Posts in one channel that may go at once; then one a second, as Slack asks."""
"""Holds that are remembered at most."""

_ONCE: Final = frozenset({"chat.postMessage", "chat.postEphemeral", "views.open"})
"""What must not be done twice: a lost answer leaves us unsure."""
_AS_JSON: Final = frozenset(
    {
        "chat.postEphemeral",
        "chat.postMessage",
        "chat.update",
        "conversations.open",
        "files.completeUploadExternal",
        "views.open",
        "views.publish",
    }
)
"""What takes JSON; the rest takes a form only."""
_TRANSIENT: Final = frozenset(
    {
        "accesslimited",
        "external_channel_migrating",
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "rollup_error",
        "service_unavailable",
        "team_added_to_org",
        "hash_conflict",
    }
)
_TOKEN: Final = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked", "team_access_not_granted"}
)
_DIGITS: Final = re.compile(r"[0-9]{1,9}")


class Refused(Gone):
    """Say with which error Slack refused a call for good; `error` is Slack's word for it."""

    def __init__(self, method: str, error: str, *, needed: str = "") -> None:
        super().__init__(f"{method}: {error}" + (f" (needs {needed})" if needed else ""))
        self.error = error


class BadToken(Retry):
    """Say that Slack does not accept the token; only an operator can mend that."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method}: {error}", after_s=PAUSE_S)
        self.error = error


@dataclass(frozen=True, slots=True)
class Answer:
    """What Slack answered to a call that it did."""

    body: Mapping[str, Any]
    scopes: frozenset[str]
    """What the token may do, as the answer's head told; empty where it did not tell."""


class Client:
    """Call the Web API. Belongs to one event loop; `ticks` counts seconds and never goes back."""

    def __init__(
        self, *, bot_token: str, app_token: str | None, api_url: str, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self.trouble: str | None = None
        """What Slack last said against the bot token; None while it is accepted."""
        self._bot_token = bot_token
        self._app_token = app_token
        self._base = api_url if api_url.endswith("/") else api_url + "/"
        self._ticks = ticks
        self._session: aiohttp.ClientSession | None = None
        self._proxy = proxy_for(self._base)
        self._holds: dict[tuple[str, str], float] = {}
        self._pace = Pace(ticks, every_s=1.0, burst=BURST)

    async def close(self) -> None:
        """Close the session; the next call opens another one."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(self, method: str, args: Mapping[str, Any], *, within_s: float = CALL_S) -> Answer:
        """Call a method with the bot token.

        Raises:
            Retry: nothing was done; BadToken where the token is at fault.
            Gone: it can never be done; a Refused tells Slack's word for why.
            Unsure: it may have been done. Never for a method that can safely be repeated.
        """
        channel = str(args.get("channel", ""))
        self._wait_for_turn(method, channel)
        try:
            answer = await self._post(method, args, token=self._bot_token, channel=channel, within_s=within_s)
        except BadToken as error:
            self.trouble = error.error
            raise
        self.trouble = None
        return answer

    async def open_socket(self) -> str:
        """Ask for the address of a new socket, with the app token; it serves once.

        Raises:
            Retry: Slack cannot be reached, or gave an address that is none; BadToken as above.
            Gone: Socket Mode is off for this app.
        """
        method = "apps.connections.open"
        if not self._app_token:
            raise Gone(f"{method}: there is no app token")
        self._wait_for_turn(method, "")
        answer = await self._post(method, {}, token=self._app_token, channel="", within_s=CALL_S)
        url = str(answer.body.get("url", ""))
        if not self.is_slacks(url):
            raise Retry(f"{method}: the address is not one of Slack's", after_s=PAUSE_S)
        return url

    async def put(self, url: str, content: bytes, *, within_s: float = CALL_S) -> None:
        """Post bytes to an upload address that Slack gave; no token goes with them."""
        if not self.is_slacks(url):
            raise Gone("upload: the address is not one of Slack's")
        try:
            async with self._opened().post(
                url,
                data=content,
                headers={"Content-Type": "application/octet-stream"},
                allow_redirects=False,
                timeout=timeout_of(within_s),
                proxy=proxy_for(url),
            ) as response:
                await capped(response)
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Retry(f"upload: {type(error).__name__}") from None  # the error holds the signed address
        if status != 200:
            raise Retry(f"upload: answered {status}")

    def is_slacks(self, url: str) -> bool:
        """Tell whether an address is Slack's own, encrypted; beside a loopback API, loopback too."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.username or parts.password:
            return False
        if host in LOOPBACK:
            return urlsplit(self._base).hostname in LOOPBACK
        return parts.scheme in ("https", "wss") and (host == "slack.com" or host.endswith(".slack.com"))

    # -- the wire -----------------------------------------------------------------------------

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = open_session()
        return self._session

    async def _post(self, method: str, args: Mapping[str, Any], *, token: str, channel: str, within_s: float) -> Answer:
        lost = Unsure if method in _ONCE else Retry
        headers = {"Authorization": f"Bearer {token}"}
        data: Any = {name: _as_field(value) for name, value in args.items()}
        if method in _AS_JSON:
            headers["Content-Type"] = "application/json; charset=utf-8"
            data = json.dumps(dict(args), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        try:
            async with self._opened().post(
                self._base + method,
                data=data,
                headers=headers,
                allow_redirects=False,
                timeout=timeout_of(within_s),
                proxy=self._proxy,
            ) as response:
                raw = await capped(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise Retry(f"{method}: {type(error).__name__}") from None  # nothing was sent
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise lost(f"{method}: {type(error).__name__}") from None  # its request holds the token
        if response.status == 429:
            raise self._held(method, channel, response.headers.get("Retry-After", ""))
        body = parsed(raw) if response.content_type == "application/json" else None
        if body is None or not isinstance(body.get("ok"), bool) or response.status >= 500:
            raise lost(f"{method}: an odd answer, {response.status} {response.content_type}"[:120])
        if body["ok"]:
            given = response.headers.get("X-OAuth-Scopes", "")
            return Answer(body, frozenset(filter(None, (each.strip() for each in given.split(",")))))
        raise self._refusal(method, channel, body, response.headers.get("Retry-After", ""))

    def _refusal(self, method: str, channel: str, body: Mapping[str, Any], retry_after: str) -> Retry | Gone:
        """Choose the error for an answer that says no: nothing was done."""
        error = str(body.get("error") or "unknown_error")[:80]
        if error in _TOKEN:
            return BadToken(method, error)
        if error in ("ratelimited", "rate_limited"):
            return self._held(method, channel, retry_after)
        if error in _TRANSIENT:
            return Retry(f"{method}: {error}")
        return Refused(method, error, needed=str(body.get("needed") or "")[:80])

    # -- the pace -----------------------------------------------------------------------------

    def _wait_for_turn(self, method: str, channel: str) -> None:
        """Let a call go, or say when it may.

        Raises:
            Retry: Slack asked us to wait, or the channel has had enough for this second.
        """
        if method not in METHODS:
            raise LookupError(f"{method} is not in the manifest's table")
        now = self._ticks()
        until = self._holds.get((method, channel), now)
        if until > now:
            raise Retry(f"{method}: Slack asked to wait", after_s=until - now)
        self._holds.pop((method, channel), None)
        if method == "chat.postMessage" and (wait_s := self._pace.take(channel)):
            raise Retry(f"{method}: one a second for each channel", after_s=wait_s)

    def _held(self, method: str, channel: str, retry_after: str) -> Retry:
        after_s = min(3600.0, max(1.0, float(retry_after))) if _DIGITS.fullmatch(retry_after) else 1.0
        now = self._ticks()
        if len(self._holds) >= REMEMBERED:
            self._holds = {key: until for key, until in self._holds.items() if until > now}
        self._holds[method, channel] = now + after_s
        return Retry(f"{method}: ratelimited", after_s=after_s)


def _as_field(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
