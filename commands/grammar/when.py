"""When a thing is due: what people say for a day or an hour, in Chinese and English.

A phrase is read once into a meaning (grammar in when.lark, words in the tables below), and the meaning is then set
against a clock, a zone and a launch day. What is not certain becomes a question, never a guess. A word is added in its
table, a way of saying in when.lark. English which the grammar does not know goes to dateparser, as a whole phrase.

Conventions of the product: weeks begin on Monday, so that "next wed" is the Wednesday of next week; 11/3 is 3 November,
and 13/11 can only be 13 November; a part of the day without an hour (明天上午) names the day alone; EOD is 18:00.
"""

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, lru_cache, partial
from importlib import resources
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput


@dataclass(frozen=True, slots=True)
class When:
    """Hold a due date that was understood for certain."""

    on: date
    """The local day in the speaker's zone."""
    at: datetime | None = None
    """The aware instant, in UTC; None if no time of day was said."""


class Doubt(StrEnum):
    """Say why a date is not certain."""

    PAST = "past"
    AMBIGUOUS = "ambiguous"
    VAGUE = "vague"
    IMPOSSIBLE = "impossible"
    NO_LAUNCH = "no_launch"
    TASK_REF = "task_ref"


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Hold what was understood as a date, but must be asked about."""

    doubt: Doubt
    candidates: tuple[When, ...] = ()
    """What may have been meant, likeliest first, never past; may be empty."""


@dataclass(frozen=True, slots=True)
class Found:
    """Point at a date among words: words[start:stop] says it."""

    start: int
    stop: int
    when: When | Uncertain


def parse_when(text: str, *, now: datetime, zone: ZoneInfo, launch: date | None = None) -> When | Uncertain | None:
    """Read a whole phrase as a due date; None if it is not a date at all.

    `now` is aware; the days are those of `zone`. Half and full width are equal, and so are spaces or none. A word that
    leads to a date or follows it (by, due, 截止, 前) changes nothing: "by Friday" is Friday.

    >>> shanghai = ZoneInfo("Asia/Shanghai")
    >>> wednesday = datetime(2026, 11, 18, 10, tzinfo=shanghai)
    >>> parse_when("周五前", now=wednesday, zone=shanghai)
    When(on=datetime.date(2026, 11, 20), at=None)
    >>> parse_when("iPhone 15", now=wednesday, zone=shanghai) is None
    True
    """
    phrase = _fold(text)
    meaning = _read(phrase)
    if meaning is None:
        return _read_other_english(phrase, now=now, zone=zone)
    return _resolve(meaning, now=now, zone=zone, launch=launch)


def find_when(words: Sequence[str], *, now: datetime, zone: ZoneInfo, launch: date | None = None) -> list[Found]:
    """Find the dates among the words of a command, longest first, in order, none overlapping.

    A title is precious. So only our own grammar is asked, a run has at most five words, and what may well be part of a
    title (9:16, 1/2, 3号, "sun"; a vague or a bygone day) counts only as the last words. A ref (T-7) is never a date
    here, nor is anything in more words than a command has.
    """
    if len(words) > _MOST_WORDS:
        return []
    found: list[Found] = []
    taken = [False] * len(words)
    folded = [_fold(word) for word in words]
    plausible = [_is_plausible(word) for word in folded]
    for start, stop in _runs(plausible):
        if any(taken[start:stop]):
            continue
        meaning = _read(_fold(" ".join(folded[start:stop])))
        when = meaning and _resolve(meaning, now=now, zone=zone, launch=launch)
        if when and _may_stand(folded, start, stop, when):
            found.append(Found(start, stop, when))
            taken[start:stop] = [True] * (stop - start)
    return sorted(found, key=lambda each: each.start)


def split_trailing(
    word: str, *, now: datetime, zone: ZoneInfo, launch: date | None = None
) -> tuple[str, When | Uncertain] | None:
    """Split the date off the end of one unspaced Chinese word: 主图定稿周五 is 主图定稿, on Friday.

    The date is the longest one, has Chinese words in it and no letters. None if there is none, if nothing would stay
    before it, if it is vague or bygone, or if the two may belong together (黑色星期五, 每周五, 三号, 18点).
    """
    for start in range(max(1, len(word) - _LONGEST_TAIL), len(word)):
        head, tail = word[:start], word[start:]
        if not _TAIL.fullmatch(tail):
            continue
        if tail.startswith("到") and head.endswith(_WITH_ARRIVAL):
            continue
        meaning = _read(_fold(tail))
        when = meaning and _resolve(meaning, now=now, zone=zone, launch=launch)
        if when:
            head = head.rstrip("，,、：:；; ")
            return (head, when) if head and _may_split(head, tail, when) else None
    return None


# A moment of the speaker, and what a day or a phrase means once it is known.


@dataclass(frozen=True, slots=True)
class _Scene:
    now: datetime
    zone: ZoneInfo
    launch: date | None

    @property
    def today(self) -> date:
        return self.now.date()


@dataclass(frozen=True, slots=True)
class _Days:
    dates: tuple[date, ...]
    doubt: Doubt | None = None
    later: date | None = None
    """The day to propose if the hour said has passed on the only date."""


@dataclass(frozen=True, slots=True)
class _Clock:
    hour: int
    minute: int = 0
    part: str | None = None
    is_plain: bool = False
    """Whether it may be of a twelve-hour clock: said without am, pm, 下午 or a leading zero."""


@dataclass(frozen=True, slots=True)
class _Offset:
    amount: float
    unit: str


_Day: TypeAlias = Callable[[_Scene], _Days | None]
_Meaning: TypeAlias = Callable[[_Scene], When | Uncertain | None]
_Value = TypeVar("_Value")
_Minutes: TypeAlias = tuple[int, ...] | None
"""Minutes from midnight, each a possible reading; () is an impossible time, None no time."""

# The words. Each table is a terminal of when.lark; the longest word of a table wins.


def _words(table: Mapping[_Value, str]) -> dict[str, _Value]:
    return {word: value for value, words in table.items() for word in words.split("|")}


_RELATIVE_DAYS = _words(
    {
        -2: "前天|前日|day before yesterday",
        -1: "昨天|昨日|yesterday",
        0: "今天|今日|今儿|当天|today",
        1: "明天|明日|明儿|tomorrow|tmr|tmrw|tmw",
        2: "后天|後天|后日|day after tomorrow",
        3: "大后天|大後天",
    }
)
_DAY_PARTS = _words(
    {
        (0, "morning"): "今早|this morning",
        (0, "afternoon"): "this afternoon",
        (0, "evening"): "今晚|今夜|tonight|this evening",
        (1, "morning"): "明早|明晨",
        (1, "evening"): "明晚|明夜",
        (2, "evening"): "后晚",
    }
)
_PARTS = _words(
    {
        "dawn": "凌晨",
        "morning": "早上|早晨|清晨|清早|一早|早|上午|morning|in the morning",
        "noon": "中午|正午",
        "afternoon": "下午|午后|afternoon|in the afternoon",
        "evening": "傍晚|晚上|晚|夜里|夜晚|evening|in the evening|night",
    }
)
_TIME_WORDS = _words(
    {
        (12 * 60,): "noon|midday",
        (18 * 60,): "下班|eod|eob|end of day|end of the day|cob|close of business",
        (24 * 60 - 1, 24 * 60): "午夜|半夜|midnight",  # which end of the day?
    }
)
_WEEKDAYS_CJK = _words({0: "一", 1: "二", 2: "三", 3: "四", 4: "五", 5: "六", 6: "日|天"})
_WEEKDAYS = _words(
    {
        0: "mon|monday",
        1: "tue|tues|tuesday",
        2: "wed|weds|wednesday",
        3: "thu|thur|thurs|thursday",
        4: "fri|friday",
        5: "sat|saturday",
        6: "sun|sunday",
    }
)
_WEEKS_OF = _words(
    {
        -1: "上周|上个周|上星期|上个星期|上礼拜|上个礼拜|last week",
        0: "这周|这个周|本周|这星期|这个星期|本星期|这礼拜|这个礼拜|this week",
        1: "下周|下个周|下星期|下个星期|下礼拜|下个礼拜|next week",
        2: "下下周|下下个周|下下星期|下下个星期|下下个礼拜|week after next",
    }
)
_WHICH = _words({-1: "last", 0: "this", 1: "next"})
_WEEKENDS = _words({0: "周末|这周末|这个周末|本周末|weekend|this weekend", 1: "下周末|下个周末|next weekend"})
_MONTHS = _words(
    {
        1: "jan|january",
        2: "feb|february",
        3: "mar|march",
        4: "apr|april",
        5: "may",
        6: "jun|june",
        7: "jul|july",
        8: "aug|august",
        9: "sep|sept|september",
        10: "oct|october",
        11: "nov|november",
        12: "dec|december",
    }
)
_MONTHS_OF = _words(
    {
        -1: "上月|上个月|last month",
        0: "本月|这个月|这月|当月|this month",
        1: "下月|下个月|next month",
        2: "下下月|下下个月|month after next",
    }
)
_YEARS_OF = _words({-1: "去年|last year", 0: "今年|本年|this year", 1: "明年|next year", 2: "后年"})
_PERIOD_ENDS = _words(
    {
        ("month", 0): "月底|月末|eom|month end|end of month|end of the month|end of this month",
        ("month", 1): "end of next month",
        ("quarter", 0): "季度末|季度底|季末|本季度末|这季度末|这个季度末|本季末"
        "|eoq|end of quarter|end of the quarter|end of this quarter",
        ("quarter", 1): "下季度末|下个季度末|下季末|end of next quarter",
        (
            "year",
            0,
        ): "年底|年末|今年底|今年年底|今年末|本年底|eoy|year end|end of year|end of the year|end of this year",
        ("year", 1): "明年底|明年年底|明年末|end of next year",
    }
)
_EARLY = _words({1: "初|上旬", 15: "中|中旬", 21: "下旬"})
_UNITS = _words(
    {
        "minute": "分钟|min|mins|minute|minutes",
        "hour": "小时|个小时|钟头|个钟头|h|hr|hrs|hour|hours",
        "day": "天|d|day|days",
        "workday": "工作日|个工作日|workday|workdays|working day|working days|business day|business days",
        "week": "周|星期|个星期|礼拜|个礼拜|w|wk|wks|week|weeks",
        "month": "个月|mo|month|months",
        "year": "年|year|years",
    }
)
_COUNTS = _words(
    {
        1: "a|an|one",
        2: "two",
        3: "three",
        4: "four",
        5: "five",
        6: "six",
        7: "seven",
        8: "eight",
        9: "nine",
        10: "ten",
        11: "eleven",
        12: "twelve",
    }
)
_VAGUE = _words(
    {
        "some day": "尽快|尽早|过几天|过两天|几天后|这几天|这两天|近期|改天|回头|以后|月内|年初"
        "|asap|soon|later|some day|someday|in a few days|in a couple of days|in a few weeks",
        "end of week": "周内|end of week|end of the week|end of this week|eow",
    }
)
_DIGITS = _words({0: "零|〇", 1: "一", 2: "二|两", 3: "三", 4: "四", 5: "五", 6: "六", 7: "七", 8: "八", 9: "九"})
_TERMINALS: dict[str, tuple[int, str | Mapping[str, object]]] = {
    # Where two can begin alike, the one with the higher number is tried first.
    "PREFIX": (
        1,
        "by|due|before|on|until|till|at|the|deadline|no later than|截止|截止到|截至|截至到|到|最晚|最迟|不晚于",
    ),
    "SUFFIX": (2, "前|之前|以前|截止|截至|为止|止|内|之内|以内"),
    "AFTER": (3, "后|後|之后|以后|过后|内|之内|以内|later|hence|from now|from today"),
    "AGO": (3, "前|之前|以前|ago"),
    "IN": (1, "in|within|过|再过"),
    "OF": (2, "of"),
    "WHICH": (2, _WHICH),
    "COUNT": (2, _COUNTS),
    "HALF": (2, "半|half a|half an"),
    "AND_HALF": (3, "个半"),
    "UNIT": (3, _UNITS),
    "WEEK": (2, "周|星期|礼拜"),
    "WEEKDAY_CJK": (3, _WEEKDAYS_CJK),
    "WEEKDAY": (3, _WEEKDAYS),
    "WEEK_OF": (3, _WEEKS_OF),
    "WEEKEND": (4, _WEEKENDS),
    "MONTH": (3, _MONTHS),
    "MONTH_OF": (3, _MONTHS_OF),
    "YEAR_OF": (3, _YEARS_OF),
    "PERIOD_END": (4, _PERIOD_ENDS),
    "LAST": (3, "底|末|最后一天"),
    "EARLY": (3, _EARLY),
    "ORDINAL": (3, "st|nd|rd|th"),
    "RELATIVE_DAY": (4, _RELATIVE_DAYS),
    "DAY_PART": (4, _DAY_PARTS),
    "PART": (3, _PARTS),
    "TIME_WORD": (4, _TIME_WORDS),
    "AMPM": (3, "am|pm|a.m.|p.m."),
    "POINT": (3, "点|点钟|点整|时|o'clock"),
    "QUARTER": (3, "刻|刻钟"),
    "MINUTE": (3, "分"),
    "VAGUE": (5, _VAGUE),
    "LAUNCH": (3, "上线当天|上线当日|上线日|开售当天|开售日|launch day"),
    "LAUNCH_BEFORE": (3, "上线前|上线之前|距上线|距离上线|离上线|开售前|开售之前|距开售|距离开售"),
    "LAUNCH_AFTER": (3, "上线后|上线之后|开售后|开售之后"),
    "BEFORE_LAUNCH": (3, "before launch|before the launch"),
}
_GRAMMAR_WORDS = ("t", "z", "d", "月", "年", "日", "号", "十", *_DIGITS)


@cache
def _parser() -> Lark:
    rules = resources.files(__package__).joinpath("when.lark").read_text("utf-8")
    terminals = [f"{name}.{rank}: /{_one_of(_listed(words))}/" for name, (rank, words) in _TERMINALS.items()]
    return Lark("\n".join([rules, *terminals]), parser="lalr", transformer=_Reader())


@cache
def _plausible() -> re.Pattern[str]:
    """Match what has only words that a date can have; most titles end here, before the parser."""
    phrases = {*_GRAMMAR_WORDS, *(phrase for _, words in _TERMINALS.values() for phrase in _listed(words))}
    words = {word for phrase in phrases for word in re.split(r"[ .']", phrase) if word}
    letters = [word for word in words if word.isascii()]
    signs = "".join(sorted({sign for word in words if not word.isascii() for sign in word}))
    return re.compile(rf"(?:(?<![a-z])(?:{_one_of(letters)})|[{signs}\d ,():.+\-/'])+")


def _listed(words: str | Mapping[str, object]) -> list[str]:
    return words.split("|") if isinstance(words, str) else list(words)


def _one_of(words: Sequence[str]) -> str:
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(
        re.escape(word) + ("(?![a-z])" if word.isascii() and word[-1].isalpha() else "") for word in ordered
    )


_LONGEST = 48
_DASHES = {ord(dash): "-" for dash in "‐‑‒–—―−"}
_FOLDED = _DASHES | {ord("’"): "'", ord("。"): " ", ord("、"): ",", ord("；"): ",", ord(";"): ","}


def _fold(text: str) -> str:
    if len(text) > 4 * _LONGEST:
        return ""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_FOLDED).lower().split())


def _is_plausible(phrase: str) -> bool:
    return 0 < len(phrase) <= _LONGEST and _plausible().fullmatch(phrase) is not None


@lru_cache(maxsize=4096)
def _read(phrase: str) -> _Meaning | None:
    """Read a folded phrase; its meaning depends on no clock, so it can be kept."""
    if not _is_plausible(phrase) or phrase.isdecimal():
        return None
    try:
        meaning: _Meaning = _parser().parse(phrase)  # type: ignore[assignment]  # the transformer's result, not a tree
    except UnexpectedInput:
        return None
    return meaning


def _resolve(meaning: _Meaning, *, now: datetime, zone: ZoneInfo, launch: date | None) -> When | Uncertain | None:
    try:
        return meaning(_Scene(now.astimezone(zone), zone, launch))
    except OverflowError:  # beyond the years that a calendar has
        return Uncertain(Doubt.IMPOSSIBLE)


@v_args(inline=True)
class _Reader(Transformer[Token, _Meaning]):
    """Turn what was parsed into meanings; one method for each name in when.lark."""

    def start(self, *parts: Token | _Meaning) -> _Meaning:
        return next(part for part in parts if not isinstance(part, Token))

    def on_day(self, day: _Day, *rest: Token | _Minutes) -> _Meaning:
        return partial(_settle, day, _said(rest))

    def on_checked_day(self, weekday: _Day, day: _Day, *rest: Token | _Minutes) -> _Meaning:
        return partial(_settle, partial(_checked, day, weekday), _said(rest))

    def on_day_checked(self, day: _Day, weekday: _Day, *rest: Token | _Minutes) -> _Meaning:
        return self.on_checked_day(weekday, day, *rest)

    def at_time(self, minutes: _Minutes, *rest: Token | _Day) -> _Meaning:
        day = next((part for part in rest if not isinstance(part, Token)), None)
        if day:
            return partial(_settle, day, minutes)
        if minutes is None:
            return partial(_doubtful, Doubt.VAGUE, _relative(0))
        return partial(_settle, _relative(0), minutes) if minutes else _not_a_date

    def in_part(self, word: Token, *rest: Token | _Clock) -> _Meaning:
        days, part = _DAY_PARTS[word]
        clock = next((each for each in rest if isinstance(each, _Clock)), None)
        minutes = _minutes(clock if clock.part else replace(clock, part=part, is_plain=False)) if clock else None
        return partial(_settle, _relative(days), minutes)

    def after(self, offset: _Offset, *rest: Token | _Minutes) -> _Meaning:
        if offset.unit in ("hour", "minute"):
            return _not_a_date if rest else partial(_moment, offset)
        return partial(_settle, partial(_days_after, offset), _said(rest))

    def instant(self, word: Token) -> _Meaning:
        return partial(_iso_instant, word.upper())

    def task_ref(self, _word: Token) -> _Meaning:
        return lambda _scene: Uncertain(Doubt.TASK_REF)

    def vague(self, word: Token) -> _Meaning:
        ends_week = _VAGUE[word] == "end of week"
        return partial(_doubtful, Doubt.VAGUE, partial(_days_of_week, 0, (4, 6)) if ends_week else _no_day)

    def weekend(self, word: Token) -> _Meaning:
        return partial(_doubtful, Doubt.VAGUE, partial(_days_of_week, _WEEKENDS[word], (5, 6)))

    def some_day_of_week(self, word: Token) -> _Meaning:
        return partial(_doubtful, Doubt.VAGUE, partial(_days_of_week, _WEEKS_OF[word], (0, 4)))

    def some_day_of_month(self, word: Token) -> _Meaning:
        return partial(_doubtful, Doubt.VAGUE, partial(_month_bounds, _MONTHS_OF[word]))

    def some_day_of_year(self, _word: Token) -> _Meaning:
        return partial(_doubtful, Doubt.VAGUE, _no_day)

    def early_in(self, month: Token, part: Token) -> _Meaning:
        return partial(_doubtful, Doubt.VAGUE, partial(_day_of_month, _MONTHS_OF[month], _EARLY[part]))

    def early(self, part: Token) -> _Meaning:
        return partial(_doubtful, Doubt.VAGUE, partial(_day_number, _EARLY[part]))

    def relative_day(self, word: Token) -> _Day:
        return _relative(_RELATIVE_DAYS[word])

    def period_end(self, word: Token) -> _Day:
        return partial(_period_end, *_PERIOD_ENDS[word])

    def month_end(self, month: Token, _end: Token) -> _Day:
        return partial(_period_end, "month", _MONTHS_OF[month])

    def named_month_end(self, number: Token, _end: Token) -> _Day:
        return partial(_coming, _number(number), None)

    def coming_weekday(self, *words: Token) -> _Day:
        return partial(_coming_weekday, _weekday(words[-1]))

    def weekday_of(self, week: Token, day: Token) -> _Day:
        return partial(_weekday_of, _WHICH.get(week, _WEEKS_OF.get(week, 0)), _weekday(day))

    def of_week(self, day: Token, week: Token) -> _Day:
        return self.weekday_of(week, day)

    def iso_day(self, word: Token) -> _Day:
        year, month, day = re.split(r"[-/.]", word)
        return partial(_full, int(year), int(month), int(day))

    def numeric_day(self, word: Token) -> _Day:
        first, sign, second = re.split(r"([-/])", word)
        return partial(_numeric, int(first), int(second), sign)

    def full_day(self, year: Token, month: Token, day: Token, _sign: object) -> _Day:
        return partial(_full, int(year), _number(month), _number(day))

    def day_of_year(self, year: Token, month: Token, day: Token, _sign: object) -> _Day:
        return partial(_day_of_year, _YEARS_OF[year], _number(month), _number(day))

    def month_day(self, month: Token, day: Token, _sign: object) -> _Day:
        return partial(_coming, _number(month), _number(day))

    def day_of_month(self, month: Token, day: Token, _sign: object) -> _Day:
        return partial(_day_of_month, _MONTHS_OF[month], _number(day))

    def day_number(self, day: Token, _sign: object) -> _Day:
        return partial(_day_number, _number(day))

    def english_month_day(self, *words: Token) -> _Day:
        said = {word.type: word for word in words}
        month, day = _MONTHS[said["MONTH"]], _number(said["NUMBER"])
        return partial(_full, int(said["YEAR"]), month, day) if "YEAR" in said else partial(_coming, month, day)

    def english_day_month(self, *words: Token) -> _Day:
        return self.english_month_day(*words)

    def offset(self, *parts: Token | float) -> _Offset:
        unit = next(part for part in parts if isinstance(part, Token) and part.type == "UNIT")
        amount = next(part for part in parts if not isinstance(part, Token))
        return _Offset(amount, _UNITS[unit])

    def ago(self, amount: float, unit: Token, _word: Token) -> _Offset:
        return _Offset(-amount, _UNITS[unit])

    def offset_and_half(self, number: Token, _half: Token, unit: Token, _after: Token) -> _Offset:
        return _Offset(_number(number) + 0.5, _UNITS[unit])

    def offset_in_days(self, number: Token, _ri: Token, _after: Token) -> _Offset:
        return _Offset(_number(number), "day")

    def launch(self, _word: Token) -> _Day:
        return partial(_from_launch, _Offset(0, "day"))

    def before_launch(self, _word: Token, amount: float, unit: Token) -> _Day:
        return partial(_from_launch, _Offset(-amount, _UNITS[unit]))

    def after_launch(self, _word: Token, amount: float, unit: Token) -> _Day:
        return partial(_from_launch, _Offset(amount, _UNITS[unit]))

    def days_before_launch(self, amount: float, unit: Token, _word: Token) -> _Day:
        return partial(_from_launch, _Offset(-amount, _UNITS[unit]))

    def d_day(self, word: Token) -> _Day:
        return partial(_from_launch, _Offset(int(word[1:]), "day"))

    def day(self, day: _Day) -> _Day:
        return day

    def amount(self, word: Token) -> float:
        if word.type == "HALF":
            return 0.5
        if word.type == "DECIMAL":
            return float(word)
        return _COUNTS[word] if word in _COUNTS else _number(word)

    def clock_time(self, clock: _Clock) -> _Minutes:
        return _minutes(clock)

    def part_of_day(self, word: Token) -> _Minutes:
        return (12 * 60,) if _PARTS[word] == "noon" else None

    def time_word(self, word: Token) -> _Minutes:
        return _TIME_WORDS[word]

    def clock(self, spoken: _Clock) -> _Clock:
        return spoken

    def digital(self, word: Token) -> _Clock:
        hour, minute = word.split(":")
        return _Clock(int(hour), int(minute), is_plain=not hour.startswith("0"))

    def digital_12(self, word: Token, half: Token) -> _Clock:
        return replace(self.digital(word), part=half[0] + "m", is_plain=False)

    def hour_12(self, number: Token, half: Token) -> _Clock:
        return _Clock(_number(number), part=half[0] + "m")

    def at_hour(self, word: Token) -> _Clock:
        return _Clock(int(word.removeprefix("at ")), is_plain=True)

    def part_digital(self, part: Token, word: Token) -> _Clock:
        return replace(self.digital(word), part=_PARTS[part], is_plain=False)

    def part_spoken(self, part: Token, spoken: _Clock) -> _Clock:
        return replace(spoken, part=_PARTS[part], is_plain=False)

    def spoken(self, number: Token, _point: Token, minute: Token | None = None, _sign: Token | None = None) -> _Clock:
        return _Clock(_number(number), _number(minute) if minute else 0, is_plain=not number.startswith("0"))

    def spoken_half(self, number: Token, point: Token) -> _Clock:
        return replace(self.spoken(number, point), minute=30)

    def spoken_quarter(self, number: Token, point: Token, quarters: Token, _sign: Token) -> _Clock:
        return replace(self.spoken(number, point), minute=15 * _number(quarters))


def _said(rest: tuple[object, ...]) -> _Minutes:
    """Pick the time out of what follows a day: connecting words and, last, minutes."""
    last = rest[-1] if rest else None
    return last if isinstance(last, tuple) else None


def _number(word: str) -> int:
    if word.isdecimal():
        return int(word)
    if "十" not in word:
        return _DIGITS[word]
    tens, ones = word.split("十")
    return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0)


def _weekday(word: str) -> int:
    return _WEEKDAYS_CJK[word] if word in _WEEKDAYS_CJK else _WEEKDAYS[word]


_MIDNIGHT = 24 * 60
_PART_HOURS: dict[str, dict[int, int]] = {
    "dawn": {12: 0} | {hour: hour for hour in range(7)},
    "morning": {hour: hour for hour in range(1, 13)},
    "noon": {11: 11, 12: 12, 13: 13, 14: 14, 1: 13, 2: 14},
    "afternoon": {12: 12} | {hour: hour + 12 for hour in range(1, 12)} | {hour: hour for hour in range(13, 20)},
    "evening": {hour: hour + 12 for hour in range(5, 12)} | {hour: hour for hour in range(17, 24)},
    "am": {12: 0} | {hour: hour for hour in range(12)},
    "pm": {12: 12} | {hour: hour + 12 for hour in range(1, 12)} | {hour: hour for hour in range(13, 24)},
}


def _minutes(clock: _Clock) -> tuple[int, ...]:
    """Give the minutes from midnight that a clock may mean: none if it is impossible, two if it must be asked."""
    hour, minute = clock.hour, clock.minute
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        return ()
    if hour == 24 or (clock.part == "evening" and hour in (0, 12)):
        return (_MIDNIGHT - 1, _MIDNIGHT) if not minute else (_MIDNIGHT + minute, minute)
    if clock.part == "evening" and 1 <= hour <= 4:
        return (_MIDNIGHT + hour * 60 + minute, hour * 60 + minute)
    if clock.part:
        known = _PART_HOURS[clock.part].get(hour)
        return () if known is None else (known * 60 + minute,)
    if clock.is_plain and 1 <= hour <= 6:  # nobody's work is due at 3 in the night, but that is what "3点" says
        return ((hour + 12) * 60 + minute, hour * 60 + minute)
    return (hour * 60 + minute,)


# From meanings to days.


def _settle(day: _Day, minutes: _Minutes, scene: _Scene) -> When | Uncertain | None:
    """Put a day and a time together, and keep what is still to come."""
    days = day(scene)
    if days is None:
        return None
    if minutes == ():
        return Uncertain(Doubt.IMPOSSIBLE)
    ahead = _ahead(days.dates, minutes, scene)
    if days.doubt:
        return Uncertain(days.doubt, ahead)
    if len(ahead) == 1:
        return ahead[0]
    if ahead:
        return Uncertain(Doubt.AMBIGUOUS, ahead)
    later = _ahead((days.later,), minutes, scene) if days.later else ()
    return Uncertain(Doubt.PAST, later)


def _ahead(dates: tuple[date, ...], minutes: _Minutes, scene: _Scene) -> tuple[When, ...]:
    if minutes is None:
        return tuple(When(each) for each in dates if each >= scene.today)
    whens = (_at(each, minute, scene.zone) for each in dates for minute in minutes)
    return tuple(when for when in whens if when.at and when.at > scene.now and when.on >= scene.today)


def _at(on: date, minute: int, zone: ZoneInfo) -> When:
    local = datetime.combine(on, time(), zone) + timedelta(minutes=minute)
    return When(local.date(), local.astimezone(UTC))


def _doubtful(doubt: Doubt, day: _Day, scene: _Scene) -> Uncertain:
    days = day(scene)
    return Uncertain(doubt, _ahead(days.dates, None, scene) if days else ())


def _not_a_date(_scene: _Scene) -> None:
    return None


def _no_day(_scene: _Scene) -> _Days:
    return _Days(())


def _relative(days: int) -> _Day:
    return partial(_relative_day, days)


def _relative_day(days: int, scene: _Scene) -> _Days:
    if days < 0:
        return _Days((), Doubt.PAST)
    on = scene.today + timedelta(days)
    return _Days((on,), later=on + timedelta(1))


def _moment(offset: _Offset, scene: _Scene) -> When | Uncertain | None:
    if offset.amount <= 0:
        return Uncertain(Doubt.PAST) if offset.amount else None
    minutes = round(offset.amount * (60 if offset.unit == "hour" else 1))
    at = scene.now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=minutes)
    return When(at.astimezone(scene.zone).date(), at)


def _days_after(offset: _Offset, scene: _Scene) -> _Days | None:
    if offset.amount <= 0:
        return _Days((), Doubt.PAST) if offset.amount else None
    return _shifted(offset, scene.today)


def _from_launch(offset: _Offset, scene: _Scene) -> _Days:
    if scene.launch is None:
        return _Days((), Doubt.NO_LAUNCH)
    days = _shifted(offset, scene.launch)
    return days if not days.dates or days.dates[0] >= scene.today else _Days((), Doubt.PAST)


def _shifted(offset: _Offset, start: date) -> _Days:
    """Move a day by an offset; vague in working days, which need a calendar, and in odd fractions."""
    amount, unit = offset.amount, offset.unit
    if unit == "month" and abs(amount) == 0.5:
        amount, unit = 30 * amount, "day"
    if unit == "year":
        amount, unit = 12 * amount, "month"
    if amount != int(amount) or unit not in ("day", "week", "month"):
        return _Days((), Doubt.VAGUE)
    if unit == "month":
        return _Days((_months_later(start, int(amount)),))
    return _Days((start + timedelta(int(amount) * (7 if unit == "week" else 1)),))


def _months_later(start: date, months: int) -> date:
    """Move by months, onto the last day of a shorter one."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("no calendar has this year")
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _date(year: int, month: int, day: int | None) -> date | None:
    """Make a day, or None if there is none; day None is the last of the month."""
    if not 1 <= month <= 12 or not date.min.year <= year <= date.max.year:
        return None
    last = calendar.monthrange(year, month)[1]
    return date(year, month, day or last) if day is None or 1 <= day <= last else None


