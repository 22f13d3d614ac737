"""The composition root: every adapter is chosen here, from the settings, and nowhere else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from random import Random, SystemRandom
from typing import TYPE_CHECKING

import uuid_utils
from loguru import logger

from auth.development import DevelopmentIssuer
from auth.rates import RateLimiter
from auth.tokens import TokenVerifier
from domain.calls import Task
from domain.enums import ChallengeKind, Difficulty, Domain
from persistence.database import Database
from persistence.journal import Journal
from persistence.wakeups import LocalWakeUps
from providers.embedded.bank import Bank
from providers.embedded.grader import EmbeddedGrader
from providers.embedded.writer import EmbeddedWriter
from resolvers.context import Services
from resolvers.housekeeper import Housekeeper
from resolvers.runner import Pacing, Runner
from resolvers.watch import Watch
from server import storage
from server.background import working
from server.engines import warn_of_retirements
from server.settings import CONTENT, Settings
from server.stocking import TASKS, stocked
from workflows.evaluation.grading import Grading, Mode
from workflows.graphs import Graphs

if TYPE_CHECKING:
    from providers.tracing.spans import LangSmith
    from server.models import Models

WARM_UP_AFTER = timedelta(milliseconds=200)
"""Long enough to listen and to answer the first /ready: the server is ready before it is warm."""
SHUTDOWN_GRACE = timedelta(seconds=5)
"""What running evaluations get to finish at shutdown, before they are handed back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a started process has."""

    services: Services
    verifier: TokenVerifier
    warming: asyncio.Task[None]
    """Loads what a start can do without. Its failure leaves a server that cannot do its work."""


@asynccontextmanager
async def running(settings: Settings, models: "Models | None" = None) -> AsyncIterator[Running]:
    """Open everything, work in the background meanwhile, and close everything.

    `models` are asked instead of those of the settings, and are left open.

    Raises:
        ConfigurationError, StorageUnavailable: one line that says what is wrong and what to do.
    """
    storage.prepare_folder(settings)
    verifier = token_verifier(settings)
    bank = Bank.load(CONTENT)
    warn_of_retirements(settings)
    random = SystemRandom()
    async with AsyncExitStack() as stack:
        database = await storage.open_migrated(settings)
        stack.push_async_callback(database.close)
        models, shown = _outside(settings, random, models, stack)
        wake_ups = LocalWakeUps()
        journal = Journal(database, wake_ups, lease_duration=timedelta(seconds=settings.lease_seconds))
        grader = EmbeddedGrader(bank.texts())
        writer = _writer(database, bank, random)
        graphs = Graphs(
            multiple_choice_writer=writer,
            scenario_writer=writer,
            grader=grader,
            journal=journal,
            random=random,
            pace=_pace(settings.embedded_step_delay_ms / 1000),
            models=None if models is None else models.asked,
            grading=_grading(settings, models),
            tracing=shown,
        )
        runner = Runner(
            database=database, wake_ups=wake_ups, journal=journal, evaluate=graphs.evaluate, pacing=_pacing(settings)
        )
        services = Services(
            production=settings.production,
            database=database,
            wake_ups=wake_ups,
            rates=RateLimiter(per_minute=settings.rate_limit_per_minute),
            evaluator=runner,
            write_challenge=graphs.write,
            domains=bank.domains,
            offered=bank.topics,
            new_id=_new_id,
            daily_quota=settings.daily_quota,
            generation_deadline=timedelta(seconds=settings.generation_deadline_seconds),
        )
        if models is not None:
            written = await stack.enter_async_context(stocked(settings, services, graphs, random))
            services = replace(services, write_challenge=written, offered=partial(_offered, settings, bank))
        housekeeper = Housekeeper(database, stock_max_age=timedelta(days=settings.stock_days))
        await stack.enter_async_context(working(housekeeper.run(), name="housekeeper"))
        await stack.enter_async_context(working(Watch(database, wake_ups).run(), name="watch"))
        loads = [verifier.warm, graphs.warm, grader.warm, *(each.warm for each in (models, shown) if each is not None)]
        warming = await stack.enter_async_context(working(_warm(*loads), name="warm-up"))
        await stack.enter_async_context(_evaluating(runner))
        yield Running(services=services, verifier=verifier, warming=warming)


def _outside(
    settings: Settings, random: Random, models: "Models | None", stack: AsyncExitStack
) -> "tuple[Models | None, LangSmith | None]":
    """Who is asked beyond this process, and who is shown it. An embedded server loads none of it."""
    shown = None
    if settings.langsmith_api_key is not None:
        from server.models import traces  # noqa: PLC0415 - see above

        shown = traces(settings, settings.langsmith_api_key)
        stack.push_async_callback(shown.close)
    if models is None and any(settings.asked(task) for task in Task):
        from server.models import language_models  # noqa: PLC0415 - see above

        models = language_models(settings, random, shown)
        stack.push_async_callback(models.close)
    return models, shown


def token_verifier(settings: Settings) -> TokenVerifier:
    """Whoever says who is calling: Clerk's key, or this server's own in development.

    Raises:
        ConfigurationError: the key is unusable, or cannot be kept.
    """
    if settings.jwt_key is None:
        return DevelopmentIssuer.open(settings.data_dir).verifier()
    return TokenVerifier(
        public_key_pem=settings.jwt_key.get_secret_value(),
        issuer=settings.clerk_issuer,
        authorized_parties=settings.authorized_parties,
    )


@asynccontextmanager
async def _evaluating(runner: Runner) -> AsyncIterator[None]:
    """Work on evaluations meanwhile; what is under way at the end gets its grace."""
    evaluating = asyncio.create_task(runner.run(), name="runner")
    try:
        yield
    finally:
        runner.stop()
        await asyncio.gather(evaluating, return_exceptions=True)


def _pacing(settings: Settings) -> Pacing:
    return Pacing(
        lease=timedelta(seconds=settings.lease_seconds),
        poll=timedelta(seconds=settings.runner_poll_seconds),
        grace=SHUTDOWN_GRACE,
        concurrency=settings.runner_concurrency,
    )


def _grading(settings: Settings, models: "Models | None") -> Grading:
    asked = models is not None and bool(settings.asked(Task.GRADING))
    return Grading(
        models=models.asked if models is not None and asked else None,
        mode=Mode(settings.grading_mode),
        fallback=settings.stands_in(Task.GRADING),
        deadline_seconds=settings.grading_deadline_seconds,
    )


def _offered(
    settings: Settings, bank: Bank, kind: ChallengeKind, domain: Domain, difficulty: Difficulty
) -> Collection[str]:
    """Models write on every topic; the bank has what it has."""
    if not settings.asked(TASKS[kind]):
        return bank.topics(kind, domain, difficulty)
    return next(info.topics for info in bank.domains if info.domain is domain)


def _writer(database: Database, bank: Bank, random: Random) -> EmbeddedWriter:
    return EmbeddedWriter(
        bank,
        claim=lambda user_id, candidates: database.write(lambda work: work.draws.claim(user_id, candidates)),
        random=random,
    )


def _pace(delay_seconds: float) -> Callable[[], Awaitable[None]]:
    async def pace() -> None:
        if delay_seconds:
            await asyncio.sleep(delay_seconds)

    return pace


def _new_id() -> str:
    return uuid_utils.uuid7().hex


async def _warm(*loads: Callable[[], object]) -> None:
    """Load what is slow to load, in threads, so that nobody's first request waits for it. From then on /ready knows."""
    await asyncio.sleep(WARM_UP_AFTER.total_seconds())
    try:
        for load in loads:
            await asyncio.to_thread(load)
    except Exception:
        logger.exception("warm_up_fault")
        raise
    logger.info("server_warm")
