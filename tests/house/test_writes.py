"""Law: the store is written in one place, which audits, and committed in one place, which is dispatch's.

A write that goes round `unit` would be missing from the audit, from undo and from the cards.
"""

from __future__ import annotations

import ast

import pytest

from tests.house.sources import Source, hold, last_name, read_sources

WRITES_ALLOWED = {
    "storage/unit.py": "the one way to write",
    "storage/prepared.py": "runs what the others here write, and makes no statement itself",
    "storage/store.py": "BEGIN, SAVEPOINT and the like, which the driver has no words for",
    "storage/audit.py": "the trace of each write, which is itself not audited",
    "storage/guard.py": "makes triggers, and writes no row",
    "storage/terms.py": "the index of words, which the unit keeps and which can be made anew",
    "storage/mail.py": "inbox and outbox, which are not audited",
    "storage/transfer.py": "a whole workspace comes in with the trace that it had",
    "storage/migrations/": "changes the tables themselves",
}
COMMITS_ALLOWED = {
    "storage/store.py": "the one transaction",
    "storage/unit.py": "the one transaction",
    "storage/migrations/": "a migration is its own transaction",
}
RAW = {"insert", "update", "delete", "text"}
SESSION_WRITES = {"add", "add_all", "merge", "delete", "bulk_save_objects", "bulk_insert_mappings"}


def raw_writes(sources: list[Source]) -> list[str]:
    """Find raw statements, and objects handed to a session, outside the files that may."""
    return [
        source.offence(node, f"{fault}: write through storage/unit.py")
        for source in sources
        if not source.is_under(*WRITES_ALLOWED)
        for node in ast.walk(source.tree)
        if (fault := _raw_write(node))
    ]


def _raw_write(node: ast.AST) -> str:
    match node:
        case ast.ImportFrom(module=str(module), names=names) if _is_database(module):
            taken = sorted(RAW & {alias.name for alias in names})
            return f"imports {', '.join(taken)} from {module}" if taken else ""
        case ast.Call(func=ast.Attribute(value=owner, attr=name)):
            whose = last_name(owner)
            if name in RAW and (whose in ("sa", "sqlalchemy", "sqlmodel", "sql", "__table__") or _is_table(owner)):
                return f"calls {whose or 'table'}.{name}()"
            if name in SESSION_WRITES and whose.strip("_").endswith("session"):
                return f"calls {whose}.{name}()"
            if name == "exec_driver_sql":
                return "calls exec_driver_sql()"
    return ""


def _is_database(module: str) -> bool:
    return module.partition(".")[0] in ("sqlalchemy", "sqlmodel")


def _is_table(owner: ast.expr) -> bool:
    """Say whether this is `table_of(...)` or a name that ends in `table`."""
    return last_name(owner.func) == "table_of" if isinstance(owner, ast.Call) else last_name(owner).endswith("table")


def commits(sources: list[Source]) -> list[str]:
    """Find who commits, outside the one transaction."""
    return [
        source.offence(node, "only the one transaction commits")
        for source in sources
        if not source.is_under(*COMMITS_ALLOWED)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]


def test_writes_go_through_the_unit() -> None:
    hold(raw_writes(read_sources()))


def test_only_the_one_transaction_commits() -> None:
    hold(commits(read_sources()))


# The laws themselves, tried on planted offences.


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("from sqlalchemy import select, update", 1),
        ("from sqlmodel import text as raw", 1),
        ("from sqlalchemy.dialects.postgresql import insert", 1),
        ("import sqlalchemy as sa\nsa.delete(Task)", 1),
        ("Task.__table__.insert()", 1),
        ("table_of(Task).update()", 1),
        ("self._session.add(task)", 1),
        ("connection.exec_driver_sql('DROP TABLE task')", 1),
        ("from sqlalchemy import select", 0),
        ("unit.add(task)", 0),
        ("seen.update(names)", 0),
        ("def update(text): ...", 0),
    ],
)
def test_raw_write_is_found(text: str, count: int) -> None:
    assert len(raw_writes([Source("storage/tasks.py", text)])) == count
    assert raw_writes([Source("storage/unit.py", text), Source("storage/migrations/env.py", text)]) == []


def test_commit_is_found() -> None:
    text = "def add(session):\n    session.commit()"
    assert len(commits([Source("commands/tasks.py", text), Source("storage/tasks.py", text)])) == 2
    assert commits([Source("storage/store.py", text)]) == []
