"""The checker finds each planted fault, and nothing in a sound history."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.proofs.history import MARK, Tables, Wished, check, inbox_key

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
TITLE, REMARK = f"{MARK} qwrt", f"{MARK} zxcv"
LOG = (
    Wished("k1", "add", TITLE, is_acked=True),
    Wished("k2", "note", REMARK, is_acked=True),
    Wished("k3", "finish", "T-1", is_acked=True),
    Wished("k4", "add", f"{MARK} never", is_acked=False),
)


def letter(seq: int, operation: str, lane: str | None, **values: Any) -> dict[str, Any]:
    """Write a letter of the outbox that was sent."""
    row = {"seq": seq, "id": f"l{seq}", "operation": operation, "lane": lane, "state": "sent", "attempts": 1}
    return {**row, "not_before": NOW, "last_error": None, **values}


def posted(id: int, outbox_id: str, **values: Any) -> dict[str, Any]:
    """Write what the bot said in the room."""
    row: dict[str, Any] = {"id": id, "sender": "bot", "outbox_id": outbox_id, "only_for": None, "removed_at": None}
    return {**row, "client_key": None, "is_shown": True, "chat": "war-room", "deliveries": 1, **values}


def typed(id: int, key: str) -> dict[str, Any]:
    """Write what a person said in the room."""
    return {**posted(id, ""), "sender": "lisi", "outbox_id": None, "client_key": key, "body": {"nodes": []}}


def trace(call: str | None, kind: str, id: int, version: int, after: dict[str, Any], **before: Any) -> dict[str, Any]:
    """Write a trace of the audit."""
    row = {"call": call, "action": "change" if before else "add", "kind": kind, "object_id": id, "version": version}
    return {**row, "before": before, "after": after}


def about(reply_of: str = "task") -> dict[str, Any]:
    """Write the body of a message about the task."""
    return {"reply": {"about": {"kind": reply_of, "id": 7}}}


@pytest.fixture
def tables() -> Tables:
    """A sound history: a task was made, noted on and finished."""
    task = {"id": 7, "version": 2, "number": 1, "title": TITLE, "status": "done", "source_chat_id": 3}
    return Tables(
        at=NOW,
        inbox=[{"key": inbox_key(f"k{n}"), "call": f"c{n}", "result": "done"} for n in (1, 2, 3)],
        audit=[
            trace(None, "chat", 3, 1, {"native": "war-room"}),
            trace("c1", "task", 7, 1, {"title": TITLE, "status": "todo"}),
            trace("c2", "comment", 9, 1, {"text": REMARK}),
            trace("c3", "task", 7, 2, {"status": "done"}, status="todo"),
        ],
        records={
            "chat": [{"id": 3, "version": 1, "native": "war-room"}],
            "task": [task],
            "comment": [{"id": 9, "version": 1, "text": REMARK}],
        },
        outbox=[
            letter(1, "post", "chat:3:"),
            letter(2, "private", "chat:3:"),
            letter(3, "update", "card:1", state="merged"),
            letter(4, "update", None, state="pending", attempts=0, not_before=NOW + timedelta(minutes=10)),
        ],
        rooms=[
            *(typed(n, f"k{n}") for n in (1, 2, 3)),
            posted(4, "l1", body=about()),
            posted(5, "l2", body=about(), only_for="lisi"),
        ],
        cards=[{"id": 1, "kind": "task", "object_id": 7, "message": "4"}],
    )


def test_sound_history_is_sound(tables: Tables) -> None:
    verdict = check(LOG, tables, kills=0)
    assert verdict.told() == "sound"
    assert (verdict.acked, verdict.unacked, verdict.posts, verdict.posts_doubled) == (3, 1, 2, 0)


def test_message_without_answer_may_be_stored_once(tables: Tables) -> None:
    log = [replace(each, is_acked=False) for each in LOG]
    assert check(log, tables, kills=0).is_sound


def test_doubled_posts_are_borne_up_to_the_slots_of_each_kill(tables: Tables) -> None:
    rooms = [*tables.rooms[:3], {**tables.rooms[3], "deliveries": 9}, *tables.rooms[4:]]
    assert check(LOG, replace(tables, rooms=rooms), kills=1, slots=8).is_sound
    assert check(LOG, replace(tables, rooms=rooms), kills=1, slots=7).count("too many doubled posts") == 1


Plant = Callable[[dict[str, Any]], object]
PLANTED: dict[str, tuple[Plant, str]] = {
    "the inbox row is gone": (lambda t: t["inbox"].pop(0), "acked but lost"),
    "two inbox rows": (lambda t: t["inbox"].append(dict(t["inbox"][0])), "received twice"),
    "the comment is gone": (lambda t: (t["records"]["comment"].pop(), t["audit"].pop(2)), "acked but lost"),
    "the task stands twice": (
        lambda t: (
            t["records"]["task"].append({**t["records"]["task"][0], "id": 8, "number": 2, "version": 1}),
            t["audit"].append(trace("c1", "task", 8, 1, {"title": TITLE})),
        ),
        "doubled effect",
    ),
    "another call made it": (lambda t: t["audit"][1].update(call="c9"), "effect without its inbox row"),
    "no call made it": (lambda t: t["audit"][2].update(call=None), "effect without its inbox row"),
    "nobody asked for it": (
        lambda t: (
            t["records"]["comment"].append({"id": 10, "version": 1, "text": f"{MARK} stray"}),
            t["audit"].append(trace("c2", "comment", 10, 1, {"text": f"{MARK} stray"})),
        ),
        "effect nobody asked for",
    ),
    "finished, says the inbox alone": (
        lambda t: (t["audit"].pop(3), t["records"]["task"][0].update(status="todo", version=1)),
        "half done",
    ),
    "refused, and done all the same": (lambda t: t["inbox"][2].update(result="refused"), "half done"),
    "a call failed": (lambda t: t["inbox"][2].update(result="failed"), "half done"),
    "a row differs from its trail": (lambda t: t["records"]["task"][0].update(status="todo"), "audit disagrees"),
    "a trace is missing": (lambda t: t["audit"].pop(3), "audit disagrees"),
    "a row has no trace": (
        lambda t: t["records"]["chat"].append({"id": 4, "version": 1, "native": "x"}),
        "audit disagrees",
    ),
    "a traced row is gone": (lambda t: t["records"]["chat"].clear(), "audit disagrees"),
    "a version is ahead": (lambda t: t["records"]["task"][0].update(version=3), "audit disagrees"),
    "a trace remembers another value": (lambda t: t["audit"][3]["before"].update(status="doing"), "audit disagrees"),
    "the message is not seen": (lambda t: t["rooms"][0].update(is_shown=False), "acked but unseen"),
    "a letter is still there": (lambda t: t["outbox"][1].update(state="pending"), "not sent"),
    "a letter waits after a failure": (
        lambda t: t["outbox"][1].update(state="pending", not_before=NOW + timedelta(seconds=9)),
        "not sent",
    ),
    "a letter was given up": (lambda t: t["outbox"][1].update(state="dead"), "not sent"),
    "marked, not posted": (lambda t: t["rooms"].pop(4), "marked but not sent"),
    "posted, not written": (lambda t: t["outbox"].pop(1), "posted from nowhere"),
    "the card is missing": (lambda t: t["rooms"][3].update(removed_at=NOW), "card missing"),
    "the card's place is forgotten": (lambda t: t["cards"][0].update(message=None), "card missing"),
    "the card stands twice": (lambda t: t["rooms"][4].update(only_for=None), "card doubled"),
    "a post overtook another": (
        lambda t: (t["rooms"][3].update(outbox_id="l2"), t["rooms"][4].update(outbox_id="l1")),
        "out of order",
    ),
}


@pytest.mark.parametrize("plant", PLANTED)
def test_planted_fault_is_found(tables: Tables, plant: str) -> None:
    spoil, kind = PLANTED[plant]
    copy = {name: deepcopy(getattr(tables, name)) for name in Tables.__dataclass_fields__}
    spoil(copy)
    verdict = check(LOG, Tables(**copy), kills=0)
    assert verdict.count(kind), verdict.told()
    assert not verdict.is_sound
