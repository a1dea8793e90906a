"""Sending to Slack: which call an outgoing message becomes, and whether it stands there already.

Slack knows no key by which a post is done once. So each carries the id of its message in the outbox,
and one that may have come through is looked for before it is posted again.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.kept import remember
from adapters.outgoing import demanded, images_of
from adapters.shapes import text_at
from adapters.slack.client import Answer, Client, Refused
from adapters.slack.receive import written
from adapters.slack.render import home, message, modal
from commands.core.event import Place
from commands.core.ports import Gone, Outgoing, Retry, Sent

SEND_S: Final = 9.0
LOOK_S: Final = 3.0
"""For all calls on the way to the one that matters."""
MOST_DRAWINGS: Final = 5
"""Attempts at which a picture is still waited for: Slack takes a while to know a new one."""
MOST_LOOKS: Final = 5
"""Attempts at which a post that may stand waits until it can be looked for."""
PAGES: Final = 3
EVENT_TYPE: Final = "drumbeat"
"""Of the metadata that marks a post."""

_ELSEWHERE: Final = frozenset(
    {"user_not_in_channel", "not_in_channel", "channel_not_found", "is_archived", "messages_tab_disabled"}
)
"""Why a private answer goes to the direct chat instead."""

log = logging.getLogger("drumbeat.slack")


class Sending:
    """Send messages through a client."""

    def __init__(self, client: Client, *, ticks: Callable[[], float]) -> None:
        self._client = client
        self._ticks = ticks
        self._direct: dict[str, str] = {}
        self._unsent: dict[str, int] = {}
        """Messages that surely do not stand yet, with the attempt that told so."""

    async def send(self, outgoing: Outgoing) -> Sent:
        """Send one message within 10 seconds; the errors are those of the port."""
        until = self._ticks() + SEND_S
        try:
            sent = await self._send(outgoing, until)
        except Retry:
            if outgoing.first_tried_at is None or self._is_unsent(outgoing):
                remember(self._unsent, outgoing.id, outgoing.attempt)
            raise
        self._unsent.pop(outgoing.id, None)
        return sent

    async def direct_chat(self, account: str, *, within_s: float = LOOK_S) -> str:
        """Give the channel of somebody's direct chat, opening it."""
        known = self._direct.get(account)
        if known is None:
            answered = await self._client.call("conversations.open", {"users": account}, within_s=within_s)
            known = text_at(answered.body, "channel", "id")
            if not known:
                raise Retry("conversations.open: no channel in the answer")
            remember(self._direct, account, known)
        return known

    async def upload(self, png: bytes) -> str:
        """Hand a picture to Slack and return its file id."""
        until = self._ticks() + SEND_S
        asked = {"filename": "drumbeat.png", "length": len(png)}
        told = (await self._client.call("files.getUploadURLExternal", asked, within_s=LOOK_S)).body
        file = text_at(told, "file_id")
        await self._client.put(text_at(told, "upload_url"), png, within_s=self._left(until))
        done = {"files": [{"id": file, "title": "Drumbeat"}]}
        await self._client.call("files.completeUploadExternal", done, within_s=self._left(until))
        return file

    async def _send(self, outgoing: Outgoing, until: float) -> Sent:
        chat = outgoing.chat
        if outgoing.operation == "update":
            return await self._update(outgoing, until)
        if outgoing.operation == "post":
            return await self._post(demanded(chat, "a chat"), outgoing, until, thread=outgoing.thread)
        person = demanded(outgoing.account, "an account")
        if outgoing.operation == "form":
            return await self._open(outgoing, until)
        if outgoing.operation == "home":
            view = home(outgoing.reply, images=images_of(outgoing))
            await self._client.call("views.publish", {"user_id": person, "view": view}, within_s=self._left(until))
            return Sent()
        if outgoing.operation == "private" and chat is not None and not chat.startswith("D"):
            try:
                return await self._whisper(chat, person, outgoing, until)
            except Refused as error:
                if error.error not in _ELSEWHERE:
                    raise
        direct = await self.direct_chat(person, within_s=min(LOOK_S, self._left(until)))
        return await self._post(direct, outgoing, until, thread=None)

    async def _post(self, chat: str, outgoing: Outgoing, until: float, *, thread: str | None) -> Sent:
        if outgoing.first_tried_at is not None and not self._is_unsent(outgoing):
            found = await self._standing(chat, outgoing, outgoing.first_tried_at, thread)
            if found is not None:
                return found
        args = {
            "channel": chat,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"id": outgoing.id}},
            "unfurl_links": False,
            "unfurl_media": False,
            "mrkdwn": False,
        }
        answered = await self._call("chat.postMessage", args, outgoing, until, thread=thread)
        return Sent(text_at(answered.body, "ts") or None, text_at(answered.body, "channel") or chat)

    async def _whisper(self, chat: str, person: str, outgoing: Outgoing, until: float) -> Sent:
        args = {"channel": chat, "user": person}
        await self._call("chat.postEphemeral", args, outgoing, until, thread=outgoing.thread)
        return Sent(chat=chat)  # what it gives as an id cannot be edited

    async def _update(self, outgoing: Outgoing, until: float) -> Sent:
        chat, ts = demanded(outgoing.chat, "a chat"), demanded(outgoing.message, "a message")
        await self._call("chat.update", {"channel": chat, "ts": ts}, outgoing, until)
        return Sent(ts, chat)

    async def _open(self, outgoing: Outgoing, until: float) -> Sent:
        form, trigger = outgoing.reply.form, demanded(outgoing.trigger, "a trigger")
        if form is None:
            raise Gone("slack: there is no form to open")
        where = Place(outgoing.chat or "", "group", thread=outgoing.thread)
        try:
            view = modal(form, outgoing.reply, callback_id=written(where))
        except ValueError as error:
            raise Gone(f"slack: {error}") from error
        await self._client.call("views.open", {"trigger_id": trigger, "view": view}, within_s=self._left(until))
        return Sent()

    async def _call(
        self, method: str, args: Mapping[str, Any], outgoing: Outgoing, until: float, *, thread: str | None = None
    ) -> Answer:
        """Call with the drawn message; a picture that Slack does not know yet is waited for, then left out."""
        args = {**args, "link_names": False} | ({"thread_ts": thread} if thread else {})
        try:
            return await self._client.call(method, args | _drawn(outgoing), within_s=self._left(until))
        except Refused as error:
            if error.error != "invalid_blocks" or not outgoing.pictures:
                raise
            if outgoing.attempt < MOST_DRAWINGS:
                raise Retry(f"{method}: its picture is not known yet", after_s=2.0) from error
        plain = _drawn(replace(outgoing, pictures=()))
        return await self._client.call(method, args | plain, within_s=self._left(until))

    # -- looking for what may stand ---------------------------------------------------------------

    async def _standing(self, chat: str, outgoing: Outgoing, since: datetime, thread: str | None) -> Sent | None:
        """Look whether an earlier attempt came through; None when it did not, or nobody can tell.

        Raises:
            Retry: it cannot be looked for now, but may be later.
        """
        method = "conversations.replies" if thread else "conversations.history"
        args: dict[str, Any] = {
            "channel": chat,
            "oldest": f"{(since - timedelta(seconds=5)).timestamp():.6f}",
            "inclusive": True,
            "include_all_metadata": True,
            "limit": 200,
        } | ({"ts": thread} if thread else {})
        try:
            for _ in range(PAGES):
                answered = await self._client.call(method, args, within_s=LOOK_S / PAGES)
                for each in messages_of(answered):
                    if _marker(each) == outgoing.id and text_at(each, "ts"):
                        return Sent(text_at(each, "ts"), chat)
                args["cursor"] = text_at(answered.body, "response_metadata", "next_cursor")
                if not args["cursor"]:
                    return None
        except (Gone, Retry) as error:
            if isinstance(error, Retry) and outgoing.attempt < MOST_LOOKS:
                raise
            log.warning("slack_cannot_look", extra={"letter": outgoing.id, "error": str(error)})
        return None

    def _is_unsent(self, outgoing: Outgoing) -> bool:
        """Tell whether the attempt before this one was ours, and surely sent nothing."""
        return self._unsent.get(outgoing.id) == outgoing.attempt - 1

    def _left(self, until: float) -> float:
        return max(0.1, until - self._ticks())


def messages_of(answered: Answer) -> list[Mapping[str, Any]]:
    """Give the messages in an answer of a conversation's history."""
    found = answered.body.get("messages")
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _drawn(outgoing: Outgoing) -> dict[str, Any]:
    """Draw a message; all three parts are sent, for an edit keeps what is left out."""
    drawn = message(outgoing.reply, language=outgoing.language, images=images_of(outgoing))
    return {"text": drawn.text, "blocks": drawn.blocks, "attachments": drawn.attachments}


def _marker(found: Mapping[str, Any]) -> str:
    is_ours = text_at(found, "metadata", "event_type") == EVENT_TYPE
    return text_at(found, "metadata", "event_payload", "id") if is_ours else ""
