"""What Slack sends, in the house's words. Pure: bytes and JSON in, events out.

What comes here has passed gate.py. What is not for us becomes a Nothing, which is acknowledged:
Slack would deliver it again, to no end.
Nothing here raises for a payload of a shape never seen. See adapter.py for who calls it.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from adapters.markup import spoken
from adapters.shapes import list_at, map_at, text_at
from adapters.slack.carry import carried_of_action, carried_of_view, values_of_action
from adapters.slack.manifest import COMMAND, MAKE_TASK
from commands.core.event import ChatKind, Event, Kind, Mention, Place, Sender, SharedFile
from commands.core.reply import FormErrors, Outcome

Body: TypeAlias = Mapping[str, Any]
Node: TypeAlias = str | Mention
Shape = Literal["event", "command", "press", "form", "shortcut"]

PINS: Final = frozenset({"pushpin", "round_pushpin"})
"""The reactions that ask for a task."""
SLACKBOT: Final = "USLACKBOT"
AGAIN_S: Final = 1
"""After how many seconds Slack may deliver again what could not be stored."""

_TS: Final = re.compile(r"[0-9]{9,11}\.[0-9]{1,9}", re.ASCII)
_MARK: Final = re.compile(r"<([^<>]*)>")
_PERSON: Final = re.compile(r"@([UW][A-Z0-9]{2,})(?:\|(.*))?", re.ASCII | re.DOTALL)
_SAID: Final = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""Subtypes of messages that people write."""
_NO_TITLES: Final = frozenset({"", "directmessage", "privategroup"})
_SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "event_callback": "event",
        "block_actions": "press",
        "view_submission": "form",
        "message_action": "shortcut",
    }
)


@dataclass(frozen=True, slots=True)
class Own:
    """Tell who the bot is, as Slack knows it; an empty text is not known."""

    team: str
    bot_user: str
    bot: str = ""
    app: str = ""
    enterprise: str = ""
    url: str = ""
    """The workspace's address, for links to messages."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Say why there is nothing to do; it is acknowledged all the same."""

    reason: str


@dataclass(frozen=True, slots=True)
class Response:
    """What to answer Slack; only 200 acknowledges."""

    status: int
    body: Body | None = None


OK: Final = Response(200)
AGAIN: Final = Response(503)
FORBIDDEN: Final = Response(403)


# -- kinds ---------------------------------------------------------------------------------------


def shape_of(body: Body) -> Shape | None:
    """Tell what kind of payload it is; None for one that asks for nothing."""
    if "type" not in body and text_at(body, "command"):
        return "command"
    return _SHAPES.get(text_at(body, "type"))


def said_at(body: Body) -> str | None:
    """Name a message that is said, alike in both copies of a mention; None for all else."""
    event = map_at(body, "event")
    if text_at(event, "type") not in ("message", "app_mention") or text_at(event, "subtype") not in _SAID:
        return None
    channel, ts = text_at(event, "channel"), text_at(event, "ts")
    return f"{channel}:{ts}" if channel and ts and shape_of(body) == "event" else None


# -- parsing -------------------------------------------------------------------------------------


def parse(body: Body, own: Own, *, now: datetime) -> Event | Nothing:
    """Translate a payload; `now` dates what Slack does not date."""
    shape = shape_of(body)
    if shape is None:
        return Nothing(text_at(body, "type") or "nothing known")
    user = text_at(body, "user", "id") or text_at(body, "user_id")
    if shape != "event" and not user:
        return Nothing("nobody did it")
    if shape == "event":
        reader = EVENTS.get(text_at(body, "event", "type"))
        return Nothing("an event not asked for") if reader is None else reader(body, own, now)
    return {"command": _command, "press": _press, "form": _form, "shortcut": _shortcut}[shape](body, own, now)


