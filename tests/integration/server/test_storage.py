"""Opening the database at the start; what is half-migrated or of a newer version is driven end to end."""

import shutil
from pathlib import Path

import pytest

from domain.errors import ConfigurationError
from persistence import migrations
from persistence.revisions import HEAD
from server import storage
from server.settings import Settings


async def test_an_older_database_is_named_with_the_command_that_brings_it_here(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copy(sqlite_template, tmp_path / "intrvu.db")
    monkeypatch.setattr(migrations, "HEAD", "9999")

    with pytest.raises(ConfigurationError) as refused:
        await storage.open_migrated(Settings.read(env_file=None, data_dir=tmp_path))

    assert str(refused.value) == (
        f"The database is at version {HEAD}, and this server needs 9999: run `intrvu migrate`."
    )
