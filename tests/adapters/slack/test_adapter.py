"""Slack as an adapter: acknowledged after the commit, sent once, and open about its troubles."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

import adapters.intake
from adapters.intake import Notices
from adapters.slack.adapter import Slack
from adapters.slack.manifest import scopes
from bot.app import App, prepare
from bot.config import Settings
from bot.config import Slack as SlackSettings
from commands.core.event import Event
from commands.core.ports import Gone, HttpRequest, HttpResponse, Misconfigured, Outgoing, Retry, Sent, Unsure
from commands.core.reply import Form, FormErrors, Image, Input, Outcome, Reply, Text
from tests.adapters.slack.recorded import NOW, SECRET, payload, signed
from tests.adapters.slack.scripted import APP_TOKEN, BOT_TOKEN, Scripted, status

pytestmark = pytest.mark.slow

NOTICES = Notices(not_saved={"zh": "没存上，请再点一次", "en": "Not saved, please press again"})
POST = "chat.postMessage"
NOWHERE = "http://127.0.0.1:9/api/"
HELLO = Reply(parts=(Text(("Hello",)),))


class Ear:
    """A dispatch that keeps what it hears, and answers as it is told."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.outcome = Outcome("ok")
        self.arrived = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def __call__(self, event: Event) -> Outcome:
        self.heard.append(event)
        self.arrived.set()
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.outcome


def make(api: Scripted, **changes: Any) -> Slack:
    url = api.url if hasattr(api, "host") else NOWHERE
    values: dict[str, Any] = {"bot_token": BOT_TOKEN, "signing_secret": SECRET, "api_url": url, "notices": NOTICES}
    values |= {"clock": lambda: NOW, "ping_s": 0.1}
    return Slack(**values | changes)


@contextlib.asynccontextmanager
async def running(slack: Slack, ear: Ear, is_up: Callable[[], Any]) -> AsyncIterator[None]:
    task = asyncio.create_task(slack.run(ear))
    try:
        await is_up()
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def api() -> AsyncIterator[Scripted]:
    async with Scripted() as server:
        yield server


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def sender(api: Scripted) -> AsyncIterator[Slack]:
    """An adapter that sends, without receiving."""
    slack = make(api)
    yield slack
    await slack.check()  # closes the session


@pytest.fixture
async def hooked(api: Scripted, ear: Ear) -> AsyncIterator[Slack]:
    """An adapter in HTTP mode, up."""
    slack = make(api)
    async with running(slack, ear, lambda: api.until(lambda: len(api.asked("bots.info")) == 1)):
        for _ in range(1_000):  # until the answer was taken in
            if (await post(slack, payload("file_shared"))).status == 200:
                break
            await asyncio.sleep(0)
        yield slack


@pytest.fixture
async def plugged(api: Scripted, ear: Ear) -> AsyncIterator[Slack]:
    """An adapter in Socket Mode, connected."""
    slack = make(api, app_token=APP_TOKEN)
    async with running(slack, ear, lambda: api.until(lambda: len(api.sockets) == 1)):
        yield slack


async def post(slack: Slack, body: dict[str, Any], *, as_form: bool = False) -> HttpResponse:
    raw = urlencode({"payload": json.dumps(body)}).encode() if as_form else json.dumps(body).encode()
    kind = "application/x-www-form-urlencoded" if as_form else "application/json"
    return await send_raw(slack, HttpRequest(signed(raw, content_type=kind), raw))


async def send_raw(slack: Slack, request: HttpRequest) -> HttpResponse:
    (route,) = slack.routes()
    return await route.handler(request)


def outgoing(operation: Any = "post", **changes: Any) -> Outgoing:
    values: dict[str, Any] = {"id": "letter-1", "operation": operation, "reply": HELLO, "language": "en"}
    values |= {"chat": "C0WAR", "account": "U0LISI"}
    return Outgoing(**values | changes)


