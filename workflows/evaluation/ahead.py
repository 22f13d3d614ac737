"""Stores a phase while its work has begun: nobody waits for the disk before a model is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.enums import EvaluationPhase
from domain.evaluation import DimensionScore, FeedbackDelta, Lease
from domain.results import EvaluationResult
from workflows.ports import EvaluationJournal


@asynccontextmanager
async def ahead(journal: EvaluationJournal) -> AsyncIterator[EvaluationJournal]:
    """The journal for one run of an evaluation."""
    going_on = _Ahead(journal)
    try:
        yield going_on
    finally:
        await going_on.close()


class _Ahead:
    """Satisfies EvaluationJournal: a phase is stored soon, and before everything that comes after it.

    What keeps a phase from being stored (LeaseLost, say) is raised by the next act that is no phase.
    """

    def __init__(self, journal: EvaluationJournal) -> None:
        self._journal = journal
        self._entering: asyncio.Task[None] | None = None

    async def enter(self, lease: Lease, phase: EvaluationPhase, *, completed_steps: int, total_steps: int) -> None:
        """Begin to store a phase."""
        before = self._entering

        async def store() -> None:
            await _settled(before)
            await self._journal.enter(lease, phase, completed_steps=completed_steps, total_steps=total_steps)

        self._entering = asyncio.create_task(store(), name=f"enter-{phase}")

    async def land(self, lease: Lease, score: DimensionScore) -> None:
        """Store a dimension."""
        await _settled(self._entering)
        await self._journal.land(lease, score)

    async def append_feedback(self, lease: Lease, delta: FeedbackDelta) -> None:
        """Announce a piece of feedback."""
        await _settled(self._entering)
        await self._journal.append_feedback(lease, delta)

    async def complete(self, lease: Lease, result: EvaluationResult) -> None:
        """Store the result."""
        await _settled(self._entering)
        await self._journal.complete(lease, result)

    async def close(self) -> None:
        """Leave nothing behind; a phase that failed has been told, or its run has failed for another reason."""
        if self._entering is not None:
            self._entering.cancel()
            await asyncio.gather(self._entering, return_exceptions=True)


async def _settled(entering: "asyncio.Task[None] | None") -> None:
    if entering is not None:
        await asyncio.wait({entering})  # not awaited itself: whoever is cancelled here must not cancel it for others
        entering.result()
