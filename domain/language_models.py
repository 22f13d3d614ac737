"""What a language model is asked and what it answers, whoever's model it is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from domain.calls import Call, Task, Usage
from domain.challenge import Provenance
from domain.enums import Engine

if TYPE_CHECKING:
    from pydantic import BaseModel

T = TypeVar("T", bound="BaseModel")


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
        apart_from: whose opinion is known already: others are asked first, where there are others.
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
    apart_from: Engine | None = None
    repair: Repair | None = None


OnCall = Callable[[Call], None]
"""Is told of every request that was sent, when it has ended, however it did."""


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
