"""The Web API: what each method does, and Slack's words when it will not. No faults here, and no HTTP.

Errors are named as docs.slack.dev/reference/methods names them.
"""

from __future__ import annotations

import json
import math
import secrets
import time
from collections.abc import Callable
from typing import Final

from tests.fakes.record import Json, dump
from tests.fakes.slack.blocks import (
    MESSAGE_BLOCKS_CHARS,
    Inspector,
    elements_of,
    faults_of_view,
    has_state,
    state_of,
    text_of,
)
from tests.fakes.slack.events import Herald
from tests.fakes.slack.world import Channel, World

VIEW_BYTES: Final = 250_000
METADATA_BYTES: Final = 8_000
STACK: Final = 3
TIER_PER_MINUTE: Final = {1: 1, 2: 20, 3: 50, 4: 100}
POSTS_PER_MINUTE: Final = 300
"""Of the whole workspace; Slack says several hundred."""
LEAST_BURST: Final = 10
"""Slack tolerates bursts in its lowest tier too, else no app could start twice in a minute. How many is a guess."""


class ApiError(Exception):
    """Say no: the code that stands in `error`, and what goes beside it."""

    def __init__(self, code: str, **more: object) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


class RateLimited(Exception):
    """Say not now: how many whole seconds to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


METHODS: Final[dict[str, tuple[tuple[str, ...], int]]] = {
    "api.test": ((), 4),
    "apps.connections.open": (("connections:write",), 1),
    "auth.test": ((), 4),
    "bots.info": (("users:read",), 3),
    "chat.delete": (("chat:write",), 3),
    "chat.getPermalink": ((), 4),
    "chat.postEphemeral": (("chat:write",), 4),
    "chat.postMessage": (("chat:write",), 0),
    "chat.update": (("chat:write",), 3),
    "conversations.history": (("channels:history", "groups:history", "im:history", "mpim:history"), 3),
    "conversations.info": (("channels:read", "groups:read", "im:read", "mpim:read"), 3),
    "conversations.join": (("channels:join",), 3),
    "conversations.list": (("channels:read", "groups:read", "im:read", "mpim:read"), 2),
    "conversations.members": (("channels:read", "groups:read", "im:read", "mpim:read"), 4),
    "conversations.open": (("im:write", "mpim:write"), 3),
    "conversations.replies": (("channels:history", "groups:history", "im:history", "mpim:history"), 3),
    "files.completeUploadExternal": (("files:write",), 4),
    "files.getUploadURLExternal": (("files:write",), 4),
    "files.info": (("files:read",), 4),
    "reactions.add": (("reactions:write",), 3),
    "reactions.remove": (("reactions:write",), 2),
    "team.info": (("team:read",), 3),
    "users.info": (("users:read",), 4),
    "users.list": (("users:read",), 2),
    "users.lookupByEmail": (("users:read.email",), 3),
    "views.open": ((), 4),
    "views.publish": ((), 4),
    "views.push": ((), 4),
    "views.update": ((), 4),
}
"""The scopes, any of which will do, and the tier; posting has limits of its own."""


class Limiter:
    """The true rate limits: a bucket per method, and one per channel for posting."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, method: str, channel: str | None) -> None:
        """Take one call out of its bucket.

        Raises:
            RateLimited: with how long to wait.
        """
        if not self._world.settings["rate_limits"]:
            return
        if method in ("chat.postMessage", "chat.postEphemeral"):
            self._drop(("post", "*"), POSTS_PER_MINUTE / 60, POSTS_PER_MINUTE)
            self._drop(("post", channel or ""), 1.0, self._world.settings["burst"])
        else:
            per_minute = TIER_PER_MINUTE[METHODS[method][1]]
            self._drop((method, ""), per_minute / 60, max(per_minute, LEAST_BURST))

    def _drop(self, key: tuple[str, str], per_second: float, size: float) -> None:
        now = time.monotonic()
        level, then = self._buckets.get(key, (size, now))
        level = min(size, level + (now - then) * per_second)
        if level < 1:
            self._buckets[key] = (level, now)
            raise RateLimited(max(1, math.ceil((1 - level) / per_second)))
        self._buckets[key] = (level - 1, now)


