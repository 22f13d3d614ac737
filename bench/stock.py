"""Two hundred people who want challenges while models take seconds to write one: from a full stock, and from none."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import NamedTuple

from auth.development import DevelopmentIssuer
from bench import processes, providers, seed
from bench.report import Figure
from domain.enums import ChallengeKind, Difficulty, Domain

PEOPLE, REQUESTS = 200, 12
SPREAD_SECONDS = 120.0
LATENCY_SECONDS = 3.0, 9.0
"""Of each of the provider's answers; a challenge takes several."""
MEDIAN_GOAL_MILLIS, P99_GOAL_MILLIS = 50, 500
DEADLINE_SECONDS = 30
"""INTRVU_GENERATION_DEADLINE_SECONDS, as it is unless set."""
HIGH = 6
"""INTRVU_STOCK_HIGH, likewise."""
FILL_SECONDS = 600.0
CELLS = tuple(product(ChallengeKind, Domain, Difficulty))
RUSH = (ChallengeKind.SCENARIO, Domain.DATABASES, Difficulty.HARD)
"""What models take longest to write, wanted by everybody at once."""

GENERATE = """
mutation ($input: GenerateChallengeInput!) { generateChallenge(input: $input) {
  challenge { provenance { engine degraded } } userErrors { code } } }
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Seconds from the beginning, who, and what."""

    at: float
    person: int
    kind: ChallengeKind
    domain: Domain
    difficulty: Difficulty


@dataclass(frozen=True, slots=True)
class Given:
    """How long it took, and who wrote it; no engine when nothing was given."""

    millis: float
    engine: str | None
    stands_in: bool


class Repeats(NamedTuple):
    """Challenges of somebody's that say what an earlier one of theirs says, and those that are not marked as that."""

    told: int
    unmarked: int


def figures() -> Iterator[Figure]:
    """The same wishes each time."""
    wishes = _wishes(Random(12))
    full, repeats = asyncio.run(_full(wishes))
    bank = asyncio.run(_bank(wishes))
    median, p99 = _at(full, 0.5), _at(full, 0.99)
    low, high = LATENCY_SECONDS
    yield Figure(
        f"a challenge from a full stock, {PEOPLE} people × {REQUESTS} in {SPREAD_SECONDS:.0f} s, models of "
        f"{low:.0f}–{high:.0f} s; peer: drawn from the bank, no models",
        f"{median:.0f} ms",
        f"{_at(bank, 0.5):.0f} ms",
        f"{median / _at(bank, 0.5):.1f} ×",
        f"< {MEDIAN_GOAL_MILLIS} ms",
        median < MEDIAN_GOAL_MILLIS,
    )
    yield Figure(
        "the same, ninety-nine times of a hundred",
        f"{p99:.0f} ms",
        f"{_at(bank, 0.99):.0f} ms",
        f"{p99 / _at(bank, 0.99):.1f} ×",
        f"< {P99_GOAL_MILLIS} ms",
        p99 < P99_GOAL_MILLIS,
    )
    yield Figure(
        "the same: challenges that somebody got twice, stand-ins from the bank, nothing",
        f"{repeats.told}, {_stand_ins(full)}, {_missed(full)}",
        goal="0, any, 0",
        met=repeats.told == 0 and not _missed(full),
    )
    yield from _unfilled("the same wishes and models, but an empty stock, filled on demand", wishes)
    rush = tuple(replace(wanted, kind=RUSH[0], domain=RUSH[1], difficulty=RUSH[2]) for wanted in wishes)
    yield from _unfilled("as many wishes for hard scenarios about databases only, from an empty stock", rush)


def _unfilled(what: str, wishes: tuple[Wanted, ...]) -> Iterator[Figure]:
    """What people get whom the stock was not filled for."""
    given, repeats = asyncio.run(_none(wishes))
    slowest = _at(given, 1.0)
    yield Figure(
        f"{what}: median, p99, slowest",
        f"{_at(given, 0.5):.0f} ms, {_at(given, 0.99) / 1000:.1f} s, {slowest / 1000:.1f} s",
        goal=f"≤ {DEADLINE_SECONDS} s",
        met=slowest <= DEADLINE_SECONDS * 1000,
    )
    yield Figure(
        "the same: challenges that somebody got twice (unmarked as such), stand-ins from the bank, nothing",
        f"{repeats.told} ({repeats.unmarked}), {_stand_ins(given)}, {_missed(given)}",
        goal="any (0), any, 0",
        met=repeats.unmarked == 0 and not _missed(given),
    )


