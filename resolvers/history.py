"""The viewer's challenges, newest first."""

from domain.challenge import Challenge
from domain.history import HistoryFilter
from domain.paging import Page, PageRequest
from resolvers.context import Context


async def page(context: Context, *, filter: HistoryFilter, request: PageRequest) -> Page[Challenge]:
    """One page of the challenges that match."""
    viewer = context.viewer
    return await context.services.database.read(lambda work: work.challenges.page(viewer.id, filter, request))


async def count(context: Context, *, filter: HistoryFilter) -> int:
    """How many challenges match."""
    viewer = context.viewer
    return await context.services.database.read(lambda work: work.challenges.count(viewer.id, filter))
