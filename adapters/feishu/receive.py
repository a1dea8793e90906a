"""What Feishu sends, in the house's words. Pure: bytes and JSON in, events out.

What is not for us becomes a Nothing, which is acknowledged: Feishu would deliver it again, to no end.
Nothing here raises for a payload of a shape never seen. See adapter.py for who calls it.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from adapters.feishu.carry import LANGUAGE, TITLE, carried_of, is_submitted, values_of
from adapters.markup import spoken
from adapters.shapes import list_at, map_at, text_at
from commands.core.event import ChatKind, Event, Kind, Mention, Place, Sender, SharedFile

Body: TypeAlias = Mapping[str, Any]
Node: TypeAlias = str | Mention

PINS: Final = frozenset({"Pin"})
"""The reactions that ask for a task."""
CARD_ACTION: Final = "card.action.trigger"
ENTERED: Final = "im.chat.access_event.bot_p2p_chat_entered_v1"

_MARK: Final = re.compile(r"@_(?:user_[0-9]{1,6}|all)", re.ASCII)
_ALL: Final = "@_all"
_FILES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "image": ("image_key", "image/*"),
        "file": ("file_key", "application/octet-stream"),
        "audio": ("file_key", "audio/*"),
        "media": ("file_key", "video/*"),
    }
)
"""By type of message: the field that names the file, and what it is, as far as Feishu tells."""


@dataclass(frozen=True, slots=True)
class Own:
    """Tell who the bot is, as Feishu knows it."""

    app: str
    open_id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Say why there is nothing to do; it is acknowledged all the same."""

    reason: str


# -- kinds ---------------------------------------------------------------------------------------


def type_of(body: Body) -> str:
    """Name what happened; empty for a payload that is no event."""
    return text_at(body, "header", "event_type")


def entered(body: Body) -> tuple[str, str] | None:
    """Tell who opened their direct chat with the bot, and which that is; None for all else."""
    who, chat = text_at(body, "event", "operator_id", "open_id"), text_at(body, "event", "chat_id")
    return (who, chat) if type_of(body) == ENTERED and who and chat else None


def language_of(body: Body) -> str:
    """Tell in which language the card is on which something was pressed."""
    return text_at(body, "event", "action", "value", LANGUAGE)


def title_of(body: Body) -> str:
    """Tell what the form is called that was submitted."""
    return text_at(body, "event", "action", "value", TITLE)


# -- parsing -------------------------------------------------------------------------------------


def parse(body: Body, own: Own, *, now: datetime) -> Event | Nothing:
    """Translate a payload; `now` dates what Feishu does not date.

    What Feishu leaves out is empty, and for the adapter to ask: the chat of a message marked by a reaction,
    the sender of a message recalled, and the direct chat of who used the bot's menu.
    """
    reader = EVENTS.get(type_of(body))
    return Nothing("an event not asked for") if reader is None else reader(body, own, now)


def _message(body: Body, own: Own, now: datetime) -> Event | Nothing:
    message = map_at(body, "event", "message")
    account, id, chat = text_at(body, "event", "sender", "sender_id", "open_id"), *_ids(message)
    if text_at(body, "event", "sender", "sender_type") != "user" or not account or not id or not chat:
        return Nothing("not said by a person")
    kind: ChatKind = "direct" if text_at(message, "chat_type") == "p2p" else "group"
    read = content_of(text_at(message, "message_type"), text_at(message, "content"), list_at(message, "mentions"), own)
    if read is None:
        return Nothing("a message without words or files")
    is_guest = text_at(body, "event", "sender", "tenant_key") not in ("", _tenant(body))
    place = Place(chat, kind, thread=thread_of(message))
    sent_at = _at(message.get("create_time"), now)
    said = _event(body, own, "said", id, Sender(account, is_guest=is_guest), place, sent_at)
    return replace(
        said,
        text=read.text,
        is_addressed=read.is_named or kind == "direct",
        message=id,
        replies_to=text_at(message, "parent_id") or None,
        files=read.files,
    )


def _recalled(body: Body, own: Own, now: datetime) -> Event | Nothing:
    id, chat = _ids(map_at(body, "event"))
    if not id or not chat:
        return Nothing("a message without a place")
    at = _at(map_at(body, "event").get("recall_time"), now)
    gone = _event(body, own, "deleted", _id_of(body), Sender(""), Place(chat, "group"), at)
    return replace(gone, is_addressed=False, message=id)


