"""Looking at a database without touching it: nothing is created, migrated or locked, as opening it would do.

For a SQLite file nothing of SQLAlchemy is loaded, so that `intrvu doctor` answers at once.
"""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.errors import StorageUnavailable

CONNECT_SECONDS: Final = 3
_SQLITE: Final = "sqlite:///"
_MAGIC: Final = b"SQLite format 3\0"
_WAL_FORMAT: Final = bytes([2, 2])
"""Bytes 18 and 19 of a file in WAL mode. Source: https://www.sqlite.org/fileformat.html, section 1.3."""
_POSTGRES: Final = """
SELECT current_setting('server_version'),
       NOT pg_is_in_recovery() AND current_setting('default_transaction_read_only') = 'off',
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
"""
_POSTGRES_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
_SQLITE_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table'"
_REVISION: Final = "SELECT version_num FROM alembic_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What is there.

    `place` is for people, without credentials. `exists`: there is a database; a SQLite file appears at the first start.
    `writable`: this user may write to it, now. `wal`: it keeps a write-ahead log; every PostgreSQL does. `revision`:
    the migration that it is at; None when it has no tables.
    """

    place: str
    exists: bool = True
    writable: bool
    wal: bool = True
    revision: str | None = None
    tables: frozenset[str] = frozenset()
    server_version: str | None = None


def sqlite_file(database_url: str) -> Path | None:
    """The file of a SQLite URL, None for a server: what `locations` says, without SQLAlchemy."""
    if not database_url.startswith(_SQLITE):
        return None
    return Path(database_url.removeprefix(_SQLITE).partition("?")[0])


def inspect(database_url: str) -> Inspection:
    """Look at a database as DATABASE_URL names it.

    Raises:
        StorageUnavailable: it cannot be reached or read, or is no database; the message names the remedy.
        ConfigurationError: the URL cannot be used.
    """
    path = sqlite_file(database_url)
    return _sqlite(path.absolute()) if path is not None else _postgresql(database_url)


def _sqlite(path: Path) -> Inspection:
    place = f"SQLite, {path}"
    around = next(folder for folder in path.parents if folder.exists())
    writable = os.access(around, os.W_OK) and os.access(path if path.exists() else around, os.W_OK)
    try:
        with path.open("rb") as file:
            header = file.read(20)
    except (FileNotFoundError, NotADirectoryError):
        return Inspection(place=place, exists=False, writable=writable and around.is_dir())
    except OSError as exc:
        raise StorageUnavailable(f"{path} cannot be read ({exc.strerror}): check DATABASE_URL.") from exc
    if not header:  # made and not filled yet: SQLite takes it for an empty database
        return Inspection(place=place, writable=writable)
    try:
        if not header.startswith(_MAGIC):
            raise sqlite3.DatabaseError("file is not a database")
        tables, revision = _read_sqlite(path)
    except sqlite3.Error as exc:
        raise StorageUnavailable(_remedy(exc)) from exc
    wal = header[18:20] == _WAL_FORMAT
    return Inspection(place=place, writable=writable, wal=wal, revision=revision, tables=tables)


def _read_sqlite(path: Path) -> tuple[frozenset[str], str | None]:
    # A reader of a file in WAL mode makes its log where there is none; one that is told that nobody writes does not.
    # Where there is a log, somebody may be writing, and the log's newest pages count.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    with closing(sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True, timeout=CONNECT_SECONDS)) as connection:
        tables = frozenset(str(name) for (name,) in connection.execute(_SQLITE_TABLES))
        row = connection.execute(_REVISION).fetchone() if "alembic_version" in tables else None
    return tables, None if row is None else str(row[0])


def _postgresql(database_url: str) -> Inspection:
    import psycopg  # noqa: PLC0415 - only whoever uses PostgreSQL loads its driver

    from persistence import locations  # noqa: PLC0415 - and SQLAlchemy, to take the URL as the server does

    url = locations.parse(database_url)
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
            ((version, takes_writes, may_create),) = connection.execute(_POSTGRES).fetchall()
            tables = frozenset(str(name) for (name,) in connection.execute(_POSTGRES_TABLES).fetchall())
            row = connection.execute(_REVISION).fetchone() if "alembic_version" in tables else None
    except psycopg.Error as exc:
        raise StorageUnavailable(_remedy(exc)) from exc
    return Inspection(
        place=locations.describe(url),
        writable=takes_writes and (may_create or row is not None),
        revision=None if row is None else str(row[0]),
        tables=tables,
        server_version=str(version).split()[0],
    )


def _remedy(error: Exception) -> str:
    from persistence.faults import remedy  # noqa: PLC0415 - SQLAlchemy, which is not needed where all is well

    return remedy(error)
