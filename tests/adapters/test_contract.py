"""The contract of the port, over the playground and over the platform that all other tests use."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from adapters.markup import plain
from adapters.playground import Playground, Said, Where, direct_chat, kind_of
from commands.core.event import Json
from commands.core.ports import Gone, Retry, Unsure
from commands.core.reply import Outcome
from tests.adapters.contract import AdapterContract, Seen, Stage, outgoing
from tests.adapters.playground_rooms import NOON, MemoryRooms
from tests.fakes.memory import Member, Memory
from tests.support.store import HandClock


class TestPlayground(AdapterContract):
    """The playground, over rooms in memory."""

    @pytest.fixture
    def stage(self) -> Stage:
        """Open it with two of the demo team."""
        rooms, keys = MemoryRooms(), itertools.count(1)
        adapter = Playground(rooms, clock=lambda: NOON)

        def sees(account: str, chat: str) -> Sequence[Seen]:
            return [
                Seen(each.id, _text(each.body.get("reply")), "opens" in each.body)
                for each in rooms.shown
                if each.chat == chat and each.only_for in (None, account) and chat in ("double11", direct_chat(account))
            ]

        async def say(account: str, chat: str, text: str) -> Outcome:
            where = Where(chat, kind_of(chat))
            return await adapter.say(Said(f"k{next(keys)}", account, where, (text,)))

        return Stage(
            adapter, "double11", "chenchen", "lisi", sees, direct_chat, say, trigger=lambda _: "t-1", knows_chats=False
        )


def _text(tree: Json) -> str:
    """Read the words of a drawn reply, in order."""
    if isinstance(tree, str):
        return tree
    if isinstance(tree, dict):
        kept = [each for name, each in tree.items() if name in ("title", "parts", "line", "text", "items", "value")]
        return "".join(_text(each) for each in kept)
    return "".join(_text(each) for each in tree) if isinstance(tree, list) else ""


class TestMemory(AdapterContract):
    """The platform in memory."""

    @pytest.fixture
    def memory(self) -> Memory:
        """Open it with two people in a group."""
        memory = Memory(clock=HandClock())
        for account, name in (("chenchen", "陈晨"), ("lisi", "李四")):
            memory.add_person(Member(account, name))
        memory.add_group("double11", "双11作战室", ("chenchen", "lisi"))
        return memory

    @pytest.fixture
    def stage(self, memory: Memory) -> Stage:
        """Look at it as its people do."""

        def sees(account: str, chat: str) -> Sequence[Seen]:
            return [
                Seen(each.id, plain(each.reply), each.reply.form is not None)
                for each in memory.sees(account, chat)
                if each.reply is not None
            ]

        async def say(account: str, chat: str, text: str) -> Outcome:
            return await memory.say(account, text, chat=chat)

        return Stage(memory, "double11", "chenchen", "lisi", sees, memory.direct_chat, say, trigger=memory.give_trigger)

    async def test_it_refuses_as_told_and_takes_nothing(self, stage: Stage, memory: Memory) -> None:
        memory.fail(Retry("busy", after_s=3))
        with pytest.raises(Retry):
            await memory.send(outgoing(stage))
        assert stage.sees(stage.first, stage.group) == []
        await memory.send(outgoing(stage, attempt=2))
        assert len(stage.sees(stage.first, stage.group)) == 1

    async def test_it_takes_a_message_and_loses_the_answer(self, stage: Stage, memory: Memory) -> None:
        memory.lose()
        with pytest.raises(Unsure):
            await memory.send(outgoing(stage))
        assert len(stage.sees(stage.first, stage.group)) == 1
        await memory.send(outgoing(stage, attempt=2))
        assert len(stage.sees(stage.first, stage.group)) == 1

    async def test_a_trigger_opens_one_form_and_soon(self, stage: Stage, memory: Memory) -> None:
        trigger = memory.give_trigger(stage.first)
        await memory.send(outgoing(stage, "form", account=stage.first, trigger=trigger))
        with pytest.raises(Gone):
            await memory.send(outgoing(stage, "form", id="o-2", account=stage.first, trigger=trigger))

    async def test_a_closed_group_is_gone(self, stage: Stage, memory: Memory) -> None:
        memory.close_group("double11")
        with pytest.raises(Gone):
            await memory.send(outgoing(stage))
