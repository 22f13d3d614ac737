"""Which items of the curated bank a person has had, and how often."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, text

from domain.ids import UserId
from persistence.tables import bank_draws

_COUNT = text(
    """
    INSERT INTO bank_draws (user_id, item_id, times) VALUES (:user_id, :item_id, 1)
    ON CONFLICT (user_id, item_id) DO UPDATE SET times = bank_draws.times + 1
    """
)


class Draws:
    """Draws from the bank."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, user_id: UserId, candidates: Sequence[str]) -> tuple[str, int]:
        """Choose the first of the least-drawn candidates (not empty), and count the draw.

        Returns:
            The item's id, and how often this person had drawn it before.
        """
        rows = self._connection.execute(
            select(bank_draws.c.item_id, bank_draws.c.times)
            .where(bank_draws.c.user_id == user_id, bank_draws.c.item_id.in_(candidates))
            .with_for_update()
        )
        times = {row.item_id: row.times for row in rows}
        chosen = min(candidates, key=lambda item_id: times.get(item_id, 0))
        self._connection.execute(_COUNT, {"user_id": user_id, "item_id": chosen})
        return chosen, times.get(chosen, 0)
