"""People talk to the bot as to a colleague: the tables in tests/sentences, and what must hold for any text."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.core.reading import COMMAND_CHARS
from storage.store import Store
from tests.support.sentences import HARDEST, LANGUAGES, Judged, cases, judge_all, reading_s
from tests.support.store import HandClock

LEAST_RIGHT = 0.97
"""Of the sentences of a language and half."""
CASES = {language: tuple(cases(language)) for language in LANGUAGES}
WORDS = sorted({word for those in CASES.values() for case in those for word in case.said.split()})
RUNAWAY_S = 0.1
"""Twenty times what the hardest text takes; how long that is, is for `make bench`."""
TRIES = 3


@pytest.fixture(scope="module")
def judged(house_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Judged]]:
    """Say every sentence once."""
    path = tmp_path_factory.mktemp("sentences") / "house.db"
    shutil.copyfile(house_template, path)
    store = Store(f"sqlite:///{path}", clock=HandClock())
    try:
        return judge_all(store)
    finally:
        store.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_sentences(language: str) -> None:
    assert len(CASES[language]) >= 200
    assert sum(case.half != "tuned" for case in CASES[language]) >= 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_done_that_was_not_meant(judged: dict[str, list[Judged]], language: str) -> None:
    assert [str(each) for each in judged[language] if each.is_wrong] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_patterns_were_made_for_is_understood(judged: dict[str, list[Judged]], language: str) -> None:
    mine = [each for each in judged[language] if each.case.half == "tuned"]
    wrong = [str(each) for each in mine if not each.is_right]
    assert len(wrong) <= (1 - LEAST_RIGHT) * len(mine), wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_strangers_are_understood(judged: dict[str, list[Judged]], language: str) -> None:
    theirs = [each for each in judged[language] if each.case.half == "strangers"]
    missed = [str(each) for each in theirs if not each.is_right]
    assert len(missed) <= (1 - LEAST_RIGHT) * len(theirs), missed


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=COMMAND_CHARS), st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join)))
def test_reading_runs_away_with_no_text(text: str) -> None:
    assert any(reading_s(text) < RUNAWAY_S for _ in range(TRIES))


@pytest.mark.parametrize("text", HARDEST, ids=range(len(HARDEST)))
def test_reading_runs_away_with_none_of_the_hardest(text: str) -> None:
    assert any(reading_s(text) < RUNAWAY_S for _ in range(TRIES))
