"""DingTalk as an adapter, over the fake beside it: the contract of the port, with a card template and without."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.dingtalk.adapter import DingTalk
from adapters.dingtalk.render import Template
from adapters.intake import Notices
from commands.core.ports import Adapter, Outgoing, Sent
from commands.core.reply import Button, Outcome, Reply, Strong, Text
from tests.adapters.contract import AdapterContract, Seen, Stage, outgoing
from tests.fakes.dingtalk.markdown import read
from tests.fakes.dingtalk.server import Server
from tests.fakes.record import Json, read_log

pytestmark = pytest.mark.slow

NOTICES = Notices(not_saved={"zh": "没存上，请再来一次", "en": "Not saved, please do it once more"})
ACK_S = 0.3


def now() -> datetime:
    """Give the instant, which session webhooks are held against."""
    return datetime.now(UTC)


def make(server: Server, *, has_template: bool, kind: type[DingTalk] = DingTalk, **changes: Any) -> DingTalk:
    """Make an adapter on a fake."""
    values: dict[str, Any] = {
        "client_id": server.world.client_id,
        "client_secret": server.world.client_secret,
        "api_url": server.origin,
        "oapi_url": server.origin,
        "template": Template(server.world.template) if has_template else None,
        "notices": NOTICES,
        "clock": now,
    }
    return kind(**values | changes)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """Run the fake in this loop, in which nothing of ours may block."""
    running = Server(tmp_path / "dingtalk.log")
    await running.start()
    running.do_configure(ack_s=ACK_S, retries_s=[], per_minute=200)
    yield running
    await running.stop()


def records(server: Server, what: str) -> list[Json]:
    """Give what the fake noted of one kind."""
    server.world.log.write()
    return [each for each in read_log(server.log) if each["what"] == what]


def letters(text: str) -> str:
    """Take full-width twins for the signs that they look like, and leave out what nobody sees."""
    folded = unicodedata.normalize("NFKC", text)
    return re.sub(r"\s+", " ", "".join(each for each in folded if unicodedata.category(each) != "Cf")).strip()


def stage_of(server: Server, adapter: Adapter) -> Stage:
    """Put two people into a group, and look at it as they do."""
    first, second = server.do_add_person("陈晨"), server.do_add_person("李四")
    group = server.do_add_group("双11作战室", [first, second])
    numbers = itertools.count(1)

    def sees(account: str, chat: str) -> Sequence[Seen]:
        person = chat.removeprefix("dm:")
        if chat not in (group, f"dm:{account}"):
            return []
        found = [each for each in server.world.messages if each.chat == person and each.sender == "bot"]
        return [_seen(each) for each in found]

    async def say(account: str, chat: str, text: str) -> Outcome:
        where = None if chat.startswith("dm:") else chat
        for _ in range(25):  # until the stream stands, if it ever will
            if server.streams.open:
                break
            await server.world.changed(server.world.seq, 0.02)
        told = server.do_say(account, where, f"{text}{' ' * next(numbers)}", [])
        delivery = server.streams.deliveries[told["delivery"]]
        while not delivery.has_ended:
            await server.world.changed(server.world.seq, ACK_S)
        return Outcome("ok" if delivery.acks else "again")

    return Stage(
        adapter, group, first, second, sees, lambda account: f"dm:{account}", say, trigger=str, letters=letters
    )


def _seen(message: Any) -> Seen:
    if message.card is None:
        return Seen(f"text:{message.id}", read(message.text, message.at).text)
    words = read(message.card["body"], message.at).text
    return Seen(f"card:{message.track}", words if words else message.card["title"])


class TestWithoutTemplate(AdapterContract):
    """The contract, where nothing can be pressed or edited."""

    @pytest.fixture
    async def stage(self, server: Server) -> AsyncIterator[Stage]:
        """Open it."""
        adapter = make(server, has_template=False, posts_per_minute=200)
        yield replace(stage_of(server, adapter), knows_ids=False)
        assert server.world.violations == []
        await adapter.check()

    async def test_what_is_within_the_limits_is_sent_whole(self, stage: Stage) -> None:
        limits = stage.adapter.limits
        parts = tuple(Text((f"{number:04}" + "长" * 496,)) for number in range(20))
        assert limits.parts >= 20 and limits.text_chars >= 500
        await stage.adapter.send(outgoing(stage, reply=Reply(title=(Strong("标题"),), parts=parts)))
        seen = stage.sees(stage.first, stage.group)
        assert len(seen) > 1, "it comes in several messages"
        text = "\n".join(each.text for each in seen)
        assert [line[:4] for line in text.split("\n")[1:]] == [f"{number:04}" for number in range(20)]
        assert text.count("长") == 20 * 496


class TestWithTemplate(AdapterContract):
    """The contract, where cards are edited in place."""

    @pytest.fixture
    async def stage(self, server: Server) -> AsyncIterator[Stage]:
        """Open it; what the contract sends is made a card by a button."""
        adapter = make(server, has_template=True, kind=_Carded, posts_per_minute=200)
        yield stage_of(server, adapter)
        assert server.world.violations == []
        await adapter.check()

    async def test_what_is_within_the_limits_is_sent_whole(self, stage: Stage) -> None:
        parts = tuple(Text((f"{number:04}" + "长" * 96,)) for number in range(20))
        buttons = tuple(
            Button(f"按钮{number}", "task done", {"tasks": [f"T-{number}"]}, f"完成 T-{number}", mac="0" * 32)
            for number in range(stage.adapter.limits.buttons)
        )
        await stage.adapter.send(outgoing(stage, reply=Reply(title=(Strong("标题"),), parts=parts, buttons=buttons)))
        text = stage.sees(stage.first, stage.group)[-1].text
        assert all(f"{number:04}长" in text for number in range(len(parts)))


class _Carded(DingTalk):
    """An adapter that gets a button on every message, so that each becomes a card."""

    async def send(self, outgoing: Outgoing) -> Sent:
        """Send with a button."""
        button = Button("完成", "task done", {"tasks": ["T-1"]}, "完成 T-1", mac="0" * 32)
        reply = outgoing.reply if outgoing.reply.buttons else replace(outgoing.reply, buttons=(button,))
        return await super().send(replace(outgoing, reply=reply))
