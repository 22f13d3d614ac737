"""The main job against a started process: over HTTP and WebSocket, in all domains, and through kill -9."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest

from domain.enums import Dimension, Domain
from tests.e2e.conftest import PROJECT, Server, follow, over_http, over_websocket, run

GENERATE = """
mutation Generate($input: GenerateChallengeInput!) {
  generateChallenge(input: $input) {
    challenge {
      __typename id title kind domain
      ... on MultipleChoiceChallenge { question options { id text } solution { correctOptionId } }
      ... on ScenarioChallenge { context { company role situation constraints } questions { id prompt }
        rubric { id dimension title points } solution { modelAnswers { text } } }
    }
    quota { limit used remaining }
    replayed
    userErrors { __typename message code field }
  }
}
"""
EVALUATE = """
mutation Evaluate($input: EvaluateAnswerInput!) {
  evaluateAnswer(input: $input) {
    evaluation { id status overallScore correct }
    quota { used }
    userErrors { __typename message code field }
  }
}
"""
RESULT = """
query Result($id: ID!) {
  evaluation(id: $id) {
    status overallScore correct
    progress { phase completedSteps totalSteps lastSequence }
    answer { parts { questionId text } }
    dimensionScores { dimension weight score confidence rationale
      evidence { questionId quote start end supports criterionId } criteria { criterionId level points awarded } }
    feedback { summary strengths improvements { dimension priority text } }
    modelAnswers { questionId text }
    provenance { engine version degraded }
    challenge { id ... on ScenarioChallenge { solution { modelAnswers { text } } } }
  }
}
"""
HISTORY = """
query History { history(first: 100) { totalCount nodes { id domain kind
  latestEvaluation { id status } evaluations(first: 10) { totalCount nodes { id status overallScore } } } } }
