"""What an evaluation by models takes beside the models, which take equally long each time: the rest is ours."""

import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bench import providers, seed
from bench.report import Figure
from tests.interviewer.server import Asked

LATENCY_SECONDS = 0.3
WARM_UP = 4
TURNS, EVALUATIONS = 5, 20
"""Turns, and evaluations in each. Others on a shared machine only add to what is measured: the quietest turn counts."""
GOAL_MILLIS, LANDING_GOAL_MILLIS = 25, 50

GENERATE = """
mutation { generateChallenge(input: {kind: SCENARIO, domain: DATABASES, difficulty: MEDIUM}) {
  challenge { id ... on ScenarioChallenge { questions { id } } } userErrors { message } } }
"""
EVALUATE = """
mutation ($input: EvaluateAnswerInput!) { evaluateAnswer(input: $input) { evaluation { id } userErrors { message } } }
"""
FOLLOW = "subscription ($id: ID!) { evaluationProgress(evaluationId: $id) { __typename occurredAt } }"


def figures() -> Iterator[Figure]:
    """Evaluate one answer again and again, one after the other."""
    own, calls, landings = uvloop.run(_measured())
    turns = [median(own[start : start + EVALUATIONS]) for start in range(0, len(own), EVALUATIONS)]
    quietest = min(turns)
    landed = sorted(landings)
    p95 = landed[int(len(landed) * 0.95)]
    yield Figure(
        f"an evaluation's own time beside calls of {LATENCY_SECONDS * 1000:.0f} ms, median of the quietest of {TURNS} "
        "turns; peer: the calls that it waits for",
        f"{quietest:.0f} ms (all turns: {median(own):.0f} ms)",
        f"{median(calls):.0f} ms",
        f"{quietest / median(calls):.2f} ×",
        f"≤ {GOAL_MILLIS} ms",
        quietest <= GOAL_MILLIS,
    )
    yield Figure(
        "from the provider's answer about a dimension to the subscriber, nineteen times of twenty",
        f"{p95:.0f} ms (median {median(landed):.0f} ms)",
        goal=f"≤ {LANDING_GOAL_MILLIS} ms",
        met=p95 <= LANDING_GOAL_MILLIS,
    )


async def _measured() -> tuple[list[float], list[float], list[float]]:
    """In milliseconds: our own time and the provider's of each evaluation, and how long each dimension took to land."""
    own, calls, landings = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        latency = 0.0
        async with providers.served(Path(folder), lambda: latency, INTRVU_STOCK_LOW="0") as asked:
            token = asked.token("alice")
            client = providers.Client(asked.served, token)
            challenge = (await client.ask(GENERATE))["generateChallenge"]["challenge"]
            answer = _complete_answer(Path(folder) / seed.FILE, challenge)
            latency = LATENCY_SECONDS
            uri = f"ws://127.0.0.1:{asked.served.port}/graphql"
            async with connect(uri, subprotocols=[Subprotocol("graphql-transport-ws")], compression=None) as socket:
                await socket.send(
                    json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
                )
                await socket.recv()
                for number in range(WARM_UP + TURNS * EVALUATIONS):
                    asked.provider.asked.clear()
                    took, told = await _evaluated(client, socket, challenge["id"], answer, str(number))
                    if number >= WARM_UP:
                        judged, advised = _by_wanted(asked.provider.asked)
                        # What the evaluation waits for: the judge who answers last, and then the feedback.
                        out = (_seconds(judged[-1]) + _seconds(advised)) * 1000
                        own.append(took * 1000 - out)
                        calls.append(out)
                        landings += _apart([call.answered_at for call in judged], told)
            await client.close()
    return own, calls, landings


async def _evaluated(
    client: providers.Client, socket: ClientConnection, challenge: str, answer: dict[str, Any], id: str
) -> tuple[float, list[float]]:
    """Seconds from the answer being queued to its result being stored, and the moments at which dimensions arrived."""
    given = {"challengeId": challenge, "answer": answer, "wait": False}
    payload = (await client.ask(EVALUATE, input=given))["evaluateAnswer"]
    followed = {"query": FOLLOW, "variables": {"id": payload["evaluation"]["id"]}}
    await socket.send(json.dumps({"id": id, "type": "subscribe", "payload": followed}))
    occurred: dict[str, datetime] = {}
    told: list[float] = []
    while (message := json.loads(await socket.recv()))["type"] == "next":
        event = message["payload"]["data"]["evaluationProgress"]
        occurred[event["__typename"]] = datetime.fromisoformat(event["occurredAt"])
        if event["__typename"] == "EvaluationDimensionScored":
            told.append(time.monotonic())
    took = occurred["EvaluationCompleted"] - occurred["EvaluationQueued"]
    return took.total_seconds(), told


def _complete_answer(file: Path, challenge: dict[str, Any]) -> dict[str, Any]:
    """The model answer, with which rubric grader and model agree: no dimension needs a second look."""
    with sqlite3.connect(file) as raw:
        ((solution,),) = raw.execute("SELECT solution FROM challenges").fetchall()
    texts = [part["text"] for part in json.loads(solution)["model_answers"]]
    ids = [question["id"] for question in challenge["questions"]]
    return {"parts": [{"questionId": id, "text": text} for id, text in zip(ids, texts, strict=True)]}


def _by_wanted(asked: Sequence[Asked]) -> tuple[list[Asked], Asked]:
    """The judgements in the order of their answers, and the feedback."""
    judged = sorted((call for call in asked if call.wanted == "criteria"), key=lambda call: call.answered_at)
    (advised,) = (call for call in asked if call.wanted == "summary")
    return judged, advised


def _seconds(call: Asked) -> float:
    return call.answered_at - call.received_at


def _apart(answered: Sequence[float], told: Sequence[float]) -> list[float]:
    """Milliseconds between answers and what was told of them, in their order."""
    if len(answered) != len(told):
        raise RuntimeError(f"{len(answered)} judgements, {len(told)} dimensions: one needed a second look")
    return [(later - earlier) * 1000 for earlier, later in zip(answered, told, strict=True)]
