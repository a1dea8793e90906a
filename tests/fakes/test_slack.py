"""The fake Slack against the real slack_sdk and Bolt: it must be as true to the protocol as they expect.

Most tests run it in their own loop, for speed; those about kills and ports run it as a process. Deadlines
are shortened by its settings, never waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.driving import Refused as SlackRefused
from tests.fakes.slack.driver import Channel, SlackFake, User
from tests.fakes.slack.faults import AnswerKind

pytestmark = pytest.mark.slow

Json = dict[str, Any]
FAST: Json = {"ack_s": 0.25, "clock_factor": 1_200.0}
"""A deadline of a quarter of a second; a minute is 50 ms."""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackFake]:
    async with SlackFake.beside(tmp_path / "slack.log") as slack:
        yield slack


@pytest.fixture
async def ann(slack: SlackFake) -> User:
    return await slack.add_user("ann", "Ann Lee")


@pytest.fixture
async def ops(slack: SlackFake, ann: User) -> Channel:
    return await slack.add_channel("ops", [ann])


@pytest.fixture
async def client(slack: SlackFake) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        yield AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])


@contextlib.asynccontextmanager
async def bolt(slack: SlackFake, teach: Callable[[AsyncApp], None], *, ping_s: float = 10.0) -> AsyncIterator[Any]:
    """Run Bolt over a socket."""
    app = AsyncApp(client=AsyncWebClient(slack.bot_token, base_url=slack.api_url))
    teach(app)
    handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=ping_s)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # of the SDK
    await slack.connected()
    try:
        yield handler.client
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # of the SDK


@contextlib.asynccontextmanager
async def socket_client(
    slack: SlackFake, take: Callable[[SocketModeRequest], bool], *, ping_s: float = 10.0
) -> AsyncIterator[SocketModeClient]:
    """Run the bare socket client; what `take` is true for is acknowledged."""
    web_client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
    client = SocketModeClient(slack.app_token, web_client=web_client, ping_interval=ping_s)

    async def listen(_: Any, request: SocketModeRequest) -> None:
        if take(request):
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    client.socket_mode_request_listeners.append(listen)
    await client.connect()  # type: ignore[no-untyped-call]  # of the SDK
    try:
        yield client
    finally:
        await client.close()  # type: ignore[no-untyped-call]  # of the SDK


def taking(into: list[SocketModeRequest], *, acks: bool = True) -> Callable[[SocketModeRequest], bool]:
    """Take everything down."""

    def take(request: SocketModeRequest) -> bool:
        into.append(request)
        return acks

    return take


async def count(items: list[Any]) -> int:
    """Say how many there are, for `until`."""
    return len(items)


def section(text: str, **more: object) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(label: str, action_id: str, **more: object) -> Json:
    return {"type": "button", "text": {"type": "plain_text", "text": label}, "action_id": action_id, **more}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def modal(*blocks: Json, title: str = "Form") -> Json:
    return {"type": "modal", "callback_id": "f", "title": plain(title), "submit": plain("Send"), "blocks": list(blocks)}


def typed(label: str, block_id: str, **more: object) -> Json:
    element = {"type": "plain_text_input", "action_id": "a", **more}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element}


# Socket Mode.


async def test_mention_reaches_bolt_and_its_answer_stands_in_the_thread(
    slack: SlackFake, ann: User, ops: Channel
) -> None:
    def teach(app: AsyncApp) -> None:
        @app.event("app_mention")
        async def answer(event: Json, say: Any) -> None:
            await say(text=f"heard: {event['text']}", thread_ts=event["ts"], metadata=None)

        @app.event(re.compile(".*"))
        async def rest() -> None:
            """Take the second copy, and the echo of the bot's own words."""

    async with bolt(slack, teach):
        said = await slack.mention(ann, ops, "task <now> & then")
        reply = await slack.reply_to(said)
        await slack.settled()
    assert len(said.events) == 2
    assert reply.thread == said.ts
    assert reply.text == f"heard: <@{slack.bot_user}> task &lt;now&gt; &amp; then"
    assert all(one.is_acked and one.acks == 1 for one in await slack.deliveries())
    assert await slack.violations() == []


async def test_mention_comes_twice_with_two_event_ids_and_only_if_subscribed(
    slack: SlackFake, ann: User, ops: Channel
) -> None:
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken)):
        said = await slack.mention(ann, ops, "once")
        await slack.settled(said)
        assert {one.payload["event"]["type"] for one in taken} == {"app_mention", "message"}
        assert len({one.payload["event_id"] for one in taken}) == 2
        assert {one.payload["event"]["ts"] for one in taken} == {said.ts}
        assert "channel_type" not in next(
            one.payload["event"] for one in taken if "mention" in one.payload["event"]["type"]
        )
        await slack.configure(events=["app_mention"])
        assert len((await slack.mention(ann, ops, "again")).events) == 1
        assert (await slack.say(ann, ops, "to nobody")).events == ()


async def test_what_is_not_acknowledged_comes_three_times_more_and_is_given_up(
    slack: SlackFake, ann: User, ops: Channel
) -> None:
    await slack.configure(**{**FAST, "ack_s": 0.1}, events=["app_mention"])
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken, acks=False)):
        said = await slack.mention(ann, ops, "hello")
        (delivered,) = await slack.settled(said)
    assert [one.retry_attempt for one in taken] == [0, 1, 2, 3]
    assert [one.retry_reason for one in taken] == ["", "timeout", "timeout", "timeout"]
    assert len({one.envelope_id for one in taken}) == 4
    assert {one.payload["event_id"] for one in taken} == {said.events[0]}
    assert (delivered.is_acked, delivered.sent, delivered.has_ended) == (False, 4, True)


async def test_bolt_without_a_listener_does_not_acknowledge_and_a_retry_may_keep_its_envelope(
    slack: SlackFake, ann: User, ops: Channel
) -> None:
    await slack.configure(**{**FAST, "ack_s": 0.1}, events=["app_mention"], retry_envelope="same")
    async with bolt(slack, lambda app: None):
        (delivered,) = await slack.settled(await slack.mention(ann, ops, "hello"))
    assert (delivered.is_acked, delivered.sent) == (False, 4)
    assert len({one["envelope"] for one in slack.records("sent")}) == 1


async def test_what_happened_without_a_socket_comes_as_a_retry(slack: SlackFake, ann: User, ops: Channel) -> None:
    await slack.configure(ack_s=0.25, retries_s=[0, 0.05, 0.05, 30], events=["app_mention"])
    taken: list[SocketModeRequest] = []
    said = await slack.mention(ann, ops, "is anybody there")
    await slack.configure(clock_factor=60)
    async with socket_client(slack, taking(taken)):
        (delivered,) = await slack.settled(said)
    assert delivered.is_acked
    assert taken[0].retry_attempt and taken[0].retry_reason == "timeout"


