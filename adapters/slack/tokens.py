"""The credentials: refused when they cannot be ones, and what the doctor says of them. Never shown."""

import re
from collections.abc import Mapping
from typing import Final

from adapters.slack.client import BadToken, Client
from adapters.slack.manifest import APP_SCOPE, scopes
from commands.core.ports import Finding, SendError

BOT: Final = "slack bot token"
APP: Final = "slack app token"

_APP_OF_TOKEN: Final = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-")
_KINDS: Final[Mapping[str, str]] = {
    "xoxb-": "a bot token",
    "xapp-": "an app token",
    "xoxp-": "a user token",
    "xoxe-": "a token that rotates",
    "xoxe.": "a token that rotates",
    "xoxc-": "the token of a browser",
}
_WHERE: Final[Mapping[str, str]] = {
    BOT: "the bot token begins with xoxb-: in the app's settings, OAuth & Permissions, Bot User OAuth Token",
    APP: f"the app token begins with xapp-: Basic Information, App-Level Tokens, with the scope {APP_SCOPE}",
}


def app_of(app_token: str | None) -> str:
    """Give the id of the app that an app token belongs to; empty where it does not show."""
    found = _APP_OF_TOKEN.match(app_token or "")
    return found[1] if found else ""


def wrong_kinds(bot_token: str, app_token: str | None) -> list[Finding]:
    """Name each token that stands where another belongs."""
    held = [(BOT, bot_token, "xoxb-"), (APP, app_token, "xapp-")]
    return [
        Finding(
            subject, is_fine=False, detail=f"this is {_KINDS.get(token[:5], 'no such token')}", remedy=_WHERE[subject]
        )
        for subject, token, begin in held
        if token is not None and not token.startswith(begin)
    ]


async def check_bot(client: Client) -> list[Finding]:
    """Try the bot token, and compare its scopes with what the manifest asks for."""
    try:
        answered = await client.call("auth.test", {})
    except BadToken as error:
        return [Finding(BOT, is_fine=False, detail=f"paused, Slack refuses it: {error.error}", remedy=_WHERE[BOT])]
    except SendError as error:
        return [Finding(BOT, is_fine=False, detail=str(error), remedy="see whether this machine reaches Slack")]
    told = {name: str(answered.body.get(name, "")) for name in ("user", "user_id", "team", "team_id")}
    detail = f"{told['user']} ({told['user_id']}) in {told['team']} ({told['team_id']})"
    return [Finding(BOT, is_fine=True, detail=detail), *_scopes(answered.scopes)]


def _scopes(granted: frozenset[str]) -> list[Finding]:
    if not granted:
        return [Finding("slack scopes", is_fine=True, detail="Slack did not tell them")]
    needed = scopes()
    remedy = "add it under OAuth & Permissions, or paste the manifest anew; then reinstall the app"
    missing = [
        Finding(f"slack scope {scope}", is_fine=False, detail=f"missing: {serves}", remedy=remedy)
        for scope, serves in needed.items()
        if scope not in granted
    ]
    return missing or [Finding("slack scopes", is_fine=True, detail=f"all {len(needed)} are granted")]


async def check_app(client: Client) -> Finding:
    """Try whether the app token opens sockets; none is opened."""
    try:
        await client.open_socket()
    except SendError as error:
        return Finding(APP, is_fine=False, detail=str(error), remedy=_WHERE[APP])
    return Finding(APP, is_fine=True, detail="opens sockets")
