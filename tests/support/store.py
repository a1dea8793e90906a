"""A migrated store for each test, on SQLite and on PostgreSQL: the same tests run on both.

The migrations run once for each database; every test gets a copy of what they made.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from storage.migrate import upgrade
from storage.store import Store
from storage.unit import Unit
from storage.workspaces import found_workspace
from tests.support.postgres import PostgresServer

T = TypeVar("T")
WEDNESDAY = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""


class HandClock:
    """A clock that stands still until it is advanced."""

    def __init__(self, now: datetime = WEDNESDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


@dataclass(frozen=True)
class Desk:
    """A store with one workspace, for tests without a loop."""

    store: Store
    workspace: int
    clock: HandClock

    def write(self, work: Callable[[Unit], T]) -> T:
        """Run work in a transaction of the workspace."""
        return self.store.write_now(self.workspace, work)

    def read(self, work: Callable[[Unit], T]) -> T:
        """Run work in a snapshot of the workspace."""
        return self.store.read_now(self.workspace, work)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate a SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "drumbeat.db"
    upgrade(f"sqlite:///{path}", backups=None, now=WEDNESDAY)
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Migrate a PostgreSQL database, to be copied."""
    url = postgres_server.create()
    upgrade(url, backups=None, now=WEDNESDAY)
    return url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Lend a migrated SQLite file to one test."""
    path = tmp_path / "drumbeat.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def migrated_postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """Lend a migrated PostgreSQL database to one test."""
    url = postgres_server.create(template=postgres_template)
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """Lend a migrated database to one test, of each kind in turn."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "migrated_postgres_url")
    return url


@pytest.fixture
def clock() -> HandClock:
    """Stop the time at a Wednesday morning."""
    return HandClock()


@pytest.fixture
def store(store_url: str, clock: HandClock) -> Iterator[Store]:
    """Open a store without any workspace."""
    opened = Store(store_url, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def desk(store: Store, clock: HandClock) -> Desk:
    """Found a workspace to work in, on each kind of database in turn."""
    return _found(store, clock)


@pytest.fixture
def sqlite_desk(sqlite_url: str, clock: HandClock) -> Iterator[Desk]:
    """Found a workspace on SQLite alone."""
    opened = Store(sqlite_url, clock=clock)
    yield _found(opened, clock)
    opened.close()


@pytest.fixture
def postgres_desk(migrated_postgres_url: str, clock: HandClock) -> Iterator[Desk]:
    """Found a workspace on PostgreSQL alone."""
    opened = Store(migrated_postgres_url, clock=clock)
    yield _found(opened, clock)
    opened.close()


def _found(store: Store, clock: HandClock) -> Desk:
    workspace = store.write_now(
        0, lambda unit: found_workspace(unit, name="main", language="zh", timezone="Asia/Shanghai")
    )
    return Desk(store, workspace, clock)