async def test_payload_in_an_acknowledgement_counts_where_slack_accepts_it(
    slack: SlackFake, ann: User, ops: Channel
) -> None:
    def teach(app: AsyncApp) -> None:
        @app.command("/drumbeat")
        async def command(ack: Any, command: Json) -> None:
            await ack(text=f"you said {command['text']}", response_type=command["text"])

    async with bolt(slack, teach):
        answered = await slack.slash(ann, ops, "ephemeral")
        await slack.slash(ann, ops, "in_channel")
    assert answered.is_acked and answered.answer["text"] == "you said ephemeral"
    assert [one.seen for one in await slack.ephemerals(ann)] == ["you said ephemeral"]
    assert [one.seen for one in await slack.messages(ops)] == ["you said in_channel"]


async def test_command_that_is_not_acknowledged_is_not_delivered_again(
    slack: SlackFake, ann: User, ops: Channel
) -> None:
    await slack.configure(**FAST)
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken, acks=False)):
        answered = await slack.slash(ann, ops, "x")
    assert (answered.is_acked, answered.has_ended, len(taken)) == (False, True, 1)
    assert taken[0].retry_attempt is None and taken[0].accepts_response_payload


async def test_wrong_acknowledgements_are_noted(slack: SlackFake, ann: User, ops: Channel) -> None:
    await slack.configure(events=["app_mention"])

    async with socket_client(slack, lambda request: False) as client:
        await slack.mention(ann, ops, "hello")
        (sent,) = await slack.until(lambda: count_of(slack, "sent"), bool)
        await client.send_socket_mode_response(SocketModeResponse("no-such-envelope"))
        await client.send_socket_mode_response(SocketModeResponse(sent["envelope"], {"text": "not here"}))
        await slack.settled()
        await slack.until(slack.violations, lambda found: len(found) == 2)
    assert [one["about"] for one in await slack.violations()] == ["unknown_envelope", "payload_not_accepted"]


async def count_of(slack: SlackFake, what: str) -> list[Json]:
    return slack.records(what)


async def test_several_sockets_share_the_stream(slack: SlackFake, ann: User, ops: Channel) -> None:
    await slack.configure(events=["app_mention"])
    first: list[SocketModeRequest] = []
    second: list[SocketModeRequest] = []
    async with socket_client(slack, taking(first)), socket_client(slack, taking(second)):
        await slack.storm(40, [ann], [ops], "@drumbeat {n}")
        await slack.until(slack.counts, lambda counts: counts["acked"] == 40)
    assert len(first) + len(second) == 40
    assert min(len(first), len(second)) > 5


async def test_one_socket_too_many_is_told_so(slack: SlackFake) -> None:
    await slack.configure(max_sockets=1)
    async with socket_client(slack, lambda _: True), aiohttp.ClientSession() as session:
        opened = await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=slack.app_token)
        async with session.ws_connect(opened["url"]) as ws:
            frame = await ws.receive_json()
            assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
            assert (await ws.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_hello_says_what_slack_says(slack: SlackFake) -> None:
    opened = await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=slack.app_token)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(opened["url"]) as ws:
            hello = await ws.receive_json()
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.ws_connect(opened["url"])
    assert hello["type"] == "hello" and hello["num_connections"] == 1
    assert hello["connection_info"]["app_id"] == slack.app_id
    assert hello["debug_info"]["approximate_connection_time"] > 0
    assert [one["about"] for one in await slack.violations()] == ["used_ticket"]


@pytest.mark.parametrize("code", [1000, 1011, None])
async def test_cut_socket_is_opened_again_with_a_new_ticket(
    slack: SlackFake, ann: User, ops: Channel, code: int | None
) -> None:
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken), ping_s=0.1):
        await slack.connected()
        assert await slack.cut(code) == 1
        await slack.until(slack.sockets, lambda found: found["opened"] == 2 and len(found["open"]) == 1)
        await slack.settled(await slack.mention(ann, ops, "still there?"))
    assert len(taken) == 2
    assert await slack.violations() == []


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_disconnect_frame_makes_the_client_come_again(slack: SlackFake, reason: str) -> None:
    async with socket_client(slack, lambda _: True, ping_s=0.1):
        await slack.connected()
        await slack.disconnect(reason)
        await slack.until(slack.sockets, lambda found: found["opened"] == 2 and len(found["open"]) == 1)


async def test_socket_has_a_life_and_says_goodbye(slack: SlackFake) -> None:
    await slack.configure(socket_life_s=0.4)
    async with socket_client(slack, lambda _: True, ping_s=0.1):
        await slack.until(slack.sockets, lambda found: found["opened"] >= 3)


async def test_refused_upgrade_uses_the_ticket_up_and_the_client_is_stuck_with_it(slack: SlackFake) -> None:
    await slack.spoil("status", "socket", status=503, times=1)
    web_client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
    client = SocketModeClient(slack.app_token, web_client=web_client, ping_interval=0.05)
    connecting = asyncio.create_task(client.connect())  # type: ignore[no-untyped-call]  # of the SDK
    await slack.until(slack.violations, lambda found: len(found) >= 2)
    assert {one["about"] for one in await slack.violations()} == {"used_ticket"}
    assert len(await slack.calls("apps.connections.open")) == 1
    client.wss_uri = None  # what a watchdog has to do
    await slack.connected()
    await connecting
    await client.close()  # type: ignore[no-untyped-call]  # of the SDK


async def test_mute_socket_is_given_up_by_the_client(slack: SlackFake) -> None:
    async with socket_client(slack, lambda _: True, ping_s=0.1):
        await slack.connected()
        await slack.mute()
        await slack.until(slack.sockets, lambda found: found["opened"] == 2)


async def test_pings_go_both_ways(slack: SlackFake) -> None:
    await slack.configure(ping_s=0.05)
    async with socket_client(slack, lambda _: True, ping_s=0.05):
        found = await slack.until(
            slack.sockets,
            lambda found: found["open"] and found["open"][0]["pings"] > 1 and found["open"][0]["pongs"] > 1,
        )
    assert found["opened"] == 1


# What happens on the way.


@pytest.mark.parametrize(("is_new", "envelopes"), [(False, 1), (True, 2)])
async def test_envelope_repeated(slack: SlackFake, ann: User, ops: Channel, is_new: bool, envelopes: int) -> None:
    await slack.configure(events=["app_mention"])
    await slack.spoil_deliveries("repeat", "app_mention", new_envelope=is_new)
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken)):
        said = await slack.mention(ann, ops, "twice")
        await slack.until(lambda: slack.deliveries(said.events), lambda found: found[0].acks == 2)
    assert len(taken) == 2
    assert len({one.envelope_id for one in taken}) == envelopes
    assert {one.payload["event_id"] for one in taken} == set(said.events)
    assert await slack.violations() == []


async def test_shuffle_loses_nothing_and_changes_the_order(slack: SlackFake, ann: User, ops: Channel) -> None:
    await slack.configure(events=["app_mention"])
    await slack.spoil_deliveries("shuffle", window=16, seconds=0.1)
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken)):
        said = [await slack.mention(ann, ops, f"{n}") for n in range(20)]
        await slack.settled(*said)
    order = [one.payload["event"]["ts"] for one in taken]
    assert sorted(order) == [one.ts for one in said]
    assert order != sorted(order)


