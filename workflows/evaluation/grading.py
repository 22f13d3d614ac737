"""How answers are graded, as the operator set it. Known without loading the graphs."""

from dataclasses import dataclass
from enum import StrEnum

from workflows.ports import LanguageModels


class Mode(StrEnum):
    """Whether each dimension is a question of its own, or all of them and the feedback are one."""

    SEPARATE = "separate"
    COMBINED = "combined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """Who judges, and for how long.

    Attributes:
        models: who is asked; None: the embedded grader does everything, as the first choice.
        mode: one question a dimension, or one in all, which costs less and is heard by a second judge after failed
            checks only.
        fallback: the embedded grader stands in, degraded, where no model answers; without it the evaluation fails.
        deadline_seconds: for all questions to models of one run of an evaluation together.
        feedback_share: the part of that which judging must leave for the feedback, 0..1.
    """

    models: LanguageModels | None = None
    mode: Mode = Mode.SEPARATE
    fallback: bool = True
    deadline_seconds: float = 120.0
    feedback_share: float = 0.3
