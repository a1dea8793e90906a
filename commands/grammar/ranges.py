"""From one day or hour to another: 周一到周三, 11.10~11.12, 11-10 20:00~11-12 02:00, Nov 3-5, 2-4pm.

Both ends are read by the date grammar. The second is the first such one that is not before the first, so that
12月30日到2日 leads into January, and 20:00-02:00 into the next day. What one end leaves out it takes from the other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final, cast
from zoneinfo import ZoneInfo

from commands.grammar.date_meanings import Doubt, Meaning, Scene, Uncertain, When, at_minute, resolve
from commands.grammar.date_phrases import read, read_clock
from commands.grammar.date_words import MONTHS, fold, one_of
from commands.grammar.workdays import WEEKDAYS, Workdays

_MOST_CHARACTERS: Final = 80
_MOST_SIGNS: Final = 8


@dataclass(frozen=True, slots=True)
class Range:
    """Hold a range of days or of time, both ends within it; the end is not before the start."""

    start: When
    end: When


def parse_range(
    text: str, *, now: datetime, zone: ZoneInfo, launch: date | None = None, workdays: Workdays = WEEKDAYS
) -> Range | Uncertain | None:
    """Read a whole phrase as a range; None if it is none, as one date is.

    >>> shanghai = ZoneInfo("Asia/Shanghai")
    >>> wednesday = datetime(2026, 11, 18, 10, tzinfo=shanghai)
    >>> found = parse_range("下周一到周三", now=wednesday, zone=shanghai)
    >>> f"{found.start.on} {found.end.on}" if isinstance(found, Range) else ""
    '2026-11-23 2026-11-25'
    """
    phrase = fold(text.replace("〜", "~"))
    if len(phrase) > _MOST_CHARACTERS:
        return None
    local = now.astimezone(zone)
    scene = Scene(local, zone, launch, workdays, local.date())
    for first, last in _parted(_FRAME.sub("", phrase)):
        span = _span(*_completed(first, last), scene)
        if span:
            return span
    return None


_FRAME: Final = re.compile(r"^(?:from|between|从|自|由) ?| ?(?:为?止|期间|之间)$")
_TO: Final = re.compile(r" ?(?:~|到|至|—|(?<![a-z])(?:to|until|till|through|thru|and)(?![a-z])) ?")
_DASH: Final = re.compile(r" ?-+ ?")
_DOTTED: Final = re.compile(r"^(\d{1,2})\.(\d{1,2})(?![\d.])")
_LEFT_OUT: Final = re.compile(rf"\d{{1,2}}( ?[日号点时]| ?[ap]m| (?:{one_of(list(MONTHS))})(?: \d{{4}})?)")
_MONTH_DAY: Final = re.compile(r"\d{1,2}[-/]\d{1,2}")
_DAY: Final = re.compile(r"\d{1,2}")
_PLAIN_HOUR: Final = re.compile(r"(?:at )?(?:[1-9]|1[0-2]|[一二两三四五六七八九]|十[一二]?)(?::\d\d|[点时].*)?")


def _parted(phrase: str) -> Iterator[tuple[str, str]]:
    for sign in (_TO, _DASH):
        if sign is _DASH and read(phrase):  # 11-12 is a day, D-7 too
            return
        for match in islice(sign.finditer(phrase), _MOST_SIGNS):
            if match.start() and match.end() < len(phrase):
                first, last = phrase[: match.start()], phrase[match.end() :]
                is_day_of_it = sign is _TO and _MONTH_DAY.fullmatch(first) and _DAY.fullmatch(last)
                yield first, f"{last}日" if is_day_of_it else last


def _completed(first: str, last: str) -> tuple[str, str]:
    """Give each end what it left to the other: 3-5 Nov, Nov 3-5, 11月3日-5, 2-4pm."""
    if re.search(r"^\d\d\.|\.\d\d(?!\d)", first):  # 1.5-2.5 are numbers
        first, last = _DOTTED.sub(r"\1/\2", first), _DOTTED.sub(r"\1/\2", last)
    if _DAY.fullmatch(first):
        left_out = _LEFT_OUT.fullmatch(last)
        return (f"{first}{left_out[1]}", last) if left_out else (first, last)
    if _DAY.fullmatch(last):
        if first.endswith(("日", "号")):
            return first, f"{last}日"
        if re.search(r"[ap]m$|点$", first):
            return first, f"{last}:00"
        if re.search(rf"(?:{one_of(list(MONTHS))}) \d{{1,2}}(?:st|nd|rd|th)?$|月\d{{1,2}}$", first):
            return first, f"{last}日"
    return first, last


def _span(first: str, last: str, scene: Scene) -> Range | Uncertain | None:
    opening, closing = read(first), read(last)
    start = opening and resolve(opening, scene)
    if not start or not closing:
        return None
    if isinstance(start, Uncertain):
        return None if start.doubt is Doubt.TASK_REF else start
    end = _end(last, closing, start, scene)
    if isinstance(end, When) and _instant(end, scene) >= _instant(start, scene):
        return Range(start, end)
    is_before = isinstance(end, When) or (end and end.doubt is Doubt.PAST)
    return Uncertain(Doubt.IMPOSSIBLE) if is_before else cast(Uncertain | None, end)


def _end(last: str, closing: Meaning, start: When, scene: Scene) -> When | Uncertain | None:
    minutes = read_clock(last)
    end: When | Uncertain | None = _end_time(last, minutes, start, scene) if minutes else None
    if end is None:
        end = resolve(closing, scene)
        if not isinstance(end, When) or _instant(end, scene) < _instant(start, scene):
            end = resolve(closing, _seen_from(start, scene))
    return end


def _end_time(last: str, minutes: tuple[int, ...], start: When, scene: Scene) -> When | None:
    """Take the first such time after the start: 晚8点到10点 ends at 22:00, 22:00-2:00 on the next day."""
    began = start.at.astimezone(scene.zone) if start.at else datetime.combine(start.on, time(), scene.zone)
    from_midnight = began.hour * 60 + began.minute
    readings = {*minutes, *(each + 720 for each in minutes if each < 720 and _PLAIN_HOUR.fullmatch(last))}
    later = sorted(day + each for each in readings for day in (0, 1440) if day + each > from_midnight)
    return at_minute(start.on, later[0], scene.zone) if start.at and later else None


def _seen_from(start: When, scene: Scene) -> Scene:
    """Set the scene at the start of the span, from where its end is the first to come."""
    now = start.at.astimezone(scene.zone) if start.at else datetime.combine(start.on, time(), scene.zone)
    return replace(scene, now=now - timedelta(seconds=1), today=start.on)


def _instant(when: When, scene: Scene) -> datetime:
    return when.at or datetime.combine(when.on, time(), scene.zone)
