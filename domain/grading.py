"""What a grader of scenario answers is given: question, rubric and the answer, and nothing about the person."""

from dataclasses import dataclass

from domain.challenge import (
    Anchor,
    AnswerPart,
    Criterion,
    KeyPoint,
    Scenario,
    ScenarioContext,
    ScenarioQuestion,
    ScenarioSolution,
)
from domain.enums import Dimension, Domain


@dataclass(frozen=True, slots=True)
class RubricLine:
    """A criterion with its key points, and anchors by ascending level; there may be none."""

    criterion: Criterion
    key_points: tuple[KeyPoint, ...]
    anchors: tuple[Anchor, ...] = ()


def rubric_lines(scenario: Scenario, solution: ScenarioSolution) -> tuple[RubricLine, ...]:
    """What is shown of the rubric joined with what is hidden, in rubric order.

    Raises:
        KeyError: a criterion has no key.
    """
    keys = {key.criterion_id: key for key in solution.keys}
    return tuple(
        RubricLine(criterion, keys[criterion.id].key_points, keys[criterion.id].anchors)
        for criterion in scenario.rubric
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingTask:
    """One scenario answer to grade.

    `parts` are the answer's texts as written; every quote and offset of a grade refers to them. `instructions` are
    the spans of the answer that talk to the grader instead of answering: they earn nothing.
    """

    domain: Domain
    context: ScenarioContext
    questions: tuple[ScenarioQuestion, ...]
    rubric: tuple[RubricLine, ...]
    parts: tuple[AnswerPart, ...]
    instructions: tuple["Span", ...] = ()

    def lines(self, dimension: Dimension) -> tuple[RubricLine, ...]:
        """The rubric lines of one dimension, in rubric order."""
        return tuple(line for line in self.rubric if line.criterion.dimension is dimension)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one part of an answer: code points `start` to `end`, end exclusive."""

    question_id: str
    start: int
    end: int
