"""Routes are kept by project and kind, and are gone when they were taken away."""

from __future__ import annotations

from storage.approval_routes import ApprovalRoute, routes
from storage.people import add_person
from storage.unit import Unit
from tests.support.store import Desk


def test_routes_that_hold_are_listed_in_their_order(desk: Desk) -> None:
    def work(unit: Unit) -> tuple[list[int | None], list[int]]:
        kate = add_person(unit, name="Kate", role="finance").id
        first = unit.add(ApprovalRoute, kind="cost", from_minor=1 << 40, currency="CNY", person_ids=[kate], mode="all")
        unit.add(ApprovalRoute, role="finance", mode="any")
        unit.archive(unit.add(ApprovalRoute, kind="plan", person_ids=[kate], mode="order"))
        assert unit.must_get(ApprovalRoute, first.id).person_ids == [kate]
        return [each.from_minor for each in routes(unit)], [len(each.person_ids) for each in routes(unit)]

    assert desk.write(work) == ([1 << 40, None], [1, 0])
