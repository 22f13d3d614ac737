"""Evaluations: reading them, queueing them, and the one statement through which a runner writes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from domain.enums import EvaluationFailureCode, EvaluationPhase, EvaluationStatus
from domain.errors import LeaseLost
from domain.evaluation import Answer, Evaluation, Failure, Feedback, Lease, Progress
from domain.ids import ChallengeId, EvaluationId, UserId
from domain.paging import Page, PageRequest
from persistence.codec import AnswerParts, Calls, encode, later, provenance_of
from persistence.repositories.paging import older_than, page_of
from persistence.tables import evaluations

_COLUMNS = tuple(
    column
    for column in evaluations.c
    if column.key
    not in {"attempt", "stalled_attempts", "fence", "lease_expires_at", "calls", "request_id"}  # not for showing
)
_WIDTH = len(_COLUMNS)
_CREATED_AT = next(place for place, column in enumerate(_COLUMNS) if column.key == "created_at")
FIRST_SEQUENCE = 1
"""The number of an evaluation's first event."""
_ADD = insert(evaluations)
_MANY = select(*_COLUMNS).where(
    evaluations.c.id.in_(bindparam("ids", expanding=True)), evaluations.c.user_id == bindparam("viewer")
)
_SEQUENCES = select(evaluations.c.id, evaluations.c.last_sequence).where(
    evaluations.c.id.in_(bindparam("ids", expanding=True))
)
_STANDING = select(evaluations.c.status, evaluations.c.last_sequence).where(
    evaluations.c.id == bindparam("id"), evaluations.c.user_id == bindparam("viewer")
)
_STATUSES = {status.value: status for status in EvaluationStatus}
_PHASES = {phase.value: phase for phase in EvaluationPhase}


def _of_each(of: ColumnElement[Any], *where: ColumnElement[bool], newest: bool) -> Select[Any]:
    """The viewer's `last` newest or oldest evaluations for each of the `ids` in the column `of`."""
    columns = evaluations.c
    order = (columns.created_at.desc(), columns.id.desc()) if newest else (columns.created_at, columns.id)
    # Numbered in the index alone: a window would copy whole rows, long texts and all, before most are left out.
    placed = (
        select(columns.id, func.row_number().over(partition_by=of, order_by=order).label("place"))
        .where(of.in_(bindparam("ids", expanding=True)), *where)
        .subquery()
    )
    # Not a join: SQLite might walk through everybody's evaluations and look each of them up among those placed.
    return select(*_COLUMNS).where(
        columns.id.in_(select(placed.c.id).where(placed.c.place <= bindparam("last"))),
        columns.user_id == bindparam("viewer"),
    )


_TOPS = _of_each(evaluations.c.challenge_id, newest=True)
_REVISIONS = _of_each(evaluations.c.revises, newest=False)


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
        request_id: str | None = None,
        lease_duration: timedelta | None = None,
    ) -> Lease | None:
        """Queue an answer: any runner may take it from now on. Its first event is to be stored with it.

        With a `lease_duration` the caller takes it at once.

        Returns:
            The caller's lease; None without a duration.
        """
        taken = int(lease_duration is not None)
        self._connection.execute(
            _ADD,
            {
                "id": id,
                "user_id": user_id,
                "challenge_id": challenge_id,
                "revises": revises,
                "status": EvaluationStatus.RUNNING if taken else EvaluationStatus.QUEUED,
                "completed_steps": 0,
                "total_steps": total_steps,
                "last_sequence": FIRST_SEQUENCE,
                "answer": encode(answer, Answer),
                "attempt": taken,
                "stalled_attempts": taken,
                "fence": taken,
                "lease_expires_at": now + (lease_duration or timedelta(0)),
                "created_at": now,
                "started_at": now if taken else None,
                "request_id": request_id,
            },
        )
        return Lease(id, taken, taken) if taken else None

    def many(self, viewer: UserId, ids: Sequence[EvaluationId]) -> dict[EvaluationId, Evaluation]:
        """The viewer's evaluations among those ids."""
        rows = self._connection.execute(_MANY, {"ids": ids, "viewer": viewer})
        return {EvaluationId(row.id): evaluation_of(row) for row in rows}

    def pages(
        self, viewer: UserId, challenge_ids: Sequence[ChallengeId], request: PageRequest
    ) -> dict[ChallengeId, Page[Evaluation]]:
        """The same page of each of those challenges, in one statement."""
        values = {"ids": challenge_ids, "viewer": viewer, "last": request.first + 1}
        if request.after is None:
            rows = self._connection.execute(_TOPS, values)
        else:
            rows = self._connection.execute(
                _of_each(evaluations.c.challenge_id, older_than(evaluations, request.after), newest=True), values
            )
        of_challenge: dict[str, list[Any]] = {id: [] for id in challenge_ids}
        # Sorted here: an index serves the numbering, but nothing would serve an ORDER BY around it.
        for row in sorted(rows, key=_age, reverse=True):
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

    def sequences(self, ids: Sequence[EvaluationId]) -> dict[EvaluationId, int]:
        """The number of the newest event of each of those, whoever owns them. Not for showing."""
        return {row[0]: row[1] for row in self._connection.execute(_SEQUENCES, {"ids": ids}).all()}

    def exists(self, viewer: UserId, id: EvaluationId) -> bool:
        """Whether the viewer has that evaluation."""
        return self._connection.execute(_STANDING, {"id": id, "viewer": viewer}).first() is not None

    def has_more(self, viewer: UserId, id: EvaluationId, *, after: int) -> bool:
        """Whether the viewer's evaluation may still have an event after that number."""
        status, last_sequence = self._connection.execute(_STANDING, {"id": id, "viewer": viewer}).one()
        return not _STATUSES[status].is_final or after < last_sequence

    def revisions(
        self, viewer: UserId, ids: Sequence[EvaluationId], *, first: int
    ) -> dict[EvaluationId, tuple[Evaluation, ...]]:
        """The viewer's evaluations that revise those, oldest first, at most `first` of each; absent when none."""
        found: dict[EvaluationId, list[Evaluation]] = {}
        rows = self._connection.execute(_REVISIONS, {"ids": ids, "viewer": viewer, "last": first})
        for row in sorted(rows, key=_age):
            found.setdefault(row.revises, []).append(evaluation_of(row))
        return {id: tuple(revisions) for id, revisions in found.items()}

    def advance(self, lease: Lease, *, events: int = 1, steps: int = 0, **changes: object) -> int:
        """Change a running evaluation as the holder of its lease, and number the events that tell of it.

        `steps` are added to the completed ones, unless `changes`, columns with their new domain values, say how many
        those are.

        Returns:
            The sequence of the last of those events.

        Raises:
            LeaseLost: another runner has taken over, or the evaluation has ended.
        """
        sequence = self._connection.execute(
            _advancing(tuple(changes)),
            {
                "of": lease.evaluation_id,
                "held": lease.fence,
                "events": events,
                **({} if "completed_steps" in changes else {"steps": steps}),
                **{f"new_{column}": _stored(column, value) for column, value in changes.items()},
            },
        ).scalar_one_or_none()
        if sequence is None:
            raise LeaseLost(f"evaluation {lease.evaluation_id} is no longer held with fence {lease.fence}")
        return int(sequence)

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


