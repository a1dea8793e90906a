"""What was decided before, and what the store is asked to find it."""

from __future__ import annotations

from datetime import UTC, datetime

from storage.approvals import Approval, decided_in
from storage.chats import open_chat
from storage.people import add_person
from storage.unit import Unit
from tests.support.store import Desk

AT = datetime(2026, 11, 1, tzinfo=UTC)


def test_what_was_decided_of_one_kind_in_one_project_comes_newest_first(desk: Desk) -> None:
    def work(unit: Unit) -> list[int]:
        who = add_person(unit, name="Ann", role="lead").id
        rooms = [
            open_chat(unit, project_name=name, platform="memory", app="a", tenant="t", native=name, kind="group",
                      title=name).project_id
            for name in ("one", "two")
        ]  # fmt: skip
        rows = [
            ("cost", "approved", 0), ("cost", "rejected", 0), ("cost", "pending", 0), ("cost", "expired", 0),
            ("plan", "approved", 0), ("cost", "approved", 1), ("cost", "approved", 0),
        ]  # fmt: skip
        added = [
            unit.add(
                Approval, number=number, project_id=rooms[room], requester_id=who, editor_id=who, kind=kind,
                title=f"{kind} {number}", mode="any", quorum=1, edited_at=AT, asked_at=AT, state=state,
                closed_at=None if state == "pending" else AT, closed_by=who,
            )
            for number, (kind, state, room) in enumerate(rows, start=1)
        ]  # fmt: skip
        unit.archive(unit.add(
            Approval, number=9, project_id=rooms[0], requester_id=who, editor_id=who, kind="cost", title="gone",
            mode="any", quorum=1, edited_at=AT, asked_at=AT, state="approved", closed_at=AT, closed_by=who,
        ))  # fmt: skip
        assert rooms[0] is not None
        found = decided_in(unit, rooms[0], "cost", but=added[0].id)
        assert [(each.title, each.closed_by) for each in found[:1]] == [("cost 7", who)]
        return [each.number for each in found]

    assert desk.write(work) == [7, 2]
