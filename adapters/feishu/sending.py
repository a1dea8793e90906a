"""Sending to Feishu: which call an outgoing message becomes.

Every post carries the id of its message in the outbox as `uuid`: for an hour Feishu takes one uuid once, and
gives the first message again, so that what may have come through is simply sent once more.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from adapters.feishu.client import Client, Refused
from adapters.feishu.render import Card, content_of, message
from adapters.kept import remember
from adapters.outgoing import demanded, images_of
from adapters.shapes import text_at
from commands.core.ports import Gone, Outgoing, Retry, Sent
from commands.core.reply import Reply

SEND_S: Final = 9.0
UUID_CHARS: Final = 50
FORMS: Final = 2_000

TOO_OLD: Final = 230031
"""A card can be edited for fourteen days after it was sent."""
CARD_REFUSED: Final = 230099
"""The card could not be made; also where it names a picture that Feishu does not know."""
THREADLESS: Final = frozenset({230011, 230019, 230071, 230072, 230110})
"""Why an answer cannot stand in a thread: what it began with is recalled, or there are no threads here."""

log = logging.getLogger("drumbeat.feishu")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Keep a form as it was drawn, to draw it once more with what is wrong."""

    reply: Reply
    language: str


class Sending:
    """Send messages through a client."""

    def __init__(self, client: Client, *, ticks: Callable[[], float]) -> None:
        self._client = client
        self._ticks = ticks
        self.forms: dict[str, Drawing] = {}
        """The forms last sent, by message."""

    async def send(self, outgoing: Outgoing) -> Sent:
        """Send one message within 10 seconds; the errors are those of the port."""
        until = self._ticks() + SEND_S
        try:
            return await self._send(outgoing, until)
        except Refused as error:
            if error.code != CARD_REFUSED or not outgoing.pictures:
                raise
        return await self._send(replace(outgoing, pictures=()), until)

    async def upload(self, png: bytes) -> str:
        """Hand a picture to Feishu and return its key."""
        answered = await self._client.call("POST", "im/v1/images", files={"image_type": "message", "image": png})
        key = text_at(answered, "data", "image_key")
        if not key:
            raise Retry("im/v1/images: no key in the answer")
        return key

    async def _send(self, outgoing: Outgoing, until: float) -> Sent:
        card, chat = _drawn(outgoing), outgoing.chat
        if outgoing.operation == "update":
            return await self._update(outgoing, card, until)
        if outgoing.operation == "post":
            return await self._post(demanded(chat, "a chat"), outgoing, card, until)
        person = demanded(outgoing.account, "an account")
        if outgoing.operation in ("private", "form") and chat is not None:
            try:
                return await self._whisper(chat, person, outgoing, card, until)
            except Refused as error:
                log.debug("feishu_not_whispered", extra={"letter": outgoing.id, "error": str(error)})
        return await self._create("open_id", person, outgoing, card, until)

    async def _post(self, chat: str, outgoing: Outgoing, card: Card, until: float) -> Sent:
        if outgoing.thread:
            try:
                return await self._answer(outgoing.thread, chat, outgoing, card, until)
            except Refused as error:
                if error.code not in THREADLESS:
                    raise
        return await self._create("open_id" if chat.startswith("ou_") else "chat_id", chat, outgoing, card, until)

    async def _create(self, kind: str, to: str, outgoing: Outgoing, card: Card, until: float) -> Sent:
        body = {"receive_id": to, "msg_type": "interactive", "content": content_of(card), "uuid": uuid_of(outgoing.id)}
        query = {"receive_id_type": kind}
        answered = await self._client.call(
            "POST", "im/v1/messages", query=query, body=body, lane=to, within_s=self._left(until)
        )
        return self._sent(answered, outgoing, to if kind == "chat_id" else None)

    async def _answer(self, root: str, chat: str, outgoing: Outgoing, card: Card, until: float) -> Sent:
        path = f"im/v1/messages/{_id(root)}/reply"
        body: dict[str, Any] = {"msg_type": "interactive", "content": content_of(card), "reply_in_thread": True}
        body["uuid"] = uuid_of(outgoing.id)
        answered = await self._client.call("POST", path, body=body, lane=chat, within_s=self._left(until))
        return self._sent(answered, outgoing, chat)

    async def _update(self, outgoing: Outgoing, card: Card, until: float) -> Sent:
        chat, id = demanded(outgoing.chat, "a chat"), demanded(outgoing.message, "a message")
        path, body = f"im/v1/messages/{_id(id)}", {"content": content_of(card)}
        try:
            await self._client.call("PATCH", path, body=body, lane=id, within_s=self._left(until))
        except Refused as error:
            if error.code != TOO_OLD:
                raise
            return await self._post(chat, outgoing, card, until)  # delivery notes where the card stands from now on
        return Sent(id, chat)

    async def _whisper(self, chat: str, person: str, outgoing: Outgoing, card: Card, until: float) -> Sent:
        """Show a card to one person of a group. It has no uuid and cannot be edited."""
        body = {"chat_id": chat, "open_id": person, "msg_type": "interactive", "card": card}
        answered = await self._client.call(
            "POST", "ephemeral/v1/send", body=body, lane=chat, within_s=self._left(until)
        )
        self._sent(answered, outgoing, chat)
        return Sent(chat=chat)

    def _sent(self, answered: Mapping[str, Any], outgoing: Outgoing, chat: str | None) -> Sent:
        id = text_at(answered, "data", "message_id")
        if outgoing.reply.form is not None and id:
            remember(self.forms, id, Drawing(outgoing.reply, outgoing.language), most=FORMS)
        return Sent(id or None, text_at(answered, "data", "chat_id") or chat)

    def _left(self, until: float) -> float:
        return max(0.1, until - self._ticks())


def uuid_of(id: str) -> str:
    """Give the uuid of an outgoing message: its id, or its hash where that is too long.

    >>> uuid_of("o-1"), len(uuid_of("o" * 51))
    ('o-1', 40)
    """
    return id if 0 < len(id) <= UUID_CHARS else hashlib.sha256(id.encode()).hexdigest()[:40]


def _drawn(outgoing: Outgoing) -> Card:
    try:
        return message(outgoing.reply, language=outgoing.language, images=images_of(outgoing))
    except ValueError as error:
        raise Gone(f"feishu: {error}") from error


def _id(native: str) -> str:
    """Give an id as part of an address.

    Raises:
        Gone: it is none.
    """
    if not native.isascii() or not native.replace("_", "").isalnum():
        raise Gone("feishu: this is no id of a message")
    return native
