"""A stockroom over a real database, models that write as they are told, and time that is moved by hand."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random
from typing import Any

from domain.challenge import Brief, ChallengeDraft, DomainInfo, Order, Provenance
from domain.enums import ChallengeKind, Domain, Engine
from domain.errors import ProviderUnavailable
from domain.ids import UserId
from domain.stock import Cell, StockLimits
from persistence.database import Database
from persistence.wakeups import LocalWakeUps
from resolvers.composing import Composer
from resolvers.demand import Demand
from resolvers.refilling import Refiller
from resolvers.stock import Stockroom
from tests.stocked import CELL, written
from tests.unit.providers.time_by_hand import HandTime

TOPICS = ("Indexes", "Locks")
BANK = Provenance(Engine.EMBEDDED, None, "bank/1@1")
DEADLINE = 15.0


@dataclass
class Models:
    """Write `size` challenges a batch, each with a number of its own, when `open` is set; it takes `seconds`.

    First they raise what is in `failures`, one a batch. `begun` is released once for every batch that begins.
    """

    time: HandTime
    size: int = 3
    seconds: float = 4.0
    stories: Callable[[int], int] = lambda number: number
    failures: list[Exception] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    begun: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    open: asyncio.Event = field(default_factory=asyncio.Event)
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.open.set()

    async def __call__(self, order: Order) -> Sequence[ChallengeDraft]:
        self.orders.append(order)
        self.begun.release()
        await self.open.wait()
        self.time.advance(self.seconds)
        if self.failures:
            raise self.failures.pop(0)
        cell = Cell(order.kind, order.domain, order.difficulty)
        return [
            written(number, cell, topic=order.topics[place % len(order.topics)], story=self.stories(number))
            for place, number in enumerate(next(self.numbers) for _ in range(self.size))
        ]


@dataclass
class Bank:
    """Draws the challenge with the number 9999; first raises what is in `failures`."""

    briefs: list[Brief] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def __call__(self, brief: Brief) -> ChallengeDraft:
        self.briefs.append(brief)
        if self.failures:
            raise self.failures.pop(0)
        return replace(written(9_999, Cell.of(brief)), provenance=BANK, calls=())


@dataclass
class Room:
    """One process's stock, as far as the database can tell."""

    database: Database
    limits: StockLimits = field(default_factory=lambda: StockLimits(low=0, high=0, servings=20))
    fallback: bool = True
    kinds: Sequence[ChallengeKind] = tuple(ChallengeKind)
    prefill: Sequence[Cell] = ()
    concurrency: int = 2
    time: HandTime = field(default_factory=HandTime)
    wake_ups: LocalWakeUps = field(default_factory=LocalWakeUps)
    bank: Bank = field(default_factory=Bank)
    ids: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.models = Models(self.time)
        self.demand = Demand(self.wake_ups)
        self.composer = Composer(
            database=self.database,
            compose=self.models,
            can=lambda kind: kind in self.kinds,
            domains=tuple(DomainInfo(domain, "Label", "Description.", TOPICS) for domain in Domain),
            new_id=lambda: f"{id(self):x}-{next(self.ids):06}",
            limits=self.limits,
            clock=self.time.clock,
            timeout=self.time.timeout,
        )
        self.stockroom = Stockroom(
            database=self.database,
            composer=self.composer,
            demand=self.demand,
            draw=self.bank,
            stands_in=lambda _: self.fallback,
            limits=self.limits,
            deadline_seconds=DEADLINE,
            clock=self.time.clock,
            timeout=self.time.timeout,
        )
        self.refiller = Refiller(
            database=self.database,
            wake_ups=self.wake_ups,
            composer=self.composer,
            demand=self.demand,
            limits=self.limits,
            random=Random(1),
            prefill=self.prefill,
            concurrency=self.concurrency,
            clock=self.time.clock,
        )

    def ask(self, person: UserId, topic: str | None = None, cell: Cell = CELL) -> "asyncio.Task[ChallengeDraft]":
        brief = Brief(user_id=person, kind=cell.kind, domain=cell.domain, difficulty=cell.difficulty, topic=topic)
        return asyncio.create_task(self.stockroom.write(brief))

    async def level(self, cell: Cell = CELL) -> int:
        return sum((await self.database.read(lambda work: work.stock.available(cell))).values())

    async def drained(self) -> None:
        """Wait until nothing is being written."""
        flights = [flight.task for flight in self.composer._flights.values()]
        if flights:
            await asyncio.wait(flights)


def nobody(retry_after_seconds: float = 7.0) -> ProviderUnavailable:
    return ProviderUnavailable("Every model is out.", retry_after_seconds=retry_after_seconds)