def _reaction(body: Body, own: Own, now: datetime) -> Event | Nothing:
    event = map_at(body, "event")
    account, id = text_at(event, "user_id", "open_id"), text_at(event, "message_id")
    emoji = text_at(event, "reaction_type", "emoji_type")
    if emoji not in PINS or text_at(event, "operator_type") != "user" or not account or not id:
        return Nothing("a reaction that asks for nothing")
    at = _at(event.get("action_time"), now)
    marked = _event(body, own, "reacted", _id_of(body), Sender(account), Place("", "group"), at)
    return replace(marked, message=id, values={"reaction": emoji})


def _menu(body: Body, own: Own, now: datetime) -> Event | Nothing:
    """Read the key of a menu's entry as what could have been typed: `my_tasks` is "my tasks"."""
    operator, key = map_at(body, "event", "operator"), text_at(body, "event", "event_key")
    account = text_at(operator, "operator_id", "open_id")
    if not account or not key:
        return Nothing("nobody did it")
    sender = Sender(account, text_at(operator, "operator_name") or None)
    at = _at(map_at(body, "event").get("timestamp"), now)
    chosen = _event(body, own, "said", _id_of(body), sender, Place("", "direct"), at)
    return replace(chosen, text=(key.replace("_", " ").strip(),))


def _joined(body: Body, own: Own, now: datetime) -> Event | Nothing:
    return _moved(body, own, now, "joined")


def _left(body: Body, own: Own, now: datetime) -> Event | Nothing:
    return _moved(body, own, now, "left")


def _moved(body: Body, own: Own, now: datetime, kind: Kind) -> Event | Nothing:
    event = map_at(body, "event")
    chat = text_at(event, "chat_id")
    if not chat:
        return Nothing("a chat without an id")
    by = text_at(event, "operator_id", "open_id") or own.open_id
    is_guest = text_at(event, "operator_tenant_key") not in ("", _tenant(body))
    place = Place(chat, "group", text_at(event, "name") or None)
    return _event(body, own, kind, _id_of(body), Sender(by, is_guest=is_guest), place, _sent_at(body, now))


def _action(body: Body, own: Own, now: datetime) -> Event | Nothing:
    event = map_at(body, "event")
    action, account = map_at(event, "action"), text_at(event, "operator", "open_id")
    carried, chat = carried_of(action), text_at(event, "context", "open_chat_id")
    if carried is None or not account or not chat:
        return Nothing("a press that carries no command")
    is_guest = text_at(event, "operator", "tenant_key") not in ("", _tenant(body))
    kind: Kind = "submitted" if is_submitted(action) else "pressed"
    place = Place(chat, "group")  # which it is, the store knows: a card hangs in a chat that was met before
    acted = _event(body, own, kind, _id_of(body), Sender(account, is_guest=is_guest), place, _sent_at(body, now))
    message = text_at(event, "context", "open_message_id") or None
    return replace(acted, carried=carried, values=values_of(action), message=message)


Reader = Callable[[Body, Own, datetime], Event | Nothing]
EVENTS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        CARD_ACTION: _action,
        "application.bot.menu_v6": _menu,
        "im.chat.member.bot.added_v1": _joined,
        "im.chat.member.bot.deleted_v1": _left,
        "im.message.reaction.created_v1": _reaction,
        "im.message.recalled_v1": _recalled,
        "im.message.receive_v1": _message,
    }
)
"""What is read, by type; docs/platforms/feishu.md subscribes to these."""


# -- messages ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Content:
    """Hold what a message says."""

    text: tuple[Node, ...]
    is_named: bool = False
    """Whether the bot was mentioned."""
    files: tuple[SharedFile, ...] = ()


def content_of(kind: str, content: str, mentions: Sequence[Any], own: Own) -> Content | None:
    """Read a message's content, which is JSON in a text; None without words and files."""
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        return None
    named = _named(mentions, own)
    if kind == "text":
        return Content(*spoken(_pieces(text_at(read, "text"), named)))
    if kind == "post":
        return _post(read, named)
    if kind not in _FILES:
        return None
    field, mime = _FILES[kind]
    key = text_at(read, field)
    return Content((), files=(SharedFile(key, text_at(read, "file_name") or key, mime, 0),)) if key else None


