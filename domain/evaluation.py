"""Evaluations: an answer, how it was judged, and where the judging stands."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.calls import Call
from domain.challenge import AnswerPart, Challenge, Provenance
from domain.enums import Dimension, EvaluationFailureCode, EvaluationPhase, EvaluationStatus, FeedbackSection
from domain.ids import ChallengeId, EvaluationId, UserId


@dataclass(frozen=True, slots=True)
class Answer:
    """Either an option of a multiple-choice challenge, or one part for each question of a scenario."""

    option_id: str | None = None
    parts: tuple[AnswerPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote from the answer: `quote == part.text[start:end]`, in Unicode code points, end exclusive."""

    question_id: str
    quote: str
    start: int
    end: int
    supports: bool
    criterion_id: str | None = None


@dataclass(frozen=True, slots=True)
class CriterionGrade:
    """A grader's judgement of one criterion, before code turns levels into points.

    `level` is 0 (nothing) to 5 (complete); `confidence` is in 0..1. `rationale` may name key points, so it is hidden
    until the evaluation is completed.
    """

    criterion_id: str
    level: int
    confidence: float
    rationale: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class DimensionGrade:
    """A grader's judgement of one dimension. `rationale` is shown at once: it never names a key point."""

    dimension: Dimension
    rationale: str
    criteria: tuple[CriterionGrade, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion, judged and weighed: `awarded` of `points`."""

    criterion_id: str
    title: str
    level: int
    points: int
    awarded: float
    rationale: str


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """One dimension, final. `weight` is its share of the overall score, `score` 0..100, `confidence` 0..1.

    `criteria` stay empty until the evaluation is completed, because their rationales may name key points. `calls` are
    what models were asked for it; nobody but the operator sees them.
    """

    dimension: Dimension
    weight: float
    score: float
    confidence: float
    rationale: str
    evidence: tuple[Evidence, ...]
    provenance: Provenance
    criteria: tuple[CriterionResult, ...] = ()
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Improvement:
    """One thing to do better; `priority` 1 comes first."""

    dimension: Dimension
    priority: int
    text: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person takes away."""

    summary: str
    strengths: tuple[str, ...]
    improvements: tuple[Improvement, ...]


@dataclass(frozen=True, slots=True)
class FeedbackDelta:
    """A piece of feedback as it is written; the texts of one section and one attempt concatenate.

    `rewrite` is added to the runner's attempt for the number that watchers see: a greater number starts every section
    afresh.
    """

    section: FeedbackSection
    text: str
    rewrite: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an evaluation ended without a result, in words for the person."""

    code: EvaluationFailureCode
    message: str
    refunded: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an evaluation is. `last_sequence` is the number of the newest event."""

    phase: EvaluationPhase | None
    completed_steps: int
    total_steps: int
    last_sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One answer and its judging. Scores are loaded apart: a list does not always show them.

    Its long texts are read when somebody looks at them, for the same reason.
    """

    id: EvaluationId
    user_id: UserId
    challenge_id: ChallengeId
    status: EvaluationStatus
    read_answer: Callable[[], Answer] = field(compare=False, repr=False)
    correct: bool | None
    progress: Progress
    revises: EvaluationId | None
    overall_score: float | None
    read_feedback: Callable[[], Feedback] | None = field(compare=False, repr=False)
    read_model_answers: Callable[[], tuple[AnswerPart, ...]] | None = field(compare=False, repr=False)
    provenance: Provenance | None
    failure: Failure | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None

    @property
    def answer(self) -> Answer:
        """What was handed in."""
        return self.read_answer()

    @property
    def feedback(self) -> Feedback | None:
        """What to take away; None until it is completed, and for multiple choice."""
        return None if self.read_feedback is None else self.read_feedback()

    @property
    def model_answers(self) -> tuple[AnswerPart, ...]:
        """A very good answer; empty until it is completed, and for multiple choice."""
        return () if self.read_model_answers is None else self.read_model_answers()


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write to an evaluation: only writes that carry the newest `fence` are accepted.

    `attempt` counts the runners that have taken the evaluation, this one included.
    """

    evaluation_id: EvaluationId
    fence: int
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a runner needs to begin, or to go on where another one stopped.

    `challenge.solution` is always there. `scores` are the dimensions that have landed. `stalled_attempts` counts the
    runners, this one included, that have taken the evaluation since something of it was last stored. `age` is the time
    since the answer was queued, by the database's clock. `feedback_attempts` is the greatest attempt of which feedback
    was announced, 0 before there was any. `request_id` is of the request that handed the answer in.
    """

    lease: Lease
    challenge: Challenge
    answer: Answer
    progress: Progress
    scores: tuple[DimensionScore, ...]
    stalled_attempts: int
    age: timedelta = timedelta(0)
    feedback_attempts: int = 0
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """Evaluations that wait for a runner, and since when the one does that has waited longest (zero: none waits)."""

    waiting: int
    oldest_wait: timedelta
