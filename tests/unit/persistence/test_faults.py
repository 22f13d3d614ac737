"""A database's refusal becomes one sentence with a remedy, and never shows the statement or its values."""

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import StorageUnavailable
from persistence.faults import remedy, translated


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (sqlite3.OperationalError("database or disk is full"), "free some space"),
        (psycopg.errors.DiskFull('could not extend file "base/1": No space left on device'), "free some space"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "write access to the data folder"),
        (sqlite3.OperationalError("unable to open database file"), "check that the data folder exists"),
        (sqlite3.OperationalError("disk I/O error"), "check the disk"),
        (sqlite3.OperationalError("database is locked"), "busy with another process"),
        (psycopg.errors.DeadlockDetected("deadlock detected"), "busy with another process"),
        (sqlite3.DatabaseError("file is not a database"), "check DATABASE_URL"),
        (sqlite3.OperationalError("no such table: users"), "run `intrvu migrate`"),
        (sqlite3.OperationalError("no such column: users.colour"), "run `intrvu migrate`"),
        (psycopg.errors.UndefinedTable('relation "users" does not exist'), "run `intrvu migrate`"),
        (psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"), "standby"),
        (psycopg.OperationalError('connection failed: FATAL: database "x" does not exist'), "cannot be reached"),
        (psycopg.OperationalError("the connection is closed"), "cannot be reached"),
        (sqlite3.OperationalError("table users already exists"), "half-migrated"),
        (psycopg.errors.DuplicateTable('relation "users" already exists'), "half-migrated"),
        (psycopg.errors.UniqueViolation("duplicate key\nDETAIL: Key (id)=(1) already exists."), "see the server's log"),
        (sqlite3.OperationalError("something new"), "see the server's log"),
        (
            psycopg.errors.UniqueViolation("duplicate key\nDETAIL: Key (title)=(full stack, readonly, locked)"),
            "see the server's log",
        ),
    ],
)
def test_each_refusal_has_its_remedy(cause: Exception, told: str) -> None:
    error = OperationalError("INSERT INTO users VALUES (?)", ("alice@example.org",), cause)

    with pytest.raises(StorageUnavailable) as refused, translated():
        raise error

    assert told in str(refused.value)
    assert refused.value.__cause__ is error
    for hidden in ("INSERT", "alice", str(cause)):
        assert hidden not in str(refused.value)


def test_a_pool_that_is_used_up_is_busy() -> None:
    with pytest.raises(StorageUnavailable, match="every connection is in use"), translated():
        raise PoolTimeout("QueuePool limit of size 10 overflow 10 reached, connection timed out, timeout 30.00")


def test_what_is_not_the_databases_passes_through() -> None:
    with pytest.raises(LookupError), translated():
        raise LookupError("mine")


def test_the_drivers_own_error_has_the_same_remedy() -> None:
    assert remedy(sqlite3.OperationalError("database is locked")).startswith("The database is busy")
