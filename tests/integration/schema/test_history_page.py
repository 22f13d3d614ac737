"""A history page costs a fixed number of statements, however long it is and whatever it shows."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from domain.enums import ChallengeKind
from domain.evaluation import Answer
from schema import schema
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
          id overallScore challenge { id }
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
        for _ in range(2):
            await alice.submit(challenge, answer)
    await page(alice, 1)  # whatever is done once is done

    with counted() as for_one:
        one = await page(alice, 1)
    with counted() as for_twenty:
        twenty = await page(alice, 20)

    assert len(one["nodes"]) == 1
    assert one["totalCount"] == len(twenty["nodes"]) == 20
    assert sum(len(node["evaluations"]["nodes"]) for node in twenty["nodes"]) == 40
    # challenges, their count, latest and all evaluations, counts, challenges of evaluations, scores, criteria
    assert len(for_twenty) <= 9, "\n\n".join(for_twenty)
    assert abs(len(for_twenty) - len(for_one)) <= 1, "criteria are read only where an evaluation has some"
