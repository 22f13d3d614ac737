"""History and analytics of one person, while the challenges of other people grow from a thousand to a million."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median

from bench import load, processes, seed
from bench.history import QUERY
from bench.report import Figure

SIZES = (1_000, 10_000, 100_000, 1_000_000)
GOAL = 1.5
"""Of the median latency, against the smallest size. A depth more in every index is expected."""
ROUNDS = 7
"""The server that grows and one that stays small take turns: a machine that slows down slows down both."""
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
        growing, small = Path(folder, "growing"), Path(folder, "small")
        ((token,), (other_token,)) = (seed.people(data_dir, persons=1, challenges=50) for data_dir in (growing, small))
        seed.crowd(small, challenges=SIZES[0])
        grown, lines = 0, []
        with _server(growing) as served, _server(small) as control:
            for size in SIZES:
                seed.crowd(growing, challenges=size - grown)
                grown = size
                for name, query in (("history", QUERY), ("analytics", ANALYTICS)):
                    turns = [(_run(served, query, token), _run(control, query, other_token)) for _ in range(ROUNDS + 1)]
                    lines.append(_figure(name, size, turns[1:]))
            yield from sorted(lines, key=lambda figure: figure.what.startswith("analytics"))
            light, heavy = (
                seed.practised(growing, name, evaluations=amount) for name, amount in (("ten", 10), ("many", 10_000))
            )
            yield _neighbours(served, token, light, heavy)


def _server(data_dir: Path) -> AbstractContextManager[processes.Served]:
    return processes.intrvu(data_dir, INTRVU_RATE_LIMIT_PER_MINUTE="100000")


def _figure(name: str, size: int, turns: list[tuple[load.Load, load.Load]]) -> Figure:
    ratio = median(ours.median_millis / control.median_millis for ours, control in turns)
    ours, control = (median(turn[place].median_millis for turn in turns) for place in (0, 1))
    is_last = size == SIZES[-1]
    return Figure(
        f"{name} of one person, with {size:,} challenges of others; peer: with {SIZES[0]:,}",
        f"{ours:.1f} ms",
        f"{control:.1f} ms",
        f"{ratio:.2f} ×",
        f"≤ {GOAL} ×" if is_last else "",
        ratio <= GOAL if is_last else None,
    )


def _neighbours(served: processes.Served, token: str, light: str, heavy: str) -> Figure:
    """What history costs everybody else while a person with few or with many evaluations looks at analytics."""
    turns = [[_beside(served, token, other).median_millis for other in (light, heavy)] for _ in range(ROUNDS)]
    ratio = median(beside_heavy / beside_light for beside_light, beside_heavy in turns)
    beside_light, beside_heavy = (median(turn[place] for turn in turns) for place in (0, 1))
    return Figure(
        "history of one person, while one with 10,000 evaluations looks at analytics all the time; peer: with 10",
        f"{beside_heavy:.1f} ms",
        f"{beside_light:.1f} ms",
        f"{ratio:.2f} ×",
        f"≤ {GOAL} ×",
        ratio <= GOAL,
    )


def _run(served: processes.Served, query: str, token: str) -> load.Load:
    request = load.post("/graphql", json.dumps({"query": query}).encode(), token)
    return asyncio.run(load.run(served, [request], connections=1, warm_up=5, measured=40))


def _beside(served: processes.Served, token: str, other: str) -> load.Load:
    request = load.post("/graphql", json.dumps({"query": QUERY}).encode(), token)
    noise = load.post("/graphql", json.dumps({"query": ANALYTICS}).encode(), other)

    async def both() -> load.Load:
        looking = asyncio.create_task(_again_and_again(served, noise))
        try:
            return await load.run(served, [request], connections=1, warm_up=5, measured=100)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    return asyncio.run(both())


async def _again_and_again(served: processes.Served, request: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1 << 22)
    while True:
        await load.exchange(reader, writer, request)
        await asyncio.sleep(PAUSE_SECONDS)
