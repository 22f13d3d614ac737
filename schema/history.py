"""A page of history as GraphQL objects, each with what its selection asks for already in its hands."""

from domain import challenge as stored
from domain import evaluation as judged
from domain.history import HistoryPage
from domain.paging import Page, PageRequest
from resolvers.context import Context
from resolvers.history import Along
from schema.challenges import Challenge
from schema.connections import connection, evaluations_of
from schema.evaluations import Evaluation
from schema.lookahead import Wish
from schema.scores import DimensionScore


def along(wish: Wish | None) -> Along | None:
    """What to load with the page."""
    if wish is None:
        return None
    return Along(PageRequest(wish.first), scores=bool(wish.scores), reasons=wish.reasons)


def rows(page: HistoryPage, wish: Wish | None, context: Context) -> Page[Challenge]:
    """The page's challenges. What was loaded with them hangs where projection.py looks for it."""
    if wish is None:
        return page.challenges.map(Challenge.of)
    return page.challenges.map(lambda challenge: _row(challenge, page, wish, context))


def _row(challenge: stored.Challenge, page: HistoryPage, wish: Wish, context: Context) -> Challenge:
    shown = connection(
        evaluations_of(challenge.id),
        page.evaluations[challenge.id].map(lambda evaluation: _evaluation(evaluation, page, wish)),
        lambda: context.loaders.evaluation_counts.load(challenge.id),
    )
    return Challenge.of(challenge, preloaded=dict.fromkeys(map(id, wish.evaluations), shown))


def _evaluation(evaluation: judged.Evaluation, page: HistoryPage, wish: Wish) -> Evaluation:
    if not wish.scores:
        return Evaluation.of(evaluation)
    scores = [DimensionScore.of(score) for score in page.scores.get(evaluation.id, ())]
    return Evaluation.of(evaluation, preloaded=dict.fromkeys(map(id, wish.scores), scores))
