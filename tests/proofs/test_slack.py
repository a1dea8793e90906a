"""The short column through Slack: nothing is lost, doubled or out of order, whatever goes wrong on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.proofs.controls import SLACK_CONTROLS, Control
from tests.proofs.slack import DISTURBANCES, PEOPLE, kill_through_slack, nothing, talk

pytestmark = pytest.mark.slow
MESSAGES: Final = 500
SCRIPTED: Final = DISTURBANCES.keys() - {"nothing goes wrong", "the socket is cut"}
"""What the fake counts, and so can be seen to have happened."""
FEW: Final = 5
EACH: Final = 10
"""Kills of one test, so that it stays under half a minute."""


@pytest.mark.parametrize("seed", range(4))
async def test_what_slack_was_told_is_kept_survives_every_kill(tmp_path: Path, seed: int) -> None:
    killed = await kill_through_slack(tmp_path, kills=EACH, seed=seed)
    assert killed.verdict.told() == "sound"
    assert killed.drained_s is not None
    assert killed.verdict.acked > EACH


@pytest.mark.parametrize("seed", range(4))
async def test_two_processes_on_postgresql_lose_nothing_when_killed(
    tmp_path: Path, migrated_postgres_url: str, seed: int
) -> None:
    killed = await kill_through_slack(tmp_path, kills=FEW, seed=seed, url=migrated_postgres_url, processes=2)
    assert killed.verdict.told() == "sound"
    assert killed.drained_s is not None
    assert killed.verdict.acked > FEW


@pytest.mark.parametrize("control", SLACK_CONTROLS, ids=lambda control: control.sabotage)
async def test_checker_goes_red_without_a_guard_of_slacks(tmp_path: Path, control: Control) -> None:
    killed = await kill_through_slack(tmp_path, kills=control.kills, seed=1, sabotage=control.sabotage, drain_s=5)
    assert killed.verdict.count(*control.kinds) > 0


@pytest.mark.parametrize("wrong", DISTURBANCES)
async def test_each_of_many_messages_is_answered_once_though(tmp_path: Path, wrong: str) -> None:
    talked = await talk(tmp_path, DISTURBANCES[wrong], messages=MESSAGES, window=64)
    assert talked.verdict.told() == "sound"
    assert (talked.verdict.acked, talked.verdict.unacked) == (MESSAGES, 0)
    assert talked.drained_s is not None
    assert talked.verdict.posts == MESSAGES + PEOPLE, "one answer to each, and one hello to everybody"
    assert talked.verdict.posts_doubled <= talked.lost_answers
    assert bool(talked.happened) == (wrong in SCRIPTED)


async def test_answers_of_a_channel_stand_in_the_order_of_the_questions(tmp_path: Path) -> None:
    talked = await talk(tmp_path, nothing, messages=80, channels=10)
    assert talked.verdict.told() == "sound"
    assert talked.is_in_order
