"""The short column through Slack: nothing is lost, doubled or out of order, whatever goes wrong on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proofs.slack import kill_through_slack

pytestmark = pytest.mark.slow
EACH = 10
"""Kills of one test, so that it stays under half a minute."""


@pytest.mark.parametrize("seed", range(4))
async def test_what_slack_was_told_is_kept_survives_every_kill(tmp_path: Path, seed: int) -> None:
    killed = await kill_through_slack(tmp_path, kills=EACH, seed=seed)
    assert killed.verdict.told() == "sound"
    assert killed.drained_s is not None
    assert killed.verdict.acked > EACH
