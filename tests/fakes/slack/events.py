"""What Slack tells an app: events in their wrapper, and what the people's clicks, commands and forms look like."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Final

from tests.fakes.record import Json
from tests.fakes.slack.blocks import elements_of, has_state, state_of
from tests.fakes.slack.world import Channel, World

SUBSCRIPTION: Final = {
    "channel": "message.channels",
    "group": "message.groups",
    "mpim": "message.mpim",
    "im": "message.im",
}
Send = Callable[[str, str, Json], None]
"""Deliver: type of envelope, id, payload."""


class Herald:
    """Words payloads and hands them on to be delivered."""

    def __init__(self, world: World, send: Send) -> None:
        self._world = world
        self._send = send
        self.triggers: dict[str, Json] = {}
        """By id: who acted, when (monotonic), whether it was used, and the view it came from."""

    # Events.

    def tell(self, subscription: str, event: Json) -> str | None:
        """Tell of an event if the app subscribed to it; give the id of the event."""
        world = self._world
        if subscription not in world.settings["events"]:
            return None
        event_id = world.new_id("Ev")
        team = world.team
        payload = {
            "token": team["verification_token"],
            "team_id": team["id"],
            "context_team_id": team["id"],
            "context_enterprise_id": None,
            "api_app_id": team["app_id"],
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(time.time()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team["id"],
                    "user_id": world.bot,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": f"4-{event_id}",
        }
        self._send("events_api", event_id, payload)
        return event_id

    def tell_message(self, channel: Channel, message: Json, **more: object) -> list[str]:
        """Tell of a message, and once more as a mention where it is one; the two in any order."""
        world = self._world
        if world.bot not in channel.members:
            return []
        is_own = message.get("bot_id") == world.team["bot_id"]
        if is_own and not world.settings["echo"]:
            return []
        where = {"channel": channel.id, "event_ts": message["ts"]}
        kind = {"channel_type": channel.kind}
        plain = {name: value for name, value in message.items() if name not in ("metadata", "reactions", "reply_users")}
        copies = [(SUBSCRIPTION[channel.kind], {**plain, **where, **kind, **more})]
        is_mention = f"<@{world.bot}>" in (message.get("text") or "") and channel.kind != "im" and not is_own
        if is_mention and "subtype" not in message:
            copies.append(("app_mention", {**plain, **where, "type": "app_mention"}))
            if world.random.random() < 0.5:
                copies.reverse()
        return [event_id for name, event in copies if (event_id := self.tell(name, event))]

    def tell_change(self, channel: Channel, message: Json, previous: Json) -> list[str]:
        """Tell that a message was edited."""
        return self._tell_hidden(channel, previous, {"subtype": "message_changed", "message": message})

    def tell_deletion(self, channel: Channel, previous: Json) -> list[str]:
        """Tell that a message was deleted."""
        return self._tell_hidden(channel, previous, {"subtype": "message_deleted", "deleted_ts": previous["ts"]})

    def _tell_hidden(self, channel: Channel, previous: Json, more: Json) -> list[str]:
        is_own = previous.get("bot_id") == self._world.team["bot_id"]
        if self._world.bot not in channel.members or (is_own and not self._world.settings["echo"]):
            return []
        ts = self._world.new_ts()
        event = {
            "type": "message",
            **more,
            "previous_message": previous,
            "channel": channel.id,
            "channel_type": channel.kind,
            "hidden": True,
            "ts": ts,
            "event_ts": ts,
        }
        event_id = self.tell(SUBSCRIPTION[channel.kind], event)
        return [event_id] if event_id else []

    # What people do. Each gives the id of its trigger, which is that of the delivery too.

    def slash(self, *, user: str, channel: Channel, command: str, text: str) -> str:
        """Deliver a slash command."""
        world, trigger = self._world, self.new_trigger(user)
        hook = world.new_hook(channel=channel.id, user=user, ts=None, is_ephemeral=True)
        payload = {
            "token": world.team["verification_token"],
            "team_id": world.team["id"],
            "team_domain": world.team["domain"],
            "channel_id": channel.id,
            "channel_name": "directmessage" if channel.kind == "im" else channel.name,
            "user_id": user,
            "user_name": world.users[user]["name"],
            "command": command,
            "text": text,
            "api_app_id": world.team["app_id"],
            "is_enterprise_install": "false",
            "response_url": f"{world.team['origin']}/commands/{world.team['id']}/{hook}",
            "trigger_id": trigger,
        }
        self._send("slash_commands", trigger, payload)
        return trigger

    def press_in_message(self, *, user: str, channel: Channel, message: Json, ephemeral: bool, action: Json) -> str:
        """Deliver a press of something in a message."""
        payload, trigger = self._interaction("block_actions", user)
        ts = message["ts"]
        payload["container"] = {
            "type": "message",
            "message_ts": ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
        }
        if "thread_ts" in message:
            payload["container"]["thread_ts"] = message["thread_ts"]
        payload["channel"] = {"id": channel.id, "name": "directmessage" if channel.kind == "im" else channel.name}
        if not ephemeral:
            payload["message"] = {name: value for name, value in message.items() if name != "metadata"}
        payload["state"] = {"values": _values(message.get("blocks") or [], action)}
        payload["response_url"] = self._hook_url(channel.id, user, ts, ephemeral)
        payload["actions"] = [action]
        self._send("interactive", trigger, payload)
        return trigger

    def press_in_view(self, *, user: str, view: Json, action: Json) -> str:
        """Deliver a press of something in a modal or on the home tab."""
        payload, trigger = self._interaction("block_actions", user, view=view["id"])
        payload["container"] = {"type": "view", "view_id": view["id"]}
        payload["view"] = view
        payload["actions"] = [action]
        self._send("interactive", trigger, payload)
        return trigger

    def submit(self, *, user: str, view: Json) -> str:
        """Deliver a form that was filled in; `view` holds its state."""
        payload, trigger = self._interaction("view_submission", user, view=view["id"])
        payload["view"] = view
        payload["response_urls"] = []
        self._send("interactive", trigger, payload)
        return trigger

    def close(self, *, user: str, view: Json, is_cleared: bool) -> str:
        """Deliver that a form was closed."""
        payload, _ = self._interaction("view_closed", user)
        del payload["trigger_id"]
        id_ = self._world.new_id("Close")
        self._send("interactive", id_, {**payload, "view": view, "is_cleared": is_cleared})
        return id_

    def message_shortcut(self, *, user: str, channel: Channel, message: Json, callback_id: str) -> str:
        """Deliver a shortcut that was taken on a message."""
        payload, trigger = self._interaction("message_action", user)
        payload["callback_id"] = callback_id
        payload["action_ts"] = self._world.new_ts()
        payload["channel"] = {"id": channel.id, "name": "directmessage" if channel.kind == "im" else channel.name}
        payload["message"] = {name: value for name, value in message.items() if name != "metadata"}
        payload["message_ts"] = message["ts"]
        payload["response_url"] = self._hook_url(channel.id, user, message["ts"], is_ephemeral=False)
        self._send("interactive", trigger, payload)
        return trigger

    def global_shortcut(self, *, user: str, callback_id: str) -> str:
        """Deliver a shortcut that was taken anywhere."""
        payload, trigger = self._interaction("shortcut", user)
        payload |= {"callback_id": callback_id, "action_ts": self._world.new_ts()}
        self._send("interactive", trigger, payload)
        return trigger

    def new_trigger(self, user: str, *, view: str | None = None) -> str:
        """Make a trigger: three seconds, one use."""
        world = self._world
        trigger = f"{world.seq}.{world.random.getrandbits(40)}.{secrets.token_hex(16)}"
        self.triggers[trigger] = {"user": user, "made": time.monotonic(), "is_used": False, "view": view}
        return trigger

    def _interaction(self, type_: str, user: str, *, view: str | None = None) -> tuple[Json, str]:
        world, trigger = self._world, self.new_trigger(user, view=view)
        known, team = world.users[user], {"id": world.team["id"], "domain": world.team["domain"]}
        payload: Json = {
            "type": type_,
            "team": team,
            "user": {"id": user, "username": known["name"], "name": known["name"], "team_id": team["id"]},
            "api_app_id": world.team["app_id"],
            "token": world.team["verification_token"],
            "trigger_id": trigger,
            "enterprise": None,
            "is_enterprise_install": False,
        }
        return payload, trigger

    def _hook_url(self, channel: str, user: str, ts: str, is_ephemeral: bool) -> str:
        hook = self._world.new_hook(channel=channel, user=user, ts=ts, is_ephemeral=is_ephemeral)
        return f"{self._world.team['origin']}/actions/{self._world.team['id']}/{hook}"


def action_of(block: Json, element: Json, state: Json | None, ts: str) -> Json:
    """Word what was pressed or chosen."""
    shown: Json = {name: element[name] for name in ("text", "value", "style", "url", "placeholder") if name in element}
    given = {"action_id": element["action_id"], "block_id": block["block_id"], "action_ts": ts}
    return {"type": element["type"], **shown, **(state or {}), **given}


def _values(blocks: list[Json], action: Json) -> Json:
    values: Json = {}
    for block, element in elements_of(blocks):
        if not has_state(element):
            continue
        state = state_of(element)
        if (block["block_id"], element["action_id"]) == (action["block_id"], action["action_id"]):
            state = {name: action[name] for name in action if name in state} | {"type": element["type"]}
        values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values
