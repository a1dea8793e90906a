"""What the adapter asks Slack for, in one table, and the app manifest that grants exactly that.

`EVENTS` is what receive.py parses, `METHODS` what client.py may call: neither can use what is not
named here, so the manifest needs no edit and the doctor can tell what a missing scope costs.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import yaml

HOOK: Final = "/hooks/slack"
"""Where the web server takes events, commands and interactivity in HTTP mode."""
COMMAND: Final = "/drumbeat"
MAKE_TASK: Final = "make_task"
"""The message shortcut."""


@dataclass(frozen=True, slots=True)
class Need:
    """Tell which scopes a thing takes, and what people lose without them."""

    serves: str
    scopes: tuple[str, ...] = ()


_CHANNELS: Final = ("channels:read", "groups:read")
_HISTORY: Final = ("channels:history", "groups:history", "im:history", "mpim:history")

EVENTS: Final[Mapping[str, Need]] = MappingProxyType(
    {
        "app_home_opened": Need("the Home tab"),
        "app_mention": Need("being mentioned in a channel", ("app_mentions:read",)),
        "channel_left": Need("noticing that the bot left a channel", ("channels:read",)),
        "group_left": Need("noticing that the bot left a private channel", ("groups:read",)),
        "member_joined_channel": Need("the hello in a channel that the bot joins", _CHANNELS),
        "member_left_channel": Need("noticing that the bot left a channel", _CHANNELS),
        "message.channels": Need("replies in threads of public channels", ("channels:history",)),
        "message.groups": Need("replies in threads of private channels", ("groups:history",)),
        "message.im": Need("direct messages to the bot", ("im:history",)),
        "message.mpim": Need("messages in group conversations", ("mpim:history",)),
        "reaction_added": Need("making a task by the pushpin reaction", ("reactions:read",)),
    }
)
"""What is subscribed to; a name as the console writes it."""

METHODS: Final[Mapping[str, Need]] = MappingProxyType(
    {
        "apps.connections.open": Need("Socket Mode"),  # by the app token, which has scopes of its own
        "auth.test": Need("knowing who the bot is"),
        "bots.info": Need("knowing which app the bot is", ("users:read",)),
        "chat.postEphemeral": Need("private answers in a channel", ("chat:write",)),
        "chat.postMessage": Need("posting", ("chat:write",)),
        "chat.update": Need("keeping cards up to date", ("chat:write",)),
        "conversations.history": Need(
            "the text of a marked message, and never posting twice", (*_HISTORY, "metadata.message:read")
        ),
        "conversations.info": Need("the names of channels", (*_CHANNELS, "mpim:read")),
        "conversations.open": Need("direct messages from the bot", ("im:write",)),
        "conversations.replies": Need("the same in threads", (*_HISTORY, "metadata.message:read")),
        "files.completeUploadExternal": Need("pictures", ("files:write",)),
        "files.getUploadURLExternal": Need("pictures", ("files:write",)),
        "users.info": Need("names, time zones and e-mail addresses", ("users:read", "users:read.email")),
        "views.open": Need("forms"),
        "views.publish": Need("the Home tab"),
    }
)
"""What is called of the Web API."""

OTHERS: Final[Mapping[str, Need]] = MappingProxyType(
    {
        COMMAND: Need("the slash command and the message shortcut", ("commands",)),
        "files": Need("the files that come with a message", ("files:read",)),
    }
)
APP_SCOPE: Final = "connections:write"
"""The one scope of the app token; the console grants it by hand, no manifest can."""


def scopes() -> Mapping[str, str]:
    """Give each scope that the bot token needs, with what it serves, in order."""
    found: dict[str, list[str]] = {}
    for need in (*EVENTS.values(), *METHODS.values(), *OTHERS.values()):
        for scope in need.scopes:
            if need.serves not in found.setdefault(scope, []):
                found[scope].append(need.serves)
    return {scope: "; ".join(found[scope]) for scope in sorted(found)}


def manifest(*, url: str | None = None) -> dict[str, Any]:
    """Give the app manifest: for Socket Mode, or for HTTP at the bot's public `url`.

    Raises:
        ValueError: `url` is not one that Slack can call.
    """
    body: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("manifest.yaml").read_text(encoding="utf-8"))
    body["oauth_config"]["scopes"]["bot"] = list(scopes())
    settings = body["settings"]
    settings["event_subscriptions"]["bot_events"] = sorted(EVENTS)
    if url is None:
        return body
    if not url.startswith("https://") or len(url) <= len("https://"):
        raise ValueError("url: Slack calls https only; write https://bot.example.com")
    hook = url.removesuffix("/").removesuffix(HOOK) + HOOK
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"]["request_url"] = hook
    settings["interactivity"]["request_url"] = hook
    for command in body["features"]["slash_commands"]:
        command["url"] = hook
    return body


def as_json(*, url: str | None = None) -> str:
    """Write the manifest as JSON, for the console's JSON tab."""
    return json.dumps(manifest(url=url), ensure_ascii=False, indent=2) + "\n"


def as_yaml(*, url: str | None = None) -> str:
    """Write the manifest as YAML, for the console's YAML tab."""
    return yaml.safe_dump(manifest(url=url), allow_unicode=True, sort_keys=False, width=110)
