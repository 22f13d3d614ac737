"""People."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, text, update

from domain.enums import Domain
from domain.ids import UserId
from domain.user import Preferences, Principal, User
from persistence.columns import to_micros
from persistence.tables import users

_BY_SUBJECT = select(users).where(users.c.issuer == bindparam("issuer"), users.c.subject == bindparam("subject"))
_BY_ID = select(users).where(users.c.id == bindparam("id"))
# A token without an email says nothing about the email: keep what an earlier one told.
_MEET = text(
    """
    INSERT INTO users (id, issuer, subject, email, name, timezone, created_at)
    VALUES (:id, :issuer, :subject, :email, :name, 'UTC', :now)
    ON CONFLICT (issuer, subject) DO UPDATE
    SET email = COALESCE(excluded.email, users.email), name = COALESCE(excluded.name, users.name)
    """
)
_PREFERENCES = frozenset({"default_domain", "target_role", "timezone"})


class Users:
    """People, by their id or by who their tokens say they are."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, principal: Principal) -> User | None:
        """The person that a token speaks for, when they were seen before."""
        row = self._connection.execute(
            _BY_SUBJECT, {"issuer": principal.issuer, "subject": principal.subject}
        ).one_or_none()
        return None if row is None else _user(row)

    def meet(self, principal: Principal, *, fresh_id: UserId, now: datetime) -> User:
        """The person that a token speaks for, made at first sight. What the token tells of a known one is stored."""
        self._connection.execute(
            _MEET,
            {
                "id": fresh_id,
                "issuer": principal.issuer,
                "subject": principal.subject,
                "email": principal.email,
                "name": principal.name,
                "now": to_micros(now),
            },
        )
        return _user(
            self._connection.execute(_BY_SUBJECT, {"issuer": principal.issuer, "subject": principal.subject}).one()
        )

    def prefer(self, id: UserId, changes: Mapping[str, object]) -> User:
        """Store the named preferences and leave the others."""
        unknown = changes.keys() - _PREFERENCES
        if unknown:
            raise ValueError(f"not preferences: {sorted(unknown)}")
        if changes:
            self._connection.execute(update(users).where(users.c.id == id).values(**changes))
        return _user(self._connection.execute(_BY_ID, {"id": id}).one())


def _user(row: Sequence[Any]) -> User:
    # By place: every request begins with this.
    id, _issuer, _subject, email, name, default_domain, target_role, timezone, created_at = row
    return User(
        id=id,
        email=email,
        name=name,
        preferences=Preferences(
            default_domain=None if default_domain is None else Domain(default_domain),
            target_role=target_role,
            timezone=timezone,
        ),
        created_at=created_at,
    )
