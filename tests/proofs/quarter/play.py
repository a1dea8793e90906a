"""Let the quarter pass over the real house, on a platform in memory, and note what everybody is shown, and when.

The hands jump from one thing to the next: a slot, something said, a message that waits. Every few days the process dies
in the middle of its posts, and another opens over the same store.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count, groupby
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from adapters.markup import plain
from bot.observe import utc_now
from commands.core.ports import Outgoing
from commands.core.reply import Button, Divider, Part, Reply
from storage.mail import OUTBOX
from storage.migrate import upgrade
from storage.schedules import next_instant
from storage.unit import Unit
from tests.fakes.memory import Memory, Shown, buttons_of
from tests.proofs.quarter.rules import END, OPENS, TELLS, WALL, Telling, account, expected, is_asked, is_quiet, may_wait
from tests.proofs.quarter.script import BEGIN, STANDUP, TEAM, Act, Day, Task, acts, behaviour, is_workday, sh, tasks
from tests.support.house import Bot, open_bot, seed_house
from tests.support.store import HandClock

CUT_EACH: Final = 3
"""Days from one death of the process to the next."""
TITLES: Final = {
    "⏰": "reminder",
    "欢迎回来": "welcome",
    "Welcome back": "welcome",
}
"""How the titles of messages begin, by kind."""
DIGESTS: Final = {"日报": "daily", "周报": "weekly", "月报": "monthly"}
TEXTS: Final = {
    "还差你的": "nudge",
    "Yours is still missing": "nudge",
    "等你确认": "chase",
    "waits for you to confirm": "chase",
    "也提醒过": "red",
    "还没有确认：": "escalated",
    "最近两次站会都没交": "missed",
    "让我提醒的": "beat",
    "had me say this": "beat",
}
"""What messages of a kind say."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a quarter."""

    expected: int
    missing: tuple[Telling, ...]
    """What should have been written, and was not, or named other things."""
    strange: tuple[Telling, ...]
    """What was written though it should not, or once more than it should."""
    cuts: int
    """How often the process died in the middle of its posts."""
    unsent: int
    """Messages that should have been sent by the end."""
    disturbing: tuple[Telling, ...]
    """What could have waited, and was shown in its reader's quiet hours."""

    @property
    def is_sound(self) -> bool:
        """Whether all was as it should be."""
        return not (self.missing or self.strange or self.unsent or self.disturbing)

    def told(self, most: int = 20) -> str:
        """Write what was found, the first differences one by one."""
        found = [*((each, "missing") for each in self.missing), *((each, "strange") for each in self.strange)]
        lines = [
            f"{each.at:%m-%d %H:%MZ} {each.to} {' '.join((each.kind, *each.about))}: {what}" for each, what in found
        ]
        return "\n".join([f"{len(self.missing)} missing, {len(self.strange)} strange", *sorted(lines)[:most]])


def play(directory: Path, *, until: datetime = END) -> Played:
    """Play the quarter, or its beginning, on a new database."""
    url = f"sqlite:///{directory / 'quarter.db'}"
    upgrade(url, backups=None, now=utc_now())
    clock = HandClock(BEGIN)
    seed_house(url, clock)
    return asyncio.run(Quarter(url, clock).play(until))


