"""How often one person may act; time is the event loop's, and it is set by hand."""

import asyncio
from collections.abc import Callable

import pytest

from auth.rates import RateLimiter
from domain.errors import RateLimited
from domain.ids import UserId

ALICE, BOB, CAROL = UserId("alice"), UserId("bob"), UserId("carol")


class SteppedLoop(asyncio.SelectorEventLoop):
    """A loop whose clock moves only when it is told to."""

    now = 1_000.0

    def time(self) -> float:
        return self.now


def run(scenario: Callable[[SteppedLoop], None]) -> None:
    async def inside() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SteppedLoop)
        scenario(loop)

    with asyncio.Runner(loop_factory=SteppedLoop) as runner:
        runner.run(inside())


def spend(limiter: RateLimiter, times: int, user: UserId = ALICE) -> None:
    for _ in range(times):
        limiter.spend(user)


@pytest.mark.parametrize("per_minute", [1, 7, 120, 1_000])
def test_exactly_as_many_as_allowed_pass_at_once(per_minute: int):
    def scenario(_: SteppedLoop) -> None:
        limiter = RateLimiter(per_minute=per_minute)
        spend(limiter, per_minute)
        with pytest.raises(RateLimited, match=f"at most {per_minute} a minute"):
            limiter.spend(ALICE)

    run(scenario)


@pytest.mark.parametrize("per_minute", [1, 7, 120, 1_000])
def test_after_the_time_that_was_told_one_passes_and_not_before(per_minute: int):
    def scenario(loop: SteppedLoop) -> None:
        limiter = RateLimiter(per_minute=per_minute)
        spend(limiter, per_minute)
        for passed in (0.0, 0.3 / per_minute):
            loop.now += passed
            with pytest.raises(RateLimited) as caught:
                limiter.spend(ALICE)
        told = caught.value.retry_after_seconds
        assert told <= 60 / per_minute + 0.001

        loop.now += told - 0.005
        with pytest.raises(RateLimited):
            limiter.spend(ALICE)
        loop.now += 0.005
        limiter.spend(ALICE)
        with pytest.raises(RateLimited):
            limiter.spend(ALICE)

    run(scenario)


def test_a_refusal_costs_nothing():
    def scenario(loop: SteppedLoop) -> None:
        limiter = RateLimiter(per_minute=2)
        spend(limiter, 2)
        for _ in range(50):
            with pytest.raises(RateLimited):
                limiter.spend(ALICE)
        loop.now += 60
        spend(limiter, 2)

    run(scenario)


def test_one_persons_limit_is_not_anothers():
    def scenario(_: SteppedLoop) -> None:
        limiter = RateLimiter(per_minute=1)
        limiter.spend(ALICE)
        limiter.spend(BOB)

    run(scenario)


def test_memory_is_bounded_and_the_longest_idle_start_afresh():
    def scenario(_: SteppedLoop) -> None:
        limiter = RateLimiter(per_minute=1, people=2)
        limiter.spend(ALICE)
        limiter.spend(BOB)
        limiter.spend(CAROL)
        assert len(limiter._buckets) == 2
        limiter.spend(ALICE)
        with pytest.raises(RateLimited):
            limiter.spend(CAROL)

    run(scenario)
