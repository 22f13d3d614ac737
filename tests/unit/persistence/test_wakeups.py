"""Wake-ups inside one process: none is lost once somebody listens, and nothing is left behind."""

import asyncio

import pytest

from persistence.wakeups import LocalWakeUps

LONG = 30.0
"""Seconds that no test waits for: the ring comes first."""
MOMENT = 0.001


@pytest.fixture
def wake_ups() -> LocalWakeUps:
    return LocalWakeUps()


async def test_a_ring_before_the_wait_is_not_lost_and_counts_once(wake_ups: LocalWakeUps) -> None:
    with wake_ups.listening("topic") as bell:
        wake_ups.ring("topic")
        wake_ups.ring("topic")
        assert bell.rung is True

        await bell.wait(at_most_seconds=LONG)

        assert bell.rung is False


async def test_a_ring_during_the_wait_ends_it(wake_ups: LocalWakeUps) -> None:
    with wake_ups.listening("topic") as bell:
        waiting = asyncio.create_task(bell.wait(at_most_seconds=LONG))
        await asyncio.sleep(0)  # it runs up to where it waits
        assert not waiting.done()

        wake_ups.ring("topic")

        await waiting


async def test_a_wait_without_a_ring_returns_after_its_bound(wake_ups: LocalWakeUps) -> None:
    with wake_ups.listening("topic") as bell:
        wake_ups.ring("another")

        await bell.wait(at_most_seconds=MOMENT)

        assert bell.rung is False


async def test_a_ring_after_a_wait_that_ran_out_is_there_for_the_next_one(wake_ups: LocalWakeUps) -> None:
    with wake_ups.listening("topic") as bell:
        await bell.wait(at_most_seconds=MOMENT)
        wake_ups.ring("topic")

        await bell.wait(at_most_seconds=LONG)


async def test_everybody_who_listens_to_a_topic_is_woken_and_nobody_else(wake_ups: LocalWakeUps) -> None:
    with (
        wake_ups.listening("topic") as one,
        wake_ups.listening("topic") as two,
        wake_ups.listening("another") as other,
    ):
        wake_ups.ring("topic")

        assert (one.rung, two.rung, other.rung) == (True, True, False)


async def test_no_topic_remains_after_listening(wake_ups: LocalWakeUps) -> None:
    wake_ups.ring("nobody")
    with wake_ups.listening("topic"):
        with wake_ups.listening("topic"):
            assert wake_ups.topics == 1
        assert wake_ups.topics == 1

    with pytest.raises(LookupError), wake_ups.listening("topic"):
        raise LookupError

    assert wake_ups.topics == 0


async def test_a_waiter_that_is_cancelled_is_cancelled_and_leaves_no_topic(wake_ups: LocalWakeUps) -> None:
    async def listen() -> None:
        with wake_ups.listening("topic") as bell:
            await bell.wait(at_most_seconds=LONG)

    waiting = asyncio.create_task(listen())
    await asyncio.sleep(0)
    assert wake_ups.topics == 1
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert wake_ups.topics == 0


async def test_the_channel_checks_its_own_health_and_leaves_no_topic(wake_ups: LocalWakeUps) -> None:
    assert wake_ups.rings_through() is True
    assert wake_ups.topics == 0
