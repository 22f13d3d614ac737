"""The provider's HTTP side: reads a request of either API, and answers in its words."""

import asyncio
import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from tests.integration.providers.dialects import DIALECTS, Dialect
from tests.integration.providers.loopback import Loopback, Received, Reply, answer, as_events, as_json, request
from tests.interviewer.acting import Actor
from tests.interviewer.faults import Plan, never, reply

PATHS = {"/v1/chat/completions": "chat", "/v1/messages": "messages"}
LOG = "/log"
"""GET: everything that was asked, as JSON."""


@dataclass(frozen=True)
class Asked:
    """One request: which of our output types it wanted, and when it came and was answered (monotonic seconds)."""

    wanted: str
    model: str
    received_at: float
    answered_at: float
    failed: str | None


@dataclass
class Interviewer(Loopback):
    """Answers whatever our prompts ask. `latency` gives the seconds that the next answer takes."""

    plan: Plan = never
    latency: Callable[[], float] = lambda: 0.0
    actor: Actor = field(default_factory=Actor)
    asked: list[Asked] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            received = await request(reader)
            await answer(await self._reply(received), reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _reply(self, received: Received) -> Reply:
        if received.path == LOG:
            return as_json([vars(asked) for asked in self.asked])
        if received.path not in PATHS:
            return as_json({"error": {"message": "there is nothing here"}}, status=404)
        self.received.append(received)
        began = monotonic()
        dialect = _of_model(DIALECTS[PATHS[received.path]], received.body["model"])
        texts = [text for _, text in dialect.text_of(received.body)]
        wanted, value = self.actor.perform(_schema(received.body), texts)
        streamed = bool(received.body.get("stream"))
        fault = self.plan(streamed)
        await asyncio.sleep(self.latency())
        self.asked.append(Asked(wanted, dialect.model, began, monotonic(), fault))
        text = json.dumps(value)
        if fault is not None:
            return reply(fault, dialect, text, streamed=streamed)
        return as_events(dialect.events(text)) if streamed else dialect.plain(text)


def _of_model(dialect: Dialect, model: str) -> Dialect:
    named = copy.copy(dialect)
    named.model = model
    return named


def _schema(body: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema that the answer must fit."""
    if "output_config" in body:
        schema: dict[str, Any] = body["output_config"]["format"]["schema"]
    else:
        schema = body["response_format"]["json_schema"]["schema"]
    return schema
