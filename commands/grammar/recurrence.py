"""What comes again and again: 每周一, 每月最后一个工作日 9点, every other Fri.

Reads it, stores it as one line of text like RRULE's, and tells the next day. Only what is certain is read: 每天3点 may
be the night's or the afternoon's, biweekly twice a week or every second one, and so they are none. The instant of an
occurrence, with its zone, is the clock's to make; commands/words/dates.py writes a rule for people.
"""

import calendar
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import cache, lru_cache
from typing import Final, Literal, TypeAlias, cast

from commands.grammar.date_words import COUNTS, MONTHS, UNITS, fold, number_of, one_of, weekday_of_word, words_of
from commands.grammar.date_words import WEEKDAYS as WEEKDAY_WORDS
from commands.grammar.when import clock_of
from commands.grammar.workdays import Workdays, add_workdays, workday_within

Every: TypeAlias = Literal["day", "workday", "week", "month", "quarter", "year"]
Kind: TypeAlias = Literal["workday", 0, 1, 2, 3, 4, 5, 6]


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Hold what comes again: every how many days or weeks, on which, at what time.

    Of a month, quarter or year it is some days by number, or else the nth of one kind of day. Without either, and
    weekly without a weekday, it keeps the day from which it is counted.
    """

    every: Every
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    """Of a week: from 0, Monday, to 6, in order."""
    days: tuple[int, ...] = ()
    """Of a month or quarter, from 1; -1 is the last. One that a month lacks is its last: the 31st, the 30th of June."""
    nth: int | None = None
    """So manieth of its kind in the month or quarter; -1 is the last."""
    kind: Kind = "workday"
    """What is counted for `nth`: working days, or a weekday."""
    month: int | None = None
    """Of a year."""
    at: time | None = None
    """The local time of day."""

    def next_after(self, day: date, workdays: Workdays) -> date:
        """Give the first occurrence after a day.

        Every second week or month is counted from `day` if it is an occurrence; else the coming one is the first.

        >>> from commands.grammar.workdays import WEEKDAYS
        >>> Recurrence("week", interval=2, weekdays=(4,)).next_after(date(2026, 11, 20), WEEKDAYS)
        datetime.date(2026, 12, 4)
        """
        if self.every == "day":
            return day + timedelta(self.interval)
        if self.every == "workday":
            return add_workdays(day, self.interval, workdays)
        if self.every == "week":
            return self._next_in_weeks(day)
        return self._next_in_months(day, workdays)

    def canonical(self) -> str:
        """Write it as it is stored: one line of ASCII, read by `from_canonical`.

        >>> Recurrence("month", nth=-1, at=time(9)).canonical()
        'FREQ=MONTHLY;BYDAY=-1WD;AT=09:00'
        """
        return ";".join(
            f"{name}={value}"
            for name, value in (
                ("FREQ", _FREQUENCIES[self.every]),
                ("INTERVAL", self.interval if self.interval > 1 else ""),
                ("BYMONTH", self.month or ""),
                ("BYMONTHDAY", ",".join(map(str, self.days))),
                ("BYDAY", self._by_day()),
                ("AT", f"{self.at:%H:%M}" if self.at else ""),
            )
            if value
        )

    @classmethod
    def from_canonical(cls, text: str) -> "Recurrence":
        """Read what `canonical` wrote.

        Raises:
            ValueError: the text is no such line.
        """
        match = _CANONICAL.fullmatch(text)
        every = match and _EVERY.get(match["every"])
        if not match or not every:
            raise ValueError(f"no recurrence: {text[:80]!r}")
        nth = re.fullmatch(r"(-?\d+)(WD|[A-Z]{2})", match["by_day"] or "")
        return cls(
            every,
            int(match["interval"] or 1),
            weekdays=() if nth or not match["by_day"] else tuple(map(_CODES.index, match["by_day"].split(","))),
            days=tuple(map(int, (match["days"] or "").split(","))) if match["days"] else (),
            nth=int(nth[1]) if nth else None,
            kind=cast(Kind, _CODES.index(nth[2])) if nth and nth[2] != "WD" else "workday",
            month=int(match["month"]) if match["month"] else None,
            at=time.fromisoformat(match["at"]) if match["at"] else None,
        )

    def _by_day(self) -> str:
        if self.nth is None:
            return ",".join(_CODES[each] for each in self.weekdays)
        return f"{self.nth}{'WD' if self.kind == 'workday' else _CODES[self.kind]}"

    def _next_in_weeks(self, day: date) -> date:
        weekdays = self.weekdays or (day.weekday(),)
        monday = day - timedelta(day.weekday())
        later = [each for each in weekdays if each > day.weekday()]
        if later:
            return monday + timedelta(later[0])
        weeks = self.interval if day.weekday() in weekdays else 1
        return monday + timedelta(7 * weeks + weekdays[0])

    def _next_in_months(self, day: date, workdays: Workdays) -> date:
        length = _MONTHS_IN[self.every]
        if not (self.days or self.nth):
            return _in_month(_months_on(day, length * self.interval), day.day)
        first = day.replace(day=1, month=(day.month - 1) // length * length + 1)
        here = self._days_from(first, workdays)
        later = [each for each in here if each > day]
        periods = self.interval if day in here else 1
        while not later:
            later = self._days_from(_months_on(first, length * periods), workdays)
            periods += self.interval  # a fifth Monday is not in every month
        return min(later)

    def _days_from(self, first: date, workdays: Workdays) -> list[date]:
        """List the occurrences in the month, quarter or year that begins on `first`."""
        last = _months_on(first, _MONTHS_IN[self.every]) - timedelta(1)
        if self.month:
            return [_in_month(first.replace(month=self.month), each) for each in self.days]
        if self.nth is None:
            return [last if each < 0 else min(first + timedelta(each - 1), last) for each in self.days]
        if self.kind == "workday":
            found = workday_within(first, last, self.nth, workdays)
        else:
            found = _weekday_within(first, last, self.nth, self.kind)
        return [found] if found else []


def parse_recurrence(text: str) -> Recurrence | None:
    """Read a whole phrase as what comes again; None if it is none, or if it is not certain.

    >>> parse_recurrence("每两周周五 9点") == Recurrence("week", interval=2, weekdays=(4,), at=time(9))
    True
    >>> parse_recurrence("3点") is None
    True
    """
    phrase = fold(text)
    return read_rule(phrase) if _MAY_RECUR.search(phrase) else None


def complete_recurrence(text: str, every: Every) -> Recurrence | None:
    """Read a phrase that leaves out what it recurs by: 周一 9:30 of a week, 9:00 of a day.

    >>> complete_recurrence("friday 5pm", "week") == Recurrence("week", weekdays=(4,), at=time(17))
    True
    """
    begins = ("", *_BEGINS[every])
    found = (parse_recurrence(f"{begin}{text}") for begin in begins)
    return next((rule for rule in found if rule is not None), None)


def find_recurrence(words: Sequence[str]) -> tuple[int, int, Recurrence] | None:
    """Find the longest run of words that says what comes again: start, stop and rule.

    A title is precious: one word alone, such as weekly or 每月, counts only as the first or the last.
    """
    folded = [fold(word) for word in words[:_MOST_WORDS]]
    telling = [_MAY_RECUR.search(word) is not None for word in folded]
    for length in range(min(_LONGEST_RUN, len(folded)) if any(telling) else 0, 0, -1):
        for start in range(len(folded) - length + 1):
            stop = start + length
            if not any(telling[start:stop]) or _is_span(folded, start, stop):
                continue
            rule = read_rule(" ".join(folded[start:stop]))
            if rule and (length > 1 or start == 0 or stop == len(words)):
                return start, stop, rule
    return None


def _is_span(words: Sequence[str], start: int, stop: int) -> bool:
    """Tell "8 working days", which is a while, from "working days" on which something comes again."""
    is_counted = start > 0 and (words[start - 1].isdecimal() or words[start - 1] in COUNTS)
    return is_counted and " ".join(words[start:stop]) in UNITS


_BEGINS: Final[dict[Every, tuple[str, ...]]] = {
    "day": ("每天", "every day "),
    "workday": ("每个工作日", "every workday "),
    "week": ("每", "每周", "every ", "every week "),
    "month": ("每月", "every month on the ", "every month "),
    "quarter": ("每季度", "every quarter "),
    "year": ("每年", "every year "),
}
_FREQUENCIES: Final[dict[Every, str]] = {
    "day": "DAILY",
    "workday": "WORKDAILY",
    "week": "WEEKLY",
    "month": "MONTHLY",
    "quarter": "QUARTERLY",
    "year": "YEARLY",
}
_EVERY: Final = {word: every for every, word in _FREQUENCIES.items()}
_MONTHS_IN: Final[dict[Every, int]] = {"month": 1, "quarter": 3, "year": 12}
_CODES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_CODE: Final = "(?:MO|TU|WE|TH|FR|SA|SU)"
_CANONICAL: Final = re.compile(
    r"FREQ=(?P<every>[A-Z]+)(?:;INTERVAL=(?P<interval>[1-9]\d?))?(?:;BYMONTH=(?P<month>1[0-2]|[1-9]))?"
    r"(?:;BYMONTHDAY=(?P<days>(?:-1|[1-9]\d?)(?:,(?:-1|[1-9]\d?))*))?"
    rf"(?:;BYDAY=(?P<by_day>-?[1-9]\d?(?:WD|{_CODE})|{_CODE}(?:,{_CODE})*))?"
    r"(?:;AT=(?P<at>[01]\d:[0-5]\d|2[0-3]:[0-5]\d))?"
)
_MOST_WORDS: Final = 40
_LONGEST_RUN: Final = 8


def _months_on(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _in_month(first: date, day: int) -> date:
    return first.replace(day=min(day, calendar.monthrange(first.year, first.month)[1]))


def _weekday_within(first: date, last: date, nth: int, weekday: int) -> date | None:
    if nth > 0:
        found = first + timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1))
    else:
        found = last - timedelta((last.weekday() - weekday) % 7 + 7 * (-nth - 1))
    return found if first <= found <= last else None


# The ways of saying. Each is a pattern for the rule, beside which only a time of day may stand.

_Made: TypeAlias = Callable[[re.Match[str]], Recurrence | None]
_MAY_RECUR: Final = re.compile(r"[每隔]|天天|工作日每天|every|each|ly\b|days\b")
_N: Final = r"(?:\d{1,2}|[二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_WEEK: Final = "(?:周|星期|礼拜)"
_SIGN: Final = "[一二三四五六日天]"
_AND: Final = r"(?:,? and | ?[,/&] ?| )"
_TH: Final = r"\d{1,2}(?:st|nd|rd|th)"
_THE: Final = r"(?:on )?(?:the )?"
_PER: Final = r"(?:every|each)"
_WORKDAY: Final = r"(?:working |business |work|week)day"
_MONTHLY: Final = rf"(?:monthly|{_PER} month)"
_ORDINALS: Final = words_of({1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"})
_ADVERBS: Final[dict[str, Recurrence]] = {
    "daily": Recurrence("day"),
    "weekly": Recurrence("week"),
    "fortnightly": Recurrence("week", interval=2),
    "monthly": Recurrence("month"),
    "quarterly": Recurrence("quarter"),
    "yearly": Recurrence("year"),
    "annually": Recurrence("year"),
}


@cache
def _ways() -> tuple[tuple[re.Pattern[str], _Made], ...]:
    return tuple((re.compile(pattern), made) for pattern, made in (*_chinese_ways(), *_english_ways()))


def _chinese_ways() -> Iterator[tuple[str, _Made]]:
    weekdays = rf"(?P<weekdays>{_SIGN}(?:[,和与及]?{_WEEK}?{_SIGN})*)(?!个|次)"
    month, quarter = r"每个?月的?", r"每个?季度?的?"
    every_n_weeks = rf"(?:每(?P<n>{_N})个?{_WEEK}|每?隔一?个?{_WEEK})的?"
    yield r"每个?工作日|工作日每天", _so_many("workday")
    yield rf"每(?P<n>{_N})个工作日", _so_many("workday")
    yield rf"每天|每日|天天|每(?P<n>{_N})天|每?隔一?[天日]", _so_many("day")
    yield rf"每个?{_WEEK}(?P<first>{_SIGN})[到至~-]{_WEEK}?(?P<last>{_SIGN})", _from_to
    yield rf"每个?{_WEEK}{weekdays}", _weekly
    yield rf"{every_n_weeks}{_WEEK}{weekdays}", _weekly
    yield rf"每个?{_WEEK}(?:一次)?|{every_n_weeks}(?:一次)?", _weekly
    yield rf"每个?月的?(?P<days>{_N}[号日]?(?:[,和与及]{_N}[号日]?)*)(?<=[号日])", _on_days
    for period in (month, quarter):
        yield rf"{period}(?:第|(?P<back>倒数第|最后))(?P<nth>{_N})个工作日", _nth_of_kind
        yield rf"{period}[月季]?(?:初|第一天)", _first_day
        yield rf"{period}[月季]?(?:底|末|最后一天)", _last_day
    yield rf"{month}(?:第|(?P<back>倒数第|最后))(?P<nth>{_N})个{_WEEK}(?P<kind>{_SIGN})", _nth_of_kind
    yield rf"每(?P<n>{_N})个月(?:一次)?|每个?月(?:一次)?|每?隔一?个月", _so_many("month")
    yield rf"每(?P<n>{_N})个季度|每个?季度?(?:一次)?", _so_many("quarter")
    yield rf"每年的?(?P<month>{_N})月(?P<day>{_N})[日号]", _yearly
    yield rf"每(?P<n>{_N})年|每年(?:一次)?", _so_many("year")


def _english_ways() -> Iterator[tuple[str, _Made]]:
    weekday, ordinal = f"(?:{one_of(list(WEEKDAY_WORDS))})", f"(?:{one_of(list(_ORDINALS))})"
    plural = f"(?:{'|'.join(word + 's' for word in WEEKDAY_WORDS if word.endswith('day'))})"
    weekdays = rf"(?P<weekdays>(?:{weekday}|{plural})(?:{_AND}(?:{weekday}|{plural}))*)"
    of_each = rf" (?:of )?{_PER} (?:month|quarter)"
    nth = rf"{_THE}(?P<nth>{ordinal}|{_TH})(?P<back> to last)? (?:{_WORKDAY}|(?P<kind>{weekday}))"
    yield rf"{_PER} (?:(?P<n>other|\w+) )?{_WORKDAY}s?|(?:on )?{_WORKDAY}s", _so_many("workday")
    yield rf"{_PER} (?:(?P<n>other|\w+) )?days?|daily", _so_many("day")
    yield rf"{_PER} (?:(?P<n>other|second|2nd) )?{weekdays}", _weekly
    yield rf"(?:on )?(?P<weekdays>{plural}(?:{_AND}{plural})*)", _weekly
    yield rf"(?:weekly|fortnightly|{_PER} (?:(?P<n>other|\w+) )?weeks?)(?: on {weekdays})?", _weekly
    yield rf"{_MONTHLY} {_THE}(?P<days>{_TH}(?:{_AND}{_THE}{_TH})*)", _on_days
    yield rf"{_THE}(?P<days>{_TH}(?:{_AND}{_THE}{_TH})*) (?:of )?{_PER} month|{_PER} (?P<day>{_TH})", _on_days
    yield rf"{nth}{of_each}", _nth_of_kind
    yield rf"(?:{_MONTHLY}|{_PER} quarter) {nth}", _nth_of_kind
    yield rf"{_THE}(?:first day|start|beginning){of_each}|(?:{_MONTHLY}|{_PER} quarter) {_THE}first day", _first_day
    yield rf"{_THE}(?:last day|end){of_each}|(?:{_MONTHLY}|{_PER} quarter) {_THE}last day", _last_day
    yield rf"{_PER} (?:month|quarter) end", _last_day
    for period in ("month", "quarter", "year"):
        yield rf"{_PER} (?:(?P<n>other|\w+) )?{period}s?", _so_many(period)
    yield (
        rf"(?:{_PER} year on|yearly on|{_PER}) (?P<month>{one_of(list(MONTHS))}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?",
        _yearly,
    )
    yield f"(?P<adverb>{one_of(list(_ADVERBS))})", lambda said: _ADVERBS[said["adverb"]]


@lru_cache(maxsize=1024)
def read_rule(phrase: str) -> Recurrence | None:
    """Read a folded phrase."""
    for pattern, made in _ways():
        match = pattern.match(phrase)
        rule = match and _with_time(made(match), phrase[match.end() :])
        if rule:
            return rule
    return _after_a_time(phrase) if _TIME_FIRST.match(phrase) else None


def _after_a_time(phrase: str) -> Recurrence | None:
    words = phrase.split()
    for split in range(1, min(len(words), 4)):
        for pattern, made in _ways():
            match = pattern.fullmatch(" ".join(words[split:]))
            rule = match and _with_time(made(match), " ".join(words[:split]))
            if rule:
                return rule
    return None


_TIME_FIRST: Final = re.compile(r"(?:at )?\d{1,2}(?:[:.]\d\d)? ?[ap]?\.?m?|noon|eod|[早上下晚]")


def _with_time(rule: Recurrence | None, said: str) -> Recurrence | None:
    said = said.strip(" ,的")
    if rule is None or not said:
        return rule
    at = clock_of(said) or clock_of(said.removeprefix("at "))
    return replace(rule, at=at) if at else None


# What each way makes of the words that its pattern names.


def _said(match: re.Match[str], name: str) -> str:
    return match.groupdict().get(name) or ""


def _interval(match: re.Match[str]) -> int | None:
    """Read how many; None if it is no number, or not from 1 to 99."""
    said = _said(match, "n")
    if not said:
        return 2 if "隔" in match[0] or match[0].startswith("fortnightly") else 1
    if said in ("other", "second", "2nd"):
        return 2
    number = COUNTS.get(said) or (number_of(said) if re.fullmatch(_N, said) else 0)
    return number or None


def _so_many(every: Every) -> _Made:
    def made(match: re.Match[str]) -> Recurrence | None:
        interval = _interval(match)
        return Recurrence(every, interval) if interval else None

    return made


def _weekly(match: re.Match[str]) -> Recurrence | None:
    interval = _interval(match)
    words = re.findall(rf"[a-z]+|{_SIGN}", re.sub(_WEEK, "", _said(match, "weekdays")))
    weekdays = {_weekday(word) for word in words if word != "and"}
    return Recurrence("week", interval, weekdays=tuple(sorted(weekdays))) if interval else None


def _weekday(word: str) -> int:
    return weekday_of_word(word if word in WEEKDAY_WORDS else word.removesuffix("s"))


def _from_to(match: re.Match[str]) -> Recurrence | None:
    first, last = weekday_of_word(match["first"]), weekday_of_word(match["last"])
    return Recurrence("week", weekdays=tuple(range(first, last + 1))) if first < last else None


def _on_days(match: re.Match[str]) -> Recurrence | None:
    days = {number_of(each) for each in re.findall(_N, _said(match, "days") or _said(match, "day"))}
    return Recurrence("month", days=tuple(sorted(days))) if all(1 <= day <= 31 for day in days) else None


def _period(match: re.Match[str]) -> Every:
    return "quarter" if re.search("季|quarter", match[0]) else "month"


def _first_day(match: re.Match[str]) -> Recurrence:
    return Recurrence(_period(match), days=(1,))


def _last_day(match: re.Match[str]) -> Recurrence:
    return Recurrence(_period(match), days=(-1,))


def _nth_of_kind(match: re.Match[str]) -> Recurrence | None:
    said_kind, said = _said(match, "kind"), match["nth"]
    nth = _ORDINALS.get(said) or number_of(re.sub("[a-z]", "", said))
    back = _said(match, "back")
    if back == "最后" and nth != 1:  # the last three are not one day
        return None
    if not 1 <= abs(nth) <= (5 if said_kind else 20):
        return None
    kind = cast(Kind, weekday_of_word(said_kind)) if said_kind else "workday"
    return Recurrence(_period(match), nth=-nth if back else nth, kind=kind)


def _yearly(match: re.Match[str]) -> Recurrence | None:
    month = MONTHS.get(match["month"]) or number_of(match["month"])
    day = number_of(match["day"])
    is_real = 1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000, month)[1]
    return Recurrence("year", month=month, days=(day,)) if is_real else None
