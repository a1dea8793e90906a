"""The short column of G4. How long it took is printed by `make prove`, not asserted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proofs.redelivery import opened, storm


@pytest.mark.slow
async def test_every_id_takes_effect_once_however_often_it_comes(tmp_path: Path) -> None:
    with opened(tmp_path) as app:
        stormed = await storm(app, events=2_000, ids=500)
    assert (stormed.effects, stormed.doubled, stormed.received, stormed.again) == (500, 0, 500, 0)
