"""What is PostgreSQL's own: a server that is away, a pool that is used up, a connection that is cut."""

import traceback

import pytest
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine

from domain.errors import StorageUnavailable
from domain.ids import UserId
from domain.user import Principal
from persistence import locations
from persistence.database import UnitOfWork
from persistence.postgresql import PostgresDatabase
from tests.factories import meet


async def test_a_server_that_is_not_there_is_told_with_its_remedy_and_without_the_password() -> None:
    secret = "pass" + "word-17"
    nobody = f"postgresql://intrvu:{secret}@127.0.0.1:1/intrvu"  # port 1 is reserved, and nothing listens on it

    with pytest.raises(StorageUnavailable, match="cannot be reached") as refused:
        await locations.open_database(locations.parse(nobody))

    assert "DATABASE_URL" in str(refused.value)
    assert secret not in "".join(traceback.format_exception(refused.value))


async def test_a_database_that_is_not_there_is_not_mistaken_for_an_old_one(postgres_server: URL) -> None:
    with pytest.raises(StorageUnavailable, match="database name in DATABASE_URL"):
        await locations.open_database(postgres_server.set(database="nowhere"))


async def test_a_connection_that_is_cut_stores_nothing_and_the_next_one_works(postgres_url: URL) -> None:
    database = await locations.open_database(postgres_url)

    def cut(work: UnitOfWork) -> None:
        work.users.meet(Principal("urn:test", "half-done"), fresh_id=UserId("half-done"), now=work.now)
        work._connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(StorageUnavailable, match="cannot be reached"):
        await database.write(cut)

    await meet(database, "later")
    assert await database.read(lambda work: work.users.find(Principal("urn:test", "half-done"))) is None
    assert await database.read(lambda work: work.users.find(Principal("urn:test", "later"))) is not None
    await database.close()


async def test_more_work_than_connections_is_busy_and_not_a_fault(postgres_url: URL) -> None:
    engine = create_async_engine(postgres_url, pool_size=1, max_overflow=0, pool_timeout=0.01)
    database = PostgresDatabase(engine)

    async with engine.connect():
        for refused in (database.read(lambda work: work.now), database.write(lambda work: work.now)):
            with pytest.raises(StorageUnavailable, match="busy, every connection is in use"):
                await refused

    assert (await database.read(lambda work: work.now)).tzinfo is not None
    await database.close()


async def test_a_read_cannot_write(postgres_url: URL) -> None:
    database = await locations.open_database(postgres_url)

    with pytest.raises(StorageUnavailable):
        await database.read(
            lambda work: work.users.meet(Principal("urn:test", "sneaky"), fresh_id=UserId("sneaky"), now=work.now)
        )

    assert await database.read(lambda work: work.users.find(Principal("urn:test", "sneaky"))) is None
    await database.close()
