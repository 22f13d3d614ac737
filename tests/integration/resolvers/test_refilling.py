"""Filling up the stock: what is asked for, the most wanted first, one worker a cell, and nothing without a reason."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from domain.enums import ChallengeKind, Difficulty, Domain
from domain.errors import BudgetExceeded, StorageUnavailable
from domain.stock import Cell, StockLimits
from persistence.database import Database
from persistence.wakeups import LocalWakeUps
from resolvers.composing import GRACE_SECONDS
from resolvers.demand import TOPIC
from tests.factories import meet
from tests.integration.resolvers.doubles import Clock, Watched
from tests.integration.resolvers.stockrooms import Room, nobody
from tests.stocked import CELL, OTHER_CELL, fill, written

LIMITS = StockLimits(low=2, high=6, servings=20)
SCENARIO = Cell(ChallengeKind.SCENARIO, Domain.DATABASES, Difficulty.MEDIUM)
ELSEWHERE = Cell(CELL.kind, Domain.MLOPS, Difficulty.MEDIUM)
Open = Callable[..., Room]


@pytest.fixture
async def open_room(database: Database) -> AsyncIterator[Open]:
    """Opens processes over one database: each has its refiller running."""
    running: list[tuple[Room, asyncio.Task[None]]] = []

    def make(**settings: Any) -> Room:
        room = Room(database, **{"limits": LIMITS, **settings})
        running.append((room, asyncio.create_task(room.refiller.run())))
        return room

    yield make
    for room, task in running:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await room.composer.close()


def refills(outcome: str, kind: ChallengeKind = CELL.kind) -> float:
    labels = {"kind": kind.value, "outcome": outcome}
    return REGISTRY.get_sample_value("intrvu_stock_refills_total", labels) or 0.0


async def settled(room: Room) -> None:
    """Wait until nobody refills and nothing that may be tried is left."""
    while True:
        await asyncio.sleep(0)
        working = list(room.refiller._working.values())
        if working:
            await asyncio.wait(working)
        elif room.demand.next_at(busy=()) is None or room.refiller._next_look() > 0:
            return


async def test_a_stock_that_nobody_asks_for_costs_nothing(open_room: Open, database: Watched) -> None:
    room = open_room()
    writes = database.writes

    await settled(room)

    assert room.models.orders == []
    assert database.writes == writes


async def test_a_claim_that_leaves_little_has_the_cell_filled_up_to_the_high_mark(open_room: Open) -> None:
    room = open_room()
    alice = await meet(room.database, "alice")
    await fill(room.database, [written(number) for number in range(100, 103)])
    filled = refills("filled")

    await room.ask(alice)
    await settled(room)
    assert room.models.orders == []  # two are left, as many as the low mark

    await room.ask(alice)
    await settled(room)
    assert [len(order.avoid) for order in room.models.orders] == [3, 6]
    # Six for alice, beside the two that she has had.
    assert await room.level() == 9
    assert refills("filled") == filled + 1

    await room.ask(alice)
    await settled(room)
    assert len(room.models.orders) == 2


async def test_a_person_who_has_had_everything_has_more_written_ahead_of_them_than_others_need(
    open_room: Open,
) -> None:
    room = open_room()
    alice = await meet(room.database, "alice")

    for _ in range(12):
        await room.ask(alice)
        await settled(room)

    # One batch was waited for; the others were there.
    left = sum((await room.database.read(lambda work: work.stock.available(CELL, alice))).values())
    assert 2 <= left <= 8
    assert len(room.models.orders) == (12 + left) // 3


async def test_the_batch_that_a_person_waits_for_counts_and_is_not_written_twice(open_room: Open) -> None:
    room = open_room(limits=StockLimits(low=3, high=6))
    alice = await meet(room.database, "alice")

    await room.ask(alice)
    await settled(room)

    assert await room.level() in {6, 9}  # alice has had one of the first three
    assert len(room.models.orders) == await room.level() // 3
    assert len({order.titles for order in room.models.orders}) == len(room.models.orders)


async def test_the_most_wanted_cell_comes_first_and_no_more_at_a_time_than_is_meant(open_room: Open) -> None:
    room = open_room(concurrency=1)
    alice = await meet(room.database, "alice")
    room.models.open.clear()
    room.demand.note(ELSEWHERE, weight=1, user_id=alice)
    await room.models.begun.acquire()
    room.demand.note(CELL, weight=1, user_id=alice)
    room.demand.note(OTHER_CELL, weight=10, user_id=alice)

    room.models.open.set()
    await settled(room)

    cells = [Cell(order.kind, order.domain, order.difficulty) for order in room.models.orders]
    assert cells == [ELSEWHERE] * 2 + [OTHER_CELL] * 2 + [CELL] * 2


async def test_of_two_processes_one_fills_a_cell(open_room: Open) -> None:
    one, other = open_room(), open_room(wake_ups=LocalWakeUps())
    alice = await meet(one.database, "alice")
    one.models.open.clear()
    held = refills("held_elsewhere")

    one.demand.note(CELL, weight=1, user_id=alice)
    await one.models.begun.acquire()
    other.demand.note(CELL, weight=1, user_id=alice)
    await settled(other)

    assert refills("held_elsewhere") == held + 1
    one.models.open.set()
    await settled(one)
    assert (len(one.models.orders), other.models.orders) == (2, [])
    assert await one.level() == 6


async def test_a_process_that_died_while_it_filled_a_cell_is_replaced_when_its_lease_is_over(
    open_room: Open, clock: Clock
) -> None:
    other = open_room()
    lease = timedelta(seconds=2 * (LIMITS.compose_seconds + GRACE_SECONDS))
    dead = await other.database.write(lambda work: work.stock.take_turn(CELL, now=work.now, duration=lease))
    assert dead == 1
    other.demand.note(CELL, weight=1, user_id=None)
    await settled(other)
    assert other.models.orders == []

    clock.advance(lease)
    other.time.advance(lease.total_seconds())
    other.wake_ups.ring(TOPIC)
    await settled(other)

    assert await other.level() == 6
    assert not await other.database.write(lambda work: work.stock.keep_turn(CELL, dead, until=work.now + lease))


async def test_who_lost_the_lease_writes_no_more(open_room: Open, clock: Clock) -> None:
    room = open_room()
    room.models.open.clear()
    room.demand.note(CELL, weight=1, user_id=None)
    await room.models.begun.acquire()
    lost = refills("lease_lost")
    clock.advance(timedelta(hours=1))
    await room.database.write(lambda work: work.stock.take_turn(CELL, now=work.now, duration=timedelta(hours=1)))

    room.models.open.set()
    await settled(room)

    assert len(room.models.orders) == 1
    assert await room.level() == 3  # what was paid for is kept
    assert refills("lease_lost") == lost + 1


async def test_after_a_failure_it_rests_longer_every_time_and_then_goes_on(open_room: Open) -> None:
    room = open_room()
    room.models.seconds = 0.0
    room.models.failures = [nobody(1.0), nobody(1.0), nobody(100.0)]
    room.demand.note(CELL, weight=1, user_id=None)
    await settled(room)
    rests = []
    while room.models.failures:
        attempts = len(room.models.orders)
        rests.append(room.refiller._next_look())
        room.time.advance(rests[-1] - 0.01)
        room.wake_ups.ring(TOPIC)
        await settled(room)
        assert len(room.models.orders) == attempts
        room.time.advance(0.02)
        room.wake_ups.ring(TOPIC)
        await settled(room)
        assert len(room.models.orders) == attempts + 1
    rests.append(room.refiller._next_look())

    assert 5.0 <= rests[0] <= 6.25
    assert 10.0 <= rests[1] <= 12.5
    assert 100.0 <= rests[2] <= 125.0
    room.time.advance(rests[2])
    room.wake_ups.ring(TOPIC)
    await settled(room)
    assert await room.level() == 6


async def test_a_spent_budget_is_not_asked_again_within_the_hour(open_room: Open) -> None:
    room = open_room()
    room.models.failures = [BudgetExceeded("Spent.", retry_after_seconds=50_000)]
    failed = refills("provider_unavailable")

    room.demand.note(CELL, weight=1, user_id=None)
    await settled(room)

    assert 3_600 <= room.refiller._next_look() <= 4_500
    assert refills("provider_unavailable") == failed + 1


async def test_a_cell_for_which_only_known_things_are_written_rests_and_others_do_not(open_room: Open) -> None:
    room = open_room()
    room.models.stories = lambda number: 1 if number < 7 else number
    room.demand.note(CELL, weight=1, user_id=None)
    await settled(room)
    assert await room.level() == 1
    assert len(room.models.orders) == 2

    room.demand.note(CELL, weight=1, user_id=None)
    room.demand.note(OTHER_CELL, weight=1, user_id=None)
    await settled(room)

    assert await room.level(OTHER_CELL) == 6
    assert len(room.models.orders) == 4
    room.time.advance(600.0)
    room.wake_ups.ring(TOPIC)
    await settled(room)
    assert await room.level() == 7


async def test_what_brought_a_person_nothing_new_is_not_written_for_the_stock_before_it_has_rested(
    open_room: Open,
) -> None:
    room = open_room()
    room.models.stories = lambda _number: 1
    assert [await room.composer.flight(CELL).task for _ in range(2)] == [1, 0]
    before = refills("nothing_new")

    room.demand.note(CELL, weight=1, user_id=None)
    await settled(room)

    assert refills("nothing_new") == before + 1
    assert len(room.models.orders) == 2


async def test_a_database_that_refuses_ends_neither_the_refiller_nor_the_wish(
    open_room: Open, database: Watched
) -> None:
    room = open_room()
    database.faults = [StorageUnavailable("The disk is full.")]
    room.demand.note(CELL, weight=1, user_id=None)
    await settled(room)
    assert await room.level() == 0

    room.time.advance(10.0)
    room.wake_ups.ring(TOPIC)
    await settled(room)

    assert await room.level() == 6


async def test_a_defect_in_writing_ends_only_that_attempt(open_room: Open) -> None:
    room = open_room()
    room.models.failures = [ZeroDivisionError("a defect")]
    fault = refills("fault")
    room.demand.note(CELL, weight=1, user_id=None)
    await settled(room)
    room.time.advance(10.0)

    room.demand.note(OTHER_CELL, weight=1, user_id=None)
    await settled(room)

    assert refills("fault") == fault + 1
    assert await room.level(OTHER_CELL) == 6


async def test_what_is_to_be_there_at_the_start_is_filled_unasked_if_anybody_writes_its_kind(open_room: Open) -> None:
    room = open_room(prefill=(CELL, SCENARIO), kinds=[ChallengeKind.MULTIPLE_CHOICE])

    await settled(room)
    await settled(open_room(prefill=(CELL,), wake_ups=LocalWakeUps()))

    assert (await room.level(), await room.level(SCENARIO), await room.level(OTHER_CELL)) == (6, 0, 0)
    assert len(room.models.orders) == 2


async def test_with_both_marks_at_0_nothing_is_ever_written_ahead(database: Database) -> None:
    room = Room(database, limits=StockLimits(low=0, high=0), prefill=(CELL,))
    alice = await meet(database, "alice")

    await room.refiller.run()  # returns
    await room.ask(alice)

    assert len(room.models.orders) == 1  # the one that alice waited for
    assert room.demand.next_at(busy=()) is None


async def test_who_is_stopped_hands_the_cell_back(open_room: Open, database: Database) -> None:
    room = Room(database, limits=LIMITS)
    running = asyncio.create_task(room.refiller.run())
    room.models.open.clear()
    await asyncio.sleep(0)
    room.demand.note(CELL, weight=1, user_id=None)
    await room.models.begun.acquire()

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await room.composer.close()

    successor = open_room()
    successor.demand.note(CELL, weight=1, user_id=None)
    await settled(successor)
    assert await successor.level() == 6