class Quarter:
    """One quarter, from the first message to the last."""

    def __init__(self, url: str, clock: HandClock) -> None:
        self._url = url
        self._clock = clock
        self._platform = Memory(clock=clock)
        self._tasks = tasks()
        self._doings = sorted([*_sayings(self._tasks), *_answers()], key=lambda each: each[0])
        self._cuts = list(_cuts())
        self._seen: list[Telling] = []
        self._sheets: dict[str, Shown] = {}
        """The newest sheet of each account."""
        self._died = 0

    async def play(self, until: datetime) -> Played:
        """Open one process after the other until the time is over."""
        while self._clock.now < until:
            async with open_bot(self._url, self._clock, platform=self._platform) as bot:
                for who in ("Ann", "Kate"):
                    bot.promote(who, "lead")  # only leads set what comes again and again
                await self._live(bot, until)
                unsent = await bot.store.read(bot.workspace, _unsent)
            self._platform.calm()
        should, seen = Counter(each for each in expected(self._tasks) if each.at <= until), Counter(self._seen)
        missing, strange = should - seen, seen - should
        return Played(
            expected=should.total(),
            missing=tuple(missing.elements()),
            strange=tuple(strange.elements()),
            cuts=self._died,
            unsent=unsent,
            disturbing=tuple(each for each in self._seen if may_wait(each) and is_quiet(each)),
        )

    async def _live(self, bot: Bot, until: datetime) -> None:
        """Be one process, until it dies or the time is over."""
        while True:
            await self._do(bot)
            if self._cuts and self._cuts[0][0] <= self._clock.now:
                _, trouble = self._cuts.pop(0)
                if await self._die(bot, trouble):
                    return
            await bot.tick()
            await self._note(bot)
            coming = [at for at in (await bot.store.read(bot.workspace, _next), self._next_doing()) if at]
            at = min(coming, default=until)
            if at > until:
                self._clock.now = until
                return
            self._clock.now = max(at, self._clock.now)

    def _next_doing(self) -> datetime | None:
        return self._doings[0][0] if self._doings else None

    async def _do(self, bot: Bot) -> None:
        """Have people say and press what they do now."""
        while self._doings and self._doings[0][0] <= self._clock.now:
            _, doing = self._doings.pop(0)
            if isinstance(doing, Act):
                heard = await bot.say(doing.who, doing.text, chat=doing.chat)
                assert heard.done is not None and heard.done.result == "done", f"{doing}: {heard.text}"
            elif account(doing) in self._sheets:  # else it is missing, and will be told so
                await self._answer(bot, doing, self._sheets.pop(account(doing)))
            await self._note(bot)

    async def _answer(self, bot: Bot, who: str, sheet: Shown) -> None:
        day = self._clock.now.astimezone(TEAM[who].zone).date()
        wanted = "standup skip" if behaviour(who, day) == "skips" else "standup submit"
        button = next(each for each in buttons_of(sheet.reply) if each.command == wanted)
        await self._platform.press(account(who), sheet.message, button)
        await bot.settle()

    async def _die(self, bot: Bot, trouble: Callable[[Memory], object]) -> bool:
        """Tick, and die when a message is stuck on its way; False where nothing was written."""
        trouble(self._platform)
        ticking = asyncio.create_task(bot.tick())
        while not ticking.done() and not self._platform.stuck:  # noqa: ASYNC110 - nobody else tells
            await asyncio.sleep(0)
        ticking.cancel()
        await asyncio.wait([ticking])
        if not self._platform.stuck:
            self._platform.calm()
            return False
        self._died += 1
        return True

    async def _note(self, bot: Bot) -> None:
        """Keep what was shown since the last look, as of this instant."""
        shown, self._platform.shown[:] = [each for each in self._platform.shown if each.kind == "post"], []
        for each in shown:
            to = each.chat.removeprefix("dm:")
            whole = next((button for button in each.reply.buttons if button.command == "quiet waited"), None)
            told = [_told_in(each)] if whole is None else await self._read(bot, to, each, whole)
            for kind, about in filter(None, told):
                self._seen.append(Telling(self._clock.now, to, kind, about))
                if kind == "ask":
                    self._sheets[to] = each

    async def _read(self, bot: Bot, to: str, joined: Shown, whole: Button) -> list[tuple[str, tuple[str, ...]] | None]:
        """Have all that waited shown in full that one message tells in short."""
        await self._platform.press(to, joined.message, whole)
        await bot.settle()
        parts = [part for each in self._platform.shown for part in each.reply.parts]
        self._platform.shown.clear()
        texts = [plain(Reply(parts=tuple(some))) for is_one, some in groupby(parts, _is_within) if is_one]
        return [(kind, _about(kind, text)) if (kind := _kind(text)) else None for text in texts]


