"""Feedback is counted by time and person, and read newest first."""

from __future__ import annotations

from datetime import timedelta

from storage.feedback import Feedback, count_feedback, count_feedback_of, newest_feedback
from storage.people import add_person
from tests.support.store import WEDNESDAY, Desk


def test_remarks_are_read_newest_first_and_counted(desk: Desk) -> None:
    ann, bob = (desk.write(lambda unit, name=name: add_person(unit, name=name)).id for name in ("Ann", "Bob"))  # type: ignore[misc] # name is a text
    for number, person in enumerate((ann, ann, bob), start=1):
        desk.clock.advance(timedelta(hours=1))
        values = {"number": number, "person_id": person, "text": f"remark {number}"}
        last = desk.write(lambda unit, values=values: unit.add(Feedback, **values))  # type: ignore[misc] # a dict
    rows = desk.read(lambda unit: newest_feedback(unit, most=2))
    assert [(row.number, row.text, row.name) for row in rows] == [(3, "remark 3", "Bob"), (2, "remark 2", "Ann")]
    assert desk.read(lambda unit: count_feedback(unit, after=WEDNESDAY + timedelta(minutes=90))) == 2
    assert desk.read(lambda unit: count_feedback_of(unit, ann, after=WEDNESDAY)) == 2
    desk.write(lambda unit: unit.archive(last))
    assert desk.read(lambda unit: count_feedback(unit, after=WEDNESDAY)) == 2
    assert desk.read(lambda unit: count_feedback_of(unit, bob, after=WEDNESDAY)) == 1, "what was taken back counts"
