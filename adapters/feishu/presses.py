"""Presses that are not answered yet, for whose cards edits wait.

A client that gets a card's edit before the answer to its press goes back to the card as it was
(open.larkoffice.com, "Delayed card update": only after the callback has been answered).
"""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final

WRITTEN_S: Final = 0.2
"""An answer that was handed over has gone out after so long, also from the SDK's own thread."""
PATIENCE_S: Final = 3.0
"""Feishu waits no longer for an answer; then an edit waits for none."""


class Presses:
    """Know the cards of which a press waits for its answer."""

    def __init__(self) -> None:
        self._open: dict[str, set[asyncio.Event]] = {}

    @contextlib.contextmanager
    def answering(self, card: str) -> Iterator[None]:
        """Hold a card's edits back while the block makes the answer, until it has gone out."""
        gone = asyncio.Event()
        self._open.setdefault(card, set()).add(gone)
        try:
            yield
        finally:
            asyncio.get_running_loop().call_later(WRITTEN_S, self._end, card, gone)

    async def answered(self, card: str) -> None:
        """Wait until every press of a card that came so far is answered."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                for gone in list(self._open.get(card, ())):
                    await gone.wait()

    def _end(self, card: str, gone: asyncio.Event) -> None:
        gone.set()
        waiting = self._open.get(card, set())
        waiting.discard(gone)
        if not waiting:
            self._open.pop(card, None)
