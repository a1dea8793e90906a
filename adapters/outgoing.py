"""What senders of all platforms ask of a message."""

from commands.core.ports import Gone, Outgoing
from commands.core.reply import Image


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
