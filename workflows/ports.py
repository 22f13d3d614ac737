"""What the graphs, and those who drive them, need from the outside. Satisfied structurally and wired in server/."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from domain.calls import Task
from domain.challenge import Brief, ChallengeDraft
from domain.drafts import MultipleChoiceItem
from domain.enums import Dimension
from domain.evaluation import DimensionGrade, DimensionScore, Feedback, FeedbackDelta, Lease
from domain.grading import GradingTask
from domain.ids import UserId
from domain.language_models import Completion, OnCall, OnPartial, Request, T
from domain.results import Step


class MultipleChoiceWriter(Protocol):
    """Writes a question, its key and three distractors. Gives no positions."""

    async def write_multiple_choice(self, brief: Brief) -> MultipleChoiceItem:
        """Write one item.

        Raises:
            InvalidInput: nothing fits the brief, and no retry will change that.
            ProviderUnavailable: nobody could write within the deadline; safe to retry.
        """
        ...


class ScenarioWriter(Protocol):
    """Writes a situation, its questions, a rubric and model answers."""

    async def write_scenario(self, brief: Brief) -> ChallengeDraft:
        """Write one scenario. Raises as MultipleChoiceWriter does."""
        ...


class AnswerGrader(Protocol):
    """Judges scenario answers. Gives levels and quotes; code turns them into scores."""

    async def grade(self, task: GradingTask, dimension: Dimension) -> DimensionGrade:
        """Judge every criterion of one dimension.

        Raises:
            GradingFailed: no judgement can be had; safe to retry when its code is PROVIDER_UNAVAILABLE.
        """
        ...

    async def write_feedback(
        self,
        task: GradingTask,
        scores: Sequence[DimensionScore],
        emit: Callable[[FeedbackDelta], Awaitable[None]],
    ) -> Feedback:
        """Write feedback from the final scores, handing over each piece as it is written.

        Neither the pieces nor the result name a key point: they are seen before the evaluation is completed.
        """
        ...


class LanguageModels(Protocol):
    """Asks language models, whoever's, in an order and with a patience that are not the caller's business."""

    def can(self, task: Task) -> bool:
        """Whether there is anybody to ask."""
        ...

    async def complete(
        self,
        request: Request[T],
        *,
        deadline_seconds: float,
        on_partial: OnPartial | None = None,
        on_call: OnCall | None = None,
    ) -> Completion[T]:
        """Get an answer of the type that is asked for.

        Args:
            request: what is asked.
            deadline_seconds: from now, for everything: waiting, retries, repairs, the next provider.
            on_partial: is told what is being written; see Partial for what another attempt means.
            on_call: is told what each request took, also when nobody answers in the end.

        Raises:
            ProviderUnavailable: nobody answered; safe to retry. Its leaves say why, where it matters.
        """
        ...


class DrawLedger(Protocol):
    """Remembers which items of the bank a person has drawn."""

    async def claim(self, user_id: UserId, candidates: Sequence[str]) -> tuple[str, int]:
        """Choose the first of the least-drawn `candidates` (not empty) and count the draw, atomically.

        Returns:
            The item's id, and how often this person had drawn it before.
        """
        ...


class EvaluationJournal(Protocol):
    """Stores what a running evaluation produces."""

    async def store(self, lease: Lease, steps: Sequence[Step]) -> None:
        """Store these steps, one or more, each with its event, in one transaction.

        A dimension is stored with its criteria, final. A result charges the reservation; no step comes after it.

        Raises:
            LeaseLost: `lease` is no longer the newest; nothing was stored.
        """
        ...


Fact = str | int | float | bool | None
"""What may be told of a step: a word of a closed set, a count, a time, or an id that is nobody's name."""


class Span(Protocol):
    """A step that is being taken."""

    def begin(self, name: str, **facts: Fact) -> "Span":
        """Begin a step within this one; what the running task does from now on is within that."""
        ...

    def end(self, error: BaseException | None = None) -> None:
        """It is over."""
        ...


class Tracing(Protocol):
    """Shows an operator which steps were taken, and nothing of what they were about. Never raises, never waits."""

    def span(self, name: str, **facts: Fact) -> AbstractContextManager[Span]:
        """A step, within the one that the running task is in, if any."""
        ...
