"""Evaluations: reading them, queueing them, and the one statement through which a runner writes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from domain.challenge import Provenance
from domain.enums import Engine, EvaluationFailureCode, EvaluationPhase, EvaluationStatus
from domain.errors import LeaseLost
from domain.evaluation import Answer, Evaluation, Failure, Feedback, Lease, Progress
from domain.ids import ChallengeId, EvaluationId, UserId
from domain.paging import Page, PageRequest
from persistence.codec import AnswerParts, decode, encode
from persistence.repositories.paging import newest_first, older_than, page_of
from persistence.tables import evaluations


class Evaluations:
    """Evaluations of people; a viewer's id goes into every statement that shows one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        answer: Answer,
        *,
        id: EvaluationId,
        user_id: UserId,
        challenge_id: ChallengeId,
        revises: EvaluationId | None,
        total_steps: int,
        now: datetime,
    ) -> None:
        """Queue an answer: any runner may take it from now on."""
        self._connection.execute(
            insert(evaluations).values(
                id=id,
                user_id=user_id,
                challenge_id=challenge_id,
                revises=revises,
                status=EvaluationStatus.QUEUED,
                completed_steps=0,
                total_steps=total_steps,
                last_sequence=0,
                answer=encode(answer, Answer),
                attempt=0,
                stalled_attempts=0,
                fence=0,
                lease_expires_at=now,
                created_at=now,
            )
        )

    def many(self, viewer: UserId, ids: Sequence[EvaluationId]) -> dict[EvaluationId, Evaluation]:
        """The viewer's evaluations among those ids."""
        rows = self._connection.execute(
            select(evaluations).where(evaluations.c.id.in_(ids), evaluations.c.user_id == viewer)
        )
        return {EvaluationId(row.id): evaluation_of(row) for row in rows}

    def pages(
        self, viewer: UserId, challenge_ids: Sequence[ChallengeId], request: PageRequest
    ) -> dict[ChallengeId, Page[Evaluation]]:
        """The same page of each of those challenges, in one statement."""
        columns = evaluations.c
        where = [columns.challenge_id.in_(challenge_ids), columns.user_id == viewer]
        if request.after is not None:
            where.append(older_than(evaluations, request.after))
        place = func.row_number().over(
            partition_by=columns.challenge_id, order_by=(columns.created_at.desc(), columns.id.desc())
        )
        placed = select(evaluations, place.label("place")).where(*where).subquery()
        rows = self._connection.execute(select(placed).where(placed.c.place <= request.first + 1))
        of_challenge: dict[str, list[Any]] = {id: [] for id in challenge_ids}
        # Sorted here: an index serves the numbering, but nothing would serve an ORDER BY around it.
        for row in sorted(rows, key=lambda row: row.place):
            of_challenge[row.challenge_id].append(row)
        return {ChallengeId(id): page_of(found, request, evaluation_of) for id, found in of_challenge.items()}

    def counts(self, viewer: UserId, challenge_ids: Sequence[ChallengeId]) -> dict[ChallengeId, int]:
        """How many evaluations the viewer has of each of those challenges; absent when none."""
        columns = evaluations.c
        rows = self._connection.execute(
            select(columns.challenge_id, func.count().label("amount"))
            .where(columns.challenge_id.in_(challenge_ids), columns.user_id == viewer)
            .group_by(columns.challenge_id)
        )
        return {ChallengeId(row.challenge_id): row.amount for row in rows}

    def page(self, viewer: UserId, challenge_id: ChallengeId, request: PageRequest) -> Page[Evaluation]:
        """The viewer's evaluations of one challenge, newest first."""
        statement = select(evaluations).where(
            evaluations.c.challenge_id == challenge_id, evaluations.c.user_id == viewer
        )
        rows = self._connection.execute(newest_first(statement, evaluations, request)).all()
        return page_of(rows, request, evaluation_of)

    def revisions(
        self, viewer: UserId, ids: Sequence[EvaluationId], *, first: int
    ) -> dict[EvaluationId, tuple[Evaluation, ...]]:
        """The viewer's evaluations that revise those, oldest first, at most `first` of each; absent when none."""
        columns = evaluations.c
        place = func.row_number().over(partition_by=columns.revises, order_by=(columns.created_at, columns.id))
        placed = (
            select(evaluations, place.label("place"))
            .where(columns.revises.in_(ids), columns.user_id == viewer)
            .subquery()
        )
        found: dict[EvaluationId, list[Evaluation]] = {}
        rows = self._connection.execute(select(placed).where(placed.c.place <= first)).all()
        # Sorted here, as the pages above are.
        for row in sorted(rows, key=lambda row: row.place):
            found.setdefault(EvaluationId(row.revises), []).append(evaluation_of(row))
        return {id: tuple(revisions) for id, revisions in found.items()}

    def advance(self, lease: Lease, *, steps: int = 0, **changes: object) -> int:
        """Change a running evaluation as the holder of its lease, and number the event that tells of it.

        `steps` are added to the completed ones; `changes` are columns with their new domain values.

        Returns:
            The sequence of that event.

        Raises:
            LeaseLost: another runner has taken over, or the evaluation has ended.
        """
        sequence = self._connection.execute(
            update(evaluations)
            .where(
                evaluations.c.id == lease.evaluation_id,
                evaluations.c.fence == lease.fence,
                evaluations.c.status == EvaluationStatus.RUNNING,
            )
            .values(
                last_sequence=evaluations.c.last_sequence + 1,
                stalled_attempts=0,
                **({"completed_steps": evaluations.c.completed_steps + steps} if steps else {}),
                **_stored(changes),
            )
            .returning(evaluations.c.last_sequence)
        ).scalar_one_or_none()
        if sequence is None:
            raise LeaseLost(f"evaluation {lease.evaluation_id} is no longer held with fence {lease.fence}")
        return int(sequence)

    def number_event(self, id: EvaluationId) -> int:
        """The sequence for an event of a queued evaluation that no runner has."""
        return int(
            self._connection.execute(
                update(evaluations)
                .where(evaluations.c.id == id)
                .values(last_sequence=evaluations.c.last_sequence + 1)
                .returning(evaluations.c.last_sequence)
            ).scalar_one()
        )

    def cancel(self, viewer: UserId, id: EvaluationId, *, now: datetime) -> int | None:
        """End an evaluation that has not ended, and shut its runner out.

        Returns:
            The sequence of the last event; None when there is nothing to cancel.
        """
        return self._connection.execute(
            update(evaluations)
            .where(
                evaluations.c.id == id,
                evaluations.c.user_id == viewer,
                evaluations.c.status.in_((EvaluationStatus.QUEUED, EvaluationStatus.RUNNING)),
            )
            .values(
                status=EvaluationStatus.CANCELLED,
                fence=evaluations.c.fence + 1,
                last_sequence=evaluations.c.last_sequence + 1,
                lease_expires_at=None,
                completed_at=now,
            )
            .returning(evaluations.c.last_sequence)
        ).scalar_one_or_none()


