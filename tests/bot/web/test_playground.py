"""What the page asks, says, presses and submits."""

import pytest

from commands.core.reply import Button, CardNow, Form, FormErrors, Input, Outcome, Reply, Text, Toast
from storage import rooms
from storage.unit import StorageFault
from tests.bot.web.conftest import Site

ACT = {"key": "p1", "as": "chenchen", "command": "task done", "args": {"task": "T-12"}, "version": 3, "mac": "seal"}


async def test_state_tells_people_chats_commands_and_language(site: Site) -> None:
    state = await site.get("/playground/state", **{"as": "lisi", "language": "en"})
    assert (state["me"], state["language"], state["bot_names"][0]) == ("lisi", "en", "鼓点")
    assert [one["name"] for one in state["people"]] == ["王建国", "陈晨", "李四"]
    assert [(one["chat"], one["kind"]) for one in state["chats"]] == [
        ("dm-lisi", "direct"),
        ("double11", "group"),
        ("general", "group"),
    ]
    assert state["commands"] == [{"words": "task add", "help": "Add a task.", "example": ""}]


@pytest.mark.parametrize("query", [{}, {"as": "nobody"}])
async def test_state_falls_back_to_the_lead(site: Site, query: dict[str, str]) -> None:
    assert (await site.get("/playground/state", **query))["me"] == "chenchen"


async def test_what_was_said_is_seen_by_all_once(site: Site) -> None:
    for _ in range(2):
        response = await site.say("@鼓点 任务 加 主图定稿 @李四 周五")
        assert (response.status, await response.json()) == (200, {"ack": "ok", "answer": None})
    for reader in ("chenchen", "lisi"):
        assert [one["body"] for one in await site.messages(reader=reader)] == [
            {"nodes": ["@鼓点 任务 加 主图定稿 @李四 周五"]}
        ]
    event = site.dispatch.events[0]
    assert (event.key, event.text, event.is_addressed) == ("playground:k1", ("任务 加 主图定稿 @李四 周五",), True)
    assert (event.place.title, event.sender.name) == ("双11作战室", "陈晨")


async def test_writer_alone_gets_the_key_back(site: Site) -> None:
    await site.say("早", key="mine")
    assert [one["key"] for one in await site.messages(reader="chenchen")] == ["mine"]
    assert [one["key"] for one in await site.messages(reader="lisi")] == [None]


async def test_nothing_is_kept_when_dispatch_asks_to_try_again(site: Site) -> None:
    site.dispatch.outcome = Outcome("again")
    response = await site.say("早")
    assert (response.status, response.headers["Retry-After"]) == (503, "1")
    assert (await response.json())["ack"] == "again"
    assert await site.messages() == []
    site.dispatch.outcome = Outcome("ok")
    assert (await site.say("早")).status == 200
    assert len(await site.messages()) == 1


