"""Leaves a model alone that keeps failing, and tries it again with one request."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from providers.faults import AccessDenied, BreakerOpen, ModelFault, Transient


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How much a breaker takes.

    Attributes:
        failures: in a row, that open it.
        open_seconds: for how long, after those; and at most, when the provider named a time itself.
        denied_seconds: for how long after a refused key, which takes an operator to mend.
    """

    failures: int = 5
    open_seconds: float = 30.0
    longest_open_seconds: float = 300.0
    denied_seconds: float = 300.0


class Breaker:
    """Of one model. Closed, it lets everything pass; open, nothing; then one probe, whose end decides.

    Only what says something about the provider's health counts: faults that another attempt might mend, and refused
    keys. An answer that breaks its schema or a request that is refused is an answer.
    """

    def __init__(self, tolerance: Tolerance, clock: Callable[[], float]) -> None:
        self._tolerance = tolerance
        self._clock = clock
        self._failures = 0
        self._open_until = -math.inf
        self._tripped = False
        self._probing = False

    def admit(self) -> None:
        """Let one request pass; whoever gets it says how it ended, with one of the three methods below.

        Raises:
            BreakerOpen: not now; after `retry_after_seconds` one may try.
        """
        if not self._tripped:
            return
        left = self._open_until - self._clock()
        if left > 0 or self._probing:
            raise BreakerOpen("The model is out of use for now.", retry_after_seconds=max(left, 1.0))
        self._probing = True

    def succeed(self) -> None:
        """The provider answered. An answer to what was asked before the breaker opened does not close it."""
        if self._tripped and not self._probing:
            return
        self._failures, self._tripped, self._probing = 0, False, False

    def fail(self, fault: ModelFault) -> bool:
        """The request ended in a fault. True when that opened the breaker."""
        if isinstance(fault, AccessDenied):
            return self._open(self._tolerance.denied_seconds)
        if not isinstance(fault, Transient):
            self.succeed()
            return False
        self._failures += 1
        asked = min(fault.retry_after_seconds or 0.0, self._tolerance.longest_open_seconds)
        if asked > self._tolerance.open_seconds:
            return self._open(asked)
        if self._probing or self._failures >= self._tolerance.failures:
            return self._open(self._tolerance.open_seconds)
        return False

    def abandon(self) -> None:
        """The request was given up before it said anything: the next one is the probe."""
        self._probing = False

    def _open(self, seconds: float) -> bool:
        was_open = self._tripped and not self._probing
        self._open_until = max(self._open_until, self._clock() + seconds)
        self._tripped, self._probing = True, False
        return not was_open
