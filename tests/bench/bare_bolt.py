"""The floor of the bench through Slack: bare slack-bolt, one insert and commit, one answer. Nothing of ours.

It takes its settings from the same environment as the bot, and its file has the bot's pragmas.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


def opened(url: str) -> Any:
    """Open the file as the bot does: WAL, synchronous=FULL."""
    try:
        driver = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        driver = importlib.import_module("sqlite3")
    connection = driver.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS single (id INTEGER PRIMARY KEY, title TEXT, at TEXT)")
    return connection


async def main() -> None:
    """Serve until killed."""
    token, url = os.environ["DRUMBEAT_SLACK__BOT_TOKEN"], os.environ["DRUMBEAT_SLACK__API_URL"]
    connection = opened(os.environ["DRUMBEAT_DATABASE_URL"])
    app = AsyncApp(token=token, client=AsyncWebClient(token=token, base_url=url))

    async def take(event: dict[str, Any], say: Any) -> None:
        connection.execute("INSERT INTO single (title, at) VALUES (?, ?)", (event["text"], event["ts"]))
        await say(f"saved: {event['ts']}")

    async def leave(event: dict[str, Any]) -> None:
        """Take no notice of the second copy of a mention."""

    app.event("app_mention")(take)
    app.event("message")(leave)
    handler = AsyncSocketModeHandler(app, os.environ["DRUMBEAT_SLACK__APP_TOKEN"])
    await handler.connect_async()  # type: ignore[no-untyped-call] # the SDK types it not
    sys.stdout.write("Drumbeat is ready: -\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
