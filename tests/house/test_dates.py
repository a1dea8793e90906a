"""Law: every example in docs/dates.md is read as it says there."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from commands.grammar.ranges import Range, parse_range
from commands.grammar.recurrence import parse_recurrence
from commands.grammar.when import parse_when
from commands.grammar.workdays import WEEKDAYS
from tests.commands.grammar.scores import ASKED, NO_DATE, TABLES, phrases, told
from tests.house.sources import ROOT

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 18, 10, tzinfo=SHANGHAI)
LAUNCH = date(2026, 12, 12)
DOCUMENT = (ROOT / "docs" / "dates.md").read_text(encoding="utf-8")


def rows(*header: str) -> list[tuple[str, ...]]:
    """Give the rows of all tables with this header."""
    found, is_ours = [], False
    for line in DOCUMENT.splitlines():
        cells = tuple(cell.strip().strip("`") for cell in line.strip("|").split("|")) if line.startswith("|") else ()
        if cells == header or not cells:
            is_ours = bool(cells)
        elif is_ours and not set(line) <= set("|- "):
            found.append(cells)
    return found


@pytest.mark.parametrize(("text", "meant"), rows("said", "meant"))
def test_a_date_is_read_as_documented(text: str, meant: str) -> None:
    read = told(parse_when(text, now=NOW, zone=SHANGHAI, launch=LAUNCH), SHANGHAI)
    assert {ASKED: "asks", NO_DATE: "no date"}.get(read, read) == meant


@pytest.mark.parametrize(("text", "start", "end"), rows("said", "start", "end"))
def test_a_span_is_read_as_documented(text: str, start: str, end: str) -> None:
    span = parse_range(text, now=NOW, zone=SHANGHAI)
    assert isinstance(span, Range)
    assert (told(span.start, SHANGHAI), told(span.end, SHANGHAI)) == (start, end)


@pytest.mark.parametrize(("text", "stored", "following"), rows("said", "stored", "next"))
def test_what_comes_again_is_read_as_documented(text: str, stored: str, following: str) -> None:
    rule = parse_recurrence(text)
    assert rule is not None
    assert (rule.canonical(), rule.next_after(NOW.date(), WEEKDAYS).isoformat()) == (stored, following)


def test_the_document_has_examples_of_each_kind_and_the_right_counts() -> None:
    assert len(rows("said", "meant")) > 80
    assert len(rows("said", "start", "end")) >= 7
    assert len(rows("said", "stored", "next")) >= 8
    for table in TABLES:
        assert f"({len(list(phrases(table)))})" in DOCUMENT
