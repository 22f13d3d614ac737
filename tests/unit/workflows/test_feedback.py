"""Feedback that a model writes: shown as it grows, begun afresh when it is replaced, silent about key points."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.calls import Task
from domain.enums import Dimension, EvaluationPhase, FeedbackSection
from domain.errors import LeaseLost, ProviderUnavailable
from domain.evaluation import FeedbackDelta
from tests.factories import RUBRIC
from tests.unit.workflows.doubles import (
    FEEDBACK,
    LEASE,
    WRITTEN,
    RecordingJournal,
    ScriptedGrader,
    landed,
    scenario_assignment,
)
from tests.unit.workflows.examiner import FEEDBACK_TEXT, OPENAI, Examiner, Streamed, evaluate
from workflows.compiled import Compiled

SUMMARY, STRENGTHS, IMPROVEMENTS = FeedbackSection
SENTENCES = ("Well begun.", "You name a cause.")
COMPLETE = [landed(dimension) for dimension in Dimension]
UNAVAILABLE = ProviderUnavailable("No language model could answer.", retry_after_seconds=15)


def texts(deltas: Sequence[object], rewrite: int = 0) -> dict[FeedbackSection, str]:
    """What watchers see of each section in one attempt."""
    joined = dict.fromkeys(FeedbackSection, "")
    for delta in deltas:
        assert isinstance(delta, FeedbackDelta)
        if delta.rewrite == rewrite:
            joined[delta.section] += delta.text
    return joined


def growing(attempt: int, text: str) -> list[tuple[int, dict[str, str]]]:
    return [(attempt, {"summary": text[:length]}) for length in range(len(text) + 1)]


class Clock:
    """Goes on by 60 ms at each look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.06
        return self.now


async def test_feedback_streams_and_its_pieces_make_up_what_is_stored(compiled: Compiled) -> None:
    examiner = Examiner({"feedback": [Streamed(growing(1, " ".join(SENTENCES)), FEEDBACK_TEXT)]})

    journal = await evaluate(compiled, scenario_assignment(), examiner, now=Clock())

    (result,) = journal.results
    assert result.feedback is not None
    assert texts(journal.of("feedback")) == {
        SUMMARY: result.feedback.summary,
        STRENGTHS: "\n".join(result.feedback.strengths),
        IMPROVEMENTS: "\n".join(item.text for item in result.feedback.improvements),
    }
    assert journal.of("feedback")[0] == FeedbackDelta(SUMMARY, SENTENCES[0])
    assert result.feedback.summary == " ".join(SENTENCES)
    assert [call.task for call in result.calls] == [Task.FEEDBACK]


async def test_a_retry_in_mid_stream_begins_afresh_under_a_greater_number(compiled: Compiled) -> None:
    stream = [*growing(1, "A first try. It is void"), *growing(2, "Well begun. You")]
    journal = await evaluate(
        compiled, scenario_assignment(), Examiner({"feedback": [Streamed(stream, FEEDBACK_TEXT)]}), now=Clock()
    )

    deltas = journal.of("feedback")
    assert texts(deltas, rewrite=0) == {SUMMARY: "A first try.", STRENGTHS: "", IMPROVEMENTS: ""}
    assert texts(deltas, rewrite=1)[SUMMARY] == FEEDBACK_TEXT["summary"]
    assert [delta.rewrite for delta in deltas if isinstance(delta, FeedbackDelta)] == sorted(
        delta.rewrite for delta in deltas if isinstance(delta, FeedbackDelta)
    )


async def test_a_stand_in_begins_afresh_too_when_a_stream_broke(compiled: Compiled) -> None:
    stream = Streamed(growing(1, "A first try. It is void"), UNAVAILABLE)
    journal = await evaluate(compiled, scenario_assignment(), Examiner({"feedback": [stream]}), now=Clock())

    deltas = journal.of("feedback")
    assert texts(deltas, rewrite=0)[SUMMARY] == "A first try."
    assert texts(deltas, rewrite=1) == texts(WRITTEN)
    assert journal.results[0].feedback == FEEDBACK
    assert journal.results[0].provenance.degraded is True


