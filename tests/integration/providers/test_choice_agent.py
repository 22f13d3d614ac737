"""The agent over the real router and both real SDKs: one provider writes, the other one answers without the key."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from random import Random

import pytest

from domain.calls import Task
from domain.enums import Engine
from providers.routing.policy import Route
from providers.routing.router import Router
from providers.routing.spending import Spending
from tests.integration.providers.dialects import Messages, Responses
from tests.integration.providers.loopback import Loopback
from tests.unit.providers.time_by_hand import HandTime
from tests.unit.workflows.choices import CASES, candidate, composed, key_of, order, posed, right, scripted
from workflows.compiled import Compiled

SEED = 7
FOUR = [candidate(number) for number in range(4)]
WRITTEN = json.dumps({"candidates": [*FOUR[:3], {"stem": "half a question"}]})


@pytest.fixture
async def other_server() -> AsyncIterator[Loopback]:
    loopback = Loopback()
    await loopback.start()
    yield loopback
    await loopback.stop()


@pytest.fixture
async def router(server: Loopback, other_server: Loopback) -> AsyncIterator[Router]:
    models = {Engine.OPENAI: Responses().models(server), Engine.ANTHROPIC: Messages().models(other_server)}
    time = HandTime()
    yield Router(
        models=models,
        routes={
            Task.MULTIPLE_CHOICE: (Route(Engine.OPENAI, "gpt-6-luna"), Route(Engine.ANTHROPIC, "claude-haiku-5-5"))
        },
        spending=Spending(Decimal(1), now=time.now),
        random=Random(1),
        clock=time.clock,
        sleep=time.sleep,
        timeout=time.timeout,
    )
    for model in models.values():
        await model.close()


async def rehearsed() -> str:
    """The verdicts of a solver that is right, for the shuffles of that seed."""
    models = scripted(FOUR[:3])
    await composed(models, seed=SEED)
    (asked,) = models.of("Verdicts")
    assert len(posed(asked)) == 3
    return json.dumps(right(FOUR)(asked))


async def written_by(router: Router):
    return await Compiled().compose_multiple_choice(
        order(deadline_seconds=20.0), models=router, random=Random(SEED), monotonic_seconds=lambda: 0.0
    )


async def test_one_provider_writes_and_the_other_one_confirms(router, server, other_server):
    server.will(Responses().plain(WRITTEN))
    other_server.will(Messages().plain(await rehearsed()))

    drafts = await written_by(router)

    assert [key_of(draft) for draft in drafts] == [options[0] for _, options, _ in CASES[:3]]
    assert {draft.provenance.engine for draft in drafts} == {Engine.OPENAI}
    assert [(call.engine, call.task, call.serves, call.outcome) for call in drafts[0].calls] == [
        (Engine.OPENAI, Task.MULTIPLE_CHOICE, 3, "answered"),
        (Engine.ANTHROPIC, Task.MULTIPLE_CHOICE, 3, "answered"),
    ]
    assert all(call.cost_usd for call in drafts[0].calls)
    assert [len(server.received), len(other_server.received)] == [1, 1]
    sent = json.dumps(other_server.received[0].body)
    assert "Believes" not in sent
    assert "The mechanism asks for it." not in sent


async def test_when_the_first_one_is_out_of_use_the_other_one_writes_and_confirms(router, server, other_server):
    server.will(Responses().error(401, "invalid_api_key"))
    verdicts = Messages().plain(await rehearsed())
    other_server.will(Messages().plain(WRITTEN), verdicts)

    drafts = await written_by(router)

    assert len(drafts) == 3
    assert {(draft.provenance.engine, draft.provenance.degraded) for draft in drafts} == {(Engine.ANTHROPIC, True)}
    # Its breaker is open after the 401: it is not asked again, and who wrote confirms, a request of its own.
    assert [call.engine for call in drafts[0].calls] == [Engine.OPENAI, Engine.ANTHROPIC, Engine.ANTHROPIC]
    assert len(server.received) == 1
