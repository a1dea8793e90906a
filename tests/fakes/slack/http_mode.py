"""HTTP mode: signed requests to the app's URL, with Slack's deadline and its retries. Loopback only."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import time
from urllib.parse import urlencode, urlsplit

import aiohttp

from tests.fakes.record import Json, dump
from tests.fakes.slack.delivery import Deliveries, Envelope
from tests.fakes.slack.world import World

STALE_S = 6 * 60
FORM = "application/x-www-form-urlencoded"


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Give the signature of a body as Slack makes it."""
    base = b"v0:" + str(timestamp).encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Beyond(Exception):
    """Say that an address is not on this machine."""


def must_be_loopback(url: str) -> None:
    """Refuse every address that is not loopback.

    Raises:
        Beyond: with the host.
    """
    host = urlsplit(url).hostname or ""
    if host != "localhost":
        try:
            is_near = ipaddress.ip_address(host).is_loopback
        except ValueError:
            is_near = False
        if not is_near:
            raise Beyond(host)


class Requests:
    """A carrier of deliveries."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self._world = world
        self._deliveries = deliveries
        self._session: aiohttp.ClientSession | None = None

    def carry(self, envelope: Envelope) -> bool:
        """Start a request."""
        self._deliveries.spawn(self._post(envelope))
        return True

    async def verify(self) -> bool:
        """Ask the URL whether it is the app's, as Slack does when it is entered."""
        challenge = hashlib.sha256(str(time.time()).encode()).hexdigest()
        token = self._world.team["verification_token"]
        body = dump({"type": "url_verification", "token": token, "challenge": challenge}).encode()
        try:
            status, content, _ = await self._request(body, self._headers(body, "application/json"))
        except (aiohttp.ClientError, TimeoutError):
            return False
        return status == 200 and challenge.encode() in content

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, envelope: Envelope) -> None:
        body, content_type = _body(envelope)
        headers = self._headers(body, content_type, forged=envelope.forged)
        if envelope.attempt:
            reason = "http_timeout" if envelope.reason == "timeout" else envelope.reason
            headers |= {"X-Slack-Retry-Num": str(envelope.attempt), "X-Slack-Retry-Reason": reason}
        if envelope.forged == "tamper":
            body = body.replace(b"a", b"b", 1)
        envelope.sent_at = time.perf_counter()
        try:
            status, content, answered = await self._request(body, headers)
        except TimeoutError:
            self._deliveries.failed(envelope, "http_timeout")
            return
        except aiohttp.ClientError:
            self._deliveries.failed(envelope, "connection_failed")
            return
        self._world.note("answered", id=envelope.delivery.id, envelope=envelope.id, status=status)
        if 200 <= status < 300:
            self._deliveries.acked(envelope, _answer(content, answered.get("Content-Type", "")))
        else:
            again = answered.get("X-Slack-No-Retry") != "1"
            reason = "too_many_redirects" if 300 <= status < 400 else "http_error"
            self._deliveries.failed(envelope, reason, again=again)

    async def _request(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        url = self._world.settings["request_url"]
        must_be_loopback(url)
        if self._session is None:
            self._session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=self._world.settings["ack_s"])
        async with self._session.post(
            url, data=body, headers=headers, timeout=timeout, allow_redirects=False
        ) as response:
            content = await response.content.read(1 << 20)
            return response.status, content, dict(response.headers)

    def _headers(self, body: bytes, content_type: str, *, forged: str | None = None) -> dict[str, str]:
        timestamp = int(time.time()) - (STALE_S if forged == "stale" else 0)
        secret = self._world.team["signing_secret"] + ("x" if forged == "forge" else "")
        return {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": str(timestamp),
            "X-Slack-Signature": sign(secret, timestamp, body),
        }


def _body(envelope: Envelope) -> tuple[bytes, str]:
    payload = envelope.delivery.payload
    match envelope.delivery.type:
        case "events_api":
            return dump(payload).encode(), "application/json"
        case "slash_commands":
            return urlencode(payload).encode(), FORM
        case _:
            return urlencode({"payload": dump(payload)}).encode(), FORM


def _answer(content: bytes, content_type: str) -> Json | None:
    if not content.strip():
        return None
    text = content.decode("utf-8", "replace")
    if content_type.startswith("application/json"):
        try:
            answer = json.loads(text)
        except ValueError:
            return {"text": text}
        return answer if isinstance(answer, dict) else None
    return {"text": text}
