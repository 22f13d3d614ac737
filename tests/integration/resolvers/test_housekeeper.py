"""Tidying up after processes that died."""

import asyncio
from datetime import timedelta

from prometheus_client import REGISTRY

from domain.enums import ChallengeKind, QuotaEntryState
from domain.errors import StorageUnavailable
from persistence.repositories.idempotency import KeyName
from resolvers.housekeeper import Housekeeper
from tests.integration.resolvers.conftest import Desk, Person, parts
from tests.stocked import fill, written

REFUNDED, CHARGED, RESERVED = QuotaEntryState.REFUNDED, QuotaEntryState.CHARGED, QuotaEntryState.RESERVED


async def generating(desk: Desk, person: Person) -> "asyncio.Task[object]":
    """A call that has reserved and bound its key, and that is at work."""
    desk.writer.open.clear()
    desk.writer.begun.clear()
    task: asyncio.Task[object] = asyncio.create_task(person.generate(ChallengeKind.SCENARIO, "key"))
    await desk.writer.begun.wait()
    return task


async def test_the_reservation_of_a_dead_process_is_refunded_and_its_key_free(desk: Desk, ann: Person) -> None:
    dead = await generating(desk, ann)  # as far as the database can tell
    assert await desk.entries(ann) == [(RESERVED, 1)]

    await Housekeeper(desk.database).tidy()
    assert await desk.entries(ann) == [(RESERVED, 1)]  # its time is not over

    desk.clock.advance(2 * desk.services.generation_deadline)
    await asyncio.gather(*(Housekeeper(desk.database).tidy() for _ in range(4)), return_exceptions=True)

    assert await desk.entries(ann) == [(REFUNDED, 1)]
    assert await desk.used(ann) == 0
    dead.cancel()
    await asyncio.gather(dead, return_exceptions=True)
    assert await desk.used(ann) == 0  # refunded once
    desk.writer.open.set()
    assert (await ann.generate(ChallengeKind.SCENARIO, "key")).replayed is False
    assert await desk.used(ann) == 1


async def test_a_key_is_forgotten_when_its_time_is_over_and_no_sooner(desk: Desk, ann: Person) -> None:
    await ann.generate(ChallengeKind.MULTIPLE_CHOICE, "key")
    name = KeyName(ann.context.viewer.id, "generateChallenge", "key")

    desk.clock.advance(timedelta(hours=24))
    await Housekeeper(desk.database).tidy()
    assert await desk.database.read(lambda work: work.idempotency.find(name, now=work.now)) is not None

    desk.clock.advance(timedelta(hours=2))
    await Housekeeper(desk.database).tidy()
    assert not await desk.database.read(lambda work: work.idempotency.any_expired(now=work.now))
    assert await desk.entries(ann) == [(CHARGED, 1)]


async def test_an_evaluation_that_waits_for_long_keeps_its_reservation(desk: Desk, ann: Person) -> None:
    challenge = (await ann.generate(ChallengeKind.SCENARIO)).challenge
    await ann.submit(challenge, parts(challenge, "An index."), wait=False)

    desk.clock.advance(timedelta(hours=3))
    await Housekeeper(desk.database).tidy()

    assert await desk.entries(ann) == [(CHARGED, 1), (RESERVED, 1)]


async def test_a_tidy_house_is_not_written_to(desk: Desk, ann: Person) -> None:
    await ann.generate(ChallengeKind.MULTIPLE_CHOICE, "key")
    writes = desk.database.writes

    await Housekeeper(desk.database).tidy()

    assert desk.database.writes == writes


async def test_a_fault_does_not_end_it(desk: Desk, ann: Person) -> None:
    dead = await generating(desk, ann)
    desk.clock.advance(timedelta(minutes=1))
    desk.database.faults = [StorageUnavailable("The disk is full."), RuntimeError("a defect")]

    tidying = asyncio.create_task(Housekeeper(desk.database, interval=timedelta(0)).run())
    await desk.database.written(1)
    tidying.cancel()
    await asyncio.gather(tidying, return_exceptions=True)

    assert await desk.entries(ann) == [(REFUNDED, 1)]
    dead.cancel()
    await asyncio.gather(dead, return_exceptions=True)


async def test_what_is_too_old_in_the_stock_is_served_no_more_and_without_an_age_everything_is(
    desk: Desk, ann: Person
) -> None:
    await fill(desk.database, [written(1)])
    desk.clock.advance(timedelta(days=29))
    await fill(desk.database, [written(2)])
    retired = REGISTRY.get_sample_value("intrvu_stock_retired_total") or 0.0

    async def left() -> int:
        return (await desk.database.read(lambda work: work.stock.levels()))[ChallengeKind.MULTIPLE_CHOICE]

    keeper = Housekeeper(desk.database, stock_max_age=timedelta(days=30))
    await keeper.tidy()
    assert await left() == 2
    desk.clock.advance(timedelta(days=1))
    await Housekeeper(desk.database).tidy()
    assert await left() == 2
    await keeper.tidy()
    assert await left() == 1
    assert REGISTRY.get_sample_value("intrvu_stock_retired_total") == retired + 1
    writes = desk.database.writes
    await keeper.tidy()
    assert desk.database.writes == writes
