"""Errors on the wire: each with `extensions.code` and `extensions.requestId`, none with anything that was not meant."""

from collections.abc import Iterable, Sequence
from typing import Any

from graphql import GraphQLError
from strawberry.types.execution import ExecutionResult, PreExecutionError

from schema.masking import published


def is_request_error(result: ExecutionResult) -> bool:
    """Whether no field was executed: syntax, validation, variables. GraphQL over HTTP then wants no `data`."""
    if isinstance(result, PreExecutionError):
        return True
    return result.data is None and bool(result.errors) and all(error.path is None for error in result.errors or ())


def formatted(errors: Iterable[GraphQLError], request_id: str) -> list[dict[str, Any]]:
    """Errors as they are sent. What the schema has not published yet, such as an error before it, is masked here."""
    coded = [error if "code" in (error.extensions or {}) else published([error], request_id)[0] for error in errors]
    return [_formatted(error) for error in coded]


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


def _formatted(error: GraphQLError) -> dict[str, Any]:
    sent: dict[str, Any] = {"message": error.message}
    if error.locations:
        sent["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        sent["path"] = error.path
    return {**sent, "extensions": dict(error.extensions or {})}
