"""`drumbeat demo`: the playground with the clock racing, so that one sees in minutes what the clock does in a week.

A simulated clock drives the same App. Working hours pass slowly enough to be read, nights and days of rest in a moment.
The database is the demo's own and goes with it; no platform is served, whatever is configured.
"""

import asyncio
import functools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.app import App
from bot.config import Settings
from bot.seed import ANSWERS, TITLES, seed
from bot.stage import Cue, Stage, all_sent
from bot.web.deps import Pace
from commands.core.workcalendar import WorkCalendar
from storage.schedules import all_schedules, log_of
from storage.unit import Unit

ZONE: Final = ZoneInfo("Asia/Shanghai")
BEGINS: Final = datetime(2025, 10, 30, 8, 30, tzinfo=ZONE)
"""The Thursday before the last week of a 双11: always the same, so that no holiday makes the demo a dull one."""
BUSY: Final = range(8, 20)
"""The hours of a working day that pass slowly."""
BUSY_HOUR_S: Final = 1.8
"""How long such an hour takes; seven days with five of them to work on take two minutes."""
REST_HOUR_S: Final = 0.1
FRAMES: Final = {True: timedelta(minutes=3), False: timedelta(minutes=30)}
"""By how much the hands move at once, in busy hours and in others."""
NAMES: Final = {"standup": "stand-ups", "reminders": "rounds of reminders", "digest weekly": "digests"}
LOGGED: Final = 500


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does on a day of the race."""

    day: int
    clock: str
    who: str
    chat: str
    text: str


ACTS: Final = (
    Act(0, "08:50", "wangjianguo", "war-room", "距双11只剩 12 天，今天起盯紧逾期的。"),
    Act(0, "11:10", "lisi", "war-room", "完成 T-1"),
    Act(0, "11:12", "lisi", "war-room", "主图定稿了，比计划晚了几天，抱歉。"),
    Act(0, "14:00", "chenchen", "war-room", "任务 加 直播间布景确认 @李娜 明天18点 !高 #内容"),
    Act(0, "16:20", "zhangwei-tech", "war-room", "备注 T-2 加了一台机器，登录接口还在抖"),
    Act(1, "10:50", "lina", "war-room", "任务 加 主播样品寄出 @李娜 下周二 #内容"),
    Act(1, "14:30", "zhoutao", "war-room", "完成 T-6"),
    Act(1, "16:00", "zhaomin", "war-room", "受阻 T-5 会议室还没定下来"),
    Act(4, "11:00", "lina", "war-room", "布景供应商周末才回话，今天一定确认。"),
    Act(4, "15:30", "lina", "war-room", "@鼓点 完成 直播间布景确认"),
    Act(4, "16:40", "zhangwei-tech", "war-room", "完成 T-2"),
    Act(5, "10:45", "zhaomin", "war-room", "完成 T-5"),
    Act(5, "15:00", "chenchen", "war-room", "完成 T-12"),
    Act(6, "11:20", "lina", "war-room", "完成 T-4"),
)
"""Whoever looks on may act too; these go on as they are."""


class RacingHands:
    """Hands that are set while they race, and go at the wall's pace once they are let go."""

    def __init__(self, now: datetime) -> None:
        self._at = now
        self._since: float | None = None

    def __call__(self) -> datetime:
        """Give the instant that they show."""
        return self.now

    @property
    def now(self) -> datetime:
        """The aware instant that they show, in UTC."""
        gone = 0.0 if self._since is None else time.monotonic() - self._since
        return self._at + timedelta(seconds=gone)

    @now.setter
    def now(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)
        self._since = None if self._since is None else time.monotonic()

    def let_go(self, *, is_free: bool = True) -> None:
        """Have them go on by themselves, a second in a second; or stand again."""
        self._at, self._since = self.now, time.monotonic() if is_free else None


