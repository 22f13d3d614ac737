"""Who is asked in which order, and what is told of each request. The providers are scripts; time is moved by hand."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

import pytest
from pydantic import BaseModel

from domain.calls import Call, Task, Usage
from domain.enums import Engine
from domain.errors import ProviderUnavailable
from domain.language_models import Block, Repair, Request, T
from providers import faults
from providers.models import Generated, OnSnapshot
from providers.routing.policy import Route
from providers.routing.router import Router
from providers.routing.spending import Spending
from tests.unit.providers.time_by_hand import HandTime


class Verdict(BaseModel):
    level: int


VERDICT = Verdict(level=4)
USED = Usage(input_tokens=1_000, output_tokens=100)
OPENAI, ANTHROPIC = Route(Engine.OPENAI, "gpt-6-luna"), Route(Engine.ANTHROPIC, "claude-haiku-5-5")
USED_USD = Decimal("0.00015")
"""Of either model: 1,000 tokens at 0.10 and 100 at 0.50 USD for a million."""
ANSWER = "answers"
INVALID = faults.InvalidOutput("unfit", usage=USED, repair=Repair("{}", "- level: missing"))


@dataclass
class Scripted:
    """Satisfies LanguageModel: each request takes two seconds and ends as the script says, the last line for ever."""

    engine: Engine
    time: HandTime
    script: deque[str | Exception]
    asked: list[Engine]
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    async def generate(
        self, request: Request[T], *, model: str, timeout_seconds: float, on_snapshot: OnSnapshot | None = None
    ) -> Generated[T]:
        self.asked.append(self.engine)
        line = self.script.popleft() if len(self.script) > 1 else self.script[0]
        if line == "waits":
            self.waiting.set()
            await asyncio.Event().wait()
        self.time.advance(2)
        if isinstance(line, Exception):
            raise line
        return Generated(VERDICT, f"{model}-2026-11-01", USED)

    def warm(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to give up."""


class House:
    """Both providers, OpenAI first, and what was told of their calls."""

    def __init__(self, openai: Sequence[str | Exception], anthropic: Sequence[str | Exception] = (ANSWER,)) -> None:
        self.time = HandTime()
        self.asked: list[Engine] = []
        self.calls: list[Call] = []
        self.openai = Scripted(Engine.OPENAI, self.time, deque(openai), self.asked)
        self.anthropic = Scripted(Engine.ANTHROPIC, self.time, deque(anthropic), self.asked)
        self.router = Router(
            models={Engine.OPENAI: self.openai, Engine.ANTHROPIC: self.anthropic},
            routes={Task.GRADING: (OPENAI, ANTHROPIC)},
            spending=Spending(None, now=self.time.now),
            random=Random(7),
            clock=self.time.clock,
            sleep=self.time.sleep,
            timeout=self.time.timeout,
        )

    async def ask(self, *, apart_from: Engine | None = None, deadline_seconds: float = 60):
        request = Request(
            task=Task.GRADING,
            system="You grade.",
            blocks=(Block("The answer."),),
            prompt_version="grading-1",
            output=Verdict,
            max_output_tokens=200,
            apart_from=apart_from,
        )
        return await self.router.complete(request, deadline_seconds=deadline_seconds, on_call=self.calls.append)


@pytest.mark.parametrize(
    ("apart_from", "first"),
    [
        (None, Engine.OPENAI),
        (Engine.OPENAI, Engine.ANTHROPIC),
        (Engine.ANTHROPIC, Engine.OPENAI),
        (Engine.EMBEDDED, Engine.OPENAI),
    ],
)
async def test_another_is_asked_than_the_one_whose_opinion_is_known(apart_from, first):
    house = House([ANSWER])

    completion = await house.ask(apart_from=apart_from)

    assert house.asked == [first]
    assert (completion.engine, completion.degraded) == (first, False)


async def test_where_the_other_fails_the_known_one_is_asked_after_all_and_stands_in():
    house = House([ANSWER], [faults.AccessDenied("refused")])

    completion = await house.ask(apart_from=Engine.OPENAI)

    assert house.asked == [Engine.ANTHROPIC, Engine.OPENAI]
    assert (completion.engine, completion.degraded) == (Engine.OPENAI, True)


async def test_a_call_says_everything_that_one_request_took():
    house = House([ANSWER])

    await house.ask()

    assert house.calls == [
        Call(
            task=Task.GRADING,
            engine=Engine.OPENAI,
            model="gpt-6-luna",
            prompt_version="grading-1",
            attempt=1,
            outcome="answered",
            usage=USED,
            cost_usd=USED_USD,
            latency_seconds=2.0,
        )
    ]


async def test_every_attempt_is_told_in_its_order_failed_ones_too():
    house = House([faults.ServerFault("500"), INVALID, faults.CutOff("cut", usage=USED)])

    completion = await house.ask()

    told = [(call.attempt, call.engine, call.outcome, call.usage) for call in house.calls]
    assert told == [
        (1, Engine.OPENAI, "server_fault", Usage()),
        (2, Engine.OPENAI, "invalid_output", USED),
        (3, Engine.OPENAI, "cut_off", USED),
        (4, Engine.ANTHROPIC, "answered", USED),
    ]
    assert completion.attempts == 4
    assert completion.usage == sum((call.usage for call in house.calls), Usage())
    assert completion.cost_usd == sum(call.cost_usd for call in house.calls) == 3 * USED_USD


async def test_when_nobody_answers_every_attempt_is_told_all_the_same():
    house = House([INVALID], [faults.Declined("no", usage=USED)])

    with pytest.raises(ProviderUnavailable):
        await house.ask()

    assert [(call.engine, call.outcome) for call in house.calls] == [
        (Engine.OPENAI, "invalid_output"),
        (Engine.OPENAI, "invalid_output"),
        (Engine.ANTHROPIC, "declined"),
    ]
    assert [call.attempt for call in house.calls] == [1, 2, 3]


async def test_a_model_that_is_passed_over_is_no_call():
    house = House([faults.AccessDenied("refused")])
    await house.ask()
    house.calls.clear()

    await house.ask()

    assert [(call.attempt, call.engine, call.outcome) for call in house.calls] == [(1, Engine.ANTHROPIC, "answered")]


async def test_a_request_that_is_given_up_is_told_as_cancelled():
    house = House(["waits"])
    asking = asyncio.create_task(house.ask())
    await house.openai.waiting.wait()
    house.time.advance(3)  # the attempt has longer than that

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    (call,) = house.calls
    assert (call.outcome, call.usage, call.latency_seconds) == ("cancelled", Usage(), 3.0)


async def test_an_attempt_that_runs_out_of_time_is_told_with_the_time_that_it_had():
    house = House(["waits"])
    asking = asyncio.create_task(house.ask(deadline_seconds=10))
    await house.openai.waiting.wait()
    house.time.advance(6)

    await asking

    assert [(call.outcome, call.latency_seconds) for call in house.calls] == [("timed_out", 6.0), ("answered", 2.0)]


async def test_a_model_without_a_price_costs_nobody_knows_what():
    house = House([ANSWER])
    house.router = Router(
        models={Engine.OPENAI: house.openai},
        routes={Task.GRADING: (Route(Engine.OPENAI, "llama3.3"),)},
        spending=Spending(Decimal(0), now=house.time.now),
        random=Random(7),
        clock=house.time.clock,
        sleep=house.time.sleep,
        timeout=house.time.timeout,
    )

    await house.ask()

    assert [(call.model, call.usage, call.cost_usd) for call in house.calls] == [("llama3.3", USED, None)]
