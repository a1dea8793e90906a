"""The code of the house as syntax trees, for the laws to read. Imports none of it.

A law is a function from sources to offences, so that it can be tried on a planted offence as well as on the house.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bot", "adapters", "commands", "storage")


@dataclass(frozen=True)
class Source:
    """One Python file, by its path from the root of the repository."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree, with a `parent` on each node."""
        tree = ast.parse(self.text, self.path)
        for parent in ast.walk(tree):
            for child in ast.iter_child_nodes(parent):
                child.parent = parent  # type: ignore[attr-defined]  # ast has no way up
        return tree

    @property
    def module(self) -> str:
        """The dotted name; that of the package for an `__init__.py`."""
        parts = PurePosixPath(self.path).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def is_package(self) -> bool:
        """Whether this is an `__init__.py`."""
        return PurePosixPath(self.path).name == "__init__.py"

    def comments(self) -> Iterator[tuple[int, str]]:
        """Give each comment with its line."""
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string

    def offence(self, where: ast.AST | int, what: str) -> str:
        """Word an offence at a node or a line."""
        line = where if isinstance(where, int) else getattr(where, "lineno", 1)
        return f"{self.path}:{line}: {what}"

    def is_under(self, *places: str) -> bool:
        """Say whether this file is one of these files or lies in one of these directories (ending in a slash)."""
        return any(self.path.startswith(place) if place.endswith("/") else self.path == place for place in places)


def read_sources(*directories: str) -> list[Source]:
    """Read the Python files below these directories of the repository, by default those of the four packages."""
    paths = [path for name in directories or PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
    return [_source(path) for path in paths]


@cache
def _source(path: Path) -> Source:
    """Read a file once, and parse it once, for all the laws."""
    return Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def hold(offences: Sequence[str]) -> None:
    """Fail with every offence on a line of its own."""
    if offences:
        pytest.fail("\n".join(offences), pytrace=False)


def parents(node: ast.AST) -> Iterator[ast.AST]:
    """Give the nodes around a node, from the inside out."""
    while (parent := getattr(node, "parent", None)) is not None:
        yield parent
        node = parent


def docstring_node(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> ast.Constant | None:
    """Find the constant that is the docstring of a node."""
    match node.body:
        case [ast.Expr(value=ast.Constant(value=str()) as constant), *_]:
            return constant
    return None


def last_name(node: ast.AST) -> str:
    """Give the last part of a dotted name, or nothing."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
