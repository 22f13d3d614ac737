"""What the graph carries, and what it is given from outside."""

import operator
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypedDict

from domain.enums import Dimension
from domain.evaluation import Assignment, DimensionScore, Feedback
from domain.grading import GradingTask
from workflows.ports import AnswerGrader, EvaluationJournal


class State(TypedDict, total=False):
    """`scores` gathers what the branches return; a resumed run starts with those that are stored."""

    assignment: Assignment
    task: GradingTask
    scores: Annotated[list[DimensionScore], operator.add]
    feedback: Feedback


class Branch(TypedDict):
    """What one dimension's branch is sent."""

    assignment: Assignment
    task: GradingTask
    dimension: Dimension


@dataclass(frozen=True, slots=True)
class Context:
    """Who grades, where steps are stored, and `pace`, which is awaited before every stored step.

    `monotonic_seconds` is a clock that never goes back: it spaces out pieces of feedback.
    """

    grader: AnswerGrader
    journal: EvaluationJournal
    pace: Callable[[], Awaitable[None]]
    monotonic_seconds: Callable[[], float]
