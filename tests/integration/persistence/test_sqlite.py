"""What is SQLite's own: groups that share a commit, and each way in which a file can refuse."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL

from domain.errors import StorageUnavailable
from domain.ids import UserId
from domain.user import Principal
from persistence.database import UnitOfWork
from persistence.sqlite import LARGEST_GROUP, READERS, SqliteDatabase

Work = Callable[[UnitOfWork], Any]


@pytest.fixture
def path(sqlite_url: URL) -> Path:
    assert sqlite_url.database is not None
    return Path(sqlite_url.database)


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = await SqliteDatabase.open(path, busy_timeout_seconds=0.05)
    yield opened
    await opened.close()


def meeting(name: str) -> Work:
    """Work that stores a person."""
    return lambda work: work.users.meet(Principal("urn:test", name), fresh_id=UserId(f"user-{name}"), now=work.now)


async def people(database: SqliteDatabase) -> list[str]:
    def names(work: UnitOfWork) -> list[str]:
        return [row[0] for row in work._connection.exec_driver_sql("SELECT subject FROM users ORDER BY subject")]

    return await database.read(names)


@contextmanager
def traced(database: SqliteDatabase) -> Iterator[list[str]]:
    """The statements that the writer executes."""
    statements: list[str] = []
    database._writer._conn.set_trace_callback(statements.append)
    yield statements
    database._writer._conn.set_trace_callback(None)


@dataclass
class Occupied:
    """A writer that is busy until `release`; `done` is the job that keeps it busy."""

    database: SqliteDatabase
    begun: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    done: "asyncio.Task[None] | None" = None

    async def __aenter__(self) -> "Occupied":
        def keep_busy(_work: UnitOfWork) -> None:
            self.begun.set()
            self.released.wait(10)

        self.done = asyncio.create_task(self.database.write(keep_busy))
        await asyncio.to_thread(self.begun.wait, 10)
        return self

    async def submit(self, *works: Work) -> list["asyncio.Task[Any]"]:
        """Jobs that wait together for the writer."""
        tasks = [asyncio.create_task(self.database.write(work)) for work in works]
        await asyncio.sleep(0)  # each task runs up to where it waits
        assert len(self.database._jobs) == len(tasks)
        return tasks

    async def __aexit__(self, *_: object) -> None:
        self.released.set()
        assert self.done is not None
        await self.done


async def test_jobs_that_arrive_while_the_writer_is_busy_share_commits(database: SqliteDatabase) -> None:
    amount = 2 * LARGEST_GROUP + 1
    with traced(database) as statements:
        async with Occupied(database) as writer:
            jobs = await writer.submit(*(meeting(f"{number:03}") for number in range(amount)))
        met = await asyncio.gather(*jobs)

    assert statements.count("COMMIT") == 1 + 3
    assert [person.id for person in met] == [f"user-{number:03}" for number in range(amount)]
    assert len(await people(database)) == amount


async def test_a_job_that_raises_stores_nothing_of_its_own_and_spares_its_neighbours(database: SqliteDatabase) -> None:
    error = LookupError("no")

    def raising(work: UnitOfWork) -> None:
        meeting("half-done")(work)
        raise error

    async with Occupied(database) as writer:
        jobs = await writer.submit(meeting("before"), raising, meeting("after"))
    before, raised, after = jobs
    await asyncio.wait(jobs)

    assert raised.exception() is error
    assert (before.result().id, after.result().id) == ("user-before", "user-after")
    assert await people(database) == ["after", "before"]


async def test_a_statement_that_fails_spares_the_neighbours_of_its_job(database: SqliteDatabase) -> None:
    def refused(work: UnitOfWork) -> None:
        meeting("half-done")(work)
        work.draws.claim(UserId("nobody"), ["item"])  # breaks the foreign key

    async with Occupied(database) as writer:
        jobs = await writer.submit(meeting("before"), refused, meeting("after"))
    _, refusal, _ = await asyncio.gather(*jobs, return_exceptions=True)

    assert isinstance(refusal, StorageUnavailable)
    assert await people(database) == ["after", "before"]


async def test_a_commit_that_fails_is_told_to_its_jobs_and_the_next_commit_works(database: SqliteDatabase) -> None:
    def fails_at_commit(work: UnitOfWork) -> None:
        work._connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        work.draws.claim(UserId("nobody"), ["item"])

    async with Occupied(database) as writer:
        jobs = await writer.submit(meeting("before"), fails_at_commit)
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [StorageUnavailable, StorageUnavailable]
    for outcome in outcomes:
        assert isinstance(outcome, StorageUnavailable)
        assert "FOREIGN KEY constraint failed" in str(outcome.__cause__)  # the commit's own fault, not a consequence
    with pytest.raises(StorageUnavailable):
        await database.write(fails_at_commit)
    await database.write(meeting("later"))
    assert await people(database) == ["later"]


async def test_a_job_that_raises_stop_iteration_stops_neither_the_writer_nor_a_reader(database: SqliteDatabase) -> None:
    def exhausted(_work: UnitOfWork) -> object:
        return next(iter(()))

    with pytest.raises(RuntimeError, match="StopIteration"):
        await database.write(exhausted)
    with pytest.raises(RuntimeError, match="StopIteration"):
        await database.read(exhausted)

    await database.write(meeting("later"))
    assert await people(database) == ["later"]


async def test_a_caller_that_stops_waiting_does_not_stop_the_work(database: SqliteDatabase) -> None:
    async with Occupied(database) as writer:
        abandoned, kept = await writer.submit(meeting("abandoned"), meeting("kept"))
        abandoned.cancel()
    await kept

    assert abandoned.cancelled()
    assert await people(database) == ["abandoned", "kept"]


async def test_closing_finishes_what_was_submitted(database: SqliteDatabase, path: Path) -> None:
    async with Occupied(database) as writer:
        jobs = await writer.submit(meeting("one"), meeting("two"))
        closing = asyncio.create_task(database.close())
        await asyncio.sleep(0)  # it runs up to where it waits
    await closing

    assert [person.id for person in await asyncio.gather(*jobs)] == ["user-one", "user-two"]
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT count(*) FROM users").fetchone() == (2,)
    raw.close()


async def test_a_closed_database_says_so_to_everybody_and_closes_again_without_harm(database: SqliteDatabase) -> None:
    await database.close()

    for refused in (database.write(meeting("late")), database.read(lambda work: work.now), database.revision()):
        with pytest.raises(StorageUnavailable, match="closed"):
            await refused
    await database.close()


async def test_work_that_fails_in_the_middle_of_a_select_leaves_nobody_reading_the_past(
    database: SqliteDatabase,
) -> None:
    for name in ("ann", "ben", "cid"):
        await database.write(meeting(name))

    def stop_halfway(work: UnitOfWork) -> None:
        rows = work._connection.exec_driver_sql("SELECT subject FROM users ORDER BY subject")
        raise LookupError(rows.fetchone()[0])

    failures = await asyncio.gather(*(database.read(stop_halfway) for _ in range(READERS)), return_exceptions=True)
    await database.write(meeting("dan"))

    assert [str(failure) for failure in failures] == ["ann"] * READERS
    for _ in range(READERS):
        assert await people(database) == ["ann", "ben", "cid", "dan"]


async def test_a_read_that_is_under_way_when_the_database_closes_comes_to_its_end(database: SqliteDatabase) -> None:
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(work: UnitOfWork) -> int:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait()
        return len(work._connection.exec_driver_sql("SELECT subject FROM users").all())

    reading = asyncio.create_task(database.read(slow))
    await begun.wait()
    closing = asyncio.create_task(database.close())
    await asyncio.wait({closing}, timeout=0)
    go_on.set()

    assert await reading == 0
    await closing


async def test_a_reader_sees_one_state_while_a_writer_goes_on(database: SqliteDatabase) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def count_twice(work: UnitOfWork) -> list[int]:
        statement = "SELECT count(*) FROM users"
        first = work._connection.exec_driver_sql(statement).scalar_one()
        begun.set()
        go_on.wait(10)
        return [first, work._connection.exec_driver_sql(statement).scalar_one()]

    reading = asyncio.create_task(database.read(count_twice))
    await asyncio.to_thread(begun.wait, 10)
    await database.write(meeting("new"))
    go_on.set()

    assert await reading == [0, 0]
    assert await people(database) == ["new"]


def limited(pages_more: int) -> Work:
    """Work that lets the file grow by so many pages from now on."""

    def limit(work: UnitOfWork) -> None:
        used = work._connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        work._connection.exec_driver_sql(f"PRAGMA max_page_count = {used + pages_more}")

    return limit


@pytest.mark.parametrize("neighbours", [0, 3])
async def test_a_full_disk_is_told_with_its_remedy_and_harms_nothing_that_is_stored(
    database: SqliteDatabase, path: Path, neighbours: int
) -> None:
    await database.write(meeting("early"))
    await database.write(limited(4))
    too_much = "x" * 100_000

    async with Occupied(database) as writer:
        jobs = await writer.submit(*(meeting(f"n{number}") for number in range(neighbours)), meeting(too_much))
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)

    for outcome in outcomes:
        assert isinstance(outcome, StorageUnavailable)
        assert str(outcome).startswith("The database's disk is full or its size limit is reached: free some space")
    assert await people(database) == ["early"]

    await database.write(limited(1_000))
    await database.write(meeting("later"))
    assert await people(database) == ["early", "later"]
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    raw.close()


async def test_another_process_that_holds_the_write_lock_makes_writers_busy_and_no_reader(
    database: SqliteDatabase, path: Path
) -> None:
    await database.write(meeting("early"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with traced(database) as statements:
        jobs = (database.write(meeting(name)) for name in ("one", "two", "three"))
        outcomes = await asyncio.gather(*jobs, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [StorageUnavailable] * 3
    assert {str(outcome) for outcome in outcomes} == {
        "The database is busy with another process: try again in a moment."
    }
    assert statements.count("BEGIN IMMEDIATE") == 1  # the group waits for the lock once, not once for each job
    assert await people(database) == ["early"]

    other.execute("ROLLBACK")
    other.close()
    await database.write(meeting("later"))
    assert await people(database) == ["early", "later"]


async def test_a_file_that_is_not_a_database_is_refused_by_name_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("Dear diary, " * 1_000)

    with pytest.raises(StorageUnavailable, match="not an SQLite database") as refused:
        await SqliteDatabase.open(path)

    assert str(path) in str(refused.value)
    assert path.read_text() == "Dear diary, " * 1_000


async def test_a_folder_that_is_not_there_is_told_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="cannot be opened: check that the data folder exists"):
        await SqliteDatabase.open(tmp_path / "nowhere" / "intrvu.db")


async def test_a_file_without_tables_has_no_revision_and_says_to_migrate(tmp_path: Path) -> None:
    database = await SqliteDatabase.open(tmp_path / "new.db")

    assert await database.revision() is None
    with pytest.raises(StorageUnavailable, match="run `intrvu migrate`"):
        await database.write(meeting("early"))
    await database.close()


_READ_ONLY = """
import asyncio, os, sys
from pathlib import Path
from domain.errors import StorageUnavailable
from domain.ids import UserId
from domain.user import Principal
from persistence.sqlite import SqliteDatabase

async def main():
    database = await SqliteDatabase.open(Path(sys.argv[1]))
    print(len(await database.read(lambda work: list(work._connection.exec_driver_sql("SELECT * FROM users")))))
    try:
        await database.write(lambda work: work.users.meet(Principal("i", "s"), fresh_id=UserId("u"), now=work.now))
    except StorageUnavailable as exc:
        print(exc)
    await database.close()

if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)  # nobody: root may write to everything
asyncio.run(main())
"""


def test_a_read_only_file_can_be_read_and_a_write_is_told_the_remedy(path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="intrvu-read-only-"))  # pytest's own folders are closed to nobody
    folder.chmod(0o777)
    shutil.copy(path, folder / "intrvu.db")
    (folder / "intrvu.db").chmod(0o444)

    ran = subprocess.run(
        [sys.executable, "-c", _READ_ONLY, str(folder / "intrvu.db")],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    shutil.rmtree(folder)

    assert (ran.stdout.splitlines(), ran.stderr) == (
        ["0", "The database cannot be written: give the server write access to the data folder."],
        "",
    )
