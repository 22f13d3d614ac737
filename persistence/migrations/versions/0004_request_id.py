"""The request that handed an answer in, so that what its evaluation does can be found by it.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evaluations", sa.Column("request_id", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("evaluations", "request_id")
