"""Law: what users read is in the catalogs, what developers read is complete, and the clock has one place.

Each list of exceptions stands at the top, with a reason for each.
"""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

import pytest

from tests.house.sources import PACKAGES, Source, docstring_node, hold, last_name, parents, read_sources

CHINESE_ALLOWED = {
    "bot/race.py": "what the demo team says while its clock races",
    "bot/seed.py": "the demo team and its projects have Chinese names",
    "commands/grammar/": "the grammar knows the words that people type",
}
CLOCK_ALLOWED = {
    "bot/app.py": "the composition root makes the one real clock",
    "bot/observe.py": "a log line is stamped when it is written",
}
BROAD_EXCEPT_ALLOWED: dict[str, str] = {
    "bot/dispatch.py::safely": "a bug in a command is stored as failed and told, or it would be delivered for ever",
    "storage/store.py::_commit_together": "whatever goes wrong, everybody who waits for the commit is told",
    "storage/store.py::_run_one": "the exception of one call is handed to its caller, beside it the others go on",
}
GENERATED = ("storage/migrations/versions/",)  # upgrade() and downgrade() are alembic's contract, not ours

CHINESE = re.compile("[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}
TODO = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(?!\s*\(?#\d+)")
BARE_IGNORE = re.compile(r"type:\s*ignore(?!\[)")
FIRST_LINE_CHARS = 88
Function = ast.FunctionDef | ast.AsyncFunctionDef


def chinese_literals(sources: list[Source]) -> list[str]:
    """Find string literals in Chinese outside the catalogs; docstrings and examples of commands may quote it."""
    return [
        source.offence(node, f"{node.value[:20]!r} belongs in the catalogs")
        for source in sources
        if not source.is_under(*CHINESE_ALLOWED)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CHINESE.search(node.value)
        if not _is_docstring(node) and not _is_example(node)
    ]


def _is_docstring(node: ast.Constant) -> bool:
    owner = next((parent for parent in parents(node) if not isinstance(parent, ast.Expr)), None)
    return isinstance(owner, ast.Module | ast.ClassDef | Function) and docstring_node(owner) is node


def _is_example(node: ast.AST) -> bool:
    around = [node, *parents(node)]
    return any(
        isinstance(keyword, ast.keyword)
        and keyword.arg == "examples"
        and isinstance(call, ast.Call)
        and isinstance(function, Function | ast.ClassDef)
        and call in function.decorator_list
        for keyword, call, function in zip(around, around[1:], around[2:], strict=False)
    )


def poor_docstrings(sources: list[Source]) -> list[str]:
    """Find modules without a docstring, and public names without a first line that is a sentence.

    Public names are functions and classes at the top of a module, and the methods of a Protocol, which is a contract.
    """
    offences = []
    for source in sources:
        if not source.tree.body:
            continue
        if docstring_node(source.tree) is None:
            offences.append(source.offence(1, "the module has no docstring"))
        if not source.is_under(*GENERATED):
            offences += [
                source.offence(node, f"{node.name}: {fault}")
                for node in _public_names(source.tree)
                if (fault := _docstring_fault(node))
            ]
    return offences


def _public_names(tree: ast.Module | ast.ClassDef) -> list[ast.ClassDef | Function]:
    names = [node for node in tree.body if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_")]
    contracts = [node for node in names if isinstance(node, ast.ClassDef) and "Protocol" in map(last_name, node.bases)]
    return names + [method for contract in contracts for method in _public_names(contract)]


def _docstring_fault(node: ast.ClassDef | Function) -> str:
    docstring = ast.get_docstring(node)
    if not docstring:
        return "no docstring"
    first = docstring.splitlines()[0]
    if not first.endswith("."):
        return "the first line of the docstring ends with a full stop"
    return f"the first line has {len(first)} characters, more than 88" if len(first) > FIRST_LINE_CHARS else ""


def empty_names(sources: list[Source]) -> list[str]:
    """Find modules whose name says nothing."""
    return [
        source.offence(1, f"{part!r} says nothing about what is inside")
        for source in sources
        for part in PurePosixPath(source.path).with_suffix("").parts
        if EMPTY_NAMES & set(part.split("_"))
    ]


def clock_readings(sources: list[Source]) -> list[str]:
    """Find who asks the machine for the time instead of being told."""
    return [
        source.offence(node, "the time comes from the clock that is passed in")
        for source in sources
        if not source.is_under(*CLOCK_ALLOWED)
        for node in ast.walk(source.tree)
        if _reads_the_clock(node)
    ]


def _reads_the_clock(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "time" and any(alias.name in ("time", "time_ns") for alias in node.names)
    if not isinstance(node, ast.Attribute):
        return False
    owner = last_name(node.value)
    return (owner in ("datetime", "date") and node.attr in ("now", "utcnow", "today")) or (
        owner == "time" and node.attr in ("time", "time_ns")
    )


def broad_excepts(sources: list[Source]) -> list[str]:
    """Find handlers that catch everything, outside the few places that must."""
    return [
        source.offence(node, f"a broad except in {place}: catch what you can act on")
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and _is_broad(node)
        if (place := f"{source.path}::{_function_around(node)}") not in BROAD_EXCEPT_ALLOWED
    ]


def _is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or last_name(kind) in ("Exception", "BaseException") for kind in caught)


def _function_around(node: ast.AST) -> str:
    return next((parent.name for parent in parents(node) if isinstance(parent, Function)), "")


def loose_comments(sources: list[Source]) -> list[str]:
    """Find a TODO without the number of its issue, and an ignored type error without its code."""
    return [
        source.offence(line, f"{comment}: {fault}")
        for source in sources
        for line, comment in source.comments()
        for pattern, fault in ((TODO, "give the issue, as in TODO(#12)"), (BARE_IGNORE, "give the code and the reason"))
        if pattern.search(comment)
    ]


def test_user_facing_chinese_lives_in_the_catalogs() -> None:
    hold(chinese_literals(read_sources()))


def test_public_names_have_a_first_line_that_is_a_contract() -> None:
    hold(poor_docstrings(read_sources()))


def test_names_of_modules_say_something() -> None:
    hold(empty_names(read_sources(*PACKAGES, "tests")))


def test_time_comes_from_the_clock_that_is_passed_in() -> None:
    hold(clock_readings(read_sources()))


def test_broad_excepts_stand_in_three_places_at_most() -> None:
    hold(broad_excepts(read_sources()))
    assert len(BROAD_EXCEPT_ALLOWED) <= 3


def test_comments_give_issue_numbers_and_codes() -> None:
    hold(loose_comments(read_sources(*PACKAGES, "tests")))


# The laws themselves, tried on planted offences.


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("commands/tasks.py", 'word = "任务"', 1),
        ("commands/tasks.py", 'word = f"{1}：任务"', 1),
        ("commands/tasks.py", '@command("task add", examples=("新建任务 主图",))\ndef add(): ...', 0),
        ("commands/tasks.py", '@command("task add", title="新建")\ndef add(): ...', 1),
        ("commands/tasks.py", 'examples = ["主图"]', 1),
        ("commands/tasks.py", 'def due():\n    """Read `上线前7天`."""', 0),
        ("commands/tasks.py", 'def due():\n    """Read."""\n    "上线"', 1),
        ("commands/grammar/when.py", 'word = "明天"', 0),
    ],
)
def test_chinese_literal_is_found(path: str, text: str, count: int) -> None:
    assert len(chinese_literals([Source(path, text)])) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ('"""Tasks."""\ndef _hidden(): ...', 0),
        ('"""Tasks."""\ndef add():\n    """Add a task."""', 0),
        ("x = 1", 1),
        ('"""Tasks."""\ndef add(): ...', 1),
        ('"""Tasks."""\nclass Task:\n    """A task"""', 1),
        (f'"""Tasks."""\nasync def add():\n    """{"A" * 88}."""', 1),
        ('"""Ports."""\nclass Adapter(Protocol):\n    """An adapter."""\n    def send(self): ...', 1),
    ],
)
def test_poor_docstring_is_found(text: str, count: int) -> None:
    assert len(poor_docstrings([Source("commands/tasks.py", text)])) == count


