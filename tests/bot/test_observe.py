"""What operators see: JSON lines without secrets or texts, and figures."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from bot.observe import JsonLines, Meters


def line(formatter: JsonLines, message: str, **extra: Any) -> dict[str, Any]:
    record = logging.LogRecord("drumbeat.test", logging.WARNING, __file__, 1, message, None, None)
    vars(record).update(extra)
    parsed: dict[str, Any] = json.loads(formatter.format(record))
    return parsed


def test_a_line_is_json_with_event_and_extras() -> None:
    told = line(JsonLines(), "send_failed", letter="abc", again_s=2.5)
    assert (told["event"], told["level"], told["letter"], told["again_s"]) == ("send_failed", "warning", "abc", 2.5)
    assert told["at"].endswith("+00:00")


@pytest.mark.parametrize("secret", ["xoxb-1234-abcd", 'pa"ss\\word', "密码密码密码"])
def test_a_secret_never_appears_whatever_carries_it(secret: str) -> None:
    formatter = JsonLines([secret])
    told = json.dumps(
        line(formatter, f"failed with {secret}", url=f"https://x/{secret}?a", deep={"t": [secret]}), ensure_ascii=False
    )
    assert secret not in told and secret not in json.loads(told)["event"]
    assert "***" in told


def test_an_error_tells_where_it_was_raised_and_not_what_it_quotes() -> None:
    try:
        try:
            raise ValueError("玄铁重剑图纸")
        except ValueError as error:
            raise RuntimeError("更多玄铁重剑图纸") from error
    except RuntimeError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "failed", None, (RuntimeError, error, error.__traceback__)
        )
    told = JsonLines().format(record)
    assert "玄铁" not in told
    assert all(each in told for each in ("RuntimeError", "ValueError", "test_observe.py"))


def test_the_figures_have_names_and_labels() -> None:
    meters = Meters()
    meters.handled("done", seconds=0.002)
    meters.broke()
    meters.sent("memory", "retry")
    meters.outbox(due=3, oldest_s=1.5)
    page = meters.page().decode()
    for wanted in (
        'drumbeat_events_total{result="done"} 1.0', "drumbeat_incidents_total 1.0", "drumbeat_outbox_due 3.0",
        'drumbeat_sends_total{platform="memory",result="retry"} 1.0', "drumbeat_handle_seconds_bucket",
    ):  # fmt: skip
        assert wanted in page
