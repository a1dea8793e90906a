"""The tests' hands and eyes in the fake Slack: start it, do what people do, see what they see, script what goes wrong.

`async with SlackFake.started(log) as slack:` gives it running; `slack.api_url`, `slack.bot_token` and the like go
into the bot's settings. Nothing here sleeps: `until` waits for the fake to change. Times are bounded.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self

from tests.fakes.driving import WAIT_S, Driver, new_session
from tests.fakes.record import Json
from tests.fakes.slack.blocks import elements_of, label_of, options_of
from tests.fakes.slack.faults import AnswerKind, DeliveryKind
from tests.fakes.slack.server import Server


@dataclass(frozen=True)
class User:
    """Somebody in the workspace."""

    id: str
    name: str
    real_name: str


@dataclass(frozen=True)
class Channel:
    """A conversation."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True)
class Said:
    """What somebody said, and the events that tell the bot of it."""

    channel: str
    ts: str
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Widget:
    """Something to press or to choose in."""

    kind: str
    label: str
    action_id: str
    block_id: str
    value: str | None
    options: tuple[str, ...]
    raw: Json = field(repr=False)


@dataclass(frozen=True)
class Message:
    """A message as it stands, or as it was posted."""

    channel: str
    ts: str
    user: str
    text: str
    """The fallback, as it was sent."""
    seen: str
    """All text that a person sees, joined by line breaks."""
    pings: tuple[str, ...]
    """Whom it pings: `@U…`, `!channel` and the like."""
    thread: str | None
    metadata: Json | None
    is_own: bool
    """Whether the bot said it."""
    only_for: str | None
    subtype: str | None
    is_edited: bool
    reactions: tuple[str, ...]
    raw: Json = field(repr=False)

    @property
    def widgets(self) -> list[Widget]:
        """Everything in it that can be pressed or chosen."""
        attached = [block for one in self.raw.get("attachments") or [] for block in one.get("blocks") or []]
        return _widgets([*(self.raw.get("blocks") or []), *attached])

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons, in order."""
        return [one.label for one in self.widgets if one.kind == "button"]


@dataclass(frozen=True)
class Post:
    """One thing that the bot had posted, as it was then."""

    n: int
    at: float
    via: str
    """The method, `response_url` or `ack`."""
    message: Message
    options: Json
    """`unfurl_links` and its like, as they were sent."""


@dataclass(frozen=True)
class View:
    """A form or a home."""

    id: str
    user: str
    title: str
    seen: str
    callback_id: str
    private_metadata: str
    is_open: bool
    errors: dict[str, str]
    """What the bot found wrong with it, by block id."""
    raw: Json = field(repr=False)

    @property
    def widgets(self) -> list[Widget]:
        """Everything in it that can be filled in, pressed or chosen."""
        return _widgets(self.raw["blocks"])

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons, in order."""
        return [one.label for one in self.widgets if one.kind == "button"]


@dataclass(frozen=True)
class Delivered:
    """What became of one thing that the bot was told."""

    id: str
    type: str
    event_type: str
    acked_ms: float | None
    """From the last time that it left until it was acknowledged; None: it was not, in time."""
    answer: Any
    """What the acknowledgement carried."""
    acks: int
    sent: int
    """How many envelopes left."""
    attempt: int
    has_ended: bool
    payload: Json | None = field(default=None, repr=False)

    @property
    def is_acked(self) -> bool:
        """Whether the bot acknowledged it in time."""
        return self.acked_ms is not None


@dataclass(frozen=True)
class WebCall:
    """One call of the Web API."""

    n: int
    at: float
    method: str
    channel: str | None
    ok: bool
    error: str | None
    fault: str | None
    early_s: float | None
    """How many seconds too soon it came after a 429."""
    raw: Json = field(repr=False)


Where = Channel | Said | Message | str
Who = User | str
Target = Message | Said | View


