"""Where the cards hang: one for each object and chat."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from storage.cards import card, card_at, cards_of, drop_card, hang_card, place_card
from storage.chats import all_chats, all_projects, chat_at, open_chat
from storage.unit import Unit
from tests.support.store import Desk

WHERE = {"platform": "slack", "app": "A1", "tenant": "T1"}


@pytest.fixture
def chats(desk: Desk) -> list[int]:
    def work(unit: Unit) -> list[int]:
        return [
            open_chat(unit, project_name=name, **WHERE, native=name, kind="group", language="zh").id
            for name in ("general", "ops")
        ]

    return desk.write(work)


def hang(desk: Desk, chat: int, object_id: int = 12) -> int:
    return desk.write(lambda unit: hang_card(unit, kind="task", object_id=object_id, chat_id=chat, thread=None))


def test_object_has_one_card_in_each_chat(desk: Desk, chats: list[int]) -> None:
    ids = [hang(desk, chat) for chat in chats]
    with pytest.raises(IntegrityError):
        hang(desk, chats[0])
    found = desk.read(lambda unit: cards_of(unit, "task", 12))
    assert sorted(row.id for row in found) == ids
    assert {(row.platform, row.native, row.language) for row in found} == {
        ("slack", "general", "zh"),
        ("slack", "ops", "zh"),
    }


def test_card_is_found_by_its_message_once_posted(desk: Desk, chats: list[int]) -> None:
    id = hang(desk, chats[0])
    assert desk.read(lambda unit: card_at(unit, chat=chats[0], message="m-1")) is None
    desk.write(lambda unit: place_card(unit, id, "m-1"))
    found = desk.read(lambda unit: card_at(unit, chat=chats[0], message="m-1"))
    assert found is not None
    assert (found.id, found.object_id) == (id, 12)
    assert desk.read(lambda unit: card_at(unit, chat=chats[1], message="m-1")) is None


def test_dropped_card_makes_room_and_its_number_is_not_used_again(desk: Desk, chats: list[int]) -> None:
    first = hang(desk, chats[0])
    desk.write(lambda unit: drop_card(unit, first))
    assert desk.read(lambda unit: card(unit, first)) is None
    assert hang(desk, chats[0]) > first


@pytest.mark.usefixtures("chats")
def test_chat_is_entered_once_with_a_project_of_its_name(desk: Desk) -> None:
    assert [chat.native for chat in desk.read(all_chats)] == ["general", "ops"]
    assert [project.name for project in desk.read(all_projects)] == ["general", "ops"]
    found = desk.read(lambda unit: chat_at(unit, **WHERE, native="ops"))
    assert found is not None
    assert found.project_id == desk.read(all_projects)[1].id
    assert desk.read(lambda unit: chat_at(unit, **{**WHERE, "tenant": "T2"}, native="ops")) is None
    with pytest.raises(IntegrityError):
        desk.write(lambda unit: open_chat(unit, project_name="ops", **WHERE, native="ops", kind="group"))
