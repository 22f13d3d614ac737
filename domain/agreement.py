"""What several judges of one answer come to: one level for each criterion, and how sure that is.

Three voices are heard where a second model was asked: both models and the embedded grader. The median of three is
one of them, so whoever gave the level also gives its evidence; and one voice that was talked into a level, or knows no
better, cannot move it past the other two, as it would a mean.

Source: panels of judges of different families agree with people better than one large judge: Verga et al. 2024,
Replacing Judges with Juries (arXiv 2404.18796); there votes or means are pooled.
"""

from statistics import median
from typing import Final

MOST_APART: Final = 25.0
"""Points of 100 by which a model and the embedded grader may differ on a dimension before a second model is asked."""
TWO_JUDGES: Final = 0.95
"""Confidence in two models that give the same score: they may still be wrong alike."""
ONE_JUDGE: Final = 0.85
"""Confidence in one model that gives the embedded grader's score."""
UNCONFIRMED: Final = 0.3
"""The most that a judgement is worth that called for a second judge who was not heard."""


def level_of(first: int, second: int, embedded: int) -> int:
    """The level of a criterion, 0..5: what both models say, or the median where they differ."""
    return int(median((first, second, embedded)))


def apart(score: float, other: float) -> bool:
    """Whether two scores of a dimension, 0..100, call for a second judge."""
    return abs(score - other) > MOST_APART


def confirmed(first: float, second: float) -> float:
    """Confidence, 0..1, from the spread of two models' scores of a dimension: 0.95 at none, 0 at 100 points.

    Of two providers: one that is asked twice says the same twice, and confirms nothing beyond `unaided`.
    """
    return round(TWO_JUDGES * (1 - abs(first - second) / 100), 2)


def unaided(model: float, embedded: float) -> float:
    """Confidence, 0..1, in one model's score of a dimension, from how near the embedded grader's is."""
    return round(ONE_JUDGE * (1 - abs(model - embedded) / 100), 2)


def unconfirmed(model: float, embedded: float) -> float:
    """The same, where a second judge was due and not heard."""
    return min(UNCONFIRMED, unaided(model, embedded))
