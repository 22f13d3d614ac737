"""What a database's refusal means to an operator."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from domain.errors import StorageUnavailable

_REMEDIES = (
    ("full", "The database's disk is full or its size limit is reached: free some space, nothing was stored."),
    ("readonly", "The database cannot be written: give the server write access to the data folder."),
    ("read-only", "The database cannot be written: give the server write access to the data folder."),
    ("unable to open", "The database file cannot be opened: check that the data folder exists and is writable."),
    ("disk i/o", "The database's disk reports errors or a size limit: check the disk, nothing was stored."),
    ("locked", "The database is busy with another process: try again in a moment."),
    ("no such table", "The database's tables are missing: run `intrvu migrate`."),
    ("no such column", "The database is at an older version: run `intrvu migrate`."),
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
    except DBAPIError as exc:
        raise StorageUnavailable(remedy(exc)) from exc
