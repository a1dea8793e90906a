"""Messages of the rooms in the JSON that the page reads. Instants are ISO 8601 in UTC."""

from commands.core.event import Json
from storage.rooms import Message


def as_json(message: Message, *, reader: str) -> dict[str, Json]:
    """Give a message as one reader may see it; a removed one is only named."""
    thread = None if message.thread is None else str(message.thread)
    named: dict[str, Json] = {"id": str(message.id), "chat": message.chat, "thread": thread}
    if message.is_removed:
        return named
    return {
        **named,
        "sender": message.sender,
        "is_private": message.only_for is not None,
        "is_edited": message.is_edited,
        "key": message.client_key if message.sender == reader else None,
        "at": message.created_at.isoformat(),
        "body": dict(message.body),
        "replies": message.replies,
        "replied_at": None if message.replied_at is None else message.replied_at.isoformat(),
    }