async def test_dropped_and_delayed_events_come_later(slack: SlackFake, ann: User, ops: Channel) -> None:
    await slack.configure(**FAST, events=["app_mention"])
    await slack.spoil_deliveries("drop", times=1)
    await slack.spoil_deliveries("delay", after=1, times=1, seconds=0.1)
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken)):
        dropped = await slack.mention(ann, ops, "dropped")
        delayed = await slack.mention(ann, ops, "delayed")
        await slack.settled(dropped, delayed)
    assert [(one.payload["event_id"], one.retry_attempt) for one in taken] == [
        (delayed.events[0], 0),
        (dropped.events[0], 1),
    ]


async def test_socket_cut_after_an_envelope_left_brings_it_again(slack: SlackFake, ann: User, ops: Channel) -> None:
    await slack.configure(ack_s=0.25, retries_s=[0, 0.2, 0.2, 0.2], events=["app_mention"])
    await slack.spoil_deliveries("cut", times=1)
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken), ping_s=0.1):
        (delivered,) = await slack.settled(await slack.mention(ann, ops, "cut"))
    assert delivered.is_acked


# Events of all kinds, as Bolt reads them.


async def test_all_that_people_do_reaches_the_app(slack: SlackFake, ann: User, ops: Channel) -> None:
    bob = await slack.add_user("bob")
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken)):
        said = await slack.say(ann, ops, "first")
        reply = await slack.say(ann, ops, "reply", thread=said)
        await slack.edit(ann, said, "second")
        await slack.react(ann, said, "pushpin")
        await slack.join(bob, ops)
        await slack.join(None, await slack.add_channel("new", [ann], bot=False), inviter=ann)
        direct = await slack.dm(ann, "psst")
        shared = await slack.share_file(ann, ops, "plan.csv", b"a,b", "look")
        await slack.open_home(ann)
        await slack.delete(reply)
        await slack.settled()
    events = {
        (one.payload["event"]["type"], one.payload["event"].get("subtype")): one.payload["event"] for one in taken
    }
    assert events["message", "message_changed"]["message"]["text"] == "second"
    assert events["message", "message_changed"]["previous_message"]["text"] == "first"
    assert events["message", "message_deleted"]["deleted_ts"] == reply.ts
    assert events["reaction_added", None]["item"] == {"type": "message", "channel": ops.id, "ts": said.ts}
    assert events["member_joined_channel", None]["user"] == slack.bot_user
    assert events["member_joined_channel", None]["inviter"] == ann.id
    assert events["message", "channel_join"]["text"].endswith("has joined the channel")
    assert events["message", "file_share"]["files"][0]["name"] == "plan.csv"
    assert events["file_shared", None]["user_id"] == ann.id
    assert events["app_home_opened", None]["tab"] == "home"
    messages = {one.payload["event"]["ts"]: one.payload["event"] for one in taken if "ts" in one.payload["event"]}
    assert messages[reply.ts]["thread_ts"] == said.ts and messages[reply.ts]["parent_user_id"] == ann.id
    assert messages[direct.ts]["channel_type"] == "im" and messages[direct.ts]["channel"].startswith("D")
    assert messages[shared.ts]["upload"] is False


async def test_message_outside_the_bots_channels_is_not_told(slack: SlackFake, ann: User) -> None:
    elsewhere = await slack.add_channel("elsewhere", [ann], bot=False)
    assert (await slack.mention(ann, elsewhere, "hello?")).events == ()


async def test_own_messages_edits_and_deletions_echo(
    slack: SlackFake, ann: User, ops: Channel, client: AsyncWebClient
) -> None:
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken)):
        posted = await client.chat_postMessage(channel=ops.id, text="mine")
        await client.chat_update(channel=ops.id, ts=posted["ts"], text="still mine")
        await client.chat_delete(channel=ops.id, ts=posted["ts"])
        await slack.settled()
    assert [one.payload["event"].get("subtype") for one in taken] == [None, "message_changed", "message_deleted"]
    assert taken[0].payload["event"]["bot_id"] == slack.bot_id
    assert [one["what"] for one in await slack.changes()] == ["changed", "deleted"]


# Buttons, selects, forms.


async def test_button_updates_its_card_through_the_response_url(slack: SlackFake, ann: User, ops: Channel) -> None:
    card = [
        section("Budget?"),
        {"type": "actions", "elements": [button("Approve", "yes", value="A-7"), button("No", "no")]},
    ]

    def teach(app: AsyncApp) -> None:
        @app.action("yes")
        async def yes(ack: Any, body: Json, action: Json, respond: Any) -> None:
            await ack()
            assert body["message"]["ts"] == body["container"]["message_ts"]
            await respond(text=f"{action['value']} by {body['user']['name']}", blocks=[], replace_original=True)

    async with bolt(slack, teach) as socket:
        await socket.web_client.chat_postMessage(channel=ops.id, text="Budget?", blocks=card)
        await socket.web_client.chat_postEphemeral(channel=ops.id, user=ann.id, text="Budget?", blocks=card)
        (message,) = await slack.messages(ops)
        assert message.buttons == ["Approve", "No"]
        with pytest.raises(SlackRefused, match="Later"):
            await slack.press(ann, message, "Later")
        assert (await slack.press(ann, message, "Approve")).is_acked
        await slack.until(lambda: slack.messages(ops), lambda found: found[0].seen == "A-7 by ann")


async def test_ephemeral_button_has_no_message_and_its_url_is_good_five_times(
    slack: SlackFake, ann: User, ops: Channel, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(
        channel=ops.id, user=ann.id, text="psst", blocks=[section("psst", accessory=button("Hide", "hide"))]
    )
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken)), aiohttp.ClientSession() as session:
        (whisper,) = await slack.ephemerals(ann)
        await slack.press(ann, whisper, "hide")
        payload = taken[0].payload
        assert payload["container"]["is_ephemeral"] and "message" not in payload
        for n in range(5):
            async with session.post(
                payload["response_url"], json={"text": f"{n}", "replace_original": n < 4}
            ) as answer:
                assert answer.status == 200
        async with session.post(payload["response_url"], json={"text": "6"}) as answer:
            assert (answer.status, (await answer.json())["error"]) == (404, "used_url")
    assert [one.text for one in await slack.ephemerals(ann)] == ["3", "4"]
    history = await client.conversations_history(channel=ops.id)
    assert history["messages"] == []


async def test_select_is_chosen_by_label_and_tells_its_state(
    slack: SlackFake, ann: User, ops: Channel, client: AsyncWebClient
) -> None:
    options = [{"text": plain(name), "value": name.lower()} for name in ("Low", "High")]
    menu = {"type": "static_select", "action_id": "risk", "placeholder": plain("How bad?"), "options": options}
    day = {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-11"}
    posted = await client.chat_postMessage(
        channel=ops.id, text="Risk", blocks=[{"type": "actions", "block_id": "b", "elements": [menu, day]}]
    )
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken)):
        (message,) = await slack.messages(ops)
        await slack.choose(ann, message, "How bad?", "High")
        await slack.choose(ann, message, "day", "2026-12-12")
        with pytest.raises(SlackRefused, match="Middling"):
            await slack.choose(ann, message, "risk", "Middling")
    first, second = (one.payload for one in taken)
    assert first["actions"][0]["selected_option"]["value"] == "high"
    assert first["state"]["values"]["b"]["risk"]["selected_option"]["value"] == "high"
    assert first["state"]["values"]["b"]["day"]["selected_date"] == "2026-11-11"
    assert second["actions"][0]["selected_date"] == "2026-12-12"
    assert posted["message"]["blocks"][0]["block_id"] == "b"


