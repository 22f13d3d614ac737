"""Language models that answer as scripted, and what was asked of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from domain.calls import Call, Task, Usage
from domain.enums import Dimension, Engine
from domain.errors import ProviderUnavailable
from domain.evaluation import Assignment
from domain.language_models import Completion, OnCall, OnPartial, Partial, Request, T
from tests.unit.workflows.doubles import RecordingJournal, ScriptedGrader
from workflows.compiled import Compiled
from workflows.evaluation.grading import Grading, Mode

OPENAI, ANTHROPIC, EMBEDDED = Engine
QUOTE = "The planner reads the whole table."
USED = Usage(input_tokens=1_000, output_tokens=100)
FEEDBACK_TEXT: Mapping[str, Any] = {
    "summary": "Well begun. You name a cause.",
    "strengths": ["You name a cause.", "You stay calm."],
    "improvements": [
        {"dimension": "PROBLEM_SOLVING", "text": "Go step by step."},
        {"dimension": "BUSINESS_IMPACT", "text": "Tie it to money."},
    ],
}
CRITERIA = {
    Dimension.TECHNICAL_ACCURACY: "c1",
    Dimension.PROBLEM_SOLVING: "c2",
    Dimension.BUSINESS_IMPACT: "c3",
    Dimension.COMMUNICATION: "c4",
}


def criterion(id: str, level: int = 4, *quotes: str, **changes: Any) -> dict[str, Any]:
    """A model's judgement of one criterion, resting on a true quote unless it is given others."""
    verdict = "unmet" if level == 0 else "met" if level >= 4 else "partly_met"
    return {
        "criterion_id": id,
        "quotes": [{"text": quote, "supports": level > 0} for quote in quotes or ((QUOTE,) if level else ())],
        "reasoning": f"Reasons for {id}.",
        "verdict": verdict,
        "level": level,
    } | changes


def judged(dimension: Dimension, level: int = 4, *quotes: str, rationale: str | None = None) -> dict[str, Any]:
    """A model's judgement of a dimension, which has one criterion in these tests."""
    return {
        "criteria": [criterion(CRITERIA[dimension], level, *quotes)],
        "rationale": rationale or f"A model on {dimension.value}.",
    }


def everything(*dimensions: Dimension, **changes: Any) -> dict[str, Any]:
    """A model's answer to one question about everything."""
    return {
        "dimensions": [{"dimension": dimension.value, **judged(dimension)} for dimension in dimensions],
        "feedback": FEEDBACK_TEXT,
    } | changes


@dataclass(frozen=True)
class Streamed:
    """An answer that is seen being written: snapshots, each with its attempt, and how it ends."""

    snapshots: Sequence[tuple[int, Mapping[str, Any]]]
    end: Mapping[str, Any] | Exception


Answer = Mapping[str, Any] | Exception | Streamed


@dataclass(frozen=True)
class Asked:
    """One question: about which dimension, or "all", or "feedback"; whom; and what was left of the deadline."""

    about: str
    engine: Engine
    request: Request[Any]
    deadline_seconds: float

    @property
    def question(self) -> str:
        return self.request.blocks[-1].text


