"""Shifts are found by the span in which they lie, at least in part."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.duty import Shift, shifts_between, shifts_of
from storage.people import Person, add_person
from storage.teams import Team, add_team
from storage.unit import Unit
from tests.support.store import WEDNESDAY, Desk

HOUR = timedelta(hours=1)


@pytest.fixture
def roster(desk: Desk) -> dict[str, int]:
    def work(unit: Unit) -> dict[str, int]:
        ann: Person = add_person(unit, name="Ann")
        team: Team = add_team(unit, name="Support", members=[ann.id])
        spans = {"before": (-3, -1), "running": (-1, 1), "next": (1, 2), "later": (30, 40)}
        shifts = {
            name: unit.add(
                Shift, team_id=team.id if name != "later" else None, person_id=ann.id,
                since=WEDNESDAY + begins * HOUR, until=WEDNESDAY + ends * HOUR,
            ).id
            for name, (begins, ends) in spans.items()
        }  # fmt: skip
        gone = unit.add(Shift, person_id=ann.id, since=WEDNESDAY, until=WEDNESDAY + HOUR)
        unit.archive(gone)
        return {**shifts, "ann": ann.id, "team": team.id}

    return desk.write(work)


def found(roster: dict[str, int], shifts: object) -> list[str]:
    names = {id: name for name, id in roster.items() if name not in ("ann", "team")}
    return [names[shift.id] for shift in shifts]  # type: ignore[attr-defined] # shifts


def test_a_span_holds_what_touches_it(desk: Desk, roster: dict[str, int]) -> None:
    shifts = desk.read(lambda unit: shifts_between(unit, WEDNESDAY, WEDNESDAY + 24 * HOUR))
    assert found(roster, shifts) == ["running", "next"]
    assert found(roster, desk.read(lambda unit: shifts_between(unit, WEDNESDAY, WEDNESDAY + HOUR))) == ["running"]


def test_a_team_has_its_own(desk: Desk, roster: dict[str, int]) -> None:
    far = WEDNESDAY + 100 * HOUR
    team = roster["team"]
    assert found(roster, desk.read(lambda unit: shifts_between(unit, WEDNESDAY, far, team=team))) == ["running", "next"]
    assert found(roster, desk.read(lambda unit: shifts_between(unit, WEDNESDAY, far))) == ["running", "next", "later"]


def test_somebody_s_shifts_to_come_begin_with_the_running_one(desk: Desk, roster: dict[str, int]) -> None:
    shifts = desk.read(lambda unit: shifts_of(unit, roster["ann"], after=WEDNESDAY))
    assert found(roster, shifts) == ["running", "next", "later"]
