"""One house for a module's tests: each proves that it left everything as it found it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.house import House, open_house

GENERATE = """
mutation Generate($input: GenerateChallengeInput!) {
  generateChallenge(input: $input) {
    challenge {
      id
      ... on MultipleChoiceChallenge { options { id } }
      ... on ScenarioChallenge { questions { id } }
    }
    quota { used }
    replayed
    userErrors { __typename code field message }
  }
}
"""
EVALUATE = """
mutation Evaluate($input: EvaluateAnswerInput!) {
  evaluateAnswer(input: $input) {
    evaluation { id status correct }
    quota { used }
    replayed
    userErrors { __typename code field message ... on AnswerTooLongError { limit } }
  }
}
"""


@dataclass
class World:
    """What Alice and Bob have before anybody sends nonsense."""

    house: House
    choice: dict[str, Any]
    scenario: dict[str, Any]
    evaluated: str
    bobs_choice: dict[str, Any]
    bobs_evaluation: str


async def generate(house: House, kind: str, *, user: str = "alice", **more: Any) -> dict[str, Any]:
    asked = {"kind": kind, "domain": "DATABASES", "difficulty": "MEDIUM", **more}
    payload = (await house.ask(GENERATE, {"input": asked}, user=user))["generateChallenge"]
    assert payload["userErrors"] == []
    return payload["challenge"]


async def answer_choice(house: House, challenge: dict[str, Any], *, user: str = "alice") -> dict[str, Any]:
    given = {"challengeId": challenge["id"], "answer": {"optionId": challenge["options"][0]["id"]}}
    payload = (await house.ask(EVALUATE, {"input": given}, user=user))["evaluateAnswer"]
    assert payload["userErrors"] == []
    assert payload["evaluation"]["status"] == "COMPLETED"
    return payload["evaluation"]


async def furnished(house: House) -> World:
    choice = await generate(house, "MULTIPLE_CHOICE")
    scenario = await generate(house, "SCENARIO")
    evaluated = (await answer_choice(house, choice))["id"]
    bobs_choice = await generate(house, "MULTIPLE_CHOICE", user="bob")
    bobs_evaluation = (await answer_choice(house, bobs_choice, user="bob"))["id"]
    return World(house, choice, scenario, evaluated, bobs_choice, bobs_evaluation)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with open_house(tmp_path_factory.mktemp("house") / "data", daily_quota=1_000) as house:
        yield await furnished(house)


@pytest_asyncio.fixture(loop_scope="module")
async def house(world: World) -> AsyncIterator[House]:
    """The house of a test that must change nothing in it, and leave it at work."""
    before = world.house.rows()
    yield world.house
    assert world.house.rows() == before, "something was stored or charged"
    ((used,),) = world.house.select("SELECT sum(used) FROM quota_days")
    challenge = await generate(world.house, "MULTIPLE_CHOICE", user="carol")
    await answer_choice(world.house, challenge, user="carol")
    assert world.house.select("SELECT sum(used) FROM quota_days") == [(used + 1,)]
