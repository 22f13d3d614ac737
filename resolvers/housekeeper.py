"""Tidies up after processes that died, and what is too old: reservations, keys, challenges in the stock."""

import asyncio
from datetime import datetime, timedelta

from loguru import logger

from domain.errors import StorageUnavailable
from persistence.database import Database, UnitOfWork
from resolvers.metrics import RESERVATIONS_EXPIRED, STOCK_RETIRED

INTERVAL = timedelta(seconds=5)


class Housekeeper:
    """One process's housekeeper; any number may run, each act is done once. `run` until cancelled.

    `stock_max_age` is how long a challenge in the stock is served; None: for ever.
    """

    def __init__(
        self, database: Database, interval: timedelta = INTERVAL, *, stock_max_age: timedelta | None = None
    ) -> None:
        self._database = database
        self._interval = interval
        self._stock_max_age = stock_max_age

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
        if await self._database.read(self._is_untidy):
            refunded, forgotten, retired = await self._database.write(self._put_in_order)
            RESERVATIONS_EXPIRED.inc(refunded)
            STOCK_RETIRED.inc(retired)
            logger.bind(
                reservations_refunded=refunded, keys_forgotten=forgotten, stocked_challenges_retired=retired
            ).info("housekeeper_tidied")

    def _is_untidy(self, work: UnitOfWork) -> bool:
        too_old = self._too_old(work)
        return (
            work.ledger.any_expired(now=work.now)
            or work.idempotency.any_expired(now=work.now)
            or (too_old is not None and work.stock.any_older(too_old))
        )

    def _put_in_order(self, work: UnitOfWork) -> tuple[int, int, int]:
        too_old = self._too_old(work)
        return (
            work.ledger.refund_expired(now=work.now),
            work.idempotency.forget_expired(now=work.now),
            0 if too_old is None else work.stock.retire(too_old),
        )

    def _too_old(self, work: UnitOfWork) -> datetime | None:
        return None if self._stock_max_age is None else work.now - self._stock_max_age
