"""The journal on every database: each step with its event, under the fence, and an end that settles once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.enums import (
    Dimension,
    EvaluationFailureCode,
    EvaluationPhase,
    EvaluationStatus,
    FeedbackSection,
    QuotaEntryState,
)
from domain.errors import GradingFailed, LeaseLost, StorageUnavailable
from domain.evaluation import Evaluation, Failure, Feedback, FeedbackDelta, Improvement, Lease, Progress
from domain.events import Completed, DimensionScored, Failed, FeedbackWritten, PhaseChanged, Queued
from domain.ids import ChallengeId, EvaluationId, UserId
from domain.paging import PageRequest
from persistence.codec import Calls, decode
from persistence.database import Database, UnitOfWork
from persistence.journal import Journal
from persistence.tables import dimension_scores, evaluations
from persistence.wakeups import LocalWakeUps, evaluation_topic
from tests.factories import meet
from tests.integration.persistence.seeds import (
    GRADER,
    MINUTE,
    RESULT,
    SCENARIO,
    contents,
    queue,
    score,
    store,
    take,
    taken,
)
from tests.stocked import CALL

ID = EvaluationId("evaluation")
DELTA = FeedbackDelta(FeedbackSection.SUMMARY, "Good. ")
FAILURE = GradingFailed("Nobody could grade it.", code=EvaluationFailureCode.PROVIDER_UNAVAILABLE)
Write = Callable[[Journal, Lease], Awaitable[None]]
WRITES: dict[str, Write] = {
    "enter": lambda journal, lease: journal.store(lease, [PhaseChanged(EvaluationPhase.SCORING, 1, 6)]),
    "land": lambda journal, lease: journal.store(lease, [score()]),
    "append_feedback": lambda journal, lease: journal.store(lease, [DELTA]),
    "complete": lambda journal, lease: journal.store(lease, [RESULT]),
    "fail": lambda journal, lease: journal.fail(lease, FAILURE),
}


@pytest.fixture
def wake_ups() -> LocalWakeUps:
    return LocalWakeUps()


@pytest.fixture
def journal(database: Database, wake_ups: LocalWakeUps) -> Journal:
    return Journal(database, wake_ups, lease_duration=MINUTE)


@pytest.fixture
async def alice(database: Database) -> UserId:
    """Somebody with one queued and paid evaluation."""
    user_id = await meet(database, "alice")
    await store(database, user_id)
    await queue(database, user_id)
    return user_id


async def current(database: Database, viewer: UserId) -> Evaluation:
    return (await database.read(lambda work: work.evaluations.many(viewer, [ID])))[ID]


async def happenings(database: Database) -> list[object]:
    events = await database.read(lambda work: work.events.after(ID, 0, limit=100))
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    return [event.happening for event in events]


async def settled(database: Database, viewer: UserId) -> tuple[QuotaEntryState, int]:
    (entry,) = (await database.read(lambda work: work.ledger.page(viewer, PageRequest(10)))).rows
    return entry.state, (await database.read(lambda work: work.ledger.today(viewer, limit=9, now=work.now))).used


async def test_a_life_without_trouble_is_stored_step_by_step(
    database: Database, journal: Journal, alice: UserId
) -> None:
    lease = (await taken(database)).lease
    feedback = Feedback("Good.", ("Clear",), (Improvement(Dimension.COMMUNICATION, 1, "Begin with the point."),))

    await journal.store(lease, [PhaseChanged(EvaluationPhase.SCORING, 1, 6)])
    await journal.store(lease, [score()])
    await journal.store(lease, [DELTA])
    running = await current(database, alice)
    await journal.store(lease, [replace(RESULT, feedback=feedback)])

    assert running.status is EvaluationStatus.RUNNING
    assert running.progress == Progress(EvaluationPhase.SCORING, 2, 6, 4)
    done = await current(database, alice)
    assert (done.status, done.overall_score, done.correct) == (EvaluationStatus.COMPLETED, 81.5, None)
    assert (done.feedback, done.model_answers, done.provenance) == (feedback, RESULT.model_answers, GRADER)
    assert done.progress == Progress(EvaluationPhase.SCORING, 3, 6, 5)
    assert done.completed_at is not None
    assert await happenings(database) == [
        Queued(),
        PhaseChanged(EvaluationPhase.SCORING, 1, 6),
        DimensionScored(replace(score(), criteria=())),
        FeedbackWritten(1, FeedbackSection.SUMMARY, "Good. "),
        Completed(),
    ]
    assert await database.read(lambda work: work.scores.many(alice, [ID])) == {ID: (score(),)}


async def test_steps_stored_together_leave_what_they_leave_one_by_one(
    database: Database, journal: Journal, alice: UserId
) -> None:
    lease = (await taken(database)).lease
    together = [
        PhaseChanged(EvaluationPhase.SCREENING, 0, 6),
        PhaseChanged(EvaluationPhase.SCORING, 1, 6),
        score(Dimension.COMMUNICATION),
        score(),
    ]

    await journal.store(lease, together)
    scored = await current(database, alice)
    await journal.store(lease, [PhaseChanged(EvaluationPhase.WRITING_FEEDBACK, 5, 6), DELTA, RESULT])

    assert scored.progress == Progress(EvaluationPhase.SCORING, 3, 6, 5)
    done = await current(database, alice)
    assert (done.status, done.progress) == (
        EvaluationStatus.COMPLETED,
        Progress(EvaluationPhase.WRITING_FEEDBACK, 6, 6, 8),
    )
    assert await happenings(database) == [
        Queued(),
        PhaseChanged(EvaluationPhase.SCREENING, 0, 6),
        PhaseChanged(EvaluationPhase.SCORING, 1, 6),
        DimensionScored(replace(score(Dimension.COMMUNICATION), criteria=())),
        DimensionScored(replace(score(), criteria=())),
        PhaseChanged(EvaluationPhase.WRITING_FEEDBACK, 5, 6),
        FeedbackWritten(1, FeedbackSection.SUMMARY, "Good. "),
        Completed(),
    ]
    landed = (await database.read(lambda work: work.scores.many(alice, [ID])))[ID]
    assert set(landed) == {score(), score(Dimension.COMMUNICATION)}
    assert await settled(database, alice) == (QuotaEntryState.CHARGED, 1)


async def test_of_steps_stored_together_all_are_stored_or_none(
    database: Database, journal: Journal, alice: UserId
) -> None:
    lease = (await taken(database)).lease
    await journal.store(lease, [score()])
    before = await contents(database)

    with pytest.raises(StorageUnavailable):
        await journal.store(lease, [score(Dimension.COMMUNICATION), score(), RESULT])

    assert await contents(database) == before


async def test_completion_charges_once_reveals_the_solution_and_cannot_be_repeated(
    database: Database, journal: Journal, alice: UserId
) -> None:
    lease = (await taken(database)).lease

    outcomes = await asyncio.gather(*(journal.store(lease, [RESULT]) for _ in range(5)), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes if outcome is not None] == [LeaseLost] * 4
    assert await settled(database, alice) == (QuotaEntryState.CHARGED, 1)
    assert await happenings(database) == [Queued(), Completed()]
    challenges = await database.read(lambda work: work.challenges.many(alice, [ChallengeId("challenge")]))
    assert challenges[ChallengeId("challenge")].solution == SCENARIO.solution
    assert await take(database) is None


async def test_failure_refunds_once_says_why_and_reveals_nothing(
    database: Database, journal: Journal, alice: UserId
) -> None:
    lease = (await taken(database)).lease

    await journal.fail(lease, FAILURE)
    with pytest.raises(LeaseLost):
        await journal.fail(lease, FAILURE)

    failure = Failure(EvaluationFailureCode.PROVIDER_UNAVAILABLE, "Nobody could grade it.", refunded=True)
    failed = await current(database, alice)
    assert (failed.status, failed.failure, failed.overall_score) == (EvaluationStatus.FAILED, failure, None)
    assert await happenings(database) == [Queued(), Failed(failure)]
    assert await settled(database, alice) == (QuotaEntryState.REFUNDED, 0)
    challenges = await database.read(lambda work: work.challenges.many(alice, [ChallengeId("challenge")]))
    assert challenges[ChallengeId("challenge")].solution is None
    assert await take(database) is None


async def test_a_failure_of_what_cost_nothing_says_that_nothing_was_refunded(
    database: Database, journal: Journal
) -> None:
    bob = await meet(database, "bob")
    await store(database, bob)
    await queue(database, bob, paid=False)
    lease = (await taken(database)).lease

    await journal.fail(lease, FAILURE)

    failed = await current(database, bob)
    assert failed.failure == Failure(EvaluationFailureCode.PROVIDER_UNAVAILABLE, str(FAILURE), refunded=False)


@pytest.mark.parametrize("ending", ["taken over", "cancelled", "completed"])
async def test_whoever_lost_the_lease_writes_nothing_and_wakes_nobody(
    database: Database, journal: Journal, wake_ups: LocalWakeUps, alice: UserId, ending: str
) -> None:
    lease = (await taken(database, duration=timedelta(seconds=-1))).lease
    if ending == "taken over":
        await taken(database)
    elif ending == "cancelled":
        await database.write(lambda work: work.evaluations.cancel(alice, ID, now=work.now))
    else:
        await journal.store(lease, [RESULT])
    before = await contents(database)

    with wake_ups.listening(evaluation_topic(ID)) as bell:
        for write in WRITES.values():
            with pytest.raises(LeaseLost):
                await write(journal, lease)
        assert bell.rung is False

    assert await contents(database) == before


async def test_a_successor_goes_on_and_numbers_on_where_the_earlier_runner_stopped(
    database: Database, journal: Journal, alice: UserId
) -> None:
    first = (await taken(database)).lease
    await journal.store(first, [score(Dimension.COMMUNICATION)])
    await database.write(lambda work: work.leases.hand_back(first, runnable_at=work.now))

    second = await taken(database)
    await journal.store(second.lease, [score(Dimension.BUSINESS_IMPACT)])
    await journal.store(second.lease, [DELTA])

    assert second.scores == (score(Dimension.COMMUNICATION),)
    assert await happenings(database) == [
        Queued(),
        DimensionScored(replace(score(Dimension.COMMUNICATION), criteria=())),
        DimensionScored(replace(score(Dimension.BUSINESS_IMPACT), criteria=())),
        FeedbackWritten(2, FeedbackSection.SUMMARY, "Good. "),
    ]


async def test_a_successor_knows_the_greatest_attempt_of_which_feedback_was_announced(
    database: Database, journal: Journal, alice: UserId
) -> None:
    first = await taken(database)
    await journal.store(first.lease, [DELTA])
    for rewrite in (1, 2):
        await journal.store(first.lease, [replace(DELTA, rewrite=rewrite)])
    await journal.store(first.lease, [PhaseChanged(EvaluationPhase.VERIFYING, 1, 6)])
    await database.write(lambda work: work.leases.hand_back(first.lease, runnable_at=work.now))

    second = await taken(database)

    assert (first.feedback_attempts, second.feedback_attempts) == (0, 3)
    told = [happening for happening in await happenings(database) if isinstance(happening, FeedbackWritten)]
    assert [happening.attempt for happening in told] == [1, 2, 3]


async def test_concurrent_steps_are_numbered_without_gaps_and_all_counted(
    database: Database, journal: Journal, alice: UserId
) -> None:
    lease = (await taken(database)).lease

    await asyncio.gather(
        *(journal.store(lease, [score(dimension)]) for dimension in Dimension),
        *(journal.store(lease, [FeedbackDelta(FeedbackSection.SUMMARY, str(n))]) for n in range(20)),
    )

    events = await database.read(lambda work: work.events.after(ID, 0, limit=100))
    assert [event.sequence for event in events] == list(range(1, 26))
    progress = (await current(database, alice)).progress
    assert (progress.completed_steps, progress.last_sequence) == (4, 25)
    tail = await database.read(lambda work: work.events.after(ID, 22, limit=2))
    assert tail == events[22:24]


async def test_a_dimension_lands_once_and_a_second_landing_leaves_no_event(
    database: Database, journal: Journal, alice: UserId
) -> None:
    lease = (await taken(database)).lease
    await journal.store(lease, [score()])
    before = await contents(database)

    with pytest.raises(StorageUnavailable):
        await journal.store(lease, [score()])

    assert await contents(database) == before


@pytest.mark.parametrize("write", ["enter", "land", "append_feedback"])
async def test_every_step_renews_the_lease_and_wakes_who_follows(
    database: Database, journal: Journal, wake_ups: LocalWakeUps, alice: UserId, write: str
) -> None:
    lease = (await taken(database, duration=timedelta(seconds=-1))).lease

    with (
        wake_ups.listening(evaluation_topic(ID)) as bell,
        wake_ups.listening(evaluation_topic(EvaluationId("another"))) as others,
    ):
        await WRITES[write](journal, lease)
        assert (bell.rung, others.rung) == (True, False)

    assert await take(database) is None


async def test_what_models_were_asked_is_stored_beside_what_it_served_and_never_announced(
    database: Database, journal: Journal
) -> None:
    alice = await meet(database, "alice")
    await store(database, alice)
    await queue(database, alice)
    lease = (await taken(database)).lease

    await journal.store(lease, [replace(score(), calls=(CALL,))])
    await journal.store(lease, [score(Dimension.COMMUNICATION)])
    await journal.store(lease, [replace(RESULT, calls=(CALL, CALL))])

    def called(work: UnitOfWork) -> list[str | None]:
        found = [*work._connection.execute(select(dimension_scores.c.calls).order_by(dimension_scores.c.dimension))]
        return [row[0] for row in (*found, *work._connection.execute(select(evaluations.c.calls)))]

    none, of_dimension, of_result = await database.read(called)
    assert none is None
    assert of_dimension is not None
    assert of_result is not None
    assert decode(of_dimension, Calls) == (CALL,)
    assert decode(of_result, Calls) == (CALL, CALL)
    assert CALL.prompt_version not in repr((await contents(database))["evaluation_events"])
