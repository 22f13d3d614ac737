"""What chance allows: the two tests that tell an even spread from a pattern. No table, no library."""

from collections.abc import Sequence
from math import comb
from typing import Final

LEVEL: Final = 0.01
"""How often a share that is as it should be is called uneven. Half of it lies at either end."""
CHI_SQUARE_BOUND: Final = 16.27
"""Of four positions (3 degrees of freedom): exceeded once in 1,000 even spreads."""


def expected_range(trials: int, share: float) -> tuple[int, int]:
    """The fewest and the most successes that are no pattern: both binomial tails beyond them stay below LEVEL / 2.

    Of three trials every number is within it: so few show no pattern.
    """
    chances = [comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(trials + 1)]
    fewest = next(k for k in range(trials + 1) if sum(chances[: k + 1]) >= LEVEL / 2)
    most = next(k for k in range(trials, -1, -1) if sum(chances[k:]) >= LEVEL / 2)
    return fewest, most


def chi_square(counts: Sequence[int]) -> float:
    """Pearson's statistic of counts that should be equal; 0 when they are."""
    mean = sum(counts) / len(counts)
    return sum((count - mean) ** 2 for count in counts) / mean
