"""What mutations answer: the entity, or why there is none."""

from collections.abc import Awaitable
from typing import Protocol, Self, TypeVar

import strawberry

import resolvers.quota
from domain.errors import NotFound, QuotaExceeded
from domain.errors import UserError as DomainUserError
from resolvers.context import Context
from schema.challenges import Challenge
from schema.errors import UserError, user_error
from schema.evaluations import Evaluation
from schema.metrics import USER_ERRORS
from schema.quota import Quota
from schema.users import User

ERRORS = "Why there is no result: what a person can cause. Empty when it went well."
REPLAYED = "True when an earlier call with the same idempotency key did the work."
QUOTA = "The viewer's day after this; null when it failed, unless it failed for want of quota."


@strawberry.type(description="The new challenge, or why there is none.")
class GenerateChallengePayload:
    """Of generateChallenge."""

    challenge: Challenge | None = strawberry.field(description="The challenge; null when there are userErrors.")
    quota: Quota | None = strawberry.field(description=QUOTA)
    replayed: bool = strawberry.field(description=REPLAYED)
    notice: str | None = strawberry.field(
        description="A sentence for the person, such as that this challenge came before; null when all is as usual."
    )
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @classmethod
    def refused(cls, errors: list[UserError], quota: Quota | None) -> Self:
        """Nothing was done."""
        return cls(challenge=None, quota=quota, replayed=False, notice=None, user_errors=errors)


@strawberry.type(description="The evaluation, or why there is none.")
class EvaluateAnswerPayload:
    """Of evaluateAnswer."""

    evaluation: Evaluation | None = strawberry.field(
        description="The evaluation as it is now; null when there are userErrors."
    )
    quota: Quota | None = strawberry.field(description=QUOTA)
    replayed: bool = strawberry.field(description=REPLAYED)
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @classmethod
    def refused(cls, errors: list[UserError], quota: Quota | None) -> Self:
        """Nothing was done."""
        return cls(evaluation=None, quota=quota, replayed=False, user_errors=errors)


@strawberry.type(description="The evaluation as it is after that, or why it could not be stopped.")
class CancelEvaluationPayload:
    """Of cancelEvaluation."""

    evaluation: Evaluation | None = strawberry.field(
        description="The evaluation: CANCELLED, or as it ended before. Null when there are userErrors."
    )
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @classmethod
    def refused(cls, errors: list[UserError], quota: Quota | None) -> Self:  # noqa: ARG003 - one shape for all
        """Nothing was done."""
        return cls(evaluation=None, user_errors=errors)


@strawberry.type(description="The viewer with the new preferences, or why they stay as they are.")
class UpdatePreferencesPayload:
    """Of updatePreferences."""

    viewer: User | None = strawberry.field(description="The viewer; null when there are userErrors.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @classmethod
    def refused(cls, errors: list[UserError], quota: Quota | None) -> Self:  # noqa: ARG003 - one shape for all
        """Nothing was done."""
        return cls(viewer=None, user_errors=errors)


class Payload(Protocol):
    """What all of them can do."""

    @classmethod
    def refused(cls, errors: list[UserError], quota: Quota | None) -> Self:
        """Say why nothing was done."""
        ...


P = TypeVar("P", bound=Payload)


async def answered(context: Context, payload: type[P], attempt: Awaitable[P]) -> P:
    """The payload of an attempt; if the person caused it to fail, the payload that says so.

    Every other error stays an error at the top level.
    """
    try:
        return await attempt
    except (DomainUserError, NotFound) as exc:
        quota = Quota.of(await resolvers.quota.get(context)) if isinstance(exc, QuotaExceeded) else None
        told = user_error(exc)
        USER_ERRORS.labels(told.code.value).inc()
        return payload.refused([told], quota)
