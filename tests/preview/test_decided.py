"""The card of an approval is short enough for a phone, with all that a decision rests on."""

from __future__ import annotations

import pytest

from adapters.markup import plain
from tests.preview.automatic import lines_on_a_phone
from tests.preview.decided import decided

LINES = 12
MOST = 14
"""Of the one that breaks its budget, comes late, and has everything else as well."""
GROUNDS = {
    "zh": ("影响：T-1 11-20 → T-2 11-22、T-3 11-23", "类似：A-1 ¥16,000 ✅ 王建国 11-18"),
    "en": ("Touches: T-1 11-20 → T-2 11-22, T-3 11-23", "Similar: A-1 US$2,600 ✅ Bob 11-18"),
}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_card_of_an_approval_fits_a_phone_with_all_its_grounds(language: str) -> None:
    shown = await decided(language)
    lines = {name: lines_on_a_phone(reply) for name, reply in shown.items()}
    assert lines.pop("approval_pending") <= MOST
    assert {name: count for name, count in lines.items() if count > LINES} == {}
    assert (shown["approval_two"].health, shown["approval_approved"].health) == ("red", None)
    pending = plain(shown["approval_pending"])
    assert all(words in pending for words in GROUNDS[language])
    assert not any(words[:3] in plain(shown["approval_approved"]) for words in GROUNDS[language])
