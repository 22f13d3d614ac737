"""Scripted writers and graders, a journal that remembers, and the scenario that they are about."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from domain import scoring
from domain.challenge import (
    AnswerPart,
    Brief,
    Challenge,
    ChallengeDraft,
    Content,
    CriterionKey,
    MultipleChoice,
    MultipleChoiceSolution,
    Option,
    Provenance,
    Scenario,
    ScenarioSolution,
    Solution,
)
from domain.drafts import Distractor, MultipleChoiceItem
from domain.enums import ChallengeKind, Difficulty, Dimension, Domain, Engine, EvaluationPhase, FeedbackSection
from domain.errors import LeaseLost
from domain.evaluation import (
    Answer,
    Assignment,
    CriterionGrade,
    DimensionGrade,
    DimensionScore,
    Evidence,
    Feedback,
    FeedbackDelta,
    Lease,
    Progress,
)
from domain.events import PhaseChanged
from domain.grading import GradingTask
from domain.ids import ChallengeId, EvaluationId, UserId
from domain.results import EvaluationResult, Step
from tests.factories import RUBRIC, grading_task

PROVENANCE = Provenance(Engine.EMBEDDED, None, "script-1")
ANSWER_TEXTS = ("The planner reads the whole table.", "I would add an index.")
LEASE = Lease(EvaluationId("evaluation"), 3, 2)
FEEDBACK = Feedback("Well begun.", ("You name the cause.",), ())
WRITTEN = (FeedbackDelta(FeedbackSection.SUMMARY, "Well begun."), FeedbackDelta(FeedbackSection.STRENGTHS, "A cause."))


def brief(kind: ChallengeKind) -> Brief:
    return Brief(user_id=UserId("alice"), kind=kind, domain=Domain.DATABASES, difficulty=Difficulty.MEDIUM, topic=None)


def item(correct: str = "right", wrong: Sequence[str] = ("wrong 1", "wrong 2", "wrong 3")) -> MultipleChoiceItem:
    return MultipleChoiceItem(
        domain=Domain.DATABASES,
        topic="Indexes",
        difficulty=Difficulty.MEDIUM,
        title="A slow page",
        tags=("index",),
        suggested_minutes=3,
        question="Why is it slow?",
        correct=correct,
        distractors=tuple(Distractor(text, f"believes {text}") for text in wrong),
        explanation="There is no index.",
        provenance=PROVENANCE,
        repeated=True,
    )


@dataclass
class ScriptedWriter:
    """Hands over the same thing every time, and remembers for whom."""

    item: MultipleChoiceItem = field(default_factory=item)
    draft: ChallengeDraft | None = None
    briefs: list[Brief] = field(default_factory=list)

    async def write_multiple_choice(self, brief: Brief) -> MultipleChoiceItem:
        self.briefs.append(brief)
        return self.item

    async def write_scenario(self, brief: Brief) -> ChallengeDraft:
        self.briefs.append(brief)
        assert self.draft is not None
        return self.draft


def scenario() -> Scenario:
    task = grading_task(*ANSWER_TEXTS)
    return Scenario(task.context, task.questions, tuple(line.criterion for line in RUBRIC))


def scenario_solution() -> ScenarioSolution:
    return ScenarioSolution(
        (AnswerPart("q1", "A model answer."), AnswerPart("q2", "Another one.")),
        tuple(CriterionKey(line.criterion.id, line.key_points) for line in RUBRIC),
    )


def draft(content: Content | None = None, solution: Solution | None = None) -> ChallengeDraft:
    return ChallengeDraft(
        kind=ChallengeKind.SCENARIO,
        domain=Domain.DATABASES,
        topic="Indexes",
        difficulty=Difficulty.MEDIUM,
        title="A slow page",
        tags=("index",),
        suggested_minutes=20,
        content=content or scenario(),
        solution=solution or scenario_solution(),
        provenance=PROVENANCE,
    )


def challenge(kind: ChallengeKind, content: Content, solution: Solution) -> Challenge:
    return Challenge(
        id=ChallengeId("challenge"),
        user_id=UserId("alice"),
        kind=kind,
        domain=Domain.DATABASES,
        topic="Indexes",
        difficulty=Difficulty.MEDIUM,
        title="A slow page",
        tags=(),
        suggested_minutes=20,
        read_content=lambda: content,
        read_solution=lambda: solution,
        provenance=PROVENANCE,
        repeated=False,
        created_at=datetime(2026, 11, 5, tzinfo=UTC),
        answered_at=None,
    )


def scenario_assignment(
    *,
    phase: EvaluationPhase | None = None,
    scores: Sequence[DimensionScore] = (),
    texts: Sequence[str] = ANSWER_TEXTS,
) -> Assignment:
    """A scenario's evaluation as an earlier runner left it."""
    return Assignment(
        lease=LEASE,
        challenge=challenge(ChallengeKind.SCENARIO, scenario(), scenario_solution()),
        answer=Answer(parts=tuple(AnswerPart(f"q{number}", text) for number, text in enumerate(texts, start=1))),
        progress=Progress(phase, 0, 7, 1),
        scores=tuple(scores),
        stalled_attempts=1,
    )


