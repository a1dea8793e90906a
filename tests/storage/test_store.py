"""Who opens, commits and retries: shared commits, faults, retries, and no harm to neighbours."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage.chats import Project, all_projects
from storage.engine import driver, file_of
from storage.mail import receive, seen
from storage.store import BATCH, TRIES, Store
from storage.unit import Stale, StorageFault, Unit
from storage.workspaces import next_number
from tests.support.store import Desk, HandClock

PATIENCE_S = 10


def names(desk: Desk) -> list[str]:
    return [project.name for project in desk.read(all_projects)]


def add(name: str) -> Callable[[Unit], Project]:
    return lambda unit: unit.add(Project, name=name)


def hold_up(desk: Desk) -> threading.Event:
    """Keep the one writer busy, so that what is asked meanwhile waits together."""
    began, go_on = threading.Event(), threading.Event()

    def work(_unit: Unit) -> None:
        began.set()
        go_on.wait(PATIENCE_S)

    thread = threading.Thread(target=desk.write, args=(work,), daemon=True)
    thread.start()
    assert began.wait(PATIENCE_S)
    return go_on


# Calls and their neighbours.


async def test_calls_that_fail_do_not_harm_their_neighbours(desk: Desk) -> None:
    def work(unit: Unit, number: int) -> int:
        unit.add(Project, name=f"p{number}")
        if number % 6 == 0:
            raise KeyError(number)
        return number

    calls = [desk.store.write(desk.workspace, partial(work, number=number)) for number in range(1, 33)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    failed = {number for number, result in enumerate(results, start=1) if isinstance(result, KeyError)}
    assert failed == {6, 12, 18, 24, 30}
    assert {result for result in results if isinstance(result, int)} == set(range(1, 33)) - failed
    assert sorted(names(desk)) == sorted(f"p{number}" for number in set(range(1, 33)) - failed)


def test_broken_statement_is_a_mistake_and_harms_nobody(desk: Desk) -> None:
    def clash(unit: Unit) -> None:
        for _ in range(2):
            receive(unit, key="k", call="c", received_at=unit.now, args={}, result="done")

    with pytest.raises(IntegrityError):
        desk.write(clash)
    with pytest.raises(DBAPIError, match="nowhere"):
        desk.write(lambda unit: unit.connection.exec_driver_sql("SELECT 1 FROM nowhere"))
    desk.write(add("after"))
    assert names(desk) == ["after"]


async def test_work_that_raises_stop_iteration_answers_everybody(desk: Desk) -> None:
    calls: list[Callable[[Unit], Any]] = [lambda _unit: next(iter(())), add("neighbour")]
    async with asyncio.timeout(PATIENCE_S):
        first, second = await asyncio.gather(
            *(desk.store.write(desk.workspace, work) for work in calls), return_exceptions=True
        )
    assert isinstance(first, RuntimeError)
    assert isinstance(second, Project)


async def test_cancelled_caller_leaves_the_others_their_answers(sqlite_desk: Desk) -> None:
    go_on = hold_up(sqlite_desk)
    tasks = [asyncio.create_task(sqlite_desk.store.write(sqlite_desk.workspace, add(name))) for name in "abc"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    go_on.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [Project, asyncio.CancelledError, Project]
    assert names(sqlite_desk) == ["a", "b", "c"], "the work stands all the same"


async def test_closed_store_refuses_instead_of_hanging(desk: Desk) -> None:
    desk.store.close()
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(StorageFault, match="closed"):
            await desk.store.write(desk.workspace, add("late"))
    desk.store.close()


def test_close_finishes_what_was_begun(sqlite_desk: Desk) -> None:
    go_on = hold_up(sqlite_desk)
    done: list[Project] = []
    waiting = threading.Thread(target=lambda: done.append(sqlite_desk.write(add("in time"))))
    waiting.start()
    while sqlite_desk.store._writer._jobs.empty():  # type: ignore[union-attr]  # the SQLite one has a queue
        threading.Event().wait(0.001)
    closing = threading.Thread(target=sqlite_desk.store.close)
    closing.start()
    go_on.set()
    closing.join(PATIENCE_S)
    waiting.join(PATIENCE_S)
    assert [project.name for project in done] == ["in time"]


# Commits.


async def test_calls_that_wait_together_share_a_commit(sqlite_desk: Desk) -> None:
    commits: list[str] = []

    @event.listens_for(sqlite_desk.store.engine, "before_cursor_execute")
    def spy(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement == "COMMIT":
            commits.append(statement)

    go_on = hold_up(sqlite_desk)
    calls = [
        asyncio.create_task(sqlite_desk.store.write(sqlite_desk.workspace, add(f"p{number}"))) for number in range(64)
    ]
    await asyncio.sleep(0)  # let all of them queue
    go_on.set()
    projects = await asyncio.gather(*calls)
    assert [project.name for project in projects] == [f"p{number}" for number in range(64)], "in their order"
    assert len(commits) == 1 + 64 // BATCH


async def test_each_call_is_answered_after_its_own_commit(desk: Desk) -> None:
    async def call(number: int) -> bool:
        project = await desk.store.write(desk.workspace, add(f"p{number}"))
        return desk.read(lambda unit: unit.get(Project, project.id)) is not None  # on another connection

    assert all(await asyncio.gather(*(call(number) for number in range(64))))


def test_read_sees_one_moment(desk: Desk) -> None:
    desk.write(add("before"))

    def work(unit: Unit) -> tuple[int, int]:
        first = len(all_projects(unit))
        desk.write(add("meanwhile"))
        return first, len(all_projects(unit))

    assert desk.read(work) == (1, 1)
    assert names(desk) == ["before", "meanwhile"]


# Faults of SQLite.


@pytest.fixture
def pragmas(sqlite_desk: Desk) -> dict[str, int]:
    """Set these on every connection that the writer opens from now on."""
    wanted: dict[str, int] = {}

    @event.listens_for(sqlite_desk.store.engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        for name, value in wanted.items():
            connection.execute(f"PRAGMA {name}={value}")

    return wanted


def open_anew(desk: Desk) -> None:
    """Have the writer drop its connection, as after any fault."""

    def cut(_unit: Unit) -> None:
        raise DBAPIError("", {}, driver().OperationalError("cut"), connection_invalidated=True)

    with pytest.raises(StorageFault):
        desk.write(cut)


def pages_of(desk: Desk) -> int:
    with desk.store.snapshots.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar() or 0)


def test_busy_database_is_a_fault_and_the_writer_recovers(sqlite_desk: Desk, pragmas: dict[str, int]) -> None:
    pragmas["busy_timeout"] = 20  # instead of BUSY_MS, which test_engine.py looks at
    open_anew(sqlite_desk)
    other = driver().connect(str(file_of(sqlite_desk.store.url)), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            with pytest.raises(StorageFault):
                sqlite_desk.write(add("meanwhile"))
        assert names(sqlite_desk) == [], "reads go on"
        other.execute("ROLLBACK")
    finally:
        other.close()
    sqlite_desk.write(add("after"))
    assert names(sqlite_desk) == ["after"]


async def test_full_disk_is_a_fault_for_all_who_share_the_commit(sqlite_desk: Desk, pragmas: dict[str, int]) -> None:
    pragmas["max_page_count"] = pages_of(sqlite_desk) + 4
    open_anew(sqlite_desk)
    go_on = hold_up(sqlite_desk)
    calls = [
        asyncio.create_task(sqlite_desk.store.write(sqlite_desk.workspace, add(name)))
        for name in ("small", "x" * 200_000, "also small")
    ]
    await asyncio.sleep(0)
    go_on.set()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [StorageFault] * 3
    assert names(sqlite_desk) == [], "nothing was stored of what nobody was told is stored"

    pragmas["max_page_count"] = 1_000_000
    sqlite_desk.write(add("room again"))
    assert names(sqlite_desk) == ["room again"]


def test_fault_inside_a_smaller_attempt_is_a_fault_too(sqlite_desk: Desk, pragmas: dict[str, int]) -> None:
    def work(unit: Unit) -> None:
        unit.connection.exec_driver_sql("SAVEPOINT attempt")
        try:
            unit.add(Project, name="x" * 200_000)
        finally:
            unit.connection.exec_driver_sql("ROLLBACK TO attempt")  # gone with the transaction

    pragmas["max_page_count"] = pages_of(sqlite_desk) + 4
    open_anew(sqlite_desk)
    with pytest.raises(StorageFault):
        sqlite_desk.write(work)


def test_damaged_file_is_a_fault_of_the_database(sqlite_desk: Desk) -> None:
    for number in range(50):
        sqlite_desk.write(add(f"p{number}" * 50))
    sqlite_desk.store.close()
    file = file_of(sqlite_desk.store.url)
    damaged = bytearray(file.read_bytes())
    damaged[4096:] = bytes(len(damaged) - 4096)
    file.write_bytes(damaged)
    store = Store(sqlite_desk.store.url, clock=sqlite_desk.clock)
    try:
        with pytest.raises(StorageFault):
            store.write_now(sqlite_desk.workspace, all_projects)
        with pytest.raises(StorageFault):
            store.read_now(sqlite_desk.workspace, all_projects)
    finally:
        store.close()


def test_in_memory_database_is_refused(clock: HandClock) -> None:
    with pytest.raises(ValueError, match="name a file"):
        Store("sqlite://", clock=clock)


# Two processes at one database.


def test_one_event_delivered_to_two_processes_is_work_once(desk: Desk) -> None:
    other = Store(desk.store.url, clock=desk.clock)
    meet = threading.Barrier(2)
    tries = [0, 0]

    def work(unit: Unit, which: int) -> str:
        tries[which] += 1
        if seen(unit, "event-1") is not None:
            return "seen"
        if not desk.store.is_embedded and tries[which] == 1:
            meet.wait(PATIENCE_S)  # on SQLite the other cannot even begin
        receive(unit, key="event-1", call=f"call-{which}", received_at=unit.now, args={}, result="done")
        unit.add(Project, name="once")
        return "done"

    try:
        results: list[str] = []
        threads = [
            threading.Thread(
                target=lambda s=s, n=n: results.append(s.write_now(desk.workspace, lambda unit: work(unit, n)))
            )
            for n, s in enumerate((desk.store, other))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
    finally:
        other.close()
    assert sorted(results) == ["done", "seen"]
    assert names(desk) == ["once"]


async def test_counters_never_repeat(desk: Desk) -> None:
    other = Store(desk.store.url, clock=desk.clock)
    try:
        numbers = await asyncio.gather(
            *(
                store.write(desk.workspace, lambda unit: next_number(unit, "task"))
                for _ in range(50)
                for store in (desk.store, other)
            )
        )
    finally:
        other.close()
    assert sorted(numbers) == list(range(1, 101))


# Retries on PostgreSQL.


def test_deadlock_is_tried_again(postgres_desk: Desk) -> None:
    @event.listens_for(postgres_desk.store.engine, "begin")
    def hurry(connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")

    first, second = (postgres_desk.write(add(name)) for name in "ab")
    meet = threading.Barrier(2)
    tries: list[str] = []

    def work(unit: Unit, which: str, one: int, two: int) -> None:
        tries.append(which)
        unit.change(unit.must_get(Project, one), name=f"{which} was here")
        if len(tries) <= 2:
            meet.wait(PATIENCE_S)
        unit.change(unit.must_get(Project, two), name=f"{which} was there")

    def run(which: str, one: int, two: int) -> None:
        postgres_desk.write(lambda unit: work(unit, which, one, two))

    threads = [
        threading.Thread(target=run, args=args) for args in (("x", first.id, second.id), ("y", second.id, first.id))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    versions = [project.version for project in postgres_desk.read(all_projects)]
    assert versions == [3, 3], "both calls did all of their work"
    assert len(tries) > 2


@pytest.mark.parametrize(("state", "failures", "is_done"), [("40001", TRIES - 1, True), ("40001", TRIES, False)])
def test_serialization_failure_is_tried_again_a_few_times(
    postgres_desk: Desk, state: str, failures: int, is_done: bool
) -> None:
    left = [failures]

    def work(unit: Unit) -> None:
        unit.add(Project, name="at last")
        if left[0]:
            left[0] -= 1
            unit.connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")

    if is_done:
        postgres_desk.write(work)
    else:
        with pytest.raises(StorageFault):
            postgres_desk.write(work)
    assert names(postgres_desk) == ["at last"] * is_done


def test_row_changed_between_reading_and_writing_is_read_again(postgres_desk: Desk) -> None:
    project = postgres_desk.write(add("a"))
    other = Store(postgres_desk.store.url, clock=postgres_desk.clock)
    tries = [0]

    def work(unit: Unit) -> str:
        found = unit.must_get(Project, project.id)
        tries[0] += 1
        if tries[0] == 1:
            other.write_now(postgres_desk.workspace, lambda unit: unit.change(found, name="b"))
        return unit.change(found, name=found.name + "c").name

    try:
        assert postgres_desk.write(work) == "bc"
    finally:
        other.close()


def test_record_from_before_the_transaction_stays_stale(postgres_desk: Desk) -> None:
    old = postgres_desk.write(add("a"))
    postgres_desk.write(lambda unit: unit.change(old, name="b"))
    with pytest.raises(Stale):
        postgres_desk.write(lambda unit: unit.change(old, name="c"))


def test_lost_connection_is_a_fault_and_the_next_call_works(postgres_desk: Desk) -> None:
    def cut(unit: Unit) -> None:
        unit.add(Project, name="lost")
        unit.connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(StorageFault):
        postgres_desk.write(cut)
    postgres_desk.write(add("after"))
    assert names(postgres_desk) == ["after"]


def test_absent_server_is_a_fault() -> None:
    store = Store("postgresql+psycopg://nobody@127.0.0.1:1/none", clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    try:
        with pytest.raises(StorageFault):
            store.write_now(1, all_projects)
        with pytest.raises(StorageFault):
            store.read_now(1, all_projects)
    finally:
        store.close()
