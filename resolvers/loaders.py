"""Batches of look-ups: keys asked for in one turn of the event loop become one statement.

Nothing is remembered between turns, so one set of loaders serves all operations of a WebSocket at once.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from strawberry.dataloader import DataLoader

from domain.challenge import Challenge
from domain.evaluation import DimensionScore, Evaluation
from domain.ids import ChallengeId, EvaluationId, UserId
from domain.paging import Page, PageRequest
from persistence.database import Database, UnitOfWork

K = TypeVar("K")
V = TypeVar("V")

_NEWEST = PageRequest(first=1)


@dataclass(frozen=True, slots=True)
class EvaluationPageKey:
    """One page of one challenge's evaluations."""

    challenge_id: ChallengeId
    request: PageRequest


@dataclass(frozen=True, slots=True)
class RevisionsKey:
    """The oldest `first` revisions of one evaluation."""

    evaluation_id: EvaluationId
    first: int


class Loaders:
    """Look-ups on behalf of one person. Of a stranger's things there are none: None, () or 0."""

    def __init__(self, database: Database, viewer: UserId | None) -> None:
        self._database = database
        self._viewer = viewer
        self.challenges: DataLoader[ChallengeId, Challenge | None] = self._loader(
            lambda work, viewer, ids: work.challenges.many(viewer, ids), None
        )
        self.evaluations: DataLoader[EvaluationId, Evaluation | None] = self._loader(
            lambda work, viewer, ids: work.evaluations.many(viewer, ids), None
        )
        self.scores: DataLoader[EvaluationId, tuple[DimensionScore, ...]] = self._loader(
            lambda work, viewer, ids: work.scores.many(viewer, ids), ()
        )
        self.latest_evaluation: DataLoader[ChallengeId, Evaluation | None] = self._loader(_latest, None)
        self.evaluation_pages: DataLoader[EvaluationPageKey, Page[Evaluation]] = self._loader(
            _pages, Page((), (), has_next=False, has_previous=False)
        )
        self.evaluation_counts: DataLoader[ChallengeId, int] = self._loader(
            lambda work, viewer, ids: work.evaluations.counts(viewer, ids), 0
        )
        self.revisions: DataLoader[RevisionsKey, tuple[Evaluation, ...]] = self._loader(_revisions, ())

    def _loader(self, look_up: Callable[[UnitOfWork, UserId, list[K]], Mapping[K, V]], absent: V) -> "DataLoader[K, V]":
        async def load(keys: list[K]) -> list[V]:
            viewer = self._viewer
            if viewer is None:
                return [absent] * len(keys)
            distinct = list(dict.fromkeys(keys))
            found = await self._database.read(lambda work: look_up(work, viewer, distinct))
            return [found.get(key, absent) for key in keys]

        return DataLoader(load_fn=load, cache=False)


def _latest(work: UnitOfWork, viewer: UserId, ids: list[ChallengeId]) -> dict[ChallengeId, Evaluation | None]:
    pages = work.evaluations.pages(viewer, ids, _NEWEST)
    return {id: page.rows[0] if page.rows else None for id, page in pages.items()}


def _pages(
    work: UnitOfWork, viewer: UserId, keys: list[EvaluationPageKey]
) -> dict[EvaluationPageKey, Page[Evaluation]]:
    """One statement for each different page request: a page of history asks for one and the same of all its rows."""
    asked: defaultdict[PageRequest, list[ChallengeId]] = defaultdict(list)
    for key in keys:
        asked[key.request].append(key.challenge_id)
    return {
        EvaluationPageKey(id, request): page
        for request, ids in asked.items()
        for id, page in work.evaluations.pages(viewer, ids, request).items()
    }


def _revisions(
    work: UnitOfWork, viewer: UserId, keys: list[RevisionsKey]
) -> dict[RevisionsKey, tuple[Evaluation, ...]]:
    """One statement for each different `first`."""
    asked: defaultdict[int, list[EvaluationId]] = defaultdict(list)
    for key in keys:
        asked[key.first].append(key.evaluation_id)
    return {
        RevisionsKey(id, first): revisions
        for first, ids in asked.items()
        for id, revisions in work.evaluations.revisions(viewer, ids, first=first).items()
    }
