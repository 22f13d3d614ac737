"""The schema that the server executes: Strawberry's, with one gate before it and one mask after it."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any, cast

import strawberry
from graphql import GraphQLError
from strawberry.schema.schema import StreamResult
from strawberry.types.execution import ExecutionContext, ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from domain.errors import Unauthenticated
from resolvers.context import Context
from schema import metrics
from schema.limits import MAX_BYTES, LimitExceeded
from schema.masking import code_of, published


class GuardedSchema(strawberry.Schema):
    """Every error that leaves it, by whatever way, has a code and the request's id, and tells nothing else.

    Raises:
        MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError: from `execute` as Strawberry's own
            does, for HTTP to answer; `stream` yields them as errors.
    """

    async def execute(  # noqa: PLR0917 - Strawberry's signature
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: object | None = None,
        root_value: object | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Execute a query or a mutation."""
        context = cast("Context", context_value)
        refusal = _refusal(query, context)
        if refusal is not None:
            metrics.count(metrics.UNKNOWN, code_of(refusal))
            return _masked(PreExecutionError(data=None, errors=[refusal]), context)
        result = await super().execute(
            query,
            variable_values=variable_values,
            context_value=context,
            root_value=root_value,
            operation_name=operation_name,
            allowed_operation_types=allowed_operation_types,
            operation_extensions=operation_extensions,
        )
        return _masked(result, context)

    async def stream(  # noqa: PLR0917 - Strawberry's signature
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: object | None = None,
        root_value: object | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> StreamResult:
        """Execute any operation; a subscription yields many results."""
        context = cast("Context", context_value)
        refusal = _refusal(query, context)
        if refusal is not None:
            metrics.count(metrics.UNKNOWN, code_of(refusal))
            return _only(_masked(PreExecutionError(data=None, errors=[refusal]), context))
        results = await super().stream(
            query,
            variable_values=variable_values,
            context_value=context,
            root_value=root_value,
            operation_name=operation_name,
            operation_extensions=operation_extensions,
            allowed_operation_types=allowed_operation_types,
        )
        return _guarded(results, context)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing: Strawberry's own log would hold the document. The mask logs what is unexpected."""


def _refusal(query: str | None, context: Context) -> GraphQLError | None:
    """Why an operation is not even looked at."""
    if context.services.production:
        try:
            _ = context.viewer
        except Unauthenticated as exc:
            return GraphQLError(str(exc), original_error=exc)
    size = len((query or "").encode(errors="surrogatepass"))
    return LimitExceeded("the document's size in bytes", size, MAX_BYTES) if size > MAX_BYTES else None


def _masked(result: ExecutionResult, context: Context) -> ExecutionResult:
    if result.errors:
        result.errors = published(result.errors, context.request_id)
    return result


async def _only(result: ExecutionResult) -> AsyncGenerator[ExecutionResult, None]:
    yield result


async def _guarded(results: StreamResult, context: Context) -> AsyncGenerator[ExecutionResult, None]:
    async with aclosing(results):
        try:
            async for result in results:
                # Never a frame of @defer: incremental delivery is off.
                yield _masked(cast("ExecutionResult", result), context)
        except Exception as exc:  # noqa: BLE001 - the last door: nothing may leave it unmasked
            error = exc if isinstance(exc, GraphQLError) else GraphQLError(str(exc), original_error=exc)
            yield _masked(PreExecutionError(data=None, errors=[error]), context)
