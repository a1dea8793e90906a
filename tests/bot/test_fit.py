"""A reply is cut to what a platform can carry, and what is cut is named."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.markup import plain, plain_line
from bot.fit import cut, fit
from commands.core.ports import Limits
from commands.core.reply import (
    Button,
    Code,
    Divider,
    Field,
    Fields,
    Form,
    Image,
    Inline,
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
from tests.fakes.memory import ROOMY
from tests.support.house import shipped

WORDS = shipped()[1]["zh"]
SHORT = st.text(max_size=12)
LONG = st.text(max_size=400)
INLINES: st.SearchStrategy[Inline] = st.one_of(
    LONG,
    LONG.map(Strong),
    LONG.map(Code),
    LONG.map(Struck),
    st.builds(Link, st.just("https://example.com/"), LONG),
    st.builds(Who, st.integers(1, 9), SHORT, st.booleans()),
)
LINES: st.SearchStrategy[Line] = st.lists(INLINES, max_size=4).map(tuple)
ROWS = st.lists(LINES, min_size=2, max_size=2).map(tuple)
BUTTONS = st.builds(
    Button, SHORT, st.just("task done"), st.just({"tasks": ["T-1"]}), st.text("abc ", min_size=1, max_size=30)
)
PARTS: st.SearchStrategy[Part] = st.one_of(
    LINES.map(Text),
    LINES.map(Note),
    st.just(Divider()),
    st.lists(st.builds(Field, LONG, LINES), max_size=30).map(lambda those: Fields(tuple(those))),
    st.builds(
        Listing,
        st.lists(st.builds(Item, LINES, LINES, st.none() | BUTTONS), max_size=30).map(tuple),
        st.text(max_size=9),
    ),
    st.lists(ROWS, max_size=30).map(lambda rows: Table(("a", "b"), tuple(rows))),
    st.builds(Image, st.just("<svg/>"), LONG),
)
REPLIES = st.builds(
    Reply, st.lists(PARTS, max_size=30).map(tuple), LINES, buttons=st.lists(BUTTONS, max_size=12).map(tuple)
)
LIMITS = st.builds(
    Limits,
    text_chars=st.integers(40, 300),
    parts=st.integers(2, 12),
    items=st.integers(1, 12),
    buttons=st.integers(0, 6),
    can_edit=st.booleans(),
    can_whisper=st.booleans(),
    can_ask=st.booleans(),
    can_thread=st.booleans(),
    can_picture=st.booleans(),
    posts_per_minute=st.just(60),
)


def lines_of(reply: Reply) -> list[Line]:
    lines = [reply.title]
    for part in reply.parts:
        if isinstance(part, (Text, Note)):
            lines.append(part.line)
        elif isinstance(part, Fields):
            lines += [line for field in part.fields for line in ((field.label,), field.value)]
        elif isinstance(part, Listing):
            lines += [line for item in part.items for line in (item.line, item.detail)]
        elif isinstance(part, Table):
            lines += [cell for row in part.rows for cell in row]
    return lines


@given(reply=REPLIES, limits=LIMITS)
@settings(max_examples=50)
def test_nothing_is_beyond_the_limits(reply: Reply, limits: Limits) -> None:
    fitted = fit(reply, limits, WORDS)
    assert len(fitted.parts) <= limits.parts
    assert len(fitted.buttons) <= limits.buttons
    assert all(_shown(line) <= limits.text_chars for line in lines_of(fitted))
    for part in fitted.parts:
        if isinstance(part, Listing):
            assert len(part.items) <= limits.items
            assert limits.buttons or all(item.button is None for item in part.items)
        if isinstance(part, Table):
            assert len(part.rows) <= limits.items
        assert limits.can_picture or not isinstance(part, Image)


def _shown(line: Line) -> int:
    return sum(
        len(each) if isinstance(each, str) else len(getattr(each, "text", f"@{getattr(each, 'name', '')}"))
        for each in line
    )


@given(reply=REPLIES, limits=LIMITS)
@settings(max_examples=50)
def test_what_fits_already_is_left_as_it_is(reply: Reply, limits: Limits) -> None:
    once = fit(reply, limits, WORDS)
    assert fit(once, limits, WORDS) == once


@given(line=LINES, most=st.integers(2, 120))
def test_a_cut_line_is_a_beginning_and_says_so(line: Line, most: int) -> None:
    kept, whole = plain_line(cut(line, most)), plain_line(line)
    if _shown(line) <= most:
        assert kept == whole
    else:
        assert kept.endswith("…")


@pytest.mark.parametrize("flood", ["é" * 50, "e\u0301" * 50, "👩‍👩‍👧" * 20, "☂️" * 30])
def test_a_sign_is_never_cut_from_its_mark(flood: str) -> None:
    for most in range(2, 40):
        (kept, dots) = cut((flood,), most) if len(flood) > most else (flood, "")
        rest = flood[len(str(kept)) :]
        assert not rest or not (unicodedata.combining(rest[0]) or rest[0] in "\u200d\ufe0f"), (most, kept, dots)


def test_buttons_without_room_are_told_as_text() -> None:
    buttons = tuple(Button(f"按钮{n}", "task done", {"tasks": [f"T-{n}"]}, f"完成 T-{n}") for n in range(5))
    fitted = fit(Reply(buttons=buttons), replace(ROOMY, buttons=2), WORDS)
    assert [button.label for button in fitted.buttons] == ["按钮0", "按钮1"]
    assert all(f"完成 T-{n}" in plain(fitted) for n in (2, 3, 4))


def test_buttons_of_rows_are_told_as_text_where_there_are_none() -> None:
    row = Item(("T-1 主图",), button=Button("完成", "task done", {"tasks": ["T-1"]}, "完成 T-1"))
    assert "完成 T-1" in plain(fit(Reply(parts=(Listing((row,)),)), replace(ROOMY, buttons=0), WORDS))


def test_what_is_typed_is_told_even_where_the_parts_are_full() -> None:
    parts = tuple(Text((f"第{n}段",)) for n in range(9))
    reply = Reply(parts=parts, buttons=(Button("完成", "task done", {}, "完成 T-1"),))
    fitted = plain(fit(reply, replace(ROOMY, parts=4, buttons=0), WORDS))
    assert "完成 T-1" in fitted
    assert "其余内容这里放不下" in fitted


def test_a_form_is_told_as_what_to_type() -> None:
    form = Form("新建任务", "task add", {}, (Input("title", "标题"),), "确定", "任务 加 主图")
    also = Text(("也可以直接输入：", Code("任务 加 主图")))
    fitted = fit(Reply(parts=(also,), form=form), replace(ROOMY, can_ask=False), WORDS)
    assert fitted.form is None
    assert plain(fitted) == "新建任务\n请输入：`任务 加 主图`"


@pytest.mark.parametrize("count", [6, 30])
def test_a_long_list_says_how_many_are_left_and_what_to_type(count: int) -> None:
    listing = Listing(tuple(Item((f"T-{n}",)) for n in range(count)), more="任务 全部")
    fitted = plain(fit(Reply(parts=(listing,)), replace(ROOMY, items=5), WORDS))
    assert f"还有 {count - 5} 条" in fitted and "任务 全部" in fitted


def test_a_long_table_says_how_many_are_left() -> None:
    table = Table(("谁", "几件"), tuple(((f"{n}",), ("1",)) for n in range(9)))
    assert "还有 4 条" in plain(fit(Reply(parts=(table,)), replace(ROOMY, items=5), WORDS))


def test_a_picture_is_told_in_words() -> None:
    assert (
        plain(fit(Reply(parts=(Image("<svg/>", "进度 3/7"),)), replace(ROOMY, can_picture=False), WORDS)) == "进度 3/7"
    )
