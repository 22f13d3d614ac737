"""What a running evaluation produces: each step is one transaction with its event, under the lease's fence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from domain.enums import EvaluationPhase, EvaluationStatus
from domain.errors import GradingFailed
from domain.evaluation import DimensionScore, Failure, FeedbackDelta, Lease
from domain.events import Completed, DimensionScored, Failed, FeedbackWritten, Happening, PhaseChanged
from domain.results import EvaluationResult
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

    async def enter(self, lease: Lease, phase: EvaluationPhase, *, completed_steps: int, total_steps: int) -> None:
        """Begin a phase."""

        def step(work: UnitOfWork) -> None:
            self._record(
                work,
                lease,
                PhaseChanged(phase, completed_steps, total_steps),
                phase=phase,
                completed_steps=completed_steps,
                total_steps=total_steps,
            )

        await self._commit(lease, step)

    async def land(self, lease: Lease, score: DimensionScore) -> None:
        """Store a dimension with its criteria; it is announced without them, for their rationales name key points."""

        def step(work: UnitOfWork) -> None:
            self._record(work, lease, DimensionScored(replace(score, criteria=(), calls=())), steps=1)
            work.scores.add(lease.evaluation_id, score)

        await self._commit(lease, step)

    async def append_feedback(self, lease: Lease, delta: FeedbackDelta) -> None:
        """Announce a piece of feedback; the whole is stored with the result."""

        def step(work: UnitOfWork) -> None:
            self._record(work, lease, FeedbackWritten(lease.attempt + delta.rewrite, delta.section, delta.text))

        await self._commit(lease, step)

    async def complete(self, lease: Lease, result: EvaluationResult) -> None:
        """Store the result, reveal the challenge's solution, and charge the reservation."""

        def step(work: UnitOfWork) -> None:
            self._record(
                work,
                lease,
                Completed(),
                steps=1,
                status=EvaluationStatus.COMPLETED,
                overall_score=result.overall_score,
                correct=result.correct,
                feedback=result.feedback,
                model_answers=result.model_answers,
                engine=result.provenance.engine,
                model=result.provenance.model,
                version=result.provenance.version,
                degraded=result.provenance.degraded,
                completed_at=work.now,
                calls=result.calls or None,
            )
            work.challenges.mark_answered_by(lease.evaluation_id, work.now)
            work.ledger.charge_subject(lease.evaluation_id, now=work.now)

        await self._commit(lease, step)

    async def fail(self, lease: Lease, error: GradingFailed) -> None:
        """End without a result, and refund the reservation."""

        def step(work: UnitOfWork) -> None:
            refunded = work.ledger.refund_subject(lease.evaluation_id, now=work.now)
            failure = Failure(error.code, str(error), refunded)
            self._record(
                work,
                lease,
                Failed(failure),
                status=EvaluationStatus.FAILED,
                failure_code=failure.code,
                failure_message=failure.message,
                refunded=failure.refunded,
                completed_at=work.now,
            )

        await self._commit(lease, step)

    def _record(
        self, work: UnitOfWork, lease: Lease, happening: Happening, *, steps: int = 0, **changes: object
    ) -> None:
        expires_at = None if "status" in changes else work.now + self._lease_duration
        sequence = work.evaluations.advance(lease, steps=steps, lease_expires_at=expires_at, **changes)
        work.events.append(lease.evaluation_id, sequence, happening, now=work.now)

    async def _commit(self, lease: Lease, step: Callable[[UnitOfWork], None]) -> None:
        await self._database.write(step)
        self._wake_ups.ring(evaluation_topic(lease.evaluation_id))
