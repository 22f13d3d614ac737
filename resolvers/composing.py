"""Has models write for the stock: one batch at a time of what is wanted, shared by everybody who waits for it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Final

from loguru import logger

from domain.challenge import ChallengeDraft, DomainInfo, Order
from domain.enums import ChallengeKind
from domain.errors import DeadlineExceeded, ProviderUnavailable, StorageUnavailable
from domain.ids import IdSource
from domain.stock import Cell, StockLimits
from persistence.database import Database

Compose = Callable[[Order], Awaitable[Sequence[ChallengeDraft]]]
"""Has models write a batch. Raises ProviderUnavailable when nobody can."""
Timeout = Callable[[float], AbstractAsyncContextManager[object]]
"""asyncio.timeout, or what stands for it."""

TITLES: Final = 40
"""Newest titles that a writer is shown; the sketches of all that is near are compared by code."""
GRACE_SECONDS: Final = 2.0
"""What a writer gets beyond its deadline before it is cut off: it ends by itself and says why, if it keeps its word."""
NOTHING_NEW_REST_SECONDS: Final = 600.0
"""How long to leave be what only known things were written for: every attempt costs as much as a good one."""
_MEAN_SHARE: Final = 1 / 4
_DEVIATION_SHARE: Final = 1 / 4


class Pace:
    """How long writing a batch takes, by kind: a moving mean, and a moving deviation from it.

    Source: RFC 6298, which waits for round trips this way; its mean moves half as fast, having many more to go by.
    """

    def __init__(self) -> None:
        self._measured: dict[ChallengeKind, tuple[float, float]] = {}

    def learn(self, kind: ChallengeKind, seconds: float) -> None:
        """One more batch took that long."""
        known = self._measured.get(kind)
        if known is None:
            self._measured[kind] = (seconds, seconds / 2)
            return
        mean, deviation = known
        deviation += _DEVIATION_SHARE * (abs(seconds - mean) - deviation)
        self._measured[kind] = (mean + _MEAN_SHARE * (seconds - mean), deviation)

    def expected_seconds(self, kind: ChallengeKind) -> float:
        """What most batches take; 0 while none was written, so that the first one is worth waiting for."""
        return sum(self._measured.get(kind, (0.0, 0.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Flight:
    """A batch that is being written for a cell, on one topic or any. `lands_at` is when it is expected, monotonic."""

    cell: Cell
    topic: str | None
    lands_at: float
    task: "asyncio.Task[int]"

    def added(self) -> int:
        """How many challenges the batch brought, once it is over.

        Raises:
            ProviderUnavailable, StorageUnavailable: it brought none, because nobody could write or it was not stored.
        """
        if self.task.cancelled():
            raise ProviderUnavailable("The server is shutting down; nothing was charged.", retry_after_seconds=5)
        return self.task.result()


class Composer:
    """Batches for the stock. Lives in one event loop; `close` it before the database.

    Args:
        compose, can: who writes, and whether there is anybody for a kind.
        domains: the topics of each domain.
        clock, timeout: monotonic seconds, and what ends by them.
    """

    def __init__(
        self,
        *,
        database: Database,
        compose: Compose,
        can: Callable[[ChallengeKind], bool],
        domains: Sequence[DomainInfo],
        new_id: IdSource,
        limits: StockLimits,
        clock: Callable[[], float] = monotonic,
        timeout: Timeout = asyncio.timeout,
    ) -> None:
        self.can = can
        self.pace = Pace()
        self._database = database
        self._compose = compose
        self._topics = {info.domain: info.topics for info in domains}
        self._new_id = new_id
        self._limits = limits
        self._clock = clock
        self._timeout = timeout
        self._flights: dict[tuple[Cell, str | None], Flight] = {}
        self._rests: dict[tuple[Cell, str | None], float] = {}

    def flight(self, cell: Cell, topic: str | None = None) -> Flight:
        """The batch under way that may bring something of the cell, and of the topic if one is named; else a new one.

        It goes on when nobody waits for it any more: it is paid for, and the stock gets it.

        Raises:
            ProviderUnavailable: none is under way, and a new one is not worth its price yet.
        """
        under_way = self._flights.get((cell, topic))
        if under_way is None and topic is None:
            under_way = next((flight for (of, _), flight in self._flights.items() if of == cell), None)
        if under_way is not None:
            return under_way
        rest = self.rest_seconds(cell, topic)
        if rest:
            raise ProviderUnavailable(
                "Nothing new could be written lately; nothing was charged.", retry_after_seconds=ceil(rest)
            )
        task = asyncio.create_task(self._fly(cell, topic), name=f"compose-{cell.kind}-{cell.domain}-{cell.difficulty}")
        flight = Flight(cell, topic, self._clock() + self.pace.expected_seconds(cell.kind), task)
        self._flights[cell, topic] = flight
        task.add_done_callback(lambda done: self._forget(flight, done))
        return flight

    def rest_seconds(self, cell: Cell, topic: str | None = None) -> float:
        """For how long another batch is not worth its price, because the last one brought nothing new; 0: it is."""
        until = self._rests.get((cell, topic))
        return 0.0 if until is None else max(0.0, until - self._clock())

    async def close(self) -> None:
        """Stop what is being written."""
        tasks = [flight.task for flight in self._flights.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, flight: Flight, task: "asyncio.Task[int]") -> None:
        del self._flights[flight.cell, flight.topic]
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, (ProviderUnavailable, StorageUnavailable)):
            logger.opt(exception=error).error("compose_fault")

    async def _fly(self, cell: Cell, topic: str | None) -> int:
        told = await self._database.read(lambda work: work.stock.told(cell))
        drafts = await self._written(
            Order(
                kind=cell.kind,
                domain=cell.domain,
                difficulty=cell.difficulty,
                topics=self._thinnest(cell, told.available) if topic is None else (topic,),
                avoid=told.sketches,
                titles=told.titles[:TITLES],
                deadline_seconds=self._limits.compose_seconds,
            )
        )
        named = {self._new_id(): draft for draft in drafts}
        servings = self._limits.servings
        added = await self._database.write(lambda work: work.stock.add(named, servings=servings, now=work.now))
        self._rests.pop((cell, topic), None)
        if not added:
            self._rests[cell, topic] = self._clock() + NOTHING_NEW_REST_SECONDS
            logger.bind(kind=cell.kind, domain=cell.domain, topic=topic).info("compose_brought_nothing_new")
        return added

    def _thinnest(self, cell: Cell, available: Mapping[str, int]) -> tuple[str, ...]:
        """The topics of which the fewest can be served: what is written ahead goes round all of them."""
        topics = self._topics[cell.domain]
        fewest = min(available.get(topic, 0) for topic in topics)
        return tuple(topic for topic in topics if available.get(topic, 0) == fewest)

    async def _written(self, order: Order) -> Sequence[ChallengeDraft]:
        began = self._clock()
        try:
            async with self._timeout(order.deadline_seconds + GRACE_SECONDS):
                drafts = await self._compose(order)
        except (TimeoutError, DeadlineExceeded) as exc:
            self.pace.learn(order.kind, self._clock() - began)
            raise DeadlineExceeded("Nobody could write a challenge in time.", retry_after_seconds=5) from exc
        self.pace.learn(order.kind, self._clock() - began)
        return drafts
