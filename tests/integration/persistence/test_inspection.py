"""Looking at a database that is there, of either kind."""

from sqlalchemy.engine import URL

from persistence.inspection import inspect
from persistence.revisions import HEAD, TABLES


def test_a_migrated_database_is_seen_as_it_is(database_url: URL):
    plain = database_url.set(drivername=database_url.get_backend_name())

    found = inspect(plain.render_as_string(hide_password=False))

    assert (found.exists, found.writable, found.wal, found.revision) == (True, True, True, HEAD)
    assert found.tables >= TABLES
    assert (found.server_version is None) == (plain.get_backend_name() == "sqlite")


def test_an_empty_server_has_no_revision(postgres_server: URL):
    plain = postgres_server.set(drivername="postgresql")

    found = inspect(plain.render_as_string(hide_password=False))

    assert found.revision is None
    assert found.writable
