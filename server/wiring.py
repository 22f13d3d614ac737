"""The composition root: every adapter is chosen here, from the settings, and nowhere else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom

import uuid_utils
from loguru import logger

from auth.development import DevelopmentIssuer
from auth.rates import RateLimiter
from auth.tokens import TokenVerifier
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
from server.settings import CONTENT, Settings
from workflows.graphs import Graphs

GENERATION_DEADLINE = timedelta(seconds=15)
"""How long a person waits for a challenge at most."""
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
async def running(settings: Settings) -> AsyncIterator[Running]:
    """Open everything, work in the background meanwhile, and close everything.

    Raises:
        ConfigurationError, StorageUnavailable: one line that says what is wrong and what to do.
    """
    storage.prepare_folder(settings)
    verifier = token_verifier(settings)
    bank = Bank.load(CONTENT)
    database = await storage.open_migrated(settings)
    wake_ups = LocalWakeUps()
    lease = timedelta(seconds=settings.lease_seconds)
    journal = Journal(database, wake_ups, lease_duration=lease)
    grader = EmbeddedGrader(bank.texts())
    graphs = _graphs(settings, database, journal, bank, grader)
    runner = Runner(
        database=database,
        wake_ups=wake_ups,
        journal=journal,
        evaluate=graphs.evaluate,
        pacing=Pacing(
            lease=lease,
            poll=timedelta(seconds=settings.runner_poll_seconds),
            grace=SHUTDOWN_GRACE,
            concurrency=settings.runner_concurrency,
        ),
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
        generation_deadline=GENERATION_DEADLINE,
    )
    working = asyncio.create_task(runner.run(), name="runner")
    tidying = asyncio.create_task(Housekeeper(database).run(), name="housekeeper")
    watching = asyncio.create_task(Watch(database, wake_ups).run(), name="watch")
    warming = asyncio.create_task(_warm(verifier.warm, graphs.warm, grader.warm), name="warm-up")
    try:
        yield Running(services=services, verifier=verifier, warming=warming)
    finally:
        runner.stop()
        tidying.cancel()
        watching.cancel()
        warming.cancel()
        await asyncio.gather(working, tidying, watching, warming, return_exceptions=True)
        await database.close()


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


def _graphs(settings: Settings, database: Database, journal: Journal, bank: Bank, grader: EmbeddedGrader) -> Graphs:
    random = SystemRandom()
    writer = EmbeddedWriter(
        bank,
        claim=lambda user_id, candidates: database.write(lambda work: work.draws.claim(user_id, candidates)),
        random=random,
    )
    return Graphs(
        multiple_choice_writer=writer,
        scenario_writer=writer,
        grader=grader,
        journal=journal,
        random=random,
        pace=_pace(settings.embedded_step_delay_ms / 1000),
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
