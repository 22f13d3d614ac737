"""One door to the database, whichever it is.

Work is a plain function of a UnitOfWork: it runs statements one after another, in one transaction, and is finished when
it returns; it never waits for anything else. That makes the same function run unchanged on SQLite, in one hop to the
connection's thread and grouped with its neighbours into one commit, and on PostgreSQL, over an asynchronous driver.
A write may run a second time after its first run was rolled back, so it changes nothing but the database.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from persistence.repositories.analytics import Analytics
from persistence.repositories.challenges import Challenges
from persistence.repositories.draws import Draws
from persistence.repositories.evaluations import Evaluations
from persistence.repositories.events import Events
from persistence.repositories.idempotency import IdempotencyKeys
from persistence.repositories.leases import Leases
from persistence.repositories.quota import Ledger
from persistence.repositories.scores import Scores
from persistence.repositories.stock import Stock
from persistence.repositories.users import Users

T = TypeVar("T")

DAY = timedelta(days=1)


class UnitOfWork:
    """One transaction: the repositories over its connection, and the moment by the database's clock."""

    def __init__(self, connection: Connection, clock: Callable[[Connection], datetime]) -> None:
        self._connection = connection
        self._clock = clock

    @cached_property
    def now(self) -> datetime:
        """The moment of this transaction, UTC, read once from the database's clock."""
        return self._clock(self._connection)

    @cached_property
    def users(self) -> Users:
        """People."""
        return Users(self._connection)

    @cached_property
    def challenges(self) -> Challenges:
        """What people were asked."""
        return Challenges(self._connection)

    @cached_property
    def evaluations(self) -> Evaluations:
        """What people answered."""
        return Evaluations(self._connection)

    @cached_property
    def scores(self) -> Scores:
        """Dimension scores and criterion judgements."""
        return Scores(self._connection)

    @cached_property
    def events(self) -> Events:
        """What happened to evaluations."""
        return Events(self._connection)

    @cached_property
    def leases(self) -> Leases:
        """Who may work on which evaluation."""
        return Leases(self._connection)

    @cached_property
    def ledger(self) -> Ledger:
        """The daily quota."""
        return Ledger(self._connection)

    @cached_property
    def idempotency(self) -> IdempotencyKeys:
        """Keys that make a repeated mutation harmless."""
        return IdempotencyKeys(self._connection)

    @cached_property
    def draws(self) -> Draws:
        """Which items of the bank a person has had."""
        return Draws(self._connection)

    @cached_property
    def stock(self) -> Stock:
        """Challenges that were written ahead."""
        return Stock(self._connection)

    @cached_property
    def analytics(self) -> Analytics:
        """What people's practice comes to."""
        return Analytics(self._connection)


class Database(Protocol):
    """What every database offers.

    Its methods raise StorageUnavailable when the database refuses (locked, full, gone, closed), and whatever the work
    raises; in either case nothing of that work is stored.
    """

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run work that only reads, on one consistent state."""
        ...

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run work in one transaction that is durable when this returns."""
        ...

    async def revision(self) -> str | None:
        """The migration that the database is at; None when it is empty."""
        ...

    async def close(self) -> None:
        """Finish what is under way and let go of every connection."""
        ...
