"""Who the team is, what it does in the quarter, and when. Knows nothing of the product but how one speaks to it.

Twelve people in four zones, from the middle of September: a Sunday worked for National Day, its week of rest, a
Saturday worked after it, the clocks set in Sydney, London and Los Angeles, and the launch on 11-11.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

Day = timedelta(days=1)
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
BEGIN: Final = datetime(2026, 9, 14, 8, 40, tzinfo=SHANGHAI).astimezone(UTC)
DAYS: Final = 90
LAUNCH: Final = date(2026, 11, 11)
WAR_ROOM: Final = "war-room"
DAILY_OPS: Final = "daily-ops"
GENERAL: Final = "general"
LEAD: Final = "陈晨"

Behaviour = Literal["tells", "tells late", "skips", "misses"]


@dataclass(frozen=True, slots=True)
class Member:
    """One of the team."""

    account: str
    zone: ZoneInfo
    country: str
    remind_at: time = time(9, 30)


def _in(zone: str, country: str, account: str, **more: time) -> Member:
    return Member(account, ZoneInfo(zone), country, **more)


TEAM: Final[Mapping[str, Member]] = {
    LEAD: _in("Asia/Shanghai", "CN", "chenchen"),
    "王建国": _in("Asia/Shanghai", "CN", "wangjianguo"),
    "李四": _in("Asia/Shanghai", "CN", "lisi"),
    "李娜": _in("Asia/Shanghai", "CN", "lina"),
    "王五": _in("Asia/Shanghai", "CN", "wangwu"),
    "赵敏": _in("Asia/Shanghai", "CN", "zhaomin"),
    "周涛": _in("Asia/Shanghai", "CN", "zhoutao", remind_at=time(8, 15)),
    "张伟(技术)": _in("Asia/Shanghai", "CN", "zhangwei-tech"),
    "张伟(仓储)": _in("Asia/Shanghai", "CN", "zhangwei-warehouse"),
    "Ann": _in("America/Los_Angeles", "US", "ann"),
    "Bob": _in("Europe/London", "GB", "bob"),
    "Kate": _in("Australia/Sydney", "AU", "kate"),
}
STANDUP: Final = (LEAD, "李四", "王五", "Ann", "Bob", "Kate")
"""Who takes part in the stand-up, each at 9:30 on their own wall."""

OFF: Final[Mapping[str, frozenset[date]]] = {
    "CN": frozenset({date(2026, 9, 25), *(date(2026, 10, day) for day in range(1, 8))}),
    "US": frozenset({date(2026, 10, 12), date(2026, 11, 11), date(2026, 11, 26)}),
    "GB": frozenset(),
    "AU": frozenset(),
}
"""From the notice of the State Council for 2026, and the federal holidays; England and Australia have none then."""
WORKED: Final[Mapping[str, frozenset[date]]] = {"CN": frozenset({date(2026, 9, 20), date(2026, 10, 10)})}


def is_workday(country: str, day: date) -> bool:
    """Say whether a country works on a day of the quarter."""
    return day in WORKED.get(country, ()) or (day.weekday() < 5 and day not in OFF[country])


def workday_from(day: date, country: str = "CN") -> date:
    """Give a day itself if it is worked, else the next that is."""
    return day if is_workday(country, day) else workday_from(day + Day, country)


def sh(day: date, hour: int, minute: int = 0) -> datetime:
    """Give an instant by the wall of Shanghai."""
    return datetime.combine(day, time(hour, minute), SHANGHAI).astimezone(UTC)


def behaviour(name: str, day: date) -> Behaviour:
    """Say what somebody does at a stand-up; 王五 misses three in a row now and then."""
    if name == "王五" and day.day in (21, 22, 23):
        return "misses"
    chance = zlib.crc32(f"{name} {day}".encode()) % 20
    return "misses" if chance < 3 else "skips" if chance < 4 else "tells late" if chance < 7 else "tells"


@dataclass(frozen=True, slots=True)
class Act:
    """Something said at an instant."""

    at: datetime
    who: str
    text: str
    chat: str | None = WAR_ROOM
    """The chat; None for the direct one."""


@dataclass(slots=True)
class Task:
    """A task of the quarter, and what becomes of it."""

    number: int
    owner: str
    chat: str
    added: datetime
    due: datetime
    """The instant after which it is late, as agreed at first."""
    is_long: bool
    done: datetime | None = None
    waits: tuple[datetime, datetime, datetime] | None = None
    """From when, up to which instant, and when it was taken up again."""
    blocked: datetime | None = None
    moved: tuple[datetime, datetime] | None = None
    """When its due date was moved, and to which instant."""
    handed: tuple[datetime, datetime, str] | None = None
    """From when to when somebody else had it."""
    snoozed: list[tuple[datetime, datetime]] = field(default_factory=list)
    """When its reminder was put off, and until when."""

    def is_open(self, at: datetime) -> bool:
        """Say whether it is there and not finished."""
        return self.added <= at and not (self.done and self.done <= at)

    def is_waiting(self, at: datetime) -> bool:
        """Say whether somebody outside is awaited."""
        return self.waits is not None and self.waits[0] <= at < self.waits[2]

    def due_at(self, at: datetime) -> datetime:
        """Give the instant after which it is late, as it stands at another."""
        due = self.moved[1] if self.moved and self.moved[0] <= at else self.due
        return max(due, self.waits[1]) if self.waits and self.is_waiting(at) else due

    def owner_at(self, at: datetime) -> str:
        """Give whose it is at an instant."""
        return self.handed[2] if self.handed and self.handed[0] <= at < self.handed[1] else self.owner


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody's days of absence, and when they are welcomed back."""

    who: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice: to whom, who confirms it and when."""

    number: int
    at: datetime
    to: tuple[str, ...]
    confirmed: Mapping[str, datetime]
    nudged: datetime
    told: datetime
    is_urgent: bool = False


AWAY: Final = (
    Away("李四", date(2026, 10, 19), date(2026, 10, 21)),
    Away("赵敏", date(2026, 10, 8), date(2026, 10, 9)),
    Away("Bob", date(2026, 11, 16), date(2026, 11, 18)),
)
HANDED: Final = (sh(date(2026, 10, 16), 14, 41), sh(date(2026, 10, 22), 8, 30))
NOTICES: Final = (
    Notice(  # two hours of work later, and a working day after that
        1,
        sh(date(2026, 9, 23), 10),
        ("李四", "王五", "Ann"),
        {"李四": sh(date(2026, 9, 23), 10, 25)},
        nudged=sh(date(2026, 9, 23), 12),
        told=sh(date(2026, 9, 24), 12),
    ),
    Notice(  # one hour before the National Day's rest, one after
        2,
        sh(date(2026, 9, 30), 17),
        ("赵敏", "周涛"),
        {},
        nudged=sh(date(2026, 10, 8), 10),
        told=sh(date(2026, 10, 9), 10),
    ),
    Notice(
        3,
        sh(date(2026, 11, 6), 17, 50),
        ("王五", "Bob", "Ann"),
        {"王五": sh(date(2026, 11, 6), 18, 20)},
        nudged=sh(date(2026, 11, 6), 18, 5),
        told=sh(date(2026, 11, 6), 18, 50),
        is_urgent=True,
    ),
)
BEATS: Final = {
    "交周报": (LEAD, DAILY_OPS, "提醒 每周五17点 交周报"),
    "填日报": (LEAD, DAILY_OPS, "提醒 每个工作日18点 填日报"),
    "Check the backup": ("Ann", GENERAL, "remind every day 1:30am Check the backup"),
    "Check the orders": ("Kate", GENERAL, "remind every day 2:30am Check the orders"),
}
"""What is said again and again: by whom, where, and how that was asked for."""


def end_of(day: date) -> datetime:
    """Give the end of a day by the wall of Shanghai, where all due dates were said."""
    return sh(day + Day, 0)


def tasks() -> list[Task]:
    """Make the tasks of the quarter, in the order in which they are added."""
    made: list[Task] = []
    names = list(TEAM)
    for number in range(1, 121):
        added = workday_from(date(2026, 9, 14) + (number - 1) * 3 * Day // 4)
        due = added + (4, 7, 11, 16)[number % 4] * Day
        task = Task(
            number,
            names[number * 5 % len(names)],
            DAILY_OPS if number % 13 == 0 else WAR_ROOM,
            sh(added, 14, number % 30),
            sh(due, 18) if number % 7 == 3 else end_of(due),
            is_long=number % 3 == 0,
        )
        _give_fate(task, due)
        made.append(task)
    made.sort(key=lambda task: task.added)
    for number, task in enumerate(made, 1):
        task.number = number
    _hand_over(made)
    return made


def _give_fate(task: Task, due: date) -> None:
    """Say what becomes of a task: in time, late by days, never; awaited, blocked, moved."""
    fate, minute = task.number % 9, task.number % 30
    after = {0: -1, 1: 0, 2: 2, 3: 4, 4: 9, 6: 9, 7: 6, 8: 8}.get(fate)
    if after is not None:
        day = max(workday_from(due + after * Day), task.added.astimezone(SHANGHAI).date())
        task.done = sh(day, 15, 30) + timedelta(minutes=minute)
    begins = sh(workday_from(due - 2 * Day), 14, 30) + timedelta(minutes=minute)
    if fate == 6:
        ends = end_of(begins.astimezone(SHANGHAI).date() + 3 * Day)
        task.waits = begins, ends, begins + 7 * Day
        task.done = sh(workday_from((begins + 12 * Day).date()), 15, 30) + timedelta(minutes=minute)
    elif fate == 7:
        task.blocked = begins
    elif fate == 8:
        task.moved = begins, end_of(due + 7 * Day)


def _hand_over(made: list[Task]) -> None:
    """Hand the tasks of who is away to who stands in, and have some reminders put off."""
    since, until = HANDED
    for task in made:
        if task.owner == "李四" and task.is_open(since):
            task.handed = since, until, "王五"
    an_hour, at = timedelta(hours=1), sh(date(2026, 9, 29), 10, 20)
    _held(made, "王建国", at)[0].snoozed.append((at, at + an_hour))
    at = sh(date(2026, 10, 14), 10, 20)
    _held(made, "李娜", at)[-1].snoozed.append((at, sh(date(2026, 10, 15), 9, 30)))


def _held(made: list[Task], name: str, at: datetime) -> list[Task]:
    """List what somebody has to do at an instant."""
    return [task for task in made if task.owner == name and task.is_open(at) and not task.is_waiting(at)]


def acts(made: list[Task]) -> list[Act]:
    """List all that is said, in order."""
    said = [*_at_first(), *_of_absences(), *_of_notices()]
    for task in made:
        said += _of_task(task)
    return sorted(said, key=lambda act: act.at)


def _at_first() -> Iterator[Act]:
    yield Act(BEGIN, "Kate", "timezone Australia/Sydney", None)
    yield Act(BEGIN, "周涛", "提醒时间 8:15", None)
    people = " ".join(f"@{name}" for name in STANDUP)
    at = sh(date(2026, 9, 14), 13)
    yield Act(at, LEAD, f"站会 加 每个工作日 9:30-11:00 各自时间 {people}")
    yield Act(at, LEAD, "日报 8:50")
    yield Act(at, LEAD, "周报 周一 9:30")
    yield Act(at, LEAD, "月报")
    yield Act(at, LEAD, f"上线 {LAUNCH}")
    yield Act(at, LEAD, "日报 9:00", DAILY_OPS)
    for who, chat, text in BEATS.values():
        yield Act(at, who, text, chat)


def _of_absences() -> Iterator[Act]:
    yield Act(sh(date(2026, 10, 16), 14, 40), "李四", "请假 10-19到10-21 @王五")
    yield Act(HANDED[0], "王五", "接手", None)
    yield Act(sh(date(2026, 9, 30), 14, 50), "赵敏", "请假 10-08到10-09")
    yield Act(sh(date(2026, 11, 13), 15), "Bob", "away 11-16 to 11-18", GENERAL)


def _of_notices() -> Iterator[Act]:
    for notice in NOTICES:
        people = " ".join(f"@{name}" for name in notice.to)
        kind = "紧急通知" if notice.is_urgent else "通知"
        yield Act(notice.at, LEAD, f"{kind} 优惠券规则改了 {people}")
        for who, at in notice.confirmed.items():
            yield Act(at, who, f"收到 N-{notice.number}", None)


def _of_task(task: Task) -> Iterator[Act]:
    ref, chat = f"T-{task.number}", task.chat
    due = task.due.astimezone(SHANGHAI)
    when = f"{due:%Y-%m-%d} 18:00" if due.hour else f"{due - Day:%Y-%m-%d}"
    long = " ~6d" if task.is_long else ""
    yield Act(task.added, LEAD, f"任务 加 样张{_letters(task.number)} @{task.owner} {when}{long}", chat)
    if task.waits:
        yield Act(task.waits[0], LEAD, f"等 {ref} 样品 @供应商:宏达 3天", chat)
        yield Act(task.waits[2], LEAD, f"继续 {ref}", chat)
    if task.blocked:
        yield Act(task.blocked, LEAD, f"受阻 {ref} 客户没给素材", chat)
    if task.moved:
        yield Act(task.moved[0], LEAD, f"延到 {ref} {task.moved[1].astimezone(SHANGHAI) - Day:%Y-%m-%d}", chat)
    if task.done:
        yield Act(task.done, LEAD, f"完成 {ref}", chat)
    for at, until in task.snoozed:
        yield Act(at, task.owner, f"稍后 {ref}" + ("" if until - at == timedelta(hours=1) else " 明早"), None)


def _letters(number: int) -> str:
    """Write a number in letters that make no word, and so nothing that is read as a day or an amount."""
    return "q" + "".join("bcdfghjklm"[int(digit)] for digit in f"{number:02}")
