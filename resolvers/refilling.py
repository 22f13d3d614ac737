"""Fills up the stock in the background: what people ask for and is short, the most wanted first.

Nothing is looked for on a schedule: a claim that leaves little rings. Cells that nobody asks for stay empty.
"""

import asyncio
from collections.abc import Callable, Collection
from datetime import timedelta
from random import Random
from time import monotonic
from typing import Final

from loguru import logger

from domain.errors import ProviderUnavailable, StorageUnavailable
from domain.stock import Cell, StockLimits
from persistence.database import Database
from persistence.wakeups import LocalWakeUps, WakeUp
from resolvers import metrics
from resolvers.composing import GRACE_SECONDS, NOTHING_NEW_REST_SECONDS, Composer
from resolvers.demand import TOPIC, Demand, Wish

CONCURRENCY: Final = 2
"""Cells that one process fills at a time."""
_IDLE_SECONDS: Final = 3600.0
"""How long to wait for a ring when there is nothing to do; then there is nothing to do, either."""
_FIRST_REST_SECONDS: Final = 5.0
_LONGEST_REST_SECONDS: Final = 300.0
_LONGEST_ASKED_REST_SECONDS: Final = 3600.0
"""A spent budget says to wait for tomorrow; whoever raises it restarts the server, or waits this long."""


class Refiller:
    """One process's refiller; any number may run, each cell is filled by one. `run` until cancelled.

    Args:
        prefill: cells that are filled before anybody asks for them.
        random: for the rests, so that processes do not try again all at once.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        *,
        database: Database,
        wake_ups: LocalWakeUps,
        composer: Composer,
        demand: Demand,
        limits: StockLimits,
        random: Random,
        prefill: Collection[Cell] = (),
        concurrency: int = CONCURRENCY,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._wake_ups = wake_ups
        self._composer = composer
        self._demand = demand
        self._limits = limits
        self._random = random
        self._prefill = prefill
        self._concurrency = concurrency
        self._clock = clock
        # One batch and what surrounds it: the lease is renewed before each.
        self._lease = timedelta(seconds=2 * (limits.compose_seconds + GRACE_SECONDS))
        self._working: dict[Cell, asyncio.Task[None]] = {}
        self._failures = 0
        self._rests_until = 0.0

    async def run(self) -> None:
        """Fill up what is wanted, again and again. Returns at once when nothing is to be written ahead."""
        if self._limits.low == 0:
            return
        with self._wake_ups.listening(TOPIC) as bell:
            self._demand.expect(cell for cell in self._prefill if self._composer.can(cell.kind))
            try:
                while True:
                    self._begin(bell)
                    await bell.wait(at_most_seconds=self._next_look())
            finally:
                working = list(self._working.values())
                for task in working:
                    task.cancel()
                await asyncio.gather(*working, return_exceptions=True)

    def _begin(self, bell: WakeUp) -> None:
        now = self._clock()
        while now >= self._rests_until and len(self._working) < self._concurrency:
            wish = self._demand.take(now, busy=self._working)
            if wish is None:
                return
            task = asyncio.create_task(self._refill(wish), name="refill")
            self._working[wish.cell] = task
            task.add_done_callback(lambda _, cell=wish.cell: self._forget(cell, bell))  # type: ignore[misc]  # the default binds this turn's cell

    def _forget(self, cell: Cell, bell: WakeUp) -> None:
        del self._working[cell]
        bell.ring()

    def _next_look(self) -> float:
        """Seconds until something may be worth trying that nobody will ring for."""
        due = self._demand.next_at(busy=self._working)
        if due is None or len(self._working) >= self._concurrency:
            return _IDLE_SECONDS
        return max(0.0, max(due, self._rests_until) - self._clock())

    async def _refill(self, wish: Wish) -> None:
        outcome = "cancelled"
        try:
            outcome = await self._fill(wish)
        except ProviderUnavailable as exc:
            outcome = "provider_unavailable"
            self._rest(exc.retry_after_seconds)
            self._demand.put_back(wish, not_before=0.0)
        except StorageUnavailable as exc:
            outcome = "storage_unavailable"
            logger.bind(reason=str(exc)).error("refill_storage_unavailable")
            self._rest()
            self._demand.put_back(wish, not_before=0.0)
        except Exception:  # noqa: BLE001 - a defect in writing one cell must not leave all the others empty
            outcome = "fault"
            logger.exception("refill_fault")
            self._rest()
        finally:
            metrics.STOCK_REFILLS.labels(wish.cell.kind.value, outcome).inc()

    async def _fill(self, wish: Wish) -> str:
        cell = wish.cell
        fence = await self._database.write(lambda work: work.stock.take_turn(cell, now=work.now, duration=self._lease))
        if fence is None:
            # Should its holder die, its lease is over by then.
            self._demand.put_back(wish, not_before=self._clock() + self._lease.total_seconds())
            return "held_elsewhere"
        try:
            return await self._compose_up(wish, fence)
        finally:
            await self._hand_back(cell, fence)

    async def _compose_up(self, wish: Wish, fence: int) -> str:
        level = await self._level(wish)
        if level >= self._limits.low:
            return "enough"
        while level < self._limits.high:
            if not await self._keep(wish.cell, fence, self._lease):
                return "lease_lost"
            rest = self._composer.rest_seconds(wish.cell)
            if not rest:
                flight = self._composer.flight(wish.cell)
                await asyncio.wait({flight.task})
                if not flight.added():
                    rest = NOTHING_NEW_REST_SECONDS
            if rest:
                self._demand.put_back(wish, not_before=self._clock() + rest)
                return "nothing_new"
            self._failures = 0
            level = await self._level(wish)
        logger.bind(kind=wish.cell.kind, domain=wish.cell.domain, level=level).info("stock_filled")
        return "filled"

    async def _level(self, wish: Wish) -> int:
        return sum((await self._database.read(lambda work: work.stock.available(wish.cell, wish.user_id))).values())

    async def _keep(self, cell: Cell, fence: int, duration: timedelta) -> bool:
        return await self._database.write(lambda work: work.stock.keep_turn(cell, fence, until=work.now + duration))

    async def _hand_back(self, cell: Cell, fence: int) -> None:
        try:
            await self._keep(cell, fence, timedelta(0))
        except StorageUnavailable as exc:
            # It runs out by itself.
            logger.bind(reason=str(exc)).warning("refill_lease_not_handed_back")

    def _rest(self, asked_seconds: float = 0.0) -> None:
        """Leave the models alone for a while, longer after every failure in a row, and for as long as they ask for."""
        self._failures += 1
        rest = min(_FIRST_REST_SECONDS * 2 ** min(self._failures - 1, 10), _LONGEST_REST_SECONDS)
        rest = max(rest, min(asked_seconds, _LONGEST_ASKED_REST_SECONDS)) * self._random.uniform(1.0, 1.25)
        self._rests_until = max(self._rests_until, self._clock() + rest)
        logger.bind(failures=self._failures, rest_seconds=round(rest, 1)).warning("refill_rests")
