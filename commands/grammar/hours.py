"""Hours of the day that recur, such as 22:00-08:00 or 晚上10点到早上8点. Days are in when.py."""

import re
from typing import Final

from commands.grammar.tokens import normal

DAY: Final = 24 * 60
_PART: Final = "凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|夜里|半夜|早|晚"
_LATE: Final = frozenset({"下午", "傍晚", "晚上", "夜里", "晚", "pm"})
_DIGITS: Final = {sign: number for number, sign in enumerate("零一二三四五六七八九十")} | {
    "两": 2, "十一": 11, "十二": 12,
}  # fmt: skip
_TIME: Final = (
    rf"(?:({_PART})\s*)?(\d{{1,2}}|十[一二]?|[零一二两三四五六七八九])"
    r"(?:\s*:\s*(\d{2})|\s*[点时](?:(半)|(\d{1,2})分?|钟|整)?)?\s*(am|pm)?"
)
_HOURS: Final = re.compile(rf"(?:from\s+|从)?{_TIME}\s*(?:-|~|至|到|to|until|till)\s*{_TIME}")


def parse_hours(text: str) -> tuple[int, int] | None:
    """Read from when to when, in minutes after midnight; None if it is no such thing.

    The end may lie on the next day.

    >>> parse_hours("22:00-08:00"), parse_hours("10pm to 8am"), parse_hours("soon")
    ((1320, 480), (1320, 480), None)
    """
    met = _HOURS.fullmatch(normal(text))
    if met is None:
        return None
    since, until = _minutes(*met.groups()[:6]), _minutes(*met.groups()[6:])
    return None if since is None or until is None or since == until else (since, until)


def hours_text(since: int, until: int) -> str:
    """Write hours as they are typed.

    >>> hours_text(1320, 480)
    '22:00-08:00'
    """
    return f"{since // 60:02}:{since % 60:02}-{until // 60:02}:{until % 60:02}"


def _minutes(
    part: str | None, hour: str, minute: str | None, half: str | None, past: str | None, half_day: str | None
) -> int | None:
    hours = int(hour) if hour.isdecimal() and hour.isascii() else _DIGITS[hour]
    late = half_day or part
    if half_day and not 1 <= hours <= 12:
        return None
    if late in _LATE and hours < 12:
        hours += 12
    elif (late == "am" or part in ("凌晨", "半夜")) and hours == 12:
        hours = 0
    minutes = 30 if half else int(minute or past or 0)
    return None if hours > 24 or minutes > 59 or hours * 60 + minutes > DAY else (hours * 60 + minutes) % DAY
