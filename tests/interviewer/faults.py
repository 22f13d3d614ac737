"""How a provider fails, in the words of either API."""

import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from random import Random
from typing import Final

from tests.integration.providers.dialects import Dialect, Events
from tests.integration.providers.loopback import PAGE, Reply, as_events, as_json

NONSENSE = json.dumps({"colour": "blue"})
"""JSON, and nothing that was asked for."""


class Fault(StrEnum):
    """One way to fail."""

    RATE_LIMITED = "RATE_LIMITED"
    SERVER_ERROR = "SERVER_ERROR"
    OVERLOADED = "OVERLOADED"
    OVERLOADED_IN_MID_STREAM = "OVERLOADED_IN_MID_STREAM"
    CONNECTION_LOST = "CONNECTION_LOST"
    STREAM_CUT = "STREAM_CUT"
    ENDS_WITHOUT_A_WORD = "ENDS_WITHOUT_A_WORD"
    A_PAGE = "A_PAGE"
    BREAKS_THE_SCHEMA = "BREAKS_THE_SCHEMA"
    CUT_OFF = "CUT_OFF"
    REFUSED = "REFUSED"
    HUGE_RETRY_AFTER = "HUGE_RETRY_AFTER"
    WRONG_KEY = "WRONG_KEY"


ONLY_STREAMS: Final = frozenset({Fault.OVERLOADED_IN_MID_STREAM, Fault.STREAM_CUT, Fault.ENDS_WITHOUT_A_WORD})
"""What happens to streams alone."""

_STATUSES: Final = {
    Fault.RATE_LIMITED: (429, (("retry-after", "0"),)),
    Fault.HUGE_RETRY_AFTER: (429, (("retry-after", "86400"),)),
    Fault.SERVER_ERROR: (500, ()),
    Fault.WRONG_KEY: (401, ()),
    Fault.OVERLOADED: (529, ()),
}
_ENDS: Final = {Fault.CUT_OFF: "cut off", Fault.REFUSED: "refused"}


def reply(fault: Fault, dialect: Dialect, answer: str, *, streamed: bool) -> Reply:
    """What is sent instead of the answer."""
    if fault in _STATUSES:
        status, headers = _STATUSES[fault]
        error = {"type": "overloaded_error", "code": "overloaded", "message": "no"}
        return as_json({"type": "error", "error": error}, status=status, headers=headers)
    if fault is Fault.CONNECTION_LOST:
        return Reply(broken=True)
    if fault is Fault.A_PAGE:
        return PAGE
    if fault in ONLY_STREAMS:
        return _half(fault, dialect, dialect.events(answer))
    text = NONSENSE if fault is Fault.BREAKS_THE_SCHEMA else answer[: len(answer) // 2]
    end = _ENDS.get(fault, "finished")
    return as_events(dialect.events(text, end=end)) if streamed else dialect.plain(text, end=end)


def _half(fault: Fault, dialect: Dialect, events: Events) -> Reply:
    """The first half of a stream, and how it ends."""
    half = events[: len(events) // 2]
    if fault is Fault.OVERLOADED_IN_MID_STREAM:
        return as_events([*half, *dialect.error_events("overloaded_error")])
    return as_events(half, broken=fault is Fault.STREAM_CUT)


Plan = Callable[[bool], Fault | None]
"""Says of each request in turn how it fails; None: it does not. It is told whether the answer is streamed."""


def never(_: bool) -> Fault | None:
    """The plan of a provider that works."""
    return None


class Seeded:
    """Fails a share of all requests, each way as often as the others, until `most` have failed."""

    def __init__(self, random: Random, *, share: float, most: int, ways: Sequence[Fault] = tuple(Fault)) -> None:
        self._random = random
        self._share = share
        self._ways = ways
        self.left = most
        self.injected: dict[Fault, int] = dict.fromkeys(ways, 0)

    def __call__(self, streamed: bool) -> Fault | None:
        """Draw."""
        if self.left == 0 or self._random.random() >= self._share:
            return None
        self.left -= 1
        fault = self._random.choice([way for way in self._ways if streamed or way not in ONLY_STREAMS])
        self.injected[fault] += 1
        return fault
