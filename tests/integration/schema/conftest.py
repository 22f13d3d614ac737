"""The schema over the whole house: operations as a client sends them, without the transports."""

from tests.integration.resolvers.conftest import (
    alice,
    ann,
    bob,
    clock,
    database,
    desk,
    emptied_postgres,
    overrides,
    person,
    postgres_url,
    services,
    settings,
)

__all__ = [
    "alice",
    "ann",
    "bob",
    "clock",
    "database",
    "desk",
    "emptied_postgres",
    "overrides",
    "person",
    "postgres_url",
    "services",
    "settings",
]
