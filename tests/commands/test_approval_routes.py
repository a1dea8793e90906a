"""Who decides where nobody was named, and from which amount on it takes two: also where it comes in slices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from commands.approval_routes import (
    Route,
    limit_for,
    limit_here,
    limit_words,
    quorum_for,
    refuse_unable,
    required_by,
    route_for,
    route_of,
)
from commands.core.context import Context
from commands.core.errors import Refused
from commands.grammar.money import Money
from storage.approval_routes import ApprovalRoute
from storage.approvals import Approval, ApprovalLimit
from storage.chats import Project
from storage.people import Person
from storage.roles import give_role
from storage.unit import Unit
from tests.support.office import AMOUNT, LESS, Office, found, words
from tests.support.store import Desk

T = TypeVar("T")
SMALL = Money(100, "CNY")


@pytest.fixture
def one(sqlite_desk: Desk) -> Office:
    return found(sqlite_desk.store, sqlite_desk.workspace, sqlite_desk.clock)


def asked(office: Office, work: Callable[[Context], T], *, who: str = "Ria", project: int | None = None) -> T:
    given: T = office.write(lambda unit: work(office.context(unit, who, project=project)))
    return given


def routed(
    office: Office,
    *named: str,
    money: Money | None = AMOUNT,
    who: str = "Ria",
    project: int | None = None,
    kind: str = "cost",
) -> Route:
    ids = [office.ids[name] for name in named]
    return asked(office, lambda ctx: route_for(ctx, ids, money, kind=kind), who=who, project=project)


def refused(office: Office, *named: str, who: str = "Ria") -> str:
    with pytest.raises(Refused) as refusal:
        routed(office, *named, who=who)
    return words(refusal.value.line)


def limited(office: Office, amount: Money, *, project: int | None = None) -> None:
    office.write(
        lambda unit: unit.add(
            ApprovalLimit, project_id=project, amount_minor=amount.minor, currency=amount.currency
        )
    )  # fmt: skip


def laid(office: Office, *people: str, amount: Money | None = None, mode: str = "all", **values: Any) -> None:
    floor = {"from_minor": amount.minor, "currency": amount.currency} if amount else {}
    ids = [office.ids[name] for name in people]
    office.write(lambda unit: unit.add(ApprovalRoute, person_ids=ids, mode=mode, **floor, **values))


def names(office: Office, ids: tuple[int, ...]) -> list[str]:
    return [name for id in ids for name, known in office.ids.items() if known == id]


def leave_only(office: Office, *stay: str) -> None:
    def leave(unit: Unit) -> None:
        for name in office.ids.keys() - {*stay}:
            unit.change(unit.must_get(Person, office.ids[name]), archived_at=unit.now)

    office.write(leave)


def test_who_was_named_decides_each_once_and_never_who_asks(one: Office) -> None:
    route = routed(one, "Bob", "Ria", "Bob", "Dan")
    assert (names(one, route.signers), route.quorum, route.added) == (["Bob", "Dan"], 1, ())
    assert refused(one, "Ria").startswith("You cannot decide what you ask for yourself.")


def test_where_nobody_was_named_a_lead_decides_and_first_the_projects_own(one: Office) -> None:
    def lead(unit: Unit) -> int:
        project = unit.add(Project, name="双11")
        give_role(unit, project=project.id, person=one.ids["Dan"], role="lead")
        return project.id

    project = one.write(lead)
    assert names(one, routed(one).signers) == ["Ann"]
    assert names(one, routed(one, who="Ann").signers) == ["Bob"]
    assert names(one, routed(one, project=project).signers) == ["Dan"]
    assert names(one, routed(one).signers) == ["Ann"]


def test_who_is_away_is_asked_last(one: Office) -> None:
    one.away("Ann", "Dan")
    assert names(one, routed(one).signers) == ["Bob"]
    one.away("Bob", "Dan")
    assert names(one, routed(one).signers) == ["Kate"]


def test_who_may_not_decide_is_not_named(one: Office) -> None:
    one.change_person("Zoe", role="guest")
    assert refused(one, "Zoe", "Ann") == "Zoe may not decide here. Name somebody of the team."
    leave_only(one, "Ria")
    assert refused(one, "Ann") == "Ann (has left) may not decide here. Name somebody of the team."
    assert refused(one).startswith("Nobody here may decide this: it needs 1, and there is no lead or admin beside you.")
    assert asked(one, lambda ctx: refuse_unable(ctx, [])) is None


def test_from_the_limit_on_it_takes_two(one: Office) -> None:
    limited(one, AMOUNT)
    assert (routed(one, "Bob").quorum, names(one, routed(one, "Bob").added)) == (2, ["Ann"])
    assert names(one, routed(one).signers) == ["Ann", "Bob"]
    assert (routed(one, money=LESS).quorum, routed(one, money=None).quorum) == (1, 1)
    leave_only(one, "Ria", "Bob")
    assert refused(one).startswith("Nobody here may decide this: it needs 2")


def test_another_currency_than_the_limits_takes_two(one: Office) -> None:
    limited(one, AMOUNT)
    assert routed(one, money=Money(1, "USD")).quorum == 2


def test_a_projects_own_limit_goes_before_the_one_for_everywhere(one: Office) -> None:
    project, other = one.write(lambda unit: [unit.add(Project, name=name).id for name in ("双11", "日常")])
    limited(one, AMOUNT)
    limited(one, SMALL, project=project)
    said = [
        asked(one, lambda ctx: "".join(limit_words(ctx, limit).text if (limit := limit_for(ctx)) else ""), project=each)
        for each in (project, other, None)
    ]
    assert said == ["¥1", "¥30,000", "¥30,000"]


def test_limit_that_counts_here_is_written_with_its_sign(one: Office) -> None:
    assert asked(one, lambda ctx: limit_here(ctx).text) == "—"
    limited(one, AMOUNT)
    assert asked(one, lambda ctx: limit_here(ctx).text) == "¥30,000"


def test_slices_of_a_day_are_added_up(one: Office) -> None:
    """Below the limit each, above it together: split amounts gain nothing."""
    limited(one, Money(2 * AMOUNT.minor, "CNY"))
    assert routed(one, money=AMOUNT).quorum == 1
    number = one.ask("Ann")
    assert routed(one, money=AMOUNT).quorum == 2
    assert routed(one, money=AMOUNT, who="Dan").quorum == 1
    id = one.approval(number).id
    assert asked(one, lambda ctx: quorum_for(ctx, AMOUNT, but=id)) == 1
    one.clock.advance(timedelta(hours=24, seconds=1))
    assert routed(one, money=AMOUNT).quorum == 1


# -- routes that were laid down ----------------------------------------------------------------------


def test_route_asks_its_people_first_and_then_who_was_named(one: Office) -> None:
    laid(one, "Bob", "Kate", "Bob", mode="order")
    route = routed(one, "Dan", "Kate")
    assert (names(one, route.signers), names(one, route.required)) == (["Bob", "Kate", "Dan"], ["Bob", "Kate"])
    assert (route.mode, names(one, route.added)) == ("order", ["Bob"])
    assert routed(one, who="Bob").required == (one.ids["Kate"],)


@pytest.mark.parametrize(
    ("kind", "money", "required"),
    [
        ("plan", None, ["Ann"]),
        ("cost", None, ["Ann"]),
        ("cost", SMALL, ["Ann"]),
        ("cost", LESS, ["Bob"]),
        ("cost", AMOUNT, ["Kate"]),
        ("cost", Money(1, "USD"), ["Kate"]),
        ("purchase", AMOUNT, ["Ann"]),
    ],
)
def test_route_that_fits_best_holds(one: Office, kind: str, money: Money | None, required: list[str]) -> None:
    laid(one, "Ann")
    laid(one, "Bob", kind="cost", amount=LESS)
    laid(one, "Kate", kind="cost", amount=AMOUNT)
    assert names(one, routed(one, kind=kind, money=money).required) == required


def test_projects_own_route_goes_before_one_for_everywhere_and_stays_there(one: Office) -> None:
    project, other = one.write(lambda unit: [unit.add(Project, name=name).id for name in ("双11", "日常")])
    laid(one, "Ann", kind="cost", amount=SMALL)
    laid(one, "Bob", project_id=project)
    assert [names(one, routed(one, project=each).required) for each in (project, other, None)] == [
        ["Bob"], ["Ann"], ["Ann"],
    ]  # fmt: skip


def test_route_leads_to_a_role(one: Office) -> None:
    laid(one, "Bob", role="finance")
    assert names(one, routed(one).required) == ["Bob", "Kate"]
    assert names(one, routed(one, who="Kate").required) == ["Bob"]


def test_route_that_leads_to_nobody_is_refused(one: Office) -> None:
    laid(one, "Ann", role="admin")
    one.change_person("Ann", role="guest")
    assert refused(one, "Bob").startswith("The route for this leads to nobody who may decide it beside you.")


def test_the_rules_of_a_requests_own_project_hold_wherever_it_is_changed(one: Office) -> None:
    """Else it would be made larger from a direct chat, past the limit and the route of its project."""
    project = one.write(lambda unit: unit.add(Project, name="双11").id)
    limited(one, SMALL, project=project)
    laid(one, "Kate", project_id=project)
    number = one.ask("Bob")

    def asked_there(unit: Unit) -> tuple[int, list[str]]:
        approval = unit.change(unit.must_get(Approval, one.approval_id(unit, number)), project_id=project)
        ctx = one.context(unit, "Ria")
        route = route_of(ctx, "cost", AMOUNT, of=approval)
        assert route is not None and route_of(ctx, "cost", AMOUNT) is None
        required = required_by(ctx, route, of=approval)
        return quorum_for(ctx, AMOUNT, but=approval.id, of=approval), names(one, tuple(required))

    assert one.write(asked_there) == (2, ["Kate"])
