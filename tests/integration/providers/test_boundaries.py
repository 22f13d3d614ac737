"""What loading, leaving loopback, and a full house do."""

import asyncio
import os
import subprocess
import sys
from decimal import Decimal
from random import Random

import pytest

from domain.calls import Task
from domain.enums import Engine
from domain.errors import ProviderUnavailable
from providers import faults
from providers.anthropic.model import AnthropicModels
from providers.openai.model import OpenAIModels, is_openai
from providers.routing.policy import Route
from providers.routing.router import Router
from providers.routing.spending import Spending
from providers.routing.turns import Limits
from tests import network
from tests.integration.providers.dialects import Chat
from tests.integration.providers.loopback import Loopback, Reply, as_json
from tests.integration.providers.questions import GOOD, question
from tests.unit.providers.time_by_hand import HandTime

ELSEWHERE = "192.0.2.1"
"""An address that is nobody's (RFC 5737)."""


@pytest.fixture
def unproxied(monkeypatch):
    """Without the walled-up proxies, as an SDK runs elsewhere."""
    for name in network.PROXIES:
        monkeypatch.delenv(name)
        monkeypatch.delenv(name.lower())


async def refusal(models) -> list[str]:
    with pytest.raises(faults.ConnectionFault) as caught:
        await models.generate(question(), model="any", timeout_seconds=5)
    await models.close()
    return reasons(caught.value)


@pytest.mark.parametrize(
    ("models", "host"),
    [
        (OpenAIModels(api_key="sk-test"), "api.openai.com"),
        (AnthropicModels(api_key="sk-ant-test"), "api.anthropic.com"),
    ],
    ids=["openai", "anthropic"],
)
async def test_with_their_own_addresses_the_sdks_are_refused_before_a_name_is_looked_up(
    unproxied, refused, models, host
):
    why = await refusal(models)

    assert f"a test tried to reach {host}:443" in why
    assert set(refused()) == {f"{host}:443"}


@pytest.mark.parametrize(
    "models",
    [
        OpenAIModels(api_key="sk-test", base_url=f"http://{ELSEWHERE}/v1"),
        AnthropicModels(api_key="sk-ant-test", base_url=f"http://{ELSEWHERE}"),
    ],
    ids=["openai", "anthropic"],
)
async def test_an_address_that_needs_no_look_up_is_refused(unproxied, refused, models):
    why = await refusal(models)

    assert f"a test tried to reach {ELSEWHERE}:80" in why
    assert set(refused()) == {f"{ELSEWHERE}:80"}


async def test_the_way_through_a_proxy_is_walled_up_and_noticed(refused):
    await refusal(OpenAIModels(api_key="sk-test"))

    assert set(refused()) == {"127.0.0.1:9"}


FROM_A_PROCESS = {
    "openai": "from providers.openai.model import OpenAIModels as Models",
    "anthropic": "from providers.anthropic.model import AnthropicModels as Models",
}
ASK = """
import uvloop
from providers.faults import ConnectionFault
from tests.integration.providers.questions import question

async def ask():
    models = Models(api_key="sk-test")
    try:
        await models.generate(question(), model="any", timeout_seconds=30)
    except ConnectionFault:
        print("refused")
    await models.close()

uvloop.run(ask())
"""


@pytest.mark.parametrize(("sdk", "host"), [("openai", "api.openai.com"), ("anthropic", "api.anthropic.com")])
async def test_what_a_started_process_asks_goes_to_the_proxy_that_is_walled_up(server, sdk, host):
    server.will(as_json({}, status=403))
    walled_up = {**os.environ, "PYTHONPATH": ".", "HTTPS_PROXY": server.origin, "https_proxy": server.origin}

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FROM_A_PROCESS[sdk] + ASK, env=walled_up, stdout=subprocess.PIPE
    )
    said, _ = await process.communicate()

    assert said.decode().strip() == "refused"
    assert [request.path for request in server.received] == [f"{host}:443"]


def reasons(exc: BaseException | None) -> list[str]:
    """What an exception and all those behind it say."""
    if exc is None:
        return []
    grouped = exc.exceptions if isinstance(exc, BaseExceptionGroup) else ()
    return [str(exc), *reasons(exc.__cause__ or exc.__context__), *(why for inner in grouped for why in reasons(inner))]


def test_importing_the_adapters_and_the_router_loads_no_sdk():
    code = (
        "import sys, providers.openai.model, providers.anthropic.model, providers.routing.router; "
        "print(sorted({'openai', 'anthropic', 'httpx2'} & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://api.openai.com/v1", True),
        ("https://eu.api.openai.com/v1", True),
        ("http://127.0.0.1:11434/v1", False),
        ("https://api.openai.com.example.org/v1", False),
        ("https://notapi.openai.com.example.org/v1", False),
    ],
)
def test_only_openais_own_hosts_are_asked_through_the_responses_api(url, own):
    assert is_openai(url) is own


