"""Doing. What a person can cause comes back in userErrors."""

from typing import Any

import pytest

from domain.enums import EvaluationStatus
from domain.errors import NotFound, QuotaExceeded
from domain.ids import ChallengeId, EvaluationId
from domain.quota import Quota
from resolvers.challenges import Generated
from schema import ids
from tests.unit.schema.doubles import ALICE, NOW, Client, challenge, evaluation

C1 = ids.challenge(ChallengeId("c1"))
E1 = ids.evaluation(EvaluationId("e1"))
QUOTA = Quota(ALICE.id, 20, 3, NOW)
ERRORS = "userErrors { __typename code message field }"
GENERATE = (
    "mutation($input: GenerateChallengeInput!) { generateChallenge(input: $input) "
    "{ challenge { id repeated } notice replayed quota { used remaining } " + ERRORS + " } }"
)
EVALUATE = (
    "mutation($input: EvaluateAnswerInput!) { evaluateAnswer(input: $input) "
    "{ evaluation { id } replayed quota { used } " + ERRORS + " } }"
)
CANCEL = "mutation($id: ID!) { cancelEvaluation(input: {evaluationId: $id}) { evaluation { status } " + ERRORS + " } }"
PREFER = (
    "mutation($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { viewer { id } " + ERRORS + " } }"
)


def wanted(**changes: object) -> dict[str, Any]:
    return {"input": {"kind": "MULTIPLE_CHOICE", "domain": "DATABASES", "difficulty": "EASY", **changes}}


def handed_in(**changes: object) -> dict[str, Any]:
    return {"input": {"challengeId": C1, "answer": {"optionId": "2"}, "wait": False, **changes}}


@pytest.fixture
def generating(client: Client) -> Client:
    """Its next two transactions, reserving and storing, go as scripted."""

    async def write_challenge(_: object) -> object:
        return object()

    client.services.write_challenge = write_challenge  # type: ignore[attr-defined] # only these tests write
    return client


async def test_a_new_challenge_comes_with_the_quota_and_without_a_notice(generating: Client) -> None:
    generating.outcomes.extend([None, Generated(challenge(), QUOTA, replayed=False)])

    data = await generating.data(GENERATE, wanted())

    assert data["generateChallenge"] == {
        "challenge": {"id": C1, "repeated": False},
        "notice": None,
        "replayed": False,
        "quota": {"used": 3, "remaining": 17},
        "userErrors": [],
    }


async def test_a_challenge_that_came_before_says_so(generating: Client) -> None:
    generating.outcomes.extend([None, Generated(challenge(repeated=True), QUOTA, replayed=False)])

    payload = (await generating.data(GENERATE, wanted()))["generateChallenge"]

    assert payload["challenge"]["repeated"] is True
    assert payload["notice"].startswith("You have had every challenge of the curated bank that fits")


async def test_without_quota_the_payload_shows_the_quota_and_no_challenge(client: Client) -> None:
    client.outcomes.append(QuotaExceeded("Today's quota is used up.", limit=20, resets_at=NOW))

    data = await client.data(GENERATE, wanted())

    assert data["generateChallenge"] == {
        "challenge": None,
        "notice": None,
        "replayed": False,
        "quota": {"used": 20, "remaining": 0},
        "userErrors": [
            {
                "__typename": "QuotaExceededError",
                "code": "QUOTA_EXCEEDED",
                "message": "Today's quota is used up.",
                "field": None,
            }
        ],
    }


async def test_too_many_mutations_are_the_persons_doing_and_counted_by_the_use_case_alone(client: Client) -> None:
    client.services.rates.exhausted = True

    payload = (await client.data(GENERATE, wanted()))["generateChallenge"]

    assert payload["quota"] is None
    assert payload["userErrors"][0]["code"] == "RATE_LIMITED"


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"topic": "   "}, ["input", "topic"], "topic is blank"),
        ({"topic": "knitting"}, ["input", "topic"], "topic is none of DATABASES's"),
        ({"topic": "x" * 201}, ["input", "topic"], "topic has 201 characters"),
        ({"topic": "a\x00"}, ["input", "topic"], "cannot be stored"),
        ({"idempotencyKey": ""}, ["input", "idempotencyKey"], "idempotencyKey is empty: send 1 to 200"),
        ({"idempotencyKey": "k" * 201}, ["input", "idempotencyKey"], "idempotencyKey has 201 characters"),
        ({"idempotencyKey": "a b"}, ["input", "idempotencyKey"], "a space or an invisible character"),
        ({"idempotencyKey": "a\u200bb"}, ["input", "idempotencyKey"], "a space or an invisible character"),
        ({"idempotencyKey": "a\ud800"}, ["input", "idempotencyKey"], "cannot be stored"),
    ],
)
async def test_a_value_that_does_not_fit_is_named_with_its_remedy(
    client: Client, changes: dict[str, Any], field: list[str], says: str
) -> None:
    payload = (await client.data(GENERATE, wanted(**changes)))["generateChallenge"]

    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_INPUT", field)
    assert says in error["message"]
    assert (payload["challenge"], payload["quota"]) == (None, None)
    assert client.services.rates.spent == 0