def test_empty_name_is_found() -> None:
    assert len(empty_names([Source("bot/text_utils.py", ""), Source("bot/common/x.py", "")])) == 2
    assert empty_names([Source("bot/database.py", "")]) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("datetime.now(UTC)", 1),
        ("dt.datetime.utcnow()", 1),
        ("field(default_factory=datetime.now)", 1),
        ("date.today()", 1),
        ("time.time()", 1),
        ("from time import time", 1),
        ("time.monotonic()", 0),
        ("clock.now()", 0),
    ],
)
def test_reading_of_the_clock_is_found(text: str, count: int) -> None:
    assert len(clock_readings([Source("commands/tasks.py", text)])) == count
    assert clock_readings([Source("bot/app.py", text)]) == []


@pytest.mark.parametrize(
    ("caught", "count"), [("", 1), (" Exception", 1), (" (OSError, BaseException)", 1), (" (OSError, ValueError)", 0)]
)
def test_broad_except_is_found(caught: str, count: int) -> None:
    text = f"def work():\n    try: ...\n    except{caught}: ..."
    assert len(broad_excepts([Source("bot/dispatch.py", text)])) == count


def test_loose_comment_is_found() -> None:
    todo, ignore = "TO" + "DO", "type: " + "ignore"
    bad = f"# {todo} later\nx = 1  # {ignore}\n"
    good = f"# {todo}(#12) later\nx = 1  # {ignore}[attr-defined]  # why\ny = '# {todo}'\n"
    assert len(loose_comments([Source("bot/app.py", bad)])) == 2
    assert loose_comments([Source("bot/app.py", good)]) == []
