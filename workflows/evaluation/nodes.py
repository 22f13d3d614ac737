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
from workflows.evaluation.feedback import write_feedback
from workflows.evaluation.grading import Mode
from workflows.evaluation.phases import enter
from workflows.evaluation.state import Branch, Context, State, Written, in_order
from workflows.metrics import STEP_SECONDS

_KEY_PROVENANCE = Provenance(Engine.EMBEDDED, None, "answer-key-1")


async def begin(assignment: Assignment, context: Context) -> State:
    """What a run starts from. Where models judge, nothing is left to be done before they are asked.

    They get the answer as it is; what they say is held against the marks of screening, which is done meanwhile.
    """
    state = State(assignment=assignment, scores=list(assignment.scores))
    if assignment.challenge.kind is ChallengeKind.SCENARIO and context.models(Task.GRADING) is not None:
        await _announce(assignment, context)
        task = _task(assignment)
        state |= {"task": task, "case": Case(task)}
    return state


# What routes is asynchronous, too, though it never waits: LangGraph runs any other function in a thread.
async def entrance(state: State, runtime: Runtime[Context]) -> list[Send] | str:
    """Where to go first: a choice is compared with its key, the answer that the embedded grader will judge is screened.

    Models get one question for everything that has not landed, where that is the mode, or one for each dimension.
    """
    if state["assignment"].challenge.kind is ChallengeKind.MULTIPLE_CHOICE:
        return "compare"
    if "case" not in state:
        return "screen"
    together = runtime.context.grading.mode == Mode.COMBINED
    return "consult" if together and quotes.missing_dimensions(state["scores"]) else await branches(state)


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
    """Mark the stretches that talk to the grader, for the embedded one to pass over."""
    assignment, context = state["assignment"], runtime.context
    await _announce(assignment, context)
    task = _task(assignment)
    writers = context.models(Task.FEEDBACK)
    return {"task": screening.screened(task), "case": None if writers is None else Case(task)}


async def branches(state: State) -> list[Send] | str:
    """One branch for each dimension that has not landed."""
    missing = quotes.missing_dimensions(state["scores"])
    if not missing:
        return "conclude"
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


async def conclude(state: State, runtime: Runtime[Context]) -> State:
    """What follows the last dimension: a check across all of them, the feedback, the result.

    One node, because LangGraph takes time from one to the next, and somebody waits: see decision 14.
    """
    with STEP_SECONDS.labels("verify").time():
        await _verify(state, runtime.context)
    with STEP_SECONDS.labels("write_feedback").time():
        written = await write_feedback(state, runtime.context)
    with STEP_SECONDS.labels("finish").time():
        await _finish(state, written, runtime.context)
    return {}


async def _verify(state: State, context: Context) -> None:
    """Every dimension is there, and no quote speaks both for and against."""
    assignment = state["assignment"]
    await enter(assignment, EvaluationPhase.VERIFYING, 1 + len(Dimension), context)
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


async def _finish(state: State, written: Written, context: Context) -> None:
    """Weigh the dimensions and store the result."""
    assignment, scores = state["assignment"], in_order(state["scores"])
    solution = assignment.challenge.solution
    await context.pace()
    await context.journal.complete(
        EvaluationResult(
            overall_score=scoring.overall(scores),
            feedback=written.feedback,
            model_answers=solution.model_answers if isinstance(solution, ScenarioSolution) else (),
            provenance=_provenance(scores, stand_in_wrote=written.degraded),
            calls=written.calls,
        )
    )


async def _announce(assignment: Assignment, context: Context) -> None:
    """Screening, and that judging follows at once."""
    await enter(assignment, EvaluationPhase.SCREENING, 0, context)
    await enter(assignment, EvaluationPhase.SCORING, 1 + len(assignment.scores), context)


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
