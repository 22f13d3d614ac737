"""Idempotency keys on every database: one winner, a replay for everybody else, and an end to every claim."""

import asyncio
from datetime import timedelta

from domain.ids import UserId
from persistence.database import Database
from persistence.repositories.idempotency import KEPT, BoundKey, KeyName
from tests.factories import meet

OVER = timedelta(seconds=-1)


async def bind(
    database: Database,
    name: KeyName,
    owner: str,
    *,
    subject_id: str | None = None,
    lifetime: timedelta | None = None,
    input_hash: str = "hash",
) -> bool:
    return await database.write(
        lambda work: work.idempotency.bind(
            name,
            input_hash=input_hash,
            owner=owner,
            subject_id=subject_id,
            now=work.now,
            expires_at=None if lifetime is None else work.now + lifetime,
        )
    )


async def find(database: Database, name: KeyName) -> BoundKey | None:
    return await database.read(lambda work: work.idempotency.find(name, now=work.now))


async def fulfil(database: Database, name: KeyName, owner: str, subject_id: str) -> bool:
    return await database.write(
        lambda work: work.idempotency.fulfil(name, owner=owner, subject_id=subject_id, now=work.now)
    )


async def key_of(database: Database, user: str = "alice", mutation: str = "generateChallenge") -> KeyName:
    return KeyName(await meet(database, user), mutation, "key")


async def test_of_50_concurrent_binds_one_wins_and_all_find_its_subject(database: Database) -> None:
    name = await key_of(database)

    won = await asyncio.gather(
        *(bind(database, name, f"owner-{n}", subject_id=f"subject-{n}", input_hash=f"hash-{n}") for n in range(50))
    )

    assert sum(won) == 1
    winner = won.index(True)
    assert await find(database, name) == BoundKey(f"hash-{winner}", f"subject-{winner}")


async def test_a_key_is_the_persons_and_the_mutations_own(database: Database) -> None:
    names = [
        await key_of(database),
        await key_of(database, user="bob"),
        await key_of(database, mutation="evaluateAnswer"),
    ]

    assert [await bind(database, name, "owner") for name in names] == [True, True, True]
    await database.write(lambda work: work.idempotency.release(names[0], owner="owner"))

    assert [await find(database, name) is not None for name in names] == [False, True, True]


async def test_a_bound_key_has_no_subject_until_its_owner_names_one(database: Database) -> None:
    name = await key_of(database)
    assert await find(database, name) is None

    await bind(database, name, "owner", lifetime=timedelta(minutes=1))
    assert await find(database, name) == BoundKey("hash", None)

    assert await fulfil(database, name, "somebody-else", "theirs") is False
    assert await fulfil(database, name, "owner", "mine") is True
    assert await find(database, name) == BoundKey("hash", "mine")


async def test_a_fulfilled_key_is_kept_for_more_than_a_day(database: Database) -> None:
    name = await key_of(database)
    await bind(database, name, "owner", lifetime=timedelta(minutes=1))
    await fulfil(database, name, "owner", "mine")

    assert timedelta(hours=24) < KEPT
    a_day = timedelta(hours=24)
    kept = await database.read(lambda work: work.idempotency.find(name, now=work.now + a_day))
    gone = await database.read(lambda work: work.idempotency.find(name, now=work.now + KEPT))
    assert (kept, gone) == (BoundKey("hash", "mine"), None)


async def test_a_released_key_is_free_and_only_its_owner_can_release_it(database: Database) -> None:
    name = await key_of(database)
    await bind(database, name, "owner", lifetime=timedelta(minutes=1))

    await database.write(lambda work: work.idempotency.release(name, owner="somebody-else"))
    assert await find(database, name) == BoundKey("hash", None)
    await database.write(lambda work: work.idempotency.release(name, owner="owner"))

    assert await find(database, name) is None
    assert await bind(database, name, "next") is True


async def test_a_key_whose_owner_died_is_taken_over_once_and_the_dead_cannot_come_back(database: Database) -> None:
    name = await key_of(database)
    await bind(database, name, "dead", lifetime=OVER)
    assert await find(database, name) is None

    won = await asyncio.gather(
        *(bind(database, name, f"heir-{n}", lifetime=timedelta(minutes=1), input_hash="new") for n in range(10))
    )

    assert sum(won) == 1
    assert await fulfil(database, name, "dead", "stale") is False
    await database.write(lambda work: work.idempotency.release(name, owner="dead"))
    assert await find(database, name) == BoundKey("new", None)
    assert await fulfil(database, name, f"heir-{won.index(True)}", "fresh") is True


async def test_expired_keys_are_forgotten_and_the_others_stay(database: Database) -> None:
    user_id: UserId = await meet(database, "alice")
    names = {lifetime: KeyName(user_id, "m", str(lifetime)) for lifetime in (-2, -1, 60)}
    for lifetime, name in names.items():
        await bind(database, name, "owner", lifetime=timedelta(seconds=lifetime))
    assert await database.read(lambda work: work.idempotency.any_expired(now=work.now)) is True

    forgotten = await asyncio.gather(
        *(database.write(lambda work: work.idempotency.forget_expired(now=work.now)) for _ in range(3))
    )

    assert sum(forgotten) == 2
    assert await database.read(lambda work: work.idempotency.any_expired(now=work.now)) is False
    assert await find(database, names[60]) == BoundKey("hash", None)
