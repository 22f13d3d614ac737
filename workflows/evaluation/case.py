"""One answer on its way through the judges: what all of its dimensions share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from domain.calls import Task
from domain.enums import Dimension, Engine
from domain.grading import GradingTask
from domain.language_models import Block, Completion, Effort, OnCall, OnPartial, Request, T
from workflows.evaluation import prompts
from workflows.evaluation.guard import Guard
from workflows.evaluation.reading import Reading
from workflows.ports import LanguageModels

_TOKENS: Final = 8_000
"""For one dimension of up to a dozen criteria with quotes, and for reasoning before it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A task with everything that is derived from it once."""

    task: GradingTask
    reading: Reading
    guard: Guard
    rubric: Block
    answer: Block
    open_challenge: Block
    _preparing: Lock = field(default_factory=Lock, compare=False, repr=False)

    @classmethod
    def of(cls, task: GradingTask) -> "Case":
        """Build the blocks of prompts; what takes longer waits for `prepare`."""
        return cls(
            task,
            Reading(task.parts, task.instructions),
            Guard(task),
            prompts.challenge_with_rubric(task),
            prompts.answer(task),
            prompts.challenge_without_key(task),
        )

    def prepare(self) -> None:
        """Do what a judgement will need, while it is waited for: milliseconds of processor work, once; for a thread."""
        with self._preparing:
            self.reading.prepare()
            self.guard.prepare()

    @property
    def texts(self) -> dict[str, str]:
        """The parts of the answer by question."""
        return {part.question_id: part.text for part in self.task.parts}

    def ids(self, dimension: Dimension) -> tuple[str, ...]:
        """The criteria of a dimension, in rubric order."""
        return tuple(line.criterion.id for line in self.task.lines(dimension))


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks the models about a case; `left_seconds` is what the deadline leaves for it, at any moment."""

    models: LanguageModels
    case: Case
    left_seconds: Callable[[], float]

    async def about_rubric(
        self, question: Block, output: type[T], on_call: OnCall, *, apart_from: Engine | None = None
    ) -> Completion[T]:
        """Put a question about some of the rubric."""
        return await self._ask(
            Request(
                task=Task.GRADING,
                system=prompts.judge_system(self.case.task.domain),
                blocks=(self.case.rubric, self.case.answer, question),
                prompt_version=prompts.JUDGE_VERSION,
                output=output,
                max_output_tokens=_TOKENS,
                effort=Effort.LOW,
                temperature=0.0,
                apart_from=apart_from,
            ),
            on_call,
        )

    async def about_everything(self, question: Block, output: type[T], on_call: OnCall) -> Completion[T]:
        """Have all dimensions judged and the feedback written."""
        return await self._ask(
            Request(
                task=Task.GRADING,
                system=prompts.combined_system(self.case.task.domain),
                blocks=(self.case.rubric, self.case.answer, question),
                prompt_version=prompts.COMBINED_VERSION,
                output=output,
                max_output_tokens=3 * _TOKENS,
                effort=Effort.LOW,
                temperature=0.0,
            ),
            on_call,
        )

    async def for_feedback(
        self, question: Block, output: type[T], on_call: OnCall, on_partial: OnPartial
    ) -> Completion[T]:
        """Have feedback written, without key points before the writer's eyes."""
        return await self._ask(
            Request(
                task=Task.FEEDBACK,
                system=prompts.feedback_system(self.case.task.domain),
                blocks=(self.case.open_challenge, self.case.answer, question),
                prompt_version=prompts.FEEDBACK_VERSION,
                output=output,
                max_output_tokens=_TOKENS,
                effort=Effort.LOW,
                temperature=0.3,
            ),
            on_call,
            on_partial,
        )

    async def _ask(self, request: Request[T], on_call: OnCall, on_partial: OnPartial | None = None) -> Completion[T]:
        return await self.models.complete(
            request, deadline_seconds=self.left_seconds(), on_partial=on_partial, on_call=on_call
        )
