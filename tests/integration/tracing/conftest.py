"""The graphs over a scripted provider and a LangSmith, both on loopback."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

import pytest
from uuid_utils.compat import uuid7

from domain.calls import Task
from domain.enums import Dimension, Engine
from providers.openai.model import OpenAIModels
from providers.routing.policy import Policy, Route
from providers.routing.router import Router
from providers.routing.spending import Spending
from providers.tracing.post import Post, client
from providers.tracing.questions import TracedModels
from providers.tracing.spans import LangSmith
from tests.integration.providers.dialects import Responses
from tests.integration.providers.loopback import Loopback
from tests.integration.tracing.doubles import SAID, SECRETS, Asking
from tests.integration.tracing.receiver import Receiver
from tests.unit.providers.time_by_hand import HandTime
from tests.unit.workflows.doubles import RecordingJournal
from workflows.graphs import Graphs

MODEL = "gpt-6-luna"
API_KEY = "lsv2-test"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    service = Receiver()
    yield service
    service.stop()


async def no_pace() -> None:
    """Nothing to wait for."""


@dataclass
class Traced:
    """Everything under one roof."""

    provider: Loopback
    traces: LangSmith
    journal: RecordingJournal
    graphs: Callable[..., Graphs]


@pytest.fixture
async def traced(receiver: Receiver) -> AsyncIterator[Traced]:
    provider, time, journal = Loopback(), HandTime(), RecordingJournal()
    await provider.start()
    provider.will(Responses().plain(SAID))
    models = OpenAIModels(api_key=SECRETS["provider's key"], base_url=f"{provider.origin}/v1", responses_api=True)
    router = Router(
        models={Engine.OPENAI: models},
        routes=dict.fromkeys(Task, (Route(Engine.OPENAI, MODEL),)),
        spending=Spending(None, now=time.now),
        random=Random(7),
        policy=Policy(tries=2),
        clock=time.clock,
        sleep=time.sleep,
        timeout=time.timeout,
    )
    post = Post(partial(client, api_key=API_KEY, endpoint=receiver.endpoint))
    traces = LangSmith(
        post,
        project="rehearsal",
        new_id=uuid7,
        request_id=lambda: "request-1",
    )

    def graphs(*, refuses: Dimension | None = None) -> Graphs:
        asking = Asking(TracedModels(router, traces), refuses)
        return Graphs(
            multiple_choice_writer=asking,
            scenario_writer=asking,
            grader=asking,
            journal=journal,
            random=Random(1),
            pace=no_pace,
            tracing=traces,
        )

    yield Traced(provider, traces, journal, graphs)
    receiver.let_go.set()
    await traces.close()
    if post._thread is not None:
        post._thread.join(60)  # what one test has left to send is not counted in the next
    await models.close()
    await provider.stop()