@dataclass
class Examiner:
    """LanguageModels. Gives the scripted answers to what is asked about in turn, the last one for ever.

    What does not fit its type is repaired once, by the next scripted answer, as the router does; then nobody answers.
    `engines` are asked in this order, those that a question is not for last. `before` is awaited before each answer.
    What `degraded` names is answered after another one has failed.
    """

    script: Mapping[str, Sequence[Answer]] = field(default_factory=dict)
    engines: Sequence[Engine] = (OPENAI, ANTHROPIC)
    tasks: Sequence[Task] = (Task.GRADING, Task.FEEDBACK)
    before: Callable[[str], Awaitable[None]] | None = None
    degraded: Sequence[str] = ()
    asked: list[Asked] = field(default_factory=list)
    _turns: dict[str, int] = field(default_factory=dict)

    def can(self, task: Task) -> bool:
        return task in self.tasks

    async def complete(
        self,
        request: Request[T],
        *,
        deadline_seconds: float,
        on_partial: OnPartial | None = None,
        on_call: OnCall | None = None,
    ) -> Completion[T]:
        engine = min(self.engines, key=lambda engine: engine is request.apart_from)
        about = _about(request)
        self.asked.append(Asked(about, engine, request, deadline_seconds))
        for attempt in (1, 2):
            if self.before is not None:
                await self.before(about)
            await asyncio.sleep(0)  # as every real answer lets others run
            answer = self._next(about)
            if isinstance(answer, Streamed):
                for told, snapshot in answer.snapshots:
                    assert on_partial is not None
                    await on_partial(Partial(told, snapshot))
                answer = answer.end
            call = _call(request, engine, attempt, outcome=_outcome(request, answer))
            if on_call is not None:
                on_call(call)
            if isinstance(answer, Exception):
                raise answer
            if call.outcome == "answered":
                value = request.output.model_validate(answer)
                return _completion(request, value, engine, attempts=attempt, degraded=about in self.degraded)
        raise ProviderUnavailable("No language model could answer.", retry_after_seconds=15)

    def of(self, about: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.about == about]

    def _next(self, about: str) -> Answer:
        answers = self.script.get(about) or [_default(about)]
        turn = self._turns.get(about, 0)
        self._turns[about] = turn + 1
        return answers[min(turn, len(answers) - 1)]


async def evaluate(
    compiled: Compiled,
    assignment: Assignment,
    examiner: Examiner,
    *,
    grader: ScriptedGrader | None = None,
    journal: RecordingJournal | None = None,
    now: Callable[[], float] = lambda: 0.0,
    mode: Mode = Mode.SEPARATE,
    fallback: bool = True,
) -> RecordingJournal:
    """Run an evaluation that models judge, and say what it stored."""
    journal = journal or RecordingJournal()

    async def pace() -> None:
        pass

    await compiled.evaluate(
        assignment,
        grader=grader or ScriptedGrader(),
        journal=journal,
        pace=pace,
        monotonic_seconds=now,
        grading=Grading(models=examiner, mode=mode, fallback=fallback, deadline_seconds=100.0),
    )
    return journal


def _about(request: Request[Any]) -> str:
    if request.output.__name__ == "DimensionOpinion":
        (dimension,) = [name for name in Dimension if name.value in request.blocks[-1].text]
        return dimension
    return {"FeedbackText": "feedback", "WholeOpinion": "all"}[request.output.__name__]


def _default(about: str) -> Mapping[str, Any]:
    if about == "feedback":
        return FEEDBACK_TEXT
    return everything(*Dimension) if about == "all" else judged(Dimension(about))


def _outcome(request: Request[Any], answer: object) -> str:
    if isinstance(answer, Exception):
        return "server_fault"
    try:
        request.output.model_validate(answer)
    except ValidationError:
        return "invalid_output"
    return "answered"


def _call(request: Request[Any], engine: Engine, attempt: int, *, outcome: str) -> Call:
    return Call(
        task=request.task,
        engine=engine,
        model=f"model-of-{engine.value}",
        prompt_version=request.prompt_version,
        attempt=attempt,
        outcome=outcome,
        usage=USED,
        cost_usd=Decimal("0.001"),
        latency_seconds=1.0,
    )


def _completion(request: Request[T], value: T, engine: Engine, *, attempts: int, degraded: bool) -> Completion[T]:
    return Completion(
        value=value,
        engine=engine,
        model=f"model-of-{engine.value}",
        prompt_version=request.prompt_version,
        usage=USED,
        cost_usd=Decimal("0.001"),
        latency_seconds=1.0,
        attempts=attempts,
        degraded=degraded,
    )
