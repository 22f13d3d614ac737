"""Where a challenge comes from: the stock, a batch that is written now, the bank; within the deadline, never twice."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from sqlalchemy import select

from domain.challenge import Brief, ChallengeDraft
from domain.enums import ChallengeKind, Difficulty, Domain, Engine
from domain.errors import DeadlineExceeded, InvalidInput, ProviderUnavailable, StorageUnavailable
from domain.likeness import sketch
from domain.stock import Cell, StockLimits
from persistence import tables
from persistence.codec import Calls, decode
from persistence.database import Database, UnitOfWork
from resolvers.composing import GRACE_SECONDS, NOTHING_NEW_REST_SECONDS
from resolvers.housekeeper import Housekeeper
from resolvers.stock import MARGIN_SHARE
from tests.factories import meet
from tests.integration.resolvers.conftest import Desk, Person, met
from tests.integration.resolvers.stockrooms import BANK, DEADLINE, Room, nobody
from tests.stocked import CELL, OTHER_CELL, as_served, fill, question, written

SCENARIO = Cell(ChallengeKind.SCENARIO, Domain.DATABASES, Difficulty.MEDIUM)


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def claims(outcome: str, kind: ChallengeKind = CELL.kind) -> float:
    labels = {"kind": kind.value, "outcome": outcome}
    return REGISTRY.get_sample_value("intrvu_stock_claims_total", labels) or 0.0


async def test_what_is_in_the_stock_comes_at_once_and_nobody_is_asked(room: Room) -> None:
    alice = await meet(room.database, "alice")
    await fill(room.database, [written(1)], servings=5)
    stocked = claims("stocked")

    assert await room.ask(alice) == as_served(written(1), 5)

    assert room.models.orders == []
    assert room.bank.briefs == []
    assert claims("stocked") == stocked + 1


async def test_where_there_is_nothing_a_batch_is_written_and_the_rest_of_it_is_there_for_others(room: Room) -> None:
    alice, bob = await meet(room.database, "alice"), await meet(room.database, "bob")
    waited = claims("waited")

    got = [(await room.ask(alice)).title for _ in range(3)]

    assert got == ["Title 1", "Title 2", "Title 3"]
    assert (await room.ask(bob)).title == "Title 1"
    assert len(room.models.orders) == 1
    assert claims("waited") == waited + 1


async def test_who_writes_is_told_what_was_told_before_and_which_topics_are_short(room: Room) -> None:
    alice = await meet(room.database, "alice")
    await fill(room.database, [written(1, topic="Locks"), written(2, OTHER_CELL)], servings=2)
    await room.ask(alice)

    await room.ask(alice)

    (order,) = room.models.orders
    assert (order.kind, order.domain, order.difficulty) == CELL
    assert order.topics == ("Indexes",)
    assert order.avoid == (sketch(question(1)),)
    assert order.titles == ("Title 1",)
    assert order.deadline_seconds == room.limits.compose_seconds


async def test_who_names_a_topic_gets_that_topic(room: Room) -> None:
    alice = await meet(room.database, "alice")
    await fill(room.database, [written(7)])

    assert (await room.ask(alice, "Locks")).topic == "Locks"

    assert [order.topics for order in room.models.orders] == [("Locks",)]


async def test_30_people_who_wait_for_one_cell_share_one_batch(room: Room) -> None:
    room.models.open.clear()
    people = [await meet(room.database, f"person-{number}") for number in range(30)]
    asked = [room.ask(person) for person in people]
    await room.models.begun.acquire()
    for _ in people:  # each waits by a time-out of its own; the batch has one, too
        await room.time.begun.acquire()

    room.models.open.set()
    got = await asyncio.gather(*asked)

    assert len(room.models.orders) == 1
    served = Counter(draft.title for draft in got)
    assert served.keys() <= {"Title 1", "Title 2", "Title 3"}
    assert max(served.values()) <= room.limits.servings


async def test_who_finds_the_batch_used_up_waits_for_the_next_one(database: Database) -> None:
    room = Room(database, limits=StockLimits(low=0, high=0, servings=1))
    room.models.size = 1
    people = [await meet(room.database, f"person-{number}") for number in range(3)]

    got = await asyncio.gather(*(room.ask(person) for person in people))

    assert sorted(draft.title for draft in got) == ["Title 1", "Title 2", "Title 3"]
    assert len(room.models.orders) == 3


async def test_other_cells_and_topics_do_not_wait_for_each_other(room: Room) -> None:
    alice = await meet(room.database, "alice")
    room.models.open.clear()
    asked = [room.ask(alice, "Indexes"), room.ask(alice, "Locks"), room.ask(alice, cell=OTHER_CELL)]
    for _ in asked:
        await room.models.begun.acquire()

    room.models.open.set()
    got = await asyncio.gather(*asked)

    assert {draft.topic for draft in got[:2]} == {"Indexes", "Locks"}
    assert got[2].difficulty is Difficulty.HARD


async def test_when_the_deadline_nears_the_bank_stands_in_and_the_batch_is_kept_for_others(room: Room) -> None:
    alice, bob = await meet(room.database, "alice"), await meet(room.database, "bob")
    room.models.open.clear()
    fallback = claims("fallback")
    asked = room.ask(alice)
    await room.models.begun.acquire()
    for _ in range(2):
        await room.time.begun.acquire()
    room.time.advance(DEADLINE * (1 - MARGIN_SHARE))

    got = await asked

    assert got.provenance == replace(BANK, degraded=True)
    assert claims("fallback") == fallback + 1
    assert room.time.seconds < DEADLINE
    room.models.open.set()
    await room.drained()
    assert (await room.ask(bob)).title == "Title 1"
    assert len(room.models.orders) == 1


async def test_who_cannot_be_served_in_time_does_not_wait_at_all_and_the_batch_is_written_for_others(
    room: Room,
) -> None:
    alice = await meet(room.database, "alice")
    room.composer.pace.learn(CELL.kind, 12.0)  # and 6 more are to be reckoned with
    room.models.open.clear()

    got = await room.ask(alice)

    assert got.provenance == replace(BANK, degraded=True)
    assert room.time.seconds == 0
    room.models.open.set()
    await room.drained()
    assert (await room.ask(alice)).title == "Title 1"


async def test_a_batch_that_is_nearly_there_is_worth_waiting_for_where_a_new_one_would_not_be(room: Room) -> None:
    alice, bob = await meet(room.database, "alice"), await meet(room.database, "bob")
    room.composer.pace.learn(CELL.kind, 12.0)
    room.models.open.clear()
    await room.ask(alice)
    room.time.advance(10.0)
    asked = room.ask(bob)
    for _ in range(2):
        await room.time.begun.acquire()

    room.models.open.set()

    assert (await asked).title == "Title 1"
    assert len(room.models.orders) == 1


async def test_when_nobody_can_write_the_bank_stands_in_at_once(room: Room) -> None:
    alice = await meet(room.database, "alice")
    room.models.failures = [nobody()]
    room.models.seconds = 0.0

    got = await room.ask(alice)

    assert (got.provenance, got.title) == (replace(BANK, degraded=True), "Title 9999")
    assert room.time.seconds == 0
    assert [brief.user_id for brief in room.bank.briefs] == [alice]


async def test_without_a_stand_in_a_failure_is_a_failure(database: Database) -> None:
    room = Room(database, fallback=False)
    alice = await meet(room.database, "alice")
    room.models.failures = [nobody(retry_after_seconds=30.0)]
    refused = claims("refused")

    with pytest.raises(ProviderUnavailable, match="Every model is out") as failure:
        await room.ask(alice)

    assert failure.value.retry_after_seconds == 30.0
    assert room.bank.briefs == []
    assert claims("refused") == refused + 1


async def test_without_a_stand_in_a_deadline_is_told_with_when_to_come_back(database: Database) -> None:
    room = Room(database, fallback=False)
    alice = await meet(room.database, "alice")
    room.composer.pace.learn(CELL.kind, 20.0)

    with pytest.raises(DeadlineExceeded) as failure:
        await room.ask(alice)

    assert failure.value.retry_after_seconds == 30
    await room.drained()


async def test_that_the_bank_has_nothing_on_a_topic_is_no_fault_of_who_asked_for_what_models_write(room: Room) -> None:
    alice = await meet(room.database, "alice")
    room.models.failures = [nobody()]
    room.bank.failures = [InvalidInput("The bank has none on 'Locks'.", field=("input", "topic"))]

    with pytest.raises(ProviderUnavailable, match="has nothing that fits") as failure:
        await room.ask(alice, "Locks")

    assert (failure.value.field, failure.value.retry_after_seconds) == ((), 7.0)


async def test_a_batch_of_nothing_but_what_was_told_before_ends_the_wait(room: Room) -> None:
    alice = await meet(room.database, "alice")
    room.models.stories = lambda _number: 1
    assert (await room.ask(alice)).title == "Title 1"

    got = await room.ask(alice)

    assert got.provenance == replace(BANK, degraded=True)
    assert len(room.models.orders) == 2


async def test_what_brought_nothing_new_is_not_paid_for_again_before_it_has_rested(database: Database) -> None:
    room = Room(database, fallback=False)
    alice, ben = await meet(database, "alice"), await meet(database, "ben")
    room.models.stories = lambda _number: 1
    assert (await room.ask(alice)).title == "Title 1"
    with pytest.raises(ProviderUnavailable) as first:
        await room.ask(alice)
    orders = len(room.models.orders)
    assert first.value.retry_after_seconds == NOTHING_NEW_REST_SECONDS

    room.time.advance(NOTHING_NEW_REST_SECONDS - 90)
    with pytest.raises(ProviderUnavailable) as failure:
        await room.ask(alice)
    assert (await room.ask(ben)).title == "Title 1"  # what is there is there for others

    assert failure.value.retry_after_seconds == 90
    assert len(room.models.orders) == orders
    room.models.stories = lambda number: number
    room.time.advance(90)
    assert (await room.ask(alice)).title != "Title 1"


async def test_what_no_model_writes_is_the_banks_own_and_no_stand_in(database: Database) -> None:
    room = Room(database, kinds=[ChallengeKind.MULTIPLE_CHOICE])
    alice = await meet(room.database, "alice")
    room.bank.failures = [InvalidInput("The bank has none.", field=("input", "topic"))]

    with pytest.raises(InvalidInput):
        await room.ask(alice, cell=SCENARIO)
    room_of_the_bank = await room.ask(alice, cell=SCENARIO)

    assert room_of_the_bank.provenance == BANK
    assert room.models.orders == []
    assert (await room.ask(alice)).provenance.engine is Engine.OPENAI


async def test_who_goes_away_does_not_stop_what_others_wait_for(room: Room) -> None:
    alice, bob = await meet(room.database, "alice"), await meet(room.database, "bob")
    room.models.open.clear()
    gone, asked = room.ask(alice), room.ask(bob)
    await room.models.begun.acquire()
    for _ in range(3):
        await room.time.begun.acquire()

    gone.cancel()
    await asyncio.wait({gone})
    room.models.open.set()

    assert gone.cancelled()
    assert (await asked).title == "Title 1"
    assert len(room.models.orders) == 1


async def test_a_writer_that_does_not_keep_its_deadline_is_cut_off_and_remembered_as_slow(room: Room) -> None:
    alice = await meet(room.database, "alice")
    room.models.open.clear()
    asked = room.ask(alice)
    await room.models.begun.acquire()
    for _ in range(2):
        await room.time.begun.acquire()

    room.time.advance(room.limits.compose_seconds + GRACE_SECONDS)

    assert (await asked).provenance.degraded
    await room.drained()
    assert room.composer.pace.expected_seconds(CELL.kind) == 1.5 * (room.limits.compose_seconds + GRACE_SECONDS)
    assert await room.level() == 0


async def test_a_database_that_refuses_is_no_reason_to_draw_from_the_bank(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await meet(room.database, "alice")
    room.database.faults = [StorageUnavailable("The disk is full.")]  # type: ignore[attr-defined]  # the watched database's

    with pytest.raises(StorageUnavailable):
        await room.ask(alice)

    assert room.bank.briefs == []


async def test_closing_stops_what_is_being_written_and_who_waits_is_told(database: Database) -> None:
    room = Room(database, fallback=False)
    alice = await meet(room.database, "alice")
    room.models.open.clear()
    asked = room.ask(alice)
    await room.models.begun.acquire()
    for _ in range(2):
        await room.time.begun.acquire()

    await room.composer.close()

    with pytest.raises(ProviderUnavailable, match="shutting down"):
        await asked


async def test_through_generate_a_stocked_challenge_is_stored_with_its_share_of_what_it_cost(
    desk: Desk, ann: Person
) -> None:
    room = Room(desk.database)
    person = await met(replace(desk.services, write_challenge=room.stockroom.write), "ann")

    first = (await person.generate(CELL.kind)).challenge
    second = (await person.generate(CELL.kind)).challenge

    assert [first.title, second.title] == ["Title 1", "Title 2"]
    assert first.provenance == written(1).provenance
    assert not first.repeated
    statement = select(tables.challenges.c.calls).where(tables.challenges.c.id == first.id)
    stored = await desk.database.read(lambda work: work._connection.execute(statement).scalar_one())
    assert decode(stored, Calls) == as_served(written(1), 20).calls


async def test_what_came_of_the_bank_is_not_served_again_by_the_stock(desk: Desk) -> None:
    room = Room(desk.database)
    person = await met(replace(desk.services, write_challenge=room.stockroom.write), "ann")
    room.models.failures = [nobody()]
    room.models.stories = lambda number: 9_999 if number == 1 else number

    drawn = (await person.generate(CELL.kind)).challenge
    served = (await person.generate(CELL.kind)).challenge

    assert (drawn.title, served.title) == ("Title 9999", "Title 2")


async def test_a_serving_whose_challenge_was_not_stored_is_lost_and_nothing_else(desk: Desk) -> None:
    room = Room(desk.database)
    person = await met(replace(desk.services, write_challenge=room.stockroom.write), "ann")
    await fill(desk.database, [written(1), written(2)])

    async def too_late(brief: Brief) -> ChallengeDraft:
        draft = await room.stockroom.write(brief)
        desk.clock.advance(timedelta(minutes=1))
        await Housekeeper(desk.database).tidy()
        return draft

    late = await met(replace(desk.services, write_challenge=too_late), "ann")
    with pytest.raises(ProviderUnavailable, match="longer than its reservation"):
        await late.generate(CELL.kind)

    assert await desk.used(person) == 0
    assert (await person.generate(CELL.kind)).challenge.title == "Title 2"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(st.tuples(st.integers(0, 2), st.sampled_from([None, "Indexes", "Locks"])), max_size=12),
    size=st.integers(1, 3),
    servings=st.integers(1, 3),
    retold=st.integers(1, 5),
    failing=st.sets(st.integers(0, 6)),
)
async def test_whoever_asks_for_whatever_gets_it_once_and_nothing_is_served_too_often(
    database: Database,
    *,
    asked: list[tuple[int, str | None]],
    size: int,
    servings: int,
    retold: int,
    failing: set[int],
) -> None:
    def wipe(work: UnitOfWork) -> None:
        for table in ("stock_servings", "stocked_challenges", "stock_leases"):
            work._connection.exec_driver_sql(f"DELETE FROM {table}")

    await database.write(wipe)
    room = Room(database, limits=StockLimits(low=0, high=0, servings=servings))
    room.models.size = size
    room.models.stories = lambda number: number // retold
    people = [await meet(database, f"person-{number}") for number in range(3)]
    had: list[tuple[int, str]] = []

    for place, (who, topic) in enumerate(asked):
        room.models.failures = [nobody()] if place in failing else []
        draft = await room.ask(people[who], topic)
        assert Cell.of(draft) == CELL
        if draft.provenance.degraded:
            continue
        assert topic in {None, draft.topic}
        had.append((who, draft.title))

    assert len(had) == len(set(had))
    assert max(Counter(title for _, title in had).values(), default=0) <= servings
