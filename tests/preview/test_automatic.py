"""What comes by itself is short enough for a phone, in both languages, and says why it came."""

from __future__ import annotations

import pytest

from tests.preview.automatic import automatic, lines_on_a_phone

LINES = 25
CARDS = {"standup_summary", "notice", "handover"}
"""What hangs as the card of an object, or answers an act."""


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_comes_by_itself_fits_a_phone_and_says_why(language: str) -> None:
    for name, reply in (await automatic(language)).items():
        lines = lines_on_a_phone(reply)
        assert lines <= LINES, f"{name} takes {lines} lines"
        asks = any(button.command == "why" for button in reply.buttons)
        assert asks or name in CARDS, f"{name} does not say why it came"
