"""A decision is made once, by who may, on what they saw; whatever else is tried is refused with the reason."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from commands import decisions
from commands.core.context import Context
from commands.core.errors import Aside
from commands.decisions import Shown, tally_of
from commands.grammar.money import Money
from commands.words.money import amount_with_code
from storage.approvals import Approval, signers_of
from storage.people import Person, add_account, person_of
from storage.unit import Unit
from tests.support.office import ACTS, AMOUNT, HOUR, LESS, PAIRS, PEOPLE, SHOWN, Office, faults_of, found, outcomes
from tests.support.store import Desk


@pytest.fixture
def office(desk: Desk) -> Office:
    return found(desk.store, desk.workspace, desk.clock)


@pytest.fixture
def one(sqlite_desk: Desk) -> Office:
    return found(sqlite_desk.store, sqlite_desk.workspace, sqlite_desk.clock)


# -- deciding ---------------------------------------------------------------------------------------------


def test_one_yes_decides_and_the_second_click_is_told_who_was_first(office: Office) -> None:
    number = office.ask("Ann", "Bob")
    assert office.decide("Ann", number) == ""
    assert office.approval(number).state == "approved"
    assert office.decide("Bob", number, "reject") == f"A-{number} was already decided by Ann, 02:00: approved."
    assert [vote.choice for vote in office.votes(number)] == ["approve"]


@pytest.mark.parametrize(
    ("mode", "votes", "state"),
    [
        ("any", ["Ann approve"], "approved"),
        ("any", ["Bob reject"], "rejected"),
        ("all", ["Ann approve", "Bob approve"], "pending"),
        ("all", ["Ann approve", "Bob approve", "Kate approve"], "approved"),
        ("all", ["Ann approve", "Bob reject"], "rejected"),
        ("majority", ["Ann approve", "Bob reject"], "pending"),
        ("majority", ["Ann approve", "Bob approve"], "approved"),
        ("majority", ["Ann reject", "Bob reject"], "rejected"),
        ("order", ["Ann approve", "Bob approve", "Kate approve"], "approved"),
        ("order", ["Ann return"], "returned"),
    ],
)
def test_modes(one: Office, mode: str, votes: list[str], state: str) -> None:
    number = one.ask("Ann", "Bob", "Kate", mode=mode)
    for vote in votes:
        who, choice = vote.split()
        assert one.decide(who, number, choice) == ""  # type: ignore[arg-type]  # one of the choices
    assert one.approval(number).state == state


def test_turns_are_kept(one: Office) -> None:
    number = one.ask("Ann", "Bob", mode="order")
    assert one.decide("Bob", number) == f"It is not your turn on A-{number} yet: Ann first."


def test_four_eyes_take_two_people_though_one_would_do(one: Office) -> None:
    number = one.ask("Ann", "Bob", quorum=2)
    one.decide("Ann", number, reason="in the budget")
    assert one.approval(number).state == "pending"
    assert "One vote each" in one.decide("Ann", number)
    one.decide("Bob", number, reason="needed")
    assert (one.approval(number).state, one.approval(number).reason) == ("approved", "needed")
    assert [vote.reason for vote in one.votes(number)] == ["in the budget", "needed"]


def test_one_person_in_two_places_is_not_two_people(one: Office) -> None:
    number = one.ask("Ann", "Bob", quorum=2)
    one.away("Bob", "Ann")
    one.decide("Ann", number, reason="in the budget")
    assert "One vote each" in one.decide("Ann", number)
    assert one.approval(number).state == "pending"


def test_who_stands_in_for_two_has_one_vote(one: Office) -> None:
    number = one.ask("Ann", "Bob", mode="all")
    for who in ("Ann", "Bob"):
        one.away(who, "Dan")
    assert one.decide("Dan", number) == ""
    assert "One vote each" in one.decide("Dan", number)
    assert one.approval(number).state == "pending"


def test_a_reason_is_asked_for(one: Office) -> None:
    number = one.ask("Ann")
    assert one.decide("Ann", number, "reject", reason=None) == "Say in a few words why, so that Ria can act on it."
    assert one.approval(number).state == "pending"


def test_who_comes_second_is_told_on_which_platform_it_was_decided(one: Office) -> None:
    number = one.ask("Ann", "Bob")
    one.decide("Ann", number)
    one.write(lambda unit: unit.change(unit.must_get(Approval, one.approval_id(unit, number)), closed_on="dingtalk"))
    assert one.decide("Bob", number) == f"A-{number} was already decided by Ann on DingTalk, 02:00: approved."


def test_where_it_takes_two_a_yes_takes_a_word_why(one: Office) -> None:
    number = one.ask("Ann", "Bob", quorum=2)
    asked = f"A yes to A-{number} More ads ¥30,000 takes a word why: "
    assert one.decide("Ann", number) == f"{asked}approve A-{number} ¥30,000 sure your words"
    assert one.decide("Ann", number, instead=LESS) == f"{asked}approve less A-{number} ¥20,000 your words"
    assert one.votes(number) == []
    assert one.decide("Ann", number, instead=LESS, reason="half of it first") == ""


def test_a_yes_against_a_no_takes_a_word_why(one: Office) -> None:
    number = one.ask("Ann", "Bob", "Kate", mode="majority")
    one.decide("Ann", number, "reject")
    assert "takes a word why" in one.decide("Bob", number)
    assert one.decide("Bob", number, reason="we need it all the same") == ""
    assert "takes a word why" in one.decide("Kate", number)


def test_a_yes_with_words_behind_it_is_asked_about_and_is_talk_among_people(one: Office) -> None:
    number = one.ask("Ann")
    unsure = Shown(is_sure=False)
    asked = one.decide("Ann", number, shown=unsure, reason="half of it")
    assert asked == f"Do you approve all of A-{number} More ads ¥30,000, with the words “half of it”?"
    assert one.votes(number) == []
    assert one.decide("Ann", number, shown=unsure) == ""


def test_what_was_withdrawn_names_who_did(one: Office) -> None:
    number = one.ask("Ann")
    one.act("Ria", number, lambda ctx, a: decisions.withdraw(ctx, a))
    assert one.decide("Ann", number) == f"A-{number} was withdrawn by Ria, 02:00."


def test_who_has_no_part_is_told_who_decides(one: Office) -> None:
    number = one.ask("Ann", "Bob")
    assert one.decide("Zoe", number) == f"Only Ann, Bob can decide A-{number}."


def test_a_word_of_who_has_no_part_is_talk(one: Office) -> None:
    number = one.ask("Ann")

    def agree(unit: Unit) -> None:
        approval = unit.must_get(Approval, one.approval_id(unit, number))
        decisions.decide(one.context(unit, "Zoe"), approval, "approve", shown=SHOWN)

    with pytest.raises(Aside):
        one.write(agree)


def test_after_the_deadline_nobody_decides_though_the_clock_did_not_come(one: Office) -> None:
    number = one.ask("Ann")
    one.clock.advance(HOUR)
    assert "has expired" in one.decide("Ann", number)
    assert one.approval(number).state == "pending"


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"archived_at": datetime(2026, 11, 1, tzinfo=UTC)}, "may not decide"), ({"role": "guest"}, "may not decide")],
)
def test_who_lost_the_right_since_decides_nothing(one: Office, values: dict[str, Any], reason: str) -> None:
    number = one.ask("Ann", "Bob")
    one.change_person("Ann", **values)
    assert reason in one.decide("Ann", number)


def test_nobody_decides_in_the_place_of_who_has_left(one: Office) -> None:
    number = one.ask("Ann")
    one.away("Ann", "Dan")
    one.change_person("Ann", archived_at=datetime(2026, 11, 1, tzinfo=UTC))
    assert "may not decide" in one.decide("Dan", number)


def test_who_stands_in_decides_and_both_are_named(one: Office) -> None:
    number = one.ask("Ann")
    assert one.decide("Dan", number) == f"Only Ann can decide A-{number}."
    one.away("Ann", "Dan")
    assert one.decide("Dan", number) == ""
    closed = one.approval(number)
    assert (closed.closed_by, closed.closed_for) == (one.ids["Dan"], one.ids["Ann"])
    assert one.decide("Ann", number) == f"A-{number} was already decided by Dan for Ann, 02:00: approved."


@pytest.mark.parametrize("limit", [LESS, Money(9_000_000, "USD")])
def test_who_stands_in_up_to_a_limit_decides_on_nothing_above_it(one: Office, limit: Money) -> None:
    number = one.ask("Ann", "Bob", mode="all")
    one.away("Ann", "Dan", limit=limit)
    told = f"You stand in for Ann up to {amount_with_code(limit)} only; A-{number} asks for ¥30,000 CNY."
    assert one.decide("Dan", number) == told
    one.act("Ria", number, lambda ctx, a: decisions.alter(ctx, a, money=LESS))
    assert (one.decide("Dan", number) == "") is (limit == LESS)
    one.decide("Ann", other := one.ask("Ann"))
    assert "already decided by Ann" in one.decide("Dan", other)


def test_who_stood_in_yesterday_does_not_any_more(one: Office) -> None:
    number = one.ask("Ann")
    one.away("Ann", "Dan", days=-1)
    assert one.decide("Dan", number) == f"Only Ann can decide A-{number}."


def test_what_was_handed_on_is_decided_by_the_heir(one: Office) -> None:
    number = one.ask("Ann", "Bob", mode="all")
    one.act("Ria", number, lambda ctx, a: decisions.hand_on(ctx, a, stage=3, to=[(one.ids["Ann"], one.ids["Dan"])]))
    assert one.decide("Dan", number) == ""
    assert "One vote each" in one.decide("Ann", number)
    assert one.decide("Bob", number) == ""
    assert one.approval(number).state == "approved"


def test_less_is_agreed_to_and_others_decide_on_that(one: Office) -> None:
    number = one.ask("Ann", "Bob", mode="all")
    one.decide("Bob", number)
    assert one.decide("Ann", number, instead=LESS) == ""
    assert (one.approval(number).amount_minor, one.approval(number).asked_minor) == (LESS.minor, AMOUNT.minor)
    assert one.approval(number).state == "pending"
    assert one.decide("Bob", number) == ""
    assert one.approval(number).state == "approved"


@pytest.mark.parametrize("instead", [AMOUNT, Money(AMOUNT.minor + 1, "CNY"), Money(1, "USD")])
def test_more_or_another_currency_is_not_agreed_to(one: Office, instead: Money) -> None:
    assert "is not less than" in one.decide("Ann", one.ask("Ann"), instead=instead)


# -- on what was seen ----------------------------------------------------------------------------------------


def test_an_old_card_decides_nothing(one: Office) -> None:
    number = one.ask("Ann")
    one.act("Ria", number, lambda ctx, a: decisions.alter(ctx, a, money=Money(9_000_000, "CNY")))
    assert "is another than the one you saw" in one.decide("Ann", number, shown=Shown(1, AMOUNT))
    assert "is another than the one you saw" in one.decide("Ann", number, shown=Shown(2, AMOUNT))
    assert "is another than the one you saw" in one.decide("Ann", number, shown=Shown(1, Money(9_000_000, "CNY")))
    assert "asks for ¥90,000 CNY, not ¥30,000 CNY" in one.decide("Ann", number, shown=Shown(None, AMOUNT))
    assert one.decide("Ann", number, shown=Shown(2, Money(9_000_000, "CNY"))) == ""


def test_what_was_said_before_the_change_decides_nothing(one: Office) -> None:
    number = one.ask("Ann")
    sent = one.clock.now
    one.clock.advance(timedelta(seconds=2))
    one.act("Ria", number, lambda ctx, a: decisions.alter(ctx, a, title="Twice as many ads"))
    assert "is another than the one you saw" in one.decide("Ann", number, sent_at=sent)


# -- self-approval, tried eight ways ---------------------------------------------------------------------------


def by_a_second_account(office: Office, number: int) -> str:
    def link(unit: Unit) -> int:
        ria = unit.must_get(Person, office.ids["Ria"])
        add_account(unit, ria, platform="dingtalk", app="d", tenant="d", native="ria2", title="Ann")
        found = person_of(unit, platform="dingtalk", app="d", tenant="d", native="ria2")
        return found.id if found else 0

    return office.decide(office.write(link), number)


def by_standing_in(office: Office, number: int) -> str:
    office.away("Ann", "Ria")
    return office.decide("Ria", number)


def by_editing_the_list(office: Office, number: int) -> str:
    office.act("Ria", number, lambda ctx, a: decisions.resign(ctx, a, add=[office.ids["Ria"]]))
    return office.decide("Ria", number, shown=Shown(office.approval(number).edition, AMOUNT))


def by_editing_the_amount(office: Office, number: int) -> str:
    office.act("Ria", number, lambda ctx, a: decisions.alter(ctx, a, money=LESS))
    return office.decide("Ria", number, instead=Money(1, "CNY"))


def by_an_old_card(office: Office, number: int) -> str:
    office.act("Ria", number, lambda ctx, a: decisions.alter(ctx, a, money=LESS))
    return office.decide("Ria", number, shown=Shown(1, AMOUNT))


def by_a_forwarded_card(office: Office, number: int) -> str:
    return office.decide("Ria", number, shown=Shown(1, AMOUNT))


def by_another_name(office: Office, number: int) -> str:
    office.change_person("Ria", name="Ann")
    return office.decide("Ria", number)


def by_being_taken_off_and_on(office: Office, number: int) -> str:
    for how in ({"add": [office.ids["Ria"]]}, {"drop": [office.ids["Ria"]]}, {"add": [office.ids["Ria"]]}):
        office.act("Ria", number, lambda ctx, a, how=how: decisions.resign(ctx, a, **how))  # type: ignore[misc]
    return office.decide("Ria", number)


@pytest.mark.parametrize(
    "way",
    [by_a_second_account, by_standing_in, by_editing_the_list, by_editing_the_amount, by_an_old_card,
     by_a_forwarded_card, by_another_name, by_being_taken_off_and_on],
)  # fmt: skip
def test_nobody_approves_what_they_ask_for(one: Office, way: Callable[[Office, int], str]) -> None:
    number = one.ask("Ann", "Bob")
    assert way(one, number).startswith(f"You asked for A-{number} yourself: somebody else decides it, here Ann")
    assert one.votes(number) == []
    assert one.approval(number).state == "pending"


def test_a_vote_of_who_became_the_requester_counts_no_longer(one: Office) -> None:
    number = one.ask("Ann", "Bob", mode="all")
    one.decide("Ann", number)
    one.write(lambda unit: unit.change(
        unit.must_get(Approval, one.approval_id(unit, number)), requester_id=one.ids["Ann"]))  # fmt: skip
    tally = one.write(lambda unit: tally_of(unit, unit.must_get(Approval, one.approval_id(unit, number))))
    assert (tally.signers, tally.votes) == ((one.ids["Bob"],), ())


def test_a_vote_cast_in_anothers_place_by_who_became_the_requester_counts_no_longer(one: Office) -> None:
    number = one.ask("Ann", "Bob", mode="all")
    one.away("Ann", "Dan")
    one.decide("Dan", number)
    one.write(lambda unit: unit.change(
        unit.must_get(Approval, one.approval_id(unit, number)), requester_id=one.ids["Dan"]))  # fmt: skip
    tally = one.write(lambda unit: tally_of(unit, unit.must_get(Approval, one.approval_id(unit, number))))
    assert (tally.signers, tally.votes) == ((one.ids["Ann"], one.ids["Bob"]), ())


# -- changing, closing, opening again ----------------------------------------------------------------------------


def test_a_change_voids_the_votes(one: Office) -> None:
    number = one.ask("Ann", "Bob", mode="all")
    one.decide("Ann", number)
    one.act("Ria", number, lambda ctx, a: decisions.alter(ctx, a, money=LESS, title="Fewer", note="Half will do",
                                                          quorum=2, deadline_at=ctx.unit.now + 2 * HOUR))  # fmt: skip
    assert (one.approval(number).title, one.approval(number).note) == ("Fewer", "Half will do")
    one.decide("Bob", number, reason="fewer will do")
    assert one.approval(number).state == "pending"
    one.decide("Ann", number, reason="fewer will do")
    assert one.approval(number).state == "approved"


def test_who_was_taken_off_and_on_again_decides_anew(one: Office) -> None:
    number = one.ask("Ann", "Bob", mode="all")
    one.decide("Ann", number)
    one.act("Ria", number, lambda ctx, a: decisions.resign(ctx, a, drop=[one.ids["Ann"]]))
    assert one.decide("Ann", number) == f"Only Bob can decide A-{number}."
    one.act("Ria", number, lambda ctx, a: decisions.resign(ctx, a, add=[one.ids["Ann"], one.ids["Bob"]]))
    one.decide("Bob", number)
    assert one.approval(number).state == "pending"


def test_only_who_asked_changes_it(one: Office) -> None:
    number = one.ask("Ann", "Bob")
    only = f"Only Ria, who asked for A-{number}, can do this."
    assert one.act("Ann", number, lambda ctx, a: decisions.alter(ctx, a, money=LESS)) == only
    assert one.act("Ann", number, lambda ctx, a: decisions.withdraw(ctx, a)) == only
    assert one.act("Ann", number, lambda ctx, a: decisions.reopen(ctx, a, deadline_at=None)) == only
    assert one.act("Ann", number, lambda ctx, a: decisions.resign(ctx, a, drop=[one.ids["Bob"]])) == only
    assert one.act("Zoe", number, lambda ctx, a: decisions.resign(ctx, a, add=[one.ids["Zoe"]])) == (
        f"Only Ann, Bob can decide A-{number}."
    )


def test_nobody_left_to_decide_is_refused(one: Office) -> None:
    number = one.ask("Ann")
    said = one.act("Ria", number, lambda ctx, a: decisions.resign(ctx, a, drop=[one.ids["Ann"]]))
    assert said == f"A-{number} needs 1 people who may decide. Add somebody first."
    one.change_person("Dan", role="guest")
    dan, ann = one.ids["Dan"], one.ids["Ann"]
    assert "needs 1" in one.act("Ann", number, lambda ctx, a: decisions.resign(ctx, a, add=[dan], drop=[ann]))


def test_one_in_the_place_of_another_keeps_the_turn(one: Office) -> None:
    number = one.ask("Ann", "Bob", mode="order")
    one.act("Ann", number, lambda ctx, a: decisions.resign(ctx, a, add=[one.ids["Kate"]], drop=[one.ids["Ann"]]))
    assert one.decide("Bob", number) == f"It is not your turn on A-{number} yet: Kate first."


# -- whom a route asks for ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "required", "steps"),
    [
        ("any", "Kate", "Ann pending Kate approved"),
        ("any", "Kate Bob", "Ann pending Bob approved"),
        ("all", "Kate Bob", "Ann pending Bob pending Kate approved"),
        ("majority", "Kate Bob", "Ann pending Bob pending Kate approved"),
        ("majority", "Kate", "Ann pending Bob pending Kate approved"),
        ("order", "Bob", "Ann pending Bob pending Kate approved"),
    ],
)
def test_others_cannot_agree_for_whom_a_route_asks_for(one: Office, mode: str, required: str, steps: str) -> None:
    number = one.ask("Ann", "Bob", "Kate", mode=mode, required=required.split())
    said = steps.split()
    for who, state in zip(said[::2], said[1::2], strict=True):
        assert one.decide(who, number) == ""
        assert one.approval(number).state == state


def _resigned(ctx: Context, approval: Approval, *, add: list[int], drop: list[int]) -> Approval:
    return decisions.resign(ctx, approval, add=add, drop=drop)


def test_whom_a_route_asks_for_is_not_taken_off(one: Office) -> None:
    number = one.ask("Ann", "Bob", required=["Ann"])
    ann, bob, dan = (one.ids[name] for name in ("Ann", "Bob", "Dan"))
    ways: list[tuple[str, list[int], list[int]]] = [
        ("Ria", [], [ann]), ("Ria", [dan], [ann]), ("Ann", [], [ann]), ("Ann", [dan, bob], [ann]),
    ]  # fmt: skip
    for who, add, drop in ways:
        said = one.act(who, number, partial(_resigned, add=add, drop=drop))
        assert said.startswith("A route asks for Ann, who can but hand it on")
    assert one.act("Ria", number, lambda ctx, a: decisions.resign(ctx, a, drop=[bob])) == ""


@pytest.mark.parametrize("heir", ["Dan", "Bob"])
def test_what_a_route_asks_of_somebody_goes_to_whom_they_hand_it(one: Office, heir: str) -> None:
    number = one.ask("Ann", "Bob", "Kate", required=["Ann"])
    to = [one.ids[heir]]
    assert one.act("Ann", number, lambda ctx, a: decisions.resign(ctx, a, add=to, drop=[one.ids["Ann"]])) == ""
    one.decide("Kate", number)
    assert one.approval(number).state == "pending"
    one.decide(heir, number)
    assert one.approval(number).state == "approved"


def test_a_change_brings_in_whom_the_route_asks_for_now(one: Office) -> None:
    number = one.ask("Ann", "Bob")
    asked = [one.ids["Bob"], one.ids["Kate"]]
    one.act("Ria", number, lambda ctx, a: decisions.alter(ctx, a, money=AMOUNT, required=asked, mode="all"))
    for who in ("Ann", "Bob"):
        one.decide(who, number)
        assert one.approval(number).state == "pending"
    one.decide("Kate", number)
    assert one.approval(number).state == "approved"


def required_of(unit: Unit, office: Office, number: int) -> tuple[int, ...]:
    return tally_of(unit, unit.must_get(Approval, office.approval_id(unit, number))).required


def test_a_second_change_asks_nobody_twice(one: Office) -> None:
    number = one.ask("Ann", required=["Ann"])
    ann = [one.ids["Ann"]]
    one.act("Ria", number, lambda ctx, a: decisions.alter(ctx, a, money=LESS, required=ann, mode="all"))
    assert one.write(lambda unit: required_of(unit, one, number)) == tuple(ann)


def test_what_a_route_asks_of_one_stays_when_two_turn_out_to_be_one(one: Office) -> None:
    number = one.ask("Ann", "Bob", "Kate", required=["Bob"])
    ann, bob = one.ids["Ann"], one.ids["Bob"]

    def join(unit: Unit) -> None:
        for row in signers_of(unit, one.approval_id(unit, number)):
            if row.person_id == bob:
                unit.change(row, person_id=ann)

    one.write(join)
    assert one.act("Ria", number, lambda ctx, a: decisions.count_once(ctx, a, ann)) == ""
    assert one.write(lambda unit: required_of(unit, one, number)) == (ann,)


def test_who_a_route_asks_for_and_turned_out_to_ask_leaves_it_undecided(one: Office) -> None:
    number = one.ask("Ann", "Bob", required=["Ann"])
    one.write(
        lambda unit: unit.change(unit.must_get(Approval, one.approval_id(unit, number)), requester_id=one.ids["Ann"])
    )
    one.decide("Bob", number)
    assert one.approval(number).state == "pending"


def test_what_expired_is_neither_agreed_to_nor_rejected_and_opens_again(one: Office) -> None:
    number = one.ask("Ann")
    one.act("Ria", number, lambda ctx, a: decisions.expire(ctx, a))
    assert one.approval(number).state == "pending"
    one.clock.advance(HOUR)
    one.act("Ria", number, lambda ctx, a: decisions.expire(ctx, a))
    assert one.approval(number).state == "expired"
    assert "neither agreed to nor rejected" in one.decide("Ann", number)
    one.act("Ria", number, lambda ctx, a: decisions.alter(ctx, a, title="Again"))
    assert (one.approval(number).state, one.approval(number).deadline_at) == ("pending", None)
    assert "is still open" in one.act("Ria", number, lambda ctx, a: decisions.reopen(ctx, a, deadline_at=None))
    assert one.decide("Ann", number) == ""
    assert "already decided" in one.act("Ria", number, lambda ctx, a: decisions.alter(ctx, a, money=LESS))


def test_what_was_withdrawn_is_asked_for_once_more_with_time_to_decide(one: Office) -> None:
    number = one.ask("Ann")
    one.act("Ria", number, lambda ctx, a: decisions.withdraw(ctx, a))
    assert one.act("Ria", number, lambda ctx, a: decisions.reopen(ctx, a, deadline_at=ctx.unit.now + 2 * HOUR)) == ""
    one.clock.advance(HOUR)
    assert one.decide("Ann", number) == ""


def test_what_was_put_away_is_decided_by_nobody(one: Office) -> None:
    number = one.ask("Ann")
    one.write(lambda unit: unit.archive(unit.must_get(Approval, one.approval_id(unit, number))))
    assert one.decide("Ann", number) == f"A-{number} was taken back by Ria."


# -- taking back ----------------------------------------------------------------------------------------------


def taken_back(one: Office, who: str, number: int) -> str:
    return one.act(who, number, lambda ctx, a: decisions.take_back(ctx, a))


def test_a_decision_is_taken_back_by_who_made_it_and_made_again(one: Office) -> None:
    number = one.ask("Ann", "Bob")
    one.decide("Ann", number)
    assert taken_back(one, "Bob", number) == f"You have no vote on A-{number} to take back."
    assert taken_back(one, "Ann", number) == ""
    assert one.approval(number).state == "pending"
    assert one.decide("Ann", number, "reject") == ""
    assert one.approval(number).state == "rejected"


def test_less_that_was_agreed_to_is_asked_for_in_full_again(one: Office) -> None:
    number = one.ask("Ann")
    one.decide("Ann", number, instead=LESS)
    taken_back(one, "Ann", number)
    assert (one.approval(number).amount_minor, one.approval(number).asked_minor) == (AMOUNT.minor, None)
    assert "is another" in one.decide("Ann", number, shown=Shown(2, LESS))


def test_a_decision_that_others_made_stands(one: Office) -> None:
    number = one.ask("Ann", "Bob", mode="all")
    one.decide("Ann", number)
    one.decide("Bob", number)
    assert "already decided" in taken_back(one, "Ann", number)


def test_a_decision_older_than_ten_minutes_stands(one: Office) -> None:
    number = one.ask("Ann")
    one.decide("Ann", number)
    one.clock.advance(timedelta(minutes=11))
    assert "More than ten minutes" in taken_back(one, "Ann", number)


def test_a_decision_is_not_taken_back_after_the_deadline(one: Office) -> None:
    number = one.ask("Ann", deadline=timedelta(minutes=5))
    one.decide("Ann", number)
    one.clock.advance(timedelta(minutes=6))
    assert "has expired" in taken_back(one, "Ann", number)


# -- races ----------------------------------------------------------------------------------------------------


def test_both_orders_of_every_pair_decide_once(office: Office) -> None:
    for first, second in PAIRS:
        number = office.ask("Ann", "Bob")
        assert ACTS[first](office, number) == "", (first, second)
        is_done = ACTS[second](office, number) == ""
        state = office.approval(number).state
        assert (state, is_done) == outcomes(first, second), (first, second)
        assert faults_of(office, number) == [], (first, second)


@pytest.mark.slow
def test_ten_thousand_clicks_at_once_make_one_decision(one: Office) -> None:
    number = one.ask("Ann", "Bob", "Kate", mode="majority", deadline=None)
    clicks = [(who, choice) for who in PEOPLE for choice in ("approve", "reject")] * 834
    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(lambda click: one.decide(click[0], number, click[1]), clicks[:10_000]))
    votes, approval = one.votes(number), one.approval(number)
    assert said.count("") == len(votes)
    assert {vote.person_id for vote in votes} <= {one.ids[name] for name in ("Ann", "Bob", "Kate")}
    assert len({vote.person_id for vote in votes}) == len(votes)
    most = max(("approve", "reject"), key=[vote.choice for vote in votes].count)
    assert approval.state == {"approve": "approved", "reject": "rejected"}[most]
