"""The State Council's notice of days off, as it reads: 一、元旦：1月1日至3日放假调休，共3天。1月4日（星期日）上班。

Pure. Every weekday and count that the notice names is checked; one that contradicts itself is refused as a whole,
with the words quoted, since nobody knows which half of them is right.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

FESTIVALS: Final = ("元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆")
"""What a whole notice names."""
LONGEST_REST: Final = timedelta(days=31)


class Fault(StrEnum):
    """Say what is wrong with a notice."""

    NOTHING = "nothing"
    NO_YEAR = "no_year"
    WEEKDAY = "weekday"
    COUNT = "count"
    BACKWARD = "backward"
    NO_SUCH_DAY = "no_such_day"
    OTHER_YEAR = "other_year"
    BOTH = "both"


@dataclass(eq=False)
class Unreadable(Exception):
    """Refuse a notice."""

    fault: Fault
    quote: str = ""
    """The words that are at fault."""
    day: date | None = None
    """The day that they speak of, as the calendar has it."""
    days: int = 0
    """How many days there are in truth."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Hold one holiday of a notice."""

    name: str
    off: tuple[date, ...] = ()
    worked: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Hold what a notice says."""

    year: int
    clauses: tuple[Clause, ...]
    missing: tuple[str, ...] = ()
    """Festivals that it should name, and does not."""
    unread: tuple[str, ...] = ()
    """Sentences with a date in them that neither give days off nor call to work."""

    @property
    def off(self) -> list[tuple[date, str]]:
        """List the days off with their names."""
        return [(day, clause.name) for clause in self.clauses for day in clause.off]

    @property
    def worked(self) -> list[tuple[date, str]]:
        """List the weekends worked, with the holidays that they make up for."""
        return [(day, clause.name) for clause in self.clauses for day in clause.worked]


def parse_notice(text: str, *, today: date) -> Notice:
    """Read a notice, of the year that it names, else of the one that its weekdays fit.

    Raises:
        Unreadable: it contradicts itself, gives no day off, or may be of several years.
    """
    sentences = list(_sentences(text))
    named = _TITLE.search(_folded(text))
    if named:
        return _read(sentences, int(named[1]))
    if not any(_VERB.search(_folded(each)) for each in sentences):
        raise Unreadable(Fault.NOTHING)
    years = range(today.year - 1, today.year + 3)
    fitting = [year for year in years if _fits(sentences, year)]
    dated = [folded for each in sentences if _VERB.search(folded := _folded(each))]
    if any(_WEEKDAY.search(each) for each in dated):  # where none fits, the fault is told of the year that nearly does
        nearest = max(years, key=lambda year: _agreeing(dated, year))
        return _read(sentences, fitting[0] if len(fitting) == 1 else nearest)
    stated = [int(year) for each in dated for year in _STATED.findall(each)]
    if not stated:
        raise Unreadable(Fault.NO_YEAR)
    return _read(sentences, max(stated))


def written(notice: Notice) -> str:
    """Write a notice in few words, which are read back as the same."""
    lines = [f"{notice.year}年。"]
    for clause in notice.clauses:
        off = "、".join(_span_words(first, last, notice.year) for first, last in spans(clause.off))
        worked = "、".join(_day_words(day, notice.year) for day in clause.worked)
        rest = (f"{off}放假。" if off else "") + (f"{worked}上班。" if worked else "")
        lines.append(f"{clause.name}：{rest}" if clause.name else rest)
    return "".join(lines)


def spans(days: Sequence[date]) -> list[tuple[date, date]]:
    """Join days that follow each other: first and last of each run."""
    runs: list[tuple[date, date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][1] <= timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


_TITLE = re.compile(r"(2\d{3})年(?!\d{1,2}月)")
_HEADING = r"(?:[(（]?[一二三四五六七八九十]{1,3}[)）、.．]|\d{1,2}[、.．)])"
_STATED = re.compile(r"(2\d{3})年")
_NAMED = re.compile(rf"(?:^(?:\d{{4}}年)?{_HEADING}?|{_HEADING})(?P<name>[^\W\d]{{1,8}}(?:[、和及][^\W\d]{{1,8}})*):")
_CONTINUES = re.compile(rf"(?<=[^。;；!！])\n(?!\s*(?:{_HEADING}|(?:\d{{4}}\s*年\s*)?\d{{1,2}}\s*月))")
_BREAKS = re.compile(r"[。;；\n]")
_VERB = re.compile(r"(?<!不)放假|(?<!不)上班")
_WEEKDAY = re.compile(r"(?:星期|周|礼拜)([一二三四五六日天])")
_WITH_WEEKDAY = re.compile(rf"(\d{{1,2}})月(\d{{1,2}})日\([^)]*?{_WEEKDAY.pattern}\)")
_SIGNATURE = re.compile(r"^(?:国务院(?:办公厅)?)?\d{4}年\d{1,2}月\d{1,2}日(?:印发)?$")
_PIECE = re.compile(
    r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:\((?P<remark>[^)]*)\))?"
    r"|(?P<to>[至到~—–-]+)|(?P<verb>(?<!不)放假|(?<!不)上班)|(?P<count>\d{1,2})天"
)
_DAYS = "一二三四五六日"


_IN_ENGLISH = (
    (re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b"), r"\1年\2月\3日"),
    (re.compile(r"\s(?:to|until)\s", re.IGNORECASE), "至"),
    (re.compile(r"(?<=日)[\s:]*(?:days? )?off\b", re.IGNORECASE), "放假"),
    (re.compile(r"(?<=日)[\s:]*(?:is |are )?(?:a )?work(?:ed|day|days|ing)?\b", re.IGNORECASE), "上班"),
)
"""How the same may be typed in English: 2027-01-01 to 2027-01-03 off, 2027-01-09 work."""


def _folded(text: str) -> str:
    for pattern, meaning in _IN_ENGLISH:
        text = pattern.sub(meaning, text)
    return "".join(unicodedata.normalize("NFKC", text).split())


def _sentences(text: str) -> Iterator[str]:
    """Cut a text at its stops; a line that only wraps is joined to the one before."""
    yield from (each.strip() for each in _BREAKS.split(_CONTINUES.sub("", text)))


def _fits(sentences: Sequence[str], year: int) -> bool:
    try:
        _read(sentences, year)
    except Unreadable:
        return False
    return True


def _agreeing(sentences: Sequence[str], year: int) -> int:
    """Count the weekdays that are those of a year."""
    return sum(
        date(year, int(month), int(day)).weekday() == _DAYS.index(weekday.replace("天", "日"))
        for sentence in sentences
        for month, day, weekday in _WITH_WEEKDAY.findall(sentence)
        if 1 <= int(month) <= 12 and 1 <= int(day) <= 28
    )


def _read(sentences: Sequence[str], year: int) -> Notice:
    name, unread = "", []
    clauses: dict[str, Clause] = {}
    taken: dict[date, bool] = {}
    for sentence in sentences:
        folded = _folded(sentence)
        named = _NAMED.search(folded)
        if named:
            name, folded = re.split(_HEADING, named["name"])[-1], folded[named.end() :]
        found = _Sentence(sentence, folded, year).read()
        if not found.off and not found.worked:
            if found.has_days and not _SIGNATURE.match(folded):
                unread.append(sentence)
            continue
        for day, is_worked in [*((day, False) for day in found.off), *((day, True) for day in found.worked)]:
            if not date(year - 1, 12, 1) <= day <= date(year + 1, 1, 31):
                raise Unreadable(Fault.OTHER_YEAR, sentence, day)
            if taken.setdefault(day, is_worked) is not is_worked:
                raise Unreadable(Fault.BOTH, sentence, day)
        so_far = clauses.get(name, Clause(name))
        clauses[name] = Clause(name, so_far.off + tuple(found.off), so_far.worked + tuple(found.worked))
    if not any(clause.off for clause in clauses.values()):
        raise Unreadable(Fault.NOTHING)
    missing = tuple(each for each in FESTIVALS if not any(each in known for known in clauses))
    return Notice(year, tuple(clauses.values()), missing, tuple(unread))


@dataclass
class _Sentence:
    """Read one sentence, piece by piece: days wait until the verb says what becomes of them."""

    quote: str
    text: str
    year: int
    off: list[date] = field(default_factory=list)
    worked: list[date] = field(default_factory=list)
    has_days: bool = False
    _waiting: list[tuple[date, date]] = field(default_factory=list)
    _month: int = 0
    _is_range: bool = False
    _given: int | None = None
    """How many days off the last verb gave."""

    def read(self) -> "_Sentence":
        end = 0
        for piece in _PIECE.finditer(self.text):
            if piece["day"]:
                self._take_day(piece)
            elif piece["to"]:
                self._is_range = bool(self._waiting) and piece.start() == end
            elif piece["verb"]:
                self._take_verb(is_worked=piece["verb"] == "上班")
            elif self._given is not None and int(piece["count"]) != self._given:
                raise Unreadable(Fault.COUNT, self.quote, days=self._given)
            end = piece.end()
        return self

    def _take_day(self, piece: re.Match[str]) -> None:
        self.has_days = True
        self._month = int(piece["month"] or self._month)
        if not self._month:
            return
        year = int(piece["year"]) if piece["year"] else self._waiting[-1][0].year if self._is_range else self.year
        try:
            day = date(year, self._month, int(piece["day"]))
        except ValueError:
            raise Unreadable(Fault.NO_SUCH_DAY, self.quote) from None
        weekday = _WEEKDAY.search(piece["remark"] or "")
        if weekday and _DAYS.index(weekday[1].replace("天", "日")) != day.weekday():
            raise Unreadable(Fault.WEEKDAY, self.quote, day)
        if self._is_range:
            first = self._waiting[-1][0]
            if not timedelta(0) < day - first <= LONGEST_REST:
                raise Unreadable(Fault.BACKWARD, self.quote)
            self._waiting[-1] = (first, day)
        else:
            self._waiting.append((day, day))
        self._is_range = False

    def _take_verb(self, *, is_worked: bool) -> None:
        days = [
            first + timedelta(days=each) for first, last in self._waiting for each in range((last - first).days + 1)
        ]
        if days:
            self._given = None if is_worked else len(days)
            (self.worked if is_worked else self.off).extend(days)
        self._waiting.clear()
        self._is_range = False


def _span_words(first: date, last: date, year: int) -> str:
    if first == last:
        return _day_words(first, year)
    return f"{_day_words(first, year)}至{_day_words(last, first.year)}"


def _day_words(day: date, year: int) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day.year != year else f"{day.month}月{day.day}日"