"""
QUOTA = """
query Quota { quota { limit used remaining ledger(first: 100) { totalCount nodes { reason state amount subjectId } } } }
"""
LIVE = ("QUEUED", "RUNNING")


def model_answers(domain: str, title: str) -> list[str]:
    """What the bank holds for a scenario: a person who knows everything."""
    for path in sorted((PROJECT / "content" / "scenario" / domain.lower()).glob("*.json")):
        item = json.loads(path.read_text())
        if item["title"] == title:
            return [question["model_answer"] for question in item["questions"]]
    raise AssertionError(f"no scenario {title!r} in {domain}")


async def generate(session: Any, kind: str, domain: str, difficulty: str = "MEDIUM") -> dict[str, Any]:
    payload = (await run(session, GENERATE, input={"kind": kind, "domain": domain, "difficulty": difficulty}))[
        "generateChallenge"
    ]
    assert payload["userErrors"] == []
    assert payload["challenge"]["solution"] is None
    return payload["challenge"]


async def hand_in(session: Any, challenge: dict[str, Any], answer: dict[str, Any], **more: object) -> dict[str, Any]:
    payload = (
        await run(session, EVALUATE, input={"challengeId": challenge["id"], "answer": answer, "wait": False, **more})
    )["evaluateAnswer"]
    assert payload["userErrors"] == []
    return payload["evaluation"]


def scenario_answer(challenge: dict[str, Any]) -> dict[str, Any]:
    """The first two questions answered in full and the last one hardly: something to praise and to improve."""
    texts = model_answers(challenge["domain"], challenge["title"])
    texts[-1] = "I would have to think about this one."
    return {
        "parts": [
            {"questionId": question["id"], "text": text}
            for question, text in zip(challenge["questions"], texts, strict=True)
        ]
    }


async def test_the_main_job_in_every_domain(serve):
    server = serve()
    token = server.token("alice")
    async with over_http(server, token) as http, over_websocket(server, token) as websocket:
        for domain in Domain:
            await _practise(http, websocket, domain.value)
        history = (await run(http, HISTORY))["history"]
        quota = (await run(http, QUOTA))["quota"]

    assert history["totalCount"] == 28
    newest_first = [domain.value for domain in reversed(Domain) for _ in range(2)]
    assert [challenge["domain"] for challenge in history["nodes"]] == newest_first
    assert all(challenge["evaluations"]["totalCount"] == 1 for challenge in history["nodes"])
    assert all(challenge["latestEvaluation"]["status"] == "COMPLETED" for challenge in history["nodes"])
    assert (quota["used"], quota["remaining"]) == (42, 8)  # 28 challenges and 14 scenario answers
    assert [entry["state"] for entry in quota["ledger"]["nodes"]] == ["CHARGED"] * 42


async def _practise(http: Any, websocket: Any, domain: str) -> None:
    choice = await generate(http, "MULTIPLE_CHOICE", domain)
    picked = await hand_in(http, choice, {"optionId": choice["options"][0]["id"]})
    events = [event async for event in follow(websocket, picked["id"])]
    assert [event["__typename"] for event in events] == [
        "EvaluationQueued",
        "EvaluationPhaseChanged",
        "EvaluationCompleted",
    ]
    assert events[-1]["evaluation"]["overallScore"] in (0.0, 100.0)

    scenario = await generate(http, "SCENARIO", domain)
    answer = scenario_answer(scenario)
    written = await hand_in(http, scenario, answer)
    events = [event async for event in follow(websocket, written["id"])]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    dimensions = [event["score"]["dimension"] for event in events if "score" in event]
    assert sorted(dimensions) == sorted(dimension.value for dimension in Dimension)

    result = (await run(http, RESULT, id=written["id"]))["evaluation"]
    assert result["status"] == "COMPLETED"
    assert 40 < result["overallScore"] < 100
    weighted = sum(score["weight"] * score["score"] for score in result["dimensionScores"])
    assert result["overallScore"] == pytest.approx(weighted, abs=0.06)
    texts = {part["questionId"]: part["text"] for part in answer["parts"]}
    for score in result["dimensionScores"]:
        for evidence in score["evidence"]:
            assert texts[evidence["questionId"]][evidence["start"] : evidence["end"]] == evidence["quote"]
    assert result["feedback"]["improvements"]
    assert [part["text"] for part in result["modelAnswers"]] == model_answers(domain, scenario["title"])
    assert result["provenance"]["engine"] == "EMBEDDED"
    assert result["provenance"]["degraded"] is False


@dataclass(frozen=True)
class Moment:
    """When to kill: in which run of the evaluation, after which event was observed."""

    domain: Domain
    kind: str
    kills: tuple[int, ...]  # the observed sequence at each kill, one run after another


DOMAINS = list(Domain)
MOMENTS = [
    # A scenario has thirteen events when nothing goes wrong: each but the last is a moment, and six of the resumed
    # runs are killed once more, later.
    *(Moment(DOMAINS[place], "SCENARIO", (place + 1, *((place + 5,) if place < 6 else ()))) for place in range(12)),
    Moment(DOMAINS[12], "MULTIPLE_CHOICE", (1,)),
    Moment(DOMAINS[13], "MULTIPLE_CHOICE", (2,)),
]


def test_there_are_twenty_different_moments():
    moments = {(moment.kind, run, sequence) for moment in MOMENTS for run, sequence in enumerate(moment.kills, start=1)}

    assert len(moments) == 20
    assert {moment.domain for moment in MOMENTS} == set(Domain)


# Two processes over two data folders, so that two test workers share the kills.
@pytest.mark.timeout(420)
@pytest.mark.parametrize("half", [0, 1])
async def test_kills_in_the_middle_lose_nothing_and_double_nothing(serve, half):
    moments = MOMENTS[half::2]
    server = serve(INTRVU_EMBEDDED_STEP_DELAY_MS="150", INTRVU_LEASE_SECONDS="0.5")
    token = server.token("alice")
    evaluations = 0
    for moment in moments:
        async with over_http(server, token) as http:
            challenge = await generate(http, moment.kind, moment.domain.value)
            scenario = moment.kind == "SCENARIO"
            answer = scenario_answer(challenge) if scenario else {"optionId": challenge["options"][0]["id"]}
            evaluation_id = (await hand_in(http, challenge, answer))["id"]
        seen: list[dict[str, Any]] = []
        for sequence in moment.kills:
            seen += await _follow_and_kill(server, token, evaluation_id, after=len(seen), until=sequence)
            server.start()
        async with over_websocket(server, token) as websocket:
            seen += [event async for event in follow(websocket, evaluation_id, after=len(seen))]
            replayed = [event async for event in follow(websocket, evaluation_id)]
        evaluations += scenario
        _assert_whole(seen, replayed, scenario=scenario, kills=len(moment.kills))

    async with over_http(server, token) as http:
        quota = (await run(http, QUOTA))["quota"]
    assert quota["used"] == quota["ledger"]["totalCount"] == len(moments) + evaluations
    assert {entry["state"] for entry in quota["ledger"]["nodes"]} == {"CHARGED"}
    assert server.rows("SELECT status, count(*) FROM evaluations GROUP BY status") == [("COMPLETED", len(moments))]
    assert server.rows("SELECT count(*), count(DISTINCT criterion_id || evaluation_id) FROM criterion_judgements") == (
        server.rows("SELECT count(*), count(*) FROM criterion_judgements")
    )


async def _follow_and_kill(
    server: Server, token: str, evaluation_id: str, *, after: int, until: int
) -> list[dict[str, Any]]:
    """Follow until that event has been seen, then kill -9 at once; the kill must have hit live work."""
    seen = []
    async with over_websocket(server, token) as websocket:
        async for event in follow(websocket, evaluation_id, after=after):
            seen.append(event)
            if event["sequence"] >= until:
                server.kill()
                break
    newest = "SELECT status, last_sequence FROM evaluations ORDER BY id DESC LIMIT 1"
    ((status, last_sequence),) = server.rows(newest)
    assert status in LIVE, f"the kill after event {until} came too late: {status}"
    assert last_sequence >= seen[-1]["sequence"] >= until
    return seen


def _assert_whole(seen: list[dict[str, Any]], replayed: list[dict[str, Any]], *, scenario: bool, kills: int) -> None:
    assert seen == replayed, "what was followed through the kills is what the log holds"
    assert [event["sequence"] for event in seen] == list(range(1, len(seen) + 1))
    kinds = [event["__typename"] for event in seen]
    assert kinds[0] == "EvaluationQueued"
    assert kinds[-1] == "EvaluationCompleted"
    assert kinds.count("EvaluationQueued") == kinds.count("EvaluationCompleted") == 1
    phases = [event["phase"] for event in seen if "phase" in event]
    dimensions = [event["score"]["dimension"] for event in seen if "score" in event]
    if not scenario:
        assert (phases, dimensions) == (["SCORING"], [])
        return
    assert phases == ["SCREENING", "SCORING", "VERIFYING", "WRITING_FEEDBACK"]
    assert sorted(dimensions) == sorted(dimension.value for dimension in Dimension)
    deltas = [event for event in seen if event["__typename"] == "EvaluationFeedbackDelta"]
    attempts = sorted({event["attempt"] for event in deltas})
    assert len(attempts) <= 1 + kills
    last = [event["section"] for event in deltas if event["attempt"] == attempts[-1]]
    assert last == ["SUMMARY", "STRENGTHS", "IMPROVEMENTS"]  # the last attempt wrote every section once


async def test_100_at_once_at_quota_50_make_exactly_50(serve):
    server = serve(INTRVU_DAILY_QUOTA="50")
    token = server.token("alice")
    async with over_http(server, token) as http:
        asked = {"kind": "MULTIPLE_CHOICE", "domain": "ALGORITHMS", "difficulty": "EASY"}
        payloads = [
            result["generateChallenge"]
            for result in await asyncio.gather(*(run(http, GENERATE, input=asked) for _ in range(100)))
        ]
        quota = (await run(http, QUOTA))["quota"]

    made = [payload for payload in payloads if payload["challenge"]]
    refused = [payload["userErrors"][0] for payload in payloads if payload["userErrors"]]
    assert (len(made), len(refused)) == (50, 50)
    assert {(error["__typename"], error["code"]) for error in refused} == {("QuotaExceededError", "QUOTA_EXCEEDED")}
    assert (quota["used"], quota["remaining"], quota["ledger"]["totalCount"]) == (50, 0, 50)
    assert server.rows("SELECT count(*) FROM challenges") == [(50,)]
    assert server.rows("SELECT state, sum(amount) FROM quota_ledger GROUP BY state") == [("CHARGED", 50)]
    assert server.rows("SELECT used FROM quota_days") == [(50,)]


async def test_ten_at_once_with_one_key_make_one_challenge(serve):
    server = serve()
    token = server.token("alice")
    async with over_http(server, token) as http:
        asked = {"kind": "SCENARIO", "domain": "MLOPS", "difficulty": "MEDIUM", "idempotencyKey": "click-1"}
        payloads = [
            result["generateChallenge"]
            for result in await asyncio.gather(*(run(http, GENERATE, input=asked) for _ in range(10)))
        ]

    assert len({payload["challenge"]["id"] for payload in payloads}) == 1
    assert sorted(payload["replayed"] for payload in payloads) == [False] + [True] * 9
    assert server.rows("SELECT count(*) FROM challenges") == [(1,)]
    assert server.rows("SELECT state, amount FROM quota_ledger") == [("CHARGED", 1)]
