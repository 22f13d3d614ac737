"""cancelEvaluation: refunds before the first score, charges after it, and ends with one last event."""

import asyncio

import pytest

from domain.enums import ChallengeKind, Dimension, EvaluationPhase, EvaluationStatus, QuotaEntryState
from domain.errors import LeaseLost, RateLimited, UnknownEntity
from domain.evaluation import Answer, Evaluation
from domain.events import Cancelled, Completed, PhaseChanged, Queued
from domain.ids import EvaluationId
from domain.results import EvaluationResult
from resolvers import evaluations
from tests.integration.resolvers.conftest import Desk, Person, parts
from tests.integration.resolvers.doubles import Idle
from tests.unit.workflows.doubles import PROVENANCE, landed

CHARGED, REFUNDED = (QuotaEntryState.CHARGED, 1), (QuotaEntryState.REFUNDED, 1)
DONE = EvaluationResult(overall_score=40.0, provenance=PROVENANCE)


@pytest.fixture
async def queued(ann: Person) -> Evaluation:
    challenge = (await ann.generate(ChallengeKind.SCENARIO)).challenge
    return (await ann.submit(challenge, parts(challenge, "An index."), wait=False)).evaluation


async def test_a_queued_one_is_refunded_and_no_runner_takes_it(desk: Desk, ann: Person, queued: Evaluation) -> None:
    cancelled = await evaluations.cancel(ann.context, queued.id)

    assert cancelled.status is EvaluationStatus.CANCELLED
    assert cancelled.completed_at is not None
    assert [event.happening for event in await desk.events(queued.id)] == [Queued(), Cancelled()]
    assert await desk.entries(ann) == [CHARGED, REFUNDED]
    assert await desk.used(ann) == 1
    assert not await desk.database.read(lambda work: work.leases.any_free(now=work.now))


async def test_a_running_one_is_refunded_before_the_first_score_and_its_runner_shut_out(
    desk: Desk, ann: Person, queued: Evaluation
) -> None:
    lease = (await desk.take()).lease
    await desk.journal.store(lease, [PhaseChanged(EvaluationPhase.SCORING, 1, 7)])

    await evaluations.cancel(ann.context, queued.id)

    with pytest.raises(LeaseLost):
        await desk.journal.store(lease, [landed(Dimension.COMMUNICATION)])
    with pytest.raises(LeaseLost):
        await desk.journal.store(lease, [DONE])
    events = await desk.events(queued.id)
    assert [event.sequence for event in events] == [1, 2, 3]
    assert events[-1].happening == Cancelled()
    assert await desk.entries(ann) == [CHARGED, REFUNDED]
    assert isinstance(desk.services.evaluator, Idle)
    assert desk.services.evaluator.abandoned == [queued.id]


async def test_after_a_score_it_is_charged_and_the_score_stays(desk: Desk, ann: Person, queued: Evaluation) -> None:
    lease = (await desk.take()).lease
    await desk.journal.store(lease, [landed(Dimension.COMMUNICATION)])

    cancelled = await evaluations.cancel(ann.context, queued.id)

    assert (cancelled.status, cancelled.overall_score) == (EvaluationStatus.CANCELLED, None)
    assert await desk.entries(ann) == [CHARGED, CHARGED]
    (score,) = await ann.context.loaders.scores.load(queued.id)
    assert (score.dimension, score.criteria) == (Dimension.COMMUNICATION, ())  # never completed, never revealed


async def test_a_completed_one_stays_as_it_is(desk: Desk, ann: Person, queued: Evaluation) -> None:
    await desk.journal.store((await desk.take()).lease, [DONE])
    before = await evaluations.get(ann.context, queued.id)

    assert await evaluations.cancel(ann.context, queued.id) == before

    assert [event.happening for event in await desk.events(queued.id)] == [Queued(), Completed()]
    assert await desk.entries(ann) == [CHARGED, CHARGED]


async def test_cancelling_twice_changes_nothing_more(desk: Desk, ann: Person, queued: Evaluation) -> None:
    first = await evaluations.cancel(ann.context, queued.id)

    assert await evaluations.cancel(ann.context, queued.id) == first

    assert len(await desk.events(queued.id)) == 2
    assert await desk.entries(ann) == [CHARGED, REFUNDED]
    assert await desk.used(ann) == 1


async def test_a_choice_is_cancelled_without_a_ledger_row(desk: Desk, ann: Person) -> None:
    challenge = (await ann.generate(ChallengeKind.MULTIPLE_CHOICE)).challenge
    evaluation = (await ann.submit(challenge, Answer(option_id="a"), wait=False)).evaluation

    assert (await evaluations.cancel(ann.context, evaluation.id)).status is EvaluationStatus.CANCELLED
    assert await desk.entries(ann) == [CHARGED]


async def test_a_strangers_or_an_unknown_one_is_not_found_and_goes_on(
    desk: Desk, ann: Person, queued: Evaluation
) -> None:
    ben = await desk.person("ben")

    for who, id in ((ben, queued.id), (ann, EvaluationId("unknown"))):
        with pytest.raises(UnknownEntity) as refused:
            await evaluations.cancel(who.context, id)
        assert refused.value.field == ("input", "evaluationId")

    assert isinstance(desk.services.evaluator, Idle)
    assert desk.services.evaluator.abandoned == []
    assert (await desk.take()).lease.evaluation_id == queued.id


async def test_over_the_rate_limit_nothing_is_cancelled(desk: Desk, ann: Person, queued: Evaluation) -> None:
    desk.rates.exhausted = True

    with pytest.raises(RateLimited):
        await evaluations.cancel(ann.context, queued.id)

    assert len(await desk.events(queued.id)) == 1


async def test_cancelling_and_completing_at_once_leave_one_last_event_and_one_settlement(
    desk: Desk, ann: Person
) -> None:
    challenge = (await ann.generate(ChallengeKind.SCENARIO)).challenge
    ends = set()
    for turn in range(12):
        id = (await ann.submit(challenge, parts(challenge, "An index."), wait=False)).evaluation.id
        lease = (await desk.take()).lease
        acts = [evaluations.cancel(ann.context, id), desk.journal.store(lease, [DONE])]

        outcomes = await asyncio.gather(*(acts if turn % 2 else acts[::-1]), return_exceptions=True)

        events = await desk.events(id)
        assert [event.sequence for event in events] == [1, 2]
        assert [event.is_last for event in events] == [False, True]
        was_cancelled = events[-1].happening == Cancelled()
        assert sum(isinstance(outcome, LeaseLost) for outcome in outcomes) == (1 if was_cancelled else 0)
        assert (await desk.entries(ann))[-1] == (REFUNDED if was_cancelled else CHARGED)
        ends.add(was_cancelled)
    charged = sum(amount for state, amount in await desk.entries(ann) if state is QuotaEntryState.CHARGED)
    assert await desk.used(ann) == charged
    assert ends  # which of the two wins is the database's affair
