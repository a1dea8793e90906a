"""Risks are listed the highest first; reviews are asked for once; what was proposed is found by its task."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from storage.chats import open_chat
from storage.people import add_person
from storage.risks import (
    Assessment,
    Proposal,
    Risk,
    count_scores,
    history_of,
    is_anything_coming,
    list_risks,
    proposals_again,
    proposals_on,
    risk_numbered,
    risk_of_issue,
    risk_of_task,
    risks_to_ask,
    risks_with,
)
from storage.tasks import Task
from storage.unit import Unit
from tests.support.store import WEDNESDAY, Desk

TODAY = date(2026, 11, 18)
DAY = timedelta(days=1)


@pytest.fixture
def entered(desk: Desk) -> dict[str, int]:
    """Enter four risks of one project, the last one closed, and one that is nobody's project's."""

    def work(unit: Unit) -> dict[str, int]:
        ids = {name: add_person(unit, name=name).id for name in ("Ann", "Bob")}
        chat = open_chat(unit, project_name="P", platform="p", app="a", tenant="t", native="c", kind="group", title="P")
        ids["P"] = chat.project_id or 0
        ids["task"] = unit.add(Task, number=1, title="Banner", project_id=chat.project_id).id
        rows = (
            (1, 2, 3, "Ann", TODAY, True), (2, 4, 4, "Bob", TODAY + DAY, True),
            (3, 3, 2, None, TODAY - DAY, True), (4, 5, 5, "Ann", TODAY, False),
        )  # fmt: skip
        for number, probability, impact, owner, review_on, is_open in rows:
            risk = unit.add(
                Risk, number=number, title=f"Risk {number}", project_id=chat.project_id, probability=probability,
                impact=impact, score=probability * impact, owner_id=ids.get(owner or ""), creator_id=ids["Bob"],
                review_on=review_on, is_open=is_open, assessed_at=WEDNESDAY,
                task_id=ids["task"] if number in (2, 4) else None, issue_id=ids["task"] if number == 4 else None,
            )  # fmt: skip
            ids[f"R-{number}"] = risk.id
        loose = unit.add(
            Risk, number=5, title="Loose", probability=1, impact=1, score=1, owner_id=ids["Ann"], assessed_at=WEDNESDAY
        )
        return {**ids, "R-5": loose.id}

    return desk.write(work)


def numbers(risks: list[Risk]) -> list[int]:
    return [each.number for each in risks]


def test_open_ones_come_first_and_the_highest_of_them(desk: Desk, entered: dict[str, int]) -> None:
    project, ann = entered["P"], entered["Ann"]
    listed = desk.read(
        lambda unit: {
            "open": numbers(list_risks(unit, project=project, today=TODAY, most=9)),
            "all": numbers(list_risks(unit, project=project, which="all", today=TODAY, most=9)),
            "closed": numbers(list_risks(unit, project=project, which="closed", today=TODAY, most=9)),
            "due": numbers(list_risks(unit, project=project, which="due", today=TODAY, most=9)),
            "of Ann": numbers(list_risks(unit, owner=ann, today=TODAY, most=9)),
            "of Ann in it": numbers(list_risks(unit, project=project, owner=ann, today=TODAY, most=9)),
            "one": numbers(list_risks(unit, project=project, today=TODAY, most=1)),
        }
    )
    assert listed == {
        "open": [2, 3, 1], "all": [2, 3, 1, 4], "closed": [4], "due": [3, 1], "of Ann": [1, 5], "of Ann in it": [1],
        "one": [2],
    }  # fmt: skip
    assert desk.read(lambda unit: count_scores(unit, project)) == {16: 1, 6: 2}


def test_a_review_is_asked_of_the_owner_else_of_who_made_it_and_once(desk: Desk, entered: dict[str, int]) -> None:
    people = [entered["Ann"], entered["Bob"]]
    assert numbers(desk.read(lambda unit: risks_to_ask(unit, people, today=TODAY))) == [1, 3]
    assert numbers(desk.read(lambda unit: risks_to_ask(unit, people[:1], today=TODAY))) == [1]
    assert desk.read(is_anything_coming)

    def ask(unit: Unit) -> None:
        for risk in risks_to_ask(unit, people, today=TODAY + DAY):
            unit.change(risk, asked_on=risk.review_on)

    desk.write(ask)
    assert desk.read(lambda unit: risks_to_ask(unit, people, today=TODAY + DAY)) == []
    assert not desk.read(is_anything_coming)
    desk.write(lambda unit: unit.change(unit.must_get(Risk, entered["R-1"]), review_on=TODAY + 7 * DAY))
    assert numbers(desk.read(lambda unit: risks_to_ask(unit, people, today=TODAY + 7 * DAY))) == [1]


def test_risks_are_found_by_number_by_task_and_by_what_they_became(desk: Desk, entered: dict[str, int]) -> None:
    task = entered["task"]
    found = desk.read(lambda unit: (risk_numbered(unit, 2), risk_of_task(unit, task), risk_of_issue(unit, task)))
    assert [each and each.number for each in found] == [2, 2, 4]
    assert numbers(desk.read(lambda unit: risks_with(unit, [entered["R-3"]]))) == [3]
    assert desk.read(lambda unit: risks_with(unit, [])) == []


def test_assessments_are_kept_newest_first(desk: Desk, entered: dict[str, int]) -> None:
    def assess(unit: Unit) -> None:
        for probability in (1, 2, 3):
            unit.add(Assessment, risk_id=entered["R-1"], probability=probability, impact=5, score=5 * probability)

    desk.write(assess)
    scores = [each.score for each in desk.read(lambda unit: history_of(unit, entered["R-1"], most=2))]
    assert scores == [15, 10]


def test_what_was_put_off_comes_again_at_its_time(desk: Desk, entered: dict[str, int]) -> None:
    ann, task = entered["Ann"], entered["task"]

    def propose(unit: Unit) -> None:
        unit.add(Proposal, task_id=task, cause="late", person_id=ann)
        unit.add(Proposal, task_id=task, cause="blocked: x", person_id=ann, muted_until=unit.now + DAY)
        unit.add(Proposal, task_id=task, cause="blocked: y", person_id=ann, muted_until=unit.now)

    desk.write(propose)
    assert [each.cause for each in desk.read(lambda unit: proposals_again(unit, [ann]))] == ["blocked: y"]
    assert desk.read(lambda unit: proposals_again(unit, [entered["Bob"]])) == []
    assert len(desk.read(lambda unit: proposals_on(unit, task))) == 3
