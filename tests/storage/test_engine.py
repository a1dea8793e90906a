"""Opening a database the safe way, and one process at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from storage.engine import BUSY_MS, AlreadyRunning, RunLock, driver, file_of, has_safe_wal, is_sqlite, open_engine
from tests.support.store import Desk


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 44, 7), True),
        ((3, 45, 0), False),
        ((3, 50, 4), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 1), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_releases_with_the_reset_bug_are_known(version: tuple[int, ...], is_safe: bool) -> None:
    assert has_safe_wal(version) == is_safe


def pragma(connection: Any, name: str) -> Any:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_every_connection_is_set_for_safety(sqlite_desk: Desk) -> None:
    is_safe = has_safe_wal(driver().sqlite_version_info)
    for engine in (sqlite_desk.store.engine, sqlite_desk.store.snapshots):
        with engine.connect() as first, engine.connect() as second:
            for connection in (first, second):
                assert pragma(connection, "journal_mode") == ("wal" if is_safe else "delete")
                assert pragma(connection, "synchronous") == (2 if is_safe else 3)
                assert pragma(connection, "foreign_keys") == 1
                assert pragma(connection, "trusted_schema") == 0
                assert pragma(connection, "busy_timeout") == BUSY_MS


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///drumbeat.db", "drumbeat.db"),
        ("sqlite:////var/lib/drumbeat/鼓点.db", "/var/lib/drumbeat/鼓点.db"),
        ("sqlite+pysqlite:///a.db", "a.db"),
        ("postgresql+psycopg://host/name", None),
    ],
)
def test_url_tells_the_kind_and_the_file(url: str, file: str | None) -> None:
    assert is_sqlite(url) == (file is not None)
    if file is not None:
        assert file_of(url) == Path(file)


def test_opening_touches_nothing(tmp_path: Path) -> None:
    open_engine(f"sqlite:///{tmp_path}/none.db").dispose()
    assert list(tmp_path.iterdir()) == []


# The lock of the one process.

HOLD = """
import sys
from storage.engine import RunLock
with RunLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_process_is_refused_with_the_number_of_the_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/drumbeat.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunning, match=rf"drumbeat\.db is served by process {first.pid}\b"), RunLock(url):
            pass
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        with RunLock(url):
            assert (tmp_path / "drumbeat.db.lock").read_text() == f"{os.getpid()}\n"


def test_lock_is_free_again_after_use_and_on_postgresql_always(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/drumbeat.db"
    for _ in range(2):
        with RunLock(url), pytest.raises(AlreadyRunning), RunLock(url):
            pass
    with RunLock("postgresql+psycopg://host/name"), RunLock("postgresql+psycopg://host/name"):
        pass
