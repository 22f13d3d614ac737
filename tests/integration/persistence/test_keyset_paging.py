"""Keyset pages on every database: rows that arrive while somebody pages are never a reason to repeat or skip one."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.enums import QuotaReason
from domain.history import HistoryFilter
from domain.ids import ChallengeId, EvaluationId, QuotaEntryId, UserId
from domain.paging import Page, PageRequest, Position
from persistence.database import Database, UnitOfWork
from tests.factories import meet
from tests.integration.persistence.seeds import ANSWER, CHOICE, DAWN, SECOND, store

_examples = count()


@dataclass(frozen=True)
class List:
    """A list of a person's: how to put a row into it, and how to read a page of it."""

    insert: Callable[[UnitOfWork, UserId, Position], object]
    page: Callable[[UnitOfWork, UserId, PageRequest], Page[Any]]


def _insert_evaluation(work: UnitOfWork, user_id: UserId, place: Position) -> None:
    work.evaluations.add(
        ANSWER,
        id=EvaluationId(place.id),
        user_id=user_id,
        challenge_id=ChallengeId(f"of-{user_id}"),
        revises=None,
        total_steps=6,
        now=place.created_at,
    )


LISTS = {
    "history": List(
        lambda work, user_id, place: work.challenges.add(
            CHOICE, id=ChallengeId(place.id), user_id=user_id, now=place.created_at
        ),
        lambda work, user_id, request: work.challenges.page(user_id, HistoryFilter(kinds=(CHOICE.kind,)), request),
    ),
    "evaluations": List(
        _insert_evaluation,
        lambda work, user_id, request: work.evaluations.pages(user_id, [ChallengeId(f"of-{user_id}")], request)[
            ChallengeId(f"of-{user_id}")
        ],
    ),
    "evaluations among many": List(
        _insert_evaluation,
        lambda work, user_id, request: work.evaluations.pages(
            user_id, [ChallengeId("none"), ChallengeId(f"of-{user_id}")], request
        )[ChallengeId(f"of-{user_id}")],
    ),
    "ledger": List(
        lambda work, user_id, place: work.ledger.reserve(
            user_id, QuotaReason.CHALLENGE, 1, id=QuotaEntryId(place.id), limit=1000, now=place.created_at
        ),
        lambda work, user_id, request: work.ledger.page(user_id, request),
    ),
}
# Few moments, so that many rows share one.
SPOTS = st.tuples(st.integers(0, 3), st.integers(0, 0xFFFF))


@pytest.mark.parametrize("name", LISTS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spots=st.lists(st.lists(SPOTS, max_size=6), min_size=1, max_size=6, unique_by=None),
    size=st.integers(1, 4),
)
async def test_pages_neither_repeat_nor_skip_while_rows_arrive(
    database: Database, name: str, spots: list[list[tuple[int, int]]], size: int
) -> None:
    listed, example = LISTS[name], next(_examples)
    user_id = await meet(database, f"{name}-{example}")
    await store(database, user_id, f"of-{user_id}", at=DAWN)
    used: set[int] = set()

    async def arrive(batch: list[tuple[int, int]]) -> list[Position]:
        fresh = {tag: moment for moment, tag in batch if tag not in used}
        used.update(fresh)
        places = [Position(DAWN + moment * SECOND, f"{tag:04x}{example:028x}") for tag, moment in fresh.items()]
        await database.write(lambda work: [listed.insert(work, user_id, place) for place in places])
        return places

    waves = iter(spots)
    expected = await arrive(next(waves))
    seen: list[Position] = []
    cursor: Position | None = None
    while True:
        request = PageRequest(size, cursor)
        page = await database.read(lambda work, request=request: listed.page(work, user_id, request))  # type: ignore[misc]  # binds this turn's
        assert page.has_previous is (cursor is not None)
        assert [row.id for row in page.rows] == [place.id for place in page.positions]
        seen.extend(page.positions)
        if not page.has_next:
            break
        cursor = page.positions[-1]
        arrived = await arrive(next(waves, []))
        expected += [place for place in arrived if _key(place) < _key(cursor)]

    assert seen == sorted(expected, key=_key, reverse=True)


def _key(place: Position) -> tuple[Any, str]:
    return place.created_at, place.id


async def test_a_row_that_is_there_from_the_start_is_seen_once_among_concurrent_inserts(database: Database) -> None:
    listed = LISTS["history"]
    alice = await meet(database, "alice")
    first = [Position(DAWN + number % 3 * SECOND, f"{number:04x}") for number in range(30)]
    await database.write(lambda work: [listed.insert(work, alice, place) for place in first])

    async def insert(number: int) -> None:
        place = Position(DAWN + number % 3 * SECOND, f"{number:04x}+")
        await database.write(lambda work: listed.insert(work, alice, place))

    seen: list[Position] = []
    cursor: Position | None = None
    while True:
        request = PageRequest(4, cursor)
        reading = asyncio.create_task(database.read(lambda work, request=request: listed.page(work, alice, request)))  # type: ignore[misc]  # binds this turn's
        await asyncio.gather(*(insert(len(seen) * 100 + number) for number in range(5) if len(seen) < 40))
        page = await reading
        seen.extend(page.positions)
        if not page.has_next:
            break
        cursor = page.positions[-1]

    assert len(seen) == len(set(seen))
    assert seen == sorted(seen, key=_key, reverse=True)
    assert set(first) <= set(seen)
