"""The manifest asks for exactly what the adapter uses, and is what Slack's console takes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import adapters.slack.client
from adapters.slack.manifest import COMMAND, EVENTS, MAKE_TASK, METHODS, as_json, as_yaml, manifest, scopes
from adapters.slack.receive import EVENTS as READ

PACKAGE = Path(adapters.slack.client.__file__).parent
CALLED = re.compile(r"\"((?:apps|auth|bots|chat|conversations|files|reactions|users|views)\.[A-Za-z.]+)\"")


def test_what_is_subscribed_to_is_what_is_read() -> None:
    assert {name.partition(".")[0] for name in EVENTS} == set(READ)


def test_what_is_called_is_what_is_in_the_table() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py") if path.name != "manifest.py")
    assert set(CALLED.findall(text)) == set(METHODS)


def test_manifest_asks_for_the_table_and_nothing_else() -> None:
    body = manifest()
    assert body["settings"]["event_subscriptions"]["bot_events"] == sorted(EVENTS)
    assert body["oauth_config"]["scopes"]["bot"] == sorted(scopes())
    assert {"chat:write", "commands", "app_mentions:read", "im:write", "files:write"} <= set(scopes())
    assert not {"admin", "chat:write.public", "users:write"} & set(scopes())


def test_each_scope_says_what_it_serves() -> None:
    assert all(scopes().values())
    assert "never posting twice" in scopes()["channels:history"]


def test_socket_mode_needs_no_address() -> None:
    settings = manifest()["settings"]
    assert settings["socket_mode_enabled"] is True and "request_url" not in settings["interactivity"]


@pytest.mark.parametrize("url", ["https://bot.example", "https://bot.example/", "https://bot.example/hooks/slack"])
def test_http_mode_gives_one_address_everywhere(url: str) -> None:
    body: dict[str, Any] = manifest(url=url)
    hook = "https://bot.example/hooks/slack"
    assert body["settings"]["socket_mode_enabled"] is False
    assert body["settings"]["event_subscriptions"]["request_url"] == hook
    assert body["settings"]["interactivity"]["request_url"] == hook
    assert body["features"]["slash_commands"][0]["url"] == hook


@pytest.mark.parametrize("url", ["", "http://bot.example", "bot.example", "https://"])
def test_address_that_slack_cannot_call_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        manifest(url=url)


def test_json_and_yaml_say_the_same() -> None:
    assert json.loads(as_json()) == yaml.safe_load(as_yaml()) == manifest()


def test_manifest_is_within_slacks_limits() -> None:
    body = manifest()
    about, features = body["display_information"], body["features"]
    assert about["name"] == "Drumbeat" and len(about["description"]) <= 140
    assert 174 <= len(about["long_description"]) <= 4000
    assert re.fullmatch(r"#[0-9a-f]{6}", about["background_color"])
    assert features["app_home"]["home_tab_enabled"] and features["app_home"]["messages_tab_enabled"]
    assert not features["app_home"]["messages_tab_read_only_enabled"]
    (command,), (shortcut,) = features["slash_commands"], features["shortcuts"]
    assert command["command"] == COMMAND and command["should_escape"] is True
    assert len(command["description"]) <= 2000 and len(command["usage_hint"]) <= 1000
    assert (shortcut["callback_id"], shortcut["type"]) == (MAKE_TASK, "message")
    assert len(shortcut["name"]) <= 24 and len(shortcut["description"]) <= 150