@cache
def _advancing(changed: tuple[str, ...]) -> ReturningUpdate[Any]:
    """Built once for each set of columns: to build it costs as much as to run it."""
    columns = evaluations.c
    values: dict[str, Any] = {
        "last_sequence": columns.last_sequence + bindparam("events"),
        "completed_steps": columns.completed_steps + bindparam("steps"),
        "stalled_attempts": 0,
    }
    values |= {column: bindparam(f"new_{column}", type_=columns[column].type) for column in changed}
    return (
        update(evaluations)
        .where(
            columns.id == bindparam("of"),
            columns.fence == bindparam("held"),
            columns.status == EvaluationStatus.RUNNING,
        )
        .values(values)
        .returning(columns.last_sequence)
    )


def _stored(column: str, value: object) -> object:
    return encode(value, _JSON[column]) if column in _JSON and value is not None else value


_JSON: dict[str, Any] = {"feedback": Feedback, "model_answers": AnswerParts, "calls": Calls}


def _age(row: Sequence[Any]) -> tuple[datetime, str]:
    return row[_CREATED_AT], row[0]


def evaluation_of(row: Sequence[Any]) -> Evaluation:
    """The evaluation that a row holds whose first columns are `_COLUMNS`."""
    # By place: SQLAlchemy takes eight times as long to find a column by its name, and a page has a thousand of them.
    (
        id,
        user_id,
        challenge_id,
        revises,
        status,
        phase,
        completed_steps,
        total_steps,
        last_sequence,
        answer,
        correct,
        overall_score,
        feedback,
        model_answers,
        engine,
        model,
        version,
        degraded,
        failure_code,
        failure_message,
        refunded,
        created_at,
        started_at,
        completed_at,
    ) = row[:_WIDTH]
    return Evaluation(
        id=id,
        user_id=user_id,
        challenge_id=challenge_id,
        status=_STATUSES[status],
        read_answer=later(answer, Answer),
        correct=correct,
        progress=progress_of(phase, completed_steps, total_steps, last_sequence),
        revises=revises,
        overall_score=overall_score,
        read_feedback=None if feedback is None else later(feedback, Feedback),
        read_model_answers=None if model_answers is None else later(model_answers, AnswerParts),
        provenance=None if engine is None else provenance_of(engine, model, version, degraded),
        failure=None
        if failure_code is None
        else Failure(EvaluationFailureCode(failure_code), failure_message, bool(refunded)),
        created_at=created_at,
        started_at=started_at,
        completed_at=completed_at,
    )


def progress_of(phase: str | None, completed_steps: int, total_steps: int, last_sequence: int) -> Progress:
    """How far an evaluation is, from the columns of those names."""
    return Progress(None if phase is None else _PHASES[phase], completed_steps, total_steps, last_sequence)
