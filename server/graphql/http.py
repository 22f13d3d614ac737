"""GraphQL over HTTP: GET for queries, POST for queries and mutations, JSON both ways.

Stricter than Strawberry's own view, which answers some malformed bodies with 500 and knows one media type; no batching,
no uploads, no event streams. Source: the GraphQL-over-HTTP draft, and the audits of the npm package graphql-http.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from loguru import logger
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.exceptions import MissingQueryError
from strawberry.schema.base import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from domain.errors import IntrvuError, StorageUnavailable, Unauthenticated
from schema.errors import MASKED
from server.graphql.context import ContextFactory, OperationContext, bearer_token
from server.graphql.errors import codes, is_request_error, result_payload
from server.graphql.negotiation import GRAPHQL, JSON, answer_type, wants_html
from server.refusals import refusal

UTF_8: Final = frozenset({"utf-8", "utf8", "us-ascii"})
EXAMPLE: Final = '{"query": "{ __typename }"}'
OPERATIONS: Final = {"GET": (OperationType.QUERY,), "POST": (OperationType.QUERY, OperationType.MUTATION)}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks to have executed."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


class RefusedRequest(Exception):
    """A request that is answered before anything is executed."""

    def __init__(self, status: int, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


class GraphQLOverHTTP:
    """An ASGI application that executes one operation a request."""

    def __init__(self, schema: BaseSchema, context_factory: ContextFactory) -> None:
        self._schema = schema
        self._context_factory = context_factory

    async def page(self, request: Request) -> Response | None:  # noqa: ARG002 - for subclasses
        """What a browser gets that opens the address without a query: None for an ordinary answer.

        Override it to serve GraphiQL.
        """
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        media_type = answer_type(request.headers.get("accept"))
        try:
            response = await self._answer(request, media_type)
        except ClientDisconnect:
            return  # gone before its body was complete: nobody to answer
        except RefusedRequest as exc:
            response = refusal(
                scope,
                exc.status,
                str(exc),
                code="BAD_USER_INPUT",
                headers=exc.headers,
                media_type=media_type or JSON,
            )
        response.headers.add_vary_header("Accept")
        await response(scope, receive, send)

    async def _answer(self, request: Request, media_type: str | None) -> Response:
        if request.method not in OPERATIONS:
            raise RefusedRequest(405, "GraphQL takes GET and POST.", headers={"Allow": "GET, POST"})
        if (
            request.method == "GET"
            and "query" not in request.query_params
            and wants_html(request.headers.get("accept"))
        ):
            page = await self.page(request)
            if page is not None:
                return page
        if media_type is None:
            raise RefusedRequest(406, f"The answer comes as {GRAPHQL} or {JSON}: accept one of them.")
        operation = _from_query(request) if request.method == "GET" else _from_body(request, await request.body())
        try:
            context = await self._context_factory(request, bearer_token(request.headers.get("authorization")))
        except Unauthenticated as exc:
            return refusal(
                request.scope,
                401,
                str(exc),
                code="UNAUTHENTICATED",
                headers={"WWW-Authenticate": "Bearer"},
                media_type=media_type,
            )
        except IntrvuError as exc:
            logger.opt(exception=exc).error("context_failed")
            known = isinstance(exc, StorageUnavailable)
            return refusal(
                request.scope,
                503,
                str(exc) if known else MASKED,
                code="STORAGE_UNAVAILABLE" if known else "INTERNAL",
                headers={"Retry-After": "5"},
                media_type=media_type,
            )
        result = await self._execute(operation, context, method=request.method)
        return _response(result, context.request_id, media_type)

    async def _execute(self, operation: Operation, context: OperationContext, *, method: str) -> ExecutionResult:
        try:
            return await self._schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
                allowed_operation_types=OPERATIONS[method],
                operation_extensions=operation.extensions,
            )
        except MissingQueryError as exc:
            raise RefusedRequest(400, 'The request has no "query".') from exc
        except CannotGetOperationTypeError as exc:
            raise RefusedRequest(400, unknown_operation(operation.operation_name)) from exc
        except InvalidOperationTypeError as exc:
            if exc.operation_type is OperationType.SUBSCRIPTION:
                raise RefusedRequest(
                    400, "Subscriptions need a WebSocket with the subprotocol graphql-transport-ws."
                ) from exc
            raise RefusedRequest(405, "Mutations need POST.", headers={"Allow": "POST"}) from exc


def unknown_operation(name: str | None) -> str:
    """Why a document has nothing to execute."""
    if name is None:
        return "The document holds no operation."
    return f'The document holds no operation named "{name[:100]}".'


def _from_query(request: Request) -> Operation:
    values: dict[str, object] = dict(request.query_params)
    for name in ("variables", "extensions"):
        text = values.pop(name, None)
        if text:
            values[name] = _parsed(str(text).encode(), f'The parameter "{name}"')
    if not values.get("operationName"):
        values.pop("operationName", None)
    return _operation(values)


def _from_body(request: Request, body: bytes) -> Operation:
    media_type, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    if media_type != JSON:
        raise RefusedRequest(415, f"Send the request as {JSON}.", headers={"Accept-Post": JSON})
    charsets = [value.strip(' "') for key, _, value in (part.partition("=") for part in parameters) if key == "charset"]
    if any(charset not in UTF_8 for charset in charsets):
        raise RefusedRequest(415, "Send the request in UTF-8.", headers={"Accept-Post": JSON})
    value = _parsed(body, "The body")
    if isinstance(value, list):
        raise RefusedRequest(400, "Batching is off: send one operation a request.")
    if not isinstance(value, dict):
        raise RefusedRequest(400, f"The body must be a JSON object such as {EXAMPLE}.")
    return _operation(value)


def _parsed(text: bytes, what: str) -> object:
    try:
        return orjson.loads(text)  # also refuses invalid UTF-8, lone surrogates, NaN and more than 1,024 levels
    except orjson.JSONDecodeError as exc:
        raise RefusedRequest(
            400, f"{what} is not valid JSON in UTF-8 of at most 1,024 levels: send a JSON object."
        ) from exc


def _operation(values: Mapping[str, object]) -> Operation:
    query, name = values.get("query"), values.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise RefusedRequest(400, f'The request has no "query", or it is not a text: send an object such as {EXAMPLE}.')
    if name is not None and not isinstance(name, str):
        raise RefusedRequest(400, '"operationName" must be a text or null.')
    return Operation(query, _object(values, "variables"), name, _object(values, "extensions"))


def _object(values: Mapping[str, object], name: str) -> dict[str, Any] | None:
    value = values.get(name)
    if value is not None and not isinstance(value, dict):
        raise RefusedRequest(400, f'"{name}" must be an object or null.')
    return value


def _response(result: ExecutionResult, request_id: str, media_type: str) -> Response:
    payload = result_payload(result, request_id)
    status = 200
    if is_request_error(result):
        if "INTERNAL" in codes(payload["errors"]):
            status = 500
        elif media_type == GRAPHQL:
            status = 400
    return Response(
        encoded(payload),
        status_code=status,
        headers={"Cache-Control": "no-store"},
        media_type=f"{media_type}; charset=utf-8",
    )


def encoded(payload: object) -> bytes:
    """JSON, as fast as it gets; what orjson does not know (a custom scalar's own class) goes as its text."""
    return orjson.dumps(payload, default=str)
