"""Tidies up after processes that died: refunds what they reserved, and forgets keys whose time is over."""

import asyncio
from datetime import timedelta

from loguru import logger

from domain.errors import StorageUnavailable
from persistence.database import Database, UnitOfWork
from resolvers.metrics import RESERVATIONS_EXPIRED

INTERVAL = timedelta(seconds=5)


class Housekeeper:
    """One process's housekeeper; any number may run, each act is done once. `run` until cancelled."""

    def __init__(self, database: Database, interval: timedelta = INTERVAL) -> None:
        self._database = database
        self._interval = interval

    async def run(self) -> None:
        """Tidy up again and again."""
        while True:
            try:
                await self.tidy()
            except StorageUnavailable as exc:
                logger.bind(reason=str(exc)).error("housekeeper_storage_unavailable")
            except Exception:  # noqa: BLE001 - a defect here must not stop later refunds
                logger.exception("housekeeper_fault")
            await asyncio.sleep(self._interval.total_seconds())

    async def tidy(self) -> None:
        """Tidy up once. Writes only when there is something to do."""
        if await self._database.read(_is_untidy):
            refunded, forgotten = await self._database.write(_tidy)
            RESERVATIONS_EXPIRED.inc(refunded)
            logger.bind(reservations_refunded=refunded, keys_forgotten=forgotten).info("housekeeper_tidied")


def _is_untidy(work: UnitOfWork) -> bool:
    return work.ledger.any_expired(now=work.now) or work.idempotency.any_expired(now=work.now)


def _tidy(work: UnitOfWork) -> tuple[int, int]:
    return work.ledger.refund_expired(now=work.now), work.idempotency.forget_expired(now=work.now)
