"""The signed-in person's own settings."""

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from domain.errors import InvalidInput
from domain.user import User
from resolvers.context import Context

TARGET_ROLE_LIMIT = 100
"""Characters of a target role."""


async def update_preferences(context: Context, *, changes: Mapping[str, object]) -> User:
    """Store the named preferences (default_domain, target_role, timezone); None clears one.

    Raises:
        InvalidInput: a time zone that is not in the IANA database, or a role that is too long.
        RateLimited: as its name says.
    """
    context.spend()
    stored = dict(changes)
    if "timezone" in stored:
        stored["timezone"] = _timezone(stored["timezone"])
    if isinstance(role := stored.get("target_role"), str):
        stored["target_role"] = _target_role(role)
    viewer = context.viewer
    return await context.services.database.write(lambda work: work.users.prefer(viewer.id, stored))


def _timezone(value: object) -> str:
    if value is None:
        return "UTC"
    if not isinstance(value, str) or value not in _timezones():
        raise InvalidInput(
            "timezone is not a name of the IANA time zone database: give one such as 'Europe/Vienna' or 'UTC'.",
            field=("input", "timezone"),
        )
    return value


@cache
def _timezones() -> frozenset[str]:
    """Every name; reading them takes 5 to 40 ms."""
    return frozenset(available_timezones())


def _target_role(value: str) -> str | None:
    role = " ".join(value.split())
    if len(role) > TARGET_ROLE_LIMIT:
        raise InvalidInput(
            f"targetRole has {len(role)} characters: shorten it to at most {TARGET_ROLE_LIMIT}.",
            field=("input", "targetRole"),
        )
    return role or None
