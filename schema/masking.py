"""Errors as clients may see them: a code, the request's id, and nothing that was not meant for them."""

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from loguru import logger
from strawberry.exceptions import MissingQueryError, StrawberryInputCoercionError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from domain.errors import IntrvuError
from schema.errors import INTERNAL, MASKED, extensions_of

TOLD_SEPARATELY = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)
ONE_OF = "Give either optionId (multiple choice) or parts (scenario), not both and not null."
FRAMES = 8
"""Innermost calls that are logged of an unexpected error."""


def published(errors: Iterable[GraphQLError], request_id: str) -> list[GraphQLError]:
    """New errors, safe to send: those given may be in a cache that all requests share, and are left as they are."""
    return [_published(error, request_id) for error in errors]


def validation_code(error: GraphQLError) -> dict[str, Any]:
    """The extensions of an error that validation found: what a value may not be is the user's input."""
    if error.extensions and "code" in error.extensions:
        return dict(error.extensions)
    cause = _cause(error)
    if isinstance(cause, IntrvuError):
        return extensions_of(cause)
    if cause is not None or isinstance(error, StrawberryInputCoercionError) or "OneOf Input Object" in error.message:
        return {"code": "BAD_USER_INPUT"}
    return {"code": "GRAPHQL_VALIDATION_FAILED"}


def code_of(error: GraphQLError) -> str:
    """The code that an error is published with."""
    return str(_extensions(error)["code"])


def _published(error: GraphQLError, request_id: str) -> GraphQLError:
    extensions = _extensions(error)
    if extensions["code"] == INTERNAL:
        _log(_cause(error) or error, request_id)
    return GraphQLError(
        _message(error, extensions["code"]),
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**extensions, "requestId": request_id},
    )


def _extensions(error: GraphQLError) -> dict[str, Any]:
    if error.extensions and "code" in error.extensions:
        return dict(error.extensions)
    if isinstance(error, GraphQLSyntaxError):
        too_long = "tokens" in error.message
        return {"code": "LIMIT_EXCEEDED" if too_long else "GRAPHQL_PARSE_FAILED"}
    cause = _cause(error)
    if isinstance(cause, IntrvuError):
        return extensions_of(cause)
    # Without a cause it is GraphQL itself that refuses: before execution a variable, in it an argument's value.
    refused = cause is None and (error.path is None or error.message.startswith("Argument '"))
    if refused or isinstance(error, StrawberryInputCoercionError) or isinstance(cause, TOLD_SEPARATELY):
        return {"code": "BAD_USER_INPUT"}
    return {"code": INTERNAL}


def _message(error: GraphQLError, code: str) -> str:
    if code == INTERNAL:
        return MASKED
    cause = _cause(error)
    if isinstance(cause, IntrvuError) and error.path is not None:
        return str(cause)
    message, _, _ = error.message.partition(" Did you mean")
    if "OneOf Input Object" in message or "AnswerInput." in message or message.startswith("Value for member field"):
        return f"{message} {ONE_OF}"
    return message


def _cause(error: GraphQLError) -> BaseException | None:
    """The exception behind an error; None when GraphQL itself raised it."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _log(error: BaseException, request_id: str) -> None:
    """Say what failed and where. Never the message: it may quote an answer."""
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    logger.bind(request_id=request_id, error_type=type(error).__name__, where=frames[-FRAMES:]).error(
        "operation_failed"
    )
