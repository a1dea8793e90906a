"""What the disk may do to a SQLite file, and what the bot must do then (reliability 3.2): refuse, wait, and never lie.

This module is also the program that is watched: `python -m tests.proofs.test_storage_faults VERB URL …` works on a
database through the real dispatch and writes a line for each acknowledgement.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import DBAPIError

from adapters.playground import Said, Where, to_event
from bot.app import App
from bot.config import Settings
from bot.observe import utc_now
from bot.seed import enter_team, seed
from storage.backup import Corrupt, quick_check
from storage.engine import BUSY_MS, driver, file_of, has_safe_wal
from storage.mail import INBOX
from storage.store import Store
from storage.tasks import TASK
from storage.transfer import tables
from storage.unit import StorageFault
from tests.house.sources import ROOT
from tests.support.missing import give_up

ACKS: Final = 60
BACK_S: Final = 5.0
NOT_READY_S: Final = 2.0
FLIPS: Final = 200
MB: Final = 2**20


# -- the program that is watched -----------------------------------------------------------------


async def say(app: App, key: str, text: str) -> str:
    said = Said(key, "chenchen", Where("war-room", "group", "双11作战室"), (text,))
    return (await app.dispatch(to_event(said, at=utc_now()))).ack


def tell(line: str) -> None:
    """Write one line at once, in one call of the system."""
    os.write(1, f"{line}\n".encode())


async def acknowledge(url: str, count: int, synchronous: str) -> None:
    """Acknowledge so many messages, each alone."""
    app = App(Settings(database_url=url), serves=False)
    if synchronous != "as it is":

        @event.listens_for(app.store.engine, "checkout")
        def weaken(connection: Any, _record: object, _proxy: object) -> None:
            connection.execute(f"PRAGMA synchronous={synchronous}")

        app.store.engine.dispose()
    for number in range(count):
        tell(f"{await say(app, f'k{number}', f'任务 加 样张{number}')} k{number}")
    app.close()


async def fill(url: str, _count: int, _mode: str) -> None:
    """Say long things until one is not taken; when told that there is room, until one is."""
    app = App(Settings(database_url=url), serves=False)
    number = 0

    async def until(wanted: str) -> None:
        nonlocal number
        while True:
            ack = await say(app, f"k{number}", f"任务 加 {number} {'长' * 150}")
            tell(f"{ack} k{number}")
            number += 1
            if ack == wanted:
                return

    await until("again")
    began = time.monotonic()
    while (await app.readiness()).is_ready:  # a probe needs one page, a message several: the last pages are used up
        assert time.monotonic() - began < NOT_READY_S
    tell(f"ready {(await app.readiness()).is_ready}")
    await asyncio.to_thread(sys.stdin.readline)
    began = time.monotonic()
    await until("ok")
    tell(f"back {time.monotonic() - began:.2f}")
    tell(f"ready {(await app.readiness()).is_ready}")
    app.close()


if __name__ == "__main__":
    verb = {"acknowledge": acknowledge, "fill": fill}[sys.argv[1]]
    asyncio.run(verb(sys.argv[2], int(sys.argv[3]), sys.argv[4]))
    sys.exit()


def command(verb: str, url: str, *rest: str) -> list[str]:
    return [sys.executable, "-m", "tests.proofs.test_storage_faults", verb, url, *rest]


@pytest.fixture
def team_url(sqlite_url: str) -> str:
    """Lend a file with the demo team and nothing said."""
    app = App(Settings(database_url=sqlite_url), serves=False)
    app.store.write_now(app.by_name["demo"].id, enter_team)
    app.close()
    return sqlite_url


def titles(url: str) -> list[str]:
    """Give the titles of all tasks."""
    app = App(Settings(database_url=url), serves=False)
    try:
        found = app.store.read_now(0, lambda unit: unit.connection.execute(select(TASK.c.title)).all())
        return [row[0] for row in found]
    finally:
        app.close()


def keys(url: str) -> list[str]:
    """Give the keys of what was received."""
    app = App(Settings(database_url=url), serves=False)
    try:
        found = app.store.read_now(0, lambda unit: unit.connection.execute(select(INBOX.c.key)).all())
        return [row[0].removeprefix("playground:") for row in found]
    finally:
        app.close()


# -- on the disk before it is said ------------------------------------------------------------------


@dataclass(frozen=True)
class Watched:
    """What a trace of the system's calls shows."""

    acks: int
    synced: int
    """Acknowledgements before which the thread that wrote the log had synced all that it had written."""


