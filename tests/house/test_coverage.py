"""What must be covered branch by branch is there: a file that moved would else be left out in silence."""

from __future__ import annotations

import tomllib

from tests.house.sources import ROOT


def test_each_file_whose_branches_are_counted_is_there() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coverage"]
    named = settings["run"]["include"]
    assert len(named) > 5 and [each for each in named if not (ROOT / each).is_file()] == []
    assert settings["report"]["fail_under"] == 100 and "exclude_also" not in settings["report"]