async def test_form_opens_shows_its_errors_and_closes(slack: SlackFake, ann: User, ops: Channel) -> None:
    def teach(app: AsyncApp) -> None:
        @app.command("/drumbeat")
        async def form(ack: Any, body: Json, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal(typed("Title", "t"), typed("Why", "w")))

        @app.view("f")
        async def submitted(ack: Any, view: Json) -> None:
            title = view["state"]["values"]["t"]["a"]["value"]
            await (ack(response_action="errors", errors={"t": "too short"}) if len(title) < 3 else ack())

    async with bolt(slack, teach):
        await slack.slash(ann, ops, "form")
        (view,) = await slack.until(lambda: slack.views(ann))
        with pytest.raises(SlackRefused, match="Why"):
            await slack.submit(view, {"Title": "Go"})
        await slack.submit(view, {"Title": "Go", "Why": "because"})
        (view,) = await slack.views(ann)
        assert view.errors == {"t": "too short"}
        answered = await slack.submit(view, {"Title": "Go on"})
        assert answered.is_acked
    assert await slack.views(ann) == []
    (closed,) = await slack.views(ann, is_open=False)
    assert closed.raw["state"]["values"]["w"]["a"]["value"] == "because"


async def test_form_is_updated_pushed_and_cleared_by_its_acknowledgement(
    slack: SlackFake, ann: User, ops: Channel
) -> None:
    def teach(app: AsyncApp) -> None:
        @app.shortcut("start")
        async def start(ack: Any, shortcut: Json, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=shortcut["trigger_id"], view=modal(typed("Step", "s"), title="One"))

        @app.view("f")
        async def step(ack: Any, view: Json) -> None:
            match view["state"]["values"]["s"]["a"]["value"]:
                case "update":
                    await ack(response_action="update", view=modal(typed("Step", "s"), title="Two"))
                case "push":
                    await ack(response_action="push", view=modal(typed("Step", "s"), title="Three"))
                case _:
                    await ack(response_action="clear")

    async with bolt(slack, teach):
        await slack.shortcut(ann, "start")
        (view,) = await slack.until(lambda: slack.views(ann))
        await slack.submit(view, {"Step": "update"})
        (view,) = await slack.views(ann)
        assert view.title == "Two"
        await slack.submit(view, {"Step": "push"})
        assert [one.title for one in await slack.views(ann)] == ["Two", "Three"]
        await slack.submit((await slack.views(ann))[-1], {"Step": "clear"})
        assert await slack.views(ann) == []


async def test_trigger_is_good_once_and_for_three_seconds(
    slack: SlackFake, ann: User, ops: Channel, client: AsyncWebClient
) -> None:
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken)):
        await slack.slash(ann, ops, "one")
        await slack.configure(trigger_s=-1)
        await slack.slash(ann, ops, "two")
    first, second = (one.payload["trigger_id"] for one in taken)
    assert await refusal(client, "views.open", trigger_id=second, view=modal()) == "expired_trigger_id"
    await slack.configure(trigger_s=3)
    opened = await client.views_open(trigger_id=first, view=modal(typed("T", "t", initial_value="x")))
    assert opened["view"]["state"]["values"]["t"]["a"]["value"] == "x"
    assert await refusal(client, "views.open", trigger_id=first, view=modal()) == "exchanged_trigger_id"
    assert await refusal(client, "views.open", trigger_id="1.2.3", view=modal()) == "invalid_trigger_id"
    id_ = opened["view"]["id"]
    assert await refusal(client, "views.update", view_id=id_, view=modal(), hash="old") == "hash_conflict"
    updated = await client.views_update(view_id=id_, view=modal(title="New"), hash=opened["view"]["hash"])
    assert updated["view"]["hash"] != opened["view"]["hash"]
    assert [one.title for one in await slack.views(ann)] == ["New"]


async def test_home_is_published_pressed_and_told_of(slack: SlackFake, ann: User, client: AsyncWebClient) -> None:
    blocks = [section("My tasks"), {"type": "actions", "elements": [button("Refresh", "again")]}]
    await client.views_publish(user_id=ann.id, view={"type": "home", "blocks": blocks})
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken)):
        home = await slack.home(ann)
        assert home is not None and "My tasks" in home.seen and home.buttons == ["Refresh"]
        await slack.open_home(ann)
        await slack.press(ann, home, "Refresh")
        await slack.settled()
    told = {one.payload.get("type"): one.payload for one in taken}
    assert told["event_callback"]["event"]["view"]["hash"]
    assert told["block_actions"]["container"] == {"type": "view", "view_id": home.id}


# The Web API.


