"""Alembic migrations, and the two questions that are asked of them without loading Alembic."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"
"""The newest revision. A test compares it with the files beside this one."""


def config(url: URL) -> "Config":
    """Alembic's configuration for that database."""
    from alembic.config import Config  # noqa: PLC0415 - 200 ms that a server at the newest revision need not pay

    alembic = Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent))
    alembic.attributes["url"] = url
    return alembic


def upgrade(url: URL) -> None:
    """Bring the database to HEAD, from empty or from any earlier revision. One process at a time; the others wait."""
    from alembic import command  # noqa: PLC0415 - as above

    command.upgrade(config(url), "head")
