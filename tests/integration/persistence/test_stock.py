"""The stock on every database: nobody gets a challenge twice, no more is served than there is, one fills a cell."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from domain.enums import ChallengeKind, Difficulty, Domain
from domain.ids import ChallengeId, UserId
from domain.likeness import sketch
from domain.stock import Cell, Claimed
from persistence import tables
from persistence.codec import Calls, decode
from persistence.database import Database, UnitOfWork
from persistence.repositories.stock import MET
from tests.factories import meet
from tests.integration.persistence.seeds import DAWN, MINUTE, SECOND, store
from tests.stocked import CALL, CELL, OTHER_CELL, as_served, fill, question, written

OVER = timedelta(seconds=-1)


async def claim(database: Database, user_id: UserId, cell: Cell = CELL, topic: str | None = None) -> Claimed | None:
    return await database.write(lambda work: work.stock.claim(user_id, cell, topic, now=work.now))


async def title(database: Database, user_id: UserId, cell: Cell = CELL, topic: str | None = None) -> str | None:
    claimed = await claim(database, user_id, cell, topic)
    return None if claimed is None else claimed.draft.title


async def people(database: Database, number: int) -> Sequence[UserId]:
    return [await meet(database, f"person-{place}") for place in range(number)]


async def test_what_is_served_reads_as_it_was_written_and_its_calls_are_shared_by_all_who_may_get_it(
    database: Database,
) -> None:
    alice = await meet(database, "alice")
    await fill(database, [written(1)], servings=20)

    assert await claim(database, alice) == Claimed(as_served(written(1), 20), 0)
    assert as_served(written(1), 20).calls == (replace(CALL, serves=40),)


async def test_a_person_gets_each_once_the_oldest_first_and_then_nothing(database: Database) -> None:
    alice, bob = await meet(database, "alice"), await meet(database, "bob")
    await fill(database, [written(1), written(2), written(3)])

    got = [await claim(database, alice) for _ in range(4)]

    assert [(one.draft.title, one.left) for one in got if one] == [("Title 1", 2), ("Title 2", 1), ("Title 3", 0)]
    assert got[3] is None
    assert await title(database, bob) == "Title 1"


async def test_only_what_was_asked_for_is_served(database: Database) -> None:
    alice = await meet(database, "alice")
    scenario = Cell(ChallengeKind.SCENARIO, Domain.DATABASES, Difficulty.MEDIUM)
    await fill(database, [written(1), written(2, OTHER_CELL), written(3, topic="Locks")])

    assert await title(database, alice, scenario) is None
    assert await title(database, alice, Cell(CELL.kind, Domain.MLOPS, CELL.difficulty)) is None
    assert await title(database, alice, topic="Locks") == "Title 3"
    assert await title(database, alice, topic="Locks") is None
    assert await title(database, alice, OTHER_CELL) == "Title 2"
    assert await title(database, alice) == "Title 1"


async def test_100_people_at_once_get_no_more_than_there_is_and_nothing_is_lost(database: Database) -> None:
    crowd = await people(database, 100)
    await fill(database, [written(number) for number in range(4)], servings=7)

    got = await asyncio.gather(*(title(database, person) for person in crowd))

    assert Counter(got) == {f"Title {number}": 7 for number in range(4)} | {None: 72}
    left = await database.read(
        lambda work: work._connection.execute(select(func.sum(tables.stocked_challenges.c.servings_left))).scalar_one()
    )
    assert left == 0


async def test_one_person_at_once_gets_each_once(database: Database) -> None:
    alice = await meet(database, "alice")
    await fill(database, [written(number) for number in range(10)])

    got = await asyncio.gather(*(title(database, alice) for _ in range(15)))

    assert Counter(got) == {f"Title {number}": 1 for number in range(10)} | {None: 5}


async def test_people_who_ask_again_and_again_at_once_never_see_one_twice(database: Database) -> None:
    crowd = await people(database, 12)
    await fill(database, [written(number) for number in range(6)], servings=9)

    async def ask(person: UserId) -> list[str | None]:
        return await asyncio.gather(*(title(database, person) for _ in range(8)))

    got = await asyncio.gather(*(ask(person) for person in crowd))

    for titles in got:
        assert all(times == 1 for told, times in Counter(titles).items() if told is not None)
    assert Counter(told for titles in got for told in titles if told) == {f"Title {n}": 9 for n in range(6)}


async def test_what_a_person_has_met_in_other_words_is_not_served_to_them_and_is_to_others(database: Database) -> None:
    alice, bob = await meet(database, "alice"), await meet(database, "bob")
    await store(database, alice, "met", written(9, OTHER_CELL, story=1))
    await fill(database, [written(1), written(2)])

    assert await title(database, alice) == "Title 2"
    assert await title(database, alice) is None
    assert await title(database, bob) == "Title 1"
    # It counts as had: nothing of it is left for alice, and none of its servings is spent.
    assert await database.read(lambda work: work.stock.available(CELL, alice)) == {}
    assert await database.read(lambda work: work.stock.available(CELL)) == {"Indexes": 2}


async def test_what_was_met_is_found_behind_many_likes_of_it(database: Database) -> None:
    alice = await meet(database, "alice")
    for number in range(40):
        await store(database, alice, f"met-{number}", written(number))
    await fill(database, [written(number) for number in range(41)])

    assert await title(database, alice) == "Title 40"


async def test_only_the_newest_of_what_was_met_counts_and_only_of_that_domain(database: Database) -> None:
    alice, bob = await meet(database, "alice"), await meet(database, "bob")

    def practise(work: UnitOfWork) -> None:
        for number in range(MET + 1):
            at = DAWN + number * SECOND
            draft = written(number)
            work.challenges.add(draft, id=ChallengeId(f"a{number}"), user_id=alice, now=at)
        elsewhere = written(1, Cell(CELL.kind, Domain.MLOPS, CELL.difficulty))
        work.challenges.add(elsewhere, id=ChallengeId("b"), user_id=bob, now=DAWN)

    await database.write(practise)
    await fill(database, [written(1), written(0)])

    assert await title(database, alice) == "Title 0"  # the oldest of 201
    assert await title(database, bob) == "Title 1"


async def test_an_old_challenge_without_a_sketch_keeps_nothing_from_anybody(database: Database) -> None:
    alice = await meet(database, "alice")
    await store(database, alice, "old", written(1))
    await database.write(lambda work: work._connection.exec_driver_sql("UPDATE challenges SET sketch = NULL"))
    await fill(database, [written(1)])

    assert await title(database, alice) == "Title 1"


async def test_a_cell_is_not_told_the_same_twice_not_even_when_it_is_used_up(database: Database) -> None:
    alice = await meet(database, "alice")

    assert await fill(database, [written(1), written(2, story=1)], servings=1) == 1
    assert await title(database, alice) == "Title 1"
    assert await fill(database, [written(3, story=1)]) == 0
    assert await fill(database, [written(3, OTHER_CELL, story=1)]) == 1
    both = {"x": written(4), "y": written(5, story=4)}
    assert await database.write(lambda work: work.stock.add(both, servings=1, now=work.now)) == 1


async def test_a_claim_that_is_rolled_back_was_never_served(database: Database) -> None:
    alice = await meet(database, "alice")
    await fill(database, [written(1)], servings=1)

    def failing(work: UnitOfWork) -> None:
        assert work.stock.claim(alice, CELL, None, now=work.now) is not None
        raise LookupError("the process dies")

    with pytest.raises(LookupError):
        await database.write(failing)

    assert await title(database, alice) == "Title 1"


async def test_what_a_cell_has_had_is_told_newest_first_and_what_is_left_by_topic(database: Database) -> None:
    alice = await meet(database, "alice")
    await fill(database, [written(1), written(2, topic="Locks"), written(3), written(4, OTHER_CELL)], servings=1)
    await claim(database, alice)

    told = await database.read(lambda work: work.stock.told(CELL))

    assert told.titles == ("Title 3", "Title 2", "Title 1")
    assert told.sketches == tuple(sketch(question(number)) for number in (3, 2, 1))
    assert told.available == {"Indexes": 1, "Locks": 1}
    assert await database.read(lambda work: work.stock.levels()) == {
        ChallengeKind.MULTIPLE_CHOICE: 3,
        ChallengeKind.SCENARIO: 0,
    }


async def test_old_ones_retire_and_what_they_cost_stays(database: Database) -> None:
    alice = await meet(database, "alice")
    await database.write(lambda work: work.stock.add({"old": written(1)}, servings=9, now=DAWN))
    await database.write(lambda work: work.stock.add({"new": written(2)}, servings=9, now=DAWN + MINUTE))

    assert not await database.read(lambda work: work.stock.any_older(DAWN - SECOND))
    assert await database.read(lambda work: work.stock.any_older(DAWN))
    assert await database.write(lambda work: work.stock.retire(DAWN)) == 1
    assert await database.write(lambda work: work.stock.retire(DAWN)) == 0

    assert [await title(database, alice) for _ in range(2)] == ["Title 2", None]
    kept = select(tables.stocked_challenges.c.calls).where(tables.stocked_challenges.c.id == "old")
    text = await database.read(lambda work: work._connection.execute(kept).scalar_one())
    assert decode(text, Calls) == (CALL,)


async def take(database: Database, cell: Cell = CELL, *, duration: timedelta = MINUTE) -> int | None:
    return await database.write(lambda work: work.stock.take_turn(cell, now=work.now, duration=duration))


async def keep(database: Database, fence: int, by: timedelta = MINUTE, cell: Cell = CELL) -> bool:
    return await database.write(lambda work: work.stock.keep_turn(cell, fence, until=work.now + by))


async def test_of_20_who_would_fill_a_cell_one_may_and_each_cell_is_its_own(database: Database) -> None:
    got = await asyncio.gather(*(take(database) for _ in range(20)))

    assert Counter(got) == {1: 1, None: 19}
    assert await take(database, OTHER_CELL) == 1


async def test_who_died_while_filling_a_cell_is_replaced_and_shut_out(database: Database) -> None:
    assert await take(database, duration=OVER) == 1

    assert await take(database) == 2

    assert not await keep(database, 1)
    assert await keep(database, 2)
    assert await take(database) is None


async def test_a_turn_that_is_handed_back_is_free_at_once(database: Database) -> None:
    assert await take(database) == 1
    assert await keep(database, 1, by=timedelta(0))

    assert await take(database) == 2


async def test_to_erase_a_person_is_to_delete_by_their_id(database: Database) -> None:
    alice, bob = await meet(database, "alice"), await meet(database, "bob")
    await fill(database, [written(1)])
    await claim(database, alice)
    await claim(database, bob)

    def erase(work: UnitOfWork) -> None:
        for table in ("stock_servings", "users"):
            column = "user_id" if table == "stock_servings" else "id"
            work._connection.exec_driver_sql(f"DELETE FROM {table} WHERE {column} = '{alice}'")

    await database.write(erase)

    assert await title(database, bob) is None
