"""Two who are to decide turn out to be one person: one person is one vote, and nobody is left waiting for nobody."""

from __future__ import annotations

import pytest

from commands.core.facts import PeopleJoined
from commands.decisions import tally_of
from storage.accounts import join_people
from storage.approvals import Approval
from storage.people import Person
from storage.unit import Unit
from tests.support.office import HOUR, Office, follow, found
from tests.support.store import Desk


@pytest.fixture
def one(sqlite_desk: Desk) -> Office:
    return found(sqlite_desk.store, sqlite_desk.workspace, sqlite_desk.clock)


def join(office: Office, kept: str, gone: str) -> list[str]:
    """Make two people one, as linking their accounts does; give what is told to whom."""

    def work(unit: Unit) -> list[str]:
        ctx = office.context(unit, kept)
        people = [unit.must_get(Person, office.ids[name]) for name in (kept, gone)]
        ctx.become(join_people(unit, *people, role="lead"))
        ctx.state(PeopleJoined(kept=people[0].id, gone=people[1].id))
        follow(ctx)
        return [each.person.name for each in ctx.told]

    told: list[str] = office.write(work)
    return told


def waiting(office: Office, number: int) -> tuple[list[str], int]:
    """List for whom it waits, and count the votes that count."""

    def work(unit: Unit) -> tuple[list[str], int]:
        tally = tally_of(unit, unit.must_get(Approval, office.approval_id(unit, number)))
        return [unit.must_get(Person, each).name for each in tally.waiting], len(tally.votes)

    found: tuple[list[str], int] = office.write(work)
    return found


@pytest.mark.parametrize("votes", [[], ["Bob"], ["Ann"], ["Ann", "Bob"], ["Bob", "Kate"]])
def test_two_who_sign_and_are_one_decide_once_and_anew(one: Office, votes: list[str]) -> None:
    number = one.ask("Ann", "Bob", "Kate", "Dan", mode="all")
    for who in votes:
        assert one.decide(who, number, reason="fine") == ""
    join(one, "Ann", "Bob")
    assert waiting(one, number) == (["Ann", "Kate", "Dan"], 0)
    for who in ("Ann", "Kate"):
        assert one.decide(who, number, reason="fine") == ""
        assert "One vote each" in one.decide(who, number, reason="fine")
    assert one.approval(number).state == "pending"
    assert one.decide("Dan", number, reason="fine") == ""
    assert one.approval(number).state == "approved"


def test_one_person_is_not_four_eyes_and_who_asks_is_told(one: Office) -> None:
    number = one.ask("Ann", "Bob", quorum=2)
    assert one.decide("Bob", number, reason="fine") == ""
    assert "Ria" in join(one, "Ann", "Bob")
    assert one.decide("Ann", number, reason="fine") == ""
    assert "One vote each" in one.decide("Ann", number, reason="fine")
    assert one.approval(number).state == "pending"
    assert one.decide("Bob", number, reason="fine") != ""


def test_who_asks_and_turns_out_to_be_who_signs_has_no_vote(one: Office) -> None:
    number = one.ask("Ann", "Bob", mode="all")
    assert one.decide("Ann", number) == ""
    join(one, "Ria", "Ann")
    assert waiting(one, number) == (["Bob"], 0)
    assert one.decide("Ria", number).startswith(f"You asked for A-{number} yourself")
    assert one.decide("Bob", number) == ""
    assert one.approval(number).state == "approved"


def test_a_vote_in_anothers_place_does_not_count_for_who_turns_out_to_have_cast_it(one: Office) -> None:
    number = one.ask("Ann", "Bob", mode="all")
    one.away("Ann", "Dan")
    assert one.decide("Dan", number) == ""
    join(one, "Bob", "Dan")
    assert waiting(one, number) == (["Ann", "Bob"], 0)
    assert one.decide("Bob", number) == ""
    assert "One vote each" in one.decide("Bob", number)
    assert one.decide("Ann", number) == ""
    assert one.approval(number).state == "approved"


def test_what_is_over_is_not_opened_by_it(one: Office) -> None:
    number = one.ask("Ann", "Bob", mode="all")
    one.clock.advance(HOUR)
    join(one, "Ann", "Bob")
    assert "has expired" in one.decide("Ann", number)


def test_votes_on_other_approvals_stand(one: Office) -> None:
    number = one.ask("Ann", "Kate", mode="all")
    assert one.decide("Ann", number) == ""
    join(one, "Ann", "Bob")
    assert waiting(one, number) == (["Kate"], 1)
    assert one.decide("Kate", number) == ""
    assert one.approval(number).state == "approved"
