"""How often one person may act: a leaky bucket each, in this process.

Several processes let a person act that many times more often; a limit over all of them needs a shared store.
"""

import math
from typing import Final

from aiolimiter import AsyncLimiter
from cachetools import TTLCache

from auth.metrics import RATE_LIMIT_REFUSALS
from domain.errors import RateLimited
from domain.ids import UserId

PERIOD_SECONDS: Final = 60.0


class RateLimiter:
    """At most `per_minute` operations at once, refilled evenly over a minute.

    Lives in one event loop. Memory is bounded: a bucket that was left alone for a minute is empty, so it is dropped; of
    more than `people` active in one minute, those idle longest start afresh.

    Args:
        per_minute: operations of one person, 1 or more.
        people: buckets kept, about 0.7 kB each.
    """

    def __init__(self, *, per_minute: int, people: int = 10_000) -> None:
        self._per_minute = per_minute
        self._buckets: TTLCache[UserId, AsyncLimiter] = TTLCache(maxsize=people, ttl=PERIOD_SECONDS + 1)

    def spend(self, user_id: UserId) -> None:
        """Count one operation. Never waits; call it inside the event loop.

        Raises:
            RateLimited: too many; after `retry_after_seconds` the next one passes, if none came in between.
        """
        bucket = self._buckets.get(user_id) or AsyncLimiter(self._per_minute, PERIOD_SECONDS)
        self._buckets[user_id] = bucket  # stored again: its time to live starts now
        if not bucket.has_capacity():
            seconds = _until_free(bucket)
            RATE_LIMIT_REFUSALS.inc()
            raise RateLimited(
                f"Too many operations: at most {self._per_minute} a minute. Try again in {math.ceil(seconds)} s.",
                retry_after_seconds=seconds,
            )
        _take(bucket)


def _take(bucket: AsyncLimiter) -> None:
    """Acquire from a bucket with room, in one step.

    `acquire` suspends only while there is no room, and nothing else runs between the question and this.
    """
    try:
        bucket.acquire().send(None)
    except StopIteration:
        return
    raise AssertionError("aiolimiter suspended although it had capacity")  # pragma: no cover


def _until_free(bucket: AsyncLimiter) -> float:
    """Seconds until the bucket takes one more, rounded up to a millisecond.

    The public interface tells only whether an amount fits, so what fits is found by bisection: 20 halvings leave an
    error below 0.06 ms even at one operation a minute.
    """
    fits, does_not_fit = 0.0, 1.0
    for _ in range(20):
        amount = (fits + does_not_fit) / 2
        fits, does_not_fit = (amount, does_not_fit) if bucket.has_capacity(amount) else (fits, amount)
    seconds = (1 - fits) * bucket.time_period / bucket.max_rate
    return (math.floor(seconds * 1_000) + 1) / 1_000
