"""The load: people who say things, and say each again with the same key until it is acknowledged."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import Final

import aiohttp

from tests.proofs.history import MARK, Wished

PEOPLE: Final = ("chenchen", "wangjianguo", "lisi", "lina", "wangwu", "zhaomin", "zhoutao", "ann", "bob")
CHATS: Final = ("war-room", "daily-ops", "general")
LETTERS: Final = "bcdfghjkmnpqrtvw"
"""No vowel and no digit, so that a random word is no word, date or amount."""
GIVES_UP: Final = 0.03
"""How often somebody does not try again after a failure: such a message may be stored or not."""
REDELIVERED: Final = 0.2
"""How often a message comes once more though it was acknowledged, as platforms do when the answer is lost."""
ANSWER_S: Final = 20.0
TOKEN: Final = "X-Drumbeat-Token"


class Door:
    """Where the bot can be reached now, if it can."""

    def __init__(self) -> None:
        self._address: str | None = None
        self._changed = asyncio.Condition()

    async def set(self, address: str | None) -> None:
        """Say where it is reached from now on; None while it is down."""
        async with self._changed:
            self._address = address
            self._changed.notify_all()

    async def address(self, *, other_than: str | None = None) -> str:
        """Wait until it can be reached, at another address than one that failed."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._address not in (None, other_than))
            assert self._address is not None
            return self._address


class Client:
    """One person at a time, as the page would speak for them."""

    def __init__(self, door: Door, board: Board, *, seed: int) -> None:
        self._door = door
        self._board = board
        self._random = random.Random(seed)
        self._session: aiohttp.ClientSession | None = None
        self._address: str | None = None
        self._token = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Say one thing after the other until told to stop; the last one is still brought to its end."""
        try:
            while not stop.is_set():
                await self._bring(self._board.wish(self._random))
        finally:
            await self._hang_up()

    async def _bring(self, wished: Wished) -> None:
        tries = 0
        while True:
            tries += 1
            if await self._say(wished):
                self._board.note(replace(wished, tries=tries, is_acked=True))
                break
            if self._random.random() < GIVES_UP:
                self._board.note(replace(wished, tries=tries))
                return
        if self._random.random() < REDELIVERED:
            await self._say(wished)

    async def _say(self, wished: Wished) -> bool:
        """Say it once; True for 200 and `ok` alone."""
        try:
            session, address = await self._call()
            body = {"key": wished.key, "as": wished.account, "chat": wished.chat, "text": said(wished)}
            async with session.post(
                f"{address}/playground/messages", json=body, headers={TOKEN: self._token}
            ) as response:
                answer = await response.json()
                return response.status == 200 and answer["ack"] == "ok"
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            await self._hang_up()
            return False

    async def _call(self) -> tuple[aiohttp.ClientSession, str]:
        address = await self._door.address()
        if self._session is None or address != self._address:
            await self._hang_up()
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=ANSWER_S)
            )
            async with self._session.get(f"{address}/playground/state") as response:
                self._token = (await response.json())["token"]
            self._address = address
        return self._session, address

    async def _hang_up(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._session = self._address = None


class Board:
    """What the clients wish for, and what became of it."""

    def __init__(self, *, tasks: int) -> None:
        self.log: list[Wished] = []
        self._tasks = tasks
        """So many refs exist for certain: those there were, and those acknowledged since."""
        self._count = 0

    def wish(self, chance: random.Random) -> Wished:
        """Think of something that nobody said before."""
        self._count += 1
        word = "".join(chance.choice(LETTERS) for _ in range(10))
        wish = chance.choices(("add", "finish", "note"), (5, 2, 3))[0]
        mark = f"T-{chance.randint(1, self._tasks)}" if wish == "finish" else f"{MARK} {word}"
        ref = f"T-{chance.randint(1, self._tasks)}" if wish == "note" else ""
        return Wished(
            key=f"{word}-{self._count}" + (f".{ref}" if ref else ""),
            wish=wish,  # type: ignore[arg-type] # one of the three above
            mark=mark,
            account=chance.choice(PEOPLE),
            chat=chance.choice(CHATS),
        )

    def note(self, wished: Wished) -> None:
        """Keep what became of one."""
        self.log.append(wished)
        if wished.wish == "add" and wished.is_acked:
            self._tasks += 1


def said(wished: Wished) -> str:
    """Word a wish as a person would."""
    if wished.wish == "add":
        return f"任务 加 {wished.mark} @李四 5天后 !高 #设计"
    if wished.wish == "finish":
        return f"完成 {wished.mark}"
    ref = wished.key.rpartition(".")[2]
    return f"备注 {ref} {wished.mark}"
