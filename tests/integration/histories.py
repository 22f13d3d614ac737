"""Histories of practice, stored row by row as the product would have stored them, but many at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, insert

from domain.enums import ChallengeKind, Difficulty, Dimension, Domain, EvaluationStatus
from domain.ids import EvaluationId, UserId
from persistence import tables
from persistence.codec import CONTENT_TYPES, SOLUTION_TYPES, encode
from persistence.database import UnitOfWork
from tests.integration.persistence.seeds import CHOICE, SCENARIO

DRAFTS = {draft.kind: draft for draft in (CHOICE, SCENARIO)}
CONTENTS = {kind: encode(draft.content, CONTENT_TYPES[kind]) for kind, draft in DRAFTS.items()}
SOLUTIONS = {kind: encode(draft.solution, SOLUTION_TYPES[kind]) for kind, draft in DRAFTS.items()}
MINUTE = timedelta(minutes=1)
COMPLETED = EvaluationStatus.COMPLETED


@dataclass(frozen=True)
class Attempt:
    """An answer, and how its evaluation went. `dimensions` are the scores of a scenario's four, in their order."""

    handed_in: datetime
    score: float = 100.0
    status: EvaluationStatus = COMPLETED
    took: timedelta = MINUTE
    dimensions: tuple[float, ...] = (50.0, 50.0, 50.0, 50.0)

    @property
    def completed(self) -> datetime:
        return self.handed_in + self.took


@dataclass(frozen=True)
class Exercise:
    """A challenge, and every answer to it."""

    asked: datetime
    attempts: tuple[Attempt, ...] = ()
    kind: ChallengeKind = ChallengeKind.MULTIPLE_CHOICE
    domain: Domain = Domain.DATABASES
    topic: str = "indexing"
    difficulty: Difficulty = Difficulty.EASY


def store_history(work: UnitOfWork, user_id: UserId, exercises: Sequence[Exercise]) -> None:
    """Store it, each completed evaluation in its turn."""
    for completed, id in sorted(insert_history(work._connection, user_id, exercises)):
        work.challenges.mark_answered_by(id, completed)


def insert_history(
    connection: Connection, user_id: UserId, exercises: Sequence[Exercise]
) -> list[tuple[datetime, EvaluationId]]:
    """The bare rows, and when which evaluation completed. Ids are in the order of the exercises and their attempts."""
    numbers = count()
    challenges, evaluations, scores = [], [], []
    completed: list[tuple[datetime, EvaluationId]] = []
    for exercise in exercises:
        challenge_id = f"{user_id}/c{next(numbers):05d}"
        challenges.append(_challenge(challenge_id, user_id, exercise))
        for attempt in exercise.attempts:
            id = EvaluationId(f"{user_id}/e{next(numbers):05d}")
            evaluations.append(_evaluation(id, user_id, challenge_id, exercise, attempt))
            if exercise.kind is ChallengeKind.SCENARIO:
                scores += _scores(id, attempt)
            if attempt.status is COMPLETED:
                completed.append((attempt.completed, id))
    for table, rows in (
        (tables.challenges, challenges),
        (tables.evaluations, evaluations),
        (tables.dimension_scores, scores),
    ):
        if rows:
            connection.execute(insert(table), rows)
    return completed


def _challenge(id: str, user_id: UserId, exercise: Exercise) -> dict[str, Any]:
    return {
        "id": id,
        "user_id": user_id,
        "kind": exercise.kind,
        "domain": exercise.domain,
        "topic": exercise.topic,
        "difficulty": exercise.difficulty,
        "title": "title",
        "tags": "[]",
        "suggested_minutes": 5,
        "content": CONTENTS[exercise.kind],
        "solution": SOLUTIONS[exercise.kind],
        "search_text": "",
        "engine": "EMBEDDED",
        "version": "1",
        "degraded": False,
        "repeated": False,
        "created_at": exercise.asked,
    }


def _evaluation(id: str, user_id: UserId, challenge_id: str, exercise: Exercise, attempt: Attempt) -> dict[str, Any]:
    done = attempt.status is COMPLETED
    choice = exercise.kind is ChallengeKind.MULTIPLE_CHOICE
    return {
        "id": id,
        "user_id": user_id,
        "challenge_id": challenge_id,
        "status": attempt.status,
        "answer": "{}",
        "correct": attempt.score == 100 if done and choice else None,
        "overall_score": attempt.score if done else None,
        "created_at": attempt.handed_in,
        "completed_at": attempt.completed if attempt.status.is_final else None,
        **dict.fromkeys(("completed_steps", "total_steps", "last_sequence", "attempt", "stalled_attempts", "fence"), 0),
    }


def _scores(id: str, attempt: Attempt) -> Iterator[dict[str, Any]]:
    for dimension, score in zip(Dimension, attempt.dimensions, strict=True):
        yield {
            "evaluation_id": id,
            "dimension": dimension,
            "weight": 0.25,
            "score": score,
            "confidence": 1.0,
            "rationale": "",
            "evidence": "[]",
            "engine": "EMBEDDED",
            "version": "1",
            "degraded": False,
        }
