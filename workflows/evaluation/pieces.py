"""Feedback as a stream of stored events: pieces of one section are joined, at most one event in 100 ms."""

from collections.abc import Awaitable, Callable

from domain.enums import FeedbackSection
from domain.evaluation import FeedbackDelta

INTERVAL_SECONDS = 0.1


class Coalescer:
    """Joins the pieces of a section until the interval is over or the section, or its attempt, ends."""

    def __init__(
        self, store: Callable[[FeedbackDelta], Awaitable[None]], monotonic_seconds: Callable[[], float]
    ) -> None:
        self._store = store
        self._monotonic_seconds = monotonic_seconds
        self._of: tuple[FeedbackSection, int] | None = None
        self._waiting: list[str] = []
        self._due_at = 0.0

    async def add(self, delta: FeedbackDelta) -> None:
        """Take a piece, and store what waits when a section ends or the interval is over."""
        if (delta.section, delta.rewrite) != self._of:
            await self.flush()
            self._of = (delta.section, delta.rewrite)
            self._due_at = self._monotonic_seconds() + INTERVAL_SECONDS
        self._waiting.append(delta.text)
        await self.tick()

    async def tick(self) -> None:
        """Store what waits when the interval is over."""
        if self._waiting and self._monotonic_seconds() >= self._due_at:
            await self.flush()

    async def flush(self) -> None:
        """Store what waits."""
        if self._of is not None and self._waiting:
            section, rewrite = self._of
            await self._store(FeedbackDelta(section, "".join(self._waiting), rewrite))
            self._waiting.clear()
            self._due_at = self._monotonic_seconds() + INTERVAL_SECONDS
