"""Leases on every database: one runner an evaluation, and whoever lost it is shut out."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL

from domain.enums import EvaluationStatus, QuotaEntryState
from domain.evaluation import Evaluation, Lease
from domain.events import Cancelled, Queued
from domain.ids import ChallengeId, EvaluationId, UserId
from domain.paging import PageRequest
from persistence import locations
from persistence.database import Database, UnitOfWork
from persistence.postgresql import server_clock
from persistence.repositories.leases import Leases, Unreadable
from tests.factories import meet
from tests.integration.persistence.seeds import (
    ANSWER,
    MINUTE,
    SCENARIO,
    SECOND,
    contents,
    queue,
    score,
    store,
    take,
    taken,
)

OVER = timedelta(seconds=-1)
"""A lease of this duration is over as soon as it is taken."""


async def evaluation(database: Database, viewer: UserId, id: str = "evaluation") -> Evaluation:
    return (await database.read(lambda work: work.evaluations.many(viewer, [EvaluationId(id)])))[EvaluationId(id)]


async def any_free(database: Database) -> bool:
    return await database.read(lambda work: work.leases.any_free(now=work.now))


async def one_queued(database: Database) -> UserId:
    alice = await meet(database, "alice")
    await store(database, alice)
    await queue(database, alice)
    return alice


async def test_of_20_runners_that_race_for_one_evaluation_exactly_one_gets_it(database: Database) -> None:
    alice = await one_queued(database)

    got = [assignment for assignment in await asyncio.gather(*(take(database) for _ in range(20))) if assignment]

    assert [assignment.lease for assignment in got] == [Lease(EvaluationId("evaluation"), 1, 1)]
    assert (await evaluation(database, alice)).status is EvaluationStatus.RUNNING
    assert await any_free(database) is False


async def test_an_assignment_carries_what_a_runner_needs(database: Database) -> None:
    alice = await one_queued(database)

    first = await taken(database, duration=OVER)
    await database.write(lambda work: work.scores.add(first.lease.evaluation_id, [score()]))
    second = await taken(database)

    assert (first.challenge.id, first.challenge.user_id, first.challenge.solution) == (
        "challenge",
        alice,
        SCENARIO.solution,
    )
    assert (first.answer, first.scores, first.stalled_attempts) == (ANSWER, (), 1)
    assert (second.scores, second.stalled_attempts) == ((score(),), 2)


async def test_the_evaluation_that_waited_longest_is_taken_first_and_none_before_its_time(database: Database) -> None:
    alice = await meet(database, "alice")
    await store(database, alice)
    now = await database.read(lambda work: work.now)
    for id, at in (("young", now - SECOND), ("old", now - MINUTE), ("later", now + MINUTE)):
        await queue(database, alice, id=id, at=at)

    assert [(await taken(database)).lease.evaluation_id for _ in range(2)] == ["old", "young"]
    assert await take(database) is None


async def test_a_held_lease_is_not_taken_and_an_expired_one_raises_fence_and_attempt(database: Database) -> None:
    alice = await one_queued(database)

    first = await taken(database, duration=OVER)
    started_at = (await evaluation(database, alice)).started_at
    second = await taken(database)

    assert (second.lease.fence, second.lease.attempt) == (first.lease.fence + 1, 2)
    assert await take(database) is None
    assert started_at is not None
    assert (await evaluation(database, alice)).started_at == started_at


async def test_a_step_that_is_stored_ends_the_stall(database: Database) -> None:
    await one_queued(database)
    for _ in range(3):
        lease = (await taken(database, duration=OVER)).lease
    await database.write(lambda work: work.evaluations.advance(lease))

    again = await taken(database)

    assert (again.lease.attempt, again.stalled_attempts) == (4, 1)


async def test_a_renewed_lease_is_kept_and_a_lost_one_cannot_be_renewed(database: Database) -> None:
    await one_queued(database)
    lease = (await taken(database, duration=OVER)).lease

    assert await database.write(lambda work: work.leases.renew(lease, now=work.now, duration=MINUTE)) is True
    assert await take(database) is None

    await database.write(lambda work: work.leases.renew(lease, now=work.now, duration=OVER))
    successor = (await taken(database)).lease
    before = await contents(database)
    assert await database.write(lambda work: work.leases.renew(lease, now=work.now, duration=MINUTE)) is False
    assert await contents(database) == before
    assert await database.write(lambda work: work.leases.renew(successor, now=work.now, duration=MINUTE)) is True


async def test_a_lease_is_not_lost_by_ending_the_evaluation(database: Database) -> None:
    await one_queued(database)
    lease = (await taken(database)).lease
    await database.write(lambda work: work.evaluations.advance(lease, status=EvaluationStatus.COMPLETED))
    before = await contents(database)

    assert await database.write(lambda work: work.leases.renew(lease, now=work.now, duration=MINUTE)) is True

    assert await contents(database) == before


async def test_an_evaluation_can_be_taken_as_it_is_added(database: Database) -> None:
    alice = await meet(database, "alice")
    await store(database, alice)
    lease = await database.write(
        lambda work: work.evaluations.add(
            ANSWER,
            id=EvaluationId("evaluation"),
            user_id=alice,
            challenge_id=ChallengeId("challenge"),
            revises=None,
            total_steps=6,
            now=work.now,
            lease_duration=MINUTE,
        )
    )

    added = await evaluation(database, alice)

    assert lease == Lease(EvaluationId("evaluation"), 1, 1)
    assert (added.status, added.started_at) == (EvaluationStatus.RUNNING, added.created_at)
    assert await take(database) is None
    assert await database.write(lambda work: work.leases.hand_back(lease, runnable_at=work.now)) is True
    again = await taken(database)
    assert (again.lease, again.stalled_attempts) == (Lease(EvaluationId("evaluation"), 2, 2), 2)


async def test_what_cannot_be_read_is_named_and_only_that_is_set_aside(database: Database) -> None:
    alice = await one_queued(database)
    await queue(database, alice, id="readable")
    spoil = text("UPDATE evaluations SET answer = 'no answer' WHERE id = 'evaluation'")
    await database.write(lambda work: work._connection.execute(spoil))

    with pytest.raises(Unreadable) as failed:
        await take(database)
    for _ in range(2):  # two processes that met it, the second when it is at rest already
        await database.write(lambda work: work.leases.set_aside(failed.value.evaluation_id, now=work.now, rest=MINUTE))

    assert failed.value.evaluation_id == "evaluation"
    assert (await taken(database)).lease.evaluation_id == "readable"
    assert await take(database) is None


async def test_an_evaluation_that_is_handed_back_can_be_taken_from_then_on_and_only_by_its_holder(
    database: Database,
) -> None:
    await one_queued(database)
    lease = (await taken(database)).lease

    assert await database.write(lambda work: work.leases.hand_back(lease, runnable_at=work.now + MINUTE)) is True
    assert await take(database) is None
    assert await database.write(lambda work: work.leases.hand_back(lease, runnable_at=work.now)) is True
    successor = await taken(database)
    before = await contents(database)
    assert await database.write(lambda work: work.leases.hand_back(lease, runnable_at=work.now)) is False

    assert successor.lease.fence == lease.fence + 1
    assert await contents(database) == before


async def test_a_cancelled_evaluation_shuts_its_runner_out_and_is_never_taken_again(database: Database) -> None:
    alice = await one_queued(database)
    lease = (await taken(database, duration=OVER)).lease

    sequence = await database.write(lambda work: work.evaluations.cancel(alice, lease.evaluation_id, now=work.now))

    assert sequence == 2
    cancelled = await evaluation(database, alice)
    assert (cancelled.status, cancelled.progress.last_sequence) == (EvaluationStatus.CANCELLED, 2)
    assert cancelled.completed_at is not None
    assert await any_free(database) is False
    assert await take(database) is None
    assert await database.write(lambda work: work.leases.renew(lease, now=work.now, duration=MINUTE)) is False
    assert await database.write(lambda work: work.leases.hand_back(lease, runnable_at=work.now)) is False


async def test_of_concurrent_cancels_one_ends_the_evaluation_and_settles_it(database: Database) -> None:
    alice = await one_queued(database)
    id = EvaluationId("evaluation")

    async def cancel() -> int | None:
        def transaction(work: UnitOfWork) -> int | None:
            sequence = work.evaluations.cancel(alice, id, now=work.now)
            if sequence is not None:
                work.ledger.refund_subject(id, now=work.now)
                work.events.append(id, sequence, Cancelled(), now=work.now)
            return sequence

        return await database.write(transaction)

    outcomes = await asyncio.gather(*(cancel() for _ in range(10)))

    assert sorted(outcomes, key=str) == [2, *[None] * 9]
    events = await database.read(lambda work: work.events.after(id, 0, limit=10))
    assert [event.happening for event in events] == [Queued(), Cancelled()]
    (entry,) = (await database.read(lambda work: work.ledger.page(alice, PageRequest(10)))).rows
    assert entry.state is QuotaEntryState.REFUNDED
    assert (await database.read(lambda work: work.ledger.today(alice, limit=5, now=work.now))).used == 0


async def test_on_postgresql_two_runners_take_two_evaluations_while_both_transactions_are_open(
    postgres_url: URL,
) -> None:
    database = await locations.open_database(postgres_url)
    alice = await meet(database, "alice")
    await store(database, alice)
    for id in ("one", "two"):
        await queue(database, alice, id=id)
    await database.close()

    def taken_by(connection: Connection) -> str | None:
        assignment = Leases(connection).take(now=server_clock(connection), duration=MINUTE)
        return None if assignment is None else assignment.lease.evaluation_id

    engine = create_engine(postgres_url, connect_args={"options": "-c lock_timeout=2s"})
    with engine.connect() as first, engine.connect() as second, engine.connect() as third:
        assert [taken_by(first), taken_by(second), taken_by(third)] == ["one", "two", None]
        first.rollback()
        assert taken_by(third) == "one"
    engine.dispose()
