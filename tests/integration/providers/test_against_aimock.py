"""All adapters against a stand-in that was not written for them: the real SDKs, over real HTTP, plain and streamed.

Which answer a request gets is chosen by its system prompt; tests/aimock/fixtures.json holds them. What aimock cannot do
(a stream that ends cleanly too early, errors in mid-stream, success that is no JSON) is in test_fault_matrix.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from random import Random

import pytest
import pytest_asyncio

from domain.calls import Task, Usage
from providers import faults
from providers.anthropic.model import AnthropicModels
from providers.models import Generated, LanguageModel
from providers.openai.model import OpenAIModels
from providers.routing.policy import Route
from providers.routing.router import Router
from providers.routing.spending import Spending
from tests.integration.providers import aimock
from tests.integration.providers.doubles import Watcher
from tests.integration.providers.questions import VERDICT, question
from tests.unit.providers.time_by_hand import HandTime

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    why = aimock.missing()
    if why is not None:
        pytest.skip(why)
    with aimock.serving() as origin:
        yield origin


@dataclass
class Adapter:
    """One API of one provider."""

    models: LanguageModel
    model: str

    async def ask(self, case: str, *, streamed: bool, timeout_seconds: float = 30) -> Generated:
        return await self.models.generate(
            question(system=f"case: {case}"),
            model=self.model,
            timeout_seconds=timeout_seconds,
            on_snapshot=Watcher() if streamed else None,
        )


@pytest_asyncio.fixture(params=["responses", "chat", "messages"], scope="module", loop_scope="module")
async def adapter(request: pytest.FixtureRequest, origin: str) -> AsyncIterator[Adapter]:
    if request.param == "messages":
        made = Adapter(AnthropicModels(api_key="sk-ant-test", base_url=origin), "claude-haiku-5-5")
    else:
        responses = request.param == "responses"
        models = OpenAIModels(api_key="sk-test", base_url=f"{origin}/v1", responses_api=responses)
        made = Adapter(models, "gpt-6-luna" if responses else "llama3.3")
    yield made
    await made.models.close()


async def test_a_structured_answer_becomes_its_type(adapter, streamed):
    generated = await adapter.ask("answered", streamed=streamed)

    assert generated == Generated(VERDICT, adapter.model, Usage(input_tokens=120, output_tokens=30))


async def test_a_stream_is_told_as_it_grows(adapter):
    watcher = Watcher()

    await adapter.models.generate(
        question(system="case: answered"), model=adapter.model, timeout_seconds=30, on_snapshot=watcher
    )

    quotes = [written.get("quote", "") for written in watcher.seen]
    assert quotes == sorted(quotes, key=len)
    assert len(set(quotes)) > 3
    assert watcher.seen[-1] == VERDICT.model_dump()


@pytest.mark.parametrize(
    ("case", "fault", "after_seconds"),
    [
        ("cut json", faults.InvalidOutput, None),
        ("401", faults.AccessDenied, None),
        ("429", faults.RateLimited, 2.0),
        ("huge retry-after", faults.RateLimited, 86_400.0),
        ("500", faults.ServerFault, None),
        ("529", faults.RateLimited, None),
        ("dropped", faults.ServerFault, None),
        ("disconnected", faults.ConnectionFault, None),
    ],
)
async def test_a_fault_is_what_it_is_in_every_dialect(adapter, streamed, case, fault, after_seconds):
    with pytest.raises(fault) as caught:
        await adapter.ask(case, streamed=streamed)

    assert type(caught.value) is fault
    assert caught.value.retry_after_seconds == after_seconds


async def test_the_limit_of_tokens_is_no_answer(adapter, streamed):
    # aimock gives no reason with an incomplete response, as OpenAI does.
    fault = faults.StreamCut if adapter.model == "gpt-6-luna" else faults.CutOff

    with pytest.raises(fault):
        await adapter.ask("limit of tokens", streamed=streamed)


async def test_a_stream_that_is_truncated_is_no_answer(adapter):
    with pytest.raises((faults.ConnectionFault, faults.StreamCut)) as caught:
        await adapter.ask("truncated stream", streamed=True)

    assert caught.value.retryable


async def test_a_body_that_is_malformed_is_no_answer(adapter, streamed):
    with pytest.raises(faults.StreamCut if streamed else faults.Garbled):
        await adapter.ask("malformed", streamed=streamed)


async def test_one_that_is_too_slow_is_given_up(adapter, streamed):
    with pytest.raises(faults.TimedOut):
        await adapter.ask("slow", streamed=streamed, timeout_seconds=0.2)


async def test_what_it_has_no_answer_for_is_refused(adapter, streamed):
    with pytest.raises((faults.ServerFault, faults.AccessDenied)):
        await adapter.ask("nobody thought of this", streamed=streamed)


async def test_output_that_breaks_its_bounds_is_repaired_in_one_turn(adapter):
    time, engine = HandTime(), adapter.models.engine
    router = Router(
        models={engine: adapter.models},
        routes={Task.GRADING: (Route(engine, adapter.model),)},
        spending=Spending(None, now=time.now),
        random=Random(7),
        clock=time.clock,
        sleep=time.sleep,
        timeout=time.timeout,
    )
    calls = []

    completion = await router.complete(question(system="case: repaired"), deadline_seconds=60, on_call=calls.append)

    assert completion.value == VERDICT
    assert (completion.engine, completion.attempts) == (engine, 2)
    assert [call.outcome for call in calls] == ["invalid_output", "answered"]
    assert time.slept == []
