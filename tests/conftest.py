"""What every test may use. Knows nothing of Drumbeat itself: its fixtures live beside the tests that need them.

Tests reach loopback only, examples of hypothesis repeat from run to run, and what was not run is said aloud.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.support.golden import Golden
from tests.support.network import allow_loopback_only

pytest_plugins = ["tests.support.postgres", "tests.support.store", "tests.support.browser"]

MARKER_OF_FIXTURE = {"postgres_server": "postgres", "safe_postgres_server": "postgres", "browser": "browser"}
NOT_RUN = pytest.StashKey[Counter[str]]()

hypothesis.settings.register_profile("same", deadline=None, derandomize=True)
hypothesis.settings.register_profile("free", deadline=None)
hypothesis.settings.load_profile(os.environ.get("DRUMBEAT_SEEDS", "same"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--golden`."""
    parser.addoption("--golden", action="store_true", help="rewrite the golden files instead of comparing with them")


def pytest_configure(config: pytest.Config) -> None:
    """Close the way to the internet before the first test is collected."""
    config.stash[NOT_RUN] = Counter()
    allow_loopback_only()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark a test by the fixtures that it uses, so that none can be forgotten."""
    for item in items:
        for fixture, marker in MARKER_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Count what is left out, by the marker that left it out."""
    for item in items:
        names = [name for name in ("postgres", "browser", "slow") if item.get_closest_marker(name)]
        item.config.stash[NOT_RUN][names[0] if names else "quick"] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the counts of a worker to the process that tells them."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        counts: Counter[str] = session.config.stash[NOT_RUN]
        output["not_run"] = dict(counts)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the counts of a worker; all of them leave out the same tests."""
    counts: Counter[str] = node.config.stash[NOT_RUN]
    for name, count in getattr(node, "workeroutput", {}).get("not_run", {}).items():
        counts[name] = max(counts[name], count)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud what was not run."""
    counts = terminalreporter.config.stash[NOT_RUN]
    if counts:
        parts = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        terminalreporter.section("not run here")
        terminalreporter.line(f"{counts.total()} tests were left out: {parts}. `make check` runs them all.")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare text with the files in `golden/` beside the test."""
    return Golden(Path(request.path).parent / "golden", rewrite=request.config.getoption("--golden"))