def _message(body: Body, own: Own, now: datetime) -> Event | Nothing:
    event = map_at(body, "event")
    subtype = text_at(event, "subtype")
    if subtype == "message_changed":
        return _changed(body, own, now)
    if subtype == "message_deleted":
        return _deleted(body, own, now, map_at(event, "previous_message"), text_at(event, "deleted_ts"))
    if subtype not in _SAID or not _is_by_person(event, own):
        return Nothing("not said by a person")
    channel, ts = text_at(event, "channel"), text_at(event, "ts")
    if not channel or not _TS.fullmatch(ts):
        return Nothing("a message without a place")
    place = _place(event, channel, _thread(event))
    text, is_named = nodes_of(text_at(event, "text"), own)
    is_mention = text_at(event, "type") == "app_mention"
    return replace(
        _event(body, own, "said", f"{channel}:{ts}", _sender(event, own, body), place, _at(ts, now)),
        text=text,
        is_addressed=is_named or is_mention or place.kind == "direct",
        message=ts,
        link=link_to(own, channel, ts, _thread(event)) or None,
        files=_files(event),
    )


def _changed(body: Body, own: Own, now: datetime) -> Event | Nothing:
    event = map_at(body, "event")
    new, old = map_at(event, "message"), map_at(event, "previous_message")
    if text_at(new, "subtype") == "tombstone":  # a deleted message whose thread goes on
        return _deleted(body, own, now, old, text_at(new, "ts"))
    if not _is_by_person(new, own) or text_at(new, "subtype") not in _SAID:
        return Nothing("not edited by a person")
    if text_at(new, "text") == text_at(old, "text") and _files(new) == _files(old):
        return Nothing("only its preview changed")
    ts = text_at(new, "ts")
    if not _TS.fullmatch(ts) or not text_at(event, "channel"):
        return Nothing("a message without a place")
    place = _place(event, text_at(event, "channel"), _thread(new))
    text, is_named = nodes_of(text_at(new, "text"), own)
    at = _at(text_at(event, "event_ts") or text_at(event, "ts"), now)
    return replace(
        _event(body, own, "edited", _id_of(body), _sender(new, own, body), place, at),
        text=text,
        is_addressed=is_named or place.kind == "direct",
        message=ts,
        files=_files(new),
    )


def _deleted(body: Body, own: Own, now: datetime, old: Body, ts: str) -> Event | Nothing:
    event = map_at(body, "event")
    if not _is_by_person(old, own) or not _TS.fullmatch(ts) or not text_at(event, "channel"):
        return Nothing("not a person's message")
    place = _place(event, text_at(event, "channel"), _thread(old))
    at = _at(text_at(event, "event_ts") or text_at(event, "ts"), now)
    gone = _event(body, own, "deleted", _id_of(body), _sender(old, own, body), place, at)
    return replace(gone, is_addressed=False, message=ts)


def _reaction(body: Body, own: Own, now: datetime) -> Event | Nothing:
    event = map_at(body, "event")
    name, channel, ts = text_at(event, "reaction"), text_at(event, "item", "channel"), text_at(event, "item", "ts")
    if name not in PINS or text_at(event, "item", "type") != "message" or not channel or not _TS.fullmatch(ts):
        return Nothing("a reaction that asks for nothing")
    if not _is_by_person(event, own) or text_at(event, "item_user") == own.bot_user:
        return Nothing("a reaction of or to a bot")
    place = _place(event, channel, None)
    at = _at(text_at(event, "event_ts"), now)
    marked = _event(body, own, "reacted", _id_of(body), _sender(event, own, body), place, at)
    values = {"reaction": name, "author": text_at(event, "item_user"), "link": link_to(own, channel, ts)}
    return replace(marked, message=ts, values=values)


def with_message(event: Event, found: Body, own: Own) -> Event:
    """Add to a reaction what it was given to: the message as the history has it."""
    text, _ = nodes_of(text_at(found, "text"), own)
    thread, ts = _thread(found), event.message or ""
    values = {
        **event.values,
        "author": text_at(found, "user") or event.values.get("author", ""),
        "link": link_to(own, event.place.chat, ts, thread),
    }
    return replace(event, text=text, files=_files(found), place=replace(event.place, thread=thread), values=values)