async def refusal(client: AsyncWebClient, method: str, **args: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(method, json=args)
    return str(caught.value.response["error"])


async def test_auth_test_names_the_bot_and_its_scopes(slack: SlackFake, client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == (slack.bot_user, slack.bot_id, slack.team)
    assert (await client.bots_info(bot=slack.bot_id))["bot"]["app_id"] == slack.app_id
    assert await refusal(client, "bots.info", bot="B404") == "bot_not_found"
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


async def test_tokens_and_scopes_are_checked(slack: SlackFake, ops: Channel, client: AsyncWebClient) -> None:
    post: Json = {"channel": ops.id, "text": "hello"}

    def using(token: str | None) -> AsyncWebClient:
        return AsyncWebClient(token, base_url=slack.api_url, session=client.session)

    assert await refusal(using(None), "auth.test") == "not_authed"
    assert await refusal(using("xoxb-wrong"), "auth.test") == "invalid_auth"
    assert await refusal(using(slack.app_token), "chat.postMessage", **post) == "not_allowed_token_type"
    assert await refusal(client, "apps.connections.open") == "not_allowed_token_type"
    assert await refusal(client, "chat.fly") == "unknown_method"
    await slack.reinstall(scopes=["channels:read"])
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(**post)
    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "chat:write"
    assert caught.value.response["provided"] == "channels:read"
    await slack.reinstall(token_error="token_revoked")
    assert await refusal(client, "auth.test") == "token_revoked"


async def test_conversations_are_refused_for_their_reasons(
    slack: SlackFake, ann: User, ops: Channel, client: AsyncWebClient
) -> None:
    bob = await slack.add_user("bob")
    robot = await slack.add_user("robot", is_bot=True)
    gone = await slack.add_user("gone", deleted=True)
    public = await slack.add_channel("public", [ann], bot=False)
    private = await slack.add_channel("private", [ann], bot=False, kind="group")
    for where, code in (
        (public.id, "not_in_channel"),
        (private.id, "channel_not_found"),
        ("C404", "channel_not_found"),
    ):
        assert await refusal(client, "chat.postMessage", channel=where, text="hello") == code
    for who, code in (("U404", "user_not_found"), (robot.id, "cannot_dm_bot"), (gone.id, "user_disabled")):
        assert await refusal(client, "conversations.open", users=who) == code
    assert await refusal(client, "chat.postEphemeral", channel=ops.id, user="U404", text="x") == "user_not_found"
    assert await refusal(client, "chat.postEphemeral", channel=ops.id, user=bob.id, text="x") == "user_not_in_channel"
    assert await refusal(client, "users.info", user="U404") == "user_not_found"
    assert await refusal(client, "chat.postMessage", channel=ops.id, text=" ") == "no_text"
    assert await refusal(client, "chat.postMessage", channel=ops.id, text="x", thread_ts="1.2") == "thread_not_found"
    said = await slack.say(ann, ops, "mine")
    assert await refusal(client, "chat.update", channel=ops.id, ts=said.ts, text="x") == "cant_update_message"
    assert await refusal(client, "chat.delete", channel=ops.id, ts="1.2") == "message_not_found"
    await slack.archive(ops)
    assert await refusal(client, "chat.postMessage", channel=ops.id, text="x") == "is_archived"


async def test_messages_have_their_own_ordered_times_and_keep_their_metadata(
    slack: SlackFake, ann: User, ops: Channel, client: AsyncWebClient
) -> None:
    metadata = {"event_type": "drumbeat_outbox", "event_payload": {"id": "o-1"}}
    posted = await asyncio.gather(
        *(client.chat_postMessage(channel=ops.id, text=f"{n}", metadata=metadata) for n in range(20))
    )
    times = [one["ts"] for one in posted]
    assert len(set(times)) == 20
    root = posted[0]["ts"]
    await client.chat_postMessage(channel=ops.id, text="reply", thread_ts=root)
    await client.chat_postMessage(channel=ops.id, text="both", thread_ts=root, reply_broadcast=True)
    bare = await client.conversations_history(channel=ops.id, limit=5)
    assert bare["messages"][0]["text"] == "both"
    assert bare["has_more"] and len(bare["messages"]) == 5
    assert "event_payload" not in bare["messages"][1]["metadata"]
    whole = await client.conversations_history(channel=ops.id, include_all_metadata=True, limit=100)
    assert [one["ts"] for one in whole["messages"]][1:] == sorted(times, reverse=True)
    assert whole["messages"][1]["metadata"] == metadata
    thread = await client.conversations_replies(channel=ops.id, ts=root, include_all_metadata=True)
    assert [one["text"] for one in thread["messages"]] == [posted[0]["message"]["text"], "reply", "both"]
    assert thread["messages"][0]["reply_count"] == 2
    later = await client.conversations_history(channel=ops.id, oldest=sorted(times)[17], limit=100)
    assert len(later["messages"]) == 3
    assert list((await slack.posts_by_marker("id")).keys()) == ["o-1"]
    assert len((await slack.posts_by_marker("id"))["o-1"]) == 20
    updated = await client.chat_update(channel=ops.id, ts=root, text="new")
    assert updated["message"]["metadata"] == metadata and updated["message"]["edited"]


async def test_form_encoded_calls_are_read_as_json_is(slack: SlackFake, ops: Channel, client: AsyncWebClient) -> None:
    blocks = '[{"type":"divider"},{"type":"section","text":{"type":"mrkdwn","text":"*hi*"}}]'
    answer = await client.api_call("chat.postMessage", data={"channel": ops.id, "text": "t", "blocks": blocks})
    assert [one["type"] for one in answer["message"]["blocks"]] == ["divider", "section"]
    assert [one.seen for one in await slack.messages(ops)] == ["*hi*"]


async def test_people_and_channels_are_described(
    slack: SlackFake, ann: User, ops: Channel, client: AsyncWebClient
) -> None:
    user = (await client.users_info(user=ann.id))["user"]
    assert (user["real_name"], user["tz"], user["profile"]["email"]) == ("Ann Lee", "Asia/Shanghai", "ann@example.com")
    await slack.reinstall(scopes=["users:read", "channels:read", "im:write", "chat:write", "team:read"])
    assert "email" not in (await client.users_info(user=ann.id))["user"]["profile"]
    channel = (await client.conversations_info(channel=ops.id))["channel"]
    assert channel["is_channel"] and channel["is_member"] and channel["name"] == "ops"
    assert (await client.conversations_members(channel=ops.id))["members"] == [ann.id, slack.bot_user]
    assert [one["name"] for one in (await client.conversations_list())["channels"]] == ["ops"]
    opened = await client.conversations_open(users=ann.id)
    assert (await client.conversations_open(users=ann.id))["already_open"]
    await client.chat_postMessage(channel=ann.id, text="psst")
    assert [one.channel for one in await slack.direct(ann)] == [opened["channel"]["id"]]
    assert (await client.team_info())["team"]["id"] == slack.team
    page = await client.users_list(limit=1)
    assert len((await client.users_list(limit=1, cursor=page["response_metadata"]["next_cursor"]))["members"]) == 1


async def test_reaction_counts_once_and_a_link_is_given(
    slack: SlackFake, ann: User, ops: Channel, client: AsyncWebClient
) -> None:
    said = await slack.say(ann, ops, "well done")
    await client.reactions_add(channel=ops.id, timestamp=said.ts, name="tada")
    again = {"channel": ops.id, "timestamp": said.ts, "name": "tada"}
    assert await refusal(client, "reactions.add", **again) == "already_reacted"
    assert (await slack.messages(ops))[0].reactions == ("tada",)
    link = await client.chat_getPermalink(channel=ops.id, message_ts=said.ts)
    assert link["permalink"].endswith(f"/archives/{ops.id}/p{said.ts.replace('.', '')}")


async def test_file_goes_up_in_three_steps_and_comes_down_with_a_token(
    slack: SlackFake, ann: User, ops: Channel, client: AsyncWebClient
) -> None:
    shown = await client.files_upload_v2(channel=ops.id, filename="a.png", content=b"\x89PNG", initial_comment="see")
    (message,) = await slack.messages(ops)
    assert (message.text, message.subtype) == ("see", "file_share")
    info = (await client.files_info(file=shown["file"]["id"]))["file"]
    assert info["shares"]["channel"][ops.id][0]["ts"] == message.ts
    hidden = await client.files_upload_v2(filename="b.png", content=b"\x89PNG", title="Chart")
    image = {"type": "image", "slack_file": {"id": hidden["file"]["id"]}, "alt_text": "chart"}
    await client.chat_postMessage(channel=ops.id, text="chart", blocks=[image])
    assert await refusal(client, "chat.postMessage", channel=ops.id, blocks=[{**image, "slack_file": {"id": "F404"}}])
    shared = await slack.share_file(ann, ops, "plan.csv", b"a,b")
    assert shared.events
    url = (await slack.messages(ops))[-1].raw["files"][0]["url_private_download"]
    assert client.session is not None
    async with client.session.get(url) as without:
        assert without.content_type == "text/html"
    async with client.session.get(url, headers={"Authorization": f"Bearer {slack.bot_token}"}) as answer:
        assert await answer.read() == b"a,b"


async def test_long_text_is_cut_when_posted_and_refused_when_edited(
    slack: SlackFake, ops: Channel, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel=ops.id, text="x" * 40_001)
    assert posted["response_metadata"]["warnings"] == ["message_truncated"]
    assert len((await slack.messages(ops))[0].text) == 40_000
    assert await refusal(client, "chat.update", channel=ops.id, ts=posted["ts"], text="x" * 4_001) == "msg_too_long"
    much = [section("x" * 3_000) for _ in range(5)]
    assert await refusal(client, "chat.postMessage", channel=ops.id, text="t", blocks=much) == "msg_blocks_too_long"


OPTION: Json = {"text": plain("o"), "value": "v"}


def select(*options: Json, kind: str = "static_select", **more: object) -> Json:
    return section("x", accessory={"type": kind, "options": list(options), **more})


def numbered(many: int) -> list[Json]:
    return [{**OPTION, "value": f"{n}"} for n in range(many)]


CASES: dict[str, tuple[Json, Json]] = {
    "section text": (section("x" * 3_000), section("x" * 3_001)),
    "section empty": (section("x"), section("")),
    "section fields": (
        {"type": "section", "fields": [plain("x")] * 10},
        {"type": "section", "fields": [plain("x")] * 11},
    ),
    "field text": (
        {"type": "section", "fields": [plain("x" * 2_000)]},
        {"type": "section", "fields": [plain("x" * 2_001)]},
    ),
    "header": ({"type": "header", "text": plain("x" * 150)}, {"type": "header", "text": plain("x" * 151)}),
    "header mrkdwn": (
        {"type": "header", "text": plain("x")},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
    ),
    "markdown": ({"type": "markdown", "text": "x" * 12_000}, {"type": "markdown", "text": "x" * 12_001}),
    "context": ({"type": "context", "elements": [plain("x")] * 10}, {"type": "context", "elements": [plain("x")] * 11}),
    "actions": (
        {"type": "actions", "elements": [button("b", f"{n}") for n in range(25)]},
        {"type": "actions", "elements": [button("b", f"{n}") for n in range(26)]},
    ),
    "action ids": (
        {"type": "actions", "elements": [button("b", "a"), button("b", "b")]},
        {"type": "actions", "elements": [button("b", "a"), button("b", "a")]},
    ),
    "button label": (section("x", accessory=button("b" * 75, "a")), section("x", accessory=button("b" * 76, "a"))),
    "button value": (
        section("x", accessory=button("b", "a", value="v" * 2_000)),
        section("x", accessory=button("b", "a", value="v" * 2_001)),
    ),
    "button style": (
        section("x", accessory=button("b", "a", style="danger")),
        section("x", accessory=button("b", "a", style="default")),
    ),
    "action id": (section("x", accessory=button("b", "a" * 255)), section("x", accessory=button("b", "a" * 256))),
    "block id": (section("x", block_id="b" * 255), section("x", block_id="b" * 256)),
    "options": (select(*numbered(100)), select(*numbered(101))),
    "option label": (select({**OPTION, "text": plain("x" * 75)}), select({**OPTION, "text": plain("x" * 76)})),
    "option value": (select({**OPTION, "value": "x" * 150}), select({**OPTION, "value": "x" * 151})),
    "initial option": (select(OPTION, initial_option=OPTION), select(OPTION, initial_option=numbered(1)[0])),
    "overflow": (select(*numbered(5), kind="overflow"), select(*numbered(6), kind="overflow")),
    "image alt": (
        {"type": "image", "image_url": "https://a.b/c.png", "alt_text": "x" * 2_000},
        {"type": "image", "image_url": "https://a.b/c.png", "alt_text": "x" * 2_001},
    ),
    "table rows": (
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 20] * 100},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * 101},
    ),
    "table columns": (
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 20]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]},
    ),
    "unknown type": ({"type": "divider"}, {"type": "banner"}),
    "unknown property": ({"type": "divider"}, {"type": "divider", "colour": "red"}),
    "rich text": (
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}]},
    ),
    "text where an element belongs": (
        {"type": "context", "elements": [plain("x")]},
        {"type": "context", "elements": [button("b", "a")]},
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_limit_of_blocks_holds_to_the_character(case: str, ops: Channel, client: AsyncWebClient) -> None:
    good, bad = CASES[case]
    await client.chat_postMessage(channel=ops.id, text="t", blocks=[good])
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ops.id, text="t", blocks=[bad])
    answer = caught.value.response
    assert answer["error"] == "invalid_blocks"
    assert "[json-pointer:/blocks/0" in answer["response_metadata"]["messages"][0]
    assert answer["errors"]