def _full(year: int, month: int, day: int, scene: _Scene) -> _Days:
    on = _date(year, month, day)
    if on is None:
        return _Days((), Doubt.IMPOSSIBLE)
    return _Days((on,)) if on >= scene.today else _Days((), Doubt.PAST)


def _day_of_year(years: int, month: int, day: int, scene: _Scene) -> _Days:
    return _full(scene.today.year + years, month, day, scene)


_RECENT = timedelta(days=60)


def _coming(month: int, day: int | None, scene: _Scene) -> _Days:
    """Take the coming such day; ask if it has just passed, as a report of the past may be meant."""
    around = [_date(scene.today.year + years, month, day) for years in range(-1, 9)]
    real = [each for each in around if each]
    if not real:
        return _Days((), Doubt.IMPOSSIBLE)
    ahead = [each for each in real if each >= scene.today]
    if around[1] is None or (around[1] < scene.today and around[2] is None):  # 29 February
        return _Days(tuple(ahead[:1]), Doubt.IMPOSSIBLE)
    passed = [each for each in real if each < scene.today]
    is_recent = bool(passed) and scene.today - passed[-1] <= _RECENT and ahead[0] != scene.today
    return _Days((ahead[0],), Doubt.PAST if is_recent else None, later=ahead[1] if len(ahead) > 1 else None)


