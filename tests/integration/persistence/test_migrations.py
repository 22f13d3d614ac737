"""Migrations on every database: from empty to the tables that the code means, in any number of processes, and back."""

import subprocess
import sys
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Index, create_engine, insert, inspect, select
from sqlalchemy.engine import URL, make_url

from domain.enums import ChallengeKind, EvaluationStatus
from domain.history import HistoryFilter
from domain.ids import EvaluationId, UserId
from domain.paging import PageRequest
from domain.stock import Claimed
from persistence import locations, migrations
from persistence import tables as tables_of_code
from persistence.models import metadata
from persistence.repositories.challenges import Challenges
from tests.factories import meet
from tests.integration.histories import Attempt, Exercise, insert_history
from tests.integration.persistence.seeds import DAWN, MINUTE
from tests.stocked import OTHER_CELL, as_served, fill, written

ROOT = Path(__file__).parents[3]


@pytest.fixture
def empty_postgres(postgres_server: URL) -> Iterator[Callable[[], URL]]:
    """Makes databases without tables."""
    dsn = postgres_server.set(drivername="postgresql").render_as_string(hide_password=False)
    made: list[str] = []

    def make() -> URL:
        made.append(f"intrvu_empty_{uuid.uuid4().hex[:12]}")
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{made[-1]}"')
        return postgres_server.set(database=made[-1])

    yield make
    with psycopg.connect(dsn, autocommit=True) as connection:
        for name in made:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> Callable[[], URL]:
    """Makes the names of files that are not there yet."""
    return lambda: make_url(f"sqlite+pysqlite:///{tmp_path}/{uuid.uuid4().hex}.db")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest) -> Callable[[], URL]:
    make: Callable[[], URL] = request.getfixturevalue("empty_sqlite" if request.param == "sqlite" else "empty_postgres")
    return make


def look(url: URL, at: Callable[[Connection], Any]) -> Any:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return at(connection)
    finally:
        engine.dispose()


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_head_is_the_newest_file() -> None:
    folder = Path(migrations.__file__).parent / "versions"
    newest = max(file.name for file in folder.glob("[0-9]*.py"))

    assert newest.split("_")[0] == migrations.HEAD
    scripts = ScriptDirectory.from_config(migrations.config(make_url("sqlite://")))
    assert scripts.get_heads() == [migrations.HEAD]


async def test_an_empty_database_gets_every_table_and_serves(empty: Callable[[], URL]) -> None:
    url = empty()

    migrations.upgrade(url)

    assert look(url, tables) == {*metadata.tables, "alembic_version"}
    database = await locations.open_database(url)
    assert await database.revision() == migrations.HEAD
    assert await meet(database, "alice") == "user-alice"
    await database.close()


async def test_upgrading_again_changes_nothing_and_keeps_what_is_stored(empty: Callable[[], URL]) -> None:
    url = empty()
    migrations.upgrade(url)
    database = await locations.open_database(url)
    await meet(database, "alice")
    before = look(url, shape)

    migrations.upgrade(url)

    assert look(url, shape) == before
    assert await meet(database, "alice") == "user-alice"
    assert look(url, lambda connection: connection.exec_driver_sql("SELECT count(*) FROM users").scalar_one()) == 1
    await database.close()


_UPGRADE = """
import sys
from sqlalchemy.engine import make_url
import alembic.command
from persistence import migrations, tables
print("ready", flush=True)
for line in sys.stdin:
    migrations.upgrade(make_url(line.strip()))
    print("done", flush=True)
"""


def test_processes_that_upgrade_at_once_all_succeed(
    empty_sqlite: Callable[[], URL], empty_postgres: Callable[[], URL]
) -> None:
    urls = [empty_sqlite(), empty_postgres()]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _UPGRADE],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]

    def both_say(word: str) -> None:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == f"{word}\n"

    both_say("ready")
    for url in urls:
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(url.render_as_string(hide_password=False) + "\n")
            process.stdin.flush()
        both_say("done")
        assert look(url, tables) == {*metadata.tables, "alembic_version"}

    assert [(*process.communicate(timeout=60), process.returncode) for process in processes] == [("", "", 0)] * 2


