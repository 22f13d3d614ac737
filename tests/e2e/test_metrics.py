"""The main job as an operator's Prometheus sees it: every number of it, and nothing of anybody."""

import asyncio
import base64
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportQueryError
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.conftest import Server, environment, follow, over_http, over_websocket, run
from tests.e2e.test_main_job import GENERATE, HISTORY, generate, hand_in, scenario_answer

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
SECRET = "xylophone marmalade"


async def scraped(server: Server) -> tuple[str, Samples]:
    async with httpx.AsyncClient(base_url=server.origin) as prometheus:
        text = (await prometheus.get("/metrics")).text
    samples = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    return text, samples


class Changes:
    """What two scrapes differ in."""

    def __init__(self, before: Samples, after: Samples) -> None:
        self._before, self._after = before, after

    def __call__(self, name: str, **labels: str) -> float:
        key = (name, frozenset(labels.items()))
        return self._after.get(key, 0) - self._before.get(key, 0)

    def of(self, name: str) -> dict[tuple[str, ...], float]:
        """Every series of a metric that changed, by its labels' values in the order of their names."""
        changed = {}
        for metric, labels in self._after:
            if metric == name and (difference := self(name, **dict(labels))):
                changed[tuple(value for _, value in sorted(labels))] = difference
        return changed


async def test_the_main_job_is_counted_exactly_and_nobody_can_be_told_from_it(serve):
    server = serve(INTRVU_DAILY_QUOTA="4", INTRVU_RATE_LIMIT_PER_MINUTE="20")
    alice = server.token("alice")
    _, before = await scraped(server)

    async with over_http(server, alice) as http, over_websocket(server, alice) as websocket:
        choice = await generate(http, "MULTIPLE_CHOICE", "ALGORITHMS")
        keyed = {"kind": "SCENARIO", "domain": "DATABASES", "difficulty": "MEDIUM", "idempotencyKey": "a-key-of-hers"}
        scenario, again = [(await run(http, GENERATE, input=keyed))["generateChallenge"]["challenge"] for _ in range(2)]
        assert scenario["id"] == again["id"]
        await hand_in(http, choice, {"optionId": "a"}, wait=True)
        answer = scenario_answer(scenario)
        answer["parts"][0]["text"] += f" {SECRET}"
        evaluation = await hand_in(http, scenario, answer)
        events = [event["__typename"] async for event in follow(websocket, evaluation["id"])]
        assert events[-1] == "EvaluationCompleted"
        await generate(http, "MULTIPLE_CHOICE", "DATABASES")
        asked = {"kind": "SCENARIO", "domain": "DATABASES", "difficulty": "EASY"}
        refused = (await run(http, GENERATE, input=asked))["generateChallenge"]["userErrors"]
        assert [error["code"] for error in refused] == ["QUOTA_EXCEEDED"]
        queries = await until_limited(http)
    async with httpx.AsyncClient(base_url=server.origin) as stranger:
        await stranger.post("/graphql", json={"query": "query AliceSecretName { nothing }"})
        await stranger.post("/graphql", json={"query": f"{{{SECRET}"}, headers={"Authorization": "Bearer a.b.c"})
        await stranger.get("/alice/secret")

    text, after = await until(server, lambda samples: samples["intrvu_websocket_connections_open", frozenset()] == 0)
    changed = Changes(before, after)
    assert changed.of("intrvu_challenge_generations_total") == {
        ("EMBEDDED", "MULTIPLE_CHOICE", "generated"): 2,
        ("EMBEDDED", "SCENARIO", "generated"): 1,
    }
    assert changed("intrvu_challenge_generation_duration_seconds_count", kind="SCENARIO") == 1
    assert changed("intrvu_evaluations_queued_total") == 2
    assert changed.of("intrvu_evaluations_total") == {("MULTIPLE_CHOICE", "COMPLETED"): 1, ("SCENARIO", "COMPLETED"): 1}
    assert changed.of("intrvu_evaluation_duration_seconds_count") == {("MULTIPLE_CHOICE",): 1, ("SCENARIO",): 1}
    assert changed("intrvu_evaluation_wait_seconds_count") == 2
    assert changed.of("intrvu_evaluation_step_duration_seconds_count") == {
        ("compare",): 1,
        ("screen",): 1,
        ("score",): 4,
        ("verify",): 1,
        ("write_feedback",): 1,
        ("finish",): 1,
    }
    assert sum(changed.of("intrvu_events_delivered_total").values()) == len(events)
    assert changed("intrvu_events_delivered_total", event="DimensionScored") == 4
    assert changed.of("intrvu_quota_refusals_total") == {("CHALLENGE",): 1}
    assert changed("intrvu_rate_limit_refusals_total") == 1
    assert changed.of("intrvu_idempotent_replays_total") == {("generateChallenge",): 1}
    assert changed.of("intrvu_graphql_user_errors_total") == {("QUOTA_EXCEEDED",): 1}
    assert changed.of("intrvu_graphql_operations_total") == {
        ("OK", "mutation"): 7,
        ("OK", "query"): queries,
        ("RATE_LIMITED", "query"): 1,
        ("OK", "subscription"): 1,
        ("GRAPHQL_VALIDATION_FAILED", "query"): 1,
        ("GRAPHQL_PARSE_FAILED", "unknown"): 1,
    }
    assert changed.of("intrvu_graphql_operation_duration_seconds_count") == {("mutation",): 7, ("query",): queries + 2}
    assert changed("intrvu_tokens_refused_total") == 1
    assert changed("intrvu_http_requests_total", method="POST", route="/graphql", status="200") == 7 + queries + 1 + 2
    assert changed("intrvu_http_requests_total", method="GET", route="other", status="404") == 1
    assert changed.of("intrvu_websocket_connections_total") == {("1000",): 1}
    for gauge in ("websocket_connections_open", "subscriptions_open", "evaluations_running", "evaluations_waiting"):
        assert after["intrvu_" + gauge, frozenset()] == 0
    assert changed("intrvu_database_write_group_jobs_count") == changed("intrvu_database_write_duration_seconds_count")
    assert changed("intrvu_database_write_group_jobs_sum") >= 14
    reveals_nobody(text, choice["id"], scenario["id"], evaluation["id"])