def _stored(changes: dict[str, object]) -> dict[str, object]:
    return {
        column: encode(value, _JSON[column]) if column in _JSON and value is not None else value
        for column, value in changes.items()
    }


_JSON: dict[str, Any] = {"feedback": Feedback, "model_answers": AnswerParts}


def evaluation_of(row: Any) -> Evaluation:  # noqa: ANN401 - SQLAlchemy rows have the columns as attributes
    """The evaluation that a row of the table holds."""
    return Evaluation(
        id=EvaluationId(row.id),
        user_id=UserId(row.user_id),
        challenge_id=ChallengeId(row.challenge_id),
        status=EvaluationStatus(row.status),
        answer=decode(row.answer, Answer),
        correct=row.correct,
        progress=progress_of(row),
        revises=None if row.revises is None else EvaluationId(row.revises),
        overall_score=row.overall_score,
        feedback=None if row.feedback is None else decode(row.feedback, Feedback),
        model_answers=() if row.model_answers is None else decode(row.model_answers, AnswerParts),
        provenance=None
        if row.engine is None
        else Provenance(Engine(row.engine), row.model, row.version, bool(row.degraded)),
        failure=None
        if row.failure_code is None
        else Failure(EvaluationFailureCode(row.failure_code), row.failure_message, bool(row.refunded)),
        created_at=row.created_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
    )


def progress_of(row: Any) -> Progress:  # noqa: ANN401 - as above
    """How far the evaluation of a row is."""
    phase = None if row.phase is None else EvaluationPhase(row.phase)
    return Progress(phase, row.completed_steps, row.total_steps, row.last_sequence)