def choice_assignment(option_id: str, *, phase: EvaluationPhase | None = None) -> Assignment:
    """A multiple-choice answer; `b` is correct."""
    content = MultipleChoice("Why?", tuple(Option(id, f"Option {id}") for id in "abcd"))
    return Assignment(
        lease=LEASE,
        challenge=challenge(ChallengeKind.MULTIPLE_CHOICE, content, MultipleChoiceSolution("b", "Because.", ())),
        answer=Answer(option_id=option_id),
        progress=Progress(phase, 0, 1, 1),
        scores=(),
        stalled_attempts=1,
    )


def grade(dimension: Dimension, level: int = 4, *, evidence: Iterable[Evidence] = ()) -> DimensionGrade:
    """A grade of every criterion of the rubric in that dimension, all at one level."""
    return DimensionGrade(
        dimension,
        f"About {dimension.value}.",
        tuple(
            CriterionGrade(line.criterion.id, level, 0.8, f"Why {line.criterion.id}.", tuple(evidence))
            for line in RUBRIC
            if line.criterion.dimension is dimension
        ),
        PROVENANCE,
    )


def landed(dimension: Dimension, level: int = 2) -> DimensionScore:
    """A dimension that an earlier runner stored."""
    return scoring.score_dimension(grade(dimension, level), [line.criterion for line in RUBRIC])


@dataclass
class ScriptedGrader:
    """Gives the scripted grades of a dimension in turn, the last one for ever; the rest gets level 4."""

    script: Mapping[Dimension, Sequence[DimensionGrade | Exception]] = field(default_factory=dict)
    pieces: Sequence[FeedbackDelta] = WRITTEN
    asked: list[Dimension] = field(default_factory=list)
    tasks: list[GradingTask] = field(default_factory=list)
    feedback_scores: list[tuple[DimensionScore, ...]] = field(default_factory=list)

    async def grade(self, task: GradingTask, dimension: Dimension) -> DimensionGrade:
        turn = self.asked.count(dimension)
        self.asked.append(dimension)
        self.tasks.append(task)
        outcomes = self.script.get(dimension) or [grade(dimension)]
        outcome = outcomes[min(turn, len(outcomes) - 1)]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def write_feedback(
        self,
        task: GradingTask,
        scores: Sequence[DimensionScore],
        emit: Callable[[FeedbackDelta], Awaitable[None]],
    ) -> Feedback:
        self.feedback_scores.append(tuple(scores))
        for piece in self.pieces:
            await emit(piece)
        return FEEDBACK


Taken = tuple[str, object]


@dataclass
class RecordingJournal:
    """Remembers every step. `steps_left`: how many are taken before the lease is lost."""

    steps_left: int = 1_000
    steps: list[Taken] = field(default_factory=list)
    counts: list[tuple[int, int]] = field(default_factory=list)
    scores: list[DimensionScore] = field(default_factory=list)
    results: list[EvaluationResult] = field(default_factory=list)

    async def store(self, lease: Lease, steps: Sequence[Step]) -> None:
        for step in steps:
            match step:
                case PhaseChanged():
                    self._take(lease, ("enter", step.phase))
                    self.counts.append((step.completed_steps, step.total_steps))
                case DimensionScore():
                    self._take(lease, ("land", step.dimension))
                    self.scores.append(step)
                case FeedbackDelta():
                    self._take(lease, ("feedback", step))
                case EvaluationResult():
                    self._take(lease, ("complete", None))
                    self.results.append(step)

    def _take(self, lease: Lease, step: Taken) -> None:
        assert lease == LEASE
        if self.steps_left == 0:
            raise LeaseLost("another runner has it")
        self.steps_left -= 1
        self.steps.append(step)

    def of(self, kind: str) -> list[object]:
        return [what for step, what in self.steps if step == kind]


def without_points(line_scores: Iterable[DimensionScore]) -> tuple[DimensionScore, ...]:
    """Scores as they are announced."""
    return tuple(replace(score, criteria=()) for score in line_scores)
