"""How an answer was judged: scores with evidence, and feedback."""

from typing import Self

import strawberry

from domain import evaluation as domain
from schema.enums import Dimension, EvaluationFailureCode


@strawberry.type(
    description=(
        "A quote from the answer, checked: `quote` equals the slice `start` to `end` of that part's text. Offsets "
        "count Unicode code points, not UTF-16 units; the end is exclusive."
    )
)
class Evidence:
    """A stretch of the answer."""

    question_id: strawberry.ID = strawberry.field(description="The part of the answer that it is from.")
    quote: str = strawberry.field(description="The words, verbatim.")
    start: int = strawberry.field(description="The first code point, counted from 0.")
    end: int = strawberry.field(description="The code point after the last one.")
    supports: bool = strawberry.field(description="True when it speaks for the answer, false when against it.")
    criterion_id: strawberry.ID | None = strawberry.field(
        description="The criterion it was quoted for; null when it concerns the dimension as a whole."
    )

    @classmethod
    def of(cls, evidence: domain.Evidence) -> Self:
        """From the domain."""
        return cls(
            question_id=strawberry.ID(evidence.question_id),
            quote=evidence.quote,
            start=evidence.start,
            end=evidence.end,
            supports=evidence.supports,
            criterion_id=None if evidence.criterion_id is None else strawberry.ID(evidence.criterion_id),
        )


@strawberry.type(description="One criterion of the rubric, judged and weighed.")
class CriterionResult:
    """Level, points, reasons."""

    criterion_id: strawberry.ID = strawberry.field(description="The criterion, as in the challenge's `rubric`.")
    title: str = strawberry.field(description="What was looked at.")
    level: int = strawberry.field(description="How well it was met: 0 (nothing) to 5 (complete).")
    points: int = strawberry.field(description="Points to be had.")
    awarded: float = strawberry.field(description="Points earned: points times level divided by 5.")
    rationale: str = strawberry.field(description="Why this level.")

    @classmethod
    def of(cls, result: domain.CriterionResult) -> Self:
        """From the domain."""
        return cls(
            criterion_id=strawberry.ID(result.criterion_id),
            title=result.title,
            level=result.level,
            points=result.points,
            awarded=result.awarded,
            rationale=result.rationale,
        )


@strawberry.type(description="One dimension of an answer, judged: final when it is announced.")
class DimensionScore:
    """Score, confidence, evidence."""

    dimension: Dimension = strawberry.field(description="Which side of the answer.")
    weight: float = strawberry.field(description="Its share of the overall score, 0..1; the four add up to 1.")
    score: float = strawberry.field(description="0..100, worked out in code from the criteria.")
    confidence: float = strawberry.field(description="How sure the grader is, 0..1.")
    rationale: str = strawberry.field(description="Why this score. Never names a key point.")
    source: strawberry.Private[domain.DimensionScore]

    @strawberry.field(description="Quotes from the answer. When there are none, the rationale says why.")
    def evidence(self) -> list[Evidence]:
        return [Evidence.of(evidence) for evidence in self.source.evidence]

    @strawberry.field(
        description="The criteria behind the score. Empty until the evaluation has COMPLETED: they name key points."
    )
    def criteria(self) -> list[CriterionResult]:
        return [CriterionResult.of(result) for result in self.source.criteria]

    @classmethod
    def of(cls, score: domain.DimensionScore) -> Self:
        """From the domain."""
        return cls(
            dimension=score.dimension,
            weight=score.weight,
            score=score.score,
            confidence=score.confidence,
            rationale=score.rationale,
            source=score,
        )


@strawberry.type(description="One thing to do better. About the answer, never about the person.")
class Improvement:
    """An advice."""

    dimension: Dimension = strawberry.field(description="The dimension it would lift.")
    priority: int = strawberry.field(description="1 comes first.")
    text: str = strawberry.field(description="What to do, and why it helps.")


@strawberry.type(description="What a person takes away from a scenario answer.")
class Feedback:
    """Summary, strengths, improvements."""

    summary: str = strawberry.field(description="What the answer amounts to.")
    strengths: list[str] = strawberry.field(description="What was good about it.")
    improvements: list[Improvement] = strawberry.field(description="What to do better, most useful first.")

    @classmethod
    def of(cls, feedback: domain.Feedback) -> Self:
        """From the domain."""
        return cls(
            summary=feedback.summary,
            strengths=list(feedback.strengths),
            improvements=[
                Improvement(dimension=item.dimension, priority=item.priority, text=item.text)
                for item in feedback.improvements
            ],
        )


@strawberry.type(description="Why an evaluation ended without a result.")
class EvaluationFailure:
    """Code and words."""

    code: EvaluationFailureCode = strawberry.field(description="The reason, for programs.")
    message: str = strawberry.field(description="The reason, and what to do, for the person.")
    refunded: bool = strawberry.field(description="Whether the quota was given back.")

    @classmethod
    def of(cls, failure: domain.Failure) -> Self:
        """From the domain."""
        return cls(code=failure.code, message=failure.message, refunded=failure.refunded)
