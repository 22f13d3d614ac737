"""The step that has feedback written."""

from dataclasses import replace

from loguru import logger

from domain.calls import Call, Task
from domain.enums import EvaluationPhase
from domain.errors import ProviderUnavailable
from domain.evaluation import Assignment, DimensionScore, Feedback, FeedbackDelta
from domain.grading import GradingTask
from domain.language_models import Partial
from workflows.evaluation import prompts
from workflows.evaluation.case import Asking
from workflows.evaluation.guard import Guard
from workflows.evaluation.opinions import FeedbackText
from workflows.evaluation.panel import failed
from workflows.evaluation.phases import enter
from workflows.evaluation.pieces import Coalescer
from workflows.evaluation.state import Consulted, Context, State, Written, in_order
from workflows.evaluation.writing import Manuscript
from workflows.steps import SCENARIO_STEPS


async def write_feedback(state: State, context: Context) -> Written:
    """Have the feedback written, and store its pieces as they come."""
    assignment = state["assignment"]
    await enter(assignment, EvaluationPhase.WRITING_FEEDBACK, SCENARIO_STEPS - 1, context)

    async def store(delta: FeedbackDelta) -> None:
        await context.pace()
        context.journal.take(delta)

    case, models = state["case"], context.models(Task.FEEDBACK)
    consulted = state.get("consulted")
    # A resumed run may come here without a judgement that had it done.
    prepared = None if case is None else await case.ready()
    task = state["task"] if prepared is None else prepared.task
    pieces = Coalescer(store, context.monotonic_seconds)
    writer = _Writer(context, task, in_order(state["scores"]), pieces, rewrite=_first_rewrite(assignment))
    if prepared is not None and consulted is not None:
        written = await writer.from_consulted(prepared.guard, consulted)
    elif case is not None and prepared is not None and models is not None:
        written = await writer.from_models(context.advising(case, models), prepared.guard)
    else:
        written = await writer.from_grader()
    await pieces.flush()
    return written


def _first_rewrite(assignment: Assignment) -> int:
    """What lifts this run's first attempt above all that were announced; 0 for a new runner with a new number."""
    return max(0, assignment.feedback_attempts + 1 - assignment.lease.attempt)


class _Writer:
    """Writes the feedback of one run, each piece under the number of its attempt."""

    def __init__(
        self,
        context: Context,
        task: GradingTask,
        scores: list[DimensionScore],
        pieces: Coalescer,
        *,
        rewrite: int,
    ) -> None:
        self._context = context
        self._task = task
        self._scores = scores
        self._pieces = pieces
        self._rewrite = rewrite

    async def from_grader(self) -> Written:
        """What the embedded grader writes, as the first choice."""
        return Written(await self._by_grader(self._rewrite))

    async def from_consulted(self, guard: Guard, consulted: Consulted) -> Written:
        """What came with the judgements; a stand-in's where none came."""
        if isinstance(consulted.answer, ProviderUnavailable):
            return Written(await self._by_grader(self._rewrite), consulted.calls, degraded=True)
        manuscript = Manuscript(guard, self._scores, self._pieces.add, rewrite=self._rewrite)
        written = await manuscript.finish(consulted.answer.value.feedback)
        return Written(written, consulted.calls, degraded=consulted.answer.degraded)

    async def from_models(self, asking: Asking, guard: Guard) -> Written:
        """What a model writes, shown as it grows; a stand-in's where no model does.

        Raises:
            GradingFailed: no model writes, and nobody may stand in.
        """
        manuscript = Manuscript(guard, self._scores, self._pieces.add, rewrite=self._rewrite)
        calls: list[Call] = []

        async def follow(partial: Partial) -> None:
            await manuscript.follow(partial)
            await self._pieces.tick()

        try:
            answer = await asking.for_feedback(prompts.feedback(self._scores), FeedbackText, calls.append, follow)
        except ProviderUnavailable as exc:
            if not self._context.grading.fallback:
                raise failed(exc) from exc
            logger.bind(code=failed(exc).code.value).warning("evaluation_stand_in_wrote")
            return Written(await self._by_grader(manuscript.begin_again()), tuple(calls), degraded=True)
        return Written(await manuscript.finish(answer.value), tuple(calls), degraded=answer.degraded)

    async def _by_grader(self, rewrite: int) -> Feedback:
        async def emit(delta: FeedbackDelta) -> None:
            await self._pieces.add(replace(delta, rewrite=rewrite))

        return await self._context.grader.write_feedback(self._task, self._scores, emit)
