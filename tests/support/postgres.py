"""A throw-away PostgreSQL server for one run of the tests, and a database of its own for each test.

The server listens on a Unix socket only and keeps nothing. PostgreSQL refuses to run as root, so root lends it to
another user of the system.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.support.missing import give_up

OWNER = "drumbeat"
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 10
QUICK_NOT_SAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


class PostgresServer:
    """A running server. Its databases are named by SQLAlchemy URLs."""

    def __init__(self, directory: Path, spawn: Callable[[], subprocess.Popen[bytes]]) -> None:
        self.directory = directory
        self._spawn = spawn
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    def start(self) -> None:
        """Start it, for the first time or again, and wait until it answers."""
        self._process = self._spawn()
        _wait_until_ready(self, self._process)

    def stop(self) -> None:
        """Stop it without waiting for those who are connected."""
        if self._process is not None:
            _stop(self._process)

    def crash(self) -> None:
        """Stop it at once, as `pg_ctl -m immediate` does: it recovers from its log at the next start."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(STOP_TIMEOUT_S)

    def create(self, template: str | None = None) -> str:
        """Make a database and return its URL.

        Args:
            template: the URL or the name of a database to copy, to which nobody may be connected; None is an empty one.
        """
        name = f"test_{next(self._numbers)}"
        source = (make_url(template).database or "" if "://" in template else template) if template else "template0"
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source)))
        return self._url(name)

    def drop(self, url: str) -> None:
        """Drop a database, and put out who is still connected."""
        name = make_url(url).database or ""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def is_ready(self) -> bool:
        """Say whether the server answers."""
        try:
            self._execute(sql.SQL("SELECT 1"))
        except psycopg.OperationalError:
            return False
        return True

    def _url(self, name: str) -> str:
        url = URL.create("postgresql+psycopg", username=OWNER, database=name, query={"host": str(self.directory)})
        return url.render_as_string(hide_password=False)

    def _execute(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(host=str(self.directory), user=OWNER, dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Run a PostgreSQL server for the whole session."""
    with run_server(QUICK_NOT_SAFE) as server:
        yield server


@pytest.fixture
def safe_postgres_server() -> Iterator[PostgresServer]:
    """Run a server of one's own that keeps what it acknowledged, to be crashed."""
    with run_server() as server:
        yield server


@contextlib.contextmanager
def run_server(settings: Sequence[str] = ()) -> Iterator[PostgresServer]:
    """Run a server with settings of its own while the block runs."""
    programs = find_programs()
    if programs is None:
        give_up("PostgreSQL is not installed (on Debian: apt-get install postgresql)")
    user = _user_for_postgres()
    # Not pytest's tmp_path: that one is closed to other users, and too long a path for a socket on some systems.
    directory = Path(tempfile.mkdtemp(prefix="drumbeat-pg-"))
    try:
        if user is not None:
            os.chown(directory, user.pw_uid, user.pw_gid)
        _initialise(programs, directory, user)
        server = PostgresServer(directory, lambda: _start(programs, directory, user, settings))
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Lend an empty database to one test."""
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)


def find_programs() -> Path | None:
    """Find the directory of `initdb` and `postgres`: the newest packaged version, else the one on the PATH."""
    packaged = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if packaged:
        return max(packaged, key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0)
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path and shutil.which("postgres") else None


def _user_for_postgres() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    give_up("PostgreSQL will not run as root, and there is neither a user `postgres` nor `nobody`")


def _initialise(programs: Path, directory: Path, user: pwd.struct_passwd | None) -> None:
    options = ["--no-sync", "--no-instructions", "--auth=trust", "--encoding=UTF8", "--locale=C"]
    command: list[str | Path] = [programs / "initdb", *options, f"--username={OWNER}", f"--pgdata={directory / 'data'}"]
    process = _spawn(command, directory, user)
    if process.wait(START_TIMEOUT_S) != 0:
        raise RuntimeError(f"initdb failed:\n{_log(directory)}")


def _start(
    programs: Path, directory: Path, user: pwd.struct_passwd | None, settings: Sequence[str]
) -> subprocess.Popen[bytes]:
    ours = (f"unix_socket_directories={directory}", "listen_addresses=", "max_connections=200")
    command: list[str | Path] = [programs / "postgres", "-D", directory / "data"]
    for setting in (*ours, *settings):
        command += ["-c", setting]
    return _spawn(command, directory, user)


def _spawn(command: Sequence[str | Path], directory: Path, user: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    environment |= {"LC_ALL": "C", "HOME": str(directory)}
    with (directory / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the tests; the server is stopped after them
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )


def _wait_until_ready(server: PostgresServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not server.is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL does not start:\n{_log(server.directory)}")
        time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # fast: do not wait for connections
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait(STOP_TIMEOUT_S)


def _log(directory: Path) -> str:
    return (directory / "log").read_text(errors="replace")[-4000:]