def _home(body: Body, own: Own, now: datetime) -> Event | Nothing:
    event = map_at(body, "event")
    user = text_at(event, "user")
    if text_at(event, "tab") != "home" or not _is_by_person(event, own):
        return Nothing("another tab")
    place = Place(text_at(event, "channel") or user, "direct")
    at = _at(text_at(event, "event_ts"), now)
    return _event(body, own, "opened_home", _id_of(body), _sender(event, own, body), place, at)


def _joined(body: Body, own: Own, now: datetime) -> Event | Nothing:
    return _moved(body, own, now, "joined", by=text_at(body, "event", "inviter"))


def _left(body: Body, own: Own, now: datetime) -> Event | Nothing:
    return _moved(body, own, now, "left", by=text_at(body, "event", "actor_id"))


def _moved(body: Body, own: Own, now: datetime, kind: Kind, *, by: str) -> Event | Nothing:
    """Tell that the bot itself came or went; `by` whom, else by itself."""
    event = map_at(body, "event")
    channel = text_at(event, "channel")
    if text_at(event, "user", otherwise=own.bot_user) != own.bot_user or not channel:
        return Nothing("somebody else came or went")
    at = _at(text_at(event, "event_ts"), now)
    place = _place(event, channel, None)
    return _event(body, own, kind, _id_of(body), Sender(by or own.bot_user), place, at)


def _command(body: Body, own: Own, now: datetime) -> Event | Nothing:
    channel, name = text_at(body, "channel_id"), text_at(body, "channel_name")
    if text_at(body, "command") != COMMAND or not channel:
        return Nothing("another command")
    title = None if name in _NO_TITLES or name.startswith("mpdm-") else name
    text, _ = nodes_of(text_at(body, "text"), own)
    said = _acted(body, own, "said", Place(channel, _kind(channel), title), now)
    return replace(said, text=text)


def _press(body: Body, own: Own, now: datetime) -> Event | Nothing:
    actions = list_at(body, "actions")
    action = actions[0] if actions else {}
    carried = carried_of_action(action) if isinstance(action, Mapping) else None
    if carried is None:
        return Nothing("a press that carries no command")
    container = map_at(body, "container")
    channel = text_at(container, "channel_id") or text_at(body, "channel", "id")
    name = text_at(body, "channel", "name")
    title = None if name in _NO_TITLES or name.startswith("mpdm-") else name
    thread = text_at(container, "thread_ts") or text_at(body, "message", "thread_ts")
    ts = text_at(container, "message_ts") or text_at(body, "message", "ts")
    place = Place(channel, _kind(channel), title, None if thread in ("", ts) else thread)
    if not channel:  # the Home tab
        place = Place(text_at(body, "user", "id"), "direct")
    pressed = _acted(body, own, "pressed", place, _at(text_at(action, "action_ts"), now))
    return replace(pressed, carried=carried, values=values_of_action(action), message=ts or None)


def _form(body: Body, own: Own, now: datetime) -> Event | Nothing:
    view = map_at(body, "view")
    try:
        carried, values = carried_of_view(view)
    except ValueError:
        return Nothing("a form that carries no command")
    place = _unwritten(text_at(view, "callback_id")) or Place(text_at(body, "user", "id"), "direct")
    return replace(_acted(body, own, "submitted", place, now), carried=carried, values=values)


def _shortcut(body: Body, own: Own, now: datetime) -> Event | Nothing:
    message, channel = map_at(body, "message"), text_at(body, "channel", "id")
    ts = text_at(body, "message_ts") or text_at(message, "ts")
    if text_at(body, "callback_id") != MAKE_TASK or not channel or not _TS.fullmatch(ts):
        return Nothing("another shortcut")
    text, _ = nodes_of(text_at(message, "text"), own)
    thread = _thread(message)
    values = {
        "reaction": "shortcut",
        "author": text_at(message, "user"),
        "link": link_to(own, channel, ts, thread),
    }
    name = text_at(body, "channel", "name")
    title = None if name in _NO_TITLES or name.startswith("mpdm-") else name
    place = Place(channel, _kind(channel), title, thread)
    marked = _acted(body, own, "reacted", place, _at(text_at(body, "action_ts"), now))
    return replace(marked, text=text, message=ts, files=_files(message), values=values)


