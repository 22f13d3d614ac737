"""Idempotency: one key, one effect. Equal input replays, other input is a conflict, and a user error binds nothing."""

import asyncio
import hashlib
from collections.abc import Mapping
from weakref import WeakValueDictionary

import orjson

from domain.errors import IdempotencyConflict
from persistence.database import Database
from persistence.repositories.idempotency import BoundKey, KeyName


class Turns:
    """Lets calls of this process that carry the same key go one after another.

    What is true is in the database; this only keeps the losers of a race from being counted against the rate limit.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[KeyName, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: KeyName) -> asyncio.Lock:
        """The lock of a key; it is gone when nobody holds or awaits it."""
        return self._locks.setdefault(key, asyncio.Lock())


def input_hash(values: Mapping[str, object]) -> str:
    """A digest of a mutation's input, the same for equal input whatever the order of its fields."""
    return hashlib.sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).hexdigest()


def same_input(bound: BoundKey, hashed: str) -> BoundKey:
    """What the key stands for, when it was bound by equal input.

    Raises:
        IdempotencyConflict: it was bound by other input.
    """
    if bound.input_hash != hashed:
        raise IdempotencyConflict(
            "This idempotencyKey was used before with other input: send a fresh key.", field=("input", "idempotencyKey")
        )
    return bound


async def find(database: Database, name: KeyName, hashed: str) -> BoundKey | None:
    """What the key stands for; None when it is free. Raises as `same_input` does."""
    bound = await database.read(lambda work: work.idempotency.find(name, now=work.now))
    return None if bound is None else same_input(bound, hashed)
