"""How a person narrows the list of their challenges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.challenge import Challenge
from domain.enums import ChallengeKind, Difficulty, Domain
from domain.evaluation import DimensionScore, Evaluation
from domain.ids import ChallengeId, EvaluationId
from domain.paging import Page


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Empty tuples and None filter nothing; all that is set must hold.

    `answered` asks for a completed evaluation; `search` is free text over title, topic and question;
    `created_after` is inclusive, `created_before` exclusive.
    """

    domains: tuple[Domain, ...] = ()
    difficulties: tuple[Difficulty, ...] = ()
    kinds: tuple[ChallengeKind, ...] = ()
    answered: bool | None = None
    search: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Challenges, with what was asked for beside them: the top of each one's evaluations, and the scores of these."""

    challenges: Page[Challenge]
    evaluations: Mapping[ChallengeId, Page[Evaluation]] = field(default_factory=dict)
    scores: Mapping[EvaluationId, tuple[DimensionScore, ...]] = field(default_factory=dict)