@pytest.mark.parametrize(("seen", "rewrite"), [(0, 0), (1, 0), (2, 1), (5, 4)])
@pytest.mark.parametrize("by_models", [True, False])
async def test_a_replaced_runner_begins_above_every_attempt_that_was_announced(
    compiled: Compiled, seen: int, rewrite: int, *, by_models: bool
) -> None:
    assignment = replace(
        scenario_assignment(phase=EvaluationPhase.WRITING_FEEDBACK, scores=COMPLETE), feedback_attempts=seen
    )
    examiner = Examiner(tasks=[Task.GRADING, Task.FEEDBACK] if by_models else [])

    journal = await evaluate(compiled, assignment, examiner)

    told = {LEASE.attempt + delta.rewrite for delta in journal.of("feedback") if isinstance(delta, FeedbackDelta)}
    assert told == {LEASE.attempt + rewrite}
    assert min(told) > seen
    assert {asked.about for asked in examiner.asked} == ({"feedback"} if by_models else set())


async def test_who_writes_is_told_levels_quotes_and_titles_and_no_key_point(compiled: Compiled) -> None:
    examiner = Examiner()

    await evaluate(compiled, scenario_assignment(), examiner)

    (asked,) = examiner.of("feedback")
    told = "\n".join((asked.request.system, *(block.text for block in asked.request.blocks)))
    assert (asked.engine, asked.request.prompt_version) == (OPENAI, "feedback-1")
    assert asked.request.blocks[0].reused
    assert '- Cause and cure: level 4 of 5\n  - for: "The planner reads the whole table."' in told
    for line in RUBRIC:
        assert not any(point.text in told for point in line.key_points)
        assert f"Reasons for {line.criterion.id}." not in told


async def test_what_gives_away_a_key_point_is_in_no_event_and_not_in_the_result(compiled: Compiled) -> None:
    leak = "A concurrent build does not lock the writers."
    text = {
        **FEEDBACK_TEXT,
        "summary": f"Well begun. {leak} Go on.",
        "improvements": [{"dimension": "TECHNICAL_ACCURACY", "text": leak}, *FEEDBACK_TEXT["improvements"]],
    }
    examiner = Examiner({"feedback": [Streamed(growing(1, text["summary"]), text)]})

    journal = await evaluate(compiled, scenario_assignment(), examiner, now=Clock())

    assert journal.results[0].feedback is not None
    assert journal.results[0].feedback.summary == "Well begun. Go on."
    assert journal.results[0].feedback.improvements[0].text == "Work on “Cause and cure” (level 4 of 5)."
    assert "concurrent" not in repr(journal.steps)
    assert "concurrent" not in repr(journal.results[0].feedback)


async def test_a_lost_lease_in_mid_stream_ends_the_writing(compiled: Compiled) -> None:
    journal = RecordingJournal(steps_left=9)  # four phases, four dimensions, one piece
    examiner = Examiner({"feedback": [Streamed(growing(1, "One sentence. Two sentences. Three."), FEEDBACK_TEXT)]})

    with pytest.raises(LeaseLost):
        await evaluate(compiled, scenario_assignment(), examiner, journal=journal, now=Clock())

    assert journal.of("feedback") == [FeedbackDelta(SUMMARY, "One sentence.")]
    assert journal.results == []


async def test_an_answer_without_a_strength_gets_none_invented(compiled: Compiled) -> None:
    examiner = Examiner({"feedback": [{**FEEDBACK_TEXT, "strengths": []}]})

    journal = await evaluate(compiled, scenario_assignment(), examiner, grader=ScriptedGrader())

    assert journal.results[0].feedback is not None
    assert journal.results[0].feedback.strengths == ()
    assert not [delta for delta in journal.of("feedback") if getattr(delta, "section", None) is STRENGTHS]
