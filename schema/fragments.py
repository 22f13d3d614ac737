"""The order in which a document's fragments can be measured: each after those that it spreads."""

from collections.abc import Iterable, Iterator, Mapping

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
)

INVALID = {"code": "GRAPHQL_VALIDATION_FAILED"}


def by_name(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The document's fragments.

    Raises:
        GraphQLError: two have one name, as the standard rule says.
    """
    fragments: dict[str, FragmentDefinitionNode] = {}
    for node in document.definitions:
        if isinstance(node, FragmentDefinitionNode):
            name = node.name.value
            if name in fragments:
                raise _invalid(f"There can be only one fragment named '{name}'.", node)
            fragments[name] = node
    return fragments


def innermost_first(
    fragments: Mapping[str, FragmentDefinitionNode], operations: Iterable[OperationDefinitionNode]
) -> list[str]:
    """The names of all fragments, each after those that it spreads. Neither recursive nor more than linear.

    Raises:
        GraphQLError: a fragment that contains itself or is never used, as the standard rules say.
    """
    order: dict[str, None] = {}
    for operation in operations:
        path: dict[str, Iterator[str]] = {"": iter(_spreads(operation.selection_set))}
        while path:
            current, spreads = next(reversed(path.items()))
            for name in spreads:
                if name in path:
                    raise _invalid(f"Cannot spread fragment '{name}' within itself.", fragments[name])
                if name in fragments and name not in order:
                    path[name] = iter(_spreads(fragments[name].selection_set))
                    break
            else:
                del path[current]
                if current:
                    order[current] = None
    for name, node in fragments.items():
        if name not in order:
            raise _invalid(f"Fragment '{name}' is never used.", node)
    return list(order)


def _spreads(selection: SelectionSetNode) -> dict[str, None]:
    """The names of the fragments that are spread somewhere in a selection, in order of appearance."""
    names: dict[str, None] = {}
    left = [selection]
    while left:
        for node in left.pop().selections:
            if isinstance(node, FragmentSpreadNode):
                names[node.name.value] = None
            elif inner := getattr(node, "selection_set", None):
                left.append(inner)
    return names


def _invalid(message: str, node: Node) -> GraphQLError:
    return GraphQLError(message, nodes=[node], extensions=dict(INVALID))
