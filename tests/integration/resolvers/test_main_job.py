"""Generate, answer, watch: the use cases together, on every database."""

import asyncio

import pytest

from domain.challenge import MultipleChoiceSolution, ScenarioSolution
from domain.enums import ChallengeKind, Dimension, Engine, EvaluationPhase, EvaluationStatus, QuotaEntryState
from domain.errors import NotFound, UnknownEntity
from domain.evaluation import Answer
from domain.events import Completed, DimensionScored, Event, FeedbackWritten, PhaseChanged, Queued
from domain.ids import EvaluationId
from domain.paging import PageRequest
from resolvers import challenges, evaluations, progress, quota
from tests.integration.resolvers.conftest import Person, other_option, parts


async def events_of(person: Person, id: EvaluationId, after: int = 0) -> list[Event]:
    return [event async for event in await progress.follow(person.context, id, after_sequence=after)]


async def test_a_correct_choice_scores_100_is_free_and_reveals_the_solution(alice: Person) -> None:
    generated = await alice.generate(ChallengeKind.MULTIPLE_CHOICE)
    challenge = generated.challenge
    assert challenge.solution is None
    correct = await alice.correct_option(challenge.id)

    submitted = await alice.submit(challenge, Answer(option_id=correct))

    evaluation = submitted.evaluation
    assert (evaluation.status, evaluation.correct, evaluation.overall_score) == (
        EvaluationStatus.COMPLETED,
        True,
        100.0,
    )
    assert submitted.quota.used == 1  # the challenge; grading a choice costs nothing
    revealed = await challenges.get(alice.context, challenge.id)
    assert revealed is not None
    assert isinstance(revealed.solution, MultipleChoiceSolution)
    assert revealed.solution.correct_option_id == correct
    assert len(revealed.solution.misconceptions) == 3
    happenings = [event.happening for event in await events_of(alice, evaluation.id)]
    assert happenings == [Queued(), PhaseChanged(EvaluationPhase.SCORING, 0, 1), Completed()]


async def test_a_wrong_choice_scores_0(alice: Person) -> None:
    challenge = (await alice.generate(ChallengeKind.MULTIPLE_CHOICE)).challenge
    wrong = other_option(challenge, await alice.correct_option(challenge.id))

    evaluation = (await alice.submit(challenge, Answer(option_id=wrong))).evaluation

    assert (evaluation.correct, evaluation.overall_score) == (False, 0.0)
    assert evaluation.provenance is not None
    assert evaluation.provenance.engine is Engine.EMBEDDED


async def test_a_scenario_is_judged_in_four_dimensions_and_every_event_is_numbered(alice: Person) -> None:
    challenge = (await alice.generate(ChallengeKind.SCENARIO)).challenge
    complete = await alice.context.services.database.read(lambda work: work.challenges.with_solution(challenge.id))
    assert isinstance(complete.solution, ScenarioSolution)
    answer = parts(challenge, *(part.text for part in complete.solution.model_answers))

    submitted = await alice.submit(challenge, answer, wait=False)
    assert submitted.evaluation.status in {EvaluationStatus.QUEUED, EvaluationStatus.RUNNING}
    events = await events_of(alice, submitted.evaluation.id)

    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert events[0].happening == Queued()
    assert isinstance(events[-1].happening, Completed)
    scored = [event.happening.score for event in events if isinstance(event.happening, DimensionScored)]
    assert {score.dimension for score in scored} == set(Dimension)
    assert all(score.criteria == () for score in scored)  # their rationales name key points
    phases = [event.happening.phase for event in events if isinstance(event.happening, PhaseChanged)]
    assert phases == list(EvaluationPhase)
    assert any(isinstance(event.happening, FeedbackWritten) for event in events)

    evaluation = await alice.context.loaders.evaluations.load(submitted.evaluation.id)
    assert evaluation is not None
    assert evaluation.overall_score is not None
    assert evaluation.overall_score > 85
    assert evaluation.feedback is not None
    assert evaluation.feedback.summary
    assert evaluation.model_answers == complete.solution.model_answers
    assert evaluation.progress.completed_steps == evaluation.progress.total_steps == 7
    assert evaluation.progress.last_sequence == len(events)
    scores = await alice.context.loaders.scores.load(evaluation.id)
    assert [score.dimension for score in scores] == list(Dimension)
    assert all(score.criteria for score in scores)
    texts = {part.question_id: part.text for part in evaluation.answer.parts}
    for evidence in (evidence for score in scores for evidence in score.evidence):
        assert texts[evidence.question_id][evidence.start : evidence.end] == evidence.quote
    entries = (await quota.ledger(alice.context, PageRequest(10))).rows
    assert [(entry.state, entry.subject_id) for entry in entries] == [
        (QuotaEntryState.CHARGED, evaluation.id),
        (QuotaEntryState.CHARGED, challenge.id),
    ]


async def test_late_early_and_repeated_followers_see_the_same_numbered_events(alice: Person) -> None:
    challenge = (await alice.generate(ChallengeKind.SCENARIO)).challenge
    id = (await alice.submit(challenge, parts(challenge, "An index on the column."), wait=False)).evaluation.id

    early = await asyncio.gather(*(events_of(alice, id) for _ in range(10)))
    late = await events_of(alice, id)
    tail = await events_of(alice, id, after=5)
    after_the_last = await events_of(alice, id, after=late[-1].sequence)

    assert all(seen == late for seen in early)
    assert tail == late[5:]
    assert after_the_last == []


async def test_a_stranger_can_neither_read_answer_cancel_nor_follow(alice: Person, bob: Person) -> None:
    challenge = (await alice.generate(ChallengeKind.SCENARIO)).challenge
    evaluation = (await alice.submit(challenge, parts(challenge, "An answer."), wait=True)).evaluation

    assert await challenges.get(bob.context, challenge.id) is None
    assert await evaluations.get(bob.context, evaluation.id) is None
    assert await bob.context.loaders.scores.load(evaluation.id) == ()
    with pytest.raises(UnknownEntity):
        await bob.submit(challenge, parts(challenge, "Mine."))
    with pytest.raises(UnknownEntity):
        await evaluations.cancel(bob.context, evaluation.id)
    with pytest.raises(NotFound):
        await progress.follow(bob.context, evaluation.id, after_sequence=0)
    assert (await quota.get(bob.context)).used == 0
