"""When a thing is due: what people say for a day or an hour, in Chinese and English.

A phrase is read once into a meaning (date_phrases.py), and the meaning is then set against a clock, a zone, a launch
day and a calendar of working days (date_meanings.py). What is not certain becomes a question, never a guess. English
which the grammar does not know goes to dateparser, as a whole phrase. docs/dates.md has the conventions, with examples.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from commands.grammar.date_meanings import MIDNIGHT, Doubt, Scene, Uncertain, When, resolve
from commands.grammar.date_phrases import is_plausible, read, read_clock
from commands.grammar.date_words import HALVES, LONGEST, QUARTERS, QUARTERS_OF, SEASONS, fold
from commands.grammar.festivals import FESTIVAL_WORDS
from commands.grammar.workdays import WEEKDAYS, Workdays

__all__ = ["Doubt", "Found", "Uncertain", "When", "clock_of", "find_when", "parse_when", "split_trailing"]


@dataclass(frozen=True, slots=True)
class Found:
    """Point at a date among words: words[start:stop] says it."""

    start: int
    stop: int
    when: When | Uncertain


def parse_when(
    text: str, *, now: datetime, zone: ZoneInfo, launch: date | None = None, workdays: Workdays = WEEKDAYS
) -> When | Uncertain | None:
    """Read a whole phrase as a due date; None if it is not a date at all.

    `now` is aware; the days are those of `zone`, and D-7 counts from `launch`. Half and full width are equal, and so
    are spaces or none. A word that leads to a date or follows it (by, due, 截止, 前) changes nothing: "by Friday" is
    Friday.

    >>> shanghai = ZoneInfo("Asia/Shanghai")
    >>> wednesday = datetime(2026, 11, 18, 10, tzinfo=shanghai)
    >>> parse_when("周五前", now=wednesday, zone=shanghai)
    When(on=datetime.date(2026, 11, 20), at=None)
    >>> parse_when("iPhone 15", now=wednesday, zone=shanghai) is None
    True
    """
    phrase = fold(text)
    meaning = read(phrase)
    if meaning is None:
        return _read_other_english(phrase, now=now, zone=zone)
    return resolve(meaning, _scene(now, zone, launch, workdays))


def clock_of(text: str) -> time | None:
    """Read a whole phrase as a time of day; None if it is none, or may be two.

    >>> clock_of("早上9点半")
    datetime.time(9, 30)
    """
    minutes = read_clock(fold(text))
    return time(*divmod(minutes[0], 60)) if minutes and len(minutes) == 1 and minutes[0] < MIDNIGHT else None


def find_when(
    words: Sequence[str],
    *,
    now: datetime,
    zone: ZoneInfo,
    launch: date | None = None,
    workdays: Workdays = WEEKDAYS,
) -> list[Found]:
    """Find the dates among the words of a command, longest first, in order, none overlapping.

    A title is precious. So only our own grammar is asked, a run has at most five words, and what may well be part of a
    title (9:16, 1/2, 3号, "sun"; a vague or a bygone day) counts only as the last words. A ref (T-7) is never a date
    here, nor is anything in more words than a command has.
    """
    if len(words) > _MOST_WORDS:
        return []
    found: list[Found] = []
    scene = _scene(now, zone, launch, workdays)
    taken = [False] * len(words)
    folded = [fold(word) for word in words]
    plausible = [is_plausible(word) for word in folded]
    if sum(plausible) > _MOST_PLAUSIBLE:
        return []
    for start, stop in _runs(plausible):
        if any(taken[start:stop]):
            continue
        meaning = read(fold(" ".join(folded[start:stop])))
        when = meaning and resolve(meaning, scene)
        if when and _may_stand(folded, start, stop, when):
            found.append(Found(start, stop, when))
            taken[start:stop] = [True] * (stop - start)
    return sorted(found, key=lambda each: each.start)


def split_trailing(
    word: str, *, now: datetime, zone: ZoneInfo, launch: date | None = None, workdays: Workdays = WEEKDAYS
) -> tuple[str, When | Uncertain] | None:
    """Split the date off the end of one unspaced Chinese word: 主图定稿周五 is 主图定稿, on Friday.

    The date is the longest one, has Chinese words in it and no letters. None if there is none, if nothing would stay
    before it, if it is vague or bygone, or if the two may belong together (黑色星期五, 每周五, 三号, 18点).
    """
    scene = _scene(now, zone, launch, workdays)
    for start in range(max(1, len(word) - _LONGEST_TAIL), len(word)):
        head, tail = word[:start], word[start:]
        if not _TAIL.fullmatch(tail):
            continue
        if tail.startswith("到") and head.endswith(_WITH_ARRIVAL):
            continue
        meaning = read(fold(tail))
        when = meaning and resolve(meaning, scene)
        if when:
            head = head.rstrip("，,、：:；; ")
            return (head, when) if head and _may_split(head, tail, when) else None
    return None


def _scene(now: datetime, zone: ZoneInfo, launch: date | None, workdays: Workdays) -> Scene:
    local = now.astimezone(zone)
    return Scene(local, zone, launch, workdays, local.date())


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
    if not phrase.isascii() or len(phrase) > LONGEST or not _OTHER_ENGLISH.fullmatch(phrase):
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
_MOST_PLAUSIBLE = 24
"""With more of these words it is no command, and would take long."""
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
    r"\d-\d|\d{1,2}/\d{1,2}|\d{1,2}月\d{1,2}|\d{1,2}:(?!00|15|30|45)\d\d"
    r"|[\d零一二两三四五六七八九十]{1,3}[号日点时]|[月年季][底末]|(?:the )?\d{1,2}(?:st|nd|rd|th)"
    r"|mon|tue|wed|thu|fri|sat|sun|noon|midnight|下班|早|晚|later|an?|\d{1,3}[ap]m"
)
_NAMES = frozenset(
    (
        *FESTIVAL_WORDS,
        *QUARTERS,
        *HALVES,
        *QUARTERS_OF,
        *(word for word, season in SEASONS.items() if season == "unknown"),
    )
)
"""A title is rather about these than due then: 双11 主图, Q4 report."""
_OF_A_YEAR = re.compile("^(?:今年|明年|去年|后年)")
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
    phrase = fold(" ".join(words[start:stop]))
    if _is_name(phrase):
        return False
    if stop == len(words):
        return True
    if isinstance(when, Uncertain) and (when.doubt is Doubt.VAGUE or _is_bygone(when)):
        return False
    return not _BARE.fullmatch(phrase) and not (phrase[-1].isdecimal() and words[stop].startswith(_MEASURES))


def _is_name(phrase: str) -> bool:
    return _OF_A_YEAR.sub("", phrase) in _NAMES


def _may_split(head: str, tail: str, when: When | Uncertain) -> bool:
    """Say whether a date at the end of a word is one, and not a piece of the word."""
    if isinstance(when, Uncertain) and (when.doubt is Doubt.VAGUE or _is_bygone(when)):
        return False
    if _is_name(fold(tail)):
        return False
    joint = f"{fold(head[-1])}|{fold(tail)}"
    return not (_BOUND.match(joint) or _BARE.fullmatch(fold(tail)))


def _is_bygone(when: Uncertain) -> bool:
    return when.doubt is Doubt.PAST and not when.candidates
