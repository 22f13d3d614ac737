"""Alembic migrations, and what is asked of them without loading Alembic."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine, inspect
from sqlalchemy.engine import URL

from domain.errors import ConfigurationError
from persistence.faults import translated
from persistence.revisions import HEAD as HEAD
from persistence.revisions import TABLES

if TYPE_CHECKING:
    from alembic.config import Config


def config(url: URL) -> "Config":
    """Alembic's configuration for that database."""
    from alembic.config import Config  # noqa: PLC0415 - 200 ms that a server at the newest revision need not pay

    alembic = Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent))
    alembic.attributes["url"] = url
    return alembic


def upgrade(url: URL) -> None:
    """Bring the database to HEAD, from empty or from any earlier revision. One process at a time; the others wait.

    Raises:
        ConfigurationError: it is at a revision that this code does not know, or half-migrated.
        StorageUnavailable: it refuses. Either way nothing was changed: a migration is one transaction.
    """
    from alembic import command  # noqa: PLC0415 - as above
    from alembic.util import CommandError  # noqa: PLC0415 - as above

    with translated():
        try:
            command.upgrade(config(url), "head")
        except CommandError as exc:
            raise ConfigurationError(
                f"The database is at a version that this program, at {HEAD}, does not know: update it, or restore a "
                "backup of the database."
            ) from exc
    _check_tables(url)


def check(url: URL, revision: str) -> None:
    """Whether this code can work with a database at that revision. Does not take the revision's word for it.

    Raises:
        ConfigurationError: it is another one, or half-migrated.
        StorageUnavailable: the database cannot be read.
    """
    if revision != HEAD:
        remedy = (
            "run `intrvu migrate`"
            if knows(url, revision)
            else "it does not know that one: update the server, or restore a backup of the database"
        )
        raise ConfigurationError(f"The database is at version {revision}, and this server needs {HEAD}: {remedy}.")
    _check_tables(url)


def knows(url: URL, revision: str) -> bool:
    """Whether `upgrade` can begin at that revision."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above
    from alembic.util import CommandError  # noqa: PLC0415 - as above

    try:
        return ScriptDirectory.from_config(config(url)).get_revision(revision) is not None
    except CommandError:
        return False


def _check_tables(url: URL) -> None:
    with translated():
        engine = create_engine(url, poolclass=NullPool)
        try:
            missing = sorted(TABLES - set(inspect(engine).get_table_names()))
        finally:
            engine.dispose()
    if missing:
        raise ConfigurationError(
            f"The database is half-migrated: it says version {HEAD} and lacks {', '.join(missing)}. Restore a backup, "
            "or move it away to begin with an empty one."
        )
