"""The way from one version to the other: complete, alone, safe to interrupt and to repeat."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import alembic.command
import pytest
from sqlalchemy import Engine, inspect
from sqlmodel import SQLModel

from storage.backup import quick_check
from storage.engine import file_of, open_engine
from storage.migrate import NeedsMigration, _config, check, current, head, upgrade
from storage.migrations.known import VERSIONS, TooNew, known_versions, must_know
from storage.store import Store
from storage.unit import StorageFault
from storage.workspaces import all_workspaces, found_workspace
from tests.support.postgres import PostgresServer
from tests.support.store import WEDNESDAY, HandClock

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Lend a database in which there is nothing."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/drumbeat.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def engine(store_url: str) -> Any:
    """Open a migrated database."""
    opened = open_engine(store_url)
    yield opened
    opened.dispose()


def run_sql(url: str, *statements: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def shape(url: str) -> dict[str, Any]:
    """Describe all that a migration makes, by name."""
    engine = open_engine(url)
    looked = inspect(engine)
    described = {
        table: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in looked.get_columns(table)],
            sorted((index["name"] or "", tuple(index["column_names"])) for index in looked.get_indexes(table)),
            sorted((key["name"] or "", tuple(key["constrained_columns"])) for key in looked.get_foreign_keys(table)),
            sorted((key["name"] or "", tuple(key["column_names"])) for key in looked.get_unique_constraints(table)),
            looked.get_pk_constraint(table)["name"],
        )
        for table in looked.get_table_names()
    }
    engine.dispose()
    return described


def test_versions_are_read_without_running_them() -> None:
    assert known_versions()[0] == "0001"
    assert head() == known_versions()[-1]
    assert len(known_versions()) == len(list(VERSIONS.glob("*.py")))
    code = "import sys, storage.migrate; storage.migrate.head(); print('alembic' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "False\n"


def test_new_database_is_brought_to_the_newest_version(empty_url: str) -> None:
    engine = open_engine(empty_url)
    assert current(engine) is None
    with pytest.raises(NeedsMigration, match=rf"is empty, this program needs {head()}: run `drumbeat migrate`"):
        check(engine)
    assert upgrade(empty_url, backups=None, now=WEDNESDAY) is None, "there was nothing to save"
    assert current(engine) == head()
    check(engine)
    engine.dispose()


def test_migrations_make_the_tables_that_the_code_has(store_url: str) -> None:
    alembic.command.check(_config(store_url))


def test_a_table_that_no_migration_makes_is_found(store_url: str) -> None:
    run_sql(store_url, "DROP INDEX ix_task_owner_due")
    with pytest.raises(Exception, match="ix_task_owner_due"):
        alembic.command.check(_config(store_url))


def test_names_follow_the_convention(engine: Engine) -> None:
    looked = inspect(engine)
    for table in SQLModel.metadata.tables:
        if table not in looked.get_table_names():
            continue  # of a test of its own
        names = [key["name"] for key in (*looked.get_foreign_keys(table), *looked.get_unique_constraints(table))]
        indexes = [index["name"] for index in looked.get_indexes(table) if not index.get("duplicates_constraint")]
        primary = looked.get_pk_constraint(table)["name"]
        assert primary in (f"pk_{table}", None), "SQLite does not tell the name where ids are never used again"
        assert [name for name in names if not str(name).startswith((f"fk_{table}_", f"uq_{table}_"))] == []
        assert [name for name in indexes if not str(name).startswith(f"ix_{table}_")] == []


def test_all_versions_can_be_taken_back_and_done_again(store_url: str) -> None:
    before = shape(store_url)
    alembic.command.downgrade(_config(store_url), "base")
    assert list(shape(store_url)) == ["alembic_version"]
    upgrade(store_url, backups=None, now=WEDNESDAY)
    assert shape(store_url) == before


def test_up_to_date_database_is_left_alone(sqlite_url: str) -> None:
    before = file_of(sqlite_url).read_bytes()
    assert upgrade(sqlite_url, backups=None, now=WEDNESDAY) is None
    assert file_of(sqlite_url).read_bytes() == before
    assert list(file_of(sqlite_url).parent.glob("*.backup-*")) == []


def test_database_of_a_later_release_is_refused(store_url: str) -> None:
    run_sql(store_url, "UPDATE alembic_version SET version_num = '9999'")
    engine = open_engine(store_url)
    attempts: list[Callable[[], object]] = [
        lambda: check(engine),
        lambda: upgrade(store_url, backups=None, now=WEDNESDAY),
    ]
    for attempt in attempts:
        with pytest.raises(TooNew, match=rf"at version 9999.* up to {head()}.*drumbeat restore"):
            attempt()
    assert current(engine) == "9999"
    engine.dispose()
    must_know(head())


def test_older_database_is_copied_before_it_is_changed(sqlite_url: str, tmp_path: Path) -> None:
    alembic.command.downgrade(_config(sqlite_url), "base")
    run_sql(sqlite_url, "CREATE TABLE treasure (gold TEXT)", "INSERT INTO treasure VALUES ('12')")
    backups = tmp_path / "backups"
    backups.mkdir()
    copy = upgrade(sqlite_url, backups=backups, now=WEDNESDAY)
    assert copy == backups / "drumbeat.db.backup-none-20261118T020000000000Z.db"
    assert list(shape(f"sqlite:///{copy}")) == ["alembic_version", "treasure"]
    assert "task" in shape(sqlite_url)
    assert list(backups.iterdir()) == [copy]


def test_backup_stands_beside_the_database_by_default(sqlite_url: str) -> None:
    alembic.command.downgrade(_config(sqlite_url), "base")
    copy = upgrade(sqlite_url, backups=None, now=WEDNESDAY)
    assert copy is not None
    assert copy.parent == file_of(sqlite_url).parent


def test_processes_that_migrate_at_once_take_turns(empty_url: str) -> None:
    results: list[object] = []
    threads = [
        threading.Thread(target=lambda: results.append(upgrade(empty_url, backups=None, now=WEDNESDAY)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert results == [None] * 3
    engine = open_engine(empty_url)
    check(engine)
    engine.dispose()


def test_store_works_on_what_was_migrated(empty_url: str, clock: HandClock) -> None:
    upgrade(empty_url, backups=None, now=WEDNESDAY)
    store = Store(empty_url, clock=clock)
    store.write_now(0, lambda unit: found_workspace(unit, name="main", language="zh", timezone="UTC"))
    assert [space.name for space in store.read_now(0, all_workspaces)] == ["main"]
    store.close()


def test_unreachable_database_is_a_fault() -> None:
    engine = open_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(StorageFault, match="did not answer"):
        current(engine)
    engine.dispose()


# Interrupted. One process imports everything and forks a child for each point, which kills itself there.

DIE = """
import os, signal, sys
from datetime import datetime, timedelta
import alembic.command, storage.migrate
from sqlalchemy import Engine, event

