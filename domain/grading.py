"""What a grader of scenario answers is given: question, rubric and the answer, and nothing about the person."""

from dataclasses import dataclass

from domain.challenge import AnswerPart, Criterion, KeyPoint, ScenarioContext, ScenarioQuestion
from domain.enums import Dimension, Domain


@dataclass(frozen=True, slots=True)
class RubricLine:
    """A criterion with its key points."""

    criterion: Criterion
    key_points: tuple[KeyPoint, ...]


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
