"""Holding a grader to what the answer really says."""

from collections.abc import Iterable
from dataclasses import replace

from domain.enums import Dimension, EvaluationFailureCode
from domain.errors import GradingFailed
from domain.evaluation import CriterionGrade, DimensionGrade, DimensionScore, Evidence
from domain.grading import GradingTask
from domain.scoring import HIGHEST_LEVEL

UNFOUNDED = "No quote that is in the answer was given for this criterion, so it counts as unmet."


def check_complete(task: GradingTask, dimension: Dimension, grade: DimensionGrade) -> None:
    """Refuse a grade of another dimension, one that misses or invents a criterion, or one that is off a scale.

    Raises:
        GradingFailed: with OUTPUT_INVALID.
    """
    asked = [line.criterion.id for line in task.lines(dimension)]
    judged = [criterion.criterion_id for criterion in grade.criteria]
    on_scale = all(0 <= c.level <= HIGHEST_LEVEL and 0 <= c.confidence <= 1 for c in grade.criteria)
    if grade.dimension is not dimension or sorted(asked) != sorted(judged) or not on_scale:
        raise GradingFailed(
            f"The grader's judgement of {dimension.value} does not fit the rubric.",
            code=EvaluationFailureCode.OUTPUT_INVALID,
        )


def unfounded(task: GradingTask, grade: DimensionGrade) -> frozenset[str]:
    """The criteria that rest on a quote which is not where the grader says it is."""
    texts = {part.question_id: part.text for part in task.parts}
    return frozenset(
        criterion.criterion_id
        for criterion in grade.criteria
        if not all(_stands(texts, evidence) for evidence in criterion.evidence)
    )


def without(grade: DimensionGrade, criterion_ids: frozenset[str]) -> DimensionGrade:
    """The grade with those criteria counted as unmet."""
    return replace(
        grade,
        criteria=tuple(
            CriterionGrade(criterion.criterion_id, 0, criterion.confidence, UNFOUNDED)
            if criterion.criterion_id in criterion_ids
            else criterion
            for criterion in grade.criteria
        ),
    )


def missing_dimensions(scores: Iterable[DimensionScore]) -> list[Dimension]:
    """The dimensions that nobody judged, in the order of the enum."""
    landed = {score.dimension for score in scores}
    return [dimension for dimension in Dimension if dimension not in landed]


def contradictions(scores: Iterable[DimensionScore]) -> int:
    """How many quotes support one criterion and undermine another."""
    verdicts: dict[tuple[str, int, int], set[bool]] = {}
    for score in scores:
        for evidence in score.evidence:
            verdicts.setdefault((evidence.question_id, evidence.start, evidence.end), set()).add(evidence.supports)
    return sum(len(seen) > 1 for seen in verdicts.values())


def _stands(texts: dict[str, str], evidence: Evidence) -> bool:
    text = texts.get(evidence.question_id)
    return text is not None and bool(evidence.quote) and text[evidence.start : evidence.end] == evidence.quote
