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
        # How often it has opened or closed: what was asked before that says nothing about now.
        self._turns = 0

    def admit(self) -> "Passage":
        """Let one request pass; whoever sends it tells the passage how it ended.

        Raises:
            BreakerOpen: not now; after `retry_after_seconds` one may try.
        """
        if self._tripped:
            left = self._open_until - self._clock()
            if left > 0 or self._probing:
                raise BreakerOpen("The model is out of use for now.", retry_after_seconds=max(left, 1.0))
            self._probing = True
        return Passage(self, self._turns, is_probe=self._tripped)

    def current(self, turn: int) -> bool:
        """Whether it has neither opened nor closed since."""
        return turn == self._turns

    def note_success(self, *, is_probe: bool) -> None:
        """The provider answers."""
        self._failures = 0
        if is_probe:
            self._tripped = self._probing = False
            self._turns += 1

    def note_failure(self, fault: Transient) -> bool:
        """The provider fails. True when that opened the breaker."""
        self._failures += 1
        asked = min(fault.retry_after_seconds or 0.0, self._tolerance.longest_open_seconds)
        if asked > self._tolerance.open_seconds:
            return self.open(asked)
        if self._probing or self._failures >= self._tolerance.failures:
            return self.open(self._tolerance.open_seconds)
        return False

    def note_denial(self) -> bool:
        """The provider refuses the key. True when that opened the breaker."""
        return self.open(self._tolerance.denied_seconds)

    def release_probe(self) -> None:
        """The probe said nothing: the next request is the probe."""
        self._probing = False

    def open(self, seconds: float) -> bool:
        """Let nothing pass for so long. True unless it was open already."""
        was_open = self._tripped and not self._probing
        self._open_until = max(self._open_until, self._clock() + seconds)
        self._tripped, self._probing = True, False
        self._turns += 1
        return not was_open


class Passage:
    """One request's way through a breaker. Once that has opened or closed, the end of the request does not move it."""

    def __init__(self, breaker: Breaker, turn: int, *, is_probe: bool) -> None:
        self._breaker = breaker
        self._turn = turn
        self._is_probe = is_probe

    def succeed(self) -> None:
        """The provider answered."""
        if self._breaker.current(self._turn):
            self._breaker.note_success(is_probe=self._is_probe)

    def fail(self, fault: ModelFault) -> bool:
        """The request ended in a fault. True when that opened the breaker."""
        if isinstance(fault, AccessDenied):  # true of every request, whenever it was sent
            return self._breaker.note_denial()
        if not isinstance(fault, Transient):
            self.succeed()
            return False
        return self._breaker.current(self._turn) and self._breaker.note_failure(fault)

    def abandon(self) -> None:
        """The request was given up before it said anything."""
        if self._is_probe and self._breaker.current(self._turn):
            self._breaker.release_probe()
