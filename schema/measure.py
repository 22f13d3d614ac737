"""How large the operations of a document are with every fragment written out.

Every fragment is measured once, innermost first: the work is linear in the document, whatever its spreads come to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)
from graphql.language import InlineFragmentNode, IntValueNode
from graphql.type import GraphQLField, GraphQLInterfaceType, GraphQLNamedType, GraphQLObjectType

from domain.paging import MAX_PAGE_SIZE
from schema.fragments import by_name, innermost_first

INTROSPECTION_COST: Final = 2_000
"""Of `__schema` and of `__type`, whatever is asked of them: they are answered from memory, but at length."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection comes to.

    `introspection` is the depth of what is below `__schema` and `__type`, which does not count as `depth`; `roots`
    counts the fields of the first level; `cost` is in objects.
    """

    depth: int = 0
    introspection: int = 0
    fields: int = 0
    roots: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0

    def beside(self, other: "Size") -> "Size":
        """Both in one selection."""
        return Size(
            max(self.depth, other.depth),
            max(self.introspection, other.introspection),
            self.fields + other.fields,
            self.roots + other.roots,
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.cost + other.cost,
        )


class Measure:
    """Sizes of a document's operations.

    Args:
        schema: tells pages from other fields.
        document: need not be valid.
        variables: what the client sent. Without them a page whose `first` is a variable counts as one row, because the
            value is not known when documents are validated; `check_cost` looks again when it is.

    Raises:
        GraphQLError: fragments that contain themselves, are not used or share a name, as the standard rules say.
    """

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, object] | None = None
    ) -> None:
        self.visits = 0
        self._schema = schema
        self._variables = variables
        self._defaults: Mapping[str, object] = {}
        self._fragments = by_name(document)
        self.operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self._order = innermost_first(self._fragments, self.operations)
        self._sizes: dict[str, Size] = {}
        if variables is None:
            self._measure_fragments()

    def size(self, operation: OperationDefinitionNode) -> Size:
        """What an operation comes to."""
        definitions = operation.variable_definitions or ()
        if self._variables is not None:
            self._defaults = {each.variable.name.value: _literal(each.default_value) for each in definitions}
            self._measure_fragments()
        directives = len(operation.directives or ()) + sum(len(each.directives or ()) for each in definitions)
        root = self._schema.get_root_type(operation.operation)
        return self._selection(operation.selection_set, root).beside(Size(directives=directives))

    def most_repeats(self, operation: OperationDefinitionNode, *, enough: int) -> int:
        """How often the most repeated field stands in one place, each fragment counted once; gives up over `enough`."""
        most = 0
        places = [[operation.selection_set]]
        while places:
            below: dict[str, list[FieldNode]] = {}
            spread: set[str] = set()
            merged = places.pop()
            while merged:
                for node in merged.pop().selections:
                    self.visits += 1
                    if isinstance(node, FieldNode):
                        below.setdefault((node.alias or node.name).value, []).append(node)
                    elif isinstance(node, InlineFragmentNode):
                        merged.append(node.selection_set)
                    elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                        spread.add(node.name.value)
                        fragment = self._fragments.get(node.name.value)
                        merged.extend([fragment.selection_set] if fragment else [])
            for same in below.values():
                most = max(most, len(same))
                inner = [node.selection_set for node in same if node.selection_set]
                if inner and most <= enough:
                    places.append(inner)
        return most

    def _measure_fragments(self) -> None:
        self._sizes.clear()
        for name in self._order:
            fragment = self._fragments[name]
            inside = self._selection(fragment.selection_set, self._schema.get_type(fragment.type_condition.name.value))
            self._sizes[name] = inside.beside(Size(directives=len(fragment.directives or ())))

    def _selection(self, selection: SelectionSetNode, parent: GraphQLNamedType | None) -> Size:
        size = Size()
        for node in selection.selections:
            self.visits += 1
            if isinstance(node, FieldNode):
                part = self._field(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                part = self._sizes.get(node.name.value, Size())
            elif isinstance(node, InlineFragmentNode):
                named = node.type_condition
                inner = self._schema.get_type(named.name.value) if named else parent
                part = self._selection(node.selection_set, inner)
            size = size.beside(part).beside(Size(directives=len(node.directives or ())))
        return size

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Size:
        name = node.name.value
        aliases = int(node.alias is not None)
        if node.selection_set is None:
            return Size(depth=1, fields=1, roots=1, aliases=aliases)
        fields = parent.fields if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else {}
        definition = fields.get(name)
        inside = self._selection(node.selection_set, get_named_type(definition.type) if definition else None)
        depth, cost = 1 + inside.depth, 1 + self._rows(node, definition) * inside.cost
        if name in {"__schema", "__type"}:
            return self._with(inside, Size(1, depth, 1, 1, aliases, cost=INTROSPECTION_COST))
        return self._with(inside, Size(depth, 0, 1, 1, aliases, cost=cost))

    @staticmethod
    def _with(inside: Size, field: Size) -> Size:
        """A field whose depth and cost are known, with all that is counted inside it."""
        return Size(
            field.depth,
            max(field.introspection, inside.introspection),
            field.fields + inside.fields,
            field.roots,
            field.aliases + inside.aliases,
            inside.directives,
            field.cost,
        )

    def _rows(self, node: FieldNode, definition: GraphQLField | None) -> int:
        """How many rows a page may have; 1 for what is no page."""
        argument = definition.args.get("first") if definition else None
        if argument is None:
            return 1
        sent = next((each.value for each in node.arguments or () if each.name.value == "first"), None)
        rows: object = None
        if isinstance(sent, VariableNode):
            if self._variables is None:
                return 1
            name = sent.name.value
            rows = self._variables[name] if name in self._variables else self._defaults.get(name)
        elif sent is not None:
            rows = _literal(sent)
        if not isinstance(rows, int):
            rows = argument.default_value if isinstance(argument.default_value, int) else MAX_PAGE_SIZE
        # Whatever is out of range is refused by the field itself, with a better message.
        return min(max(rows, 1), MAX_PAGE_SIZE)


def _literal(node: Node | None) -> int | None:
    return int(node.value) if isinstance(node, IntValueNode) and len(node.value) < 12 else None
