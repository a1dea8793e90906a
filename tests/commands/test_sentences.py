"""People talk to the bot as to a colleague: the tables in tests/sentences, and what must hold for any text."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commands.core.reading import COMMAND_CHARS
from storage.store import Store
from tests.support.house import shipped_reader
from tests.support.sentences import LANGUAGES, Judged, cases, judge_all
from tests.support.store import HandClock

LEAST_RIGHT = 0.97
"""Of the sentences of a language and half."""
CASES = {language: tuple(cases(language)) for language in LANGUAGES}
WORDS = sorted({word for those in CASES.values() for case in those for word in case.said.split()})
LIMIT_S = 0.1
TRIES = 10
"""Others use the machine, too."""


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


def reading_s(text: str) -> float:
    """Measure the pure part: tokens, command, and what would be proposed."""
    reader = shipped_reader()
    began = time.thread_time()
    tokens = reader.tokens([text])
    if reader.read(tokens) is None:
        reader.is_greeting(tokens)
        reader.is_small_talk(tokens)
        reader.suggest(tokens)
    return time.thread_time() - began


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=COMMAND_CHARS), st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join)))
@example("任务 加" * 1_000)
@example("把" * COMMAND_CHARS)
@example("请" * COMMAND_CHARS)
@example("T-1 " * 1_000)
@example("T-1、" * 1_000)
@example("把主图" * 80)
@example("add a task to " * 17)
@example("i have done " * 20)
@example("，李四周五前" * 40)
@example(" ," * 2_000)
def test_any_text_is_read_in_no_time(text: str) -> None:
    assert any(reading_s(text) < LIMIT_S for _ in range(TRIES))