Reader = Callable[[Body, Own, datetime], Event | Nothing]
EVENTS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "app_home_opened": _home,
        "app_mention": _message,
        "channel_left": _left,
        "group_left": _left,
        "member_joined_channel": _joined,
        "member_left_channel": _left,
        "message": _message,
        "reaction_added": _reaction,
    }
)
"""What is read, by type; the manifest subscribes to exactly these."""


# -- the parts of an event -------------------------------------------------------------------------


def _event(body: Body, own: Own, kind: Kind, native: str, sender: Sender, place: Place, sent_at: datetime) -> Event:
    app = text_at(body, "api_app_id") or own.app
    key = f"slack:{app}:{own.team}:{native}"
    return Event(key, "slack", app, own.team, kind, sender, place, sent_at)


def _acted(body: Body, own: Own, kind: Kind, place: Place, sent_at: datetime) -> Event:
    """Make the event of something done by hand, which comes with a trigger."""
    user = text_at(body, "user", "id") or text_at(body, "user_id")
    name = text_at(body, "user", "name") or text_at(body, "user", "username") or text_at(body, "user_name")
    team = text_at(body, "user", "team_id") or (own.team if "user" in body else text_at(body, "team_id"))
    sender = Sender(user, name or None, is_guest=_is_stranger(team, own, body))
    trigger = text_at(body, "trigger_id")
    native = f"trigger:{trigger}" if trigger else f"act:{_hash(body, own)}"
    return replace(_event(body, own, kind, native, sender, place, sent_at), trigger=trigger or None)


def _hash(body: Body, own: Own) -> str:
    """Name an act that came without a trigger: the same for each delivery."""
    actions = list_at(body, "actions")
    action: Any = actions[0] if actions else {}
    parts = (
        own.team,
        text_at(body, "channel", "id") or text_at(body, "channel_id"),
        text_at(body, "container", "message_ts") or text_at(body, "message_ts"),
        text_at(action, "action_id") or text_at(body, "view", "id"),
        text_at(body, "user", "id") or text_at(body, "user_id"),
        text_at(action, "action_ts") or text_at(body, "action_ts") or text_at(body, "view", "hash"),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


def _id_of(body: Body) -> str:
    """Give the id of an event that is no new message."""
    known = text_at(body, "event_id")
    return f"event:{known}" if known else f"event:{hashlib.sha256(_canonical(body)).hexdigest()[:40]}"


def _canonical(body: Body) -> bytes:
    return json.dumps(body.get("event"), sort_keys=True, default=str).encode("utf-8", "replace")


def _is_by_person(event: Body, own: Own) -> bool:
    user = text_at(event, "user")
    return bool(user) and user not in (own.bot_user, SLACKBOT) and not text_at(event, "bot_id")


def _sender(event: Body, own: Own, body: Body) -> Sender:
    team = text_at(event, "user_team") or text_at(event, "team")
    return Sender(text_at(event, "user"), is_guest=_is_stranger(team, own, body))


def _is_stranger(team: str, own: Own, body: Body) -> bool:
    """Tell whether somebody of that team came in through a shared channel."""
    if team in ("", own.team, own.enterprise):
        return False
    return not own.enterprise or body.get("is_ext_shared_channel") is True


def _place(event: Body, channel: str, thread: str | None) -> Place:
    kind: ChatKind = "direct" if text_at(event, "channel_type") == "im" else _kind(channel)
    return Place(channel, kind, thread=thread)


def _kind(channel: str) -> ChatKind:
    return "direct" if channel.startswith("D") else "group"


def _thread(message: Body) -> str | None:
    """Give the first message of the thread that a reply stands in; the first one is no reply."""
    thread = text_at(message, "thread_ts")
    return thread if _TS.fullmatch(thread) and thread != text_at(message, "ts") else None


def _files(message: Body) -> tuple[SharedFile, ...]:
    return tuple(
        SharedFile(
            text_at(each, "id"),
            text_at(each, "name") or text_at(each, "title"),
            text_at(each, "mimetype"),
            max(0, size) if isinstance(size := each.get("size"), int) else 0,
        )
        for each in list_at(message, "files")
        if isinstance(each, Mapping) and text_at(each, "id")
    )


def _at(ts: str, otherwise: datetime) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC) if _TS.fullmatch(ts) else otherwise


