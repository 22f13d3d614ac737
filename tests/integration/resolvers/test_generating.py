"""generateChallenge: one key, one challenge, one charge; the quota is exact; whatever fails gives back."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.enums import ChallengeKind, Difficulty, QuotaEntryState
from domain.errors import (
    IdempotencyConflict,
    InvalidInput,
    ProviderUnavailable,
    QuotaExceeded,
    RateLimited,
    Unauthenticated,
)
from domain.evaluation import Answer
from domain.history import HistoryFilter
from domain.results import EvaluationResult
from resolvers import challenges, history
from resolvers.challenges import Generated
from resolvers.context import Caller
from resolvers.housekeeper import Housekeeper
from tests.integration.resolvers.conftest import Desk, Person, met, parts
from tests.unit.workflows.doubles import PROVENANCE

CHOICE, SCENARIO = ChallengeKind.MULTIPLE_CHOICE, ChallengeKind.SCENARIO
RESERVED, CHARGED, REFUNDED = QuotaEntryState.RESERVED, QuotaEntryState.CHARGED, QuotaEntryState.REFUNDED


async def stored(person: Person) -> int:
    return await history.count(person.context, filter=HistoryFilter())


async def test_a_challenge_costs_1_and_is_the_persons(desk: Desk, ann: Person) -> None:
    generated = await ann.generate(SCENARIO, topic="  INDEXES ")

    assert (generated.replayed, generated.quota.used, generated.quota.remaining) == (False, 1, 49)
    assert generated.challenge.user_id == ann.context.viewer.id
    assert generated.challenge.solution is None
    assert await challenges.get(ann.context, generated.challenge.id) == generated.challenge
    assert desk.writer.briefs[0].topic == "Indexes"
    assert await desk.entries(ann) == [(CHARGED, 1)]


async def test_ten_at_once_with_one_key_make_one_challenge_and_one_charge(desk: Desk, ann: Person) -> None:
    generated = await asyncio.gather(*(ann.generate(SCENARIO, "key") for _ in range(10)))

    assert {one.challenge.id for one in generated} == {generated[0].challenge.id}
    assert sorted(one.replayed for one in generated) == [False] + [True] * 9
    assert await stored(ann) == 1
    assert await desk.entries(ann) == [(CHARGED, 1)]
    assert len(desk.writer.briefs) == 1
    assert len(desk.rates.spent) == 1  # replays are not counted, the losers of a race included


async def test_two_processes_with_one_key_make_one_challenge(desk: Desk, ann: Person) -> None:
    elsewhere = await met(desk.another_process(), "ann")

    generated = await asyncio.gather(*(who.generate(SCENARIO, "key") for who in (ann, elsewhere) * 5))

    assert len({one.challenge.id for one in generated}) == 1
    assert sorted(one.replayed for one in generated) == [False] + [True] * 9
    assert await desk.entries(ann) == [(CHARGED, 1)]


async def test_others_wait_for_a_slow_winner(desk: Desk, ann: Person) -> None:
    desk.writer.open.clear()
    winner = asyncio.create_task(ann.generate(SCENARIO, "key"))
    await desk.writer.begun.wait()
    losers = [asyncio.create_task(ann.generate(SCENARIO, "key")) for _ in range(5)]
    assert await ann_is_waiting(desk, 6)
    assert not any(task.done() for task in (winner, *losers))

    desk.writer.open.set()
    won, *lost = await asyncio.gather(winner, *losers)

    assert won.replayed is False
    assert [(one.replayed, one.challenge) for one in lost] == [(True, won.challenge)] * 5
    assert len(desk.writer.briefs) == 1
    assert await desk.used(ann) == 1


async def ann_is_waiting(desk: Desk, calls: int) -> bool:
    """Whether that many calls listen for the key, after each had its turn."""
    (topic,) = desk.services.wake_ups._waiting
    while len(desk.services.wake_ups._waiting[topic]) < calls:
        await desk.database.read(lambda work: work.now)
    return True


async def test_a_replay_is_neither_counted_nor_charged_when_rate_and_quota_are_exhausted(
    desk: Desk, ann: Person
) -> None:
    poor = await met(replace(desk.services, daily_quota=1), "ann")
    first = await poor.generate(SCENARIO, "key")
    desk.rates.exhausted = True

    again = await poor.generate(SCENARIO, "key")

    assert again == Generated(first.challenge, first.quota, replayed=True)
    assert await desk.entries(ann) == [(CHARGED, 1)]
    with pytest.raises(RateLimited):
        await poor.generate(SCENARIO, "fresh")
    desk.rates.exhausted = False
    with pytest.raises(QuotaExceeded):
        await poor.generate(SCENARIO, "fresh")


async def test_a_replay_shows_the_challenge_as_it_is_now(desk: Desk, ann: Person) -> None:

    first = await ann.generate(CHOICE, "key")
    await ann.submit(first.challenge, Answer(option_id="b"), wait=False)
    assignment = await desk.take()
    await desk.journal.store(
        assignment.lease, [EvaluationResult(overall_score=100.0, correct=True, provenance=PROVENANCE)]
    )

    again = await ann.generate(CHOICE, "key")

    assert first.challenge.solution is None
    assert again.replayed
    assert again.challenge.solution == assignment.challenge.solution


@pytest.mark.parametrize(
    ("kind", "other"), [(CHOICE, {}), (SCENARIO, {"difficulty": Difficulty.HARD}), (SCENARIO, {"topic": "Locks"})]
)
async def test_other_input_is_a_conflict_and_changes_nothing(
    desk: Desk, ann: Person, kind: ChallengeKind, other: dict[str, object]
) -> None:
    await ann.generate(SCENARIO, "key")

    with pytest.raises(IdempotencyConflict) as refused:
        await ann.generate(kind, "key", **other)

    assert refused.value.field == ("input", "idempotencyKey")
    assert (await stored(ann), await desk.used(ann), len(desk.rates.spent)) == (1, 1, 1)
    assert (await ann.generate(SCENARIO, "key")).replayed


async def test_keys_are_the_persons_and_the_mutations_own(desk: Desk, ann: Person) -> None:

    ben = await desk.person("ben")

    hers, his = await ann.generate(SCENARIO, "key"), await ben.generate(SCENARIO, "key")
    evaluated = await ann.submit(hers.challenge, parts(hers.challenge, "An index."), key="key", wait=False)

    assert hers.challenge.id != his.challenge.id
    assert (hers.replayed, his.replayed, evaluated.replayed) == (False, False, False)


async def test_a_user_error_binds_no_key(desk: Desk, ann: Person) -> None:
    with pytest.raises(InvalidInput) as refused:
        await ann.generate(SCENARIO, "key", topic="Astrology")
    assert refused.value.field == ("input", "topic")
    assert "'Indexes', 'Locks'" in str(refused.value)
    assert await desk.entries(ann) == []

    assert (await ann.generate(SCENARIO, "key", topic="Locks")).replayed is False


@pytest.mark.parametrize("key", [None, "key"])
@pytest.mark.parametrize(
    "failure",
    [
        ProviderUnavailable("Nobody there.", retry_after_seconds=1),
        InvalidInput("Nothing fits.", field=("input", "difficulty")),
        RuntimeError("a defect"),
    ],
)
async def test_a_writer_that_fails_is_refunded_and_frees_the_key(
    desk: Desk, ann: Person, failure: Exception, key: str | None
) -> None:
    desk.writer.failures = [failure]

    with pytest.raises(type(failure)):
        await ann.generate(SCENARIO, key)

    assert await desk.entries(ann) == [(REFUNDED, 1)]
    assert (await stored(ann), await desk.used(ann)) == (0, 0)
    again = await ann.generate(CHOICE, key)  # other input: the key stands for nothing
    assert (again.replayed, again.quota.used) == (False, 1)


async def test_when_the_winner_fails_one_of_those_who_wait_works_itself(desk: Desk, ann: Person) -> None:
    desk.writer.open.clear()
    desk.writer.failures = [ProviderUnavailable("Nobody there.", retry_after_seconds=1)]
    winner = asyncio.create_task(ann.generate(SCENARIO, "key"))
    await desk.writer.begun.wait()
    waiting = [asyncio.create_task(ann.generate(SCENARIO, "key")) for _ in range(3)]
    await ann_is_waiting(desk, 4)

    desk.writer.open.set()
    failed, *others = await asyncio.gather(winner, *waiting, return_exceptions=True)

    assert isinstance(failed, ProviderUnavailable)
    generated = [other for other in others if isinstance(other, Generated)]
    assert sorted(one.replayed for one in generated) == [False, True, True]
    assert len({one.challenge.id for one in generated}) == 1
    assert sorted(await desk.entries(ann)) == [(CHARGED, 1), (REFUNDED, 1)]
    assert len(desk.writer.briefs) == 2


async def test_a_caller_who_goes_away_meanwhile_is_refunded_and_frees_the_key(desk: Desk, ann: Person) -> None:
    desk.writer.open.clear()
    calling = asyncio.create_task(ann.generate(SCENARIO, "key"))
    await desk.writer.begun.wait()

    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling

    desk.writer.open.set()
    assert await desk.entries(ann) == [(REFUNDED, 1)]
    assert (await ann.generate(SCENARIO, "key")).replayed is False


async def test_a_caller_who_goes_away_while_the_challenge_is_stored_leaves_all_or_nothing(
    desk: Desk, ann: Person
) -> None:
    desk.writer.open.clear()
    calling = asyncio.create_task(ann.generate(SCENARIO, "key"))
    await desk.writer.begun.wait()
    desk.writer.open.set()
    while not desk.database.writing:
        await desk.database.read(lambda work: work.now)

    calling.cancel()
    await asyncio.gather(calling, return_exceptions=True)
    again = await ann.generate(SCENARIO, "key")

    assert await stored(ann) == 1
    assert await desk.used(ann) == 1
    assert again.replayed is (len(desk.writer.briefs) == 1)
    charged = [entry for entry in await desk.entries(ann) if entry == (CHARGED, 1)]
    assert len(charged) == 1


async def test_a_writer_over_its_deadline_is_refunded(desk: Desk) -> None:
    hurried = await met(replace(desk.services, generation_deadline=timedelta(milliseconds=20)), "ann")
    desk.writer.open.clear()

    with pytest.raises(ProviderUnavailable):
        await hurried.generate(SCENARIO, "key")

    assert await desk.entries(hurried) == [(REFUNDED, 1)]


async def test_a_reservation_that_ran_out_meanwhile_stores_nothing_and_charges_nothing(desk: Desk, ann: Person) -> None:

    desk.writer.open.clear()
    calling = asyncio.create_task(ann.generate(SCENARIO, "key"))
    await desk.writer.begun.wait()
    desk.clock.advance(timedelta(minutes=1))
    await Housekeeper(desk.database).tidy()

    desk.writer.open.set()
    with pytest.raises(ProviderUnavailable):
        await calling

    assert await desk.entries(ann) == [(REFUNDED, 1)]
    assert (await stored(ann), await desk.used(ann)) == (0, 0)


async def test_of_100_at_once_at_quota_50_exactly_50_succeed(desk: Desk, ann: Person) -> None:
    outcomes = await asyncio.gather(*(ann.generate(CHOICE) for _ in range(100)), return_exceptions=True)

    generated = [outcome for outcome in outcomes if isinstance(outcome, Generated)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, QuotaExceeded)]
    assert (len(generated), len(refused)) == (50, 50)
    assert len({one.challenge.id for one in generated}) == 50
    assert await stored(ann) == 50
    assert await desk.entries(ann) == [(CHARGED, 1)] * 50
    assert await desk.used(ann) == 50
    assert len(desk.writer.briefs) == 50  # who is refused gets nothing written


async def test_the_quota_starts_afresh_with_the_utc_day(desk: Desk) -> None:
    poor = await met(replace(desk.services, daily_quota=1), "ann")
    await poor.generate(CHOICE)
    with pytest.raises(QuotaExceeded):
        await poor.generate(CHOICE)

    desk.clock.advance(timedelta(hours=12))

    assert (await poor.generate(CHOICE)).quota.used == 1


async def test_a_key_is_kept_for_24_hours_at_least(desk: Desk, ann: Person) -> None:

    first = await ann.generate(CHOICE, "key")
    desk.clock.advance(timedelta(hours=24, minutes=1))
    await Housekeeper(desk.database).tidy()

    again = await ann.generate(CHOICE, "key")

    assert (again.replayed, again.challenge.id) == (True, first.challenge.id)


async def test_nobody_generates_without_signing_in(desk: Desk, ann: Person) -> None:
    ann.context.caller = Caller(None)

    with pytest.raises(Unauthenticated):
        await ann.generate(CHOICE)

    assert desk.writer.briefs == []
