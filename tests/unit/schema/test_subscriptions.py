"""Watching an evaluation."""

import pytest
from strawberry.types.execution import ExecutionResult, PreExecutionError

import resolvers.progress
from domain import events as domain
from domain.enums import Dimension, EvaluationFailureCode, EvaluationPhase, FeedbackSection
from domain.evaluation import DimensionScore, Failure
from domain.ids import ChallengeId, EvaluationId
from schema import ids
from schema.errors import MASKED
from schema.events import EVENTS, event_of
from schema.subscriptions import _published
from tests.unit.schema.doubles import NOW, PROVENANCE, Client, ScriptedEvents, evaluation

E1 = ids.evaluation(EvaluationId("e1"))
SCORE = DimensionScore(Dimension.COMMUNICATION, 0.1, 80.0, 0.9, "Clear.", (), PROVENANCE)
FAILURE = Failure(EvaluationFailureCode.DEADLINE_EXCEEDED, "Too slow.", refunded=True)
HAPPENINGS: list[domain.Happening] = [
    domain.Queued(),
    domain.PhaseChanged(EvaluationPhase.SCORING, 1, 6),
    domain.DimensionScored(SCORE),
    domain.FeedbackWritten(1, FeedbackSection.SUMMARY, "Good"),
    domain.Completed(),
    domain.Failed(FAILURE),
    domain.Cancelled(),
]


def event(sequence: int, happening: domain.Happening) -> domain.Event:
    return domain.Event(EvaluationId("e1"), sequence, NOW, happening)


def watch(arguments: str) -> str:
    return f"subscription {{ evaluationProgress({arguments}) {{ __typename sequence }} }}"


def test_everything_that_can_happen_has_a_type_of_its_own() -> None:
    told = [event_of(event(place, happening)) for place, happening in enumerate(HAPPENINGS, start=1)]

    assert [type(each) for each in told] == list(EVENTS)
    assert [each.sequence for each in told] == [1, 2, 3, 4, 5, 6, 7]
    assert {each.evaluation_id for each in told} == {E1}


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        ('evaluationId: "e1"', "BAD_USER_INPUT", "evaluationId"),
        (f'evaluationId: "{E1}", afterSequence: -1', "BAD_USER_INPUT", "afterSequence"),
        (f'evaluationId: "{E1}"', "NOT_FOUND", None),
        (f'evaluationId: "{ids.challenge(ChallengeId("e1"))}"', "NOT_FOUND", None),
    ],
)
async def test_what_cannot_be_watched_is_an_error_before_the_stream_and_not_an_event_of_it(
    client: Client, arguments: str, code: str, field: str | None
) -> None:
    (result,) = await client.stream(watch(arguments))

    # Of a PreExecutionError the WebSocket makes an `error` message, and goes on.
    assert isinstance(result, PreExecutionError)
    assert result.errors is not None
    (error,) = result.errors
    assert (error.extensions or {})["code"] == code
    assert (error.extensions or {}).get("field") == field


async def test_nobody_watches_anything(nobody: Client) -> None:
    (result,) = await nobody.stream(watch(f'evaluationId: "{E1}"'))

    assert isinstance(result, PreExecutionError)
    assert [error.formatted["extensions"]["code"] for error in result.errors or ()] == ["UNAUTHENTICATED"]


async def test_too_many_subscriptions_are_an_error_before_the_stream(client: Client) -> None:
    client.services.rates.exhausted = True

    (result,) = await client.stream(watch(f'evaluationId: "{E1}"'))

    assert isinstance(result, PreExecutionError)
    assert (result.errors or [])[0].extensions == {
        "code": "RATE_LIMITED",
        "retryAfterSeconds": 1.5,
        "requestId": "request-1",
    }


@pytest.fixture
def scripted(client: Client, monkeypatch: pytest.MonkeyPatch) -> tuple[Client, ScriptedEvents]:
    """Follows a script instead of the database: the use case has tests of its own."""
    client.work.evaluations_held[EvaluationId("e1")] = evaluation()
    script = ScriptedEvents(event(1, domain.Queued()), event(2, domain.Completed()), RuntimeError("s3cret"))

    async def follow(*_: object, after_sequence: int) -> object:
        return script.run()

    monkeypatch.setattr(resolvers.progress, "follow", follow)
    return client, script


async def test_each_event_is_told_and_a_fault_on_the_way_is_masked(scripted: tuple[Client, ScriptedEvents]) -> None:
    client, script = scripted

    *told, last = await client.stream(
        f'subscription {{ evaluationProgress(evaluationId: "{E1}") '
        "{ sequence occurredAt ... on EvaluationCompleted { evaluation { id } } } }"
    )

    at = "2026-11-23T09:30:00Z"
    assert [result.data["evaluationProgress"] for result in told] == [
        {"sequence": 1, "occurredAt": at},
        {"sequence": 2, "occurredAt": at, "evaluation": {"id": E1}},
    ]
    assert isinstance(last, ExecutionResult)
    assert [error.message for error in last.errors or ()] == [MASKED]
    assert script.closed


async def test_a_client_that_goes_away_closes_the_stream_at_once() -> None:
    script = ScriptedEvents(event(1, domain.Queued()), event(2, domain.Completed()))
    watched = _published(script.run())

    first = await anext(watched)
    await watched.aclose()

    assert first.sequence == 1
    assert script.closed
