"""The steps. Each takes the state and returns what it adds; what a run before this one stored is not done again."""

from langgraph.runtime import Runtime
from langgraph.types import Send
from loguru import logger

from domain import scoring
from domain.challenge import MultipleChoiceSolution, Provenance, Scenario, ScenarioSolution
from domain.enums import ChallengeKind, Dimension, Engine, EvaluationFailureCode, EvaluationPhase
from domain.errors import GradingFailed
from domain.evaluation import Assignment, DimensionScore, FeedbackDelta
from domain.grading import GradingTask, rubric_lines
from domain.results import EvaluationResult
from workflows.evaluation import quotes, screening
from workflows.evaluation.pieces import Coalescer
from workflows.evaluation.state import Branch, Context, State
from workflows.steps import SCENARIO_STEPS, total_steps

_PHASES = list(EvaluationPhase)
_KEY_PROVENANCE = Provenance(Engine.EMBEDDED, None, "answer-key-1")


def entrance(state: State) -> str:
    """Where to begin: a choice is compared with its key, a scenario's answer is screened."""
    return "compare" if state["assignment"].challenge.kind is ChallengeKind.MULTIPLE_CHOICE else "screen"


async def compare(state: State, runtime: Runtime[Context]) -> State:
    """Grade a multiple-choice answer, in code and at once."""
    assignment = state["assignment"]
    solution = assignment.challenge.solution
    if not isinstance(solution, MultipleChoiceSolution):
        raise TypeError("a multiple-choice challenge was assigned without its key")
    await _enter(assignment, EvaluationPhase.SCORING, 0, runtime.context)
    correct = assignment.answer.option_id == solution.correct_option_id
    await runtime.context.pace()
    await runtime.context.journal.complete(
        assignment.lease,
        EvaluationResult(overall_score=100.0 if correct else 0.0, correct=correct, provenance=_KEY_PROVENANCE),
    )
    return {}


async def screen(state: State, runtime: Runtime[Context]) -> State:
    """Prepare what the grader is given, with the stretches that talk to it marked."""
    assignment = state["assignment"]
    await _enter(assignment, EvaluationPhase.SCREENING, 0, runtime.context)
    task = _task(assignment)
    if task.instructions:
        logger.bind(evaluation_id=assignment.lease.evaluation_id, spans=len(task.instructions)).warning(
            "evaluation_answer_instructs_grader"
        )
    await _enter(assignment, EvaluationPhase.SCORING, 1 + len(state["scores"]), runtime.context)
    return {"task": task}


def branches(state: State) -> list[Send] | str:
    """One branch for each dimension that has not landed."""
    missing = quotes.missing_dimensions(state["scores"])
    if not missing:
        return "verify"
    return [
        Send("score", Branch(assignment=state["assignment"], task=state["task"], dimension=dimension))
        for dimension in missing
    ]


async def score(state: Branch, runtime: Runtime[Context]) -> State:
    """Judge one dimension, hold its quotes against the answer, weigh it and store it, once and final."""
    context, task, dimension = runtime.context, state["task"], state["dimension"]
    grade = await context.grader.grade(task, dimension)
    quotes.check_complete(task, dimension, grade)
    if quotes.unfounded(task, grade):
        grade = await context.grader.grade(task, dimension)
        quotes.check_complete(task, dimension, grade)
        grade = quotes.without(grade, quotes.unfounded(task, grade))
    landed = scoring.score_dimension(grade, (line.criterion for line in task.lines(dimension)))
    await context.pace()
    await context.journal.land(state["assignment"].lease, landed)
    return {"scores": [landed]}


async def verify(state: State, runtime: Runtime[Context]) -> State:
    """Check across the dimensions: every one is there, and no quote speaks both for and against."""
    assignment = state["assignment"]
    await _enter(assignment, EvaluationPhase.VERIFYING, 1 + len(Dimension), runtime.context)
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


async def write_feedback(state: State, runtime: Runtime[Context]) -> State:
    """Have the feedback written, and store its pieces as they come."""
    context, assignment = runtime.context, state["assignment"]
    await _enter(assignment, EvaluationPhase.WRITING_FEEDBACK, SCENARIO_STEPS - 1, context)

    async def store(delta: FeedbackDelta) -> None:
        await context.pace()
        await context.journal.append_feedback(assignment.lease, delta)

    pieces = Coalescer(store, context.monotonic_seconds)
    feedback = await context.grader.write_feedback(state["task"], _in_order(state["scores"]), pieces.add)
    await pieces.flush()
    return {"feedback": feedback}


async def finish(state: State, runtime: Runtime[Context]) -> State:
    """Weigh the dimensions and store the result."""
    assignment, scores = state["assignment"], _in_order(state["scores"])
    solution = assignment.challenge.solution
    await runtime.context.pace()
    await runtime.context.journal.complete(
        assignment.lease,
        EvaluationResult(
            overall_score=scoring.overall(scores),
            feedback=state["feedback"],
            model_answers=solution.model_answers if isinstance(solution, ScenarioSolution) else (),
            provenance=_provenance(scores),
        ),
    )
    return {}


async def _enter(assignment: Assignment, phase: EvaluationPhase, completed_steps: int, context: Context) -> None:
    """Announce a phase, unless a run before this one did."""
    reached = assignment.progress.phase
    if reached is not None and _PHASES.index(reached) >= _PHASES.index(phase):
        return
    await context.pace()
    await context.journal.enter(
        assignment.lease,
        phase,
        completed_steps=completed_steps,
        total_steps=total_steps(assignment.challenge.kind),
    )


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
        instructions=screening.instructions(assignment.answer.parts),
    )


def _in_order(scores: list[DimensionScore]) -> list[DimensionScore]:
    order = list(Dimension)
    return sorted(scores, key=lambda score: order.index(score.dimension))


def _provenance(scores: list[DimensionScore]) -> Provenance:
    """Who graded the dimension that weighs most; degraded when a stand-in graded any."""
    heaviest = max(scores, key=lambda score: score.weight).provenance
    degraded = any(score.provenance.degraded for score in scores)
    return Provenance(heaviest.engine, heaviest.model, heaviest.version, degraded)