def _numeric(first: int, second: int, sign: str, scene: _Scene) -> _Days | None:
    """Read month/day; day/month only where it can be nothing else. 24/7 is no date, nor is a range such as 15-20."""
    if 1 <= first <= 12 and 1 <= second <= 31:
        return _coming(first, second, scene)
    if sign == "/" and 13 <= first <= 31 and 1 <= second <= 12 and (first, second) != (24, 7):
        return _coming(second, first, scene)
    return None


def _day_number(day: int, scene: _Scene) -> _Days | None:
    if not 1 <= day <= 31:
        return None
    first = scene.today.replace(day=1)
    months = [_months_later(first, ahead) for ahead in range(4)]
    days = [_date(month.year, month.month, day) for month in months]
    ahead = [each for each in days if each and each >= scene.today]
    expected = days[0] if days[0] is None or days[0] >= scene.today else days[1]
    return _Days((ahead[0],), None if expected else Doubt.IMPOSSIBLE, later=ahead[1])


def _day_of_month(months: int, day: int, scene: _Scene) -> _Days:
    first = _months_later(scene.today.replace(day=1), months)
    on = _date(first.year, first.month, day)
    if on is None:
        return _Days((), Doubt.IMPOSSIBLE)
    if on >= scene.today:
        return _Days((on,), later=_months_later(on, 1))
    return _Days((_months_later(on, 1),) if months == 0 else (), Doubt.PAST)


