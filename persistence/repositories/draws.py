"""Which items of the curated bank a person has had, and how often."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, text

from domain.ids import UserId
from persistence.tables import bank_draws, users

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
        # One draw at a time for a person: what was never drawn has no row to lock, so the person's own stands for it.
        # SQLite knows no row locks and needs none, for its writes are one after another.
        self._connection.execute(select(users.c.id).where(users.c.id == user_id).with_for_update(key_share=True))
        rows = self._connection.execute(
            select(bank_draws.c.item_id, bank_draws.c.times).where(
                bank_draws.c.user_id == user_id, bank_draws.c.item_id.in_(candidates)
            )
        )
        times = {row.item_id: row.times for row in rows}
        chosen = min(candidates, key=lambda item_id: times.get(item_id, 0))
        self._connection.execute(_COUNT, {"user_id": user_id, "item_id": chosen})
        return chosen, times.get(chosen, 0)
