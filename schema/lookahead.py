"""What a page's selection will ask of its rows, so that it can be loaded with the page."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    IntValueNode,
    SelectionSetNode,
    VariableNode,
)

from domain.paging import MAX_PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Wish:
    """The evaluations that every row of a history page is asked for.

    `first` is how many; the nodes are those of the fields that ask: `evaluations` of the rows, and `dimensionScores`
    of the evaluations (none: scores are not asked for). `reasons` says whether these are asked for their evidence or
    criteria.
    """

    first: int
    evaluations: tuple[FieldNode, ...]
    scores: tuple[FieldNode, ...]
    reasons: bool


class ConditionalError(Exception):
    """Whether a field is asked for depends on a directive."""


def wish(info: GraphQLResolveInfo[Any], *, default: int) -> Wish | None:
    """What the rows under this field are asked for; None when it is nothing, or cannot be told beforehand.

    Args:
        info: of a field that answers a connection of challenges.
        default: how many evaluations a row shows that does not say.
    """
    try:
        return _wish(info, default)
    except ConditionalError:
        return None


def _wish(info: GraphQLResolveInfo[Any], default: int) -> Wish | None:
    asked = [node for node in _below(_rows(info.field_nodes, info), info) if node.name.value == "evaluations"]
    sizes = {_first(node, cast("Mapping[str, Any]", info.variable_values), default) for node in asked}
    if len(sizes) != 1 or None in sizes:
        return None
    scores = tuple(node for node in _below(_rows(asked, info), info) if node.name.value == "dimensionScores")
    reasons = any(node.name.value in {"evidence", "criteria"} for node in _below(scores, info))
    (first,) = sizes
    return Wish(first or default, tuple(asked), scores, reasons)


def _rows(connections: Iterable[FieldNode], info: GraphQLResolveInfo[Any]) -> list[FieldNode]:
    """The fields that stand for a row of these connections: `nodes`, and `node` of `edges`."""
    fields = list(_below(connections, info))
    edges = [node for node in fields if node.name.value == "edges"]
    return [node for node in fields if node.name.value == "nodes"] + [
        node for node in _below(edges, info) if node.name.value == "node"
    ]


def _below(nodes: Iterable[FieldNode], info: GraphQLResolveInfo[Any]) -> Iterator[FieldNode]:
    for node in nodes:
        if node.selection_set is not None:
            yield from _fields(node.selection_set, info.fragments)


def _fields(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    for selection in selections.selections:
        if selection.directives:
            raise ConditionalError
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _fields(selection.selection_set, fragments)
        elif isinstance(selection, FragmentSpreadNode):
            yield from _fields(fragments[selection.name.value].selection_set, fragments)


def _first(node: FieldNode, variables: Mapping[str, Any], default: int) -> int | None:
    """How many rows the field asks for, from the top; None when it is not that simple, or wrong."""
    size: object = default
    for argument in node.arguments or ():
        if argument.name.value != "first":
            return None
        value = argument.value
        if isinstance(value, IntValueNode):
            size = int(value.value)
        elif isinstance(value, VariableNode):
            size = variables.get(value.name.value)
        else:
            return None
    return size if isinstance(size, int) and 1 <= size <= MAX_PAGE_SIZE else None
