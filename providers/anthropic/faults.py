"""What the SDK raises, as faults. Measured with anthropic 2.12 against a server that fails on purpose."""

from collections.abc import Mapping
from json import JSONDecodeError
from typing import Final

import anthropic
import httpx2

from domain.enums import Engine
from providers.faults import ConnectionFault, Garbled, ModelFault, StreamCut, TimedOut, from_status
from providers.reading import retry_after_seconds

STATUS_OF: Final[Mapping[str, int]] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""An error event in a stream comes with the stream's own status, 200: its type says what would have been."""
# The first that fits counts: a time-out is a connection error, too.
PLAIN: Final[tuple[tuple[tuple[type[Exception], ...], type[ModelFault], str], ...]] = (
    ((anthropic.APITimeoutError, httpx2.TimeoutException), TimedOut, "Anthropic did not answer in time"),
    # Lost in mid-stream, the SDK lets its HTTP client's own error through.
    ((httpx2.RemoteProtocolError,), StreamCut, "The connection to Anthropic was lost"),
    ((anthropic.APIConnectionError, httpx2.HTTPError), ConnectionFault, "The connection to Anthropic failed"),
    ((anthropic.APIResponseValidationError,), Garbled, "Anthropic answered with something else"),
    (
        (JSONDecodeError, UnicodeDecodeError, AssertionError, RuntimeError),
        Garbled,
        "Anthropic answered with something else",
    ),
)


def translate(exc: Exception) -> ModelFault | None:
    """The fault that an exception stands for; None for one that is our own mistake."""
    if isinstance(exc, anthropic.APIStatusError):
        after = retry_after_seconds(exc.response.headers)
        status = exc.status_code if exc.status_code >= 400 else STATUS_OF.get(exc.type or "", 500)
        return from_status(Engine.ANTHROPIC, status, code=exc.type, retry_after_seconds=after)
    for types, fault, message in PLAIN:
        if isinstance(exc, types):
            return fault(f"{message} ({type(exc).__name__}).")
    return Garbled(f"Anthropic broke off ({type(exc).__name__}).") if isinstance(exc, anthropic.APIError) else None
