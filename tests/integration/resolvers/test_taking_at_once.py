"""An answer is taken as it is stored, where there is room for it: it waits for nobody, and nobody is passed over."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from domain.enums import ChallengeKind, Dimension, EvaluationStatus, QuotaEntryState
from domain.evaluation import Answer, Assignment
from domain.events import PhaseChanged, Queued
from persistence.database import UnitOfWork
from resolvers.runner import QUEUE, Runner
from tests.integration.resolvers.conftest import Desk, Person, Workshop, ended, met, parts
from tests.integration.resolvers.doubles import GatedGrader, Watched
from tests.unit.workflows.doubles import ScriptedGrader

T = TypeVar("T")
CHARGED = (QuotaEntryState.CHARGED, 1)
RIGHT = Answer(option_id="b")
COMMUNICATION = (Dimension.COMMUNICATION,)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what is waited for is a state, not an event
            await asyncio.sleep(0)


def has_place(runner: Runner) -> bool:
    with runner.place() as place:
        return place is not None


async def beside(desk: Desk, runner: Runner) -> Person:
    """Ann, in the process of that runner, when it has seen that nobody waits."""
    await until(lambda: has_place(runner))
    return await met(replace(desk.services, evaluator=runner), "ann")


class Seen:
    """Remembers what a runner was given, and works on it."""

    def __init__(self, evaluate: Callable[[Assignment], object]) -> None:
        self._evaluate = evaluate
        self.assignments: list[Assignment] = []

    async def __call__(self, assignment: Assignment) -> None:
        self.assignments.append(assignment)
        await self._evaluate(assignment)  # type: ignore[misc]  # a coroutine function


async def test_an_answer_is_taken_in_the_transaction_that_stores_it(desk: Desk, workshop: Workshop) -> None:
    evaluate = Seen(workshop.graded_by(ScriptedGrader()))
    ann = await beside(desk, workshop.start(evaluate))
    challenge = (await ann.generate(ChallengeKind.SCENARIO)).challenge
    writes = desk.database.writes

    with desk.services.wake_ups.listening(QUEUE) as bell:
        submitted = await ann.submit(challenge, parts(challenge, "An index."), wait=False)
        rung, began = bell.rung, desk.database.writes - writes

    assert (submitted.evaluation.status, submitted.replayed) == (EvaluationStatus.RUNNING, False)
    assert submitted.quota.used == 2
    assert (rung, began) == (False, 1)
    events = await ended(ann, submitted.evaluation.id)
    assert [type(event.happening) for event in events[:2]] == [Queued, PhaseChanged]
    (assignment,) = evaluate.assignments
    assert (assignment.lease.attempt, assignment.lease.fence, assignment.stalled_attempts) == (1, 1, 1)
    assert (assignment.request_id, assignment.scores, assignment.age.total_seconds()) == ("test", (), 0.0)
    assert await desk.entries(ann) == [CHARGED, CHARGED]


async def test_who_waited_longer_is_taken_before_an_answer_that_comes_when_room_is_made(
    desk: Desk, workshop: Workshop
) -> None:
    grader = GatedGrader(waiting=COMMUNICATION)
    evaluate = Seen(workshop.graded_by(grader))
    runner = workshop.start(evaluate, concurrency=1)
    ann = await beside(desk, runner)
    challenge = (await ann.generate(ChallengeKind.SCENARIO)).challenge
    answer = parts(challenge, "An index.")

    first = (await ann.submit(challenge, answer, wait=False)).evaluation
    second = (await ann.submit(challenge, answer, wait=False)).evaluation
    assert (second.status, has_place(runner)) == (EvaluationStatus.QUEUED, False)
    grader.open.set()
    await until(lambda: not runner._working)
    # The place is free, and the runner has not looked yet who waits for it.
    third = (await ann.submit(challenge, answer, wait=False)).evaluation

    for evaluation in (first, second, third):
        await ended(ann, evaluation.id)
    assert third.status is EvaluationStatus.QUEUED
    taken = [assignment.lease.evaluation_id for assignment in evaluate.assignments]
    assert taken == [first.id, second.id, third.id]


async def test_a_caller_who_leaves_while_the_answer_is_stored_has_it_evaluated_all_the_same(
    desk: Desk, workshop: Workshop
) -> None:
    evaluate = Seen(workshop.graded_by(ScriptedGrader()))
    ann = await beside(desk, workshop.start(evaluate))
    challenge = (await ann.generate(ChallengeKind.MULTIPLE_CHOICE)).challenge

    leaving = asyncio.create_task(ann.submit(challenge, RIGHT, wait=False))
    await until(lambda: desk.database.writing > 0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving

    await until(lambda: bool(evaluate.assignments))
    (assignment,) = evaluate.assignments
    await ended(ann, assignment.lease.evaluation_id)
    assert assignment.lease.attempt == 1


async def test_an_answer_to_what_cannot_be_read_is_kept_and_set_aside(desk: Desk, workshop: Workshop) -> None:
    evaluate = Seen(workshop.graded_by(ScriptedGrader()))
    runner = workshop.start(evaluate)
    ann = await beside(desk, runner)
    spoilt = (await ann.generate(ChallengeKind.MULTIPLE_CHOICE)).challenge
    fine = (await ann.generate(ChallengeKind.MULTIPLE_CHOICE)).challenge
    spoil = text("UPDATE challenges SET solution = 'none' WHERE id = :id")
    await desk.database.write(lambda work: work._connection.execute(spoil, {"id": spoilt.id}))

    kept = await ann.submit(spoilt, RIGHT, wait=False)
    after = await ann.submit(fine, RIGHT, wait=True)

    assert kept.evaluation.status is EvaluationStatus.QUEUED
    assert after.evaluation.status is EvaluationStatus.COMPLETED
    assert [assignment.challenge.id for assignment in evaluate.assignments] == [fine.id]
    assert len(await desk.events(kept.evaluation.id)) == 1
    assert not await desk.database.read(lambda work: work.leases.any_free(now=work.now))


async def test_a_refused_answer_leaves_its_place_to_others(desk: Desk, workshop: Workshop) -> None:
    runner = workshop.start(workshop.graded_by(ScriptedGrader()), concurrency=1)
    ann = await beside(desk, runner)
    challenge = (await ann.generate(ChallengeKind.MULTIPLE_CHOICE)).challenge

    with runner.place() as kept:
        meanwhile = (await ann.submit(challenge, RIGHT, wait=False)).evaluation
        workshop.ring()
        await until(lambda: runner._others_wait)
    await ended(ann, meanwhile.id)

    assert kept is not None
    assert meanwhile.status is EvaluationStatus.QUEUED


async def test_a_runner_that_stops_takes_nothing_more(desk: Desk, workshop: Workshop) -> None:
    evaluate = Seen(workshop.graded_by(ScriptedGrader()))
    runner = workshop.start(evaluate)
    ann = await beside(desk, runner)
    challenge = (await ann.generate(ChallengeKind.MULTIPLE_CHOICE)).challenge

    with runner.place() as place:
        assert place is not None
        id = (await ann.submit(challenge, RIGHT, wait=False, key="key")).evaluation.id
        await ended(ann, id)
        await workshop.stop(runner)
        place.begin(evaluate.assignments[0])

    assert not has_place(runner)
    assert not runner._working
    assert len(evaluate.assignments) == 1


async def test_what_is_taken_while_the_runner_stops_is_handed_back_at_once(desk: Desk, workshop: Workshop) -> None:
    ann = await desk.person("ann")
    challenge = (await ann.generate(ChallengeKind.MULTIPLE_CHOICE)).challenge
    id = (await ann.submit(challenge, RIGHT, wait=False)).evaluation.id

    class Stopping(Watched):
        async def write(self, work: Callable[[UnitOfWork], T]) -> T:
            outcome = await super().write(work)
            if isinstance(outcome, Assignment):
                runner.stop()
            return outcome

    async def never(_: Assignment) -> None:
        await asyncio.Event().wait()

    runner = workshop.start(never, database=Stopping(desk.database))
    await next(task for known, task in workshop.running if known is runner)

    again = await desk.take()  # the clock stands still: no lease has run out
    assert (again.lease.evaluation_id, again.lease.attempt) == (id, 2)


async def test_no_place_is_given_away_while_the_last_one_may_be_taken(desk: Desk, workshop: Workshop) -> None:
    looking, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Watched):
        held = False

        async def read(self, work: Callable[[UnitOfWork], T]) -> T:
            if self.held:
                looking.set()
                await go_on.wait()
            return await super().read(work)

    slow = Slow(desk.database)
    runner = workshop.start(workshop.graded_by(ScriptedGrader()), database=slow, concurrency=1)
    await until(lambda: has_place(runner))
    slow.held = True
    workshop.ring()
    await looking.wait()

    assert not has_place(runner)
    go_on.set()
    await until(lambda: has_place(runner))


async def test_a_runner_does_not_insist_on_what_somebody_else_is_just_taking(desk: Desk, workshop: Workshop) -> None:
    class Locked(Watched):
        """As PostgreSQL looks while another transaction holds the row: there to be seen, and skipped by who takes."""

        looks = 0

        async def read(self, work: Callable[[UnitOfWork], T]) -> T:
            self.looks += 1
            return True  # type: ignore[return-value]  # only the runner reads here

        async def write(self, work: Callable[[UnitOfWork], T]) -> T:
            return None  # type: ignore[return-value]

    locked = Locked(desk.database)
    runner = workshop.start(workshop.graded_by(ScriptedGrader()), database=locked)
    await until(lambda: locked.looks == 1)
    for _ in range(100):
        await asyncio.sleep(0)

    assert locked.looks == 1
    assert not has_place(runner)


async def test_a_worker_that_has_just_finished_is_not_taken_for_one_that_lost_its_lease(
    desk: Desk, workshop: Workshop
) -> None:
    finished = asyncio.Event()
    graded = workshop.graded_by(ScriptedGrader())

    async def evaluate(assignment: Assignment) -> None:
        await graded(assignment)
        await desk.database.written(2)  # its lease is renewed behind the result
        finished.set()

    ann = await beside(desk, workshop.start(evaluate, lease=timedelta(milliseconds=60)))
    challenge = (await ann.generate(ChallengeKind.MULTIPLE_CHOICE)).challenge
    lost = REGISTRY.get_sample_value("intrvu_leases_lost_total")

    await ann.submit(challenge, RIGHT, wait=True)
    async with asyncio.timeout(10):
        await finished.wait()

    assert REGISTRY.get_sample_value("intrvu_leases_lost_total") == lost
