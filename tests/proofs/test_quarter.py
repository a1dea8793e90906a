"""The simulated quarter holds, and goes red without a guard."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.proofs.controls import QUARTER_CONTROLS, Control
from tests.proofs.quarter.play import play

pytestmark = pytest.mark.slow
DAYS = 24
"""So many show each control: a Sunday worked, National Day, the clocks set in Sydney, some deaths."""


def test_each_message_of_a_quarter_is_there_once_and_at_its_time(tmp_path: Path) -> None:
    played = play(tmp_path)
    assert played.told() == "0 missing, 0 strange"
    assert (played.unsent, played.disturbing) == (0, ())
    assert played.expected > 1_000
    assert played.cuts >= 10


@pytest.mark.parametrize("control", QUARTER_CONTROLS, ids=lambda control: control.sabotage)
def test_quarter_goes_red_without_a_guard(control: Control) -> None:
    command = [sys.executable, "-m", "tests.proofs.sabotage", control.sabotage, "tests.proofs.quarter"]
    done = subprocess.run([*command, "--days", str(DAYS)], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert all(kind in done.stdout for kind in control.kinds), done.stdout
