"""Everything that can go wrong, free of transport.

IntrvuError
├── Unauthenticated            the caller must sign in again
├── BadInput                   the request is malformed: fix the client
├── NotFound                   not there, or not the caller's
├── UserError                  what a person can cause by using the product
│   ├── InvalidInput           change the named field
│   ├── QuotaExceeded          wait for the next UTC day
│   ├── RateLimited            wait `retry_after_seconds`
│   ├── IdempotencyConflict    use a fresh key
│   ├── AnswerTooLong          shorten the answer
│   ├── UnknownEntity          the id in the input is not there, or not the caller's
│   └── ProviderUnavailable    try again after `retry_after_seconds`
│       ├── DeadlineExceeded   nobody answered in time
│       └── BudgetExceeded     what the day may cost is spent
├── GradingFailed              an evaluation ends FAILED, with a code for the person
├── LeaseLost                  another runner owns the evaluation: write nothing more
├── StorageUnavailable         the database cannot be written or read: operator's remedy inside
└── ConfigurationError         the server cannot start as set up: operator's remedy inside
"""

from datetime import datetime

from domain.enums import EvaluationFailureCode


class IntrvuError(Exception):
    """The root. `str(error)` is safe to show: it never carries secrets, tokens or answers."""


class Unauthenticated(IntrvuError):
    """No token, or one that does not verify."""


class BadInput(IntrvuError):
    """A malformed request: an id, cursor, page size or sequence that no well-behaved client sends."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class NotFound(IntrvuError):
    """No such thing for this caller."""


class UserError(IntrvuError):
    """Something a person can cause by using the product.

    `field` is the path into the mutation's arguments, empty when no single field is to blame.
    """

    def __init__(self, message: str, *, field: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.field = field


class InvalidInput(UserError):
    """A value that the named field does not take; the message says what it takes."""


class UnknownEntity(UserError):
    """An id in the input that is unknown or a stranger's."""


class IdempotencyConflict(UserError):
    """The key was used before with other input."""


class AnswerTooLong(UserError):
    """The answer, or one part of it, is over its limit in characters."""

    def __init__(self, message: str, *, field: tuple[str, ...], limit: int) -> None:
        super().__init__(message, field=field)
        self.limit = limit


class QuotaExceeded(UserError):
    """The day's quota does not cover the act."""

    def __init__(self, message: str, *, limit: int, resets_at: datetime) -> None:
        super().__init__(message)
        self.limit = limit
        self.resets_at = resets_at


class RateLimited(UserError):
    """Too many operations of one person in too short a time."""

    def __init__(self, message: str, *, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ProviderUnavailable(UserError):
    """Nobody could write or grade within the deadline; safe to retry."""

    def __init__(self, message: str, *, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class DeadlineExceeded(ProviderUnavailable):
    """Whoever was asked did not answer in time."""


class BudgetExceeded(ProviderUnavailable):
    """What models may cost today is spent; a new day begins after `retry_after_seconds`."""


class GradingFailed(IntrvuError):
    """An evaluation cannot be completed; `code` tells the person why."""

    def __init__(self, message: str, *, code: EvaluationFailureCode) -> None:
        super().__init__(message)
        self.code = code


class LeaseLost(IntrvuError):
    """The fencing number of a write is no longer the evaluation's: it ended, or another runner has it."""


class StorageUnavailable(IntrvuError):
    """The database refused; the message names the cause and the operator's remedy."""


class ConfigurationError(IntrvuError):
    """The server cannot start; the message names the setting and the remedy, in one line."""
