"""What is said of the database without loading SQL is what SQL says."""

from pathlib import Path

import pytest

from persistence import locations
from persistence.inspection import sqlite_file
from persistence.models import metadata
from persistence.revisions import HEAD, TABLES


def test_the_tables_are_those_of_the_model():
    assert metadata.tables.keys() == TABLES


def test_the_newest_migration_is_the_head():
    files = Path(locations.__file__).parent.glob("migrations/versions/[0-9]*.py")

    assert max(file.name.partition("_")[0] for file in files) == HEAD


@pytest.mark.parametrize("url", ["sqlite:///relative.db", "sqlite:////srv/a b.db", "sqlite:///x.db?mode=rw"])
def test_the_file_of_a_url_is_the_one_that_the_server_opens(url):
    assert sqlite_file(url) == locations.sqlite_path(locations.parse(url))


def test_a_server_has_no_file():
    assert sqlite_file("postgresql://u@h/d") is None
