"""What becomes of a question when its first provider fails: every fault, through both real SDKs and the router.

Each API in turn is asked first (OpenAI's two, and Anthropic's), and one of the other provider second, each at a server
of its own. Time is moved by hand: nothing waits.
"""

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from domain.calls import Usage
from domain.challenge import Provenance
from domain.enums import Engine
from domain.errors import ProviderUnavailable
from domain.language_models import Partial
from tests.integration.providers import loopback
from tests.integration.providers.dialects import CACHED, INPUT, OUTPUT, Dialect, Responses
from tests.integration.providers.loopback import Reply
from tests.integration.providers.questions import CUT, GOOD, OUT_OF_RANGE, VERDICT, question

ONE_ANSWER_USD = Decimal("0.0000234")
"""120 tokens of input, 40 of them cached, and 30 of output; both models cost the same."""


def plain(reply: Callable[[Dialect], Reply]) -> tuple[bool, Callable[[Dialect], Reply]]:
    return False, reply


def streamed(reply: Callable[[Dialect], Reply]) -> tuple[bool, Callable[[Dialect], Reply]]:
    return True, reply


NEVER_AGAIN = {
    "400": plain(lambda api: api.error(400, "invalid_request_error")),
    "401": plain(lambda api: api.error(401, "authentication_error")),
    "403": plain(lambda api: api.error(403, "permission_error")),
    "404": plain(lambda api: api.error(404, "not_found_error")),
    "429 that asks for a day": plain(lambda api: api.error(429, "rate_limit_error", ("retry-after", "86400"))),
    "429 of an empty account": plain(lambda api: api.error(429, "insufficient_quota")),
    "cut off by the limit of tokens": plain(lambda api: api.answer(CUT, streamed=False, end="cut off")),
    "declined": plain(lambda api: api.answer(GOOD, streamed=False, end="refused")),
    "401 instead of a stream": streamed(lambda api: api.error(401, "authentication_error")),
    "402": plain(lambda api: api.error(402, "billing_error")),
    "413": plain(lambda api: api.error(413, "request_too_large")),
    "529 that asks for an hour": plain(lambda api: api.error(529, "overloaded_error", ("retry-after", "3600"))),
    "a stream cut off by the limit of tokens": streamed(lambda api: api.answer(CUT, streamed=True, end="cut off")),
    "declined in a stream": streamed(lambda api: api.answer(GOOD, streamed=True, end="refused")),
    "a bad request in mid-stream": streamed(lambda api: api.failing_stream(GOOD, "invalid_request_error")),
}
THREE_TIMES = {
    "429": plain(lambda api: api.error(429, "rate_limit_error")),
    "429 that asks for two seconds": plain(lambda api: api.error(429, "rate_limit_error", ("retry-after", "2"))),
    "500": plain(lambda api: api.error(500, "api_error")),
    "503": plain(lambda api: api.error(503, "api_error")),
    "529": plain(lambda api: api.error(529, "overloaded_error")),
    "a page instead of JSON": plain(lambda _: loopback.PAGE),
    "no JSON although it says so": plain(lambda _: loopback.NOT_JSON),
    "JSON that is no answer": plain(lambda _: loopback.EMPTY_OBJECT),
    "a connection that is lost": plain(lambda _: loopback.LOST),
    "a page instead of a stream": streamed(lambda _: loopback.PAGE),
    "a stream that is disconnected": streamed(lambda api: api.cut_stream(GOOD, broken=True)),
    "a stream that ends without its last event": streamed(lambda api: api.cut_stream(GOOD, broken=False)),
    "overload in mid-stream": streamed(lambda api: api.failing_stream(GOOD, "overloaded_error")),
    "an error in mid-stream": streamed(lambda api: api.failing_stream(GOOD, "api_error")),
    "a rate limit in mid-stream": streamed(lambda api: api.failing_stream(GOOD, "rate_limit_error")),
    "529 instead of a stream": streamed(lambda api: api.error(529, "overloaded_error")),
    "a stream of something that is no JSON": streamed(lambda _: loopback.as_events([(None, "<html>")])),
    "a stream without an event": streamed(lambda _: loopback.as_events([])),
    "a stream that is lost before its first event": streamed(lambda _: loopback.as_events([], broken=True)),
    "an answer without a text": plain(lambda api: api.answer("", streamed=False)),
}
REPAIRED_ONCE = {
    "JSON that is cut": plain(lambda api: api.answer(CUT, streamed=False)),
    "a value out of range": plain(lambda api: api.answer(OUT_OF_RANGE, streamed=False)),
    "a streamed value out of range": streamed(lambda api: api.answer(OUT_OF_RANGE, streamed=True)),
    "streamed JSON that is cut": streamed(lambda api: api.answer(CUT, streamed=True)),
    "prose": plain(lambda api: api.answer("I would say four.", streamed=False)),
}
ROWS = [
    *((name, *row, 1) for name, row in NEVER_AGAIN.items()),
    *((name, *row, 3) for name, row in THREE_TIMES.items()),
    *((name, *row, 2) for name, row in REPAIRED_ONCE.items()),
]


