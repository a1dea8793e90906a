"""Two and more processes of the bot on one PostgreSQL: each event once, each letter by one, and none lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from sqlalchemy import func, select

from adapters.playground import Said, Where, to_event
from bot.app import App
from bot.config import Settings
from bot.delivery import SLOTS
from bot.observe import utc_now
from bot.seed import SCRIPT, TEAM, enter_team, key_of
from storage.engine import BUSY_MS, IDLE_MS
from storage.mail import INBOX, LEASE, OUTBOX
from storage.migrate import upgrade
from storage.people import PERSON
from storage.rooms import ROOM
from storage.tasks import TASK
from storage.unit import StorageFault, Unit
from storage.workspaces import next_number
from tests.house.sources import ROOT
from tests.support.house import open_bot, seed_house
from tests.support.postgres import PostgresServer
from tests.support.store import HandClock

pytestmark = pytest.mark.postgres

READY: Final = "Drumbeat is ready: "
CHATS: Final = {"war-room": "双11作战室", "daily-ops": "日常运营", "general": "general"}


async def say(app: App, key: str, text: str, *, chat: str = "war-room", who: str = "chenchen") -> str:
    """Say something to one process, and give how it acknowledged."""
    return (await app.playground.say(Said(key, who, Where(chat, "group", CHATS[chat]), (text,)))).ack


def rows(app: App, table: Any, *which: Any) -> Sequence[Any]:
    order = next(iter(table.primary_key))
    return app.store.read_now(
        0, lambda unit: unit.connection.execute(select(table).where(*which).order_by(order)).all()
    )


def unsent(app: App) -> int:
    """Count what should have been sent by now."""

    def work(unit: Unit) -> int:
        due = select(func.count()).where(OUTBOX.c.state == "pending", OUTBOX.c.not_before <= unit.now)
        return int(unit.connection.execute(due).scalar_one())

    return app.store.read_now(0, work)


async def until(is_so: Callable[[], bool], *, within_s: float) -> float:
    """Wait until something is so, and tell how long it took."""
    began = time.monotonic()
    while not await asyncio.to_thread(is_so):
        assert time.monotonic() - began < within_s, "it never was"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


@contextlib.asynccontextmanager
async def replicas(url: str, count: int = 2) -> AsyncIterator[list[App]]:
    """Run several programs on one database, in which the demo team is entered."""
    apps = [App(Settings(database_url=url)) for _ in range(count)]
    try:
        apps[0].store.write_now(apps[0].by_name["demo"].id, enter_team)
        async with contextlib.AsyncExitStack() as stack:
            for app in apps:
                await stack.enter_async_context(app.working())
            yield apps
    finally:
        for app in apps:
            app.close()


# -- one effect -----------------------------------------------------------------------------------


async def test_event_that_reaches_both_at_once_is_done_once(migrated_postgres_url: str) -> None:
    async with replicas(migrated_postgres_url) as (one, two):
        for number in range(30):
            text = f"任务 加 样张{number} @李四 5天后"
            acks = await asyncio.gather(*(say(app, f"k{number}", text) for app in (one, two, one, two)))
            assert acks == ["ok"] * 4
        assert [row.title for row in rows(one, TASK)] == [f"样张{number}" for number in range(30)]
        assert [row.number for row in rows(one, TASK)] == list(range(1, 31))
        assert len(rows(one, INBOX)) == 30
        await until(lambda: unsent(one) == 0, within_s=20)
        assert {row.deliveries for row in rows(one, ROOM)} == {1}


async def test_first_message_of_a_stranger_enters_them_once(migrated_postgres_url: str) -> None:
    async with replicas(migrated_postgres_url, 3) as apps:
        before = len(rows(apps[0], PERSON))
        acks = await asyncio.gather(
            *(say(app, f"s{number}", "帮助", who="stranger") for number, app in enumerate(apps * 3))
        )
        assert set(acks) == {"ok"}
        assert len(rows(apps[0], PERSON)) == before + 1


async def test_refs_are_numbered_without_a_gap_or_a_double(migrated_postgres_url: str) -> None:
    async with replicas(migrated_postgres_url) as apps:
        keys = [(f"n{number}", list(CHATS)[number % 3]) for number in range(60)]
        acks = await asyncio.gather(
            *(say(apps[n % 2], key, f"任务 加 {key}", chat=chat) for n, (key, chat) in enumerate(keys))
        )
        assert set(acks) == {"ok"}
        assert sorted(row.number for row in rows(apps[0], TASK)) == list(range(1, 61))
        await until(lambda: unsent(apps[0]) == 0, within_s=30)
        steps = [row.step for row in rows(apps[0], ROOM) if row.is_shown]
        assert len(set(steps)) == len(steps), "each change of the rooms is seen by those who ask for what is new"


# -- one sender -----------------------------------------------------------------------------------


async def test_each_letter_is_claimed_by_one(migrated_postgres_url: str) -> None:
    """What a process wrote that sends nothing itself is shared out among those that do."""
    async with replicas(migrated_postgres_url) as (one, two):
        quiet = App(Settings(database_url=migrated_postgres_url), serves=False)
        try:
            for number in range(40):
                event = _event(f"q{number}", f"任务 加 信件{number}", list(CHATS)[number % 3])
                assert (await quiet.dispatch(event)).ack == "ok"
        finally:
            quiet.close()
        await until(lambda: unsent(one) == 0, within_s=30)
        posted = [row for row in rows(one, ROOM) if row.outbox_id is not None]
        assert len(posted) == 40 and {row.deliveries for row in posted} == {1}
        closed = rows(one, OUTBOX, OUTBOX.c.state == "sent")
        assert sum(map(sends, (one, two))) == len(closed), "and nothing was sent by both"


def _event(key: str, text: str, chat: str) -> Any:
    said = Said(key, "chenchen", Where(chat, "group", CHATS[chat]), (text,))
    return to_event(said, at=utc_now())


def sends(app: App) -> int:
    """Count what a process has sent."""
    lines = [line for line in app.meters.page().decode().splitlines() if line.startswith("drumbeat_sends_total{")]
    return sum(int(float(line.split()[-1])) for line in lines if '"sent"' in line)


async def test_order_of_a_chat_is_kept_though_two_processes_answer(migrated_postgres_url: str) -> None:
    async with replicas(migrated_postgres_url) as apps:
        for number in range(40):
            assert await say(apps[number % 2], f"o{number}", f"任务 加 样张{number}") == "ok"
        await until(lambda: unsent(apps[0]) == 0, within_s=60)
        place = {row.outbox_id: row.id for row in rows(apps[0], ROOM) if row.outbox_id}
        lane = [row for row in rows(apps[0], OUTBOX, OUTBOX.c.lane.like("chat:%"))]
        places = [place[row.id] for row in lane if row.id in place]
        assert len(places) == 40 and places == sorted(places)


async def test_mark_of_a_sender_that_lost_its_lease_is_dropped(
    migrated_postgres_url: str, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    """What a process does that was stopped for longer than its lease: send, and find the letter taken."""
    caplog.set_level("WARNING")
    later = HandClock(clock.now)
    seed_house(migrated_postgres_url, clock)
    async with open_bot(migrated_postgres_url, clock) as one, open_bot(migrated_postgres_url, later) as two:
        opened = one.platform.hold()
        event = one.platform.event_of("chenchen", "任务 加 主图", chat="war-room", key="k")
        assert (await one.platform.deliver(event)).ack == "ok"
        await until(lambda: bool(one.platform.stuck), within_s=5)
        later.advance(LEASE + timedelta(seconds=1))
        await until(lambda: any(each.kind == "post" for each in two.platform.shown), within_s=5)
        await until(lambda: _letter(two).state == "sent", within_s=5)
        before = _letter(two)
        opened.set()
        await until(lambda: any(each.message == "lease_lost" for each in caplog.records), within_s=5)
        assert _letter(two) == before, "the first one's mark changed nothing"
        assert before.message in two.platform.messages


def _letter(bot: Any) -> Any:
    posts = select(OUTBOX).where(OUTBOX.c.operation == "post")
    return bot.read(lambda unit: unit.connection.execute(posts).one())


# -- as processes -----------------------------------------------------------------------------------


class Process:
    """One `python -m bot run` on a database, its page on a port of its own."""

    def __init__(self, url: str, directory: Path, name: str) -> None:
        self.errors = directory / f"{name}.log"
        config = directory / "drumbeat.toml"
        config.write_text("", encoding="utf-8")
        kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
        self._environ = {name: os.environ[name] for name in kept if name in os.environ} | {
            "DRUMBEAT_CONFIG": str(config),
            "DRUMBEAT_DATABASE_URL": url,
            "DRUMBEAT_WEB__PORT": "0",
        }
        self.process: asyncio.subprocess.Process | None = None
        self.address = ""
        self.token = ""
        self._session: aiohttp.ClientSession | None = None

    async def spawn(self) -> None:
        """Start it, and wait for nothing."""
        with self.errors.open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", cwd=ROOT, env=self._environ,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=errors,
            )  # fmt: skip

    async def ready(self) -> None:
        """Wait until it serves."""
        assert self.process is not None and self.process.stdout is not None
        async with asyncio.timeout(40):
            line = (await self.process.stdout.readline()).decode()
        assert line.startswith(READY), self.told()
        self.address = line.removeprefix(READY).strip().rstrip("/")

    async def say(self, key: str, text: str) -> bool:
        """Say something by its page; False when it did not take it."""
        session = self._session = self._session or aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=30)
        )
        try:
            if not self.token:
                async with session.get(f"{self.address}/playground/state") as response:
                    if response.status != 200:  # stopped in the middle of reading it
                        return False
                    self.token = (await response.json())["token"]
            body = {"key": key, "as": "chenchen", "chat": "war-room", "text": text}
            headers = {"X-Drumbeat-Token": self.token}
            async with session.post(f"{self.address}/playground/messages", json=body, headers=headers) as response:
                return response.status == 200 and (await response.json())["ack"] == "ok"
        except (aiohttp.ClientError, TimeoutError):
            return False

    def send_signal(self, number: signal.Signals) -> None:
        """Stop it, let it go on, or kill it."""
        assert self.process is not None
        self.process.send_signal(number)

    def told(self) -> str:
        """Give what it logged."""
        return self.errors.read_text(encoding="utf-8", errors="replace")

    async def end(self) -> int:
        """Wait until it is gone, after a signal that ends it."""
        assert self.process is not None and self.process.stdout is not None
        if self._session is not None:
            await self._session.close()
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGCONT)
                self.process.send_signal(signal.SIGTERM)
        await self.process.stdout.read()
        return await self.process.wait()


@contextlib.asynccontextmanager
async def two_processes(url: str, directory: Path) -> AsyncIterator[tuple[Process, Process]]:
    """Start two at the same moment, and wait until both serve."""
    pair = Process(url, directory, "one"), Process(url, directory, "two")
    try:
        await asyncio.gather(*(each.spawn() for each in pair))
        await asyncio.gather(*(each.ready() for each in pair))
        yield pair
    finally:
        await asyncio.gather(*(each.end() for each in pair if each.process is not None))


@contextlib.contextmanager
def looking(url: str) -> Iterator[App]:
    """Look into the database beside those that serve it."""
    app = App(Settings(database_url=url), serves=False)
    try:
        yield app
    finally:
        app.close()


@pytest.mark.slow
async def test_run_refuses_a_database_that_was_not_migrated(postgres_url: str, tmp_path: Path) -> None:
    process = Process(postgres_url, tmp_path, "one")
    await process.spawn()
    assert process.process is not None
    _, code = await asyncio.wait_for(asyncio.gather(process.process.communicate(), process.process.wait()), 30)
    assert code == 2
    assert "run `drumbeat migrate`" in process.told()
    assert "Traceback" not in process.told()


@pytest.mark.slow
async def test_demo_is_seeded_once_though_two_start_together(migrated_postgres_url: str, tmp_path: Path) -> None:
    async with two_processes(migrated_postgres_url, tmp_path) as pair:
        with looking(migrated_postgres_url) as app:
            assert len(rows(app, PERSON)) == len(TEAM)
            said = [row.client_key for row in rows(app, ROOM) if row.client_key]
            lines = [key for key in said if key.startswith("seed-")]
            assert sorted(lines) == sorted(key_of(number, SCRIPT) for number in range(len(SCRIPT)))
            assert len(said) == len(set(said)), "the answers to stand-ups too"
            assert len(app.workspaces) == 2 and unsent(app) == 0
        assert all("Traceback" not in each.told() for each in pair)


@pytest.mark.slow
async def test_what_a_killed_process_held_is_sent_by_the_other(migrated_postgres_url: str, tmp_path: Path) -> None:
    async with two_processes(migrated_postgres_url, tmp_path) as (one, two):
        with looking(migrated_postgres_url) as app:
            acked = await _load((one, two), "before", 20)
            racing = asyncio.gather(*(one.say(f"r{n}", f"任务 加 急件{n}") for n in range(20)))
            await asyncio.sleep(0.05)
            one.send_signal(signal.SIGKILL)
            took = await racing
            assert one.process is not None
            await one.process.wait()
            again = await asyncio.gather(*(two.say(f"r{n}", f"任务 加 急件{n}") for n in range(20)))
            assert all(again)
            lapse = LEASE.total_seconds()
            await until(lambda: unsent(app) == 0, within_s=lapse + 10)
            titles = [row.title for row in rows(app, TASK)]
            assert all(titles.count(f"急件{n}") == 1 for n in range(20)), took
            assert all(titles.count(title) == 1 for title in acked)
            posted = [row for row in rows(app, ROOM) if row.outbox_id]
            assert sum(row.deliveries - 1 for row in posted) <= SLOTS


@pytest.mark.slow
async def test_process_that_was_stopped_for_longer_than_its_lease_does_no_harm(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    async with two_processes(migrated_postgres_url, tmp_path) as (one, two):
        with looking(migrated_postgres_url) as app:
            racing = asyncio.gather(*(one.say(f"r{n}", f"任务 加 急件{n}") for n in range(30)))
            await asyncio.sleep(0.1)
            one.send_signal(signal.SIGSTOP)
            acked = await _load((two,), "meanwhile", 10)
            await asyncio.sleep(LEASE.total_seconds() + 1)
            again = await asyncio.gather(*(two.say(f"r{n}", f"任务 加 急件{n}") for n in range(30)))
            assert all(again)
            one.send_signal(signal.SIGCONT)
            await racing
            await until(lambda: unsent(app) == 0, within_s=LEASE.total_seconds() + 10)
            titles = [row.title for row in rows(app, TASK)]
            assert all(titles.count(f"急件{n}") == 1 for n in range(30))
            assert all(titles.count(title) == 1 for title in acked)
            posted = [row for row in rows(app, ROOM) if row.outbox_id]
            assert sum(row.deliveries - 1 for row in posted) <= SLOTS
            assert {row.state for row in rows(app, OUTBOX, OUTBOX.c.operation == "post")} == {"sent"}
            assert await one.say("after", "帮助"), "and works on"


async def _load(targets: Sequence[Process], name: str, count: int) -> list[str]:
    """Say so many things, each until it is taken; a stopped process may hold a lock for a while."""
    for number in range(count):
        began = time.monotonic()
        while not await targets[number % len(targets)].say(f"{name}{number}", f"任务 加 {name}{number}"):
            assert time.monotonic() - began < IDLE_MS / 1000 + 5
            await asyncio.sleep(0.2)
    return [f"{name}{number}" for number in range(count)]


# -- the server itself ----------------------------------------------------------------------------


@pytest.mark.slow
async def test_restart_of_postgres_under_load_loses_nothing(safe_postgres_server: PostgresServer) -> None:
    server = safe_postgres_server
    url = server.create()
    upgrade(url, backups=None, now=utc_now())
    async with replicas(url) as apps:
        stop, acked, refused = asyncio.Event(), list[str](), list[str]()
        down = asyncio.Event()

        async def person(number: int) -> None:
            count = 0
            while not stop.is_set():
                count += 1
                key = f"p{number}-{count}"
                while (
                    await say(apps[(number + count) % 2], key, f"任务 加 {key}", chat=list(CHATS)[number % 3]) != "ok"
                ):
                    if down.is_set():
                        refused.append(key)
                    await asyncio.sleep(0.02)
                acked.append(key)

        async with asyncio.TaskGroup() as group:
            for number in range(4):
                group.create_task(person(number))
            for _ in range(2):
                await asyncio.sleep(1)
                await asyncio.to_thread(server.crash)
                down.set()
                told = await asyncio.wait_for(apps[0].readiness(), 3)
                assert not told.is_ready
                await until(lambda: bool(refused), within_s=5)
                await asyncio.sleep(0.3)
                await asyncio.to_thread(server.start)
                down.clear()
                refused.clear()
                count = len(acked)
                assert await until(lambda count=count: len(acked) > count + 8, within_s=5) <= 5  # type: ignore[misc] # an int
                assert (await apps[1].readiness()).is_ready
            stop.set()
        await until(lambda: unsent(apps[0]) == 0, within_s=LEASE.total_seconds() + 15)
        titles = [row.title for row in rows(apps[0], TASK)]
        assert len(acked) > 50
        assert sorted(titles) == sorted(set(titles)) and set(acked) <= set(titles)
        assert len([row for row in rows(apps[0], ROOM) if row.outbox_id]) >= len(titles)
        states = {row.state for row in rows(apps[0], OUTBOX, OUTBOX.c.not_before <= utc_now())}
        assert states <= {"sent", "merged"}


@pytest.mark.slow
async def test_process_that_stopped_in_the_middle_keeps_nobody_waiting_for_ever(migrated_postgres_url: str) -> None:
    """A transaction that was left open holds its locks: others say `again`, and go on when it was put out."""
    async with replicas(migrated_postgres_url) as (one, two):
        assert await say(one, "k0", "任务 加 第一件") == "ok"
        ended: list[BaseException] = []

        def stop_in_the_middle() -> None:
            def work(unit: Unit) -> None:
                next_number(unit, "task")
                time.sleep(IDLE_MS / 1000 + 3)
                next_number(unit, "task")

            try:
                one.store.write_now(one.by_name["demo"].id, work)
            except StorageFault as error:
                ended.append(error)

        stopped = asyncio.create_task(asyncio.to_thread(stop_in_the_middle))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        assert await say(two, "k1", "任务 加 第二件") == "again"
        assert time.monotonic() - began < BUSY_MS / 1000 + 2
        while await say(two, "k1", "任务 加 第二件") != "ok":
            assert time.monotonic() - began < IDLE_MS / 1000 + 5
        await stopped
        assert ended, "its own work is taken back"
        assert [row.number for row in rows(two, TASK)] == [1, 2]
