"""Challenges: having one written, and reading one."""

import asyncio
from dataclasses import dataclass
from time import monotonic

from loguru import logger

from domain.challenge import Brief, Challenge, ChallengeDraft
from domain.enums import ChallengeKind, Difficulty, Domain, QuotaReason
from domain.errors import IntrvuError, InvalidInput, ProviderUnavailable
from domain.ids import ChallengeId, QuotaEntryId
from domain.quota import CHALLENGE_PRICE, Quota
from persistence.database import UnitOfWork
from persistence.repositories.idempotency import KeyName
from resolvers import metrics, replay
from resolvers.context import Context

MUTATION = "generateChallenge"
LOOK_AGAIN_SECONDS = 0.5
"""How often to look whether the winner of a race is done, should its wake-up be lost."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A challenge and what is left of the day. `replayed`: an earlier call with the same key made it."""

    challenge: Challenge
    quota: Quota
    replayed: bool


@dataclass(frozen=True, slots=True)
class _Reservation:
    """What was taken before the work: a unit of the quota and, where there is one, the key."""

    entry_id: QuotaEntryId
    owner: str
    key: KeyName | None


async def get(context: Context, id: ChallengeId) -> Challenge | None:
    """One challenge of the viewer's; None when it is unknown or a stranger's."""
    viewer = context.viewer
    found = await context.services.database.read(lambda work: work.challenges.many(viewer.id, [id]))
    return found.get(id)


async def generate(
    context: Context,
    *,
    kind: ChallengeKind,
    domain: Domain,
    difficulty: Difficulty,
    topic: str | None,
    idempotency_key: str | None,
) -> Generated:
    """Have a challenge written, once for each key.

    Raises:
        InvalidInput: the topic is none of the domain's, or nothing fits.
        IdempotencyConflict, QuotaExceeded, RateLimited, ProviderUnavailable: as their names say; nothing was charged.
    """
    viewer = context.viewer
    brief = Brief(
        user_id=viewer.id,
        kind=kind,
        domain=domain,
        difficulty=difficulty,
        topic=_known_topic(context, domain, topic),
    )
    if idempotency_key is None:
        context.spend()
        return await _work(context, brief, await _reserve(context))
    hashed = replay.input_hash({"kind": kind, "domain": domain, "difficulty": difficulty, "topic": topic})
    return await _generate_once(context, brief, KeyName(viewer.id, MUTATION, idempotency_key), hashed)


async def _generate_once(context: Context, brief: Brief, key: KeyName, hashed: str) -> Generated:
    """Work, or wait for whoever works under the same key."""
    services = context.services
    spent = False
    give_up_at = monotonic() + 2 * services.generation_deadline.total_seconds()
    with services.wake_ups.listening(_topic(key)) as bell:
        while monotonic() < give_up_at:
            reservation = None
            async with services.turns.of(key):
                bound = await replay.find(services.database, key, hashed)
                if bound is None:
                    if not spent:
                        context.spend()
                        spent = True
                    reservation = await _reserve_under(context, key, hashed)
            if reservation is not None:
                return await _work(context, brief, reservation)
            if bound is not None and bound.subject_id is not None:
                metrics.REPLAYS.labels(MUTATION).inc()
                return await _replayed(context, ChallengeId(bound.subject_id))
            if bound is not None:
                await bell.wait(at_most_seconds=LOOK_AGAIN_SECONDS)
    raise ProviderUnavailable(
        "An earlier call with this idempotencyKey is still at work: try again with the same key.", retry_after_seconds=5
    )


async def _reserve(context: Context) -> _Reservation:
    """Take a unit of the quota."""
    reservation = _reservation(context, None)
    with metrics.counting_refusals(QuotaReason.CHALLENGE):
        await context.services.database.write(lambda work: _take_unit(context, work, reservation))
    return reservation


async def _reserve_under(context: Context, key: KeyName, hashed: str) -> _Reservation | None:
    """Take the key and a unit of the quota together; None when somebody else has the key."""
    reservation = _reservation(context, key)

    def transaction(work: UnitOfWork) -> bool:
        expires_at = work.now + 2 * context.services.generation_deadline
        owned = work.idempotency.bind(
            key, input_hash=hashed, owner=reservation.owner, subject_id=None, now=work.now, expires_at=expires_at
        )
        if owned:
            _take_unit(context, work, reservation)
        return owned

    with metrics.counting_refusals(QuotaReason.CHALLENGE):
        return reservation if await context.services.database.write(transaction) else None


