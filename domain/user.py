"""People and what they prefer."""

from dataclasses import dataclass
from datetime import datetime

from domain.enums import Domain
from domain.ids import UserId


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a verified token speaks for: `subject` is unique for its `issuer`."""

    issuer: str
    subject: str
    email: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """`timezone` is an IANA name such as Europe/Vienna."""

    default_domain: Domain | None = None
    target_role: str | None = None
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class User:
    """A person, made at first sight."""

    id: UserId
    email: str | None
    name: str | None
    preferences: Preferences
    created_at: datetime
