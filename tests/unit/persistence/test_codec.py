"""Every stored shape reads back as it was written, and what is not of its type is refused."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.calls import Call
from domain.challenge import (
    Anchor,
    AnswerPart,
    CriterionKey,
    KeyPoint,
    MultipleChoice,
    MultipleChoiceSolution,
    Provenance,
    Scenario,
    ScenarioSolution,
)
from domain.enums import ChallengeKind
from domain.evaluation import Answer, CriterionResult, DimensionScore, Evidence, Feedback
from domain.events import Cancelled, Completed, DimensionScored, Failed, FeedbackWritten, PhaseChanged, Queued
from persistence.codec import (
    CONTENT_TYPES,
    HAPPENINGS,
    SOLUTION_TYPES,
    AnswerParts,
    Calls,
    EvidenceList,
    Strings,
    decode,
    encode,
    encode_calls,
)


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=3).map(tuple)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
PROVENANCE = st.builds(Provenance, degraded=st.booleans())
EVIDENCE = st.builds(Evidence, criterion_id=st.none() | st.text())
SCORE = st.builds(
    DimensionScore,
    weight=NUMBERS,
    score=NUMBERS,
    confidence=NUMBERS,
    evidence=some(EVIDENCE),
    provenance=PROVENANCE,
    criteria=some(st.builds(CriterionResult, awarded=NUMBERS)),
)
KEY = st.builds(
    CriterionKey,
    key_points=some(st.builds(KeyPoint, phrasings=some(st.text()))),
    anchors=some(st.builds(Anchor)),
)
CALL = st.builds(
    Call,
    cost_usd=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
    latency_seconds=NUMBERS,
    serves=st.integers(1),
)
SHAPES: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "strings": (Strings, some(st.text())),
    "answer parts": (AnswerParts, some(st.builds(AnswerPart))),
    "evidence": (EvidenceList, some(EVIDENCE)),
    "choice": (MultipleChoice, st.builds(MultipleChoice)),
    "choice's solution": (MultipleChoiceSolution, st.builds(MultipleChoiceSolution)),
    "scenario": (Scenario, st.builds(Scenario)),
    "scenario's solution": (ScenarioSolution, st.builds(ScenarioSolution, keys=some(KEY))),
    "answer": (Answer, st.builds(Answer, option_id=st.none() | st.text(), parts=some(st.builds(AnswerPart)))),
    "feedback": (Feedback, st.builds(Feedback)),
    "calls": (Calls, some(CALL)),
    "queued": (Queued, st.builds(Queued)),
    "phase": (PhaseChanged, st.builds(PhaseChanged)),
    "scored": (DimensionScored, st.builds(DimensionScored, SCORE)),
    "written": (FeedbackWritten, st.builds(FeedbackWritten)),
    "completed": (Completed, st.builds(Completed)),
    "failed": (Failed, st.builds(Failed)),
    "cancelled": (Cancelled, st.builds(Cancelled)),
}


@pytest.mark.parametrize("name", SHAPES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_value_reads_back_as_it_was_written(name: str, data: st.DataObject) -> None:
    shape, values = SHAPES[name]
    value = data.draw(values)

    assert decode(encode(value, shape), shape) == value


def test_a_solution_stored_before_there_were_anchors_reads_without_any() -> None:
    stored = '{"model_answers":[],"keys":[{"criterion_id":"c1","key_points":[{"text":"An index.","phrasings":[]}]}]}'

    solution = decode(stored, ScenarioSolution)

    assert solution == ScenarioSolution((), (CriterionKey("c1", (KeyPoint("An index."),), ()),))


def test_no_calls_are_no_text() -> None:
    assert encode_calls(()) is None


def test_every_happening_is_stored_under_its_own_name() -> None:
    assert {
        "Queued": Queued,
        "PhaseChanged": PhaseChanged,
        "DimensionScored": DimensionScored,
        "FeedbackWritten": FeedbackWritten,
        "Completed": Completed,
        "Failed": Failed,
        "Cancelled": Cancelled,
    } == HAPPENINGS


def test_every_kind_of_challenge_has_its_types() -> None:
    assert set(CONTENT_TYPES) == set(SOLUTION_TYPES) == set(ChallengeKind)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("", Feedback),
        ("{", Feedback),
        ("{}", Feedback),
        ("[1]", Strings),
        ('{"phase":"RESTING","completed_steps":1,"total_steps":2}', PhaseChanged),
        ('{"question":"?","options":"none"}', MultipleChoice),
    ],
)
def test_what_is_not_of_its_type_is_refused(text: str, shape: Any) -> None:
    with pytest.raises(ValidationError):
        decode(text, shape)
