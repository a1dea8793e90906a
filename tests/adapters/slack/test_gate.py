"""A post that Slack did not sign, that is old, or that is for somebody else is not let in."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.gate import is_foreign, is_signed, payload_of
from tests.adapters.slack.recorded import NOW, OWN, SECRET, names, payload, signed


def test_signed_post_passes() -> None:
    assert is_signed(signed(b"{}"), b"{}", secret=SECRET, now=NOW)


@pytest.mark.parametrize("seconds", [-301, 301, 3600])
def test_post_from_another_time_is_refused(seconds: int) -> None:
    assert not is_signed(signed(b"{}", at=NOW + timedelta(seconds=seconds)), b"{}", secret=SECRET, now=NOW)


@pytest.mark.parametrize(
    "stamp", ["", " 1795309200", "1_795_309_200", "１７９５３０９２００", "١٧٩٥٣٠٩٢٠٠", "1795309200\n", "1e9", "9" * 40]
)
def test_only_plain_digits_are_a_time(stamp: str) -> None:
    heads = signed(b"{}") | {"x-slack-request-timestamp": stamp}
    assert not is_signed(heads, b"{}", secret=SECRET, now=NOW)


def test_empty_secret_verifies_nothing() -> None:
    assert not is_signed(signed(b"{}", secret=""), b"{}", secret="", now=NOW)


@given(signature=st.text(), body=st.binary(), stamp=st.text() | st.just(signed(b"")["x-slack-request-timestamp"]))
def test_forged_post_is_refused_and_nothing_breaks(signature: str, body: bytes, stamp: str) -> None:
    heads = {"x-slack-request-timestamp": stamp, "x-slack-signature": signature}
    assert not is_signed(heads, body, secret=SECRET, now=NOW)


@given(st.data())
def test_each_changed_byte_breaks_the_signature(data: st.DataObject) -> None:
    body = json.dumps(payload("app_mention")).encode()
    at = data.draw(st.integers(0, len(body) - 1))
    changed = body[:at] + bytes([body[at] ^ data.draw(st.integers(1, 255))]) + body[at + 1 :]
    assert not is_signed(signed(body), changed, secret=SECRET, now=NOW)


@pytest.mark.parametrize("name", names())
def test_form_and_json_carry_the_same(name: str) -> None:
    body = payload(name)
    assert payload_of(json.dumps(body).encode(), "application/json; charset=utf-8") == body
    form = urlencode({"payload": json.dumps(body)}).encode()
    assert payload_of(form, "application/x-www-form-urlencoded") == body


@pytest.mark.parametrize("raw", [b"", b"[]", b"1", b"{", b"\xff", b"[" * 200_000])
def test_what_is_not_an_object_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        payload_of(raw, "application/json")


NOT_ASKED_WHOSE = {"url_verification"}


@pytest.mark.parametrize("name", [name for name in names() if name not in NOT_ASKED_WHOSE])
def test_another_app_or_workspace_is_foreign(name: str) -> None:
    body = payload(name)
    assert not is_foreign(body, OWN)
    assert is_foreign(body | {"api_app_id": "A0OTHER"}, OWN)
    elsewhere = json.loads(json.dumps(body).replace("T0SHOP", "T0EVIL").replace("T0OTHER", "T0EVIL"))
    assert is_foreign(elsewhere, OWN)
