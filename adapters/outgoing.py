"""What senders of all platforms ask of a message, and keep of what they sent."""

from collections.abc import MutableMapping
from typing import Final, TypeVar

from commands.core.ports import Gone, Outgoing
from commands.core.reply import Image

V = TypeVar("V")

REMEMBERED: Final = 10_000


def images_of(outgoing: Outgoing) -> dict[int, str]:
    """Give the uploaded pictures by their place among the parts."""
    places = [place for place, part in enumerate(outgoing.reply.parts) if isinstance(part, Image)]
    return {place: file for place, file in zip(places, outgoing.pictures, strict=False) if file}


def demanded(value: str | None, what: str) -> str:
    """Give what a message cannot be sent without.

    Raises:
        Gone: it is not there.
    """
    if not value:
        raise Gone(f"this message needs {what}")
    return value


def remember(kept: MutableMapping[str, V], key: str, value: V) -> None:
    """Keep something, and forget what was kept first where there is too much."""
    while len(kept) >= REMEMBERED:
        del kept[next(iter(kept))]
    kept[key] = value
