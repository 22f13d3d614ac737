"""Answers that do not fit, and answers that come twice."""

import asyncio
from typing import Any

import pytest

from tests.integration.bad_input.conftest import EVALUATE, GENERATE, World, generate
from tests.integration.house import House, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

ONE_OF = "Give either optionId (multiple choice) or parts (scenario), not both and not null."
EXACTLY_ONE = f"OneOf Input Object 'AnswerInput' must specify exactly one key. {ONE_OF}"
PARTS = ["input", "answer", "parts"]


def part(text: str, question: str = "q1") -> dict[str, str]:
    return {"questionId": question, "text": text}


UNFIT = {
    "no part": ([], "InvalidInputError", PARTS, "The answer is empty: write something for at least one question."),
    "an empty part": (
        [part("")],
        "InvalidInputError",
        PARTS,
        "The answer is empty: write something for at least one question.",
    ),
    "blank parts": (
        [part(" \n\t "), part("\u2003", "q2")],
        "InvalidInputError",
        PARTS,
        "The answer is empty: write something for at least one question.",
    ),
    "100 kB in one part": (
        [part("x" * 100_000)],
        "AnswerTooLongError",
        [*PARTS, "0", "text"],
        "This part has 100,000 characters: shorten it to at most 20,000.",
    ),
    "100 kB in many parts": (
        [part("x" * 10_000, f"q{number}") for number in range(10)],
        "AnswerTooLongError",
        PARTS,
        "The answer has 100,000 characters in all parts: shorten it to at most 40,000.",
    ),
    "a part for no question": (
        [part("An index."), part("Two.", "q9")],
        "InvalidInputError",
        [*PARTS, "1", "questionId"],
        "questionId is none of this challenge's: choose one of q1, q2, q3.",
    ),
    "two parts for one question": (
        [part("One."), part("Two.")],
        "InvalidInputError",
        [*PARTS, "1", "questionId"],
        "There are two parts for q1: join them into one.",
    ),
    "a NUL": (
        [part("One."), part("T\x00o", "q2")],
        "InvalidInputError",
        [*PARTS, "1", "text"],
        "text holds a character that cannot be stored (NUL, or half of a surrogate pair): remove it.",
    ),
}
CODES = {"InvalidInputError": "INVALID_INPUT", "AnswerTooLongError": "ANSWER_TOO_LONG"}


async def refused(house: House, given: dict[str, Any]) -> dict[str, Any]:
    payload = (await house.ask(EVALUATE, {"input": given}))["evaluateAnswer"]
    (error,) = payload.pop("userErrors")
    assert payload == {"evaluation": None, "quota": None, "replayed": False}
    return error


@pytest.mark.parametrize("wrong", UNFIT)
@pytest.mark.parametrize("more", [{}, {"idempotencyKey": "k"}], ids=["without a key", "with a key"])
async def test_an_answer_that_does_not_fit_names_its_place_and_the_remedy(
    house: House, world: World, wrong: str, more: dict[str, Any]
) -> None:
    parts, kind, field, message = UNFIT[wrong]

    error = await refused(house, {"challengeId": world.scenario["id"], "answer": {"parts": parts}, **more})

    assert error.pop("limit", None) == {"100 kB in one part": 20_000, "100 kB in many parts": 40_000}.get(wrong)
    assert error == {"__typename": kind, "code": CODES[kind], "field": field, "message": message}


async def test_an_option_of_another_challenge_is_refused(house: House, world: World) -> None:
    error = await refused(house, {"challengeId": world.choice["id"], "answer": {"optionId": "e"}})

    assert error == {
        "__typename": "InvalidInputError",
        "code": "INVALID_INPUT",
        "field": ["input", "answer", "optionId"],
        "message": "optionId is none of this challenge's: choose one of a, b, c, d.",
    }


async def test_an_answer_in_the_shape_of_the_other_kind_is_refused(house: House, world: World) -> None:
    for challenge, answer, message in (
        (
            world.choice,
            {"parts": [part("An index.")]},
            "This challenge is multiple choice: answer with an optionId, not with parts.",
        ),
        (world.scenario, {"optionId": "a"}, "This challenge is a scenario: answer with parts, not with an optionId."),
    ):
        error = await refused(house, {"challengeId": challenge["id"], "answer": answer})
        assert (error["__typename"], error["code"]) == ("InvalidInputError", "INVALID_INPUT")
        assert (error["field"], error["message"]) == (["input", "answer"], message)


