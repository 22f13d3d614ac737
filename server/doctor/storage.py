"""Where the data is: the folder, its key, the database and its version."""

import os
import shutil
import stat
from pathlib import Path
from typing import Final

from domain.errors import ConfigurationError, StorageUnavailable
from persistence.inspection import Inspection, inspect, sqlite_file
from persistence.revisions import HEAD, TABLES
from server.doctor.findings import Finding, fail, ok, split, warn
from server.settings import Settings

KEY_FILE: Final = "development-issuer.pem"
"""As auth.development calls it; a test holds the two together, for that module loads cryptography."""
LITTLE_SPACE_BYTES: Final = 200 * 1024 * 1024


def data_folder(settings: Settings) -> Finding:
    """Is the folder there, or can it be made, and is there space?"""
    folder = settings.data_dir
    remedy = "set INTRVU_DATA_DIR to a folder this user may write to"
    around = next(place for place in (folder, *folder.parents) if place.exists())
    if not around.is_dir():
        return fail("Data folder", f"{around} is not a folder", remedy)
    if not os.access(around, os.W_OK | os.X_OK):
        return fail("Data folder", f"{around} cannot be written", remedy)
    free_bytes = shutil.disk_usage(around).free
    if free_bytes < LITTLE_SPACE_BYTES:
        free = f"{free_bytes // (1024 * 1024)} MiB are free for {folder}"
        return warn("Data folder", free, "free some space: a full disk takes no answers")
    return ok("Data folder", f"{folder}{'' if around == folder else ' (made at the first start)'}")


def key_file(settings: Settings) -> Finding:
    """Is the development identity's key to be read by this user alone?"""
    if not settings.development_identity:
        return ok("Key file", "not needed: JWT_KEY says who is who")
    path = settings.data_dir / KEY_FILE
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return ok("Key file", f"{KEY_FILE} is made at the first start")
    except OSError as exc:
        return fail("Key file", f"{path} cannot be read ({exc.strerror})", "give this user access to it")
    if not os.access(path, os.R_OK):
        return fail("Key file", f"{path} cannot be read", "give this user access to it")
    if mode & 0o077:
        return warn("Key file", f"{KEY_FILE} is open to others (mode {mode:04o})", f"run `chmod 600 {path}`")
    return ok("Key file", f"{KEY_FILE}, for this user only")


def database(settings: Settings) -> list[Finding]:
    """Does the database open, does it take writes, and at which version is it?"""
    url = settings.database_url.get_secret_value()
    try:
        found = inspect(url)
    except (ConfigurationError, StorageUnavailable) as exc:
        return [fail("Database", *split(exc))]
    return [_database(found, sqlite_file(url)), migrations(found, url)]


def _database(found: Inspection, path: Path | None) -> Finding:
    if not found.writable:
        ours = f"give this user write access to {path} and its folder"
        return fail(
            "Database", f"{found.place} takes no writes", ours if path else "connect to a primary, as its owner"
        )
    if not found.exists:
        return ok("Database", f"{found.place} (made at the first start)")
    if not found.wal:
        return warn("Database", f"{found.place} keeps no write-ahead log", "start the server once: it turns that on")
    version = "WAL" if found.server_version is None else f"version {found.server_version}"
    return ok("Database", f"{found.place}, {version}, takes writes")


def migrations(found: Inspection, url: str) -> Finding:
    """Is the database at the version that this program needs, with all its tables?"""
    if found.revision is None:
        return ok("Migrations", "empty: the first start sets it up")
    if found.revision != HEAD:
        detail = f"at {found.revision}, and this program needs {HEAD}"
        known = _knows(url, found.revision)
        return fail("Migrations", detail, "run `intrvu migrate`" if known else "update IntrVu, or restore a backup")
    if missing := sorted(TABLES - found.tables):
        remedy = "restore a backup, or move the database away to begin with an empty one"
        return fail("Migrations", f"at {HEAD}, and without {', '.join(missing)}", remedy)
    return ok("Migrations", f"at {HEAD}, the newest")


def _knows(url: str, revision: str) -> bool:
    from persistence import locations, migrations  # noqa: PLC0415 - SQLAlchemy and Alembic, only where it is at another

    return migrations.knows(locations.parse(url), revision)
