"""A history page costs a fixed number of statements, however long it is and whatever it shows."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from domain.enums import ChallengeKind
from domain.evaluation import Answer
from schema import schema
from schema.ids import evaluation as evaluation_id
from tests.integration.resolvers.conftest import parts

PAGE = """
query Page($first: Int!) {
  history(first: $first) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id title provenance { engine }
      ... on MultipleChoiceChallenge { options { id } solution { correctOptionId } }
      ... on ScenarioChallenge { questions { id } rubric { id } solution { modelAnswers { text } } }
      latestEvaluation { id status }
      evaluations(first: 10) {
        totalCount
        nodes {
          id overallScore challenge { id } revisionOf { id } revisions { id }
          dimensionScores { dimension score evidence { quote } criteria { level } }
        }
      }
    }
  }
}
"""


# What the runner and the housekeeper look for in the background, again and again.
BACKGROUND = ("expires_at <=", "clock_timestamp")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that touch tables, from every thread."""
    statements: list[str] = []

    def note(_connection, _cursor, statement, _parameters, _context, _many) -> None:
        if any(sign in statement for sign in BACKGROUND):
            return
        if statement.split(maxsplit=1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}:
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def page(person, first: int) -> dict:
    result = await schema.execute(PAGE, variable_values={"first": first}, context_value=person.context)
    assert result.errors is None
    return result.data["history"]


@pytest.mark.parametrize("overrides", [{"runner_concurrency": 2, "daily_quota": 1000}])
async def test_a_page_of_20_costs_as_many_statements_as_a_page_of_1(alice):
    for number in range(20):
        kind = ChallengeKind.SCENARIO if number % 4 == 0 else ChallengeKind.MULTIPLE_CHOICE
        challenge = (await alice.generate(kind)).challenge
        answer = parts(challenge, "An index.") if kind is ChallengeKind.SCENARIO else Answer(option_id="a")
        revises = None
        for _ in range(3):
            revises = (await alice.submit(challenge, answer, revises=revises)).evaluation.id
    await page(alice, 1)  # whatever is done once is done

    with counted() as for_one:
        one = await page(alice, 1)
    with counted() as for_twenty:
        twenty = await page(alice, 20)

    assert len(one["nodes"]) == 1
    assert one["totalCount"] == len(twenty["nodes"]) == 20
    assert sum(len(node["evaluations"]["nodes"]) for node in twenty["nodes"]) == 60
    for node in twenty["nodes"]:
        third, second, first = node["evaluations"]["nodes"]
        assert [third["revisionOf"], third["revisions"]] == [{"id": second["id"]}, []]
        assert [second["revisionOf"], second["revisions"]] == [{"id": first["id"]}, [{"id": third["id"]}]]
        assert [first["revisionOf"], first["revisions"]] == [None, [{"id": second["id"]}]]
    # challenges, their count, latest and all evaluations, counts, challenges of evaluations, both ways along the
    # chains, scores, criteria
    assert len(for_twenty) <= 11, "\n\n".join(for_twenty)
    assert abs(len(for_twenty) - len(for_one)) <= 1, "criteria are read only where an evaluation has some"


async def test_a_chain_of_answers_is_followed_both_ways(alice, bob):
    challenge = (await alice.generate(ChallengeKind.MULTIPLE_CHOICE)).challenge
    ids = [None]
    for option in "abc":
        submitted = await alice.submit(challenge, Answer(option_id=option), revises=ids[-1])
        ids.append(submitted.evaluation.id)
    first, second, third = (evaluation_id(id) for id in ids[1:])
    along = """
    query($id: ID!) {
      evaluation(id: $id) {
        revisions { id revisions { id revisions { id } } }
        revisionOf { id revisionOf { id revisionOf { id } } }
      }
    }
    """

    async def seen(person, id):
        result = await schema.execute(along, variable_values={"id": id}, context_value=person.context)
        assert result.errors is None
        return result.data["evaluation"]

    assert await seen(alice, first) == {
        "revisions": [{"id": second, "revisions": [{"id": third, "revisions": []}]}],
        "revisionOf": None,
    }
    assert await seen(alice, third) == {
        "revisions": [],
        "revisionOf": {"id": second, "revisionOf": {"id": first, "revisionOf": None}},
    }
    assert await seen(bob, first) is None
