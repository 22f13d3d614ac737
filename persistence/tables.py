"""The tables as statements name them: columns in their order, with the types that values are converted by.

models.py declares the same tables in full, with keys and indexes; a test holds the two together. They are apart because
SQLModel brings SQLAlchemy's ORM and a pydantic model for every table: a sixth of the time to start a server, and 9 MiB,
for what only migrations need.
"""

from typing import Any

from sqlalchemy import Boolean, Float, Integer, String, TableClause, column, table
from sqlalchemy.types import TypeEngine

from domain.enums import Dimension
from persistence.columns import Instant, SketchBytes


def _table(table_name: str, /, **columns: type[TypeEngine[Any]]) -> TableClause:
    return table(table_name, *(column(key, of) for key, of in columns.items()))


users = _table(
    "users",
    id=String,
    issuer=String,
    subject=String,
    email=String,
    name=String,
    default_domain=String,
    target_role=String,
    timezone=String,
    created_at=Instant,
)
challenges = _table(
    "challenges",
    id=String,
    user_id=String,
    kind=String,
    domain=String,
    topic=String,
    difficulty=String,
    title=String,
    tags=String,
    suggested_minutes=Integer,
    content=String,
    solution=String,
    search_text=String,
    engine=String,
    model=String,
    version=String,
    degraded=Boolean,
    repeated=Boolean,
    created_at=Instant,
    answered_at=Instant,
    handed_in_at=Instant,
    first_score=Float,
    first_technical_accuracy=Float,
    first_problem_solving=Float,
    first_communication=Float,
    first_business_impact=Float,
    sketch=SketchBytes,
    calls=String,
)
first_scores = {dimension: challenges.c[f"first_{dimension.lower()}"] for dimension in Dimension}
evaluations = _table(
    "evaluations",
    id=String,
    user_id=String,
    challenge_id=String,
    revises=String,
    status=String,
    phase=String,
    completed_steps=Integer,
    total_steps=Integer,
    last_sequence=Integer,
    answer=String,
    correct=Boolean,
    overall_score=Float,
    feedback=String,
    model_answers=String,
    engine=String,
    model=String,
    version=String,
    degraded=Boolean,
    failure_code=String,
    failure_message=String,
    refunded=Boolean,
    attempt=Integer,
    stalled_attempts=Integer,
    fence=Integer,
    lease_expires_at=Instant,
    created_at=Instant,
    started_at=Instant,
    completed_at=Instant,
    calls=String,
    request_id=String,
)
dimension_scores = _table(
    "dimension_scores",
    evaluation_id=String,
    dimension=String,
    weight=Float,
    score=Float,
    confidence=Float,
    rationale=String,
    evidence=String,
    engine=String,
    model=String,
    version=String,
    degraded=Boolean,
    calls=String,
)
criterion_judgements = _table(
    "criterion_judgements",
    evaluation_id=String,
    criterion_id=String,
    dimension=String,
    place=Integer,
    title=String,
    level=Integer,
    points=Integer,
    awarded=Float,
    rationale=String,
)
evaluation_events = _table(
    "evaluation_events",
    evaluation_id=String,
    sequence=Integer,
    type=String,
    payload=String,
    occurred_at=Instant,
)
quota_days = _table(
    "quota_days",
    user_id=String,
    day=Integer,
    used=Integer,
)
quota_ledger = _table(
    "quota_ledger",
    id=String,
    user_id=String,
    day=Integer,
    reason=String,
    subject_id=String,
    amount=Integer,
    state=String,
    created_at=Instant,
    settled_at=Instant,
    expires_at=Instant,
)
idempotency_keys = _table(
    "idempotency_keys",
    user_id=String,
    mutation=String,
    key=String,
    input_hash=String,
    owner=String,
    subject_id=String,
    created_at=Instant,
    expires_at=Instant,
)
bank_draws = _table(
    "bank_draws",
    user_id=String,
    item_id=String,
    times=Integer,
)
stocked_challenges = _table(
    "stocked_challenges",
    id=String,
    kind=String,
    domain=String,
    difficulty=String,
    topic=String,
    title=String,
    tags=String,
    suggested_minutes=Integer,
    content=String,
    solution=String,
    engine=String,
    model=String,
    version=String,
    degraded=Boolean,
    sketch=SketchBytes,
    calls=String,
    servings=Integer,
    servings_left=Integer,
    created_at=Instant,
)
stock_servings = _table(
    "stock_servings",
    user_id=String,
    item_id=String,
    served_at=Instant,
)
stock_leases = _table(
    "stock_leases",
    kind=String,
    domain=String,
    difficulty=String,
    fence=Integer,
    expires_at=Instant,
)
