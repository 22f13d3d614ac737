"""What a schema promises, compared with what another one keeps: a readable list of what is missing or different."""

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    is_required_argument,
    is_required_input_field,
    print_ast,
)


def differences(promised: GraphQLSchema, kept: GraphQLSchema) -> list[str]:
    """What `kept` lacks of `promised`, or does in another way. What it has beyond that is nobody's business."""
    return list(_differences(promised, kept))


def _differences(promised: GraphQLSchema, kept: GraphQLSchema) -> Iterator[str]:
    for name, type_ in promised.type_map.items():
        if name.startswith("__"):
            continue
        other = kept.get_type(name)
        if other is None:
            yield f"{name} is missing"
        elif type(other) is not type(type_):
            yield f"{name} is a {type(other).__name__}, not a {type(type_).__name__}"
        else:
            yield from _in_type(type_, other)


def _in_type(promised: GraphQLNamedType, kept: GraphQLNamedType) -> Iterator[str]:
    if isinstance(promised, GraphQLEnumType) and isinstance(kept, GraphQLEnumType):
        yield from (f"{promised.name}.{value} is missing" for value in promised.values if value not in kept.values)
    elif isinstance(promised, GraphQLInputObjectType) and isinstance(kept, GraphQLInputObjectType):
        if promised.is_one_of != kept.is_one_of:
            yield f"{promised.name} {'is not' if promised.is_one_of else 'is'} @oneOf"
        yield from _inputs(promised.name, promised.fields, kept.fields, "field")
    elif isinstance(promised, GraphQLObjectType | GraphQLInterfaceType) and isinstance(
        kept, GraphQLObjectType | GraphQLInterfaceType
    ):
        implemented = {each.name for each in kept.interfaces}
        yield from (
            f"{promised.name} does not implement {each.name}"
            for each in promised.interfaces
            if each.name not in implemented
        )
        for name, field in promised.fields.items():
            yield from _in_field(f"{promised.name}.{name}", field, kept.fields.get(name))


def _in_field(where: str, promised: GraphQLField, kept: GraphQLField | None) -> Iterator[str]:
    if kept is None:
        yield f"{where} is missing"
        return
    if str(promised.type) != str(kept.type):
        yield f"{where} is {kept.type}, not {promised.type}"
    yield from _inputs(where, promised.args, kept.args, "argument")


def _inputs(
    where: str,
    promised: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
    kept: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
    what: str,
) -> Iterator[str]:
    for name, value in promised.items():
        other = kept.get(name)
        if other is None:
            yield f"{where}: the {what} {name} is missing"
            continue
        if str(value.type) != str(other.type):
            yield f"{where}: the {what} {name} is {other.type}, not {value.type}"
        if _default(value) != _default(other):
            yield f"{where}: the {what} {name} defaults to {_default(other)}, not {_default(value)}"
    for name, value in kept.items():
        required = is_required_argument(value) if isinstance(value, GraphQLArgument) else is_required_input_field(value)
        if name not in promised and required:
            yield f"{where}: the {what} {name} is required, and was never promised"


def _default(value: GraphQLArgument | GraphQLInputField) -> str | None:
    if value.default is None or value.default.literal is None:
        return None
    return print_ast(value.default.literal)
