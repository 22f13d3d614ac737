"""One answer on its way through the judges: what all of its dimensions share."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from domain.calls import Task
from domain.enums import Dimension, Engine
from domain.grading import GradingTask, RubricLine
from domain.language_models import Block, Completion, Effort, OnCall, OnPartial, Request, T
from workflows.evaluation import prompts, screening
from workflows.evaluation.guard import Guard
from workflows.evaluation.reading import Reading
from workflows.ports import LanguageModels

_TOKENS: Final = 8_000
"""For one dimension of up to a dozen criteria with quotes, and for reasoning before it."""


class Case:
    """A task with everything that is derived from it once.

    What prompts need is there at once. What judgements are held against takes milliseconds, for the longest answers
    half a second, of processor work: it is done in a thread while the models are asked. `ready` waits for it.
    """

    def __init__(self, task: GradingTask) -> None:
        """`task` has not been screened: that is part of what is done meanwhile."""
        self._unscreened = task
        self.domain = task.domain
        self.texts = {part.question_id: part.text for part in task.parts}
        self.rubric = prompts.challenge_with_rubric(task)
        self.answer = prompts.answer(task)
        self.open_challenge = prompts.challenge_without_key(task)
        self._prepared: Prepared | None = None
        self._preparing: asyncio.Task[Prepared] | None = None

    async def ready(self) -> "Prepared":
        """What judgements are held against. All that wait for it wait for the same thread."""
        if self._prepared is None:
            if self._preparing is None:
                self._preparing = asyncio.create_task(asyncio.to_thread(Prepared.of, self._unscreened))
            # Whoever gives up waiting must not take it from the others.
            self._prepared = await asyncio.shield(self._preparing)
        return self._prepared

    def lines(self, dimension: Dimension) -> tuple[RubricLine, ...]:
        """The rubric of a dimension, in rubric order."""
        return self._unscreened.lines(dimension)

    def ids(self, dimension: Dimension) -> tuple[str, ...]:
        """The criteria of a dimension, in rubric order."""
        return tuple(line.criterion.id for line in self.lines(dimension))


@dataclass(frozen=True, slots=True)
class Prepared:
    """The task with the stretches marked that talk to the grader, the answer to look quotes up in, and the guard."""

    task: GradingTask
    reading: Reading
    guard: Guard

    @classmethod
    def of(cls, unscreened: GradingTask) -> "Prepared":
        """Screen and read an answer."""
        task = screening.screened(unscreened)
        reading, guard = Reading(task.parts, task.instructions), Guard(task)
        reading.prepare()
        guard.prepare()
        return cls(task, reading, guard)


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
                system=prompts.judge_system(self.case.domain),
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
                system=prompts.combined_system(self.case.domain),
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
                system=prompts.feedback_system(self.case.domain),
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
