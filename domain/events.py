"""What happens to an evaluation, as numbered events: sequence 1, 2, 3 … without gaps."""

from dataclasses import dataclass
from datetime import datetime

from domain.enums import EvaluationPhase, FeedbackSection
from domain.evaluation import DimensionScore, Failure
from domain.ids import EvaluationId


@dataclass(frozen=True, slots=True)
class Queued:
    """The answer is stored and waits for a runner. The first event, and it is there once."""


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """A runner went on to the next phase."""

    phase: EvaluationPhase
    completed_steps: int
    total_steps: int


@dataclass(frozen=True, slots=True)
class DimensionScored:
    """A dimension landed; once a dimension, final."""

    score: DimensionScore


@dataclass(frozen=True, slots=True)
class FeedbackWritten:
    """A piece of the feedback. A greater attempt (another runner's, or the model's own) starts every section afresh."""

    attempt: int
    section: FeedbackSection
    text: str


@dataclass(frozen=True, slots=True)
class Completed:
    """The result is there. The last event of an evaluation that went well."""


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no result. A last event."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The person stopped it. A last event."""


Happening = Queued | PhaseChanged | DimensionScored | FeedbackWritten | Completed | Failed | Cancelled


@dataclass(frozen=True, slots=True)
class Event:
    """One happening, with its place in the evaluation's order."""

    evaluation_id: EvaluationId
    sequence: int
    occurred_at: datetime
    happening: Happening

    @property
    def is_last(self) -> bool:
        """Whether no event follows."""
        return isinstance(self.happening, Completed | Failed | Cancelled)
