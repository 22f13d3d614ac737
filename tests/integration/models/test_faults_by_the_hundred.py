"""The main job while both providers fail in every way, hundreds of times: who asked gets a result or a clear error."""

import asyncio
import json
from base64 import b64decode
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, product
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import pytest

from domain.enums import Difficulty, Domain, Engine
from providers.anthropic.model import AnthropicModels
from providers.openai.model import OpenAIModels
from providers.routing.breaker import Tolerance
from providers.routing.policy import Policy
from providers.routing.router import Router
from providers.routing.spending import Spending
from providers.routing.turns import Limits
from server.engines import routes
from server.models import Models
from server.settings import Settings
from tests.integration.house import House, open_house
from tests.interviewer.faults import Fault, Seeded
from tests.interviewer.server import Interviewer

PEOPLE = 6
DEADLINE_SECONDS = 30.0
KEYS = {"openai_api_key": "sk-loopback", "anthropic_api_key": "sk-ant-loopback"}
WAYS = [fault for fault in Fault if fault is not Fault.WRONG_KEY]
FIRST = {"MULTIPLE_CHOICE": "OPENAI", "SCENARIO": "ANTHROPIC"}

GENERATE = """
mutation ($input: GenerateChallengeInput!) { generateChallenge(input: $input) {
  challenge { id kind provenance { engine degraded }
    ... on MultipleChoiceChallenge { options { id } } ... on ScenarioChallenge { questions { id } } }
  userErrors { __typename code message ... on ProviderUnavailableError { retryAfterSeconds } } } }
"""
EVALUATE = """
mutation ($input: EvaluateAnswerInput!) { evaluateAnswer(input: $input) {
  evaluation { id status provenance { engine degraded } failure { code message refunded } }
  userErrors { __typename code message } } }
"""
QUOTA = "{ quota { used ledger(first: 100) { totalCount nodes { reason state } } } }"


@dataclass
class Ends:
    """How what was asked ended, and what it must have cost."""

    challenges: Counter[str] = field(default_factory=Counter)
    evaluations: Counter[str] = field(default_factory=Counter)
    charged: Counter[str] = field(default_factory=Counter)


@asynccontextmanager
async def provider(plan: Seeded) -> AsyncIterator[Interviewer]:
    opened = Interviewer(plan=plan)
    await opened.start()
    try:
        yield opened
    finally:
        await opened.stop()


def impatient(openai: Interviewer, anthropic: Interviewer, settings: Settings) -> Models:
    """The router as it is, with short pauses."""
    adapters = {
        Engine.OPENAI: OpenAIModels(api_key="sk-loopback", base_url=f"{openai.origin}/v1"),
        Engine.ANTHROPIC: AnthropicModels(api_key="sk-ant-loopback", base_url=anthropic.origin),
    }
    router = Router(
        models=adapters,
        routes=routes(settings),
        spending=Spending(None, now=lambda: datetime.now(UTC)),
        random=Random(3),
        policy=Policy(backoff_seconds=0.002, backoff_cap_seconds=0.01),
        tolerance=Tolerance(failures=5, open_seconds=0.05, longest_open_seconds=0.1),
        limits=dict.fromkeys(adapters, Limits(requests_per_minute=1_000_000)),
    )
    return Models(router, adapters)


async def practise(house: House, user: str, cells: Iterator[tuple[Domain, Difficulty]], ends: Ends) -> None:
    """One person: a question and a scenario, each answered."""
    for kind in ("MULTIPLE_CHOICE", "SCENARIO"):
        domain, difficulty = next(cells)
        asked = {"kind": kind, "domain": domain.value, "difficulty": difficulty.value}
        payload = (await timely(house, GENERATE, {"input": asked}, user))["generateChallenge"]
        challenge = payload["challenge"]
        if challenge is None:
            assert_clear(payload["userErrors"])
            ends.challenges["refused"] += 1
            continue
        assert payload["userErrors"] == []
        assert_honest(challenge["provenance"], kind)
        ends.challenges[challenge["provenance"]["engine"]] += 1
        ends.charged[user] += 1
        given = {"challengeId": challenge["id"], "answer": answer(house, challenge)}
        payload = (await timely(house, EVALUATE, {"input": given}, user))["evaluateAnswer"]
        assert payload["userErrors"] == []
        evaluation = payload["evaluation"]
        ends.evaluations[evaluation["status"]] += 1
        if evaluation["status"] == "FAILED":
            assert evaluation["failure"]["refunded"] is True
            assert evaluation["failure"]["code"] in {"PROVIDER_UNAVAILABLE", "DEADLINE_EXCEEDED"}
            assert evaluation["failure"]["message"]
        else:
            assert evaluation["status"] == "COMPLETED"
            ends.charged[user] += kind == "SCENARIO"


