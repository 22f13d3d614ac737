"""Who is calling, and what they prefer."""

import asyncio

import pytest

from domain.enums import Domain
from domain.errors import InvalidInput, Unauthenticated
from domain.user import Preferences, Principal
from resolvers import catalogue, viewer
from resolvers.context import Caller
from resolvers.identity import recognise
from tests.integration.resolvers.conftest import Desk, Person

EVERYTHING: dict[str, object] = {
    "default_domain": Domain.MLOPS,
    "target_role": "Data engineer",
    "timezone": "Europe/Vienna",
}


async def stored(desk: Desk, person: Person) -> Preferences:
    user = await recognise(desk.services, Principal("urn:test", "ann"))
    assert user.id == person.context.viewer.id
    return user.preferences


async def test_named_preferences_change_and_others_stay(desk: Desk, ann: Person) -> None:
    await viewer.update_preferences(ann.context, changes=EVERYTHING)
    user = await viewer.update_preferences(ann.context, changes={"target_role": "  Team \n lead "})

    assert user.preferences == Preferences(Domain.MLOPS, "Team lead", "Europe/Vienna")
    assert await stored(desk, ann) == user.preferences
    assert (await viewer.update_preferences(ann.context, changes={})).preferences == user.preferences


async def test_null_clears_and_the_time_zone_is_then_utc(ann: Person) -> None:
    await viewer.update_preferences(ann.context, changes=EVERYTHING)

    user = await viewer.update_preferences(ann.context, changes=dict.fromkeys(EVERYTHING))

    assert user.preferences == Preferences(None, None, "UTC")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"timezone": "Europe/Atlantis"}, "timezone"),
        ({"timezone": "europe/vienna"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "+02:00"}, "timezone"),
        ({"target_role": "x" * 101}, "targetRole"),
    ],
)
async def test_a_refused_value_names_its_field_and_nothing_changes(
    desk: Desk, ann: Person, changes: dict[str, object], field: str
) -> None:
    await viewer.update_preferences(ann.context, changes=EVERYTHING)

    with pytest.raises(InvalidInput) as refused:
        await viewer.update_preferences(ann.context, changes={"default_domain": Domain.DATABASES, **changes})

    assert refused.value.field == ("input", field)
    assert await stored(desk, ann) == Preferences(Domain.MLOPS, "Data engineer", "Europe/Vienna")


@pytest.mark.parametrize(("role", "kept"), [("x" * 100, "x" * 100), ("😀" * 100, "😀" * 100), ("   ", None)])
async def test_a_role_has_at_most_100_characters_and_a_blank_one_is_none(
    ann: Person, role: str, kept: str | None
) -> None:
    user = await viewer.update_preferences(ann.context, changes={"target_role": role})

    assert user.preferences.target_role == kept


async def test_somebody_seen_for_the_first_time_many_times_at_once_is_one_person(desk: Desk) -> None:
    principal = Principal("urn:test", "new", "new@example.com", "New")

    users = await asyncio.gather(*(recognise(desk.services, principal) for _ in range(20)))

    assert len({user.id for user in users}) == 1
    assert (users[0].email, users[0].name, users[0].preferences) == ("new@example.com", "New", Preferences())


async def test_a_known_person_is_only_read_unless_the_token_tells_something_new(desk: Desk) -> None:
    first = await recognise(desk.services, Principal("urn:test", "eve", "eve@example.com"))
    writes = desk.database.writes

    assert await recognise(desk.services, Principal("urn:test", "eve")) == first
    assert await recognise(desk.services, Principal("urn:test", "eve", "eve@example.com")) == first
    assert desk.database.writes == writes
    assert (await recognise(desk.services, Principal("urn:test", "eve", name="Eve"))).name == "Eve"
    assert (await recognise(desk.services, Principal("urn:other", "eve"))).id != first.id


async def test_the_catalogue_is_for_people_who_are_signed_in(desk: Desk, ann: Person) -> None:
    assert await catalogue.domains(ann.context) == desk.services.domains
    ann.context.caller = Caller(None, "Sign in again.")

    with pytest.raises(Unauthenticated, match=r"Sign in again\."):
        await catalogue.domains(ann.context)