def thread_of(message: Body) -> str | None:
    """Give the first message of the thread that a message stands in; None outside threads.

    A message with a thread and without a root begins one: so does every message of a topic group, and what
    answers it belongs below it.
    """
    if not text_at(message, "thread_id"):
        return None
    return text_at(message, "root_id") or text_at(message, "message_id") or None


def with_message(event: Event, found: Body, own: Own) -> Event:
    """Add to a reaction what it was given to: the message as Feishu has it."""
    read = content_of(text_at(found, "msg_type"), text_at(found, "body", "content"), list_at(found, "mentions"), own)
    place = replace(event.place, chat=text_at(found, "chat_id"), thread=thread_of(found))
    author = text_at(found, "sender", "id") if text_at(found, "sender", "sender_type") == "user" else ""
    read = read or Content(())
    return replace(event, text=read.text, files=read.files, place=place, values={**event.values, "author": author})


def _post(read: object, named: Mapping[str, Mention | None]) -> Content:
    """Read rich text; under a language's name where it comes in several."""
    if isinstance(read, Mapping) and "content" not in read:
        read = next(iter(read.values()), {})
    pieces: list[Node | None] = [*([title + "\n"] if (title := text_at(read, "title")) else [])]
    files: list[SharedFile] = []
    for number, line in enumerate(list_at(read, "content")):
        pieces += ["\n"] if number else []
        for each in line if isinstance(line, list) else ():
            if text_at(each, "tag") == "at":
                key = text_at(each, "user_id")
                pieces += _pieces(key, named) if _MARK.fullmatch(key) else [text_at(each, "user_name")]
            elif text_at(each, "tag") == "img" and (image := text_at(each, "image_key")):
                files.append(SharedFile(image, image, "image/*", 0))
            else:
                pieces.append(text_at(each, "text"))
    return Content(*spoken(pieces), files=tuple(files))


def _named(mentions: Sequence[Any], own: Own) -> dict[str, Mention | None]:
    """Give who is meant by each key; None for the bot itself."""
    named: dict[str, Mention | None] = {}
    for each in mentions:
        account = text_at(each, "id", "open_id") or text_at(each, "id")
        if account:
            told = None if account == own.open_id else Mention(account, text_at(each, "name") or None)
            named[text_at(each, "key")] = told
    return named


def _pieces(text: str, named: Mapping[str, Mention | None]) -> list[Node | None]:
    """Part a text at its mentions; one of everybody is nobody's."""
    pieces: list[Node | None] = []
    end = 0
    for mark in _MARK.finditer(text):
        pieces.append(text[end : mark.start()])
        end = mark.end()
        pieces.append("@all" if mark[0] == _ALL else named.get(mark[0], mark[0]))
    return [*pieces, text[end:]]


# -- the parts of an event -------------------------------------------------------------------------


def _event(body: Body, own: Own, kind: Kind, native: str, sender: Sender, place: Place, sent_at: datetime) -> Event:
    tenant = _tenant(body)
    return Event(f"feishu:{own.app}:{tenant}:{native}", "feishu", own.app, tenant, kind, sender, place, sent_at)


def _tenant(body: Body) -> str:
    return text_at(body, "header", "tenant_key")


def _id_of(body: Body) -> str:
    """Give the id of an event that is no new message."""
    known = text_at(body, "header", "event_id")
    if known:
        return f"event:{known}"
    told = json.dumps(body.get("event"), sort_keys=True, default=str).encode("utf-8", "replace")
    return f"event:{hashlib.sha256(told).hexdigest()[:40]}"


def _ids(message: Body) -> tuple[str, str]:
    return text_at(message, "message_id"), text_at(message, "chat_id")


def _sent_at(body: Body, now: datetime) -> datetime:
    return _at(map_at(body, "header").get("create_time"), now)


def _at(stamp: object, otherwise: datetime) -> datetime:
    """Read an instant: Feishu writes seconds, milliseconds or microseconds, as a number or as text."""
    text = str(stamp) if isinstance(stamp, int | str) else ""
    if not text.isascii() or not text.isdigit() or not 9 <= len(text) <= 17:
        return otherwise
    return datetime.fromtimestamp(int(text) / 10 ** max(0, len(text) - 10), UTC)
