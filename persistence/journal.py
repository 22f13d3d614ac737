"""What a running evaluation produces: steps with their events in one transaction, under the lease's fence."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.enums import EvaluationStatus
from domain.errors import GradingFailed
from domain.evaluation import DimensionScore, Failure, FeedbackDelta, Lease
from domain.events import Completed, DimensionScored, Failed, FeedbackWritten, Happening, PhaseChanged
from domain.results import EvaluationResult, Step
from persistence.database import Database, UnitOfWork
from persistence.wakeups import LocalWakeUps, evaluation_topic


class Journal:
    """Stores the steps of evaluations and wakes whoever follows them. Every step also renews the lease.

    Every method raises LeaseLost, having stored nothing, when the lease is no longer the newest.
    """

    def __init__(self, database: Database, wake_ups: LocalWakeUps, *, lease_duration: timedelta) -> None:
        self._database = database
        self._wake_ups = wake_ups
        self._lease_duration = lease_duration

    async def store(self, lease: Lease, steps: Sequence[Step]) -> None:
        """Store steps, each with its event, in one transaction.

        A dimension is announced without its criteria, for their rationales name key points. Of a piece of feedback only
        the event is stored: the whole comes with the result, which reveals the challenge's solution and charges the
        reservation.
        """

        def transaction(work: UnitOfWork) -> None:
            happenings = [_happening(lease, step) for step in steps]
            self._record(work, lease, happenings, **_changes(steps, now=work.now))
            landed = [step for step in steps if isinstance(step, DimensionScore)]
            if landed:
                work.scores.add(lease.evaluation_id, landed)
            if isinstance(steps[-1], EvaluationResult):
                work.challenges.mark_answered_by(lease.evaluation_id, work.now)
                work.ledger.charge_subject(lease.evaluation_id, now=work.now)

        await self._commit(lease, transaction)

    async def fail(self, lease: Lease, error: GradingFailed) -> None:
        """End without a result, and refund the reservation."""

        def transaction(work: UnitOfWork) -> None:
            refunded = work.ledger.refund_subject(lease.evaluation_id, now=work.now)
            failure = Failure(error.code, str(error), refunded)
            self._record(
                work,
                lease,
                [Failed(failure)],
                status=EvaluationStatus.FAILED,
                failure_code=failure.code,
                failure_message=failure.message,
                refunded=failure.refunded,
                completed_at=work.now,
            )

        await self._commit(lease, transaction)

    def _record(self, work: UnitOfWork, lease: Lease, happenings: Sequence[Happening], **changes: Any) -> None:  # noqa: ANN401 - columns of every type
        expires_at = None if "status" in changes else work.now + self._lease_duration
        last = work.evaluations.advance(lease, events=len(happenings), lease_expires_at=expires_at, **changes)
        work.events.append(lease.evaluation_id, last + 1 - len(happenings), *happenings, now=work.now)

    async def _commit(self, lease: Lease, transaction: Callable[[UnitOfWork], None]) -> None:
        await self._database.write(transaction)
        self._wake_ups.ring(evaluation_topic(lease.evaluation_id))


def _happening(lease: Lease, step: Step) -> Happening:
    match step:
        case PhaseChanged():
            return step
        case DimensionScore():
            return DimensionScored(replace(step, criteria=(), calls=()))
        case FeedbackDelta():
            return FeedbackWritten(lease.attempt + step.rewrite, step.section, step.text)
        case EvaluationResult():
            return Completed()


def _changes(steps: Sequence[Step], *, now: datetime) -> dict[str, object]:
    """What `advance` is told of those steps. A phase says how many are done; a dimension or the result is one more."""
    changes: dict[str, object] = {}
    done: int | None = None
    further = 0
    for step in steps:
        match step:
            case PhaseChanged():
                done, further = step.completed_steps, 0
                changes |= {"phase": step.phase, "total_steps": step.total_steps}
            case DimensionScore():
                further += 1
            case FeedbackDelta():
                pass
            case EvaluationResult():
                further += 1
                changes |= _ended(step, now=now)
    return changes | ({"steps": further} if done is None else {"completed_steps": done + further})


def _ended(result: EvaluationResult, *, now: datetime) -> dict[str, object]:
    return {
        "status": EvaluationStatus.COMPLETED,
        "overall_score": result.overall_score,
        "correct": result.correct,
        "feedback": result.feedback,
        "model_answers": result.model_answers,
        "engine": result.provenance.engine,
        "model": result.provenance.model,
        "version": result.provenance.version,
        "degraded": result.provenance.degraded,
        "completed_at": now,
        "calls": result.calls or None,
    }