class SlackFake(Driver):
    """The fake Slack, as seen from a test."""

    module = "tests.fakes.slack"
    port_names = ("port", "socket-port", "control-port")

    # The process.

    @classmethod
    @contextlib.asynccontextmanager
    async def started(cls, log: Path, **settings: object) -> AsyncIterator[Self]:
        """Start it with these settings, and stop it in the end."""
        slack = cls(log)
        await slack.start()
        try:
            if settings:
                await slack.configure(**settings)
            yield slack
        finally:
            await slack.stop()

    @classmethod
    @contextlib.asynccontextmanager
    async def beside(cls, log: Path, **settings: object) -> AsyncIterator[Self]:
        """Run it in this very loop: quick, but it cannot be killed, and it shares the bot's processor."""
        server, slack = Server(log), cls(log)
        slack._ready = await server.start()
        slack._session = new_session()
        try:
            if settings:
                await slack.configure(**settings)
            yield slack
        finally:
            await slack.stop()
            await server.stop()

    @property
    def api_url(self) -> str:
        """The base of the Web API, for the bot's settings."""
        return str(self._ready["api_url"])

    @property
    def bot_token(self) -> str:
        """The `xoxb-` token."""
        return str(self._ready["bot_token"])

    @property
    def app_token(self) -> str:
        """The `xapp-` token."""
        return str(self._ready["app_token"])

    @property
    def signing_secret(self) -> str:
        """The secret of HTTP mode."""
        return str(self._ready["signing_secret"])

    @property
    def team(self) -> str:
        """The id of the workspace."""
        return str(self._ready["team"])

    @property
    def app_id(self) -> str:
        """The id of the app."""
        return str(self._ready["app_id"])

    @property
    def bot_user(self) -> str:
        """The id of the bot as a user."""
        return str(self._ready["bot_user"])

    @property
    def bot_id(self) -> str:
        """The id of the bot as a bot."""
        return str(self._ready["bot_id"])

    async def configure(self, **settings: object) -> Json:
        """Change settings; `tests.fakes.slack.world.SETTINGS` names them all."""
        answer: Json = await self.do("configure", **settings)
        return answer

    async def reinstall(self, **team: object) -> Json:
        """Change the installation: `scopes`, `bot_token`, `token_error="token_revoked"`, …"""
        answer: Json = await self.do("reinstall", **team)
        self._ready |= {name: value for name, value in answer.items() if name in self._ready}
        return answer

    async def verify_url(self) -> bool:
        """Challenge the bot's URL, as Slack does when it is entered."""
        return bool(await self.do("verify_url"))

    # People and places.

    async def add_user(self, name: str, real_name: str = "", **more: object) -> User:
        """Let somebody join; `more` may give `id`, `tz`, `locale`, `is_restricted`, `deleted`, `is_bot`, …"""
        user = await self.do("add_user", name=name, real_name=real_name or name.title(), **more)
        return User(user["id"], user["name"], user["real_name"])

    async def add_channel(
        self,
        name: str,
        members: Sequence[Who],
        *,
        kind: Literal["channel", "group", "mpim"] = "channel",
        bot: bool = True,
    ) -> Channel:
        """Make a channel, silently, with the bot in it or without."""
        made = await self.do("add_channel", name=name, members=list(map(_user, members)), kind=kind, bot=bot)
        return Channel(made["id"], made["name"], made["kind"])

    async def archive(self, channel: Where, *, is_archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        await self.do("archive", channel=_channel(channel), is_archived=is_archived)

    async def join(self, user: Who | None, channel: Where, *, inviter: Who | None = None) -> tuple[str, ...]:
        """Let a person, or the bot (None), join a channel."""
        who = self.bot_user if user is None else _user(user)
        by = None if inviter is None else _user(inviter)
        return _events(await self.do("join", user=who, channel=_channel(channel), inviter=by))

    async def leave(self, user: Who | None, channel: Where) -> tuple[str, ...]:
        """Let a person, or the bot (None), leave a channel."""
        who = self.bot_user if user is None else _user(user)
        return _events(await self.do("leave", user=who, channel=_channel(channel)))

    # Talking.

    async def say(
        self, user: Who, channel: Where, text: str, *, thread: Target | str | None = None, broadcast: bool = False
    ) -> Said:
        """Say something as it is typed; `@name` mentions somebody."""
        args = {"user": _user(user), "channel": _channel(channel), "text": text, "broadcast": broadcast}
        return _said(await self.do("say", **args, thread=_thread(thread)))

    async def mention(self, user: Who, channel: Where, text: str, *, thread: Target | str | None = None) -> Said:
        """Say something to the bot in a channel."""
        return await self.say(user, channel, f"@{self.bot_name} {text}", thread=thread)

    bot_name: Final = "drumbeat"

    async def dm(self, user: Who, text: str, *, thread: Target | str | None = None) -> Said:
        """Say something to the bot alone."""
        return _said(await self.do("dm", user=_user(user), text=text, thread=_thread(thread)))

    async def edit(self, user: Who, message: Message | Said, text: str) -> tuple[str, ...]:
        """Edit one's own message."""
        return _events(await self.do("edit", user=_user(user), channel=message.channel, ts=message.ts, text=text))

    async def delete(self, message: Message | Said) -> tuple[str, ...]:
        """Delete a message."""
        return _events(await self.do("delete", channel=message.channel, ts=message.ts))

    async def react(self, user: Who, message: Message | Said, name: str, *, added: bool = True) -> tuple[str, ...]:
        """Put a reaction on a message, or take it off; the name without colons."""
        args = {"channel": message.channel, "ts": message.ts, "name": name, "added": added}
        return _events(await self.do("react", user=_user(user), **args))

    async def share_file(
        self,
        user: Who,
        channel: Where,
        name: str,
        content: bytes,
        text: str = "",
        *,
        thread: Target | str | None = None,
    ) -> Said:
        """Share a file."""
        encoded = base64.b64encode(content).decode()
        args = {"user": _user(user), "channel": _channel(channel), "name": name, "content": encoded, "text": text}
        return _said(await self.do("share_file", **args, thread=_thread(thread)))

    async def storm(
        self,
        count: int,
        users: Sequence[Who],
        channels: Sequence[Where],
        text: str,
        *,
        per_second: float | None = None,
        window: int | None = None,
    ) -> None:
        """Let people say much from now on; `{n}` counts, `window` limits what is not acknowledged yet."""
        who, where = list(map(_user, users)), list(map(_channel, channels))
        await self.do("storm", count=count, users=who, channels=where, text=text, per_second=per_second, window=window)

    # Commands, buttons, forms. Each waits for the acknowledgement.

    async def slash(self, user: Who, channel: Where, text: str, *, command: str = "/drumbeat") -> Delivered:
        """Type a slash command."""
        args = {"user": _user(user), "channel": _channel(channel), "command": command, "text": text}
        return _delivered(await self.do("slash", **args))

    async def press(self, user: Who, target: Target, what: str, *, nth: int = 0) -> Delivered:
        """Press a button of a message, form or home as it stands now; by label, action id or value."""
        return _delivered(await self.do("press", user=_user(user), target=_target(target), what=what, nth=nth))

    async def choose(self, user: Who, target: Target, what: str, value: object, *, nth: int = 0) -> Delivered:
        """Choose in a select or picker; options by label or value, people by id, dates as ISO."""
        args = {"what": what, "value": value, "nth": nth}
        return _delivered(await self.do("choose", user=_user(user), target=_target(target), **args))

    async def submit(self, view: View, values: dict[str, object] | None = None) -> Delivered:
        """Fill a form in, by label, block id or action id, and send it."""
        return _delivered(await self.do("submit", user=view.user, view=view.id, values=values or {}))

    async def close_view(self, view: View, *, is_cleared: bool = False) -> None:
        """Close a form without sending it."""
        await self.do("close_view", user=view.user, view=view.id, is_cleared=is_cleared)

    async def shortcut(self, user: Who, callback_id: str, message: Message | Said | None = None) -> Delivered:
        """Take a shortcut, on a message or anywhere."""
        target = None if message is None else _target(message)
        return _delivered(await self.do("shortcut", user=_user(user), callback_id=callback_id, target=target))

    async def open_home(self, user: Who, *, tab: Literal["home", "messages"] = "home") -> tuple[str, ...]:
        """Open the bot's home."""
        return _events(await self.do("open_home", user=_user(user), tab=tab))

    # Seeing.

    async def messages(
        self, channel: Where, *, thread: Target | str | None = None, notices: bool = False
    ) -> list[Message]:
        """Give what everybody in a channel sees, in order; `notices` adds who joined and left."""
        found = await self.do("messages", channel=_channel(channel), thread=_thread(thread))
        every = [self._message(one) for one in found]
        return [one for one in every if notices or one.subtype not in ("channel_join", "channel_leave")]

    async def replies(self, channel: Where, *, thread: Target | str | None = None) -> list[Message]:
        """Give what the bot said in a channel, or in one thread, as it stands now."""
        return [one for one in await self.messages(channel, thread=thread) if one.is_own]

    async def direct(self, user: Who) -> list[Message]:
        """Give the direct messages of a person and the bot."""
        return [self._message(one) for one in await self.do("directs", user=_user(user))]

    async def ephemerals(self, user: Who) -> list[Message]:
        """Give what this person alone sees."""
        return [self._message(one) for one in await self.do("ephemerals", user=_user(user))]

    async def views(self, user: Who, *, is_open: bool = True) -> list[View]:
        """Give the open forms of a person, the uppermost last; or all there ever were."""
        return [_view(one) for one in await self.do("views", user=_user(user), is_open=is_open)]

    async def home(self, user: Who) -> View | None:
        """Give the home of a person, if it was published."""
        found = await self.do("home", user=_user(user))
        return None if found is None else _view(found)

    async def posts(self, *, since: int = 0) -> list[Post]:
        """Give everything that the bot had posted, as it was then: private and deleted ones too."""
        return [self._post(one) for one in await self.do("posts", since=since)]

    async def posts_by_marker(self, key: str | None = None) -> dict[str, list[Post]]:
        """Give the posts by their metadata: by the value of `key` in its payload, or by all of it."""
        found: dict[str, list[Post]] = defaultdict(list)
        for post in await self.posts():
            metadata = post.message.metadata
            if metadata is None:
                continue
            whole = json.dumps(metadata, sort_keys=True, ensure_ascii=False)
            marker = whole if key is None else metadata["event_payload"].get(key)
            if marker is not None:
                found[str(marker)].append(post)
        return dict(found)

    async def changes(self, *, since: int = 0) -> list[Json]:
        """Give every edit and deletion by the bot, in order."""
        found: list[Json] = await self.do("changes", since=since)
        return found

    async def calls(self, method: str | None = None, *, since: int = 0) -> list[WebCall]:
        """Give the calls of the Web API, all or those of one method."""
        return [
            WebCall(
                n=one["n"],
                at=one["at"],
                method=one["method"],
                channel=one["channel"],
                ok=one["ok"],
                error=one["error"],
                fault=one.get("fault"),
                early_s=one.get("early_s"),
                raw=one,
            )
            for one in await self.do("calls", since=since, method=method)
        ]

    async def deliveries(self, ids: Sequence[str] | None = None, *, with_payload: bool = False) -> list[Delivered]:
        """Give what became of these events, or of everything that the bot was told."""
        asked = None if ids is None else list(ids)
        return [_delivered(one) for one in await self.do("deliveries", ids=asked, with_payload=with_payload)]

    async def latencies(self, type: str | None = None) -> list[float]:
        """Give the milliseconds that each acknowledgement took; of `events_api`, `interactive`, … or all."""
        found: list[float] = await self.do("latencies", type=type)
        return found

    async def violations(self) -> list[Json]:
        """Give what the bot did against the protocol."""
        found: list[Json] = await self.do("violations")
        return found

    async def sockets(self) -> Json:
        """Give the open sockets, and how many there were."""
        found: Json = await self.do("sockets")
        return found

    # Waiting.

    async def reply_to(self, said: Said, *, count: int = 1, timeout_s: float = WAIT_S) -> Message:
        """Wait until the bot said `count` things in that channel after this; give the last of them."""

        async def look() -> list[Message]:
            return [one for one in await self.replies(said.channel) if one.ts > said.ts]

        return (await self.until(look, lambda found: len(found) >= count, timeout_s=timeout_s))[count - 1]

    async def settled(self, *events: Said | str, timeout_s: float = WAIT_S) -> list[Delivered]:
        """Wait until these events, or all there are, were acknowledged or given up."""
        ids = [id_ for one in events for id_ in (one.events if isinstance(one, Said) else (one,))]
        if ids:
            look = lambda: self.deliveries(ids)  # noqa: E731
            return await self.until(look, lambda found: all(one.has_ended for one in found), timeout_s=timeout_s)
        await self.until(self.counts, lambda counts: counts["ended"] == counts["due"], timeout_s=timeout_s)
        return await self.deliveries()

    async def connected(self, count: int = 1, *, timeout_s: float = WAIT_S) -> None:
        """Wait until the bot has at least so many sockets open."""
        await self.until(self.sockets, lambda found: len(found["open"]) >= count, timeout_s=timeout_s)

    # What goes wrong.

    async def spoil(
        self,
        kind: AnswerKind,
        method: str = "*",
        *,
        channel: Where | None = None,
        times: int | None = None,
        probability: float = 1.0,
        after: int = 0,
        seed: int = 1,
        accepts: bool = False,
        error: str = "internal_error",
        status: int = 500,
        retry_after: str | None = "1",
        sticky: bool = False,
        seconds: float = 30.0,
        every_s: float = 0.2,
        megabytes: int = 64,
    ) -> None:
        """Spoil answers of a method (or of `socket`, `upload`, `download`, `response_url`) from now on.

        With `accepts` the call is carried out all the same. `faults.py` says what each kind does.
        """
        where = None if channel is None else _channel(channel)
        script = {"times": times, "probability": probability, "after": after, "seed": seed, "accepts": accepts}
        how = {"error": error, "status": status, "retry_after": retry_after, "sticky": sticky}
        how |= {"seconds": seconds, "every_s": every_s, "megabytes": megabytes}
        await self.do("spoil_answers", kind=kind, method=method, channel=where, **script, **how)

    async def swallow(self, method: str = "chat.postMessage", *, how: AnswerKind = "reset", **more: Any) -> None:
        """Take posts and lose the answers: the message stands there, the connection is cut."""
        await self.spoil(how, method, accepts=True, **more)

    async def limit(self, method: str = "*", *, retry_after: str | None = "1", **more: Any) -> None:
        """Answer 429; `retry_after` is the header as it stands, None leaves it out."""
        await self.spoil("ratelimited", method, retry_after=retry_after, **more)

    async def spoil_deliveries(
        self,
        kind: DeliveryKind,
        about: str = "*",
        *,
        times: int | None = None,
        probability: float = 1.0,
        after: int = 0,
        seed: int = 1,
        copies: int = 1,
        new_envelope: bool = False,
        seconds: float = 0.0,
        window: int = 8,
        code: int | None = None,
    ) -> None:
        """Spoil what is on its way to the bot; `about` is a type of envelope or of event."""
        script = {"times": times, "probability": probability, "after": after, "seed": seed, "copies": copies}
        how = {"new_envelope": new_envelope, "seconds": seconds, "window": window, "code": code}
        await self.do("spoil_deliveries", kind=kind, about=about, **script, **how)

    async def refuse(self, port: Literal["api", "socket"]) -> None:
        """Close a port: connections are refused, open ones are reset."""
        await self.do("refuse", port=port)

    async def accept(self, port: Literal["api", "socket"]) -> None:
        """Open a port again."""
        await self.do("accept", port=port)

    async def cut(self, code: int | None = None, *, number: int | None = None) -> int:
        """Cut sockets with a close code, or by RST; give how many."""
        return int(await self.do("cut", code=code, number=number))

    async def disconnect(
        self, reason: str = "refresh_requested", *, number: int | None = None, then_close: bool = True
    ) -> int:
        """Tell the bot to reconnect: `warning`, `refresh_requested`, `link_disabled`, `too_many_websockets`."""
        return int(await self.do("disconnect", reason=reason, number=number, then_close=then_close))

    async def mute(self, *, number: int | None = None, is_mute: bool = True) -> int:
        """Let sockets stand open and dead, without pongs, or wake them; give how many."""
        return int(await self.do("mute", number=number, is_mute=is_mute))

    async def heal(self) -> None:
        """Forget all faults, let go of what hangs, send what is held."""
        await self.do("heal")

    async def faults(self) -> list[Json]:
        """Give the script, with how often each fault happened."""
        found: list[Json] = await self.do("faults")
        return found

    def _message(self, raw: Json) -> Message:
        return Message(
            channel=raw["channel"],
            ts=raw["ts"],
            user=raw.get("user", ""),
            text=raw.get("text") or "",
            seen=raw["seen"],
            pings=tuple(raw["pings"]),
            thread=raw.get("thread_ts"),
            metadata=raw.get("metadata"),
            is_own=raw.get("bot_id") == self.bot_id,
            only_for=raw.get("for"),
            subtype=raw.get("subtype"),
            is_edited="edited" in raw,
            reactions=tuple(one["name"] for one in raw.get("reactions", [])),
            raw=raw,
        )

    def _post(self, raw: Json) -> Post:
        shown = {name: raw[name] for name in ("channel", "seen", "pings")}
        message = self._message({**raw["message"], **shown, "for": raw.get("user")})
        return Post(n=raw["n"], at=raw["at"], via=raw["via"], message=message, options=raw.get("args", {}))


def _widgets(blocks: list[Json]) -> list[Widget]:
    return [
        Widget(
            kind=element["type"],
            label=label_of(block, element),
            action_id=element.get("action_id", ""),
            block_id=block.get("block_id", ""),
            value=element.get("value"),
            options=tuple(option["text"]["text"] for option in options_of(element)),
            raw=element,
        )
        for block, element in elements_of(blocks)
    ]


def _view(raw: Json) -> View:
    view = raw["view"]
    return View(
        id=view["id"],
        user=raw["user"],
        title=(view.get("title") or {}).get("text", ""),
        seen=raw["seen"],
        callback_id=view["callback_id"],
        private_metadata=view["private_metadata"],
        is_open=raw["is_open"],
        errors=raw.get("errors", {}),
        raw=view,
    )


def _delivered(raw: Json) -> Delivered:
    return Delivered(**raw)


def _said(raw: Json) -> Said:
    return Said(raw["channel"], raw["ts"], tuple(raw["events"]))


def _events(raw: Json) -> tuple[str, ...]:
    return tuple(raw["events"])


def _user(user: Who) -> str:
    return user if isinstance(user, str) else user.id


def _channel(channel: Where) -> str:
    if isinstance(channel, str):
        return channel
    return channel.id if isinstance(channel, Channel) else channel.channel


def _thread(thread: Target | str | None) -> str | None:
    if isinstance(thread, Said | Message):
        return thread.ts
    return thread if isinstance(thread, str) else None


def _target(target: Target) -> Json:
    return {"view": target.id} if isinstance(target, View) else {"channel": target.channel, "ts": target.ts}
