"""What stands in the fake Slack: people, channels, messages, views, files, deliveries. Built from the log alone.

Every change is a record: `note` applies it and appends it to the log. Started again on the same
log, the fake knows everything that it knew. No network here.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.fakes.record import Json, Log, read_log

EVENTS: Final = (
    "app_home_opened",
    "app_mention",
    "file_shared",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
)
"""Everything that an app may subscribe to here; all of it is on until somebody says otherwise."""
SCOPES: Final = (
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "mpim:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "users:read",
    "users:read.email",
)
SETTINGS: Final[Json] = {
    "ack_s": 3.0,
    "retries_s": [0.0, 60.0, 300.0],
    "clock_factor": 1.0,
    "trigger_s": 3.0,
    "hook_s": 1_800.0,
    "events": list(EVENTS),
    "retry_envelope": "new",
    "echo": True,
    "rate_limits": False,
    "burst": 1,
    "max_sockets": 10,
    "socket_life_s": None,
    "ping_s": 10.0,
    "post_chars": 40_000,
    "update_chars": 4_000,
    "request_url": None,
    "seed": 1,
}
"""What a test may set while it runs.

`clock_factor` shortens the waits between retries: 60 makes a minute a second. `echo` sends the bot the events of
its own messages, as Slack does. `retry_envelope` is `new` or `same`. With a `request_url` on loopback everything is
delivered over HTTP, else over sockets. `rate_limits` turns the true limits on, `burst` messages at once per channel.
"""


@dataclass
class Channel:
    """A conversation of any kind."""

    id: str
    name: str
    kind: str
    """`channel`, `group`, `mpim` or `im`."""
    members: list[str]
    created: int = 0
    is_archived: bool = False
    messages: dict[str, Json] = field(default_factory=dict)
    """By their time, in order. Deleted ones are gone."""


@dataclass
class Delivery:
    """One thing that the app must be told, until it says that it knows."""

    id: str
    """The id of the event, or that of the trigger."""
    type: str
    """`events_api`, `slash_commands` or `interactive`."""
    payload: Json
    attempt: int = 0
    sent: int = 0
    acked_ms: float | None = None
    """From when it left, that time, until it was acknowledged in time; None: it was not."""
    answer: object = None
    acks: int = 0
    has_ended: bool = False
    """Acknowledged, or given up."""
    timer: asyncio.TimerHandle | None = None
    on_end: list[Callable[[], None]] = field(default_factory=list)

    @property
    def event_type(self) -> str:
        """The type of the event, or that of the interaction."""
        return str(self.payload.get("event", self.payload).get("type", self.type))


class World:
    """The state, and the one way to change it."""

    def __init__(self, path: Path) -> None:
        self.seq = 0
        self.team: Json = {}
        self.settings: Json = dict(SETTINGS)
        self.users: dict[str, Json] = {}
        self.channels: dict[str, Channel] = {}
        self.posts: list[Json] = []
        """Everything that the bot had posted, as it was, in order: also what is private, and what was deleted since."""
        self.changes: list[Json] = []
        """Every edit and deletion by the bot, in order."""
        self.ephemerals: dict[str, Json] = {}
        self.views: dict[str, Json] = {}
        self.homes: dict[str, Json] = {}
        self.files: dict[str, Json] = {}
        self.uploads: dict[str, Json] = {}
        self.hooks: dict[str, Json] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.calls: list[Json] = []
        self.violations: list[Json] = []
        self._last_ts = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._apply: dict[str, Callable[[Json], None]] = {
            name.removeprefix("_on_"): getattr(self, name) for name in dir(self) if name.startswith("_on_")
        }
        for record in read_log(path):
            self.seq = record["n"]
            self._last_ts = max(self._last_ts, int(record["at"] * 1e6))
            self._apply.get(record["what"], _ignore)(record)
        self.random = random.Random(f"{self.settings['seed']}.{self.seq}")
        self.log = Log(path)
        if not self.team:
            self.note("installed", team=_new_team())

    def note(self, what: str, **data: object) -> Json:
        """Change the world: apply a record and log it."""
        self.seq += 1
        record: Json = {"n": self.seq, "at": round(time.time(), 6), "what": what, **data}
        apply = self._apply.get(what)
        if apply is not None:
            apply(record)
        self.log.append(record)
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)
        return record

    async def changed(self, since: int, timeout_s: float) -> int:
        """Wait until something was noted after `since`, or the time is over; give the number of the last record."""
        if self.seq <= since:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await asyncio.wait([future], timeout=timeout_s)
        return self.seq

    def blame(self, about: str, **data: object) -> None:
        """Note that the app broke the protocol."""
        self.note("violation", about=about, **data)

    def new_id(self, prefix: str) -> str:
        """Give an id as Slack's look, never given before."""
        tail = _base36(self.random.getrandbits(24))
        return f"{prefix}0{_base36(self.seq + 1):0>5}{tail:0>5}"

    def new_ts(self) -> str:
        """Give the time of a new message: later than all before, unique."""
        self._last_ts = max(self._last_ts + 1, int(time.time() * 1e6))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # What is asked often.

    @property
    def bot(self) -> str:
        """The id of the bot's user."""
        return str(self.team["bot_user"])

    def direct(self, user: str) -> Channel:
        """Give the direct conversation of the bot and this person, made if need be."""
        for channel in self.channels.values():
            if channel.kind == "im" and user in channel.members:
                return channel
        return self.new_channel(name="", kind="im", members=[user, self.bot])

    def new_channel(self, *, name: str, kind: str, members: Iterable[str]) -> Channel:
        """Make a conversation."""
        prefix = "D" if kind == "im" else "C"
        id_ = self.new_id(prefix)
        self.note("channel", id=id_, name=name, kind=kind, members=list(members), created=int(time.time()))
        return self.channels[id_]

    def message(self, channel: str, ts: str) -> Json | None:
        """Find a message that stands."""
        known = self.channels.get(channel)
        return None if known is None else known.messages.get(ts)

    def new_hook(self, *, channel: str, user: str, ts: str | None, is_ephemeral: bool) -> str:
        """Give the token of a new response URL."""
        token = secrets.token_hex(12)
        self.note("hook", token=token, channel=channel, user=user, ts=ts, is_ephemeral=is_ephemeral)
        return token

    # What each record does.

    def _on_installed(self, record: Json) -> None:
        self.team = record["team"]
        self.users[self.bot] = person(self.bot, self.team, name="drumbeat", real_name="Drumbeat", is_bot=True)

    def _on_configured(self, record: Json) -> None:
        self.settings.update(record["settings"])

    def _on_reinstalled(self, record: Json) -> None:
        self.team.update(record["team"])

    def _on_user(self, record: Json) -> None:
        user = record["user"]
        self.users[user["id"]] = user

    def _on_channel(self, record: Json) -> None:
        fields = {name: record[name] for name in ("id", "name", "kind", "members", "created")}
        self.channels[record["id"]] = Channel(**fields)

    def _on_archived(self, record: Json) -> None:
        self.channels[record["channel"]].is_archived = record["is_archived"]

    def _on_member(self, record: Json) -> None:
        members = self.channels[record["channel"]].members
        if record["joined"] and record["user"] not in members:
            members.append(record["user"])
        elif not record["joined"] and record["user"] in members:
            members.remove(record["user"])

    def _on_message(self, record: Json) -> None:
        channel, message = self.channels[record["channel"]], dict(record["message"])
        channel.messages[message["ts"]] = message
        root = channel.messages.get(message.get("thread_ts", ""))
        if root is not None and root is not message:
            root["thread_ts"] = root["ts"]
            root["reply_count"] = root.get("reply_count", 0) + 1
            root["latest_reply"] = message["ts"]
            root["reply_users"] = sorted({*root.get("reply_users", []), message.get("user", "")})
        if record.get("via") != "person":
            self.posts.append(record)

    def _on_changed(self, record: Json) -> None:
        self.channels[record["channel"]].messages[record["message"]["ts"]] = dict(record["message"])
        if record.get("via") != "person":
            self.changes.append(record)

    def _on_deleted(self, record: Json) -> None:
        del self.channels[record["channel"]].messages[record["ts"]]
        if record.get("via") != "person":
            self.changes.append(record)

    def _on_reaction(self, record: Json) -> None:
        message = self.channels[record["channel"]].messages[record["ts"]]
        reactions = message.setdefault("reactions", [])
        known = next((one for one in reactions if one["name"] == record["name"]), None)
        if known is None:
            known = {"name": record["name"], "users": [], "count": 0}
            reactions.append(known)
        (known["users"].append if record["added"] else known["users"].remove)(record["user"])
        known["count"] = len(known["users"])
        message["reactions"] = [one for one in reactions if one["count"]]

    def _on_ephemeral(self, record: Json) -> None:
        self.ephemerals[record["message"]["ts"]] = dict(record)
        self.posts.append(record)

    def _on_ephemeral_changed(self, record: Json) -> None:
        self.changes.append(record)
        if record["message"] is None:
            del self.ephemerals[record["ts"]]
        else:
            self.ephemerals[record["ts"]]["message"] = record["message"]

    def _on_view(self, record: Json) -> None:
        view = record["view"]
        known = self.views.get(view["id"], {"opened": record["n"]})
        self.views[view["id"]] = {**known, **record}

    def _on_home(self, record: Json) -> None:
        self.homes[record["user"]] = record["view"]

    def _on_upload(self, record: Json) -> None:
        self.uploads[record["file"]["id"]] = record["file"]

    def _on_file(self, record: Json) -> None:
        self.files[record["file"]["id"]] = record["file"]
        self.uploads.pop(record["file"]["id"], None)

    def _on_hook(self, record: Json) -> None:
        self.hooks[record["token"]] = {**record, "uses": 0}

    def _on_hook_used(self, record: Json) -> None:
        self.hooks[record["token"]]["uses"] += 1

    def _on_due(self, record: Json) -> None:
        self.deliveries[record["id"]] = Delivery(record["id"], record["type"], record["payload"])

    def _on_sent(self, record: Json) -> None:
        delivery = self.deliveries[record["id"]]
        delivery.sent += 1
        delivery.attempt = record["attempt"]

    def _on_acked(self, record: Json) -> None:
        delivery = self.deliveries[record["id"]]
        delivery.acks += 1
        if record["counts"]:
            delivery.acked_ms, delivery.answer, delivery.has_ended = record["ms"], record.get("answer"), True

    def _on_gave_up(self, record: Json) -> None:
        self.deliveries[record["id"]].has_ended = True

    def _on_call(self, record: Json) -> None:
        self.calls.append(record)

    def _on_violation(self, record: Json) -> None:
        self.violations.append(record)


