"""The main job against a started process whose challenges and grades come from two providers on loopback."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from domain.enums import Dimension
from tests.e2e.conftest import Server, follow, over_http, over_websocket, run
from tests.interviewer.faults import Fault
from tests.interviewer.server import Interviewer

GENERATE = """
mutation Generate($input: GenerateChallengeInput!) {
  generateChallenge(input: $input) {
    challenge { __typename id topic provenance { engine model version degraded }
      ... on MultipleChoiceChallenge { question options { id text } }
      ... on ScenarioChallenge { questions { id prompt } rubric { dimension points } } }
    userErrors { __typename message code ... on ProviderUnavailableError { retryAfterSeconds } }
  }
}
"""
EVALUATE = """
mutation Evaluate($input: EvaluateAnswerInput!) {
  evaluateAnswer(input: $input) {
    evaluation { id status overallScore correct
      provenance { engine model version degraded }
      dimensionScores { dimension score confidence evidence { quote } }
      feedback { summary strengths improvements { text } }
      modelAnswers { text }
      failure { code refunded } }
    userErrors { __typename message code }
  }
}
"""
QUOTA = "query { quota { used ledger(first: 50) { nodes { reason state amount } } } }"


@dataclass
class Providers:
    """Both of them, and a server that asks them."""

    openai: Interviewer
    anthropic: Interviewer
    serve: Callable[..., Server]

    def server(self, **settings: str) -> Server:
        usual = {
            "OPENAI_API_KEY": "sk-loopback",
            "OPENAI_BASE_URL": f"{self.openai.origin}/v1",
            "ANTHROPIC_API_KEY": "sk-ant-loopback",
            "ANTHROPIC_BASE_URL": self.anthropic.origin,
            "INTRVU_STOCK_LOW": "0",  # nothing is written but what somebody waits for
        }
        return self.serve(**{**usual, **settings})

    def wanted(self) -> tuple[Counter[str], Counter[str]]:
        """What each was asked for, and how often."""
        return Counter(asked.wanted for asked in self.openai.asked), Counter(
            asked.wanted for asked in self.anthropic.asked
        )


@pytest.fixture
async def providers(serve) -> AsyncIterator[Providers]:
    openai, anthropic = Interviewer(), Interviewer()
    await openai.start()
    await anthropic.start()
    yield Providers(openai, anthropic, serve)
    await openai.stop()
    await anthropic.stop()


async def generate(http: Any, kind: str) -> dict[str, Any]:
    asked = {"kind": kind, "domain": "DATABASES", "difficulty": "MEDIUM"}
    payload = (await run(http, GENERATE, input=asked))["generateChallenge"]
    assert payload["userErrors"] == []
    return payload["challenge"]


def complete_answer(server: Server, challenge: dict[str, Any]) -> dict[str, Any]:
    """The model answer, read from where no client can."""
    (solution,) = next(iter(server.rows("SELECT solution FROM challenges WHERE kind = 'SCENARIO'")))
    texts = [part["text"] for part in json.loads(solution)["model_answers"]]
    return {
        "parts": [
            {"questionId": question["id"], "text": text}
            for question, text in zip(challenge["questions"], texts, strict=True)
        ]
    }


async def hand_in(http: Any, challenge: dict[str, Any], answer: dict[str, Any], *, wait: bool) -> dict[str, Any]:
    given = {"challengeId": challenge["id"], "answer": answer, "wait": wait}
    payload = (await run(http, EVALUATE, input=given))["evaluateAnswer"]
    assert payload["userErrors"] == []
    return payload["evaluation"]


def by(engine: str, model: str, version: str, *, degraded: bool = False) -> dict[str, Any]:
    return {"engine": engine, "model": model, "version": version, "degraded": degraded}


async def test_both_providers_write_and_grade_and_are_named(providers: Providers):
    server = providers.server()
    token = server.token("alice")
    async with over_http(server, token) as http, over_websocket(server, token) as websocket:
        choice = await generate(http, "MULTIPLE_CHOICE")
        picked = await hand_in(http, choice, {"optionId": choice["options"][0]["id"]}, wait=True)
        scenario = await generate(http, "SCENARIO")
        answer = complete_answer(server, scenario)
        begun = await hand_in(http, scenario, answer, wait=False)
        events = [event async for event in follow(websocket, begun["id"])]
        done = await hand_in(http, scenario, answer, wait=True)

    assert choice["provenance"] == by("OPENAI", "gpt-6-luna", "multiple-choice-1")
    assert picked["correct"] in {True, False}
    assert scenario["provenance"] == by("ANTHROPIC", "claude-sonnet-5-5", "scenario-1")
    assert sum(criterion["points"] for criterion in scenario["rubric"]) == 100
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["evaluation"] == {"status": "COMPLETED", "overallScore": 100.0}
    assert done["provenance"] == by("OPENAI", "gpt-6-luna", "judge-1")
    assert {score["dimension"] for score in done["dimensionScores"]} == set(Dimension.__members__)
    for score in done["dimensionScores"]:
        assert score["score"] == 100.0
        texts = [part["text"] for part in answer["parts"]]
        assert all(any(evidence["quote"] in text for text in texts) for evidence in score["evidence"])
    told = dict.fromkeys(("SUMMARY", "STRENGTHS", "IMPROVEMENTS"), "")
    for event in events:
        if event["__typename"] == "EvaluationFeedbackDelta":
            told[event["section"]] += event["text"]
    assert told["SUMMARY"] == done["feedback"]["summary"]
    assert told["STRENGTHS"] == "\n".join(done["feedback"]["strengths"])
    assert told["IMPROVEMENTS"] == "\n".join(each["text"] for each in done["feedback"]["improvements"])
    openai, anthropic = providers.wanted()
    assert openai == {"candidates": 1, "criteria": 8, "summary": 2}
    assert anthropic == {"verdicts": 1, "situation": 1, "technical_accuracy": 1}


async def test_what_models_were_asked_is_stored_with_what_it_served(providers: Providers):
    server = providers.server()
    async with over_http(server, server.token("alice")) as http:
        await generate(http, "MULTIPLE_CHOICE")
        scenario = await generate(http, "SCENARIO")
        await hand_in(http, scenario, complete_answer(server, scenario), wait=True)

    (choice_calls,), (scenario_calls,) = server.rows("SELECT calls FROM challenges ORDER BY created_at")
    assert [(call["engine"], call["outcome"]) for call in json.loads(choice_calls)] == [
        ("OPENAI", "answered"),
        ("ANTHROPIC", "answered"),
    ]
    assert [call["model"] for call in json.loads(scenario_calls)] == ["claude-sonnet-5-5"] * 2
    graded = [json.loads(calls) for (calls,) in server.rows("SELECT calls FROM dimension_scores")]
    assert [len(calls) for calls in graded] == [1, 1, 1, 1]
    ((feedback,),) = server.rows("SELECT calls FROM evaluations")
    (call,) = json.loads(feedback)
    assert (call["task"], call["attempt"], call["usage"]["output_tokens"]) == ("FEEDBACK", 1, 30)
    assert float(call["cost_usd"]) > 0


async def test_one_request_judges_everything_where_that_is_set(providers: Providers):
    server = providers.server(INTRVU_GRADING_MODE="combined")
    async with over_http(server, server.token("alice")) as http:
        scenario = await generate(http, "SCENARIO")
        done = await hand_in(http, scenario, complete_answer(server, scenario), wait=True)

    assert done["overallScore"] == 100.0
    assert done["provenance"] == by("OPENAI", "gpt-6-luna", "judge-all-1")
    assert providers.wanted()[0] == {"dimensions": 1}


async def test_when_one_provider_fails_the_next_one_answers_and_says_that_it_stands_in(providers: Providers):
    providers.openai.plan = lambda _: Fault.SERVER_ERROR
    server = providers.server()
    async with over_http(server, server.token("alice")) as http:
        choice = await generate(http, "MULTIPLE_CHOICE")
        scenario = await generate(http, "SCENARIO")
        done = await hand_in(http, scenario, complete_answer(server, scenario), wait=True)

    assert choice["provenance"] == by("ANTHROPIC", "claude-haiku-5-5", "multiple-choice-1", degraded=True)
    assert scenario["provenance"] == by("ANTHROPIC", "claude-sonnet-5-5", "scenario-1")
    assert done["provenance"] == by("ANTHROPIC", "claude-haiku-5-5", "judge-1", degraded=True)
    assert done["overallScore"] == 100.0
    assert any(asked.failed for asked in providers.openai.asked)


async def test_when_both_fail_the_embedded_engine_stands_in(providers: Providers):
    providers.openai.plan = providers.anthropic.plan = lambda _: Fault.SERVER_ERROR
    server = providers.server()
    async with over_http(server, server.token("alice")) as http:
        choice = await generate(http, "MULTIPLE_CHOICE")
        scenario = await generate(http, "SCENARIO")
        done = await hand_in(http, scenario, complete_answer(server, scenario), wait=True)

    for made in (choice, scenario, done):
        assert made["provenance"]["engine"] == "EMBEDDED"
        assert made["provenance"]["degraded"] is True
    assert done["overallScore"] > 90
    assert providers.openai.asked
    assert providers.anthropic.asked


async def test_without_a_stand_in_a_failure_is_a_failure_and_is_given_back(providers: Providers):
    server = providers.server(INTRVU_EMBEDDED_FALLBACK="off")
    async with over_http(server, server.token("alice")) as http:
        scenario = await generate(http, "SCENARIO")
        answer = complete_answer(server, scenario)
        providers.openai.plan = providers.anthropic.plan = lambda _: Fault.REFUSED
        refused = (await run(http, GENERATE, input={"kind": "SCENARIO", "domain": "MLOPS", "difficulty": "EASY"}))[
            "generateChallenge"
        ]
        failed = await hand_in(http, scenario, answer, wait=True)
        quota = (await run(http, QUOTA))["quota"]

    assert refused["challenge"] is None
    (error,) = refused["userErrors"]
    assert (error["__typename"], error["code"]) == ("ProviderUnavailableError", "PROVIDER_UNAVAILABLE")
    assert failed["status"] == "FAILED"
    assert failed["failure"] == {"code": "PROVIDER_UNAVAILABLE", "refunded": True}
    assert quota["used"] == 1
    assert [(entry["reason"], entry["state"]) for entry in quota["ledger"]["nodes"]] == [
        ("EVALUATION", "REFUNDED"),
        ("CHALLENGE", "REFUNDED"),
        ("CHALLENGE", "CHARGED"),
    ]


async def test_a_wrong_key_is_not_the_users_problem_and_is_not_shown(providers: Providers):
    providers.openai.plan = lambda _: Fault.WRONG_KEY
    server = providers.server(OPENAI_API_KEY="sk-hunter2")
    async with over_http(server, server.token("alice")) as http:
        first = await generate(http, "MULTIPLE_CHOICE")
        second = await generate(http, "MULTIPLE_CHOICE")

    assert {first["provenance"]["engine"], second["provenance"]["engine"]} == {"ANTHROPIC"}
    assert [asked.failed for asked in providers.openai.asked] == [Fault.WRONG_KEY]
    assert "hunter2" not in server.log.read_text()
    assert '"fault":"access_denied"' in server.log.read_text()


async def test_a_key_for_one_provider_alone_is_enough(providers: Providers):
    server = providers.server(OPENAI_API_KEY="")
    async with over_http(server, server.token("alice")) as http:
        choice = await generate(http, "MULTIPLE_CHOICE")

    assert choice["provenance"] == by("ANTHROPIC", "claude-haiku-5-5", "multiple-choice-1")
    assert providers.wanted()[1] == {"candidates": 1, "verdicts": 1}


async def test_what_is_written_ahead_is_served_without_asking_anybody(providers: Providers):
    server = providers.server(INTRVU_STOCK_LOW="1", INTRVU_STOCK_HIGH="4")
    async with over_http(server, server.token("alice")) as alice:
        first = await generate(alice, "MULTIPLE_CHOICE")
    asked = len(providers.openai.asked)
    async with over_http(server, server.token("bob")) as bob:
        served = await generate(bob, "MULTIPLE_CHOICE")

    assert asked == 1
    assert len(providers.openai.asked) == 1
    assert first["provenance"] == served["provenance"] == by("OPENAI", "gpt-6-luna", "multiple-choice-1")
