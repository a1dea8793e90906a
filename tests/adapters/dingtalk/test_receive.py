"""What DingTalk sends, read: messages said in groups and directly, quotes, mentions, presses, and nonsense."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.carry import pack
from adapters.dingtalk.receive import joined, mentioned, pressed, said, webhook, with_mentions
from commands.core.event import Carried, Event, Mention, Place

APP = "dingapp"
BOT = "$:LWCP_v1:$bot"
NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)


def message(text: str = " 任务 加 主图定稿 ", **changes: Any) -> dict[str, Any]:
    """Make the data of a message in a group, with the fields that DingTalk sends."""
    data: dict[str, Any] = {
        "conversationId": "cidGROUP==",
        "conversationType": "2",
        "conversationTitle": "双11作战室",
        "msgId": "msg1",
        "createAt": 1795312800000,
        "chatbotCorpId": "dingcorp",
        "chatbotUserId": BOT,
        "senderId": "$:LWCP_v1:$li",
        "senderNick": "李四",
        "senderStaffId": "staff1",
        "senderCorpId": "dingcorp",
        "atUsers": [{"dingtalkId": BOT}],
        "isInAtList": True,
        "sessionWebhook": "https://oapi.dingtalk.com/robot/sendBySession?session=s",
        "sessionWebhookExpiredTime": 1795318200000,
        "robotCode": APP,
        "msgtype": "text",
        "text": {"content": text},
    }
    return data | changes


def heard(**changes: Any) -> Event:
    event = said(message(**changes), APP, now=NOW)
    assert event is not None
    return event


def test_mention_in_a_group_is_said_to_the_bot() -> None:
    event = heard()
    assert event.text == ("任务 加 主图定稿",)
    assert event.is_addressed
    assert event.place == Place("cidGROUP==", "group", "双11作战室")
    assert (event.sender.account, event.sender.name, event.sender.is_guest) == ("staff1", "李四", False)
    assert event.key == "dingtalk:dingapp:dingcorp:cidGROUP==:msg1"
    assert event.sent_at == datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    assert webhook(message()) == ("https://oapi.dingtalk.com/robot/sendBySession?session=s", 1795318200.0)


def test_message_without_a_date_was_said_now() -> None:
    assert heard(createAt=None).sent_at == NOW


def test_direct_chat_is_named_after_its_person() -> None:
    assert heard(conversationType="1", conversationId="cidDIRECT==").place == Place("dm:staff1", "direct")


def test_both_deliveries_of_one_message_have_one_key() -> None:
    assert heard().key == heard(createAt=1795312800999).key


def test_stranger_is_a_guest() -> None:
    assert heard(senderStaffId="").sender.is_guest
    assert heard(senderStaffId="").sender.account == "$:LWCP_v1:$li"
    assert heard(senderCorpId="dingother").sender.is_guest


@pytest.mark.parametrize("text", ["@Drumbeat 完成 T-1", "  @鼓点\u2005完成 T-1"])
def test_own_mention_that_was_left_in_is_left_out(text: str) -> None:
    assert heard(text=text).text == ("完成 T-1",)


def test_quoted_message_is_told() -> None:
    quoting = {"content": "完成", "isReplyMsg": True, "repliedMsg": {"msgId": "msg0", "msgType": "markdown"}}
    assert heard(text="").replies_to is None
    event = said(message() | {"text": quoting}, APP, now=NOW)
    assert event is not None and event.replies_to == "text:msg0"
    assert heard(originalMsgId="msg0").replies_to == "text:msg0"


@pytest.mark.parametrize(
    ("text", "names", "nodes"),
    [
        ("指派 T-1 @李四 明天", {"s2": "李四"}, ("指派 T-1 ", Mention("s2", "李四"), " 明天")),
        ("指派 T-1 @李四明天", {"s2": "李四"}, ("指派 T-1 ", Mention("s2", "李四"), "明天")),
        ("@李四 @王五 看", {"s3": "王五", "s2": "李四"}, (Mention("s2", "李四"), " ", Mention("s3", "王五"), " 看")),
        ("给 @小李 看", {"s2": None}, ("给 ", Mention("s2", "小李"), " 看")),
        ("给 @小李 和 @小王 看", {"s2": None, "s3": None}, ("给 @小李 和 @小王 看",)),
        ("给 @小李 看", {"s2": "李四", "s3": "王五"}, ("给 @小李 看",)),
    ],
)
def test_name_becomes_a_mention_only_where_it_is_certain(
    text: str, names: dict[str, str | None], nodes: tuple[str | Mention, ...]
) -> None:
    users = [{"dingtalkId": BOT}, *({"dingtalkId": f"$:{each}", "staffId": each} for each in names)]
    data = message(text=text, atUsers=users)
    assert mentioned(data) == tuple(names)
    event = said(data, APP, now=NOW)
    assert event is not None
    assert with_mentions(event, names).text == nodes


def test_files_voice_and_rich_text_are_read() -> None:
    file = heard(msgtype="file", content={"fileName": "报价.xlsx", "downloadCode": "c1"}, text="")
    assert [(each.id, each.name) for each in file.files] == [("c1", "报价.xlsx")]
    voice = said(
        message() | {"msgtype": "audio", "content": {"recognition": "完成 T-1", "downloadCode": "c"}}, APP, now=NOW
    )
    assert voice is not None and voice.text == ("完成 T-1",)
    rich = message() | {
        "msgtype": "richText",
        "content": {"richText": [{"text": "看 "}, {"type": "picture", "downloadCode": "c2"}, {"text": "这个"}]},
    }
    event = said(rich, APP, now=NOW)
    assert event is not None and event.text == ("看 这个",) and event.files[0].mime == "image/*"


def test_group_is_joined_once_for_ever() -> None:
    first, later = joined(heard()), joined(heard(msgId="msg2"))
    assert first.key == later.key and first.kind == "joined" and first.text == ()
    assert joined(heard(conversationId="cidOTHER==")).key != first.key


def press(**changes: Any) -> dict[str, Any]:
    """Make the data of a press."""
    carry = pack("task done", {"tasks": ["T-1"]}, 3, "ab" * 16, most=1000)
    data: dict[str, Any] = {
        "extension": "{}",
        "corpId": "dingcorp",
        "type": "actionCallback",
        "userId": "staff1",
        "userIdType": 1,
        "outTrackId": "letter1",
        "spaceType": "IM_GROUP",
        "spaceId": "cidGROUP==",
        "content": json.dumps({"cardPrivateData": {"actionIds": ["button1"], "params": {"carry": carry}}}),
    }
    return data | changes


def test_press_gives_back_what_the_button_carried() -> None:
    event = pressed(press(), APP, frame="f1", now=NOW)
    assert event is not None
    assert event.carried == Carried("task done", {"tasks": ["T-1"]}, 3, "ab" * 16)
    assert (event.kind, event.sender.account, event.message) == ("pressed", "staff1", "card:letter1")
    assert event.place == Place("cidGROUP==", "group")
    assert event.key == "dingtalk:dingapp:dingcorp:press:f1"
    direct = pressed(press(spaceType="IM_ROBOT", spaceId="x"), APP, frame="f1", now=NOW)
    assert direct is not None and direct.place == Place("dm:staff1", "direct")


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "{}"},
        {"content": "no json"},
        {"content": '{"cardPrivateData":{"params":{"carry":"${carry1}"}}}'},
        {"userId": ""},
        {"outTrackId": ""},
        {"spaceId": ""},
    ],
)
def test_press_that_carries_nothing_is_nothing(changes: dict[str, Any]) -> None:
    assert pressed(press(**changes), APP, frame="f1", now=NOW) is None


WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def spoilt(data: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Put anything in the place of some fields."""
    return st.dictionaries(st.sampled_from(sorted(data)), WILD).map(lambda some: data | some)


@pytest.mark.slow
@given(spoilt(message()), spoilt(press()))
def test_nothing_raises_whatever_the_shape(data: dict[str, Any], touched: dict[str, Any]) -> None:
    event = said(data, APP, now=NOW)
    webhook(data)
    if event is not None:
        with_mentions(event, dict.fromkeys(mentioned(data)))
    pressed(touched, APP, frame="f", now=NOW)
