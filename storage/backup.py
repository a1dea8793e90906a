"""Copies of a SQLite database: made, checked and put back. Never by copying a file in use.

A copy is written under another name and takes its own only when it is whole and on the disk.
Knows no subject. PostgreSQL has tools of its own for this, which the errors name.
"""

import contextlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from storage.engine import BUSY_MS, RunLock, beside, driver, file_of, is_sqlite
from storage.migrations.known import must_know
from storage.unit import StorageError, StorageFault

_COMPANIONS: Final = ("", "-wal", "-shm", "-journal")
"""The database and what SQLite may keep beside it. They belong together: the log of one file,
laid beside another, would be played into it."""
_DAMAGED: Final = frozenset({11, 26})
"""SQLITE_CORRUPT and SQLITE_NOTADB."""


class BackupError(StorageError):
    """Say why a backup or a restore was not done; nothing was changed."""


class Corrupt(StorageError):
    """Say that a database file is damaged or gone, and which command brings it back."""

    def __init__(self, file: Path, fault: str, newest: Path | None) -> None:
        self.file = file
        self.newest = newest
        """The newest backup beside the file."""
        way_out = (
            f"The newest backup is {newest}. Run: drumbeat restore {newest}"
            if newest is not None
            else "There is no backup beside it. Run: drumbeat restore BACKUP"
        )
        super().__init__(f"{file} cannot be used: {fault}. Nothing was changed. {way_out}")


def backup(url: str, target: Path) -> None:
    """Copy a database, in use or not, as it is at one moment.

    Raises:
        BackupError: there is something at the target, or no room, or the database is not SQLite.
        Corrupt: the database is damaged.
    """
    if not is_sqlite(url):
        raise BackupError("this is a PostgreSQL database: back it up with pg_dump")
    source = file_of(url)
    if not source.exists():
        raise BackupError(f"there is no database at {source}")
    if target.exists():
        raise BackupError(f"{target} exists already: name another file")
    part = beside(target, ".part")
    _copy(source, part)
    part.rename(target)
    _sync(target.parent)


def restore(source: Path, url: str, *, now: datetime) -> Path | None:
    """Put a backup in the place of the database; give where the former one is kept.

    Raises:
        BackupError: the source cannot serve, or the database is not SQLite.
        AlreadyRunning: a process serves the database.
        TooNew: a later release of this program wrote the backup.
    """
    if not is_sqlite(url):
        raise BackupError("this is a PostgreSQL database: restore it with pg_restore or psql")
    file = file_of(url)
    if not source.is_file():
        raise BackupError(f"there is no backup at {source}")
    if file.exists() and source.samefile(file):
        raise BackupError(f"{source} is the database itself")
    with RunLock(url):
        part = beside(file, ".part")
        try:
            _copy(source, part)
        except Corrupt as error:
            raise BackupError(f"{source} cannot be restored: it is damaged itself") from error
        _must_be_ours(part, source)
        kept = _move_aside(file, beside(file, f".before-restore-{stamp(now)}"))
        part.rename(file)
        _sync(file.parent)
        return kept


def quick_check(url: str) -> None:
    """Look at the whole file once, at the start; PostgreSQL looks after itself.

    A file that is not there yet is no fault, unless what stands beside it shows that it was.

    Raises:
        Corrupt: the file is damaged, not a database, or gone.
        StorageFault: it cannot be read now.
    """
    if not is_sqlite(url):
        return
    file = file_of(url)
    if not file.exists() or file.stat().st_size == 0:
        traces = newest_backup(file) or next(file.parent.glob(f"{file.name}.before-restore-*"), None)
        log = beside(file, "-wal")
        if traces is not None or (log.exists() and log.stat().st_size > 0):
            raise Corrupt(file, "it is empty" if file.exists() else "it is gone", newest_backup(file))
        return
    _inspect(file, "quick_check")


def newest_backup(file: Path) -> Path | None:
    """Find the newest backup beside a database."""
    return max(file.parent.glob(f"{file.name}.backup-*.db"), key=lambda path: path.stat().st_mtime_ns, default=None)


def stamp(now: datetime) -> str:
    """Write an instant in UTC as part of a file's name; a later one sorts after."""
    return f"{now:%Y%m%dT%H%M%S%fZ}"


def _copy(source: Path, part: Path) -> None:
    """Write a whole, checked copy to the disk, or nothing."""
    part.unlink(missing_ok=True)  # of a copy that was interrupted
    with contextlib.ExitStack() as on_failure:
        on_failure.callback(part.unlink, missing_ok=True)
        with _opened(source) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        _inspect(part, "integrity_check")
        with part.open("rb+") as copy:
            os.fsync(copy.fileno())
        on_failure.pop_all()


def _inspect(file: Path, check: str) -> None:
    with _opened(file) as connection:
        found = [str(row[0]) for row in connection.execute(f"PRAGMA {check}(5)")]
    if found != ["ok"]:
        raise Corrupt(file, found[0].replace("\n", " "), newest_backup(file))


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[Any]:
    """Open an existing file, and say in our words what SQLite cannot do with it."""
    module: ModuleType = driver()
    connection = None
    try:
        connection = module.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_MS / 1000)
        connection.text_factory = _readable  # of a damaged file, names and messages may be anything
        yield connection
    except module.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
            raise Corrupt(file, str(error), newest_backup(file)) from error
        raise StorageFault(f"{file} could not be read or copied: {error}") from error
    except UnicodeDecodeError as error:  # the driver cannot even word its own error
        raise Corrupt(file, "its schema is damaged", newest_backup(file)) from error
    finally:
        if connection is not None:
            connection.close()


def _readable(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _must_be_ours(part: Path, source: Path) -> None:
    """Refuse a copy that this program could not go on with."""
    with _opened(part) as connection:
        tables = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        row = connection.execute("SELECT version_num FROM alembic_version") if "alembic_version" in tables else None
        version = row.fetchone() if row is not None else None
    try:
        if version is None:
            raise BackupError(f"{source} is a database, but not one of this program")
        must_know(str(version[0]))
    except StorageError:
        part.unlink()
        raise


def _move_aside(file: Path, aside: Path) -> Path | None:
    """Take the present database out of the way, its file first.

    Whoever is interrupted after that leaves no database at all, which the next start refuses;
    the other way round would leave one without its newest commits.
    """
    found = [suffix for suffix in _COMPANIONS if beside(file, suffix).exists()]
    for suffix in found:
        beside(file, suffix).rename(beside(aside, suffix))
    _sync(file.parent)
    return aside if "" in found else None


def _sync(directory: Path) -> None:
    """Put the names in a directory on the disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
