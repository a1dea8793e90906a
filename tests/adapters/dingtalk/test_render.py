"""Replies as DingTalk shows them: golden files of every kind, the length of messages, and the variables of cards."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.carry import unpack
from adapters.dingtalk.render import CARRY_CHARS, MESSAGE_BYTES, Template, card, markdown, pinged
from bot.fit import fit
from commands.core.event import Carried
from commands.core.ports import Limits
from commands.core.reply import (
    Button,
    Code,
    Divider,
    Field,
    Fields,
    Image,
    Inline,
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
from tests.fakes.dingtalk.markdown import read
from tests.preview.samples import LANGUAGES, samples
from tests.support.golden import Golden

TEMPLATE = Template("template.schema")
PLAIN = Limits(
    text_chars=1_500, parts=30, items=15, buttons=0, can_edit=False, can_whisper=False, can_ask=False,
    can_thread=False, can_picture=True, posts_per_minute=20,
)  # fmt: skip
CARDS = replace(PLAIN, buttons=6, can_edit=True)
WORDS = load()
BUTTON = Button("完成", "task done", {"tasks": ["T-1"]}, "完成 T-1", style="primary", version=3, mac="ab" * 16)


def shown(reply: Reply, **how: object) -> str:
    """Draw a reply of one message."""
    (text,) = markdown(reply, language="zh", **how).texts  # type: ignore[arg-type]
    return text


def text_of(*line: Inline) -> str:
    return shown(Reply(parts=(Text(line),)))


# Every kind of reply, as it is sent.


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", samples("en"))
def test_sample_is_drawn_as_reviewed(golden: Golden, name: str, language: str) -> None:
    reply = samples(language)[name]
    plain = fit(reply, PLAIN, WORDS[language])
    drawn = markdown(plain, language=language, images={0: "@lADPICTURE"}, mentions=True)
    seen = [read(text, drawn.at) for text in drawn.texts]
    assert [each.odd for each in seen] == [[]] * len(seen)
    variables = card(fit(reply, CARDS, WORDS[language]), TEMPLATE, language=language, images={0: "@lADPICTURE"})
    golden.check(
        f"{name}_{language}.txt", "\n\n======\n\n".join((f"{drawn.title}  →  {drawn.at}", *drawn.texts)) + "\n"
    )
    golden.check(f"{name}_{language}.json", json.dumps(variables, ensure_ascii=False, indent=1) + "\n")


# What each part becomes.


def test_line_breaks_are_kept_by_two_spaces() -> None:
    assert text_of("一\n二\n\n三") == "一  \n二  \n三"


@pytest.mark.parametrize(
    ("line", "written"),
    [
        (("已完成", Strong("T-1"), "首图"), "已完成 **T-1** 首图"),
        (("已完成", Strong("（急）"), "。"), "已完成 **（急）**。"),
        ((Strong(" a "), "b"), "**a** b"),
        (("看", Code("完成 T-1"), "吧"), "看 `完成 T-1` 吧"),
        (
            ("看！", Link("https://shop.example/a(1)", "店"), "好"),
            "看！ [店](https://shop.example/a%281%29) (shop.example)好",
        ),
        ((Struck("旧的"),), "旧的"),
        ((Who(1, "李四", pings=True, account="staff1"), "来"), "**李四** 来"),
        ((Who(1, "李四", pings=True, account="$:LWCP|x"),), "**李四**"),
    ],
)
def test_inline_pieces_are_written_with_the_space_they_need(line: Line, written: str) -> None:
    assert text_of(*line) == written


def test_people_are_called_by_their_ids_where_the_webhook_shows_names() -> None:
    reply = Reply(parts=(Text(("请 ", Who(1, "李四", pings=True, account="staff1"), "看")),))
    drawn = markdown(reply, language="zh", mentions=True)
    assert (drawn.texts, drawn.at) == (("请 @staff1 看",), ("staff1",))
    assert pinged(reply) == {"staff1": "李四"}
    assert markdown(reply, language="zh").at == ()


def test_somebody_who_is_only_named_is_not_called() -> None:
    reply = Reply(parts=(Text((Who(1, "李四", account="staff1"),)),))
    assert markdown(reply, language="zh", mentions=True).at == ()
    assert pinged(reply) == {}


def test_health_is_a_dot_before_the_title() -> None:
    assert shown(Reply(title=("T-1 主图",), health="red")) == "### 🔴 T-1 主图"


def test_table_becomes_a_list_of_named_values() -> None:
    table = Table(("店", "单量", "退货"), ((("天猫",), ("12",), ()), (("京东",), ("7",), ("1",))))
    assert shown(Reply(parts=(table,))) == "- **天猫** 单量 12 · 退货 —\n- **京东** 单量 7 · 退货 1"


def test_picture_without_a_media_id_is_told_in_words() -> None:
    reply = Reply(parts=(Image("<svg/>", "两周：3"),))
    assert shown(reply) == "> 两周：3"
    assert shown(reply, images={0: "@lAD_1-x"}) == "![两周：3](@lAD_1-x)"
    assert shown(reply, images={0: "https://evil.example/a) ["}) == "> 两周：3"


def test_divider_never_underlines_what_is_above_it() -> None:
    assert read(shown(Reply(parts=(Text(("标题？",)), Divider(), Text(("下",)))))).odd == []


@pytest.mark.parametrize("start", ["# ", "#标签", "- ", "+ ", "> ", "1. ", "2) ", "---", "===", "| a |", "    x", "* "])
def test_words_at_the_start_of_a_line_stay_words(start: str) -> None:
    for reply in (
        Reply(parts=(Text((f"上面\n{start}下面",)),)),
        Reply(parts=(Note((f"{start}下面",)),)),
        Reply(parts=(Listing((Item((f"{start}下面",), (f"{start}下面",)),)),)),
    ):
        seen = read(shown(reply))
        assert (seen.odd, seen.headings, seen.rules) == ([], [], 0)
        assert seen.bullets == sum(isinstance(part, Listing) for part in reply.parts)


# Lengths.


def test_long_reply_comes_in_several_messages_and_loses_nothing() -> None:
    items = tuple(Item((f"{number:03}" + "长" * 700,), ("长" * 700,)) for number in range(15))
    drawn = markdown(Reply(title=("列表",), parts=(Listing(items), Text(("完",)))), language="zh")
    assert len(drawn.texts) > 3
    assert "".join(drawn.texts).count("长") == 15 * 1_400
    assert all(len(json.dumps(text, ensure_ascii=False).encode()) <= MESSAGE_BYTES for text in drawn.texts)


WILD = st.text(max_size=40) | st.sampled_from(
    ["", " ", "\u200b", "\ud800", "&" * 1500, "界" * 1500, "*" * 1500, "`", "x\n" * 60, "[x](https://a.example)", "\\"]
)
INLINE = (
    WILD
    | st.builds(Strong, WILD)
    | st.builds(Code, WILD)
    | st.builds(Struck, WILD)
    | st.builds(Link, st.sampled_from(["https://a.example/" + "x" * 30, "ftp://x"]), WILD)
    | st.builds(Who, st.just(1), WILD, st.booleans(), st.sampled_from([None, "staff1", "@ALL"]))
)
LINE = st.lists(INLINE, max_size=3).map(tuple)
ANY_BUTTON = st.builds(Button, WILD, st.just("task done"), st.dictionaries(st.just("title"), WILD), WILD)
PART: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, LINE),
    st.builds(Note, LINE),
    st.builds(Fields, st.lists(st.builds(Field, WILD, LINE), max_size=4).map(tuple)),
    st.builds(Listing, st.lists(st.builds(Item, LINE, LINE, st.none() | ANY_BUTTON), max_size=5).map(tuple)),
    st.builds(
        Table,
        st.lists(WILD, max_size=4).map(tuple),
        st.lists(st.lists(LINE, max_size=4).map(tuple), max_size=3).map(tuple),
    ),
    st.builds(Image, st.just("<svg/>"), WILD),
    st.just(Divider()),
)
REPLY = st.builds(
    Reply,
    st.lists(PART, max_size=8).map(tuple),
    title=LINE,
    health=st.sampled_from([None, "green", "red"]),
    buttons=st.lists(ANY_BUTTON, max_size=8).map(tuple),
)


@pytest.mark.slow
@settings(max_examples=300)
@given(REPLY)
def test_every_message_is_within_the_limit_and_never_empty(reply: Reply) -> None:
    drawn = markdown(fit(reply, PLAIN, WORDS["zh"]), language="zh", images={0: "@lAD1"})
    assert drawn.title.strip() and drawn.texts
    for text in drawn.texts:
        assert text.strip()
        assert (
            len(json.dumps({"title": drawn.title, "text": text}, ensure_ascii=False).encode("utf-8", "replace"))
            <= 15_000
        )
    variables = card(fit(reply, CARDS, WORDS["zh"]), TEMPLATE, language="zh")
    if variables is not None:
        assert len(json.dumps(variables, ensure_ascii=False).encode("utf-8", "replace")) <= 15_000


# Cards.


def test_card_gives_every_variable_and_what_each_button_carries() -> None:
    reply = Reply(title=("T-1 主图",), parts=(Text(("好",)),), buttons=(BUTTON,), health="yellow")
    variables = card(reply, TEMPLATE, language="zh")
    assert variables is not None
    names = {"title", "body", "colour", *(f"{name}{n}" for name in ("button", "carry") for n in range(1, 7))}
    assert set(variables) == names
    assert (variables["title"], variables["body"], variables["colour"]) == ("🟡 T-1 主图", "好", "yellow")
    assert variables["button1"] == "完成"
    assert unpack(variables["carry1"], most=CARRY_CHARS) == Carried("task done", {"tasks": ["T-1"]}, 3, "ab" * 16)
    assert {variables[f"button{n}"] for n in range(2, 7)} == {""}


def test_variables_are_called_as_the_console_calls_them() -> None:
    template = Template("t", title="标题", body="b", colour="c", button="btn_", carry="arg_", buttons=2)
    variables = card(Reply(parts=(Text(("好",)),), buttons=(BUTTON,)), template, language="zh")
    assert variables is not None
    assert set(variables) == {"标题", "b", "c", "btn_1", "btn_2", "arg_1", "arg_2"}


def test_what_a_card_cannot_hold_is_no_card() -> None:
    long = Reply(parts=tuple(Text(("长" * 1_400,)) for _ in range(5)), buttons=(BUTTON,))
    assert card(long, TEMPLATE, language="zh") is None
    heavy = replace(BUTTON, args={"title": "长" * 1_000})
    assert card(Reply(buttons=(heavy,)), TEMPLATE, language="zh") is None
    assert "`完成 T-1`" in "".join(markdown(long, language="zh").texts), "its acts are told as what to type"


def test_drawing_keeps_nothing() -> None:
    reply = samples("zh")["card_new"]
    assert asdict(markdown(reply, language="zh")) == asdict(markdown(reply, language="zh"))
