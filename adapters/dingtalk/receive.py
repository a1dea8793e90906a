"""What DingTalk sends, in the house's words. Pure: the data of a frame in, events out.

What is not for us becomes None, which is acknowledged: DingTalk would deliver it again, to no end.
Nothing here raises for data of a shape never seen. See stream.py for the frames around it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from adapters.carry import unpack
from adapters.dingtalk.render import CARRY_CHARS
from adapters.markup import trimmed
from adapters.shapes import list_at, map_at, text_at
from commands.core.event import Event, Mention, Place, Sender, SharedFile

Body: TypeAlias = Mapping[str, Any]

DIRECT: Final = "dm:"
"""Begins the id of a direct chat; the person's staff id follows, which is all that is needed to write there."""
CARD: Final = "card:"
"""Begins the id of a message that is a card; its outTrackId follows."""
TEXT: Final = "text:"
"""Begins the id of any other message, which nobody can edit."""
CARRIES: Final = ("carry", "carried")
"""What the parameter of a button may be called in the template."""
STRANGER: Final = "$:"
"""Begins the encrypted id of somebody who is not of the organisation, who has no staff id."""
NAME: Final = re.compile(r"@([^\s@\u2005\uff20]{1,64})")
"""How a mention stands in a text: with the name, and without any id."""

_FILES: Final[Mapping[str, str]] = {"picture": "image/*", "file": "application/octet-stream", "video": "video/*"}


def said(data: Body, app: str, *, now: datetime) -> Event | None:
    """Read what somebody said to the bot: in a group by mentioning it, or in a direct chat.

    `now` dates what came without a date.
    """
    chat, message = text_at(data, "conversationId"), text_at(data, "msgId")
    account = text_at(data, "senderStaffId") or text_at(data, "senderId")
    if not chat or not message or not account:
        return None
    is_direct = text_at(data, "conversationType") == "1"
    place = (
        Place(DIRECT + account, "direct")
        if is_direct
        else Place(chat, "group", text_at(data, "conversationTitle") or None)
    )
    tenant = text_at(data, "chatbotCorpId")
    is_guest = not text_at(data, "senderStaffId") or text_at(data, "senderCorpId", otherwise=tenant) != tenant
    quoted = text_at(data, "text", "repliedMsg", "msgId") or text_at(data, "originalMsgId")
    return Event(
        key=f"dingtalk:{app}:{tenant}:{chat}:{message}",
        platform="dingtalk",
        app=app,
        tenant=tenant,
        kind="said",
        sender=Sender(account, text_at(data, "senderNick") or None, is_guest=is_guest),
        place=place,
        sent_at=_at(data.get("createAt"), now),
        text=trimmed((_without_bot(_words(data), data),)),
        message=TEXT + message,
        replies_to=TEXT + quoted if quoted else None,
        files=tuple(_files(data)),
    )


def joined(event: Event) -> Event:
    """Make the event of the bot's coming into the group where something was said first.

    DingTalk documents no event for it. The key is the same for ever, so that it happens once.
    """
    key = f"dingtalk:{event.app}:{event.tenant}:joined:{event.place.chat}"
    return replace(event, key=key, kind="joined", text=(), files=(), message=None, replies_to=None)


def pressed(data: Body, app: str, *, frame: str, now: datetime) -> Event | None:
    """Read a press of a card's button.

    `frame` is the id of the frame, for a press has none of its own.
    """
    account, card = text_at(data, "userId"), text_at(data, "outTrackId")
    content = _unpacked(data.get("content"))
    params = map_at(content, "cardPrivateData", "params")
    carried = next((found for name in CARRIES if (found := unpack(params.get(name), most=CARRY_CHARS))), None)
    if carried is None or not account or not card or not frame:
        return None
    is_group = text_at(data, "spaceType").upper() == "IM_GROUP"
    place = Place(text_at(data, "spaceId"), "group") if is_group else Place(DIRECT + account, "direct")
    if not place.chat:
        return None
    tenant = text_at(data, "corpId")
    return Event(
        key=f"dingtalk:{app}:{tenant}:press:{frame}",
        platform="dingtalk",
        app=app,
        tenant=tenant,
        kind="pressed",
        sender=Sender(account),
        place=place,
        sent_at=now,
        carried=carried,
        message=CARD + card,
    )


def mentioned(data: Body) -> tuple[str, ...]:
    """Give the staff ids of those who are mentioned beside the bot, in no certain order."""
    bot = text_at(data, "chatbotUserId")
    found = [text_at(each, "staffId") for each in list_at(data, "atUsers") if text_at(each, "dingtalkId") != bot]
    return tuple(dict.fromkeys(each for each in found if each))


def with_mentions(event: Event, names: Mapping[str, str | None]) -> Event:
    """Put mentions in the place of names.

    `names` are those of the staff ids that are mentioned, None where they are not known. A text tells
    names only, the list beside it ids only. So a name is taken for an id when it is that person's;
    without names, only where there is one of each. What stays unclear stays text.
    """
    nodes: list[str | Mention] = []
    for node in event.text:
        nodes += _split(node, names) if isinstance(node, str) else [node]
    return replace(event, text=trimmed(nodes))


def _split(text: str, names: Mapping[str, str | None]) -> Iterator[str | Mention]:
    found = list(NAME.finditer(text))
    is_only = len(found) == len(names) == 1
    by_name = {name: account for account, name in names.items() if name}
    end = 0
    for each in found:
        account = next((by_name[n] for n in sorted(by_name, key=len, reverse=True) if each[1].startswith(n)), None)
        name = each[1]
        if account is not None:
            name = names[account] or name
        elif is_only:
            account = next(iter(names))
        if account is not None:
            yield text[end : each.start()]
            yield Mention(account, name)
            end = each.start() + 1 + len(name)
    yield text[end:]


def webhook(data: Body) -> tuple[str, float] | None:
    """Give the session webhook that came along, and when it ends, in seconds since 1970."""
    url, ends = text_at(data, "sessionWebhook"), data.get("sessionWebhookExpiredTime")
    return (url, ends / 1000) if url and isinstance(ends, int) else None


def _words(data: Body) -> str:
    """Give what was said, also when it was said aloud or among pictures."""
    kind = text_at(data, "msgtype")
    if kind == "richText":
        return "".join(text_at(each, "text") for each in list_at(data, "content", "richText"))
    if kind == "audio":
        return text_at(data, "content", "recognition")
    return text_at(data, "text", "content")


def _without_bot(text: str, data: Body) -> str:
    """Leave out the bot's own mention, where DingTalk left it in: at the start, one more than the others are."""
    text = text.strip()
    others = len(list_at(data, "atUsers")) - 1
    own = NAME.match(text)
    if own is None or text_at(data, "conversationType") == "1" or len(NAME.findall(text)) <= max(0, others):
        return text
    return text[own.end() :]


def _files(data: Body) -> Iterator[SharedFile]:
    kind = text_at(data, "msgtype")
    shared = [map_at(data, "content")] if kind in _FILES else []
    if kind == "richText":
        shared = [each for each in list_at(data, "content", "richText") if text_at(each, "downloadCode")]
        kind = "picture"
    for each in shared:
        code = text_at(each, "downloadCode")
        if code:
            yield SharedFile(code, text_at(each, "fileName", otherwise=kind), _FILES[kind], 0)


def _unpacked(packed: object) -> Body:
    """Read JSON inside JSON; nothing where it is none."""
    try:
        body = json.loads(packed) if isinstance(packed, str) else packed
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _at(milliseconds: object, now: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return now
