"""The organisation of the fake DingTalk: people, groups, what stands in them, tokens, and what went wrong."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.fakes.record import Json, Log

SETTINGS: Final[Json] = {
    "ack_s": 3.0,  # how long an acknowledgement is waited for
    "retries_s": [1.0, 2.0, 4.0, 8.0],  # after which pauses an unacknowledged frame leaves again
    "token_life_s": 7200,
    "ticket_s": 90.0,
    "webhook_life_s": 5400.0,
    "per_minute": 20,  # messages of the bot in one conversation
    "min_ping_s": 0.0,
    "permissions": ["qyapi_robot_sendmsg", "qyapi_base", "qyapi_get_member", "Card.Instance.Write"],
    "leaves_mention": False,  # whether the bot's own mention stays in the text
}
ROBOT_ID: Final = "$:LWCP_v1:$bot"


@dataclass
class Group:
    """A group and who is in it."""

    id: str
    title: str
    members: list[str]
    has_bot: bool = True


@dataclass
class Message:
    """What the bot, or a person, said."""

    id: str
    chat: str
    """A group's conversation id, or the staff id of the person written to."""
    via: str
    """`webhook`, `robot`, `card` or `person`."""
    sender: str
    title: str = ""
    text: str = ""
    at: list[str] = field(default_factory=list)
    card: dict[str, str] | None = None
    track: str = ""
    edits: int = 0


class World:
    """Everything that there is; what changes is noted in the log."""

    def __init__(self, log: Path) -> None:
        self.settings: Json = dict(SETTINGS)
        self.corp = "ding" + secrets.token_hex(8)
        self.client_id = "ding" + secrets.token_hex(8)
        self.client_secret = secrets.token_urlsafe(48)
        self.template = f"{secrets.token_hex(16)}.schema"
        self.people: dict[str, str] = {}
        self.groups: dict[str, Group] = {}
        self.messages: list[Message] = []
        self.cards: dict[str, Message] = {}
        self.tokens: dict[str, float] = {}
        self.media: dict[str, bytes] = {}
        self.webhooks: dict[str, tuple[str, float]] = {}
        """Session -> the conversation or person it answers, and its end."""
        self.seq = 0
        self.log = Log(log)
        self._posted: dict[str, deque[float]] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self.violations: list[Json] = []

    def note(self, what: str, **data: object) -> Json:
        """Log that something happened, and wake whoever waits for it."""
        self.seq += 1
        record: Json = {"n": self.seq, "at": round(time.time(), 6), "what": what, **data}
        self.log.append(record)
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
        return record

    async def changed(self, since: int, timeout_s: float) -> int:
        """Wait until something was noted after `since`, or the time is over; give the number of the last record."""
        if self.seq <= since:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await asyncio.wait([future], timeout=timeout_s)
        return self.seq

    def blame(self, about: str, **data: Any) -> None:
        """Note that the app broke the protocol."""
        self.violations.append(self.note("violation", about=about, **data))

    def new_id(self, prefix: str) -> str:
        """Give an id that was never given before."""
        return f"{prefix}{secrets.token_hex(9)}{self.seq}"

    def take_turn(self, chat: str) -> bool:
        """Count a message of the bot in a conversation; False when there were too many within a minute."""
        now, posted = time.monotonic(), self._posted.setdefault(chat, deque())
        while posted and posted[0] < now - 60:
            posted.popleft()
        if len(posted) >= self.settings["per_minute"]:
            self.blame("too_fast", chat=chat)
            return False
        posted.append(now)
        return True

    def say(self, message: Message) -> Message:
        """Let a message stand."""
        self.messages.append(message)
        if message.card is not None:
            self.cards[message.track] = message
        self.note("message", message=vars(message))
        return message
