"""The viewer's daily quota and its ledger."""

from domain.paging import Page, PageRequest
from domain.quota import Quota, QuotaEntry
from resolvers.context import Context


async def get(context: Context) -> Quota:
    """The viewer's current UTC day."""
    viewer, limit = context.viewer, context.services.daily_quota
    return await context.services.database.read(lambda work: work.ledger.today(viewer.id, limit=limit, now=work.now))


async def ledger(context: Context, request: PageRequest) -> Page[QuotaEntry]:
    """One page of the viewer's acts, newest first."""
    viewer = context.viewer
    return await context.services.database.read(lambda work: work.ledger.page(viewer.id, request))


async def ledger_count(context: Context) -> int:
    """How many acts the viewer's ledger has."""
    viewer = context.viewer
    return await context.services.database.read(lambda work: work.ledger.count(viewer.id))