def _sayings(made: list[Task]) -> Iterator[tuple[datetime, Act | str]]:
    for act in acts(made):
        yield act.at, act


def _answers() -> Iterator[tuple[datetime, Act | str]]:
    """Give when each answers the stand-ups that they are asked for."""
    day = BEGIN.date()
    while day < END.date():
        for name in STANDUP:
            at = TELLS.get(behaviour(name, day))
            if at is not None and is_asked(name, day):
                yield WALL.instant(name, day, at), name
        day += Day


def _cuts() -> Iterator[tuple[datetime, Callable[[Memory], None]]]:
    """Say when the process dies, and how."""
    day, ways = BEGIN.date() + Day, count()
    while day < END.date():
        way = next(ways)
        if is_workday("CN", day):
            yield (sh(day, 9, 30) if way % 2 else WALL.instant("Ann", day, OPENS)), partial(_trouble, way)
        day += CUT_EACH * Day


def _trouble(way: int, memory: Memory) -> None:
    """Have one message stuck on its way, before or after it was taken: the first of a slot, or a later one."""
    asked = count(1)

    def is_it(outgoing: Outgoing) -> bool:
        return outgoing.operation != "update" and next(asked) == 1 + way % 3

    (memory.hang if way % 4 < 2 else memory.swallow)(when=is_it)


def _is_within(part: Part) -> bool:
    return not isinstance(part, Divider)


def _told_in(shown: Shown) -> tuple[str, tuple[str, ...]] | None:
    """Tell what comes by itself by what it says; None for an answer to somebody."""
    reply, text = shown.reply, plain(shown.reply)
    commands, is_for_all = {button.command for button in reply.buttons}, shown.only_for is None
    if reply.about is not None and reply.about.kind == "standup" and is_for_all and not shown.chat.startswith("dm:"):
        return "summary", ()
    if "why" not in commands:
        return None
    kind = _kind(text) or ("ask" if "standup submit" in commands else f"unknown: {text[:60]!r}")
    return kind, _about(kind, text)


def _kind(text: str) -> str | None:
    found = [kind for begin, kind in TITLES.items() if text.startswith(begin)]
    found += [kind for name, kind in DIGESTS.items() if text.startswith("📊") and name in text.splitlines()[0]]
    found += [kind for said, kind in TEXTS.items() if said in text]
    return found[0] if found else None


def _about(kind: str, text: str) -> tuple[str, ...]:
    """Give what a message names, as far as the rules say it."""
    if kind in ("reminder", "red"):
        refs = {int(each) for each in re.findall(r"T-(\d+)", text)}
        return tuple(f"T-{number}" for number in sorted(refs))
    if kind in ("chase", "escalated"):
        return tuple(re.findall(r"N-\d+", text)[:1])
    if kind == "missed":
        return tuple(sorted(name for name in STANDUP if name in text))
    return (text.splitlines()[0],) if kind == "beat" else ()


def _next(unit: Unit) -> datetime | None:
    """Give the next instant at which something comes by itself: a slot, or a message that waits."""
    waiting = select(func.min(OUTBOX.c.not_before)).where(OUTBOX.c.sent_at.is_(None), OUTBOX.c.not_before > unit.now)
    later: datetime | None = unit.connection.execute(waiting).scalar_one()
    coming = [at if at.tzinfo else at.replace(tzinfo=UTC) for at in (next_instant(unit), later) if at]
    return min(coming, default=None)


def _unsent(unit: Unit) -> int:
    is_due = (OUTBOX.c.state.in_(("pending", "held")), OUTBOX.c.not_before <= unit.now)
    waiting = select(func.count()).select_from(OUTBOX).where(*is_due, OUTBOX.c.operation != "update")
    return int(unit.connection.execute(waiting).scalar_one())