async def test_trouble_of_the_store_is_told_and_can_be_tried_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StorageFault("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(rooms, "hold", fail)
        assert (await site.say("早")).status == 503
    assert (await site.say("早")).status == 200


async def test_key_of_another_message_is_refused(site: Site) -> None:
    await site.say("早")
    assert (await site.say("晚")).status == 409


async def test_picked_names_are_mentions(site: Site) -> None:
    nodes = ["@鼓点 任务 加 主图 ", {"mention": "lisi", "name": "李四"}, " 周五"]
    payload = {"key": "k", "as": "chenchen", "chat": "double11", "nodes": nodes}
    assert (await site.post("/playground/messages", payload)).status == 200
    assert [getattr(node, "account", node) for node in site.dispatch.events[0].text] == [
        "任务 加 主图 ",
        "lisi",
        " 周五",
    ]
    assert (await site.messages())[0]["body"] == {"nodes": nodes}


async def test_direct_chat_is_closed_to_others(site: Site) -> None:
    await site.say("帮助", chat="dm-chenchen")
    response = await site.client.get("/playground/chats/dm-chenchen/messages", params={"as": "lisi"})
    assert response.status == 404
    assert (await site.say("帮助", key="k2", chat="dm-lisi")).status == 404
    message = (await site.messages("dm-chenchen"))[0]["id"]
    assert (await site.client.get(f"/playground/threads/{message}", params={"as": "lisi"})).status == 404


async def test_private_reply_is_seen_by_one_and_goes_when_dismissed(site: Site) -> None:
    message = await site.bot_says("帮助", "private", account="chenchen")
    assert [one["is_private"] for one in await site.messages(reader="chenchen")] == [True]
    assert await site.messages(reader="lisi") == []
    assert (await site.post("/playground/dismiss", {"as": "lisi", "message": message})).status == 404
    assert (await site.post("/playground/dismiss", {"as": "chenchen", "message": message})).status == 200
    assert await site.messages(reader="chenchen") == []


async def test_public_message_cannot_be_dismissed(site: Site) -> None:
    message = await site.bot_says()
    assert (await site.post("/playground/dismiss", {"as": "chenchen", "message": message})).status == 404


async def test_thread_counts_its_replies_and_tells_its_root(site: Site) -> None:
    root = await site.bot_says("卡片")
    assert (await site.say("完成", thread=root)).status == 200
    assert [(one["id"], one["replies"]) for one in await site.messages()] == [(root, 1)]
    thread = await site.get(f"/playground/threads/{root}", **{"as": "lisi"})
    assert [one["body"]["nodes"] for one in thread["messages"]] == [["完成"]]
    assert (site.dispatch.events[0].is_addressed, site.dispatch.events[0].place.thread) == (False, root)


async def test_thread_must_begin_in_the_same_chat(site: Site) -> None:
    root = await site.bot_says()
    assert (await site.say("完成", chat="general", thread=root)).status == 404
    assert (await site.say("完成", key="k2", thread="999")).status == 404
    await site.say("一", key="k3", thread=root)
    reply = (await site.get(f"/playground/threads/{root}", **{"as": "chenchen"}))["messages"][0]["id"]
    assert (await site.say("二", key="k4", thread=reply)).status == 404


async def test_long_chat_comes_in_pages(site: Site) -> None:
    for number in range(60):
        await site.bot_says(str(number), id=f"o{number}")
    newest = await site.get("/playground/chats/double11/messages", **{"as": "lisi"})
    assert (len(newest["messages"]), newest["is_more"]) == (50, True)
    older = await site.get(
        "/playground/chats/double11/messages", **{"as": "lisi", "before": newest["messages"][0]["id"]}
    )
    assert (len(older["messages"]), older["is_more"]) == (10, False)
    assert older["messages"][0]["body"]["reply"]["parts"][0]["line"] == ["0"]


async def test_press_carries_the_command_and_brings_the_answer(site: Site) -> None:
    button = Button("完成", "task done", {"task": "T-12"}, "完成 T-12", version=3, mac="seal")
    message = await site.bot_says(reply=Reply(buttons=(button,)))
    site.dispatch.outcome = Outcome("ok", Toast("已完成"))
    response = await site.post("/playground/press", {**ACT, "message": message})
    assert (await response.json())["answer"] == {"type": "toast", "text": "已完成"}
    event = site.dispatch.events[0]
    assert event.carried is not None
    assert (event.kind, event.carried.command, dict(event.carried.args), event.carried.version, event.carried.mac) == (
        "pressed",
        "task done",
        {"task": "T-12"},
        3,
        "seal",
    )
    assert (event.message, event.place.chat) == (message, "double11")


async def test_card_rides_in_the_answer(site: Site) -> None:
    message = await site.bot_says()
    site.dispatch.outcome = Outcome("ok", CardNow(Reply(title=("✅",)), "好"))
    answer = (await (await site.post("/playground/press", {**ACT, "message": message})).json())["answer"]
    assert (answer["type"], answer["reply"]["title"], answer["toast"]) == ("cardnow", ["✅"], "好")


async def test_button_of_somebody_elses_private_message_is_not_there(site: Site) -> None:
    message = await site.bot_says("撤销", "private", account="lisi")
    assert (await site.post("/playground/press", {**ACT, "message": message})).status == 404
    assert site.dispatch.events == []


async def test_form_stays_until_it_was_accepted(site: Site) -> None:
    form = Form("新建", "task add", {}, (Input("due", "截止"),), "建", "任务 加")
    message = await site.bot_says("还差截止日期", "form", account="chenchen", reply=Reply((Text(("x",)),), form=form))
    submit = {**ACT, "message": message, "values": {"due": "32日"}}
    site.dispatch.outcome = Outcome("ok", FormErrors({"due": "没看懂"}))
    answer = (await (await site.post("/playground/submit", submit)).json())["answer"]
    assert answer == {"type": "formerrors", "errors": {"due": "没看懂"}}
    assert len(await site.messages()) == 1
    site.dispatch.outcome = Outcome("again")
    assert (await site.post("/playground/submit", {**submit, "key": "p2"})).status == 503
    assert len(await site.messages()) == 1
    site.dispatch.outcome = Outcome("ok")
    assert (await site.post("/playground/submit", {**submit, "key": "p3"})).status == 200
    assert await site.messages() == []
    assert [dict(event.values) for event in site.dispatch.events] == [{"due": "32日"}] * 3


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_language_is_said_in_the_direct_chat(site: Site, language: str) -> None:
    assert (await site.post("/playground/language", {"as": "lisi", "language": language})).status == 200
    event = site.dispatch.events[0]
    assert (event.kind, event.text, event.place.chat, event.is_addressed) == (
        "said",
        (f"language {language}",),
        "dm-lisi",
        True,
    )


async def test_long_text_goes_to_dispatch(site: Site) -> None:
    text = "任务 " * 12_500
    assert len(text.encode()) > 100_000 - 20_000
    assert (await site.say(text)).status == 200
    assert len(site.dispatch.events[0].text[0]) == len(text.strip())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</script><script>alert(1)</script>",
        "javascript:alert(1)",
        "{{ 7*7 }}${7*7}",
        "\u202egnp.exe \u2028 \u2029 🥁 👨‍👩‍👧",
    ],
)
async def test_text_comes_back_as_it_was_and_as_json(site: Site, text: str) -> None:
    await site.say(text)
    response = await site.client.get("/playground/chats/double11/messages", params={"as": "chenchen"})
    assert response.content_type == "application/json"
    assert (await response.json())["messages"][0]["body"]["nodes"] == [text]
