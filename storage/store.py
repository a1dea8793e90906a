"""Running units: who opens, commits and retries a transaction.

On SQLite one thread writes. It drains its queue, gives each call a SAVEPOINT and all of them
one COMMIT: calls that wait together share an fsync, and each is answered after its own commit.
Reads run beside it in a snapshot of their own. On PostgreSQL a small pool of threads does both.
"""

import asyncio
import contextlib
import functools
import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.engine import file_of, is_sqlite, open_engine
from storage.prepared import command
from storage.unit import Stale, StorageFault, Unit

T = TypeVar("T")
Clock = Callable[[], datetime]

BATCH: Final = 32
"""Calls that share one COMMIT at most."""
THREADS: Final = 4
"""Transactions at a time on PostgreSQL; readers at a time on SQLite are half of it."""
TRIES: Final = 4
RETRYABLE: Final = frozenset({"40001", "40P01", "23505"})
"""PostgreSQL's serialization failure, deadlock, and a key that another process took a moment
ago (the same event delivered to both): the whole transaction runs again and sees it."""
POSTGRES_TROUBLE: Final = frozenset({"08", "40", "53", "55", "57", "58"})
"""Classes of states: connection, given up after the retries, resources, locks, operator, disk."""
SQLITE_READONLY: Final = 8
SQLITE_TROUBLE: Final = frozenset({5, 6, 7, SQLITE_READONLY, 9, 10, 11, 13, 14, 15, 26})
"""Busy, locked, memory, interrupted, disk, damaged, full, not to be opened, protocol, no database."""

log = logging.getLogger("drumbeat.storage")


@dataclass(slots=True)
class _Job:
    workspace: int
    work: Callable[[Unit], Any]
    settle: Callable[[Any, BaseException | None], None]
    loop: asyncio.AbstractEventLoop | None
    """The loop on which to settle; None to settle from the store's own thread."""


_Settled = tuple[_Job, Any, BaseException | None]


class Store:
    """One open database. `write` and `read` may be awaited by any task of any loop."""

    def __init__(self, url: str, *, clock: Clock) -> None:
        self.url = url
        self.clock = clock
        self.is_embedded = is_sqlite(url)
        """True for SQLite: one process serves the file, and this class its one writer."""
        if self.is_embedded and not file_of(url).name:
            raise ValueError("an in-memory database would lose what it acknowledged: name a file")
        self.engine: Engine = open_engine(url, pool_size=THREADS + 2, is_hasty=True)
        self.snapshots: Engine = (
            open_engine(url, pool_size=THREADS, may_write=False) if self.is_embedded else self.engine
        )
        """Where `read` reads."""
        self._readers = ThreadPoolExecutor(
            THREADS // 2 if self.is_embedded else THREADS, thread_name_prefix="store-read"
        )
        self._writer = _OneWriter(self) if self.is_embedded else _PoolWriter(self)

    async def write(self, workspace: int, work: Callable[[Unit], T]) -> T:
        """Run `work` in one transaction of a workspace and give its result after the commit.

        An exception in `work` rolls back that call alone, and is raised here. `work` may run
        more than once: what it does beyond its unit must bear that.

        Raises:
            StorageFault: nothing was stored, and the caller may try again.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._writer.put(_Job(workspace, work, functools.partial(_settle, future), loop))
        return await future

    async def read(self, workspace: int, work: Callable[[Unit], T]) -> T:
        """Run `work` in a snapshot that sees one moment; it cannot write.

        Raises:
            StorageFault: the database did not answer.
        """
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, workspace, work)

    def write_now(self, workspace: int, work: Callable[[Unit], T]) -> T:
        """Do the same as `write`, for code without a loop."""
        finished = threading.Event()
        results: list[tuple[Any, BaseException | None]] = []

        def settle(result: Any, error: BaseException | None) -> None:
            results.append((result, error))
            finished.set()

        self._writer.put(_Job(workspace, work, settle, None))
        finished.wait()
        result, error = results[0]
        if error is not None:
            raise error
        return cast(T, result)

    def read_now(self, workspace: int, work: Callable[[Unit], T]) -> T:
        """Do the same as `read`, for code without a loop."""
        with _faults(is_reading=True), self.snapshots.connect() as connection:
            if self.is_embedded:
                connection.exec_driver_sql("BEGIN")
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                connection.begin()  # prepared.py begins nothing that SQLAlchemy would know of and end
            try:
                return work(Unit(connection, workspace, self.clock()))
            finally:
                connection.rollback()

    def close(self) -> None:
        """Finish what was begun and close every connection."""
        self._writer.close()
        self._readers.shutdown(wait=True)
        self.snapshots.dispose()
        self.engine.dispose()


def _settle(future: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
    if future.done():  # its caller was cancelled; the work stands all the same
        return
    if error is None:
        future.set_result(result)
    elif isinstance(error, StopIteration):  # a future would not take it, and all in the batch would wait for ever
        future.set_exception(RuntimeError("the work raised StopIteration").with_traceback(error.__traceback__))
    else:
        future.set_exception(error)


def _settle_all(settled: list[_Settled]) -> None:
    """Tell every caller, with one wake-up for each loop."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[_Settled]] = {}
    for one in settled:
        by_loop.setdefault(one[0].loop, []).append(one)
    for loop, those in by_loop.items():
        if loop is None:
            _tell(those)
        else:
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
                loop.call_soon_threadsafe(_tell, those)


