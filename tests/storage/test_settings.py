"""Preferences: one row for each person or chat, none while all is as usual."""

from __future__ import annotations

from functools import partial

import pytest

from storage.chats import Project, open_chat
from storage.mail import receive
from storage.people import Person, add_person
from storage.settings import chats_spoken_in, default_project, prefer, prefer_in_chat, preference_of, preference_of_chat
from storage.unit import Unit
from tests.support.store import Desk


@pytest.fixture
def ann(desk: Desk) -> Person:
    return desk.write(lambda unit: add_person(unit, name="Ann"))


def speak(unit: Unit, *, key: str, person: int, chat: int) -> None:
    receive(unit, key=key, call=key, received_at=unit.now, person_id=person, chat_id=chat, args={}, result="done")


def chat(desk: Desk, native: str, kind: str = "group") -> int:
    project = native if kind == "group" else None
    return desk.write(
        lambda unit: open_chat(
            unit, project_name=project, platform="slack", app="a", tenant="t", native=native, kind=kind, title=native
        )
    ).id


def test_what_was_set_is_kept_together(desk: Desk, ann: Person) -> None:
    assert desk.read(lambda unit: preference_of(unit, person=ann.id)) is None
    desk.write(lambda unit: prefer(unit, person=ann.id, level="loud"))
    desk.write(lambda unit: prefer(unit, person=ann.id, quiet_from=1320, quiet_until=480))
    found = desk.read(lambda unit: preference_of(unit, person=ann.id))
    assert found is not None and (found.level, found.quiet_from, found.quiet_until) == ("loud", 1320, 480)


def test_what_was_taken_back_is_as_usual_and_may_be_set_again(desk: Desk, ann: Person) -> None:
    first = desk.write(lambda unit: prefer(unit, person=ann.id, level="loud"))
    desk.write(lambda unit: unit.archive(first))
    assert desk.read(lambda unit: preference_of(unit, person=ann.id)) is None
    again = desk.write(lambda unit: prefer(unit, person=ann.id, quiet_from=0, quiet_until=0))
    assert (again.id, again.level, again.archived_at) == (first.id, None, None)


def test_a_chat_has_its_own(desk: Desk, ann: Person) -> None:
    room = chat(desk, "room")
    desk.write(lambda unit: prefer_in_chat(unit, chat=room, level="quiet"))
    found = desk.read(lambda unit: preference_of_chat(unit, chat=room))
    assert found is not None and found.level == "quiet" and found.person_id is None
    assert desk.read(lambda unit: preference_of(unit, person=ann.id)) is None


def test_default_project_is_none_once_it_is_archived(desk: Desk, ann: Person) -> None:
    project = desk.write(lambda unit: unit.add(Project, name="Launch"))
    desk.write(lambda unit: prefer(unit, person=ann.id, project_id=project.id))
    assert desk.read(lambda unit: default_project(unit, ann.id)) == project.id
    desk.write(lambda unit: unit.archive(project))
    assert desk.read(lambda unit: default_project(unit, ann.id)) is None


def test_only_groups_in_which_somebody_spoke_are_theirs(desk: Desk, ann: Person) -> None:
    spoke, _other, direct = chat(desk, "spoke"), chat(desk, "other"), chat(desk, "direct", "direct")
    for key, where in (("1", spoke), ("2", spoke), ("3", direct)):
        desk.write(partial(speak, key=key, person=ann.id, chat=where))
    assert [one.id for one in desk.read(lambda unit: chats_spoken_in(unit, ann.id))] == [spoke]