async def test_number_of_blocks_and_their_ids_are_checked(ops: Channel, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel=ops.id, text="t", blocks=[{"type": "divider"}] * 50)
    assert (
        await refusal(client, "chat.postMessage", channel=ops.id, blocks=[{"type": "divider"}] * 51) == "invalid_blocks"
    )
    twice = [section("x", block_id="b"), section("y", block_id="b")]
    assert await refusal(client, "chat.postMessage", channel=ops.id, blocks=twice) == "invalid_blocks"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"title": plain("x" * 25)}, "/view/title"),
        ({"submit": plain("x" * 25)}, "/view/submit"),
        ({"submit": None}, "/view"),
        ({"private_metadata": "x" * 3_001}, "/view/private_metadata"),
        ({"callback_id": "x" * 256}, "/view/callback_id"),
        ({"blocks": [{"type": "divider"}] * 101}, "/view/blocks"),
        ({"blocks": [{"type": "markdown", "text": "x"}]}, "/view/blocks/0/type"),
        ({"blocks": [typed("x" * 2_001, "t")]}, "/view/blocks/0/label/text"),
    ],
)
async def test_limits_of_a_view_hold(
    slack: SlackFake, ann: User, ops: Channel, client: AsyncWebClient, change: Json, where: str
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.views_open(trigger_id="t", view={**modal(typed("T", "t")), **change})
    assert caught.value.response["error"] == "invalid_arguments"
    assert f"[json-pointer:{where}" in caught.value.response["response_metadata"]["messages"][0]


async def test_view_that_is_too_large_or_too_deep_is_refused(
    slack: SlackFake, ann: User, ops: Channel, client: AsyncWebClient
) -> None:
    large = modal(*(section("字" * 3_000) for _ in range(40)))
    assert await refusal(client, "views.open", trigger_id="t", view=large) == "view_too_large"
    taken: list[SocketModeRequest] = []
    async with socket_client(slack, taking(taken)):
        await slack.slash(ann, ops, "")
        await client.views_open(
            trigger_id=taken[-1].payload["trigger_id"], view=modal(section("1", accessory=button("+", "p")))
        )
        for _ in range(2):
            await slack.press(ann, (await slack.views(ann))[-1], "+")
            view = modal(section("2", accessory=button("+", "p")))
            await client.views_push(trigger_id=taken[-1].payload["trigger_id"], view=view)
        await slack.press(ann, (await slack.views(ann))[-1], "+")
        trigger = taken[-1].payload["trigger_id"]
        assert await refusal(client, "views.push", trigger_id=trigger, view=modal()) == "push_limit_reached"


async def test_pings_are_found_wherever_slack_would_parse_them(
    slack: SlackFake, ops: Channel, client: AsyncWebClient
) -> None:
    rich = {
        "type": "rich_text_section",
        "elements": [{"type": "user", "user_id": "U1"}, {"type": "text", "text": "<@U2>"}],
    }
    blocks = [
        section("<!channel> &lt;@U3&gt;"),
        {"type": "rich_text", "elements": [rich]},
        {"type": "header", "text": plain("<@U4>")},
    ]
    await client.chat_postMessage(channel=ops.id, text="<!here|here> <#C1> <!date^1^x|y>", blocks=blocks)
    assert (await slack.messages(ops))[0].pings == ("!here", "!channel", "@U1")


# What goes wrong with answers.


@pytest.mark.slow
async def test_sdk_waits_as_long_as_it_is_told(slack: SlackFake, ops: Channel, client: AsyncWebClient) -> None:
    client.retry_handlers = [AsyncRateLimitErrorRetryHandler(max_retry_count=1)]
    await slack.limit("chat.postMessage", retry_after="1", times=1)
    await client.chat_postMessage(channel=ops.id, text="patience")
    first, second = await slack.calls("chat.postMessage")
    assert (first.error, first.fault, second.ok, second.early_s) == ("ratelimited", "ratelimited", True, None)
    assert second.at - first.at >= 1


async def test_call_before_retry_after_is_noted_and_may_be_refused(
    slack: SlackFake, ann: User, ops: Channel, client: AsyncWebClient
) -> None:
    other = await slack.add_channel("other", [ann])
    await slack.limit("chat.postMessage", channel=ops, retry_after="30", times=1, sticky=True)
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=ops.id, text="now")
        assert caught.value.response.status_code == 429
    assert 1 <= int(caught.value.response.headers["Retry-After"]) <= 30
    await client.chat_postMessage(channel=other.id, text="elsewhere")
    assert [one.early_s is not None for one in await slack.calls("chat.postMessage")] == [False, True, False]
    await slack.heal()
    await client.chat_postMessage(channel=ops.id, text="well again")