@pytest.mark.parametrize(
    ("answer", "literal", "problem"),
    [
        ({"optionId": "a", "parts": []}, '{optionId: "a", parts: []}', EXACTLY_ONE),
        ({}, "{}", EXACTLY_ONE),
        ({"optionId": "a", "parts": None}, '{optionId: "a", parts: null}', EXACTLY_ONE),
        ({"optionId": None}, "{optionId: null}", None),
        ({"parts": None}, "{parts: null}", None),
    ],
    ids=["both", "neither", "one and a null", "a null option", "null parts"],
)
async def test_both_or_neither_shape_is_refused_with_the_remedy(
    house: House, world: World, answer: dict[str, Any], literal: str, problem: str | None
) -> None:
    id = world.choice["id"]
    written = f'mutation {{ evaluateAnswer(input: {{challengeId: "{id}", answer: {literal}}}) {{ replayed }} }}'
    for response in (
        await house.post(EVALUATE, {"input": {"challengeId": id, "answer": answer}}),
        await house.post(written),
    ):
        code, message = told(response)
        assert "data" not in response.json()
        assert code == "BAD_USER_INPUT"
        assert message.endswith(ONE_OF)
        assert "non-null" in message if problem is None else message == problem


async def test_a_field_that_is_missing_is_named(house: House, world: World) -> None:
    response = await house.post(EVALUATE, {"input": {"challengeId": world.choice["id"]}})
    code, message = told(response)

    assert code == "BAD_USER_INPUT"
    assert "Variable '$input'" in message
    assert "required field 'answer'" in message


DOUBLE = {"kind": "SCENARIO", "domain": "MLOPS", "difficulty": "MEDIUM"}


@pytest.fixture
async def undisturbed(world: World) -> House:
    """For what may be stored once."""
    return world.house


async def test_a_double_submit_under_one_key_is_one_evaluation_and_one_charge(undisturbed: House) -> None:
    house = undisturbed
    challenge = await generate(house, "SCENARIO", user="dora")
    parts = [part("An index on the foreign key.", challenge["questions"][0]["id"])]
    given = {"challengeId": challenge["id"], "answer": {"parts": parts}, "idempotencyKey": "click"}

    payloads = [
        data["evaluateAnswer"]
        for data in await asyncio.gather(*(house.ask(EVALUATE, {"input": given}, user="dora") for _ in range(2)))
    ]

    assert len({payload["evaluation"]["id"] for payload in payloads}) == 1
    assert sorted(payload["replayed"] for payload in payloads) == [False, True]
    assert [payload["quota"]["used"] for payload in payloads] == [2, 2]

    (error,) = (await house.ask(EVALUATE, {"input": {**given, "answer": {"parts": [part("No.")]}}}, user="dora"))[
        "evaluateAnswer"
    ]["userErrors"]
    assert error == {
        "__typename": "IdempotencyConflictError",
        "code": "IDEMPOTENCY_CONFLICT",
        "field": ["input", "idempotencyKey"],
        "message": "This idempotencyKey was used before with other input: send a fresh key.",
    }
    dora = "(SELECT id FROM users WHERE subject = 'dora')"
    assert house.select(f"SELECT count(*) FROM evaluations WHERE user_id = {dora}") == [(1,)]
    assert house.select(f"SELECT state, amount FROM quota_ledger WHERE user_id = {dora} ORDER BY created_at") == [
        ("CHARGED", 1),
        ("CHARGED", 1),
    ]


async def test_a_double_submit_without_a_key_is_two_answers_that_both_count(undisturbed: House) -> None:
    house = undisturbed
    challenge = await generate(house, "SCENARIO", user="emil")
    parts = [part("An index on the foreign key.", challenge["questions"][0]["id"])]
    given = {"input": {"challengeId": challenge["id"], "answer": {"parts": parts}}}

    payloads = await asyncio.gather(*(house.ask(EVALUATE, given, user="emil") for _ in range(2)))

    assert len({payload["evaluateAnswer"]["evaluation"]["id"] for payload in payloads}) == 2
    assert (await house.ask("{ quota { used } }", user="emil"))["quota"] == {"used": 3}


async def test_a_double_click_on_generate_is_one_challenge(undisturbed: House) -> None:
    given = {"input": {**DOUBLE, "idempotencyKey": "click"}}

    payloads = await asyncio.gather(*(undisturbed.ask(GENERATE, given, user="fritz") for _ in range(2)))

    assert len({payload["generateChallenge"]["challenge"]["id"] for payload in payloads}) == 1
    assert [payload["generateChallenge"]["quota"]["used"] for payload in payloads] == [1, 1]
