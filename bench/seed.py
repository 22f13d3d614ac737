"""People with a past: rows as the product writes them, straight into a SQLite file."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import uuid_utils

from auth.development import ISSUER, DevelopmentIssuer
from domain.challenge import (
    AnswerPart,
    Criterion,
    CriterionKey,
    KeyPoint,
    Scenario,
    ScenarioContext,
    ScenarioQuestion,
    ScenarioSolution,
)
from domain.enums import ChallengeKind, Difficulty, Dimension, Domain, Engine, EvaluationStatus
from domain.evaluation import Answer, Evidence, Feedback, Improvement
from domain.scoring import WEIGHTS
from persistence import migrations
from persistence.codec import AnswerParts, EvidenceList, Strings, encode
from persistence.columns import to_micros
from persistence.locations import parse

FILE = "intrvu.db"
FIRST_SCORES = tuple(f"first_{dimension.lower()}" for dimension in Dimension)
BEGINNING = datetime(2026, 1, 5, 9, tzinfo=UTC)
_PACE = timedelta(hours=7)
"""Between two challenges of a person."""
_PAST = timedelta(days=300)
"""What the busiest have to fit in, so that nothing is in the future."""
_ANSWER = (
    "I would first measure where the time goes, then put the hot reads behind an index that covers them, and keep the "
    "writes in one short transaction, because the lock is what the other sessions wait for. "
) * 4
_PARTS = tuple(AnswerPart(f"q{number}", _ANSWER) for number in (1, 2, 3))
_CONTENT = encode(
    Scenario(
        ScenarioContext(
            "Northwind Parcel, which tracks 4 million parcels a day",
            "Back-end engineer on call",
            "Since the last release the tracking page takes eleven seconds at noon, and support is flooded.",
            ("No downtime before the weekend", "Two engineers", "The read replica lags by up to 40 s"),
        ),
        tuple(
            ScenarioQuestion(f"q{number}", "What do you look at, what do you change, and why?") for number in (1, 2, 3)
        ),
        tuple(Criterion(f"c{place}", dimension, "Names the cause", 5) for place, dimension in enumerate(Dimension)),
    ),
    Scenario,
)
_SOLUTION = encode(
    ScenarioSolution(
        _PARTS, tuple(CriterionKey(f"c{place}", (KeyPoint("Measures before changing."),)) for place in range(4))
    ),
    ScenarioSolution,
)
_EVIDENCE = encode(
    tuple(Evidence("q1", _ANSWER[:61], 0, 61, supports=True, criterion_id="c0") for _ in range(2)), EvidenceList
)
_FEEDBACK = encode(
    Feedback(
        "You measure first, and say what a lock costs.",
        ("Measures before changing anything.",),
        (Improvement(Dimension.BUSINESS_IMPACT, 1, "Say what a minute of the slow page costs."),),
    ),
    Feedback,
)


def empty(data_dir: Path) -> Path:
    """A migrated database without a row.

    Returns:
        Its file.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    migrations.upgrade(parse(f"sqlite:///{data_dir / FILE}"))
    return data_dir / FILE


def people(data_dir: Path, *, persons: int, challenges: int, evaluations: int = 31) -> list[str]:
    """Give that many people that many challenges each, and `evaluations` answers for every 20 of them.

    Returns:
        A token for each person, in the order of their names.
    """
    file = empty(data_dir)
    issuer = DevelopmentIssuer.open(data_dir)
    names = [f"person-{number:06d}" for number in range(persons)]
    with sqlite3.connect(file) as raw:
        raw.execute("PRAGMA synchronous = OFF")
        for name in names:
            _person(raw, name, challenges, evaluations)
    raw.close()
    return [issuer.issue(name) for name in names]


