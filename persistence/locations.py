"""From a DATABASE_URL to an open database. The driver is chosen here and nowhere else."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from domain.errors import ConfigurationError

if TYPE_CHECKING:
    from persistence.database import Database

_REMEDY = "use sqlite:///path/to/file.db or postgresql://user:password@host/database"
_UNENCODED = (
    "DATABASE_URL has no host and port after its last @ (write @ as %40, / as %2F and : as %3A in a password): "
    f"{_REMEDY}."
)


def parse(database_url: str) -> URL:
    """The URL with our driver in it.

    Raises:
        ConfigurationError: not a URL, or of a database that IntrVu does not know.
    """
    try:
        url = make_url(database_url)
    except ArgumentError as exc:
        raise ConfigurationError(f"DATABASE_URL is not a database URL: {_REMEDY}.") from exc
    except ValueError:
        # Not chained: SQLAlchemy quotes what stands where the port should, and that may be the end of a password.
        raise ConfigurationError(_UNENCODED) from None
    if "@" in (url.host or ""):
        raise ConfigurationError(_UNENCODED)
    backend = url.get_backend_name()
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise ConfigurationError(f"DATABASE_URL names no file, and answers must outlive the process: {_REMEDY}.")
        return url.set(drivername="sqlite+pysqlite")
    if backend in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    raise ConfigurationError(f"DATABASE_URL is for {backend}, which IntrVu does not speak: {_REMEDY}.")


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite URL; None for a server."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def describe(url: URL) -> str:
    """Where the data is, for people, without credentials."""
    path = sqlite_path(url)
    return f"SQLite, {path}" if path is not None else f"PostgreSQL, {url.host or 'local socket'}/{url.database}"


async def open_database(url: URL) -> "Database":
    """Open what `parse` returned.

    Raises:
        StorageUnavailable: it cannot be reached or opened.
    """
    path = sqlite_path(url)
    if path is not None:
        from persistence.sqlite import SqliteDatabase  # noqa: PLC0415 - each database brings only its own driver

        return await SqliteDatabase.open(path)
    from persistence.postgresql import PostgresDatabase  # noqa: PLC0415 - as above

    return await PostgresDatabase.open(url)
