"""The steps that judge: one branch a dimension, each landing once and final; and one question for all, where set so."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from langgraph.runtime import Runtime

from domain import scoring
from domain.calls import Call, Task
from domain.enums import Dimension
from domain.errors import ProviderUnavailable
from domain.evaluation import DimensionScore
from domain.grading import GradingTask
from domain.language_models import OnCall
from workflows.evaluation import prompts, quotes
from workflows.evaluation.case import Case
from workflows.evaluation.grading import Mode
from workflows.evaluation.judging import Judge, Opinion, Unfit
from workflows.evaluation.opinions import WholeOpinion
from workflows.evaluation.panel import Panel, failed
from workflows.evaluation.state import Branch, Consulted, Context, State, in_order
from workflows.metrics import LANDING_SECONDS
from workflows.ports import AnswerGrader, LanguageModels


class _Calls:
    """What was asked for a row; `answered_at` is when its one answer came, None when there was none or more."""

    def __init__(self, monotonic_seconds: Callable[[], float]) -> None:
        self._monotonic_seconds = monotonic_seconds
        self._last_at = 0.0
        self.told: list[Call] = []

    def __call__(self, call: Call) -> None:
        self.told.append(call)
        self._last_at = self._monotonic_seconds()

    @property
    def answered_at(self) -> float | None:
        once = [call.outcome for call in self.told].count("answered") == 1
        return self._last_at if once and self.told[-1].outcome == "answered" else None


async def consult(state: State, runtime: Runtime[Context]) -> State:
    """Have everything that is missing judged, and the feedback written, by one question.

    Nothing lands before the whole answer is there: until then nobody can say who gave it, and an attempt may be void.
    """
    context, case = runtime.context, state["case"]
    models = context.models(Task.GRADING)
    if case is None or models is None:
        raise TypeError("nobody was there to consult")
    missing = quotes.missing_dimensions(state["scores"])
    calls: list[Call] = []
    meanwhile = asyncio.create_task(_panel(context, case, models).embedded(missing[0]))
    try:
        question = prompts.judge_all(
            {dimension: case.ids(dimension) for dimension in missing}, in_order(state["scores"])
        )
        completion = await context.judging(case, models).about_everything(question, WholeOpinion, calls.append)
        return {"consulted": Consulted(completion, _shared(calls, rows=len(missing) + 1))}
    except ProviderUnavailable as exc:
        if not context.grading.fallback:
            raise failed(exc) from exc
        return {"consulted": Consulted(exc, _shared(calls, rows=len(missing) + 1))}
    finally:
        meanwhile.cancel()


async def score(state: Branch, runtime: Runtime[Context]) -> State:
    """Judge one dimension, hold its quotes against the answer, weigh it and store it, once and final."""
    context, case, dimension = runtime.context, state["case"], state["dimension"]
    models = context.models(Task.GRADING)
    calls = _Calls(context.monotonic_seconds)
    if case is None or models is None:
        landed = await _by_grader(context.grader, state["task"], dimension)
    else:
        landed = await _by_panel(_panel(context, case, models), dimension, state["consulted"], calls)
    await context.pace()

    def observe() -> None:
        if calls.answered_at is not None:
            LANDING_SECONDS.observe(context.monotonic_seconds() - calls.answered_at)

    context.journal.take(landed, stored=observe)
    return {"scores": [landed]}


async def _by_grader(grader: AnswerGrader, task: GradingTask, dimension: Dimension) -> DimensionScore:
    """What the embedded grader says, where it is the first choice."""
    grade = await grader.grade(task, dimension)
    quotes.check_complete(task, dimension, grade)
    if quotes.unfounded(task, grade):
        grade = await grader.grade(task, dimension)
        quotes.check_complete(task, dimension, grade)
        grade = quotes.without(grade, quotes.unfounded(task, grade))
    return scoring.score_dimension(grade, (line.criterion for line in task.lines(dimension)))


async def _by_panel(panel: Panel, dimension: Dimension, consulted: Consulted | None, calls: _Calls) -> DimensionScore:
    async def ask(on_call: OnCall) -> Opinion | Unfit:
        if consulted is None:
            return await panel.judge.first(dimension, on_call)
        return await _given(panel.judge, dimension, consulted, on_call)

    landed = await panel.score(dimension, ask, calls)
    return replace(landed, calls=(*(consulted.calls if consulted is not None else ()), *calls.told))


async def _given(judge: Judge, dimension: Dimension, consulted: Consulted, on_call: OnCall) -> Opinion | Unfit:
    """A dimension's part of the answer about everything; asked for once more where it does not fit the rubric."""
    if isinstance(consulted.answer, ProviderUnavailable):
        raise consulted.answer
    parts = [part for part in consulted.answer.value.dimensions if part.dimension is dimension]
    if len(parts) != 1 or not judge.fits(dimension, parts[0].criteria):
        return await judge.once_more(dimension, on_call)
    provenance = consulted.answer.provenance
    return await judge.held(dimension, parts[0].criteria, parts[0].rationale, provenance, on_call)


def _panel(context: Context, case: Case, models: LanguageModels) -> Panel:
    return Panel(
        case,
        Judge(context.judging(case, models)),
        context.grader,
        fallback=context.grading.fallback,
        thrifty=context.grading.mode == Mode.COMBINED,
    )


def _shared(calls: list[Call], *, rows: int) -> tuple[Call, ...]:
    return tuple(replace(call, serves=rows) for call in calls)
