"""Copies: whole or absent, checked, put back without mixing; and damage is seen at the start."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import alembic.command
import pytest

from storage.backup import BackupError, Corrupt, backup, newest_backup, quick_check, restore
from storage.chats import Project, all_projects
from storage.engine import AlreadyRunning, RunLock, driver, file_of
from storage.migrate import _config
from storage.migrations.known import TooNew
from storage.store import Store
from storage.unit import StorageFault
from tests.support.store import WEDNESDAY, Desk

pytestmark = pytest.mark.slow


def names(desk: Desk) -> list[str]:
    return [project.name for project in desk.read(all_projects)]


def reopened(url: str, desk: Desk) -> list[str]:
    store = Store(url, clock=desk.clock)
    try:
        return names(Desk(store, desk.workspace, desk.clock))
    finally:
        store.close()


def fill(desk: Desk, count: int = 200) -> None:
    for number in range(count):
        desk.write(lambda unit, n=number: unit.add(Project, name=f"p{n} " * 30))  # type: ignore[misc]  # bound early


def listing(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


# Making one.


def test_backup_of_a_database_in_use_is_whole(sqlite_desk: Desk, tmp_path: Path) -> None:
    sqlite_desk.write(lambda unit: unit.add(Project, name="saved"))
    target = tmp_path / "copy.db"
    backup(sqlite_desk.store.url, target)
    sqlite_desk.write(lambda unit: unit.add(Project, name="later"))
    assert reopened(f"sqlite:///{target}", sqlite_desk) == ["saved"]
    assert names(sqlite_desk) == ["saved", "later"]
    assert not (tmp_path / "copy.db.part").exists()


def test_backup_while_others_write_is_of_one_moment(sqlite_desk: Desk, tmp_path: Path) -> None:
    stop = threading.Event()

    def write_pairs() -> None:
        while not stop.is_set():
            sqlite_desk.write(lambda unit: [unit.add(Project, name=name) for name in ("left", "right")])

    thread = threading.Thread(target=write_pairs)
    thread.start()
    try:
        for number in range(5):
            backup(sqlite_desk.store.url, tmp_path / f"{number}.db")
    finally:
        stop.set()
        thread.join()
    for number in range(5):
        found = reopened(f"sqlite:///{tmp_path}/{number}.db", sqlite_desk)
        assert found.count("left") == found.count("right")


def test_backup_never_overwrites(sqlite_desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(BackupError, match=r"copy\.db exists already"):
        backup(sqlite_desk.store.url, target)
    assert target.read_text() == "precious"


def test_rest_of_an_interrupted_backup_is_replaced(sqlite_desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "copy.db.part").write_text("half")
    backup(sqlite_desk.store.url, tmp_path / "copy.db")
    quick_check(f"sqlite:///{tmp_path}/copy.db")
    assert not (tmp_path / "copy.db.part").exists()


def test_backup_of_a_damaged_database_leaves_nothing(sqlite_desk: Desk, tmp_path: Path) -> None:
    fill(sqlite_desk)
    sqlite_desk.store.close()
    scribble(file_of(sqlite_desk.store.url), 4096)
    with pytest.raises(Corrupt):
        backup(sqlite_desk.store.url, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy.db*"))


def test_backup_that_cannot_be_written_is_a_fault(sqlite_desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(StorageFault):
        backup(sqlite_desk.store.url, tmp_path / "no such directory" / "copy.db")


def test_postgresql_is_told_its_own_tools(tmp_path: Path) -> None:
    url = "postgresql+psycopg://host/name"
    with pytest.raises(BackupError, match="pg_dump"):
        backup(url, tmp_path / "copy.db")
    with pytest.raises(BackupError, match="pg_restore"):
        restore(tmp_path / "copy.db", url, now=WEDNESDAY)
    quick_check(url)


def test_absent_database_is_not_created_by_a_backup(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="there is no database"):
        backup(f"sqlite:///{tmp_path}/none.db", tmp_path / "copy.db")
    assert listing(tmp_path) == []


# Putting one back.


@pytest.fixture
def saved(sqlite_desk: Desk, tmp_path: Path) -> Path:
    """Save a database, write on, and close it."""
    target = tmp_path / "saved.db"
    sqlite_desk.write(lambda unit: unit.add(Project, name="saved"))
    backup(sqlite_desk.store.url, target)
    sqlite_desk.write(lambda unit: unit.add(Project, name="later"))
    sqlite_desk.store.close()
    return target


def test_restored_database_is_as_it_was_and_the_former_is_kept(sqlite_desk: Desk, saved: Path) -> None:
    url = sqlite_desk.store.url
    kept = restore(saved, url, now=WEDNESDAY)
    assert kept == file_of(url).with_name("drumbeat.db.before-restore-20261118T020000000000Z")
    assert reopened(url, sqlite_desk) == ["saved"]
    assert reopened(f"sqlite:///{kept}", sqlite_desk) == ["saved", "later"]
    assert saved.exists()


def test_log_of_the_former_database_is_not_played_into_the_restored_one(sqlite_desk: Desk, saved: Path) -> None:
    url, file = sqlite_desk.store.url, file_of(sqlite_desk.store.url)
    crashed = driver().connect(str(file), isolation_level=None)
    crashed.execute("PRAGMA journal_mode=WAL")
    crashed.execute("UPDATE project SET name = 'only in the log'")
    log = file.with_name(file.name + "-wal")
    content = log.read_bytes()
    crashed.close()
    log.write_bytes(content)  # as a process leaves it that was killed
    kept = restore(saved, url, now=WEDNESDAY)
    assert kept is not None
    assert kept.with_name(kept.name + "-wal").exists()
    assert reopened(url, sqlite_desk) == ["saved"]


def test_restore_works_where_there_is_no_database(sqlite_desk: Desk, saved: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    assert restore(saved, url, now=WEDNESDAY) is None
    assert reopened(url, sqlite_desk) == ["saved"]


def test_restore_is_refused_while_a_process_serves(sqlite_desk: Desk, saved: Path) -> None:
    with RunLock(sqlite_desk.store.url), pytest.raises(AlreadyRunning, match=rf"process {os.getpid()}"):
        restore(saved, sqlite_desk.store.url, now=WEDNESDAY)
    assert reopened(sqlite_desk.store.url, sqlite_desk) == ["saved", "later"]


def _text(path: Path) -> None:
    path.write_text("This is a letter, not a database. " * 100)


def _strange(path: Path) -> None:
    connection = driver().connect(str(path))
    connection.execute("CREATE TABLE treasure (gold TEXT)")
    connection.close()


@pytest.mark.parametrize(
    ("make", "words"),
    [(lambda path: None, "there is no backup"), (_text, "damaged"), (_strange, "not one of this program")],
)
def test_source_that_cannot_serve_is_refused_and_nothing_is_touched(
    sqlite_desk: Desk, saved: Path, tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    source = tmp_path / "source.db"
    make(source)
    before = listing(tmp_path)
    with pytest.raises(BackupError, match=words):
        restore(source, sqlite_desk.store.url, now=WEDNESDAY)
    assert set(listing(tmp_path)) - {"drumbeat.db.lock"} == set(before)
    assert reopened(sqlite_desk.store.url, sqlite_desk) == ["saved", "later"]


def test_backup_of_a_later_release_is_refused(sqlite_desk: Desk, saved: Path, tmp_path: Path) -> None:
    connection = driver().connect(str(saved))
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(TooNew, match="9999"):
        restore(saved, sqlite_desk.store.url, now=WEDNESDAY)
    assert reopened(sqlite_desk.store.url, sqlite_desk) == ["saved", "later"]
    assert not (tmp_path / "drumbeat.db.part").exists()


def test_database_is_not_restored_from_itself(sqlite_desk: Desk, saved: Path) -> None:
    with pytest.raises(BackupError, match="the database itself"):
        restore(file_of(sqlite_desk.store.url), sqlite_desk.store.url, now=WEDNESDAY)


def test_interrupted_restore_is_seen_and_can_be_run_again(sqlite_desk: Desk, saved: Path) -> None:
    url, file = sqlite_desk.store.url, file_of(sqlite_desk.store.url)
    file.rename(file.with_name(f"{file.name}.before-restore-20261118T020000000000Z"))  # and then the light went out
    with pytest.raises(Corrupt, match="it is gone"):
        quick_check(url)
    assert restore(saved, url, now=WEDNESDAY + timedelta(hours=1)) is None
    quick_check(url)


# Looking at it.


def scribble(file: Path, start: int) -> None:
    """Overwrite the pages from here on."""
    content = bytearray(file.read_bytes())
    content[start:] = random.Random(7).randbytes(len(content) - start)
    file.write_bytes(content)


def _scribbled(file: Path) -> None:
    scribble(file, 4096)


def _truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _emptied(file: Path) -> None:
    os.truncate(file, 0)


def _gone(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize(
    ("harm", "fault"),
    [(_text, "not a database"), (_scribbled, ""), (_truncated, ""), (_emptied, "empty"), (_gone, "gone")],
)
def test_damaged_database_is_refused_with_the_way_back(
    sqlite_desk: Desk, harm: Callable[[Path], None], fault: str
) -> None:
    fill(sqlite_desk)
    file = file_of(sqlite_desk.store.url)
    old, new = (file.with_name(f"{file.name}.backup-0001-{n}.db") for n in (2, 1))
    for number, copy in enumerate((old, new)):
        backup(sqlite_desk.store.url, copy)
        os.utime(copy, (number, number))
    sqlite_desk.store.close()
    harm(file)
    with pytest.raises(Corrupt, match=rf"drumbeat\.db cannot be used: .*{fault}") as caught:
        quick_check(sqlite_desk.store.url)
    assert f"Run: drumbeat restore {new}" in str(caught.value)
    assert (caught.value.file, caught.value.newest) == (file, new)


def test_damage_without_a_backup_still_names_the_command(tmp_path: Path) -> None:
    _text(tmp_path / "drumbeat.db")
    with pytest.raises(Corrupt, match=r"There is no backup beside it\. Run: drumbeat restore BACKUP"):
        quick_check(f"sqlite:///{tmp_path}/drumbeat.db")


def test_new_and_sound_databases_pass(sqlite_desk: Desk, tmp_path: Path) -> None:
    quick_check(f"sqlite:///{tmp_path}/new.db")
    (tmp_path / "touched.db").touch()
    quick_check(f"sqlite:///{tmp_path}/touched.db")
    assert not (tmp_path / "new.db").exists(), "looking creates nothing"
    fill(sqlite_desk, 20)
    quick_check(sqlite_desk.store.url)
    assert newest_backup(file_of(sqlite_desk.store.url)) is None


@pytest.mark.slow
def test_locked_database_is_a_fault_and_not_damaged(sqlite_desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    backup(sqlite_desk.store.url, file)  # a copy has the rollback journal, where a writer keeps readers out
    holder = driver().connect(str(file), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StorageFault, match="locked"):
            quick_check(f"sqlite:///{file}")
    finally:
        holder.close()


def test_every_page_with_a_damaged_head_is_found(sqlite_desk: Desk, tmp_path: Path) -> None:
    """What is damaged inside a text is not: SQLite keeps no checksums of what it holds."""
    fill(sqlite_desk, 100)
    sqlite_desk.store.close()
    sound = file_of(sqlite_desk.store.url).read_bytes()
    file = tmp_path / "damaged.db"
    for page in range(1, len(sound) // 4096):
        damaged = bytearray(sound)
        damaged[page * 4096] ^= 0x40
        file.write_bytes(damaged)
        with pytest.raises(Corrupt):
            quick_check(f"sqlite:///{file}")


KILL = """
import os, signal, sys
from pathlib import Path
import storage.backup as b
b._inspect = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
b.backup(sys.argv[1], Path(sys.argv[2]))
"""


def test_killed_backup_leaves_no_file_of_that_name(sqlite_desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    died = subprocess.run([sys.executable, "-c", KILL, sqlite_desk.store.url, str(target)], check=False)
    assert died.returncode == -9
    assert not target.exists()
    assert (tmp_path / "copy.db.part").exists()
    backup(sqlite_desk.store.url, target)
    quick_check(f"sqlite:///{target}")


def test_older_backup_is_restored_to_be_migrated(sqlite_desk: Desk, saved: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.db"
    shutil.copyfile(saved, older)
    alembic.command.downgrade(_config(f"sqlite:///{older}"), "base")
    with pytest.raises(BackupError, match="not one of this program"):
        restore(older, sqlite_desk.store.url, now=WEDNESDAY)  # no version at all is no older version