url, when, after = sys.argv[1], datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])

def die_at(point):
    seen = [0]
    def step(*_):
        seen[0] += 1
        if seen[0] == point:
            os.kill(os.getpid(), signal.SIGKILL)
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, step)
    storage.migrate.upgrade(url, backups=None, now=when + timedelta(seconds=point))

point, deaths = 0, 0
while True:
    point += after
    child = os.fork()
    if child == 0:
        try:
            die_at(point)
            os._exit(0)
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        deaths += 1
        continue
    print(deaths, os.WEXITSTATUS(status))
    break
"""


def die_often(url: str, *, step: int) -> int:
    """Kill the upgrade at each `step`-th point until one comes through; give the number of deaths."""
    command = [sys.executable, "-c", DIE, url, WEDNESDAY.isoformat(), str(step)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    deaths, code = shown.stdout.split()
    assert code == "0", shown.stdout
    return int(deaths)


@pytest.mark.parametrize("step", [pytest.param(7, marks=pytest.mark.slow), 43])
def test_upgrade_that_is_killed_anywhere_can_be_run_again(tmp_path: Path, sqlite_url: str, step: int) -> None:
    url = f"sqlite:///{tmp_path}/killed.db"
    assert die_often(url, step=step) >= 70 // step
    quick_check(url)
    assert shape(url) == shape(sqlite_url)
    for copy in tmp_path.glob("killed.db.backup-*"):
        assert copy.suffix == ".db", "a half copy never has the name of a whole one"


@pytest.mark.slow
def test_killed_upgrade_of_a_used_database_loses_nothing(tmp_path: Path, sqlite_url: str) -> None:
    alembic.command.downgrade(_config(sqlite_url), "base")
    run_sql(sqlite_url, "CREATE TABLE treasure (gold TEXT)", "INSERT INTO treasure VALUES ('12')")
    killed = tmp_path / "killed.db"
    shutil.copyfile(file_of(sqlite_url), killed)
    die_often(f"sqlite:///{killed}", step=61)
    upgrade(sqlite_url, backups=None, now=WEDNESDAY + timedelta(days=1))
    assert shape(f"sqlite:///{killed}") == shape(sqlite_url)
    engine = open_engine(f"sqlite:///{killed}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT gold FROM treasure").scalar() == "12"
    engine.dispose()
