"""The tables of phrases are read as they were meant: none wrong, hardly one not at all; and quickly."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from time import thread_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.grammar import date_phrases, recurrence
from commands.grammar.date_words import TERMINALS, listed
from commands.grammar.ranges import parse_range
from commands.grammar.recurrence import find_recurrence, parse_recurrence
from commands.grammar.when import Uncertain, When, find_when, parse_when, split_trailing
from commands.words import dates
from tests.commands.grammar.scores import TABLES, Phrase, phrases
from tests.support.house import shipped

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 18, 10, tzinfo=SHANGHAI)
LAUNCH = date(2026, 12, 12)
LANGUAGES = shipped()[1]
WORDS = [word for _, words in TERMINALS.values() for word in listed(words)]
LEAST_RIGHT = {"phrases_strangers": 0.96}
"""Of a table; of the others, 0.99."""
LONGEST_S = 0.005
READERS: dict[str, Callable[[str], object]] = {
    "when": lambda text: parse_when(text, now=NOW, zone=SHANGHAI, launch=LAUNCH),
    "range": lambda text: parse_range(text, now=NOW, zone=SHANGHAI),
    "recurrence": parse_recurrence,
    "split": lambda text: split_trailing(text, now=NOW, zone=SHANGHAI),
    "find": lambda text: find_when(text.split(), now=NOW, zone=SHANGHAI),
    "find recurrence": lambda text: find_recurrence(text.split()),
}
LONG = (
    *("1" * 4000, "9" * 48, "一" * 48, "周" * 48, "前" * 48, "十" * 40, "by " * 1300, "every " * 700, "周五" * 2000),
    *("到" * 80, "1-" * 40, "周一~" * 20, "5pm pt " * 600, "300个工作日后", "in 2 days and " * 300, "每" * 180),
    *("每周一" * 40, "every mon and " * 13, "monthly on the 1st and " * 8, "每1" * 60, "half past " * 5),
    *(" " * 4000, "😀" * 4000, "11-" * 1300, ":" * 60, "2026年" * 10, "月底" * 30, "下" * 48 + "周一", "半" * 48),
)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_no_phrase_is_read_wrong_and_hardly_one_not(table: Path) -> None:
    scored = [(each.score(), each) for each in phrases(table)]
    assert [(each.text, each.meant, each.read()) for score, each in scored if score == "wrong"] == []
    assert Counter(score for score, _ in scored)["right"] >= LEAST_RIGHT.get(table.stem, 0.99) * len(scored)


def test_no_phrase_stands_in_two_of_the_authors_tables() -> None:
    tuned, heldout = ({each.text for each in phrases(table)} for table in TABLES[:2])
    assert tuned & heldout == set()
    assert len(tuned) + len(heldout) >= 600


@pytest.mark.parametrize("phrase", list(phrases(TABLES[0])), ids=lambda phrase: phrase.text)
def test_spaces_and_width_do_not_matter(phrase: Phrase) -> None:
    wide = "".join(chr(ord(each) + 0xFEE0) if each.isascii() and each.isalnum() else each for each in phrase.text)
    now, zone, launch = phrase.now, phrase.zone, phrase.launch
    plain = parse_when(phrase.text, now=now, zone=zone, launch=launch)
    assert parse_when(f"  {wide}\u3000", now=now, zone=zone, launch=launch) == plain


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:8])
def test_no_text_takes_long(text: str, reader: str) -> None:
    READERS[reader]("周五 in 2 days and 3 hours")
    assert min(_seconds(READERS[reader], text) for _ in range(5)) < LONGEST_S


@pytest.mark.slow
def test_no_heap_of_words_of_dates_takes_long() -> None:
    chance = random.Random(7)
    for count in (5, 20, 60, 400):
        text = " ".join(chance.choices(WORDS, k=count))
        for reader in READERS.values():
            assert min(_seconds(reader, text) for _ in range(5)) < LONGEST_S, text


def _seconds(reader: Callable[[str], object], text: str) -> float:
    date_phrases.read.cache_clear()
    date_phrases.read_clock.cache_clear()
    recurrence.read_rule.cache_clear()
    began = thread_time()
    reader(text)
    return thread_time() - began


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=6), st.sampled_from(["", " "]), st.sampled_from([None, LAUNCH]))
def test_no_words_of_dates_fail_and_no_answer_is_past(words: list[str], glue: str, launch: date | None) -> None:
    when = parse_when(glue.join(words), now=NOW, zone=SHANGHAI, launch=launch)
    for each in when.candidates if isinstance(when, Uncertain) else (when,) if when else ():
        assert each.on >= NOW.date() and (each.at is None or each.at > NOW)


@pytest.mark.parametrize("language", ["zh", "en"])
@settings(deadline=None)
@given(days=st.integers(1, 300))
def test_a_day_written_for_people_is_read_back(language: str, days: int) -> None:
    on = NOW.date() + timedelta(days)
    written = dates.day(LANGUAGES[language], on, today=NOW.date())
    assert parse_when(written, now=NOW, zone=SHANGHAI) == When(on)


@pytest.mark.parametrize("language", ["zh", "en"])
@settings(deadline=None)
@given(minutes=st.integers(1, 300 * 24 * 60), zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "Asia/Tokyo"]))
def test_an_instant_written_for_people_is_read_back(language: str, minutes: int, zone: str) -> None:
    here = ZoneInfo(zone)
    at = (NOW + timedelta(minutes=minutes)).astimezone(here)
    written = dates.moment(LANGUAGES[language], at, here, today=NOW.astimezone(here).date())
    read = parse_when(written.partition(" (")[0], now=NOW, zone=here)
    assert isinstance(read, When) and read.at is not None
    assert read.on == at.date() and read.at.astimezone(here).replace(tzinfo=None) == at.replace(tzinfo=None)
