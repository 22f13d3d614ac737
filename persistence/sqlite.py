"""SQLite in WAL through aiosqlite: one writer that commits groups, and a pool of readers.

Contention in SQLite is between connections, so there is one that writes. Jobs that arrive while it is busy wait
together and share the next `BEGIN IMMEDIATE … COMMIT`, and with it the one fsync that makes them durable.
"""

import asyncio
import sqlite3
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection, StaticPool, create_engine
from sqlalchemy.exc import DBAPIError

from domain.errors import StorageUnavailable
from persistence.database import UnitOfWork
from persistence.faults import remedy, translated
from persistence.metrics import READ_WAIT_SECONDS, WRITE_GROUP_JOBS, WRITE_SECONDS

T = TypeVar("T")

READERS = 3
"""Connections that read side by side; each is a thread, and SQLite's reads release the interpreter lock."""
LARGEST_GROUP = 128
"""Jobs in one commit: bounds how long the first of them waits for the last."""
BUSY_TIMEOUT_SECONDS = 10.0
"""How long to wait for another process that writes to the same file."""
_CLOSED = "The database is closed: the server is shutting down."


def system_clock(_connection: Connection) -> datetime:
    """The database's clock: SQLite runs in this process, so it is the machine's."""
    return datetime.now(UTC)


class _Thread(aiosqlite.Connection):
    """A connection and its thread. `run` carries a whole piece of work there in one hop.

    aiosqlite's own calls hop once for each statement, 50 µs a time, which would be most of what a transaction costs.
    """

    def __init__(self, path: Path, busy_timeout_seconds: float) -> None:
        super().__init__(lambda: _connect(path, busy_timeout_seconds), iter_chunk_size=64)
        self._bound: Connection | None = None

    async def begin(self) -> None:
        """Start the thread and connect on it."""
        try:
            await self
        except sqlite3.Error:
            self._thread.join()  # aiosqlite has told it to stop; it must not outlive the loop that it reports to
            raise

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run work on the connection's thread and return what it returns."""
        if self._connection is None or not self._running:
            raise StorageUnavailable(_CLOSED)
        outcome: T = await self._execute(self._with_connection, work)  # type: ignore[no-untyped-call]  # aiosqlite's is untyped
        return outcome

    async def close(self) -> None:
        """Let go of the connection, then end the thread."""
        if self._bound is not None and self._running:
            await self._execute(self._unbind)  # type: ignore[no-untyped-call]  # aiosqlite's is untyped
        await super().close()

    def _unbind(self) -> None:
        if self._bound is not None:
            self._bound.close()
            self._bound = None

    def _with_connection(self, work: Callable[[Connection], T]) -> T:
        bound = self._bound
        if bound is None:
            raw = self._conn
            # Bound for good: to check a connection out of a pool of one, each time, costs as much as a statement.
            bound = create_engine("sqlite+pysqlite://", creator=lambda: raw, poolclass=StaticPool).connect()
            self._bound = bound
        try:
            return work(bound)
        except BaseException as exc:
            # A SELECT that was left in the middle lives on in the frames that the exception holds, and with it the
            # snapshot: whoever came next on this connection would read the past.
            traceback.clear_frames(exc.__traceback__)
            raise
        finally:
            if bound.in_transaction():
                bound.rollback()


def _connect(path: Path, busy_timeout_seconds: float) -> sqlite3.Connection:
    raw = sqlite3.connect(path, timeout=busy_timeout_seconds, isolation_level=None, check_same_thread=False)
    try:
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # an answer that was accepted survives a power cut; groups make the fsync cheap
            "foreign_keys = ON",
            "temp_store = MEMORY",
            "cache_size = -16384",
        ):
            raw.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        raw.close()
        raise
    return raw


@dataclass(slots=True)
class _Job:
    """Work waiting for its commit. `outcome` or `error` is set by the writer's thread."""

    work: Callable[[UnitOfWork], Any]
    done: asyncio.Future[Any]
    outcome: Any = None
    error: Exception | None = None


