"""Serving from the command line: one clear line when it cannot start, and what to open once it has."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Sequence

import uvicorn

from auth.development import DevelopmentIssuer
from persistence import locations
from server import storage
from server.app import create_app
from server.engines import grades, writes
from server.graphiql import PAGE
from server.listening import bind
from server.logs import configure_logging
from server.settings import DEVELOPMENT_USER, Settings
from server.startup import StartupReport, tune_garbage_collection
from server.wiring import WARM_UP_AFTER

STOP_SECONDS = 30
"""How long open requests get at shutdown; longer than `wait: true` waits for a result."""


class AnnouncingServer(uvicorn.Server):
    """uvicorn, saying where to look once the socket listens and the application has started."""

    def __init__(
        self, config: uvicorn.Config, app: StartupReport, announcement: str, token: Callable[[], str] | None
    ) -> None:
        """`token` makes what goes below the announcement, once it can be had without holding up the start."""
        super().__init__(config)
        self._app = app
        self._announcement = announcement
        self._token = token
        self._telling: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce. Raises what kept the application from starting, where uvicorn would just exit."""
        try:
            await super().startup(sockets)
        except SystemExit:
            if self._app.failure is None:
                raise
            raise self._app.failure from None
        if self.started and not self.should_exit:
            _print(self._announcement)
            if self._token is not None:
                self._telling = asyncio.create_task(self._tell(self._token), name="development-token")
                self._telling.add_done_callback(self._stop_unless_told)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop. Raises what kept the token from being made, if anything did."""
        await super().shutdown(sockets)
        if self._telling is not None and self._telling.done():
            self._telling.result()

    def _stop_unless_told(self, telling: asyncio.Task[None]) -> None:
        if not telling.cancelled() and telling.exception() is not None:
            self.should_exit = True

    async def _tell(self, token: Callable[[], str]) -> None:
        # Signing loads cryptography, which the warm-up does at the same moment: one of both waits for the other.
        await asyncio.sleep(WARM_UP_AFTER.total_seconds())
        _print(await asyncio.to_thread(token))


def serve(settings: Settings) -> None:
    """Serve until interrupted.

    Raises:
        ConfigurationError: the port is taken, the folder cannot be written, a key is unusable; before anything starts.
        StorageUnavailable: the database cannot be opened.
    """
    configure_logging(settings.log_level)
    tune_garbage_collection()
    storage.prepare_folder(settings)
    listening = bind(settings.host, settings.port)
    port = listening.getsockname()[1]
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=port,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="websockets-sansio",
        ws_max_size=settings.body_limit_bytes,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    server = AnnouncingServer(config, app, _announcement(settings, port), _token(settings))
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn stops gracefully and then raises the signal again: by then there is nothing left to interrupt.
        signal.signal(number, lambda *_: None)
    with listening:
        server.run(sockets=[listening])


def _announcement(settings: Settings, port: int) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    origin = f"http://{host}:{port}"
    lines: list[tuple[str, str]] = [
        ("GraphQL", f"{origin}/graphql  (WebSocket: {origin.replace('http', 'ws', 1)}/graphql)"),
        *_graphiql(settings, origin),
        ("Health", f"{origin}/health  {origin}/ready"),
        ("Docs", f"{origin}/docs"),
        ("Database", locations.describe(locations.parse(settings.database_url.get_secret_value()))),
        ("Writes", writes(settings)),
        ("Grades", grades(settings)),
    ]
    return f"\nIntrVu is ready.\n\n{_table(lines)}\n" + ("" if settings.development_identity else "\n")


def _token(settings: Settings) -> Callable[[], str] | None:
    """What makes the last lines, in development; its key is read and checked now."""
    if not settings.development_identity:
        return None
    issuer = DevelopmentIssuer.open(settings.data_dir)
    line = ("Token", f"for {DEVELOPMENT_USER}, in development only; others with `intrvu token --user NAME`")
    return lambda: f"{_table([line])}\n{issuer.issue(DEVELOPMENT_USER)}\n\n"


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _graphiql(settings: Settings, origin: str) -> list[tuple[str, str]]:
    if settings.production:
        return []
    return [("GraphiQL", f"{origin}/graphql  in a browser" if PAGE.is_file() else "not built: run `make web`")]


def _table(lines: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"  {name:<10}{value}" for name, value in lines)
