"""What trips a price rule takes two people who were told; what cannot be compared for certain trips as well."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from commands import decisions
from commands.approval_routes import needed_quorum, route_for
from commands.core.access import sight
from commands.core.errors import Forbidden
from commands.core.reply import Text
from commands.decisions import Shown
from commands.grammar.money import Money
from commands.price_checks import Request, Trip, kept_of, note_trips, red_of, trip_line, trips_of
from commands.prices import floor, keep_shut, rules_on_approval, status_of_prices
from commands.roles import Reach
from commands.tasks import TaskFinished
from storage.approvals import Approval, Signer
from storage.chats import Project
from storage.people import Person
from storage.prices import PriceRule, trips_recorded
from storage.roles import give_role
from storage.tasks import Task
from storage.unit import Unit
from tests.support.office import Office, found, words
from tests.support.store import Desk

FLOOR = Money(5900, "CNY")
LOW, HIGH = Money(4900, "CNY"), Money(6900, "CNY")
TOLD = Shown(is_red=True)
BELOW = "保温杯 at ¥49 is below the floor price ¥59, by ¥10 (17%)"
DAY = timedelta(days=1)


@pytest.fixture
def one(sqlite_desk: Desk) -> Office:
    office = found(sqlite_desk.store, sqlite_desk.workspace, sqlite_desk.clock)
    office.project = office.write(lambda unit: unit.add(Project, name="双11").id)
    return office


def rule(office: Office, kind: str, *, everywhere: bool = False, **values: Any) -> PriceRule:
    place = None if everywhere else office.project
    made: PriceRule = office.write(lambda unit: unit.add(PriceRule, project_id=place, kind=kind, **values))
    return made


def floored(office: Office, money: Money = FLOOR, **how: Any) -> PriceRule:
    return rule(
        office, "floor", product="保温杯", key="保温杯", amount_minor=money.minor, currency=money.currency, **how
    )


def ask(
    office: Office, *signers: str, title: str = "保温杯", money: Money | None = LOW, quorum: int = 1, **values: Any
) -> int:
    """Ask for a price, by Ria; give its number."""
    office.count += 1
    number = office.count
    row = {"kind": "price", "mode": "any", "project_id": office.project, **values}

    def work(unit: Unit) -> None:
        ctx = office.context(unit, "Ria", project=office.project)
        approval = unit.add(
            Approval, number=number, requester_id=office.ids["Ria"], editor_id=office.ids["Ria"], title=title,
            amount_minor=money.minor if money else None, currency=money.currency if money else None, quorum=quorum,
            edited_at=unit.now, asked_at=unit.now, **row,
        )  # fmt: skip
        for place, name in enumerate(signers, start=1):
            unit.add(Signer, approval_id=approval.id, person_id=office.ids[name], place=place)
        note_trips(ctx, approval)

    office.write(work)
    return number


def tripped(office: Office, title: str, money: Money | None = None) -> list[str]:
    """Say what a request of this moment would trip."""

    def work(unit: Unit) -> list[str]:
        ctx = office.context(unit, "Ria", project=office.project)
        return [words(trip_line(ctx, trip)) for trip in trips_of(ctx, Request(office.project, title, money))]

    said: list[str] = office.write(work)
    return said


def red(office: Office, number: int) -> list[Trip]:
    trips: list[Trip] = office.write(
        lambda unit: red_of(office.context(unit, "Ann"), unit.must_get(Approval, office.approval_id(unit, number)))
    )
    return trips


def kept(office: Office, number: int) -> list[Trip]:
    trips: list[Trip] = office.write(
        lambda unit: kept_of(office.context(unit, "Ann"), unit.must_get(Approval, office.approval_id(unit, number)))
    )
    return trips


def launch(office: Office, *, days: int) -> None:
    day = office.clock.now.date() + days * DAY
    office.write(lambda unit: unit.change(unit.must_get(Project, office.project or 0), launch_on=day))


# -- two people, each of whom was told ----------------------------------------------------------------------


def test_below_the_floor_it_takes_two_who_were_told(one: Office) -> None:
    floored(one)
    number = ask(one, "Ann", "Kate")
    assert one.decide("Ann", number, reason="clear the stock") == f"🔴 A-{number}: {BELOW}. Do you agree all the same?"
    assert one.decide("Ann", number, shown=TOLD, reason="clear the stock") == ""
    assert one.approval(number).state == "pending"
    assert one.decide("Kate", number, shown=TOLD, reason="ok") == ""
    assert one.approval(number).state == "approved"


def test_above_the_floor_one_is_enough(one: Office) -> None:
    floored(one)
    number = ask(one, "Ann", money=HIGH)
    assert one.decide("Ann", number) == ""
    assert (one.approval(number).state, kept(one, number)) == ("approved", [])


def test_where_it_takes_two_a_word_why_is_asked_for_first(one: Office) -> None:
    floored(one)
    number = ask(one, "Ann", "Kate")
    assert "takes a word why" in one.decide("Ann", number)


def test_a_rule_that_came_since_counts(one: Office) -> None:
    number = ask(one, "Ann")
    floored(one)
    assert one.decide("Ann", number, shown=TOLD, reason="ok").startswith(
        f"A-{number} trips a price rule, so two people must agree: {BELOW}. Add somebody first"
    )
    assert one.votes(number) == []


def test_who_left_is_no_second_person(one: Office) -> None:
    floored(one)
    number = ask(one, "Ann", "Kate", quorum=2)
    one.write(lambda unit: unit.archive(unit.must_get(Person, one.ids["Kate"])))
    assert "two people must agree" in one.decide("Ann", number, shown=TOLD, reason="ok")


def test_a_rule_that_went_since_still_counts_for_what_was_asked_under_it(one: Office) -> None:
    made = floored(one)
    number = ask(one, "Ann", "Kate")
    one.write(lambda unit: unit.archive(made))
    assert [trip.kind for trip in red(one, number)] == ["floor"]
    assert one.decide("Ann", number, shown=TOLD, reason="ok") == ""
    assert one.approval(number).state == "pending"


def test_a_rejection_takes_one(one: Office) -> None:
    floored(one)
    number = ask(one, "Ann", "Kate", quorum=2)
    assert one.decide("Ann", number, "reject") == ""
    assert one.approval(number).state == "rejected"


def test_agreeing_to_less_is_checked_on_the_lower_price(one: Office) -> None:
    floored(one)
    number = ask(one, "Ann", "Kate", money=HIGH)
    assert BELOW in one.decide("Ann", number, reason="less", instead=LOW)
    assert one.decide("Ann", number, shown=TOLD, reason="less", instead=LOW) == ""
    assert one.approval(number).state == "pending"
    assert one.decide("Kate", number, shown=TOLD, reason="ok") == ""
    assert (one.approval(number).state, one.approval(number).amount_minor) == ("approved", LOW.minor)


def test_nobody_is_taken_off_whom_the_rule_needs(one: Office) -> None:
    floored(one)
    number = ask(one, "Ann", "Kate")
    dropped = one.act("Ria", number, lambda ctx, a: decisions.resign(ctx, a, drop=[one.ids["Kate"]]))
    assert dropped == f"A-{number} needs 2 people who may decide. Add somebody first."


def test_what_it_would_be_changed_to_is_checked(one: Office) -> None:
    floored(one)
    number = ask(one, "Ann", money=HIGH)

    def work(unit: Unit) -> tuple[int, int, int]:
        ctx, approval = one.context(unit, "Ria"), unit.must_get(Approval, one.approval_id(unit, number))
        return (
            needed_quorum(ctx, approval),
            needed_quorum(ctx, approval, money=LOW),
            needed_quorum(ctx, approval, title="保温杯 满100减50"),
        )

    assert one.write(work) == (1, 2, 2)


def test_a_second_person_is_added_who_may_decide(one: Office) -> None:
    def work(unit: Unit) -> tuple[int, tuple[int, ...]]:
        route = route_for(one.context(unit, "Ria"), [one.ids["Dan"]], LOW, least=2)
        return route.quorum, route.added

    assert one.write(work) == (2, (one.ids["Ann"],))


def test_other_kinds_trip_nothing(one: Office) -> None:
    floored(one)
    number = ask(one, "Ann", kind="cost")
    assert (red(one, number), kept(one, number)) == ([], [])
    assert one.decide("Ann", number) == ""
    assert one.approval(number).state == "approved"


# -- what is compared ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "money", "said"),
    [
        ("保温杯", HIGH, []),
        ("保温杯", FLOOR, []),
        ("保温杯 双11价", Money(5899, "CNY"), ["保温杯 at ¥58.99 is below the floor price ¥59, by ¥0.01 (1%)"]),
        ("保温杯 8折", HIGH, ["保温杯 at ¥55.20 is below the floor price ¥59, by ¥3.80 (6%)"]),
        ("保温杯 立减20", HIGH, ["保温杯 at ¥49 is below the floor price ¥59, by ¥10 (17%)"]),
        ("保温杯 立减20美元", HIGH, ["What 保温杯 costs in the end cannot be told for certain"]),
        ("保温杯 原价 ¥49", HIGH, ["保温杯 at ¥49 is below the floor price ¥59, by ¥10 (17%)"]),
        ("保温杯", Money(6900, "USD"), ["保温杯 has its floor price in another currency"]),
        ("保温杯", None, ["What 保温杯 costs in the end cannot be told for certain"]),
        ("优惠券 保温杯", Money(10_000, "CNY"), ["What 保温杯 costs in the end cannot be told for certain"]),
        ("保温怀", HIGH, ["It names no product that has a floor price, so it cannot be compared"]),
        ("保温杯 两件", HIGH, ["Not understood for certain: 两件"]),
    ],
)
def test_floors(one: Office, title: str, money: Money | None, said: list[str]) -> None:
    floored(one)
    assert tripped(one, title, money) == said


def test_without_rules_nothing_is_unread(one: Office) -> None:
    assert tripped(one, "第二件半价", None) == []


def test_of_two_floors_the_higher_counts(one: Office) -> None:
    floored(one, Money(4000, "CNY"))
    floored(one, everywhere=True)
    assert tripped(one, "保温杯", LOW) == [BELOW]


def test_a_floor_of_another_project_does_not_count(one: Office) -> None:
    here, one.project = one.project, one.write(lambda unit: unit.add(Project, name="618").id)
    floored(one)
    one.project = here
    assert tripped(one, "保温杯", LOW) == []


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("满100减40 可叠加", []),
        ("满100减41 可叠加", ["Stacked it leaves 59% of the price at worst, below 60%, by 1 points"]),
        ("满100减41", ["Stacked it leaves 59% of the price at worst, below 60%, by 1 points"]),
        ("满100减41 不可叠加", []),
        ("立减20", ["How much is left of the price, stacked with others, cannot be told for certain"]),
        ("新人券", ["How much is left of the price, stacked with others, cannot be told for certain"]),
        ("第二件半价", ["How much is left of the price, stacked with others, cannot be told for certain",
                   "Not understood for certain: 第二件半价"]),
    ],
)  # fmt: skip
def test_stacking(one: Office, title: str, said: list[str]) -> None:
    rule(one, "stacking", percent=60)
    assert tripped(one, title) == said


def test_a_plain_price_is_no_matter_of_stacking(one: Office) -> None:
    rule(one, "stacking", percent=60)
    assert tripped(one, "保温杯", LOW) == []


def test_the_greater_share_counts(one: Office) -> None:
    rule(one, "stacking", percent=50)
    rule(one, "stacking", percent=70, everywhere=True)
    assert tripped(one, "满100减40") == ["Stacked it leaves 60% of the price at worst, below 70%, by 10 points"]


def test_what_else_can_be_used_in_the_project_is_stacked_with(one: Office) -> None:
    rule(one, "stacking", percent=60)
    ask(one, "Ann", title="8折 可叠加", money=None)
    ask(one, "Ann", title="5折 不可叠加", money=None)
    assert tripped(one, "满100减30") == ["Stacked it leaves 50% of the price at worst, below 60%, by 10 points"]
    one.clock.advance(timedelta(days=31))
    assert tripped(one, "满100减30") == []


def test_what_was_withdrawn_or_rejected_is_not_stacked_with(one: Office) -> None:
    rule(one, "stacking", percent=60)
    number = ask(one, "Ann", title="8折 可叠加", money=None)
    assert one.decide("Ann", number, "reject") == ""
    assert tripped(one, "满100减30") == []


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (15, []),
        (14, ["A test coupon, or one of nearly full value, 14 days before the launch: watched from 14 days on"]),
        (0, ["A test coupon, or one of nearly full value, 0 days before the launch: watched from 14 days on"]),
        (-1, ["A test coupon, or one of nearly full value, after the launch"]),
    ],
)
@pytest.mark.parametrize("title", ["测试券 满100减1", "满100减90", "优惠券 1折"])
def test_a_test_coupon_near_the_launch(one: Office, title: str, days: int, said: list[str]) -> None:
    launch(one, days=days)
    assert tripped(one, title) == said
    assert tripped(one, "满100减89") == []


def test_without_a_launch_day_a_test_coupon_is_dangerous(one: Office) -> None:
    known = "A test coupon, or one of nearly full value, and no launch day is known"
    assert tripped(one, "测试券") == [known]
    one.project = None
    assert tripped(one, "测试券") == [known]


def test_the_projects_own_rule_of_test_coupons_counts(one: Office) -> None:
    launch(one, days=10)
    rule(one, "testing", days=5, everywhere=True)
    assert tripped(one, "测试券") == []
    own = rule(one, "testing", days=12)
    assert tripped(one, "测试券") != []
    one.write(lambda unit: unit.change(unit.must_get(PriceRule, own.id), days=0))
    assert tripped(one, "测试券") == []


def test_what_the_asker_may_not_see_is_compared_all_the_same(one: Office) -> None:
    rule(one, "stacking", percent=60)
    ask(one, "Ann", title="8折 可叠加", money=None, is_confidential=True)

    def work(unit: Unit) -> list[Trip]:
        ctx = one.context(unit, "Dan", project=one.project)
        unit.sight = sight(ctx.rights, ctx.registry.guarded)
        assert unit.sight is not None
        return trips_of(ctx, Request(one.project, "满100减30", None))

    assert [trip.kind for trip in one.write(work)] == ["stacking"]


@pytest.mark.parametrize(("state", "title", "opens"), [
    ("pending", "保温杯", False), ("rejected", "保温杯", False), ("pending", "杯", True), ("approved", "保温杯", True),
])  # fmt: skip
def test_a_task_is_finished_only_when_its_price_is_agreed_to(one: Office, state: str, title: str, opens: bool) -> None:
    if title == "保温杯":
        floored(one)
    task = one.write(lambda unit: unit.add(Task, number=1, title="Banner", project_id=one.project))
    number = ask(one, "Ann", "Kate", title=title, task_id=task.id)
    if state != "pending":
        one.decide("Ann", number, "reject" if state == "rejected" else "approve", shown=TOLD, reason="so")
        one.decide("Kate", number, shown=TOLD, reason="so")
    assert one.approval(number).state == state
    said = one.act("Ann", number, lambda ctx, a: keep_shut(ctx, TaskFinished(task)))
    assert said == ("" if opens else f"T-1 cannot be finished: what trips a price rule is not agreed to: A-{number} "
                    f"{BELOW}. Ask for another in its place: approval price … T-1")  # fmt: skip


def test_a_price_that_they_may_not_see_is_not_named(one: Office) -> None:
    floored(one)
    task = one.write(lambda unit: unit.add(Task, number=1, title="Banner", project_id=one.project))
    number = ask(one, "Ann", task_id=task.id, is_confidential=True)
    said = one.act("Zoe", number, lambda ctx, a: keep_shut(ctx, TaskFinished(task)))
    assert "a price that is not for you to see" in said
    assert "A-" not in said and "¥" not in said


# -- what is kept, set and shown ----------------------------------------------------------------------------


def test_what_tripped_is_kept_once_and_as_it_was(one: Office) -> None:
    made = floored(one)
    one.reacts = True
    number = ask(one, "Ann", "Kate")
    assert one.decide("Ann", number, shown=TOLD, reason="ok") == ""
    one.write(lambda unit: unit.change(made, amount_minor=6900))
    assert one.decide("Kate", number, shown=TOLD, reason="ok") == ""
    (trip,) = kept(one, number)
    assert (trip.least, trip.found, trip.currency, trip.rule_id) == (6900, 4900, "CNY", made.id)

    def rows(unit: Unit) -> list[int]:
        return [row.least for row in trips_recorded(unit, one.approval_id(unit, number), 1)]

    assert one.write(rows) == [5900, 6900]


def test_a_changed_request_is_checked_anew(one: Office) -> None:
    floored(one)
    one.reacts = True
    number = ask(one, "Ann", "Kate")
    assert one.act("Ria", number, lambda ctx, a: decisions.alter(ctx, a, money=HIGH)) == ""
    assert red(one, number) == []
    assert one.act("Ria", number, lambda ctx, a: decisions.alter(ctx, a, money=LOW, quorum=2)) == ""
    assert [trip.kind for trip in kept(one, number)] == ["floor"]


def test_the_card_and_the_status_are_red(one: Office) -> None:
    made = floored(one)
    number = ask(one, "Ann", "Kate")

    def shown(unit: Unit) -> tuple[list[str], list[str]]:
        ctx = one.context(unit, "Ann")
        approval = unit.must_get(Approval, one.approval_id(unit, number))
        parts = [*rules_on_approval(ctx, approval), *status_of_prices(ctx, unit.must_get(Project, one.project or 0))]
        texts = [words(part.line) for part in parts if isinstance(part, Text)]
        return texts[:1], texts[1:]

    assert one.write(shown) == ([f"🔴 {BELOW}"], ["🔴 Trips a price rule"])
    one.write(lambda unit: unit.archive(made))
    assert one.decide("Ann", number, "reject") == ""
    assert one.write(shown) == ([f"🔴 {BELOW}"], [])


@pytest.mark.parametrize(("who", "reach", "is_let"), [
    ("Ann", Reach.HERE, True), ("Kate", Reach.EVERYWHERE, True), ("Dan", Reach.HERE, True),
    ("Dan", Reach.EVERYWHERE, False),
])  # fmt: skip
def test_only_a_lead_of_all_sets_a_rule_for_all(one: Office, who: str, reach: Reach, is_let: bool) -> None:
    """Dan leads the project, and nothing else."""

    def work(unit: Unit) -> None:
        give_role(unit, project=one.project or 0, person=one.ids["Dan"], role="lead")
        floor(one.context(unit, who, project=one.project), "mug", LOW, reach)  # type: ignore[arg-type] # prose

    if is_let:
        one.write(work)
    else:
        with pytest.raises(Forbidden):
            one.write(work)
