"""The short cut answers what graphql-core answers: same data, same errors at the same places."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
import strawberry
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema import projection
from schema.projection import PRELOADED, ProjectingExecutor, preloaded


@strawberry.enum
class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@strawberry.type
class Leaf:
    name: str
    weight: float
    size: Size
    note: str | None = None


@dataclass
class Calls:
    """How often a resolver ran."""

    evaluations: int = 0


CALLS = Calls()


@strawberry.interface
class Thing:
    id: strawberry.ID


@strawberry.type
class Tree(Thing):
    count: int
    leaves: list[Leaf]
    best: Leaf | None
    preloaded: strawberry.Private[Mapping[int, object] | None] = None

    @strawberry.field
    def doubled(self) -> int:
        return self.count * 2

    @strawberry.field
    def times(self, by: int = 3) -> int:
        return self.count * by

    @strawberry.field
    async def later(self) -> Leaf:
        return self.leaves[0]

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError("sap is out")

    @strawberry.field
    def broken_for_good(self) -> str:
        raise ValueError("roots are gone")

    @strawberry.field(metadata={PRELOADED: True})
    def given(self, info: strawberry.Info, last: int = 1) -> list[Leaf]:
        if (shown := preloaded(self, info._raw_info)) is not None:
            return shown
        CALLS.evaluations += 1
        return self.leaves[-last:]


LEAVES = [
    Leaf(name="a", weight=1.5, size=Size.SMALL),
    Leaf(name="b", weight=2.0, size=Size.LARGE, note="torn"),
]


@strawberry.type
class Query:
    @strawberry.field
    def tree(self) -> Tree:
        return Tree(id=strawberry.ID("t1"), count=2, leaves=list(LEAVES), best=None)

    @strawberry.field
    def things(self) -> list[Thing]:
        return [
            Tree(id=strawberry.ID(f"t{place}"), count=place, leaves=list(LEAVES), best=LEAVES[0]) for place in (1, 2)
        ]

    @strawberry.field
    def wrong_type(self) -> Tree:
        return Tree(id=strawberry.ID("t"), count="many", leaves=list(LEAVES), best=None)  # type: ignore[arg-type]  # the point

    @strawberry.field
    def missing(self) -> Tree:
        return Tree(id=strawberry.ID("t"), count=1, leaves=[None], best=None)  # type: ignore[list-item]  # the point

    @strawberry.field
    def with_given(self, info: strawberry.Info) -> Tree:
        (field,) = [
            node for node in info._raw_info.field_nodes[0].selection_set.selections if node.name.value == "given"
        ]
        return Tree(id=strawberry.ID("t"), count=1, leaves=list(LEAVES), best=None, preloaded={id(field): [LEAVES[0]]})


SHORT = strawberry.Schema(Query, types=[Tree], execution_context_class=ProjectingExecutor)
STOCK = strawberry.Schema(Query, types=[Tree], execution_context_class=StrawberryGraphQLCoreExecutionContext)

OPERATIONS = {
    "plain": "{ tree { id count doubled leaves { name weight size note } best { name } } }",
    "names": "{ tree { __typename second: count first: id leaves { __typename a: name b: name } } }",
    "order": "{ tree { later { name } id times(by: 5) count broken doubled } }",
    "interface": "{ things { __typename id ... on Tree { count leaves { size } } } }",
    "fragments": """
        { tree { ...A ...B } } fragment A on Tree { id leaves { name } } fragment B on Tree { leaves { weight } }
    """,
    "merged": "{ tree { leaves { name } leaves { size } } }",
    "directives": """
        query Q($yes: Boolean!) {
          tree { id @include(if: $yes) count @skip(if: $yes) leaves { name @skip(if: $yes) size } }
        }
    """,
    "error": "{ tree { id broken leaves { name } } }",
    "error in a list": "{ things { id ... on Tree { brokenForGood } } }",
    "wrong type": "{ wrongType { id count leaves { name } } }",
    "null in a list": "{ missing { id leaves { name } } }",
}


def shape(result: Any) -> tuple[Any, list[tuple[str, Any, Any]]]:
    return result.data, [(error.message, error.path, error.locations) for error in result.errors or []]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("yes", [True, False])
async def test_it_answers_as_the_stock_executor_does(operation, yes):
    variables = {"yes": yes} if operation == "directives" else None
    for _ in range(2):  # compiled, then remembered
        short = await SHORT.execute(OPERATIONS[operation], variable_values=variables)
        stock = await STOCK.execute(OPERATIONS[operation], variable_values=variables)
        assert shape(short) == shape(stock)
        if short.data:
            assert repr(short.data) == repr(stock.data), "the fields come in the order of the query"


async def test_the_order_of_fields_is_the_querys_when_some_of_them_are_awaited():
    result = await SHORT.execute(OPERATIONS["order"])
    assert list(result.data["tree"]) == ["later", "id", "times", "count", "broken", "doubled"]


async def test_what_an_object_was_given_is_shown_and_its_resolver_does_not_run():
    CALLS.evaluations = 0
    for query in ("{ withGiven { id given { name } } }", "{ withGiven { given { name } later { name } } }"):
        result = await SHORT.execute(query)
        assert result.errors is None
        assert result.data["withGiven"]["given"] == [{"name": "a"}]
    assert CALLS.evaluations == 0


async def test_an_object_that_came_alone_resolves_what_others_are_given():
    CALLS.evaluations = 0
    result = await SHORT.execute("{ tree { given(last: 1) { name } } }")
    assert (result.data, CALLS.evaluations) == ({"tree": {"given": [{"name": "b"}]}}, 1)


async def test_only_so_many_documents_are_remembered():
    for number in range(projection.COMPILED_DOCUMENTS + 5):
        result = await SHORT.execute(f"{{ tree {{ id alias{number}: count }} }}")
        assert result.data == {"tree": {"id": "t1", f"alias{number}": 2}}
    assert len(projection._compiled) == projection.COMPILED_DOCUMENTS
