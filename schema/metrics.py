"""GraphQL operations, by type and outcome. docs/metrics.md says what each is for.

Neither label comes from a client: an operation's name is whatever a client likes, and so are its documents.
"""

from collections.abc import Iterator
from time import perf_counter
from typing import Final

from prometheus_client import Counter, Histogram
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from schema.errors import CODES, INTERNAL
from schema.masking import code_of

UNKNOWN: Final = "unknown"
"""The type of an operation that was refused before it was known."""
OUTCOMES: Final = frozenset(
    {"OK", INTERNAL, "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "LIMIT_EXCEEDED", *CODES.values()}
)

OPERATIONS: Final = Counter(
    "intrvu_graphql_operations_total",
    "GraphQL operations that have ended: `outcome` is OK or the code of the first error.",
    ["type", "outcome"],
)
OPERATION_SECONDS: Final = Histogram(
    "intrvu_graphql_operation_duration_seconds",
    "Queries and mutations, from the document to the result; subscriptions last as long as people watch.",
    ["type"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
USER_ERRORS: Final = Counter(
    "intrvu_graphql_user_errors_total",
    "Mutations answered with userErrors, by the first one's code.",
    ["code"],
)


def count(type_: str, code: str) -> None:
    """Count an operation that has ended."""
    OPERATIONS.labels(type_, code if code in OUTCOMES else "OTHER").inc()


class Metering(SchemaExtension):
    """Counts and times one operation."""

    def on_operation(self) -> Iterator[None]:
        """Around all of it: parsing, validation, execution."""
        began = perf_counter()
        code = "OK"
        try:
            yield
        except Exception:
            code = "BAD_USER_INPUT"  # no query in the request, no such operation in it, or one of a type not taken here
            raise
        finally:
            type_ = self._type()
            errors = self.execution_context.pre_execution_errors
            count(type_, code_of(errors[0]) if errors else code)
            if type_ in {OperationType.QUERY.value, OperationType.MUTATION.value}:
                OPERATION_SECONDS.labels(type_).observe(perf_counter() - began)

    def _type(self) -> str:
        try:
            return self.execution_context.operation_type.value
        except RuntimeError:
            return UNKNOWN