class Race:
    """Seven days, or as many as are asked for, before the eyes of whoever has the page open."""

    zone: str = ZONE.key

    def __init__(self, *, days: int, speed: float) -> None:
        """Take how many days pass, and how much faster than usual; 1 has a week pass in two minutes."""
        self.hands = RacingHands(BEGINS)
        self.days = days
        self.pace: Pace = "racing"
        self._until = (BEGINS + timedelta(days=days)).astimezone(UTC)
        self._speed = speed
        self._calendar = WorkCalendar(lambda: "CN")
        self._ring: Callable[[], None] = lambda: None
        self._goes_on = asyncio.Event()
        self._goes_on.set()
        self._owed_s = 0.0
        self._began = 0.0

    def now(self) -> datetime:
        """Give the instant that the page shows."""
        return self.hands.now

    def hold(self, *, is_held: bool) -> None:
        """Stop the race, or go on with it; it is over when it is over."""
        if self.pace == "over":
            return
        self.pace = "held" if is_held else "racing"
        self.hands.let_go(is_free=is_held)
        if is_held:
            self._goes_on.clear()
        else:
            self._began = time.monotonic() - self._owed_s
            self._goes_on.set()
        self._ring()

    async def run(self, app: App) -> str:
        """Let the days pass, and give the line that sums them up."""
        self._ring = app.rooms.bell.ring
        stage = Stage(app, self.hands, titles=TITLES, answers=ANSWERS, sweep=functools.partial(self._sweep, app))
        started = self._began = time.monotonic()
        await stage.play(self._cues(), self._until)
        self.hands.let_go()
        self.pace = "over"
        self._ring()
        counts = await app.store.read(app.by_name["demo"].id, functools.partial(_counted, since=BEGINS))
        told = ", ".join(f"{counts[kind]} {name}" for kind, name in NAMES.items())
        days = f"{self.days} day{'s' if self.days > 1 else ''}"
        return f"{days} passed in {time.monotonic() - started:.0f} s: {told}. The page stays; Ctrl+C ends the demo."

    def _cues(self) -> Iterator[Cue]:
        for number, act in enumerate(ACTS):
            day = (BEGINS + timedelta(days=act.day)).date()
            at = datetime.fromisoformat(f"{day}T{act.clock}").replace(tzinfo=ZONE)
            yield Cue(at.astimezone(UTC), f"race-{number}", act.who, act.chat, act.text)

    async def _sweep(self, app: App, at: datetime) -> None:
        """Move the hands to an instant, frame by frame, so that the page sees them race."""
        while self.hands.now < at:
            await self._goes_on.wait()
            is_busy = self._is_busy(self.hands.now)
            step = min(FRAMES[is_busy], at - self.hands.now)
            hour_s = BUSY_HOUR_S if is_busy else REST_HOUR_S
            self._owed_s += step / timedelta(hours=1) * hour_s / self._speed
            await asyncio.sleep(max(0.0, self._began + self._owed_s - time.monotonic()))
            await self._goes_on.wait()
            await all_sent(app)  # a form that was asked for just now may be opened for seconds only
            self.hands.now = max(self.hands.now, min(at, self.hands.now + step))
            self._ring()

    def _is_busy(self, at: datetime) -> bool:
        local = at.astimezone(ZONE)
        return local.hour in BUSY and self._calendar.is_workday(local.date())


def own_settings(settings: Settings, database_url: str) -> Settings:
    """Keep where the page is and what it speaks; no platform, and another database."""
    return Settings.model_construct(
        database_url=database_url,
        timezone=ZONE.key,
        language=settings.language,
        log_level=settings.log_level,
        templates=settings.templates,
        web=settings.web.model_copy(update={"playground": True}),
    )


async def serve(
    settings: Settings, race: Race, *, announce: Callable[[str], None], tell: Callable[[str], None]
) -> None:
    """Seed the demo's own database, serve the page, and race."""
    await seed(settings, now=BEGINS.astimezone(UTC))
    app = App(settings, clock=race.hands, page_clock=race)

    async def go() -> None:
        tell(await race.run(app))

    def ready(address: str) -> None:
        announce(address)
        racing.append(group.create_task(go()))

    racing: list[asyncio.Task[None]] = []
    try:
        async with asyncio.TaskGroup() as group:
            await app.run(ready=ready)
            for task in racing:
                task.cancel()
    finally:
        app.close()


def _counted(unit: Unit, since: datetime) -> Counter[str]:
    """Count, by kind of schedule, the slots in which something was said since an instant."""
    counts: Counter[str] = Counter()
    for schedule, _at in all_schedules(unit):
        rows = log_of(unit, schedule.id, most=LOGGED)
        opened = schedule.times[0] if schedule.kind == "standup" else None
        for row in rows:
            is_said = row.state == "done" and not row.reason and row.slot >= f"{since:%Y-%m-%dT%H:%M}"
            counts[schedule.kind] += is_said and (opened is None or row.slot.endswith(opened))
    return counts
