"""The person who is signed in."""

from datetime import datetime
from typing import Self

import strawberry

from domain import user as domain
from schema import ids
from schema.enums import Domain
from schema.nodes import Node


@strawberry.type(description="What a person prefers.")
class Preferences:
    """Defaults for practising."""

    default_domain: Domain | None = strawberry.field(
        description="The field to start with, where recommendedPractice goes first; null when none was chosen."
    )
    target_role: str | None = strawberry.field(
        description="The job that is practised for, in the person's words; recommendedPractice names it."
    )
    timezone: str = strawberry.field(
        description="An IANA name such as Europe/Vienna: days, streaks and ranges count in it. UTC until one is chosen."
    )


@strawberry.type(description="A person. Everybody sees only themselves.")
class User(Node):
    """The viewer."""

    email: str | None = strawberry.field(description="The address that the identity provider gave, if any.")
    name: str | None = strawberry.field(description="The name that the identity provider gave, if any.")
    preferences: Preferences = strawberry.field(description="What the person prefers.")
    created_at: datetime = strawberry.field(description="When the person was first seen.")

    @classmethod
    def of(cls, user: domain.User) -> Self:
        """From the domain."""
        preferences = user.preferences
        return cls(
            id=ids.user(user.id),
            email=user.email,
            name=user.name,
            preferences=Preferences(
                default_domain=preferences.default_domain,
                target_role=preferences.target_role,
                timezone=preferences.timezone,
            ),
            created_at=user.created_at,
        )
