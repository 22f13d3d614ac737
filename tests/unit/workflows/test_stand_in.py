"""When no model answers: the embedded grader stands in and says so, or the evaluation fails with the reason's code."""

import asyncio

import pytest

from domain.calls import Task
from domain.challenge import Provenance
from domain.enums import Dimension, Engine, EvaluationFailureCode, EvaluationPhase
from domain.errors import BudgetExceeded, DeadlineExceeded, GradingFailed, ProviderUnavailable
from domain.evaluation import DimensionGrade, FeedbackDelta
from domain.grading import GradingTask
from tests.unit.workflows.doubles import FEEDBACK, WRITTEN, RecordingJournal, ScriptedGrader, scenario_assignment
from tests.unit.workflows.examiner import OPENAI, Examiner, evaluate
from workflows.compiled import Compiled
from workflows.evaluation.grading import Grading, Mode

TECHNICAL, SOLVING, COMMUNICATION, BUSINESS = Dimension
STAND_IN = Provenance(Engine.EMBEDDED, None, "script-1", degraded=True)
BY_OPENAI = Provenance(OPENAI, "model-of-OPENAI", "judge-1")
FAULTS = {
    EvaluationFailureCode.PROVIDER_UNAVAILABLE: ProviderUnavailable("Nobody.", retry_after_seconds=1),
    EvaluationFailureCode.DEADLINE_EXCEEDED: DeadlineExceeded("Late.", retry_after_seconds=1),
    EvaluationFailureCode.BUDGET_EXCEEDED: BudgetExceeded("Spent.", retry_after_seconds=1),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_the_embedded_grader_stands_in_for_one_dimension_and_says_so(
    compiled: Compiled, fault: Exception
) -> None:
    examiner = Examiner({TECHNICAL: [fault]})

    journal = await evaluate(compiled, scenario_assignment(), examiner)

    by_dimension = {score.dimension: score for score in journal.scores}
    assert by_dimension[TECHNICAL].provenance == STAND_IN
    assert by_dimension[TECHNICAL].confidence == 0.8  # the embedded grader's own
    assert [call.outcome for call in by_dimension[TECHNICAL].calls] == ["server_fault"]
    assert {by_dimension[dimension].provenance for dimension in (SOLVING, COMMUNICATION, BUSINESS)} == {BY_OPENAI}
    assert journal.results[0].provenance == STAND_IN
    assert len(examiner.of(TECHNICAL)) == 1


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(("code", "fault"), FAULTS.items(), ids=FAULTS)
async def test_without_fallback_the_evaluation_fails_with_the_code_of_the_fault(
    compiled: Compiled, code: EvaluationFailureCode, fault: Exception, mode: Mode
) -> None:
    journal = RecordingJournal()
    examiner = Examiner({"all": [fault], TECHNICAL: [fault]})

    with pytest.raises(GradingFailed) as failed:
        await evaluate(compiled, scenario_assignment(), examiner, journal=journal, fallback=False, mode=mode)

    assert failed.value.code is code
    assert TECHNICAL not in journal.of("land")
    assert EvaluationPhase.VERIFYING not in journal.of("enter")
    assert journal.results == []


async def test_without_fallback_a_judgement_that_never_fits_fails_with_its_own_code(compiled: Compiled) -> None:
    wrong = {"criteria": [{"criterion_id": "c9", "quotes": [], "reasoning": "", "verdict": "unmet", "level": 0}]}
    examiner = Examiner({TECHNICAL: [{**wrong, "rationale": "No."}]})

    with pytest.raises(GradingFailed) as failed:
        await evaluate(compiled, scenario_assignment(), examiner, fallback=False)

    assert failed.value.code is EvaluationFailureCode.OUTPUT_INVALID
    assert len(examiner.of(TECHNICAL)) == 3


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_feedback_that_no_model_writes_is_the_stand_ins_and_makes_the_result_degraded(
    compiled: Compiled, fault: Exception
) -> None:
    journal = await evaluate(compiled, scenario_assignment(), Examiner({"feedback": [fault]}))

    (result,) = journal.results
    assert result.feedback == FEEDBACK
    assert result.provenance == Provenance(OPENAI, "model-of-OPENAI", "judge-1", degraded=True)
    assert [call.outcome for call in result.calls] == ["server_fault"]
    assert journal.of("feedback") == list(WRITTEN)
    assert {score.provenance for score in journal.scores} == {BY_OPENAI}


@pytest.mark.parametrize(("code", "fault"), FAULTS.items(), ids=FAULTS)
async def test_without_fallback_missing_feedback_fails_too(
    compiled: Compiled, code: EvaluationFailureCode, fault: Exception
) -> None:
    journal = RecordingJournal()

    with pytest.raises(GradingFailed) as failed:
        await evaluate(
            compiled, scenario_assignment(), Examiner({"feedback": [fault]}), journal=journal, fallback=False
        )

    assert failed.value.code is code
    assert len(journal.of("land")) == 4
    assert journal.results == []


@pytest.mark.parametrize("mode", list(Mode))
async def test_where_no_model_can_be_asked_the_embedded_grader_is_the_first_choice(
    compiled: Compiled, mode: Mode
) -> None:
    examiner = Examiner(tasks=())

    journal = await evaluate(compiled, scenario_assignment(), examiner, fallback=False, mode=mode)

    assert examiner.asked == []
    assert journal.results[0].provenance == Provenance(Engine.EMBEDDED, None, "script-1")
    assert journal.results[0].feedback == FEEDBACK
    assert {score.calls for score in journal.scores} == {()}


@pytest.mark.parametrize(("tasks", "asked"), [([Task.GRADING], {*Dimension}), ([Task.FEEDBACK], {"feedback"})])
async def test_models_may_do_one_of_both(compiled: Compiled, tasks: list[Task], asked: set[str]) -> None:
    examiner = Examiner(tasks=tasks)

    journal = await evaluate(compiled, scenario_assignment(), examiner)

    assert {question.about for question in examiner.asked} == asked
    assert journal.results[0].provenance.degraded is False


class Ticking:
    """A clock that goes on by what is waited for answers."""

    def __init__(self, seconds: float) -> None:
        self.now = 5_000.0
        self._seconds = seconds

    async def before(self, about: str) -> None:
        if about in {TECHNICAL, "feedback"}:
            self.now += self._seconds


async def test_one_deadline_covers_all_questions_and_leaves_a_share_for_the_feedback(compiled: Compiled) -> None:
    clock = Ticking(seconds=50.0)
    wrong = {"criteria": [{"criterion_id": "c1", "quotes": [], "reasoning": "", "verdict": "met", "level": 5}]}
    examiner = Examiner({TECHNICAL: [{**wrong, "rationale": "Bare."}]}, before=clock.before)

    await evaluate(compiled, scenario_assignment(), examiner, now=lambda: clock.now)

    assert [asked.deadline_seconds for asked in examiner.of(TECHNICAL)] == [70.0, 20.0, 0.0]
    assert [asked.deadline_seconds for asked in examiner.of("feedback")] == [0.0]


async def test_feedback_gets_what_judging_left(compiled: Compiled) -> None:
    clock = Ticking(seconds=50.0)
    examiner = Examiner(before=clock.before)

    await evaluate(compiled, scenario_assignment(), examiner, now=lambda: clock.now)

    assert [asked.deadline_seconds for asked in examiner.of("feedback")] == [50.0]


class Announcing(ScriptedGrader):
    """Says when it begins."""

    def __init__(self) -> None:
        super().__init__()
        self.began = asyncio.Event()

    async def grade(self, task: GradingTask, dimension: Dimension) -> DimensionGrade:
        self.began.set()
        return await super().grade(task, dimension)


async def test_the_embedded_grader_works_while_the_model_does(compiled: Compiled) -> None:
    grader = Announcing()

    async def before(about: str) -> None:
        await asyncio.wait_for(grader.began.wait(), timeout=10)

    journal = await evaluate(compiled, scenario_assignment(), Examiner(before=before), grader=grader)

    assert len(journal.scores) == 4


def test_without_settings_nobody_but_the_embedded_grader_is_asked() -> None:
    grading = Grading()

    assert (grading.models, grading.mode, grading.fallback) == (None, Mode.SEPARATE, True)
    assert FeedbackDelta(WRITTEN[0].section, "x").rewrite == 0
