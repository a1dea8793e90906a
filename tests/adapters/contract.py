"""What every adapter promises, whatever its platform: the port's contract as tests.

A platform's test module makes a `Stage` over its fake and inherits `AdapterContract`:

    class TestSlack(AdapterContract):
        @pytest.fixture
        def stage(self) -> Stage: ...
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from commands.core.event import Event
from commands.core.ports import Adapter, Finding, Gone, Outgoing, Route
from commands.core.reply import Button, Form, Input, Outcome, Reply, Strong, Text

HARMLESS = (
    '主图定稿 <!channel> @all @所有人 <at user_id="all">x</at>',
    "*bold* _it_ ~gone~ `code` [link](https://example.com) # head",
    "<b>fat</b> &amp; &lt; \\n \\u0041 <script>alert(1)</script>",
    "line one\nline two",
    "👩‍👩‍👧 é 中文 \u202e",
)
"""Texts that some platform would take for markup; each must be shown letter by letter."""


@dataclass(frozen=True)
class Seen:
    """A message as one person finds it on the platform."""

    id: str
    text: str
    """All that it says, in reading order, without any markup."""
    has_form: bool = False


@dataclass(frozen=True)
class Stage:
    """One platform with two people, who are in one group with the bot."""

    adapter: Adapter
    group: str
    first: str
    """Accounts."""
    second: str
    sees: Callable[[str, str], Sequence[Seen]]
    """`(account, chat)` -> what stands there for this person now, in order."""
    direct: Callable[[str], str]
    """An account's chat with the bot."""
    say: Callable[[str, str, str], Awaitable[Any]]
    """`(account, chat, text)`: have a person say something; gives what the platform was answered."""
    trigger: Callable[[str], str]
    """Make a handle that opens a form for an account."""
    knows_ids: bool = True
    """Whether a second sending of one id is told from a new message."""
    knows_chats: bool = True
    """Whether a chat that is not there is refused."""
    letters: Callable[[str], str] = str
    """What of a text must be seen, where a platform that has no escapes shows look-alikes of the signs it reads."""


def outgoing(stage: Stage, operation: str = "post", text: str = "好", **values: Any) -> Outgoing:
    """Make a message of one paragraph, for the group."""
    plain = Outgoing(id="o-1", operation="post", reply=Reply(parts=(Text((text,)),)), language="zh", chat=stage.group)
    return replace(plain, operation=operation, **values)  # type: ignore[arg-type] # the operations of the port


