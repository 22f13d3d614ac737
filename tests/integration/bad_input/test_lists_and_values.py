"""Pages, cursors and times that cannot be, and values that the catalogue does not have."""

from typing import Any

import pytest

from tests.integration.bad_input.conftest import GENERATE, World
from tests.integration.house import House, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = "query Page($first: Int, $after: String, $id: ID!)"
LISTS = {
    "history": PAGE + " { history(first: $first, after: $after) { nodes { id } } challenge(id: $id) { id } }",
    "ledger": PAGE + " { quota { ledger(first: $first, after: $after) { nodes { id } } } challenge(id: $id) { id } }",
    "evaluations": PAGE + " { challenge(id: $id) { evaluations(first: $first, after: $after) { nodes { id } } } }",
}
CURSORS = """
query Cursors($id: ID!, $other: ID!) {
  history(first: 1) { pageInfo { endCursor } }
  quota { ledger(first: 1) { pageInfo { endCursor } } }
  challenge(id: $id) { evaluations(first: 1) { pageInfo { endCursor } } }
}
"""


@pytest.mark.parametrize("list_", LISTS)
@pytest.mark.parametrize("first", [0, 101, -1, 2_147_483_647])
async def test_a_page_size_out_of_range_is_named_with_the_range(
    house: House, world: World, list_: str, first: int
) -> None:
    response = await house.post(LISTS[list_], {"first": first, "id": world.choice["id"]})

    code, message = told(response)
    if code == "LIMIT_EXCEEDED":  # a page of that size would cost too much whatever is in it
        assert first > 101
        assert message.startswith("The operation is too large: the cost is")
        return
    assert (code, message) == ("BAD_USER_INPUT", f"first is {first}: ask for 1 to 100 rows.")
    assert response.json()["errors"][0]["extensions"]["field"] == "first"


@pytest.mark.parametrize("first", [2**31, "ten", 1.5])
async def test_a_page_size_that_is_no_number_is_refused(house: House, world: World, first: object) -> None:
    code, message = told(await house.post(LISTS["history"], {"first": first, "id": world.choice["id"]}))

    assert code == "BAD_USER_INPUT"
    assert message.startswith("Variable '$first' has invalid value: Int cannot represent")


@pytest.mark.parametrize("list_", LISTS)
async def test_a_cursor_of_another_list_is_refused_by_every_list(house: House, world: World, list_: str) -> None:
    found = await house.ask(CURSORS.replace(", $other: ID!", ""), {"id": world.choice["id"]})
    cursors = {
        "history": found["history"]["pageInfo"]["endCursor"],
        "ledger": found["quota"]["ledger"]["pageInfo"]["endCursor"],
        "evaluations": found["challenge"]["evaluations"]["pageInfo"]["endCursor"],
    }
    assert all(cursors.values())

    for other, cursor in cursors.items():
        response = await house.post(LISTS[list_], {"after": cursor, "id": world.choice["id"]})
        if other == list_:
            assert "errors" not in response.json()
        else:
            assert told(response) == (
                "BAD_USER_INPUT",
                "after is a cursor of another list: send one of this list.",
            )
    if list_ == "evaluations":
        response = await house.post(LISTS[list_], {"after": cursors["evaluations"], "id": world.scenario["id"]})
        assert told(response) == ("BAD_USER_INPUT", "after is a cursor of another list: send one of this list.")


@pytest.mark.parametrize("list_", LISTS)
@pytest.mark.parametrize("cursor", ["", "junk", "é", "aGlzdG9yeXwxfA", "=" * 9, "x" * 9_000])
async def test_a_cursor_that_is_none_is_refused(house: House, world: World, list_: str, cursor: str) -> None:
    response = await house.post(LISTS[list_], {"after": cursor, "id": world.choice["id"]})

    assert told(response) == ("BAD_USER_INPUT", "after is not a cursor: send one as this API gave it, unchanged.")


HISTORY = "query History($filter: HistoryFilter) { history(filter: $filter) { totalCount } }"
EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


@pytest.mark.parametrize(
    ("after", "before"),
    [(LATE, EARLY), (EARLY, EARLY), ("2026-01-01T02:00:00+01:00", "2026-01-01T01:00:00Z")],
    ids=["before it starts", "as it starts", "as it starts, elsewhere"],
)
async def test_a_timeline_that_ends_before_it_starts_is_refused(house: House, after: str, before: str) -> None:
    response = await house.post(HISTORY, {"filter": {"createdAfter": after, "createdBefore": before}})

    assert response.json()["data"] == {"history": None}
    assert told(response) == (
        "BAD_USER_INPUT",
        "filter.createdAfter is not before filter.createdBefore: swap them, or leave one out.",
    )