@pytest.mark.parametrize("field", ["challengeId", "revises"])
async def test_a_malformed_id_in_an_input_is_bad_input(client: Client, field: str) -> None:
    error = await client.error(EVALUATE, handed_in(**{field: "c1"}))

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["field"] == f"input.{field}"


@pytest.mark.parametrize(("field", "id"), [("challengeId", E1), ("revises", C1)])
async def test_an_id_of_another_type_is_not_found(client: Client, field: str, id: str) -> None:
    payload = (await client.data(EVALUATE, handed_in(**{field: id})))["evaluateAnswer"]

    (error,) = payload["userErrors"]
    assert (error["__typename"], error["code"]) == ("NotFoundError", "NOT_FOUND")
    assert error["field"] == ["input", field]


async def test_a_text_that_cannot_be_stored_is_named_by_its_place(client: Client) -> None:
    parts = [{"questionId": "q1", "text": "fine"}, {"questionId": "q2", "text": "half \udc00"}]

    payload = (await client.data(EVALUATE, handed_in(answer={"parts": parts})))["evaluateAnswer"]

    assert payload["userErrors"][0]["field"] == ["input", "answer", "parts", "1", "text"]


async def test_an_answer_that_is_too_long_is_named_by_its_place(client: Client) -> None:
    parts = [{"questionId": "q1", "text": "x" * 20_001}]

    payload = (await client.data(EVALUATE, handed_in(answer={"parts": parts})))["evaluateAnswer"]

    (error,) = payload["userErrors"]
    assert error["code"] == "ANSWER_TOO_LONG"
    assert error["field"] == ["input", "answer", "parts", "0", "text"]


@pytest.mark.parametrize(
    "answer",
    [{}, {"optionId": "1", "parts": []}, {"optionId": None}, {"optionId": "1", "parts": None}],
)
async def test_an_answer_is_exactly_one_of_its_two_shapes(client: Client, answer: dict[str, Any]) -> None:
    error = await client.error(EVALUATE, handed_in(answer=answer))

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "Give either optionId (multiple choice) or parts (scenario)" in error["message"]


async def test_what_was_handed_in_comes_back(client: Client) -> None:
    client.work.evaluations_held[EvaluationId("e1")] = evaluation(status=EvaluationStatus.CANCELLED)
    client.outcomes.append(evaluation(status=EvaluationStatus.CANCELLED))

    class Silent:
        def abandon(self, _: object) -> None: ...
        def ring(self, _: object) -> None: ...

    client.services.evaluator = client.services.wake_ups = Silent()
    data = await client.data(CANCEL, {"id": E1})

    assert data["cancelEvaluation"] == {"evaluation": {"status": "CANCELLED"}, "userErrors": []}


@pytest.mark.parametrize("id", [C1, E1])
async def test_cancelling_what_is_not_there_is_not_found(client: Client, id: str) -> None:
    client.outcomes.append(None)

    payload = (await client.data(CANCEL, {"id": id}))["cancelEvaluation"]

    assert payload["evaluation"] is None
    assert payload["userErrors"][0]["code"] == "NOT_FOUND"
    assert payload["userErrors"][0]["field"] == ["input", "evaluationId"]


async def test_not_found_is_the_persons_doing_wherever_a_use_case_says_so(client: Client) -> None:
    client.outcomes.append(NotFound("There is no such thing of yours."))

    payload = (await client.data(PREFER, {"input": {}}))["updatePreferences"]

    assert payload["viewer"] is None
    assert payload["userErrors"][0]["__typename"] == "NotFoundError"


async def test_an_absent_preference_stays_and_null_clears(client: Client) -> None:
    await client.data(PREFER, {"input": {"targetRole": None, "timezone": "Europe/Vienna"}})

    assert client.work.preferred == {"target_role": None, "timezone": "Europe/Vienna"}


async def test_a_time_zone_that_does_not_exist_is_named(client: Client) -> None:
    payload = (await client.data(PREFER, {"input": {"timezone": "Mars/Olympus"}}))["updatePreferences"]

    assert payload["userErrors"][0]["field"] == ["input", "timezone"]
    assert client.work.preferred == {}


async def test_a_failure_does_not_blank_the_mutation_that_already_ran(client: Client) -> None:
    result = await client.execute(
        "mutation { a: updatePreferences(input: {}) { viewer { id } } "
        'b: cancelEvaluation(input: {evaluationId: "x"}) { evaluation { id } } }'
    )

    assert result.data == {"a": {"viewer": {"id": ids.user(ALICE.id)}}, "b": None}


@pytest.mark.parametrize(
    ("source", "variables"),
    [(GENERATE, wanted()), (EVALUATE, handed_in()), (CANCEL, {"id": "x"}), (PREFER, {"input": {}})],
)
async def test_nobody_changes_anything(nobody: Client, source: str, variables: dict[str, Any]) -> None:
    error = await nobody.error(source, variables)

    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert nobody.work.asked == []
