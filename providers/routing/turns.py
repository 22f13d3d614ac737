"""How fast, and how many at once, one provider is asked from this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiolimiter import AsyncLimiter

PERIOD_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one provider. Keep them below what its account allows, divided by the number of processes."""

    requests_per_minute: float = 500.0
    concurrent: int = 32


class Turns:
    """Lets requests to one provider through, in their order. Lives in one event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limiter = AsyncLimiter(limits.requests_per_minute, PERIOD_SECONDS)
        self._places = asyncio.Semaphore(limits.concurrent)

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Wait for a turn, for as long as the caller lets it, and keep the place until the end."""
        async with self._places:
            await self._limiter.acquire()
            yield
