"""The demo that races: its hands, its own settings, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.__main__ import main
from bot.config import Settings, Slack, Web
from bot.race import ACTS, BEGINS, Race, RacingHands, own_settings
from bot.seed import TEAM, TITLES

NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)


def test_hands_stand_where_they_were_set_until_they_are_let_go() -> None:
    hands = RacingHands(NOON)
    assert hands() == hands() == NOON
    hands.let_go()
    first = hands()
    while hands() == first:
        pass  # they go by themselves: a moment is enough
    assert NOON <= first < hands() < NOON + timedelta(minutes=1)
    hands.let_go(is_free=False)
    assert hands() == hands()


def test_clock_is_held_and_goes_on_but_not_when_it_is_over() -> None:
    race = Race(days=1, speed=1)
    paces = []
    for is_held in (True, False):
        race.hold(is_held=is_held)
        paces.append(race.pace)
    assert paces == ["held", "racing"] and race.now() >= BEGINS
    race.pace = "over"
    race.hold(is_held=True)
    assert race.pace == "over"


def test_no_platform_is_served_and_the_operators_database_is_left_alone() -> None:
    token = SecretStr("xoxb-" + "1" * 20)
    slack = Slack(bot_token=token, app_token=token)
    operators = Settings(slack=slack, language="en", web=Web(port=9001, playground=False))
    own = own_settings(operators, "sqlite:////tmp/demo.db")
    assert not own.slack.is_configured and own.secrets == []
    assert own.serves_playground and own.web.port == 9001 and own.language == "en"
    assert own.database_url == "sqlite:////tmp/demo.db" != operators.database_url


def test_acts_are_those_of_the_team_in_order() -> None:
    assert {act.who for act in ACTS} <= {member.account for member in TEAM}
    assert {act.chat for act in ACTS} <= set(TITLES)
    assert [(act.day, act.clock) for act in ACTS] == sorted((act.day, act.clock) for act in ACTS)


@pytest.mark.parametrize(
    "arguments", [("--days", "0"), ("--days", "29"), ("--speed", "0"), ("--speed", "101"), ("--speed", "nan")]
)
def test_what_makes_no_race_is_refused(
    arguments: tuple[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo", *arguments]) == 2
    assert arguments[0] in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
