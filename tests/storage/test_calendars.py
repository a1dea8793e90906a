"""The days that the team told, and whose holidays it keeps, on both databases."""

from __future__ import annotations

from datetime import date

from storage.audit import AUDIT
from storage.calendars import (
    COMPANY,
    DayRule,
    choose_country,
    chosen_country,
    clear_days,
    set_days,
    special_days,
    take_notice,
)
from storage.people import add_person
from storage.unit import Unit
from storage.workspaces import found_workspace
from tests.support.store import Desk

NEW_YEAR = date(2027, 1, 1)
FIRST, LAST = date(2026, 12, 1), date(2027, 12, 31)


def told(desk: Desk, country: str = "CN") -> dict[tuple[str, date], bool]:
    rows = desk.read(lambda unit: special_days(unit, country, first=FIRST, last=LAST))
    return {(row.region, row.day): row.is_workday for row in rows}


def test_days_of_a_country_and_of_the_company_are_found_together(desk: Desk) -> None:
    desk.write(lambda unit: set_days(unit, "CN", [DayRule(NEW_YEAR, False, "元旦")]))
    desk.write(lambda unit: set_days(unit, COMPANY, [DayRule(date(2026, 12, 31), False)]))
    desk.write(lambda unit: set_days(unit, "US", [DayRule(date(2027, 7, 4), False)]))
    assert told(desk) == {(COMPANY, date(2026, 12, 31)): False, ("CN", NEW_YEAR): False}
    assert told(desk, "US") == {(COMPANY, date(2026, 12, 31)): False, ("US", date(2027, 7, 4)): False}


def test_days_outside_the_span_are_left_out(desk: Desk) -> None:
    days = [date(2026, 11, 30), FIRST, LAST, date(2028, 1, 1)]
    desk.write(lambda unit: set_days(unit, COMPANY, [DayRule(day, False) for day in days]))
    assert sorted(day for _, day in told(desk)) == [FIRST, LAST]


def test_a_day_that_is_set_again_is_the_same_row(desk: Desk) -> None:
    desk.write(lambda unit: set_days(unit, COMPANY, [DayRule(NEW_YEAR, False, "年会")]))
    desk.write(lambda unit: set_days(unit, COMPANY, [DayRule(NEW_YEAR, True)]))
    (row,) = desk.read(lambda unit: special_days(unit, "CN", first=FIRST, last=LAST))
    assert (row.is_workday, row.note, row.version) == (True, None, 2)


def test_a_day_that_was_cleared_can_be_set_again(desk: Desk) -> None:
    rules = [DayRule(NEW_YEAR, False), DayRule(date(2027, 1, 4), False)]
    desk.write(lambda unit: set_days(unit, COMPANY, rules))
    assert desk.write(lambda unit: clear_days(unit, COMPANY, [NEW_YEAR, date(2027, 1, 2)])) == [NEW_YEAR]
    assert told(desk) == {(COMPANY, date(2027, 1, 4)): False}
    desk.write(lambda unit: set_days(unit, COMPANY, [DayRule(NEW_YEAR, False)]))
    assert (COMPANY, NEW_YEAR) in told(desk)


def test_clearing_nothing_clears_nothing(desk: Desk) -> None:
    assert desk.write(lambda unit: clear_days(unit, COMPANY, [])) == []


def test_a_later_form_of_a_notice_takes_the_place_of_the_first(desk: Desk) -> None:
    first = [DayRule(date(2026, 12, 31), False), DayRule(NEW_YEAR, False), DayRule(date(2027, 1, 9), True)]
    desk.write(lambda unit: set_days(unit, "CN", [DayRule(date(2027, 5, 6), False)]))
    desk.write(lambda unit: take_notice(unit, "CN", 2027, first))
    desk.write(lambda unit: take_notice(unit, "CN", 2027, [DayRule(NEW_YEAR, False)]))
    assert told(desk) == {("CN", NEW_YEAR): False, ("CN", date(2027, 5, 6)): False}


def test_who_told_of_a_day_stands_in_the_audit(desk: Desk) -> None:
    def work(unit: Unit) -> int:
        unit.actor = add_person(unit, name="王建国").id
        set_days(unit, COMPANY, [DayRule(NEW_YEAR, False)])
        return unit.actor

    who = desk.write(work)
    rows = desk.read(lambda unit: unit.connection.execute(AUDIT.select().where(AUDIT.c.kind == "specialday")).all())
    assert [(row.action, row.actor_id, row.at is not None) for row in rows] == [("add", who, True)]


def test_the_country_is_chosen_once_and_may_change(desk: Desk) -> None:
    assert desk.read(chosen_country) is None
    desk.write(lambda unit: choose_country(unit, "US"))
    desk.write(lambda unit: choose_country(unit, "GB"))
    assert desk.read(chosen_country) == "GB"


def test_another_workspace_sees_nothing_of_it(desk: Desk) -> None:
    desk.write(lambda unit: set_days(unit, COMPANY, [DayRule(NEW_YEAR, False)]))
    desk.write(lambda unit: choose_country(unit, "US"))
    other = desk.store.write_now(0, lambda unit: found_workspace(unit, name="other", language="en", timezone="UTC"))
    assert desk.store.read_now(other, lambda unit: special_days(unit, "CN", first=FIRST, last=LAST)) == []
    assert desk.store.read_now(other, chosen_country) is None
