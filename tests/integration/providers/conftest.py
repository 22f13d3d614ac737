"""A scripted server for each test, and the real SDKs pointed at it."""

from collections.abc import AsyncIterator
from decimal import Decimal
from random import Random

import pytest
import pytest_asyncio

from domain.calls import Task
from domain.enums import Engine
from providers.routing.policy import Route
from providers.routing.router import Router
from providers.routing.spending import Spending
from tests.integration.providers.dialects import DIALECTS, Dialect, Messages, Responses
from tests.integration.providers.doubles import Pair, Party, Provider
from tests.integration.providers.loopback import Loopback
from tests.integration.providers.questions import GOOD
from tests.unit.providers.time_by_hand import HandTime

FIRST, SECOND = Route(Engine.OPENAI, "gpt-6-luna"), Route(Engine.ANTHROPIC, "claude-haiku-5-5")


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


@pytest_asyncio.fixture(params=DIALECTS, scope="module", loop_scope="module")
async def connected(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    """Each API in turn, and one of the other provider. SDKs' clients take a while to make: a module shares them."""
    dialect = DIALECTS[request.param]
    other: Dialect = Responses() if isinstance(dialect, Messages) else Messages()
    routes = (SECOND, FIRST) if isinstance(dialect, Messages) else (FIRST, SECOND)
    first, second = Loopback(), Loopback()
    await first.start()
    await second.start()
    models = {routes[0].engine: dialect.models(first), routes[1].engine: other.models(second)}
    yield Pair(first, dialect, second, other, routes, models)
    for model in models.values():
        await model.close()
    await first.stop()
    await second.stop()


@pytest.fixture
def pair(connected: Pair) -> Pair:
    """With nothing asked yet, no breaker open, and a time of its own."""
    connected.begin()
    return connected


@pytest.fixture
async def party() -> AsyncIterator[Party]:
    openai, anthropic, time = Loopback(), Loopback(), HandTime()
    await openai.start()
    await anthropic.start()
    anthropic.will(Messages().plain(GOOD))
    models = {Engine.OPENAI: Responses().models(openai), Engine.ANTHROPIC: Messages().models(anthropic)}
    spending = Spending(Decimal(1), now=time.now)
    router = Router(
        models=models,
        routes={Task.GRADING: (FIRST, SECOND)},
        spending=spending,
        random=Random(7),
        clock=time.clock,
        sleep=time.sleep,
        timeout=time.timeout,
    )
    yield Party(openai, anthropic, router, time, spending)
    for model in models.values():
        await model.close()
    await openai.stop()
    await anthropic.stop()
