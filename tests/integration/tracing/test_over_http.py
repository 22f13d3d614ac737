"""What LangSmith and the log are told of somebody who signs in and practises over HTTP, with models at work."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator

import pytest

from tests.integration.house import open_house
from tests.interviewer.server import Interviewer

WHO = "sentinel-person@example.org"
WROTE = "sentinelanswer7f3a"
KEYS = {"openai_api_key": "sk-sentinel-91bc", "anthropic_api_key": "sk-ant-sentinel-44d0"}
LANGSMITH_KEY = "lsv2-sentinel-c2e8"

GENERATE = """
mutation { generateChallenge(input: {kind: SCENARIO, domain: DATABASES, difficulty: EASY}) {
  challenge { id title ... on ScenarioChallenge { context { situation } questions { id prompt } } } } }
"""
EVALUATE = """
mutation ($input: EvaluateAnswerInput!) { evaluateAnswer(input: $input) {
  evaluation { id status feedback { summary } dimensionScores { rationale } } } }
"""


@pytest.fixture
async def provider() -> AsyncIterator[Interviewer]:
    opened = Interviewer()
    await opened.start()
    yield opened
    await opened.stop()


async def test_traces_and_log_name_the_request_and_the_evaluation_and_neither_the_person_nor_a_word_of_theirs(
    tmp_path, provider, receiver
):
    settings = KEYS | {
        "openai_base_url": f"{provider.origin}/v1",
        "anthropic_base_url": provider.origin,
        "langsmith_api_key": LANGSMITH_KEY,
        "langsmith_endpoint": receiver.endpoint,
        "stock_low": 0,
    }
    async with open_house(tmp_path, **settings) as house:
        token = house.token(WHO)
        generated = await house.post(GENERATE, token=token)
        challenge = generated.json()["data"]["generateChallenge"]["challenge"]
        parts = [{"questionId": question["id"], "text": f"{WROTE} {WHO}"} for question in challenge["questions"]]
        given = {"challengeId": challenge["id"], "answer": {"parts": parts}, "wait": True}
        evaluated = await house.post(EVALUATE, {"input": given}, token=token)
        evaluation = evaluated.json()["data"]["evaluateAnswer"]["evaluation"]
        logged = [json.loads(line) for line in house.log.getvalue().splitlines()]
        ((user_id, subject),) = house.select("SELECT id, subject FROM users")
    await provider.stop()

    asked = str([request.body for request in provider.received])
    assert evaluation["status"] == "COMPLETED"
    assert WROTE in asked  # the sentinels were under way
    sent = receiver.everything()
    secrets = {
        "token": token,
        "who": WHO,
        "subject": subject,
        "user": user_id,
        "answer": WROTE,
        "title": challenge["title"],
        "situation": challenge["context"]["situation"],
        "question": challenge["questions"][0]["prompt"],
        "summary": evaluation["feedback"]["summary"],
        "rationale": evaluation["dimensionScores"][0]["rationale"],
        **KEYS,
    }
    assert [name for name, secret in secrets.items() if secret.encode() in sent] == []
    named = {run["name"]: run["extra"]["metadata"] for run in receiver.children(None)}
    assert named["scenario_agent"]["request_id"] == generated.headers["X-Request-ID"]
    assert named["evaluation"]["evaluation_id"] == b64decode(evaluation["id"]).decode().rpartition(":")[2]
    assert named["evaluation"]["request_id"] == evaluated.headers["X-Request-ID"]
    (completed,) = [line for line in logged if line["event"] == "evaluation_completed"]
    assert completed["request_id"] == evaluated.headers["X-Request-ID"]
    tokens = [
        run["extra"]["metadata"]["usage_metadata"]["total_tokens"]
        for run in receiver.runs.values()
        if run["run_type"] == "llm"
    ]
    assert tokens
    assert min(tokens) > 0