def person(id_: str, team: Json, *, name: str, real_name: str, **more: object) -> Json:
    """Make a user as `users.info` gives one; `more` goes over it."""
    user = {
        "id": id_,
        "team_id": team["id"],
        "name": name,
        "deleted": False,
        "real_name": real_name,
        "tz": "Asia/Shanghai",
        "tz_label": "China Standard Time",
        "tz_offset": 28_800,
        "is_admin": False,
        "is_bot": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_stranger": False,
        "updated": 0,
        "locale": "zh-CN",
    }
    user.update(more)
    user["profile"] = {
        "real_name": real_name,
        "real_name_normalized": real_name,
        "display_name": more.get("display_name", name),
        "display_name_normalized": more.get("display_name", name),
        "email": f"{name}@example.com",
        "team": team["id"],
    }
    return user


def _new_team() -> Json:
    digits = "".join(secrets.choice("0123456789") for _ in range(25))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return {
        "id": "T0DRUMBEAT",
        "name": "Drumbeat Trading",
        "domain": "drumbeat-trading",
        "app_id": "A0DRUMBEAT",
        "bot_user": "U0DRUMBOT1",
        "bot_id": "B0DRUMBOT1",
        "bot_token": f"xoxb-{digits[:12]}-{digits[12:]}-{''.join(secrets.choice(letters) for _ in range(24))}",
        "app_token": f"xapp-1-A0DRUMBEAT-{digits[12:]}-{secrets.token_hex(32)}",
        "signing_secret": secrets.token_hex(16),
        "verification_token": secrets.token_hex(12),
        "scopes": list(SCOPES),
        "token_error": None,
    }


_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"


def _ignore(record: Json) -> None:
    """Take no notice: this record is for readers of the log only."""
