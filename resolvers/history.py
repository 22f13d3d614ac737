"""The viewer's challenges, newest first."""

from dataclasses import dataclass

from domain.history import HistoryFilter, HistoryPage
from domain.ids import UserId
from domain.paging import PageRequest
from persistence.database import UnitOfWork
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class Along:
    """What a page brings along: the first evaluations of each challenge, perhaps their scores, perhaps why."""

    evaluations: PageRequest
    scores: bool
    reasons: bool


async def page(
    context: Context, *, filter: HistoryFilter, request: PageRequest, along: Along | None = None
) -> HistoryPage:
    """One page of the challenges that match."""
    viewer = context.viewer.id
    return await context.services.database.read(lambda work: _page(work, viewer, filter, request, along))


def _page(
    work: UnitOfWork, viewer: UserId, filter: HistoryFilter, request: PageRequest, along: Along | None
) -> HistoryPage:
    challenges = work.challenges.page(viewer, filter, request)
    if along is None or not challenges.rows:
        return HistoryPage(challenges)
    evaluations = work.evaluations.pages(viewer, [challenge.id for challenge in challenges.rows], along.evaluations)
    if not along.scores:
        return HistoryPage(challenges, evaluations)
    ids = [evaluation.id for page in evaluations.values() for evaluation in page.rows]
    return HistoryPage(challenges, evaluations, work.scores.many(viewer, ids, reasons=along.reasons))


async def count(context: Context, *, filter: HistoryFilter) -> int:
    """How many challenges match."""
    viewer = context.viewer
    return await context.services.database.read(lambda work: work.challenges.count(viewer.id, filter))
