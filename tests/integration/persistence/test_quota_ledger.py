"""The ledger on every database: exact under concurrency, and settled once."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.enums import QuotaEntryState, QuotaReason
from domain.errors import QuotaExceeded
from domain.ids import QuotaEntryId, UserId
from domain.paging import PageRequest
from persistence.database import Database, UnitOfWork
from tests.factories import meet


def reserve(
    user_id: UserId, entry: str, *, limit: int, amount: int = 1, lifetime: timedelta | None = None
) -> Callable[[UnitOfWork], None]:
    def transaction(work: UnitOfWork) -> None:
        work.ledger.reserve(
            user_id,
            QuotaReason.CHALLENGE,
            amount,
            id=QuotaEntryId(entry),
            limit=limit,
            now=work.now,
            expires_at=None if lifetime is None else work.now + lifetime,
        )

    return transaction


async def used(database: Database, user_id: UserId) -> int:
    return (await database.read(lambda work: work.ledger.today(user_id, limit=50, now=work.now))).used


async def test_600_concurrent_reservations_at_limit_20_take_exactly_20(database: Database) -> None:
    alice = await meet(database, "alice")

    async def attempt(number: int) -> bool:
        try:
            await database.write(reserve(alice, f"entry-{number}", limit=20))
        except QuotaExceeded:
            return False
        return True

    outcomes = await asyncio.gather(*(attempt(number) for number in range(600)))

    assert sum(outcomes) == 20
    assert await used(database, alice) == 20
    assert await database.read(lambda work: work.ledger.count(alice)) == 20


async def test_the_error_names_the_limit_and_the_next_utc_midnight(database: Database) -> None:
    alice = await meet(database, "alice")
    await database.write(reserve(alice, "one", limit=1))

    with pytest.raises(QuotaExceeded) as refused:
        await database.write(reserve(alice, "two", limit=1))

    now = await database.read(lambda work: work.now)
    assert refused.value.limit == 1
    assert refused.value.resets_at == now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


async def test_a_limit_of_zero_takes_nothing(database: Database) -> None:
    alice = await meet(database, "alice")

    with pytest.raises(QuotaExceeded):
        await database.write(reserve(alice, "one", limit=0))

    assert await used(database, alice) == 0


async def test_a_refund_gives_back_once_and_a_charge_after_it_changes_nothing(database: Database) -> None:
    alice = await meet(database, "alice")
    await database.write(reserve(alice, "one", limit=5, amount=2))

    refunds = [
        await database.write(lambda work: work.ledger.refund(QuotaEntryId("one"), now=work.now)) for _ in range(2)
    ]
    charged = await database.write(lambda work: work.ledger.charge(QuotaEntryId("one"), "challenge", now=work.now))

    assert refunds == [True, False]
    assert charged is False
    assert await used(database, alice) == 0
    (entry,) = (await database.read(lambda work: work.ledger.page(alice, PageRequest(10)))).rows
    assert (entry.state, entry.amount, entry.subject_id) == (QuotaEntryState.REFUNDED, 2, None)


async def test_concurrent_settlements_of_one_reservation_leave_one_winner(database: Database) -> None:
    alice = await meet(database, "alice")
    await database.write(reserve(alice, "one", limit=5))

    outcomes = await asyncio.gather(
        *(
            database.write(lambda work: work.ledger.refund(QuotaEntryId("one"), now=work.now))
            if number % 2
            else database.write(lambda work: work.ledger.charge(QuotaEntryId("one"), "subject", now=work.now))
            for number in range(20)
        )
    )

    assert sum(outcomes) == 1
    (entry,) = (await database.read(lambda work: work.ledger.page(alice, PageRequest(10)))).rows
    assert await used(database, alice) == (1 if entry.state is QuotaEntryState.CHARGED else 0)


async def test_an_expired_reservation_is_refunded_and_a_charged_one_is_not(database: Database) -> None:
    alice = await meet(database, "alice")
    await database.write(reserve(alice, "dead", limit=5, lifetime=timedelta(seconds=-1)))
    await database.write(reserve(alice, "alive", limit=5, lifetime=timedelta(hours=1)))
    await database.write(reserve(alice, "charged", limit=5, lifetime=timedelta(seconds=-1)))
    await database.write(lambda work: work.ledger.charge(QuotaEntryId("charged"), "subject", now=work.now))

    refunded = await database.write(lambda work: work.ledger.refund_expired(now=work.now))

    assert refunded == 1
    assert await used(database, alice) == 2
    entries = (await database.read(lambda work: work.ledger.page(alice, PageRequest(10)))).rows
    assert {entry.id: entry.state for entry in entries} == {
        "dead": QuotaEntryState.REFUNDED,
        "alive": QuotaEntryState.RESERVED,
        "charged": QuotaEntryState.CHARGED,
    }


async def test_people_do_not_share_a_day(database: Database) -> None:
    alice, bob = await meet(database, "alice"), await meet(database, "bob")

    await database.write(reserve(alice, "one", limit=1))
    await database.write(reserve(bob, "two", limit=1))

    assert [await used(database, alice), await used(database, bob)] == [1, 1]


async def test_two_housekeepers_at_once_refund_each_expired_reservation_once(database: Database) -> None:
    people = [await meet(database, f"person-{number}") for number in range(5)]
    for number in range(50):
        await database.write(
            reserve(people[number * 3 % 5], f"e{number}", limit=50, lifetime=timedelta(seconds=-number % 7 - 8))
        )

    refunded = await asyncio.gather(
        *(database.write(lambda work: work.ledger.refund_expired(now=work.now)) for _ in range(4))
    )

    assert sum(refunded) == 50
    assert [await used(database, person) for person in people] == [0, 0, 0, 0, 0]
    assert await database.read(lambda work: work.ledger.any_expired(now=work.now)) is False


async def test_a_reservation_is_found_by_its_subject_and_settled_once(database: Database) -> None:
    alice, bob = await meet(database, "alice"), await meet(database, "bob")
    await database.write(reserve(alice, "one", limit=5))
    await database.write(reserve(bob, "two", limit=5))
    await database.write(lambda work: work.ledger.charge(QuotaEntryId("one"), "subject", now=work.now))

    assert await database.write(lambda work: work.ledger.refund_subject("subject", now=work.now)) is False
    assert await database.write(lambda work: work.ledger.charge_subject("other", now=work.now)) is False
    assert [await used(database, alice), await used(database, bob)] == [1, 1]
