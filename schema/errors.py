"""What clients are told when something goes wrong: the one place where domain errors get a GraphQL shape.

What a person can cause becomes a UserError in a mutation's payload (`user_error`); everything else, and everything
outside of mutations, becomes a top-level error with a code (`CODES`).
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import strawberry

from domain import errors as domain
from schema.enums import UserErrorCode


@strawberry.interface(description="Something that a person can cause by using the product, and what to do about it.")
class UserError:
    """Comes in a payload, with the entity null."""

    message: str = strawberry.field(description="What is wrong and how to mend it, in words for the person.")
    code: UserErrorCode = strawberry.field(description="The same, for programs.")
    field: list[str] | None = strawberry.field(
        description='The path into the arguments, such as ["input", "topic"]; null when no single field is to blame.'
    )


@strawberry.type(description="A value that the field does not take.")
class InvalidInputError(UserError):
    """Change it."""


@strawberry.type(description="The id in the field is unknown, or somebody else's.")
class NotFoundError(UserError):
    """Not there."""


@strawberry.type(description="Today's quota does not cover the act. Nothing was done.")
class QuotaExceededError(UserError):
    """Wait for tomorrow."""

    limit: int = strawberry.field(description="Units a day.")
    resets_at: datetime = strawberry.field(description="When the next UTC day begins.")


@strawberry.type(description="Too many operations in too short a time. Nothing was done.")
class RateLimitedError(UserError):
    """Wait a little."""

    retry_after_seconds: float = strawberry.field(description="How long to wait.")


@strawberry.type(description="Nobody could write or grade in time. Nothing was charged.")
class ProviderUnavailableError(UserError):
    """Try again."""

    retry_after_seconds: float = strawberry.field(description="How long to wait before trying again.")


@strawberry.type(description="The idempotency key was used before with other input.")
class IdempotencyConflictError(UserError):
    """Use a fresh key."""


@strawberry.type(description="The answer, or a part of it, is too long.")
class AnswerTooLongError(UserError):
    """Shorten it."""

    limit: int = strawberry.field(description="Characters (Unicode code points) that there may be.")


USER_ERRORS: Final[tuple[type[UserError], ...]] = (
    InvalidInputError,
    NotFoundError,
    QuotaExceededError,
    RateLimitedError,
    ProviderUnavailableError,
    IdempotencyConflictError,
    AnswerTooLongError,
)

Refusal = domain.UserError | domain.NotFound
"""What a mutation answers with a payload instead of a top-level error."""


def user_error(error: Refusal) -> UserError:  # noqa: PLR0911 - one return a kind
    """What a person is told in a payload.

    Raises:
        TypeError: the domain has grown an error that has no shape here yet.
    """
    told: dict[str, Any] = {"message": str(error), "field": list(getattr(error, "field", ())) or None}
    match error:
        case domain.InvalidInput():
            return InvalidInputError(code=UserErrorCode.INVALID_INPUT, **told)
        case domain.UnknownEntity() | domain.NotFound():
            return NotFoundError(code=UserErrorCode.NOT_FOUND, **told)
        case domain.QuotaExceeded(limit=limit, resets_at=resets_at):
            return QuotaExceededError(code=UserErrorCode.QUOTA_EXCEEDED, limit=limit, resets_at=resets_at, **told)
        case domain.RateLimited(retry_after_seconds=wait):
            return RateLimitedError(code=UserErrorCode.RATE_LIMITED, retry_after_seconds=wait, **told)
        case domain.ProviderUnavailable(retry_after_seconds=wait):
            return ProviderUnavailableError(code=UserErrorCode.PROVIDER_UNAVAILABLE, retry_after_seconds=wait, **told)
        case domain.IdempotencyConflict():
            return IdempotencyConflictError(code=UserErrorCode.IDEMPOTENCY_CONFLICT, **told)
        case domain.AnswerTooLong(limit=limit):
            return AnswerTooLongError(code=UserErrorCode.ANSWER_TOO_LONG, limit=limit, **told)
    raise TypeError(f"no shape for {type(error).__name__}")


INTERNAL: Final = "INTERNAL"
MASKED: Final = "Something went wrong on our side. Try again; if it stays, report the request id."
"""All that anybody is told of an INTERNAL error."""

CODES: Final[Mapping[type[domain.IntrvuError], str]] = MappingProxyType(
    {
        domain.Unauthenticated: "UNAUTHENTICATED",
        domain.BadInput: "BAD_USER_INPUT",
        domain.NotFound: "NOT_FOUND",
        domain.InvalidInput: "BAD_USER_INPUT",
        domain.AnswerTooLong: "BAD_USER_INPUT",
        domain.UnknownEntity: "NOT_FOUND",
        domain.QuotaExceeded: "QUOTA_EXCEEDED",
        domain.RateLimited: "RATE_LIMITED",
        domain.IdempotencyConflict: "IDEMPOTENCY_CONFLICT",
        domain.ProviderUnavailable: "PROVIDER_UNAVAILABLE",
        domain.DeadlineExceeded: "PROVIDER_UNAVAILABLE",
        domain.BudgetExceeded: "PROVIDER_UNAVAILABLE",
        domain.StorageUnavailable: "STORAGE_UNAVAILABLE",
        domain.GradingFailed: INTERNAL,
        domain.LeaseLost: INTERNAL,
        domain.ConfigurationError: INTERNAL,
    }
)
"""The code of each leaf of the domain's errors at the top level; what is not here is INTERNAL."""


def code_of(error: domain.IntrvuError) -> str:
    """The code of an error at the top level."""
    return next((CODES[kind] for kind in type(error).__mro__ if kind in CODES), INTERNAL)


def extensions_of(error: domain.IntrvuError) -> dict[str, Any]:
    """What a top-level error carries beside its message; for INTERNAL ones the code and nothing else."""
    code = code_of(error)
    told: dict[str, Any] = {"code": code}
    if code != INTERNAL:
        if field := getattr(error, "field", None):
            told["field"] = field if isinstance(field, str) else ".".join(field)
        if (wait := getattr(error, "retry_after_seconds", None)) is not None:
            told["retryAfterSeconds"] = wait
    return told
