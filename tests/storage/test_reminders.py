"""What people are reminded of is found by state: late, due, awaited, put off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage.people import add_person
from storage.reminders import (
    Bounds,
    Escalation,
    Snooze,
    expired_waits,
    hours_in_use,
    owed_by,
    people_at,
    red_tasks,
    snoozes_of,
)
from storage.settings import prefer
from storage.tasks import Task
from storage.unit import Unit
from storage.workspaces import next_number
from tests.support.store import WEDNESDAY, Desk

DAY = timedelta(days=1)
BOUNDS = Bounds(
    oldest=WEDNESDAY - 7 * DAY,
    now=WEDNESDAY,
    today=WEDNESDAY + DAY / 2,
    soon=WEDNESDAY + 1.5 * DAY,
    before_third=WEDNESDAY + 2.5 * DAY,
    third=WEDNESDAY + 3.5 * DAY,
    begun=WEDNESDAY - 1.5 * DAY,
)


@pytest.fixture
def people(desk: Desk) -> list[int]:
    def work(unit: Unit) -> list[int]:
        zones = ("Asia/Shanghai", None, "Europe/London")
        return [add_person(unit, name=f"Person {zone}", timezone=zone).id for zone in zones]

    return desk.write(work)


def enter(desk: Desk, owner: int, **tasks: dict[str, Any]) -> dict[str, int]:
    """Enter open tasks of one owner, made today unless it is said."""

    def work(unit: Unit) -> dict[str, int]:
        given = {"owner_id": owner, "created_at": WEDNESDAY}
        return {
            title: unit.add(Task, number=next_number(unit, "task"), title=title, **(given | values)).id
            for title, values in tasks.items()
        }

    return desk.write(work)


def owed(desk: Desk, people: list[int], *, most: int = 5) -> list[str]:
    return [task.title for task in desk.read(lambda unit: owed_by(unit, people, BOUNDS, most=most))]


def test_late_today_and_soon_are_owed_and_what_is_long_overdue_is_not(desk: Desk, people: list[int]) -> None:
    enter(
        desk,
        people[0],
        forgotten={"due_by": BOUNDS.oldest},
        late={"due_by": WEDNESDAY - DAY},
        today={"due_by": BOUNDS.today},
        soon={"due_by": BOUNDS.soon},
        between={"due_by": BOUNDS.before_third, "estimate_minutes": 4800},
        short={"due_by": BOUNDS.third},
        long={"due_by": BOUNDS.third, "estimate_minutes": 2400},
        far={"due_by": BOUNDS.third + DAY, "estimate_minutes": 4800},
        waits={"due_by": WEDNESDAY - DAY, "status": "waiting"},
        done={"due_by": WEDNESDAY - DAY, "status": "done", "is_open": False},
        undated={},
    )
    enter(desk, people[1], theirs={"due_by": WEDNESDAY - DAY})
    assert owed(desk, people[:1]) == ["late", "today", "soon", "long"]
    assert owed(desk, people) == ["late", "today", "soon", "long", "theirs"]


def test_each_owner_gets_the_first_of_each_kind(desk: Desk, people: list[int]) -> None:
    for owner in people[:2]:
        enter(desk, owner, **{f"late {day}": {"due_by": WEDNESDAY - day * DAY} for day in (1, 2, 3)})
    enter(desk, people[0], now={"due_by": BOUNDS.today})
    assert owed(desk, people, most=2) == ["late 3", "late 2", "now", "late 3", "late 2"]


def test_a_wait_that_is_over_is_found(desk: Desk, people: list[int]) -> None:
    waits = {"status": "waiting", "held_for": "sample"}
    enter(
        desk,
        people[0],
        over={**waits, "waits_until": WEDNESDAY},
        running={**waits, "waits_until": WEDNESDAY + DAY},
        forgotten={**waits, "waits_until": BOUNDS.oldest},
    )
    found = desk.read(lambda unit: expired_waits(unit, people, oldest=BOUNDS.oldest))
    assert [task.title for task in found] == ["over"]


def test_a_lead_is_told_once_for_each_date(desk: Desk, people: list[int]) -> None:
    tasks = enter(desk, people[0], red={"due_by": WEDNESDAY - 3 * DAY}, late={"due_by": WEDNESDAY - DAY})

    def red(unit: Unit) -> list[str]:
        return [task.title for task in red_tasks(unit, people, oldest=BOUNDS.oldest, before=WEDNESDAY - 2 * DAY)]

    assert desk.read(red) == ["red"]
    told = {"task_id": tasks["red"], "due_by": WEDNESDAY - 3 * DAY, "person_id": people[1]}
    desk.write(lambda unit: unit.add(Escalation, **told))
    assert desk.read(red) == []
    desk.write(lambda unit: unit.change(unit.must_get(Task, tasks["red"]), due_by=WEDNESDAY - 2.5 * DAY))
    assert desk.read(red) == ["red"]


def test_people_are_found_by_their_zone_and_hour(desk: Desk, people: list[int]) -> None:
    desk.write(lambda unit: prefer(unit, person=people[1], remind_at=510))
    zone = "Asia/Shanghai"
    assert desk.read(lambda unit: hours_in_use(unit, usual=zone)) == {(zone, 570), (zone, 510), ("Europe/London", 570)}

    def at(hour: int, after: int) -> list[int]:
        found = desk.read(lambda unit: people_at(unit, zone=zone, usual=zone, hour=hour, after=after, most=9))
        return [person.id for person in found]

    assert (at(570, 0), at(510, 0), at(510, people[1])) == ([people[0]], [people[1]], [])


def test_what_was_put_off_is_found_until_it_came(desk: Desk, people: list[int]) -> None:
    task = enter(desk, people[0], one={})["one"]
    snooze = desk.write(lambda unit: unit.add(Snooze, person_id=people[1], task_id=task, until=WEDNESDAY + DAY))
    assert [each.id for each in desk.read(lambda unit: snoozes_of(unit, people))] == [snooze.id]
    assert desk.read(lambda unit: snoozes_of(unit, people[:1])) == []
    desk.write(lambda unit: unit.archive(snooze))
    assert desk.read(lambda unit: snoozes_of(unit, people)) == []
