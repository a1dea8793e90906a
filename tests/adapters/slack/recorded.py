"""Payloads in Slack's shapes, from `payloads/`, and the signature that Slack puts on a post."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.slack.receive import Own

DIRECTORY = Path(__file__).parent / "payloads"
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
OWN = Own(team="T0SHOP", bot_user="U0BOT", bot="B0DRUM", app="A0DRUM", url="https://shop.slack.com/")


def payload(name: str, **changes: Any) -> dict[str, Any]:
    """Read one payload; `event__user="U1"` changes what stands inside."""
    body: dict[str, Any] = json.loads((DIRECTORY / f"{name}.json").read_text(encoding="utf-8"))
    for path, value in changes.items():
        *above, last = path.split("__")
        inside = body
        for part in above:
            inside = inside[part]
        inside[last] = value
    return body


def names() -> list[str]:
    """Name all payloads."""
    return sorted(path.stem for path in DIRECTORY.glob("*.json"))


def signed(
    body: bytes, *, at: datetime = NOW, secret: str = SECRET, content_type: str = "application/json"
) -> dict[str, str]:
    """Give the heads of a post as Slack sends them, in lower case."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}", "content-type": content_type}