class Recorder:
    """A dispatch that remembers events and answers as it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.outcome = Outcome("ok")

    async def __call__(self, event: Event) -> Outcome:
        """Remember an event."""
        self.events.append(event)
        return self.outcome


@contextlib.asynccontextmanager
async def running(stage: Stage, dispatch: Recorder) -> Any:
    """Let the adapter receive while the block runs, and see that it ends when it is cancelled."""
    task = asyncio.create_task(stage.adapter.run(dispatch))
    await asyncio.sleep(0)
    assert not task.done()
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert task.done()


class AdapterContract:
    """The tests; a subclass gives the fixture `stage`."""

    # -- sending --------------------------------------------------------------------------------

    async def test_a_post_is_seen_by_everybody_in_the_chat(self, stage: Stage) -> None:
        sent = await stage.adapter.send(outgoing(stage))
        assert sent.message
        for account in (stage.first, stage.second):
            assert [each.id for each in stage.sees(account, stage.group) if "好" in each.text] == [sent.message]

    async def test_different_ids_are_different_messages(self, stage: Stage) -> None:
        first = await stage.adapter.send(outgoing(stage, id="o-1"))
        second = await stage.adapter.send(outgoing(stage, id="o-2"))
        assert first.message != second.message
        assert len([each for each in stage.sees(stage.first, stage.group) if "好" in each.text]) == 2

    async def test_one_id_is_one_message_however_often_it_is_sent(self, stage: Stage) -> None:
        if not stage.knows_ids:
            pytest.skip("this platform promises no more than once at least")
        first = await stage.adapter.send(outgoing(stage))
        again = await stage.adapter.send(outgoing(stage, attempt=2))
        assert first.message == again.message
        assert len([each for each in stage.sees(stage.first, stage.group) if "好" in each.text]) == 1

    @pytest.mark.parametrize("text", HARMLESS)
    async def test_text_is_shown_exactly_as_it_is(self, stage: Stage, text: str) -> None:
        await stage.adapter.send(outgoing(stage, text=text))
        assert stage.letters(stage.sees(stage.first, stage.group)[-1].text) == stage.letters(text)

    async def test_an_update_changes_the_message_in_place(self, stage: Stage) -> None:
        if not stage.adapter.limits.can_edit:
            pytest.skip("this platform cannot edit")
        sent = await stage.adapter.send(outgoing(stage, text="进行中"))
        before = len(stage.sees(stage.first, stage.group))
        await stage.adapter.send(outgoing(stage, "update", "完成", id="o-2", message=sent.message))
        seen = stage.sees(stage.first, stage.group)
        assert len(seen) == before
        assert [each.text for each in seen if each.id == sent.message] == ["完成"]

    async def test_an_update_of_nothing_is_gone(self, stage: Stage) -> None:
        with pytest.raises(Gone):
            await stage.adapter.send(outgoing(stage, "update", message="999999"))

    async def test_a_private_message_is_seen_by_one_alone(self, stage: Stage) -> None:
        if not stage.adapter.limits.can_whisper:
            pytest.skip("this platform has no private messages in groups")
        await stage.adapter.send(outgoing(stage, "private", "只给你", account=stage.first))
        assert stage.sees(stage.first, stage.group)[-1].text == "只给你"
        assert not any("只给你" in each.text for each in stage.sees(stage.second, stage.group))

    async def test_a_direct_message_reaches_its_person_alone(self, stage: Stage) -> None:
        sent = await stage.adapter.send(outgoing(stage, "direct", "私下说", chat=None, account=stage.first))
        assert sent.message
        assert stage.sees(stage.first, stage.direct(stage.first))[-1].text == "私下说"
        for chat in (stage.group, stage.direct(stage.second)):
            assert not any("私下说" in each.text for each in stage.sees(stage.second, chat))

    async def test_a_form_opens_for_its_person_by_the_trigger(self, stage: Stage) -> None:
        if not stage.adapter.limits.can_ask:
            pytest.skip("this platform has no forms")
        form = Form("新建任务", "task add", {}, (Input("title", "标题"),), "确定", "任务 加 …")
        await stage.adapter.send(
            outgoing(stage, "form", account=stage.first, trigger=stage.trigger(stage.first), reply=Reply(form=form))
        )
        assert any(each.has_form for each in stage.sees(stage.first, stage.group))
        assert not any(each.has_form for each in stage.sees(stage.second, stage.group))

    async def test_a_chat_that_is_not_there_is_gone(self, stage: Stage) -> None:
        if not stage.knows_chats:
            pytest.skip("this platform opens a chat at its first message")
        with pytest.raises(Gone):
            await stage.adapter.send(outgoing(stage, chat="nowhere"))

    async def test_a_person_who_is_not_there_is_gone(self, stage: Stage) -> None:
        with pytest.raises(Gone):
            await stage.adapter.send(outgoing(stage, "direct", chat=None, account=None))

    async def test_what_is_within_the_limits_is_sent_whole(self, stage: Stage) -> None:
        limits = stage.adapter.limits
        parts = tuple(
            Text((f"{number:04}" + "长" * (min(limits.text_chars, 500) - 4),))
            for number in range(min(limits.parts, 20))
        )
        buttons = tuple(
            Button(f"按钮{number}", "task done", {"tasks": [f"T-{number}"]}, f"完成 T-{number}", mac="0" * 32)
            for number in range(limits.buttons)
        )
        await stage.adapter.send(outgoing(stage, reply=Reply(title=(Strong("标题"),), parts=parts, buttons=buttons)))
        text = stage.sees(stage.first, stage.group)[-1].text
        assert all(f"{number:04}长" in text for number in range(len(parts)))

    async def test_a_message_in_a_thread_is_accepted(self, stage: Stage) -> None:
        root = await stage.adapter.send(outgoing(stage, text="卡片"))
        sent = await stage.adapter.send(outgoing(stage, id="o-2", text="回复", thread=root.message))
        assert sent.message != root.message

    # -- receiving ------------------------------------------------------------------------------

    async def test_what_is_said_becomes_an_event(self, stage: Stage) -> None:
        dispatch = Recorder()
        async with running(stage, dispatch):
            await stage.say(stage.first, stage.direct(stage.first), "完成 T-1")
        (event,) = dispatch.events
        assert "".join(node for node in event.text if isinstance(node, str)).strip() == "完成 T-1"
        assert (event.platform, event.kind, event.sender.account) == (stage.adapter.name, "said", stage.first)
        assert event.is_addressed and event.place.kind == "direct"
        assert event.key and event.sent_at.tzinfo is not None

    async def test_two_sayings_have_two_keys(self, stage: Stage) -> None:
        dispatch = Recorder()
        async with running(stage, dispatch):
            await stage.say(stage.first, stage.group, "完成 T-1")
            await stage.say(stage.first, stage.group, "完成 T-1")
        assert len({event.key for event in dispatch.events if event.kind == "said"}) == 2

    async def test_the_acknowledgement_is_what_dispatch_answered(self, stage: Stage) -> None:
        dispatch = Recorder()
        async with running(stage, dispatch):
            assert (await stage.say(stage.first, stage.group, "帮助")).ack == "ok"
            dispatch.outcome = Outcome("again")
            assert (await stage.say(stage.first, stage.group, "帮助")).ack == "again"

    async def test_nothing_is_acknowledged_once_the_adapter_was_cancelled(self, stage: Stage) -> None:
        dispatch = Recorder()
        async with running(stage, dispatch):
            pass
        assert (await stage.say(stage.first, stage.group, "帮助")).ack == "again"
        assert dispatch.events == []

    # -- the rest -------------------------------------------------------------------------------

    async def test_a_picture_gets_a_handle(self, stage: Stage) -> None:
        assert await stage.adapter.upload(b"\x89PNG\r\n\x1a\n")

    async def test_a_profile_has_a_name_and_a_stranger_none(self, stage: Stage) -> None:
        profile = await stage.adapter.profile(stage.first)
        assert profile is not None and profile.name
        assert await stage.adapter.profile("nobody-at-all") is None

    async def test_routes_and_findings_can_be_listed(self, stage: Stage) -> None:
        assert all(isinstance(route, Route) for route in stage.adapter.routes())
        findings = await stage.adapter.check()
        assert findings and all(isinstance(each, Finding) and each.subject for each in findings)

    def test_the_limits_make_sense(self, stage: Stage) -> None:
        limits = stage.adapter.limits
        assert limits.text_chars >= 100 and limits.parts >= 2 and limits.items >= 3
        assert limits.buttons >= 0 and limits.posts_per_minute > 0
