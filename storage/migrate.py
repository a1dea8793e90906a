"""The version of the database: what it is, what it should be, and the way from one to the other.

Alembic is slow to import, so only `upgrade` and the commands below do. Knows no subject.
After a change of the tables, write a migration and look at it:

    python -m storage.migrate revision "tasks have a colour"
    python -m storage.migrate again      # writes the newest one anew, while it is not released
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, String, column, func, select, table
from sqlalchemy.exc import DBAPIError

from storage.backup import backup, stamp
from storage.engine import beside, file_of, is_sqlite, lock_file, open_engine
from storage.guard import gaps, put_up
from storage.migrations.known import VERSIONS, known_versions, must_know
from storage.unit import StorageError, StorageFault

if TYPE_CHECKING:
    from alembic.config import Config

_HERE: Final = Path(__file__).with_name("migrations")
_LOCK: Final = 0x6472756D
"""Names the advisory lock on PostgreSQL: "drum"."""
_CONTENTS = select(func.count()).select_from(table("sqlite_schema"))
_CURRENT = select(column("version_num", String)).select_from(table("alembic_version"))
_TAKE_LOCK = select(func.pg_advisory_lock(_LOCK))


class NeedsMigration(StorageError):
    """Say that the database is older than the program, and how to bring it up."""


def head() -> str:
    """Give the version that this program needs."""
    return known_versions()[-1]


def current(engine: Engine) -> str | None:
    """Read the version of a database; None where it has none yet.

    Raises:
        StorageFault: the database did not answer.
    """
    try:
        with engine.connect() as connection:
            version: str | None = connection.execute(_CURRENT).scalar()
            return version
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == "42P01" or str(error.orig).startswith("no such table"):
            return None
        raise StorageFault(f"the database did not answer: {type(error.orig).__name__}") from error


def check(engine: Engine) -> None:
    """Refuse a database that this program cannot work with.

    Raises:
        NeedsMigration: it is older.
        TooNew: it is newer.
    """
    have = current(engine)
    if have is not None:
        must_know(have)
    if have != head():
        state = f"at version {have}" if have else "empty"
        raise NeedsMigration(f"the database is {state}, this program needs {head()}: run `drumbeat migrate`")


def upgrade(url: str, *, backups: Path | None, now: datetime) -> Path | None:
    """Bring a database to the newest version, unless it is there already.

    One process at a time. Before a SQLite file that holds anything is touched, it is copied into the directory
    `backups`, by default its own; the copy's path is given. Whatever interrupts it, run it again.

    Raises:
        TooNew: a later release wrote the database.
        BackupError, Corrupt: no backup could be made, so nothing was done.
    """
    with alone(url):
        have, is_empty = _state(url)
        if have is not None:
            must_know(have)
        if have == head():
            return None
        copy = None
        if is_sqlite(url) and not is_empty:
            file = file_of(url)
            copy = (backups or file.parent) / f"{file.name}.backup-{have or 'none'}-{stamp(now)}.db"
            backup(url, copy)
        _run("upgrade", _config(url), "head")
        return copy


def missing_guards(engine: Engine) -> list[str]:
    """Name what of the guard of the trail is not as this program puts it up.

    Raises:
        StorageFault: the database did not answer.
    """
    try:
        with engine.connect() as connection:
            return gaps(connection)
    except DBAPIError as error:
        raise StorageFault(f"the database did not answer: {type(error.orig).__name__}") from error


def mend_guard(url: str) -> list[str]:
    """Put the guard of the trail up where it is not whole; give what was missing."""
    engine = open_engine(url, pool_size=1)
    try:
        with alone(url), engine.begin() as connection:
            missing = gaps(connection)
            if missing:
                put_up(connection)
            return missing
    finally:
        engine.dispose()


@contextlib.contextmanager
def alone(url: str) -> Iterator[None]:
    """Wait until no other process migrates or seeds the database, and keep others waiting."""
    if is_sqlite(url):
        descriptor = lock_file(beside(file_of(url), ".migrate-lock"), wait=True)
        try:
            yield
        finally:
            if descriptor is not None:
                os.close(descriptor)
    else:
        engine = open_engine(url, pool_size=1)
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(_TAKE_LOCK)  # given back with the connection, even when we are killed
                yield
        finally:
            engine.dispose()


def _state(url: str) -> tuple[str | None, bool]:
    """Read the version, and whether there is nothing at all."""
    engine = open_engine(url, pool_size=1)
    try:
        version = current(engine)
        if version is not None or not is_sqlite(url):
            return version, False
        with engine.connect() as connection:
            return None, connection.execute(_CONTENTS).scalar() == 0
    finally:
        engine.dispose()


def _config(url: str) -> "Config":
    from alembic.config import Config

    config = Config()
    config.attributes["url"] = url
    for name, value in {
        "script_location": str(_HERE).replace("%", "%%"),
        "path_separator": "newline",
        "file_template": "%%(rev)s_%%(slug)s",
    }.items():
        config.set_main_option(name, value)
    for name, value in {
        "hooks": "fix, form",
        "fix.type": "module",
        "fix.module": "ruff",
        "fix.options": "check --quiet --fix-only REVISION_SCRIPT_FILENAME",
        "form.type": "module",
        "form.module": "ruff",
        "form.options": "format --quiet REVISION_SCRIPT_FILENAME",
    }.items():
        config.set_section_option("post_write_hooks", name, value)
    return config


def _run(command: str, config: "Config", *args: str, **options: object) -> None:
    import alembic.command

    getattr(alembic.command, command)(config, *args, **options)


def _write_revision(message: str) -> None:
    """Compare the tables with a new database at the newest version, and write the difference down."""
    number = f"{len(known_versions()) + 1:04d}"
    with tempfile.TemporaryDirectory() as directory:
        config = _config(f"sqlite:///{directory}/new.db")
        if known_versions():
            _run("upgrade", config, "head")
        _run("revision", config, message=message, autogenerate=True, rev_id=number)


def _write_again() -> None:
    """Write the newest migration anew, under its own words."""
    newest = next(VERSIONS.glob(f"{head()}_*.py"))
    message = newest.read_text(encoding="utf-8").partition('"""')[2].partition(".\n")[0]
    former = newest.read_bytes()
    newest.unlink()
    with contextlib.ExitStack() as on_failure:
        on_failure.callback(newest.write_bytes, former)
        _write_revision(message)
        on_failure.pop_all()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["revision", message]:
            _write_revision(message)
        case ["again"]:
            _write_again()
        case _:
            sys.exit(f"{__doc__}")
