"""Teams are found by name, and remember who is in them."""

from __future__ import annotations

import pytest

from storage.people import add_person, name_key
from storage.teams import Team, add_team, all_teams, let_go, members_of, take_in, team_called, teams_of
from storage.unit import Unit
from storage.workspaces import found_workspace
from tests.support.store import Desk


@pytest.fixture
def support(desk: Desk) -> Team:
    def work(unit: Unit) -> Team:
        people = [add_person(unit, name=name).id for name in ("李娜", "赵敏", "王五")]
        add_team(unit, name="设计组", members=people[2:])
        return add_team(unit, name="客服 组", members=[*people[:2], people[0]], lead=people[1])

    return desk.write(work)


def names(desk: Desk, team: Team) -> list[str]:
    return [person.name for person in desk.read(lambda unit: members_of(unit, team))]


@pytest.mark.parametrize("typed", ["客服组", "客服 组", "　客服组"])
def test_team_is_found_by_any_form_of_its_name(desk: Desk, support: Team, typed: str) -> None:
    found = desk.read(lambda unit: team_called(unit, [typed, "nobody", ""]))
    assert [team.id for team in found[name_key(typed)]] == [support.id]


def test_the_lead_is_listed_first_and_everybody_once(desk: Desk, support: Team) -> None:
    assert names(desk, support) == ["赵敏", "李娜"]


def test_teams_are_listed_by_name_without_those_put_away(desk: Desk, support: Team) -> None:
    assert [team.name for team in desk.read(all_teams)] == ["客服 组", "设计组"]
    desk.write(lambda unit: unit.archive(support))
    assert [team.name for team in desk.read(all_teams)] == ["设计组"]
    assert desk.read(lambda unit: team_called(unit, ["客服组"])) == {}


def test_people_come_and_go(desk: Desk, support: Team) -> None:
    person = desk.write(lambda unit: add_person(unit, name="周涛")).id
    assert desk.write(lambda unit: take_in(unit, support, person))
    assert not desk.write(lambda unit: take_in(unit, support, person))
    assert names(desk, support) == ["赵敏", "李娜", "周涛"]
    assert [team.id for team in desk.read(lambda unit: teams_of(unit, person))] == [support.id]
    assert desk.write(lambda unit: let_go(unit, support, person))
    assert not desk.write(lambda unit: let_go(unit, support, person))
    assert names(desk, support) == ["赵敏", "李娜"]
    assert desk.read(lambda unit: teams_of(unit, person)) == []
    assert desk.write(lambda unit: take_in(unit, support, person)), "who left may come back"


def test_other_workspace_has_no_such_team(desk: Desk, support: Team) -> None:
    other = desk.store.write_now(0, lambda unit: found_workspace(unit, name="demo", language="zh", timezone="UTC"))
    assert desk.store.read_now(other, lambda unit: team_called(unit, [support.name])) == {}
    assert desk.store.read_now(other, lambda unit: members_of(unit, support)) == []