def _period_end(period: str, ahead: int, scene: _Scene) -> _Days:
    length = {"month": 1, "quarter": 3, "year": 12}[period]
    months = (scene.today.month - 1) // length * length + length * (ahead + 1)
    on = _months_later(scene.today.replace(month=1, day=31), months - 1)
    return _Days((on,)) if on >= scene.today else _Days((), Doubt.PAST)


def _month_bounds(months: int, scene: _Scene) -> _Days:
    last = _period_end("month", months, scene)
    return _Days((*(day.replace(day=1) for day in last.dates), *last.dates))


def _monday(scene: _Scene) -> date:
    return scene.today - timedelta(scene.today.weekday())


def _coming_weekday(weekday: int, scene: _Scene) -> _Days:
    ahead = (weekday - scene.today.weekday()) % 7
    on = scene.today + timedelta(ahead)
    return _Days((on,)) if ahead else _Days((on, on + timedelta(7)), Doubt.AMBIGUOUS)


def _weekday_of(weeks: int, weekday: int, scene: _Scene) -> _Days:
    on = _monday(scene) + timedelta(7 * weeks + weekday)
    if on >= scene.today:
        return _Days((on,), later=on + timedelta(7))
    return _Days((on + timedelta(7),) if weeks == 0 else (), Doubt.PAST)


