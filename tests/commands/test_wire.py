"""Replies and answers survive being kept as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.core import reply as words_of_reply
from commands.core.reply import (
    Button,
    CardNow,
    Choice,
    Code,
    Divider,
    Field,
    Fields,
    Form,
    FormErrors,
    Image,
    Input,
    Item,
    Link,
    Listing,
    Note,
    Once,
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
from commands.core.wire import decode, encode

WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)
ARGS = st.dictionaries(WORDS | st.just("type"), JSON | st.just("Strong"), max_size=4)
LINES = st.lists(
    st.one_of(
        WORDS,
        st.builds(Strong, WORDS),
        st.builds(Code, WORDS),
        st.builds(Struck, WORDS),
        st.builds(Link, WORDS, WORDS),
        st.builds(Who, st.integers(1, 99), WORDS, st.booleans(), st.none() | WORDS),
    ),
    max_size=4,
).map(tuple)
BUTTONS = st.builds(
    Button, WORDS, WORDS, ARGS, WORDS, st.sampled_from(["plain", "primary", "danger"]), st.none() | st.integers(), WORDS
)
INPUTS = st.builds(
    Input,
    WORDS,
    WORDS,
    st.sampled_from(["text", "lines", "choice", "person", "date", "number"]),
    WORDS,
    WORDS,
    st.booleans(),
    st.lists(st.builds(Choice, WORDS, WORDS), max_size=3).map(tuple),
)
PARTS = st.one_of(
    LINES.map(Text),
    LINES.map(Note),
    st.just(Divider()),
    st.builds(Image, WORDS, WORDS),
    st.lists(st.builds(Field, WORDS, LINES), max_size=3).map(lambda those: Fields(tuple(those))),
    st.builds(Listing, st.lists(st.builds(Item, LINES, LINES, st.none() | BUTTONS), max_size=3).map(tuple), WORDS),
    st.builds(
        Table,
        st.lists(WORDS, max_size=3).map(tuple),
        st.lists(st.lists(LINES, max_size=3).map(tuple), max_size=3).map(tuple),
    ),
)
REPLIES = st.builds(
    Reply,
    st.lists(PARTS, max_size=4).map(tuple),
    LINES,
    st.none() | st.sampled_from(["green", "yellow", "red"]),
    st.lists(BUTTONS, max_size=3).map(tuple),
    st.none()
    | st.builds(
        Form,
        WORDS,
        WORDS,
        ARGS,
        st.lists(INPUTS, max_size=3).map(tuple),
        WORDS,
        WORDS,
        st.none() | st.integers(),
        WORDS,
    ),
    st.sampled_from(["here", "private", "direct"]),
    st.none() | st.builds(Ref, WORDS, st.integers(1, 99), WORDS),
)
ANSWERS = st.one_of(
    st.builds(FormErrors, st.dictionaries(WORDS | st.just("type"), WORDS, max_size=3)),
    st.builds(Toast, WORDS),
    st.builds(CardNow, REPLIES, WORDS),
)


def through_json(value: Any) -> Any:
    return decode(json.loads(json.dumps(encode(value))))


@given(REPLIES)
@settings(max_examples=50)
def test_a_reply_comes_back_as_it_was(reply: Reply) -> None:
    assert through_json(reply) == reply


@given(ANSWERS)
@settings(max_examples=50)
def test_an_answer_comes_back_as_it_was(answer: object) -> None:
    assert through_json(answer) == answer


@given(st.lists(BUTTONS, max_size=3).map(tuple))
@settings(max_examples=30)
def test_a_row_of_buttons_comes_back_as_it_was(buttons: tuple[Button, ...]) -> None:
    assert through_json(buttons) == buttons


def test_what_is_said_once_is_not_written_down() -> None:
    assert through_json((Once("(shown once)", "4F7K-9QWD"),)) == (Code("(shown once)"),)


def test_every_type_of_a_reply_is_tried_here() -> None:
    declared = {name for name, value in vars(words_of_reply).items() if hasattr(value, "__dataclass_fields__")}
    assert declared - {Outcome.__name__} <= set(globals())


@pytest.mark.parametrize("body", [None, [], {}, "text", 3, {"type": "nobody knows"}])
def test_what_is_no_record_stays_plain(body: object) -> None:
    assert decode(body) == (tuple(body) if isinstance(body, list) else body)
