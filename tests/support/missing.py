"""What to do when a machine lacks a tool that a test needs: skip loudly at a desk, fail in CI."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def is_ci() -> bool:
    """Say whether this is a CI run, where nothing is skipped."""
    return any(os.environ.get(name, "").lower() in ("1", "true", "yes") for name in ("DRUMBEAT_CI", "CI"))


def give_up(reason: str) -> NoReturn:
    """Skip the test with this reason; in CI, fail it."""
    if is_ci():
        pytest.fail(f"{reason} (CI skips nothing)", pytrace=False)
    pytest.skip(f"NOT TESTED: {reason}")
