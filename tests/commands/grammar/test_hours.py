"""Hours that recur are read in both languages, across midnight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.grammar.hours import DAY, hours_text, parse_hours


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("22:00-08:00", "22:00-08:00"),
        ("22：00～8：00", "22:00-08:00"),
        ("22点到8点", "22:00-08:00"),
        ("晚上10点半到早上8点", "22:30-08:00"),
        ("晚上十点至早上八点", "22:00-08:00"),
        ("10pm to 8am", "22:00-08:00"),
        ("from 10:30 pm until 7 am", "22:30-07:00"),
        ("12am-6am", "00:00-06:00"),
        ("12pm - 1pm", "12:00-13:00"),
        ("22-8", "22:00-08:00"),
        ("20:00 — 24:00", "20:00-00:00"),
        ("下午2点15分到晚上9点", "14:15-21:00"),
    ],
)
def test_hours_are_read(text: str, hours: str) -> None:
    read = parse_hours(text)
    assert read is not None and hours_text(*read) == hours


@pytest.mark.parametrize(
    "text", ["", "8", "25:00-8:00", "22:00-22:00", "13pm-2pm", "22:75-8:00", "明天-后天", "24:30-8", "a-b"]
)
def test_what_is_no_hours_is_none(text: str) -> None:
    assert parse_hours(text) is None


@given(st.integers(0, DAY - 1), st.integers(0, DAY - 1))
def test_written_hours_are_read_back(since: int, until: int) -> None:
    assert parse_hours(hours_text(since, until)) == (None if since == until else (since, until))
