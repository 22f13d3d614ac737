"""Following an evaluation: the same numbered events for everybody, whenever they come and however often."""

import asyncio

import pytest

from domain.enums import ChallengeKind, EvaluationPhase, FeedbackSection
from domain.errors import NotFound
from domain.evaluation import Evaluation, FeedbackDelta, Lease
from domain.events import Completed, Event, FeedbackWritten, PhaseChanged, Queued
from domain.ids import EvaluationId
from domain.results import EvaluationResult
from persistence.database import UnitOfWork
from persistence.wakeups import LocalWakeUps, evaluation_topic
from resolvers import progress
from resolvers.watch import Watch
from tests.integration.resolvers.conftest import Desk, Person, met, parts
from tests.unit.workflows.doubles import PROVENANCE

DONE = EvaluationResult(overall_score=40.0, provenance=PROVENANCE)
HELLO = FeedbackDelta(FeedbackSection.SUMMARY, "Hello.")


@pytest.fixture
async def queued(ann: Person) -> Evaluation:
    challenge = (await ann.generate(ChallengeKind.SCENARIO)).challenge
    return (await ann.submit(challenge, parts(challenge, "An index."), wait=False)).evaluation


@pytest.fixture
async def lease(desk: Desk, queued: Evaluation) -> Lease:
    return (await desk.take()).lease


async def followed(person: Person, id: EvaluationId, after: int = 0) -> list[Event]:
    return [event async for event in await progress.follow(person.context, id, after_sequence=after)]


async def test_what_is_there_comes_first_and_then_each_new_event(
    desk: Desk, ann: Person, queued: Evaluation, lease: Lease
) -> None:
    following = await progress.follow(ann.context, queued.id, after_sequence=0)

    first = await anext(following)
    upcoming = asyncio.ensure_future(anext(following))
    await desk.journal.store(lease, [PhaseChanged(EvaluationPhase.SCREENING, 0, 7)])
    second = await upcoming
    await desk.journal.store(lease, [DONE])

    assert (first.sequence, first.happening) == (1, Queued())
    assert (second.sequence, second.happening) == (2, PhaseChanged(EvaluationPhase.SCREENING, 0, 7))
    assert [event.happening async for event in following] == [Completed()]
    assert desk.services.wake_ups.topics == 0


async def test_following_begins_after_a_sequence_and_after_the_last_one_ends_at_once(
    desk: Desk, ann: Person, queued: Evaluation, lease: Lease
) -> None:
    await desk.journal.store(lease, [HELLO])
    await desk.journal.store(lease, [DONE])

    everything = await followed(ann, queued.id)

    assert [event.sequence for event in everything] == [1, 2, 3]
    assert [await followed(ann, queued.id, after) for after in (1, 2, 3, 4, 1_000)] == [
        everything[1:],
        everything[2:],
        [],
        [],
        [],
    ]


async def test_a_number_that_has_not_come_yet_is_waited_for(
    desk: Desk, ann: Person, queued: Evaluation, lease: Lease
) -> None:
    following = asyncio.create_task(followed(ann, queued.id, after=2))
    await desk.journal.store(lease, [HELLO])
    await desk.journal.store(lease, [DONE])

    assert [event.sequence for event in await following] == [3]


async def test_many_followers_see_all_events_and_each_once(
    desk: Desk, ann: Person, queued: Evaluation, lease: Lease
) -> None:
    followers = [asyncio.create_task(followed(ann, queued.id, after % 3)) for after in range(9)]
    for number in range(20):
        await desk.journal.store(lease, [FeedbackDelta(FeedbackSection.SUMMARY, f"{number} ")])
    await desk.journal.store(lease, [DONE])

    everything = await followed(ann, queued.id)

    assert [event.sequence for event in everything] == list(range(1, 23))
    assert await asyncio.gather(*followers) == [everything[after % 3 :] for after in range(9)]
    assert desk.services.wake_ups.topics == 0


async def test_a_long_log_comes_whole_in_batches(desk: Desk, ann: Person, queued: Evaluation, lease: Lease) -> None:
    amount = 2 * progress.BATCH + 7

    def write_log(work: UnitOfWork) -> None:
        for _ in range(amount):
            happening = FeedbackWritten(1, HELLO.section, HELLO.text)
            work.events.append(queued.id, work.evaluations.advance(lease), happening, now=work.now)

    await desk.database.write(write_log)
    await desk.journal.store(lease, [DONE])

    events = await followed(ann, queued.id)

    assert [event.sequence for event in events] == list(range(1, amount + 3))
    assert all(isinstance(event.happening, FeedbackWritten) for event in events[1:-1])


async def test_a_follower_that_leaves_frees_its_place_and_stops_nothing(
    desk: Desk, ann: Person, queued: Evaluation, lease: Lease
) -> None:
    leaving = await progress.follow(ann.context, queued.id, after_sequence=0)
    await anext(leaving)
    staying = asyncio.create_task(followed(ann, queued.id))
    waiting = asyncio.ensure_future(anext(leaving))
    await desk.database.read(lambda work: work.now)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await leaving.aclose()  # type: ignore[attr-defined]  # what the WebSocket closes is the generator itself
    await desk.journal.store(lease, [DONE])

    assert [event.sequence for event in await staying] == [1, 2]
    assert desk.services.wake_ups.topics == 0


async def test_another_process_sees_what_is_stored_when_it_looks(desk: Desk, queued: Evaluation, lease: Lease) -> None:
    elsewhere = await met(desk.another_process(), "ann")
    await desk.journal.store(lease, [DONE])

    assert [event.happening for event in await followed(elsewhere, queued.id)] == [Queued(), Completed()]


async def test_a_follower_is_rung_for_what_another_process_did(desk: Desk, queued: Evaluation, lease: Lease) -> None:
    other = desk.another_process()
    elsewhere, watch = await met(other, "ann"), Watch(desk.database, other.wake_ups)
    following = await progress.follow(elsewhere.context, queued.id, after_sequence=1)
    waiting = asyncio.ensure_future(anext(following))
    while not other.wake_ups.topics:
        await desk.database.read(lambda work: work.now)
    await watch.look()

    await desk.journal.store(lease, [HELLO])
    await watch.look()

    assert (await waiting).happening == FeedbackWritten(1, HELLO.section, HELLO.text)
    await following.aclose()  # type: ignore[attr-defined]  # what the WebSocket closes is the generator itself


async def test_the_watch_rings_only_for_what_went_on_and_reads_nothing_when_nobody_listens(
    desk: Desk, queued: Evaluation, lease: Lease
) -> None:
    wake_ups = LocalWakeUps()
    watch = Watch(desk.database, wake_ups)
    with wake_ups.listening(evaluation_topic(queued.id)) as bell:
        await watch.look()
        assert bell.rung, "at first sight nobody knows what was missed"
        await bell.wait(at_most_seconds=0)
        await watch.look()
        assert not bell.rung
        await desk.journal.store(lease, [HELLO])
        await watch.look()
        assert bell.rung

    await desk.database.close()
    await watch.look()


async def test_an_unknown_or_a_strangers_one_is_not_found_before_the_first_event(
    desk: Desk, ann: Person, queued: Evaluation
) -> None:
    ben = await desk.person("ben")

    for who, id in ((ben, queued.id), (ann, EvaluationId("unknown"))):
        with pytest.raises(NotFound):
            await progress.follow(who.context, id, after_sequence=0)
    assert desk.services.wake_ups.topics == 0
