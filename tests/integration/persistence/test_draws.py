"""Draws from the bank on every database: nothing twice until everything was drawn, also by one person at once."""

import asyncio

import pytest

from domain.ids import UserId
from persistence.database import Database, UnitOfWork
from tests.factories import meet

ITEMS = [f"item-{number:02}" for number in range(20)]


async def claim(database: Database, user_id: UserId, candidates: list[str] = ITEMS) -> tuple[str, int]:
    return await database.write(lambda work: work.draws.claim(user_id, candidates))


async def test_20_concurrent_claims_over_20_candidates_draw_each_once_and_20_more_each_again(
    database: Database,
) -> None:
    alice = await meet(database, "alice")

    first = await asyncio.gather(*(claim(database, alice) for _ in range(20)))
    second = await asyncio.gather(*(claim(database, alice) for _ in range(20)))

    assert sorted(first) == [(item, 0) for item in ITEMS]
    assert sorted(second) == [(item, 1) for item in ITEMS]


async def test_the_first_of_the_least_drawn_comes_next(database: Database) -> None:
    alice = await meet(database, "alice")
    drawn = [await claim(database, alice, candidates) for candidates in (["a"], ["a"], ["b"], ["c"])]

    assert drawn == [("a", 0), ("a", 1), ("b", 0), ("c", 0)]
    assert await claim(database, alice, ["a", "c", "b"]) == ("c", 1)
    assert await claim(database, alice, ["a", "c", "b"]) == ("b", 1)
    assert await claim(database, alice, ["c", "b", "a"]) == ("c", 2)
    assert await claim(database, alice, ["a", "d"]) == ("d", 0)


async def test_people_do_not_share_draws(database: Database) -> None:
    alice, bob = await meet(database, "alice"), await meet(database, "bob")

    assert [await claim(database, alice), await claim(database, bob)] == [("item-00", 0), ("item-00", 0)]


async def test_a_claim_that_is_rolled_back_was_never_drawn(database: Database) -> None:
    alice = await meet(database, "alice")

    def failing(work: UnitOfWork) -> None:
        work.draws.claim(alice, ITEMS)
        raise LookupError("the item is broken")

    with pytest.raises(LookupError):
        await database.write(failing)

    assert await claim(database, alice) == ("item-00", 0)
