"""evaluateAnswer: what fits is stored with its first event, its price and its key in one transaction; the rest not."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from auth.rates import RateLimiter
from domain.challenge import AnswerPart, Challenge
from domain.enums import ChallengeKind, EvaluationPhase, EvaluationStatus, QuotaEntryState
from domain.errors import (
    AnswerTooLong,
    IdempotencyConflict,
    InvalidInput,
    QuotaExceeded,
    RateLimited,
    UnknownEntity,
    UserError,
)
from domain.evaluation import Answer
from domain.events import PhaseChanged, Queued
from domain.ids import ChallengeId, EvaluationId
from domain.paging import PageRequest
from domain.results import EvaluationResult
from persistence.repositories.idempotency import KeyName
from resolvers.evaluations import MUTATION, Submitted
from resolvers.runner import QUEUE
from tests.integration.resolvers.conftest import Desk, Person, met, parts
from tests.unit.workflows.doubles import PROVENANCE

CHOICE, SCENARIO = ChallengeKind.MULTIPLE_CHOICE, ChallengeKind.SCENARIO
RESERVED, CHARGED = QuotaEntryState.RESERVED, QuotaEntryState.CHARGED
RIGHT = EvaluationResult(overall_score=100.0, correct=True, provenance=PROVENANCE)


async def a_scenario(person: Person) -> Challenge:
    return (await person.generate(SCENARIO)).challenge


async def a_choice(person: Person) -> Challenge:
    return (await person.generate(CHOICE)).challenge


async def evaluations_of(desk: Desk, person: Person, challenge: Challenge) -> int:
    viewer = person.context.viewer
    page = await desk.database.read(
        lambda work: work.evaluations.pages(viewer.id, [challenge.id], PageRequest(100))[challenge.id]
    )
    return len(page.rows)


async def test_an_answer_is_queued_with_its_first_event_and_its_reservation(desk: Desk, ann: Person) -> None:
    challenge = await a_scenario(ann)

    submitted = await ann.submit(challenge, parts(challenge, "An index."), wait=False)

    evaluation = submitted.evaluation
    assert (submitted.replayed, submitted.quota.used) == (False, 2)
    assert evaluation.status is EvaluationStatus.QUEUED
    assert evaluation.answer == Answer(parts=(AnswerPart("q1", "An index."), AnswerPart("q2", "")))
    assert (evaluation.progress.completed_steps, evaluation.progress.total_steps) == (0, 7)
    assert (evaluation.started_at, evaluation.completed_at, evaluation.overall_score) == (None, None, None)
    (event,) = await desk.events(evaluation.id)
    assert (event.sequence, event.happening) == (1, Queued())
    assert await desk.entries(ann) == [(CHARGED, 1), (RESERVED, 1)]


async def test_parts_are_kept_in_the_order_of_the_questions(desk: Desk, ann: Person) -> None:
    challenge = await a_scenario(ann)
    mixed = Answer(parts=(AnswerPart("q2", "second"), AnswerPart("q1", "first")))

    evaluation = (await ann.submit(challenge, mixed, wait=False)).evaluation

    assert evaluation.answer.parts == (AnswerPart("q1", "first"), AnswerPart("q2", "second"))


def of_parts(*pairs: tuple[str, str]) -> Answer:
    return Answer(parts=tuple(AnswerPart(id, text) for id, text in pairs))


ANSWER = ("input", "answer")


@pytest.mark.parametrize(
    ("kind", "answer", "error", "field"),
    [
        (SCENARIO, of_parts(("q9", "x")), InvalidInput, (*ANSWER, "parts", "0", "questionId")),
        (SCENARIO, of_parts(("q1", "x"), ("q9", "y")), InvalidInput, (*ANSWER, "parts", "1", "questionId")),
        (SCENARIO, of_parts(("q1", "x"), ("q1", "y")), InvalidInput, (*ANSWER, "parts", "1", "questionId")),
        (SCENARIO, Answer(option_id="a"), InvalidInput, ANSWER),
        (SCENARIO, Answer(), InvalidInput, (*ANSWER, "parts")),
        (SCENARIO, of_parts(("q1", ""), ("q2", " \n\t")), InvalidInput, (*ANSWER, "parts")),
        (SCENARIO, of_parts(("q1", "😀" * 20_001)), AnswerTooLong, (*ANSWER, "parts", "0", "text")),
        (SCENARIO, of_parts(("q1", "x"), ("q2", "é" * 20_001)), AnswerTooLong, (*ANSWER, "parts", "1", "text")),
        (
            SCENARIO,
            of_parts(("q1", "😀" * 20_000), ("q2", "y" * 20_000), ("q1", "z")),
            AnswerTooLong,
            (*ANSWER, "parts"),
        ),
        (CHOICE, of_parts(("q1", "x")), InvalidInput, ANSWER),
        (CHOICE, Answer(), InvalidInput, ANSWER),
        (CHOICE, Answer(option_id="e"), InvalidInput, (*ANSWER, "optionId")),
        (CHOICE, Answer(option_id="Option b"), InvalidInput, (*ANSWER, "optionId")),
    ],
)
async def test_an_answer_that_does_not_fit_is_refused_by_field_and_stores_nothing(
    desk: Desk, ann: Person, *, kind: ChallengeKind, answer: Answer, error: type[UserError], field: tuple[str, ...]
) -> None:
    challenge = (await ann.generate(kind)).challenge

    with desk.services.wake_ups.listening(QUEUE) as bell, pytest.raises(error) as refused:
        await ann.submit(challenge, answer, key="key")

    assert refused.value.field == field
    assert not bell.rung
    await assert_nothing_stored(desk, ann, challenge)


async def assert_nothing_stored(desk: Desk, person: Person, challenge: Challenge) -> None:
    """No row, no event (there is no row to hang it from), no ledger row, and the key is free."""
    name = KeyName(person.context.viewer.id, MUTATION, "key")
    assert await evaluations_of(desk, person, challenge) == 0
    assert await desk.entries(person) == [(CHARGED, 1)]
    assert await desk.database.read(lambda work: work.idempotency.find(name, now=work.now)) is None
    assert not await desk.database.read(lambda work: work.leases.any_free(now=work.now))


@pytest.mark.parametrize("length", [("😀" * 20_000, ""), ("😀" * 20_000, "e\u0301" * 10_000)])
async def test_20_000_characters_a_part_and_40_000_in_all_are_accepted_in_code_points(
    desk: Desk, ann: Person, length: tuple[str, str]
) -> None:
    challenge = await a_scenario(ann)

    evaluation = (await ann.submit(challenge, parts(challenge, *length), wait=False)).evaluation

    assert tuple(part.text for part in evaluation.answer.parts) == length


@pytest.mark.parametrize(("parts_in_all", "limit"), [((20_001,), 20_000), ((20_000, 20_000, 1), 40_000)])
async def test_an_answer_that_is_too_long_names_its_limit(
    desk: Desk, ann: Person, parts_in_all: tuple[int, ...], limit: int
) -> None:
    challenge = await a_scenario(ann)
    answer = of_parts(*((f"q{number}", "😀" * length) for number, length in enumerate(parts_in_all)))

    with pytest.raises(AnswerTooLong) as refused:
        await ann.submit(challenge, answer)

    assert refused.value.limit == limit
    assert f"{limit:,}" in str(refused.value)


async def test_an_unknown_or_a_strangers_challenge_is_not_found(desk: Desk, ann: Person) -> None:
    ben = await desk.person("ben")
    hers = await a_scenario(ann)

    for challenge in (replace(hers, id=ChallengeId("unknown")), hers):
        with pytest.raises(UnknownEntity) as refused:
            await ben.submit(challenge, parts(hers, "Mine."), key="key")
        assert refused.value.field == ("input", "challengeId")

    assert await desk.entries(ben) == []
    await assert_nothing_stored(desk, ann, hers)


async def test_revises_must_be_an_own_evaluation_of_the_same_challenge(desk: Desk, ann: Person) -> None:
    ben = await desk.person("ben")
    challenge, other, bens = await a_scenario(ann), await a_scenario(ann), await a_scenario(ben)
    first = (await ann.submit(challenge, parts(challenge, "First."), wait=False)).evaluation
    foreign = (await ben.submit(bens, parts(bens, "His."), wait=False)).evaluation
    before = await desk.entries(ann)

    for revises, error in (
        (EvaluationId("unknown"), UnknownEntity),
        (foreign.id, UnknownEntity),
        (first.id, InvalidInput),
    ):
        with pytest.raises(error) as refused:
            await ann.submit(other, parts(other, "Better."), key="key", revises=revises)
        assert refused.value.field == ("input", "revises")
    assert await evaluations_of(desk, ann, other) == 0
    assert await desk.entries(ann) == before

    second = (await ann.submit(challenge, parts(challenge, "Better."), revises=first.id, wait=False)).evaluation
    assert second.revises == first.id


async def test_multiple_choice_is_free_also_when_the_quota_is_used_up(desk: Desk, ann: Person) -> None:
    poor = await met(replace(desk.services, daily_quota=2), "ann")
    choice, scenario = await a_choice(poor), await a_scenario(poor)

    submitted = await poor.submit(choice, Answer(option_id="a"), wait=False)
    with pytest.raises(QuotaExceeded) as refused:
        await poor.submit(scenario, parts(scenario, "An index."), key="key")

    assert submitted.quota.used == submitted.quota.limit == refused.value.limit == 2
    assert await desk.entries(poor) == [(CHARGED, 1)] * 2
    assert await evaluations_of(desk, poor, scenario) == 0
    assert (await met(desk.services, "ann")).context.viewer == poor.context.viewer
    again = await ann.submit(scenario, parts(scenario, "Other."), key="key", wait=False)  # the key was not bound
    assert again.replayed is False


async def test_ten_at_once_with_one_key_make_one_evaluation_and_one_reservation(desk: Desk, ann: Person) -> None:
    challenge = await a_scenario(ann)
    before = len(desk.rates.spent)

    submitted = await asyncio.gather(
        *(ann.submit(challenge, parts(challenge, "An index."), key="key", wait=False) for _ in range(10))
    )

    assert len({one.evaluation.id for one in submitted}) == 1
    assert sorted(one.replayed for one in submitted) == [False] + [True] * 9
    assert await evaluations_of(desk, ann, challenge) == 1
    assert await desk.entries(ann) == [(CHARGED, 1), (RESERVED, 1)]
    assert len(desk.rates.spent) - before == 1


async def test_two_processes_with_one_key_make_one_evaluation(desk: Desk, ann: Person) -> None:
    challenge = await a_scenario(ann)
    elsewhere = await met(desk.another_process(), "ann")

    submitted = await asyncio.gather(
        *(who.submit(challenge, parts(challenge, "An index."), key="key", wait=False) for who in (ann, elsewhere) * 5)
    )

    assert sorted(one.replayed for one in submitted) == [False] + [True] * 9
    assert await evaluations_of(desk, ann, challenge) == 1
    assert await desk.entries(ann) == [(CHARGED, 1), (RESERVED, 1)]


async def test_a_replay_is_the_evaluation_as_it_is_now_and_costs_nothing_whatever_wait_says(
    desk: Desk, ann: Person
) -> None:
    challenge = await a_choice(ann)
    first = await ann.submit(challenge, Answer(option_id="b"), key="key", wait=False)
    await desk.journal.store((await desk.take()).lease, [RIGHT])
    desk.rates.exhausted = True

    for wait in (True, False):
        again = await ann.submit(challenge, Answer(option_id="b"), key="key", wait=wait)
        assert (again.replayed, again.evaluation.id) == (True, first.evaluation.id)
        assert (again.evaluation.status, again.evaluation.correct) == (EvaluationStatus.COMPLETED, True)
    with pytest.raises(RateLimited):
        await ann.submit(challenge, Answer(option_id="b"), key="fresh")
    assert await evaluations_of(desk, ann, challenge) == 1
    assert await desk.entries(ann) == [(CHARGED, 1)]


async def test_other_input_under_the_same_key_is_a_conflict(desk: Desk, ann: Person) -> None:
    challenge, other = await a_scenario(ann), await a_scenario(ann)
    first = await ann.submit(challenge, parts(challenge, "One."), key="key", wait=False)
    before = await desk.entries(ann)

    for target, answer, revises in (
        (challenge, parts(challenge, "Two."), None),
        (challenge, parts(challenge, "", "One."), None),
        (other, parts(other, "One."), None),
        (challenge, parts(challenge, "One."), first.evaluation.id),
        (challenge, of_parts(("q1", "x" * 20_001)), None),  # a conflict first: the key is the older promise
    ):
        with pytest.raises(IdempotencyConflict) as refused:
            await ann.submit(target, answer, key="key", revises=revises)
        assert refused.value.field == ("input", "idempotencyKey")

    assert await evaluations_of(desk, ann, challenge) == 1
    assert await desk.entries(ann) == before


async def test_a_refused_rate_stores_nothing(desk: Desk, ann: Person) -> None:
    challenge = await a_scenario(ann)
    desk.rates.exhausted = True

    with pytest.raises(RateLimited) as refused:
        await ann.submit(challenge, parts(challenge, "An index."), key="key")

    assert refused.value.retry_after_seconds == 1.5
    await assert_nothing_stored(desk, ann, challenge)


async def test_the_rate_limit_is_each_persons_own(desk: Desk) -> None:
    services = replace(desk.services, rates=RateLimiter(per_minute=2))
    ann, ben = await met(services, "ann"), await met(services, "ben")
    await ann.generate(CHOICE)
    await ann.generate(CHOICE)

    with pytest.raises(RateLimited) as refused:
        await ann.generate(CHOICE)

    assert 0 < refused.value.retry_after_seconds <= 30
    assert (await ben.generate(CHOICE)).quota.used == 1
    assert await desk.used(ann) == 2


async def test_wait_answers_when_the_evaluation_is_done(desk: Desk, ann: Person) -> None:
    challenge = await a_choice(ann)
    with desk.services.wake_ups.listening(QUEUE) as bell:
        waiting = asyncio.create_task(ann.submit(challenge, Answer(option_id="b"), wait=True))
        await bell.wait(at_most_seconds=10)
    assignment = await desk.take()
    await desk.journal.store(assignment.lease, [PhaseChanged(EvaluationPhase.SCORING, 0, 1)])
    assert not waiting.done()

    await desk.journal.store(assignment.lease, [RIGHT])

    submitted: Submitted = await waiting
    assert (submitted.evaluation.status, submitted.evaluation.overall_score) == (EvaluationStatus.COMPLETED, 100.0)


async def test_a_caller_who_stops_waiting_stops_nothing_else(desk: Desk, ann: Person) -> None:
    challenge = await a_choice(ann)
    with desk.services.wake_ups.listening(QUEUE) as bell:
        waiting = asyncio.create_task(ann.submit(challenge, Answer(option_id="b"), key="key", wait=True))
        await bell.wait(at_most_seconds=10)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await desk.journal.store((await desk.take()).lease, [RIGHT])

    again = await ann.submit(challenge, Answer(option_id="b"), key="key")
    assert (again.replayed, again.evaluation.status) == (True, EvaluationStatus.COMPLETED)


async def test_a_key_of_an_evaluation_is_kept_for_24_hours(desk: Desk, ann: Person) -> None:
    challenge = await a_choice(ann)
    first = await ann.submit(challenge, Answer(option_id="b"), key="key", wait=False)

    desk.clock.advance(timedelta(hours=24, minutes=1))

    assert (await ann.submit(challenge, Answer(option_id="b"), key="key", wait=False)).replayed
    assert await evaluations_of(desk, ann, challenge) == 1
    assert first.replayed is False
