"""The playground's adapter: what comes in, what goes out, and that both happen once."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.playground import (
    Acted,
    Held,
    KeyTaken,
    Node,
    Playground,
    Said,
    Where,
    draw,
    to_event,
    without_own_mention,
)
from commands.core.event import Carried, Event, Mention
from commands.core.ports import Adapter, Gone, Outgoing, Retry
from commands.core.reply import (
    Button,
    CardNow,
    Code,
    Divider,
    Field,
    Fields,
    Form,
    Image,
    Input,
    Item,
    Link,
    Listing,
    Note,
    Outcome,
    Ref,
    Reply,
    Strong,
    Struck,
    Table,
    Text,
    Toast,
    Who,
)
from tests.adapters.playground_rooms import NOON, MemoryRooms

GROUP = Where("double11", "group", "双11作战室")
NAMES = ("鼓点", "Drumbeat", "bot")
DIRECT = Where("dm-chenchen", "direct")
HELLO = Reply(parts=(Text(("你好",)),))


def said(*nodes: Node, where: Where = GROUP, key: str = "k1", account: str = "chenchen") -> Said:
    return Said(key=key, account=account, where=where, nodes=nodes, name="陈晨")


def text_of(event: Event) -> str:
    return "".join(node if isinstance(node, str) else f"<{node.account}>" for node in event.text)


class Recorder:
    """A dispatch that remembers events and answers as it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.outcome = Outcome("ok")

    async def __call__(self, event: Event) -> Outcome:
        self.events.append(event)
        return self.outcome


@pytest.fixture
def rooms() -> MemoryRooms:
    return MemoryRooms()


@pytest.fixture
def dispatch() -> Recorder:
    return Recorder()


@pytest.fixture
async def playground(rooms: MemoryRooms, dispatch: Recorder) -> AsyncIterator[Playground]:
    adapter: Adapter = Playground(rooms, clock=lambda: NOON, names=NAMES)
    running = asyncio.create_task(adapter.run(dispatch))
    await asyncio.sleep(0)
    assert isinstance(adapter, Playground)
    yield adapter
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def outgoing(operation: str = "post", **values: object) -> Outgoing:
    first = Outgoing(id="o-1", operation="post", reply=HELLO, language="zh", chat="double11")
    return replace(first, operation=operation, **values)  # type: ignore[arg-type]


# What comes in


@pytest.mark.parametrize(
    ("typed", "rest"),
    [
        ("@鼓点 任务 加 主图定稿 @李四", "任务 加 主图定稿 @李四"),
        ("@鼓点任务 加 主图", "任务 加 主图"),
        ("＠鼓点　完成 T-1", "完成 T-1"),
        ("@Drumbeat done T-1", "done T-1"),
        ("@BOT done T-1", "done T-1"),
        ("done T-1 @bot", "done T-1"),
        ("把 T-1 @鼓点 延到周五", "把 T-1 延到周五"),
        ("@鼓点", ""),
        ("@鼓点\n1. 定稿\n2. 上架", "1. 定稿\n2. 上架"),
        ("/drumbeat task list", "task list"),
    ],
)
def test_own_mention_is_taken_out_and_addresses_the_bot(typed: str, rest: str) -> None:
    event = to_event(said(typed), at=NOON, names=NAMES)
    assert (text_of(event), event.is_addressed) == (rest, True)


@pytest.mark.parametrize("typed", ["任务 加 主图", "mail a@bot.cn", "@bottle", "@bot-team", "@李四 收到", "drumbeat"])
def test_other_words_in_a_group_do_not_address_the_bot(typed: str) -> None:
    event = to_event(said(typed), at=NOON, names=NAMES)
    assert (text_of(event), event.is_addressed) == (typed, False)


def test_direct_chat_is_always_addressed() -> None:
    assert to_event(said("帮助", where=DIRECT), at=NOON).is_addressed


def test_talk_in_a_thread_is_not_addressed_whoever_began_it() -> None:
    held = Held("9", NOON)
    event = to_event(said("完成", where=replace(GROUP, thread="7")), at=NOON, held=held)
    assert (event.is_addressed, event.place.thread, event.message) == (False, "7", "9")


