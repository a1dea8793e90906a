"""The fake Feishu itself: its frames are those of the SDK, and it refuses what Feishu would refuse."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.feishu.cards import faults, read_markdown
from tests.fakes.feishu.frames import BadFrame, Frame, decode
from tests.fakes.feishu.world import ApiError, World
from tests.house.sources import ROOT

pytestmark = pytest.mark.slow

SMALL = st.integers(0, 2**31 - 1)
HEADS = st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=4)


@given(SMALL, HEADS, st.binary(max_size=300), st.integers(0, 2**63))
def test_frame_comes_back_as_it_was(method: int, heads: dict[str, str], payload: bytes, seq: int) -> None:
    frame = Frame(method, heads, payload, seq_id=seq, log_id=7, service=33554678, payload_type="json", log_id_new="x")
    assert decode(frame.encoded()) == frame


@given(st.binary(max_size=60))
def test_bytes_that_are_no_frame_are_said_to_be_none(raw: bytes) -> None:
    try:
        decode(raw)
    except (BadFrame, UnicodeDecodeError):
        return


def test_frames_are_those_of_the_sdk() -> None:
    program = """
from lark_oapi.ws.pb.pbbp2_pb2 import Frame as Theirs
from tests.fakes.feishu.frames import Frame, decode
ours = Frame(1, {"type": "event", "message_id": "m", "sum": "1"}, b"\\x00{}", seq_id=9, log_id=2**40, service=300)
theirs = Theirs()
theirs.ParseFromString(ours.encoded())
heads = {head.key: head.value for head in theirs.headers}
assert (theirs.SeqID, theirs.LogID, theirs.service, theirs.method) == (9, 2**40, 300, 1)
assert (heads, theirs.payload) == (ours.headers, ours.payload)
assert decode(theirs.SerializeToString()) == ours
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)


def card(*elements: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Make a card that is as good as its elements."""
    return {"schema": "2.0", "config": {"update_multi": True}, "body": {"elements": list(elements)}, **changes}


WORDS: dict[str, Any] = {"tag": "markdown", "content": "words"}


@pytest.mark.parametrize(
    "bad",
    [
        {},
        card(WORDS, schema="1.0"),
        card(WORDS, config={}),
        card(),
        card({"tag": "action", "actions": []}),
        card({**WORDS, "text_colour": "red"}),
        card({"tag": "markdown", "content": " "}),
        card({"tag": "input", "name": "a"}),
        card({"tag": "form", "name": "f", "elements": [WORDS]}),
        card({"tag": "button", "text": {"tag": "plain_text", "content": "x"}}),
        card({"tag": "column_set", "columns": [{"tag": "column", "elements": [{"tag": "form", "elements": []}]}]}),
        card(*[WORDS] * 201),
        card({"tag": "markdown", "content": "界" * 11_000}),
    ],
)
def test_card_that_feishu_refuses_is_refused(bad: dict[str, Any]) -> None:
    assert faults(bad)


def test_good_card_is_taken() -> None:
    assert faults(card(WORDS)) == []


@pytest.mark.parametrize(
    ("text", "alive"),
    [
        ("<at id=all></at>", "mentions"),
        ("[a](https://b.example)", "links"),
        ("https://b.example", "links"),
        ("a **b** c", "styles"),
        ("文**（b）**文", "misfits"),
        ("# h", "blocks"),
        ("a\n- b", "blocks"),
        ("    code", "blocks"),
        ("<font color='red'>x</font>", "tags"),
        ("![x](img)", "images"),
        (":OK:", "emoji"),
    ],
)
def test_reader_sees_what_is_alive(text: str, alive: str) -> None:
    assert getattr(read_markdown(text, "text"), alive)
    escaped = "".join(f"&#{ord(letter)};" if letter != "\n" else letter for letter in text)
    assert not getattr(read_markdown(escaped, "text"), alive)


def test_sixth_post_of_a_second_is_too_many_and_a_uuid_counts_once() -> None:
    world = World()
    chat = world.add_chat("双11", [world.add_person("李四")])

    def post(uuid: str) -> str:
        body = {"receive_id": chat, "msg_type": "interactive", "uuid": uuid}
        content = '{"schema":"2.0","config":{"update_multi":true},"body":{"elements":[{"tag":"hr"}]}}'
        return str(world.create("chat_id", {**body, "content": content})["message_id"])

    first = [post(f"u{number}") for number in range(5)]
    assert post("u0") == first[0] and len(set(first)) == 5
    with pytest.raises(ApiError):
        post("u6")
