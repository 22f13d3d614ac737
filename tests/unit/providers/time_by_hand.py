"""Time that moves only when it is told to: a clock, a sleep and time-outs that agree."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

MORNING = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@dataclass
class HandTime:
    """Sleeping takes no time and moves the clock; a time-out expires when the clock is moved past it.

    `begun` is released once for every time-out that begins.
    """

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)
    timers: dict[asyncio.Timeout, float] = field(default_factory=dict)
    begun: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def clock(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return MORNING + timedelta(seconds=self.seconds)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    @asynccontextmanager
    async def timeout(self, seconds: float) -> AsyncIterator[asyncio.Timeout]:
        async with asyncio.timeout(None) as timer:
            self.timers[timer] = self.seconds + seconds
            self.begun.release()
            try:
                yield timer
            finally:
                del self.timers[timer]

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        for timer, ends in self.timers.items():
            if ends <= self.seconds:
                timer.reschedule(asyncio.get_running_loop().time())