def test_picked_names_stay_nodes_and_the_bots_own_goes() -> None:
    event = to_event(
        said(Mention("bot", "鼓点"), " 任务 加 主图 ", Mention("lisi", "李四"), " 周五"), at=NOON, names=NAMES
    )
    assert event.text == ("任务 加 主图 ", Mention("lisi", "李四"), " 周五")
    assert event.is_addressed


def test_event_tells_who_where_and_when() -> None:
    event = to_event(said("帮助", where=DIRECT), at=NOON)
    assert (event.key, event.platform, event.app, event.tenant) == ("playground:k1", "playground", "demo", "demo")
    assert (event.sender.account, event.sender.name, event.sent_at) == ("chenchen", "陈晨", NOON)
    assert (event.place.chat, event.place.kind, event.trigger) == ("dm-chenchen", "direct", "k1")


def test_pressed_button_carries_its_command_unread() -> None:
    carried = Carried("task done", {"task": "T-12"}, 3, "seal")
    event = to_event(Acted("pressed", "k2", "lisi", GROUP, "5", carried, {"choice": "a"}), at=NOON)
    assert (event.kind, event.carried, event.message, dict(event.values)) == ("pressed", carried, "5", {"choice": "a"})
    assert event.text == ()


@given(st.lists(st.text(alphabet="@＠鼓点botBOT /drumeT1 \n李四", max_size=20), max_size=4))
def test_taking_out_the_mention_never_adds_words(pieces: list[str]) -> None:
    rest, _ = without_own_mention(pieces, names=NAMES)
    left = "".join(node for node in rest if isinstance(node, str))
    assert len(left) <= len("".join(pieces))
    assert left == left.strip()


# What goes out


def whole_reply() -> Reply:
    who = Who(3, "李四", account="lisi")
    button = Button("完成", "task done", {"task": "T-12"}, "完成 T-12", "primary", 1, "seal")
    return Reply(
        title=("T-12 ", Strong("主图")),
        health="red",
        parts=(
            Text(("a", Code("b"), Struck("c"), Link("https://example.com/", "d"), who)),
            Fields((Field("负责人", (who,)),)),
            Listing((Item(("x",), ("y",), button),), "任务"),
            Table(("n", "m"), ((("1",), ("2",)),)),
            Image("<svg/>", "alt"),
            Note(("n",)),
            Divider(),
        ),
        buttons=(button,),
        form=Form("新建", "task add", {}, (Input("title", "任务"),), "建", "任务 加"),
        about=Ref("task", 12, "T-12"),
    )


def test_every_part_is_drawn_as_json_with_its_type() -> None:
    drawn = json.loads(json.dumps(draw(whole_reply())))
    assert [part["type"] for part in drawn["parts"]] == [
        "text",
        "fields",
        "listing",
        "table",
        "image",
        "note",
        "divider",
    ]
    assert drawn["parts"][0]["line"][1] == {"type": "code", "text": "b"}
    assert drawn["buttons"][0]["args"] == {"task": "T-12"}
    assert drawn["about"]["label"] == "T-12"


@pytest.mark.parametrize(
    "payload", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{7*7}}", "</textarea>"]
)
def test_text_is_handed_on_letter_by_letter(payload: str) -> None:
    drawn = draw(Reply(title=(payload,), parts=(Text((Strong(payload),)),)))
    assert drawn["title"] == [payload]


def test_answers_are_drawn_too() -> None:
    assert draw(Toast("好")) == {"type": "toast", "text": "好"}
    assert draw(CardNow(HELLO, "好"))["type"] == "cardnow"


# Saying


async def test_message_is_seen_after_the_acknowledgement(
    playground: Playground, rooms: MemoryRooms, dispatch: Recorder
) -> None:
    assert (await playground.say(said("早"))).ack == "ok"
    assert [(one.sender, one.body) for one in rooms.shown] == [("chenchen", {"nodes": ["早"]})]
    assert dispatch.events[0].message == rooms.shown[0].id


async def test_message_that_was_not_taken_is_not_seen(
    playground: Playground, rooms: MemoryRooms, dispatch: Recorder
) -> None:
    dispatch.outcome = Outcome("again")
    assert (await playground.say(said("早"))).ack == "again"
    assert rooms.shown == []