@pytest.mark.parametrize("header", ["0", None, "86400", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_retry_after_may_be_anything(
    slack: SlackFake, ops: Channel, client: AsyncWebClient, header: str | None
) -> None:
    await slack.limit("chat.postMessage", retry_after=header)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ops.id, text="x")
    assert caught.value.response.headers.get("Retry-After") == header
    assert caught.value.response["error"] == "ratelimited"


async def test_true_limits_are_per_channel(slack: SlackFake, ann: User, ops: Channel, client: AsyncWebClient) -> None:
    await slack.configure(rate_limits=True, burst=2)
    other = await slack.add_channel("other", [ann])
    answers = [await post_or_code(client, ops) for _ in range(4)]
    assert answers == ["ok", "ok", "ratelimited", "ratelimited"]
    assert await post_or_code(client, other) == "ok"
    assert await refusal(client, "apps.connections.open") == "not_allowed_token_type"


async def post_or_code(client: AsyncWebClient, channel: Channel) -> str:
    try:
        await client.chat_postMessage(channel=channel.id, text="x")
    except SlackApiError as refused:
        return str(refused.response["error"])
    return "ok"


SPOILT: dict[AnswerKind, tuple[type[Exception], ...]] = {
    "error": (SlackApiError,),
    "status": (SlackApiError,),
    "html": (SlackApiError,),
    "truncated": (SlackApiError,),
    "cut": (aiohttp.ClientPayloadError, SlackApiError),
    "not_utf8": (UnicodeDecodeError, SlackApiError),
    "not_json": (SlackApiError,),
    "wrong_type": (SlackApiError,),
    "redirect": (SlackApiError, aiohttp.ClientError),
    "ratelimited": (SlackApiError,),
    "close": (aiohttp.ServerDisconnectedError,),
    "reset": (aiohttp.ClientError,),
    "hang": (TimeoutError,),
    "drip": (TimeoutError,),
    "flood": (TimeoutError, aiohttp.ClientError, SlackApiError),
    "endless_header": (aiohttp.ClientError,),
}


@pytest.mark.parametrize("accepts", [False, True], ids=["refused", "swallowed"])
@pytest.mark.parametrize("kind", SPOILT)
async def test_spoilt_answer_reaches_the_sdk_and_the_post_stands_if_it_was_taken(
    slack: SlackFake, ops: Channel, client: AsyncWebClient, kind: AnswerKind, accepts: bool
) -> None:
    assert client.session is not None
    client.session._timeout = aiohttp.ClientTimeout(total=0.25)
    await slack.spoil(kind, "chat.postMessage", times=1, accepts=accepts, every_s=0.05, megabytes=4)
    with pytest.raises(SPOILT[kind]):
        await client.chat_postMessage(channel=ops.id, text="there?")
    assert len(await slack.messages(ops)) == accepts
    assert [one.fault for one in await slack.calls("chat.postMessage")] == [kind]
    await slack.heal()
    client.session._timeout = aiohttp.ClientTimeout(total=5)
    assert (await client.chat_postMessage(channel=ops.id, text="again"))["ok"]


async def test_who_follows_a_redirect_is_noted(slack: SlackFake, ops: Channel, client: AsyncWebClient) -> None:
    await slack.spoil("redirect", "chat.postMessage", times=1, status=307)
    with contextlib.suppress(SlackApiError, aiohttp.ClientError):
        await client.chat_postMessage(channel=ops.id, text="x")
    (followed,) = await slack.violations()
    assert followed["about"] == "followed_redirect"


async def test_delayed_answer_is_the_true_one(slack: SlackFake, ops: Channel, client: AsyncWebClient) -> None:
    await slack.spoil("delay", "chat.postMessage", seconds=0.2)
    began = time.monotonic()
    assert (await client.chat_postMessage(channel=ops.id, text="x"))["ok"]
    assert time.monotonic() - began >= 0.2


async def test_faults_follow_their_seed(slack: SlackFake, ops: Channel, client: AsyncWebClient) -> None:
    async def pattern() -> list[str]:
        await slack.limit("chat.postMessage", probability=0.3, seed=7)
        codes = [await post_or_code(client, ops) for _ in range(30)]
        await slack.heal()
        return codes

    first = await pattern()
    assert 2 < first.count("ratelimited") < 20
    assert await pattern() == first


async def test_closed_port_refuses_and_opens_again(slack: SlackFake, ops: Channel, client: AsyncWebClient) -> None:
    await slack.refuse("api")
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.auth_test()
    await slack.accept("api")
    assert (await client.auth_test())["ok"]


# HTTP mode.


@contextlib.asynccontextmanager
async def bolt_over_http(slack: SlackFake, teach: Callable[[AsyncApp], None]) -> AsyncIterator[list[Json]]:
    """Run Bolt behind a URL, and give the headers of what comes."""
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
    app = AsyncApp(client=client, signing_secret=slack.signing_secret)
    teach(app)
    seen: list[Json] = []
    application = app.web_app(path="/slack/events")

    @web.middleware
    async def note(request: web.Request, handler: Any) -> web.StreamResponse:
        response: web.StreamResponse = await handler(request)
        seen.append({**request.headers, "status": response.status})
        return response

    application.middlewares.append(note)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    await slack.configure(request_url=f"http://127.0.0.1:{port}/slack/events")
    try:
        yield seen
    finally:
        await runner.cleanup()


async def test_http_mode_carries_events_commands_and_buttons_signed(slack: SlackFake, ann: User, ops: Channel) -> None:
    def teach(app: AsyncApp) -> None:
        @app.event(re.compile(".*"))
        async def event() -> None:
            """Take everything."""

        @app.command("/drumbeat")
        async def command(ack: Any, command: Json) -> None:
            await ack(f"got {command['text']}")

        @app.action("yes")
        async def yes(ack: Any) -> None:
            await ack()

    async with bolt_over_http(slack, teach) as seen:
        assert await slack.verify_url()
        await slack.settled(await slack.mention(ann, ops, "over http"))
        assert (await slack.slash(ann, ops, "任务 & more")).answer == {"text": "got 任务 & more"}
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
        card = [section("?", accessory=button("Yes", "yes"))]
        await client.chat_postMessage(channel=ops.id, text="?", blocks=card)
        assert (await slack.press(ann, (await slack.messages(ops))[-1], "Yes")).is_acked
        await slack.settled()
    assert [one.seen for one in await slack.ephemerals(ann)] == ["got 任务 & more"]
    assert {one["status"] for one in seen} == {200}


async def test_forged_requests_are_refused_by_bolt_and_come_again(slack: SlackFake, ann: User, ops: Channel) -> None:
    await slack.configure(ack_s=2.0, clock_factor=1_200, events=["app_mention"])

    def teach(app: AsyncApp) -> None:
        @app.event("app_mention")
        async def event() -> None:
            """Take it."""

    async with bolt_over_http(slack, teach) as seen:
        for kind in ("forge", "stale", "tamper"):
            await slack.spoil_deliveries(kind, times=1)
            (delivered,) = await slack.settled(await slack.mention(ann, ops, "again"))
            assert delivered.is_acked and delivered.sent == 2
    assert [one["status"] for one in seen] == [401, 200] * 3
    assert [one.get("X-Slack-Retry-Num") for one in seen] == [None, "1"] * 3
    assert seen[1]["X-Slack-Retry-Reason"] == "http_error"


async def test_http_deadline_and_a_dead_url_are_told_as_reasons(slack: SlackFake, ann: User, ops: Channel) -> None:
    await slack.configure(**FAST, events=["app_mention"])
    waiting = asyncio.Event()
    tries: list[Json] = []

    async def app(request: web.BaseRequest) -> web.Response:
        tries.append(dict(request.headers))
        if len(tries) == 1:
            await waiting.wait()
        return web.Response(status=500 if len(tries) == 2 else 503, headers={"X-Slack-No-Retry": f"{len(tries) - 2}"})

    runner = web.ServerRunner(web.Server(app))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await slack.configure(request_url=url)
    (delivered,) = await slack.settled(await slack.mention(ann, ops, "slow"))
    waiting.set()
    assert not delivered.is_acked
    assert [one.get("X-Slack-Retry-Reason") for one in tries] == [None, "http_timeout", "http_error"]
    await runner.cleanup()
    await slack.settled(await slack.mention(ann, ops, "nobody"))
    assert slack.records("gave_up")[-1]["reason"] == "connection_failed"
    with pytest.raises(SlackRefused, match="Beyond"):
        await slack.configure(request_url="http://slack.com/")


# The process.


async def test_killed_process_comes_back_as_it_was_and_tells_again_what_was_not_acknowledged(tmp_path: Path) -> None:
    async with SlackFake.started(
        tmp_path / "slack.log", events=["app_mention"], ack_s=0.25, retries_s=[0.2] * 60
    ) as slack:
        ann = await slack.add_user("ann")
        ops = await slack.add_channel("ops", [ann])
        async with aiohttp.ClientSession() as session:
            client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
            metadata = {"event_type": "t", "event_payload": {"id": "1"}}
            await client.chat_postMessage(channel=ops.id, text="kept", metadata=metadata)
            taken: list[SocketModeRequest] = []
            async with socket_client(slack, taking(taken, acks=False)):
                said = await slack.mention(ann, ops, "not heard")
                await slack.until(lambda: count(taken))
            before = await slack.messages(ops)
            await slack.kill()
            with slack.log.open("ab") as log:
                log.write(b'{"n":99999,"at":')
            assert [one["what"] for one in slack.records("message")] == ["message", "message"]
            await slack.start()
            assert await slack.messages(ops) == before
            assert list(await slack.posts_by_marker("id")) == ["1"]
            taken.clear()
            async with socket_client(slack, taking(taken)):
                (delivered,) = await slack.settled(said)
            assert delivered.is_acked and taken[0].retry_attempt
            assert (await client.chat_postMessage(channel=ops.id, text="later"))["ts"] > before[-1].ts


async def test_process_ends_with_its_parent(tmp_path: Path) -> None:
    async with SlackFake.started(tmp_path / "slack.log") as slack:
        process = slack._process
        assert process is not None and process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(10):
            assert await process.wait() == 0


@pytest.mark.slow
async def test_fake_costs_little_enough_to_carry_1500_messages_a_second(tmp_path: Path) -> None:
    """A mention, its acknowledgement and the post that answers it, in processor time, which no neighbour can spoil."""
    async with SlackFake.started(tmp_path / "slack.log", events=["app_mention"], echo=False) as slack:
        ann = await slack.add_user("ann")
        ops = await slack.add_channel("ops", [ann])
        async with aiohttp.ClientSession() as session:
            opened = await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=slack.app_token)
            headers = {"Authorization": f"Bearer {slack.bot_token}"}
            async with session.ws_connect(opened["url"]) as ws, asyncio.TaskGroup() as posting:
                await ws.receive_json()
                before = _processor_s(slack.pid)

                async def answer(ts: str) -> None:
                    body = {"channel": ops.id, "text": "done", "thread_ts": ts}
                    async with session.post(f"{slack.api_url}chat.postMessage", json=body, headers=headers) as answer:
                        assert (await answer.json())["ok"]

                await slack.storm(3_000, [ann], [ops], "@drumbeat task {n}", window=64)
                for _ in range(3_000):
                    frame = await ws.receive_json()
                    await ws.send_json({"envelope_id": frame["envelope_id"]})
                    posting.create_task(answer(frame["payload"]["event"]["ts"]))
            spent = _processor_s(slack.pid) - before
        assert (await slack.counts())["posts"] == 3_000
    assert spent / 3_000 < 1 / 1_500


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