def test_migrations_make_what_the_code_means(empty: Callable[[], URL]) -> None:
    migrated, meant = empty(), empty()

    migrations.upgrade(migrated)
    engine = create_engine(meant)
    metadata.create_all(engine)
    engine.dispose()

    assert look(migrated, shape) == look(meant, shape)


def test_alembic_finds_nothing_to_migrate(empty: Callable[[], URL]) -> None:
    # On SQLite, Alembic cannot compare these; the test above does.
    of_expressions = {
        index.name
        for table in metadata.tables.values()
        for index in table.indexes
        if not all(isinstance(expression, Column) for expression in index.expressions)
    }
    assert of_expressions == {"ix_challenges_history", "ix_evaluations_by_challenge", "ix_quota_ledger_history"}
    url = empty()
    migrations.upgrade(url)

    def is_of_expressions(item: object) -> bool:
        return isinstance(item, Index) and item.name in of_expressions

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*expression-based index.*")
            return [found for found in compare_metadata(context, metadata) if not is_of_expressions(found[1])]

    assert look(url, differences) == []


def test_what_was_practised_before_0002_counts_as_if_it_was_practised_after(empty: Callable[[], URL]) -> None:
    before, after = empty(), empty()
    command.upgrade(migrations.config(before), "0001")
    migrations.upgrade(after)
    statuses = (EvaluationStatus.CANCELLED, EvaluationStatus.FAILED, EvaluationStatus.RUNNING)
    late, early = Attempt(DAWN, 10.0, took=5 * MINUTE), Attempt(DAWN + MINUTE, 20.0, dimensions=(1.0, 2.0, 3.0, 4.0))
    history = [
        Exercise(DAWN),
        Exercise(DAWN, (Attempt(DAWN, 0.0), Attempt(DAWN + MINUTE, 100.0))),
        Exercise(DAWN, (late, early), kind=ChallengeKind.SCENARIO),
        Exercise(DAWN, (early, replace(early, score=30.0))),  # at the same microsecond
        Exercise(DAWN, tuple(Attempt(DAWN, status=status) for status in statuses)),
        Exercise(DAWN, (*(Attempt(DAWN, status=status) for status in statuses), Attempt(DAWN + MINUTE, 40.0))),
    ]
    ann = UserId("ann")

    def store(connection: Connection) -> list[tuple[datetime, EvaluationId]]:
        user = {"id": ann, "issuer": "urn:test", "subject": "ann", "timezone": "UTC", "created_at": DAWN}
        connection.execute(insert(tables_of_code.users), user)
        completed = insert_history(connection, ann, history)
        connection.commit()
        return completed

    def mark(connection: Connection) -> None:
        for completed, id in sorted(store(connection)):
            Challenges(connection).mark_answered_by(id, completed)
        connection.commit()

    def counted(connection: Connection) -> list[tuple[Any, ...]]:
        columns = (tables_of_code.challenges.c[name] for name in ("first_score", "handed_in_at"))
        statement = select(*columns, *tables_of_code.first_scores.values()).order_by(tables_of_code.challenges.c.id)
        return [tuple(row) for row in connection.execute(statement)]

    look(before, store)
    migrations.upgrade(before)
    look(after, mark)

    assert look(before, counted) == look(after, counted)
    assert [row[0] for row in look(before, counted)] == [None, 0.0, 20.0, 20.0, None, 40.0]
    assert look(before, counted)[2] == (20.0, DAWN + MINUTE, 1.0, 2.0, 3.0, 4.0)


