"""What the tests of this folder store first: challenges, queued evaluations, scores."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from domain.challenge import (
    AnswerPart,
    Challenge,
    ChallengeDraft,
    Criterion,
    CriterionKey,
    KeyPoint,
    Misconception,
    MultipleChoice,
    MultipleChoiceSolution,
    Option,
    Provenance,
    Scenario,
    ScenarioContext,
    ScenarioQuestion,
    ScenarioSolution,
)
from domain.enums import ChallengeKind, Difficulty, Dimension, Domain, Engine, QuotaReason
from domain.evaluation import Answer, Assignment, CriterionResult, DimensionScore, Evidence
from domain.events import Queued
from domain.ids import ChallengeId, EvaluationId, QuotaEntryId, UserId
from domain.results import EvaluationResult
from persistence.database import Database, UnitOfWork
from persistence.models import metadata
from persistence.repositories.evaluations import FIRST_SEQUENCE

DAWN = datetime(2026, 11, 1, 6, 0, 0, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
PROVENANCE = Provenance(Engine.EMBEDDED, None, "bank-1")
GRADER = Provenance(Engine.ANTHROPIC, "a-model", "grade-3", degraded=True)

CHOICE = ChallengeDraft(
    kind=ChallengeKind.MULTIPLE_CHOICE,
    domain=Domain.DATABASES,
    topic="Indexes",
    difficulty=Difficulty.EASY,
    title="Which index helps?",
    tags=("sql", "index"),
    suggested_minutes=2,
    content=MultipleChoice(
        "A list is slow. Which index serves it?", (Option("o1", "(a, b)"), Option("o2", "(b)"), Option("o3", "none"))
    ),
    solution=MultipleChoiceSolution("o1", "It is sorted as asked.", (Misconception("o2", "Order does not matter."),)),
    provenance=PROVENANCE,
)
SCENARIO = ChallengeDraft(
    kind=ChallengeKind.SCENARIO,
    domain=Domain.SYSTEM_DESIGN,
    topic="Caching",
    difficulty=Difficulty.HARD,
    title="A page nobody waits for",
    tags=(),
    suggested_minutes=20,
    content=Scenario(
        ScenarioContext("A shop", "Engineer", "The page takes nine seconds.", ("No new hardware.",)),
        (ScenarioQuestion("q1", "Why is it slow?"),),
        (Criterion("c1", Dimension.TECHNICAL_ACCURACY, "Cause", 10),),
    ),
    solution=ScenarioSolution(
        (AnswerPart("q1", "There is no index."),), (CriterionKey("c1", (KeyPoint("no index", ("a full scan",)),)),)
    ),
    provenance=PROVENANCE,
)
ANSWER = Answer(parts=(AnswerPart("q1", "No index."),))
RESULT = EvaluationResult(overall_score=81.5, model_answers=(AnswerPart("q1", "An index."),), provenance=GRADER)


def score(dimension: Dimension = Dimension.TECHNICAL_ACCURACY, *, criteria: int = 2) -> DimensionScore:
    """A dimension as it lands; its criteria are c-<dimension>-0, 1 …"""
    return DimensionScore(
        dimension=dimension,
        weight=0.4,
        score=62.5,
        confidence=0.75,
        rationale="It names the cause.",
        evidence=(Evidence("q1", "No index.", 0, 9, supports=True, criterion_id=f"c-{dimension}-0"),),
        provenance=GRADER,
        criteria=tuple(
            CriterionResult(f"c-{dimension}-{place}", f"Line {place}", 3, 10, 6.0, "Names a key point.")
            for place in range(criteria)
        ),
    )


async def store(
    database: Database,
    user_id: UserId,
    id: str = "challenge",
    draft: ChallengeDraft = SCENARIO,
    *,
    at: datetime = DAWN,
    **changes: object,
) -> Challenge:
    """A challenge of that person; `changes` are fields of the draft."""
    changed = replace(draft, **changes)  # type: ignore[arg-type]  # a test names fields of the draft
    return await database.write(lambda work: work.challenges.add(changed, id=ChallengeId(id), user_id=user_id, now=at))


def queueing(
    user_id: UserId, challenge_id: str, id: str, *, at: datetime | None = None, paid: bool = True
) -> Callable[[UnitOfWork], EvaluationId]:
    """Work that queues an evaluation with its first event, and with its reservation when it is `paid`."""

    def transaction(work: UnitOfWork) -> EvaluationId:
        evaluation_id = EvaluationId(id)
        work.evaluations.add(
            ANSWER,
            id=evaluation_id,
            user_id=user_id,
            challenge_id=ChallengeId(challenge_id),
            revises=None,
            total_steps=6,
            now=at or work.now,
        )
        work.events.append(evaluation_id, FIRST_SEQUENCE, Queued(), now=at or work.now)
        if paid:
            work.ledger.reserve(
                user_id,
                QuotaReason.EVALUATION,
                1,
                id=QuotaEntryId(f"entry-{id}"),
                limit=1000,
                now=work.now,
                subject_id=id,
            )
        return evaluation_id

    return transaction


async def queue(
    database: Database,
    user_id: UserId,
    challenge_id: str = "challenge",
    id: str = "evaluation",
    *,
    at: datetime | None = None,
    paid: bool = True,
) -> EvaluationId:
    """An evaluation that waits for a runner."""
    return await database.write(queueing(user_id, challenge_id, id, at=at, paid=paid))


async def take(database: Database, *, duration: timedelta = MINUTE) -> Assignment | None:
    """What a runner gets that asks for work now. A negative duration makes a lease that is over at once."""
    return await database.write(lambda work: work.leases.take(now=work.now, duration=duration))


async def taken(database: Database, *, duration: timedelta = MINUTE) -> Assignment:
    """As `take`, where there is work."""
    assignment = await take(database, duration=duration)
    assert assignment is not None
    return assignment


async def contents(database: Database) -> Mapping[str, Sequence[str]]:
    """Every row of every table: equal before and after means that nothing was stored."""

    def everything(work: UnitOfWork) -> dict[str, list[str]]:
        return {
            table.name: sorted(map(repr, work._connection.execute(select(table)))) for table in metadata.sorted_tables
        }

    return await database.read(everything)
