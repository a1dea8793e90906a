"""The short column of G1: forty kills, and each guard taken away in turn.

There is none for synchronous=OFF: a SIGKILL leaves the system alive, which still writes what it was given.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.delivery import SLOTS
from tests.proofs.controls import CONTROLS, Control
from tests.proofs.kills import kill_often

pytestmark = pytest.mark.slow
EACH = 10
"""Kills of one test, so that it stays well under half a minute."""


@pytest.mark.parametrize("seed", range(4))
async def test_what_was_acknowledged_survives_every_kill(tmp_path: Path, seed: int) -> None:
    killed = await kill_often(tmp_path, kills=EACH, seed=seed)
    assert killed.verdict.told() == "sound"
    assert killed.drained_s is not None
    assert killed.verdict.acked > EACH
    assert killed.verdict.posts_doubled <= SLOTS * killed.kills


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.sabotage)
async def test_checker_goes_red_without_a_guard(tmp_path: Path, control: Control) -> None:
    killed = await kill_often(
        tmp_path, kills=control.kills, mean_s=control.mean_s, seed=1, sabotage=control.sabotage, drain_s=5
    )
    assert killed.verdict.count(*control.kinds), killed.verdict.told()
