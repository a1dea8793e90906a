"""The transcript, on SQLite and on PostgreSQL."""

from sqlalchemy import select

from storage import rooms
from storage.columns import WORKSPACE
from storage.unit import Unit
from tests.support.store import Desk


def test_second_delivery_is_counted_and_not_shown(desk: Desk) -> None:
    for _ in range(2):
        first = desk.write(
            lambda unit: rooms.post(unit, outbox_id="o", chat="c", thread=None, only_for=None, body={"n": 1})
        )
    assert [one.id for one in desk.read(lambda unit: rooms.page(unit, "c", reader="x"))] == [first]
    rows = select(rooms.ROOM).where(rooms.ROOM.c.workspace_id == WORKSPACE)
    deliveries = desk.read(lambda unit: unit.rows(rows))
    assert [row.deliveries for row in deliveries] == [2]


def test_held_message_is_seen_after_it_is_shown(desk: Desk) -> None:
    held, is_new = desk.write(
        lambda unit: rooms.hold(unit, key="k", chat="c", thread=None, sender="a", body={"nodes": ["早"]})
    )
    assert is_new
    assert desk.read(lambda unit: rooms.page(unit, "c", reader="b")) == []
    for _ in range(2):
        desk.write(lambda unit: rooms.show(unit, held.id))
    assert [one.step for one in desk.read(lambda unit: rooms.since(unit, 0, reader="b"))] == [1]


def test_instants_come_back_with_their_zone(desk: Desk) -> None:
    root = desk.write(lambda unit: rooms.post(unit, outbox_id="1", chat="c", thread=None, only_for=None, body={}))
    desk.write(lambda unit: rooms.post(unit, outbox_id="2", chat="c", thread=root, only_for=None, body={}))
    seen = desk.read(lambda unit: rooms.find(unit, root, reader="x"))
    assert seen is not None
    assert (seen.created_at, seen.replied_at, seen.replies) == (desk.clock.now, desk.clock.now, 1)


def test_replies_for_one_reader_are_counted_for_them_alone(desk: Desk) -> None:
    root = desk.write(lambda unit: rooms.post(unit, outbox_id="1", chat="c", thread=None, only_for=None, body={}))
    desk.write(lambda unit: rooms.post(unit, outbox_id="2", chat="c", thread=root, only_for="a", body={}))

    def replies(reader: str) -> int:
        def look(unit: Unit) -> int:
            return rooms.page(unit, "c", reader=reader)[0].replies

        return desk.read(look)

    assert (replies("a"), replies("b")) == (1, 0)


def test_newest_leaves_out_ones_own(desk: Desk) -> None:
    posted = desk.write(lambda unit: rooms.post(unit, outbox_id="1", chat="c", thread=None, only_for=None, body={}))
    held, _ = desk.write(lambda unit: rooms.hold(unit, key="k", chat="c", thread=None, sender="a", body={}))
    desk.write(lambda unit: rooms.show(unit, held.id))
    assert desk.read(lambda unit: rooms.latest(unit, reader="a")) == {"c": posted}
    assert desk.read(lambda unit: rooms.latest(unit, reader="b")) == {"c": held.id}
