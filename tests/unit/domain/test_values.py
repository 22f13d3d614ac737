"""Prices, days, last events and pages."""

from datetime import UTC, datetime

import pytest

from domain.challenge import Provenance
from domain.enums import (
    ChallengeKind,
    Dimension,
    Engine,
    EvaluationFailureCode,
    EvaluationPhase,
    EvaluationStatus,
    FeedbackSection,
)
from domain.evaluation import DimensionScore, Failure
from domain.events import (
    Cancelled,
    Completed,
    DimensionScored,
    Event,
    Failed,
    FeedbackWritten,
    Happening,
    PhaseChanged,
    Queued,
)
from domain.ids import EvaluationId, UserId
from domain.paging import Page, Position
from domain.quota import CHALLENGE_PRICE, Quota, evaluation_price

NOW = datetime(2026, 11, 5, tzinfo=UTC)
SCORE = DimensionScore(Dimension.COMMUNICATION, 0.1, 50.0, 1.0, "", (), Provenance(Engine.EMBEDDED, None, "test-1"))


def test_generating_costs_1_a_scenario_1_and_multiple_choice_nothing() -> None:
    assert CHALLENGE_PRICE == 1
    assert {kind: evaluation_price(kind) for kind in ChallengeKind} == {
        ChallengeKind.MULTIPLE_CHOICE: 0,
        ChallengeKind.SCENARIO: 1,
    }


@pytest.mark.parametrize(("limit", "used", "remaining"), [(50, 0, 50), (50, 49, 1), (50, 50, 0), (3, 5, 0)])
def test_what_remains_is_never_negative(limit: int, used: int, remaining: int) -> None:
    assert Quota(UserId("alice"), limit, used, NOW).remaining == remaining


@pytest.mark.parametrize(
    ("happening", "is_last"),
    [
        (Queued(), False),
        (PhaseChanged(EvaluationPhase.SCORING, 1, 7), False),
        (DimensionScored(SCORE), False),
        (FeedbackWritten(1, FeedbackSection.SUMMARY, "Good."), False),
        (Completed(), True),
        (Failed(Failure(EvaluationFailureCode.INTERNAL, "Sorry.", refunded=True)), True),
        (Cancelled(), True),
    ],
)
def test_an_evaluation_ends_with_completed_failed_or_cancelled(happening: Happening, *, is_last: bool) -> None:
    assert Event(EvaluationId("e"), 1, NOW, happening).is_last is is_last


def test_the_final_statuses_are_the_same_three() -> None:
    assert [status for status in EvaluationStatus if status.is_final] == [
        EvaluationStatus.COMPLETED,
        EvaluationStatus.FAILED,
        EvaluationStatus.CANCELLED,
    ]


def test_a_converted_page_keeps_its_place() -> None:
    page = Page((1, 2), (Position(NOW, "1"), Position(NOW, "2")), has_next=True, has_previous=False)

    assert page.map(str) == Page(("1", "2"), page.positions, has_next=True, has_previous=False)
