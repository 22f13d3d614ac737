"""What this code needs to find in a database, without loading SQL. Tests hold it to the migrations and the tables."""

from typing import Final

HEAD: Final = "0004"
"""The newest revision."""
TABLES: Final = frozenset(
    {
        "bank_draws",
        "challenges",
        "criterion_judgements",
        "dimension_scores",
        "evaluation_events",
        "evaluations",
        "idempotency_keys",
        "quota_days",
        "quota_ledger",
        "stock_leases",
        "stock_servings",
        "stocked_challenges",
        "users",
    }
)
"""What there is at HEAD, beside Alembic's own table."""