async def test_message_sent_again_stands_once(playground: Playground, rooms: MemoryRooms, dispatch: Recorder) -> None:
    dispatch.outcome = Outcome("again")
    await playground.say(said("早"))
    dispatch.outcome = Outcome("ok")
    await playground.say(said("早"))
    await playground.say(said("早"))
    assert len(rooms.shown) == 1
    assert len({(event.key, event.message, event.sent_at) for event in dispatch.events}) == 1


async def test_key_of_another_message_is_refused(playground: Playground) -> None:
    await playground.say(said("早"))
    with pytest.raises(KeyTaken):
        await playground.say(said("晚"))


async def test_nothing_is_taken_before_run_and_with_closed_rooms(rooms: MemoryRooms, playground: Playground) -> None:
    assert (await Playground(rooms, clock=lambda: NOON).say(said("早"))).ack == "again"
    assert (
        await Playground(rooms, clock=lambda: NOON).act(
            Acted("pressed", "k", "lisi", GROUP, "1", Carried("x", {}, None, ""))
        )
    ).ack == ("again")
    rooms.is_closed = True
    assert (await playground.say(said("早"))).ack == "again"


# Sending


async def test_same_outgoing_twice_stands_once_and_is_counted(playground: Playground, rooms: MemoryRooms) -> None:
    first = await playground.send(outgoing())
    second = await playground.send(outgoing(attempt=2))
    assert first == second
    assert [one.deliveries for one in rooms.messages] == [2]


async def test_update_edits_in_place(playground: Playground, rooms: MemoryRooms) -> None:
    sent = await playground.send(outgoing())
    await playground.send(outgoing("update", id="o-2", message=sent.message, reply=Reply(title=("新",))))
    assert len(rooms.messages) == 1
    assert rooms.messages[0].edits == 1


@pytest.mark.parametrize(
    ("operation", "chat", "only_for"),
    [("private", "double11", "lisi"), ("direct", "dm-lisi", None), ("form", "double11", "lisi")],
)
async def test_who_sees_it(
    playground: Playground, rooms: MemoryRooms, operation: str, chat: str, only_for: str | None
) -> None:
    sent = await playground.send(outgoing(operation, account="lisi"))
    assert (sent.chat, rooms.messages[0].chat, rooms.messages[0].only_for) == (chat, chat, only_for)


async def test_form_without_chat_opens_in_the_direct_chat(playground: Playground, rooms: MemoryRooms) -> None:
    await playground.send(outgoing("form", chat=None, account="lisi", trigger="tab-1"))
    assert (rooms.messages[0].chat, rooms.messages[0].body["opens"]) == ("dm-lisi", "tab-1")


async def test_home_is_ignored(playground: Playground, rooms: MemoryRooms) -> None:
    assert (await playground.send(outgoing("home", chat=None, account="lisi"))).message is None
    assert rooms.messages == []


@pytest.mark.parametrize(
    "hopeless",
    [
        lambda: outgoing("update", message="99"),
        lambda: outgoing("update", message=None),
        lambda: outgoing("post", chat=None),
        lambda: outgoing("private", account=None),
    ],
)
async def test_what_can_never_be_sent_is_gone(playground: Playground, hopeless: Callable[[], Outgoing]) -> None:
    with pytest.raises(Gone):
        await playground.send(hopeless())


async def test_closed_rooms_ask_to_try_again(playground: Playground, rooms: MemoryRooms) -> None:
    rooms.is_closed = True
    with pytest.raises(Retry):
        await playground.send(outgoing())


async def test_picture_becomes_a_url_of_itself(playground: Playground) -> None:
    assert (await playground.upload(b"\x89PNG")).startswith("data:image/png;base64,")


async def test_profile_knows_the_demo_and_nobody_else(playground: Playground) -> None:
    known = await playground.profile("lisi")
    assert known is not None
    assert known.name == "李四"
    assert await playground.profile("nobody") is None
    assert all(finding.is_fine for finding in await playground.check())
    assert list(playground.routes()) == []