@pytest.mark.parametrize(
    ("moment", "problem"),
    [
        ("yesterday", "is not an ISO 8601 date and time"),
        ("2026-01-01T00:00:00", "names no time zone"),
        ("2026-02-30T00:00:00Z", "is not an ISO 8601 date and time"),
        (1_700_000_000, "is not an ISO 8601 date and time"),
        ("0001-01-01T00:00:00+14:00", "is not an ISO 8601 date and time"),
    ],
)
async def test_a_moment_that_is_none_is_refused_with_an_example(house: House, moment: object, problem: str) -> None:
    code, message = told(await house.post(HISTORY, {"filter": {"createdAfter": moment}}))

    assert code == "BAD_USER_INPUT"
    assert ".createdAfter" in message
    assert f"This DateTime {problem}: write it as 2026-11-23T09:30:00Z." in message


@pytest.mark.parametrize("search", ["x" * 201, "a\x00b"])
async def test_a_search_that_cannot_be_is_refused(house: House, search: str) -> None:
    assert told(await house.post(HISTORY, {"filter": {"search": search}})) == (
        "BAD_USER_INPUT",
        "filter.search must be at most 200 characters without NUL: shorten it.",
    )


async def test_wildcards_in_a_search_are_plain_characters(house: House) -> None:
    for search in ("%", "_", "\\", "' OR 1=1 --"):
        assert await house.ask(HISTORY, {"filter": {"search": f"{search}{search}"}}) == {"history": {"totalCount": 0}}


NEW: dict[str, Any] = {"kind": "SCENARIO", "domain": "DATABASES", "difficulty": "MEDIUM"}
KEY = ["input", "idempotencyKey"]
UNKNOWN_TOPIC = (
    "topic is none of DATABASES's: choose one of 'indexing', 'transactions and isolation', 'query optimisation', "
    "'schema design', 'replication', 'migrations', 'nosql modelling', 'backup and recovery', or leave it out."
)


@pytest.mark.parametrize(
    ("more", "field", "message"),
    [
        (
            {"topic": "knitting"},
            ["input", "topic"],
            UNKNOWN_TOPIC,
        ),
        (
            {"topic": "  "},
            ["input", "topic"],
            "topic is blank: give one of the domain's topics, or leave it out.",
        ),
        ({"topic": "x" * 201}, ["input", "topic"], "topic has 201 characters: shorten it to at most 200."),
        (
            {"idempotencyKey": ""},
            KEY,
            "idempotencyKey is empty: send 1 to 200 visible characters, or leave it out.",
        ),
        (
            {"idempotencyKey": "a b"},
            KEY,
            "idempotencyKey holds a space or an invisible character: send visible ones only, such as a UUID.",
        ),
        ({"idempotencyKey": "x" * 201}, KEY, "idempotencyKey has 201 characters: shorten it to at most 200."),
    ],
    ids=["an unknown topic", "a blank topic", "a long topic", "an empty key", "a key with a space", "a long key"],
)
async def test_a_value_that_is_not_in_the_catalogue_names_what_is(
    house: House, more: dict[str, str], field: list[str], message: str
) -> None:
    payload = (await house.ask(GENERATE, {"input": {**NEW, **more}}))["generateChallenge"]

    assert payload == {
        "challenge": None,
        "quota": None,
        "replayed": False,
        "userErrors": [
            {"__typename": "InvalidInputError", "code": "INVALID_INPUT", "field": field, "message": message}
        ],
    }


@pytest.mark.parametrize(
    ("field", "enum"), [("domain", "Domain"), ("kind", "ChallengeKind"), ("difficulty", "Difficulty")]
)
async def test_a_value_that_is_not_in_the_enum_is_named(house: House, field: str, enum: str) -> None:
    code, message = told(await house.post(GENERATE, {"input": {**NEW, field: "KNITTING"}}))

    assert code == "BAD_USER_INPUT"
    assert message == (
        f"Variable '$input' has invalid value at .{field}: Value 'KNITTING' does not exist in '{enum}' enum."
    )


async def test_a_time_zone_that_is_none_is_refused(house: House) -> None:
    errors = "userErrors { __typename code field message }"
    prefer = f"mutation($zone: String) {{ updatePreferences(input: {{timezone: $zone}}) {{ {errors} }} }}"
    (error,) = (await house.ask(prefer, {"zone": "Mars/Base"}))["updatePreferences"]["userErrors"]

    assert error == {
        "__typename": "InvalidInputError",
        "code": "INVALID_INPUT",
        "field": ["input", "timezone"],
        "message": "timezone is not a name of the IANA time zone database: give one such as 'Europe/Vienna' or 'UTC'.",
    }