# -- construction ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret",
    ["", " ", "tiny-9", "changeme-changeme", "xoxb-your-token-here", "x" * 20, "<your secret here>", "密" * 20],
)
@pytest.mark.parametrize("field", ["bot_token", "app_token", "signing_secret"])
def test_what_is_no_secret_is_refused_by_name(api: Scripted, field: str, secret: str) -> None:
    with pytest.raises(ValueError, match=field) as caught:
        make(api, **{field: secret})
    assert not secret.strip() or secret not in str(caught.value)


def test_one_way_in_is_needed(api: Scripted) -> None:
    with pytest.raises(ValueError, match="app_token"):
        make(api, signing_secret=None)


@pytest.mark.parametrize("url", ["http://slack.com/api/", "slack.com", "https://me@slack.com/api/", "ftp://127.0.0.1/"])
def test_token_is_never_sent_in_the_clear(api: Scripted, url: str) -> None:
    with pytest.raises(ValueError, match="api_url"):
        make(api, api_url=url)


def test_no_token_shows(api: Scripted) -> None:
    slack = make(api, app_token=APP_TOKEN)
    shown = repr(slack) + repr(slack.limits) + str(slack)
    assert not any(secret in shown for secret in (BOT_TOKEN, APP_TOKEN, SECRET))


# -- HTTP mode ---------------------------------------------------------------------------------------


def test_socket_mode_has_no_route(api: Scripted) -> None:
    assert make(api, app_token=APP_TOKEN).routes() == ()
    assert [route.path for route in make(api).routes()] == [""]


async def test_event_is_acknowledged_after_dispatch(hooked: Slack, ear: Ear) -> None:
    ear.gate.clear()
    asked = asyncio.create_task(post(hooked, payload("app_mention")))
    await ear.arrived.wait()
    assert not asked.done()
    ear.gate.set()
    assert await asked == HttpResponse(200, b"", "text/plain")
    assert ear.heard[0].key == "slack:A0DRUM:T0SHOP:C0WAR:1795305600.000100"
    assert ear.heard[0].place.title == "war-room"


async def test_second_copy_of_a_mention_is_acknowledged_when_the_first_is_stored(hooked: Slack, ear: Ear) -> None:
    ear.gate.clear()
    first = asyncio.create_task(post(hooked, payload("app_mention")))
    await ear.arrived.wait()
    second = asyncio.create_task(post(hooked, _as_message("app_mention")))
    await asyncio.sleep(0.01)
    assert not second.done()
    ear.gate.set()
    assert [(await each).status for each in (first, second)] == [200, 200]
    assert (await post(hooked, payload("app_mention"))).status == 200
    assert len(ear.heard) == 1


async def test_second_copy_does_what_the_first_could_not(hooked: Slack, ear: Ear) -> None:
    ear.outcome = Outcome("again")
    assert (await post(hooked, payload("app_mention"))).status == 503
    ear.outcome = Outcome("ok")
    assert (await post(hooked, _as_message("app_mention"))).status == 200
    assert len(ear.heard) == 2


async def test_mention_is_heard_though_its_other_copy_named_nobody(hooked: Slack, ear: Ear) -> None:
    chatter = _as_message("app_mention", event__text="talk")
    assert (await post(hooked, chatter)).status == 200
    assert (await post(hooked, payload("app_mention"))).status == 200
    assert [each.is_addressed for each in ear.heard] == [False, True]


def _as_message(name: str, **changes: Any) -> dict[str, Any]:
    return payload(name, event__type="message", event_id="Ev0OTHER", **changes)


async def test_event_that_was_not_stored_comes_again(hooked: Slack, ear: Ear) -> None:
    ear.outcome = Outcome("again")
    assert (await post(hooked, payload("app_mention"))).status == 503


async def test_event_that_met_a_bug_comes_again(hooked: Slack, ear: Ear) -> None:
    ear.error = RuntimeError("a bug")
    assert (await post(hooked, payload("app_mention"))).status == 500


