"""How fast one conversation may be posted to; told at once, nothing sleeps here."""

from collections.abc import Callable

from adapters.kept import REMEMBERED


class Pace:
    """Let `burst` posts go at once in each conversation, and then one each `every_s` seconds.

    So in any 60 seconds there are at most `burst + 60 / every_s`. `ticks` counts seconds and never goes back.
    """

    def __init__(self, ticks: Callable[[], float], *, every_s: float, burst: int) -> None:
        self._ticks = ticks
        self._every_s = every_s
        self._burst = burst
        self._free_at: dict[str, float] = {}
        """When each conversation would be at rest again, if nothing more were sent."""

    def take(self, chat: str) -> float:
        """Take a turn: 0.0 where it may go now, else the seconds to wait; then nothing is taken."""
        now = self._ticks()
        free_at = max(now, self._free_at.get(chat, now))
        wait_s = free_at - now - (self._burst - 1) * self._every_s
        if wait_s > 0:
            return wait_s
        if len(self._free_at) >= REMEMBERED:
            self._free_at = {each: at for each, at in self._free_at.items() if at > now}
        self._free_at[chat] = free_at + self._every_s
        return 0.0
