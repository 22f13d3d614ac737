"""Why one request to a model gave nothing. Stays inside providers: callers see ProviderUnavailable.

ModelFault
├── Transient                 another attempt can succeed
│   ├── RateLimited           429, 529 or their like in a stream: after `retry_after_seconds`, if it says
│   ├── ServerFault           5xx, 408, 409
│   ├── ConnectionFault       no connection, or it was lost
│   ├── StreamCut             the stream ended before the answer did
│   ├── TimedOut              no answer within the time that it had
│   └── Garbled               200 with something that is no answer of this API
├── AccessDenied              401, 402, 403, 404, an exhausted account: an operator must act
├── BadRequest                400, 413, 422: the same request would be refused again
├── InvalidOutput             an answer that does not fit its type: repaired once
├── CutOff                    the limit of tokens was reached before the end of the answer
├── Declined                  the model, or its provider's filter, refuses to answer
└── NotAsked                  no request was sent
    ├── BreakerOpen           it failed too often lately, or its key was refused
    ├── NoTurn                too many requests are waiting for this provider
    └── BudgetSpent           the day's spending limit does not cover it

Messages hold a status and a code, never what was asked or answered: an error body may repeat it.
"""

from typing import ClassVar

from domain.calls import Usage
from domain.enums import Engine
from domain.language_models import Repair


class ModelFault(Exception):
    """The root.

    Attributes:
        kind: one of few words, for metrics and logs.
        retryable: whether the same request can succeed at the same model.
        may_be_billed: whether tokens may have been billed that nobody reported.
        usage: tokens that were billed for nothing.
        retry_after_seconds: what the provider asked for.
    """

    kind: ClassVar[str]
    retryable: ClassVar[bool] = False
    may_be_billed: ClassVar[bool] = False

    def __init__(self, message: str, *, usage: Usage | None = None, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.usage = usage or Usage()
        self.retry_after_seconds = retry_after_seconds


class Transient(ModelFault):
    """Another attempt can succeed."""

    retryable = True


class RateLimited(Transient):
    """The provider has too much to do, or we ask too often."""

    kind = "rate_limited"


class ServerFault(Transient):
    """Something went wrong at the provider."""

    kind = "server_fault"


class ConnectionFault(Transient):
    """No connection, or it broke before the answer began."""

    kind = "connection"
    may_be_billed = True


class StreamCut(Transient):
    """The stream ended before the answer did."""

    kind = "stream_cut"
    may_be_billed = True


class TimedOut(Transient):
    """No answer within the time that this attempt had."""

    kind = "timed_out"
    may_be_billed = True


class Garbled(Transient):
    """A success by its status, but no answer of this API: a proxy's page, say."""

    kind = "garbled"


class AccessDenied(ModelFault):
    """The key, the account or the model's name is refused: an operator must act."""

    kind = "access_denied"


class BadRequest(ModelFault):
    """The provider refuses the request as it is."""

    kind = "bad_request"


class InvalidOutput(ModelFault):
    """The answer does not fit its type; `repair` shows the model what it wrote and what is wrong with it."""

    kind = "invalid_output"

    def __init__(self, message: str, *, usage: Usage, repair: Repair) -> None:
        super().__init__(message, usage=usage)
        self.repair = repair


class CutOff(ModelFault):
    """The limit of tokens came before the end of the answer, and would again."""

    kind = "cut_off"


class Declined(ModelFault):
    """The model, or a filter before or behind it, refuses to answer."""

    kind = "declined"


class NotAsked(ModelFault):
    """No request was sent."""


class BreakerOpen(NotAsked):
    """This model failed too often lately, or its key was refused."""

    kind = "breaker_open"


class NoTurn(NotAsked):
    """Too many requests wait for this provider already."""

    kind = "no_turn"


class BudgetSpent(NotAsked):
    """The day's spending limit does not cover this request."""

    kind = "budget_spent"


def from_status(
    engine: Engine, status: int, *, code: str | None = None, retry_after_seconds: float | None = None
) -> ModelFault:
    """The fault that an HTTP status stands for. `code` is the provider's own word for it."""
    message = f"{engine} answered {status}" + (f" ({code})" if code else "")
    if code == "insufficient_quota" or status in {401, 402, 403, 404}:
        return AccessDenied(message)
    if status in {429, 529}:
        return RateLimited(message, retry_after_seconds=retry_after_seconds)
    if status in {408, 409} or status >= 500:
        return ServerFault(message, retry_after_seconds=retry_after_seconds)
    return BadRequest(message)
