"""Everybody clicks at once, on two processes: the short column."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proofs.clicking import EACH, click_at_once

CLICKS = 500


@pytest.mark.slow
async def test_clicks_on_two_processes_decide_each_approval_once(tmp_path: Path, migrated_postgres_url: str) -> None:
    clicked = await click_at_once(tmp_path, migrated_postgres_url, clicks=CLICKS, seed=1)
    assert clicked.faults == ()
    assert clicked.results.total() == CLICKS and clicked.ends.total() == CLICKS // EACH
    assert clicked.results["failed"] == 0 and clicked.results["refused"] > CLICKS // 2
    assert clicked.ends["approved"] and clicked.ends["rejected"] and not clicked.ends["pending"]
