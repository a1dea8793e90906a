"""Budgets: lines by category, what is committed and spent on them, and sums that cannot be wrong twice."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from storage.approvals import Approval
from storage.budgets import (
    Benefit,
    BudgetLine,
    Commitment,
    PlanChange,
    Spend,
    benefit_of,
    booked_in,
    commitment_of,
    held,
    line_for,
    lines_of,
    plan_changes_in,
    spend_numbered,
    spends_in,
    spends_on,
    spent_on,
    unassigned_in,
)
from storage.chats import Project
from storage.people import add_person
from storage.unit import Missing, Unit
from tests.support.store import WEDNESDAY, Desk


@pytest.fixture
def ids(desk: Desk) -> dict[str, int]:
    """Enter two lines of a project, three approvals, and one more line beside it."""

    def work(unit: Unit) -> dict[str, int]:
        ann = add_person(unit, name="Ann").id
        project, other = (unit.add(Project, name=name).id for name in ("P", "Q"))
        found = {"Ann": ann, "P": project, "Q": other}
        for category, of in (("software", project), ("people", project), ("other", other)):
            found[category] = unit.add(
                BudgetLine, project_id=of, category=category, plan_minor=10_000, currency="CNY"
            ).id  # fmt: skip
        for number in (1, 2, 3):
            found[f"A-{number}"] = unit.add(
                Approval, number=number, project_id=project, requester_id=ann, editor_id=ann, kind="cost", title="Ads",
                amount_minor=number * 100, currency="CNY", mode="any", quorum=1, edited_at=WEDNESDAY,
                asked_at=WEDNESDAY,
            ).id  # fmt: skip
        return found

    return desk.write(work)


def commit(desk: Desk, ids: dict[str, int], number: int, line: str | None) -> Commitment:
    values: dict[str, Any] = {"budget_id": ids[line] if line else None, "amount_minor": number * 100}
    return desk.write(
        lambda unit: unit.add(
            Commitment, approval_id=ids[f"A-{number}"], project_id=ids["P"], currency="CNY", **values
        )
    )  # fmt: skip


def spend(desk: Desk, ids: dict[str, int], number: int, line: str, approval: str | None = None) -> Spend:
    values: dict[str, Any] = {"budget_id": ids[line], "approval_id": ids[approval] if approval else None}
    return desk.write(
        lambda unit: unit.add(
            Spend, number=number, project_id=ids["P"], amount_minor=10 * number, note="x", creator_id=ids["Ann"],
            **values,
        )
    )  # fmt: skip


def test_lines_are_listed_by_category_and_chosen_only_where_it_is_clear(desk: Desk, ids: dict[str, int]) -> None:
    project, other = ids["P"], ids["Q"]
    assert [line.category for line in desk.read(lambda unit: lines_of(unit, project))] == ["people", "software"]

    def choose(unit: Unit, of: int, category: str | None, currency: str = "CNY") -> str | None:
        line = line_for(unit, of, category, currency)
        return line.category if line is not None else None

    asked: list[tuple[int, str | None, str]] = [
        (project, "software", "CNY"), (project, None, "CNY"), (project, "software", "USD"), (project, "other", "CNY"),
        (other, None, "CNY"), (other, None, "USD"),
    ]  # fmt: skip
    chosen = desk.read(lambda unit: [choose(unit, *each) for each in asked])
    assert chosen == ["software", None, None, None, "other", None]


def test_a_category_has_one_line_in_a_project_and_may_have_another_when_it_was_put_away(
    desk: Desk, ids: dict[str, int]
) -> None:
    again: dict[str, Any] = {"project_id": ids["P"], "category": "software", "plan_minor": 5, "currency": "CNY"}
    with pytest.raises(IntegrityError):
        desk.write(lambda unit: unit.add(BudgetLine, **again))
    desk.write(lambda unit: unit.archive(unit.must_get(BudgetLine, ids["software"])))
    assert desk.write(lambda unit: unit.add(BudgetLine, **again)).plan_minor == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"plan_minor": 0},
        {"spent_minor": -1},
        {"drawn_minor": 1},
        {"category": "gifts"},
        {"committed_minor": 2, "drawn_minor": 2},
    ],
)
def test_the_database_itself_refuses_sums_that_cannot_be(
    desk: Desk, ids: dict[str, int], wrong: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError):
        desk.write(lambda unit: unit.change(unit.must_get(BudgetLine, ids["software"]), **wrong))


def test_an_approval_commits_once_and_what_is_put_away_does_not_count(desk: Desk, ids: dict[str, int]) -> None:
    first = commit(desk, ids, 1, "software")
    commit(desk, ids, 2, "software")
    loose = commit(desk, ids, 3, None)
    with pytest.raises(IntegrityError):
        commit(desk, ids, 1, "people")
    assert desk.read(lambda unit: booked_in(unit, ids["P"])) == {ids["software"]: 300}
    assert [each.id for each in desk.read(lambda unit: unassigned_in(unit, ids["P"]))] == [loose.id]
    desk.write(lambda unit: unit.archive(first))
    assert desk.read(lambda unit: booked_in(unit, ids["P"])) == {ids["software"]: 200}
    kept = desk.read(lambda unit: commitment_of(unit, ids["A-1"]))
    assert kept is not None and kept.archived_at is not None


def test_spends_are_listed_newest_first_and_added_up_by_approval_and_line(desk: Desk, ids: dict[str, int]) -> None:
    spend(desk, ids, 1, "software", "A-1")
    spend(desk, ids, 2, "people", "A-1")
    gone = spend(desk, ids, 3, "software", "A-1")
    spend(desk, ids, 4, "software")
    desk.write(lambda unit: unit.archive(gone))
    approval = ids["A-1"]

    def look(unit: Unit) -> tuple[list[int], list[int], list[int], bool, bool]:
        listed = [each.number for each in spends_in(unit, ids["P"], most=9)]
        on_it = sorted(each.number for each in spends_on(unit, approval))
        sums = [spent_on(unit, approval, ids[line]) for line in ("software", "people")]
        return listed, on_it, sums, spend_numbered(unit, 3) is None, spend_numbered(unit, 4) is not None

    assert desk.read(look) == ([4, 2, 1], [1, 2], [10, 20], True, True)


def test_changes_of_plans_are_listed_once_they_were_agreed_to(desk: Desk, ids: dict[str, int]) -> None:
    def work(unit: Unit) -> list[int]:
        values = {"project_id": ids["P"], "budget_id": ids["software"]}
        unit.add(PlanChange, approval_id=ids["A-1"], **values)
        agreed = {"before_minor": 10_000, "after_minor": 12_000, "applied_at": unit.now}
        unit.add(PlanChange, approval_id=ids["A-2"], **values, **agreed)
        return [each.approval_id for each in plan_changes_in(unit, ids["P"])]

    assert desk.write(work) == [ids["A-2"]]


def test_who_reads_a_line_to_write_it_waits_for_the_other_and_no_sum_is_lost(desk: Desk, ids: dict[str, int]) -> None:
    """Eight threads add one each, twenty times: on PostgreSQL, where they run at once, none of them fails."""

    def add(unit: Unit) -> None:
        line = held(unit, ids["software"])
        unit.change(line, spent_minor=line.spent_minor + 1)

    threads = [threading.Thread(target=lambda: [desk.write(add) for _ in range(20)]) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    line = desk.read(lambda unit: unit.must_get(BudgetLine, ids["software"]))
    assert (line.spent_minor, line.version) == (160, 161)
    with pytest.raises(Missing):
        desk.write(lambda unit: held(unit, 10**6))


def test_what_a_project_brought_in_is_kept_once(desk: Desk, ids: dict[str, int]) -> None:
    values: dict[str, Any] = {"amount_minor": 5, "currency": "CNY", "note": "margin", "author_id": ids["Ann"]}
    kept = desk.write(lambda unit: unit.add(Benefit, project_id=ids["P"], **values))
    with pytest.raises(IntegrityError):
        desk.write(lambda unit: unit.add(Benefit, project_id=ids["P"], **values))
    assert desk.read(lambda unit: (benefit_of(unit, ids["P"]), benefit_of(unit, ids["Q"]))) == (kept, None)


def test_what_is_used_counts_what_was_agreed_to_and_spent_once(desk: Desk, ids: dict[str, int]) -> None:
    sums = {"committed_minor": 7_000, "spent_minor": 6_000, "drawn_minor": 2_000}
    line = desk.write(lambda unit: unit.change(unit.must_get(BudgetLine, ids["software"]), **sums))
    assert (line.used_minor, line.left_minor) == (11_000, -1_000)
