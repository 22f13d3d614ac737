"""How much one document may ask for. Checked before the standard rules, which get slow on documents made to be slow."""

from collections.abc import Iterable, Mapping
from typing import Final
from weakref import ref

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    ListTypeNode,
    NamedTypeNode,
    Node,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    TypeNode,
    ValidationRule,
)

from schema.measure import Measure, Size

MAX_BYTES: Final = 32 * 1024
"""Of the document in UTF-8: one giant string is one token."""
CACHED_CHARACTERS: Final = 8 * 1024
"""Of a document that is remembered. Parsed it takes up to 280 times its length: 64 of 8 KB are 140 MB at worst."""
MAX_TOKENS: Final = 4_000
MAX_DEPTH: Final = 12
"""Fields inside fields. Introspection counts apart, because GraphiQL's own query goes deeper."""
MAX_INTROSPECTION_DEPTH: Final = 20
MAX_FIELDS: Final = 1_000
"""With every fragment written out, over all operations of the document; aliases and directives likewise."""
MAX_ALIASES: Final = 30
MAX_DIRECTIVES: Final = 50
MAX_MUTATIONS: Final = 5
MAX_REPEATS: Final = 128
"""Times that one field may stand in one place: the standard rule compares each with each."""
MAX_COST: Final = 25_000
"""Objects that an operation may come to: every field with a selection counts 1, and a page multiplies what is in it by
its `first`. A history page of 100 with 10 evaluations each and all there is to see of them costs about 15,000."""


class LimitExceeded(GraphQLError):
    """A document that asks for more than one may."""

    def __init__(self, what: str, figure: int, maximum: int, nodes: Iterable[Node] | None = None) -> None:
        amount = f"{figure:,}" if figure < 10**9 else "over 1,000,000,000"
        super().__init__(
            f"The operation is too large: {what} is {amount}, at most {maximum:,} is allowed. Ask for less at once.",
            nodes=None if nodes is None else list(nodes),
            extensions={"code": "LIMIT_EXCEEDED"},
        )


class OperationLimits(ValidationRule):
    """The one validation rule for all limits but the cost of pages whose size is a variable."""

    def enter_document(self, node: DocumentNode, *_args: object) -> None:
        """Measure the whole document at once, before any other rule has looked at it.

        Raises:
            LimitExceeded: straight through `validate`, so that the other rules never see the document.
        """
        check(self.context.schema, node)


def check(schema: GraphQLSchema, document: DocumentNode) -> None:
    """Refuse a document that is too large.

    Raises:
        LimitExceeded: which limit, the figure and the maximum are in the message.
    """
    measure = Measure(schema, document)
    total = Size()
    for operation in measure.operations:
        size = measure.size(operation)
        _refuse("the number of mutations", size.roots, MAX_MUTATIONS, operation, OperationType.MUTATION)
        _refuse("the depth", size.depth, MAX_DEPTH, operation)
        _refuse("the depth of introspection", size.introspection, MAX_INTROSPECTION_DEPTH, operation)
        _refuse("the cost", size.cost, MAX_COST, operation)
        total = total.beside(size)
        _refuse("the number of fields", total.fields, MAX_FIELDS, operation)
        _refuse("the number of aliases", total.aliases, MAX_ALIASES, operation)
        _refuse("the number of directives", total.directives, MAX_DIRECTIVES, operation)
        _refuse(
            "the number of times one field is repeated",
            measure.most_repeats(operation, enough=MAX_REPEATS),
            MAX_REPEATS,
            operation,
        )


_COSTS: LRUCache[object, tuple[ref[DocumentNode], int]] = LRUCache(maxsize=512)
"""By the document's identity, which is its own only while it lives: a weak reference tells, and keeps nothing alive."""


def check_cost(
    schema: GraphQLSchema, document: DocumentNode, operation_name: str | None, variables: Mapping[str, object] | None
) -> None:
    """Refuse an operation whose pages are too large with these variables.

    Only operations that have integer variables are measured, once for each combination of values.

    Raises:
        LimitExceeded: with the cost and its maximum.
    """
    operation = next(
        (
            node
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
            and (operation_name is None or (node.name and node.name.value == operation_name))
        ),
        None,
    )
    if operation is None:
        return
    sizes = _whole_numbers(operation, variables or {})
    if sizes is None:
        return
    key = (id(document), operation_name, tuple(sizes.items()))
    cached = _COSTS.get(key)
    if cached is None or cached[0]() is not document:
        cached = _COSTS[key] = (ref(document), Measure(schema, document, sizes).size(operation).cost)
    _refuse("the cost", cached[1], MAX_COST, operation)


def _whole_numbers(operation: OperationDefinitionNode, variables: Mapping[str, object]) -> dict[str, object] | None:
    """The Int variables that were sent; None when the operation declares none."""
    declared = [
        each.variable.name.value for each in operation.variable_definitions or () if _type_name(each.type) == "Int"
    ]
    return {name: variables[name] for name in declared if _is_size(variables.get(name, ""))} if declared else None


def _is_size(value: object) -> bool:
    return value is None or isinstance(value, int)


def _type_name(node: TypeNode) -> str:
    while isinstance(node, NonNullTypeNode | ListTypeNode):
        node = node.type
    return node.name.value if isinstance(node, NamedTypeNode) else ""


def _refuse(
    what: str,
    figure: int,
    maximum: int,
    operation: OperationDefinitionNode,
    only: OperationType | None = None,
) -> None:
    if figure > maximum and only in {None, operation.operation}:
        raise LimitExceeded(what, figure, maximum, [operation])
