"""What happens to an evaluation, as a subscription tells it."""

from datetime import datetime
from typing import Final

import strawberry

from domain import events as domain
from domain.ids import EvaluationId
from schema import ids
from schema.enums import EvaluationPhase, FeedbackSection
from schema.evaluations import Evaluation
from schema.info import Info
from schema.scores import DimensionScore, EvaluationFailure


@strawberry.interface(
    description="Something that happened to an evaluation. Stored: it comes the same however often it is asked for."
)
class EvaluationEvent:
    """Numbered without gaps."""

    evaluation_id: strawberry.ID = strawberry.field(description="The evaluation it happened to.")
    sequence: int = strawberry.field(
        description="1, 2, 3 … without gaps: after a reconnect, send the last one seen as `afterSequence`."
    )
    occurred_at: datetime = strawberry.field(description="When it happened.")


@strawberry.type(description="The answer is stored and waits for somebody to work on it. The first event.")
class EvaluationQueued(EvaluationEvent):
    """Queued."""


@strawberry.type(description="Work went on to the next phase, or a step of it was done.")
class EvaluationPhaseChanged(EvaluationEvent):
    """A new phase."""

    phase: EvaluationPhase = strawberry.field(description="What is being done now.")
    completed_steps: int = strawberry.field(description="Steps that are done.")
    total_steps: int = strawberry.field(description="Steps in all.")


@strawberry.type(description="A dimension was judged. Comes once a dimension, and is final.")
class EvaluationDimensionScored(EvaluationEvent):
    """A score."""

    score: DimensionScore = strawberry.field(description="The score, with its evidence.")


@strawberry.type(
    description=(
        "A piece of the feedback as it is written, at most one in 100 ms. The pieces of a section join to its text; "
        "when `attempt` grows, another runner took over and every section starts afresh."
    )
)
class EvaluationFeedbackDelta(EvaluationEvent):
    """A piece of text."""

    attempt: int = strawberry.field(description="Which runner writes, counted from 1.")
    section: FeedbackSection = strawberry.field(description="The part of the feedback that it belongs to.")
    text: str = strawberry.field(description="The next words.")


@strawberry.type(description="The result is there. The last event of an evaluation that went well.")
class EvaluationCompleted(EvaluationEvent):
    """Done."""

    source: strawberry.Private[EvaluationId]

    @strawberry.field(description="The evaluation with its result, as it is now.")
    async def evaluation(self, info: Info) -> Evaluation:
        evaluation = await info.context.loaders.evaluations.load(self.source)
        if evaluation is None:
            raise LookupError("an event without its evaluation")
        return Evaluation.of(evaluation)


@strawberry.type(description="There will be no result. A last event.")
class EvaluationFailed(EvaluationEvent):
    """Failed."""

    failure: EvaluationFailure = strawberry.field(description="Why, and whether it was refunded.")


@strawberry.type(description="The person stopped it. A last event.")
class EvaluationCancelled(EvaluationEvent):
    """Cancelled."""


EVENTS: Final[tuple[type[EvaluationEvent], ...]] = (
    EvaluationQueued,
    EvaluationPhaseChanged,
    EvaluationDimensionScored,
    EvaluationFeedbackDelta,
    EvaluationCompleted,
    EvaluationFailed,
    EvaluationCancelled,
)


def event_of(event: domain.Event) -> EvaluationEvent:  # noqa: PLR0911 - one return a kind
    """From the domain, as the type of what happened."""
    id, sequence, at = ids.evaluation(event.evaluation_id), event.sequence, event.occurred_at
    match event.happening:
        case domain.Queued():
            return EvaluationQueued(evaluation_id=id, sequence=sequence, occurred_at=at)
        case domain.PhaseChanged(phase, completed_steps, total_steps):
            return EvaluationPhaseChanged(
                evaluation_id=id,
                sequence=sequence,
                occurred_at=at,
                phase=phase,
                completed_steps=completed_steps,
                total_steps=total_steps,
            )
        case domain.DimensionScored(score):
            return EvaluationDimensionScored(
                evaluation_id=id, sequence=sequence, occurred_at=at, score=DimensionScore.of(score)
            )
        case domain.FeedbackWritten(attempt, section, text):
            return EvaluationFeedbackDelta(
                evaluation_id=id, sequence=sequence, occurred_at=at, attempt=attempt, section=section, text=text
            )
        case domain.Completed():
            return EvaluationCompleted(evaluation_id=id, sequence=sequence, occurred_at=at, source=event.evaluation_id)
        case domain.Failed(failure):
            return EvaluationFailed(
                evaluation_id=id, sequence=sequence, occurred_at=at, failure=EvaluationFailure.of(failure)
            )
        case domain.Cancelled():
            return EvaluationCancelled(evaluation_id=id, sequence=sequence, occurred_at=at)
