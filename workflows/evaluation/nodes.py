"""The steps. Each takes the state and returns what it adds; what a run before this one stored is not done again."""

from langgraph.runtime import Runtime
from langgraph.types import Send
from loguru import logger

from domain import scoring
from domain.calls import Task
from domain.challenge import MultipleChoiceSolution, Provenance, Scenario, ScenarioSolution
from domain.enums import ChallengeKind, Dimension, Engine, EvaluationFailureCode, EvaluationPhase
from domain.errors import GradingFailed
from domain.evaluation import Assignment, DimensionScore
from domain.grading import GradingTask, rubric_lines
from domain.results import EvaluationResult
from workflows.evaluation import quotes, screening
from workflows.evaluation.case import Case
from workflows.evaluation.grading import Mode
from workflows.evaluation.phases import enter
from workflows.evaluation.state import Branch, Context, State, in_order

_KEY_PROVENANCE = Provenance(Engine.EMBEDDED, None, "answer-key-1")


# What routes is asynchronous, too, though it never waits: LangGraph runs any other function in a thread.
async def entrance(state: State) -> str:
    """Where to begin: a choice is compared with its key, a scenario's answer is screened."""
    return "compare" if state["assignment"].challenge.kind is ChallengeKind.MULTIPLE_CHOICE else "screen"


async def compare(state: State, runtime: Runtime[Context]) -> State:
    """Grade a multiple-choice answer, in code and at once."""
    assignment = state["assignment"]
    solution = assignment.challenge.solution
    if not isinstance(solution, MultipleChoiceSolution):
        raise TypeError("a multiple-choice challenge was assigned without its key")
    await enter(assignment, EvaluationPhase.SCORING, 0, runtime.context)
    correct = assignment.answer.option_id == solution.correct_option_id
    await runtime.context.pace()
    await runtime.context.journal.complete(
        EvaluationResult(overall_score=100.0 if correct else 0.0, correct=correct, provenance=_KEY_PROVENANCE)
    )
    return {}


async def screen(state: State, runtime: Runtime[Context]) -> State:
    """Prepare what graders are given.

    The embedded grader gets the stretches marked that talk to it. Models get the answer as it is and are asked at once:
    what they say is held against the marks, which are made meanwhile.
    """
    assignment = state["assignment"]
    await enter(assignment, EvaluationPhase.SCREENING, 0, runtime.context)
    await enter(assignment, EvaluationPhase.SCORING, 1 + len(state["scores"]), runtime.context)
    task = _task(assignment)
    if runtime.context.models(Task.GRADING) is not None:
        return {"task": task, "case": Case(task)}
    writers = runtime.context.models(Task.FEEDBACK)
    return {"task": screening.screened(task), "case": None if writers is None else Case(task)}


async def after_screening(state: State, runtime: Runtime[Context]) -> list[Send] | str:
    """One question for everything that has not landed, where that is the mode; else one branch for each dimension."""
    context = runtime.context
    together = context.grading.mode == Mode.COMBINED and context.models(Task.GRADING) is not None
    return "consult" if together and quotes.missing_dimensions(state["scores"]) else await branches(state)


async def branches(state: State) -> list[Send] | str:
    """One branch for each dimension that has not landed."""
    missing = quotes.missing_dimensions(state["scores"])
    if not missing:
        return "verify"
    return [
        Send(
            "score",
            Branch(
                assignment=state["assignment"],
                task=state["task"],
                case=state["case"],
                consulted=state.get("consulted"),
                dimension=dimension,
            ),
        )
        for dimension in missing
    ]


async def verify(state: State, runtime: Runtime[Context]) -> State:
    """Check across the dimensions: every one is there, and no quote speaks both for and against."""
    assignment = state["assignment"]
    await enter(assignment, EvaluationPhase.VERIFYING, 1 + len(Dimension), runtime.context)
    missing = quotes.missing_dimensions(state["scores"])
    if missing:
        raise GradingFailed(
            f"Not judged: {', '.join(dimension.value for dimension in missing)}.",
            code=EvaluationFailureCode.OUTPUT_INVALID,
        )
    contradictions = quotes.contradictions(state["scores"])
    if contradictions:
        logger.bind(evaluation_id=assignment.lease.evaluation_id, quotes=contradictions).info(
            "evaluation_quotes_contradict"
        )
    return {}


async def finish(state: State, runtime: Runtime[Context]) -> State:
    """Weigh the dimensions and store the result."""
    assignment, scores, written = state["assignment"], in_order(state["scores"]), state["written"]
    solution = assignment.challenge.solution
    await runtime.context.pace()
    await runtime.context.journal.complete(
        EvaluationResult(
            overall_score=scoring.overall(scores),
            feedback=written.feedback,
            model_answers=solution.model_answers if isinstance(solution, ScenarioSolution) else (),
            provenance=_provenance(scores, stand_in_wrote=written.degraded),
            calls=written.calls,
        ),
    )
    return {}


def _task(assignment: Assignment) -> GradingTask:
    scenario, solution = assignment.challenge.content, assignment.challenge.solution
    if not isinstance(scenario, Scenario) or not isinstance(solution, ScenarioSolution):
        raise TypeError("a scenario was assigned without its rubric")
    return GradingTask(
        domain=assignment.challenge.domain,
        context=scenario.context,
        questions=scenario.questions,
        rubric=rubric_lines(scenario, solution),
        parts=assignment.answer.parts,
    )


def _provenance(scores: list[DimensionScore], *, stand_in_wrote: bool) -> Provenance:
    """Who graded the dimension that weighs most; degraded when a stand-in graded any, or wrote the feedback."""
    heaviest = max(scores, key=lambda score: score.weight).provenance
    degraded = stand_in_wrote or any(score.provenance.degraded for score in scores)
    return Provenance(heaviest.engine, heaviest.model, heaviest.version, degraded)