class WebApi:
    """The methods. Each takes the arguments by name and gives the answer without `ok`."""

    def __init__(self, world: World, herald: Herald) -> None:
        self._world = world
        self._herald = herald
        self.limiter = Limiter(world)
        self.new_ticket: Callable[[], str] = lambda: ""
        """Makes the address of a socket."""
        self._methods: dict[str, Callable[[Json], Json]] = {
            name: getattr(self, "_" + name.replace(".", "_").lower()) for name in METHODS
        }

    def call(self, method: str, token: str, args: Json) -> Json:
        """Carry out one call.

        Raises:
            ApiError, RateLimited: when it is not done.
        """
        if method not in METHODS:
            raise ApiError("unknown_method", req_method=method)
        self._check(method, token)
        self.limiter.take(method, _text(args, "channel") or None)
        return self._methods[method](args)

    def _check(self, method: str, token: str) -> None:
        team = self._world.team
        wants_app = method == "apps.connections.open"
        if method == "api.test":
            return
        if not token:
            raise ApiError("not_authed")
        if token not in (team["bot_token"], team["app_token"]):
            raise ApiError("invalid_auth")
        if team["token_error"]:
            raise ApiError(team["token_error"])
        if wants_app != (token == team["app_token"]):
            raise ApiError("not_allowed_token_type")
        scopes = METHODS[method][0]
        if scopes and not wants_app and not set(scopes) & set(team["scopes"]):
            raise ApiError("missing_scope", needed=",".join(scopes), provided=",".join(team["scopes"]))

    # The app.

    def _api_test(self, args: Json) -> Json:
        return {"args": args}

    def _apps_connections_open(self, args: Json) -> Json:
        return {"url": self.new_ticket()}

    def _auth_test(self, args: Json) -> Json:
        team = self._world.team
        return {
            "url": f"https://{team['domain']}.slack.com/",
            "team": team["name"],
            "user": self._world.users[self._world.bot]["name"],
            "team_id": team["id"],
            "user_id": self._world.bot,
            "bot_id": team["bot_id"],
            "is_enterprise_install": False,
        }

    def _bots_info(self, args: Json) -> Json:
        team = self._world.team
        if _text(args, "bot") not in ("", team["bot_id"]):
            raise ApiError("bot_not_found")
        name = self._world.users[self._world.bot]["name"]
        bot = {"id": team["bot_id"], "deleted": False, "name": name, "updated": 0, "icons": {}}
        return {"bot": {**bot, "app_id": team["app_id"], "user_id": self._world.bot}}

    def _team_info(self, args: Json) -> Json:
        team = self._world.team
        url = f"https://{team['domain']}.slack.com/"
        return {"team": {"id": team["id"], "name": team["name"], "domain": team["domain"], "url": url, "icon": {}}}

    # Messages.

    def _chat_postmessage(self, args: Json) -> Json:
        channel = self.writable(args)
        message, warnings = self.new_message(args, channel)
        return self.post(channel, message, args, warnings=warnings, via="chat.postMessage")

    def post(self, channel: Channel, message: Json, args: Json, *, warnings: list[str], via: str) -> Json:
        """Put a message of the bot into a channel, and tell of it."""
        self._world.note("message", channel=channel.id, message=message, via=via, args=_options(args))
        self._herald.tell_message(channel, message)
        answer: Json = {"channel": channel.id, "ts": message["ts"], "message": message}
        if warnings:
            answer |= {"warning": ",".join(warnings), "response_metadata": {"warnings": warnings}}
        return answer

    def _chat_postephemeral(self, args: Json) -> Json:
        channel = self.writable(args)
        user = _text(args, "user")
        if user not in self._world.users:
            raise ApiError("user_not_found")
        if user not in channel.members:
            raise ApiError("user_not_in_channel")
        message, _ = self.new_message(args, channel, most=self._world.settings["update_chars"])
        self.whisper(channel, user, message, args, via="chat.postEphemeral")
        return {"message_ts": message["ts"]}

    def whisper(self, channel: Channel, user: str, message: Json, args: Json, *, via: str) -> None:
        """Show something to one person."""
        record = {"channel": channel.id, "user": user, "message": message, "via": via, "args": _options(args)}
        self._world.note("ephemeral", **record)

    def _chat_update(self, args: Json) -> Json:
        channel = self.readable(args)
        previous = self._own(channel, args, "cant_update_message")
        message = self.edited(previous, args)
        self._world.note("changed", channel=channel.id, message=message, via="chat.update", args=_options(args))
        self._herald.tell_change(channel, message, previous)
        return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": message}

    def _chat_delete(self, args: Json) -> Json:
        channel = self.readable(args)
        previous = self._own(channel, args, "cant_delete_message")
        self._world.note("deleted", channel=channel.id, ts=previous["ts"], via="chat.delete")
        self._herald.tell_deletion(channel, previous)
        return {"channel": channel.id, "ts": previous["ts"]}

    def _chat_getpermalink(self, args: Json) -> Json:
        channel = self.readable(args)
        ts = _text(args, "message_ts")
        if ts not in channel.messages:
            raise ApiError("message_not_found")
        link = f"https://{self._world.team['domain']}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
        return {"channel": channel.id, "permalink": link}

    def _own(self, channel: Channel, args: Json, refusal: str) -> Json:
        message = channel.messages.get(_text(args, "ts"))
        if message is None:
            raise ApiError("message_not_found")
        if message.get("bot_id") != self._world.team["bot_id"]:
            raise ApiError(refusal)
        return message

    def new_message(self, args: Json, channel: Channel | None, *, most: int | None = None) -> tuple[Json, list[str]]:
        """Make a message of the bot, with warnings, or refuse it with every reason.

        A text that is too long is cut for `chat.postMessage`, and refused for the others, which give `most`.
        """
        world, warnings = self._world, []
        text = _text(args, "text")
        blocks, attachments = _list(args, "blocks"), _list(args, "attachments")
        if not text.strip() and not blocks and not attachments:
            raise ApiError("no_text")
        if len(text) > (most or world.settings["post_chars"]):
            if most is not None:
                raise ApiError("msg_too_long")
            text = text[: world.settings["post_chars"]]
            warnings.append("message_truncated")
        message: Json = {
            "type": "message",
            "user": world.bot,
            "text": text or text_of({"blocks": blocks, "attachments": attachments}).replace("\n", " "),
            "ts": world.new_ts(),
            "bot_id": world.team["bot_id"],
            "app_id": world.team["app_id"],
            "team": world.team["id"],
        }
        message |= self._parts(blocks, attachments, args)
        thread = _text(args, "thread_ts")
        if thread and channel is not None:
            root = channel.messages.get(thread)
            if root is None:
                raise ApiError("thread_not_found")
            message |= {"thread_ts": root.get("thread_ts", thread), "parent_user_id": root.get("user", "")}
            if _flag(args, "reply_broadcast"):
                message["subtype"] = "thread_broadcast"
        return message, warnings

    def edited(self, previous: Json, args: Json) -> Json:
        """Give a message after an edit; what is not given stays, as the documents say."""
        blocks, attachments = _list(args, "blocks"), _list(args, "attachments")
        text = _text(args, "text")
        if not text and not blocks and not attachments:
            raise ApiError("no_text")
        if len(text) > self._world.settings["update_chars"]:
            raise ApiError("msg_too_long")
        message = dict(previous) | self._parts(blocks, attachments, args)
        message["text"] = text or text_of({"blocks": blocks, "attachments": attachments}).replace("\n", " ")
        for name, given in (("blocks", blocks), ("attachments", attachments)):
            if name in args and args[name] is not None and not given:
                message.pop(name, None)
        if args.get("metadata") in ({}, "{}"):
            message.pop("metadata", None)
        message["edited"] = {"user": self._world.bot, "ts": self._world.new_ts()}
        return message

    def _parts(self, blocks: list[Json], attachments: list[Json], args: Json) -> Json:
        parts: Json = {}
        inspector = Inspector("message", has_file=self._has_file)
        if blocks:
            inspector.inspect(blocks)
            self._refuse("invalid_blocks", inspector.faults)
            if len(text_of({"blocks": blocks}).replace("\n", "")) > MESSAGE_BLOCKS_CHARS:
                raise ApiError("msg_blocks_too_long")
            parts["blocks"] = [self._named(block) for block in blocks]
        if attachments:
            if len(attachments) > 100:
                raise ApiError("too_many_attachments")
            for index, attachment in enumerate(attachments):
                if attachment.get("blocks"):
                    inspector.inspect(attachment["blocks"], f"/attachments/{index}/blocks")
            self._refuse("invalid_attachments", inspector.faults)
            parts["attachments"] = [
                {**one, "id": index + 1, "blocks": [self._named(block) for block in one.get("blocks") or []]}
                for index, one in enumerate(attachments)
            ]
        metadata = _value(args, "metadata")
        if metadata:
            parts["metadata"] = _metadata(metadata)
        return parts

    def _refuse(self, code: str, faults: list[str]) -> None:
        if faults:
            errors = [fault.removeprefix("[ERROR] ") for fault in faults]
            raise ApiError(code, errors=errors, response_metadata={"messages": faults})

    def _named(self, block: Json) -> Json:
        """Give the ids that were left out, as Slack does."""
        named = {**block, "block_id": block.get("block_id") or secrets.token_hex(3)}
        for name in ("accessory", "element"):
            if isinstance(named.get(name), dict):
                named[name] = self._named_element(named[name])
        if block["type"] in ("actions", "context_actions"):
            named["elements"] = [self._named_element(element) for element in block["elements"]]
        return named

    def _named_element(self, element: Json) -> Json:
        return element if element["type"] == "image" else {"action_id": secrets.token_hex(3), **element}

    def _has_file(self, name: str) -> bool:
        return name in self._world.files or any(
            name in (file["url_private"], file["permalink"]) for file in self._world.files.values()
        )

    # Conversations.

    def channel(self, args: Json) -> Channel:
        """Find the conversation that the bot may know of."""
        name = _text(args, "channel")
        channel = self._world.channels.get(name)
        if channel is None:
            channel = next((one for one in self._world.channels.values() if name == f"#{one.name}"), None)
        is_hidden = channel is not None and channel.kind != "channel" and self._world.bot not in channel.members
        if channel is None or is_hidden:
            raise ApiError("channel_not_found")
        return channel

    def readable(self, args: Json) -> Channel:
        """Find a conversation that the bot is in."""
        channel = self.channel(args)
        if self._world.bot not in channel.members:
            raise ApiError("not_in_channel")
        return channel

    def writable(self, args: Json) -> Channel:
        """Find a conversation that the bot may post to; the id of a person means the direct one."""
        user = self._world.users.get(_text(args, "channel"))
        if user is not None:
            return self._direct(user["id"])
        channel = self.channel(args)
        if channel.is_archived:
            raise ApiError("is_archived")
        if self._world.bot not in channel.members and "chat:write.public" not in self._world.team["scopes"]:
            raise ApiError("not_in_channel")
        return channel

    def _direct(self, user: str) -> Channel:
        known = self._world.users.get(user)
        if known is None:
            raise ApiError("user_not_found")
        if known["is_bot"]:
            raise ApiError("cannot_dm_bot")
        if known["deleted"]:
            raise ApiError("user_disabled")
        return self._world.direct(user)

    def _conversations_open(self, args: Json) -> Json:
        if _text(args, "channel"):
            return {"channel": {"id": self.channel(args).id}}
        users = [one.strip() for one in _text(args, "users").split(",") if one.strip()]
        if isinstance(args.get("users"), list):
            users = args["users"]
        if not users:
            raise ApiError("users_list_not_supplied")
        if len(users) == 1:
            known = {one.id for one in self._world.channels.values()}
            channel = self._direct(users[0])
            is_open: Json = {"no_op": True, "already_open": True} if channel.id in known else {}
            return {**is_open, "channel": {"id": channel.id}}
        if unknown := [one for one in users if one not in self._world.users]:
            raise ApiError("user_not_found", errors=unknown)
        members = {*users, self._world.bot}
        for channel in self._world.channels.values():
            if channel.kind == "mpim" and set(channel.members) == members:
                return {"channel": {"id": channel.id}}
        name = "mpdm-" + "--".join(self._world.users[one]["name"] for one in users) + "-1"
        return {"channel": {"id": self._world.new_channel(name=name, kind="mpim", members=members).id}}

    def _conversations_join(self, args: Json) -> Json:
        channel = self.channel(args)
        if channel.kind != "channel":
            raise ApiError("method_not_supported_for_channel_type")
        if channel.is_archived:
            raise ApiError("is_archived")
        self._world.note("member", channel=channel.id, user=self._world.bot, joined=True)
        return {"channel": self._described(channel)}

    def _conversations_info(self, args: Json) -> Json:
        return {"channel": self._described(self.channel(args))}

    def _conversations_list(self, args: Json) -> Json:
        kinds = {"public_channel": "channel", "private_channel": "group", "mpim": "mpim", "im": "im"}
        asked = {kinds.get(one.strip()) for one in (_text(args, "types") or "public_channel").split(",")}
        if None in asked:
            raise ApiError("invalid_types")
        found = [
            self._described(one)
            for one in self._world.channels.values()
            if one.kind in asked
            and (one.kind == "channel" or self._world.bot in one.members)
            and not (one.is_archived and _flag(args, "exclude_archived"))
        ]
        return _page("channels", found, args, most=1_000)

    def _conversations_members(self, args: Json) -> Json:
        return _page("members", list(self.channel(args).members), args, most=1_000)

    def _conversations_history(self, args: Json) -> Json:
        channel = self.readable(args)
        found = [
            one
            for one in reversed(channel.messages.values())
            if one.get("thread_ts", one["ts"]) == one["ts"] or one.get("subtype") == "thread_broadcast"
        ]
        answer = _page("messages", [_bare(one, args) for one in _between(found, args)], args, most=999)
        return {**answer, "has_more": bool(answer["response_metadata"]["next_cursor"]), "pin_count": 0}

    def _conversations_replies(self, args: Json) -> Json:
        channel = self.readable(args)
        root = channel.messages.get(_text(args, "ts"))
        if root is None:
            raise ApiError("thread_not_found")
        thread = root.get("thread_ts", root["ts"])
        found = [one for one in channel.messages.values() if one.get("thread_ts") == thread or one["ts"] == thread]
        first = [one for one in found if one["ts"] == thread]
        rest = _between([one for one in found if one["ts"] != thread], args)
        answer = _page("messages", [_bare(one, args) for one in first + rest], args, most=1_000)
        return {**answer, "has_more": bool(answer["response_metadata"]["next_cursor"])}

    def _described(self, channel: Channel) -> Json:
        described: Json = {"id": channel.id, "created": channel.created, "is_archived": channel.is_archived}
        described |= {f"is_{kind}": channel.kind == kind for kind in ("channel", "group", "im", "mpim")}
        if channel.kind == "im":
            user = next((one for one in channel.members if one != self._world.bot), "")
            return described | {"user": user, "is_user_deleted": False, "is_open": True}
        is_private = channel.kind != "channel"
        return described | {
            "name": channel.name,
            "name_normalized": channel.name,
            "is_member": self._world.bot in channel.members,
            "is_private": is_private,
            "is_general": channel.name == "general",
            "num_members": len(channel.members),
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }

    # People.

    def _users_info(self, args: Json) -> Json:
        user = self._world.users.get(_text(args, "user"))
        if user is None:
            raise ApiError("user_not_found")
        return {"user": self._shown(user)}

    def _users_list(self, args: Json) -> Json:
        return _page("members", [self._shown(one) for one in self._world.users.values()], args, most=1_000)

    def _users_lookupbyemail(self, args: Json) -> Json:
        email = _text(args, "email")
        for user in self._world.users.values():
            if user["profile"]["email"] == email and not user["deleted"]:
                return {"user": self._shown(user)}
        raise ApiError("users_not_found")

    def _shown(self, user: Json) -> Json:
        if "users:read.email" in self._world.team["scopes"]:
            return user
        return {**user, "profile": {name: value for name, value in user["profile"].items() if name != "email"}}

    # Views.

    def _views_open(self, args: Json) -> Json:
        view = self._view(args, "modal")
        trigger = self._trigger(args)
        opened = self.new_view(view, user=trigger["user"], root=None, previous=None)
        return {"view": opened}

    def _views_push(self, args: Json) -> Json:
        view = self._view(args, "modal")
        trigger = self._trigger(args)
        below = self._world.views.get(trigger["view"] or "")
        if below is None:
            raise ApiError("invalid_trigger_id")
        return {"view": self.push(view, below)}

    def push(self, view: Json, below: Json) -> Json:
        """Lay a view on another one."""
        root = below["view"]["root_view_id"]
        stack = [one for one in self._world.views.values() if one["is_open"] and one["view"]["root_view_id"] == root]
        if len(stack) >= STACK:
            raise ApiError("push_limit_reached")
        return self.new_view(view, user=below["user"], root=root, previous=below["view"]["id"])

    def _views_update(self, args: Json) -> Json:
        view = self._view(args, None)
        known = self._known_view(args)
        self._match_hash(args, known["view"])
        return {"view": self.replace_view(known, view)}

    def _known_view(self, args: Json) -> Json:
        id_, external = _text(args, "view_id"), _text(args, "external_id")
        for known in self._world.views.values():
            if known["is_open"] and (
                known["view"]["id"] == id_ or (external and known["view"]["external_id"] == external)
            ):
                return known
        raise ApiError("not_found")

    def replace_view(self, known: Json, view: Json) -> Json:
        """Show something else in an open view; what was typed stays where block and action are the same."""
        old = known["view"]
        kept = {name: old[name] for name in ("id", "root_view_id", "previous_view_id")}
        fresh = self._complete(view, **kept)
        self._world.note("view", user=known["user"], view=fresh, is_open=True, errors={}, how="update")
        return fresh

    def _views_publish(self, args: Json) -> Json:
        view = self._view(args, "home")
        user = _text(args, "user_id")
        if user not in self._world.users:
            raise ApiError("user_not_found")
        old = self._world.homes.get(user)
        if old is not None:
            self._match_hash(args, old)
        id_ = old["id"] if old is not None else self._world.new_id("V")
        fresh = self._complete(view, id=id_, root_view_id=id_, previous_view_id=None)
        self._world.note("home", user=user, view=fresh)
        return {"view": fresh}

    def _match_hash(self, args: Json, view: Json) -> None:
        if _text(args, "hash") and _text(args, "hash") != view["hash"]:
            raise ApiError("hash_conflict")

    def new_view(self, view: Json, *, user: str, root: str | None, previous: str | None) -> Json:
        """Open a view for a person."""
        external = view.get("external_id")
        if external and any(
            one["is_open"] and one["view"]["external_id"] == external for one in self._world.views.values()
        ):
            raise ApiError("duplicate_external_id")
        id_ = self._world.new_id("V")
        fresh = self._complete(view, id=id_, root_view_id=root or id_, previous_view_id=previous)
        self._world.note("view", user=user, view=fresh, is_open=True, errors={}, how="push" if previous else "open")
        return fresh

    def _complete(self, view: Json, **ids: object) -> Json:
        team = self._world.team
        blocks = [self._named(block) for block in view["blocks"]]
        values: Json = {}
        for block, element in elements_of(blocks):
            if has_state(element):
                values.setdefault(block["block_id"], {})[element["action_id"]] = state_of(element)
        defaults = {
            "callback_id": "",
            "private_metadata": "",
            "external_id": "",
            "title": None,
            "submit": None,
            "close": None,
        }
        flags = {"clear_on_close": False, "notify_on_close": False}
        return {
            **defaults,
            **flags,
            **view,
            **ids,
            "blocks": blocks,
            "team_id": team["id"],
            "app_id": team["app_id"],
            "app_installed_team_id": team["id"],
            "bot_id": team["bot_id"],
            "state": {"values": values},
            "hash": f"{int(time.time())}.{secrets.token_hex(4)}",
        }

    def _view(self, args: Json, kind: str | None) -> Json:
        view = _value(args, "view")
        self.inspect_view(view, kind)
        assert isinstance(view, dict)
        return view

    def inspect_view(self, view: object, kind: str | None) -> None:
        """Refuse a view that Slack would not show."""
        if view is None:
            raise ApiError(
                "invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: view"]}
            )
        if len(dump(view).encode()) > VIEW_BYTES:
            raise ApiError("view_too_large")
        self._refuse("invalid_arguments", faults_of_view(view, has_file=self._has_file))
        if isinstance(view, dict) and kind is not None and view["type"] != kind:
            self._refuse("invalid_arguments", [f"[ERROR] must be a {kind} [json-pointer:/view/type]"])

    def _trigger(self, args: Json) -> Json:
        trigger = self._herald.triggers.get(_text(args, "trigger_id"))
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger["is_used"]:
            raise ApiError("exchanged_trigger_id")
        if time.monotonic() - trigger["made"] > self._world.settings["trigger_s"]:
            raise ApiError("expired_trigger_id")
        trigger["is_used"] = True
        return trigger

    # Files and reactions.

    def _files_getuploadurlexternal(self, args: Json) -> Json:
        name = _text(args, "filename")
        try:
            length = int(args.get("length", ""))
        except ValueError:
            length = 0
        if not name or length <= 0:
            raise ApiError("invalid_arguments")
        id_ = self._world.new_id("F")
        file = {"id": id_, "name": name, "length": length, "token": secrets.token_hex(16), "content": None}
        self._world.note("upload", file=file)
        return {"upload_url": f"{self._world.team['origin']}/upload/v1/{file['token']}", "file_id": id_}

    def _files_completeuploadexternal(self, args: Json) -> Json:
        asked = _list(args, "files")
        if not asked:
            raise ApiError("invalid_arguments")
        uploads = [self._world.uploads.get(str(one.get("id"))) for one in asked]
        if any(one is None or one["content"] is None for one in uploads):
            raise ApiError("file_not_found")
        channel_id = _text(args, "channel_id") or _text(args, "channels").split(",")[0]
        channel = self.writable({"channel": channel_id}) if channel_id else None
        message, _ = (
            self.new_message({**args, "text": _text(args, "initial_comment") or " .", "blocks": None}, channel)
            if channel
            else ({}, [])
        )
        files = []
        for one, upload in zip(asked, uploads, strict=True):
            assert upload is not None
            shares = {} if channel is None else {channel.kind: {channel.id: [{"ts": message["ts"]}]}}
            files.append(
                self.new_file(upload, title=one.get("title") or upload["name"], user=self._world.bot, shares=shares)
            )
        if channel is not None:
            message |= {"text": _text(args, "initial_comment"), "files": files, "subtype": "file_share"}
            self.post(channel, message, args, warnings=[], via="files.completeUploadExternal")
        return {"files": files}

    def new_file(self, upload: Json, *, title: str, user: str, shares: Json) -> Json:
        """Keep a file; `upload` holds its id, name and content."""
        origin, id_, name = self._world.team["origin"], upload["id"], upload["name"]
        kind = name.rpartition(".")[2].lower()
        mime = {
            "png": "image/png",
            "jpg": "image/jpeg",
            "csv": "text/csv",
            "txt": "text/plain",
            "pdf": "application/pdf",
        }
        url = f"{origin}/files-pri/{self._world.team['id']}-{id_}"
        file = {
            "id": id_,
            "name": name,
            "title": title,
            "mimetype": mime.get(kind, "application/octet-stream"),
            "filetype": kind,
            "user": user,
            "size": upload["length"],
            "mode": "hosted",
            "url_private": f"{url}/{name}",
            "url_private_download": f"{url}/download/{name}",
            "permalink": f"https://{self._world.team['domain']}.slack.com/files/{user}/{id_}/{name}",
            "created": int(time.time()),
            "shares": shares,
        }
        self._world.note("file", file={**file, "content": upload["content"]})
        return file

    def _files_info(self, args: Json) -> Json:
        file = self._world.files.get(_text(args, "file"))
        if file is None:
            raise ApiError("file_not_found")
        return {"file": {name: value for name, value in file.items() if name != "content"}, "comments": []}

    def _reactions_add(self, args: Json) -> Json:
        return self._react(args, added=True)

    def _reactions_remove(self, args: Json) -> Json:
        return self._react(args, added=False)

    def _react(self, args: Json, *, added: bool) -> Json:
        name = _text(args, "name").strip(":")
        if not name:
            raise ApiError("invalid_name")
        channel = self.readable(args)
        ts = _text(args, "timestamp")
        message = channel.messages.get(ts)
        if message is None:
            raise ApiError("message_not_found")
        users: list[str] = next((one["users"] for one in message.get("reactions", []) if one["name"] == name), [])
        if (self._world.bot in users) == added:
            raise ApiError("already_reacted" if added else "no_reaction")
        self._world.note("reaction", channel=channel.id, ts=ts, name=name, user=self._world.bot, added=added)
        return {}


