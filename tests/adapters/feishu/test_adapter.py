"""Feishu as an adapter: the SDK's long connection held, calls mapped, and nothing of it imported elsewhere."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.feishu.adapter import Feishu
from commands.core.event import Event
from commands.core.ports import Gone, HttpRequest, Misconfigured, Outgoing, Retry, SendError, Unsure
from commands.core.reply import Button, CardNow, Form, FormErrors, Image, Input, Outcome, Reply, Text, Toast
from tests.adapters.contract import Recorder
from tests.adapters.feishu.stage import NOTICES, make, make_hooked, running, served, until
from tests.fakes.feishu.delivery import Delivery
from tests.fakes.feishu.server import Server, sealed
from tests.fakes.feishu.world import SCOPES, Json
from tests.house.sources import ROOT

pytestmark = pytest.mark.slow

HELLO = Reply(parts=(Text(("你好",)),))
FORM = Form("改日期", "task due", {"task": "T-1"}, (Input("due", "截止"),), "确定", "T-1 改 截止 周五", 3, "m")
_ids = itertools.count(1)


@pytest.fixture
async def feishu() -> AsyncIterator[Server]:
    """Run the fake, and see in the end that the adapter kept to the protocol."""
    async with Server() as server:
        server.deliveries.retries_s = (0.2,) * 20
        yield server
        server.heal()
        assert server.world.violations == []


@pytest.fixture
async def sender(feishu: Server) -> AsyncIterator[Feishu]:
    """An adapter that sends, without receiving."""
    adapter = make_hooked(feishu)
    yield adapter
    feishu.heal()
    await adapter.check()  # closes the session


def outgoing(chat: str, operation: Any = "post", **changes: Any) -> Outgoing:
    """Make a message."""
    values: dict[str, Any] = {"id": f"o-{next(_ids)}", "reply": HELLO, "language": "zh", "chat": chat}
    return Outgoing(operation=operation, **values | changes)


def room(feishu: Server) -> tuple[str, str]:
    """Open a group with one person in it."""
    who = feishu.world.add_person("李四")
    return who, feishu.world.add_chat("双11", [who])


async def acked(delivery: Delivery | None) -> Delivery:
    """Wait until it is acknowledged, or given up."""
    assert delivery is not None
    async with asyncio.timeout(20):
        await delivery.ended.wait()
    return delivery


# -- the long connection ---------------------------------------------------------------------------------


async def test_everything_that_arrives_by_long_connection(feishu: Server) -> None:
    who, group = room(feishu)
    people, dispatch, adapter = feishu.people, Recorder(), make(feishu)
    gaps: list[float] = []

    async def beat() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            gaps.append(time.perf_counter() - began)

    beating = asyncio.create_task(beat())
    async with running(feishu, adapter, dispatch):
        feishu.deliveries.faults.append({"kind": "halve"})
        said = await acked(people.say(who, group, "{bot} 帮助"))
        assert said.status == 200 and len(said.sent_at) == 1
        for told in (people.enter(who), people.other("im.chat.disbanded_v1"), people.other("contact.user.created_v3")):
            assert (await acked(told)).status == 200, "what is not asked for is acknowledged"
        await acked(people.choose(who, "my_tasks"))
        marked = people.say(who, group, "客户要改主图", hears_all=False)
        assert marked is None, "the app does not hear talk"
        await acked(people.react(who, list(feishu.world.messages)[-1], "Pin"))
        await acked(people.recall(next(iter(feishu.world.messages))))
        await acked(people.invite_bot(who, group))
        dispatch.outcome = Outcome("again")
        refused = await acked(people.say(who, group, "{bot} 再来"))
        assert refused.ack == "again" and len(refused.sent_at) > 3
        assert {event.key for event in dispatch.events[-3:]} == {dispatch.events[-1].key}, "told again, it is the same"
    beating.cancel()
    kinds = [event.kind for event in dispatch.events[:6]]
    assert kinds == ["said", "said", "reacted", "deleted", "joined", "said"]
    menu, reaction, recall = dispatch.events[1:4]
    assert menu.place.chat == feishu.world.direct(who)
    assert (reaction.place.chat, reaction.text, reaction.values["author"]) == (group, ("客户要改主图",), who)
    assert recall.sender.account == who
    assert max(gaps) < 0.5, "the loop is not held up, not by the import either"
    assert not [each for each in threading.enumerate() if each.name == "feishu"]


async def test_connection_comes_back_after_cuts_refusals_and_deafness(feishu: Server) -> None:
    who, group = room(feishu)
    dispatch, adapter = Recorder(), make(feishu, stale_s=1.5)
    feishu.deliveries.retries_s = (0.3,) * 60
    async with running(feishu, adapter, dispatch):
        first = feishu.sockets[0]
        feishu.deliveries.faults.append({"kind": "cut"})
        await acked(feishu.people.say(who, group, "{bot} 一"))
        feishu.mute = True  # the socket stands, but nothing is behind it
        second = feishu.sockets[-1]
        await until(lambda: feishu.sockets and feishu.sockets[-1] not in (first, second))
        feishu.mute = False
        feishu.api_faults.append({"about": "ws/endpoint", "kind": "html", "times": 2})
        feishu.api_faults.append({"about": "socket", "kind": "refuse", "times": 1})
        await feishu.sockets[-1].close()
        assert (await acked(feishu.people.say(who, group, "{bot} 二"))).ack == "ok"
        assert adapter.trouble is None
    assert {"".join(map(str, event.text)) for event in dispatch.events} == {"一", "二"}


async def test_hung_discovery_holds_up_neither_the_loop_nor_the_stop(feishu: Server) -> None:
    feishu.api_faults.append({"about": "ws/endpoint", "kind": "hang", "times": 9})
    adapter = make(feishu)
    task = asyncio.create_task(adapter.run(Recorder()))
    await until(lambda: any("ws/endpoint" in call["call"] for call in feishu.world.calls), within_s=60)
    began = time.perf_counter()
    await asyncio.sleep(0.05)
    assert time.perf_counter() - began < 0.5
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert time.perf_counter() - began < 4


async def test_wrong_secret_stops_the_start(feishu: Server) -> None:
    adapter = make(feishu, app_secret="f" * 16 + "0" * 16)
    with pytest.raises(Misconfigured, match="drumbeat doctor"):
        async with asyncio.timeout(10):
            await adapter.run(Recorder())
    assert adapter.trouble


def test_sdk_is_imported_only_where_the_long_connection_is_used() -> None:
    program = """