def _tell(settled: list[_Settled]) -> None:
    for job, result, error in settled:
        job.settle(result, error)


@contextlib.contextmanager
def _faults(*, is_reading: bool = False) -> Iterator[None]:
    """Turn what the driver raises for the database's own trouble into StorageFault."""
    try:
        yield
    except PoolTimeout as error:
        raise StorageFault("every connection to the database is taken") from error
    except DBAPIError as error:
        if _is_fault(error, is_reading=is_reading):
            raise StorageFault(f"the database did not do it: {type(error.orig).__name__}") from error
        raise


def _lost(error: BaseException) -> StorageFault:
    """Say that a whole batch was rolled back, whatever the reason: its other calls did no wrong."""
    fault = StorageFault(f"the transaction was lost: {type(error).__name__}")
    fault.__cause__ = error
    return fault


def _is_fault(error: DBAPIError, *, is_reading: bool = False) -> bool:
    """Tell trouble of the database (busy, full, gone) from a mistake in a statement."""
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in SQLITE_TROUBLE and not (is_reading and code & 0xFF == SQLITE_READONLY)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError)
    return state[:2] in POSTGRES_TROUBLE or (state == "25006" and not is_reading)


class _OneWriter:
    """Write to SQLite from one thread: its writes are serial anyway, and its busy wait is unfair."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._is_closed = False
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="store-write", daemon=True)
        self._thread.start()

    def put(self, job: _Job) -> None:
        with self._door:
            if self._is_closed:
                raise StorageFault("the store is closed")
            self._jobs.put(job)

    def close(self) -> None:
        with self._door:
            if not self._is_closed:
                self._is_closed = True
                self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        connection: Connection | None = None
        while True:
            batch, is_last = self._drain()
            if batch:
                connection = self._commit_together(connection, batch)
            if is_last:
                if connection is not None:
                    connection.close()
                return

    def _drain(self) -> tuple[list[_Job], bool]:
        first = self._jobs.get()
        batch: list[_Job] = []
        while first is not None:
            batch.append(first)
            if len(batch) == BATCH:
                return batch, False
            try:
                first = self._jobs.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _commit_together(self, connection: Connection | None, batch: list[_Job]) -> Connection | None:
        """Run a batch and settle its jobs; give the connection to go on with, None after a fault."""
        settled: list[_Settled] = []
        try:
            with _faults():
                if connection is None:
                    connection = self._store.engine.connect()
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                for job in batch:
                    settled.append((job, *self._run_one(connection, job)))
                connection.exec_driver_sql("COMMIT")
        except BaseException as error:  # noqa: BLE001 - told to every caller, and the thread must go on
            fault = error if isinstance(error, StorageFault) else _lost(error)
            log.error("commit_failed", extra={"calls": len(batch), "error": type(error).__name__})
            if connection is not None:
                with contextlib.suppress(DBAPIError):
                    connection.exec_driver_sql("ROLLBACK")
                with contextlib.suppress(DBAPIError):
                    connection.invalidate()
                    connection.close()
            _settle_all([(job, None, fault) for job in batch])
            return None
        _settle_all(settled)
        return connection

    def _run_one(self, connection: Connection, job: _Job) -> tuple[Any, BaseException | None]:
        command(connection, "SAVEPOINT one")
        try:
            result = job.work(Unit(connection, job.workspace, self._store.clock()))
        except Exception as error:
            if isinstance(error, DBAPIError) and _is_fault(error):
                raise
            command(connection, "ROLLBACK TO one")
            command(connection, "RELEASE one")
            return None, error
        command(connection, "RELEASE one")
        return result, None


class _PoolWriter:
    """Write to PostgreSQL from a few threads, READ COMMITTED, guarded by row versions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="store-write")

    def put(self, job: _Job) -> None:
        try:
            running = self._pool.submit(self._with_retries, job)
        except RuntimeError as error:
            raise StorageFault("the store is closed") from error
        running.add_done_callback(functools.partial(self._settle, job))

    def close(self) -> None:
        self._pool.shutdown(wait=True)

    @staticmethod
    def _settle(job: _Job, ended: "Future[Any]") -> None:
        error = ended.exception()
        _settle_all([(job, None if error else ended.result(), error)])

    def _with_retries(self, job: _Job) -> Any:
        for attempt in range(1, TRIES + 1):
            try:
                with self._store.engine.begin() as connection:
                    return job.work(Unit(connection, job.workspace, self._store.clock()))
            except PoolTimeout as error:
                raise StorageFault("every connection to the database is taken") from error
            except Stale:
                if attempt == TRIES:
                    raise
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if state in RETRYABLE and attempt < TRIES:
                    time.sleep(random.uniform(0.005, 0.03) * attempt)  # noqa: S311 - jitter, not a secret
                    continue
                if _is_fault(error):
                    raise StorageFault(f"the database did not do it: {type(error.orig).__name__}") from error
                raise
        raise AssertionError("unreachable")
