"""The playground: a fourth platform, in the browser, for trying everything without an account.

`to_event` and `draw` translate shapes and are pure; `Playground` keeps what is said in `Rooms`,
which bot/web implements over the store. Knows no HTTP and no page: bot/web/playground.py calls
`say` and `act`, and the page draws what `draw` gave. Only text leaves here, never markup.
"""

import asyncio
import base64
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Final, Literal, Protocol, TypeAlias

from adapters.markup import trimmed
from commands.core.event import Args, Carried, ChatKind, Event, Json, Mention, Place, Sender
from commands.core.ports import Dispatch, Finding, Gone, Limits, Outgoing, Profile, Retry, Route, Sent
from commands.core.reply import Answer, Outcome, Reply

BOT: Final = "bot"
"""The account of the bot itself, in rooms and in mentions."""
DIRECT: Final = "dm-"
"""Begins the id of a direct chat; the person's account follows."""
NAMES: Final = ("Drumbeat", "bot")
"""What the bot is called in every language; the catalogs add to it."""

_SLASH = re.compile(r"\s*/drumbeat(?:\s+|$)", re.IGNORECASE)

Node: TypeAlias = str | Mention
ActKind = Literal["pressed", "submitted"]


class RoomsClosed(Exception):
    """Say that the rooms took nothing, because their store did not answer. Try again."""


class KeyTaken(Exception):
    """Say that another message was sent with this key before."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What a person typed, as it shall stand in a room."""

    key: str
    """Made by the page, the same at each try."""
    chat: str
    thread: str | None
    sender: str
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Held:
    """Tell where a saying stands that nobody sees yet."""

    message: str
    at: datetime
    """When it was held first; aware UTC."""


@dataclass(frozen=True, slots=True)
class Posting:
    """What the bot says, as it shall stand in a room."""

    id: str
    """The outbox's id: a second posting with it counts as one more delivery of the first."""
    chat: str
    thread: str | None
    only_for: str | None
    """The one account that sees it; None for all in the chat."""
    body: Mapping[str, Json]


class Rooms(Protocol):
    """Keep the transcript. Every method may raise RoomsClosed, and has then kept nothing."""

    async def hold(self, saying: Saying) -> Held:
        """Keep a saying out of sight; the same key gives the same place again.

        Raises:
            KeyTaken: the key belongs to another saying.
        """

    async def show(self, message: str) -> None:
        """Show a held saying to all in its chat; once shown, it stays."""

    async def post(self, posting: Posting) -> str:
        """Keep what the bot says and give its id; the same posting twice stands once."""

    async def edit(self, message: str, body: Mapping[str, Json]) -> bool:
        """Put another body in a message of the bot; False if there is no such message."""

    async def name(self, account: str) -> str | None:
        """Give a person's name; None if nobody has this account."""


@dataclass(frozen=True, slots=True)
class Where:
    """The chat in which somebody acts, as the rooms know it."""

    chat: str
    kind: ChatKind
    title: str | None = None
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A message from the page."""

    key: str
    account: str
    where: Where
    nodes: tuple[Node, ...]
    """As typed, the bot's own mention still in it."""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Acted:
    """A button pressed or a form submitted on the page."""

    kind: ActKind
    key: str
    account: str
    where: Where
    message: str
    """The message that shows the button or keeps the form."""
    carried: Carried
    values: Args = field(default_factory=dict)
    name: str | None = None


def to_event(
    what: Said | Acted,
    *,
    at: datetime,
    app: str = "demo",
    tenant: str = "demo",
    held: Held | None = None,
    names: Sequence[str] = NAMES,
) -> Event:
    """Translate what the page sent; `held` tells where a message stands already."""
    place = Place(chat=what.where.chat, kind=what.where.kind, title=what.where.title, thread=what.where.thread)
    sender = Sender(account=what.account, name=what.name)
    if isinstance(what, Acted):
        return Event(
            key=f"playground:{what.key}",
            platform="playground",
            app=app,
            tenant=tenant,
            kind=what.kind,
            sender=sender,
            place=place,
            sent_at=at,
            carried=what.carried,
            values=what.values,
            message=what.message,
            trigger=what.key,
        )
    text, is_named = without_own_mention(what.nodes, names=names)
    return Event(
        key=f"playground:{what.key}",
        platform="playground",
        app=app,
        tenant=tenant,
        kind="said",
        sender=sender,
        place=place,
        sent_at=at,
        text=text,
        is_addressed=place.kind == "direct" or is_named,
        message=None if held is None else held.message,
        trigger=what.key,
    )


