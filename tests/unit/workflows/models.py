"""Language models that answer from a script, checked as the real ones' answers are, and a clock that they move."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from domain.calls import Call, Task, Usage
from domain.enums import Engine
from domain.errors import ProviderUnavailable
from domain.language_models import Completion, OnCall, OnPartial, Request, T

Reply = Callable[[Request[Any]], Any]
"""What is answered to a request: JSON text, what becomes JSON, or an error to raise."""
USAGE = Usage(input_tokens=1_000, output_tokens=200)
COST_USD = Decimal("0.001")


@dataclass
class HandClock:
    """Monotonic seconds that move when they are told to."""

    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class ScriptedModels:
    """Satisfies LanguageModels: `replies` go by the name of a request's output type.

    `seconds` is how long each answer takes by `clock`. An answer that does not fit its type ends as it does with the
    router after its repair: in ProviderUnavailable, with a call that tells why.
    """

    replies: Mapping[str, Reply]
    engine: Engine = Engine.OPENAI
    second_engine: Engine | None = Engine.ANTHROPIC
    clock: HandClock = field(default_factory=HandClock)
    seconds: float = 0.0
    degraded: bool = False
    requests: list[Request[Any]] = field(default_factory=list)
    deadlines: list[float] = field(default_factory=list)

    def can(self, task: Task) -> bool:
        return task in Task

    async def complete(
        self,
        request: Request[T],
        *,
        deadline_seconds: float,
        on_partial: OnPartial | None = None,
        on_call: OnCall | None = None,
    ) -> Completion[T]:
        self.requests.append(request)
        self.deadlines.append(deadline_seconds)
        self.clock.seconds += self.seconds
        reply = self.replies[request.output.__name__](request)
        outcome, value = "server_fault", None
        if not isinstance(reply, Exception):
            text = reply if isinstance(reply, str) else json.dumps(reply)
            try:
                outcome, value = "answered", request.output.model_validate_json(text)
            except ValidationError:
                outcome, reply = "invalid_output", ProviderUnavailable("nobody could answer", retry_after_seconds=15)
        if on_call is not None:
            on_call(self.call(request, outcome))
        if value is None:
            raise reply
        return Completion(
            value=value,
            engine=self.answering(request),
            model=f"{self.answering(request).value.lower()}-model",
            prompt_version=request.prompt_version,
            usage=USAGE,
            cost_usd=COST_USD,
            latency_seconds=self.seconds,
            attempts=1,
            degraded=self.degraded,
        )

    def answering(self, request: Request[Any]) -> Engine:
        """The first one, unless somebody else is wanted and there."""
        wants_another = request.apart_from is self.engine and self.second_engine is not None
        return self.second_engine or self.engine if wants_another else self.engine

    def call(self, request: Request[Any], outcome: str = "answered") -> Call:
        """What a request is accounted as."""
        return Call(
            task=request.task,
            engine=self.answering(request),
            model=f"{self.answering(request).value.lower()}-model",
            prompt_version=request.prompt_version,
            attempt=1,
            outcome=outcome,
            usage=USAGE,
            cost_usd=COST_USD,
            latency_seconds=self.seconds,
        )

    def of(self, output: str) -> list[Request[Any]]:
        """The requests for that type."""
        return [request for request in self.requests if request.output.__name__ == output]


def text_of(request: Request[Any]) -> str:
    """Everything that the model is shown."""
    return "\n".join([request.system, *(block.text for block in request.blocks)])
