"""DATABASE_URL: plain URLs become ours, and a bad one is answered with its remedy and never with its password."""

import traceback
from pathlib import Path

import pytest

from domain.errors import ConfigurationError
from persistence import locations

SECRET = "hunter" + "2"
REMEDY = "use sqlite:///path/to/file.db or postgresql://user:password@host/database"


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///data/intrvu.db", "sqlite+pysqlite"),
        ("sqlite+aiosqlite:////var/lib/intrvu.db", "sqlite+pysqlite"),
        ("postgresql://u:p@db.example.org:5433/intrvu?sslmode=require", "postgresql+psycopg"),
        ("postgres://u:p@db.example.org/intrvu", "postgresql+psycopg"),
        ("postgresql+asyncpg://u:p@db.example.org/intrvu", "postgresql+psycopg"),
    ],
)
def test_the_driver_is_ours_and_the_rest_stays(given: str, driver: str) -> None:
    url = locations.parse(given)

    assert url.drivername == driver
    assert url.render_as_string(hide_password=False).split("://")[1] == given.split("://")[1]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "DATABASE_URL is not a database URL"),
        (SECRET, "DATABASE_URL is not a database URL"),
        ("sqlite://", "DATABASE_URL names no file"),
        ("sqlite:///:memory:", "DATABASE_URL names no file"),
        (f"mysql://u:{SECRET}@host/db", "DATABASE_URL is for mysql, which IntrVu does not speak"),
        (f"postgresql://host:{SECRET}", "DATABASE_URL has no host and port after its last @"),
        (f"postgresql://u:p@host:{SECRET}/db", "DATABASE_URL has no host and port after its last @"),
        (f"postgresql://u:p@{SECRET}@host/db", "DATABASE_URL has no host and port after its last @"),
        (f"postgresql://u:p@ss:{SECRET}@host/db", "DATABASE_URL has no host and port after its last @"),
    ],
)
def test_a_bad_url_is_named_with_its_remedy_and_without_its_password(given: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        locations.parse(given)

    assert str(refused.value).startswith(told)
    assert REMEDY in str(refused.value)
    assert "\n" not in str(refused.value)
    assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_only_a_sqlite_url_has_a_file() -> None:
    assert locations.sqlite_path(locations.parse("sqlite:///data/intrvu.db")) == Path("data/intrvu.db")
    assert locations.sqlite_path(locations.parse("sqlite:////var/intrvu.db")) == Path("/var/intrvu.db")
    assert locations.sqlite_path(locations.parse("postgresql://host/db")) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("sqlite:////var/intrvu.db", "SQLite, /var/intrvu.db"),
        (f"postgresql://u:{SECRET}@db.example.org:5433/intrvu", "PostgreSQL, db.example.org/intrvu"),
        ("postgresql:///intrvu", "PostgreSQL, local socket/intrvu"),
    ],
)
def test_where_the_data_is_is_told_without_credentials(given: str, told: str) -> None:
    assert locations.describe(locations.parse(given)) == told
