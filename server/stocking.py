"""Where challenges come from when models write them: the stock, and who fills it, from the settings."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Final

from domain.calls import Task
from domain.challenge import Brief, ChallengeDraft, DomainInfo
from domain.enums import ChallengeKind, Difficulty
from domain.stock import Cell, StockLimits
from resolvers.composing import Composer
from resolvers.context import Services
from resolvers.demand import Demand
from resolvers.refilling import Refiller
from resolvers.stock import Stockroom
from server.background import working
from server.provider_settings import ProviderSettings
from workflows.graphs import Graphs

TASKS: Final = {
    ChallengeKind.MULTIPLE_CHOICE: Task.MULTIPLE_CHOICE,
    ChallengeKind.SCENARIO: Task.SCENARIO,
}
"""What models are asked for to write each kind."""


def limits(settings: ProviderSettings) -> StockLimits:
    """How much is kept ahead."""
    return StockLimits(
        low=settings.stock_low,
        high=settings.stock_high,
        servings=settings.stock_servings,
        max_age=timedelta(days=settings.stock_days),
        compose_seconds=settings.writing_deadline_seconds,
    )


@asynccontextmanager
async def stocked(
    settings: ProviderSettings, services: Services, graphs: Graphs, random: Random
) -> AsyncIterator[Callable[[Brief], Awaitable[ChallengeDraft]]]:
    """Write challenges, and fill the stock in the background meanwhile."""
    database, wake_ups, domains = services.database, services.wake_ups, services.domains
    kept, demand = limits(settings), Demand(wake_ups)
    composer = Composer(
        database=database,
        compose=graphs.compose,
        can=lambda kind: bool(settings.asked(TASKS[kind])),
        domains=domains,
        new_id=services.new_id,
        limits=kept,
    )
    stockroom = Stockroom(
        database=database,
        composer=composer,
        demand=demand,
        draw=graphs.write,
        stands_in=lambda kind: settings.stands_in(TASKS[kind]),
        limits=kept,
        deadline_seconds=services.generation_deadline.total_seconds(),
    )
    refiller = Refiller(
        database=database,
        wake_ups=wake_ups,
        composer=composer,
        demand=demand,
        limits=kept,
        random=random,
        prefill=_every_cell(domains) if settings.stock_prefill else (),
    )
    try:
        async with working(refiller.run(), name="refiller"):
            yield stockroom.write
    finally:
        await composer.close()


def _every_cell(domains: tuple[DomainInfo, ...]) -> tuple[Cell, ...]:
    return tuple(
        Cell(kind, info.domain, difficulty) for kind in ChallengeKind for info in domains for difficulty in Difficulty
    )
