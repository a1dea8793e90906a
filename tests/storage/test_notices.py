"""Notices count who was asked and who confirmed; who was away is left out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.notices import (
    Notice,
    Receipt,
    counts_of_notices,
    newest_notices,
    notice_numbered,
    receipt_of,
    receipts_of,
    spared_notices,
)
from storage.people import add_person
from storage.unit import Unit
from storage.workspaces import found_workspace
from tests.support.store import WEDNESDAY, Desk


@pytest.fixture
def sent(desk: Desk) -> dict[str, int]:
    def work(unit: Unit) -> dict[str, int]:
        ids = {name: add_person(unit, name=name).id for name in ("Ann", "Bob", "Kate")}
        for number in (1, 2, 3):
            notice = unit.add(
                Notice, number=number, creator_id=ids["Ann"], text="Coupons no longer stack",
                nudge_at=WEDNESDAY + timedelta(hours=2), escalate_at=WEDNESDAY + timedelta(days=1),
            )  # fmt: skip
            ids[f"N-{number}"] = notice.id
            unit.add(
                Receipt, notice_id=notice.id, person_id=ids["Bob"], confirmed_at=WEDNESDAY if number == 1 else None
            )
            unit.add(Receipt, notice_id=notice.id, person_id=ids["Kate"], is_spared=number == 1)
        unit.archive(notice)
        return ids

    return desk.write(work)


def test_those_who_were_away_are_not_counted(desk: Desk, sent: dict[str, int]) -> None:
    counts = desk.read(lambda unit: counts_of_notices(unit, [sent["N-1"], sent["N-2"]]))
    assert counts == {sent["N-1"]: (1, 1), sent["N-2"]: (0, 2)}
    assert desk.read(lambda unit: counts_of_notices(unit, [])) == {}


def test_the_newest_come_first_and_what_was_taken_back_does_not(desk: Desk, sent: dict[str, int]) -> None:
    assert [each.number for each in desk.read(lambda unit: newest_notices(unit, most=9))] == [2, 1]
    assert [each.number for each in desk.read(lambda unit: newest_notices(unit, most=1))] == [2]
    taken_back = desk.read(lambda unit: notice_numbered(unit, 3))
    assert taken_back is not None and taken_back.archived_at is not None


def test_each_receipt_is_found_by_its_person(desk: Desk, sent: dict[str, int]) -> None:
    receipts = desk.read(lambda unit: receipts_of(unit, sent["N-1"]))
    assert [each.person_id for each in receipts] == [sent["Bob"], sent["Kate"]]
    assert desk.read(lambda unit: receipt_of(unit, sent["N-1"], sent["Kate"])) == receipts[1]
    assert desk.read(lambda unit: receipt_of(unit, sent["N-1"], sent["Ann"])) is None


def test_who_is_back_finds_what_came_meanwhile_until_it_is_confirmed(desk: Desk, sent: dict[str, int]) -> None:
    def confirm(unit: Unit) -> None:
        receipt = receipt_of(unit, sent["N-1"], sent["Kate"])
        assert receipt is not None
        unit.change(receipt, confirmed_at=unit.now, is_spared=False)

    assert [each.number for each in desk.read(lambda unit: spared_notices(unit, sent["Kate"]))] == [1]
    assert not desk.read(lambda unit: spared_notices(unit, sent["Bob"]))
    desk.write(confirm)
    assert not desk.read(lambda unit: spared_notices(unit, sent["Kate"]))


def test_other_workspaces_are_not_seen(desk: Desk, sent: dict[str, int]) -> None:
    other = desk.store.write_now(0, lambda unit: found_workspace(unit, name="b", language="zh", timezone="UTC"))
    assert not desk.store.read_now(other, lambda unit: newest_notices(unit, most=9))
