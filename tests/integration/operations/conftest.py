"""The server as the end-to-end tests start it."""

from tests.e2e.conftest import serve

__all__ = ["serve"]
