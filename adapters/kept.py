"""What is kept in memory alone: so many entries, and the oldest make room."""

from collections.abc import MutableMapping
from typing import Final, TypeVar

V = TypeVar("V")

REMEMBERED: Final = 10_000


def remember(kept: MutableMapping[str, V], key: str, value: V, *, most: int = REMEMBERED) -> None:
    """Keep something, and forget what was kept first where there is too much."""
    while len(kept) >= most:
        del kept[next(iter(kept))]
    kept[key] = value
