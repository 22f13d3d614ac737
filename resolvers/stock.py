"""Where challenges come from when models write them: the stock, else a batch that is written now, else the bank."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from math import ceil
from time import monotonic
from typing import Final

from loguru import logger

from domain.challenge import Brief, ChallengeDraft
from domain.enums import ChallengeKind
from domain.errors import DeadlineExceeded, InvalidInput, ProviderUnavailable
from domain.stock import Cell, Claimed, StockLimits
from persistence.database import Database
from resolvers import metrics
from resolvers.composing import Composer, Flight, Timeout
from resolvers.demand import MISSED, Demand

MARGIN_SHARE: Final = 0.1
"""What is kept of the deadline for drawing from the bank, or for a last claim: a transaction or two, but of
everybody at once who waited for the same batch."""


class Stockroom:
    """Hands out challenges. `write` is what `Services.write_challenge` is to be.

    Args:
        draw: draws from the curated bank.
        stands_in: whether the bank may stand in for models that cannot write a kind in time.
        deadline_seconds: what a person waits at most; the answer comes before that.
        clock, timeout: monotonic seconds, and what ends by them.
    """

    def __init__(
        self,
        *,
        database: Database,
        composer: Composer,
        demand: Demand,
        draw: Callable[[Brief], Awaitable[ChallengeDraft]],
        stands_in: Callable[[ChallengeKind], bool],
        limits: StockLimits,
        deadline_seconds: float,
        clock: Callable[[], float] = monotonic,
        timeout: Timeout = asyncio.timeout,
    ) -> None:
        self._database = database
        self._composer = composer
        self._demand = demand
        self._draw = draw
        self._stands_in = stands_in
        self._limits = limits
        self._deadline_seconds = deadline_seconds
        self._clock = clock
        self._timeout = timeout

    async def write(self, brief: Brief) -> ChallengeDraft:
        """A challenge that this person has not had.

        What is in the stock comes at once. Where there is nothing for this person, a batch is written, and they wait
        for it if it can be there in time; if not, or if nobody can write, the bank stands in, marked as degraded.

        Raises:
            ProviderUnavailable: there is no stand-in either; safe to retry.
            InvalidInput: the bank is who writes this kind, and nothing of it fits.
        """
        if not self._composer.can(brief.kind):
            return await self._draw(brief)
        until = self._clock() + self._deadline_seconds * (1 - MARGIN_SHARE)
        claimed = await self._claim(brief)
        outcome = "stocked"
        if claimed is None:
            outcome = "waited"
            try:
                claimed = await self._await_one(brief, until)
            except ProviderUnavailable as exc:
                return await self._stand_in(brief, exc)
        metrics.STOCK_CLAIMS.labels(brief.kind.value, outcome).inc()
        return claimed.draft

    async def _claim(self, brief: Brief) -> Claimed | None:
        cell = Cell.of(brief)
        claimed = await self._database.write(
            lambda work: work.stock.claim(brief.user_id, cell, brief.topic, now=work.now)
        )
        left = 0 if claimed is None else claimed.left
        if left < self._limits.low:
            self._demand.note(cell, weight=MISSED if claimed is None else 1, user_id=brief.user_id)
        return claimed

    async def _await_one(self, brief: Brief, until: float) -> Claimed:
        """What a batch brings that is being written now, for everybody who waits for it.

        Raises:
            ProviderUnavailable: it cannot be there in time, nobody could write it, or the last one brought nothing.
        """
        cell = Cell.of(brief)
        while True:
            flight = self._composer.flight(cell, brief.topic)
            await self._land(flight, until)
            flight.added()
            claimed = await self._claim(brief)
            if claimed is not None:
                return claimed

    async def _land(self, flight: Flight, until: float) -> None:
        now = self._clock()
        wait = max(1, ceil(flight.lands_at - now))
        if now < until and flight.lands_at <= until:
            try:
                async with self._timeout(until - now):
                    await asyncio.wait({flight.task})
            except TimeoutError:
                wait = 5
            else:
                return
        raise DeadlineExceeded("No challenge could be written in time; nothing was charged.", retry_after_seconds=wait)

    async def _stand_in(self, brief: Brief, why: ProviderUnavailable) -> ChallengeDraft:
        reason = type(why).__name__
        if not self._stands_in(brief.kind):
            metrics.STOCK_CLAIMS.labels(brief.kind.value, "refused").inc()
            logger.bind(kind=brief.kind, domain=brief.domain, reason=reason).warning("challenge_refused")
            raise why
        try:
            drawn = await self._draw(brief)
        except InvalidInput as exc:
            metrics.STOCK_CLAIMS.labels(brief.kind.value, "refused").inc()
            raise ProviderUnavailable(
                f"{why} The curated bank, which stands in, has nothing that fits: try again, or leave the topic out.",
                retry_after_seconds=why.retry_after_seconds,
            ) from exc
        metrics.STOCK_CLAIMS.labels(brief.kind.value, "fallback").inc()
        logger.bind(kind=brief.kind, domain=brief.domain, reason=reason).warning("challenge_drawn_as_stand_in")
        return replace(drawn, provenance=replace(drawn.provenance, degraded=True))
