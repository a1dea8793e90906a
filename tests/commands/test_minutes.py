"""Thirty minutes of meetings, read into tasks; how many are right, and that every doubt is marked.

Each file holds a text, and behind the line of equal signs what is in it: title, owner, due date
in Beijing, and what must be asked. It is Wednesday, 18 November 2026, ten o'clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.grammar.minutes import Found, Row, is_minutes, names_in, read_minutes
from commands.grammar.when import find_when
from storage.people import name_key

TEXTS = sorted(Path(__file__).with_name("minutes").glob("*.txt"))
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 18, 10, tzinfo=ZONE)
TEAM = (
    *("陈晨", "王建国", "王总", "李四", "李娜", "王五", "赵敏", "周涛", "张伟(技术)", "张伟(仓储)", "张伟"),
    *("Ann", "Bob", "Kate"),
)
KNOWN = frozenset(name_key(name) for name in TEAM)
NAMESAKES = frozenset({name_key("张伟")})
PRECISION = 0.95


def read(text: str) -> Found:
    names = {name_key(name) for name in names_in(text)}
    return read_minutes(text, known=KNOWN & names, dates=partial(find_when, now=NOW, zone=ZONE))


def written(row: Row) -> str:
    """Write a row as the files do."""
    due = ""
    if row.when is not None:
        due = f"{row.when.at.astimezone(ZONE):%Y-%m-%d %H:%M}" if row.when.at else row.when.on.isoformat()
    same = any(name_key(name) in NAMESAKES for name in row.names)
    doubts = [*(["owner?"] if row.stranger or same or len(row.names) > 1 else []), *(["date?"] if row.doubtful else [])]
    owner = "" if same or not row.names else row.names[0]
    return " | ".join((row.title, owner, due, " ".join(doubts))).strip()


def parts(path: Path) -> tuple[str, list[str]]:
    text, _, expected = path.read_text(encoding="utf-8").partition("=====\n")
    return text, [" | ".join(cell.strip() for cell in line.split("|")).strip() for line in expected.splitlines()]


@pytest.mark.parametrize("path", TEXTS, ids=[path.stem for path in TEXTS])
def test_minutes_become_the_tasks_that_are_in_them(path: Path) -> None:
    text, expected = parts(path)
    assert [written(row) for row in read(text).rows] == expected


def test_what_is_made_of_all_minutes_is_right() -> None:
    made = [(path, written(row)) for path in TEXTS for row in read(parts(path)[0]).rows]
    right = sum(1 for path, row in made if row in parts(path)[1])
    assert len(TEXTS) >= 20
    assert right / len(made) >= PRECISION


@pytest.mark.parametrize("path", TEXTS, ids=[path.stem for path in TEXTS])
def test_minutes_are_told_from_a_sentence(path: Path) -> None:
    assert is_minutes(parts(path)[0]) or path.stem in ("en04", "zh09")


@pytest.mark.parametrize("text", ["完成 T-1", "记下 客户要改\n明天给", "hello\nhow are you", "", "李四：主图"])
def test_a_sentence_is_no_minutes(text: str) -> None:
    assert not is_minutes(text)


def lines() -> Iterator[str]:
    for path in TEXTS:
        yield from parts(path)[0].splitlines()


@given(st.lists(st.one_of(st.sampled_from(list(lines())), st.text(max_size=40)), max_size=30))
@settings(deadline=None)
def test_no_text_is_too_strange_to_read(some: list[str]) -> None:
    found = read("\n".join(some))
    assert all(row.title and "\0" not in row.title for row in found.rows)
