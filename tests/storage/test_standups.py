"""What is asked about stand-ups: who waits for which, what the tasks say, who works on a project."""

from __future__ import annotations

from datetime import date, timedelta

from storage.chats import open_chat
from storage.people import Person, add_person
from storage.schedules import Schedule
from storage.standups import (
    Checkin,
    Standup,
    at_hand,
    blocked_of,
    checkin_of,
    checkins_of,
    finished_since,
    people_working_on,
    standup_numbered,
    standup_on,
    standups_before,
    waiting_for,
)
from storage.tasks import Task
from storage.unit import Unit
from tests.support.store import Desk

MONDAY = date(2026, 11, 16)


def held(unit: Unit, number: int, day: date, *, schedule: Schedule | None = None, opens: bool = True) -> Standup:
    """Enter a stand-up of a day, with its chat and schedule where none is given."""
    if schedule is None:
        chat = open_chat(
            unit, project_name="双11", platform="p", app="a", tenant="t", native="c", kind="group", title="双11作战室"
        )
        schedule = unit.add(
            Schedule, number=1, kind="standup", chat_id=chat.id, project_id=chat.project_id, rule="FREQ=DAILY",
            times=["09:30", "10:42", "11:00"], zone="Asia/Shanghai",
        )  # fmt: skip
    return unit.add(
        Standup, number=number, schedule_id=schedule.id, chat_id=schedule.chat_id, project_id=schedule.project_id,
        day=day, opened_at=unit.now if opens else None,
    )  # fmt: skip


def test_stand_ups_are_found_by_number_by_day_and_backwards(desk: Desk) -> None:
    def work(unit: Unit) -> None:
        first = held(unit, 1, MONDAY)
        schedule = unit.must_get(Schedule, first.schedule_id)
        second = held(unit, 2, MONDAY + timedelta(days=1), schedule=schedule)
        held(unit, 3, MONDAY + timedelta(days=2), schedule=schedule, opens=False)
        assert standup_numbered(unit, 2) == second
        assert standup_on(unit, schedule.id, MONDAY) == first
        before = standups_before(unit, schedule.id, MONDAY + timedelta(days=3), most=5)
        assert [each.number for each in before] == [2, 1]  # one that is only prepared was not held

    desk.write(work)


def test_whoever_was_asked_is_waited_for_until_they_tell(desk: Desk) -> None:
    def work(unit: Unit) -> None:
        person = add_person(unit, name="李娜")
        standup = held(unit, 1, MONDAY)
        asked = unit.add(Checkin, standup_id=standup.id, person_id=person.id, state="asked", asked_at=unit.now)
        since = unit.now - timedelta(hours=1)
        assert waiting_for(unit, person.id, since=since) == [(standup, "双11作战室")]
        assert waiting_for(unit, person.id, since=unit.now) == []
        told = unit.change(asked, state="told", told_at=unit.now, done=["主图"])
        assert waiting_for(unit, person.id, since=since) == []
        assert checkin_of(unit, standup.id, person.id) == told
        assert checkins_of(unit, standup.id) == [told]

    desk.write(work)


def test_who_told_first_stands_first_and_who_told_nothing_last(desk: Desk) -> None:
    def work(unit: Unit) -> None:
        standup = held(unit, 1, MONDAY)
        for name, minutes in (("李四", None), ("李娜", 9), ("赵敏", 3)):
            told = unit.now + timedelta(minutes=minutes) if minutes else None
            person = add_person(unit, name=name)
            unit.add(
                Checkin, standup_id=standup.id, person_id=person.id, state="told" if told else "asked", told_at=told
            )
        names = [unit.must_get(Person, each.person_id).name for each in checkins_of(unit, standup.id)]
        assert names == ["赵敏", "李娜", "李四"]

    desk.write(work)


def test_a_sheet_is_filled_from_the_tasks_of_this_project_alone(desk: Desk) -> None:
    def work(unit: Unit) -> None:
        standup = held(unit, 1, MONDAY)
        person, now = add_person(unit, name="李娜"), unit.now
        soon = now + timedelta(hours=2)
        rows: list[dict[str, object]] = [
            {"status": "done", "is_open": False, "closed_at": now},
            {"status": "done", "is_open": False, "closed_at": now - timedelta(days=9)},
            {"status": "cancelled", "is_open": False, "closed_at": now},
            {"status": "doing"},
            {"status": "todo", "due_by": soon},
            {"status": "todo", "due_by": now + timedelta(days=9)},
            {"status": "blocked", "due_by": soon},
            {"status": "doing", "project_id": None},
        ]
        for number, row in enumerate(rows, 1):
            columns = {"project_id": standup.project_id, **row}
            unit.add(Task, number=number, title="x", owner_id=person.id, **columns)

        def numbers(tasks: list[Task]) -> list[int]:
            return [each.number for each in tasks]

        project = standup.project_id
        assert numbers(finished_since(unit, person.id, project, now - timedelta(days=1))) == [1]
        assert numbers(at_hand(unit, person.id, project, soon)) == [5, 4]
        assert numbers(blocked_of(unit, person.id, project)) == [7]
        assert project is not None and [each.name for each in people_working_on(unit, project)] == ["李娜"]

    desk.write(work)
