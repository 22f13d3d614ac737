"""How Alembic reaches the database. Runs at every `alembic` command, so it does work on import."""

from alembic import context
from sqlalchemy import Connection, NullPool, create_engine, text

from persistence.models import metadata

# An arbitrary constant: every IntrVu process that migrates the same PostgreSQL database asks for this advisory lock.
_ADVISORY_LOCK = 0x1A7_2B0


def _migrate(connection: Connection) -> None:
    """Run in one transaction that no other process shares: whoever comes second finds the work done."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
    context.run_migrations()
    connection.commit()


def _run() -> None:
    shared = context.config.attributes.get("connection")
    if shared is not None:
        _migrate(shared)
        return
    url = context.config.attributes["url"]
    arguments = {"isolation_level": None, "timeout": 30} if url.get_backend_name() == "sqlite" else {}
    engine = create_engine(url, poolclass=NullPool, connect_args=arguments)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            _migrate(connection)
    finally:
        engine.dispose()


_run()
