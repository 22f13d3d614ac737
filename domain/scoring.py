"""The arithmetic of scores. No grader, and least of all a model, does any of it."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from domain.challenge import Criterion
from domain.enums import Dimension
from domain.evaluation import CriterionGrade, CriterionResult, DimensionGrade, DimensionScore

WEIGHTS: Mapping[Dimension, float] = MappingProxyType(
    {
        Dimension.TECHNICAL_ACCURACY: 0.40,
        Dimension.PROBLEM_SOLVING: 0.30,
        Dimension.COMMUNICATION: 0.10,
        Dimension.BUSINESS_IMPACT: 0.20,
    }
)
"""Share of each dimension in the overall score; they add up to 1."""

HIGHEST_LEVEL = 5
"""Levels of a criterion go from 0 to this."""

TOTAL_POINTS = 100
"""What the criteria of a rubric add up to."""

_DECIMALS = 1


def apportion(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share `total` points out by weights of 1 or more: whole points, at least 1 each, that add up to `total`.

    Each gets one, and the rest goes by weight, rounded by largest remainders; a greater weight never gets less.

    Raises:
        ValueError: there are fewer points than weights.
    """
    rest, sum_of_weights = total - len(weights), sum(weights)
    if rest < 0:
        raise ValueError(f"{total} points are too few for {len(weights)} criteria")
    whole = [rest * weight // sum_of_weights for weight in weights]
    left = rest - sum(whole)
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(rest * weights[at] % sum_of_weights), at))
    favoured = set(by_remainder[:left])
    return tuple(1 + points + (at in favoured) for at, points in enumerate(whole))


def points_of(dimension: Dimension) -> int:
    """The points that the criteria of a dimension have together, so that a point is worth the same in all of them."""
    return round(TOTAL_POINTS * WEIGHTS[dimension])


def award(criterion: Criterion, grade: CriterionGrade) -> CriterionResult:
    """Turn a level into points: the criterion's points times level / 5."""
    return CriterionResult(
        criterion_id=criterion.id,
        title=criterion.title,
        level=grade.level,
        points=criterion.points,
        awarded=round(criterion.points * grade.level / HIGHEST_LEVEL, 2),
        rationale=grade.rationale,
    )


def score_dimension(grade: DimensionGrade, criteria: Iterable[Criterion]) -> DimensionScore:
    """Weigh the criteria of one dimension by their points.

    Returns:
        A score in 0..100, rounded to one decimal; the confidence is the mean of the criteria's, weighed by points.
    """
    by_id = {criterion.id: criterion for criterion in criteria}
    results = tuple(award(by_id[judged.criterion_id], judged) for judged in grade.criteria)
    points = sum(result.points for result in results)
    return DimensionScore(
        dimension=grade.dimension,
        weight=WEIGHTS[grade.dimension],
        score=round(
            100 * sum(result.points * result.level for result in results) / (points * HIGHEST_LEVEL), _DECIMALS
        ),
        confidence=round(
            sum(by_id[judged.criterion_id].points * judged.confidence for judged in grade.criteria) / points, 2
        ),
        rationale=grade.rationale,
        evidence=tuple(evidence for judged in grade.criteria for evidence in judged.evidence),
        provenance=grade.provenance,
        criteria=results,
    )


def overall(scores: Iterable[DimensionScore]) -> float:
    """The weighted score of a scenario answer, 0..100, rounded to one decimal."""
    return round(sum(score.weight * score.score for score in scores), _DECIMALS)
