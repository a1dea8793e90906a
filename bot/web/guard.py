"""Who may come in, and what a browser may do with what it gets (threat T25).

A page of another site can neither read (Host allow-list against rebinding, no CORS) nor write
(token and SameSite cookie), nor frame us, nor run anything in our page (no inline code).
"""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.playground import KeyTaken, RoomsClosed
from bot.web.deps import WebSettings, Words
from bot.web.hooks import is_hook
from bot.web.refusals import Refused, refusal

BODY_BYTES: Final = 256 * 1024
TOKEN_HEADER: Final = "X-Drumbeat-Token"  # noqa: S105 - the header's name
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CODES: Final = {404: "no_page", 405: "wrong_method", 413: "too_large"}
_HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]/@\s]+)(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Pass:
    """What a page of this process shows to be let write: a header and a cookie."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    cookie_name: str = "drumbeat"

    def give(self, response: web.Response) -> web.Response:
        """Put the cookie on a response that hands out the token."""
        response.set_cookie(self.cookie_name, self.cookie, httponly=True, samesite="Strict", path="/")
        return response

    def is_shown_by(self, request: web.Request) -> bool:
        """Tell whether a request carries both halves."""
        token = request.headers.get(TOKEN_HEADER, "")
        cookie = request.cookies.get(self.cookie_name, "")
        return _same(token, self.token) and _same(cookie, self.cookie)


def guards(settings: WebSettings, words: Words, given: Pass) -> Sequence[Middleware]:
    """Give the middlewares, outermost first."""
    return (_refusing(words), _hosts(settings), _password(settings), _token(given, settings))


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on every response; hang it on `on_response_prepare`."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-cache" if request.path.startswith("/static/") else "no-store")


def _refusing(words: Words) -> Middleware:
    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as refused:
            return refusal(refused, words)
        except RoomsClosed:
            return refusal(Refused("closed"), words)
        except KeyTaken:
            return refusal(Refused("key_taken"), words)
        except web.HTTPException as error:
            if error.status not in _CODES:
                raise
            answer = refusal(Refused(_CODES[error.status]), words)
            if "Allow" in error.headers:
                answer.headers["Allow"] = error.headers["Allow"]
            return answer

    return refuse


def _hosts(settings: WebSettings) -> Middleware:
    allowed = {"127.0.0.1", "localhost", "[::1]", _bracketed(settings.host), *map(_bracketed, settings.names)}

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_hook(request) and _name_of(request.headers.get("Host", "")) not in allowed:
            raise Refused("wrong_host")
        return await handler(request)

    return check


def _password(settings: WebSettings) -> Middleware:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_free = settings.password is None or request.path == "/healthz" or is_hook(request)
        if not is_free and not _same(_password_of(request), settings.password or ""):
            raise Refused("password_needed")
        return await handler(request)

    return check


def _token(given: Pass, settings: WebSettings) -> Middleware:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_free = request.method in _READING or is_hook(request)
        if not is_free and not (_is_ours(request) and given.is_shown_by(request)):
            raise Refused("wrong_token")
        return await handler(request)

    return check


def _is_ours(request: web.Request) -> bool:
    """Tell that the browser names no other site as the one that asks."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("Host")


def _name_of(host: str) -> str | None:
    """Give the name in a Host header, without its port; None if it is none.

    >>> _name_of("[::1]:8420"), _name_of("LOCALHOST"), _name_of("localhost:8420@evil.example")
    ('[::1]', 'localhost', None)
    """
    match = _HOST.fullmatch(host)
    return match[1].lower() if match else None


def _bracketed(name: str) -> str:
    return f"[{name}]".lower() if ":" in name and not name.startswith("[") else name.lower()


def _password_of(request: web.Request) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _same(given: str, wanted: str) -> bool:
    """Compare in constant time; nothing is never the same."""
    return bool(wanted) and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("utf-8"))
