"""What Feishu sends, as events: by the shapes of its documentation, and never breaking on others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.feishu.carry import CARRIED, LANGUAGE, SUBMIT, value_of
from adapters.feishu.receive import Nothing, parse
from commands.core.event import Carried, Event, Json, Mention, Place, SharedFile
from tests.adapters.feishu.payloads import LI, NOW, OWN, body, message

ANN = "ou_ann000"
PAYLOADS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


def named(key: str, account: str, name: str = "") -> dict[str, Any]:
    return {"key": key, "id": {"open_id": account}, "name": name, "tenant_key": "shop"}


def event_of(told: dict[str, Any]) -> Event:
    event = parse(told, OWN, now=NOW)
    assert isinstance(event, Event), event
    return event


# -- messages ----------------------------------------------------------------------------------------


def test_mention_is_said_without_the_bots_name() -> None:
    mentions = [named("@_user_1", "ou_bot00", "Drumbeat"), named("@_user_2", ANN, "Ann")]
    event = event_of(message("@_user_1 任务 加 主图 @_user_2 周五", mentions=mentions))
    assert event.text == ("任务 加 主图 ", Mention(ANN, "Ann"), " 周五")
    assert (event.kind, event.is_addressed, event.sender.account) == ("said", True, LI)
    assert event.place == Place("oc_war", "group")
    assert event.key == "feishu:cli_app:shop:om_1"
    assert event.sent_at == datetime.fromtimestamp(1795309199.123, UTC)


def test_key_of_a_message_is_its_own_however_often_it_is_delivered() -> None:
    again = message()
    again["header"] = {**again["header"], "event_id": "e2"}
    assert event_of(message()).key == event_of(again).key


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("@_user_1", ()),
        ("@_user_1， 帮助", ("帮助",)),
        ("问@_user_1帮助", ("问 帮助",)),
        ("@_user_10 帮助", ("@_user_10 帮助",)),
        ("@_user_1 <at id=all></at> &lt;", ("<at id=all></at> &lt;",)),
        ("@_user_1 开会 @_all", ("开会 @all",)),
    ],
)
def test_text_is_read_as_it_was_typed(text: str, nodes: tuple[str, ...]) -> None:
    assert event_of(message(text, mentions=[named("@_user_1", "ou_bot00")])).text == nodes


def test_direct_message_is_addressed() -> None:
    event = event_of(message(chat_type="p2p", chat_id="oc_direct"))
    assert event.is_addressed and event.place == Place("oc_direct", "direct")


def test_talk_in_a_group_is_not_addressed() -> None:
    assert not event_of(message("大家中午吃什么")).is_addressed


def test_reply_in_a_thread_knows_where_the_thread_began() -> None:
    event = event_of(message(thread_id="omt_1", root_id="om_root", parent_id="om_root"))
    assert event.place.thread == "om_root" and event.replies_to == "om_root"


def test_quoted_reply_stands_in_no_thread() -> None:
    event = event_of(message(root_id="om_root", parent_id="om_card"))
    assert event.place.thread is None and event.replies_to == "om_card"


def test_message_of_a_topic_group_begins_a_thread() -> None:
    assert event_of(message(thread_id="omt_1")).place.thread == "om_1"


def test_rich_text_is_read_line_by_line() -> None:
    at = {"tag": "at", "user_id": "@_user_2", "user_name": "Ann"}
    lines = [
        [{"tag": "text", "text": "任务 加 主图 "}, at],
        [{"tag": "a", "text": "文档", "href": "https://x.example"}],
    ]
    lines += [[{"tag": "img", "image_key": "img_1"}]]
    event = event_of(message(kind="post", content={"title": "", "content": lines}, mentions=[named("@_user_2", ANN)]))
    assert event.text == ("任务 加 主图 ", Mention(ANN), "\n文档")
    assert event.files == (SharedFile("img_1", "img_1", "image/*", 0),)
    assert event_of(message(kind="post", content={"zh_cn": {"title": "标题", "content": []}})).text == ("标题",)


def test_file_is_named() -> None:
    event = event_of(message(kind="file", content={"file_key": "file_1", "file_name": "主图.psd"}))
    assert event.files == (SharedFile("file_1", "主图.psd", "application/octet-stream", 0),)


@pytest.mark.parametrize("kind", ["sticker", "interactive", "share_chat", "system"])
def test_what_has_no_words_is_nothing(kind: str) -> None:
    assert isinstance(parse(message(kind=kind), OWN, now=NOW), Nothing)


def test_app_is_not_listened_to_and_a_partner_is_a_guest() -> None:
    told = message()
    told["event"]["sender"]["sender_type"] = "app"
    assert isinstance(parse(told, OWN, now=NOW), Nothing)
    told = message()
    told["event"]["sender"]["tenant_key"] = "partner"
    assert event_of(told).sender.is_guest


# -- everything else -----------------------------------------------------------------------------------


def press(**action: Any) -> dict[str, Any]:
    operator = {"open_id": LI, "tenant_key": "shop"}
    context = {"open_message_id": "om_card", "open_chat_id": "oc_war"}
    return body("card.action.trigger", {"operator": operator, "token": "c-1", "action": action, "context": context})


def test_press_gives_back_what_the_button_carried() -> None:
    args: dict[str, Json] = {"tasks": ["T-1"], "note": '<at id=all></at> & "x"', "n": 12345678901234567}
    value = value_of("task done", args, 3, "ab" * 16, language="zh")
    event = event_of(press(tag="button", value=json.loads(json.dumps(value))))
    assert event.carried == Carried("task done", args, 3, "ab" * 16)
    assert (event.kind, event.key, event.message) == ("pressed", "feishu:cli_app:shop:event:e1", "om_card")
    assert event.place.chat == "oc_war" and event.sender.account == LI


def test_form_gives_back_what_was_filled_in() -> None:
    value = value_of("task due", {"task": "T-1"}, 3, "m", language="zh", title="改日期")
    filled = {"due": "周五", "day": "2026-11-23 +0800", "who": ["1", "2"], "empty": None}
    event = event_of(press(tag="button", name=SUBMIT, value=value, form_value=filled))
    assert event.kind == "submitted"
    assert event.values == {"due": "周五", "day": "2026-11-23", "who": "1,2", "empty": ""}


@pytest.mark.parametrize("value", [None, {}, {CARRIED: "no json"}, {CARRIED: 7, LANGUAGE: "zh"}])
def test_press_of_anothers_button_is_nothing(value: Any) -> None:
    assert isinstance(parse(press(tag="button", value=value), OWN, now=NOW), Nothing)


def test_menu_is_read_as_if_it_were_typed() -> None:
    operator = {"operator_name": "李四", "operator_id": {"open_id": LI}}
    event = event_of(
        body("application.bot.menu_v6", {"operator": operator, "event_key": "my_tasks", "timestamp": 1795309200})
    )
    assert (event.kind, event.text, event.place.kind) == ("said", ("my tasks",), "direct")
    assert event.sent_at == datetime.fromtimestamp(1795309200, UTC) and event.sender.name == "李四"


def test_bot_comes_and_goes() -> None:
    told = {"chat_id": "oc_war", "operator_id": {"open_id": LI}, "name": "双11", "operator_tenant_key": "shop"}
    came = event_of(body("im.chat.member.bot.added_v1", told))
    assert (came.kind, came.place, came.sender.account) == ("joined", Place("oc_war", "group", "双11"), LI)
    assert event_of(body("im.chat.member.bot.deleted_v1", told)).kind == "left"


def test_recall_and_reaction_leave_something_to_ask_for() -> None:
    gone = event_of(
        body("im.message.recalled_v1", {"message_id": "om_1", "chat_id": "oc_war", "recall_time": "1795309200000"})
    )
    assert (gone.kind, gone.message, gone.sender.account) == ("deleted", "om_1", "")
    told = {"message_id": "om_1", "operator_type": "user", "user_id": {"open_id": LI}, "action_time": "1795309200000"}
    marked = event_of(body("im.message.reaction.created_v1", {**told, "reaction_type": {"emoji_type": "Pin"}}))
    assert (marked.kind, marked.message, marked.place.chat) == ("reacted", "om_1", "")
    other = body("im.message.reaction.created_v1", {**told, "reaction_type": {"emoji_type": "OK"}})
    assert isinstance(parse(other, OWN, now=NOW), Nothing)


def test_unknown_event_is_nothing() -> None:
    assert isinstance(parse(body("im.chat.disbanded_v1", {}), OWN, now=NOW), Nothing)


@given(PAYLOADS, st.sampled_from(["im.message.receive_v1", "card.action.trigger", "im.message.recalled_v1", "x"]))
def test_no_payload_breaks_the_reader(event: Any, kind: str) -> None:
    parse({**body(kind, {}), "event": event}, OWN, now=NOW)
    parse({"header": event, "event": {"message": event, "action": event}}, OWN, now=NOW)
