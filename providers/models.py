"""What a language model is asked and what it answers, free of any provider's SDK.

A caller builds a `Request` and hands it to the router; the router finds a `LanguageModel` that answers it in time.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from domain.challenge import Provenance
from domain.enums import Engine

T = TypeVar("T", bound=BaseModel)


class Task(StrEnum):
    """What a model is asked for; each has its own order of providers."""

    MULTIPLE_CHOICE = "MULTIPLE_CHOICE"
    SCENARIO = "SCENARIO"
    GRADING = "GRADING"
    FEEDBACK = "FEEDBACK"


class Effort(StrEnum):
    """How long a model that can reason may reason; the levels that both providers know."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the user's turn.

    `reused` says that the same text, with everything before it, is sent again within minutes: worth caching.
    """

    text: str
    reused: bool = False


@dataclass(frozen=True, slots=True)
class Repair:
    """An answer that did not fit its type, and why: both are shown to the model once."""

    output: str
    complaint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Generic[T]):
    """One question to a model.

    Attributes:
        task: decides which providers are asked, in which order.
        system: who the model is and what it must do; the same for many requests.
        blocks: the user's turn, from what is reused most to what is never reused, so that prefix caching works.
        prompt_version: names the prompt, for provenance and for the provider's cache.
        output: what the answer must be; its bounds are checked here, not by the provider.
        max_output_tokens: of the answer and of the reasoning before it together.
        effort: how long to reason; None, or a model without levels, leaves it to the model.
        temperature: 0..2; only for models that take sampling settings.
        repair: set by the router after an answer that did not fit.
    """

    task: Task
    system: str
    blocks: tuple[Block, ...]
    prompt_version: str
    output: type[T]
    max_output_tokens: int
    effort: Effort | None = None
    temperature: float | None = None
    repair: Repair | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was billed, in tokens. `input_tokens` includes those read from and written to the provider's cache."""

    input_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        """Both together."""
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
        )


@dataclass(frozen=True, slots=True)
class Generated(Generic[T]):
    """What one request to one model gave. `model` is the name that the provider says it used."""

    value: T
    model: str
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion(Generic[T]):
    """An answer, and what it took to get it.

    Attributes:
        value: the answer, of the type that was asked for.
        engine: whose model answered.
        model: its name, as the provider says it.
        prompt_version: the request's.
        usage: tokens of every attempt that was billed, failed ones too.
        cost_usd: of the same attempts; None when a model without a known price was used.
        latency_seconds: from the question to the answer, with waiting and failed attempts.
        attempts: requests that were sent, 1 or more.
        degraded: a provider that comes before this one was asked and failed.
    """

    value: T
    engine: Engine
    model: str
    prompt_version: str
    usage: Usage
    cost_usd: Decimal | None
    latency_seconds: float
    attempts: int
    degraded: bool

    @property
    def provenance(self) -> Provenance:
        """Who answered, for the row that this answer serves."""
        return Provenance(self.engine, self.model, self.prompt_version, self.degraded)


@dataclass(frozen=True, slots=True)
class Partial:
    """What has been written of an answer so far: plain JSON, its last string cut where the writing is.

    Nothing of it is validated. A greater `attempt` begins again: what an earlier one wrote is void.
    """

    attempt: int
    value: Mapping[str, Any]


OnPartial = Callable[[Partial], Awaitable[None]]
"""Is told what has been written so far. What it raises ends the request and reaches its caller."""
OnSnapshot = Callable[[Mapping[str, Any]], Awaitable[None]]
"""The same for one attempt."""


class LanguageModel(Protocol):
    """A provider's models. Makes one request at a time of it: no retry, no fallback, no limit of its own."""

    @property
    def engine(self) -> Engine:
        """Whose models these are."""
        ...

    async def generate(
        self, request: Request[T], *, model: str, timeout_seconds: float, on_snapshot: OnSnapshot | None = None
    ) -> Generated[T]:
        """Ask a model once.

        Args:
            request: what to ask.
            model: the provider's name of it.
            timeout_seconds: for connecting and for each read. The caller bounds the whole: it cancels.
            on_snapshot: asks for a stream, and is told of every piece of it.

        Raises:
            ModelFault: no value; its leaf says whether another attempt can succeed.
        """
        ...

    def warm(self) -> None:
        """Load what is slow to load. May be called in any thread, and again."""
        ...

    async def close(self) -> None:
        """Give up the connections."""
        ...
