"""Every error of the domain has a shape for clients."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from domain import errors as domain
from domain.enums import EvaluationFailureCode
from schema.enums import UserErrorCode
from schema.errors import CODES, INTERNAL, USER_ERRORS, code_of, extensions_of, user_error

RESETS_AT = datetime(2026, 11, 24, tzinfo=UTC)
EXAMPLES: dict[type[domain.IntrvuError], domain.IntrvuError] = {
    domain.Unauthenticated: domain.Unauthenticated("x"),
    domain.BadInput: domain.BadInput("x", field="first"),
    domain.NotFound: domain.NotFound("x"),
    domain.InvalidInput: domain.InvalidInput("x", field=("input", "topic")),
    domain.UnknownEntity: domain.UnknownEntity("x", field=("input", "challengeId")),
    domain.IdempotencyConflict: domain.IdempotencyConflict("x", field=("input", "idempotencyKey")),
    domain.AnswerTooLong: domain.AnswerTooLong("x", field=("input", "answer"), limit=20_000),
    domain.QuotaExceeded: domain.QuotaExceeded("x", limit=20, resets_at=RESETS_AT),
    domain.RateLimited: domain.RateLimited("x", retry_after_seconds=1.5),
    domain.ProviderUnavailable: domain.ProviderUnavailable("x", retry_after_seconds=5),
    domain.DeadlineExceeded: domain.DeadlineExceeded("x", retry_after_seconds=5),
    domain.BudgetExceeded: domain.BudgetExceeded("x", retry_after_seconds=5),
    domain.GradingFailed: domain.GradingFailed("x", code=EvaluationFailureCode.INTERNAL),
    domain.LeaseLost: domain.LeaseLost("x"),
    domain.StorageUnavailable: domain.StorageUnavailable("x"),
    domain.ConfigurationError: domain.ConfigurationError("x"),
}


def _leaves(kind: type[domain.IntrvuError]) -> Iterator[type[domain.IntrvuError]]:
    below = kind.__subclasses__()
    if not below:
        yield kind
    for each in below:
        yield from _leaves(each)


def _of_the_domain(root: type[domain.IntrvuError]) -> list[type[domain.IntrvuError]]:
    return [kind for kind in _leaves(root) if kind.__module__ == domain.__name__]


@pytest.mark.parametrize("leaf", _of_the_domain(domain.IntrvuError))
def test_every_error_has_a_code_at_the_top_level(leaf: type[domain.IntrvuError]) -> None:
    assert leaf in CODES
    assert code_of(EXAMPLES[leaf]) == CODES[leaf]


@pytest.mark.parametrize("leaf", _of_the_domain(domain.UserError))
def test_every_error_that_a_person_can_cause_has_a_shape_in_payloads(leaf: type[domain.UserError]) -> None:
    example = EXAMPLES[leaf]
    assert isinstance(example, domain.UserError)

    assert type(user_error(example)) in USER_ERRORS


@pytest.mark.parametrize(
    ("leaf", "name", "code", "field", "more"),
    [
        (domain.InvalidInput, "InvalidInputError", "INVALID_INPUT", ["input", "topic"], {}),
        (domain.UnknownEntity, "NotFoundError", "NOT_FOUND", ["input", "challengeId"], {}),
        (domain.NotFound, "NotFoundError", "NOT_FOUND", None, {}),
        (
            domain.IdempotencyConflict,
            "IdempotencyConflictError",
            "IDEMPOTENCY_CONFLICT",
            ["input", "idempotencyKey"],
            {},
        ),
        (domain.AnswerTooLong, "AnswerTooLongError", "ANSWER_TOO_LONG", ["input", "answer"], {"limit": 20_000}),
        (domain.QuotaExceeded, "QuotaExceededError", "QUOTA_EXCEEDED", None, {"limit": 20, "resets_at": RESETS_AT}),
        (domain.RateLimited, "RateLimitedError", "RATE_LIMITED", None, {"retry_after_seconds": 1.5}),
        (
            domain.ProviderUnavailable,
            "ProviderUnavailableError",
            "PROVIDER_UNAVAILABLE",
            None,
            {"retry_after_seconds": 5},
        ),
    ],
)
def test_a_payload_tells_all_that_the_error_knows(
    leaf: type[Any], name: str, code: str, field: list[str] | None, more: dict[str, object]
) -> None:
    example = EXAMPLES[leaf]
    assert isinstance(example, domain.UserError | domain.NotFound)

    told = user_error(example)

    assert type(told).__name__ == name
    assert (told.message, told.code, told.field) == ("x", UserErrorCode(code), field)
    assert {key: getattr(told, key) for key in more} == more


def test_an_error_without_a_shape_is_not_passed_off_as_another() -> None:
    class Unheard(domain.UserError):
        """Not in the domain."""

    with pytest.raises(TypeError, match="no shape for Unheard"):
        user_error(Unheard("x"))


def test_an_error_that_nobody_knows_is_internal() -> None:
    class Strange(domain.IntrvuError):
        """Not in the domain."""

    assert code_of(Strange("x")) == INTERNAL


def test_a_top_level_error_says_which_field_and_how_long_to_wait() -> None:
    assert extensions_of(EXAMPLES[domain.BadInput]) == {"code": "BAD_USER_INPUT", "field": "first"}
    assert extensions_of(EXAMPLES[domain.RateLimited]) == {"code": "RATE_LIMITED", "retryAfterSeconds": 1.5}
    assert extensions_of(EXAMPLES[domain.LeaseLost]) == {"code": "INTERNAL"}
