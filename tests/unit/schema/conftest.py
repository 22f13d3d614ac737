"""Who asks."""

import pytest

from tests.unit.schema.doubles import Client


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def nobody() -> Client:
    return Client(viewer=None)