shared = pytest.mark.asyncio(loop_scope="module")
"""For tests of a pair, whose connections live in one event loop."""


class Watcher:
    def __init__(self) -> None:
        self.seen: list[Partial] = []

    async def __call__(self, partial: Partial) -> None:
        self.seen.append(partial)


@shared
@pytest.mark.parametrize(("watched", "fault", "asked"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
async def test_the_next_provider_answers_and_says_that_it_stands_in(pair, watched, fault, asked):
    pair.first.will(fault(pair.dialect))
    pair.second.will(pair.second_dialect.answer(GOOD, streamed=watched))

    completion = await pair.router.complete(question(), deadline_seconds=60, on_partial=Watcher() if watched else None)

    stand_in = pair.routes[1]
    assert completion.value == VERDICT
    assert completion.provenance == Provenance(stand_in.engine, stand_in.model, "grading-1", degraded=True)
    assert (pair.requests, completion.attempts) == ((asked, 1), asked + 1)
    assert len(pair.time.slept) == (asked - 1 if asked == 3 else 0)
    assert completion.latency_seconds == sum(pair.time.slept)


@shared
@pytest.mark.parametrize(("watched", "fault", "asked"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
async def test_when_both_fail_alike_the_caller_is_told_when_to_come_back(pair, watched, fault, asked):
    pair.first.will(fault(pair.dialect))
    pair.second.will(fault(pair.second_dialect))

    with pytest.raises(ProviderUnavailable) as caught:
        await pair.router.complete(question(), deadline_seconds=60, on_partial=Watcher() if watched else None)

    assert pair.requests == (asked, asked)
    assert caught.value.retry_after_seconds in {2.0, 15.0, 3600.0, 86400.0}
    assert VERDICT.quote not in str(caught.value)


@shared
@pytest.mark.parametrize(
    ("watched", "fault"), [row[1:3] for row in ROWS if row[3] > 1], ids=[r[0] for r in ROWS if r[3] > 1]
)
async def test_one_fault_is_mended_by_the_same_provider(pair, watched, fault):
    pair.first.will(fault(pair.dialect), pair.dialect.answer(GOOD, streamed=watched))

    completion = await pair.router.complete(question(), deadline_seconds=60, on_partial=Watcher() if watched else None)

    assert completion.value == VERDICT
    assert (completion.engine, completion.degraded, completion.attempts) == (pair.routes[0].engine, False, 2)
    assert pair.requests == (2, 0)


async def test_a_provider_that_says_nothing_leaves_time_for_the_next(party):
    party.openai.will(Reply(silent=True, then=lambda: party.time.advance(6)))

    completion = await party.router.complete(question(), deadline_seconds=10)

    assert (completion.engine, completion.attempts, completion.latency_seconds) == (Engine.ANTHROPIC, 2, 6.0)
    assert party.requests == (1, 1)


async def test_when_both_say_nothing_the_deadline_holds(party):
    party.openai.will(Reply(silent=True, then=lambda: party.time.advance(6)))
    party.anthropic.will(Reply(silent=True, then=lambda: party.time.advance(4)))

    with pytest.raises(ProviderUnavailable):
        await party.router.complete(question(), deadline_seconds=10)

    assert (party.time.seconds, party.requests) == (10.0, (1, 1))


async def test_a_wait_that_would_pass_the_deadline_is_not_begun(party):
    party.openai.will(Responses().error(429, "rate_limit_error", ("retry-after", "4")))

    completion = await party.router.complete(question(), deadline_seconds=5)

    assert (completion.engine, party.time.slept) == (Engine.ANTHROPIC, [])


async def test_retry_after_is_waited_for_when_it_is_short(party):
    party.openai.will(Responses().error(429, "rate_limit_error", ("retry-after", "2")), Responses().plain(GOOD))

    completion = await party.router.complete(question(), deadline_seconds=60)

    (slept,) = party.time.slept
    assert 2.0 <= slept <= 2.5
    assert completion.engine is Engine.OPENAI


async def test_backoff_grows_and_is_jittered(party):
    party.openai.will(Responses().error(500, "api_error"))

    await party.router.complete(question(), deadline_seconds=60)

    first, second = party.time.slept
    assert 0.25 <= first <= 0.5
    assert 0.5 <= second <= 1.0


async def test_a_refused_key_is_not_tried_again_for_five_minutes(party):
    party.openai.will(Responses().error(401, "authentication_error"))
    for _ in range(3):
        completion = await party.router.complete(question(), deadline_seconds=60)
        assert completion.degraded
    assert party.requests == (1, 3)

    party.time.advance(300)
    party.openai.will(Responses().plain(GOOD))

    assert not (await party.router.complete(question(), deadline_seconds=60)).degraded


async def test_output_that_breaks_the_schema_never_opens_the_breaker(party):
    party.openai.will(Responses().plain(OUT_OF_RANGE))

    for _ in range(6):
        await party.router.complete(question(), deadline_seconds=60)

    assert party.requests == (12, 6)


async def test_every_attempt_that_was_billed_is_in_the_cost(party):
    party.openai.will(Responses().plain(OUT_OF_RANGE), Responses().plain(GOOD))

    completion = await party.router.complete(question(), deadline_seconds=60)

    assert completion.usage == Usage(input_tokens=2 * INPUT, cached_input_tokens=2 * CACHED, output_tokens=2 * OUTPUT)
    assert completion.cost_usd == 2 * ONE_ANSWER_USD == party.spending.spent_usd


async def test_the_repair_turn_carries_the_answer_and_what_is_wrong(party):
    party.openai.will(Responses().plain(OUT_OF_RANGE), Responses().plain(GOOD))

    await party.router.complete(question(), deadline_seconds=60)

    turns = Responses().text_of(party.openai.received[1].body)
    assert turns[2] == ("assistant", OUT_OF_RANGE)
    assert "level: Input should be less than or equal to 5" in turns[3][1]


async def test_a_watcher_is_told_that_another_attempt_begins_again(party):
    party.openai.will(Responses().cut_stream(GOOD, broken=True), Responses().answer(GOOD, streamed=True))
    watcher = Watcher()

    await party.router.complete(question(), deadline_seconds=60, on_partial=watcher)

    assert [partial.attempt for partial in watcher.seen] == sorted(partial.attempt for partial in watcher.seen)
    assert {partial.attempt for partial in watcher.seen} == {1, 2}
    assert watcher.seen[-1] == Partial(2, VERDICT.model_dump())


async def test_what_a_watcher_raises_reaches_the_caller_and_asks_nobody_else(party):
    async def watcher(_: Partial) -> None:
        raise TimeoutError

    party.openai.will(Responses().answer(GOOD, streamed=True))

    with pytest.raises(TimeoutError):
        await party.router.complete(question(), deadline_seconds=60, on_partial=watcher)

    assert party.requests == (1, 0)


async def test_cancelling_leaves_nobody_waiting(party):
    asked = asyncio.Event()
    party.openai.will(Reply(silent=True, then=asked.set))
    asking = asyncio.create_task(party.router.complete(question(), deadline_seconds=60))
    await asked.wait()

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert party.requests == (1, 0)
    assert party.spending.spent_usd > 0  # nobody knows whether it was billed


def test_prices_of_the_two_models_agree_with_the_example():
    plain_input: Mapping[str, Any] = {"input": INPUT - CACHED, "cached": CACHED, "output": OUTPUT}
    rates = {"input": Decimal("0.10"), "cached": Decimal("0.01"), "output": Decimal("0.50")}
    assert sum(plain_input[kind] * rates[kind] for kind in rates) / 1_000_000 == ONE_ANSWER_USD
