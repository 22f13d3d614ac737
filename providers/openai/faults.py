"""What the SDK raises, as faults. Measured with openai 3.54 against a server that fails on purpose."""

from json import JSONDecodeError
from typing import Final

import aiohttp
import httpx2
import openai

from domain.enums import Engine
from providers.faults import (
    AccessDenied,
    BadRequest,
    ConnectionFault,
    Garbled,
    ModelFault,
    RateLimited,
    ServerFault,
    StreamCut,
    TimedOut,
    from_status,
)
from providers.reading import retry_after_seconds

DENIED_CODES: Final = frozenset(
    {"insufficient_quota", "invalid_api_key", "model_not_found", "billing_hard_limit_reached"}
)
BAD_CODES: Final = frozenset({"invalid_request_error", "invalid_prompt", "context_length_exceeded"})
LIMITED_CODES: Final = frozenset({"rate_limit_exceeded", "rate_limit_error", "overloaded_error", "slow_down"})


UNCONNECTED: Final = "The connection to OpenAI failed"
# The first that fits counts: a time-out is a connection error, too.
PLAIN: Final[tuple[tuple[tuple[type[Exception], ...], type[ModelFault], str], ...]] = (
    ((openai.APITimeoutError, httpx2.TimeoutException), TimedOut, "OpenAI did not answer in time"),
    ((openai.APIConnectionError, httpx2.HTTPError, aiohttp.ClientError), ConnectionFault, UNCONNECTED),
    (
        (JSONDecodeError, UnicodeDecodeError, AssertionError, RuntimeError),
        Garbled,
        "OpenAI answered with something else",
    ),
)


def translate(exc: Exception) -> ModelFault | None:
    """The fault that an exception stands for; None for one that is our own mistake."""
    if isinstance(exc, openai.APIStatusError):
        after = retry_after_seconds(exc.response.headers)
        return from_status(Engine.OPENAI, exc.status_code, code=exc.code, retry_after_seconds=after)
    if _is_lost(exc):
        return ConnectionFault(f"{UNCONNECTED} ({type(exc).__name__}).")
    for types, fault, message in PLAIN:
        if isinstance(exc, types):
            return fault(f"{message} ({type(exc).__name__}).")
    # What is left of the SDK's errors is an error event in a stream: it has a code, and no status.
    return from_code(exc.code or exc.type) if isinstance(exc, openai.APIError) else None


def _is_lost(exc: BaseException | None) -> bool:
    """Whether a connection was refused or lost: the SDK's way over aiohttp calls that a time-out, too."""
    while exc is not None:
        if isinstance(exc, aiohttp.ClientConnectionError):
            return not isinstance(exc, TimeoutError)
        exc = exc.__cause__
    return False


def from_code(code: str | None) -> ModelFault:
    """The fault that an error in a stream, or in a response that failed, stands for."""
    message = f"OpenAI broke off ({code or 'no code'})."
    if code in DENIED_CODES:
        return AccessDenied(message)
    if code in BAD_CODES:
        return BadRequest(message)
    if code in LIMITED_CODES:
        return RateLimited(message)
    return ServerFault(message) if code else StreamCut(message)
