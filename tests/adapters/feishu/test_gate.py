"""A post that was not signed or encrypted with our key, that is old, or for another app, is not let in."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.feishu.gate import has_token, is_foreign, is_signed, payload_of
from tests.adapters.feishu.payloads import HEADS, NOW, OWN, message
from tests.fakes.feishu.server import encrypted, sealed
from tests.fakes.feishu.world import World


def heads_of(
    world: World, told: dict[str, Any], *, forged: str = "", at: datetime = NOW
) -> tuple[bytes, dict[str, str]]:
    raw, heads = sealed(world, told, forged=forged, now=at.timestamp)
    return raw, {name.lower(): value for name, value in heads.items()}


def test_signed_post_passes_and_is_read() -> None:
    world = World()
    raw, heads = heads_of(world, message("你好 <&>"))
    assert is_signed(heads, raw, key=world.encrypt_key, now=NOW)
    assert payload_of(raw, key=world.encrypt_key) == message("你好 <&>")


@pytest.mark.parametrize("seconds", [-301, 301, 3600])
def test_post_from_another_time_is_refused(seconds: int) -> None:
    world = World()
    raw, heads = heads_of(world, message(), at=NOW + timedelta(seconds=seconds))
    assert not is_signed(heads, raw, key=world.encrypt_key, now=NOW)


@pytest.mark.parametrize("forged", ["forge", "stale", "tamper"])
def test_post_that_was_not_signed_so_is_refused(forged: str) -> None:
    world = World()
    raw, heads = heads_of(world, message(), forged=forged)
    assert not is_signed(heads, raw, key=world.encrypt_key, now=NOW)


def test_post_without_a_signature_and_with_an_empty_key_is_refused() -> None:
    assert not is_signed({}, b"{}", key="k" * 16, now=NOW)
    world = World()
    world.encrypt_key = ""
    raw, heads = heads_of(world, message())
    assert not is_signed(heads, raw, key="", now=NOW)


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"encrypt": "!"}', b'{"encrypt": "AAAA"}', b"[" * 9999, b'{"a": 1}']
)
def test_post_that_is_not_encrypted_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        payload_of(raw, key="k" * 16)


def test_post_encrypted_with_another_key_is_refused() -> None:
    for number in range(20):
        raw = json.dumps({"encrypt": encrypted(b'{"x": 1}', f"another {number}")}).encode()
        with pytest.raises(ValueError):
            payload_of(raw, key="k" * 16)


@pytest.mark.parametrize("told", [b"[]", b"1", b'"x"', b"{", b"[" * 9999])
def test_post_that_holds_no_object_is_refused(told: bytes) -> None:
    raw = json.dumps({"encrypt": encrypted(told, "k" * 16)}).encode()
    with pytest.raises(ValueError):
        payload_of(raw, key="k" * 16)


def test_token_and_app_are_looked_at() -> None:
    assert has_token(message(), "t") and has_token({"token": "t"}, "t")
    assert (
        not has_token(message(), "")
        and not has_token({}, "")
        and not has_token({}, "t")
        and not has_token(message(), "T")
    )
    assert not is_foreign(message(), OWN)
    assert is_foreign({**message(), "header": {**HEADS, "app_id": "cli_other"}}, OWN)
