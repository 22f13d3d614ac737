"""Getting the data folder and the database ready, or saying in one line why they are not."""

import os
import tempfile
from pathlib import Path

from domain.errors import ConfigurationError
from persistence import locations, migrations
from persistence.database import Database
from server.settings import Settings


def prepare_folder(settings: Settings) -> None:
    """Make the folders that IntrVu writes to.

    Raises:
        ConfigurationError: one of them cannot be made or written to.
    """
    folders = [(settings.data_dir, "INTRVU_DATA_DIR")]
    file = locations.sqlite_path(locations.parse(settings.database_url.get_secret_value()))
    if file is not None and file.parent != settings.data_dir:
        folders.append((file.parent, "DATABASE_URL"))
    for folder, setting in folders:
        _make_writable(folder, setting)
    if file is not None and file.exists() and not os.access(file, os.W_OK):
        raise ConfigurationError(f"{file} cannot be written: give this user write access to it.")


def _make_writable(folder: Path, setting: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as exc:
        raise ConfigurationError(
            f"{folder} cannot be written ({exc.strerror}): set {setting} to a folder this user may write to."
        ) from exc


async def open_migrated(settings: Settings) -> Database:
    """Open the database; an empty one gets its tables.

    Raises:
        ConfigurationError: it is at another version than this code, or half-migrated.
        StorageUnavailable: it cannot be opened or reached.
    """
    url = locations.parse(settings.database_url.get_secret_value())
    database = await locations.open_database(url)
    try:
        revision = await database.revision()
        if revision is None:
            migrations.upgrade(url)
        else:
            migrations.check(url, revision)
    except BaseException:
        await database.close()
        raise
    return database