async def test_slow_dispatch_is_not_acknowledged_and_goes_on(
    hooked: Slack, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters.intake, "DISPATCH_S", 0.05)
    ear.gate.clear()
    assert (await post(hooked, payload("app_mention"))).status == 503
    ear.gate.set()


async def test_commands_and_acts_come_as_forms(hooked: Slack, ear: Ear) -> None:
    raw = urlencode(payload("slash_command")).encode()
    kind = "application/x-www-form-urlencoded"
    assert (await send_raw(hooked, HttpRequest(signed(raw, content_type=kind), raw))).status == 200
    assert (await post(hooked, payload("block_actions"), as_form=True)).status == 200
    assert [event.kind for event in ear.heard] == ["said", "pressed"]


async def test_form_errors_ride_in_the_answer(hooked: Slack, ear: Ear) -> None:
    ear.outcome = Outcome("ok", FormErrors({"due": "哪一天？"}))
    answered = await post(hooked, payload("view_submission"), as_form=True)
    assert json.loads(answered.body) == {"response_action": "errors", "errors": {"due": "哪一天？"}}
    assert answered.content_type == "application/json"


async def test_press_that_was_not_stored_is_told_in_private(hooked: Slack, ear: Ear, api: Scripted) -> None:
    ear.outcome = Outcome("again")
    assert (await post(hooked, payload("block_actions"), as_form=True)).status == 503
    (told,) = api.asked("chat.postEphemeral")
    assert (told["channel"], told["user"]) == ("C0WAR", "U0LISI")
    assert told["text"] == "没存上，请再点一次\nNot saved, please press again"


async def test_known_person_is_told_in_their_language(hooked: Slack, ear: Ear, api: Scripted) -> None:
    api.answers["users.info"].append({"user": {"id": "U0LISI", "locale": "zh-CN"}})
    await hooked.profile("U0LISI")
    ear.outcome = Outcome("again")
    raw = urlencode(payload("slash_command")).encode()
    heads = signed(raw, content_type="application/x-www-form-urlencoded")
    answered = await send_raw(hooked, HttpRequest(heads, raw))
    assert json.loads(answered.body) == {"response_type": "ephemeral", "text": "没存上，请再点一次"}


async def test_address_is_proved(hooked: Slack) -> None:
    answered = await post(hooked, payload("url_verification"))
    assert json.loads(answered.body)["challenge"].startswith("3eZbrw1a")


@pytest.mark.parametrize("name", ["file_shared", "view_closed", "bot_message", "app_rate_limited"])
async def test_what_asks_for_nothing_is_acknowledged(hooked: Slack, ear: Ear, name: str) -> None:
    assert (await post(hooked, payload(name))).status == 200
    assert not ear.heard


@pytest.mark.parametrize("name", ["app_mention", "slash_command", "block_actions", "view_submission", "message_action"])
async def test_another_app_or_workspace_is_forbidden(hooked: Slack, ear: Ear, name: str) -> None:
    assert (await post(hooked, payload(name, api_app_id="A0OTHER"))).status == 403
    other = json.loads(json.dumps(payload(name)).replace("T0SHOP", "T0EVIL"))
    assert (await post(hooked, other)).status == 403
    assert not ear.heard


async def test_unsigned_stale_and_long_posts_are_refused(hooked: Slack, ear: Ear) -> None:
    raw = json.dumps(payload("app_mention")).encode()
    assert (await send_raw(hooked, HttpRequest({}, raw))).status == 401
    assert (await send_raw(hooked, HttpRequest(signed(raw, at=NOW - timedelta(minutes=6)), raw))).status == 401
    assert (await send_raw(hooked, HttpRequest(signed(raw), raw + b" "))).status == 401
    assert (await send_raw(hooked, HttpRequest(signed(raw), b"x" * 1_000_001))).status == 413
    assert not ear.heard


