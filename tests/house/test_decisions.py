"""Law: a vote, and what became of an approval, is written by commands/decisions.py and by nothing else.

Every way in, by button, sentence, form or clock, leads there; one that went round it would skip the checks.
"""

from __future__ import annotations

import ast
from typing import Final

import pytest

from tests.house.sources import Source, hold, last_name, read_sources

ALLOWED: Final = ("commands/decisions.py", "storage/approvals.py")
DECIDED: Final = frozenset({
    "state", "closed_at", "closed_by", "closed_for", "closed_on", "edition", "ballots", "amount_minor", "asked_minor",
    "currency", "editor_id", "requester_id", "quorum", "mode",
})  # fmt: skip
"""Columns of an approval that make a decision, or on which one rests."""
WRITES: Final = frozenset({"add", "add_all", "change", "restore", "archive", "do"})


def writers(sources: list[Source]) -> list[str]:
    """Find what writes votes, or decides on approvals, outside the one module that may."""
    return [
        source.offence(node, f"{fault}: decide through commands/decisions.py")
        for source in sources
        if not source.is_under(*ALLOWED)
        for node in ast.walk(source.tree)
        if (fault := _writes(node, knows_approvals="storage.approvals" in source.text))
    ]


def _writes(node: ast.AST, *, knows_approvals: bool) -> str:
    match node:
        case ast.Call(func=ast.Attribute(attr=name), args=args, keywords=keywords) if name in WRITES:
            if any(last_name(each) in ("Vote", "VOTE") for each in args[:1]):
                return f"{name}s a vote"
            values = {each.arg for each in keywords}
            what = last_name(args[0]) if args else ""
            if name in ("change", "restore") and knows_approvals and "approval" in what.lower() and values & DECIDED:
                return f"{name}s an approval's {', '.join(sorted(filter(None, values & DECIDED)))}"
            if name in ("change", "restore") and knows_approvals and "approval" in what.lower() and None in values:
                return f"{name}s an approval by names that cannot be read here"
    return ""


@pytest.mark.slow
def test_nothing_else_decides() -> None:
    hold(writers(read_sources()))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("unit.add(Vote, choice='approve')", 1),
        ("ctx.unit.add_all(Vote, rows)", 1),
        ("from storage.approvals import Approval\nctx.unit.change(approval, state='approved')", 1),
        ("from storage.approvals import Approval\nctx.unit.change(approval, **values)", 1),
        ("from storage.approvals import Approval\nctx.unit.restore(fact.approval, edition=1)", 1),
        ("from storage.approvals import Approval\nctx.unit.change(approval, urged_at=now)", 0),
        ("ctx.unit.change(task, state='done')", 0),
    ],
)
def test_another_writer_is_found(text: str, count: int) -> None:
    assert len(writers([Source("commands/budgets.py", text)])) == count
    assert writers([Source("commands/decisions.py", text)]) == []
