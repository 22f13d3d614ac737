"""The tables as they are made: one SQLModel class each. Migrations are held to them, statements name them by tables.py.

Moments are UTC microseconds (`Instant`), days are days since 1970-01-01 (UTC), and structured values are JSON text
written and read by codec.py. Every id is a time-ordered UUID in 32 hexadecimal digits.
"""

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

from domain.likeness import Sketch
from persistence.columns import Instant, SketchBytes

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING_CONVENTION


class UserRow(SQLModel, table=True):
    """A person, known by the issuer and subject of their tokens."""

    __tablename__ = "users"
    __table_args__ = (Index("uq_users_issuer_subject", "issuer", "subject", unique=True),)

    id: str = Field(primary_key=True)
    issuer: str
    subject: str
    email: str | None
    name: str | None
    default_domain: str | None
    target_role: str | None
    timezone: str
    created_at: datetime = Field(sa_type=Instant)


class ChallengeRow(SQLModel, table=True):
    """A challenge of one person. `answered_at` is when an evaluation of it first completed: it reveals `solution`.

    `handed_in_at` is when that evaluation's answer was handed in, and `first_score` what it came to, for a scenario by
    dimension, too: what analytics count. All are set once, together.

    `sketch` is of what it tells, null in rows from before 0003. `calls` are what models were asked for it, null when
    none were; of a stocked one it is a share of what its row in the stock says.
    """

    __tablename__ = "challenges"
    __table_args__ = (
        Index("ix_challenges_history", "user_id", text("created_at DESC"), text("id DESC")),
        Index(
            "ix_challenges_sketched",
            *("user_id", "domain", "created_at"),
            sqlite_where=text("sketch IS NOT NULL"),
            postgresql_where=text("sketch IS NOT NULL"),
        ),
        Index(
            "ix_challenges_answered",
            *("user_id", "handed_in_at", "kind", "domain", "difficulty", "topic", "first_score"),
            *("first_technical_accuracy", "first_problem_solving", "first_communication", "first_business_impact"),
            sqlite_where=text("handed_in_at IS NOT NULL"),
            postgresql_where=text("handed_in_at IS NOT NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id")
    kind: str
    domain: str
    topic: str
    difficulty: str
    title: str
    tags: str = Field(sa_type=Text)
    suggested_minutes: int
    content: str = Field(sa_type=Text)
    solution: str = Field(sa_type=Text)
    search_text: str = Field(sa_type=Text)
    engine: str
    model: str | None
    version: str
    degraded: bool
    repeated: bool
    created_at: datetime = Field(sa_type=Instant)
    answered_at: datetime | None = Field(sa_type=Instant)
    handed_in_at: datetime | None = Field(sa_type=Instant)
    first_score: float | None
    first_technical_accuracy: float | None
    first_problem_solving: float | None
    first_communication: float | None
    first_business_impact: float | None
    sketch: Sketch | None = Field(sa_type=SketchBytes)
    calls: str | None = Field(sa_type=Text)


class EvaluationRow(SQLModel, table=True):
    """An answer and its judging (the seed product's "responses"). `calls` are those beside its dimensions'.

    `request_id` is of the request that handed it in, for logs and traces; null in rows from before 0004.

    `lease_expires_at` is when a runner may take it: the moment of queueing at first, null once it is final. Every
    take-over raises `fence`; `stalled_attempts` counts take-overs since something was last stored.
    """

    __tablename__ = "evaluations"
    __table_args__ = (
        Index("ix_evaluations_by_challenge", "challenge_id", text("created_at DESC"), text("id DESC")),
        Index("ix_evaluations_lease_expires_at", "lease_expires_at"),
        Index(
            "ix_evaluations_revises",
            *("revises", "created_at", "id"),
            sqlite_where=text("revises IS NOT NULL"),
            postgresql_where=text("revises IS NOT NULL"),
        ),
        Index(
            "ix_evaluations_completed",
            *("user_id", "created_at"),
            sqlite_where=text("status = 'COMPLETED'"),
            postgresql_where=text("status = 'COMPLETED'"),
        ),
    )

    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id")
    challenge_id: str = Field(foreign_key="challenges.id")
    revises: str | None = Field(foreign_key="evaluations.id")
    status: str
    phase: str | None
    completed_steps: int
    total_steps: int
    last_sequence: int
    answer: str = Field(sa_type=Text)
    correct: bool | None
    overall_score: float | None
    feedback: str | None = Field(sa_type=Text)
    model_answers: str | None = Field(sa_type=Text)
    engine: str | None
    model: str | None
    version: str | None
    degraded: bool | None
    failure_code: str | None
    failure_message: str | None
    refunded: bool | None
    attempt: int
    stalled_attempts: int
    fence: int
    lease_expires_at: datetime | None = Field(sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    started_at: datetime | None = Field(sa_type=Instant)
    completed_at: datetime | None = Field(sa_type=Instant)
    calls: str | None = Field(sa_type=Text)
    request_id: str | None


class DimensionScoreRow(SQLModel, table=True):
    """One dimension of an evaluation, final."""

    __tablename__ = "dimension_scores"

    evaluation_id: str = Field(primary_key=True, foreign_key="evaluations.id")
    dimension: str = Field(primary_key=True)
    weight: float
    score: float
    confidence: float
    rationale: str = Field(sa_type=Text)
    evidence: str = Field(sa_type=Text)
    engine: str
    model: str | None
    version: str
    degraded: bool
    calls: str | None = Field(sa_type=Text)


class CriterionJudgementRow(SQLModel, table=True):
    """One criterion of an evaluation. `place` is its line in the rubric's order within the dimension."""

    __tablename__ = "criterion_judgements"

    evaluation_id: str = Field(primary_key=True, foreign_key="evaluations.id")
    criterion_id: str = Field(primary_key=True)
    dimension: str
    place: int
    title: str
    level: int
    points: int
    awarded: float
    rationale: str = Field(sa_type=Text)


class EvaluationEventRow(SQLModel, table=True):
    """What happened to an evaluation, numbered 1, 2, 3 … without gaps."""

    __tablename__ = "evaluation_events"

    evaluation_id: str = Field(primary_key=True, foreign_key="evaluations.id")
    sequence: int = Field(primary_key=True)
    type: str
    payload: str = Field(sa_type=Text)
    occurred_at: datetime = Field(sa_type=Instant)


class QuotaDayRow(SQLModel, table=True):
    """What a person has used of one UTC day: reserved plus charged, equal to the ledger's sum."""

    __tablename__ = "quota_days"

    user_id: str = Field(primary_key=True, foreign_key="users.id")
    day: int = Field(primary_key=True)
    used: int


class QuotaEntryRow(SQLModel, table=True):
    """One act in the ledger. `expires_at`: a reservation that nobody settles by then is refunded."""

    __tablename__ = "quota_ledger"
    __table_args__ = (
        Index("ix_quota_ledger_history", "user_id", text("created_at DESC"), text("id DESC")),
        Index("ix_quota_ledger_subject_id", "subject_id"),
        Index("ix_quota_ledger_expires_at", "expires_at"),
    )

    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id")
    day: int
    reason: str
    subject_id: str | None
    amount: int
    state: str
    created_at: datetime = Field(sa_type=Instant)
    settled_at: datetime | None = Field(sa_type=Instant)
    expires_at: datetime | None = Field(sa_type=Instant)


class IdempotencyKeyRow(SQLModel, table=True):
    """A key of one person and one mutation. Without a subject its owner is still at work, until `expires_at`."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_expires_at", "expires_at"),)

    user_id: str = Field(primary_key=True, foreign_key="users.id")
    mutation: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    input_hash: str
    owner: str
    subject_id: str | None
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)


class BankDrawRow(SQLModel, table=True):
    """How often a person has drawn an item of the curated bank."""

    __tablename__ = "bank_draws"

    user_id: str = Field(primary_key=True, foreign_key="users.id")
    item_id: str = Field(primary_key=True)
    times: int


class StockedChallengeRow(SQLModel, table=True):
    """A challenge that models wrote ahead. It can be served while `servings_left` is above 0; then it is history.

    `servings` is how many people it was meant for. What all that is stocked cost is the sum over `calls` here.
    """

    __tablename__ = "stocked_challenges"
    __table_args__ = (
        Index(
            "ix_stocked_challenges_available",
            *("kind", "domain", "difficulty", "created_at", "id", "topic"),
            sqlite_where=text("servings_left > 0"),
            postgresql_where=text("servings_left > 0"),
        ),
        Index(
            "ix_stocked_challenges_age",
            "created_at",
            sqlite_where=text("servings_left > 0"),
            postgresql_where=text("servings_left > 0"),
        ),
        Index("ix_stocked_challenges_told", "kind", "domain", "difficulty", "created_at"),
    )

    id: str = Field(primary_key=True)
    kind: str
    domain: str
    difficulty: str
    topic: str
    title: str
    tags: str = Field(sa_type=Text)
    suggested_minutes: int
    content: str = Field(sa_type=Text)
    solution: str = Field(sa_type=Text)
    engine: str
    model: str | None
    version: str
    degraded: bool
    sketch: Sketch = Field(sa_type=SketchBytes)
    calls: str | None = Field(sa_type=Text)
    servings: int
    servings_left: int
    created_at: datetime = Field(sa_type=Instant)


class StockServingRow(SQLModel, table=True):
    """What a person got of the stock, or need not get because they have met its like.

    To erase a person is to erase their rows here, too; the challenges in the stock are nobody's.
    """

    __tablename__ = "stock_servings"

    user_id: str = Field(primary_key=True, foreign_key="users.id")
    item_id: str = Field(primary_key=True, foreign_key="stocked_challenges.id")
    served_at: datetime = Field(sa_type=Instant)


class StockLeaseRow(SQLModel, table=True):
    """Who fills a cell. Free from `expires_at` on; every take-over raises `fence`."""

    __tablename__ = "stock_leases"

    kind: str = Field(primary_key=True)
    domain: str = Field(primary_key=True)
    difficulty: str = Field(primary_key=True)
    fence: int
    expires_at: datetime = Field(sa_type=Instant)


metadata = SQLModel.metadata
