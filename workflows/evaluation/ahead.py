"""Stores steps while the next ones are under way: nobody waits for the disk before a model is asked."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from domain.evaluation import Lease
from domain.results import EvaluationResult, Step
from workflows.ports import EvaluationJournal

GATHERING_SECONDS: Final = 0.01
"""How long a step waits for those that follow at once, to be stored with them, and for the requests to models that
follow from it, to go out first. Nobody sees that it is announced so much later."""


@asynccontextmanager
async def ahead(journal: EvaluationJournal, lease: Lease) -> AsyncIterator["Ahead"]:
    """The journal for one run of an evaluation. What was taken is stored when it closes."""
    going_on = Ahead(journal, lease)
    try:
        yield going_on
    finally:
        await going_on.close()


class Ahead:
    """Each step is stored soon, with those that came meanwhile, after all that were taken before it.

    What keeps steps from being stored (LeaseLost, say) keeps those after them from being stored, too, and is raised by
    whichever is taken next.
    """

    def __init__(self, journal: EvaluationJournal, lease: Lease) -> None:
        self._journal = journal
        self._lease = lease
        self._taken: list[tuple[Step, Callable[[], None] | None]] = []
        self._storing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    def take(self, step: Step, *, stored: Callable[[], None] | None = None) -> None:
        """Have a step stored; `stored` is called when it is."""
        if self._storing is not None and self._storing.done():
            self._storing.result()
            self._storing = None
        self._taken.append((step, stored))
        if self._storing is None:
            self._storing = asyncio.create_task(self._store(), name="store-steps")

    async def complete(self, result: EvaluationResult) -> None:
        """Store the result, with what has not been stored yet."""
        self.take(result)
        self._hurry.set()
        if self._storing is not None:
            # Shielded: whoever is cancelled here must not stop what is being stored.
            await asyncio.shield(self._storing)

    async def close(self) -> None:
        """Leave nothing behind. What failed has been told, or the run has failed for another reason."""
        self._hurry.set()
        if self._storing is not None:
            await asyncio.gather(self._storing, return_exceptions=True)

    async def _store(self) -> None:
        try:
            async with asyncio.timeout(GATHERING_SECONDS):
                await self._hurry.wait()
        except TimeoutError:
            pass
        while self._taken:
            together, self._taken = self._taken, []
            await self._journal.store(self._lease, [step for step, _ in together])
            for _, stored in together:
                if stored is not None:
                    stored()
