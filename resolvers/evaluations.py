"""Evaluations: handing in an answer, cancelling, reading one."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from loguru import logger

from domain.challenge import Challenge
from domain.enums import ChallengeKind, EvaluationStatus, QuotaReason
from domain.errors import IdempotencyConflict, InvalidInput, UnknownEntity
from domain.evaluation import Answer, Assignment, Evaluation, Progress
from domain.events import Cancelled, Queued
from domain.ids import ChallengeId, EvaluationId, QuotaEntryId
from domain.quota import Quota, evaluation_price
from persistence.database import UnitOfWork
from persistence.repositories.evaluations import FIRST_SEQUENCE
from persistence.repositories.idempotency import KeyName
from persistence.wakeups import evaluation_topic
from resolvers import answers, replay
from resolvers.context import Context
from resolvers.metrics import EVALUATIONS, EVALUATIONS_QUEUED, REPLAYS, counting_refusals
from resolvers.runner import QUEUE
from workflows.steps import total_steps

MUTATION = "evaluateAnswer"
WAIT_SECONDS = 25.0
"""How long `wait: true` waits before it answers with the evaluation still running."""
LOOK_AGAIN_SECONDS = 1.0
"""How often to look whether it is done, should a wake-up be lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An answer as it is handed in."""

    challenge_id: ChallengeId
    answer: Answer
    idempotency_key: str | None
    revises: EvaluationId | None
    wait: bool


@dataclass(frozen=True, slots=True)
class Submitted:
    """An evaluation and what is left of the day. `replayed`: an earlier call with the same key made it."""

    evaluation: Evaluation
    quota: Quota
    replayed: bool


@dataclass(frozen=True, slots=True)
class _Fresh:
    """What a new evaluation is stored under."""

    id: EvaluationId
    entry_id: QuotaEntryId
    key: KeyName | None
    hashed: str


@dataclass(frozen=True, slots=True)
class _Stored:
    """What an answer came to. `current` is None when another call with the same key had stored it before."""

    id: EvaluationId
    current: tuple[Evaluation, Quota] | None = None
    assignment: Assignment | None = None


async def get(context: Context, id: EvaluationId) -> Evaluation | None:
    """One evaluation of the viewer's; None when it is unknown or a stranger's."""
    viewer = context.viewer
    found = await context.services.database.read(lambda work: work.evaluations.many(viewer.id, [id]))
    return found.get(id)


async def submit(context: Context, submission: Submission) -> Submitted:
    """Store an answer, queue its evaluation, and wait for the result when that is asked for.

    Raises:
        InvalidInput, AnswerTooLong, UnknownEntity: the answer does not fit the challenge; nothing was stored.
        IdempotencyConflict, QuotaExceeded, RateLimited: as their names say; nothing was stored.
    """
    services = context.services
    key, hashed = _key(context, submission)
    if key is None:
        stored = await _hand_in(context, submission, None, hashed)
    else:
        async with services.turns.of(key):
            bound = await replay.find(services.database, key, hashed)
            if bound is None:
                stored = await _hand_in(context, submission, key, hashed)
            else:
                stored = _Stored(EvaluationId(bound.subject_id or ""))
    current, replayed = stored.current, stored.current is None
    if replayed:
        REPLAYS.labels(MUTATION).inc()
    if submission.wait:
        await _until_final(context, stored.id)
    if submission.wait or current is None:
        current = await services.database.read(lambda work: _current(context, work, stored.id))
    return Submitted(*current, replayed)


async def cancel(context: Context, id: EvaluationId) -> Evaluation:
    """Stop an evaluation; one that has ended stays as it is. Refunds before the first score, and charges after it.

    Raises:
        UnknownEntity: unknown or a stranger's.
        RateLimited: as its name says.
    """
    services, viewer = context.services, context.viewer
    context.spend()

    ended_kind: ChallengeKind | None = None

    def transaction(work: UnitOfWork) -> Evaluation | None:
        nonlocal ended_kind
        sequence = work.evaluations.cancel(viewer.id, id, now=work.now)
        if sequence is not None:
            if work.scores.landed(id):
                work.ledger.charge_subject(id, now=work.now)
            else:
                work.ledger.refund_subject(id, now=work.now)
            work.events.append(id, sequence, Cancelled(), now=work.now)
        evaluation = work.evaluations.many(viewer.id, [id]).get(id)
        ended_kind = None  # said afresh by each run, should there be a second one
        if evaluation is not None and sequence is not None:
            ended_kind = work.challenges.many(viewer.id, [evaluation.challenge_id])[evaluation.challenge_id].kind
        return evaluation

    evaluation = await services.database.write(transaction)
    if ended_kind is not None:
        EVALUATIONS.labels(ended_kind.value, EvaluationStatus.CANCELLED.value).inc()
    if evaluation is None:
        raise UnknownEntity(
            "There is no such evaluation of yours: check the evaluationId.", field=("input", "evaluationId")
        )
    services.evaluator.abandon(id)
    services.wake_ups.ring(evaluation_topic(id))
    return evaluation


def _key(context: Context, submission: Submission) -> tuple[KeyName | None, str]:
    if submission.idempotency_key is None:
        return None, ""
    answer = submission.answer
    hashed = replay.input_hash(
        {
            "challenge": submission.challenge_id,
            "option": answer.option_id,
            "parts": [[part.question_id, part.text] for part in answer.parts],
            "revises": submission.revises,
        }
    )
    return KeyName(context.viewer.id, MUTATION, submission.idempotency_key), hashed


async def _hand_in(context: Context, submission: Submission, key: KeyName | None, hashed: str) -> _Stored:
    """Store the answer, and begin to work on it or wake a runner."""
    services = context.services
    answers.check_length(submission.answer)
    context.spend()
    fresh = _Fresh(EvaluationId(services.new_id()), QuotaEntryId(services.new_id()), key, hashed)
    with counting_refusals(QuotaReason.EVALUATION):
        # Shielded: what was taken is begun, whether or not the caller still waits.
        return await asyncio.shield(asyncio.ensure_future(_store_and_begin(context, submission, fresh)))


async def _store_and_begin(context: Context, submission: Submission, fresh: _Fresh) -> _Stored:
    services = context.services
    with services.evaluator.place() as place:
        lease = None if place is None else place.lease
        stored = await services.database.write(lambda work: _store(context, work, submission, fresh, lease))
        if place is not None and stored.assignment is not None:
            place.begin(stored.assignment)
        elif stored.current is not None:
            services.wake_ups.ring(QUEUE)
    if stored.current is not None:
        EVALUATIONS_QUEUED.inc()
        logger.bind(evaluation_id=stored.id, challenge_id=submission.challenge_id).info("evaluation_queued")
    return stored


def _store(
    context: Context, work: UnitOfWork, submission: Submission, fresh: _Fresh, lease_duration: timedelta | None
) -> _Stored:
    """Queue the evaluation with its first event, its reservation and its key; or find what the key stands for.

    With a `lease_duration` it is taken as well, unless what will be needed cannot be read: a runner sets that aside.
    """
    services, viewer, id, key = context.services, context.viewer, fresh.id, fresh.key
    if key is not None and not work.idempotency.bind(
        key, input_hash=fresh.hashed, owner=id, subject_id=id, now=work.now
    ):
        bound = work.idempotency.find(key, now=work.now)
        if bound is None:
            raise IdempotencyConflict("This idempotencyKey is in use: try again.", field=("input", "idempotencyKey"))
        return _Stored(EvaluationId(replay.same_input(bound, fresh.hashed).subject_id or ""))
    challenge = _challenge(context, work, submission)
    answer = answers.fitted(challenge, submission.answer)
    steps = total_steps(challenge.kind)
    lease = work.evaluations.add(
        answer,
        id=id,
        user_id=viewer.id,
        challenge_id=challenge.id,
        revises=submission.revises,
        total_steps=steps,
        now=work.now,
        request_id=context.request_id,
        lease_duration=lease_duration if _solution_is_legible(challenge) else None,
    )
    work.events.append(id, FIRST_SEQUENCE, Queued(), now=work.now)
    price = evaluation_price(challenge.kind)
    if price:
        work.ledger.reserve(
            viewer.id,
            QuotaReason.EVALUATION,
            price,
            id=fresh.entry_id,
            limit=services.daily_quota,
            now=work.now,
            subject_id=id,
        )
    assignment = None
    if lease is not None:
        assignment = Assignment(
            lease=lease,
            challenge=challenge,
            answer=answer,
            progress=Progress(None, 0, steps, FIRST_SEQUENCE),
            scores=(),
            stalled_attempts=1,
            request_id=context.request_id,
        )
    return _Stored(id, _current(context, work, id), assignment)


def _solution_is_legible(challenge: Challenge) -> bool:
    try:
        return challenge.solution is not None
    except ValueError:  # pydantic's is one
        return False


def _challenge(context: Context, work: UnitOfWork, submission: Submission) -> Challenge:
    viewer, id = context.viewer, submission.challenge_id
    challenge = work.challenges.to_answer(viewer.id, id)
    if challenge is None:
        raise UnknownEntity(
            "There is no such challenge of yours: check the challengeId.", field=("input", "challengeId")
        )
    if submission.revises is not None:
        revised = work.evaluations.many(viewer.id, [submission.revises]).get(submission.revises)
        if revised is None:
            raise UnknownEntity("There is no such evaluation of yours: check revises.", field=("input", "revises"))
        if revised.challenge_id != id:
            raise InvalidInput(
                "revises is an evaluation of another challenge: give one of the same challenge, or leave it out.",
                field=("input", "revises"),
            )
    return challenge


async def _until_final(context: Context, id: EvaluationId) -> None:
    services = context.services
    give_up_at = monotonic() + WAIT_SECONDS
    with services.wake_ups.listening(evaluation_topic(id)) as bell:
        while (left := give_up_at - monotonic()) > 0:
            evaluation = await get(context, id)
            if evaluation is None or evaluation.status.is_final:
                return
            await bell.wait(at_most_seconds=min(left, LOOK_AGAIN_SECONDS))


def _current(context: Context, work: UnitOfWork, id: EvaluationId) -> tuple[Evaluation, Quota]:
    viewer = context.viewer
    quota = work.ledger.today(viewer.id, limit=context.services.daily_quota, now=work.now)
    return work.evaluations.many(viewer.id, [id])[id], quota
