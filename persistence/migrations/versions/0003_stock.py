"""A stock of challenges that models wrote ahead; sketches of what people were told, and what models were asked.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_CALLED = ("challenges", "evaluations", "dimension_scores")
_AVAILABLE = {"sqlite_where": sa.text("servings_left > 0"), "postgresql_where": sa.text("servings_left > 0")}


def upgrade() -> None:
    op.add_column("challenges", sa.Column("sketch", sa.LargeBinary(), nullable=True))
    for table in _CALLED:
        op.add_column(table, sa.Column("calls", sa.Text(), nullable=True))
    op.create_index(
        "ix_challenges_sketched",
        "challenges",
        ["user_id", "domain", "created_at"],
        unique=False,
        sqlite_where=sa.text("sketch IS NOT NULL"),
        postgresql_where=sa.text("sketch IS NOT NULL"),
    )
    op.create_table(
        "stocked_challenges",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("difficulty", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("suggested_minutes", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("degraded", sa.Boolean(), nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.Column("calls", sa.Text(), nullable=True),
        sa.Column("servings", sa.Integer(), nullable=False),
        sa.Column("servings_left", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocked_challenges")),
    )
    op.create_index(
        "ix_stocked_challenges_available",
        "stocked_challenges",
        ["kind", "domain", "difficulty", "created_at", "id", "topic"],
        unique=False,
        **_AVAILABLE,
    )
    op.create_index("ix_stocked_challenges_age", "stocked_challenges", ["created_at"], unique=False, **_AVAILABLE)
    op.create_index(
        "ix_stocked_challenges_told",
        "stocked_challenges",
        ["kind", "domain", "difficulty", "created_at"],
        unique=False,
    )
    op.create_table(
        "stock_servings",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("served_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["stocked_challenges.id"], name=op.f("fk_stock_servings_item_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_stock_servings_user_id")),
        sa.PrimaryKeyConstraint("user_id", "item_id", name=op.f("pk_stock_servings")),
    )
    op.create_table(
        "stock_leases",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("difficulty", sa.String(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "domain", "difficulty", name=op.f("pk_stock_leases")),
    )


def downgrade() -> None:
    op.drop_table("stock_leases")
    op.drop_table("stock_servings")
    op.drop_table("stocked_challenges")
    op.drop_index("ix_challenges_sketched", "challenges")
    for table in reversed(_CALLED):
        op.drop_column(table, "calls")
    op.drop_column("challenges", "sketch")
