"""Calling a platform over HTTP: one shared session, answers with an end, and proxies by the environment.

No address and no header is ever part of an error: both may hold a credential.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

CONNECT_S: Final = 3.0
CONNECTIONS: Final = 160
"""More than delivery has messages under way, so that no question has to wait for a connection."""
BODY_BYTES: Final = 1_000_000
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def open_session() -> aiohttp.ClientSession:
    """Open a session that keeps no cookies; it belongs to the running loop."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS, ttl_dns_cache=60),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "Drumbeat"},
    )


def proxy_for(url: str) -> str | None:
    """Give the proxy that the environment names; none for loopback and NO_PROXY."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in LOOPBACK or proxy_bypass(host):
        return None
    return getproxies().get({"wss": "https", "ws": "http"}.get(parts.scheme, parts.scheme))


def timeout_of(within_s: float) -> aiohttp.ClientTimeout:
    """Give up a call after so many seconds, and sooner where no connection comes about."""
    # aiohttp rounds up what is longer than the threshold, by as much as a second
    return aiohttp.ClientTimeout(total=within_s, sock_connect=min(CONNECT_S, within_s), ceil_threshold=60)


async def capped(response: aiohttp.ClientResponse) -> bytes:
    """Read an answer, up to the most that one may have.

    Raises:
        ClientPayloadError: there is more.
    """
    read = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        read += chunk
        if len(read) > BODY_BYTES:
            raise aiohttp.ClientPayloadError("the answer is too long")
    return bytes(read)


def parsed(raw: bytes) -> Mapping[str, Any] | None:
    """Read an answer as one JSON object; None where it is none."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
