"""People on every database: made once at first sight, and remembered with what tokens told."""

import asyncio

import pytest

from domain.enums import Domain
from domain.ids import UserId
from domain.user import Preferences, Principal, User
from persistence.database import Database
from tests.factories import meet

ADA = Principal("https://issuer", "ada", "ada@example.org", "Ada")


async def seen(database: Database, principal: Principal, fresh_id: str = "fresh") -> User:
    return await database.write(lambda work: work.users.meet(principal, fresh_id=UserId(fresh_id), now=work.now))


async def test_20_concurrent_first_sights_make_one_person(database: Database) -> None:
    people = await asyncio.gather(*(seen(database, ADA, f"user-{number}") for number in range(20)))

    assert len({person.id for person in people}) == 1
    assert len({person.created_at for person in people}) == 1
    found = await database.read(lambda work: work.users.find(ADA))
    assert found == people[0]


async def test_a_person_is_found_by_issuer_and_subject_together(database: Database) -> None:
    ada = await seen(database, ADA, "one")
    namesake = await seen(database, Principal("https://other", "ada"), "two")

    assert (ada.id, namesake.id) == ("one", "two")
    assert await database.read(lambda work: work.users.find(Principal("https://issuer", "bob"))) is None


async def test_a_token_without_email_or_name_keeps_the_stored_ones(database: Database) -> None:
    await seen(database, ADA)

    again = await seen(database, Principal("https://issuer", "ada"), "never-used")

    assert (again.id, again.email, again.name) == ("fresh", "ada@example.org", "Ada")


async def test_a_token_with_another_email_replaces_it_and_leaves_the_name(database: Database) -> None:
    await seen(database, ADA)

    again = await seen(database, Principal("https://issuer", "ada", "countess@example.org"))

    assert (again.email, again.name) == ("countess@example.org", "Ada")


async def test_somebody_new_prefers_nothing_and_lives_in_utc(database: Database) -> None:
    assert (await seen(database, ADA)).preferences == Preferences(None, None, "UTC")


async def test_a_preference_that_is_not_named_is_kept_and_none_clears_one(database: Database) -> None:
    ada, bob = (await seen(database, ADA)).id, await meet(database, "bob")
    await database.write(
        lambda work: work.users.prefer(
            ada, {"default_domain": Domain.MLOPS, "target_role": "Engineer", "timezone": "Europe/Vienna"}
        )
    )

    kept = await database.write(lambda work: work.users.prefer(ada, {}))
    cleared = await database.write(lambda work: work.users.prefer(ada, {"default_domain": None}))

    assert kept.preferences == Preferences(Domain.MLOPS, "Engineer", "Europe/Vienna")
    assert cleared.preferences == Preferences(None, "Engineer", "Europe/Vienna")
    assert (await seen(database, ADA)).preferences == cleared.preferences
    others = await database.read(lambda work: work.users.find(Principal("urn:test", "bob")))
    assert others is not None
    assert (others.id, others.preferences) == (bob, Preferences())


async def test_a_column_that_is_no_preference_cannot_be_changed_as_one(database: Database) -> None:
    ada = (await seen(database, ADA)).id

    with pytest.raises(ValueError, match="issuer"):
        await database.write(lambda work: work.users.prefer(ada, {"issuer": "https://evil", "timezone": "UTC"}))

    assert await database.read(lambda work: work.users.find(ADA)) is not None
