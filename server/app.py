"""The ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from domain.errors import ConfigurationError, StorageUnavailable, Unauthenticated
from resolvers.context import Caller, Context
from resolvers.identity import recognise
from resolvers.loaders import Loaders
from schema import schema
from server import health, pages, scraping
from server.assets import Assets
from server.graphiql import GraphiQLEndpoint
from server.logs import configure_logging
from server.metering import Metered
from server.metrics import TOKENS_REFUSED
from server.middleware import wrap
from server.settings import Settings
from server.startup import StartupReport, tune_garbage_collection
from server.wiring import Running, running

if TYPE_CHECKING:
    from server.models import Models


def app_from_environment() -> ASGIApp:
    """The application as `uvicorn server:app` serves it.

    Raises:
        ConfigurationError: a setting is refused.
    """
    settings = Settings.read()
    configure_logging(settings.log_level)
    tune_garbage_collection()
    return create_app(settings)


def create_app(settings: Settings, models: "Models | None" = None) -> StartupReport:
    """Wire the application. Nothing is opened before its lifespan starts.

    `models` are asked instead of those of the settings.
    """
    report = StartupReport()
    scraping.set_up(settings)
    graphql = GraphiQLEndpoint(schema, _context, settings=settings, origin_allowed=settings.origin_allowed)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        try:
            async with running(settings, models) as process:
                app.state.process = process
                yield
                await graphql.close_all()
                scraping.tear_down()
        except (ConfigurationError, StorageUnavailable) as exc:
            report.failure = exc
            raise

    app = Starlette(
        routes=[
            Route("/", pages.welcome),
            Route("/docs", pages.docs),
            Route("/health", health.health),
            Route("/ready", health.ready),
            Route("/metrics", scraping.show),
            Route("/graphql", graphql),
            WebSocketRoute("/graphql", graphql),
            Route("/assets/{name}", Assets().serve),
        ],
        lifespan=lifespan,
    )
    app.state.settings = settings
    report.app = Metered(wrap(app, settings), app.routes)
    return report


async def _context(connection: HTTPConnection, token: str | None) -> Context:
    """The context of a request or a socket. A token that does not verify makes a caller who is nobody."""
    process = cast("Running", connection.app.state.process)
    services = process.services
    caller = Caller(None)
    if token is not None:
        try:
            caller = Caller(await recognise(services, process.verifier.verify(token).principal))
        except Unauthenticated as exc:
            TOKENS_REFUSED.inc()
            caller = Caller(None, refusal=str(exc))
    return Context(
        services=services,
        request_id=connection.scope["state"]["request_id"],
        caller=caller,
        loaders=Loaders(services.database, None if caller.user is None else caller.user.id),
    )
