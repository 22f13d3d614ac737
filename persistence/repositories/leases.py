"""Leases: which runner may work on which evaluation. A take-over raises the fence and shuts the earlier runner out."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, ScalarSelect, func, literal, select, update

from domain.enums import EvaluationStatus
from domain.evaluation import Answer, Assignment, Backlog, Lease
from domain.ids import ChallengeId, EvaluationId
from persistence.codec import decode
from persistence.repositories.challenges import Challenges
from persistence.repositories.evaluations import progress_of
from persistence.repositories.events import Events
from persistence.repositories.scores import Scores
from persistence.tables import evaluations

_E = evaluations.c


class Leases:
    """Leases on evaluations that have not ended."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def any_free(self, *, now: datetime) -> bool:
        """Whether some evaluation waits for a runner. A cheap look before `take`, which writes."""
        return self._connection.execute(select(_E.id).where(_E.lease_expires_at <= now).limit(1)).first() is not None

    def take(self, *, now: datetime, duration: timedelta) -> Assignment | None:
        """Take the evaluation that has waited longest and that nobody holds; None when there is none."""
        row = self._connection.execute(
            update(evaluations)
            .where(_E.id == _longest_waiting(now))
            .values(
                status=EvaluationStatus.RUNNING,
                fence=_E.fence + 1,
                attempt=_E.attempt + 1,
                stalled_attempts=_E.stalled_attempts + 1,
                lease_expires_at=now + duration,
                started_at=func.coalesce(_E.started_at, literal(now, _E.started_at.type)),
            )
            .returning(*_E)
        ).one_or_none()
        return None if row is None else self._assignment(row, now)

    def set_aside(self, *, now: datetime, rest: timedelta) -> EvaluationId | None:
        """Let the evaluation that has waited longest rest, because what is stored of it cannot be read."""
        id = self._connection.execute(
            update(evaluations)
            .where(_E.id == _longest_waiting(now))
            .values(lease_expires_at=now + rest)
            .returning(_E.id)
        ).scalar_one_or_none()
        return None if id is None else EvaluationId(id)

    def backlog(self, *, now: datetime) -> Backlog:
        """What waits for a runner. Costs as much as there is waiting."""
        row = self._connection.execute(
            select(func.count().label("amount"), func.min(_E.lease_expires_at).label("since")).where(
                _E.lease_expires_at <= now
            )
        ).one()
        return Backlog(row.amount, timedelta(0) if row.since is None else now - row.since)

    def renew(self, lease: Lease, *, now: datetime, duration: timedelta) -> bool:
        """Keep a lease. False when it is lost."""
        return self._set_expiry(lease, now + duration)

    def hand_back(self, lease: Lease, *, runnable_at: datetime) -> bool:
        """Let any runner take the evaluation from `runnable_at` on. False when the lease was lost before."""
        return self._set_expiry(lease, runnable_at)

    def _set_expiry(self, lease: Lease, expires_at: datetime) -> bool:
        return (
            self._connection.execute(
                update(evaluations)
                .where(
                    _E.id == lease.evaluation_id,
                    _E.fence == lease.fence,
                    _E.status == EvaluationStatus.RUNNING,
                )
                .values(lease_expires_at=expires_at)
                .returning(_E.id)
            ).first()
            is not None
        )

    def _assignment(self, row: Any, now: datetime) -> Assignment:  # noqa: ANN401 - SQLAlchemy rows have the columns as attributes
        evaluation_id = EvaluationId(row.id)
        return Assignment(
            lease=Lease(evaluation_id, row.fence, row.attempt),
            challenge=Challenges(self._connection).with_solution(ChallengeId(row.challenge_id)),
            answer=decode(row.answer, Answer),
            progress=progress_of(row.phase, row.completed_steps, row.total_steps, row.last_sequence),
            scores=Scores(self._connection).for_grading(evaluation_id),
            stalled_attempts=row.stalled_attempts,
            age=now - row.created_at,
            request_id=row.request_id,
            # The first runner finds nothing that was said before it.
            feedback_attempts=Events(self._connection).feedback_attempts(evaluation_id) if row.attempt > 1 else 0,
        )


def _longest_waiting(now: datetime) -> ScalarSelect[str]:
    return (
        select(_E.id)
        .where(_E.lease_expires_at <= now)
        .order_by(_E.lease_expires_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
