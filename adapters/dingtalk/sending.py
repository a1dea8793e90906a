"""Sending to DingTalk: which call an outgoing message becomes, and where a session webhook serves.

With a card template everything that has buttons or is an object's card goes out as a card, which is
edited in place; all else, and everything without a template, as Markdown, which nobody can edit.
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from adapters.dingtalk.client import Client, Refused
from adapters.dingtalk.receive import CARD, DIRECT, STRANGER, TEXT
from adapters.dingtalk.render import Markdown, Template, card, markdown, pinged
from adapters.kept import remember
from adapters.outgoing import demanded, images_of
from adapters.pace import Pace
from adapters.shapes import list_at, map_at, text_at
from commands.core.ports import Gone, Outgoing, Retry, Sent

SEND_S: Final = 9.0
WEBHOOK_MARGIN_S: Final = 30.0
"""How long before its end a session webhook is not used any more."""
FULL_S: Final = 60.0
"""How long a conversation rests that DingTalk found too busy."""
CREATE: Final = "/v1.0/card/instances/createAndDeliver"
UPDATE: Final = "/v1.0/card/instances"
TO_GROUP: Final = "/v1.0/robot/groupMessages/send"
TO_PERSON: Final = "/v1.0/robot/oToMessages/batchSend"

log = logging.getLogger("drumbeat.dingtalk")


class Sending:
    """Send messages through a client.

    `clock` gives aware UTC instants, `ticks` seconds that never go back.
    """

    def __init__(
        self,
        client: Client,
        *,
        robot: str,
        template: Template | None,
        posts_per_minute: int,
        clock: Callable[[], datetime],
        ticks: Callable[[], float],
    ) -> None:
        self._client = client
        self._robot = robot
        self._template = template
        self._clock = clock
        self._ticks = ticks
        burst = max(1, posts_per_minute // 4)
        self._pace = Pace(ticks, every_s=60 / max(1, posts_per_minute - burst), burst=burst)
        self._resting: dict[str, float] = {}
        self._webhooks: dict[str, tuple[str, float]] = {}
        self._said: dict[str, int] = {}
        """How many pieces stand already of messages that were sent in part."""
        self._shown: dict[str, tuple[str, ...]] = {}
        """What messages showed that cannot be edited, so that none is said again without a change."""

    def learn(self, chat: str, url: str, ends: float) -> None:
        """Keep the session webhook of a chat, if its address is DingTalk's own; `ends` is seconds since 1970."""
        if self._client.is_dingtalks(url):
            remember(self._webhooks, chat, (url, ends))
        else:
            log.warning("dingtalk_foreign_webhook")

    async def send(self, outgoing: Outgoing) -> Sent:
        """Send one message within 10 seconds; the errors are those of the port."""
        until = self._ticks() + SEND_S
        if outgoing.operation == "home":
            return Sent()  # there is none
        if outgoing.operation == "form":
            raise Gone("dingtalk: there are no forms")
        if outgoing.operation == "update":
            return await self._update(outgoing, until)
        if outgoing.operation in ("direct", "private"):
            chat = DIRECT + demanded(outgoing.account, "an account")
            return await self._post(chat, outgoing, until)
        return await self._post(demanded(outgoing.chat, "a chat"), outgoing, until)

    # -- cards --------------------------------------------------------------------------------

    async def _post(self, chat: str, outgoing: Outgoing, until: float) -> Sent:
        reply = outgoing.reply
        if self._template is not None and (reply.buttons or reply.about is not None):
            variables = card(reply, self._template, language=outgoing.language, images=images_of(outgoing))
            if variables is not None and not chat.startswith(DIRECT + STRANGER):
                return await self._deliver(chat, variables, outgoing, until)
        return await self._say(chat, outgoing, until)

    async def _update(self, outgoing: Outgoing, until: float) -> Sent:
        """Edit a card; what is no card is said anew, where it shows something else by now."""
        message, chat = demanded(outgoing.message, "a message"), demanded(outgoing.chat, "a chat")
        if message.startswith(TEXT):
            drawn = markdown(outgoing.reply, language=outgoing.language).texts
            if self._template is None and self._shown.get(message) == drawn:
                return Sent(message, chat)
            return await self._post(chat, outgoing, until)
        variables = None
        if self._template is not None and message.startswith(CARD):
            variables = card(outgoing.reply, self._template, language=outgoing.language, images=images_of(outgoing))
        if variables is None:
            raise Gone("dingtalk: this message cannot be edited")
        await self._change(message.removeprefix(CARD), variables, until)
        return Sent(message, chat)

    async def _change(self, track: str, variables: Mapping[str, str], until: float) -> None:
        body = {
            "outTrackId": track,
            "cardData": {"cardParamMap": variables},
            "cardUpdateOptions": {"updateCardDataByKey": True},
        }
        await self._client.call("PUT", UPDATE, body, within_s=self._left(until))

    async def _deliver(self, chat: str, variables: Mapping[str, str], outgoing: Outgoing, until: float) -> Sent:
        """Create a card under the message's own id, so that one that came through is found again."""
        sent = Sent(CARD + outgoing.id, chat)
        may_stand = outgoing.attempt > 1 or outgoing.first_tried_at is not None
        if may_stand and await self._stands(outgoing.id, variables, until):
            return sent
        self._wait_for_turn(chat)
        body = {
            "cardTemplateId": self._template.id if self._template else "",
            "outTrackId": outgoing.id,
            "callbackType": "STREAM",
            "cardData": {"cardParamMap": variables},
            "userIdType": 1,
            **self._space(chat, pinged(outgoing.reply)),
        }
        try:
            answered = await self._client.call("POST", CREATE, body, within_s=self._left(until))
        except Refused:
            if await self._stands(outgoing.id, variables, until):  # created by a process that died since
                return sent
            raise
        failed = [
            each
            for each in list_at(map_at(answered, "result"), "deliverResults")
            if map_at(each).get("success") is False
        ]
        if failed:
            raise Gone(f"dingtalk: the card was not delivered: {text_at(failed[0], 'errorMsg')[:100]}")
        return sent

    async def _stands(self, track: str, variables: Mapping[str, str], until: float) -> bool:
        """Tell whether a card stands already, and let it show this."""
        try:
            await self._change(track, variables, until)
        except Refused:
            return False
        return True

    def _space(self, chat: str, at: Mapping[str, str]) -> dict[str, Any]:
        """Say where a card shall hang, and whom it calls."""
        if chat.startswith(DIRECT):
            return {
                "openSpaceId": f"dtv1.card//IM_ROBOT.{chat.removeprefix(DIRECT)}",
                "imRobotOpenSpaceModel": {"supportForward": True},
                "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": self._robot},
            }
        delivered = {"robotCode": self._robot, **({"atUserIds": dict(at)} if at else {})}
        return {
            "openSpaceId": f"dtv1.card//IM_GROUP.{chat}",
            "imGroupOpenSpaceModel": {"supportForward": True},
            "imGroupOpenDeliverModel": delivered,
        }

    # -- Markdown -----------------------------------------------------------------------------

    async def _say(self, chat: str, outgoing: Outgoing, until: float) -> Sent:
        """Send Markdown in as many messages as it takes; after an error it goes on where it stood."""
        done, first = self._said.get(outgoing.id, 0), ""
        drawn = self._drawn(outgoing, mentions=self._webhook(chat) is not None)
        while done < len(drawn.texts):
            self._wait_for_turn(chat)
            native = await self._say_one(chat, drawn, drawn.texts[done], until)
            if native is None:  # the webhook was over
                drawn = self._drawn(outgoing, mentions=False)
                continue
            first, done = first or native, done + 1
            remember(self._said, outgoing.id, done)
        self._said.pop(outgoing.id, None)
        message = TEXT + (first or outgoing.id)
        remember(self._shown, message, markdown(outgoing.reply, language=outgoing.language).texts)
        return Sent(message, chat)

    async def _say_one(self, chat: str, drawn: Markdown, text: str, until: float) -> str | None:
        """Send one message and give its id, empty where there is none; None when the webhook is over."""
        url = self._webhook(chat)
        if url is not None:
            at = {"atUserIds": [each for each in drawn.at if f"@{each}" in text], "isAtAll": False}
            body = {"msgtype": "markdown", "markdown": {"title": drawn.title, "text": text}, "at": at}
            try:
                await self._client.post_to_webhook(url, body, within_s=self._left(until))
            except Gone:  # nothing was sent; the robot's own way is open as ever
                self._webhooks.pop(chat, None)
                return None
            except Retry as error:
                if error.after_s is not None:
                    self._resting[chat] = self._ticks() + FULL_S
                raise
            return ""
        told = {"msgKey": "sampleMarkdown", "msgParam": _packed({"title": drawn.title, "text": text})}
        return await self._send_as_robot(chat, told, until)

    async def _send_as_robot(self, chat: str, told: Mapping[str, str], until: float) -> str:
        if not chat.startswith(DIRECT):
            body = {"robotCode": self._robot, "openConversationId": chat, **told}
            return text_at(
                await self._client.call("POST", TO_GROUP, body, within_s=self._left(until)), "processQueryKey"
            )
        person = chat.removeprefix(DIRECT)
        if person.startswith(STRANGER):
            raise Gone("dingtalk: only who is of the organisation can be written to")
        to_person: dict[str, Any] = {"robotCode": self._robot, "userIds": [person], **told}
        answered = await self._client.call("POST", TO_PERSON, to_person, within_s=self._left(until))
        if person in list_at(answered, "invalidStaffIdList"):
            raise Gone("dingtalk: there is no such person for this robot")
        if person in list_at(answered, "flowControlledStaffIdList"):
            raise Retry("dingtalk: this person gets too many messages", after_s=FULL_S)
        return text_at(answered, "processQueryKey")

    def _drawn(self, outgoing: Outgoing, *, mentions: bool) -> Markdown:
        return markdown(outgoing.reply, language=outgoing.language, images=images_of(outgoing), mentions=mentions)

    def _webhook(self, chat: str) -> str | None:
        """Give the session webhook of a chat while it lives."""
        url, ends = self._webhooks.get(chat, ("", 0.0))
        return url if ends - WEBHOOK_MARGIN_S > self._clock().timestamp() else None

    def _wait_for_turn(self, chat: str) -> None:
        """Let a message go, or say when it may.

        Raises:
            Retry: the conversation has had enough for this minute.
        """
        rest_s = self._resting.get(chat, 0.0) - self._ticks()
        if rest_s > 0:
            raise Retry("dingtalk: this conversation rests", after_s=rest_s)
        self._resting.pop(chat, None)
        if wait_s := self._pace.take(chat):
            raise Retry("dingtalk: enough messages for this minute", after_s=wait_s)

    def _left(self, until: float) -> float:
        return max(0.1, until - self._ticks())


def _packed(value: Mapping[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
