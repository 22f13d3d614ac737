"""Evaluations, as their owner sees them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self, cast

import strawberry

from domain import evaluation as domain
from resolvers.loaders import RevisionsKey
from schema import ids
from schema.challenges import Challenge
from schema.connections import First, page_size
from schema.enums import EvaluationPhase, EvaluationStatus
from schema.info import Info
from schema.nodes import Node
from schema.projection import PRELOADED, preloaded
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
    correct: bool | None = strawberry.field(
        description="Whether the right option was chosen; null for scenarios and until COMPLETED."
    )
    overall_score: float | None = strawberry.field(
        description="0..100, weighed in code from the dimensions; null until COMPLETED. Multiple choice: 100 or 0."
    )
    created_at: datetime = strawberry.field(description="When the answer was handed in.")
    started_at: datetime | None = strawberry.field(description="When work on it began; null while QUEUED.")
    completed_at: datetime | None = strawberry.field(description="When it ended, however it ended; null before.")
    source: strawberry.Private[domain.Evaluation]
    preloaded: strawberry.Private[Mapping[int, object] | None] = None

    @strawberry.field(description="What was handed in.")
    def answer(self) -> Answer:
        return Answer.of(self.source.answer)

    @strawberry.field(description="How far it is.")
    def progress(self) -> EvaluationProgress:
        return EvaluationProgress.of(self.source.progress)

    @strawberry.field(description="What to take away; null until COMPLETED and for multiple choice.")
    def feedback(self) -> Feedback | None:
        return None if self.source.feedback is None else Feedback.of(self.source.feedback)

    @strawberry.field(
        description="A very good answer, one part a question; empty until COMPLETED and for multiple choice."
    )
    def model_answers(self) -> list[AnswerPart]:
        return [AnswerPart.of(part) for part in self.source.model_answers]

    @strawberry.field(description="Who graded it; null until somebody did.")
    def provenance(self) -> Provenance | None:
        return None if self.source.provenance is None else Provenance.of(self.source.provenance)

    @strawberry.field(description="Why it FAILED; null otherwise.")
    def failure(self) -> EvaluationFailure | None:
        return None if self.source.failure is None else EvaluationFailure.of(self.source.failure)

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

    @strawberry.field(
        description="The dimensions that have been judged so far, final; empty for multiple choice.",
        metadata={PRELOADED: True},
    )
    async def dimension_scores(self, info: Info) -> list[DimensionScore]:
        if (shown := preloaded(self, info._raw_info)) is not None:  # noqa: SLF001 - there is no public name
            return cast("list[DimensionScore]", shown)
        return [DimensionScore.of(score) for score in await info.context.loaders.scores.load(self.source.id)]

    @classmethod
    def of(cls, evaluation: domain.Evaluation, *, preloaded: Mapping[int, object] | None = None) -> Self:
        """From the domain. `preloaded` has what came with its page: see projection.py."""
        return cls(
            id=ids.evaluation(evaluation.id),
            status=evaluation.status,
            correct=evaluation.correct,
            overall_score=evaluation.overall_score,
            created_at=evaluation.created_at,
            started_at=evaluation.started_at,
            completed_at=evaluation.completed_at,
            source=evaluation,
            preloaded=preloaded,
        )

    @classmethod
    def maybe(cls, evaluation: domain.Evaluation | None) -> Self | None:
        """From the domain, where it is there."""
        return None if evaluation is None else cls.of(evaluation)
