"""The playground's rooms over the store, and the bell that wakes the pages that look at them.

What happened is read from the transcript by its step; the bell only says "look again", so that
a page that was away and one that was there get the same, in the same order. One process.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from adapters.playground import Held, KeyTaken, Posting, RoomsClosed, Saying, kind_of
from commands.core.event import ChatKind, Json
from storage import rooms
from storage.rooms import Member, Message
from storage.store import Store
from storage.unit import StorageFault, Unit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Room:
    """A chat as one person sees it in the list."""

    chat: str
    kind: ChatKind
    title: str | None
    newest: int = 0
    """The id of the newest message that others wrote; 0 for none."""


@dataclass(frozen=True, slots=True)
class News:
    """What changed after a step, in order; `is_gap` when too much did to tell it one by one."""

    messages: Sequence[Message]
    is_gap: bool = False


class Bell:
    """Wake all who wait whenever something was said."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def listen(self) -> asyncio.Event:
        """Give what the next ring will set. Take it before you look, and wait for it after."""
        return self._next

    def ring(self) -> None:
        """Wake everybody who listens."""
        rung, self._next = self._next, asyncio.Event()
        rung.set()


class StoredRooms:
    """Keep and read the transcript of one workspace; the Rooms of adapters/playground.py."""

    def __init__(self, store: Store, workspace: int) -> None:
        self._store = store
        self._workspace = workspace
        self._turn = asyncio.Lock()
        self.bell = Bell()

    async def hold(self, saying: Saying) -> Held:
        """Keep a saying out of sight; the same key gives the same place again.

        Raises:
            KeyTaken: the key belongs to another saying.
        """

        def work(unit: Unit) -> Held:
            root = None if saying.thread is None else int(saying.thread)
            message, is_new = rooms.hold(
                unit, key=saying.key, chat=saying.chat, thread=root, sender=saying.sender, body=saying.body
            )
            if not is_new and (message.sender, message.chat, message.body) != (
                saying.sender,
                saying.chat,
                dict(saying.body),
            ):
                raise KeyTaken(saying.key)
            return Held(str(message.id), message.created_at)

        return await self._do(work)

    async def show(self, message: str) -> None:
        """Show a held saying to all in its chat."""
        await self._do(lambda unit: rooms.show(unit, int(message)))
        self.bell.ring()

    async def post(self, posting: Posting) -> str:
        """Keep what the bot says and give its id; the same posting twice stands once."""
        root = _id(posting.thread)
        id = await self._do(
            lambda unit: rooms.post(
                unit,
                outbox_id=posting.id,
                chat=posting.chat,
                thread=root,
                only_for=posting.only_for,
                body=posting.body,
            )
        )
        self.bell.ring()
        return str(id)

    async def edit(self, message: str, body: Mapping[str, Json]) -> bool:
        """Put another body in a message of the bot; False if there is no such message."""
        id = _id(message)
        if id is None:
            return False
        is_met = await self._do(lambda unit: rooms.edit(unit, id, body))
        self.bell.ring()
        return is_met

    async def remove(self, message: int) -> None:
        """Take a message away for good."""
        await self._do(lambda unit: rooms.remove(unit, message))
        self.bell.ring()

    async def name(self, account: str) -> str | None:
        """Give a person's name; None if nobody has this account."""
        member = await self.member(account)
        return None if member is None else member.name

    async def member(self, account: str) -> Member | None:
        """Find who speaks through an account."""
        return next((one for one in await self.members() if one.account == account), None)

    async def members(self) -> Sequence[Member]:
        """List who can speak here."""
        return await self._see(rooms.members)

    async def opening(self, account: str) -> tuple[Sequence[Room], int]:
        """List the chats of a person, the direct one first, and the step from which news count."""

        def look(unit: Unit) -> tuple[Sequence[Room], int]:
            step = rooms.last_step(unit)
            newest = rooms.latest(unit, reader=account)
            own = f"dm-{account}"
            places = [(own, None), *((group.chat, group.title) for group in rooms.groups(unit))]
            return [Room(chat, kind_of(chat), title, newest.get(chat, 0)) for chat, title in places], step

        return await self._see(look)

    async def enter(self, account: str, chat: str) -> tuple[Member | None, Room | None]:
        """Find a person, and a chat of theirs; None for what is not there for them."""

        def look(unit: Unit) -> tuple[Member | None, Room | None]:
            member = next((one for one in rooms.members(unit) if one.account == account), None)
            return member, None if member is None else _room(unit, chat, account)

        return await self._see(look)

    async def page(self, chat: str, *, reader: str, before: int | None, limit: int) -> Sequence[Message]:
        """Read messages of a chat before an id, the newest ones, oldest first."""
        return await self._see(lambda unit: rooms.page(unit, chat, reader=reader, before=before, limit=limit))

    async def find(self, message: str, *, reader: str) -> Message | None:
        """Find a message in a chat of the reader; None if it is not there for them."""
        id = _id(message)
        if id is None:
            return None

        def look(unit: Unit) -> Message | None:
            found = rooms.find(unit, id, reader=reader)
            return None if found is None or _room(unit, found.chat, reader) is None else found

        return await self._see(look)

    async def thread(self, root: int, *, reader: str) -> Sequence[Message]:
        """Read the replies of a thread, oldest first."""
        return await self._see(lambda unit: rooms.thread(unit, root, reader=reader))

    async def news(self, step: int, *, reader: str, limit: int = 300) -> News:
        """Read what changed after a step; a step of another store's life is a gap too."""

        def look(unit: Unit) -> News:
            if step > rooms.last_step(unit):
                return News((), is_gap=True)
            messages = rooms.since(unit, step, reader=reader, limit=limit + 1)
            return News((), is_gap=True) if len(messages) > limit else News(messages)

        return await self._see(look)

    async def root_of(self, message: Message, *, reader: str) -> Message | None:
        """Find the first message of the thread in which a message stands, with its replies counted."""
        if message.thread is None:
            return None
        root = message.thread
        return await self._see(lambda unit: rooms.find(unit, root, reader=reader))

    async def _do(self, work: Callable[[Unit], T]) -> T:
        """Write, one at a time: two steps taken at once would be seen out of order.

        An embedded store has one writer and keeps that order by itself.
        """
        async with contextlib.nullcontext() if self._store.is_embedded else self._turn:
            try:
                return await self._store.write(self._workspace, work)
            except StorageFault as error:
                raise RoomsClosed("nothing was kept") from error

    async def _see(self, look: Callable[[Unit], T]) -> T:
        try:
            return await self._store.read(self._workspace, look)
        except StorageFault as error:
            raise RoomsClosed("the transcript cannot be read") from error


def _room(unit: Unit, chat: str, account: str) -> Room | None:
    if chat == f"dm-{account}":
        return Room(chat, "direct", None)
    return next((Room(chat, "group", group.title) for group in rooms.groups(unit) if group.chat == chat), None)


def _id(text: str | None) -> int | None:
    """Read the id of a message; None for what cannot be one."""
    if text is None or not (text.isascii() and text.isdecimal()) or len(text) > 10:
        return None
    return int(text) if int(text) <= rooms.LAST_ID else None
