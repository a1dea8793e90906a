"""The reading of a phrase into its meaning: the grammar is when.lark, the words are in date_words.py.

A word is added in its table, a way of saying in when.lark with a method of the same name here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from importlib import resources
from typing import cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput

from commands.grammar.date_meanings import (
    Clock,
    Day,
    Days,
    Doubt,
    Meaning,
    Minutes,
    Offset,
    Scene,
    Uncertain,
    about,
    after_day,
    checked,
    clock_minutes,
    coming,
    coming_weekday,
    day_number,
    day_of_month,
    day_of_year,
    days_after,
    days_ahead,
    days_of_week,
    doubtful,
    either,
    from_launch,
    full,
    iso_instant,
    moment,
    no_day,
    no_day_at_all,
    not_a_date,
    numeric,
    relative,
    settle,
    slashed,
    weekday_of,
)
from commands.grammar.date_periods import (
    Period,
    bounds,
    days_of,
    first_of,
    last_of,
    months,
    named,
    nth_within,
    of_full_year,
    of_year,
    week,
    week_end,
)
from commands.grammar.date_words import (
    ABOUT_PERIOD,
    COUNTS,
    DAY_PARTS,
    EARLY,
    GRAMMAR_WORDS,
    HALVES,
    LAUNCHES,
    LONGEST,
    MONTHS,
    MONTHS_OF,
    NEXT_WORKDAYS,
    NTHS,
    PARTS,
    PAST_HOURS,
    PERIOD_ENDS,
    PERIOD_STARTS,
    QUARTERS,
    QUARTERS_OF,
    RELATIVE_DAYS,
    SEASONS,
    TERMINALS,
    THE_PERIODS,
    TIME_WORDS,
    UNITS,
    VAGUE,
    WEEK_ENDS,
    WEEK_PARTS,
    WEEKENDS,
    WEEKS_OF,
    WHICH,
    YEARS_OF,
    listed,
    number_of,
    one_of,
    weekday_of_word,
)
from commands.grammar.date_zones import ZONE_WORDS, in_zone, without_zone
from commands.grammar.festivals import (
    AFTER_FESTIVAL_WORDS,
    BEFORE_FESTIVAL_WORDS,
    FESTIVAL_WORDS,
    after_festival,
    before_festival,
    festival,
    festival_in,
    moved_from_festival,
    workday_after_festival,
)


def _terminals() -> dict[str, tuple[int, str | Mapping[str, object]]]:
    return TERMINALS | {
        "FESTIVAL": (6, FESTIVAL_WORDS),
        "BEFORE_FESTIVAL": (7, BEFORE_FESTIVAL_WORDS),
        "AFTER_FESTIVAL": (7, AFTER_FESTIVAL_WORDS),
    }


@cache
def _parser() -> Lark:
    rules = resources.files(__package__).joinpath("when.lark").read_text("utf-8")
    terminals = [f"{name}.{rank}: /{one_of(listed(words))}/" for name, (rank, words) in _terminals().items()]
    return Lark("\n".join([rules, *terminals]), parser="lalr", transformer=_Reader(), start=["start", "time"])


@cache
def _plausible() -> re.Pattern[str]:
    """Match what has only words that a date can have; most titles end here, before the parser."""
    phrases = {*GRAMMAR_WORDS, *ZONE_WORDS, *(phrase for _, words in _terminals().values() for phrase in listed(words))}
    words = {word for phrase in phrases for word in re.split(r"[ .']", phrase) if word}
    letters = [word for word in words if word.isascii()]
    signs = "".join(sorted({sign for word in words if not word.isascii() for sign in word}))
    return re.compile(rf"(?:(?<![a-z])(?:{one_of(letters)})|[{signs}\d ,():.+\-/'])+")


def is_plausible(phrase: str) -> bool:
    """Say whether a folded phrase has only words that a date can have."""
    return 0 < len(phrase) <= LONGEST and _plausible().fullmatch(phrase) is not None


@lru_cache(maxsize=4096)
def read(phrase: str) -> Meaning | None:
    """Read a folded phrase; its meaning depends on no clock, so it can be kept."""
    if not is_plausible(phrase) or (phrase.isdecimal() and phrase not in FESTIVAL_WORDS):
        return None
    parted = without_zone(phrase)
    meaning = _parsed(parted[0] if parted else phrase)
    return partial(in_zone, parted[1], meaning) if parted and meaning else meaning


def _parsed(phrase: str) -> Meaning | None:
    try:
        return cast(Meaning, _parser().parse(phrase, start="start"))  # the transformer's result, not a tree
    except UnexpectedInput:
        return None


@lru_cache(maxsize=1024)
def read_clock(phrase: str) -> Minutes:
    """Read a folded phrase as a time of day; None if it is none."""
    if not is_plausible(phrase):
        return None
    try:
        minutes: Minutes = _parser().parse(phrase, start="time")  # type: ignore[assignment]  # not a tree
    except UnexpectedInput:
        return None
    return minutes


@v_args(inline=True)
class _Reader(Transformer[Token, Meaning]):
    """Turn what was parsed into meanings; one method for each name in when.lark."""

    def start(self, *parts: Token | Meaning) -> Meaning:
        return next(part for part in parts if not isinstance(part, Token))

    def on_day(self, day: Day, *rest: Token | Minutes) -> Meaning:
        return partial(settle, day, _said(rest))

    def on_checked_day(self, weekday: Day, day: Day, *rest: Token | Minutes) -> Meaning:
        return partial(settle, partial(checked, day, weekday), _said(rest))

    def on_day_checked(self, day: Day, weekday: Day, *rest: Token | Minutes) -> Meaning:
        return self.on_checked_day(weekday, day, *rest)

    def at_time(self, minutes: Minutes, *rest: Token | Day) -> Meaning:
        day = next((part for part in rest if not isinstance(part, Token)), None)
        if day:
            return partial(settle, day, minutes)
        if minutes is None:
            return partial(doubtful, Doubt.VAGUE, relative(0))
        return partial(settle, relative(0), minutes) if minutes else not_a_date

    def in_part(self, word: Token, *rest: Token | Clock) -> Meaning:
        days, part = DAY_PARTS[word]
        clock = next((each for each in rest if isinstance(each, Clock)), None)
        minutes = clock_minutes(clock if clock.part else replace(clock, part=part, is_plain=False)) if clock else None
        return partial(settle, relative(days), minutes)

    def after(self, offset: Offset, *rest: Token | Minutes) -> Meaning:
        if offset.unit in ("hour", "minute"):
            return not_a_date if rest else partial(moment, offset)
        return partial(settle, partial(days_after, offset), _said(rest))

    def instant(self, word: Token) -> Meaning:
        return partial(iso_instant, word.upper())

    def task_ref(self, _word: Token) -> Meaning:
        return lambda _scene: Uncertain(Doubt.TASK_REF)

    def about(self, *parts: Token | Meaning) -> Meaning:
        return partial(about, self.start(*parts))

    def either(self, *parts: Token | Meaning) -> Meaning:
        one, other = (part for part in parts if not isinstance(part, Token))
        return partial(either, one, other)

    def about_launch(self, _word: Token) -> Meaning:
        return partial(about, partial(settle, partial(from_launch, Offset(0, "day")), None))

    def vague(self, word: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, partial(days_ahead, VAGUE[word]))

    def week_part(self, word: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, partial(days_of_week, 0, WEEK_PARTS[word]))

    def season(self, word: Token) -> Meaning:
        match SEASONS[word]:
            case "eve":
                return partial(doubtful, Doubt.VAGUE, partial(before_festival, "spring"))
            case "spring":
                return partial(doubtful, Doubt.VAGUE, partial(after_festival, "spring"))
            case "month":
                return partial(doubtful, Doubt.VAGUE, last_of(partial(months, 1, 0)))
        return partial(doubtful, Doubt.VAGUE, no_day)

    def t_minus(self, _word: Token, number: Token) -> Meaning:
        return partial(about, partial(settle, partial(from_launch, Offset(-number_of(number), "day")), None))

    def weekday_after_next(self, weekday: Token, _next: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, partial(days_of_week, 2, (weekday_of_word(weekday),)))

    def weekend(self, word: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, partial(days_of_week, WEEKENDS[word], (5, 6)))

    def some_day_of_week(self, word: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, partial(days_of_week, WEEKS_OF[word], (0, 4)))

    def some_day_of_month(self, word: Token) -> Meaning:
        return _asked(bounds, partial(months, 1, MONTHS_OF[word]))

    def some_day_of_year(self, _word: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, no_day)

    def some_day_of_named_month(self, *words: Token) -> Meaning:
        return _asked(bounds, self._month_of_year(words))

    def some_day_of_quarter(self, word: Token) -> Meaning:
        return _asked(bounds, self.quarter_period(word))

    def some_day_of_named_quarter(self, word: Token) -> Meaning:
        return _asked(bounds, self.named_quarter(word))

    def some_day_of_half(self, *words: Token) -> Meaning:
        return _asked(bounds, self._half(words))

    def period_start(self, word: Token) -> Meaning:
        return _asked(first_of, partial(months, *PERIOD_STARTS[word]))

    def early_in(self, month: Token, part: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, partial(day_of_month, MONTHS_OF[month], EARLY[part]))

    def early_in_named(self, month: Token, part: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, partial(days_of, self.named_month(month), EARLY[part]))

    def early_in_english(self, part: Token, month: Token) -> Meaning:
        period = self.month_period(month) if month in MONTHS_OF else self.named_month(month)
        return partial(doubtful, Doubt.VAGUE, partial(days_of, period, ABOUT_PERIOD[part] or 1))

    def early(self, part: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, partial(day_number, EARLY[part]))

    def month_period(self, word: Token) -> Period:
        return partial(months, 1, MONTHS_OF[word])

    def named_month(self, word: Token) -> Period:
        return partial(named, 1, _month(word))

    def week_period(self, word: Token) -> Period:
        return partial(week, WEEKS_OF[word])

    def quarter_period(self, word: Token) -> Period:
        return partial(months, 3, QUARTERS_OF[word])

    def named_quarter(self, word: Token) -> Period:
        return partial(named, 3, QUARTERS[word])

    def year_period(self, word: Token) -> Period:
        return partial(months, 12, YEARS_OF[word])

    def this_period(self, word: Token) -> Period:
        return partial(months, THE_PERIODS[word], 0)

    def workday(self, _word: Token) -> str:
        return "workday"

    def any_day(self, _word: Token) -> str:
        return "day"

    def one_weekday(self, *words: Token) -> int:
        return weekday_of_word(words[-1])

    def nth(self, word: Token) -> int:
        return int(word[0]) if word.type == "NTH_DIGIT" else NTHS[word]

    def nth_within(self, *parts: Token | Period | str | int) -> Day:
        period, nth, kind = (part for part in parts if not (isinstance(part, Token) and part.type == "DE"))
        return partial(nth_within, cast(Period, period), NTHS[cast(Token, nth)], cast(str | int, kind))

    def nth_of(self, nth: int, kind: str | int, _of: Token, period: Period) -> Day:
        return partial(nth_within, period, nth, kind)

    def last_of(self, which: Token, kind: Token, _of: Token, period: Period) -> Day:
        if which != "last":
            return no_day_at_all
        kinds = {"WORKDAY": "workday", "KIND_DAY": "day"}
        return partial(nth_within, period, -1, kinds.get(kind.type) or weekday_of_word(kind))

    def _month_of_year(self, words: Sequence[Token]) -> Period:
        said = {word.type: word for word in words}
        month = _month(said["MONTH"] if "MONTH" in said else said["NUMBER"])
        if "YEAR" in said:
            return partial(of_full_year, int(said["YEAR"]), 1, month)
        return partial(of_year, YEARS_OF[said["YEAR_OF"]], 1, month)

    def _half(self, words: Sequence[Token]) -> Period:
        said = {word.type: word for word in words}
        half = HALVES[said["HALF_YEAR"]]
        return partial(of_year, YEARS_OF[said["YEAR_OF"]], 6, half) if "YEAR_OF" in said else partial(named, 6, half)

    def relative_day(self, word: Token) -> Day:
        return relative(RELATIVE_DAYS[word])

    def period_end(self, word: Token) -> Day:
        return last_of(partial(months, *PERIOD_ENDS[word]))

    def week_end(self, word: Token) -> Day:
        return partial(week_end, WEEK_ENDS[word])

    def month_end(self, month: Token, _end: Token) -> Day:
        return last_of(self.month_period(month))

    def end_in_year(self, *words: Token) -> Day:
        said = {word.type: word for word in words}
        year = partial(of_full_year, int(said["YEAR"]), 12, 1) if "YEAR" in said else None
        return last_of(year if year and "NUMBER" not in said else self._month_of_year(words))

    def half_end(self, *words: Token) -> Day:
        return last_of(self._half(words))

    def named_quarter_end(self, *words: Token) -> Day:
        quarter = next(word for word in words if word.type == "QUARTER_NAME")
        return partial(coming, 3 * QUARTERS[quarter], None)

    def next_workday(self, word: Token) -> Day:
        return partial(days_after, Offset(NEXT_WORKDAYS[word], "workday"))

    def from_day(self, amount: float, unit: Token, _from: Token, day: Day) -> Day:
        return partial(after_day, Offset(amount, UNITS[unit]), day)

    def festival(self, *words: Token) -> Day:
        said = {word.type: word for word in words}
        name = FESTIVAL_WORDS[said["FESTIVAL"]]
        if "YEAR" in said:
            return partial(festival_in, name, int(said["YEAR"]))
        return partial(festival, name, YEARS_OF[said["YEAR_OF"]] if "YEAR_OF" in said else None)

    def before_festival(self, word: Token) -> Day:
        return partial(before_festival, BEFORE_FESTIVAL_WORDS[word])

    def offset_before_festival(self, word: Token, amount: float, unit: Token) -> Day:
        return partial(moved_from_festival, BEFORE_FESTIVAL_WORDS[word], Offset(-amount, UNITS[unit]))

    def days_before_festival(self, amount: float, unit: Token, word: Token) -> Day:
        return self.offset_before_festival(word, amount, unit)

    def workday_before_festival(self, word: Token, nth: Token, _workday: Token) -> Day:
        return partial(moved_from_festival, BEFORE_FESTIVAL_WORDS[word], Offset(-abs(NTHS[nth]), "workday"))

    def after_festival(self, word: Token) -> Day:
        return partial(after_festival, AFTER_FESTIVAL_WORDS[word])

    def offset_after_festival(self, word: Token, amount: float, unit: Token) -> Day:
        return partial(moved_from_festival, AFTER_FESTIVAL_WORDS[word], Offset(amount, UNITS[unit]))

    def days_after_festival(self, amount: float, unit: Token, word: Token) -> Day:
        return self.offset_after_festival(word, amount, unit)

    def workday_after_festival(self, word: Token, nth: Token, _workday: Token) -> Day:
        return partial(workday_after_festival, AFTER_FESTIVAL_WORDS[word], abs(NTHS[nth]))

    def named_month_end(self, *words: Token) -> Day:
        return partial(coming, next(_month(word) for word in words if word.type in ("NUMBER", "MONTH")), None)

    def coming_weekday(self, *words: Token) -> Day:
        return partial(coming_weekday, weekday_of_word(words[-1]))

    def weekday_of(self, week: Token, day: Token) -> Day:
        return partial(weekday_of, WHICH.get(week, WEEKS_OF.get(week, 0)), weekday_of_word(day))

    def of_week(self, day: Token, week: Token) -> Day:
        return self.weekday_of(week, day)

    def iso_day(self, word: Token) -> Day:
        year, month, day = re.split(r"[-/.]", word)
        return partial(full, int(year), int(month), int(day))

    def numeric_day(self, word: Token) -> Day:
        first, sign, second = re.split(r"([-/])", word)
        return partial(numeric, int(first), int(second), sign)

    def slashed_day(self, word: Token) -> Day:
        first, second, year = word.split("/")
        return partial(slashed, int(first), int(second), int(year))

    def full_day(self, year: Token, month: Token, day: Token, _sign: object) -> Day:
        return partial(full, int(year), number_of(month), number_of(day))

    def day_of_year(self, year: Token, month: Token, day: Token, _sign: object) -> Day:
        return partial(day_of_year, YEARS_OF[year], number_of(month), number_of(day))

    def short_year_day(self, year: Token, month: Token, day: Token, _sign: object) -> Day:
        return partial(full, 2000 + int(year[:2]), number_of(month), number_of(day))

    def english_day_of_month(self, day: Token, _ordinal: Token, _of: Token, month: Token) -> Day:
        return partial(day_of_month, MONTHS_OF[month], number_of(day))

    def month_day(self, month: Token, day: Token, *_sign: object) -> Day:
        if len(_sign) == 0 and not day.isdecimal():
            return no_day_at_all
        return partial(coming, number_of(month), number_of(day))

    def day_of_month(self, month: Token, day: Token, _sign: object) -> Day:
        return partial(day_of_month, MONTHS_OF[month], number_of(day))

    def day_number(self, day: Token, _sign: object) -> Day:
        return partial(day_number, number_of(day))

    def english_month_day(self, *words: Token) -> Day:
        said = {word.type: word for word in words}
        month, day = MONTHS[said["MONTH"]], number_of(said["NUMBER"])
        return partial(full, int(said["YEAR"]), month, day) if "YEAR" in said else partial(coming, month, day)

    def english_day_month(self, *words: Token) -> Day:
        return self.english_month_day(*words)

    def offset(self, *parts: Token | float) -> Offset:
        unit = next(part for part in parts if isinstance(part, Token) and part.type == "UNIT")
        amount = next(part for part in parts if not isinstance(part, Token))
        return Offset(amount, UNITS[unit])

    def ago(self, amount: float, unit: Token, _word: Token) -> Offset:
        return Offset(-amount, UNITS[unit])

    def offset_and_half(self, number: Token, _half: Token, unit: Token, _after: Token) -> Offset:
        return Offset(number_of(number) + 0.5, UNITS[unit])

    def offset_in_days(self, number: Token, _ri: Token, _after: Token) -> Offset:
        return Offset(number_of(number), "day")

    def offset_in_quarters(self, number: Token, _quarter: Token, _after: Token) -> Offset:
        return Offset(15 * number_of(number), "minute")

    def launch(self, word: Token) -> Day:
        return partial(from_launch, Offset(LAUNCHES.get(word, 0), "day"))

    def days_after_launch(self, amount: float, unit: Token, word: Token) -> Day:
        return self.after_launch(word, amount, unit)

    def workday_before_launch(self, _word: Token, nth: Token, _workday: Token) -> Day:
        return partial(from_launch, Offset(-abs(NTHS[nth]), "workday"))

    def workday_after_launch(self, _word: Token, nth: Token, _workday: Token) -> Day:
        return partial(from_launch, Offset(abs(NTHS[nth]), "workday"))

    def before_launch(self, _word: Token, amount: float, unit: Token) -> Day:
        return partial(from_launch, Offset(-amount, UNITS[unit]))

    def after_launch(self, _word: Token, amount: float, unit: Token) -> Day:
        return partial(from_launch, Offset(amount, UNITS[unit]))

    def days_before_launch(self, amount: float, unit: Token, _word: Token) -> Day:
        return partial(from_launch, Offset(-amount, UNITS[unit]))

    def d_day(self, word: Token) -> Day:
        count = re.match(r"d([-+]\d+)", word)
        return partial(from_launch, Offset(int(count[1]) if count else 0, "day" if word[-1].isdecimal() else "workday"))

    def day(self, day: Day) -> Day:
        return day

    def amount(self, word: Token) -> float:
        if word.type == "HALF":
            return 0.5
        if word.type == "DECIMAL":
            return float(word)
        return COUNTS[word] if word in COUNTS else number_of(word)

    def clock_time(self, clock: Clock) -> Minutes:
        return clock_minutes(clock)

    def part_of_day(self, word: Token) -> Minutes:
        return (12 * 60,) if PARTS[word] == "noon" else None

    def time_word(self, word: Token) -> Minutes:
        return TIME_WORDS[word]

    def clock(self, spoken: Clock) -> Clock:
        return spoken

    def digital(self, word: Token) -> Clock:
        hour, minute = word.split(":")
        return Clock(int(hour), int(minute), is_plain=not hour.startswith("0"))

    def digital_12(self, word: Token, half: Token) -> Clock:
        return replace(self.digital(word), part=half[0] + "m", is_plain=False)

    def hour_12(self, number: Token, half: Token) -> Clock:
        return Clock(number_of(number), part=half[0] + "m")

    def at_hour(self, word: Token) -> Clock:
        return Clock(int(word.removeprefix("at ")), is_plain=True)

    def offset_plus_half(self, _in: Token, amount: float, unit: Token, _half: Token) -> Offset:
        return Offset(amount + 0.5, UNITS[unit])

    def past_hour(self, past: Token, word: Token, half: Token | None = None) -> Clock:
        minute, hour = PAST_HOURS[past], COUNTS.get(word) or number_of(word)
        if not 1 <= hour <= 24:
            return Clock(99)
        return Clock(hour - (minute < 0), minute % 60, part=half[0] + "m" if half else None, is_plain=not half)

    def part_digital(self, part: Token, word: Token) -> Clock:
        return replace(self.digital(word), part=PARTS[part], is_plain=False)

    def part_spoken(self, part: Token, spoken: Clock) -> Clock:
        return replace(spoken, part=PARTS[part], is_plain=False)

    def spoken(self, number: Token, _point: Token, minute: Token | None = None, _sign: Token | None = None) -> Clock:
        return Clock(number_of(number), number_of(minute) if minute else 0, is_plain=not number.startswith("0"))

    def spoken_half(self, number: Token, point: Token) -> Clock:
        return replace(self.spoken(number, point), minute=30)

    def spoken_quarter(self, number: Token, point: Token, quarters: Token, _sign: Token) -> Clock:
        return replace(self.spoken(number, point), minute=15 * number_of(quarters))


def _asked(days: Callable[[Period, Scene], Days], period: Period) -> Meaning:
    return partial(doubtful, Doubt.VAGUE, partial(days, period))


def _month(word: str) -> int:
    return MONTHS[word] if word in MONTHS else number_of(word)


def _said(rest: tuple[object, ...]) -> Minutes:
    """Pick the time out of what follows a day: connecting words and, last, minutes."""
    last = rest[-1] if rest else None
    return last if isinstance(last, tuple) else None