def link_to(own: Own, channel: str, ts: str, thread: str | None = None) -> str:
    """Give the address of a message, or nothing where the workspace's is not known."""
    if not own.url.startswith("https://") or not _TS.fullmatch(ts):
        return ""
    end = f"?thread_ts={thread}&cid={channel}" if thread else ""
    return f"{own.url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}{end}"


# -- where a form was opened -----------------------------------------------------------------------


def written(place: Place) -> str:
    """Write into a form's `callback_id` where it was opened; it comes back with the form.

    >>> written(Place("C1", "group", thread="1700000000.000100"))
    'form|C1|1700000000.000100'
    """
    return f"form|{place.chat}|{place.thread or ''}"[:255]


def _unwritten(callback_id: str) -> Place | None:
    parts = callback_id.split("|")
    if len(parts) != 3 or parts[0] != "form" or not parts[1]:
        return None
    return Place(parts[1], _kind(parts[1]), thread=parts[2] or None)


# -- text ----------------------------------------------------------------------------------------


def nodes_of(text: str, own: Own) -> tuple[tuple[Node, ...], bool]:
    """Read a message's text: unescaped, mentions as nodes, the bot's own taken out.

    Returns: the nodes, and whether the bot was named.
    """
    pieces: list[Node | None] = []
    end = 0
    for mark in _MARK.finditer(text):
        pieces.append(_plain(text[end : mark.start()]))
        end = mark.end()
        person = _PERSON.fullmatch(mark[1])
        if person is None:
            pieces.append(_plain(_unmarked(mark[1])))
        elif person[1] != own.bot_user:
            pieces.append(Mention(person[1], _plain(person[2] or "").lstrip("@") or None))
        else:
            pieces.append(None)
    return spoken([*pieces, _plain(text[end:])])


def _unmarked(inside: str) -> str:
    """Give the plain words of what stood between `<` and `>`."""
    what, _, label = inside.partition("|")
    if what.startswith("#"):
        return f"#{label or what[1:]}"
    if what.startswith("!subteam^"):
        return label or what.removeprefix("!subteam^")
    if what.startswith("!"):
        return (label or what[1:].partition("^")[0]).lstrip("@")
    if what.startswith(("mailto:", "tel:")):
        return label or what.partition(":")[2]
    return what


def _plain(text: str) -> str:
    """Undo Slack's escapes, the ampersand last, so that `&amp;lt;` stays `&lt;`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


# -- answers -------------------------------------------------------------------------------------


def answer(body: Body, outcome: Outcome, *, not_saved: str) -> Response:
    """Put an outcome into what Slack takes as the answer to this payload.

    A card or a toast is left out: Slack shows neither in an answer, and both go out as messages.
    `not_saved` asks the person to act once more; Slack delivers events again, but no acts.
    """
    shape = shape_of(body)
    if outcome.ack == "ok":
        if shape == "form" and isinstance(outcome.answer, FormErrors):
            return Response(200, _errors(map_at(body, "view"), outcome.answer.errors) or None)
        return OK
    if shape == "command":
        return Response(200, {"response_type": "ephemeral", "text": _escaped(not_saved)})
    if shape == "form" and (told := _errors(map_at(body, "view"), {"": not_saved})):
        return Response(200, told)
    return AGAIN


def _errors(view: Body, errors: Mapping[str, str]) -> Body:
    """Hang each error under its input; one without its own under the first. Empty without inputs."""
    inputs = [text_at(each, "block_id") for each in list_at(view, "blocks") if text_at(each, "type") == "input"]
    found: dict[str, str] = {}
    for name, text in errors.items():
        at = name if name in inputs else inputs[0] if inputs else ""
        if at:
            found[at] = f"{found[at]} {text}" if at in found else text
    return {"response_action": "errors", "errors": found} if found else {}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
