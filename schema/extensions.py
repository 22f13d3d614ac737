"""What happens around every operation: caches, limits, rates. Classes, never instances: one of each a request."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, cast

from graphql import DocumentNode, GraphQLError, GraphQLSyntaxError, OperationDefinitionNode, specified_rules
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.schema import validate_document
from strawberry.types.graphql import OperationType

from domain.errors import RateLimited
from resolvers.context import Context
from schema.limits import CACHED_CHARACTERS, MAX_TOKENS, LimitExceeded, OperationLimits, check_cost
from schema.masking import validation_code

CACHED_DOCUMENTS: Final = 64
RULES: Final = (OperationLimits, *specified_rules)


class Parsing(ParserCache):
    """Parses each document once, and no more of it than there may be."""

    def __init__(self) -> None:
        super().__init__(maxsize=CACHED_DOCUMENTS)

    def on_parse(self) -> Iterator[None]:
        """Find the document in the cache, or put it there."""
        context = self.execution_context
        context.parse_options["max_tokens"] = MAX_TOKENS
        if len(context.query or "") > CACHED_CHARACTERS:
            yield
            return
        # Raised here it would tear down a WebSocket's operation: Strawberry parses again, and handles it then.
        with suppress(GraphQLSyntaxError):
            context.graphql_document = self.cached_parse_document(context.query, **context.parse_options)
        yield


class Validating(ValidationCache):
    """Validates each document once, and lets an operation begin that is small and not too soon."""

    def __init__(self) -> None:
        super().__init__(maxsize=CACHED_DOCUMENTS)

    def on_validate(self) -> Iterator[None]:
        """Leave the reasons why the operation may not begin, if there are any."""
        errors = self._invalid()
        self.execution_context.pre_execution_errors = errors or self._refused()
        yield

    def _invalid(self) -> list[GraphQLError]:
        context = self.execution_context
        schema = context.schema._schema  # noqa: SLF001 - as ValidationCache does: there is no public name
        try:
            remembered = len(context.query or "") <= CACHED_CHARACTERS
            validate: Callable[..., list[GraphQLError]] = (
                self.cached_validate_document if remembered else validate_document
            )
            errors = validate(schema, context.graphql_document, RULES)
        except GraphQLError as exc:  # what the limits refuse, and the other rules never see
            return [exc]
        # Copies: the cached errors belong to every request.
        return [_coded(error) for error in errors]

    def _refused(self) -> list[GraphQLError]:
        operation = self.execution_context
        document = operation.graphql_document
        if document is None:
            return []
        if operation._provided_operation_name is None and _operations(document) > 1:  # noqa: SLF001 - no public name
            return [_user_error("The document holds several operations: say which one with operationName.")]
        try:
            check_cost(
                operation.schema._schema,  # noqa: SLF001 - there is no public name
                document,
                operation.operation_name,
                operation.variables,
            )
            if operation.operation_type is not OperationType.MUTATION:
                # Mutations count themselves, after they have looked for a replay.
                cast("Context", operation.context).spend()
        except LimitExceeded as exc:
            return [exc]
        except RateLimited as exc:
            return [GraphQLError(str(exc), original_error=exc)]
        return []


def _operations(document: DocumentNode) -> int:
    return sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)


def _user_error(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def _coded(error: GraphQLError) -> GraphQLError:
    extensions: dict[str, Any] = validation_code(error)
    return GraphQLError(error.message, nodes=error.nodes, extensions=extensions)
