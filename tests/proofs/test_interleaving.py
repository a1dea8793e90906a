"""Two connections that decide at once: some orders of their statements, and what goes wrong without the guards."""

from __future__ import annotations

import pytest

from tests.proofs.guards import MEETING, Guard
from tests.proofs.interleaving import PAIRS, all_orders, meet, some_orders
from tests.proofs.taking_away import without
from tests.support.office import found
from tests.support.store import Desk

ORDERS = 10


def test_there_are_as_many_orders_as_there_should_be() -> None:
    orders = set(all_orders())
    assert len(orders) == 924 and all(sum(order) == 6 for order in orders)


@pytest.mark.slow
def test_whatever_the_order_of_two_it_is_decided_once(postgres_desk: Desk) -> None:
    office = found(postgres_desk.store, postgres_desk.workspace, postgres_desk.clock)
    office.open_budget()
    met = meet(office, some_orders(ORDERS, seed=1))
    assert met.faults == []
    assert [each.total() for each in met.ends.values()] == [ORDERS] * len(PAIRS)
    assert all(len(met.ends[pair.told]) == len({state for state, _ in pair.ends()}) for pair in PAIRS)
    assert met.blocked > ORDERS and met.retried > ORDERS


@pytest.mark.slow
@pytest.mark.parametrize("guard", MEETING, ids=lambda guard: guard.name)
def test_without_a_guard_an_order_is_found_in_which_it_goes_wrong(postgres_desk: Desk, guard: Guard) -> None:
    office = found(postgres_desk.store, postgres_desk.workspace, postgres_desk.clock)
    office.open_budget()
    with without(guard):
        assert meet(office, some_orders(3, seed=2)).faults != []
