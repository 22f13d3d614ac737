"""The provider's HTTP side: reads a request of either API, and answers in its words."""

import asyncio
import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

from tests.integration.providers.dialects import DIALECTS, Dialect
from tests.integration.providers.loopback import Loopback, Received, answer, as_events, as_json
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

    async def respond(self, received: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if received.path == LOG:
            return await answer(as_json([vars(asked) for asked in self.asked]), reader, writer)
        if received.path in PATHS:
            return await self._play(received, reader, writer)
        return await answer(as_json({"error": {"message": "there is nothing here"}}, status=404), reader, writer)

    async def _play(self, received: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Think for half of the time and write for the other half, where the answer is streamed."""
        began, latency = received.at, self.latency()
        self.received.append(received)
        # Whatever else has arrived is noticed now, and not when this one is thought through.
        await asyncio.sleep(latency / 4)
        dialect = _of_model(DIALECTS[PATHS[received.path]], received.body["model"])
        wanted, value = self.actor.perform(_schema(received.body), [text for _, text in dialect.text_of(received.body)])
        streamed, text = bool(received.body.get("stream")), json.dumps(value)
        fault = self.plan(streamed)
        if fault is not None:
            said = reply(fault, dialect, text, streamed=streamed)
        elif streamed:
            said = as_events(dialect.events(text))
            said = replace(said, pause_seconds=latency / 2 / len(said.chunks))
        else:
            said = dialect.plain(text)
        await asyncio.sleep(max(0.0, began + latency - monotonic() - said.pause_seconds * len(said.chunks)))
        try:
            return await answer(said, reader, writer)
        finally:
            self.asked.append(Asked(wanted, dialect.model, began, monotonic(), fault))


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