def _reservation(context: Context, key: KeyName | None) -> _Reservation:
    new_id = context.services.new_id
    return _Reservation(QuotaEntryId(new_id()), new_id(), key)


def _take_unit(context: Context, work: UnitOfWork, reservation: _Reservation) -> None:
    services = context.services
    work.ledger.reserve(
        context.viewer.id,
        QuotaReason.CHALLENGE,
        CHALLENGE_PRICE,
        id=reservation.entry_id,
        limit=services.daily_quota,
        now=work.now,
        expires_at=work.now + 2 * services.generation_deadline,
    )


async def _work(context: Context, brief: Brief, reservation: _Reservation) -> Generated:
    """Write the challenge, then store it and turn the reservation into a charge; whatever fails, give it back."""
    services = context.services
    generated = None
    began = monotonic()
    try:
        draft = await _written(context, brief)
        generated = await services.database.write(lambda work: _store(context, work, draft, reservation))
    except BaseException as exc:
        metrics.CHALLENGES.labels(brief.kind.value, metrics.NOBODY, metrics.failure_outcome(exc)).inc()
        raise
    finally:
        if generated is None:
            await asyncio.shield(_give_back(context, reservation))
        if reservation.key is not None:
            services.wake_ups.ring(_topic(reservation.key))
    made = generated.challenge
    outcome = "repeated" if made.repeated else "generated"
    metrics.CHALLENGES.labels(brief.kind.value, made.provenance.engine.value, outcome).inc()
    metrics.CHALLENGE_SECONDS.labels(brief.kind.value).observe(monotonic() - began)
    logger.bind(challenge_id=generated.challenge.id, kind=brief.kind, domain=brief.domain).info("challenge_generated")
    return generated


async def _written(context: Context, brief: Brief) -> ChallengeDraft:
    services = context.services
    try:
        async with asyncio.timeout(services.generation_deadline.total_seconds()):
            return await services.write_challenge(brief)
    except TimeoutError as exc:
        raise ProviderUnavailable(
            "Nobody could write a challenge in time; nothing was charged: try again.", retry_after_seconds=5
        ) from exc


def _store(context: Context, work: UnitOfWork, draft: ChallengeDraft, reservation: _Reservation) -> Generated:
    services, viewer, key = context.services, context.viewer, reservation.key
    id = ChallengeId(services.new_id())
    kept = work.ledger.charge(reservation.entry_id, id, now=work.now)
    if kept and key is not None:
        kept = work.idempotency.fulfil(key, owner=reservation.owner, subject_id=id, now=work.now)
    if not kept:
        raise ProviderUnavailable(
            "Writing the challenge took longer than its reservation; nothing was charged: try again.",
            retry_after_seconds=1,
        )
    challenge = work.challenges.add(draft, id=id, user_id=viewer.id, now=work.now)
    return Generated(challenge, work.ledger.today(viewer.id, limit=services.daily_quota, now=work.now), replayed=False)


async def _give_back(context: Context, reservation: _Reservation) -> None:
    def transaction(work: UnitOfWork) -> None:
        # Not refunded: it was charged just before the caller went away, and then the key stands for the challenge.
        refunded = work.ledger.refund(reservation.entry_id, now=work.now)
        if refunded and reservation.key is not None:
            work.idempotency.release(reservation.key, owner=reservation.owner)

    try:
        await context.services.database.write(transaction)
    except IntrvuError:
        # The housekeeper refunds what has expired, so nothing is lost but time.
        logger.bind(entry_id=reservation.entry_id).warning("challenge_reservation_not_given_back")


async def _replayed(context: Context, id: ChallengeId) -> Generated:
    services, viewer = context.services, context.viewer

    def transaction(work: UnitOfWork) -> Generated:
        challenge = work.challenges.many(viewer.id, [id])[id]
        quota = work.ledger.today(viewer.id, limit=services.daily_quota, now=work.now)
        return Generated(challenge, quota, replayed=True)

    return await services.database.read(transaction)


def _known_topic(context: Context, domain: Domain, topic: str | None) -> str | None:
    if topic is None:
        return None
    asked = " ".join(topic.split()).casefold()
    known = next(info.topics for info in context.services.domains if info.domain is domain)
    for name in known:
        if name.casefold() == asked:
            return name
    raise InvalidInput(
        f"topic is none of {domain.value}'s: choose one of {', '.join(map(repr, known))}, or leave it out.",
        field=("input", "topic"),
    )


def _topic(key: KeyName) -> str:
    return f"key/{key.user_id}/{key.mutation}/{key.key}"
