"""Law: the lock files hold every dependency, with hashes, and name no place to fetch them from."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.house.sources import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
ENTRY = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)((?: ;[^\\\n]*)?)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.M)
PLACE = re.compile(r"://|^\s*-(?!-hash=)", re.MULTILINE)


def locked(lock: str) -> set[tuple[str, str]]:
    """Give the names and versions that a lock file holds."""
    return {(name, version) for name, version, _, _ in ENTRY.findall(lock)}


def names(requirements: list[str]) -> set[str]:
    """Give the normal names of requirements."""
    return {re.sub(r"[-_.]+", "-", re.split(r"[\s\[;<>=!~]", text, maxsplit=1)[0]).lower() for text in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_place_and_hashes_everything(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert PLACE.findall(text) == []
    assert ENTRY.sub("", text).split("\n") == [
        line for line in ENTRY.sub("", text).split("\n") if line[:1] in ("", "#")
    ]


def test_locks_hold_what_pyproject_asks_for_and_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run, dev = (locked((ROOT / lock).read_text(encoding="utf-8")) for lock in LOCKS)
    assert names(project["project"]["dependencies"]) - {name for name, _ in run} == set()
    assert names(project["dependency-groups"]["dev"]) - {name for name, _ in dev} == set()
    assert run <= dev


def test_lock_that_names_a_place_is_found() -> None:
    entry = "lark==1.3.1 \\\n    --hash=sha256:" + "0" * 64
    assert locked(entry) == {("lark", "1.3.1")} and not PLACE.search(entry)
    assert PLACE.search("--index-url somewhere\n" + entry)
    assert PLACE.search("lark @ https://example.org/lark.whl")
    assert locked("lark==1.3.1") == set()
