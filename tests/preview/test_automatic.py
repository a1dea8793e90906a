"""What comes by itself is short enough for a phone, in both languages, and says why it came."""

from __future__ import annotations

import unicodedata

import pytest

from adapters.markup import plain
from commands.core.reply import Image
from tests.preview.automatic import automatic

LINES = 25
COLUMNS = 46
"""Half-width signs in one line on a phone 390 px wide."""
CARDS = {"standup_summary", "notice", "handover"}
"""What hangs as the card of an object, or answers an act."""


def _wrapped(text: str) -> int:
    widths = [
        sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line) for line in text.splitlines()
    ]
    return sum(max(1, -(-width // COLUMNS)) for width in widths)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_comes_by_itself_fits_a_phone_and_says_why(language: str) -> None:
    for name, reply in (await automatic(language)).items():
        words = [part for part in reply.parts if not isinstance(part, Image)]
        lines = _wrapped(plain(type(reply)(title=reply.title, parts=tuple(words))))
        assert lines <= LINES, f"{name} takes {lines} lines"
        asks = any(button.command == "why" for button in reply.buttons)
        assert asks or name in CARDS, f"{name} does not say why it came"