def _person(raw: sqlite3.Connection, name: str, challenges: int, evaluations: int) -> str:
    user_id = _user(raw, name)
    asked = [_challenge(user_id, number) for number in range(challenges)]
    answered = [
        _evaluation(user_id, asked[number * 20 // evaluations], number)
        for number in range(challenges * evaluations // 20)
    ]
    _insert(raw, "challenges", asked)
    _insert(raw, "evaluations", answered)
    _insert(raw, "dimension_scores", (score for row in answered for score in _scores(row["id"])))
    return user_id


def _user(raw: sqlite3.Connection, name: str) -> str:
    id = uuid_utils.uuid7().hex
    row = {
        "id": id,
        "issuer": ISSUER,
        "subject": name,
        "email": f"{name}@example.com",
        "name": name,
        "timezone": "Europe/Vienna",
        "created_at": to_micros(BEGINNING),
    }
    _insert(raw, "users", [row])
    return id


def crowd(data_dir: Path, *, challenges: int, each: int = 50) -> None:
    """Add that many challenges of other people, `each` a person, all answered once; their texts are short."""
    with sqlite3.connect(data_dir / FILE) as raw:
        raw.execute("PRAGMA synchronous = OFF")
        for _ in range(challenges // each):
            _practised(raw, _user(raw, uuid_utils.uuid7().hex), each)
    raw.close()


def practised(data_dir: Path, name: str, *, evaluations: int) -> str:
    """Add a person who has answered that many challenges once; their texts are short.

    Returns:
        A token for them.
    """
    with sqlite3.connect(data_dir / FILE) as raw:
        _practised(raw, _user(raw, name), evaluations)
    raw.close()
    return DevelopmentIssuer.open(data_dir).issue(name)


def _practised(raw: sqlite3.Connection, user_id: str, amount: int) -> None:
    pace = min(_PACE, _PAST / amount)
    asked = [_challenge(user_id, number, pace) | {"content": "{}", "solution": "{}"} for number in range(amount)]
    answered = [
        _evaluation(user_id, challenge, number, pace) | {"answer": "{}", "feedback": None, "model_answers": None}
        for number, challenge in enumerate(asked)
    ]
    _insert(raw, "challenges", asked)
    _insert(raw, "evaluations", answered)


def _challenge(user_id: str, number: int, pace: timedelta = _PACE) -> dict[str, object]:
    domain = list(Domain)[number % len(Domain)]
    made = BEGINNING + pace * number
    return {
        "id": uuid_utils.uuid7().hex,
        "user_id": user_id,
        "kind": ChallengeKind.SCENARIO,
        "domain": domain,
        "topic": f"topic {number % 5}",
        "difficulty": list(Difficulty)[number % 3],
        "title": f"The slow tracking page, part {number}",
        "tags": encode(("indexes", "locks", "latency"), Strings),
        "suggested_minutes": 25,
        "content": _CONTENT,
        "solution": _SOLUTION,
        "search_text": f"the slow tracking page, part {number}",
        "engine": Engine.EMBEDDED,
        "version": "bank/0123456789ab@1",
        "degraded": False,
        "repeated": False,
        "created_at": to_micros(made),
        "answered_at": to_micros(made + timedelta(minutes=20)),
        **dict.fromkeys(("handed_in_at", "first_score", *FIRST_SCORES)),
    }


def _evaluation(user_id: str, challenge: dict[str, object], number: int, pace: timedelta = _PACE) -> dict[str, object]:
    answered = BEGINNING + pace * number + timedelta(minutes=20)
    score = 40.0 + number % 60
    if challenge["handed_in_at"] is None:  # the first of this challenge
        challenge |= {"handed_in_at": to_micros(answered), "first_score": score}
        challenge |= dict.fromkeys(FIRST_SCORES, score)
    return {
        "id": uuid_utils.uuid7().hex,
        "user_id": user_id,
        "challenge_id": challenge["id"],
        "status": EvaluationStatus.COMPLETED,
        "phase": "WRITING_FEEDBACK",
        "completed_steps": 7,
        "total_steps": 7,
        "last_sequence": 12,
        "answer": encode(Answer(parts=_PARTS), Answer),
        "overall_score": score,
        "feedback": _FEEDBACK,
        "model_answers": encode(_PARTS, AnswerParts),
        "engine": Engine.EMBEDDED,
        "version": "grader@1",
        "degraded": False,
        "attempt": 1,
        "stalled_attempts": 0,
        "fence": 1,
        "created_at": to_micros(answered),
        "started_at": to_micros(answered),
        "completed_at": to_micros(answered + timedelta(seconds=3)),
    }


def _scores(evaluation_id: object) -> Iterator[dict[str, object]]:
    for dimension in Dimension:
        yield {
            "evaluation_id": evaluation_id,
            "dimension": dimension,
            "weight": WEIGHTS[dimension],
            "score": 64.0,
            "confidence": 0.8,
            "rationale": "Two of the three points are there; what it means for the customer is missing.",
            "evidence": _EVIDENCE,
            "engine": Engine.EMBEDDED,
            "version": "grader@1",
            "degraded": False,
        }


def _insert(raw: sqlite3.Connection, table: str, rows: Iterable[dict[str, object]]) -> None:
    source = iter(rows)
    first = next(source, None)
    if first is None:
        return
    names = ", ".join(first)
    values = ", ".join(f":{name}" for name in first)
    statement = f"INSERT INTO {table} ({names}) VALUES ({values})"
    raw.execute(statement, first)
    while batch := list(islice(source, 10_000)):
        raw.executemany(statement, batch)
