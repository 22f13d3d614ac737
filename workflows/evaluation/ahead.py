"""Stores steps while the next ones are under way: nobody waits for the disk before a model is asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from domain.enums import EvaluationPhase
from domain.evaluation import DimensionScore, FeedbackDelta, Lease
from domain.results import EvaluationResult
from workflows.ports import EvaluationJournal


@asynccontextmanager
async def ahead(journal: EvaluationJournal) -> AsyncIterator["Ahead"]:
    """The journal for one run of an evaluation. What was begun to be stored is stored when it closes."""
    going_on = Ahead(journal)
    try:
        yield going_on
    finally:
        await going_on.close()


class Ahead:
    """Each step is stored soon, after all that were taken before it; dimensions may land beside each other.

    The result is stored when `complete` returns. What keeps a step from being stored (LeaseLost, say) keeps those after
    it from being stored, too, and is raised by whichever is taken next.
    """

    def __init__(self, journal: EvaluationJournal) -> None:
        self._journal = journal
        # What the next landing comes after, and what any other step does: the landings since, as well.
        self._before_landings: tuple[asyncio.Task[None], ...] = ()
        self._before: tuple[asyncio.Task[None], ...] = ()

    async def enter(self, lease: Lease, phase: EvaluationPhase, *, completed_steps: int, total_steps: int) -> None:
        """Begin to store a phase."""

        async def store() -> None:
            await self._journal.enter(lease, phase, completed_steps=completed_steps, total_steps=total_steps)

        self._take(store)

    async def land(self, lease: Lease, score: DimensionScore, *, stored: Callable[[], None]) -> None:
        """Begin to store a dimension; `stored` is called when it is."""

        async def store() -> None:
            await self._journal.land(lease, score)
            stored()

        self._before = (*self._before, self._begin(store, after=self._before_landings))

    async def append_feedback(self, lease: Lease, delta: FeedbackDelta) -> None:
        """Begin to announce a piece of feedback."""
        self._take(lambda: self._journal.append_feedback(lease, delta))

    async def complete(self, lease: Lease, result: EvaluationResult) -> None:
        """Store the result."""
        await _settled(self._before)
        await self._journal.complete(lease, result)

    async def close(self) -> None:
        """Leave nothing behind. What failed has been told, or the run has failed for another reason."""
        await asyncio.gather(*self._before, return_exceptions=True)

    def _take(self, store: Callable[[], Awaitable[None]]) -> None:
        self._before = self._before_landings = (self._begin(store, after=self._before),)

    def _begin(
        self, store: Callable[[], Awaitable[None]], *, after: tuple["asyncio.Task[None]", ...]
    ) -> "asyncio.Task[None]":
        for step in self._before:
            if step.done():
                step.result()

        async def in_order() -> None:
            await _settled(after)
            await store()

        return asyncio.create_task(in_order(), name="store-step")


async def _settled(steps: tuple["asyncio.Task[None]", ...]) -> None:
    if steps:
        await asyncio.wait(steps)  # not awaited themselves: whoever is cancelled here must not cancel them for others
    # Of all of them: asyncio logs the failures that nobody has looked at.
    failures = [step.exception() for step in steps if not step.cancelled()]
    for failure in failures:
        if failure is not None:
            raise failure