def reveals_nobody(text: str, *ids: str) -> None:
    inner = [base64.b64decode(id).decode().partition(":")[2] for id in ids]
    for private in ("alice", "example.com", SECRET, "AliceSecretName", "a-key-of-hers", "history", *ids, *inner):
        assert private not in text.lower() if private.islower() else private not in text
    assert not re.search(r"[0-9a-f]{32}", text), "an id"


async def test_a_cancelled_and_a_taken_over_evaluation_are_counted_as_such(serve):
    server = serve(INTRVU_EMBEDDED_STEP_DELAY_MS="60000", INTRVU_LEASE_SECONDS="3")
    token = server.token("alice")
    async with over_http(server, token) as http:
        challenge = await generate(http, "SCENARIO", "DATABASES")
        evaluation = await hand_in(http, challenge, scenario_answer(challenge))
        async with over_websocket(server, token) as websocket:
            async for event in follow(websocket, evaluation["id"]):
                assert event["__typename"] == "EvaluationQueued"
                break
        await until_taken(server)
    server.kill()
    server.start()

    await until_taken(server)
    async with over_http(server, token) as http:
        cancel = "mutation ($id: ID!) { cancelEvaluation(input: {evaluationId: $id}) { evaluation { status } } }"
        for _ in range(2):
            cancelled = await run(http, cancel, id=evaluation["id"])
            assert cancelled["cancelEvaluation"]["evaluation"]["status"] == "CANCELLED"

    _, samples = await scraped(server)
    assert samples["intrvu_leases_taken_over_total", frozenset()] == 1
    assert samples["intrvu_evaluation_wait_seconds_count", frozenset()] == 0
    ended = {labels: value for (name, labels), value in samples.items() if name == "intrvu_evaluations_total"}
    assert ended == {frozenset({("kind", "SCENARIO"), ("status", "CANCELLED")}): 1}


async def until(server: Server, wanted: Callable[[Samples], bool]) -> tuple[str, Samples]:
    """Scrape until it is as wanted."""
    async with asyncio.timeout(30):
        while True:
            text, samples = await scraped(server)
            if wanted(samples):
                return text, samples


async def until_taken(server: Server) -> None:
    await until(server, lambda samples: samples["intrvu_evaluations_running", frozenset()] == 1)


async def until_limited(session: AsyncClientSession) -> int:
    """Ask until it was too often; how many queries were answered."""
    answered = 0
    codes: list[str] = []
    while not codes:
        try:
            await run(session, HISTORY)
            answered += 1
        except TransportQueryError as refused:
            codes = [error["extensions"]["code"] for error in refused.errors]
    assert codes == ["RATE_LIMITED"]
    return answered


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[str]:
    """The address of two workers behind one port that share a folder for what they count."""
    shared = tmp_path / "metrics"
    shared.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "server:app", "--workers", "2", "--port", str(port)],
        env=environment(tmp_path / "data", PROMETHEUS_MULTIPROC_DIR=str(shared)),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    started = 0
    for line in process.stderr:
        started += "Application startup complete" in line
        if started == 2:
            break
    assert started == 2
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=40)
    process.stderr.close()


async def test_workers_that_share_a_folder_each_show_the_sum(workers):
    async with httpx.AsyncClient(base_url=workers, headers={"Connection": "close"}) as prometheus:
        for _ in range(20):
            assert (await prometheus.get("/health")).status_code == 200
        async with asyncio.timeout(30):
            for _ in range(6):  # whichever worker answers
                while 'route="/health",status="200"} 20.0\n' not in (text := (await prometheus.get("/metrics")).text):
                    assert "pid=" not in text
