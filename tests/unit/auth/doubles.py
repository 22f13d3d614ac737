"""Time that is set by hand."""

from dataclasses import dataclass

NOW = 1_790_000_000


@dataclass
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        return self.now
