"""The reading of a phrase into its meaning: the grammar is when.lark, the words are in date_words.py.

A word is added in its table, a way of saying in when.lark with a method of the same name here.
"""

import re
from dataclasses import replace
from functools import cache, lru_cache, partial
from importlib import resources

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput

from commands.grammar.date_meanings import (
    Clock,
    Day,
    Doubt,
    Meaning,
    Minutes,
    Offset,
    Uncertain,
    checked,
    clock_minutes,
    coming,
    coming_weekday,
    day_number,
    day_of_month,
    day_of_year,
    days_after,
    days_of_week,
    doubtful,
    from_launch,
    full,
    iso_instant,
    moment,
    month_bounds,
    no_day,
    not_a_date,
    numeric,
    period_end,
    relative,
    settle,
    weekday_of,
)
from commands.grammar.date_words import (
    COUNTS,
    DAY_PARTS,
    EARLY,
    GRAMMAR_WORDS,
    LONGEST,
    MONTHS,
    MONTHS_OF,
    PARTS,
    PERIOD_ENDS,
    RELATIVE_DAYS,
    TERMINALS,
    TIME_WORDS,
    UNITS,
    VAGUE,
    WEEKENDS,
    WEEKS_OF,
    WHICH,
    YEARS_OF,
    listed,
    number_of,
    one_of,
    weekday_of_word,
)


@cache
def _parser() -> Lark:
    rules = resources.files(__package__).joinpath("when.lark").read_text("utf-8")
    terminals = [f"{name}.{rank}: /{one_of(listed(words))}/" for name, (rank, words) in TERMINALS.items()]
    return Lark("\n".join([rules, *terminals]), parser="lalr", transformer=_Reader(), start=["start", "time"])


@cache
def _plausible() -> re.Pattern[str]:
    """Match what has only words that a date can have; most titles end here, before the parser."""
    phrases = {*GRAMMAR_WORDS, *(phrase for _, words in TERMINALS.values() for phrase in listed(words))}
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
    if not is_plausible(phrase) or phrase.isdecimal():
        return None
    try:
        meaning: Meaning = _parser().parse(phrase, start="start")  # type: ignore[assignment]  # the transformer's result, not a tree
    except UnexpectedInput:
        return None
    return meaning


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

    def vague(self, word: Token) -> Meaning:
        ends_week = VAGUE[word] == "end of week"
        return partial(doubtful, Doubt.VAGUE, partial(days_of_week, 0, (4, 6)) if ends_week else no_day)

    def weekend(self, word: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, partial(days_of_week, WEEKENDS[word], (5, 6)))

    def some_day_of_week(self, word: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, partial(days_of_week, WEEKS_OF[word], (0, 4)))

    def some_day_of_month(self, word: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, partial(month_bounds, MONTHS_OF[word]))

    def some_day_of_year(self, _word: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, no_day)

    def early_in(self, month: Token, part: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, partial(day_of_month, MONTHS_OF[month], EARLY[part]))

    def early(self, part: Token) -> Meaning:
        return partial(doubtful, Doubt.VAGUE, partial(day_number, EARLY[part]))

    def relative_day(self, word: Token) -> Day:
        return relative(RELATIVE_DAYS[word])

    def period_end(self, word: Token) -> Day:
        return partial(period_end, *PERIOD_ENDS[word])

    def month_end(self, month: Token, _end: Token) -> Day:
        return partial(period_end, "month", MONTHS_OF[month])

    def named_month_end(self, number: Token, _end: Token) -> Day:
        return partial(coming, number_of(number), None)

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

    def full_day(self, year: Token, month: Token, day: Token, _sign: object) -> Day:
        return partial(full, int(year), number_of(month), number_of(day))

    def day_of_year(self, year: Token, month: Token, day: Token, _sign: object) -> Day:
        return partial(day_of_year, YEARS_OF[year], number_of(month), number_of(day))

    def month_day(self, month: Token, day: Token, _sign: object) -> Day:
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

    def launch(self, _word: Token) -> Day:
        return partial(from_launch, Offset(0, "day"))

    def before_launch(self, _word: Token, amount: float, unit: Token) -> Day:
        return partial(from_launch, Offset(-amount, UNITS[unit]))

    def after_launch(self, _word: Token, amount: float, unit: Token) -> Day:
        return partial(from_launch, Offset(amount, UNITS[unit]))

    def days_before_launch(self, amount: float, unit: Token, _word: Token) -> Day:
        return partial(from_launch, Offset(-amount, UNITS[unit]))

    def d_day(self, word: Token) -> Day:
        return partial(from_launch, Offset(int(word[1:]), "day"))

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


def _said(rest: tuple[object, ...]) -> Minutes:
    """Pick the time out of what follows a day: connecting words and, last, minutes."""
    last = rest[-1] if rest else None
    return last if isinstance(last, tuple) else None
