"""A scripted server for each test, and the real SDKs pointed at it."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.providers.dialects import DIALECTS, Dialect
from tests.integration.providers.doubles import Provider
from tests.integration.providers.loopback import Loopback


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    loopback = Loopback()
    await loopback.start()
    yield loopback
    await loopback.stop()


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    """Each API in turn: whatever uses this is a conformance test of all adapters."""
    return DIALECTS[request.param]


@pytest.fixture(params=["plain", "streamed"])
def streamed(request: pytest.FixtureRequest) -> bool:
    """Whether somebody watches the answer being written."""
    return request.param == "streamed"


@pytest.fixture
async def provider(dialect: Dialect, server: Loopback) -> AsyncIterator[Provider]:
    models = dialect.models(server)
    yield Provider(dialect, models, server)
    await models.close()
