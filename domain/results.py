"""What working on an evaluation brings, step by step, and how it ends well."""

from dataclasses import dataclass

from domain.calls import Call
from domain.challenge import AnswerPart, Provenance
from domain.evaluation import DimensionScore, Feedback, FeedbackDelta
from domain.events import PhaseChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """The outcome: `overall_score` 0..100. `correct` is for multiple choice, the rest but the score for scenarios.

    `calls` are what models were asked beside those of the dimensions.
    """

    overall_score: float
    correct: bool | None = None
    feedback: Feedback | None = None
    model_answers: tuple[AnswerPart, ...] = ()
    provenance: Provenance
    calls: tuple[Call, ...] = ()


Step = PhaseChanged | DimensionScore | FeedbackDelta | EvaluationResult
"""What is stored of a run: a phase that begins, a dimension that lands, a piece of feedback; last of all the result."""
