"""Each guard taken away in turn: the test that is named beside it must go red.

`python -m tests.proofs.taking_away` runs those tests as they are, which must pass. Before each it runs it once for each
of its guards, in a process of its own in which that guard's line of source reads otherwise. The guards: guards.py.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any, Final

import pytest
from _pytest.runner import runtestprotocol  # as the plugins that run a test again do

from tests.house.sources import ROOT
from tests.proofs.guards import GUARDS, Guard
from tests.proofs.sabotage import NameGone

UNSEEN, SEEN, FAULTY = 0, 1, 2
"""Exit codes of a process without a guard: its test stayed green, went red, or could not be run."""
STUCK_S: Final = 30


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking guards away came to."""

    tested: int
    """Guards that were taken away."""
    unseen: tuple[str, ...]
    """Guards that no test missed."""
    red: tuple[str, ...]
    """Tests that fail with all guards in their place."""


@contextlib.contextmanager
def without(guard: Guard) -> Iterator[None]:
    """Take a guard away while the block runs, from whoever has its function.

    Raises:
        NameGone: its text is not there, or more than once.
    """
    function, code = _mutated(guard)
    before, function.__code__ = function.__code__, code
    try:
        yield
    finally:
        function.__code__ = before


def _mutated(guard: Guard) -> tuple[FunctionType, CodeType]:
    module = importlib.import_module(guard.module)
    source = inspect.getsource(module)
    if source.count(guard.text) != 1:
        raise NameGone(f"{guard.name}: {guard.module} has {source.count(guard.text)} times {guard.text!r}")
    path = _function_around(source, guard)
    changed = compile(source.replace(guard.text, guard.instead), str(module.__file__), "exec")
    (code,) = [each for each in _codes(changed) if each.co_qualname == path]
    found: Any = module
    for step in path.split("."):
        found = inspect.getattr_static(found, step)
        found = found.fget if isinstance(found, property) else inspect.unwrap(getattr(found, "__func__", found))
    return found, code.replace(co_flags=found.__code__.co_flags)


def _function_around(source: str, guard: Guard) -> str:
    """Name the function in which the text stands."""
    line = source[: source.index(guard.text)].count("\n") + 1

    def inside(node: ast.AST, path: tuple[str, ...]) -> str | None:
        for each in ast.iter_child_nodes(node):
            if isinstance(each, ast.ClassDef | ast.FunctionDef) and each.lineno <= line <= (each.end_lineno or 0):
                is_function = isinstance(each, ast.FunctionDef)
                return ".".join((*path, each.name)) if is_function else inside(each, (*path, each.name))
        return None

    found = inside(ast.parse(source), ())
    if found is None:
        raise NameGone(f"{guard.name}: {guard.text!r} stands in no function of {guard.module}")
    return found


def _codes(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)


@dataclass(eq=False)
class Taking:
    """Run each test without its guards first: a plugin of pytest."""

    tested: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    red: list[str] = field(default_factory=list)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        """Run it once for each guard that none of its cases has missed yet."""
        for guard in GUARDS:
            if guard.name not in self.seen and guard.test in (item.nodeid, item.nodeid.partition("[")[0]):
                self.tested.add(guard.name)
                self.seen |= {guard.name} if _goes_red(guard, item) else set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what fails though nothing was taken away."""
        if report.failed:
            self.red.append(report.nodeid)


def _goes_red(guard: Guard, item: pytest.Item) -> bool:
    """Run a test without a guard, in a process that ends with it."""
    child = os.fork()
    if child == 0:
        signal.alarm(STUCK_S)
        code = FAULTY
        with contextlib.suppress(BaseException), without(guard):  # this process must not go on as the other
            code = SEEN if any(each.failed for each in runtestprotocol(item, log=False)) else UNSEEN
        os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (SEEN, UNSEEN):
        _mutated(guard)  # which says what is wrong with it
        raise RuntimeError(f"{guard.name}: its process ended with {code}")
    return code == SEEN


def take_all_away() -> Taken:
    """Take every guard away, in a process beside this one."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.proofs.taking_away"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    told = json.loads(ended.stdout.splitlines()[-1])
    return Taken(told["tested"], tuple(told["unseen"]), tuple(told["red"]))


def main() -> None:
    """Tell what came of it as JSON, on the last line."""
    taking = Taking()
    tests = sorted({guard.test for guard in GUARDS})
    options = ["-q", "--tb=no", "-p", "no:cacheprovider", "-m", "not slow and not postgres"]
    options += ["-o", "faulthandler_timeout=0"]  # its thread would not survive a fork
    code = pytest.main([*options, *tests], plugins=[taking])
    untried = {guard.name for guard in GUARDS} - taking.tested
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or untried:
        sys.exit(f"not tried, for their tests are gone: {sorted(untried)}")
    unseen = sorted(taking.tested - taking.seen)
    sys.stdout.write(json.dumps({"tested": len(taking.tested), "unseen": unseen, "red": taking.red}) + "\n")


if __name__ == "__main__":
    main()
