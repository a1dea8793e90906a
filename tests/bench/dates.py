"""How many phrases the date grammar reads as they were meant, and how long it takes for one."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from commands.grammar import date_phrases
from commands.grammar.when import parse_when
from tests.bench.table import Row, timed
from tests.commands.grammar.scores import TABLES, Phrase, phrases

COMMON: Final = ("周五", "明天18点", "下周三下午3点半前", "上线前5个工作日", "fri 5pm", "in 3 days", "11-30 18:00")
OF_A_TITLE: Final = ("主图定稿", "banner draft")
ZONE: Final = ZoneInfo("Asia/Shanghai")
NOW: Final = datetime(2026, 11, 18, 10, tzinfo=ZONE)
ROUNDS: Final = 200


def score_dates() -> list[Row]:
    """Score both tables, by language and tier."""
    rows = []
    for table in TABLES:
        name = table.stem.removeprefix("phrases_")
        known = list(phrases(table))
        for language, tier in dict.fromkeys((each.language, each.tier) for each in known):
            of_tier = [each for each in known if (each.language, each.tier) == (language, tier)]
            rows.append(_score(f"{name}, {language} {tier}", of_tier))
        rows.append(_score(f"{name}, all", known, goal="≥ 97 % right, none wrong"))
    return rows


def _score(what: str, known: list[Phrase], *, goal: str = "") -> Row:
    scores = Counter(each.score() for each in known)
    share = f"{scores['right']}/{len(known)} {100 * scores['right'] / len(known):.1f} %"
    return Row(what, share, f"{scores['wrong']} wrong", None, goal)


def measure_dates() -> list[Row]:
    """Time phrases that are often said, with what was read kept, as in the bot, and without."""
    rows = []
    for text in (*COMMON, *OF_A_TITLE):
        kept = timed(lambda _, text=text: _read(text), range(ROUNDS))  # type: ignore[misc]  # a default binds the text
        anew = timed(lambda _, text=text: _read_anew(text), range(ROUNDS))  # type: ignore[misc]  # likewise
        rows.append(Row(text, f"{kept * 1e6:.1f} µs", f"{anew * 1e6:.1f} µs uncached", None, "≤ 30 µs"))
    return rows


def _read(text: str) -> None:
    parse_when(text, now=NOW, zone=ZONE)


def _read_anew(text: str) -> None:
    date_phrases.read.cache_clear()
    parse_when(text, now=NOW, zone=ZONE)
