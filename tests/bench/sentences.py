"""What the bot makes of the tables of sentences: how many are understood, how many wrongly, and how fast."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Final

from storage.migrate import upgrade
from storage.store import Store
from tests.bench.table import Row, ms
from tests.support.house import seed_house, shipped_reader
from tests.support.sentences import HARDEST, LANGUAGES, Case, Judged, judge_all, reading_s
from tests.support.store import WEDNESDAY, HandClock

LOOKS: Final = 20
"""Times that a sentence is read; the best counts."""


def measure_sentences(directory: Path) -> list[Row]:
    """Say every sentence to a bot with a few tasks, and read each without one."""
    url = f"sqlite:///{directory / 'sentences.db'}"
    upgrade(url, backups=None, now=WEDNESDAY)
    seed_house(url, HandClock())
    store = Store(url, clock=HandClock())
    try:
        judged = judge_all(store)
    finally:
        store.close()
    hardest = max(min(reading_s(text) for _ in range(LOOKS)) for text in HARDEST)
    rows = [row for language in LANGUAGES for row in _rows(language, judged[language])]
    return [*rows, Row("the hardest text of 4,000 signs", ms(hardest), goal="5 ms of CPU")]


def _rows(language: str, judged: list[Judged]) -> list[Row]:
    def part(one: Judged) -> tuple[str, str]:
        return one.case.tier, one.case.half

    rows = []
    for (tier, half), each in groupby(sorted(judged, key=part), key=part):
        those = list(each)
        right, wrong = sum(one.is_right for one in those), sum(one.is_wrong for one in those)
        us = 1e6 * sum(_reading_s(one.case) for one in those) / len(those)
        goal = f"{wrong} wrong acts (goal: 0), read in {us:.0f} µs"
        rows.append(Row(f"{language} {tier}, {half}", f"{right} of {len(those)}", goal=goal))
    return rows


def _reading_s(case: Case) -> float:
    reader = shipped_reader()
    took = []
    for _ in range(LOOKS):
        began = perf_counter()
        reader.read(reader.tokens([case.said]))
        took.append(perf_counter() - began)
    return min(took)
