"""What people ask for that the stock is short of."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from domain.ids import UserId
from domain.stock import Cell
from persistence.wakeups import LocalWakeUps

TOPIC = "stock"
"""What rings when a cell is wanted."""
MISSED = 10
"""Somebody who got nothing weighs as much as this many who got one of the last."""


@dataclass(slots=True)
class Wish:
    """A cell that is to be filled up: until there is enough for `user_id`, who asked last, or for anybody.

    `not_before` is when it is worth trying, in monotonic seconds.
    """

    cell: Cell
    weight: int
    user_id: UserId | None
    not_before: float = 0.0


class Demand:
    """The cells that were asked for in this process since they were last filled up. At most one wish for each."""

    def __init__(self, wake_ups: LocalWakeUps) -> None:
        self._wake_ups = wake_ups
        self._wishes: dict[Cell, Wish] = {}

    def note(self, cell: Cell, *, weight: int, user_id: UserId | None) -> None:
        """Somebody asked, and little or nothing is left for them."""
        known = self._wishes.get(cell)
        if known is None:
            self._wishes[cell] = Wish(cell, weight, user_id)
        else:
            known.weight += weight
            known.user_id = user_id
        self._wake_ups.ring(TOPIC)

    def expect(self, cells: Iterable[Cell]) -> None:
        """Nobody asked yet, but somebody will: after everything that was asked for."""
        for cell in cells:
            self._wishes.setdefault(cell, Wish(cell, 0, None))

    def take(self, now: float, *, busy: Collection[Cell]) -> Wish | None:
        """The most wanted cell that is worth trying and not busy; it is no longer in demand."""
        ready = [wish for wish in self._wishes.values() if wish.not_before <= now and wish.cell not in busy]
        if not ready:
            return None
        chosen = max(ready, key=lambda wish: wish.weight)
        del self._wishes[chosen.cell]
        return chosen

    def put_back(self, wish: Wish, *, not_before: float) -> None:
        """It could not be filled up: try again, not before that moment."""
        newer = self._wishes.get(wish.cell)
        wish.not_before = not_before
        if newer is not None:
            wish.weight += newer.weight
            wish.user_id = newer.user_id
        self._wishes[wish.cell] = wish

    def next_at(self, *, busy: Collection[Cell]) -> float | None:
        """When the next wish is worth trying; None when there is none that is not busy."""
        return min((wish.not_before for wish in self._wishes.values() if wish.cell not in busy), default=None)
