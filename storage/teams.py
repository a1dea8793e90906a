"""Teams: colleagues who are called by one name, such as 客服组, and who may lead them."""

import functools
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter, Index, Select, bindparam, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.people import PERSON, Person, name_key
from storage.unit import Unit


class Team(Record, table=True):
    """Colleagues who are called by one name."""

    __table_args__ = (Index("ix_team_key", "workspace_id", "archived_at", "key"),)
    name: str
    key: str
    """The name in the form of `name_key`. Two teams made in one instant may share it; then the bot asks."""
    lead_id: int | None = Field(default=None, foreign_key="person.id")


class Membership(Record, table=True):
    """Somebody's place in a team; archived when they leave."""

    __once__ = ("team_id",)
    __table_args__ = (
        Index("ix_membership_team", "workspace_id", "team_id"),
        Index("ix_membership_person", "workspace_id", "person_id"),
    )
    team_id: int = Field(foreign_key="team.id")
    person_id: int = Field(foreign_key="person.id")


TEAM = table_of(Team)
MEMBERSHIP = table_of(Membership)
_ALL = select(TEAM).where(TEAM.c.workspace_id == WORKSPACE, TEAM.c.archived_at.is_(None)).order_by(TEAM.c.key)
_MEMBERS = (
    select(PERSON)
    .join(MEMBERSHIP, MEMBERSHIP.c.person_id == PERSON.c.id)
    .where(
        MEMBERSHIP.c.workspace_id == WORKSPACE,
        MEMBERSHIP.c.team_id == bindparam("team"),
        MEMBERSHIP.c.archived_at.is_(None),
        PERSON.c.archived_at.is_(None),
    )
    .order_by(MEMBERSHIP.c.id)
)
_PLACES = select(MEMBERSHIP).where(
    MEMBERSHIP.c.workspace_id == WORKSPACE,
    MEMBERSHIP.c.team_id == bindparam("team"),
    MEMBERSHIP.c.person_id == bindparam("person"),
    MEMBERSHIP.c.archived_at.is_(None),
)
_OF_PERSON = (
    select(TEAM)
    .join(MEMBERSHIP, MEMBERSHIP.c.team_id == TEAM.c.id)
    .where(
        MEMBERSHIP.c.workspace_id == WORKSPACE,
        MEMBERSHIP.c.person_id == bindparam("person"),
        MEMBERSHIP.c.archived_at.is_(None),
        TEAM.c.archived_at.is_(None),
    )
    .order_by(MEMBERSHIP.c.id)
)


def team_called(unit: Unit, names: Iterable[str]) -> dict[str, list[Team]]:
    """Find teams by any of several names, in one read; keys in the form of `name_key`."""
    keys = sorted({name_key(name) for name in names} - {""})
    found: dict[str, list[Team]] = {}
    if keys:
        for team in unit.records(Team, _by_keys(len(keys)), **{f"key{n}": key for n, key in enumerate(keys)}):
            found.setdefault(team.key, []).append(team)
    return found


@functools.cache
def _by_keys(count: int) -> Select[Any]:
    """Build the read for so many keys: a list that expands is written anew at each execution."""
    keys: list[BindParameter[str]] = [bindparam(f"key{index}") for index in range(count)]
    return (
        select(TEAM)
        .where(TEAM.c.workspace_id == WORKSPACE, TEAM.c.archived_at.is_(None), TEAM.c.key.in_(keys))
        .order_by(TEAM.c.id)
    )


def all_teams(unit: Unit) -> list[Team]:
    """List the teams of the workspace by name."""
    return unit.records(Team, _ALL)


def members_of(unit: Unit, team: Team) -> list[Person]:
    """List who is in a team, the lead first, then as they came."""
    members = {person.id: person for person in unit.records(Person, _MEMBERS, team=team.id)}
    return sorted(members.values(), key=lambda person: person.id != team.lead_id)


def teams_of(unit: Unit, person: int) -> list[Team]:
    """List the teams that somebody is in."""
    return list({team.id: team for team in unit.records(Team, _OF_PERSON, person=person)}.values())


def add_team(unit: Unit, *, name: str, members: Iterable[int] = (), lead: int | None = None) -> Team:
    """Found a team."""
    team = unit.add(Team, name=name, key=name_key(name), lead_id=lead)
    for person in dict.fromkeys(members):
        unit.add(Membership, team_id=team.id, person_id=person)
    return team


def take_in(unit: Unit, team: Team, person: int) -> bool:
    """Put somebody into a team; False when they are in it already."""
    if unit.record(Membership, _PLACES, team=team.id, person=person) is not None:
        return False
    unit.add(Membership, team_id=team.id, person_id=person)
    return True


def let_go(unit: Unit, team: Team, person: int) -> bool:
    """Take somebody out of a team; False when they are not in it."""
    places = unit.records(Membership, _PLACES, team=team.id, person=person)
    for place in places:
        unit.archive(place)
    return bool(places)