async def test_what_was_stored_before_0003_is_there_after_and_tells_of_no_calls(empty: Callable[[], URL]) -> None:
    url, ann = empty(), UserId("ann")
    command.upgrade(migrations.config(url), "0002")
    history = [Exercise(DAWN, (Attempt(DAWN, 70.0),), kind=ChallengeKind.SCENARIO), Exercise(DAWN + MINUTE)]

    def store(connection: Connection) -> None:
        user = {"id": ann, "issuer": "urn:test", "subject": "ann", "timezone": "UTC", "created_at": DAWN}
        connection.execute(insert(tables_of_code.users), user)
        insert_history(connection, ann, history)
        connection.commit()

    look(url, store)
    migrations.upgrade(url)

    def called(connection: Connection) -> list[Any]:
        named = (tables_of_code.challenges, tables_of_code.evaluations, tables_of_code.dimension_scores)
        return [list(connection.execute(select(table.c.calls)).scalars()) for table in named]

    assert look(url, called) == [[None] * 2, [None], [None] * 4]
    asked = select(tables_of_code.evaluations.c.request_id)
    assert look(url, lambda connection: list(connection.execute(asked).scalars())) == [None]
    database = await locations.open_database(url)
    page = await database.read(lambda work: work.challenges.page(ann, HistoryFilter(), PageRequest(10)))
    assert [challenge.title for challenge in page.rows] == ["title", "title"]
    assert await fill(database, [written(1, OTHER_CELL)]) == 1
    claimed = await database.write(lambda work: work.stock.claim(ann, OTHER_CELL, None, now=work.now))
    await database.close()
    assert claimed == Claimed(as_served(written(1, OTHER_CELL), 20), 0)

    command.downgrade(migrations.config(url), "0002")
    assert look(url, lambda connection: connection.exec_driver_sql("SELECT count(*) FROM challenges").scalar_one()) == 2


async def test_downgrading_removes_every_table_and_upgrading_brings_them_back(empty: Callable[[], URL]) -> None:
    url = empty()
    migrations.upgrade(url)

    command.downgrade(migrations.config(url), "base")

    assert look(url, tables) == {"alembic_version"}
    database = await locations.open_database(url)
    assert await database.revision() is None
    await database.close()
    migrations.upgrade(url)
    assert look(url, tables) == {*metadata.tables, "alembic_version"}


def shape(connection: Connection) -> dict[str, Any]:
    """Columns, keys and indexes of every table, with their names and directions, as the database itself tells them."""
    found = _sqlite_shape(connection) if connection.dialect.name == "sqlite" else _postgres_shape(connection)
    return {kind: sorted(row for row in rows if "alembic_version" not in row) for kind, rows in found.items()}


def _sqlite_shape(connection: Connection) -> dict[str, list[tuple[str, ...]]]:
    def ask(question: str, *names: str) -> list[tuple[str, ...]]:
        return [(*names, *map(str, row)) for row in connection.exec_driver_sql(question)]

    columns, keys, indexes = [], [], []
    for table in sorted(tables(connection)):
        columns += ask(f"SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_xinfo('{table}')", table)
        keys += ask(f'SELECT "from", "table", "to", on_delete FROM pragma_foreign_key_list(\'{table}\')', table)
        for index in connection.exec_driver_sql(f"SELECT * FROM pragma_index_list('{table}')").mappings().all():
            indexes += ask(
                f"SELECT seqno, name, \"desc\", coll, key FROM pragma_index_xinfo('{index['name']}')",
                *(table, index["name"], str(index["unique"]), index["origin"], str(index["partial"])),
            )
    return {"columns": columns, "foreign keys": keys, "indexes": indexes}


def _postgres_shape(connection: Connection) -> dict[str, list[tuple[str, ...]]]:
    def ask(question: str) -> list[tuple[str, ...]]:
        return [tuple(map(str, row)) for row in connection.exec_driver_sql(question)]

    return {
        "columns": ask(
            "SELECT table_name, column_name, data_type, is_nullable, column_default, character_maximum_length"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        ),
        "constraints": ask(
            "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace"
        ),
        "indexes": ask("SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"),
    }


def test_the_shape_tells_descending_columns_apart(empty: Callable[[], URL]) -> None:
    url = empty()
    migrations.upgrade(url)
    before = look(url, shape)

    def turn_round(connection: Connection) -> None:
        connection.exec_driver_sql("DROP INDEX ix_challenges_history")
        connection.exec_driver_sql("CREATE INDEX ix_challenges_history ON challenges (user_id, created_at, id DESC)")
        connection.commit()

    look(url, turn_round)

    assert look(url, shape) != before