async def timely(house: House, document: str, variables: dict[str, Any], user: str) -> Any:
    began = monotonic()
    data = await house.ask(document, variables, user=user)
    assert monotonic() - began < DEADLINE_SECONDS
    return data


def answer(house: House, challenge: dict[str, Any]) -> dict[str, Any]:
    if challenge["kind"] == "MULTIPLE_CHOICE":
        return {"optionId": challenge["options"][0]["id"]}
    ((solution,),) = house.select("SELECT solution FROM challenges WHERE id = ?", row_id(challenge))
    texts = [part["text"] for part in json.loads(solution)["model_answers"]]
    ids = [question["id"] for question in challenge["questions"]]
    return {"parts": [{"questionId": id, "text": text} for id, text in zip(ids, texts, strict=True)]}


def row_id(challenge: dict[str, Any]) -> str:
    return b64decode(challenge["id"]).decode().rpartition(":")[2]


def assert_clear(errors: list[dict[str, Any]]) -> None:
    (error,) = errors
    assert (error["__typename"], error["code"]) == ("ProviderUnavailableError", "PROVIDER_UNAVAILABLE")
    assert error["retryAfterSeconds"] > 0
    assert error["message"]


def assert_honest(provenance: dict[str, Any], kind: str) -> None:
    """A stand-in says so. Of a scenario the first choice may have written one half, and a stand-in the other."""
    if provenance["engine"] != FIRST[kind]:
        assert provenance["degraded"] is True
    elif kind == "MULTIPLE_CHOICE":
        assert provenance["degraded"] is False


@pytest.mark.parametrize(("stands_in", "faults"), [(True, 500), (False, 120)], ids=["with a stand-in", "without"])
async def test_every_request_ends_in_a_result_or_a_clear_error(tmp_path: Path, stands_in: bool, faults: int):
    settings = Settings.read(env_file=None, **KEYS)
    ends, cells = Ends(), cycle(product(Domain, Difficulty))
    plan = Seeded(Random(1), share=0.5, most=faults, ways=WAYS)
    async with provider(plan) as openai, provider(plan) as anthropic:
        models = impatient(openai, anthropic, settings)
        house_with = open_house(
            tmp_path,
            models=models,
            embedded_fallback=stands_in,
            daily_quota=1_000,
            stock_low=0,
            generation_deadline_seconds=DEADLINE_SECONDS,
            grading_deadline_seconds=20.0,
            **KEYS,
        )
        async with house_with as house:
            rounds = 0
            while plan.left:
                people = [f"person-{rounds}-{number}" for number in range(PEOPLE)]
                await asyncio.gather(*(practise(house, user, cells, ends) for user in people))
                rounds += 1
            await assert_ledgers(house, ends)
            assert_rows_are_honest(house)
        await models.close()

    assert sum(plan.injected.values()) == faults
    assert sum(amount > 0 for amount in plan.injected.values()) >= 8
    assert ends.evaluations["COMPLETED"] > 0
    assert ends.challenges["OPENAI"] > 0
    assert ends.challenges["ANTHROPIC"] > 0
    assert (ends.challenges["refused"] == 0 and ends.evaluations["FAILED"] == 0) is stands_in


async def assert_ledgers(house: House, ends: Ends) -> None:
    """Everybody paid for what they got, and nothing is left open."""
    for user, charged in ends.charged.items():
        quota = (await house.ask(QUOTA, user=user))["quota"]
        assert quota["used"] == charged
        states = Counter(entry["state"] for entry in quota["ledger"]["nodes"])
        assert (states["CHARGED"], states["RESERVED"]) == (charged, 0)


def assert_rows_are_honest(house: House) -> None:
    """Each dimension names who judged it, stand-ins as stand-ins, and the requests that it took."""
    judged = house.select("SELECT engine, degraded, calls FROM dimension_scores")
    assert judged
    for engine, degraded, calls in judged:
        assert bool(degraded) is (engine != "OPENAI")
        answered = {call["engine"] for call in json.loads(calls or "[]") if call["outcome"] == "answered"}
        assert engine == "EMBEDDED" or engine in answered
