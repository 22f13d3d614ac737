"""PostgreSQL through psycopg: the same work as on SQLite, over a pool of asynchronous connections."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Final, TypeVar

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from persistence.database import UnitOfWork
from persistence.faults import translated
from persistence.metrics import READ_WAIT_SECONDS, WRITE_SECONDS

PATIENCE: Final = {"connect_timeout": 10, "tcp_user_timeout": 30_000}
"""libpq's words, seconds and milliseconds: a server that has vanished must not hold up a shutdown. URLs may differ."""

T = TypeVar("T")

_NOW = text("SELECT clock_timestamp()")
_REVISION = text("SELECT version_num FROM alembic_version")


def server_clock(connection: Connection) -> datetime:
    """The server's clock: one for all API and worker processes."""
    moment: datetime = connection.execute(_NOW).scalar_one()
    return moment.astimezone(UTC)


class PostgresDatabase:
    """A PostgreSQL database. Construct with `open`."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[Connection], datetime] = server_clock) -> None:
        self._engine = engine
        self._clock = clock

    @classmethod
    async def open(cls, url: URL, clock: Callable[[Connection], datetime] = server_clock) -> "PostgresDatabase":
        """Connect once, to tell early when the server is not there.

        Raises:
            StorageUnavailable: it cannot be reached or refuses the credentials.
        """
        patience = {name: value for name, value in PATIENCE.items() if name not in url.query}
        engine = create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True, connect_args=patience)
        database = cls(engine, clock)
        try:
            await database.revision()
        except BaseException:
            await database.close()
            raise
        return database

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run work on one snapshot."""
        with translated():
            began = perf_counter()
            async with self._engine.connect() as connection:
                READ_WAIT_SECONDS.observe(perf_counter() - began)
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                return await connection.run_sync(lambda sync: work(UnitOfWork(sync, self._clock)))

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run work in a transaction of its own."""
        with translated():
            async with self._engine.begin() as connection:
                began = perf_counter()
                outcome = await connection.run_sync(lambda sync: work(UnitOfWork(sync, self._clock)))
            WRITE_SECONDS.observe(perf_counter() - began)
        return outcome

    async def revision(self) -> str | None:
        """The migration that the database is at; None when it has no tables."""
        with translated():
            async with self._engine.connect() as connection:
                return await connection.run_sync(_read_revision)

    async def close(self) -> None:
        """Close the pool."""
        await self._engine.dispose()


def _read_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(_REVISION).scalar_one_or_none()
    return revision
