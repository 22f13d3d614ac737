"""Looks, for everybody in this process at once, whether a followed evaluation went on where no ring reaches us.

A ring may be lost, and another process's work rings nobody here. If every follower looked for itself, a thousand idle
subscriptions would keep half a core busy; one statement for all of them is next to nothing.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from loguru import logger

from domain.errors import StorageUnavailable
from domain.ids import EvaluationId
from persistence.database import Database
from persistence.wakeups import LocalWakeUps, evaluation_topic

INTERVAL = timedelta(seconds=2)
"""What a lost ring, or another process's work, costs a follower at most."""
BATCH = 500
"""Evaluations in one statement."""


class Watch:
    """One process's watch. `run` until cancelled."""

    def __init__(self, database: Database, wake_ups: LocalWakeUps, interval: timedelta = INTERVAL) -> None:
        self._database = database
        self._wake_ups = wake_ups
        self._interval = interval
        self._seen: Mapping[EvaluationId, int] = {}

    async def run(self) -> None:
        """Look again and again."""
        while True:
            await asyncio.sleep(self._interval.total_seconds())
            try:
                await self.look()
            except StorageUnavailable as exc:
                logger.bind(reason=str(exc)).error("watch_storage_unavailable")
            except Exception:  # noqa: BLE001 - a defect here must not leave later followers waiting
                logger.exception("watch_fault")

    async def look(self) -> None:
        """Ring for every evaluation that somebody listens to and that has gone on since the last look."""
        now: dict[EvaluationId, int] = {}
        followed = self._wake_ups.followed()
        for start in range(0, len(followed), BATCH):
            ids = followed[start : start + BATCH]
            now |= await self._database.read(lambda work, ids=ids: work.evaluations.sequences(ids))  # type: ignore[misc]  # the default binds this turn's ids
        before, self._seen = self._seen, now
        for id, sequence in now.items():
            if before.get(id) != sequence:
                self._wake_ups.ring(evaluation_topic(id))
