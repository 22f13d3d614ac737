"""Opening the database at the start; what is half-migrated or of a newer version is driven end to end."""

import shutil
from pathlib import Path

import pytest

from domain.errors import ConfigurationError
from persistence import migrations
from server import storage
from server.settings import Settings


async def test_an_older_database_is_named_with_the_command_that_brings_it_here(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copy(sqlite_template, tmp_path / "intrvu.db")
    monkeypatch.setattr(migrations, "HEAD", "0002")

    with pytest.raises(ConfigurationError) as refused:
        await storage.open_migrated(Settings.read(env_file=None, data_dir=tmp_path))

    assert str(refused.value) == ("The database is at version 0001, and this server needs 0002: run `intrvu migrate`.")
