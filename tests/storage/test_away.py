"""Somebody is away from a first day to a last one, both included."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from storage.away import Away, Handed, absences, absences_of, away_numbered, away_on, handed_of, is_away, stands_in
from storage.people import add_person
from storage.unit import Unit
from storage.workspaces import found_workspace
from tests.support.store import Desk

MONDAY = date(2026, 11, 23)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


@pytest.fixture
def team(desk: Desk) -> dict[str, int]:
    def work(unit: Unit) -> dict[str, int]:
        ann, bob = (add_person(unit, name=name).id for name in ("Ann", "Bob"))
        unit.add(Away, number=1, person_id=ann, delegate_id=bob, first_on=day(0), last_on=day(2), zone="UTC")
        unit.add(Away, number=2, person_id=ann, first_on=day(10), last_on=day(10), zone="UTC")
        unit.add(Away, number=3, person_id=bob, first_on=day(-9), last_on=day(-7), zone="UTC", is_over=True)
        unit.archive(unit.add(Away, number=4, person_id=bob, first_on=day(0), last_on=day(9), zone="UTC"))
        return {"ann": ann, "bob": bob}

    return desk.write(work)


@pytest.mark.parametrize(("number", "expected"), [(-1, False), (0, True), (2, True), (3, False), (10, True)])
def test_the_first_and_the_last_day_count(desk: Desk, team: dict[str, int], number: int, expected: bool) -> None:
    assert desk.read(lambda unit: is_away(unit, team["ann"], day(number))) is expected
    assert not desk.read(lambda unit: is_away(unit, team["bob"], day(number)))


def test_absences_are_listed_from_a_day_on(desk: Desk, team: dict[str, int]) -> None:
    def numbers(since: int) -> list[int]:
        return [each.number for each in desk.read(lambda unit: absences(unit, since=day(since)))]

    assert (numbers(-7), numbers(-6), numbers(2), numbers(3)) == ([3, 1, 2], [1, 2], [1, 2], [2])
    assert [each.number for each in desk.read(lambda unit: absences_of(unit, team["ann"], since=day(3)))] == [2]


def test_who_stands_in_finds_what_is_not_over(desk: Desk, team: dict[str, int]) -> None:
    found = desk.read(lambda unit: stands_in(unit, team["bob"], since=day(2)))
    assert [each.number for each in found] == [1]
    desk.write(lambda unit: unit.change(unit.must_get(Away, found[0].id), is_over=True))
    assert not desk.read(lambda unit: stands_in(unit, team["bob"], since=day(2)))


def test_what_was_handed_over_is_kept_unless_taken_back(desk: Desk, team: dict[str, int]) -> None:
    def work(unit: Unit) -> list[str]:
        away = away_on(unit, team["ann"], day(1))
        assert away is not None and away == away_numbered(unit, 1)
        for state in ("accepted", "declined", "late"):
            handed = unit.add(Handed, away_id=away.id, state=state)
        unit.archive(handed)
        return [each.state for each in handed_of(unit, away.id)]

    assert desk.write(work) == ["accepted", "declined"]


def test_other_workspaces_are_not_seen(desk: Desk, team: dict[str, int]) -> None:
    other = desk.store.write_now(0, lambda unit: found_workspace(unit, name="b", language="zh", timezone="UTC"))
    assert not desk.store.read_now(other, lambda unit: is_away(unit, team["ann"], day(0)))
    assert not desk.store.read_now(other, lambda unit: absences(unit, since=day(0)))
