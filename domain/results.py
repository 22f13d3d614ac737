"""How an evaluation ends well."""

from dataclasses import dataclass

from domain.calls import Call
from domain.challenge import AnswerPart, Provenance
from domain.evaluation import Feedback


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
