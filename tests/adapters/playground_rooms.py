"""Rooms in memory, for tests of the playground's adapter that need no store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.playground import BOT, Held, KeyTaken, Posting, RoomsClosed, Saying
from commands.core.event import Json

NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)


@dataclass
class Standing:
    """One message as it stands in a room."""

    id: str
    chat: str
    thread: str | None
    sender: str
    body: Mapping[str, Json]
    only_for: str | None = None
    is_shown: bool = True
    deliveries: int = 1
    edits: int = 0


@dataclass
class MemoryRooms:
    """Keep the transcript in a list; closed, it refuses like a store that does not answer."""

    people: dict[str, str] = field(default_factory=lambda: {"chenchen": "陈晨", "lisi": "李四"})
    is_closed: bool = False
    messages: list[Standing] = field(default_factory=list)
    _of_key: dict[str, Standing] = field(default_factory=dict)

    @property
    def shown(self) -> list[Standing]:
        """Give what is seen, in order."""
        return [one for one in self.messages if one.is_shown]

    async def hold(self, saying: Saying) -> Held:
        """Keep a saying out of sight."""
        self._check()
        met = self._of_key.get(saying.key)
        if met is None:
            met = self._add(
                Standing("", saying.chat, saying.thread, saying.sender, dict(saying.body), is_shown=False), saying.key
            )
        elif (met.sender, met.chat, met.body) != (saying.sender, saying.chat, dict(saying.body)):
            raise KeyTaken(saying.key)
        return Held(met.id, NOON)

    async def show(self, message: str) -> None:
        """Show a held saying."""
        self._check()
        self._find(message).is_shown = True

    async def post(self, posting: Posting) -> str:
        """Keep what the bot says, once for an id."""
        self._check()
        met = self._of_key.get(f"outbox:{posting.id}")
        if met is not None:
            met.deliveries += 1
            return met.id
        new = Standing("", posting.chat, posting.thread, BOT, dict(posting.body), posting.only_for)
        return self._add(new, f"outbox:{posting.id}").id

    async def edit(self, message: str, body: Mapping[str, Json]) -> bool:
        """Put another body in a message of the bot."""
        self._check()
        met = next((one for one in self.messages if one.id == message and one.sender == BOT), None)
        if met is None:
            return False
        met.body, met.edits = dict(body), met.edits + 1
        return True

    async def name(self, account: str) -> str | None:
        """Give a person's name."""
        self._check()
        return self.people.get(account)

    def _add(self, message: Standing, key: str) -> Standing:
        message.id = str(len(self.messages) + 1)
        self.messages.append(message)
        self._of_key[key] = message
        return message

    def _find(self, message: str) -> Standing:
        return next(one for one in self.messages if one.id == message)

    def _check(self) -> None:
        if self.is_closed:
            raise RoomsClosed("closed by the test")
