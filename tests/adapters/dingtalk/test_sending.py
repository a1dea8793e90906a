"""Sending, over the fake beside it: which call a message becomes, and what becomes of every error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.dingtalk.client import Client
from adapters.dingtalk.render import Template
from adapters.dingtalk.sending import Sending
from commands.core.ports import Gone, Outgoing, Retry, Sent, Unsure
from commands.core.reply import Button, Image, Ref, Reply, Text, Who
from tests.adapters.dingtalk.test_adapter import make, now, records, server
from tests.fakes.dingtalk.server import Server

__all__ = ["server"]
pytestmark = pytest.mark.slow

TO_GROUP = "/v1.0/robot/groupMessages/send"
TO_PERSON = "/v1.0/robot/oToMessages/batchSend"
CREATE = "/v1.0/card/instances/createAndDeliver"
HELLO = Reply(parts=(Text(("你好",)),))
BUTTON = Button("完成", "task done", {"tasks": ["T-1"]}, "完成 T-1", mac="0" * 32)
CARD = Reply(title=("T-1 主图",), parts=(Text(("待办",)),), buttons=(BUTTON,), about=Ref("task", 1, "T-1"))


@dataclass
class Desk:
    """What sends, and a group of one person whom it can write to."""

    server: Server
    client: Client
    sending: Sending
    group: str
    person: str
    hands: list[float]
    """Seconds that the test moved the clock by."""

    async def post(self, reply: Reply = HELLO, **how: Any) -> Sent:
        """Send something to the group, or elsewhere."""
        values: dict[str, Any] = {"id": "l1", "operation": "post", "chat": self.group, "language": "zh"}
        return await self.sending.send(Outgoing(reply=reply, **values | how))

    async def tell(self, **how: Any) -> Sent:
        """Send something to the person."""
        return await self.post(operation="direct", chat=None, **{"account": self.person, **how})

    @property
    def calls(self) -> list[str]:
        """What was called so far, but for tokens."""
        return [each["call"] for each in records(self.server, "call") if each["call"] != "token"]


@asynccontextmanager
async def desk_of(server: Server, *, has_template: bool, posts_per_minute: int = 200) -> AsyncIterator[Desk]:
    """Sit down before a fake."""
    world, hands = server.world, [0.0]
    person = server.do_add_person("李四")
    client = Client(
        client_id=world.client_id,
        client_secret=world.client_secret,
        api_url=server.origin,
        oapi_url=server.origin,
        ticks=lambda: time.monotonic() + hands[0],
    )
    sending = Sending(
        client,
        robot=world.client_id,
        template=Template(world.template) if has_template else None,
        posts_per_minute=posts_per_minute,
        clock=now,
        ticks=lambda: hands[0],
    )
    try:
        yield Desk(server, client, sending, server.do_add_group("群", [person]), person, hands)
    finally:
        await client.close()


@pytest.fixture
async def desk(server: Server) -> AsyncIterator[Desk]:
    """Sit down without a card template."""
    async with desk_of(server, has_template=False) as found:
        yield found


@pytest.fixture
async def cards(server: Server) -> AsyncIterator[Desk]:
    """Sit down with one."""
    async with desk_of(server, has_template=True) as found:
        yield found


def hear(desk: Desk, *, url: str | None = None, life_s: float = 3600) -> None:
    """Let a session webhook of the group be known."""
    ends = now().timestamp() + life_s
    desk.server.world.webhooks["session"] = (desk.group, ends)
    own = f"{desk.server.origin}/robot/sendBySession?session=session"
    desk.sending.learn(desk.group, own if url is None else url, ends)


# Which way.


async def test_robot_serves_where_there_is_no_webhook(desk: Desk) -> None:
    sent = await desk.post()
    assert sent.message == f"text:{desk.server.world.messages[-1].id}"
    await desk.tell()
    assert desk.calls == [TO_GROUP, TO_PERSON]


async def test_webhook_serves_while_it_lives_and_calls_people(desk: Desk) -> None:
    hear(desk)
    await desk.post(Reply(parts=(Text((Who(1, "李四", pings=True, account=desk.person), " 看")),)))
    assert desk.calls == ["webhook"]
    assert desk.server.world.messages[-1].at == [desk.person]
    assert f"@{desk.person}" in desk.server.world.messages[-1].text


@pytest.mark.parametrize("life_s", [-5.0, 20.0])
async def test_webhook_that_is_over_or_nearly_is_not_used(desk: Desk, life_s: float) -> None:
    hear(desk, life_s=life_s)
    await desk.post()
    assert desk.calls == [TO_GROUP]


async def test_webhook_that_ended_early_gives_way_to_the_robot_in_the_same_send(desk: Desk) -> None:
    hear(desk)
    desk.server.do_expire(webhooks=True)
    await desk.post(Reply(parts=(Text((Who(1, "李四", pings=True, account=desk.person), " 看")),)))
    assert desk.calls == ["webhook", TO_GROUP]
    assert desk.server.world.messages[-1].text == "**李四** 看"
    await desk.post(id="l2")
    assert desk.calls[2:] == [TO_GROUP]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/robot/sendBySession?session=s",
        "https://oapi.dingtalk.com.evil.example/x",
        "http://oapi.dingtalk.com/x",
        "https://user@oapi.dingtalk.com/x",
        "file:///etc/passwd",
        "",
    ],
)
async def test_webhook_of_another_host_is_never_called(desk: Desk, url: str) -> None:
    hear(desk, url=url)
    await desk.post()
    assert desk.calls == [TO_GROUP]


@pytest.mark.parametrize(
    ("url", "is_theirs"),
    [
        ("https://oapi.dingtalk.com/robot/sendBySession?session=s", True),
        ("wss://wss-open-connection.dingtalk.com:443/connect", True),
        ("ws://wss-open-connection.dingtalk.com/connect", False),
        ("https://dingtalk.com.evil.example/", False),
        ("https://notdingtalk.com/", False),
    ],
)
async def test_own_hosts_are_dingtalks_and_those_that_are_configured(url: str, is_theirs: bool) -> None:
    client = Client(client_id="i", client_secret="s", api_url="https://api.ding.corp.example")
    assert client.is_dingtalks(url) is is_theirs
    assert client.is_dingtalks("https://api.ding.corp.example/x")
    assert not client.is_dingtalks("http://127.0.0.1/x"), "loopback only beside a loopback API"


# Cards.


async def test_card_is_edited_in_place_and_keeps_nothing_of_before(cards: Desk) -> None:
    sent = await cards.post(CARD)
    assert sent.message == "card:l1"
    done = Reply(title=("T-1 主图",), parts=(Text(("已完成",)),), about=CARD.about)
    await cards.post(done, id="l2", operation="update", message=sent.message)
    (message,) = cards.server.world.messages
    assert message.card is not None and message.edits == 1
    assert (message.card["body"], message.card["button1"], message.card["carry1"]) == ("已完成", "", "")


async def test_card_calls_whom_it_names_when_it_is_posted(cards: Desk) -> None:
    named = Reply(parts=(Text((Who(1, "李四", pings=True, account=cards.person),)),), buttons=(BUTTON,))
    await cards.post(named)
    assert cards.server.world.messages[-1].at == [cards.person]


async def test_card_goes_to_a_person_too(cards: Desk) -> None:
    sent = await cards.tell(reply=CARD)
    assert sent == Sent("card:l1", f"dm:{cards.person}")
    assert cards.server.world.messages[-1].chat == cards.person


async def test_plain_words_are_no_card(cards: Desk) -> None:
    await cards.post()
    assert cards.calls == [TO_GROUP]


@pytest.mark.parametrize("kind", ["reset", "html"])
async def test_card_whose_answer_was_lost_is_found_again(cards: Desk, kind: str) -> None:
    cards.server.do_spoil_answers(kind=kind, call=CREATE, accepts=True, times=1, status=502)
    with pytest.raises(Unsure):
        await cards.post(CARD)
    assert (await cards.post(CARD, attempt=2)).message == "card:l1"
    assert len(cards.server.world.messages) == 1


async def test_card_of_a_process_that_died_is_found_again(cards: Desk) -> None:
    await cards.post(CARD)
    assert (await cards.post(CARD)).message == "card:l1"
    assert len(cards.server.world.messages) == 1


async def test_text_that_was_posted_before_there_was_a_template_becomes_a_card(cards: Desk) -> None:
    sent = await cards.post(CARD, operation="update", message="text:old")
    assert sent.message == "card:l1"


# Without a template.


async def test_changed_card_is_posted_anew_and_an_unchanged_one_is_not(desk: Desk) -> None:
    shown = Reply(title=("T-1 主图",), parts=(Text(("待办",)),), about=CARD.about)
    sent = await desk.post(shown)
    again = await desk.post(shown, id="l2", operation="update", message=sent.message)
    assert again.message == sent.message and len(desk.server.world.messages) == 1
    done = Reply(title=("T-1 主图",), parts=(Text(("已完成",)),), about=CARD.about)
    changed = await desk.post(done, id="l3", operation="update", message=sent.message)
    assert changed.message != sent.message and len(desk.server.world.messages) == 2


async def test_long_message_goes_on_where_it_stood(desk: Desk) -> None:
    long = Reply(parts=tuple(Text((f"{number}" + "长" * 1_400,)) for number in range(9)))
    desk.server.do_spoil_answers(kind="error", call=TO_GROUP, times=1, after=1, status=403, code="QpsLimitForApi")
    with pytest.raises(Retry):
        await desk.post(long)
    desk.hands[0] += 300
    await desk.post(long)
    said = "".join(each.text for each in desk.server.world.messages)
    assert said.count("长") == 9 * 1_400


async def test_picture_is_uploaded_and_shown(desk: Desk) -> None:
    media = await desk.client.upload(b"\x89PNG\r\n\x1a\n")
    await desk.post(Reply(parts=(Image("<svg/>", "图"),)), pictures=(media,))
    assert f"![图]({media})" in desk.server.world.messages[-1].text
    assert desk.server.world.violations == []


# What goes wrong.


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "reset"}, Unsure),
        ({"kind": "html", "status": 502}, Unsure),
        ({"kind": "error", "status": 500, "code": "ServiceUnavailable"}, Unsure),
        ({"kind": "error", "status": 403, "code": "Forbidden.AccessDenied.QpsLimitForApi"}, Retry),
        ({"kind": "error", "status": 403, "code": "Forbidden.AccessDenied.ApiCountLimitForOrg"}, Retry),
        ({"kind": "errcode", "errcode": 90018}, Retry),
        ({"kind": "errcode", "errcode": -1}, Retry),
        ({"kind": "error", "status": 400, "code": "invalidParameter.msgParam"}, Gone),
        ({"kind": "error", "status": 403, "code": "Forbidden.AccessDenied.AccessTokenPermissionDenied"}, Gone),
        ({"kind": "error", "status": 404, "code": "chat.notExist"}, Gone),
    ],
)
async def test_every_error_is_told_as_what_it_is(desk: Desk, fault: dict[str, Any], error: type[Exception]) -> None:
    desk.server.do_spoil_answers(call=TO_GROUP, times=1, **fault)
    with pytest.raises(error) as caught:
        await desk.post()
    hidden = [desk.server.world.client_secret, *desk.server.world.tokens]
    assert not any(each in str(caught.value) for each in hidden)


async def test_limit_is_waited_for_longer_each_time_and_holds_all(desk: Desk) -> None:
    desk.server.do_spoil_answers(kind="error", call=TO_GROUP, times=2, status=403, code="QpsLimitForApi")
    waits = []
    for _ in range(2):
        with pytest.raises(Retry) as caught:
            await desk.post()
        waits.append(caught.value.after_s or 0)
        with pytest.raises(Retry, match="asked to wait"):
            await desk.post()
        desk.hands[0] += 300
    assert 1.5 <= waits[0] <= 2.5 and 3.0 <= waits[1] <= 5.0
    await desk.post()


async def test_calls_of_the_app_wait_for_each_other_and_a_long_queue_comes_again(server: Server) -> None:
    async with desk_of(server, has_template=False, posts_per_minute=10_000) as desk:
        began = time.monotonic()
        ends = await asyncio.gather(*(desk.post(id=f"l{number}") for number in range(100)), return_exceptions=True)
        took = time.monotonic() - began
    sent = [each for each in ends if isinstance(each, Sent)]
    later = [each for each in ends if isinstance(each, Retry)]
    assert len(sent) == len(server.world.messages) and len(sent) + len(later) == 100
    assert 30 <= len(sent) <= 5 + 16 * took, "fifteen a second, after the first five"
    assert all(each.after_s == 3.0 for each in later)


async def test_full_conversation_rests_alone(desk: Desk) -> None:
    hear(desk)
    desk.server.do_spoil_answers(kind="errcode", call="webhook", errcode=130101, times=1)
    with pytest.raises(Retry):
        await desk.post()
    with pytest.raises(Retry, match="rests"):
        await desk.post()
    await desk.tell()


async def test_used_up_quota_is_a_trouble_until_a_call_is_done(desk: Desk) -> None:
    desk.server.do_spoil_answers(
        kind="error", call=TO_GROUP, times=1, status=403, code="Forbidden.AccessDenied.ApiCountLimitForOrg"
    )
    with pytest.raises(Retry) as caught:
        await desk.post()
    assert caught.value.after_s == 3600
    assert desk.client.trouble is not None
    await desk.post()
    assert desk.client.trouble is None


async def test_token_that_ran_out_is_fetched_once_for_all(desk: Desk) -> None:
    await desk.post()
    desk.server.do_expire(tokens=True)
    await desk.post(id="l2")
    await desk.client.upload(b"\x89PNG\r\n\x1a\n")
    assert desk.calls.count(TO_GROUP) == 3
    assert len(desk.server.world.tokens) == 1


async def test_old_api_tells_of_its_token_by_errcode(server: Server) -> None:
    person = server.do_add_person("李四")
    adapter = make(server, has_template=False)
    for _ in range(2):
        profile = await adapter.profile(person)
        assert profile is not None and profile.name == "李四"
        server.do_expire(tokens=True)
    assert await adapter.profile("$:LWCP_v1:$x") is None
    await adapter.check()


async def test_token_that_lives_shortly_is_not_fetched_for_every_call(desk: Desk) -> None:
    desk.server.do_configure(token_life_s=60)
    for number in range(3):
        await desk.post(id=f"l{number}")
    assert len(desk.server.world.tokens) == 1


async def test_pace_of_a_conversation_makes_wait_and_never_fails(server: Server) -> None:
    server.do_configure(per_minute=200)
    async with desk_of(server, has_template=False, posts_per_minute=20) as desk:
        sent_at: list[float] = []
        while len(sent_at) < 40:
            try:
                await desk.post(id=f"l{len(sent_at)}")
                sent_at.append(desk.hands[0])
            except Retry as error:
                assert error.after_s is not None and error.after_s > 0
                desk.hands[0] += error.after_s
        assert all(later - sooner >= 59.9 for sooner, later in zip(sent_at, sent_at[20:], strict=False))
        assert sent_at[4] == 0.0, "five may go at once"
        await desk.tell()


async def test_nobody_can_write_to_a_stranger(desk: Desk) -> None:
    with pytest.raises(Gone, match="organisation"):
        await desk.tell(account="$:LWCP_v1:$x")
    with pytest.raises(Gone, match="no such person"):
        await desk.tell(account="nobody")


async def test_forms_are_gone_and_there_is_no_home(desk: Desk) -> None:
    with pytest.raises(Gone):
        await desk.post(operation="form", account=desk.person)
    assert await desk.post(operation="home", account=desk.person) == Sent()