CALL: Final = re.compile(r"^(\d+)\s+(\w+)\((\d+)<([^>]*)>(.*)$")
RESUMED: Final = re.compile(r"^(\d+)\s+<\.\.\. (\w+) resumed>(.*)$")


def judge(trace: str, file: Path) -> Watched:
    """Read a trace of `strace -f -y`: what was written, synced and acknowledged, in which order."""
    begun: dict[str, str] = {}
    dirty: dict[str, bool] = {}
    """By thread: whether it wrote something since its last sync."""
    wrote = False
    acks = synced = 0
    for line in trace.splitlines():
        resumed = RESUMED.match(line)
        if resumed is not None:
            thread, name, rest = resumed[1], resumed[2], resumed[3]
            path, is_begin = begun.pop(thread, ""), False
        else:
            found = CALL.match(line)
            if found is None:
                continue
            thread, name, path, rest = found[1], found[2], found[4], found[5]
            is_begin = True
        is_ours = path.startswith(str(file)) and not path.endswith("-shm")  # memory, by another name
        if name == "write" and is_begin and '"ok ' in rest:
            acks += 1
            synced += wrote and not any(dirty.values())
            wrote = False
        elif is_ours and name == "pwrite64" and is_begin:
            dirty[thread] = wrote = True
        if rest.endswith("<unfinished ...>"):
            begun[thread] = path
        elif is_ours and name in ("fsync", "fdatasync") and rest.rstrip().endswith("= 0"):
            dirty[thread] = False
    return Watched(acks, synced)