class SqliteDatabase:
    """A SQLite file. Construct with `open`."""

    def __init__(self, path: Path, clock: Callable[[Connection], datetime], busy_timeout_seconds: float) -> None:
        self._clock = clock
        self._writer = _Thread(path, busy_timeout_seconds)
        self._readers = [_Thread(path, busy_timeout_seconds) for _ in range(READERS)]
        self._idle: asyncio.LifoQueue[_Thread] = asyncio.LifoQueue()
        self._jobs: deque[_Job] = deque()
        self._arrived = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        path: Path,
        clock: Callable[[Connection], datetime] = system_clock,
        *,
        busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
    ) -> "SqliteDatabase":
        """Open the file, making it when it is not there.

        Raises:
            StorageUnavailable: it cannot be opened or is not a database.
        """
        database = cls(path, clock, busy_timeout_seconds)
        opened: list[_Thread] = []
        try:
            for thread in (database._writer, *database._readers):
                await thread.begin()
                opened.append(thread)
        except sqlite3.Error as exc:
            for thread in opened:
                await thread.close()
            raise StorageUnavailable(f"{remedy(exc)} ({path})") from exc
        for reader in database._readers:
            database._idle.put_nowait(reader)
        database._writing = asyncio.create_task(database._write_groups(), name="sqlite-writer")
        return database

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run work on one snapshot, on an idle reader."""
        with READ_WAIT_SECONDS.time():
            reader = await self._idle.get()
        try:
            with translated():
                return await reader.run(lambda connection: self._read_once(connection, work))
        finally:
            self._idle.put_nowait(reader)

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run work in the next group. A caller that stops waiting does not stop the work."""
        if self._writing is None or self._writing.done():
            raise StorageUnavailable(_CLOSED)
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._jobs.append(job)
        self._arrived.set()
        with translated():
            outcome: T = await job.done
        return outcome

    async def revision(self) -> str | None:
        """The migration that the file is at; None when it has no tables."""
        with translated():
            return await self._writer.run(_read_revision)

    async def close(self) -> None:
        """Finish what was submitted, then close every connection."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            self._arrived.set()
            await writing
        for thread in (*self._readers, self._writer):
            await thread.close()

    async def _write_groups(self) -> None:
        while self._writing is not None or self._jobs:
            if not self._jobs:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            group = [self._jobs.popleft() for _ in range(min(len(self._jobs), LARGEST_GROUP))]
            WRITE_GROUP_JOBS.observe(len(group))
            try:
                await self._writer.run(lambda connection, group=group: self._commit_group(connection, group))  # type: ignore[misc]  # the default binds this turn's group
            except Exception as exc:  # noqa: BLE001 - whatever went wrong, the jobs' callers wait, and so do later jobs
                _fail(group, exc)
            for job in group:
                if job.done.done():
                    continue
                if job.error is None:
                    job.done.set_result(job.outcome)
                else:
                    job.done.set_exception(job.error)

    def _read_once(self, connection: Connection, work: Callable[[UnitOfWork], T]) -> T:
        connection.exec_driver_sql("BEGIN")
        try:
            return self._perform(connection, work)
        finally:
            connection.rollback()

    @WRITE_SECONDS.time()
    def _commit_group(self, connection: Connection, group: list[_Job]) -> None:
        """Run all jobs in one transaction; when one of them raises, run them again, each in a savepoint of its own."""
        for attempt in (self._run_together, self._run_apart):
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except DBAPIError as exc:
                _fail(group, exc)
                return
            try:
                attempt(connection, group)
                connection.commit()
            except Exception as exc:  # noqa: BLE001 - whatever a job raises belongs to the caller who awaits that job
                _roll_back(connection)
                _fail(group, exc)
                if len(group) == 1:
                    return
            else:
                return

    def _run_together(self, connection: Connection, group: list[_Job]) -> None:
        for job in group:
            job.outcome = self._perform(connection, job.work)

    def _run_apart(self, connection: Connection, group: list[_Job]) -> None:
        for job in group:
            savepoint = connection.begin_nested()
            try:
                job.outcome = self._perform(connection, job.work)
                savepoint.commit()
            except Exception as exc:
                if not _in_transaction(connection):
                    raise  # SQLite gave up the whole transaction (disk full), and every job's work with it
                savepoint.rollback()
                job.error = exc
            else:
                job.error = None

    def _perform(self, connection: Connection, work: Callable[[UnitOfWork], T]) -> T:
        try:
            return work(UnitOfWork(connection, self._clock))
        except StopIteration as exc:
            raise RuntimeError("work raised StopIteration, which no future can carry") from exc


def _fail(group: list[_Job], error: Exception) -> None:
    for job in group:
        job.error = error


def _in_transaction(connection: Connection) -> bool:
    raw: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]  # the driver is sqlite3
    return raw.in_transaction


def _roll_back(connection: Connection) -> None:
    """End the transaction, also after a COMMIT that failed: SQLAlchemy takes that for ended, SQLite does not."""
    connection.rollback()
    connection.connection.rollback()


def _read_revision(connection: Connection) -> str | None:
    present = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first()
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first() if present else None
    return None if row is None else str(row[0])
