"""What a database's refusal means to an operator."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import StorageUnavailable

_FULL = "The database's disk is full or its size limit is reached: free some space, nothing was stored."
_UNREACHABLE = (
    "The database server cannot be reached or refuses the login: check that it runs, and the host, user, password and "
    "database name in DATABASE_URL."
)
_HALF = (
    "The database is half-migrated, or another program's: it has tables and no version. Restore a backup, or set "
    "DATABASE_URL to an empty one."
)
# Signs are whole phrases: a server's message may carry a row's values beside them.
_REMEDIES = (
    ("disk is full", _FULL),
    ("no space left", _FULL),
    ("readonly database", "The database cannot be written: give the server write access to the data folder."),
    ("read-only transaction", "The database takes no writes: connect to a primary server, not to a standby."),
    ("not a database", "The file is not an SQLite database: check DATABASE_URL, or move the file away."),
    ("unable to open", "The database file cannot be opened: check that the data folder exists and is writable."),
    ("disk i/o", "The database's disk reports errors or a size limit: check the disk, nothing was stored."),
    ("is locked", "The database is busy with another process: try again in a moment."),
    ("deadlock detected", "The database is busy with another process: try again in a moment."),
    ("queuepool limit", "The database is busy, every connection is in use: try again in a moment."),
    ("connection failed", _UNREACHABLE),
    ("failed to resolve host", _UNREACHABLE),
    ("connection timeout", _UNREACHABLE),
    ("connection is closed", _UNREACHABLE),
    ("server closed the connection", _UNREACHABLE),
    ("terminating connection", _UNREACHABLE),
    ("no such table", "The database's tables are missing: run `intrvu migrate`."),
    ("no such column", "The database is at an older version: run `intrvu migrate`."),
    # The first table that is made; a duplicate key "already exists" too.
    ("table users already exists", _HALF),
    ('relation "users" already exists', _HALF),
    ("does not exist", "The database is at an older version: run `intrvu migrate`."),
)
_UNKNOWN = "The database did not answer as it should: see the server's log, and try again."


def remedy(error: BaseException) -> str:
    """One sentence for a refused statement: the cause and what to do. Never the statement or its values."""
    text = str(getattr(error, "orig", None) or error).lower()
    return next((sentence for sign, sentence in _REMEDIES if sign in text), _UNKNOWN)


@contextmanager
def translated() -> Iterator[None]:
    """Raise StorageUnavailable where the database refuses."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as exc:
        from persistence.metrics import FAULTS  # noqa: PLC0415 - whoever asks for remedies alone counts nothing

        FAULTS.inc()
        raise StorageUnavailable(remedy(exc)) from exc