def watch(url: str, directory: Path, synchronous: str) -> Watched:
    """Have a program acknowledge under the eyes of strace."""
    if shutil.which("strace") is None:
        give_up("strace is not installed (on Debian: apt-get install strace)")
    output = directory / f"trace-{synchronous.replace(' ', '-')}"
    strace = ["strace", "-f", "-y", "-qq", "-s", "16", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o", str(output)]
    done = subprocess.run(
        [*strace, *command("acknowledge", url, str(ACKS), synchronous)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if "PTRACE" in done.stderr or "Operation not permitted" in done.stderr:
        give_up(f"strace may not trace here: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    return judge(output.read_text(encoding="utf-8", errors="replace"), file_of(url))


@pytest.mark.slow
def test_every_acknowledgement_comes_after_the_sync(team_url: str, tmp_path: Path) -> None:
    watched = watch(team_url, tmp_path, "as it is")
    assert watched == Watched(ACKS, ACKS)


@pytest.mark.slow
@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_checker_of_syncs_goes_red(team_url: str, tmp_path: Path, synchronous: str) -> None:
    """The control: the same program, told to sync less, must not pass."""
    if synchronous == "NORMAL" and not has_safe_wal(driver().sqlite_version_info):
        synchronous = "OFF"  # with a rollback journal NORMAL syncs as well
    watched = watch(team_url, tmp_path, synchronous)
    assert watched.acks == ACKS and watched.synced < ACKS / 2


def test_judge_tells_the_orders_apart() -> None:
    file = Path("/x/d.db")
    write, sync = '7 pwrite64(5</x/d.db-wal>, "a", 1, 0) = 1', "7 fdatasync(5</x/d.db-wal>) = 0"
    late = ["7 fdatasync(5</x/d.db-wal> <unfinished ...>", "7 <... fdatasync resumed>) = 0"]
    failed, ack = "7 fdatasync(5</x/d.db-wal>) = -1 EIO", '9 write(1<pipe:[3]>, "ok k1\\n", 6) = 6'
    cases = {
        (write, sync, ack): 1,
        (write, *late, ack): 1,
        (write, ack, sync): 0,
        (write, late[0], ack, late[1]): 0,
        (write, failed, ack): 0,
        (sync, ack): 0,
        (write, sync, write, ack): 0,
        (write, "7 fdatasync(5</y/e.db>) = 0", ack): 0,
        (write, "8 fdatasync(5</x/d.db-wal>) = 0", ack): 0,
        (write.replace("-wal", "-shm"), write, sync, ack): 1,
    }
    for lines, synced in cases.items():
        assert judge("\n".join(lines), file) == Watched(1, synced), lines


# -- a full disk ------------------------------------------------------------------------------------


@dataclass
class Narrow:
    """A place with little room, and the way to make more."""

    directory: Path
    is_tmpfs: bool

    def begin(self, process: subprocess.Popen[str], file: Path) -> None:
        """Leave a program little room from now on."""
        if not self.is_tmpfs:
            room = max(path.stat().st_size for path in file.parent.glob(f"{file.name}*")) + 256 * 1024
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))

    def widen(self, process: subprocess.Popen[str]) -> None:
        """Make room."""
        if self.is_tmpfs:
            (self.directory / "ballast").unlink()
        else:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.fixture(params=["tmpfs", "limit"])
def narrow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Narrow]:
    """Lend a small disk; where one may not mount, the limit of a file's size stands for it alone."""
    if request.param == "limit":
        yield Narrow(tmp_path, is_tmpfs=False)
        return
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("may not mount here; the limit of a file's size is tried instead")
    try:
        (place / "ballast").write_bytes(b"\0" * (5 * MB // 2))
        yield Narrow(place, is_tmpfs=True)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.slow
def test_full_disk_is_not_acknowledged_and_passes_by_itself(narrow: Narrow, team_url: str) -> None:
    file = narrow.directory / "narrow.db"
    shutil.copyfile(file_of(team_url), file)
    url = f"sqlite:///{file}"
    process = subprocess.Popen(
        command("fill", url, "0", "-"), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        narrow.begin(process, file)
        told = _until(process, "ready")
        assert told[-1] == "ready False" and told[-2].startswith("again")
        narrow.widen(process)
        process.stdin.write("go on\n")
        process.stdin.flush()
        rest = _until(process, "ready")
        assert rest[-1] == "ready True"
        assert float(rest[-2].split()[1]) <= BACK_S
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()
    acked = {line.split()[1] for line in (*told, *rest) if line.startswith("ok ")}
    refused = {line.split()[1] for line in (*told, *rest) if line.startswith("again ")}
    quick_check(url)
    stored = keys(url)
    assert len(acked) > 3 and refused
    assert set(stored) == acked and len(stored) == len(acked), "what was taken is there, once, and nothing else"


def _until(process: subprocess.Popen[str], word: str) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if line.startswith(word):
            return lines
    raise AssertionError(f"it ended after {lines[-3:]}")


# -- a damaged file -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo_file(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """Seed a demo, in one file without a log."""
    path = tmp_path_factory.mktemp("faults") / "demo.db"
    shutil.copyfile(sqlite_template, path)
    asyncio.run(seed(Settings(database_url=f"sqlite:///{path}"), now=utc_now()))
    with contextlib.closing(driver().connect(str(path))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def contents(url: str) -> list[list[tuple[Any, ...]]]:
    """Read every row of every table."""
    store = Store(url, clock=utc_now)
    try:
        return store.read_now(
            0, lambda unit: [[tuple(row) for row in unit.connection.execute(select(table))] for table in tables()]
        )
    finally:
        store.close()


@pytest.mark.slow
def test_flipped_byte_is_found_at_the_start_or_does_no_harm(
    demo_file: Path, tmp_path: Path, record_property: Any
) -> None:
    """200 bits at random: the start refuses, reading fails aloud, or at most one cell of one row differs.

    SQLite keeps no checksum of what a cell holds: a byte inside a title is a letter like any other.
    """
    chance = random.Random(20261118)
    whole = demo_file.read_bytes()
    right = contents(f"sqlite:///{demo_file}")
    outcomes = {"refused": 0, "same": 0, "one cell": 0, "unreadable": 0}
    path = tmp_path / "flipped.db"
    for _ in range(FLIPS):
        damaged = bytearray(whole)
        place = chance.randrange(len(whole))
        damaged[place] ^= 1 << chance.randrange(8)
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        path.write_bytes(damaged)
        url = f"sqlite:///{path}"
        try:
            quick_check(url)
        except Corrupt as error:
            assert "drumbeat restore" in str(error)
            assert path.read_bytes() == bytes(damaged), "a refused file is left as it is"
            outcomes["refused"] += 1
            continue
        except StorageFault:
            outcomes["refused"] += 1
            continue
        try:
            found = contents(url)
        except (StorageFault, ValueError, DBAPIError):  # a time that is none any more; a column of another name
            outcomes["unreadable"] += 1
            continue
        assert [len(rows) for rows in found] == [len(rows) for rows in right], place
        pairs = [pair for left, now in zip(right, found, strict=True) for pair in zip(left, now, strict=True)]
        wrong = [pair for pair in pairs if pair[0] != pair[1]]
        assert len(wrong) <= 1, (place, wrong)
        outcomes["one cell" if wrong else "same"] += 1
    record_property("flips", outcomes)
    sys.stdout.write(f"{outcomes}\n")
    assert sum(outcomes.values()) == FLIPS


def run_bot(url: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Start the bot on a database that it must refuse."""
    config = directory / "drumbeat.toml"
    config.write_text("", encoding="utf-8")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DRUMBEAT_")}
    environ |= {"DRUMBEAT_CONFIG": str(config), "DRUMBEAT_DATABASE_URL": url, "DRUMBEAT_WEB__PORT": "0"}
    return subprocess.run(
        [sys.executable, "-m", "bot", "run"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=20,
        check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", ["cut", "no database", "half a page", "empty beside its log"])
def test_file_that_is_none_is_refused_and_left_as_it_is(what: str, demo_file: Path, tmp_path: Path) -> None:
    whole = demo_file.read_bytes()
    path = tmp_path / "bad.db"
    content = {
        "cut": whole[: len(whole) // 2],
        "no database": b"To whom it may concern\n" * 500,
        "half a page": whole[:1000],
        "empty beside its log": b"",
    }[what]
    path.write_bytes(content)
    if what == "empty beside its log":
        Path(f"{path}-wal").write_bytes(whole[:4096])
    done = run_bot(f"sqlite:///{path}", tmp_path)
    assert done.returncode == 2, done.stderr
    assert str(path) in done.stderr and "drumbeat restore" in done.stderr and "Traceback" not in done.stderr
    assert path.read_bytes() == content


@pytest.mark.slow
def test_directory_that_cannot_be_written_is_refused_with_its_reason(demo_file: Path, tmp_path: Path) -> None:
    place = tmp_path / "still"
    place.mkdir()
    shutil.copyfile(demo_file, place / "drumbeat.db")
    is_root = os.geteuid() == 0
    if is_root:
        bound = subprocess.run(["mount", "--bind", str(place), str(place)], capture_output=True, check=False)
        still = subprocess.run(["mount", "-o", "remount,ro,bind", str(place)], capture_output=True, check=False)
        if bound.returncode or still.returncode:
            pytest.skip("root, and may not mount here: nothing can be made unwritable")
    else:
        place.chmod(0o555)
    try:
        done = run_bot(f"sqlite:///{place / 'drumbeat.db'}", tmp_path)
    finally:
        if is_root:
            subprocess.run(["umount", "-l", str(place)], check=True)
        else:
            place.chmod(0o755)
    assert done.returncode == 2, done.stderr
    assert str(place) in done.stderr and "Traceback" not in done.stderr


# -- a busy one -----------------------------------------------------------------------------------------


HOLD: Final = """
import importlib, sys, time
try:
    sqlite = importlib.import_module("pysqlite3.dbapi2")
except ImportError:
    import sqlite3 as sqlite
connection = sqlite.connect(sys.argv[1], isolation_level=None, timeout=5)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("ROLLBACK")
"""


@contextlib.contextmanager
def held(url: str, seconds: float) -> Iterator[None]:
    """Let another process hold the database for a while."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file_of(url)), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        yield
    finally:
        process.wait(20)
        process.stdout.close()


@pytest.mark.slow
async def test_database_that_is_busy_for_a_second_is_waited_for(team_url: str) -> None:
    app = App(Settings(database_url=team_url), serves=False)
    try:
        with held(team_url, 1):
            began = time.monotonic()
            assert await say(app, "k", "任务 加 主图") == "ok"
            assert 0.5 < time.monotonic() - began < BUSY_MS / 1000
    finally:
        app.close()


@pytest.mark.slow
async def test_database_that_is_busy_for_long_is_not_acknowledged(team_url: str) -> None:
    app = App(Settings(database_url=team_url), serves=False)
    try:
        with held(team_url, 5):
            began = time.monotonic()
            assert await say(app, "k", "任务 加 主图") == "again"
            assert time.monotonic() - began < BUSY_MS / 1000 + 0.7
            assert not (await app.readiness()).is_ready
        assert await say(app, "k", "任务 加 主图") == "ok"
        assert (await app.readiness()).is_ready
    finally:
        app.close()
    assert titles(team_url) == ["主图"]
