"""Replies as Block Kit: golden files of every kind, every limit for any reply, and what comes back from Slack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.escape import is_tame
from adapters.slack.render import (
    Rendered,
    carried_of_action,
    carried_of_view,
    home,
    message,
    modal,
    values_of_action,
)
from adapters.text import clean, clean_name, cut, safe_link, units
from bot.fit import fit
from commands.core.event import Carried
from commands.core.ports import Limits
from commands.core.reply import (
    Button,
    Choice,
    Code,
    Divider,
    Field,
    Fields,
    Form,
    Image,
    Input,
    Item,
    Line,
    Link,
    Listing,
    Note,
    Part,
    Reply,
    Strong,
    Struck,
    Table,
    Text,
    Who,
)
from commands.words.catalog import load
from tests.adapters.slack.parse_back import Seen, cleaned, faults, read
from tests.preview.samples import LANGUAGES, samples
from tests.support.golden import Golden

SLACK = Limits(
    text_chars=2900,
    parts=40,
    items=15,
    buttons=20,
    can_edit=True,
    can_whisper=True,
    can_ask=True,
    can_thread=True,
    can_picture=True,
    posts_per_minute=60,
)
WORDS = load()
BUTTON = Button("Finish", "task done", {"tasks": ["T-1"]}, "done T-1", style="primary", version=3, mac="ab" * 16)


def seen_in(rendered: Rendered | Mapping[str, Any]) -> list[Seen]:
    return list(read(asdict(rendered) if isinstance(rendered, Rendered) else rendered))


def shown(reply: Reply) -> Rendered:
    return message(reply, language="en")


def texts(reply: Reply) -> list[str]:
    return [one.text for one in seen_in(shown(reply))]


def values(blocks: Any, name: str) -> list[Any]:
    """Find all values of a name."""
    if isinstance(blocks, dict):
        return [
            *([blocks[name]] if name in blocks else []),
            *(found for each in blocks.values() for found in values(each, name)),
        ]
    return [found for each in blocks for found in values(each, name)] if isinstance(blocks, list) else []


# Every kind of reply, as it is sent.


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", samples("en"))
def test_sample_is_drawn_as_reviewed(golden: Golden, name: str, language: str) -> None:
    reply = samples(language)[name]
    drawn: dict[str, Any] = {"message": asdict(message(reply, language=language, images={0: "F0PICTURE"}))}
    assert faults(drawn["message"]) == []
    if reply.form is not None:
        drawn["modal"] = modal(reply.form, reply, callback_id="form")
        assert faults(drawn["modal"], "modal") == []
    golden.check(f"{name}_{language}.json", json.dumps(drawn, ensure_ascii=False, indent=1) + "\n")


# Limits.

WILD = st.text(st.characters(codec=None, exclude_characters=""), max_size=60) | st.sampled_from(
    ["", " ", "\u200b", "\ud800", "&" * 3000, "界" * 3000, "😀" * 3000, "a" * 200, "<!channel>", "x\n" * 60, "_*`" * 40]
)
INLINE = (
    WILD
    | st.builds(Strong, WILD)
    | st.builds(Code, WILD)
    | st.builds(Struck, WILD)
    | st.builds(Link, st.sampled_from(["https://a.example/" + "x" * 30, "https://" + "b" * 3000, "ftp://x"]), WILD)
    | st.builds(Who, st.just(1), WILD, st.booleans(), st.sampled_from([None, "U0MEANT01", "<!here>"]))
)
LINES = st.lists(INLINE, max_size=4).map(tuple)
BUTTONS = st.builds(
    Button,
    WILD,
    st.just("task done"),
    st.dictionaries(st.sampled_from("ab"), WILD, max_size=2),
    WILD,
    st.sampled_from(["plain", "primary", "danger"]),
    st.none() | st.integers(0, 10**9),
    st.just("ab" * 16),
)
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, LINES),
    st.builds(Note, LINES),
    st.builds(Fields, st.lists(st.builds(Field, WILD, LINES), max_size=23).map(tuple)),
    st.builds(Listing, st.lists(st.builds(Item, LINES, LINES, st.none() | BUTTONS), max_size=20).map(tuple), WILD),
    st.builds(
        Table,
        st.lists(WILD, max_size=23).map(tuple),
        st.lists(st.lists(LINES, max_size=23).map(tuple), max_size=4).map(tuple),
    ),
    st.builds(Image, st.just("<svg/>"), WILD),
    st.just(Divider()),
)
CHOICES = st.lists(st.builds(Choice, WILD, WILD), max_size=3).map(tuple)
FORMS = st.builds(
    Form,
    WILD,
    st.just("task add"),
    st.dictionaries(st.sampled_from("ab"), st.text(max_size=9), max_size=2),
    st.lists(
        st.builds(
            Input,
            st.sampled_from(["title", "due", "owner", "note"]),
            WILD,
            st.sampled_from(["text", "lines", "choice", "person", "date", "number"]),
            WILD,
            WILD,
            st.booleans(),
            CHOICES,
        ),
        unique_by=lambda one: one.name,
    ).map(tuple),
    WILD,
    WILD,
)
REPLIES = st.builds(
    Reply,
    parts=st.lists(PARTS, max_size=6).map(tuple),
    title=LINES,
    health=st.sampled_from([None, "green", "yellow", "red"]),
    buttons=st.lists(BUTTONS, max_size=22).map(tuple),
    form=st.none() | FORMS,
)


@settings(max_examples=60)
@given(REPLIES, st.booleans(), st.sampled_from([1, 1, 1, 9]))
def test_any_reply_that_fits_keeps_every_limit(reply: Reply, has_pictures: bool, times: int) -> None:
    reply = fit(replace(reply, parts=reply.parts * times), SLACK, WORDS["zh"])
    images = {at: f"F{at}" for at in range(len(reply.parts))} if has_pictures else {}
    assert faults(asdict(message(reply, language="zh", images=images))) == []
    assert faults(home(reply, images=images), "home") == []
    if reply.form is not None:
        assert faults(modal(reply.form, reply, callback_id="form"), "modal") == []


@pytest.mark.slow
@settings(max_examples=400)
@given(REPLIES, st.sampled_from([1, 3, 9]))
def test_many_replies_that_fit_keep_every_limit(reply: Reply, times: int) -> None:
    reply = fit(replace(reply, parts=reply.parts * times), SLACK, WORDS["en"])
    assert faults(asdict(message(reply, language="en"))) == []
    assert faults(home(reply), "home") == []


def test_reply_too_long_for_blocks_is_drawn_densely_and_its_cut_is_marked() -> None:
    rows = Listing(tuple(Item((Strong(f"T-{at}"), " " + "文" * 80), ("x" * 60,), BUTTON) for at in range(15)))
    rendered = shown(Reply(title=("Tasks",), parts=(rows,) * 20, buttons=(BUTTON,)))
    assert faults(asdict(rendered)) == []
    seen = seen_in(rendered)
    assert seen[0].text == "Tasks"
    assert any("done T-1" in one.text for one in seen)
    assert any(one.text.endswith("…") for one in seen[:-1])
    assert seen[-2].where == "button"


def test_button_that_carries_too_much_is_told_as_what_to_type() -> None:
    heavy = replace(BUTTON, args={"title": "文" * 2000}, label="Make it a task", typed="add task 文文")
    rendered = shown(Reply(parts=(Listing((Item(("row",), (), heavy),)),), buttons=(heavy, BUTTON)))
    assert [one.text for one in seen_in(rendered) if one.where == "button"] == ["Finish"]
    assert [one.text for one in seen_in(rendered)].count("Make it a task: add task 文文") == 2


def test_long_field_and_long_title_are_kept_whole_as_rich_text() -> None:
    seen = seen_in(shown(Reply(title=("题" * 200,), parts=(Fields((Field("Why", ("&" * 2500,)),)),))))
    assert seen[0].text == "题" * 200
    assert seen[0].styles == [("bold", "题" * 200)]
    assert seen[1].text == "Why\n" + "&" * 2500


def test_single_field_has_the_whole_width() -> None:
    one, two = Field("Budget", ("63% → 100%",)), Field("Status", ("open",))
    alone, pair = (shown(Reply(parts=(Fields(those),))).blocks for those in ((one,), (one, two)))
    said = {"type": "mrkdwn", "text": "*Budget*\n63% → 100%", "verbatim": True}
    assert alone == [{"type": "section", "text": said}]
    assert [sorted(block) for block in pair] == [["fields", "type"]]


# What pings, links and colours.


def test_only_a_named_account_that_shall_be_told_is_mentioned() -> None:
    told = Who(1, "李四", pings=True, account="U02LISI01")
    line: Line = (told, replace(told, pings=False), replace(told, account=None), replace(told, account="!channel"))
    for part in (Text(line), Note(line), Fields((Field("Owner", line),)), Listing((Item(line, (), BUTTON),))):
        rendered = shown(Reply(parts=(part,)))
        for places in (seen_in(rendered)[:-1], seen_in(rendered)[-1:]):
            assert [account for one in places for account in one.mentions] == ["U02LISI01"]
            assert not any(one.broadcasts for one in places)
        assert "李四" in seen_in(rendered)[0].text


def test_mention_beside_wild_text_still_pings() -> None:
    wild = ("*now* :fire: ", Who(1, "李四", pings=True, account="U02LISI01"))
    for part in (Note(wild), Fields((Field("Owner", wild),)), Listing((Item(wild, wild, BUTTON),))):
        seen = seen_in(shown(Reply(parts=(part,))))[:-1]
        assert [account for one in seen for account in one.mentions] == ["U02LISI01"] * (1 + isinstance(part, Listing))
        assert not any(one.emoji or one.quotes for one in seen)


def test_link_tells_where_it_leads_and_other_schemes_are_words() -> None:
    good = seen_in(shown(Reply(parts=(Text((Link("https://u:p@shop.example/a?b=1&c=2", "report"),)),))))
    assert good[0].links == [("https://shop.example/a?b=1&c=2", "report")]
    assert good[0].text == "report (shop.example)"
    bad = seen_in(shown(Reply(parts=(Text((Link("javascript:alert(1)", "report"),)),))))
    assert (bad[0].links, bad[0].text) == ([], "report")


def test_host_is_shown_as_it_is_on_the_wire() -> None:
    assert safe_link("https://аpple.example/") == ("https://xn--pple-43d.example/", "xn--pple-43d.example")
    assert safe_link("https://a.example/" + "x" * 3000) is None
    assert safe_link("https://[::1]/") is None


def test_colour_stands_beside_the_last_small_print_only() -> None:
    note, facts = Note(("from 陈晨",)), Fields((Field("Status", ("🔵 in progress",)),))
    card = shown(Reply(title=("T-1",), parts=(facts, note), health="red", buttons=(BUTTON,)))
    assert [one["color"] for one in card.attachments] == ["#e01e5a"]
    assert [one["type"] for one in card.blocks] == ["header", "section", "actions"]
    calm = shown(Reply(title=("T-1",), parts=(facts, note), buttons=(BUTTON,)))
    assert calm.attachments == []
    assert [one["type"] for one in calm.blocks] == ["header", "section", "actions", "context"]
    assert shown(Reply(title=("T-1",), parts=(note, facts), health="red")).attachments == []


def test_small_print_that_pings_stays_out_of_the_attachment() -> None:
    pinging = Note((Who(1, "李四", pings=True, account="U02LISI01"),))
    assert shown(Reply(parts=(pinging,), health="red")).attachments == []


# Parts, each as Slack does it best.


def test_stressed_word_gets_the_space_that_mrkdwn_needs() -> None:
    seen = seen_in(shown(Reply(parts=(Note(("更多：", Code("帮助 任务"), "，或", Strong("T-1"), "。")),))))[0]
    assert seen.text == "更多： 帮助 任务 ，或 T-1 。"
    assert (seen.misfits, [look for look, _ in seen.styles]) == ([], ["bold", "code"])


def test_row_without_button_keeps_its_looks_in_rich_text() -> None:
    seen = seen_in(shown(Reply(parts=(Listing((Item((Code("add ~2d ~3d"),), ("Make a task.",)),)),))))
    assert (seen[0].where, seen[0].styles) == ("rich", [("code", "add ~2d ~3d")])
    assert (seen[1].where, seen[1].text) == ("context", "Make a task.")


def test_second_table_is_set_in_columns_of_letters() -> None:
    table = Table(("Owner", "Open"), ((("李四",), ("5",)), (("Ann",), ("12",))))
    blocks = shown(Reply(parts=(table, table))).blocks
    assert [one["type"] for one in blocks] == ["table", "rich_text"]
    assert values(blocks[1], "text") == ["Owner  Open\n李四   5\nAnn    12"]
    assert values(home(Reply(parts=(table,)))["blocks"], "type")[0] == "rich_text"


def test_picture_is_told_in_words_until_it_is_uploaded() -> None:
    reply = Reply(parts=(Text(("now",)), Image("<svg/>", "12 of 20")))
    assert texts(reply)[1] == "12 of 20"
    uploaded = message(reply, language="en", images={1: "F123"}).blocks[1]
    assert uploaded == {"type": "image", "slack_file": {"id": "F123"}, "alt_text": "12 of 20"}


def test_nothing_at_all_is_still_a_message() -> None:
    assert shown(Reply()) == Rendered("—", [], [])


def test_fallback_tells_all_in_lines() -> None:
    text = shown(samples("en")["card_late"]).text
    assert text.splitlines()[:3] == ["T-1 Final hero banner", "Status: ⛔ blocked", "Owner: 李四"]
    assert len(text.splitlines()) == 8


# Forms.


def test_form_comes_back_with_what_it_carried_and_what_was_filled_in() -> None:
    form = samples("zh")["form"].form
    assert form is not None
    view = modal(replace(form, args={"tasks": ["T-1"]}, version=4), Reply(), callback_id="form")
    state = {
        "title": {"answer": {"type": "plain_text_input", "value": "主图 & <定稿>"}},
        "owner": {"answer": {"type": "static_select", "selected_option": {"value": "3"}}},
        "due": {"answer": {"type": "plain_text_input", "value": None}},
        "priority": {"answer": {"type": "static_select", "selected_option": None}},
    }
    carried, filled = carried_of_view({**view, "state": {"values": state}})
    assert carried == Carried("task add", {"tasks": ["T-1"]}, 4, form.mac)
    assert filled == {"title": "主图 & <定稿>", "owner": "3", "due": "", "priority": ""}


def test_form_that_carries_too_much_is_refused() -> None:
    form = Form("Add", "task add", {"title": "文" * 3000}, (), "OK", "add")
    with pytest.raises(ValueError, match="carries more"):
        modal(form, Reply(), callback_id="form")
    with pytest.raises(ValueError, match="name of their own"):
        modal(replace(form, args={}, inputs=(Input("a", "a"), Input("a", "b"))), Reply(), callback_id="form")
    with pytest.raises(ValueError, match="no command"):
        carried_of_view({"private_metadata": "{}"})


def test_long_title_of_a_form_is_whole_inside() -> None:
    seen = seen_in(modal(Form("T-12 Set or move the due date", "x", {}, (), "OK", ""), Reply(), callback_id="f"))
    assert seen[0].text == "T-12 Set or move the du…"
    assert ("header", "T-12 Set or move the due date") in [(one.where, one.text) for one in seen]


def test_many_choices_are_grouped_and_too_many_are_asked_as_text() -> None:
    def element(count: int) -> dict[str, Any]:
        choices = tuple(Choice(str(at), f"n{at}") for at in range(count))
        form = Form("Add", "x", {}, (Input("owner", "owner", "person", value="7", choices=choices),), "OK", "")
        view = modal(form, Reply(), callback_id="f")
        assert faults(view, "modal") == []
        found: dict[str, Any] = values(view, "element")[0]
        return found

    assert len(element(100)["options"]) == 100
    assert [len(group["options"]) for group in element(250)["option_groups"]] == [100, 100, 50]
    assert element(250)["initial_option"]["value"] == "7"
    assert (element(0)["type"], element(2000)["type"]) == ("plain_text_input", "plain_text_input")


def test_form_in_a_message_is_told_as_what_to_type_once() -> None:
    form = Form("Add", "task add", {}, (), "OK", "add task x")
    assert texts(Reply(form=form))[0] == "Add: add task x"
    said = texts(Reply(parts=(Text(("Or: ", Code("add task x"))),), form=form))
    assert said == ["Or: add task x", "Or: add task x"]


# What comes back.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(max_size=20), st.dictionaries(st.text(max_size=8), JSON, max_size=3), st.none() | st.integers(0, 2**31))
def test_button_gives_back_exactly_what_it_carried(command: str, args: dict[str, Any], version: int | None) -> None:
    rendered = shown(Reply(buttons=(replace(BUTTON, command=command, args=args, version=version),)))
    packed = values(rendered.blocks, "value")
    for value in packed:
        assert not set("&<>") & set(value)
        assert carried_of_action({"type": "button", "value": value}) == Carried(command, args, version, BUTTON.mac)


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "",
        "[]",
        "{}",
        "[" * 1990,
        '{"c":1,"a":{},"v":null,"m":""}',
        '{"c":"x","a":[],"v":null,"m":""}',
        '{"c":"x","a":{},"v":true,"m":""}',
        '{"c":"x","a":{"b":NaN},"v":null,"m":""}',
        '{"c":"x","a":{},"v":null,"m":"","more":1}',
        '{"c":"x","a":{},"v":null,"m":"' + "a" * 3000 + '"}',
    ],
)
def test_value_that_is_not_ours_is_nobodys(value: object) -> None:
    assert carried_of_action({"type": "button", "value": value}) is None


def test_menu_gives_its_choice_and_a_button_none() -> None:
    chosen = {"type": "static_select", "action_id": "owner", "selected_option": {"value": "3"}}
    assert values_of_action(chosen) == {"owner": "3"}
    assert values_of_action({"type": "datepicker", "action_id": "due", "selected_date": "2026-11-20"}) == {
        "due": "2026-11-20"
    }
    assert values_of_action({"type": "button", "action_id": "press-1", "value": "x"}) == {}


# Cleaning and cutting.


@given(st.text(st.characters(codec=None), max_size=80), st.booleans())
def test_two_ways_of_cleaning_agree(text: str, keeps_breaks: bool) -> None:
    ours, theirs = clean(text, keeps_breaks=keeps_breaks), cleaned(text, keeps_breaks=keeps_breaks)
    assert "".join(ours.split()) == "".join(theirs.split())
    assert ours.count("\n") == theirs.count("\n")


def test_name_hides_nothing() -> None:
    assert clean_name("李\u200b四\u3164\U000e0041\u202e\n (boss)") == "李四 (boss)"


@pytest.mark.parametrize(
    ("text", "most", "kept"),
    [
        ("主图定稿", 4, "主图定稿"),
        ("主图定稿", 3, "主图…"),
        ("e\u0301e\u0301e\u0301", 4, "e\u0301…"),
        ("a👨\u200d👩\u200d👧b", 6, "a…"),
        ("a🇨🇳🇯🇵", 7, "a🇨🇳…"),
        ("a👍🏽", 4, "a…"),
        ("한글", 1, "…"),
    ],
)
def test_text_is_cut_between_letters(text: str, most: int, kept: str) -> None:
    assert cut(text, most) == kept
    assert units(kept) <= most


@given(st.text(max_size=60), st.integers(1, 40))
def test_cut_text_is_never_too_long(text: str, most: int) -> None:
    assert units(cut(text, most)) <= most


@pytest.mark.parametrize(
    ("text", "tame"),
    [
        ("主图定稿 18:00", True),
        ("from 陈晨, 11-12 09:30 · 2 comments", True),
        ("#design ~2d a & b <c>", True),
        ("5 * 3", False),
        ("a_b_c", False),
        ("go :fire:", False),
        ("10:30:15", False),
        (":)", False),
        ("https://a.example", False),
        ("@channel", False),
        ("> quoted", False),
        ("x\n&gt; y", False),
    ],
)
def test_tame_text_has_no_sign_of_markup(text: str, tame: bool) -> None:
    assert is_tame(text) is tame
