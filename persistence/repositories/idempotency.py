"""Idempotency keys: a key is one person's and one mutation's own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, select, text, update

from domain.ids import UserId
from persistence.columns import to_micros
from persistence.tables import idempotency_keys

KEPT = timedelta(hours=25)
"""How long a finished key is remembered; the contract promises at least 24 h."""

# A row whose time is over is as good as absent: its owner died at work, or it was kept long enough.
_BIND = text(
    """
    INSERT INTO idempotency_keys (user_id, mutation, key, input_hash, owner, subject_id, created_at, expires_at)
    VALUES (:user_id, :mutation, :key, :input_hash, :owner, :subject_id, :now, :expires_at)
    ON CONFLICT (user_id, mutation, key) DO UPDATE
    SET input_hash = excluded.input_hash, owner = excluded.owner, subject_id = excluded.subject_id,
        created_at = excluded.created_at, expires_at = excluded.expires_at
    WHERE idempotency_keys.expires_at <= :now
    RETURNING owner
    """
)


@dataclass(frozen=True, slots=True)
class KeyName:
    """Which key: `mutation` is the GraphQL field's name."""

    user_id: UserId
    mutation: str
    key: str


@dataclass(frozen=True, slots=True)
class BoundKey:
    """What a key stands for. Without a `subject_id`, its owner is still at work."""

    input_hash: str
    subject_id: str | None


class IdempotencyKeys:
    """Keys that make a repeated mutation harmless."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: KeyName, *, now: datetime) -> BoundKey | None:
        """What the key stands for; None when it is free."""
        row = self._connection.execute(
            select(idempotency_keys.c.input_hash, idempotency_keys.c.subject_id).where(
                *_is(name), idempotency_keys.c.expires_at > now
            )
        ).one_or_none()
        return None if row is None else BoundKey(row.input_hash, row.subject_id)

    def bind(
        self,
        name: KeyName,
        *,
        input_hash: str,
        owner: str,
        subject_id: str | None,
        now: datetime,
        expires_at: datetime | None = None,
    ) -> bool:
        """Take a free key, for a subject or for an owner who will name it by `expires_at`.

        Returns:
            False when somebody else has it.
        """
        return (
            self._connection.execute(
                _BIND,
                {
                    "user_id": name.user_id,
                    "mutation": name.mutation,
                    "key": name.key,
                    "input_hash": input_hash,
                    "owner": owner,
                    "subject_id": subject_id,
                    "now": to_micros(now),
                    "expires_at": to_micros(expires_at or now + KEPT),
                },
            ).first()
            is not None
        )

    def fulfil(self, name: KeyName, *, owner: str, subject_id: str, now: datetime) -> bool:
        """Name the subject of a key that `owner` took. False when the owner's time was over and another took it."""
        return (
            self._connection.execute(
                update(idempotency_keys)
                .where(*_is(name), idempotency_keys.c.owner == owner)
                .values(subject_id=subject_id, expires_at=now + KEPT)
                .returning(idempotency_keys.c.key)
            ).first()
            is not None
        )

    def release(self, name: KeyName, *, owner: str) -> None:
        """Free a key whose owner failed: a user error never binds a key."""
        self._connection.execute(delete(idempotency_keys).where(*_is(name), idempotency_keys.c.owner == owner))

    def any_expired(self, *, now: datetime) -> bool:
        """Whether `forget_expired` has something to do."""
        overdue = select(idempotency_keys.c.key).where(idempotency_keys.c.expires_at <= now).limit(1)
        return self._connection.execute(overdue).first() is not None

    def forget_expired(self, *, now: datetime) -> int:
        """Delete keys whose time is over.

        Returns:
            How many there were.
        """
        return len(
            self._connection.execute(
                delete(idempotency_keys).where(idempotency_keys.c.expires_at <= now).returning(idempotency_keys.c.key)
            ).all()
        )


def _is(name: KeyName) -> tuple[ColumnElement[bool], ...]:
    columns = idempotency_keys.c
    return (columns.user_id == name.user_id, columns.mutation == name.mutation, columns.key == name.key)
