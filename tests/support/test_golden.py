"""Golden files: equal passes, different fails, a missing one says what to do, and rewriting rewrites."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import Golden


def test_golden_file_is_rewritten_only_when_asked(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="make golden"):
        Golden(tmp_path).check("card.txt", "鼓点")
    Golden(tmp_path, rewrite=True).check("card.txt", "鼓点")
    Golden(tmp_path).check("card.txt", "鼓点")
    with pytest.raises(AssertionError, match="differs"):
        Golden(tmp_path).check("card.txt", "鼓")