def without_own_mention(nodes: Sequence[Node], *, names: Sequence[str] = NAMES) -> tuple[tuple[Node, ...], bool]:
    """Take the bot's mention out of a message, and tell whether there was one.

    Case and the width of the sign do not matter. A name in Latin letters ends where its word
    ends; after another one a word may follow at once.

    >>> without_own_mention(["＠Drumbeat 任务 加 主图定稿 @李四"])
    (('任务 加 主图定稿 @李四',), True)
    >>> without_own_mention(["mail a@bot.example about @bottles"])
    (('mail a@bot.example about @bottles',), False)
    """
    own = _mention_of(tuple(names))
    kept: list[Node] = []
    is_named = False
    for place, node in enumerate(nodes):
        if isinstance(node, Mention):
            if node.account == BOT:
                is_named = True
            else:
                kept.append(node)
            continue
        text = node
        if place == 0 and (slash := _SLASH.match(text)):
            text, is_named = text[slash.end() :], True
        text, met = own.subn(_gap, text)
        is_named = is_named or met > 0
        kept.append(text)
    return trimmed(kept), is_named


@functools.cache
def _mention_of(names: tuple[str, ...]) -> re.Pattern[str]:
    """Match `@` and a name with the space around, but not inside an address or a longer word."""
    latin = "|".join(re.escape(name) for name in names if name.isascii())
    others = "|".join(re.escape(name) for name in names if not name.isascii())
    ends = rf"(?<![a-z0-9_.][@\uff20])(?:{latin})(?![a-z0-9_-])"
    space = r"[ \t\u3000]*"
    return re.compile(rf"{space}[@\uff20](?:{'|'.join(filter(None, (others, ends)))}){space}", re.IGNORECASE)


def _gap(match: re.Match[str]) -> str:
    """Leave one space where words on both sides would run together."""
    around = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    return " " if all(side and not side.isspace() for side in around) else ""


def draw(what: Reply | Answer) -> dict[str, Json]:
    """Turn what the bot says into a tree of JSON.

    Every node tells its `type`: the name of its class, in small letters.

    >>> draw(Reply(title=("Key visual",)))["title"]
    ['Key visual']
    """
    return _node(what)


def _node(value: object) -> dict[str, Json]:
    assert is_dataclass(value)  # noqa: S101 - the shapes of reply.py are
    node: dict[str, Json] = {"type": type(value).__name__.lower()}
    node.update((item.name, _tree(getattr(value, item.name))) for item in fields(value))
    return node


