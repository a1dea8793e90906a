"""A missing tool: a loud skip at a desk, a failure in CI."""

from __future__ import annotations

import pytest

from tests.support.missing import give_up


def test_missing_tool_skips_at_a_desk_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("DRUMBEAT_CI", "0")
    with pytest.raises(pytest.skip.Exception, match="NOT TESTED: no browser"):
        give_up("no browser")


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("DRUMBEAT_CI", "1")])
def test_missing_tool_fails_in_ci(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(pytest.fail.Exception, match="CI skips nothing"):
        give_up("no browser")
