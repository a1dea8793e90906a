"""A button that we did not draw, or that was changed since, is nobody's word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.seal import is_sealed, seal
from commands.core.event import Carried, Json
from commands.core.reply import Button, Form, Item, Listing, Reply, Text
from storage.workspaces import Workspace

HOUSE = Workspace(
    id=1, name="main", language="zh", timezone="Asia/Shanghai", seal_key="5e" * 32,
    created_at=datetime(2026, 11, 22, tzinfo=UTC),
)  # fmt: skip
ARGS: dict[str, Json] = {"approval": "A-1", "amount": "3000000 CNY", "people": ["王总"], "how": {"b": 1, "a": 2}}
PRESS = Button("Approve", "approval approve", ARGS, "approve A-1", version=2)
DRAWN = Reply(
    parts=(Text(("A-1",)), Listing((Item(("A-1",)), Item(("A-2",), button=PRESS)))),
    buttons=(PRESS, replace(PRESS, label="Reject", command="approval reject", version=None)),
    form=Form("Less", "approval counter", ARGS, (), "Approve", "approve less A-1 ¥20,000", version=2),
)


def carried(one: Button | Form) -> Carried:
    return Carried(one.command, one.args, one.version, one.mac)


def drawn(reply: Reply) -> Iterator[Button | Form]:
    yield from reply.buttons
    yield from (item.button for part in reply.parts if isinstance(part, Listing) for item in part.items if item.button)
    yield from [reply.form] if reply.form else []


@pytest.fixture
def sealed() -> Carried:
    return carried(seal(HOUSE, DRAWN).buttons[0])


def test_whatever_can_be_pressed_is_sealed() -> None:
    assert [is_sealed(HOUSE, carried(each)) for each in drawn(seal(HOUSE, DRAWN))] == [True] * 4
    assert not any(is_sealed(HOUSE, carried(each)) for each in drawn(DRAWN))
    assert seal(HOUSE, Reply(parts=(Text(("A-1",)),))) == Reply(parts=(Text(("A-1",)),))


def test_order_of_what_is_carried_does_not_count(sealed: Carried) -> None:
    turned = dict(reversed(ARGS.items())) | {"how": {"a": 2, "b": 1}, "people": ("王总",)}
    assert is_sealed(HOUSE, replace(sealed, args=turned))


@pytest.mark.parametrize(
    "changed",
    [
        {"command": "approval reject"},
        {"args": ARGS | {"approval": "A-2"}},
        {"args": ARGS | {"amount": "3000001 CNY"}},
        {"args": ARGS | {"amount": "3000000 USD"}},
        {"args": ARGS | {"more": ""}},
        {"args": {}},
        {"version": 3},
        {"version": None},
        {"mac": ""},
        {"mac": "0" * 32},
        {"mac": "\ud800" * 32},
    ],
    ids=str,
)
def test_what_was_changed_is_not_sealed(sealed: Carried, changed: dict[str, Any]) -> None:
    assert not is_sealed(HOUSE, replace(sealed, **changed))


def test_seal_of_which_a_part_is_there_is_none(sealed: Carried) -> None:
    assert not any(is_sealed(HOUSE, replace(sealed, mac=mac)) for mac in (sealed.mac[:-1], sealed.mac.upper()))


def test_seal_of_another_workspace_is_none(sealed: Carried) -> None:
    assert not is_sealed(HOUSE.model_copy(update={"name": "demo"}), sealed)
    assert not is_sealed(HOUSE.model_copy(update={"seal_key": "00" * 32}), sealed)