class House:
    """One provider of one's own, and a router with a limit."""

    def __init__(self, server: Loopback, limits: Limits, *, limit_usd: Decimal | None = None, model: str = "m") -> None:
        self.time = HandTime()
        self.models = Chat().models(server)
        self.router = Router(
            models={Engine.OPENAI: self.models},
            routes={Task.GRADING: (Route(Engine.OPENAI, model),)},
            spending=Spending(limit_usd, now=self.time.now),
            random=Random(7),
            limits={Engine.OPENAI: limits},
            clock=self.time.clock,
            sleep=self.time.sleep,
            timeout=self.time.timeout,
        )


async def test_no_more_are_asked_at_once_than_allowed_and_waiting_ends_with_the_deadline(server):
    house = House(server, Limits(concurrent=2))
    both = asyncio.Semaphore(0)
    server.will(Reply(silent=True, then=both.release))
    first = [asyncio.create_task(house.router.complete(question(), deadline_seconds=60)) for _ in range(2)]
    await both.acquire()
    await both.acquire()

    third = asyncio.create_task(house.router.complete(question(), deadline_seconds=10))
    for _ in range(3):
        await house.time.begun.acquire()
    house.time.advance(10)
    with pytest.raises(ProviderUnavailable) as caught:
        await third

    assert isinstance(caught.value.__cause__, faults.NoTurn)
    assert len(server.received) == 2
    for task in first:
        task.cancel()
    await asyncio.gather(*first, return_exceptions=True)
    await house.models.close()


async def test_whoever_gets_a_turn_late_asks_nobody_and_the_provider_is_not_to_blame(server):
    house = House(server, Limits(concurrent=1))
    begun = asyncio.Semaphore(0)
    server.will(Reply(silent=True, then=begun.release), Chat().plain(GOOD))
    first = asyncio.create_task(house.router.complete(question(), deadline_seconds=60))
    await begun.acquire()
    late = asyncio.create_task(house.router.complete(question(), deadline_seconds=10))
    for _ in range(2):
        await house.time.begun.acquire()
    house.time.advance(6)
    first.cancel()

    with pytest.raises(ProviderUnavailable) as caught:
        await late
    assert isinstance(caught.value.__cause__, faults.NoTurn)
    assert len(server.received) == 1
    assert (await house.router.complete(question(), deadline_seconds=10)).attempts == 1
    await asyncio.gather(first, return_exceptions=True)
    await house.models.close()


async def test_requests_that_had_no_time_to_be_answered_put_no_model_out_of_use(server):
    house = House(server, Limits())
    for seconds in [1.0] * 6:
        begun = asyncio.Semaphore(0)
        server.will(Reply(silent=True, then=begun.release))
        asked = asyncio.create_task(house.router.complete(question(), deadline_seconds=seconds))
        await begun.acquire()
        house.time.advance(seconds)
        with pytest.raises(ProviderUnavailable):
            await asked
    assert len(server.received) == 6

    server.will(Chat().plain(GOOD))
    assert (await house.router.complete(question(), deadline_seconds=60)).attempts == 1
    await house.models.close()


async def test_the_rate_of_requests_is_kept(server):
    house = House(server, Limits(requests_per_minute=2))
    server.will(Chat().plain(GOOD))
    for _ in range(2):
        await house.router.complete(question(), deadline_seconds=60)

    third = asyncio.create_task(house.router.complete(question(), deadline_seconds=10))
    for _ in range(3):
        await house.time.begun.acquire()
    house.time.advance(10)
    with pytest.raises(ProviderUnavailable):
        await third

    assert len(server.received) == 2
    await house.models.close()


async def test_a_spent_budget_asks_nobody_and_names_midnight(server):
    house = House(server, Limits(), limit_usd=Decimal("0.0001"), model="gpt-6-luna")
    server.will(Chat().plain(GOOD))

    with pytest.raises(ProviderUnavailable, match="budget") as caught:
        await house.router.complete(question(), deadline_seconds=60)

    assert (len(server.received), caught.value.retry_after_seconds) == (0, 18 * 3_600)
    await house.models.close()


async def test_a_model_of_ones_own_needs_no_budget_and_has_no_cost(server):
    house = House(server, Limits(), limit_usd=Decimal(0), model="llama3.3")
    server.will(Chat().plain(GOOD))

    completion = await house.router.complete(question(), deadline_seconds=60)

    assert (completion.model, completion.cost_usd, completion.attempts) == ("llama3.3", None, 1)
    await house.models.close()


async def test_a_task_without_a_route_is_unavailable(server):
    house = House(server, Limits())

    with pytest.raises(ProviderUnavailable):
        await house.router.complete(question(task=Task.SCENARIO), deadline_seconds=60)
