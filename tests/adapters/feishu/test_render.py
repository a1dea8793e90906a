"""Replies as Feishu cards: golden files of every kind, and every limit for any reply."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.feishu.markdown import escape, markdown, spans_of
from adapters.feishu.render import message
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
    Link,
    Listing,
    Note,
    Reply,
    Strong,
    Struck,
    Table,
    Text,
    Who,
)
from tests.fakes.feishu.cards import faults, read_markdown, seen
from tests.preview.samples import LANGUAGES, samples
from tests.support.golden import Golden

BUTTON = Button("Finish", "task done", {"tasks": ["T-1"]}, "done T-1", style="primary", version=3, mac="ab" * 16)
MEANT = "ou_meant0"


def drawn(reply: Reply, **values: Any) -> dict[str, Any]:
    card = message(reply, language="en", **values)
    assert faults(card) == []
    return dict(card)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", samples("en"))
def test_sample_is_drawn_as_reviewed(golden: Golden, name: str, language: str) -> None:
    card = message(samples(language)[name], language=language, images={0: "img_v3_picture"})
    assert faults(card) == []
    golden.check(f"{name}_{language}.json", json.dumps(card, ensure_ascii=False, indent=1) + "\n")


# -- what a card shows -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("health", "colour"), [("green", "green"), ("yellow", "yellow"), ("red", "red"), (None, "default")]
)
def test_health_colours_the_head(health: Any, colour: str) -> None:
    assert seen(drawn(Reply(title=("T-1 主图",), health=health))).colour == colour


def test_buttons_carry_their_command_and_long_ones_are_told() -> None:
    long = Button("Long", "task add", {"title": "x" * 3000}, "task add …", mac="m")
    card = seen(drawn(Reply(title=("T-1",), buttons=(BUTTON, long))))
    assert list(card.buttons) == ["Finish"]
    value = card.buttons["Finish"]["value"]
    assert json.loads(value["drumbeat"]) == {"c": "task done", "a": {"tasks": ["T-1"]}, "v": 3, "m": "ab" * 16}
    assert value["language"] == "en" and "Long: task add …" in card.text


def test_only_who_is_meant_is_notified() -> None:
    people = (
        Who(1, "李四", pings=True, account=MEANT),
        Who(2, "Ann", account="ou_ann000"),
        Who(3, "x", pings=True, account="all"),
    )
    card = seen(drawn(Reply(parts=(Text(people),))))
    assert card.pings == [MEANT]
    assert "Ann" in card.text and "@all" not in card.text


def test_link_shows_where_it_leads() -> None:
    words = seen(drawn(Reply(parts=(Text((Link("https://shop.example/a_(b)?x=$y", "the *doc*"),)),)))).words[0]
    assert words.links == [("https://shop.example/a_%28b%29?x=%24y", "the *doc*")]
    assert words.text == "the *doc* (shop.example)"


@pytest.mark.parametrize(
    ("line", "styles"),
    [
        (("已完成", Strong("主图：定稿"), "，谢谢"), [("bold", "主图：定稿")]),
        ((Strong("（急）"), Struck("旧")), [("bold", "（急）"), ("strike", "旧")]),
        (("x", Strong("*a*"), "y"), [("bold", "*a*")]),
        (("打", Code("完成 T-1 #标签"), "即可"), [("code", "完成 T-1 #标签")]),
        ((Strong(" a "), "b"), [("bold", "a")]),
        ((Strong("a\nb"),), [("bold", "a"), ("bold", "b")]),
    ],
)
def test_stress_is_seen_as_stress(line: Any, styles: list[tuple[str, str]]) -> None:
    words = read_markdown(markdown(spans_of(line, keeps_breaks=True)), "text")
    assert words.styles == styles and not words.misfits


def test_code_that_could_be_more_is_written_as_words() -> None:
    words = read_markdown(markdown(spans_of((Code("a `b` <at id=all></at>"), Strong("x")))), "text")
    assert words.text == "a `b` <at id=all></at> x" and not words.mentions


def test_a_form_asks_for_everything_and_keeps_what_was_typed() -> None:
    choices = (Choice("1", "李四"), Choice("2", "Ann"))
    due, who = Input("due", "截止", value="周五"), Input("who", "谁", "choice", "2", choices=choices, required=False)
    inputs = (due, who, Input("note", "备注", "lines", hint="可选", required=False))
    reply = Reply(form=Form("改日期", "task due", {"task": "T-1"}, inputs, "确定", "T-1 改 截止 周五", 3, "m"))
    card = seen(drawn(reply))
    assert card.form is not None
    fields = card.form["inputs"]
    assert list(fields) == ["due", "who", "note"]
    assert fields["due"]["default_value"] == "周五" and fields["due"]["required"]
    assert fields["who"]["initial_option"] == "2" and not fields["who"]["required"]
    assert fields["note"]["input_type"] == "multiline_text"
    assert card.words[0].text == "改日期" and "T-1 改 截止 周五" in card.text
    again = seen(drawn(reply, filled={"due": "哪天呢", "who": "1"}, errors={"due": "看不懂", "": "再试一次"}))
    assert again.form is not None and again.form["inputs"]["due"]["default_value"] == "哪天呢"
    assert again.form["inputs"]["who"]["initial_option"] == "1"
    assert "看不懂" in again.text and "再试一次" in again.text


def test_tables_are_tables_until_there_are_too_many() -> None:
    table = Table(("名", "数"), tuple((("a",), (Strong(str(n)),)) for n in range(12)))
    card = drawn(Reply(parts=(table,) * 5))
    tags = [each["tag"] for each in card["body"]["elements"]]
    assert tags.count("table") == 3
    assert seen(card).text.count("名") == 5


def test_picture_without_a_key_is_told_in_words() -> None:
    reply = Reply(parts=(Image("<svg/>", "12 of 15"),))
    assert seen(drawn(reply)).text == "12 of 15"
    assert seen(drawn(reply, images={0: "img_v3_x"})).images == ["img_v3_x"]


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=80))
def test_escaped_text_is_words_and_nothing_else(text: str) -> None:
    words = read_markdown(escape(text), "text")
    assert words.text == text
    assert not (
        words.mentions or words.links or words.styles or words.blocks or words.tags or words.images or words.emoji
    )


# -- limits --------------------------------------------------------------------------------------------------

WILD = st.sampled_from(
    ["", " ", "界" * 3000, "😀" * 3000, "<at id=all></at>", "x\n" * 60, "_*`" * 40, "a", '"\\' * 900]
)
INLINE = WILD | st.builds(Strong, WILD) | st.builds(Code, WILD) | st.builds(Link, st.just("https://a.example/"), WILD)
LINE = st.lists(INLINE, max_size=3).map(tuple)
PRESSED = st.builds(Button, WILD, st.just("x"), st.just({"a": "b" * 300}), WILD, mac=st.just("m"))
PART = (
    st.builds(Text, LINE)
    | st.builds(Note, LINE)
    | st.builds(Fields, st.lists(st.builds(Field, WILD, LINE), max_size=20).map(tuple))
    | st.builds(Listing, st.lists(st.builds(Item, LINE, LINE, st.none() | PRESSED), max_size=15).map(tuple))
    | st.builds(
        Table,
        st.lists(WILD, max_size=5).map(tuple),
        st.lists(st.lists(LINE, max_size=25).map(tuple), max_size=15).map(tuple),
    )
    | st.builds(Image, st.just(""), WILD)
    | st.just(Divider())
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(LINE, st.lists(PART, max_size=40), st.lists(PRESSED, max_size=20), st.sampled_from([None, "red"]))
def test_any_reply_is_within_every_limit(title: Any, parts: list[Any], buttons: list[Button], health: Any) -> None:
    drawn(Reply(title=title, parts=tuple(parts), buttons=tuple(buttons), health=health))