def _days_of_week(weeks: int, weekdays: tuple[int, ...], scene: _Scene) -> _Days:
    return _Days(tuple(_monday(scene) + timedelta(7 * weeks + weekday) for weekday in weekdays))


def _checked(day: _Day, weekday: _Day, scene: _Scene) -> _Days | None:
    """Ask if the day and the weekday that were both said are not the same."""
    days, named = day(scene), weekday(scene)
    if not days or days.doubt or not days.dates or not named or not named.dates:
        return days
    same = days.dates[0].weekday() == named.dates[0].weekday()
    return days if same else replace(days, doubt=Doubt.AMBIGUOUS)


def _iso_instant(text: str, scene: _Scene) -> Uncertain | When:
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        return Uncertain(Doubt.IMPOSSIBLE)
    at = (said if said.tzinfo else said.replace(tzinfo=scene.zone)).astimezone(UTC)
    return When(at.astimezone(scene.zone).date(), at) if at > scene.now else Uncertain(Doubt.PAST)


# English that the grammar does not know.

_OTHER_WORDS = (
    r"(?:in|within|from now|later|hence|and|a|an|one|two|three|four|five|six|seven|eight|nine|ten|fortnight"
    r"|min(?:ute)?s?|h|hours?|d|days?|w|weeks?|months?|years?|\d{1,3})"
)
_OTHER_ENGLISH = re.compile(rf"(?=in\b|within\b|.*(?:from now|later|hence)$)(?:{_OTHER_WORDS}\b[ ,]*)+")
_FURTHEST = timedelta(days=5 * 366)