@given(body=st.binary(max_size=64), kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded", ""]))
async def test_no_signed_post_breaks_the_route(body: bytes, kind: str) -> None:
    slack = make(Scripted())
    assert (await send_raw(slack, HttpRequest(signed(body, content_type=kind), body))).status in (200, 400, 503)
    assert (await send_raw(slack, HttpRequest({"x-slack-signature": "v0=é", "content-type": kind}, body))).status == 401


async def test_nothing_is_acknowledged_before_the_bot_knows_itself(api: Scripted) -> None:
    assert (await post(make(api), payload("app_mention"))).status == 503


# -- what is asked for on the way ----------------------------------------------------------------------


async def test_pinned_message_is_fetched(hooked: Slack, ear: Ear, api: Scripted) -> None:
    found = {"ts": "1795305600.000100", "user": "U0WANG", "text": "客户要改包装"}
    api.answers["conversations.history"].append({"messages": [found]})
    await post(hooked, payload("reaction_added"))
    assert ear.heard[0].text == ("客户要改包装",) and ear.heard[0].values["author"] == "U0WANG"
    assert api.asked("conversations.history")[0]["latest"] == "1795305600.000100"


async def test_pinned_reply_is_found_in_its_thread(hooked: Slack, ear: Ear, api: Scripted) -> None:
    found = {"ts": "1795305600.000100", "thread_ts": "1795305500.000100", "user": "U0WANG", "text": "好的"}
    api.answers["conversations.replies"].append({"messages": [{"ts": "1795305500.000100"}, found]})
    await post(hooked, payload("reaction_added"))
    assert ear.heard[0].text == ("好的",) and ear.heard[0].place.thread == "1795305500.000100"


async def test_pin_is_heard_also_when_the_message_cannot_be_had(hooked: Slack, ear: Ear, api: Scripted) -> None:
    api.answers["conversations.history"].append(status(500))
    await post(hooked, payload("reaction_added"))
    assert ear.heard[0].kind == "reacted" and ear.heard[0].text == ()


async def test_channel_is_asked_for_its_name_once(hooked: Slack, ear: Ear, api: Scripted) -> None:
    for _ in range(3):
        await post(hooked, payload("chatter"))
    assert [event.place.title for event in ear.heard] == ["war-room"] * 3
    assert len(api.asked("conversations.info")) == 1


async def test_press_in_the_home_tab_is_in_the_direct_chat(hooked: Slack, ear: Ear) -> None:
    await post(hooked, payload("block_actions_home"))
    assert ear.heard[0].place.chat == "D0LISI"


# -- Socket Mode ---------------------------------------------------------------------------------------


async def test_envelope_is_answered_after_dispatch(plugged: Slack, ear: Ear, api: Scripted) -> None:
    ear.gate.clear()
    await api.deliver("events_api", payload("app_mention"), envelope="e1")
    await ear.arrived.wait()
    assert not api.acks
    ear.gate.set()
    await api.until(lambda: "e1" in api.acks)
    assert api.acks["e1"] is None


async def test_envelope_of_what_was_not_stored_is_not_answered(plugged: Slack, ear: Ear, api: Scripted) -> None:
    ear.outcome = Outcome("again")
    await api.deliver("events_api", payload("app_mention"), envelope="e1")
    await api.deliver("slash_commands", payload("slash_command"), envelope="e2")
    await api.deliver("interactive", payload("view_submission"), envelope="e3")
    await api.until(lambda: {"e2", "e3"} <= set(api.acks))
    assert api.acks["e2"]["response_type"] == "ephemeral"
    assert api.acks["e3"]["response_action"] == "errors"
    assert "e1" not in api.acks


async def test_envelope_that_asks_for_nothing_is_answered(plugged: Slack, api: Scripted) -> None:
    await api.deliver("events_api", payload("file_shared"), envelope="e1")
    await api.until(lambda: "e1" in api.acks)


async def test_socket_comes_back_when_slack_closes_it(plugged: Slack, ear: Ear, api: Scripted) -> None:
    await api.sockets[0].send_json({"type": "disconnect", "reason": "refresh_requested"})
    await api.until(lambda: len(api.sockets) == 2)
    await api.deliver("events_api", payload("app_mention"), envelope="e1")
    await api.until(lambda: "e1" in api.acks)
    assert len(set(api.tickets)) == len(api.tickets) == 2


async def test_refused_socket_is_tried_with_a_new_ticket(
    api: Scripted, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    api.refuses = 1
    slack = make(api, app_token=APP_TOKEN, ping_s=1.2)
    async with running(slack, ear, lambda: api.until(lambda: len(api.sockets) == 1)):
        assert api.tickets == ["secret-ticket-1", "secret-ticket-2"]
    assert "Failed to connect" in caplog.text and "secret-ticket" not in caplog.text


async def test_stop_lets_what_is_handled_end(api: Scripted, ear: Ear) -> None:
    slack = make(api, app_token=APP_TOKEN)
    async with running(slack, ear, lambda: api.until(lambda: len(api.sockets) == 1)):
        ear.gate.clear()
        await api.deliver("events_api", payload("app_mention"), envelope="e1")
        await ear.arrived.wait()
        asyncio.get_running_loop().call_later(0.05, ear.gate.set)
    await api.until(lambda: "e1" in api.acks)
    with pytest.raises(Retry):
        await slack.send(outgoing())


# -- the start -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_bad_token_stops_the_start(api: Scripted, ear: Ear, method: str) -> None:
    api.answers[method].append({"ok": False, "error": "invalid_auth"})
    with pytest.raises(Misconfigured, match=f"{method}: invalid_auth") as caught:
        await make(api, app_token=APP_TOKEN).run(ear)
    assert BOT_TOKEN not in str(caught.value)


async def test_token_of_the_wrong_kind_stops_the_start(api: Scripted, ear: Ear) -> None:
    with pytest.raises(Misconfigured, match="slack bot token: this is an app token"):
        await make(api, bot_token=APP_TOKEN).run(ear)
    with pytest.raises(Misconfigured, match="slack app token: this is a bot token"):
        await make(api, app_token=BOT_TOKEN).run(ear)


async def test_tokens_of_two_apps_stop_the_start(api: Scripted, ear: Ear) -> None:
    api.answers["bots.info"].append({"bot": {"app_id": "A0ANOTHER"}})
    with pytest.raises(Misconfigured, match="different Slack apps"):
        await make(api, app_token=APP_TOKEN).run(ear)


async def test_slack_out_of_reach_is_waited_for(api: Scripted, ear: Ear) -> None:
    api.answers["auth.test"].append(status(500))
    async with running(make(api, app_token=APP_TOKEN), ear, lambda: api.until(lambda: len(api.sockets) == 1)):
        assert len(api.asked("auth.test")) == 2


# -- sending -------------------------------------------------------------------------------------------


async def test_post_is_marked_and_quiet(sender: Slack, api: Scripted) -> None:
    assert await sender.send(outgoing(thread="1795305600.000100")) == Sent("1795309200.000100", "C0WAR")
    (args,) = api.asked(POST)
    assert args["metadata"] == {"event_type": "drumbeat", "event_payload": {"id": "letter-1"}}
    assert args["thread_ts"] == "1795305600.000100"
    assert [args[name] for name in ("unfurl_links", "unfurl_media", "link_names", "mrkdwn")] == [False] * 4
    assert "Hello" in args["text"]


async def test_card_is_edited_in_its_place(sender: Slack, api: Scripted) -> None:
    assert await sender.send(outgoing("update", message="1795309000.000100")) == Sent("1795309000.000100", "C0WAR")
    (args,) = api.asked("chat.update")
    assert (
        (args["channel"], args["ts"]) == ("C0WAR", "1795309000.000100") and "blocks" in args and "attachments" in args
    )


async def test_private_answer_is_seen_by_one(sender: Slack, api: Scripted) -> None:
    assert await sender.send(outgoing("private", thread="1795305600.000100")) == Sent(chat="C0WAR")
    (args,) = api.asked("chat.postEphemeral")
    assert (args["user"], args["thread_ts"]) == ("U0LISI", "1795305600.000100")


@pytest.mark.parametrize("error", ["user_not_in_channel", "not_in_channel", "channel_not_found"])
async def test_private_answer_to_somebody_elsewhere_goes_directly(sender: Slack, api: Scripted, error: str) -> None:
    api.answers["chat.postEphemeral"].append({"ok": False, "error": error})
    api.answers[POST].append({"channel": "D0LISI", "ts": "1795309300.000100"})
    assert await sender.send(outgoing("private")) == Sent("1795309300.000100", "D0LISI")
    assert api.asked(POST)[0]["channel"] == "D0LISI"


async def test_direct_chat_is_opened_once(sender: Slack, api: Scripted) -> None:
    for number in range(3):
        await sender.send(outgoing("direct", id=f"letter-{number}", thread="1795305600.000100"))
    assert len(api.asked("conversations.open")) == 1
    assert all(args["channel"] == "D0LISI" and "thread_ts" not in args for args in api.asked(POST))


async def test_form_opens_and_knows_where(sender: Slack, api: Scripted) -> None:
    form = Form("New task", "task add", {}, (Input("title", "Title"),), "Save", "task add …", mac="0123")
    asked = outgoing("form", reply=replace(HELLO, form=form), trigger="1.2.x", thread="1795305600.000100")
    assert await sender.send(asked) == Sent()
    (args,) = api.asked("views.open")
    assert args["trigger_id"] == "1.2.x"
    assert args["view"]["callback_id"] == "form|C0WAR|1795305600.000100"


async def test_trigger_that_ran_out_is_gone(sender: Slack, api: Scripted) -> None:
    form = Form("New task", "task add", {}, (Input("title", "Title"),), "Save", "task add …", mac="0123")
    api.answers["views.open"].append({"ok": False, "error": "expired_trigger_id"})
    with pytest.raises(Gone):
        await sender.send(outgoing("form", reply=replace(HELLO, form=form), trigger="1.2.x"))
    with pytest.raises(Gone):
        await sender.send(outgoing("form", reply=replace(HELLO, form=form)))


async def test_home_is_published(sender: Slack, api: Scripted) -> None:
    assert await sender.send(outgoing("home", chat=None)) == Sent()
    (args,) = api.asked("views.publish")
    assert args["user_id"] == "U0LISI" and args["view"]["type"] == "home"


async def test_post_that_came_through_is_found_and_not_repeated(sender: Slack, api: Scripted) -> None:
    marked = {"event_type": "drumbeat", "event_payload": {"id": "letter-1"}}
    other = {"ts": "1795309100.000100", "metadata": {"event_type": "drumbeat", "event_payload": {"id": "letter-0"}}}
    page = {"messages": [other], "response_metadata": {"next_cursor": "more"}}
    api.answers["conversations.history"] += [page, {"messages": [{"ts": "1795309150.000100", "metadata": marked}]}]
    found = await sender.send(outgoing(attempt=2, first_tried_at=NOW))
    assert found == Sent("1795309150.000100", "C0WAR") and not api.asked(POST)
    asked = api.asked("conversations.history")
    assert asked[0]["include_all_metadata"] == "true"
    assert asked[0]["oldest"] == f"{NOW.timestamp() - 5:.6f}" and asked[1]["cursor"] == "more"


async def test_reply_that_may_stand_is_looked_for_in_its_thread(sender: Slack, api: Scripted) -> None:
    await sender.send(outgoing(attempt=2, first_tried_at=NOW, thread="1795305600.000100"))
    assert api.asked("conversations.replies")[0]["ts"] == "1795305600.000100" and len(api.asked(POST)) == 1


async def test_post_goes_out_where_nobody_can_look(sender: Slack, api: Scripted) -> None:
    api.answers["conversations.history"].append({"ok": False, "error": "missing_scope"})
    assert (await sender.send(outgoing(attempt=2, first_tried_at=NOW))).message


async def test_look_that_fails_for_now_is_repeated_before_the_post(sender: Slack, api: Scripted) -> None:
    api.answers["conversations.history"] += [status(500), status(500)]
    with pytest.raises(Retry):
        await sender.send(outgoing(attempt=2, first_tried_at=NOW))
    assert not api.asked(POST)
    await sender.send(outgoing(attempt=5, first_tried_at=NOW))
    assert len(api.asked(POST)) == 1


async def test_post_that_surely_was_not_sent_is_not_looked_for(sender: Slack, api: Scripted) -> None:
    api.answers[POST].append({"ok": False, "error": "internal_error"})
    with pytest.raises(Retry):
        await sender.send(outgoing())
    await sender.send(outgoing(attempt=2, first_tried_at=NOW))
    assert not api.asked("conversations.history") and len(api.asked(POST)) == 2


async def test_doubt_in_between_is_looked_into(sender: Slack, api: Scripted) -> None:
    api.answers[POST] += [{"ok": False, "error": "internal_error"}, status(500)]
    with pytest.raises(Retry):
        await sender.send(outgoing())
    with pytest.raises(Unsure):
        await sender.send(outgoing(attempt=2, first_tried_at=NOW))
    await sender.send(outgoing(attempt=3, first_tried_at=NOW))
    assert len(api.asked("conversations.history")) == 1


async def test_picture_that_slack_does_not_know_yet_is_waited_for_then_left_out(sender: Slack, api: Scripted) -> None:
    reply = Reply(parts=(Text(("Week",)), Image("<svg/>", "A chart")))
    refusal = {"ok": False, "error": "invalid_blocks"}
    api.answers[POST] += [refusal, refusal]
    with pytest.raises(Retry):
        await sender.send(outgoing(reply=reply, pictures=("F0PICTURE1",)))
    await sender.send(outgoing(reply=reply, pictures=("F0PICTURE1",), attempt=5))
    first, *_, last = api.asked(POST)
    assert "F0PICTURE1" in json.dumps(first) and "F0PICTURE1" not in json.dumps(last)


@pytest.mark.parametrize(
    "asked",
    [outgoing(chat=None), outgoing("update"), outgoing("private", account=None), outgoing("form", trigger="1.2.x")],
)
async def test_what_lacks_its_address_is_gone(sender: Slack, asked: Outgoing) -> None:
    with pytest.raises(Gone):
        await sender.send(asked)


async def test_picture_is_uploaded_in_three_steps(sender: Slack, api: Scripted) -> None:
    assert await sender.upload(b"\x89PNG") == "F0PICTURE"
    assert api.asked("files.getUploadURLExternal") == [{"filename": "drumbeat.png", "length": "4"}]
    assert api.uploads == [b"\x89PNG"]
    assert api.asked("files.completeUploadExternal")[0]["files"][0]["id"] == "F0PICTURE"


# -- people and the doctor -----------------------------------------------------------------------------


async def test_profile_tells_name_zone_and_guests(sender: Slack, api: Scripted) -> None:
    about = {"display_name": "李四", "email": "li@shop.example"}
    person = {"id": "U0LISI", "real_name": "Li Si", "tz": "Asia/Shanghai", "team_id": "T0SHOP", "profile": about}
    api.answers["users.info"] += [
        {"user": person},
        {"user": person | {"is_restricted": True}},
        {"user": {"is_bot": True}},
    ]
    found = await sender.profile("U0LISI")
    assert found is not None
    assert (found.name, found.timezone, found.email) == ("李四", "Asia/Shanghai", "li@shop.example")
    assert not found.is_guest and not found.is_bot
    guest, bot = await sender.profile("U0LISI"), await sender.profile("U0CI")
    assert guest is not None and guest.is_guest
    assert bot is not None and bot.is_bot and bot.name == "U0CI"


async def test_person_of_another_workspace_is_a_guest(hooked: Slack, api: Scripted) -> None:
    api.answers["users.info"].append({"user": {"id": "U0GAST", "name": "gast", "team_id": "T0OTHER"}})
    found = await hooked.profile("U0GAST")
    assert found is not None and found.is_guest


async def test_unknown_person_and_silent_slack_give_no_profile(sender: Slack, api: Scripted) -> None:
    api.answers["users.info"] += [{"ok": False, "error": "user_not_found"}, status(500)]
    assert await sender.profile("U0NOBODY") is None
    assert await sender.profile("U0LISI") is None


async def test_doctor_finds_nothing_where_all_is_well(api: Scripted) -> None:
    api.scopes = ",".join(scopes())
    found = await make(api, app_token=APP_TOKEN).check()
    assert all(each.is_fine for each in found)
    assert {"slack bot token", "slack scopes", "slack app token"} == {each.subject for each in found}


async def test_doctor_names_each_missing_scope_and_what_it_serves(api: Scripted) -> None:
    api.scopes = ",".join(set(scopes()) - {"reactions:read", "files:write"})
    bad = [each for each in await make(api).check() if not each.is_fine]
    assert [each.subject for each in bad] == ["slack scope files:write", "slack scope reactions:read"]
    assert "pictures" in bad[0].detail and "reinstall" in bad[0].remedy


async def test_doctor_names_the_wrong_token(api: Scripted) -> None:
    found = await make(api, bot_token=APP_TOKEN, app_token="xoxp-1111111111-2222222222-AbCdEf").check()
    assert [(each.subject, each.detail) for each in found] == [
        ("slack bot token", "this is an app token"),
        ("slack app token", "this is a user token"),
    ]
    assert not api.calls


async def test_refused_token_is_shown_as_a_pause_until_it_is_taken(api: Scripted, tmp_path: Path) -> None:
    tokens = SlackSettings(bot_token=SecretStr(BOT_TOKEN), signing_secret=SecretStr(SECRET), api_url=api.url)
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'drumbeat.db'}", slack=tokens)
    prepare(settings, now=NOW)
    app = App(settings)
    slack = app.adapters["slack"]
    api.answers["users.info"] += [{"ok": False, "error": "token_revoked"}]
    await slack.profile("U1")
    paused = await app.readiness()
    await slack.profile("U1")
    well = await app.readiness()
    await slack.check()  # closes the session
    app.close()
    assert (paused.is_ready, paused.checks["slack"]) == (True, "paused: token_revoked")
    assert "slack" not in well.checks


async def test_refused_socket_is_shown_as_a_pause(api: Scripted, ear: Ear) -> None:
    slack = make(api, app_token=APP_TOKEN)
    async with running(slack, ear, lambda: api.until(lambda: len(api.sockets) == 1)):
        api.answers["apps.connections.open"] += [{"ok": False, "error": "invalid_auth"}]
        await api.sockets[0].close()
        async with asyncio.timeout(5):
            while slack.trouble is None:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.05)
    assert slack.trouble == "apps.connections.open: invalid_auth"


async def test_doctor_tells_a_refused_token_from_a_silent_slack(api: Scripted) -> None:
    api.answers["auth.test"] += [{"ok": False, "error": "token_revoked"}, status(500)]
    (refused,), (silent,) = await make(api).check(), await make(api).check()
    assert "paused" in refused.detail and "token_revoked" in refused.detail
    assert "paused" not in silent.detail


async def test_nothing_that_is_logged_holds_a_secret(api: Scripted, ear: Ear, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    api.refuses = 1
    slack = make(api, app_token=APP_TOKEN)
    async with running(slack, ear, lambda: api.until(lambda: len(api.sockets) == 1)):
        ear.error = RuntimeError("a bug")
        await api.deliver("events_api", payload("message_im"), envelope="e1")
        await ear.arrived.wait()
        await slack.send(outgoing())
    for secret in (BOT_TOKEN, APP_TOKEN, SECRET, "secret-ticket", "我的任务"):
        assert secret not in caplog.text