def _tree(value: object) -> Json:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if is_dataclass(value):
        return _node(value)
    if isinstance(value, Mapping):
        return {str(name): _tree(item) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [_tree(item) for item in value]
    raise TypeError(f"a reply cannot hold a {type(value).__name__}")


def direct_chat(account: str) -> str:
    """Give the id of a person's direct chat with the bot."""
    return DIRECT + account


def kind_of(chat: str) -> ChatKind:
    """Tell a direct chat from a group by its id."""
    return "direct" if chat.startswith(DIRECT) else "group"


class Playground:
    """Join the browser to the house, as an Adapter like any other."""

    name: str = "playground"
    trouble: str | None = None
    limits: Limits = Limits(
        text_chars=4000,
        parts=50,
        items=20,
        buttons=12,
        can_edit=True,
        can_whisper=True,
        can_ask=True,
        can_thread=True,
        can_picture=True,
        posts_per_minute=600,
    )

    def __init__(
        self,
        rooms: Rooms,
        *,
        clock: Callable[[], datetime],
        names: Sequence[str] = (),
        app: str = "demo",
        tenant: str = "demo",
    ) -> None:
        self.names = tuple(dict.fromkeys((*names, *NAMES)))
        """By what people call the bot."""
        self._rooms = rooms
        self._app = app
        self._tenant = tenant
        self._clock = clock
        self._dispatch: Dispatch | None = None

    async def run(self, dispatch: Dispatch) -> None:
        """Take what the page sends, until cancelled."""
        self._dispatch = dispatch
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._dispatch = None

    async def say(self, said: Said) -> Outcome:
        """Hand a typed message to dispatch; it is seen by others only after `ok`.

        It is held first, so that its id can be the root of a thread, and shown after the
        acknowledgement, so that what stands in the room was taken for certain.

        Raises:
            KeyTaken: another message came with this key before.
        """
        if self._dispatch is None:
            return Outcome("again")
        where = said.where
        saying = Saying(said.key, where.chat, where.thread, said.account, {"nodes": [_plain(n) for n in said.nodes]})
        try:
            held = await self._rooms.hold(saying)
            event = to_event(said, at=held.at, app=self._app, tenant=self._tenant, held=held, names=self.names)
            outcome = await self._dispatch(event)
            if outcome.ack == "ok":
                await self._rooms.show(held.message)
        except RoomsClosed:
            return Outcome("again")
        return outcome

    async def act(self, acted: Acted) -> Outcome:
        """Hand a pressed button or a submitted form to dispatch."""
        if self._dispatch is None:
            return Outcome("again")
        return await self._dispatch(to_event(acted, at=self._clock(), app=self._app, tenant=self._tenant))

    def routes(self) -> Sequence[Route]:
        """Give none: the page's routes need guards that hooks do not have, see bot/web."""
        return ()

    async def send(self, outgoing: Outgoing) -> Sent:
        """Let the bot say one message in a room; the same `id` is shown once."""
        if outgoing.operation == "home":
            return Sent()
        try:
            if outgoing.operation == "update":
                return await self._edit(outgoing)
            return await self._post(outgoing)
        except RoomsClosed as error:
            raise Retry("the rooms are closed for the moment") from error

    async def _edit(self, outgoing: Outgoing) -> Sent:
        if outgoing.message is None or not await self._rooms.edit(outgoing.message, _body(outgoing)):
            raise Gone(f"there is no message {outgoing.message!r} of the bot")
        return Sent(message=outgoing.message, chat=outgoing.chat)

    async def _post(self, outgoing: Outgoing) -> Sent:
        is_for_one = outgoing.operation in ("private", "form")
        if outgoing.account is None and outgoing.operation != "post":
            raise Gone(f"a {outgoing.operation} message needs an account")
        chat = None if outgoing.operation == "direct" else outgoing.chat
        if chat is None:
            if outgoing.account is None:
                raise Gone("a post needs a chat")
            chat = direct_chat(outgoing.account)
        posting = Posting(
            id=outgoing.id,
            chat=chat,
            thread=None if outgoing.operation == "direct" else outgoing.thread,
            only_for=outgoing.account if is_for_one else None,
            body=_body(outgoing),
        )
        return Sent(message=await self._rooms.post(posting), chat=chat)

    async def upload(self, png: bytes) -> str:
        """Give the picture back as a `data:` URL, which the page shows as it is."""
        return "data:image/png;base64," + base64.b64encode(png).decode("ascii")

    async def profile(self, account: str) -> Profile | None:
        """Give a person of the demo; None when nobody has this account."""
        try:
            name = await self._rooms.name(account)
        except RoomsClosed:
            return None
        return None if name is None else Profile(name=name)

    async def check(self) -> Sequence[Finding]:
        """Report that nothing can be wrong with credentials, for there are none."""
        return (Finding("playground", is_fine=True, detail="local, needs no account"),)


def _plain(node: Node) -> Json:
    return node if isinstance(node, str) else {"mention": node.account, "name": node.name}


def _body(outgoing: Outgoing) -> dict[str, Json]:
    body: dict[str, Json] = {"reply": draw(outgoing.reply), "language": outgoing.language}
    if outgoing.operation == "form":
        body["opens"] = outgoing.trigger or ""
    return body