def _read_other_english(phrase: str, *, now: datetime, zone: ZoneInfo) -> When | None:
    """Let dateparser read a composed span ("in 2 days and 3 hours") which our grammar does not.

    Only spans: asked for more, it fills what was not said from today ("nov 2026" is the 18th) and reads years into
    days ("may 3 15"), and a wrong date is worse than none.
    """
    if not phrase.isascii() or len(phrase) > _LONGEST or not _OTHER_ENGLISH.fullmatch(phrase):
        return None
    import dateparser  # a tenth of a second, and few phrases come here

    local = now.astimezone(zone)
    try:
        said = dateparser.parse(
            phrase,
            languages=["en"],
            settings={
                "PREFER_DATES_FROM": "future",
                "RELATIVE_BASE": local.replace(tzinfo=None, second=0, microsecond=0),
                "REQUIRE_PARTS": ["day"],
            },
        )
    except (ValueError, OverflowError):
        return None
    if said is None:
        return None
    at = said.replace(tzinfo=zone).astimezone(UTC)
    if not timedelta(0) < at - local < _FURTHEST:
        return None
    return When(said.date(), at if re.search(r"h(?:our|\b)|min", phrase) else None)


# Where a date may stand among other words.

_MOST_WORDS = 400
_LONGEST_RUN = 5
_LONGEST_TAIL = 24
_TAIL = re.compile(r"[\d\u3007\u4e00-\u9fff：:/\-０-９]*[\u4e00-\u9fff][\d\u3007\u4e00-\u9fff：:/\-０-９]*")
_WITH_ARRIVAL = tuple("达收遇直感得做找看想提拿等")
_BOUND_BEFORE = ("黑色", *"每第隔逢各")
_BOUND = re.compile(
    r"[色的每第隔逢各去]\|"
    r"|[a-z0-9.:/\-零〇一二两三四五六七八九十百千万几多前年月日号点时半]\|[\d零〇一二两三四五六七八九十半]"
    r"|[零〇一二两三四五六七八九十百\d单双上]\|(?:周|星期|礼拜|月|季)"
)
_BOUND_WORDS = frozenset(("every", "each", "per", "last", "black", "cyber", "good", "super", "giving"))
_BARE = re.compile(
    r"\d-\d|\d{1,2}/\d{1,2}|\d{1,2}:(?!00|15|30|45)\d\d|\w{1,3}号|\w{1,3}[点时]|\d{1,2}(?:st|nd|rd|th)"
    r"|mon|tue|wed|thu|fri|sat|sun|noon|midnight|下班|早|晚|later|an?|\d{1,3}[ap]m"
)
_MEASURES = tuple("张个件条人款家次套万元块篇页份只台天周月年小%％")


