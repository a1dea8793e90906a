"""Campaigns: those that run or are to come, and whether one runs now."""

from __future__ import annotations

from datetime import timedelta

from storage.campaigns import Campaign, campaigns_of, is_campaign_on
from storage.chats import Chat, open_chat
from storage.people import add_person
from storage.unit import Unit
from tests.support.store import WEDNESDAY, Desk

HOUR = timedelta(hours=1)


def made(unit: Unit) -> Chat:
    """Enter a campaign from the next hour to the one after."""
    person = add_person(unit, name="Ann")
    chat = open_chat(
        unit, project_name="Launch", platform="slack", app="a", tenant="t", native="c", kind="group", title="c"
    )
    unit.add(
        Campaign,
        project_id=chat.project_id,
        chat_id=chat.id,
        creator_id=person.id,
        since=WEDNESDAY + HOUR,
        until=WEDNESDAY + 2 * HOUR,
    )
    return chat


def test_a_campaign_runs_from_its_first_instant_and_not_at_its_last(desk: Desk) -> None:
    project = desk.write(made).project_id or 0
    seen = []
    for _ in range(3):
        seen.append(desk.read(lambda unit: (len(campaigns_of(unit, project)), is_campaign_on(unit))))
        desk.clock.advance(HOUR)
    assert seen == [(1, False), (1, True), (0, False)]


def test_one_that_was_put_away_neither_runs_nor_comes(desk: Desk) -> None:
    project = desk.write(made).project_id or 0
    desk.write(lambda unit: unit.archive(campaigns_of(unit, project)[0]))
    desk.clock.advance(HOUR)
    assert desk.read(lambda unit: (list(campaigns_of(unit, project)), is_campaign_on(unit))) == ([], False)
