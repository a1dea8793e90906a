"""What must be written in the quarter, to whom and when: worked out from the script by the rules of the documents.

Another way than the product's on purpose: no timetable, no rule of recurrence, no query. Days are counted one by one on
a calendar written by hand, instants are read off the wall (tests/proofs/slots.py), and a task is asked what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tests.proofs.quarter.script import (
    AWAY,
    BEATS,
    BEGIN,
    DAILY_OPS,
    DAYS,
    LAUNCH,
    LEAD,
    NOTICES,
    STANDUP,
    TEAM,
    WAR_ROOM,
    Day,
    Task,
    behaviour,
    end_of,
    is_workday,
    sh,
    workday_from,
)
from tests.proofs.slots import first_instants

END: Final = BEGIN + DAYS * Day
SET_UP: Final = sh(date(2026, 9, 14), 13)
"""When the schedules were made."""
OPENS, NUDGES, CLOSES = time(9, 30), time(10, 42), time(11)
"""Of the stand-up: those missing are asked again after four fifths of it."""
TELLS: Final = {"tells": time(10), "skips": time(10), "tells late": time(10, 50)}
"""When somebody answers, on their own wall; one who misses it never does."""
REPEATED: Final = 5
"""Working days on which something late is told of."""
RED: Final = timedelta(days=2)
LONG: Final = timedelta(days=5)


@dataclass(frozen=True, slots=True, order=True)
class Telling:
    """One message: when it is there, for whom, of what kind, and which things it names."""

    at: datetime
    to: str
    """The account, or the chat."""
    kind: str
    about: tuple[str, ...] = ()


class Wall:
    """The first instants of times of day in a zone, over the whole quarter."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, time], dict[datetime, datetime]] = {}

    def instant(self, who: str, day: date, at: time) -> datetime:
        """Give the instant at which somebody's wall first shows a time of a day."""
        zone, quarter = TEAM[who].zone, at.replace(minute=at.minute // 15 * 15)
        if (zone.key, quarter) not in self._read:
            first, last = BEGIN.date() - 3 * Day, END.date() + 12 * Day
            self._read[zone.key, quarter] = first_instants(zone, first, last, [quarter])
        return self._read[zone.key, quarter][datetime.combine(day, quarter)] + timedelta(minutes=at.minute % 15)


WALL: Final = Wall()


def expected(tasks: Sequence[Task]) -> list[Telling]:
    """List all that must be written in the quarter, in order; what falls in quiet hours comes when these end."""
    told = [*_standups(), *_reminders(tasks), *_red(tasks), *_digests(tasks), *_beats(), *_notices(), *_returns()]
    waited = [replace(each, at=opening(each)) if may_wait(each) else each for each in told]
    return sorted(each for each in waited if BEGIN < each.at <= END)


def days() -> Iterator[date]:
    """Give the days of the quarter, and one at each end, for those whose day begins earlier or ends later."""
    first = BEGIN.date() - Day
    return (first + number * Day for number in range(DAYS + 3))


def account(name: str) -> str:
    """Give somebody's account."""
    return TEAM[name].account


def is_off(name: str, day: date) -> bool:
    """Say whether somebody is away on a day."""
    return any(away.who == name and away.first <= day <= away.last for away in AWAY)


# -- quiet hours: 3.7 -----------------------------------------------------------------------------


def may_wait(telling: Telling) -> bool:
    """Say whether a message waits in quiet hours: not what was asked for at an hour, nor what is urgent."""
    if telling.kind in ("beat", "summary"):
        return False  # at the time that somebody set
    if telling.kind in ("chase", "escalated"):
        return not any(notice.is_urgent and telling.about == (f"N-{notice.number}",) for notice in NOTICES)
    reader = _reader(telling.to)
    return telling.kind != "reminder" or telling.at.astimezone(TEAM[reader].zone).time() == time(9, 30)


def is_quiet(telling: Telling) -> bool:
    """Say whether its reader is to be left alone when a message is there: from eight to nine, and on days of rest."""
    member = TEAM[_reader(telling.to)]
    wall = telling.at.astimezone(member.zone)
    return not time(9) <= wall.time() < time(20) or not is_workday(member.country, wall.date())


def opening(telling: Telling) -> datetime:
    """Give when a message is there that may wait: at once, or when the quiet hours of its reader end."""
    if not is_quiet(telling):
        return telling.at
    reader = _reader(telling.to)
    day = telling.at.astimezone(TEAM[reader].zone).date()
    mornings = (WALL.instant(reader, day + number * Day, time(9)) for number in range(12))
    return next(at for at in mornings if at >= telling.at and not is_quiet(replace(telling, at=at)))


def _reader(to: str) -> str:
    """Give whose wall counts for an account, or a chat."""
    return next((name for name, member in TEAM.items() if member.account == to), LEAD)


# -- stand-ups: 3.9 -------------------------------------------------------------------------------


def is_asked(name: str, day: date) -> bool:
    """Say whether somebody is asked: the team works, they work where they live, and they are there."""
    is_held = is_workday("CN", day) and WALL.instant(name, day, OPENS) >= SET_UP
    return is_held and is_workday(TEAM[name].country, day) and not is_off(name, day)


def answers_at(name: str, day: date) -> datetime | None:
    """Give when somebody answers; None for never."""
    at = TELLS.get(behaviour(name, day))
    return None if at is None else WALL.instant(name, day, at)


def _standups() -> Iterator[Telling]:
    for day in days():
        for name in STANDUP:
            if not is_asked(name, day):
                continue
            yield Telling(WALL.instant(name, day, OPENS), account(name), "ask")
            nudged, answered = WALL.instant(name, day, NUDGES), answers_at(name, day)
            if answered is None or answered > nudged:
                yield Telling(nudged, account(name), "nudge")
        opens, closes = sh(day, 9, 30), sh(day, 11)
        if is_workday("CN", day) and opens >= SET_UP:
            if any(is_asked(name, day) and WALL.instant(name, day, OPENS) <= closes for name in STANDUP):
                yield Telling(closes, WAR_ROOM, "summary")
            names = [name for name in STANDUP if name != LEAD and _missed_in_a_row(name, day) == 2]
            if names:
                yield Telling(opens, account(LEAD), "missed", tuple(sorted(names)))


def _missed_in_a_row(name: str, day: date) -> int:
    """Count the stand-ups before a day that somebody was asked for and said nothing to."""
    held = [each for each in days() if each < day and is_workday("CN", each) and each >= SET_UP.date()]
    count = 0
    while held and is_asked(name, held[-1]) and answers_at(name, held[-1]) is None:
        held.pop()
        count += 1
    return count


# -- reminders: 3.7 -------------------------------------------------------------------------------


def _reminders(tasks: Sequence[Task]) -> Iterator[Telling]:
    for name, member in TEAM.items():
        for day in days():
            now = WALL.instant(name, day, member.remind_at)
            if now > BEGIN and is_workday(member.country, day):
                mine = [task for task in tasks if task.is_open(now) and task.owner_at(now) == name]
                named = sorted({task.number for task in _named(mine, name, day, now)})
                if named:
                    yield Telling(now, member.account, "reminder", tuple(f"T-{number}" for number in named))
    for task in tasks:
        for at, until in task.snoozed:
            if until - at == timedelta(hours=1):
                yield Telling(until, account(task.owner), "reminder", (f"T-{task.number}",))


def _named(mine: Sequence[Task], name: str, day: date, now: datetime) -> Iterator[Task]:
    """Give what one person is reminded of: late, due, due next, due in three days if it is long; awaited; put off."""
    country, zone = TEAM[name].country, TEAM[name].zone
    second, third = _workday_after(day, 2, country), _workday_after(day, 3, country)
    third_ends = WALL.instant(name, third + Day, time())
    for task in mine:
        due, put_off = task.due_at(now), [until for at, until in task.snoozed if at <= now <= until]
        on = _last_day(due, zone)
        if put_off and put_off[0] > now:
            continue
        if task.is_waiting(now):
            assert task.waits is not None
            if task.waits[1] <= now and _workdays_since(_last_day(task.waits[1], zone), day, country) <= REPEATED:
                yield task
            continue
        is_late = due <= now and _workdays_since(on, day, country) <= REPEATED
        is_soon = due > now and on <= _workday_after(day, 1, country)
        is_long = task.is_long or task.added <= third_ends - LONG
        if is_late or is_soon or (second < on <= third and is_long) or put_off:
            yield task


def _red(tasks: Sequence[Task]) -> Iterator[Telling]:
    """Tell who asked for a task, once, that it is late by more than two days: below its card, at its owner's hour."""
    told: set[tuple[int, datetime]] = set()
    moments = sorted({(WALL.instant(name, day, TEAM[name].remind_at), day, name) for name in TEAM for day in days()})
    for now, day, name in moments:
        member = TEAM[name]
        if now <= BEGIN or not is_workday(member.country, day):
            continue
        for task in tasks:
            due = task.due_at(now)
            if not task.is_open(now) or task.is_waiting(now) or task.owner_at(now) != name or due > now - RED:
                continue
            age = _workdays_since(_last_day(due, member.zone), day, member.country)
            if age <= REPEATED and (task.number, due) not in told:
                told.add((task.number, due))
                if name != LEAD:
                    yield Telling(now, task.chat, "red", (f"T-{task.number}",))


def _last_day(until: datetime, zone: ZoneInfo) -> date:
    """Give the last day, on a wall, before an instant."""
    return (until - timedelta(microseconds=1)).astimezone(zone).date()


def _workday_after(day: date, count: int, country: str) -> date:
    for _ in range(count):
        day = workday_from(day + Day, country)
    return day


def _workdays_since(day: date, until: date, country: str) -> int:
    """Count the working days after one day, up to another, that one too."""
    return sum(is_workday(country, day + number * Day) for number in range(1, (until - day).days + 1))


# -- digests: 3.8 ---------------------------------------------------------------------------------


def weekly_days() -> set[date]:
    """Give the days of the weekly digest: Mondays, or the next working day; more often before the launch."""
    mondays = {workday_from(day) for day in days() if day.weekday() == 0}
    near = (LAUNCH - number * Day for number in range(15))
    return mondays | {
        day for day in near if is_workday("CN", day) and (LAUNCH - day <= 3 * Day or day.weekday() in (0, 3))
    }


def _digests(tasks: Sequence[Task]) -> Iterator[Telling]:
    here = [task for task in tasks if task.chat == WAR_ROOM]
    there = [task for task in tasks if task.chat == DAILY_OPS]
    weekly = sorted(day for day in weekly_days() if sh(day, 9, 30) >= SET_UP)
    since = None
    for place, day in enumerate(weekly[:-1]):
        now, until = sh(day, 9, 30), sh(weekly[place + 1], 9, 30)
        last = since or now - 7 * Day
        changed = any(last < at <= now for task in here for at in (task.added, task.done) if at)
        if changed or _needs_somebody(here, now) or _is_due(here, now, until):
            yield Telling(now, WAR_ROOM, "weekly")
            since = now
    for day in days():
        if not is_workday("CN", day) or sh(day, 8, 50) < SET_UP:
            continue
        for chat, those, now in ((WAR_ROOM, here, sh(day, 8, 50)), (DAILY_OPS, there, sh(day, 9))):
            if chat == WAR_ROOM and day in weekly:
                continue
            if _needs_somebody(those, now) or _is_due(those, now, end_of(day)):
                yield Telling(now, chat, "daily")
        if day == workday_from(day.replace(day=1)):
            yield Telling(sh(day, 9, 30), WAR_ROOM, "monthly")


def _needs_somebody(tasks: Iterable[Task], now: datetime) -> bool:
    """Say whether anything is late, or blocked."""
    there = [task for task in tasks if task.is_open(now)]
    return any(task.due_at(now) < now or (task.blocked and task.blocked <= now) for task in there)


def _is_due(tasks: Iterable[Task], now: datetime, until: datetime) -> bool:
    return any(task.is_open(now) and now < task.due_at(now) <= until for task in tasks)


# -- what was asked for by somebody, notices, coming back -----------------------------------------


def _beats() -> Iterator[Telling]:
    for text, (who, chat, _) in BEATS.items():
        for day in days():
            if text == "交周报" and day.weekday() == 4:
                yield from _beat(WALL.instant(who, day, time(17)), chat, text)
            elif text == "填日报" and is_workday("CN", day):
                yield from _beat(WALL.instant(who, day, time(18)), chat, text)
            elif text.startswith("Check"):
                yield from _beat(WALL.instant(who, day, time(1 if who == "Ann" else 2, 30)), chat, text)


def _beat(at: datetime, chat: str, text: str) -> Iterator[Telling]:
    if at >= SET_UP:
        yield Telling(at, chat, "beat", (text,))


def _notices() -> Iterator[Telling]:
    for notice in NOTICES:
        ref = (f"N-{notice.number}",)
        missing = {
            at: [name for name in notice.to if notice.confirmed.get(name, END) > at]
            for at in (notice.nudged, notice.told)
        }
        for name in missing[notice.nudged]:
            if not is_off(name, notice.nudged.astimezone(TEAM[name].zone).date()):
                yield Telling(notice.nudged, account(name), "chase", ref)
        if missing[notice.told]:
            yield Telling(notice.told, account(LEAD), "escalated", ref)


def _returns() -> Iterator[Telling]:
    """Welcome who was away, on the morning after, on their own wall."""
    for away in AWAY:
        yield Telling(WALL.instant(away.who, away.last + Day, time(8, 30)), account(away.who), "welcome")
