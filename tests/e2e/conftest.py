"""A started process, as a person would start it, and real GraphQL clients for it."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
from gql import Client, gql
from gql.client import AsyncClientSession
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

PROJECT = Path(__file__).resolve().parents[2]
INTRVU = [sys.executable, "-c", "from server.cli import main; main()"]
START_SECONDS = 60  # how long a start may take on a busy machine before a test gives up


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """The test run's environment, which has nobody's settings, and these."""
    return {**os.environ, "PYTHONPATH": str(PROJECT), "PORT": "0", "INTRVU_DATA_DIR": str(data_dir), **settings}


@dataclass
class Server:
    """One `intrvu serve`, restarted as often as a test likes over the same data folder."""

    data_dir: Path
    settings: dict[str, str]
    process: subprocess.Popen[str] | None = None
    origin: str = ""
    announcement: list[str] = field(default_factory=list)
    log: Path = Path()

    def start(self) -> None:
        """Start, and return when it says that it is ready."""
        self.announcement = []
        self.log = self.data_dir.parent / f"{self.data_dir.name}.log"
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*INTRVU, "serve"],
                env=environment(self.data_dir, **self.settings),
                cwd=self.data_dir.parent,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        lines: Queue[str | None] = Queue()
        threading.Thread(target=self._read, args=(self.process, lines), daemon=True).start()
        while not any(line.strip().startswith("Token") for line in self.announcement[:-1]):
            try:
                line = lines.get(timeout=START_SECONDS)
            except Empty:
                line = None
            if line is None:
                raise AssertionError(f"the server did not start: {''.join(self.announcement)}{self.log.read_text()}")
            self.announcement.append(line)
        self.origin = re.search(r"GraphQL\s+(http://\S+)/graphql", "".join(self.announcement))[1]

    @staticmethod
    def _read(process: subprocess.Popen[str], lines: "Queue[str | None]") -> None:
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    @property
    def printed_token(self) -> str:
        return self.announcement[-1].strip()

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        assert self.process is not None
        assert self.process.poll() is None, "it was dead before the kill"
        os.kill(self.process.pid, signal.SIGKILL)
        assert self.process.wait(timeout=10) == -signal.SIGKILL
        self.process.stdout.close()

    def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(timeout=40)
        self.process.stdout.close()
        return code

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What the database holds, read from outside of the process."""
        connection = sqlite3.connect(f"file:{self.data_dir / 'intrvu.db'}?mode=ro", uri=True)
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            connection.close()

    def token(self, user: str) -> str:
        printed = subprocess.run(
            [*INTRVU, "token", "--user", user],
            env=environment(self.data_dir, **self.settings),
            cwd=self.data_dir.parent,
            capture_output=True,
            text=True,
            check=True,
        )
        return printed.stdout.strip()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers and makes sure that none outlives its test."""
    started: list[Server] = []

    def start(name: str = "data", **settings: str) -> Server:
        server = Server(tmp_path / name, settings)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        if server.process is not None and server.process.poll() is None:
            server.stop()


@asynccontextmanager
async def over_http(server: Server, token: str) -> AsyncIterator[AsyncClientSession]:
    transport = HTTPXAsyncTransport(
        url=f"{server.origin}/graphql", headers={"Authorization": f"Bearer {token}"}, timeout=60
    )
    async with Client(transport=transport, fetch_schema_from_transport=False, execute_timeout=60) as session:
        yield session


@asynccontextmanager
async def over_websocket(server: Server, token: str) -> AsyncIterator[AsyncClientSession]:
    transport = WebsocketsTransport(
        url=f"{server.origin.replace('http', 'ws', 1)}/graphql",
        init_payload={"Authorization": f"Bearer {token}"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )
    async with Client(transport=transport, fetch_schema_from_transport=False) as session:
        yield session


PROGRESS = gql("""
subscription Progress($id: ID!, $after: Int) {
  evaluationProgress(evaluationId: $id, afterSequence: $after) {
    __typename
    sequence
    ... on EvaluationPhaseChanged { phase completedSteps totalSteps }
    ... on EvaluationDimensionScored { score { dimension score evidence { quote } } }
    ... on EvaluationFeedbackDelta { attempt section text }
    ... on EvaluationCompleted { evaluation { status overallScore } }
  }
}
""")


async def follow(session: AsyncClientSession, evaluation_id: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
    """The events of an evaluation as a client gets them."""
    query = PROGRESS
    query.variable_values = {"id": evaluation_id, "after": after}
    async for result in session.subscribe(query):
        yield result["evaluationProgress"]


async def run(session: AsyncClientSession, document: str, **variables: object) -> dict[str, Any]:
    request = gql(document)
    request.variable_values = variables
    return await session.execute(request)
