"""The event log of evaluations. A row is never changed."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from domain.events import Event, FeedbackWritten, Happening
from domain.ids import EvaluationId
from persistence.codec import HAPPENINGS, decode, encode
from persistence.tables import evaluation_events

_APPEND = insert(evaluation_events)
_AFTER = (
    select(evaluation_events)
    .where(
        evaluation_events.c.evaluation_id == bindparam("evaluation_id"),
        evaluation_events.c.sequence > bindparam("after"),
    )
    .order_by(evaluation_events.c.sequence)
    .limit(bindparam("limit"))
)

_LAST_OF = (
    select(evaluation_events.c.payload)
    .where(
        evaluation_events.c.evaluation_id == bindparam("evaluation_id"),
        evaluation_events.c.type == bindparam("type"),
    )
    .order_by(evaluation_events.c.sequence.desc())
    .limit(1)
)


class Events:
    """What happened to evaluations, in order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, evaluation_id: EvaluationId, sequence: int, *happenings: Happening, now: datetime) -> None:
        """Store events under the numbers that the evaluation gave for them, `sequence` being the first's."""
        self._connection.execute(
            _APPEND,
            [
                {
                    "evaluation_id": evaluation_id,
                    "sequence": number,
                    "type": type(happening).__name__,
                    "payload": encode(happening, type(happening)),
                    "occurred_at": now,
                }
                for number, happening in enumerate(happenings, start=sequence)
            ],
        )

    def after(self, evaluation_id: EvaluationId, sequence: int, *, limit: int) -> list[Event]:
        """The next events after that number, oldest first, at most `limit`."""
        rows = self._connection.execute(_AFTER, {"evaluation_id": evaluation_id, "after": sequence, "limit": limit})
        return [
            Event(evaluation_id, row.sequence, row.occurred_at, decode(row.payload, HAPPENINGS[row.type]))
            for row in rows
        ]

    def feedback_attempts(self, evaluation_id: EvaluationId) -> int:
        """The greatest attempt of which feedback was announced, 0 before there was any. Attempts never go back."""
        payload = self._connection.execute(
            _LAST_OF, {"evaluation_id": evaluation_id, "type": FeedbackWritten.__name__}
        ).scalar_one_or_none()
        return 0 if payload is None else decode(payload, FeedbackWritten).attempt
