"""A page of history, against the same JSON from a plain REST route."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench import load, processes, seed
from bench.report import Figure

PEOPLE, CHALLENGES = 1_000, 50
CONNECTIONS = 8
ROUNDS = 7
"""The three servers take turns, so that a machine that slows down slows down all of them."""
QUERY = """
query Page {
  history(first: 20) {
    nodes {
      id kind domain topic difficulty title tags suggestedMinutes createdAt
      evaluations(first: 5) {
        nodes { id status overallScore createdAt dimensionScores { dimension score } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
"""About 31 evaluations and 124 dimension scores on a page."""


def figures() -> Iterator[Figure]:
    """Seed, let the servers take turns, compare."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        tokens = seed.people(data_dir, persons=PEOPLE, challenges=CHALLENGES)
        with (
            processes.intrvu(data_dir, INTRVU_RATE_LIMIT_PER_MINUTE="100000") as ours,
            processes.uvicorn("bench.rest:plain", processes.environment(data_dir)) as plain,
            processes.uvicorn("bench.rest:eager", processes.environment(data_dir)) as eager,
        ):
            body = json.dumps({"query": QUERY}).encode()
            graphql = [load.post("/graphql", body, token) for token in tokens]
            rest = [load.get("/history", token) for token in tokens]
            shown = asyncio.run(_once(ours, graphql[0]))["data"]["history"]
            for peer in (plain, eager):
                _same(shown, asyncio.run(_once(peer, rest[0])))
            rounds = [
                tuple(
                    asyncio.run(load.run(served, requests, connections=CONNECTIONS, warm_up=warm_up, measured=measured))
                    for served, requests, warm_up, measured in (
                        (ours, graphql, 1_000 if first else 20, 300),
                        (plain, rest, 100 if first else 20, 80),
                        (eager, rest, 100 if first else 20, 200),
                    )
                )
                for first in (True, *[False] * (ROUNDS - 1))
            ]
    page = "a page of 20 challenges, their evaluations and scores, signed in"
    yield _figure(f"{page}; peer: FastAPI + SQLModel", [(turn[0], turn[1]) for turn in rounds], goal=3.5)
    yield _figure("the same; peer: FastAPI + SQLModel with selectinload", [(turn[0], turn[2]) for turn in rounds])


def _figure(what: str, turns: list[tuple[load.Load, load.Load]], *, goal: float | None = None) -> Figure:
    # By the server's CPU: what else runs on the machine takes turns away from a server, and not always from both alike.
    ratio = median(peer.cpu_micros / ours.cpu_micros for ours, peer in turns)
    return Figure(
        what,
        _speed([ours for ours, _ in turns]),
        _speed([peer for _, peer in turns]),
        f"{ratio:.1f} ×",
        "" if goal is None else f"≥ {goal} ×",
        None if goal is None else ratio >= goal,
    )


def _speed(loads: list[load.Load]) -> str:
    a_second = median(seen.requests_per_second for seen in loads)
    cpu_millis = median(seen.cpu_micros for seen in loads) / 1000
    return f"{cpu_millis:.1f} ms CPU ({a_second:.0f}/s)"


async def _once(served: processes.Served, request: bytes) -> dict[str, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1 << 22)
    body = await load.exchange(reader, writer, request)
    writer.close()
    await writer.wait_closed()
    answer: dict[str, Any] = json.loads(body)
    return answer


def _same(ours: object, peers: object) -> None:
    if ours != peers:
        raise RuntimeError("the peer serves other JSON: what would be compared is not the same work")
