"""Wake-ups inside one process. They carry nothing: who is woken reads the database, which is the truth.

A lost wake-up costs latency and no data, because every waiter looks again after a while by itself.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from domain.ids import EvaluationId

_EVALUATION = "evaluation/"


def evaluation_topic(id: EvaluationId) -> str:
    """What rings when an evaluation goes on."""
    return f"{_EVALUATION}{id}"


class WakeUp:
    """One waiter's bell. It remembers a ring until the next wait."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    @property
    def rung(self) -> bool:
        """Whether the next wait returns at once."""
        return self._rung.is_set()

    def ring(self) -> None:
        """Wake the waiter, now or at its next wait."""
        self._rung.set()

    async def wait(self, *, at_most_seconds: float) -> None:
        """Return when rung, or after that time."""
        try:
            async with asyncio.timeout(at_most_seconds):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()


class LocalWakeUps:
    """Topics that waiters of this process listen to."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[WakeUp]] = defaultdict(set)

    def ring(self, topic: str) -> None:
        """Wake everybody who listens to the topic."""
        for wake_up in self._waiting.get(topic, ()):
            wake_up.ring()

    @contextmanager
    def listening(self, topic: str) -> Iterator[WakeUp]:
        """Listen for as long as the block lasts. Read the database after this begins, or a ring may be missed."""
        wake_up = WakeUp()
        self._waiting[topic].add(wake_up)
        try:
            yield wake_up
        finally:
            self._waiting[topic].discard(wake_up)
            if not self._waiting[topic]:
                del self._waiting[topic]

    def rings_through(self) -> bool:
        """Whether a ring reaches a waiter: the channel's own health check."""
        with self.listening("health") as bell:
            self.ring("health")
            return bell.rung

    def followed(self) -> list[EvaluationId]:
        """The evaluations that somebody listens to."""
        return [
            EvaluationId(topic.removeprefix(_EVALUATION)) for topic in self._waiting if topic.startswith(_EVALUATION)
        ]

    @property
    def topics(self) -> int:
        """How many topics somebody listens to."""
        return len(self._waiting)