def _runs(plausible: Sequence[bool]) -> Iterator[tuple[int, int]]:
    for length in range(min(_LONGEST_RUN, len(plausible)), 0, -1):
        for start in range(len(plausible) - length + 1):
            if all(plausible[start : start + length]):
                yield start, start + length


def _may_stand(words: Sequence[str], start: int, stop: int, when: When | Uncertain) -> bool:
    """Say whether the words of a run are a date here, and not a piece of a title."""
    before = words[start - 1] if start else ""
    if before in _BOUND_WORDS or before.endswith(_BOUND_BEFORE):
        return False
    if isinstance(when, Uncertain) and when.doubt is Doubt.TASK_REF:
        return False
    if stop == len(words):
        return True
    if isinstance(when, Uncertain) and (when.doubt is Doubt.VAGUE or _is_bygone(when)):
        return False
    phrase = " ".join(words[start:stop])
    return not _BARE.fullmatch(phrase) and not (phrase[-1].isdecimal() and words[stop].startswith(_MEASURES))


def _may_split(head: str, tail: str, when: When | Uncertain) -> bool:
    """Say whether a date at the end of a word is one, and not a piece of the word."""
    if isinstance(when, Uncertain) and (when.doubt is Doubt.VAGUE or _is_bygone(when)):
        return False
    joint = f"{_fold(head[-1])}|{_fold(tail)}"
    return not (_BOUND.match(joint) or _BARE.fullmatch(_fold(tail)))


def _is_bygone(when: Uncertain) -> bool:
    return when.doubt is Doubt.PAST and not when.candidates
