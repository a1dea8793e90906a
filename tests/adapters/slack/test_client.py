"""Each way in which Slack may answer, or not, becomes the error that delivery can act on."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from adapters.slack.client import BURST, BadToken, Client, Refused
from adapters.wire import proxy_for
from commands.core.ports import Gone, Retry, SendError, Unsure
from tests.adapters.slack.scripted import APP_TOKEN, BOT_TOKEN, Scripted, raw, status

POST = "chat.postMessage"
EDIT = "chat.update"
HTML = b"<html>502 Bad Gateway</html>"


class Ticks:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def api() -> AsyncIterator[Scripted]:
    async with Scripted() as server:
        yield server


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
async def client(api: Scripted, ticks: Ticks) -> AsyncIterator[Client]:
    made = Client(bot_token=BOT_TOKEN, app_token=APP_TOKEN, api_url=api.url, ticks=ticks)
    yield made
    await made.close()


async def error_of(client: Client, method: str, args: dict[str, Any] | None = None, within_s: float = 5.0) -> SendError:
    with pytest.raises(SendError) as caught:
        await client.call(method, args or {"channel": "C0WAR"}, within_s=within_s)
    return caught.value


async def test_call_brings_its_arguments_and_the_token(api: Scripted, client: Client) -> None:
    answered = await client.call(POST, {"channel": "C0WAR", "text": "主图 & <x>", "blocks": [{"type": "divider"}]})
    assert answered.body["ts"] == "1795309200.000100"
    assert api.calls[0].args == {"channel": "C0WAR", "text": "主图 & <x>", "blocks": [{"type": "divider"}]}
    assert api.calls[0].token == f"Bearer {BOT_TOKEN}"


async def test_reading_is_asked_by_form(api: Scripted, client: Client) -> None:
    await client.call("conversations.history", {"channel": "C0WAR", "limit": 1, "inclusive": True})
    assert api.calls[0].args == {"channel": "C0WAR", "limit": "1", "inclusive": "true"}


async def test_scopes_come_from_the_head(api: Scripted, client: Client) -> None:
    api.scopes = "chat:write, users:read"
    assert (await client.call("auth.test", {})).scopes == {"chat:write", "users:read"}


async def test_method_outside_the_table_is_a_mistake_of_ours(client: Client) -> None:
    with pytest.raises(LookupError):
        await client.call("admin.users.remove", {})


@pytest.mark.parametrize(
    "answer",
    [
        status(500),
        status(503),
        status(302, Location="https://elsewhere.example/"),
        raw(HTML, content_type="text/html", code=502),
        raw(HTML, content_type="text/html"),
        raw(b'{"ok": tr'),
        raw(b"[]"),
        raw(b"[" * 100_000),
        raw(b'{"ok": "yes"}'),
        raw(b'{"ok": true, "x": "' + b"x" * 1_000_001 + b'"}'),
    ],
    ids=["500", "503", "302", "502-html", "200-html", "truncated", "list", "deep", "odd-ok", "long"],
)
@pytest.mark.parametrize(("method", "kind"), [(POST, Unsure), ("views.open", Unsure), (EDIT, Retry)])
async def test_odd_answer_leaves_a_post_in_doubt_and_repeats_an_edit(
    api: Scripted, client: Client, method: str, kind: type[SendError], answer: Any
) -> None:
    api.answers[method].append(answer)
    assert type(await error_of(client, method)) is kind
    assert len(api.calls) == 1


@pytest.mark.parametrize(("method", "kind"), [(POST, Unsure), (EDIT, Retry)])
async def test_connection_cut_after_the_question(
    api: Scripted, client: Client, method: str, kind: type[SendError]
) -> None:
    api.cut.add(method)
    assert type(await error_of(client, method)) is kind
    assert len(api.asked(method)) == 1


@pytest.mark.parametrize(("method", "kind"), [(POST, Unsure), (EDIT, Retry)])
async def test_hung_api_ends_within_its_time(api: Scripted, client: Client, method: str, kind: type[SendError]) -> None:
    api.hung.add(method)
    assert type(await error_of(client, method, within_s=0.2)) is kind


async def test_refused_connection_sent_nothing(ticks: Ticks) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/api/"
        client = Client(bot_token=BOT_TOKEN, app_token=None, api_url=url, ticks=ticks)
        assert type(await error_of(client, POST)) is Retry
        await client.close()


@pytest.mark.parametrize(
    "error", ["channel_not_found", "not_in_channel", "is_archived", "msg_too_long", "invalid_blocks", "user_not_found",
              "missing_scope", "expired_trigger_id", "message_not_found", "a_word_never_heard"],
)  # fmt: skip
async def test_refusal_for_good_tells_slacks_word(api: Scripted, client: Client, error: str) -> None:
    api.answers[POST].append({"ok": False, "error": error, "needed": "chat:write"})
    refused = await error_of(client, POST)
    assert isinstance(refused, Refused) and isinstance(refused, Gone)
    assert refused.error == error and "needs chat:write" in str(refused)


@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "service_unavailable", "request_timeout"])
async def test_passing_trouble_is_tried_again(api: Scripted, client: Client, error: str) -> None:
    api.answers[POST].append({"ok": False, "error": error})
    assert type(await error_of(client, POST)) is Retry


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "account_inactive"])
async def test_refused_token_pauses_until_it_is_taken_again(api: Scripted, client: Client, error: str) -> None:
    api.answers[POST].append({"ok": False, "error": error})
    refused = await error_of(client, POST)
    assert isinstance(refused, BadToken) and refused.after_s == 60
    assert client.trouble == error
    await client.call(POST, {"channel": "C0WAR"})
    assert client.trouble is None


@pytest.mark.parametrize(
    ("given", "after_s"),
    [("7", 7.0), ("0", 1.0), ("", 1.0), ("99999", 3600.0), ("soon", 1.0), ("-3", 1.0), ("1_0", 1.0)],
)
async def test_rate_limit_is_waited_for_as_long_as_slack_says(
    api: Scripted, client: Client, given: str, after_s: float
) -> None:
    api.answers[POST].append(status(429, **{"Retry-After": given}))
    limited = await error_of(client, POST)
    assert isinstance(limited, Retry) and limited.after_s == after_s


async def test_what_is_limited_is_held_back_and_nothing_else(api: Scripted, client: Client, ticks: Ticks) -> None:
    api.answers[POST].append(status(429, **{"Retry-After": "30"}))
    await error_of(client, POST)
    ticks.now += 29
    held = await error_of(client, POST)
    assert isinstance(held, Retry) and held.after_s == 1.0
    assert len(api.asked(POST)) == 1
    await client.call(POST, {"channel": "C0OPS"})
    await client.call(EDIT, {"channel": "C0WAR"})
    ticks.now += 1
    await client.call(POST, {"channel": "C0WAR"})
    assert len(api.asked(POST)) == 3


async def test_rate_limit_told_in_the_body_counts_too(api: Scripted, client: Client) -> None:
    api.answers[EDIT].append(
        lambda: web.json_response({"ok": False, "error": "ratelimited"}, headers={"Retry-After": "9"})
    )
    limited = await error_of(client, EDIT)
    assert isinstance(limited, Retry) and limited.after_s == 9


async def test_posts_of_one_channel_keep_slacks_pace(api: Scripted, client: Client, ticks: Ticks) -> None:
    for _ in range(BURST):
        await client.call(POST, {"channel": "C0WAR"})
    waits = await error_of(client, POST)
    assert isinstance(waits, Retry) and waits.after_s == 1.0
    await client.call(POST, {"channel": "C0OPS"})
    ticks.now += 1
    await client.call(POST, {"channel": "C0WAR"})
    assert len(api.asked(POST)) == BURST + 2


async def test_socket_is_asked_for_with_the_app_token(api: Scripted, client: Client) -> None:
    assert (await client.open_socket()).startswith(f"ws://{api.host}/link?")
    assert api.calls[0].token == f"Bearer {APP_TOKEN}"


@pytest.mark.parametrize(
    "url", ["wss://evil.example/link", "ws://wss-primary.slack.com/link", "wss://u:p@slack.com/", ""]
)
async def test_socket_elsewhere_is_not_opened(api: Scripted, client: Client, url: str) -> None:
    api.answers["apps.connections.open"].append({"url": url})
    with pytest.raises(Retry):
        await client.open_socket()


@pytest.mark.parametrize(
    ("url", "is_fine"),
    [
        ("https://files.slack.com/upload/v1/x", True),
        ("wss://wss-primary.slack.com/link/?ticket=1", True),
        ("http://files.slack.com/upload", False),
        ("https://slack.com.evil.example/", False),
        ("https://notslack.com/", False),
        ("http://127.0.0.1:9/", False),
        ("https://[::ffff:127.0.0.1]/", False),
        ("https://user@slack.com/", False),
    ],
)
def test_only_slacks_own_addresses_are_followed(url: str, is_fine: bool, ticks: Ticks) -> None:
    client = Client(bot_token=BOT_TOKEN, app_token=None, api_url="https://slack.com/api/", ticks=ticks)
    assert client.is_slacks(url) is is_fine


async def test_picture_goes_to_the_address_without_a_token(api: Scripted, client: Client) -> None:
    await client.put(f"http://{api.host}/upload", b"png")
    assert api.uploads == [b"png"]
    with pytest.raises(Gone):
        await client.put("https://evil.example/upload", b"png")


def test_proxy_is_taken_from_the_environment_but_never_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "files.slack.com")
    assert proxy_for("https://slack.com/api/") == "http://proxy.example:3128"
    assert proxy_for("wss://wss-primary.slack.com/link") == "http://proxy.example:3128"
    assert proxy_for("https://files.slack.com/upload") is None
    assert proxy_for("http://127.0.0.1:8000/api/") is None


@pytest.mark.parametrize("fault", ["cut", "hung", "odd", "refused", "limited"])
async def test_no_error_or_log_holds_a_token(
    api: Scripted, client: Client, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if fault in ("cut", "hung"):
        getattr(api, fault).add(POST)
    answers: dict[str, Any] = {
        "odd": status(500),
        "refused": {"ok": False, "error": "invalid_auth"},
        "limited": status(429),
    }
    if fault in answers:
        api.answers[POST].append(answers[fault])
    error: BaseException | None = await error_of(client, POST, within_s=0.2)
    seen = caplog.text + repr(client) + repr(vars(client).get("_session"))
    while error is not None:
        seen += repr(error) + str(error) + repr(error.args)
        error = error.__cause__
    assert BOT_TOKEN not in seen and APP_TOKEN not in seen
