"""A server whose models are the tests' provider double, in this process and on the load's core."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from auth.development import DevelopmentIssuer
from bench import load, processes
from tests.interviewer.server import Interviewer

PLENTY = {
    "INTRVU_RATE_LIMIT_PER_MINUTE": "100000",
    "INTRVU_DAILY_QUOTA": "100000",
    "INTRVU_MODEL_REQUESTS_PER_MINUTE": "100000",
    "INTRVU_DAILY_BUDGET_USD": "100000",
    "INTRVU_LOG_LEVEL": "ERROR",
}
"""No limit of ours is what is measured."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A server with models, the provider behind both of their names, and whoever may ask."""

    served: processes.Served
    provider: Interviewer
    data_dir: Path

    def token(self, user: str) -> str:
        """Signs somebody in for the time of the benchmark."""
        return DevelopmentIssuer.open(self.data_dir).issue(user, lifetime=timedelta(hours=2))


@asynccontextmanager
async def served(data_dir: Path, latency: Callable[[], float], **settings: str) -> AsyncIterator[Asked]:
    """Start both. The provider answers for OpenAI and for Anthropic."""
    provider = Interviewer(latency=latency)
    await provider.start()
    models = {
        "OPENAI_API_KEY": "sk-loopback",
        "OPENAI_BASE_URL": f"{provider.origin}/v1",
        "ANTHROPIC_API_KEY": "sk-ant-loopback",
        "ANTHROPIC_BASE_URL": provider.origin,
    }
    started = processes.intrvu(data_dir, **PLENTY, **models, **settings)
    # In a thread: this loop answers for the provider meanwhile.
    running = await asyncio.to_thread(started.__enter__)
    try:
        yield Asked(running, provider, data_dir)
    finally:
        await asyncio.to_thread(started.__exit__, None, None, None)
        await provider.stop()


class Client:
    """One person's connection, kept open."""

    def __init__(self, served: processes.Served, token: str) -> None:
        self._port = served.port
        self._token = token
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, document: str, **variables: object) -> Any:  # noqa: ANN401 - whatever was asked
        """The data of an operation that must succeed."""
        if self._open is None:
            self._open = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        body = json.dumps({"query": document, "variables": variables}).encode()
        answer = json.loads(await load.exchange(*self._open, load.post("/graphql", body, self._token)))
        if "errors" in answer:
            raise RuntimeError(answer["errors"])
        return answer["data"]

    async def close(self) -> None:
        """Hang up."""
        if self._open is not None:
            self._open[1].close()
            await self._open[1].wait_closed()
