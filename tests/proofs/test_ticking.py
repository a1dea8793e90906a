"""Several clocks over one PostgreSQL: the short column, and the guard that makes a slot one process's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proofs.controls import CLOCK_CONTROLS, Control
from tests.proofs.ticking import tick_and_kill

pytestmark = pytest.mark.slow
DAYS = 14
KILLS = 5


async def test_each_slot_comes_once_from_two_clocks_of_which_one_is_killed_at_random(
    tmp_path: Path, migrated_postgres_url: str
) -> None:
    ticked = await tick_and_kill(tmp_path, migrated_postgres_url, days=DAYS, kills=KILLS, seed=1)
    assert (ticked.missing, ticked.doubled, ticked.strange, ticked.not_done) == ((), (), (), 0)
    assert ticked.kills >= KILLS


@pytest.mark.parametrize("control", CLOCK_CONTROLS, ids=lambda control: control.sabotage)
async def test_a_slot_that_is_not_claimed_comes_twice(
    tmp_path: Path, migrated_postgres_url: str, control: Control
) -> None:
    ticked = await tick_and_kill(
        tmp_path, migrated_postgres_url, days=5, seed=1, mean_s=control.mean_s, sabotage=control.sabotage
    )
    assert ticked.doubled or ticked.strange
