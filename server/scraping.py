"""/metrics, for Prometheus. Each folder declares what it counts beside its work; here it is shown.

docs/metrics.md lists all of it; a test holds the two together.
"""

import asyncio
import hmac
import os
import platform
from importlib import metadata
from typing import Final, cast

from loguru import logger
from prometheus_client import REGISTRY, CollectorRegistry, disable_created_metrics
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.requests import Request
from starlette.responses import Response

from domain.enums import ChallengeKind
from domain.errors import StorageUnavailable
from server.graphql.context import bearer_token
from server.metrics import BUILD, OLDEST_WAIT, STOCK, WAITING
from server.refusals import refusal
from server.settings import Settings
from server.wiring import Running

READ_SECONDS: Final = 2.0
"""How long a scrape waits for the database."""
SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The client library's own variable: where several workers keep their values, so that each can show the sum."""


def set_up(settings: Settings) -> None:
    """Say what is running."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # the client library's is untyped
    try:
        version = metadata.version("intrvu")
    except metadata.PackageNotFoundError:  # run from a checkout that was never installed
        version = "unknown"
    BUILD.clear()
    database = settings.database_url.get_secret_value().partition(":")[0]
    BUILD.labels(version, platform.python_version(), database).set(1)


def tear_down() -> None:
    """Take this worker's gauges out of the sum."""
    if SHARED_FOLDER in os.environ:
        mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]  # the client library's is untyped


async def show(request: Request) -> Response:
    """Every metric, in whichever of Prometheus's formats is asked for.

    Open while only this computer can reach the server (development identity); otherwise it takes the bearer token of
    INTRVU_METRICS_TOKEN, and is not there without one.
    """
    settings = cast("Settings", request.app.state.settings)
    if not settings.development_identity:
        if settings.metrics_token is None:
            return refusal(request.scope, 404, "There is nothing here.", code="NOT_FOUND")
        given = bearer_token(request.headers.get("authorization")) or ""
        if not hmac.compare_digest(given.encode(), settings.metrics_token.get_secret_value().encode()):
            return refusal(
                request.scope,
                401,
                "Send the token of INTRVU_METRICS_TOKEN.",
                code="UNAUTHENTICATED",
                headers={"WWW-Authenticate": "Bearer"},
            )
    await _look_at_database(cast("Running", request.app.state.process))
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(_registry()), headers={"Cache-Control": "no-store", "Content-Type": content_type})


async def _look_at_database(process: Running) -> None:
    try:
        async with asyncio.timeout(READ_SECONDS):
            backlog, levels = await process.services.database.read(
                lambda work: (work.leases.backlog(now=work.now), work.stock.levels())
            )
    except (StorageUnavailable, TimeoutError) as exc:
        # The rest is worth more than ever while the database is away.
        logger.bind(reason=str(exc)).warning("metrics_queue_unknown")
        WAITING.set(float("nan"))
        OLDEST_WAIT.set(float("nan"))
        for kind in ChallengeKind:
            STOCK.labels(kind.value).set(float("nan"))
    else:
        WAITING.set(backlog.waiting)
        OLDEST_WAIT.set(backlog.oldest_wait.total_seconds())
        for kind, level in levels.items():
            STOCK.labels(kind.value).set(level)


def _registry() -> CollectorRegistry:
    """This process's, or the sum of all workers' where they share a folder."""
    if SHARED_FOLDER not in os.environ:
        return REGISTRY
    shared = CollectorRegistry(support_collectors_without_names=True)
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # the client library's is untyped
    return shared
