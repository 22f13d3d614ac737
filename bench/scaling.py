"""History and analytics of one person, while the challenges of other people grow from a thousand to a million."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import load, processes, seed
from bench.history import QUERY
from bench.report import Figure

SIZES = (1_000, 10_000, 100_000, 1_000_000)
GOAL = 1.5
"""Of the median latency, at the largest size against the smallest. A depth more in every index is expected."""
PAUSE_SECONDS = 0.5
"""Between looks at analytics: the rate limit allows no more."""
ANALYTICS = """
query Analytics {
  analytics(range: ALL_TIME) {
    challengesGenerated answersEvaluated averageScore currentStreakDays longestStreakDays
    byDomain { domain answered averageScore } byDimension { dimension averageScore }
    trend { date answered } weakestTopics { topic averageScore }
  }
}
"""


def figures() -> Iterator[Figure]:
    """Let the crowd grow, and measure the same requests of the same person at each size; then two other persons."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        (token,) = seed.people(data_dir, persons=1, challenges=50)
        grown = 0
        seen: dict[str, list[load.Load]] = {"history": [], "analytics": []}
        with processes.intrvu(data_dir, INTRVU_RATE_LIMIT_PER_MINUTE="100000") as served:
            for size in SIZES:
                seed.crowd(data_dir, challenges=size - grown)
                grown = size
                for name, query in (("history", QUERY), ("analytics", ANALYTICS)):
                    seen[name].append(_run(served, query, token, measured=200))
            for name, loads in seen.items():
                yield from _sizes(name, loads)
            light, heavy = (
                seed.practised(data_dir, name, evaluations=amount) for name, amount in (("ten", 10), ("many", 10_000))
            )
            yield _neighbours(served, token, light, heavy)


def _sizes(name: str, loads: list[load.Load]) -> Iterator[Figure]:
    first = loads[0].median_millis
    for size, measured in zip(SIZES, loads, strict=True):
        ratio = measured.median_millis / first
        is_last = size == SIZES[-1]
        yield Figure(
            f"{name} of one person, with {size:,} challenges of others",
            f"{measured.median_millis:.1f} ms ({measured.cpu_micros / 1000:.1f} ms CPU)",
            f"{first:.1f} ms with {SIZES[0]:,}",
            f"{ratio:.2f} ×",
            f"≤ {GOAL} ×" if is_last else "",
            ratio <= GOAL if is_last else None,
        )


def _neighbours(served: processes.Served, token: str, light: str, heavy: str) -> Figure:
    """What history costs everybody else while a person with few or with many evaluations looks at analytics."""
    beside = {name: _beside(served, token, other) for name, other in (("light", light), ("heavy", heavy))}
    ratio = beside["heavy"].median_millis / beside["light"].median_millis
    return Figure(
        "history of one person, while one with 10,000 evaluations looks at analytics all the time",
        f"{beside['heavy'].median_millis:.1f} ms",
        f"{beside['light'].median_millis:.1f} ms beside one with 10",
        f"{ratio:.2f} ×",
        f"≤ {GOAL} ×",
        ratio <= GOAL,
    )


def _run(served: processes.Served, query: str, token: str, *, measured: int) -> load.Load:
    request = load.post("/graphql", json.dumps({"query": query}).encode(), token)
    return asyncio.run(load.run(served, [request], connections=1, warm_up=50, measured=measured))


def _beside(served: processes.Served, token: str, other: str) -> load.Load:
    request = load.post("/graphql", json.dumps({"query": QUERY}).encode(), token)
    noise = load.post("/graphql", json.dumps({"query": ANALYTICS}).encode(), other)

    async def both() -> load.Load:
        looking = asyncio.create_task(_again_and_again(served, noise))
        try:
            return await load.run(served, [request], connections=1, warm_up=20, measured=200)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    return asyncio.run(both())


async def _again_and_again(served: processes.Served, request: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1 << 22)
    while True:
        await load.exchange(reader, writer, request)
        await asyncio.sleep(PAUSE_SECONDS)
