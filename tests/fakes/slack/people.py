"""What people do in the fake Slack, and what they see of it. Called by the driver, over the control address.

Each public method is a verb of the control address: its arguments and its answer are JSON. What
somebody presses must be there to be pressed; what the client would not send is refused here.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import time
from collections.abc import Callable, Iterable

from tests.fakes.record import Json
from tests.fakes.slack.blocks import (
    CannotChoose,
    chosen,
    elements_of,
    is_empty,
    label_of,
    pings_of,
    text_of,
    text_of_view,
)
from tests.fakes.slack.delivery import Deliveries
from tests.fakes.slack.events import Herald, action_of
from tests.fakes.slack.web_api import ApiError, WebApi
from tests.fakes.slack.world import Channel, Delivery, World, person

STORM_S = 600.0
PATIENCE_S = 30.0


class NotPossible(Exception):
    """Say why a person cannot do that."""


class People:
    """The people, and their eyes."""

    def __init__(self, world: World, herald: Herald, deliveries: Deliveries, api: WebApi) -> None:
        self._world = world
        self._herald = herald
        self._deliveries = deliveries
        self._api = api
        self._names: dict[str, str] = {}
        self._node = re.compile("")

    # Who and where.

    def add_user(self, *, name: str, real_name: str, **more: object) -> Json:
        """Let somebody join the workspace."""
        user = person(
            str(more.pop("id", None) or self._world.new_id("U")),
            self._world.team,
            name=name,
            real_name=real_name,
            **more,
        )
        self._world.note("user", user=user)
        return user

    def add_channel(self, *, name: str, members: list[str], kind: str = "channel", bot: bool = True) -> Json:
        """Make a channel, silently; `kind` is `channel`, `group` (private) or `mpim`."""
        everybody = [*members, self._world.bot] if bot else list(members)
        channel = self._world.new_channel(name=name, kind=kind, members=everybody)
        return {"id": channel.id, "name": channel.name, "kind": channel.kind}

    def archive(self, *, channel: str, is_archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        self._world.note("archived", channel=channel, is_archived=is_archived)

    def join(self, *, user: str, channel: str, inviter: str | None = None) -> Json:
        """Let a person, or the bot, join a channel."""
        return self._move(self._known(channel), user, joined=True, inviter=inviter)

    def leave(self, *, user: str, channel: str) -> Json:
        """Let a person, or the bot, leave a channel."""
        return self._move(self._known(channel), user, joined=False, inviter=None)

    def _move(self, channel: Channel, user: str, *, joined: bool, inviter: str | None) -> Json:
        word = "joined" if joined else "left"
        before = set(channel.members)
        self._world.note("member", channel=channel.id, user=user, joined=joined)
        ts, letter = self._world.new_ts(), "C" if channel.kind == "channel" else "G"
        events = []
        if self._world.bot in before | set(channel.members):
            event: Json = {
                "type": f"member_{word}_channel",
                "user": user,
                "channel": channel.id,
                "channel_type": letter,
                "team": self._world.team["id"],
                "event_ts": ts,
            }
            if inviter:
                event["inviter"] = inviter
            if event_id := self._herald.tell(event["type"], event):
                events.append(event_id)
        text = f"<@{user}> has {word} the channel"
        subtype = f"channel_{'join' if joined else 'leave'}"
        message = {"type": "message", "subtype": subtype, "user": user, "text": text, "ts": ts}
        self._world.note("message", channel=channel.id, message=message, via="person")
        events += self._herald.tell_message(channel, message)
        return {"events": events}

    # Talking.

    def say(self, *, user: str, channel: str, text: str, thread: str | None = None, broadcast: bool = False) -> Json:
        """Say something as it is typed: `@name` mentions, and `<` is a sign like others."""
        return self._say(user, self._known(channel), text, thread=thread, broadcast=broadcast)

    def dm(self, *, user: str, text: str, thread: str | None = None) -> Json:
        """Say something to the bot alone."""
        return self._say(user, self._world.direct(user), text, thread=thread)

    def _say(
        self,
        user: str,
        channel: Channel,
        text: str,
        *,
        thread: str | None = None,
        broadcast: bool = False,
        **more: object,
    ) -> Json:
        if user not in channel.members:
            raise NotPossible(f"{user} is not in {channel.id}")
        if channel.is_archived:
            raise NotPossible(f"{channel.id} is archived")
        nodes = self._typed(text)
        ts = self._world.new_ts()
        message: Json = {
            "type": "message",
            "user": user,
            "text": "".join(map(_as_text, nodes)),
            "ts": ts,
            "client_msg_id": f"{self._world.seq:08x}-{ts.replace('.', '-')}",
            "team": self._world.team["id"],
            **more,
        }
        if nodes:
            section = {"type": "rich_text_section", "elements": nodes}
            message["blocks"] = [{"type": "rich_text", "block_id": ts[-5:], "elements": [section]}]
        extra: Json = {}
        if thread is not None:
            root = channel.messages.get(thread)
            if root is None:
                raise NotPossible("there is no such thread")
            message |= {"thread_ts": root.get("thread_ts", thread), "parent_user_id": root.get("user", "")}
            if broadcast:
                message["subtype"] = "thread_broadcast"
                extra["root"] = dict(root)
        self._world.note("message", channel=channel.id, message=message, via="person")
        return {"channel": channel.id, "ts": ts, "events": self._herald.tell_message(channel, message, **extra)}

    def _typed(self, text: str) -> list[Json]:
        if len(self._names) != len(self._world.users):
            self._names = {user["name"]: id_ for id_, user in self._world.users.items()}
            longest = sorted(map(re.escape, self._names), key=len, reverse=True)
            self._node = re.compile(rf"(@(?:{'|'.join(longest)})(?![\w.-])|https?://[^\s<>|]+)")
        names, nodes = self._names, []
        for part in self._node.split(text):
            if part.startswith("@") and part[1:] in names:
                nodes.append({"type": "user", "user_id": names[part[1:]]})
            elif part.startswith(("http://", "https://")):
                nodes.append({"type": "link", "url": part})
            elif part:
                nodes.append({"type": "text", "text": part})
        return nodes

    def edit(self, *, user: str, channel: str, ts: str, text: str) -> Json:
        """Edit one's own message."""
        known = self._known(channel)
        previous = self._message(known, ts)
        if previous["user"] != user:
            raise NotPossible("one edits one's own messages only")
        nodes = self._typed(text)
        section = {"type": "rich_text_section", "elements": nodes}
        message = {
            **previous,
            "text": "".join(map(_as_text, nodes)),
            "blocks": [{"type": "rich_text", "block_id": ts[-5:], "elements": [section]}],
            "edited": {"user": user, "ts": self._world.new_ts()},
        }
        self._world.note("changed", channel=channel, message=message, via="person")
        return {"events": self._herald.tell_change(known, message, previous)}

    def delete(self, *, channel: str, ts: str) -> Json:
        """Delete a message."""
        known = self._known(channel)
        previous = self._message(known, ts)
        self._world.note("deleted", channel=channel, ts=ts, via="person")
        return {"events": self._herald.tell_deletion(known, previous)}

    def react(self, *, user: str, channel: str, ts: str, name: str, added: bool = True) -> Json:
        """Put a reaction on a message, or take it off."""
        known = self._known(channel)
        message = self._message(known, ts)
        self._world.note("reaction", channel=channel, ts=ts, name=name, user=user, added=added)
        if self._world.bot not in known.members:
            return {"events": []}
        event = {
            "type": "reaction_added" if added else "reaction_removed",
            "user": user,
            "reaction": name,
            "item_user": message["user"],
            "item": {"type": "message", "channel": channel, "ts": ts},
            "event_ts": self._world.new_ts(),
        }
        event_id = self._herald.tell(str(event["type"]), event)
        return {"events": [event_id] if event_id else []}

    def share_file(
        self, *, user: str, channel: str, name: str, content: str, text: str = "", thread: str | None = None
    ) -> Json:
        """Share a file; `content` is base64."""
        known = self._known(channel)
        upload = {
            "id": self._world.new_id("F"),
            "name": name,
            "length": len(base64.b64decode(content)),
            "content": content,
        }
        file = self._api.new_file(upload, title=name, user=user, shares={})
        said = self._say(user, known, text, thread=thread, subtype="file_share", files=[file], upload=False)
        event = {
            "type": "file_shared",
            "channel_id": channel,
            "file_id": file["id"],
            "user_id": user,
            "file": {"id": file["id"]},
            "event_ts": self._world.new_ts(),
        }
        if self._world.bot in known.members and (event_id := self._herald.tell("file_shared", event)):
            said["events"].append(event_id)
        return {**said, "file": file["id"]}

    def storm(
        self,
        *,
        count: int,
        users: list[str],
        channels: list[str],
        text: str,
        per_second: float | None = None,
        window: int | None = None,
    ) -> Json:
        """Say many things in the background: `{n}` in the text counts; `window` limits what is not acknowledged."""
        self._deliveries.spawn(self._storm(count, users, channels, text, per_second, window))
        return {}

    async def _storm(
        self, count: int, users: list[str], channels: list[str], text: str, per_second: float | None, window: int | None
    ) -> None:
        room = asyncio.Semaphore(window or count)
        began, said = time.perf_counter(), 0
        self._world.note("storm_began", count=count)
        try:
            async with asyncio.timeout(STORM_S):
                for n in range(count):
                    if window is not None:
                        await room.acquire()
                    if per_second is not None:
                        await asyncio.sleep(max(0.0, began + n / per_second - time.perf_counter()))
                    elif n % 20 == 19:
                        await asyncio.sleep(0)
                    channel = self._known(channels[n % len(channels)])
                    answer = self._say(users[n % len(users)], channel, text.replace("{n}", str(n)))
                    for event_id in answer["events"][:1] if window is not None else []:
                        self._world.deliveries[event_id].on_end.append(room.release)
                    said += 1
        except TimeoutError:
            pass
        self._world.note("storm_ended", count=said, seconds=round(time.perf_counter() - began, 3))

    # Pressing, choosing, filling in.

    async def slash(self, *, user: str, channel: str, command: str, text: str) -> Json:
        """Type a slash command, and wait for its acknowledgement."""
        return await self._settled(
            self._herald.slash(user=user, channel=self._known(channel), command=command, text=text)
        )

    async def press(self, *, user: str, target: Json, what: str, nth: int = 0) -> Json:
        """Press a button, found by its label, action id or value, and wait for the acknowledgement."""
        block, element = self._find(self._blocks(target, user), what, nth)
        return await self._act(user, target, block, element, None)

    async def choose(self, *, user: str, target: Json, what: str, value: object, nth: int = 0) -> Json:
        """Choose in a select, a date picker and the like, found by label, placeholder or action id."""
        block, element = self._find(self._blocks(target, user), what, nth)
        return await self._act(user, target, block, element, chosen(element, value))

    async def _act(self, user: str, target: Json, block: Json, element: Json, state: Json | None) -> Json:
        action = action_of(block, element, state, self._world.new_ts())
        if "view" in target:
            view = self._open_view(target["view"], user)
            if state is not None:
                values = view["state"]["values"]
                fresh = {
                    **values,
                    block["block_id"]: {**values.get(block["block_id"], {}), element["action_id"]: state},
                }
                view = {**view, "state": {"values": fresh}}
                self._keep_view(user, view)
            return await self._settled(self._herald.press_in_view(user=user, view=view, action=action))
        ephemeral = target["ts"] in self._world.ephemerals
        message = self._shown(target, user)
        channel = self._known(target["channel"])
        return await self._settled(
            self._herald.press_in_message(
                user=user, channel=channel, message=message, ephemeral=ephemeral, action=action
            )
        )

    async def submit(self, *, user: str, view: str, values: Json) -> Json:
        """Fill a form in, by label, block id or action id, and send it; what is left out keeps its value."""
        known = self._open_view(view, user)
        state: Json = {block: dict(actions) for block, actions in known["state"]["values"].items()}
        left = dict(values)
        for block, element in elements_of(known["blocks"]):
            if block["type"] != "input":
                continue
            names = (label_of(block, element), block["block_id"], element["action_id"])
            given = next((name for name in names if name in left), None)
            if given is not None:
                state.setdefault(block["block_id"], {})[element["action_id"]] = chosen(element, left.pop(given))
            if is_empty(state[block["block_id"]][element["action_id"]]) and not block.get("optional"):
                raise NotPossible(f"the client asks for {names[0]!r} to be filled in")
        if left:
            raise NotPossible(f"the form has no {sorted(left)}")
        filled = {**known, "state": {"values": state}}
        self._keep_view(user, filled)
        return await self._settled(self._herald.submit(user=user, view=filled))

    async def close_view(self, *, user: str, view: str, is_cleared: bool = False) -> Json:
        """Close a form without sending it."""
        known = self._open_view(view, user)
        self._world.note("view", user=user, view=known, is_open=False, errors={}, how="closed")
        if not known["notify_on_close"]:
            return {}
        return await self._settled(self._herald.close(user=user, view=known, is_cleared=is_cleared))

    async def shortcut(self, *, user: str, callback_id: str, target: Json | None = None) -> Json:
        """Take a shortcut, on a message or anywhere."""
        if target is None:
            return await self._settled(self._herald.global_shortcut(user=user, callback_id=callback_id))
        channel = self._known(target["channel"])
        message = self._message(channel, target["ts"])
        return await self._settled(
            self._herald.message_shortcut(user=user, channel=channel, message=message, callback_id=callback_id)
        )

    def open_home(self, *, user: str, tab: str = "home") -> Json:
        """Open the app's home."""
        event: Json = {
            "type": "app_home_opened",
            "user": user,
            "channel": self._world.direct(user).id,
            "tab": tab,
            "event_ts": self._world.new_ts(),
        }
        if tab == "home" and user in self._world.homes:
            event["view"] = self._world.homes[user]
        event_id = self._herald.tell("app_home_opened", event)
        return {"events": [event_id] if event_id else []}

    async def _settled(self, id_: str) -> Json:
        delivery = self._world.deliveries[id_]
        if not delivery.has_ended:
            ended = asyncio.Event()
            delivery.on_end.append(ended.set)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._world.settings["ack_s"] + PATIENCE_S):
                    await ended.wait()
        return _reported(delivery)

    def answered(self, delivery: Delivery) -> None:
        """Do what an acknowledgement says: the answer of a command, or what becomes of a form."""
        answer = delivery.answer if isinstance(delivery.answer, dict) else {}
        payload = delivery.payload
        try:
            if delivery.type == "slash_commands" and answer:
                self._answer_command(payload, answer)
            elif payload.get("type") == "view_submission":
                self._answer_form(payload, answer)
        except ApiError as refused:
            self._world.blame("bad_answer", id=delivery.id, error=refused.code, more=refused.more)

    def _answer_command(self, payload: Json, answer: Json) -> None:
        channel = self._known(payload["channel_id"])
        message, warnings = self._api.new_message(answer, channel)
        if answer.get("response_type") == "in_channel":
            self._api.post(channel, message, answer, warnings=warnings, via="ack")
        else:
            self._api.whisper(channel, payload["user_id"], message, answer, via="ack")

    def _answer_form(self, payload: Json, answer: Json) -> None:
        user, id_ = payload["user"]["id"], payload["view"]["id"]
        known = self._world.views[id_]
        match answer.get("response_action"):
            case None:
                self._world.note("view", user=user, view=known["view"], is_open=False, errors={}, how="submitted")
            case "clear":
                root = known["view"]["root_view_id"]
                for one in list(self._world.views.values()):
                    if one["is_open"] and one["view"]["root_view_id"] == root:
                        self._world.note("view", user=user, view=one["view"], is_open=False, errors={}, how="cleared")
            case "errors":
                errors = answer.get("errors") or {}
                blocks = {block["block_id"] for block in known["view"]["blocks"] if block["type"] == "input"}
                if not errors or errors.keys() - blocks:
                    self._world.blame(
                        "bad_answer", id=payload["trigger_id"], error="invalid_errors", more=sorted(errors)
                    )
                self._world.note("view", user=user, view=known["view"], is_open=True, errors=errors, how="errors")
            case "update" | "push" as how:
                view = answer.get("view")
                self._api.inspect_view(view, "modal")
                assert isinstance(view, dict)
                if how == "update":
                    self._api.replace_view(known, view)
                else:
                    self._api.push(view, known)
            case other:
                raise ApiError("unknown_response_action", given=other)

    # Seeing.

    def messages(self, *, channel: str, thread: str | None = None) -> list[Json]:
        """Give what everybody in a channel sees, in order, threads too; or one thread with its root."""
        found = self._known(channel).messages.values()
        return [
            {**one, "channel": channel, "seen": text_of(one), "pings": pings_of(one)}
            for one in found
            if thread is None or thread in (one["ts"], one.get("thread_ts"))
        ]

    def directs(self, *, user: str) -> list[Json]:
        """Give the direct messages of a person and the bot, in order; none before there is any."""
        every = self._world.channels.values()
        found = next((one for one in every if one.kind == "im" and user in one.members), None)
        return [] if found is None else self.messages(channel=found.id)

    def ephemerals(self, *, user: str) -> list[Json]:
        """Give what only this person sees, in order."""
        return [self._whispered(one) for one in self._world.ephemerals.values() if one["user"] == user]

    def _whispered(self, record: Json) -> Json:
        message = record["message"]
        return {
            **message,
            "channel": record["channel"],
            "for": record["user"],
            "seen": text_of(message),
            "pings": pings_of(message),
        }

    def views(self, *, user: str, is_open: bool = True) -> list[Json]:
        """Give the open forms of a person, the uppermost last; or all that there ever were."""
        found = [one for one in self._world.views.values() if one["user"] == user and (one["is_open"] or not is_open)]
        return [{**one, "seen": text_of_view(one["view"])} for one in found]

    def home(self, *, user: str) -> Json | None:
        """Give the home of a person, if it was published."""
        view = self._world.homes.get(user)
        return None if view is None else {"view": view, "user": user, "is_open": True, "seen": text_of_view(view)}

    def posts(self, *, since: int = 0) -> list[Json]:
        """Give everything that the bot posted, as it was then, also what is private or deleted since."""
        return [
            {**one, "seen": text_of(one["message"]), "pings": pings_of(one["message"])}
            for one in self._world.posts
            if one["n"] > since
        ]

    def changes(self, *, since: int = 0) -> list[Json]:
        """Give every edit and deletion by the bot."""
        return [
            {**one, "seen": text_of(one["message"]) if one.get("message") else ""}
            for one in self._world.changes
            if one["n"] > since
        ]

    def calls(self, *, since: int = 0, method: str | None = None) -> list[Json]:
        """Give the calls of the Web API."""
        return [one for one in self._world.calls if one["n"] > since and method in (None, one["method"])]

    def violations(self) -> list[Json]:
        """Give what the app did against the protocol."""
        return self._world.violations

    def deliveries(self, *, ids: list[str] | None = None, with_payload: bool = False) -> list[Json]:
        """Give what became of deliveries."""
        every = self._world.deliveries
        chosen_ones: Iterable[Delivery] = every.values() if ids is None else [every[id_] for id_ in ids]
        return [_reported(one, with_payload=with_payload) for one in chosen_ones]

    def latencies(self, *, type: str | None = None) -> list[float]:
        """Give the milliseconds that each acknowledgement took."""
        every = self._world.deliveries.values()
        return [one.acked_ms for one in every if one.acked_ms is not None and type in (None, one.type)]

    def counts(self) -> Json:
        """Give the few figures that tell how far things are."""
        every = self._world.deliveries.values()
        return {
            "n": self._world.seq,
            "due": len(every),
            "ended": sum(one.has_ended for one in every),
            "acked": sum(one.acked_ms is not None for one in every),
            "posts": len(self._world.posts),
            "changes": len(self._world.changes),
            "calls": len(self._world.calls),
            "violations": len(self._world.violations),
        }

    # Finding.

    def _known(self, channel: str) -> Channel:
        known = self._world.channels.get(channel)
        if known is None:
            raise NotPossible(f"there is no channel {channel}")
        return known

    def _message(self, channel: Channel, ts: str) -> Json:
        message = channel.messages.get(ts)
        if message is None:
            raise NotPossible("there is no such message, or it was deleted")
        return message

    def _shown(self, target: Json, user: str) -> Json:
        whispered = self._world.ephemerals.get(target["ts"])
        if whispered is not None:
            if whispered["user"] != user:
                raise NotPossible("only its reader sees that message")
            message: Json = whispered["message"]
            return message
        channel = self._known(target["channel"])
        if user not in channel.members:
            raise NotPossible(f"{user} is not in {channel.id}")
        return self._message(channel, target["ts"])

    def _blocks(self, target: Json, user: str) -> list[Json]:
        if "view" in target:
            return list(self._open_view(target["view"], user)["blocks"])
        message = self._shown(target, user)
        attached = [block for one in message.get("attachments") or [] for block in one.get("blocks") or []]
        return list(message.get("blocks") or []) + attached

    def _open_view(self, id_: str, user: str) -> Json:
        home = self._world.homes.get(user)
        if home is not None and home["id"] == id_:
            return home
        known = self._world.views.get(id_)
        if known is None or not known["is_open"] or known["user"] != user:
            raise NotPossible("that form is not open before this person")
        view: Json = known["view"]
        return view

    def _keep_view(self, user: str, view: Json) -> None:
        if view["id"] in self._world.views:
            self._world.note("view", user=user, view=view, is_open=True, errors={}, how="typed")

    def _find(self, blocks: list[Json], what: str, nth: int) -> tuple[Json, Json]:
        every = list(elements_of(blocks))
        tests: list[Callable[[Json, Json], bool]] = [
            lambda block, element: label_of(block, element) == what,
            lambda block, element: element.get("action_id") == what,
            lambda block, element: element.get("value") == what,
        ]
        for test in tests:
            found = [(block, element) for block, element in every if test(block, element)]
            if nth < len(found):
                return found[nth]
        raise NotPossible(f"nothing called {what!r} among {[label_of(*one) for one in every]}")


def _as_text(node: Json) -> str:
    if node["type"] == "user":
        return f"<@{node['user_id']}>"
    if node["type"] == "link":
        return f"<{node['url'].replace('&', '&amp;')}>"
    return str(node["text"]).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _reported(delivery: Delivery, *, with_payload: bool = False) -> Json:
    more = {"payload": delivery.payload} if with_payload else {}
    return {
        "id": delivery.id,
        "type": delivery.type,
        "event_type": delivery.event_type,
        "acked_ms": delivery.acked_ms,
        "answer": delivery.answer,
        "acks": delivery.acks,
        "sent": delivery.sent,
        "attempt": delivery.attempt,
        "has_ended": delivery.has_ended,
        **more,
    }


REFUSALS = (NotPossible, CannotChoose, ApiError)
