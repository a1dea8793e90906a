"""Opening a database the safe way, SQLite or PostgreSQL.

SQLite uses write-ahead logging with synchronous=FULL, so that a commit is on the disk before
it is acknowledged; a release with the WAL-reset bug uses the rollback journal instead.
"""

import fcntl
import importlib
import os
import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Self

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

from storage.unit import StorageError, StorageFault

BUSY_MS: Final = 2_000
"""How long another process may hold the database before a call fails (design 3)."""
IDLE_MS: Final = 10_000
"""How long a process may leave a transaction open without a word; shorter than a lease."""
_HASTE: Final = f"-c lock_timeout={BUSY_MS} -c idle_in_transaction_session_timeout={IDLE_MS}"
CACHE_KB: Final = 2_000
"""Of each connection; the system caches the file for all of them together."""
WAL_SAFE: Final = ((3, 50, 7), (3, 44, 6))
"""Patched branches before 3.51.3, the first release without the bug (sqlite.org/wal.html#walresetbug)."""


def driver() -> ModuleType:
    """Give the newest SQLite: pysqlite3 brings its own, the standard one may be old."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return sqlite3


def has_safe_wal(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite release may use write-ahead logging with several connections."""
    if version >= (3, 51, 3):
        return True
    return any(version[:2] == fixed[:2] and version >= fixed for fixed in WAL_SAFE)


def is_sqlite(url: str) -> bool:
    """Tell whether the database is a file of our own process."""
    return make_url(url).get_backend_name() == "sqlite"


def file_of(url: str) -> Path:
    """Give the file behind a SQLite URL."""
    return Path(make_url(url).database or "")


def open_engine(url: str, *, pool_size: int = 5, may_write: bool = True, is_hasty: bool = False) -> Engine:
    """Open a database; nothing is read or written yet.

    On PostgreSQL a hasty engine gives up where another process keeps it waiting, and is put out
    where it keeps others waiting: a process that was stopped in the middle would hold its locks for ever.

    On SQLite an engine that may not write refuses to; on PostgreSQL that is said per transaction.

    Transactions on SQLite begin with whatever the caller executes: `BEGIN IMMEDIATE` to write
    (a later upgrade would fail at once, whatever the time-out), plain `BEGIN` to read.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, pool_size, may_write)
    given = {"options": _HASTE} if is_hasty and "options" not in parsed.query else {}
    return create_engine(
        parsed, pool_size=pool_size, max_overflow=0, pool_pre_ping=True, pool_timeout=10, connect_args=given
    )


def _open_sqlite(url: URL, pool_size: int, may_write: bool) -> Engine:
    module = driver()
    engine = create_engine(
        url,
        module=module,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000},
    )
    wal = has_safe_wal(module.sqlite_version_info)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; store.py does
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        cursor.execute(f"PRAGMA journal_mode={'WAL' if wal else 'DELETE'}")
        cursor.execute(f"PRAGMA synchronous={'FULL' if wal else 'EXTRA'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA trusted_schema=OFF")
        cursor.execute(f"PRAGMA cache_size=-{CACHE_KB}")
        cursor.execute(f"PRAGMA query_only={'OFF' if may_write else 'ON'}")
        cursor.close()

    return engine


class AlreadyRunning(StorageError):
    """Say that another process serves this database."""


class RunLock:
    """The right to serve a SQLite file, for `drumbeat run` alone.

    On PostgreSQL any number of processes may have it.

    The system gives the lock back when the process ends, however it ends. The file stays.
    """

    def __init__(self, url: str) -> None:
        self._path = beside(file_of(url), ".lock") if is_sqlite(url) else None
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the right.

        Raises:
            AlreadyRunning: another process has it; its number is in the message.
        """
        if self._path is not None:
            self._descriptor = lock_file(self._path, wait=False)
            if self._descriptor is None:
                holder = self._path.read_text(encoding="ascii").strip() or "unknown"
                raise AlreadyRunning(
                    f"{self._path.with_suffix('')} is served by process {holder}: stop that one first, "
                    "or use PostgreSQL for several"
                )
        return self

    def __exit__(self, *_: object) -> None:
        """Give the right back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def beside(file: Path, suffix: str) -> Path:
    """Name a file that stands beside a database and belongs to it."""
    return file.with_name(file.name + suffix)


def lock_file(path: Path, *, wait: bool) -> int | None:
    """Lock a file, and give its descriptor; None if another process has it.

    Our process number is left in it. Closing the descriptor unlocks. The file is never removed:
    a lock on a file that others can no longer find would be no lock.

    Raises:
        StorageFault: its directory is not there, or may not be written.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageFault(f"{path.parent.absolute()} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, b"%d\n" % os.getpid())
    return descriptor
