"""Runners: whoever has the lease works, whoever lost it writes nothing, and nothing is lost, doubled or paid twice."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.enums import (
    ChallengeKind,
    Dimension,
    EvaluationFailureCode,
    EvaluationPhase,
    EvaluationStatus,
    FeedbackSection,
    QuotaEntryState,
)
from domain.errors import GradingFailed, StorageUnavailable
from domain.evaluation import Answer, Assignment, Evaluation, FeedbackDelta
from domain.events import Completed, DimensionScored, Event, Failed, FeedbackWritten, PhaseChanged, Queued
from domain.ids import EvaluationId
from persistence.database import UnitOfWork
from resolvers import evaluations
from resolvers.context import Context
from resolvers.runner import MOST_ATTEMPTS, MOST_STALLED_ATTEMPTS
from tests.integration.resolvers.conftest import LEASE, Desk, Person, Workshop, ended, met, parts, seen
from tests.integration.resolvers.doubles import GatedGrader, Watched
from tests.unit.workflows.doubles import ScriptedGrader

CHARGED, REFUNDED = (QuotaEntryState.CHARGED, 1), (QuotaEntryState.REFUNDED, 1)
SLOW = (Dimension.PROBLEM_SOLVING, Dimension.BUSINESS_IMPACT)
AT_ONCE = timedelta(0)


@pytest.fixture
async def queued(ann: Person) -> Evaluation:
    return await a_queued_scenario(ann)


async def a_queued_scenario(person: Person) -> Evaluation:
    challenge = (await person.generate(ChallengeKind.SCENARIO)).challenge
    answer = parts(challenge, "The planner reads the whole table.", "I would add an index.")
    return (await person.submit(challenge, answer, wait=False)).evaluation


def landed(events: Sequence[Event]) -> list[Dimension]:
    return [event.happening.score.dimension for event in events if isinstance(event.happening, DimensionScored)]


def assert_whole(events: Sequence[Event]) -> None:
    """Numbered without gaps, one last event, every phase and every dimension once."""
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.is_last for event in events] == [False] * (len(events) - 1) + [True]
    phases = [event.happening.phase for event in events if isinstance(event.happening, PhaseChanged)]
    assert phases == list(EvaluationPhase)
    assert sorted(landed(events)) == sorted(Dimension)
    assert events[-1].happening == Completed()


async def read(person: Person, id: EvaluationId) -> Evaluation:
    evaluation = await evaluations.get(person.context, id)
    assert evaluation is not None
    return evaluation


async def test_a_ring_is_enough_to_have_an_answer_evaluated(desk: Desk, workshop: Workshop, ann: Person) -> None:
    workshop.start(workshop.graded_by(ScriptedGrader()))

    evaluation = await a_queued_scenario(ann)

    assert_whole(await ended(ann, evaluation.id))
    done = await read(ann, evaluation.id)
    assert (done.status, done.overall_score) == (EvaluationStatus.COMPLETED, 80.0)
    assert done.progress.completed_steps == done.progress.total_steps == 7
    assert await desk.entries(ann) == [CHARGED, CHARGED]


async def test_what_was_queued_before_the_start_is_found(
    desk: Desk, workshop: Workshop, ann: Person, queued: Evaluation
) -> None:
    workshop.start(workshop.graded_by(ScriptedGrader()))

    assert_whole(await ended(ann, queued.id))


async def test_a_killed_runner_is_replaced_after_the_lease_and_nothing_is_lost_or_doubled_and_charged_once(
    desk: Desk, workshop: Workshop, ann: Person, queued: Evaluation
) -> None:
    dying = workshop.start(workshop.graded_by(GatedGrader(waiting=SLOW)))
    before = await seen(ann, queued.id, lambda events: len(landed(events)) == 2)
    await workshop.kill(dying)
    replacing = ScriptedGrader()
    workshop.start(workshop.graded_by(replacing))
    assert not await desk.database.read(lambda work: work.leases.any_free(now=work.now))

    desk.clock.advance(LEASE)
    workshop.ring()
    events = await ended(ann, queued.id)

    assert events[: len(before)] == before
    assert_whole(events)
    assert sorted(replacing.asked) == sorted(SLOW)
    assert {event.happening.attempt for event in events if isinstance(event.happening, FeedbackWritten)} == {2}
    assert await desk.entries(ann) == [CHARGED, CHARGED]
    assert (await read(ann, queued.id)).progress.completed_steps == 7


async def test_a_runner_whose_lease_was_taken_writes_nothing_more(
    desk: Desk, workshop: Workshop, ann: Person, queued: Evaluation
) -> None:
    late = GatedGrader(waiting=SLOW)
    sleeping = workshop.start(workshop.graded_by(late))
    await seen(ann, queued.id, lambda events: len(landed(events)) == 2)
    (asleep,) = sleeping._working.values()
    awake = ScriptedGrader()
    desk.clock.advance(LEASE)
    workshop.start(workshop.graded_by(awake))
    events = await ended(ann, queued.id)

    late.open.set()
    await asyncio.gather(asleep, return_exceptions=True)

    assert await desk.events(queued.id) == events
    assert_whole(events)
    assert await desk.entries(ann) == [CHARGED, CHARGED]
    assert sorted(awake.asked) == sorted(SLOW)


async def test_a_slow_graders_lease_is_kept_and_nobody_else_begins(
    desk: Desk, workshop: Workshop, ann: Person, queued: Evaluation
) -> None:
    lease = timedelta(milliseconds=90)
    slow, other = GatedGrader(waiting=[Dimension.COMMUNICATION]), ScriptedGrader()
    watched = Watched(desk.database)
    workshop.start(workshop.graded_by(slow), database=watched, lease=lease)
    await seen(ann, queued.id, lambda events: len(landed(events)) == 3)
    workshop.start(workshop.graded_by(other))

    for _ in range(5):  # three leases long, seen from the database
        await watched.written(1)
        desk.clock.advance(lease * 0.6)
        workshop.ring()
    slow.open.set()

    events = await ended(ann, queued.id)
    assert_whole(events)
    assert {event.happening.attempt for event in events if isinstance(event.happening, FeedbackWritten)} == {1}
    assert other.asked == []


async def test_a_runner_that_cannot_keep_its_lease_stops_working(
    desk: Desk, workshop: Workshop, ann: Person, queued: Evaluation
) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def forever(assignment: Assignment) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    workshop.start(forever, lease=timedelta(milliseconds=60))
    await begun.wait()

    def take_over(work: UnitOfWork) -> Assignment | None:
        desk.clock.advance(timedelta(hours=1))
        return work.leases.take(now=work.now, duration=LEASE)

    while await desk.database.write(take_over) is None:
        pass
    await stopped.wait()

    assert [event.happening for event in await desk.events(queued.id)] == [Queued()]


async def test_an_unexpected_fault_is_tried_again(desk: Desk, workshop: Workshop, ann: Person) -> None:
    attempts = Counter[int]()
    broken = workshop.graded_by(ScriptedGrader({Dimension.COMMUNICATION: [RuntimeError("a defect")]}))
    healthy = workshop.graded_by(ScriptedGrader())

    async def faulty_once(assignment: Assignment) -> None:
        attempts[assignment.lease.attempt] += 1
        await (broken if assignment.lease.attempt == 1 else healthy)(assignment)

    workshop.start(faulty_once, retry=AT_ONCE)
    evaluation = await a_queued_scenario(ann)

    assert_whole(await ended(ann, evaluation.id))
    assert attempts == {1: 1, 2: 1}
    assert await desk.entries(ann) == [CHARGED, CHARGED]


async def test_a_fault_that_stays_fails_with_internal_and_is_refunded(
    desk: Desk, workshop: Workshop, ann: Person, queued: Evaluation
) -> None:
    attempts: list[int] = []

    async def faulty(assignment: Assignment) -> None:
        attempts.append(assignment.stalled_attempts)
        raise RuntimeError("a defect")

    workshop.start(faulty, retry=AT_ONCE)
    events = await ended(ann, queued.id)

    assert attempts == list(range(1, MOST_STALLED_ATTEMPTS + 1))
    (last,) = [event.happening for event in events if event.is_last]
    assert isinstance(last, Failed)
    assert (last.failure.code, last.failure.refunded) == (EvaluationFailureCode.INTERNAL, True)
    assert len(events) == 2
    done = await read(ann, queued.id)
    assert (done.status, done.failure, done.overall_score) == (EvaluationStatus.FAILED, last.failure, None)
    assert await desk.entries(ann) == [CHARGED, REFUNDED]
    assert await desk.used(ann) == 1


async def test_a_fault_after_stored_feedback_ends_too(
    desk: Desk, workshop: Workshop, ann: Person, queued: Evaluation
) -> None:
    async def faulty(assignment: Assignment) -> None:
        await desk.journal.store(assignment.lease, [FeedbackDelta(FeedbackSection.SUMMARY, "Well")])
        raise RuntimeError("a defect")

    workshop.start(faulty, retry=AT_ONCE)
    events = await ended(ann, queued.id)

    assert sum(isinstance(event.happening, FeedbackWritten) for event in events) == MOST_ATTEMPTS
    assert isinstance(events[-1].happening, Failed)
    assert await desk.entries(ann) == [CHARGED, REFUNDED]


@pytest.mark.parametrize("code", list(EvaluationFailureCode))
async def test_failed_grading_ends_with_its_code_and_is_refunded(
    desk: Desk, workshop: Workshop, ann: Person, queued: Evaluation, code: EvaluationFailureCode
) -> None:
    grader = ScriptedGrader({Dimension.COMMUNICATION: [GradingFailed("No grade.", code=code)]})
    workshop.start(workshop.graded_by(grader))

    last = (await ended(ann, queued.id))[-1].happening

    assert isinstance(last, Failed)
    assert (last.failure.code, last.failure.message, last.failure.refunded) == (code, "No grade.", True)
    assert grader.asked.count(Dimension.COMMUNICATION) == 1
    assert await desk.entries(ann) == [CHARGED, REFUNDED]
    assert not await desk.database.read(lambda work: work.leases.any_free(now=work.now))


async def test_stopping_lets_running_work_finish(
    desk: Desk, workshop: Workshop, ann: Person, queued: Evaluation
) -> None:
    grader = GatedGrader(waiting=SLOW)
    runner = workshop.start(workshop.graded_by(grader), grace=timedelta(seconds=30))
    await grader.reached.wait()
    stopping = asyncio.create_task(workshop.stop(runner))
    later = await a_queued_scenario(ann)

    grader.open.set()
    await stopping

    assert_whole(await desk.events(queued.id))
    assert (await read(ann, later.id)).status is EvaluationStatus.QUEUED  # nothing new is taken


async def test_what_does_not_finish_in_time_is_handed_back_and_taken_at_once(
    desk: Desk, workshop: Workshop, ann: Person, queued: Evaluation
) -> None:
    grader, next_one = GatedGrader(waiting=SLOW), ScriptedGrader()
    runner = workshop.start(workshop.graded_by(grader))
    await seen(ann, queued.id, lambda events: len(landed(events)) == 2)
    workshop.start(workshop.graded_by(next_one))

    await workshop.stop(runner)  # the clock stands still: the lease has not run out

    assert_whole(await ended(ann, queued.id))
    assert sorted(next_one.asked) == sorted(SLOW)
    assert await desk.entries(ann) == [CHARGED, CHARGED]


async def test_two_runners_share_the_work_and_do_nothing_twice(desk: Desk, workshop: Workshop, ann: Person) -> None:
    challenge = (await ann.generate(ChallengeKind.MULTIPLE_CHOICE)).challenge
    queued = [(await ann.submit(challenge, Answer(option_id="b"), wait=False)).evaluation for _ in range(24)]
    done: tuple[list[EvaluationId], list[EvaluationId]] = ([], [])
    both_at_work = asyncio.Barrier(2)

    def counting(place: int) -> Callable[[Assignment], Awaitable[None]]:
        grade = workshop.graded_by(ScriptedGrader())

        async def evaluate(assignment: Assignment) -> None:
            if not done[place]:
                done[place].append(assignment.lease.evaluation_id)
                await both_at_work.wait()
            else:
                done[place].append(assignment.lease.evaluation_id)
            await grade(assignment)

        return evaluate

    for place in range(2):
        workshop.start(counting(place), concurrency=3)
    events = [await ended(ann, evaluation.id) for evaluation in queued]

    assert sorted(done[0] + done[1]) == sorted(evaluation.id for evaluation in queued)
    assert all(done)
    assert {tuple(event.sequence for event in one) for one in events} == {(1, 2, 3)}


async def test_no_more_than_the_concurrency_is_worked_on_at_once(desk: Desk, workshop: Workshop, ann: Person) -> None:
    challenge = (await ann.generate(ChallengeKind.MULTIPLE_CHOICE)).challenge
    queued = [(await ann.submit(challenge, Answer(option_id="b"), wait=False)).evaluation for _ in range(9)]
    grade = workshop.graded_by(ScriptedGrader())
    at_work, most = 0, 0
    two_at_work = asyncio.Event()

    async def evaluate(assignment: Assignment) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        if most == 2:
            two_at_work.set()
        await two_at_work.wait()
        await grade(assignment)
        at_work -= 1

    workshop.start(evaluate, concurrency=2)
    for evaluation in queued:
        await ended(ann, evaluation.id)

    assert most == 2


async def test_a_fault_of_the_storage_does_not_end_the_runner(
    desk: Desk, workshop: Workshop, ann: Person, queued: Evaluation
) -> None:
    broken = Watched(desk.database)
    broken.faults = [StorageUnavailable("The disk is full."), RuntimeError("a defect"), StorageUnavailable("Locked.")]

    workshop.start(workshop.graded_by(ScriptedGrader()), database=broken, poll=timedelta(milliseconds=1))

    assert_whole(await ended(ann, queued.id))
    assert broken.faults == []


async def test_a_cancelled_evaluation_is_dropped_and_the_runner_goes_on(
    desk: Desk, workshop: Workshop, ann: Person, queued: Evaluation
) -> None:
    grader = GatedGrader(waiting=SLOW)
    runner = workshop.start(workshop.graded_by(grader), concurrency=1)
    await grader.reached.wait()
    (working,) = runner._working.values()
    services = replace(desk.services, evaluator=runner)
    here: Context = (await met(services, "ann")).context

    await evaluations.cancel(here, queued.id)
    await asyncio.gather(working, return_exceptions=True)
    grader.open.set()
    following = await a_queued_scenario(ann)

    assert working.cancelled()
    assert_whole(await ended(ann, following.id))
    assert (await read(ann, queued.id)).status is EvaluationStatus.CANCELLED
    assert sum(event.is_last for event in await desk.events(queued.id)) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE evaluations SET answer = 'no answer' WHERE id = :id",
        "UPDATE evaluations SET phase = 'DREAMING' WHERE id = :id",
        "UPDATE challenges SET content = 'none' WHERE id = (SELECT challenge_id FROM evaluations WHERE id = :id)",
        "UPDATE challenges SET solution = 'none' WHERE id = (SELECT challenge_id FROM evaluations WHERE id = :id)",
    ],
)
async def test_an_evaluation_that_cannot_be_read_is_set_aside_and_keeps_nobody_waiting(
    desk: Desk, workshop: Workshop, ann: Person, queued: Evaluation, spoil: str
) -> None:
    await desk.database.write(lambda work: work._connection.execute(text(spoil), {"id": queued.id}))
    desk.clock.advance(timedelta(seconds=1))
    readable = await a_queued_scenario(ann)

    workshop.start(workshop.graded_by(ScriptedGrader()))

    assert_whole(await ended(ann, readable.id))
    assert len(await desk.events(queued.id)) == 1
    assert await desk.entries(ann) == [CHARGED, (QuotaEntryState.RESERVED, 1), CHARGED, CHARGED]
