"""The schema over the whole house: operations as a client sends them, without the transports."""

from tests.integration.resolvers.conftest import alice, bob, overrides, person, services, settings

__all__ = ["alice", "bob", "overrides", "person", "services", "settings"]
