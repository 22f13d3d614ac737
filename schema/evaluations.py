"""Evaluations, as their owner sees them."""

from datetime import datetime
from typing import Self

import strawberry

from domain import evaluation as domain
from resolvers.loaders import RevisionsKey
from schema import ids
from schema.challenges import Challenge
from schema.connections import First, page_size
from schema.enums import EvaluationPhase, EvaluationStatus
from schema.info import Info
from schema.nodes import Node
from schema.provenance import Provenance
from schema.scores import DimensionScore, EvaluationFailure, Feedback
from schema.solutions import AnswerPart


@strawberry.type(description="An answer as it was handed in: an option, or one part for each question.")
class Answer:
    """What was answered."""

    option_id: strawberry.ID | None = strawberry.field(description="The chosen option; null for a scenario.")
    parts: list[AnswerPart] = strawberry.field(
        description="One part for each question, in their order; empty for multiple choice."
    )

    @classmethod
    def of(cls, answer: domain.Answer) -> Self:
        """From the domain."""
        return cls(
            option_id=None if answer.option_id is None else strawberry.ID(answer.option_id),
            parts=[AnswerPart.of(part) for part in answer.parts],
        )


@strawberry.type(description="How far an evaluation is.")
class EvaluationProgress:
    """Phase and steps."""

    phase: EvaluationPhase | None = strawberry.field(
        description="What is being done, or was done last; null before anything was."
    )
    completed_steps: int = strawberry.field(description="Steps that are done.")
    total_steps: int = strawberry.field(description="Steps in all.")
    last_sequence: int = strawberry.field(
        description="The number of the newest event: send it as `afterSequence` to see only what comes after this."
    )

    @classmethod
    def of(cls, progress: domain.Progress) -> Self:
        """From the domain."""
        return cls(
            phase=progress.phase,
            completed_steps=progress.completed_steps,
            total_steps=progress.total_steps,
            last_sequence=progress.last_sequence,
        )


@strawberry.type(description="One answer of the viewer's and how it was judged.")
class Evaluation(Node):
    """Watched by subscribing to `evaluationProgress`."""

    status: EvaluationStatus = strawberry.field(description="Where it is in its life.")
    answer: Answer = strawberry.field(description="What was handed in.")
    correct: bool | None = strawberry.field(
        description="Whether the right option was chosen; null for scenarios and until COMPLETED."
    )
    progress: EvaluationProgress = strawberry.field(description="How far it is.")
    overall_score: float | None = strawberry.field(
        description="0..100, weighed in code from the dimensions; null until COMPLETED. Multiple choice: 100 or 0."
    )
    feedback: Feedback | None = strawberry.field(
        description="What to take away; null until COMPLETED and for multiple choice."
    )
    model_answers: list[AnswerPart] = strawberry.field(
        description="A very good answer, one part a question; empty until COMPLETED and for multiple choice."
    )
    provenance: Provenance | None = strawberry.field(description="Who graded it; null until somebody did.")
    failure: EvaluationFailure | None = strawberry.field(description="Why it FAILED; null otherwise.")
    created_at: datetime = strawberry.field(description="When the answer was handed in.")
    started_at: datetime | None = strawberry.field(description="When work on it began; null while QUEUED.")
    completed_at: datetime | None = strawberry.field(description="When it ended, however it ended; null before.")
    source: strawberry.Private[domain.Evaluation]

    @strawberry.field(description="The challenge that was answered.")
    async def challenge(self, info: Info) -> Challenge:
        challenge = await info.context.loaders.challenges.load(self.source.challenge_id)
        if challenge is None:
            raise LookupError("an evaluation without its challenge")
        return Challenge.of(challenge)

    @strawberry.field(
        description="The earlier evaluation that this answer improves on; null when it is a first answer."
    )
    async def revision_of(self, info: Info) -> "Evaluation | None":
        if self.source.revises is None:
            return None
        return Evaluation.maybe(await info.context.loaders.evaluations.load(self.source.revises))

    @strawberry.field(
        description=(
            "The evaluations of later answers that improve on this one, oldest first: the other way of `revisionOf`. "
            "Most often none or one; several when one answer was improved on in several ways."
        )
    )
    async def revisions(self, info: Info, first: First = 10) -> list["Evaluation"]:
        key = RevisionsKey(self.source.id, page_size(first, default=10))
        return [Evaluation.of(evaluation) for evaluation in await info.context.loaders.revisions.load(key)]

    @strawberry.field(description="The dimensions that have been judged so far, final; empty for multiple choice.")
    async def dimension_scores(self, info: Info) -> list[DimensionScore]:
        return [DimensionScore.of(score) for score in await info.context.loaders.scores.load(self.source.id)]

    @classmethod
    def of(cls, evaluation: domain.Evaluation) -> Self:
        """From the domain."""
        return cls(
            id=ids.evaluation(evaluation.id),
            status=evaluation.status,
            answer=Answer.of(evaluation.answer),
            correct=evaluation.correct,
            progress=EvaluationProgress.of(evaluation.progress),
            overall_score=evaluation.overall_score,
            feedback=None if evaluation.feedback is None else Feedback.of(evaluation.feedback),
            model_answers=[AnswerPart.of(part) for part in evaluation.model_answers],
            provenance=None if evaluation.provenance is None else Provenance.of(evaluation.provenance),
            failure=None if evaluation.failure is None else EvaluationFailure.of(evaluation.failure),
            created_at=evaluation.created_at,
            started_at=evaluation.started_at,
            completed_at=evaluation.completed_at,
            source=evaluation,
        )

    @classmethod
    def maybe(cls, evaluation: domain.Evaluation | None) -> Self | None:
        """From the domain, where it is there."""
        return None if evaluation is None else cls.of(evaluation)
