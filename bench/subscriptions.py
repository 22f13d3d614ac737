"""A thousand followers of one evaluation: what each holds while nothing happens, and what one event costs for each."""

import asyncio
import json
import resource
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bench import load, processes, seed
from bench.report import Figure
from domain.ids import ChallengeId, EvaluationId
from schema import ids

FOLLOWERS = 1_000
OPENED_AT_ONCE = 50
FAR = 4_102_444_800_000_000
"""Microseconds: the year 2100. No runner takes the evaluation before."""
FOLLOW = (
    "subscription Follow($id: ID!) { evaluationProgress(evaluationId: $id, afterSequence: 1) { __typename sequence } }"
)
CANCEL = "mutation Cancel($id: ID!) { cancelEvaluation(input: {evaluationId: $id}) { evaluation { status } } }"


@dataclass(frozen=True, slots=True)
class Seen:
    """Each follower's share."""

    memory_kib: float
    idle_cpu_percent: float
    event_micros: float
    last_millis: float


def figures() -> Iterator[Figure]:
    """Measure both, compare."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        (token,) = seed.people(data_dir, persons=1, challenges=1, evaluations=20)
        evaluation = _under_way(data_dir / seed.FILE)
        with processes.intrvu(data_dir, INTRVU_RATE_LIMIT_PER_MINUTE="100000") as served:
            time.sleep(5)  # what it loads after it is ready is not the followers'
            ours = asyncio.run(_ours(served, token, evaluation))
        with processes.uvicorn("bench.sockets:app", processes.environment(data_dir)) as served:
            peer = asyncio.run(_peer(served))
    what = f"{FOLLOWERS} idle subscriptions"
    yield Figure(
        f"{what}, memory of each; peer: a bare Starlette WebSocket",
        f"{ours.memory_kib:.0f} KiB",
        f"{peer.memory_kib:.0f} KiB",
        f"{ours.memory_kib / peer.memory_kib:.1f} ×",
    )
    yield Figure(
        f"{what}, CPU of the server meanwhile", f"{ours.idle_cpu_percent:.1f} %", f"{peer.idle_cpu_percent:.1f} %"
    )
    yield Figure(
        "one event to each of them, CPU for each",
        f"{ours.event_micros:.0f} µs (the last after {ours.last_millis:.0f} ms)",
        f"{peer.event_micros:.0f} µs (the last after {peer.last_millis:.0f} ms)",
        f"{ours.event_micros / peer.event_micros:.1f} ×",
    )


def _under_way(file: Path) -> str:
    """Make the one evaluation look as if another process were working on it.

    Returns:
        Its global id.
    """
    with sqlite3.connect(file) as raw:
        ((id, challenge_id),) = raw.execute("SELECT id, challenge_id FROM evaluations").fetchall()
        raw.execute("DELETE FROM dimension_scores")
        raw.execute(
            "UPDATE evaluations SET status = 'RUNNING', last_sequence = 1, overall_score = NULL, feedback = NULL, "
            "model_answers = NULL, engine = NULL, version = NULL, completed_at = NULL, lease_expires_at = ?",
            (FAR,),
        )
        raw.execute("UPDATE challenges SET answered_at = NULL WHERE id = ?", (ChallengeId(challenge_id),))
        raw.execute("INSERT INTO evaluation_events VALUES (?, 1, 'Queued', '{}', ?)", (id, FAR // 2))
    raw.close()
    return ids.evaluation(EvaluationId(id))


async def _ours(served: processes.Served, token: str, evaluation: str) -> Seen:
    async def follow() -> ClientConnection:
        socket = await connect(
            f"ws://127.0.0.1:{served.port}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            compression=None,
        )
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        await socket.recv()
        payload = {"query": FOLLOW, "variables": {"id": evaluation}}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        return socket

    async def happen() -> None:
        body = json.dumps({"query": CANCEL, "variables": {"id": evaluation}}).encode()
        await _send(served, load.post("/graphql", body, token))

    return await _measure(served, follow, happen)


async def _peer(served: processes.Served) -> Seen:
    async def follow() -> ClientConnection:
        socket = await connect(f"ws://127.0.0.1:{served.port}/listen", compression=None)
        await socket.send("listening")
        return socket

    async def happen() -> None:
        await _send(served, load.get("/ring", "nobody"))

    return await _measure(served, follow, happen)


async def _measure(
    served: processes.Served, follow: Callable[[], Awaitable[ClientConnection]], happen: Callable[[], Awaitable[None]]
) -> Seen:
    for socket in await asyncio.gather(*(follow() for _ in range(20))):
        await socket.close()  # what the first ones load is not the followers'
    await asyncio.sleep(1)
    before = served.memory_mib()
    sockets: list[ClientConnection] = []
    for _ in range(FOLLOWERS // OPENED_AT_ONCE):
        sockets += await asyncio.gather(*(follow() for _ in range(OPENED_AT_ONCE)))
    await asyncio.sleep(3)
    memory = served.memory_mib() - before
    cpu, began = served.cpu_seconds(), time.perf_counter()
    await asyncio.sleep(10)
    idle = (served.cpu_seconds() - cpu) / (time.perf_counter() - began) * 100
    cpu, began = served.cpu_seconds(), time.perf_counter()
    await asyncio.gather(happen(), *(_event(socket) for socket in sockets))
    last = time.perf_counter() - began
    event = served.cpu_seconds() - cpu
    await asyncio.gather(*(socket.close() for socket in sockets))
    return Seen(memory * 1024 / FOLLOWERS, idle, event / FOLLOWERS * 1e6, last * 1000)


async def _event(socket: ClientConnection) -> None:
    message = json.loads(await socket.recv())
    if message["type"] != "next" or message["payload"]["data"]["evaluationProgress"]["sequence"] != 2:
        raise RuntimeError(f"not the event: {message}")


async def _send(served: processes.Served, request: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    await load.exchange(reader, writer, request)
    writer.close()
    await writer.wait_closed()
