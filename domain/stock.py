"""The stock: challenges that models have written and checked ahead, for anybody to get."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from domain.challenge import Brief, ChallengeDraft
from domain.enums import ChallengeKind, Difficulty, Domain
from domain.likeness import Sketch


class Cell(NamedTuple):
    """What challenges are stocked by."""

    kind: ChallengeKind
    domain: Domain
    difficulty: Difficulty

    @classmethod
    def of(cls, asked: Brief | ChallengeDraft) -> "Cell":
        """The cell of a wish, or of what was written."""
        return cls(asked.kind, asked.domain, asked.difficulty)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLimits:
    """How much is kept of each cell.

    Below `low` challenges that the person who asked last could still get, the cell is filled up until there are `high`;
    both 0: nothing is written ahead. `servings` is how many people may get one challenge, `max_age` how long it is
    served, and `compose_seconds` what writing a batch may take, at most.
    """

    low: int = 3
    high: int = 6
    servings: int = 20
    max_age: timedelta = timedelta(days=30)
    compose_seconds: float = 45.0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ValueError: a mark is negative, the low one is above the high one, or nothing may be served.
        """
        if not 0 <= self.low <= self.high:
            raise ValueError("the stock's marks must be 0 <= low <= high")
        if self.servings < 1 or self.max_age <= timedelta(0) or self.compose_seconds <= 0:
            raise ValueError("servings, max_age and compose_seconds of the stock must be positive")


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a person got from the stock, and how many more of the cell they could get."""

    draft: ChallengeDraft
    left: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a cell has had lately, newest first, and how many of each topic can still be served."""

    sketches: tuple[Sketch, ...]
    titles: tuple[str, ...]
    available: Mapping[str, int]
