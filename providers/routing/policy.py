"""The numbers of routing, in one place."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from domain.enums import Engine
from providers.faults import ModelFault

Timeout = Callable[[float], AbstractAsyncContextManager[asyncio.Timeout]]
"""Cancels what is inside it after so many seconds and raises TimeoutError: asyncio.timeout."""


@dataclass(frozen=True, slots=True)
class Route:
    """One model that can be asked."""

    engine: Engine
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How patient the router is.

    Attributes:
        tries: requests to one model for one question at most; the repair of an answer is not counted.
        backoff_seconds: before the second try; doubled for each further one, and drawn from its upper half.
        backoff_cap_seconds: never longer than this.
        retry_after_cap_seconds: a provider that asks for more is not waited for: the next one answers sooner.
        attempt_seconds: one request gets no more than this.
        share: of the time that is left, what a model may use while another one waits behind it.
        retry_after_seconds: what callers are told when no provider named a time.
    """

    tries: int = 3
    backoff_seconds: float = 0.5
    backoff_cap_seconds: float = 8.0
    retry_after_cap_seconds: float = 5.0
    attempt_seconds: float = 60.0
    share: float = 0.6
    retry_after_seconds: float = 15.0

    def delay_seconds(self, fault: ModelFault, *, tries: int, random: Callable[[], float]) -> float | None:
        """How long to wait before the same model is asked again; None when it is not.

        `random` draws from [0, 1): many callers that failed together must not come back together.
        """
        if not fault.retryable or tries >= self.tries:
            return None
        if fault.retry_after_seconds is None:
            longest: float = min(self.backoff_cap_seconds, self.backoff_seconds * 2.0 ** (tries - 1))
            return longest * (1 + random()) / 2
        if fault.retry_after_seconds > self.retry_after_cap_seconds:
            return None
        return fault.retry_after_seconds + self.backoff_seconds * random()
