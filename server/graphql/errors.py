"""Errors on the wire: each with `extensions.code` and `extensions.requestId`, none with anything that was not meant."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from graphql import GraphQLError
from loguru import logger
from strawberry.types.execution import ExecutionResult, PreExecutionError

from domain.errors import BadInput, IntrvuError, NotFound, RateLimited, Unauthenticated, UserError

MASKED: Final = "Something went wrong on our side. Try again; if it stays, report the request id."

CODES: Final[dict[type[IntrvuError], str]] = {
    Unauthenticated: "UNAUTHENTICATED",
    NotFound: "NOT_FOUND",
    BadInput: "BAD_USER_INPUT",
    UserError: "BAD_USER_INPUT",
}
"""What a caller is told; every other error of ours is for the operator."""


def is_request_error(result: ExecutionResult) -> bool:
    """Whether no field was executed: syntax, validation, variables. GraphQL over HTTP then wants no `data`."""
    if isinstance(result, PreExecutionError):
        return True
    return result.data is None and bool(result.errors) and all(error.path is None for error in result.errors or ())


def formatted(errors: Iterable[GraphQLError], request_id: str) -> list[dict[str, Any]]:
    """Errors as they are sent. A code that the schema has given stays; an unexpected error is masked and logged."""
    return [_formatted(error, request_id) for error in errors]


def request_error(message: str, request_id: str, *, code: str = "BAD_USER_INPUT") -> list[dict[str, Any]]:
    """One error that concerns the request as a whole."""
    return [{"message": message, "extensions": {"code": code, "requestId": request_id}}]


def result_payload(result: ExecutionResult, request_id: str) -> dict[str, Any]:
    """A result as it is sent, `data` included if any field was executed."""
    payload: dict[str, Any] = {} if is_request_error(result) else {"data": result.data}
    if result.errors:
        payload["errors"] = formatted(result.errors, request_id)
    if result.extensions:
        payload["extensions"] = result.extensions
    return payload


def codes(errors: Sequence[dict[str, Any]]) -> set[str]:
    """The codes of errors that were formatted here."""
    return {error["extensions"]["code"] for error in errors}


def _formatted(error: GraphQLError, request_id: str) -> dict[str, Any]:
    message, extensions = error.message, dict(error.extensions or {})
    if "code" not in extensions:
        message, extensions = _coded(error, extensions)
    extensions.setdefault("requestId", request_id)
    sent: dict[str, Any] = {"message": message}
    if error.locations:
        sent["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        sent["path"] = error.path
    return {**sent, "extensions": extensions}


def _coded(error: GraphQLError, extensions: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    cause = _origin(error)
    if cause is None:
        return error.message, {**extensions, "code": "BAD_USER_INPUT"}
    if isinstance(cause, RecursionError):
        return "The document is nested too deeply.", {"code": "LIMIT_EXCEEDED"}
    if isinstance(cause, RateLimited):
        return str(cause), {"code": "RATE_LIMITED", "retryAfterSeconds": cause.retry_after_seconds}
    for kind, code in CODES.items():
        if isinstance(cause, kind):
            return str(cause), {"code": code}
    logger.opt(exception=cause).error("graphql_error")
    return MASKED, {"code": "INTERNAL"}


def _origin(error: GraphQLError) -> BaseException | None:
    """The exception behind an error; None if GraphQL itself is, or a message that was meant for the caller."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        # A variable that a scalar refuses carries the scalar's ValueError: the client's fault all the same.
        if cause.path is None and cause.message.startswith("Variable "):
            return None
        cause = cause.original_error
    return cause
