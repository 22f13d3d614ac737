"""What analytics count: the first completed evaluation of each challenge, and every completed one. And revisions.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COUNTED = (
    "first_score",
    "first_technical_accuracy",
    "first_problem_solving",
    "first_communication",
    "first_business_impact",
)
# The first is the one that completed first; of two at the same microsecond, the one that was handed in first.
_FIRST_COMPLETED = """
    UPDATE challenges
    SET handed_in_at = first.created_at,
        first_score = first.overall_score,
        first_technical_accuracy = first.technical_accuracy,
        first_problem_solving = first.problem_solving,
        first_communication = first.communication,
        first_business_impact = first.business_impact
    FROM (
        SELECT completed.challenge_id, completed.created_at, completed.overall_score,
               max(CASE WHEN scores.dimension = 'TECHNICAL_ACCURACY' THEN scores.score END) AS technical_accuracy,
               max(CASE WHEN scores.dimension = 'PROBLEM_SOLVING' THEN scores.score END) AS problem_solving,
               max(CASE WHEN scores.dimension = 'COMMUNICATION' THEN scores.score END) AS communication,
               max(CASE WHEN scores.dimension = 'BUSINESS_IMPACT' THEN scores.score END) AS business_impact
        FROM (
            SELECT id, challenge_id, created_at, overall_score,
                   row_number() OVER (PARTITION BY challenge_id ORDER BY completed_at, id) AS place
            FROM evaluations
            WHERE status = 'COMPLETED'
        ) AS completed
        LEFT JOIN dimension_scores AS scores ON scores.evaluation_id = completed.id
        WHERE completed.place = 1
        GROUP BY completed.challenge_id, completed.created_at, completed.overall_score
    ) AS first
    WHERE first.challenge_id = challenges.id
"""


def upgrade() -> None:
    op.add_column("challenges", sa.Column("handed_in_at", sa.BigInteger(), nullable=True))
    for name in _COUNTED:
        op.add_column("challenges", sa.Column(name, sa.Float(), nullable=True))
    op.execute(_FIRST_COMPLETED)
    op.create_index(
        "ix_challenges_answered",
        "challenges",
        ["user_id", "handed_in_at", "kind", "domain", "difficulty", "topic", *_COUNTED],
        unique=False,
        sqlite_where=sa.text("handed_in_at IS NOT NULL"),
        postgresql_where=sa.text("handed_in_at IS NOT NULL"),
    )
    op.create_index(
        "ix_evaluations_completed",
        "evaluations",
        ["user_id", "created_at"],
        unique=False,
        sqlite_where=sa.text("status = 'COMPLETED'"),
        postgresql_where=sa.text("status = 'COMPLETED'"),
    )
    op.create_index(
        "ix_evaluations_revises",
        "evaluations",
        ["revises", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("revises IS NOT NULL"),
        postgresql_where=sa.text("revises IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_evaluations_revises", "evaluations")
    op.drop_index("ix_evaluations_completed", "evaluations")
    op.drop_index("ix_challenges_answered", "challenges")
    for name in ("handed_in_at", *_COUNTED):
        op.drop_column("challenges", name)