import sys
from bot.config import Feishu, Settings
from bot.platforms import platforms
from commands.words.catalog import load
from bot.observe import utc_now
platforms(Settings(), load(), clock=utc_now)
assert not any(name.startswith(("lark_oapi", "adapters.feishu")) for name in sys.modules)
keys = {"encrypt_key": "k1" * 9, "verification_token": "v1" * 9}
app = {"app_id": "cli_0123456789abcdef", "app_secret": "0123456789abcdef"}
for section in (app, app | keys):
    (adapter,) = platforms(Settings(feishu=Feishu(**section)), load(), clock=utc_now)
    print(adapter.name, adapter.has_socket, "lark_oapi" in sys.modules)
"""
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert said.stdout.splitlines() == ["feishu True False", "feishu False False"]


# -- presses -------------------------------------------------------------------------------------------------


@pytest.fixture
async def hooked(feishu: Server) -> AsyncIterator[tuple[Feishu, Recorder]]:
    """An adapter in HTTP mode, up."""
    adapter, dispatch = make_hooked(feishu), Recorder()
    async with served(feishu, adapter), running(feishu, adapter, dispatch):
        await acked(feishu.people.other("im.chat.disbanded_v1"))
        yield adapter, dispatch


async def test_press_is_answered_with_the_card_as_it_is_now(feishu: Server, hooked: tuple[Feishu, Recorder]) -> None:
    (adapter, dispatch), (who, group) = hooked, room(feishu)
    card = Reply(title=("T-1",), buttons=(Button("完成", "task done", {}, "完成 T-1", mac="m"),))
    sent = await adapter.send(outgoing(group, reply=card))
    assert sent.message
    dispatch.outcome = Outcome("ok", CardNow(Reply(title=("T-1 已完成",)), "好了"))
    press = await acked(feishu.people.press(who, sent.message, "完成"))
    assert press.answer is not None and press.answer["toast"] == {"type": "info", "content": "好了"}
    assert feishu.world.messages[sent.message].seen.text.startswith("T-1 已完成")
    await adapter.send(outgoing(group, "update", reply=card, message=sent.message))
    dispatch.outcome = Outcome("ok", Toast("已经好了"))
    press = await acked(feishu.people.press(who, sent.message, "完成"))
    assert press.answer == {"toast": {"type": "info", "content": "已经好了"}}
    dispatch.outcome = Outcome("again")
    press = await acked(feishu.people.press(who, sent.message, "完成"))
    assert press.answer == {"toast": {"type": "error", "content": NOTICES.not_saved["zh"]}}


async def test_card_is_edited_only_after_its_press_was_answered(feishu: Server) -> None:
    adapter, (who, group), edits = make_hooked(feishu), room(feishu), list[asyncio.Task[Any]]()

    async def dispatch(event: Event) -> Outcome:
        """Have the edit leave while the answer is made, as the outbox does once all is stored."""
        edits.append(asyncio.create_task(adapter.send(outgoing(group, "update", reply=HELLO, message=event.message))))
        await asyncio.sleep(0.05)
        return Outcome("ok", Toast("好了"))

    async with served(feishu, adapter), running(feishu, adapter, dispatch):
        card = Reply(title=("T-1",), buttons=(Button("完成", "task done", {}, "完成 T-1", mac="m"),))
        sent = await adapter.send(outgoing(group, reply=card))
        await acked(feishu.people.press(who, sent.message or "", "完成"))
        await asyncio.gather(*edits)
        assert feishu.world.messages[sent.message or ""].edits == 1


async def test_form_tells_what_is_wrong_and_closes_once_taken(feishu: Server, hooked: tuple[Feishu, Recorder]) -> None:
    (adapter, dispatch), (who, group) = hooked, room(feishu)
    await adapter.send(outgoing(group, "private", account=who, reply=Reply(form=FORM)))
    (form,) = feishu.world.sees(who, group)
    assert form.only_for == who
    dispatch.outcome = Outcome("ok", FormErrors({"due": "看不懂这个日期"}))
    wrong = await acked(feishu.people.submit(who, form.id, {"due": "哪天呢"}))
    assert wrong.answer is not None and wrong.answer["toast"]["type"] == "error"
    assert form.seen.form is not None and form.seen.form["inputs"]["due"]["default_value"] == "哪天呢"
    assert "看不懂这个日期" in form.seen.text
    dispatch.outcome = Outcome("ok")
    await acked(feishu.people.submit(who, form.id, {"due": "周五"}))
    closed = feishu.world.messages[form.id].seen
    assert closed.form is None and "改日期" in closed.text and NOTICES.taken["zh"] in closed.text
    assert [event.values for event in dispatch.events[-2:]] == [{"due": "哪天呢"}, {"due": "周五"}]


# -- posts in ------------------------------------------------------------------------------------------------


async def test_address_is_proved_and_what_is_forged_is_refused(feishu: Server, hooked: tuple[Feishu, Recorder]) -> None:
    (_, dispatch), (who, group) = hooked, room(feishu)
    assert await feishu.verify_url()
    feishu.deliveries.retries_s = ()
    for forged in ("forge", "stale", "tamper", "plain", "token"):
        feishu.deliveries.faults.append({"kind": forged})
        told = await acked(feishu.people.say(who, group, "{bot} 帮助"))
        assert (told.status, told.ack) in ((401, "again"), (400, "again")), forged
    assert dispatch.events == []
    assert (await acked(feishu.people.say(who, group, "{bot} 帮助"))).ack == "ok"


async def test_challenge_needs_no_signature_but_the_key_and_the_token(feishu: Server) -> None:
    adapter = make_hooked(feishu)
    (route,) = adapter.routes()
    told: Json = {"type": "url_verification", "challenge": "c-1", "token": feishu.world.verification_token}
    raw, _ = sealed(feishu.world, told)
    answered = await route.handler(HttpRequest({}, raw))
    assert (answered.status, json.loads(answered.body)) == (200, {"challenge": "c-1"})
    raw, _ = sealed(feishu.world, told | {"token": "x" * 32})
    assert (await route.handler(HttpRequest({}, raw))).status == 401
    assert (await route.handler(HttpRequest({}, b"x" * 1_000_001))).status == 413


async def test_another_app_is_forbidden(feishu: Server, hooked: tuple[Feishu, Recorder]) -> None:
    feishu.deliveries.retries_s = ()
    feishu.world.app_id, own = "cli_of_somebody_else", feishu.world.app_id
    told = await acked(feishu.people.other("im.chat.disbanded_v1"))
    feishu.world.app_id = own
    assert told.status == 403


# -- sending -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "ratelimit", "reset": 7}, Retry),
        ({"kind": "error", "code": 230020}, Retry),
        ({"kind": "error", "code": 230049}, Retry),
        ({"kind": "error", "code": 230002}, Gone),
        ({"kind": "error", "code": 230028}, Gone),
        ({"kind": "status", "status": 502}, Unsure),
        ({"kind": "html", "status": 200}, Unsure),
        ({"kind": "reset"}, Unsure),
        ({"kind": "swallow"}, Unsure),
    ],
)
async def test_failures_are_what_the_port_calls_them(
    feishu: Server, sender: Feishu, fault: Json, error: type[SendError]
) -> None:
    who, group = room(feishu)
    feishu.api_faults.append({"about": "POST im/v1/messages", **fault})
    asked = outgoing(group)
    with pytest.raises(error) as caught:
        await sender.send(asked)
    assert type(caught.value) is error or issubclass(type(caught.value), error)
    if fault["kind"] == "ratelimit":
        assert isinstance(caught.value, Retry) and caught.value.after_s == 7.0
        with pytest.raises(Retry):
            await sender.send(asked)
        return
    await sender.send(replace(asked, attempt=2))
    assert len(feishu.world.sees(who, group)) == 1, "a post is not doubled, whatever became of the first"


async def test_token_that_ended_is_renewed_within_the_call(feishu: Server, sender: Feishu) -> None:
    _, group = room(feishu)
    await sender.send(outgoing(group))
    feishu.world.tokens.clear()
    await sender.send(outgoing(group))
    tokens = [call for call in feishu.world.calls if "tenant_access_token" in call["call"]]
    assert len(tokens) == 2
    feishu.api_faults.append({"about": "im/v1/messages", "kind": "error", "code": 99991663, "times": 2})
    with pytest.raises(Retry):
        await sender.send(outgoing(group))


async def test_many_posts_in_one_chat_keep_its_pace(feishu: Server, sender: Feishu) -> None:
    who, group = room(feishu)
    async with asyncio.timeout(20):
        sent = await asyncio.gather(*(_patiently(sender, outgoing(group)) for _ in range(12)))
    assert len({each.message for each in sent}) == 12 == len(feishu.world.sees(who, group))


async def _patiently(sender: Feishu, asked: Outgoing) -> Any:
    while True:
        try:
            return await sender.send(asked)
        except Retry as error:
            await asyncio.sleep(error.after_s or 0.2)


async def test_private_answer_falls_back_to_the_direct_chat(feishu: Server, sender: Feishu) -> None:
    world, (who, group) = feishu.world, room(feishu)
    topics = world.add_chat("话题", [who], is_topics=True)
    for chat in (group, topics):
        await sender.send(outgoing(chat, "private", account=who))
    world.people[who]["is_here"] = True
    assert [each.only_for for each in world.sees(who, group)] == [who]
    assert len(world.sees(who, world.direct(who))) == 1, "there are no private cards among topics"


async def test_card_too_old_to_be_edited_is_posted_anew(feishu: Server, sender: Feishu) -> None:
    who, group = room(feishu)
    sent = await sender.send(outgoing(group))
    feishu.world.age_s = 15 * 24 * 3600
    asked = outgoing(group, "update", message=sent.message)
    again = await sender.send(asked)
    assert again.message not in (None, sent.message)
    assert (await sender.send(asked)).message == again.message
    assert len(feishu.world.sees(who, group)) == 2


async def test_recalled_card_is_gone_and_a_recalled_root_needs_no_thread(feishu: Server, sender: Feishu) -> None:
    who, group = room(feishu)
    sent = await sender.send(outgoing(group))
    assert sent.message
    feishu.world.messages[sent.message].is_recalled = True
    with pytest.raises(Gone):
        await sender.send(outgoing(group, "update", message=sent.message))
    await sender.send(outgoing(group, thread=sent.message))
    assert [each.thread for each in feishu.world.sees(who, group)] == [""]


async def test_picture_is_shown_and_an_unknown_one_told(feishu: Server, sender: Feishu) -> None:
    who, group = room(feishu)
    key = await sender.upload(b"\x89PNG\r\n\x1a\n")
    reply = Reply(parts=(Image("<svg/>", "12 of 15"),))
    await sender.send(outgoing(group, reply=reply, pictures=(key,)))
    await sender.send(outgoing(group, reply=reply, pictures=("img_v3_unknown",)))
    first, second = feishu.world.sees(who, group)
    assert first.seen.images == [key] and second.seen.text == "12 of 15"


# -- people and the doctor --------------------------------------------------------------------------------------


async def test_profile_tells_name_and_zone(feishu: Server, sender: Feishu) -> None:
    who = feishu.world.add_person("李四", email="li@shop.example", time_zone="Asia/Shanghai")
    found = await sender.profile(who)
    assert found is not None and (found.name, found.timezone, found.email) == (
        "李四",
        "Asia/Shanghai",
        "li@shop.example",
    )
    feishu.world.scopes.clear()
    assert await sender.profile(who) is None


async def test_doctor_finds_nothing_where_all_is_well(feishu: Server) -> None:
    found = await make(feishu).check()
    assert all(each.is_fine for each in found), found
    assert {"feishu app", "feishu posting", "feishu long connection", "feishu events"} <= {
        each.subject for each in found
    }
    assert any("cannot be checked" in each.detail for each in found)
    assert not feishu.world.messages
    feishu.world.violations.clear()  # its probes carry nothing


@pytest.mark.parametrize("scope", sorted(SCOPES))
async def test_doctor_names_each_missing_permission(feishu: Server, scope: str) -> None:
    feishu.world.scopes.discard(scope)
    bad = [each for each in await make_hooked(feishu).check() if not each.is_fine]
    assert bad and all(scope in each.detail and "release" in each.remedy for each in bad)
    feishu.world.violations.clear()


async def test_doctor_tells_a_wrong_secret_and_a_refused_connection(feishu: Server) -> None:
    (wrong,) = await make(feishu, app_secret="0123456789abcdef").check()
    assert not wrong.is_fine and "refuses" in wrong.detail
    feishu.api_faults.append({"about": "ws/endpoint", "kind": "error", "code": 1000040350})
    line = (await make(feishu).check())[-1]
    assert not line.is_fine and "1000040350" in line.detail
    feishu.world.violations.clear()


async def test_nothing_that_is_logged_holds_a_secret(feishu: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    who, group = room(feishu)
    async with running(feishu, make(feishu), Recorder()):
        await acked(feishu.people.say(who, group, "{bot} 秘密的话"))
        feishu.deliveries.faults.append({"kind": "cut"})
        await acked(feishu.people.say(who, group, "{bot} 秘密的话"))
    for secret in (feishu.world.app_secret, "ticket=", "秘密的话", *feishu.world.tokens):
        assert secret not in "".join(r.getMessage() for r in caplog.records if not r.name.startswith("websockets"))


# -- construction --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["app_id", "app_secret", "encrypt_key"])
@pytest.mark.parametrize("secret", ["", "short", "changeme-changeme", "x" * 32, "a secret with spaces"])
def test_what_is_no_secret_is_refused_by_name(field: str, secret: str) -> None:
    feishu = Server()
    feishu.port = 9
    keys = {"encrypt_key": feishu.world.encrypt_key, "verification_token": feishu.world.verification_token}
    with pytest.raises(ValueError, match=field):
        make(feishu, **keys | {field: secret})


def test_key_and_token_go_together_and_nothing_is_sent_in_the_clear() -> None:
    feishu = Server()
    feishu.port = 9
    with pytest.raises(ValueError, match="verification_token"):
        make(feishu, encrypt_key="k1" * 9)
    with pytest.raises(ValueError, match="domain"):
        make(feishu, domain="http://open.feishu.cn")
