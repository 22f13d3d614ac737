"""What the rows of a history page are asked for, told from the selection before they are loaded."""

from typing import Any

import pytest
import strawberry

from schema.lookahead import Wish, wish

SEEN: list[Wish | None] = []


@strawberry.type
class Score:
    score: float = 1.0
    criteria: str = ""
    evidence: str = ""


@strawberry.type
class Answer:
    id: int = 1

    @strawberry.field
    def dimension_scores(self) -> list[Score]:
        return []


@strawberry.type
class AnswerEdge:
    node: Answer


@strawberry.type
class Answers:
    nodes: list[Answer]
    edges: list[AnswerEdge]


@strawberry.type
class Row:
    @strawberry.field
    def evaluations(self, first: int | None = 10, after: str | None = None) -> Answers:
        return Answers(nodes=[], edges=[])


@strawberry.type
class RowEdge:
    node: Row


@strawberry.type
class Rows:
    nodes: list[Row]
    edges: list[RowEdge]


@strawberry.type
class Query:
    @strawberry.field
    def history(self, info: strawberry.Info) -> Rows:
        SEEN.append(wish(info._raw_info, default=10))
        return Rows(nodes=[], edges=[])


SCHEMA = strawberry.Schema(Query)


def wished(query: str, **variables: Any) -> tuple[int, int, int, bool] | None:
    """First, and how many fields ask for evaluations and for scores, and whether for reasons."""
    SEEN.clear()
    result = SCHEMA.execute_sync(query, variable_values=variables)
    assert result.errors is None
    (seen,) = SEEN
    return seen and (seen.first, len(seen.evaluations), len(seen.scores), seen.reasons)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("nodes { __typename }", None),
        ("nodes { evaluations { nodes { id } } }", (10, 1, 0, False)),
        ("nodes { evaluations(first: 3) { nodes { dimensionScores { score } } } }", (3, 1, 1, False)),
        ("nodes { evaluations { nodes { dimensionScores { evidence } } } }", (10, 1, 1, True)),
        ("nodes { evaluations { nodes { dimensionScores { criteria } } } }", (10, 1, 1, True)),
        ("edges { node { evaluations(first: 2) { edges { node { dimensionScores { score } } } } } }", (2, 1, 1, False)),
        ("nodes { evaluations { nodes { id } } } edges { node { evaluations { nodes { id } } } }", (10, 2, 0, False)),
        ("nodes { a: evaluations(first: 1) { nodes { id } } b: evaluations(first: 2) { nodes { id } } }", None),
        ("nodes { evaluations @include(if: true) { nodes { id } } }", None),
        ('nodes { evaluations(after: "x") { nodes { id } } }', None),
        ("nodes { evaluations(first: 0) { nodes { id } } }", None),
        ("nodes { evaluations(first: 101) { nodes { id } } }", None),
        ("nodes { evaluations(first: null) { nodes { id } } }", None),
        ("nodes { ... { evaluations(first: 4) { nodes { ... { dimensionScores { score } } } } } }", (4, 1, 1, False)),
    ],
)
def test_a_selection_tells_what_to_load(selection, expected):
    assert wished(f"{{ history {{ {selection} }} }}") == expected


def test_a_size_may_come_in_a_variable():
    query = "query Q($n: Int) { history { nodes { evaluations(first: $n) { nodes { id } } } } }"
    assert wished(query, n=7) == (7, 1, 0, False)
    assert wished(query) is None


def test_fragments_are_followed():
    query = """
      { history { ...Rows } }
      fragment Rows on Rows { nodes { ...Row } }
      fragment Row on Row { evaluations(first: 5) { nodes { ...Answer } } }
      fragment Answer on Answer { dimensionScores { criteria } }
    """
    assert wished(query) == (5, 1, 1, True)