def _wishes(random: Random) -> tuple[Wanted, ...]:
    """Everybody asks at any time, for anything."""
    wishes = [
        Wanted(random.uniform(0.0, SPREAD_SECONDS), person, *random.choice(CELLS))
        for person in range(PEOPLE)
        for _ in range(REQUESTS)
    ]
    return tuple(sorted(wishes, key=lambda wanted: wanted.at))


async def _full(wishes: tuple[Wanted, ...]) -> tuple[list[Given], Repeats]:
    """Filled as fast as the models of this moment can, then asked while they are slow."""
    latency, random = 0.0, Random(3)
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        async with providers.served(
            data_dir, lambda: latency and random.uniform(*LATENCY_SECONDS), INTRVU_STOCK_PREFILL="on"
        ) as asked:
            await _filled(data_dir / seed.FILE)
            latency = 1.0
            given = await _ask_all(asked.served, data_dir, wishes)
        return given, _repeats(data_dir / seed.FILE)


async def _none(wishes: tuple[Wanted, ...]) -> tuple[list[Given], Repeats]:
    random = Random(3)
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        async with providers.served(data_dir, lambda: random.uniform(*LATENCY_SECONDS)) as asked:
            given = await _ask_all(asked.served, data_dir, wishes)
        return given, _repeats(data_dir / seed.FILE)


async def _bank(wishes: tuple[Wanted, ...]) -> list[Given]:
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        with processes.intrvu(data_dir, **providers.PLENTY) as served:
            return await _ask_all(served, data_dir, wishes)


async def _ask_all(served: processes.Served, data_dir: Path, wishes: tuple[Wanted, ...]) -> list[Given]:
    """Everybody over a connection of their own, one wish after the other, each at its time or as soon as they can."""
    issuer = DevelopmentIssuer.open(data_dir)
    tokens = [issuer.issue(f"person-{person}", lifetime=timedelta(hours=1)) for person in range(PEOPLE)]
    began = time.perf_counter()

    async def one_person(person: int) -> list[Given]:
        given = []
        for wanted in wishes:
            if wanted.person == person:
                await asyncio.sleep(began + wanted.at - time.perf_counter())
                # Between two wishes the server hangs up: a connection for each.
                client = providers.Client(served, tokens[person])
                given.append(await _ask(client, wanted))
                await client.close()
        return given

    everybody = await asyncio.gather(*(one_person(person) for person in range(PEOPLE)))
    return [given for theirs in everybody for given in theirs]


async def _ask(client: providers.Client, wanted: Wanted) -> Given:
    began = time.perf_counter()
    asked = {"kind": wanted.kind, "domain": wanted.domain, "difficulty": wanted.difficulty}
    challenge = (await client.ask(GENERATE, input=asked))["generateChallenge"]["challenge"]
    millis = (time.perf_counter() - began) * 1000
    if challenge is None:
        return Given(millis, None, stands_in=False)
    return Given(millis, challenge["provenance"]["engine"], stands_in=challenge["provenance"]["degraded"])


async def _filled(file: Path) -> None:
    """Wait until every cell has as many challenges as are to be kept ahead."""
    until = time.monotonic() + FILL_SECONDS
    with closing(sqlite3.connect(file)) as raw:
        while time.monotonic() < until:
            levels = raw.execute("SELECT count(*) FROM stocked_challenges GROUP BY kind, domain, difficulty").fetchall()
            if len(levels) == len(CELLS) and all(level >= HIGH for (level,) in levels):
                return
            await asyncio.sleep(0.5)
    raise TimeoutError(f"the stock is not full after {FILL_SECONDS:.0f} s")


def _repeats(file: Path) -> Repeats:
    with closing(sqlite3.connect(file)) as raw:
        ((told, marked),) = raw.execute(
            "SELECT count(*) - count(DISTINCT user_id || title || json_extract(content, '$.question', '$.context')), "
            "sum(repeated) FROM challenges"
        ).fetchall()
    return Repeats(told, told - marked)


def _at(given: list[Given], share: float) -> float:
    """Milliseconds that this share of the wishes took at most."""
    times = sorted(one.millis for one in given)
    return times[min(int(len(times) * share), len(times) - 1)]


def _stand_ins(given: list[Given]) -> str:
    return f"{sum(one.stands_in for one in given) / len(given):.1%}"


def _missed(given: list[Given]) -> int:
    return sum(one.engine is None for one in given)
