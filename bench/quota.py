"""Quota reservations by many tasks at once, against the same bookkeeping through SQLAlchemy's asynchronous ORM.

Both write to SQLite with write-ahead log and synchronous = FULL, and every reservation is durable when it returns.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import uuid_utils
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from bench import seed
from bench.report import Figure
from domain.enums import QuotaReason
from domain.ids import QuotaEntryId, UserId
from persistence.columns import to_micros
from persistence.sqlite import SqliteDatabase

TASKS = 32
PEOPLE = 200
LIMIT = 1_000_000
ROUNDS, SECONDS = 7, 1.0
GOAL = 10.0

Reserve = Callable[[str], Awaitable[None]]


class Row(SQLModel, registry=registry()):
    """The peer's rows have a registry of their own: the product declares tables of the same names."""


class Day(Row, table=True):
    __tablename__ = "quota_days"

    user_id: str = Field(primary_key=True)
    day: int = Field(primary_key=True)
    used: int


class Entry(Row, table=True):
    __tablename__ = "quota_ledger"

    id: str = Field(primary_key=True)
    user_id: str
    day: int
    reason: str
    amount: int
    state: str
    created_at: int


def figures() -> Iterator[Figure]:
    """Let both take turns, compare."""
    ours, peer, locked = asyncio.run(_measure())
    ratio = median(mine / theirs for mine, theirs in zip(ours, peer, strict=True))
    yield Figure(
        f"quota reservations by {TASKS} tasks; peer: SQLAlchemy's async ORM",
        f"{median(ours):.0f}/s",
        f"{median(peer):.0f}/s",
        f"{ratio:.1f} ×",
        f"≥ {GOAL:.0f} ×, no lock error",
        ratio >= GOAL and locked == 0,
    )


async def _measure() -> tuple[list[float], list[float], int]:
    """Reservations a second, round by round, of both; and how often the database of ours was locked."""
    with tempfile.TemporaryDirectory() as folder:
        mine, theirs = Path(folder, "ours"), Path(folder, "peer")
        for data_dir in (mine, theirs):
            seed.people(data_dir, persons=PEOPLE, challenges=0)
        ours, peer, locked = [], [], 0
        async with (
            _ledger(mine / seed.FILE) as (people, reserve),
            _orm(theirs / seed.FILE) as (others, reserve_plainly),
        ):
            for _ in range(ROUNDS):
                done, refused = await _round(people, reserve)
                ours.append(done)
                locked += refused
                done, _ = await _round(others, reserve_plainly)
                peer.append(done)
        return ours, peer, locked


async def _round(people: list[str], reserve: Reserve) -> tuple[float, int]:
    """How many reservations a second, and how many were refused because the database was locked."""
    turn, done, refused = count(), 0, 0
    began = time.perf_counter()

    async def one_task() -> None:
        nonlocal done, refused
        while time.perf_counter() - began < SECONDS:
            try:
                await reserve(people[next(turn) % len(people)])
                done += 1
            except OperationalError:
                refused += 1

    await asyncio.gather(*(one_task() for _ in range(TASKS)))
    return done / (time.perf_counter() - began), refused


@asynccontextmanager
async def _ledger(file: Path) -> AsyncIterator[tuple[list[str], Reserve]]:
    database = await SqliteDatabase.open(file)

    async def reserve(user_id: str) -> None:
        id = QuotaEntryId(uuid_utils.uuid7().hex)
        await database.write(
            lambda work: work.ledger.reserve(
                UserId(user_id), QuotaReason.CHALLENGE, 1, id=id, limit=LIMIT, now=work.now
            )
        )

    try:
        yield _people(file), reserve
    finally:
        await database.close()


@asynccontextmanager
async def _orm(file: Path) -> AsyncIterator[tuple[list[str], Reserve]]:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{file}", connect_args={"timeout": 30}, pool_size=1, max_overflow=0
    )
    _write_at_once(engine)

    async def reserve(user_id: str) -> None:
        now = datetime.now(UTC)
        today = (now - datetime(1970, 1, 1, tzinfo=UTC)).days
        async with AsyncSession(engine) as session, session.begin():
            day = await session.get(Day, (user_id, today))
            if day is None:
                day = Day(user_id=user_id, day=today, used=0)
            if day.used >= LIMIT:
                raise RuntimeError("quota exceeded")
            day.used += 1
            session.add(day)
            session.add(
                Entry(
                    id=uuid_utils.uuid7().hex,
                    user_id=user_id,
                    day=today,
                    reason="CHALLENGE",
                    amount=1,
                    state="RESERVED",
                    created_at=to_micros(now),
                )
            )

    try:
        yield _people(file), reserve
    finally:
        await engine.dispose()


def _write_at_once(engine: AsyncEngine) -> None:
    """Begin with the write lock: a deferred transaction that reads first and writes then is refused, not queued."""

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own, behind an adapter
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _people(file: Path) -> list[str]:
    with sqlite3.connect(file) as raw:
        return [id for (id,) in raw.execute("SELECT id FROM users")]
