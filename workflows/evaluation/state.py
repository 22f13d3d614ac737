"""What the graph carries, and what it is given from outside."""

import operator
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from domain.calls import Call, Task
from domain.enums import Dimension
from domain.errors import ProviderUnavailable
from domain.evaluation import Assignment, DimensionScore, Feedback
from domain.grading import GradingTask
from domain.language_models import Completion
from workflows.evaluation.ahead import Ahead
from workflows.evaluation.case import Asking, Case
from workflows.evaluation.grading import Grading
from workflows.evaluation.opinions import WholeOpinion
from workflows.ports import AnswerGrader, LanguageModels


@dataclass(frozen=True, slots=True)
class Consulted:
    """What one question about everything came to: an answer, or why there is none. Several rows share its `calls`."""

    answer: Completion[WholeOpinion] | ProviderUnavailable
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The feedback, what it took, and whether a stand-in wrote it."""

    feedback: Feedback
    calls: tuple[Call, ...] = ()
    degraded: bool = False


class State(TypedDict, total=False):
    """`scores` gathers what the branches return; a resumed run starts with those that are stored.

    `task` is screened where the embedded grader is the first choice; where models judge, `case` has it screened when it
    is ready. `case` is None where no model is asked, and not there before the embedded grader's answer is screened.
    `consulted` is what one question about everything came to.
    """

    assignment: Assignment
    task: GradingTask
    case: Case | None
    consulted: Consulted
    scores: Annotated[list[DimensionScore], operator.add]


class Branch(TypedDict):
    """What one dimension's branch is sent."""

    assignment: Assignment
    task: GradingTask
    case: Case | None
    consulted: Consulted | None
    dimension: Dimension


@dataclass(frozen=True, slots=True)
class Context:
    """Who grades, where steps are stored, and `pace`, which is awaited before every stored step.

    `monotonic_seconds` is a clock that never goes back: it spaces out pieces of feedback, and says how much of the
    deadline is left since `began_at`, the beginning of this run.
    """

    grader: AnswerGrader
    journal: Ahead
    pace: Callable[[], Awaitable[None]]
    monotonic_seconds: Callable[[], float]
    grading: Grading = field(default_factory=Grading)
    began_at: float = 0.0

    def models(self, task: Task) -> LanguageModels | None:
        """Who is asked for that; None when nobody is."""
        models = self.grading.models
        return models if models is not None and models.can(task) else None

    def judging(self, case: Case, models: LanguageModels) -> Asking:
        """Ask about judgements: what is left must do for the feedback too."""
        return self._asking(case, models, self.grading.deadline_seconds * (1 - self.grading.feedback_share))

    def advising(self, case: Case, models: LanguageModels) -> Asking:
        """Ask for feedback, with all that is left."""
        return self._asking(case, models, self.grading.deadline_seconds)

    def _asking(self, case: Case, models: LanguageModels, seconds: float) -> Asking:
        ends_at = self.began_at + seconds
        return Asking(models, case, lambda: max(0.0, ends_at - self.monotonic_seconds()))


def in_order(scores: Iterable[DimensionScore]) -> list[DimensionScore]:
    """Scores in the order of the enum."""
    order = list(Dimension)
    return sorted(scores, key=lambda score: order.index(score.dimension))