# Reading arguments, which come as text, as JSON in text, or as JSON.


def _text(args: Json, name: str) -> str:
    value = args.get(name)
    return "" if value is None else str(value)


def _flag(args: Json, name: str) -> bool:
    return str(args.get(name, "")).lower() in ("1", "true")


def _value(args: Json, name: str) -> object:
    value: object = args.get(name)
    if isinstance(value, str):
        try:
            return json.loads(value) if value else None
        except json.JSONDecodeError:
            raise ApiError(f"invalid_{name}_format" if name == "blocks" else "invalid_arguments") from None
    return value


def _list(args: Json, name: str) -> list[Json]:
    value = _value(args, name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ApiError("invalid_blocks_format" if name == "blocks" else "invalid_arguments")
    return value


def _metadata(metadata: object) -> Json:
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise ApiError("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict) or metadata.keys() - {"event_type", "event_payload"}:
        raise ApiError("invalid_metadata_format")
    if len(dump(metadata).encode()) > METADATA_BYTES:
        raise ApiError("metadata_too_large")
    return metadata


def _options(args: Json) -> Json:
    kept = ("unfurl_links", "unfurl_media", "parse", "link_names", "mrkdwn", "reply_broadcast", "response_type")
    return {name: args[name] for name in kept if name in args}


def _bare(message: Json, args: Json) -> Json:
    shown = dict(message)
    metadata = shown.pop("metadata", None)
    if metadata is not None and (_flag(args, "include_all_metadata")):
        shown["metadata"] = metadata
    elif metadata is not None:
        shown["metadata"] = {"event_type": metadata["event_type"]}
    return shown


def _between(messages: list[Json], args: Json) -> list[Json]:
    oldest, latest = _text(args, "oldest") or "0", _text(args, "latest") or "9999999999"
    inclusive = _flag(args, "inclusive")

    def fits(ts: str) -> bool:
        at = float(ts)
        return float(oldest) < at < float(latest) or (inclusive and at in (float(oldest), float(latest)))

    return [one for one in messages if fits(one["ts"])]


def _page(name: str, items: list[Json] | list[str], args: Json, *, most: int) -> Json:
    try:
        limit = min(int(args.get("limit") or 100), most)
        start = int(_text(args, "cursor").removeprefix("next:") or 0)
    except ValueError:
        raise ApiError("invalid_cursor" if args.get("cursor") else "invalid_limit") from None
    rest = len(items) > start + limit
    return {
        name: items[start : start + limit],
        "response_metadata": {"next_cursor": f"next:{start + limit}" if rest else ""},
    }
