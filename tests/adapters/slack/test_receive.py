"""What Slack sends becomes the house's events; what is forged, foreign or a bot's does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.gate import is_foreign
from adapters.slack.receive import (
    EVENTS,
    Nothing,
    Response,
    answer,
    nodes_of,
    parse,
    shape_of,
    with_message,
    written,
)
from commands.core.event import Carried, Event, Mention, Place, SharedFile
from commands.core.reply import CardNow, FormErrors, Outcome, Reply, Toast
from tests.adapters.slack.recorded import NOW, OWN, names, payload

TS = "1795305600.000100"
SAID_AT = datetime.fromtimestamp(1795305600.0001, UTC)
DONE = Carried("task done", {"tasks": ["T-1"]}, 3, "0123456789abcdef")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def event_of(name: str, **changes: Any) -> Event:
    event = parse(payload(name, **changes), OWN, now=NOW)
    assert isinstance(event, Event), event
    return event


# -- messages ------------------------------------------------------------------------------------


def test_mention_is_said_without_the_bots_name() -> None:
    event = event_of("app_mention")
    assert event.text == ("task add A & B <v2> ", Mention("U0ANN", "ann"), " Fri")
    assert (event.kind, event.is_addressed, event.sender.account) == ("said", True, "U0LISI")
    assert event.place == Place("C0WAR", "group") and event.message == TS
    assert event.sent_at == SAID_AT
    assert event.key == f"slack:A0DRUM:T0SHOP:C0WAR:{TS}"


def test_both_copies_of_one_mention_are_one_event() -> None:
    assert event_of("app_mention") == event_of("message_channels")


def test_direct_message_is_addressed() -> None:
    event = event_of("message_im")
    assert event.is_addressed and event.place == Place("D0LISI", "direct") and event.text == ("我的任务",)


def test_reply_in_a_thread_is_talk_until_the_house_reads_a_command_in_it() -> None:
    event = event_of("thread_reply")
    assert not event.is_addressed and event.place.thread == TS


def test_first_message_of_a_thread_is_not_in_it() -> None:
    assert event_of("message_channels", event__thread_ts=TS).place.thread is None


def test_talk_keeps_its_words_and_nothing_that_pings() -> None:
    event = event_of("chatter")
    assert event.text == ("see https://a.example/x?a=1&b=2 here @设计组 in #ops &lt;",)
    assert not event.is_addressed


def test_message_tells_the_way_back_to_itself_also_in_a_thread() -> None:
    assert event_of("message_channels").link == f"https://shop.slack.com/archives/C0WAR/p{TS.replace('.', '')}"
    assert f"?thread_ts={TS}&cid=C0WAR" in (event_of("thread_reply").link or "")


def test_files_come_with_their_message() -> None:
    assert event_of("file_share").files == (SharedFile("F0PIC", "主图.png", "image/png", 20481),)


def test_edit_names_the_message_and_its_new_text() -> None:
    event = event_of("message_changed")
    assert (event.kind, event.message, event.text) == ("edited", TS, ("task add B Mon",))
    assert event.is_addressed and event.key == "slack:A0DRUM:T0SHOP:event:Ev0CHANGED"


@pytest.mark.parametrize("name", ["message_deleted", "message_tombstone"])
def test_deletion_names_the_message_and_its_author(name: str) -> None:
    event = event_of(name)
    assert (event.kind, event.message, event.sender.account, event.text) == ("deleted", TS, "U0LISI", ())


@pytest.mark.parametrize(
    "name",
    [
        "bot_message", "own_message", "slackbot", "message_unfurled", "somebody_joined", "file_shared", "view_closed",
        "app_rate_limited", "url_verification", "block_actions_link",
    ],
)  # fmt: skip
def test_what_asks_for_nothing_is_left_alone(name: str) -> None:
    assert isinstance(parse(payload(name), OWN, now=NOW), Nothing)


@pytest.mark.parametrize("subtype", ["channel_join", "channel_topic", "bot_add", "reminder_add", "huddle_thread"])
def test_notices_of_slack_are_not_said_by_a_person(subtype: str) -> None:
    assert isinstance(parse(payload("message_im", event__subtype=subtype), OWN, now=NOW), Nothing)


def test_stranger_in_a_shared_channel_is_a_guest() -> None:
    event = event_of("shared_channel")
    assert event.sender.is_guest and event.tenant == "T0SHOP"
    assert not event_of("app_mention").sender.is_guest


def test_colleague_of_another_workspace_of_the_company_is_no_guest() -> None:
    own = replace(OWN, enterprise="E0CORP")
    event = parse(payload("app_mention", event__team="T0SISTER"), own, now=NOW)
    assert isinstance(event, Event) and not event.sender.is_guest


# -- other events ----------------------------------------------------------------------------------


def test_pin_asks_for_a_task_of_that_message() -> None:
    event = event_of("reaction_added")
    assert (event.kind, event.sender.account, event.message) == ("reacted", "U0ANN", TS)
    assert event.values == {
        "reaction": "pushpin",
        "author": "U0LISI",
        "link": "https://shop.slack.com/archives/C0WAR/p1795305600000100",
    }
    assert event.key == "slack:A0DRUM:T0SHOP:event:Ev0PIN"


@pytest.mark.parametrize(
    "changes", [{"event__reaction": "tada"}, {"event__item_user": "U0BOT"}, {"event__user": "U0BOT"}]
)
def test_other_reactions_ask_for_nothing(changes: dict[str, str]) -> None:
    assert isinstance(parse(payload("reaction_added", **changes), OWN, now=NOW), Nothing)


def test_marked_message_is_added_from_the_history() -> None:
    found = {"user": "U0WANG", "text": "改包装 &amp; 运费 <@U0LISI>", "ts": TS, "thread_ts": "1795305500.000100"}
    event = with_message(event_of("reaction_added", event__item_user=""), found, OWN)
    assert event.text == ("改包装 & 运费 ", Mention("U0LISI")) and event.place.thread == "1795305500.000100"
    assert event.values["author"] == "U0WANG"
    assert str(event.values["link"]).endswith("?thread_ts=1795305500.000100&cid=C0WAR")


def test_shortcut_asks_for_a_task_of_its_message() -> None:
    event = event_of("message_action")
    assert (event.kind, event.text, event.message) == ("reacted", ("客户要改包装 & 运费",), "1795305600.000900")
    assert (event.values["reaction"], event.values["author"]) == ("shortcut", "U0WANG")
    assert (event.trigger, event.key) == ("777.888.ggg", "slack:A0DRUM:T0SHOP:trigger:777.888.ggg")
    assert event.place == Place("C0WAR", "group", "war-room", TS)


def test_home_is_opened_by_its_tab_only() -> None:
    event = event_of("app_home_opened")
    assert (event.kind, event.place) == ("opened_home", Place("D0LISI", "direct"))
    assert isinstance(parse(payload("app_home_opened", event__tab="messages"), OWN, now=NOW), Nothing)


def test_bot_joins_by_whom_it_was_invited() -> None:
    event = event_of("member_joined_channel")
    assert (event.kind, event.sender.account, event.place.chat) == ("joined", "U0LISI", "C0OPS")


def test_bot_leaves() -> None:
    assert (event_of("channel_left").kind, event_of("channel_left").sender.account) == ("left", "U0LISI")


# -- acts ------------------------------------------------------------------------------------------


def test_slash_command_is_said_to_the_bot() -> None:
    event = event_of("slash_command")
    assert event.text == ("任务 加 主图定稿 ", Mention("U0ANN", "ann"), " 周五")
    assert event.is_addressed and event.place == Place("C0WAR", "group", "war-room")
    assert (event.sender.name, event.trigger, event.sent_at) == ("lisi", "111.222.aaa", NOW)


def test_press_gives_back_what_the_button_carried() -> None:
    event = event_of("block_actions")
    assert (event.kind, event.carried, event.message) == ("pressed", DONE, "1795305650.000100")
    assert event.place == Place("C0WAR", "group", "war-room", TS)
    assert event.sent_at == datetime.fromtimestamp(1795305660.123456, UTC)


def test_press_in_the_home_tab_happens_in_the_direct_chat() -> None:
    event = event_of("block_actions_home")
    assert event.place == Place("U0LISI", "direct") and event.message is None


def test_form_comes_back_to_where_it_was_opened() -> None:
    event = event_of("view_submission")
    assert event.carried == Carried("task add", {"labels": ["a"]}, None, "0123456789abcdef")
    assert event.values == {"title": "主图 & <定稿>", "due": ""}
    assert event.place == Place("C0WAR", "group", thread=TS)


def test_form_without_a_place_happens_in_the_direct_chat() -> None:
    event = event_of("view_submission", view__callback_id=written(Place("", "group")))
    assert event.place == Place("U0LISI", "direct")


@pytest.mark.parametrize("name", ["block_actions", "message_action", "view_submission", "slash_command"])
def test_act_without_a_trigger_has_one_key_however_often_it_comes(name: str) -> None:
    first, second = event_of(name, trigger_id=""), event_of(name, trigger_id="")
    assert first.key == second.key and first.key != event_of(name).key and first.trigger is None


# -- text ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("<@U0BOT>", ()),
        ("<@U0BOT>: task add x", ("task add x",)),
        ("<@U0BOT>，任务 加 主图", ("任务 加 主图",)),
        ("please <@U0BOT> task add x", ("please task add x",)),
        ("请<@U0BOT>任务 加 主图", ("请 任务 加 主图",)),
        ("<@W0ENT|eve> hi", (Mention("W0ENT", "eve"), " hi")),
        ("<!channel> <!everyone|@everyone> <!subteam^S1>", ("channel everyone S1",)),
        ("<!date^1795305600^{date}|Nov 22> <#C1|> <mailto:a@b.example|a@b.example>", ("Nov 22 #C1 a@b.example",)),
        ("a &lt;@U0ANN&gt; &amp;amp;", ("a <@U0ANN> &amp;",)),
        ("a\nb", ("a\nb",)),
        ("1 < 2 <", ("1 < 2 <",)),
    ],
)
def test_text_is_read_as_it_was_typed(text: str, nodes: tuple[str | Mention, ...]) -> None:
    assert nodes_of(text, OWN)[0] == nodes


@given(st.text())
def test_typed_text_survives_slacks_escapes(typed: str) -> None:
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert "".join(str(node) for node in nodes_of(escaped, OWN)[0]) == typed.strip()


# -- any shape -------------------------------------------------------------------------------------


@given(JSON, JSON, JSON)
def test_no_shape_breaks_the_parser(event: object, inner: object, user: object) -> None:
    for kind in ("event_callback", "block_actions", "view_submission", "message_action", "?"):
        body = {"type": kind, "event": event, "actions": [inner], "view": inner, "user": user, "message": event}
        parse(body, OWN, now=NOW)
        is_foreign(body, OWN)
        answer(body, Outcome("again"), not_saved="!")
    for kind in EVENTS:
        inside: dict[str, object] = {"type": kind, "user": user, "message": inner, "item": inner, "files": inner}
        parse({"type": "event_callback", "event": inside}, OWN, now=NOW)


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
@given(data=st.data())
def test_no_changed_field_breaks_the_parser(name: str, data: st.DataObject) -> None:
    body = payload(name)
    inside = body
    while True:
        key = data.draw(st.sampled_from(sorted(inside)))
        if isinstance(inside[key], dict) and inside[key] and data.draw(st.booleans()):
            inside = inside[key]
            continue
        inside[key] = data.draw(JSON)
        break
    parse(body, OWN, now=NOW)
    shape_of(body)


# -- answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [None, Toast("Done"), CardNow(Reply())])
@pytest.mark.parametrize("name", ["app_mention", "block_actions", "view_submission", "slash_command", "message_action"])
def test_what_was_done_is_acknowledged_without_words(name: str, said: Any) -> None:
    assert answer(payload(name), Outcome("ok", said), not_saved="!") == Response(200)


def test_errors_hang_under_their_inputs() -> None:
    refused = Outcome("ok", FormErrors({"due": "When?", "nowhere": "Hm."}))
    answered = answer(payload("view_submission"), refused, not_saved="!")
    assert answered.body == {"response_action": "errors", "errors": {"due": "When?", "title": "Hm."}}


def test_events_that_were_not_stored_are_not_acknowledged() -> None:
    assert answer(payload("app_mention"), Outcome("again"), not_saved="!").status == 503
    assert answer(payload("block_actions"), Outcome("again"), not_saved="!").status == 503


def test_person_who_typed_or_filled_in_is_told_to_do_it_again() -> None:
    typed = answer(payload("slash_command"), Outcome("again"), not_saved="没存上 <again>")
    assert typed == Response(200, {"response_type": "ephemeral", "text": "没存上 &lt;again&gt;"})
    filled = answer(payload("view_submission"), Outcome("again"), not_saved="没存上")
    assert filled.body == {"response_action": "errors", "errors": {"title": "没存上"}}
