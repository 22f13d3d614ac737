"""The whole house behind its real transports: uvicorn on a free port of 127.0.0.1 in the test's own loop."""

import io
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from loguru import logger
from websockets.asyncio.client import connect

from auth.development import DevelopmentIssuer
from server.app import create_app
from server.logs import configure_logging
from server.models import Models
from server.settings import Settings
from tests.integration.server.doubles import Peer

INTERNAL_WORDS = ("Traceback", "sqlalchemy", "sqlite3", "strawberry", "psycopg", 'File "', ".py", "Exception")
"""What tells of the inside: it is for the log, never for a client."""

Rows = dict[str, list[tuple[Any, ...]]]


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, as `serve` would write it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    stream = io.StringIO()
    configure_logging("DEBUG", stream=stream)
    try:
        yield stream
    finally:
        logging.captureWarnings(capture=False)
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.getLogger("uvicorn.access").disabled = False
        logger.remove()
        logger.configure(patcher=lambda _: None)


@dataclass
class House:
    """A running server, its clients, and what its database holds."""

    settings: Settings
    origin: str
    http: httpx.AsyncClient
    log: io.StringIO

    @property
    def file(self) -> Path:
        return self.settings.data_dir / "intrvu.db"

    @cached_property
    def issuer(self) -> DevelopmentIssuer:
        return DevelopmentIssuer.open(self.settings.data_dir)

    def token(self, user: str, lifetime: timedelta = timedelta(hours=1)) -> str:
        return self.issuer.issue(user, lifetime=lifetime)

    def rows(self) -> Rows:
        """Every row of every table, read from outside."""
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as raw:
            tables = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {table: sorted(raw.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in tables}

    def select(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as raw:
            return raw.execute(sql, parameters).fetchall()

    async def post(
        self, document: str, variables: dict[str, Any] | None = None, *, user: str | None = "alice", token: str = ""
    ) -> httpx.Response:
        """One operation over HTTP, by somebody, or with a token of the test's making."""
        sent = token or (self.token(user) if user else "")
        headers = {"Authorization": f"Bearer {sent}"} if sent else {}
        return await self.http.post("/graphql", json={"query": document, "variables": variables or {}}, headers=headers)

    async def ask(self, document: str, variables: dict[str, Any] | None = None, *, user: str = "alice") -> Any:
        """The data of an operation that must succeed."""
        response = await self.post(document, variables, user=user)
        body = response.json()
        assert "errors" not in body, body
        return body["data"]

    @asynccontextmanager
    async def socket(self, user: str | None = "alice", *, init: bool = True) -> AsyncIterator[Peer]:
        """A WebSocket, acknowledged unless told otherwise."""
        uri = f"{self.origin.replace('http', 'ws', 1)}/graphql"
        async with connect(
            uri, subprotocols=["graphql-transport-ws"], compression=None, proxy=None, max_size=None
        ) as connection:
            peer = Peer(connection)
            if init:
                payload = {"Authorization": f"Bearer {self.token(user)}"} if user else {}
                await peer.send({"type": "connection_init", "payload": payload})
                assert await peer.receive() == {"type": "connection_ack"}
            yield peer

    def logged_events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.log.getvalue().splitlines()]


@asynccontextmanager
async def open_house(data_dir: Path, models: Models | None = None, **settings: Any) -> AsyncIterator[House]:
    """Start the application as `serve` does, and stop it as `serve` does; `models` instead of those of the settings."""
    read = Settings.read(env_file=None, data_dir=data_dir, **{"rate_limit_per_minute": 100_000, **settings})
    config = uvicorn.Config(
        create_app(read, models),
        host="127.0.0.1",
        port=0,
        loop="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=read.body_limit_bytes,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    with logged() as log:
        await server.startup()
        assert server.started, log.getvalue()
        origin = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=origin, timeout=60) as http:
                yield House(read, origin, http, log)
        finally:
            await server.shutdown()


def told(response: httpx.Response) -> tuple[str, str]:
    """The code and the message of the only error; nothing of the inside may be in the answer."""
    assert response.status_code != 500
    assert not [word for word in INTERNAL_WORDS if word in response.text], response.text
    (error,) = response.json()["errors"]
    assert error["extensions"]["requestId"] == response.headers["X-Request-ID"]
    return error["extensions"]["code"], error["message"]
