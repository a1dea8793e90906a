"""Law: arrows only go down, adapters know shapes only, no module is part of a cycle, and packages re-export nothing.

The contracts in pyproject.toml hold the floors; what they cannot say is held here.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import networkx
import pytest

from tests.house.sources import PACKAGES, ROOT, Source, docstring_node, hold, read_sources

pytestmark = pytest.mark.slow

SHAPES = {"commands.core.event", "commands.core.reply", "commands.core.ports"}


def imports_of(source: Source, known: set[str]) -> set[str]:
    """Name the modules of ours that a file imports, wherever in the file it does so."""
    package = source.module if source.is_package else source.module.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            children = {f"{base}.{alias.name}" for alias in node.names}
            found |= (children & known) or {base}
    return (found & known) - {source.module}


def import_graph(sources: list[Source]) -> networkx.DiGraph[str]:
    """Draw who imports whom."""
    known = {source.module for source in sources}
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_nodes_from(known)
    graph.add_edges_from((source.module, name) for source in sources for name in imports_of(source, known))
    return graph


def cycles(sources: list[Source]) -> list[list[str]]:
    """Find the knots of modules that import each other."""
    knots = networkx.strongly_connected_components(import_graph(sources))
    return sorted(sorted(knot) for knot in knots if len(knot) > 1)


def uprooted_shapes(sources: list[Source]) -> list[str]:
    """Find the modules of shapes that import something of ours beyond each other."""
    known = {source.module for source in sources} | set(PACKAGES)
    return [
        f"{source.module} imports {name}"
        for source in sources
        if source.module in SHAPES
        for name in sorted(imports_of(source, known) - SHAPES)
    ]


def speaking_packages(sources: list[Source]) -> list[str]:
    """Find each `__init__.py` that holds more than a docstring."""
    return [
        source.offence(source.tree.body[-1], "an __init__.py is empty or a docstring")
        for source in sources
        if source.is_package and len(source.tree.body) > (docstring_node(source.tree) is not None)
    ]


def lint_imports(directory: Path) -> subprocess.CompletedProcess[str]:
    """Hold the contracts of pyproject.toml against the packages in a directory."""
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run(
        [sys.executable, "-c", program], cwd=directory, capture_output=True, text=True, timeout=30, check=False
    )


def test_contracts_of_pyproject_are_kept() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_module_is_part_of_a_cycle() -> None:
    hold([" <-> ".join(knot) for knot in cycles(read_sources())])


def test_shapes_import_nothing_of_ours() -> None:
    hold(uprooted_shapes(read_sources()))


def test_packages_re_export_nothing() -> None:
    hold(speaking_packages(read_sources(*PACKAGES, "tests")))


# The laws themselves, tried on planted offences.


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("bot/app.py", "import storage.tasks, commands.tasks, adapters.markup", False),
        ("commands/tasks.py", "import storage.tasks", False),
        ("adapters/markup.py", "import commands.core.event, commands.core.reply, commands.core.ports", False),
        ("adapters/markup.py", "import commands.tasks", True),
        ("adapters/markup.py", "from commands.core import context", True),
        ("adapters/markup.py", "import storage.tasks", True),
        ("commands/tasks.py", "import adapters.markup", True),
        ("commands/tasks.py", "def late():\n    from bot import app", True),
        ("storage/tasks.py", "import commands.core.event", True),
    ],
)
def test_contracts_tell_a_right_import_from_a_wrong_one(tmp_path: Path, file: str, line: str, broken: bool) -> None:
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    modules = ("commands/core/event.py", "commands/core/reply.py", "commands/core/ports.py", "commands/core/context.py")
    for name in ("bot/app.py", "adapters/markup.py", "commands/tasks.py", "storage/tasks.py", *modules):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.touch()
    (tmp_path / file).write_text(line)
    result = lint_imports(tmp_path)
    assert (result.returncode != 0) == broken, result.stdout + result.stderr
    assert ("BROKEN" in result.stdout) == broken, result.stdout + result.stderr


def test_cycle_is_found_even_when_one_import_hides_in_a_function() -> None:
    first = Source("commands/tasks.py", "from commands import risks")
    second = Source("commands/risks.py", "def late():\n    from .tasks import move")
    third = Source("commands/vendors.py", "import commands.tasks")
    assert cycles([first, second, third]) == [["commands.risks", "commands.tasks"]]


def test_shape_that_leans_on_something_is_found() -> None:
    event = Source("commands/core/event.py", "import dataclasses")
    reply = Source("commands/core/reply.py", "from commands.core.event import Event\nfrom commands.core import words")
    words = Source("commands/core/words.py", "")
    assert uprooted_shapes([event, reply, words]) == ["commands.core.reply imports commands.core.words"]


def test_package_that_re_exports_is_found() -> None:
    silent = [Source("bot/__init__.py", ""), Source("storage/__init__.py", '"""The ground floor."""\n')]
    assert speaking_packages(silent) == []
    assert len(speaking_packages([Source("bot/__init__.py", '"""Roof."""\nfrom bot.app import App\n')])) == 1
