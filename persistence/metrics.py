"""What the database's work looks like from outside. docs/metrics.md says what each is for."""

from typing import Final

from prometheus_client import Counter, Histogram

_SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

WRITE_GROUP_JOBS: Final = Histogram(
    "intrvu_database_write_group_jobs",
    "Pieces of work that shared one commit (SQLite only; PostgreSQL commits each by itself).",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128),
)
WRITE_SECONDS: Final = Histogram(
    "intrvu_database_write_duration_seconds",
    "From the first statement of a transaction that writes to the end of its commit.",
    buckets=_SECONDS,
)
READ_WAIT_SECONDS: Final = Histogram(
    "intrvu_database_read_wait_seconds",
    "How long a read waited for an idle connection.",
    buckets=_SECONDS,
)
FAULTS: Final = Counter(
    "intrvu_database_faults_total",
    "Times that the database refused (locked, full, gone), so that nothing was stored or read.",
)
