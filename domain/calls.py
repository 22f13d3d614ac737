"""What models were asked for a row, and what it took."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.enums import Engine


class Task(StrEnum):
    """What a model is asked for; each has its own order of providers."""

    MULTIPLE_CHOICE = "MULTIPLE_CHOICE"
    SCENARIO = "SCENARIO"
    GRADING = "GRADING"
    FEEDBACK = "FEEDBACK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was billed, in tokens. `input_tokens` includes those read from and written to the provider's cache."""

    input_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0

    @classmethod
    def reported(
        cls, *, input_tokens: int | None, cached: int | None, written: int | None, output: int | None
    ) -> "Usage":
        """What a server says, made sense of: some count cached tokens apart, and a count may be missing."""
        total = max(0, input_tokens or 0)
        read = min(max(0, cached or 0), total)
        return cls(
            input_tokens=total,
            cached_input_tokens=read,
            cache_write_tokens=min(max(0, written or 0), total - read),
            output_tokens=max(0, output or 0),
        )

    def __add__(self, other: "Usage") -> "Usage":
        """Both together."""
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that was sent to a model, for the row that it served.

    Attributes:
        attempt: which request of its question it was, from 1.
        outcome: "answered", or the kind of its fault, or "cancelled".
        cost_usd: by the list price; None when the model has no known price.
        latency_seconds: from its being sent to its answer or fault.
        serves: rows that share it, this one included: a call that wrote three questions serves three.
    """

    task: Task
    engine: Engine
    model: str
    prompt_version: str
    attempt: int
    outcome: str
    usage: Usage
    cost_usd: Decimal | None
    latency_seconds: float
    serves: int = 1
