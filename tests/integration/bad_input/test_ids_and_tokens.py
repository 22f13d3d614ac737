"""Ids that are nobody's, somebody else's or nonsense, and tokens that speak for nobody."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from auth.development import DevelopmentIssuer
from tests.integration.bad_input.conftest import EVALUATE, GENERATE, World
from tests.integration.house import House, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

MALFORMED = "is malformed: send an id as this API gave it, unchanged."
CANCEL = """
mutation Cancel($id: ID!) {
  cancelEvaluation(input: {evaluationId: $id}) {
    evaluation { id } userErrors { __typename code field message }
  }
}
"""


def asked(field: str) -> str:
    return f"query Asked($id: ID!) {{ {field}(id: $id) {{ __typename }} }}"


@pytest.mark.parametrize("field", ["node", "challenge", "evaluation"])
@pytest.mark.parametrize(
    "id", ["", "x", "!!!", "Q2hhbGxlbmdlOg==", "Q2hhbGxlbmdlOjE", "é", "Q2hhbGxlbmdlOjE=\n", "A" * 20_000]
)
async def test_a_malformed_id_is_named_with_the_remedy(house: House, field: str, id: str) -> None:
    response = await house.post(asked(field), {"id": id})

    assert response.json()["data"] == {field: None}
    assert told(response) == ("BAD_USER_INPUT", f"id {MALFORMED}")
    assert response.json()["errors"][0]["extensions"]["field"] == "id"


@pytest.mark.parametrize("field", ["node", "challenge", "evaluation"])
async def test_an_unknown_or_a_strangers_id_is_null_without_an_error(house: House, world: World, field: str) -> None:
    unknown = "Q2hhbGxlbmdlOjAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw"
    for id in (unknown, world.bobs_choice["id"], world.bobs_evaluation, "VXNlcjox", "UXVvdGFFbnRyeTox", "Tm9uZTox"):
        assert await house.ask(asked(field), {"id": id}) == {field: None}


async def test_an_id_of_another_type_is_null_without_an_error(house: House, world: World) -> None:
    assert await house.ask(asked("evaluation"), {"id": world.choice["id"]}) == {"evaluation": None}
    assert await house.ask(asked("challenge"), {"id": world.evaluated}) == {"challenge": None}


@pytest.mark.parametrize("field", ["challengeId", "revises"])
async def test_a_malformed_id_in_an_answer_is_an_error_at_the_top(house: House, world: World, field: str) -> None:
    given = {"challengeId": world.choice["id"], "answer": {"optionId": "a"}, "revises": world.evaluated, field: "x"}
    response = await house.post(EVALUATE, {"input": given})

    assert response.json()["data"] == {"evaluateAnswer": None}
    assert told(response) == ("BAD_USER_INPUT", f"input.{field} {MALFORMED}")
    assert response.json()["errors"][0]["extensions"]["field"] == f"input.{field}"


async def test_a_challenge_that_is_not_there_takes_no_answer(house: House, world: World) -> None:
    for id in (world.bobs_choice["id"], "Q2hhbGxlbmdlOjE="):
        given = {"challengeId": id, "answer": {"optionId": "a"}}
        payload = (await house.ask(EVALUATE, {"input": given}))["evaluateAnswer"]
        assert (payload["evaluation"], payload["userErrors"]) == (
            None,
            [
                {
                    "__typename": "NotFoundError",
                    "code": "NOT_FOUND",
                    "field": ["input", "challengeId"],
                    "message": "There is no such challenge of yours: check the challengeId.",
                }
            ],
        )


async def test_an_evaluation_that_is_not_there_is_not_revised(house: House, world: World) -> None:
    given = {"challengeId": world.choice["id"], "answer": {"optionId": "a"}}
    for id in (world.bobs_evaluation, "RXZhbHVhdGlvbjox", world.choice["id"]):
        payload = (await house.ask(EVALUATE, {"input": {**given, "revises": id}}))["evaluateAnswer"]
        (error,) = payload["userErrors"]
        assert (error["__typename"], error["code"], error["field"]) == (
            "NotFoundError",
            "NOT_FOUND",
            ["input", "revises"],
        )
        assert error["message"] == "There is no such evaluation of yours: check revises."


async def test_an_evaluation_of_another_challenge_is_not_revised(house: House, world: World) -> None:
    parts = [{"questionId": world.scenario["questions"][0]["id"], "text": "An index."}]
    given = {"challengeId": world.scenario["id"], "answer": {"parts": parts}, "revises": world.evaluated}
    (error,) = (await house.ask(EVALUATE, {"input": given}))["evaluateAnswer"]["userErrors"]

    assert error == {
        "__typename": "InvalidInputError",
        "code": "INVALID_INPUT",
        "field": ["input", "revises"],
        "message": "revises is an evaluation of another challenge: give one of the same challenge, or leave it out.",
    }


async def test_an_evaluation_that_is_not_there_is_not_cancelled(house: House, world: World) -> None:
    for id in (world.bobs_evaluation, "RXZhbHVhdGlvbjox"):
        payload = (await house.ask(CANCEL, {"id": id}))["cancelEvaluation"]
        assert payload == {
            "evaluation": None,
            "userErrors": [
                {
                    "__typename": "NotFoundError",
                    "code": "NOT_FOUND",
                    "field": ["input", "evaluationId"],
                    "message": "There is no such evaluation of yours: check the evaluationId.",
                }
            ],
        }
    response = await house.post(CANCEL, {"id": "x"})
    assert told(response) == ("BAD_USER_INPUT", f"input.evaluationId {MALFORMED}")


TOKENS = {
    "expired": "The token has expired; sign in again.",
    "foreign": "The token's signature does not verify; sign in again.",
    "changed": "The token's signature does not verify; sign in again.",
    "garbled": 'The token is not a signed JWT; send "Authorization: Bearer <token>".',
    "long": "The token is longer than 8192 bytes; send the session token only.",
    "absent": "Sign in: send the header `Authorization: Bearer <token>`.",
}


def token_of(house: House, kind: str) -> str:
    good = house.token("mallory")
    if kind == "expired":
        return house.token("mallory", timedelta(seconds=-60))
    if kind == "foreign":
        with TemporaryDirectory() as elsewhere:
            return DevelopmentIssuer.open(Path(elsewhere)).issue("mallory")
    header, claims, signature = good.split(".")
    return {
        "changed": f"{header}.{claims}.{signature[::-1]}",
        "garbled": "not a token at all",
        "long": "x" * 9_000,
        "absent": "",
    }[kind]


@pytest.mark.parametrize("kind", TOKENS)
async def test_a_token_that_does_not_verify_opens_nothing(house: House, kind: str) -> None:
    token = token_of(house, kind)
    new = {"input": {"kind": "MULTIPLE_CHOICE", "domain": "DATABASES", "difficulty": "EASY"}}
    for document, variables, root in (
        ("{ viewer { id } }", {}, "viewer"),
        ("{ history { totalCount } }", {}, "history"),
        (GENERATE, new, "generateChallenge"),
    ):
        response = await house.post(document, variables, token=token, user=None)
        assert response.status_code == 200
        assert response.json()["data"] == {root: None}
        assert told(response) == ("UNAUTHENTICATED", TOKENS[kind])
    assert house.select("SELECT count(*) FROM users WHERE subject = 'mallory'") == [(0,)]
    assert token == "" or token not in house.log.getvalue()


@pytest.mark.parametrize("kind", [kind for kind in TOKENS if kind != "absent"])
async def test_a_socket_with_such_a_token_is_closed_with_the_reason(house: House, kind: str) -> None:
    async with house.socket(init=False) as peer:
        await peer.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {token_of(house, kind)}"}})
        assert await peer.closed() == (4403, TOKENS[kind])


async def test_a_strangers_evaluation_is_not_followed_and_the_socket_stays(house: House, world: World) -> None:
    follow = "subscription Follow($id: ID!) { evaluationProgress(evaluationId: $id) { sequence } }"
    not_found = ("NOT_FOUND", "There is no such evaluation of yours: check the evaluationId.")
    async with house.socket() as peer:
        for id, expected in (
            (world.bobs_evaluation, not_found),
            ("RXZhbHVhdGlvbjox", not_found),
            (world.choice["id"], not_found),
            ("x", ("BAD_USER_INPUT", f"evaluationId {MALFORMED}")),
        ):
            await peer.subscribe("1", follow, variables={"id": id})
            message = await peer.receive()
            ((error,), kind) = (message["payload"], message["type"])
            assert (kind, error["extensions"]["code"], error["message"]) == ("error", *expected)
        await peer.subscribe("1", follow.replace("$id)", "$id, afterSequence: -1)"), variables={"id": world.evaluated})
        (error,) = (await peer.receive())["payload"]
        assert (error["extensions"]["code"], error["message"]) == (
            "BAD_USER_INPUT",
            "afterSequence is -1: send 0 or the number of an event.",
        )
        await peer.subscribe("1", follow, variables={"id": world.evaluated})
        assert [(await peer.receive())["type"] for _ in range(4)] == ["next", "next", "next", "complete"]


async def test_nobody_follows_anything(house: House, world: World) -> None:
    async with house.socket(user=None) as peer:
        await peer.subscribe(
            "1", f'subscription {{ evaluationProgress(evaluationId: "{world.evaluated}") {{ sequence }} }}'
        )
        (error,) = (await peer.receive())["payload"]
        assert (error["extensions"]["code"], error["message"]) == ("UNAUTHENTICATED", TOKENS["absent"])
