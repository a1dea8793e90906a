"""No guard of a decision, of access, money or signatures can be taken away without a test that misses it."""

from __future__ import annotations

import pytest

from bot.seal import is_sealed
from tests.proofs.guards import GUARDS, Guard
from tests.proofs.sabotage import NameGone
from tests.proofs.taking_away import take_all_away, without


def test_guard_that_has_moved_is_told() -> None:
    with pytest.raises(NameGone, match="0 times"), without(Guard("gone", "bot.seal", "no such text", "", "")):
        pass


def test_guard_is_back_in_its_place_afterwards() -> None:
    (guard,) = (each for each in GUARDS if each.name == "any seal is good")
    code = is_sealed.__code__
    with without(guard):
        assert is_sealed.__code__ != code
    assert is_sealed.__code__ == code


@pytest.mark.slow
def test_each_guard_is_missed_by_its_test() -> None:
    taken = take_all_away()
    assert (taken.red, taken.unseen) == ((), ())
    assert taken.tested == len(GUARDS) == len({guard.name for guard in GUARDS})
