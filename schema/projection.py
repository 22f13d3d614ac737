"""Execution with a short cut: what is plainly there is read, without the ceremony that resolvers need.

graphql-core builds a path, an info object and an argument list for every field, and asks of every value whether it can
be awaited: 10 to 40 µs, for a page of history several hundred times. A selection is therefore compiled, once for each
document, into functions that read attributes, call resolvers that take nothing but `self`, and coerce leaves. Whatever
is not that plain (arguments, `info`, coroutines, interfaces) goes the ordinary way; so does an object for which a
function raises anything at all, and then the ordinary way finds the error and says where it is.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, TypeAlias, cast

from cachetools import LRUCache
from graphql import (
    BREAK,
    DirectiveNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationDefinitionNode,
    Undefined,
    Visitor,
    visit,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

from schema.limits import CACHED_CHARACTERS

Read: TypeAlias = Callable[[Any], Any]
Details: TypeAlias = list[Any]
"""The field nodes that one response name stands for, as graphql-core groups them."""

COMPILED_DOCUMENTS: Final = 64
PRELOADED: Final = "preloaded"
"""The name in a field's metadata that says: an object may have been given this field's value with its page.

The object's own attribute `preloaded` then maps the identity of the field's node to that value.
"""


def preloaded(source: Any, info: Any) -> Any:  # noqa: ANN401 - any object of the schema's, any value
    """What an object was given for the field that is being resolved; None when it came alone."""
    return source.preloaded and source.preloaded.get(id(info.field_nodes[0]))


class NotPlainError(Exception):
    """Something has to go the ordinary way."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to read one selection of one type. `order` has all response names, `rest` those that cannot be read."""

    reads: tuple[tuple[str, Read], ...]
    order: tuple[str, ...]
    rest: frozenset[str]


Plans: TypeAlias = dict[tuple[str, bool, tuple[int, ...]], Plan | None]
"""By the type's name, whether its objects were given something with their page, and the nodes that are selected."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The plans of one operation; None where nothing is compiled.

    It keeps the document alive: plans are found by the identity of its nodes.
    """

    operation: OperationDefinitionNode
    fragments: Mapping[str, Any]
    plans: Plans | None


_compiled: LRUCache[int, Compiled] = LRUCache(COMPILED_DOCUMENTS)


class ProjectingExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, as Strawberry extends it, with compiled selections."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the executor's own
        super().__init__(*args, **kwargs)
        self._plans = _plans_of(self.operation, self.fragment_definitions)
        self._rests: dict[tuple[str, bool, int], Any] = {}

    def collect_and_execute_subfields(
        self,
        return_type: GraphQLObjectType,
        field_details_list: Details,
        path: Any,  # noqa: ANN401 - as above
        result: Any,  # noqa: ANN401 - as above
        position_context: Any,  # noqa: ANN401 - as above
    ) -> Any:  # noqa: ANN401 - as above
        """Execute the selection on one object."""
        given = getattr(result, "preloaded", None) is not None
        plan = self._plan(return_type, field_details_list, given=given) if position_context is None else None
        if plan is None or not plan.reads:
            return super().collect_and_execute_subfields(
                return_type, field_details_list, path, result, position_context
            )
        try:
            values = {name: read(result) for name, read in plan.reads}
        except Exception:  # noqa: BLE001 - whatever it is, the ordinary way reports it at its place
            return super().collect_and_execute_subfields(
                return_type, field_details_list, path, result, position_context
            )
        if not plan.rest:
            return values
        rest: Any = self.execute_fields(
            return_type, result, path, self._rest(plan, return_type, field_details_list, given=given), None
        )
        if self.is_awaitable(rest):
            return _merged_later(plan.order, values, rest)
        return _merged(plan.order, values, rest)

    def _rest(self, plan: Plan, of: GraphQLObjectType, details: Details, *, given: bool) -> Any:  # noqa: ANN401 - the executor's groups
        key = (of.name, given, id(details))
        if key not in self._rests:
            groups, _, _ = self.collect_subfields(of, details)
            self._rests[key] = {name: group for name, group in groups.items() if name in plan.rest}
        return self._rests[key]

    def _plan(self, of: GraphQLObjectType, details: Details, *, given: bool) -> Plan | None:
        if self._plans is None:
            return None
        key = (of.name, given, tuple([id(detail.node) for detail in details]))
        try:
            return self._plans[key]
        except KeyError:
            plan = self._plans[key] = self._compile(of, details, given=given)
            return plan

    def _compile(self, of: GraphQLObjectType, details: Details, *, given: bool) -> Plan | None:
        groups, deferred, _ = self.collect_subfields(of, details)
        if deferred:
            return None
        reads, rest = [], []
        for name, group in groups.items():
            try:
                reads.append((name, self._reader(of, group, given=given)))
            except NotPlainError:
                rest.append(name)
        return Plan(tuple(reads), tuple(groups), frozenset(rest))

    def _reader(self, of: GraphQLObjectType, group: Details, *, given: bool) -> Read:
        node: FieldNode = group[0].node
        if node.name.value == "__typename":
            return lambda _: of.name
        definition = self.schema.get_field(of, node.name.value)
        if definition is None:
            raise NotPlainError
        read = _plain_read(definition, node, given=given)
        complete = self._completer(definition.type, group, given=given)
        return lambda source: complete(read(source))

    def _completer(self, of: GraphQLOutputType, group: Details, *, given: bool) -> Read:
        if isinstance(of, GraphQLNonNull):
            return self._present(of.of_type, group, given=given)
        complete = self._present(of, group, given=given)
        return lambda value: None if value is None else complete(value)

    def _present(self, of: GraphQLOutputType, group: Details, *, given: bool) -> Read:
        """Completes a value that must not be null; on null the functions that this returns raise."""
        if isinstance(of, GraphQLList):
            each = self._completer(of.of_type, group, given=given)
            return lambda values: [each(value) for value in _sequence(values)]
        if isinstance(of, GraphQLObjectType):
            return self._object(of, group, given=given)
        if isinstance(of, GraphQLLeafType):
            return _leaf(of)
        raise NotPlainError

    def _object(self, of: GraphQLObjectType, group: Details, *, given: bool) -> Read:
        plan = self._plan(of, group, given=given)
        if plan is None or plan.rest:
            raise NotPlainError
        reads, is_type_of = plan.reads, of.is_type_of

        def project(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any object of the schema's
            if value is None or (is_type_of is not None and not is_type_of(value, None)):  # type: ignore[arg-type]  # Strawberry's looks at the value alone
                raise NotPlainError
            return {name: read(value) for name, read in reads}

        return project


def _plain_read(definition: GraphQLField, node: FieldNode, *, given: bool) -> Read:
    strawberry_field = (definition.extensions or {}).get("strawberry-definition")
    if not isinstance(strawberry_field, StrawberryField):
        raise NotPlainError
    if strawberry_field.metadata.get(PRELOADED):
        if not given:
            raise NotPlainError
        key = id(node)
        return lambda source: source.preloaded[key]
    resolver = strawberry_field.base_resolver
    if resolver is None:
        return attrgetter(strawberry_field.python_name)
    if strawberry_field.extensions or resolver.is_async or resolver.arguments or resolver.info_parameter:
        raise NotPlainError
    if resolver.self_parameter is None:
        raise NotPlainError
    return cast("Read", resolver.wrapped_func)


def _leaf(of: GraphQLLeafType) -> Read:
    coerce = of.coerce_output_value
    if isinstance(of, GraphQLEnumType):
        return {value.value: name for name, value in of.values.items()}.__getitem__
    exact = _EXACT.get(of.name)

    def leaf(value: Any) -> Any:  # noqa: ANN401 - whatever the scalar takes and gives
        if type(value) is exact:
            return value
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise NotPlainError
        return coerced

    return leaf


_EXACT: Final[Mapping[str, type]] = {"String": str, "ID": str, "Boolean": bool}
"""What a scalar hands on as it is; numbers have bounds, which graphql-core checks."""


def _sequence(values: Any) -> Iterable[Any]:  # noqa: ANN401 - checked here
    if type(values) is list or type(values) is tuple:
        return values
    raise NotPlainError


def _merged(order: Iterable[str], values: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] if name in values else rest[name] for name in order if name in values or name in rest}


async def _merged_later(order: Iterable[str], values: Mapping[str, Any], rest: Any) -> dict[str, Any]:  # noqa: ANN401 - an awaitable
    return _merged(order, values, await rest)


class _Directives(Visitor):
    """Whether a document has any directive: then what it selects may depend on variables."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_directive(self, _node: DirectiveNode, *_: Any) -> Any:  # noqa: ANN401 - the visitor's signature
        self.found = True
        return BREAK


def _plans_of(operation: OperationDefinitionNode, fragments: Mapping[str, Any]) -> Plans | None:
    """What is remembered of an operation; None when it is executed the ordinary way.

    That is an operation that is too long to be remembered, as it is not parsed only once either, and one with
    directives, whose selections depend on variables.
    """
    known = _compiled.get(id(operation))
    if known is not None and known.operation is operation:
        return known.plans
    if operation.loc is None or len(operation.loc.source.body) > CACHED_CHARACTERS:
        return None
    directives = _Directives()
    for node in (operation, *fragments.values()):
        visit(node, directives)
    plans: Plans | None = None if directives.found else {}
    _compiled[id(operation)] = Compiled(operation, fragments, plans)
    return plans
